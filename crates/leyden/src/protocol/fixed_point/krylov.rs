//! The fixed point of a linear cycle that is too large to be written down.
//!
//! With u = M x_0 - x_0 the limit is x* = x_0 + z, (1 - M) z = u. Arnoldi's vectors V of u, M u, M^2 u, ... turn this into a
//! small least-squares problem with the Hessenberg matrix H of M (GMRES). Differences of states hold nothing of what
//! M keeps, so that z is the limit also where quantities are conserved. Eigenvalues of H are the carried multipliers.
//! Source: @saad1986.

use faer::Mat;
use faer::linalg::solvers::SolveLstsq;
use num_complex::Complex64;

use super::multipliers::Multipliers;
use super::{CycleLimit, LARGEST_RESIDUAL, converging, decaying};
use crate::Known;
use crate::numerics::{distance, norm, orthogonalise};
use crate::operator::Hermitian;
use crate::protocol::part::Observed;
use crate::why::{CycleTrouble, Unresolved};

/// Multipliers this close to the unit circle cannot be told from it: cycles are integrated to about 1e-11.
const UNIT: f64 = 1e-8;
/// Largest ||M v - mu v|| of a multiplier.
const RESOLVED: f64 = 1e-6;
/// Weight of a multiplier in the observed part below which it may be the noise of the integration.
const NOISE: f64 = 1e-9;

/// The fixed point that cycles from `rho0` lead to, by at most `most` cycles, whose states are kept meanwhile.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn settled_krylov(
    mut cycle: impl FnMut(&Hermitian) -> Known<Hermitian>,
    rho0: &Hermitian,
    observed: &Observed<'_>,
    most: usize,
) -> Known<CycleLimit> {
    let n = rho0.dim();
    let first = cycle(rho0)?;
    let u: Vec<f64> = first.s().iter().zip(rho0.s()).map(|(a, b)| a - b).collect();
    let beta = norm(&u);
    if beta <= 1e-12 {
        return Ok(CycleLimit { state: first, residual: beta, convergence: Ok(converging(Complex64::ZERO)) });
    }
    let mut basis: Vec<Vec<f64>> = vec![u.iter().map(|x| x / beta).collect()];
    let mut columns: Vec<Vec<f64>> = Vec::new();
    let mut y = Vec::new();
    while columns.len() < most {
        let m = columns.len();
        let mut image = cycle(&Hermitian::from_s(n, basis[m].clone()))?.s().to_vec();
        let mut column = orthogonalise(&basis, &mut image);
        let rest = norm(&image);
        column.push(rest);
        columns.push(column);
        let (solution, residual) = least_squares(&columns, beta);
        y = solution;
        if residual <= 0.01 * LARGEST_RESIDUAL || rest <= 1e-12 {
            break;
        }
        basis.push(image.iter().map(|x| x / rest).collect());
    }
    let m = columns.len();
    let lift = |y: &[f64]| {
        let mut x = vec![0.0; n * n];
        for (weight, v) in y.iter().zip(&basis) {
            x.iter_mut().zip(v).for_each(|(x, v)| *x += weight * v);
        }
        Hermitian::from_s(n, x)
    };
    let mut state = lift(&y);
    state.s_mut().iter_mut().zip(rho0.s()).for_each(|(x, start)| *x += start);
    let residual = distance(cycle(&state)?.s(), state.s());
    if !(residual <= LARGEST_RESIDUAL) {
        return Err(CycleTrouble::StillMoves { cycles: m, change: residual }.into());
    }
    let h = Mat::from_fn(m, m, |i, j| element(&columns, i, j));
    let mut start = vec![0.0; m];
    start[0] = beta;
    let convergence = match Multipliers::new(&h, &start) {
        Err(why) => Err(why),
        Ok(modes) => {
            // (M - mu) V v = h_{m+1,m} v_m times the next vector: only what is an eigenvector of M to some digits counts.
            let rest = columns[m - 1][m];
            let resolved = |k: &usize| rest * modes.vectors[(m - 1, *k)].norm() <= RESOLVED;
            let slowest = modes.largest_carried((0..m).filter(resolved).collect(), NOISE, observed, lift);
            let convergence = decaying(slowest, UNIT)?;
            match slowest == Complex64::ZERO && m > 1 {
                true => Err(Unresolved::Multipliers.into()),
                false => Ok(convergence),
            }
        }
    };
    Ok(CycleLimit { state, residual, convergence })
}

fn element(columns: &[Vec<f64>], i: usize, j: usize) -> f64 {
    columns[j].get(i).copied().unwrap_or(0.0)
}

/// y that minimises ||beta e_1 - (1 - H) y||, and the minimum.
fn least_squares(columns: &[Vec<f64>], beta: f64) -> (Vec<f64>, f64) {
    let m = columns.len();
    let a = Mat::from_fn(m + 1, m, |i, j| {
        let h = element(columns, i, j);
        if i == j { 1.0 - h } else { -h }
    });
    let right = Mat::from_fn(m + 1, 1, |i, _| if i == 0 { beta } else { 0.0 });
    let y = a.qr().solve_lstsq(&right);
    let residual = (&right - &a * &y).norm_l2();
    ((0..m).map(|i| y[(i, 0)]).collect(), residual)
}
