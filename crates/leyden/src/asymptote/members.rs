//! Long times under noise with memory: the energy of a hierarchy of matrices, and where relaxation holds it.
//!
//! *The limit.* Where nothing relaxes the field only spreads the state over what H, X and the other noise leave alone, [A, H] = [A, X] = 0: it
//! is ergodic, so that the conserved quantities and the limit are those of white noise at any t_c, and every other member vanishes. With relaxation
//! the steady state depends on t_c: Z x = 0 with Tr x_0 = 1, one solve.
//!
//! *The way there.* In a_ij = (S_ij + S_ji)/sqrt(2) and b_ij = (S_ij - S_ji)/sqrt(2), real and imaginary parts, numbers that never meet fall
//! apart: each component that holds both some of the start and some of the energy is expanded in its modes.

use std::f64::consts::FRAC_1_SQRT_2;

use faer::prelude::Solve;
use faer::sparse::{SparseColMat, Triplet};
use faer::{Col, Mat};

use crate::lindblad::Generator;
use crate::merit::{EnergyCurve, expanded};
use crate::numerics::{Forest, norm};
use crate::why::{Doubt, Failure, TooLarge};
use crate::{Known, Why};

/// Unknowns up to which all modes of a component are found.
const MOST_DENSE: usize = 500;
/// Most unknowns of a steady state.
const MOST_UNKNOWNS: usize = 20_000;
/// Sums of entries below this part of the sum of their sizes cancel.
const CANCELLED: f64 = 1e-15;
/// Largest ||Z x|| / ||Z|| of a steady state.
const RESIDUAL: f64 = 1e-10;

/// read . e^{Zt} (start - limit) + read . limit, of a constant generator; all three on the numbers that it carries.
///
/// # Errors
/// Where there are too many numbers, or no expansion.
pub(crate) fn curve_of_members(
    generator: &Generator,
    start: &[f64],
    limit: &[f64],
    read: &[f64],
) -> Known<EnergyCurve> {
    let size = generator.numbers();
    let image = |p: usize| generator.image(p);
    let turned = |x: &[f64]| -> Vec<f64> {
        let part = |p: usize| match image(p) {
            q if q == p => x[p],
            q if p < q => FRAC_1_SQRT_2 * (x[p] + x[q]),
            q => FRAC_1_SQRT_2 * (x[q] - x[p]),
        };
        (0..size).map(part).collect()
    };
    // S_p in real and imaginary parts, as (place, weight).
    let parts = |p: usize| match image(p) {
        q if q == p => [(p, 1.0), (p, 0.0)],
        q if p < q => [(p, FRAC_1_SQRT_2), (q, FRAC_1_SQRT_2)],
        q => [(q, FRAC_1_SQRT_2), (p, -FRAC_1_SQRT_2)],
    };
    let mut entries: Vec<(usize, usize, f64)> = Vec::new();
    for (i, j, x) in generator.superoperator() {
        for (row, a) in parts(i) {
            let to = parts(j).map(|(column, b)| (row, column, a * b * x));
            entries.extend(to.into_iter().filter(|(.., x)| *x != 0.0));
        }
    }
    entries.sort_by_key(|&(i, j, _)| (i, j));
    let together = entries.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).filter_map(|same| {
        let (sum, sizes) = same.iter().fold((0.0, 0.0), |(s, a), (.., x)| (s + x, a + x.abs()));
        (sum.abs() > CANCELLED * sizes).then_some((same[0].0, same[0].1, sum))
    });
    let entries: Vec<(usize, usize, f64)> = together.collect();
    let mut forest = Forest::new(size);
    entries.iter().for_each(|&(i, j, _)| {
        forest.join(i, j);
    });
    let moving: Vec<f64> = turned(start).iter().zip(turned(limit)).map(|(x, y)| x - y).collect();
    let observed = turned(read);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); size];
    (0..size).for_each(|p| members[forest.root(p)].push(p));
    let mut place = vec![usize::MAX; size];
    let mut curve = EnergyCurve::standing(crate::numerics::dot(limit, read));
    let rounding = 1e-15 * norm(start);
    for component in members {
        let of = |x: &[f64]| component.iter().map(|&p| x[p]).collect::<Vec<_>>();
        let (x, read) = (of(&moving), of(&observed));
        if x.iter().all(|x| x.abs() <= rounding) || read.iter().all(|x| *x == 0.0) {
            continue;
        }
        if component.len() > MOST_DENSE {
            return Err(TooLarge::Unknowns { unknowns: component.len(), most: MOST_DENSE }.into());
        }
        component.iter().enumerate().for_each(|(k, &p)| place[p] = k);
        let mut z = Mat::<f64>::zeros(component.len(), component.len());
        let root = forest.root(component[0]);
        for &(i, j, value) in entries.iter().filter(|(i, ..)| forest.root(*i) == root) {
            z[(place[i], place[j])] += value;
        }
        expanded(z.as_ref(), &x, &read, &mut curve, &|_, _| None)?;
    }
    curve.drop_negligible_modes();
    Ok(curve)
}

/// The only steady state of all members: Z x = 0, Tr x_0 = 1; `populations` are the places of the diagonal of the state.
///
/// # Errors
/// Where there are too many numbers, or a residual.
pub(crate) fn steady_members(generator: &Generator, populations: &[usize]) -> Known<(Vec<f64>, f64)> {
    let size = generator.numbers();
    if size > MOST_UNKNOWNS {
        return Err(TooLarge::Unknowns { unknowns: size, most: MOST_UNKNOWNS }.into());
    }
    let entries = generator.superoperator();
    let scale = generator.norm_bound().max(f64::MIN_POSITIVE);
    // Nothing leads out of Tr = 0: adding scale Tr(.) to one population leaves one solution.
    let first = populations[0];
    let trace = populations.iter().map(|&p| Triplet::new(first, p, scale));
    let triplets: Vec<_> = entries.iter().map(|&(i, j, x)| Triplet::new(i, j, x)).chain(trace).collect();
    let matrix = SparseColMat::<usize, f64>::try_new_from_triplets(size, size, &triplets)
        .map_err(|_| Failure::SparseMatrix)?;
    let lu = matrix.sp_lu().map_err(|_| Failure::Decomposition)?;
    let right = Col::from_fn(size, |i| if i == first { scale } else { 0.0 });
    let x: Vec<f64> = lu.solve(right).iter().copied().collect();
    let mut image = vec![0.0; size];
    entries.iter().for_each(|&(i, j, z)| image[i] += z * x[j]);
    let residual = norm(&image) / scale;
    match residual <= RESIDUAL {
        true => Ok((x, residual)),
        false => Err(Why::from(Doubt::StationaryResidual { residual })),
    }
}
