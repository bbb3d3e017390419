//! e^{At} x as exponentials times polynomials in t: where eigenvalues coalesce and eigenvectors do not span the space.
//!
//! Eigenvalues that lie close together make up one cluster C around its mean l. With a circle around it, by Cauchy,
//!   part of C = e^{lt} sum_p t^p v_p/p!,  v_p = (1/2 pi i) oint (z - l)^p (z - A)^{-1} x dz,
//! and the trapezoidal rule converges geometrically. No eigenvector is needed, and what rounding does to eigenvalues that coalesce (about
//! eps^{1/m} for m of them) does not matter inside the circle; their mean keeps its digits.
//! Source: @kato1995, section II.1; @trefethen2014.

use faer::prelude::Solve;
use faer::{Mat, MatRef};
use num_complex::Complex64;

use super::{Forest, norm};
use crate::why::Failure;
use crate::{Known, Why};

/// e^{rate t} sum_p t^p vectors_p.
pub(crate) struct Coalescing {
    pub(crate) rate: Complex64,
    /// How many eigenvalues there are.
    pub(crate) members: usize,
    /// v_p/p!.
    pub(crate) vectors: Vec<Vec<Complex64>>,
}

/// Most unknowns: a second or so.
const MOST: usize = 100;
/// Eigenvalues this close, relative to the smaller decay rate, are taken together.
const CLOSE: f64 = 0.02;
/// The radius of a cluster is at most this fraction of the distance to the next one.
const APART: f64 = 0.2;
/// Radius that rounding gives an eigenvalue, relative to the largest.
const ROUNDING: f64 = 1e-14;
/// Radius of a circle of integration over the decay rate inside, at most.
const INSIDE: f64 = 2.0;
/// Powers of t beyond this are none.
const MOST_POWERS: usize = 24;
/// Terms below this fraction of x, at their largest, are rounding.
const NEGLIGIBLE: f64 = 1e-14;

/// The clusters of a matrix with what x holds of them. Eigenvalues below `resolved` of the largest are one, which does not move.
///
/// # Errors
/// Where clusters are not clearly apart.
pub(crate) fn coalescing(a: MatRef<'_, f64>, x: &[f64], resolved: f64) -> Known<Vec<Coalescing>> {
    let n = a.nrows();
    if n > MOST {
        return Err(Why::ExceptionalPoint);
    }
    let matrix = Mat::from_fn(n, n, |i, j| Complex64::from(a[(i, j)]));
    let values = matrix.eigenvalues().map_err(|_| Failure::Eigenvalues)?;
    let scale = values.iter().map(|x| x.norm()).fold(0.0, f64::max);
    let clusters = clusters(&values, scale, resolved);
    let mut found = Vec::new();
    for (k, Circle { centre, radius, members }) in clusters.iter().enumerate() {
        let others = clusters.iter().enumerate().filter(|(other, _)| *other != k);
        let next =
            others.map(|(_, other)| (other.centre - centre).norm() - other.radius).fold(scale, f64::min);
        if !(*radius <= APART * next) {
            return Err(Why::ExceptionalPoint);
        }
        let vectors = integrals(&matrix, x, *centre, *radius, next, (resolved * scale, scale));
        found.push(Coalescing { rate: *centre, members: *members, vectors });
    }
    Ok(found)
}

/// Where eigenvalues lie that are taken together.
struct Circle {
    centre: Complex64,
    radius: f64,
    members: usize,
}

fn clusters(values: &[Complex64], scale: f64, resolved: f64) -> Vec<Circle> {
    let n = values.len();
    let mut forest = Forest::new(n);
    let slow = |k: usize| values[k].norm() <= resolved * scale;
    for (i, j) in (0..n).flat_map(|i| (0..i).map(move |j| (i, j))) {
        let rate = values[i].re.abs().min(values[j].re.abs());
        if (slow(i) && slow(j)) || (values[i] - values[j]).norm() <= CLOSE * rate {
            forest.join(i, j);
        }
    }
    let mut members = vec![Vec::new(); n];
    (0..n).for_each(|k| members[forest.root(k)].push(values[k]));
    let circle = |members: &Vec<Complex64>| {
        let centre = members.iter().sum::<Complex64>() / members.len() as f64;
        let radius = members.iter().map(|x| (x - centre).norm()).fold(ROUNDING * scale, f64::max);
        Circle { centre, radius, members: members.len() }
    };
    members.iter().filter(|members| !members.is_empty()).map(circle).collect()
}

/// v_p/p! of what lies within `radius` of `centre`, nothing else within `next`.
fn integrals(
    matrix: &Mat<Complex64>,
    x: &[f64],
    centre: Complex64,
    radius: f64,
    next: f64,
    (slow, scale): (f64, f64),
) -> Vec<Vec<Complex64>> {
    let n = x.len();
    // Rounding leaves r^p in v_p, which t^p e^{-kappa t} makes (r/kappa)^p: the circle keeps near the decay rate.
    let kappa = -centre.re;
    let widest = if kappa > slow { INSIDE * kappa } else { f64::INFINITY };
    let circle = (radius.max(0.01 * next) * next).sqrt().min(widest);
    // Poles inside leave (radius/r)^{m + p} of power p, those outside (r/next)^{m - p}.
    let points = (40.0 / (next / circle).min(circle / radius).ln()).ceil() as usize + MOST_POWERS;
    let mut vectors = vec![vec![Complex64::ZERO; n]; MOST_POWERS];
    let mut largest = 0.0_f64;
    for m in 0..points {
        let turn = Complex64::cis(std::f64::consts::TAU * (m as f64 + 0.5) / points as f64);
        let z = centre + circle * turn;
        let shifted = Mat::from_fn(n, n, |i, j| if i == j { z - matrix[(i, j)] } else { -matrix[(i, j)] });
        let right = faer::Col::from_fn(n, |i| Complex64::from(x[i]));
        let solution = shifted.partial_piv_lu().solve(&right);
        largest = largest.max(solution.norm_l2());
        let mut weight = circle * turn / points as f64;
        for (p, vector) in vectors.iter_mut().enumerate() {
            vector.iter_mut().zip(solution.iter()).for_each(|(v, s)| *v += weight * s);
            weight *= circle * turn / (p + 1) as f64;
        }
    }
    // |t^p e^{-kappa t}| is largest at t = p/kappa.
    let peak =
        |p: usize| if p == 0 { 1.0 } else { (p as f64 / (kappa * std::f64::consts::E)).powi(p as i32) };
    let length = |vector: &Vec<Complex64>| vector.iter().map(|x| x.norm_sqr()).sum::<f64>().sqrt();
    // What rounding leaves in every v_p/p!: solutions have errors of eps ||A|| ||(z - A)^{-1}||, and there is a margin.
    let mut rounding = 16.0 * f64::EPSILON * largest * scale;
    let mut carried = Vec::new();
    for (p, vector) in vectors.iter().enumerate() {
        carried.push(length(vector) * peak(p) > NEGLIGIBLE * norm(x) && length(vector) > rounding);
        rounding *= circle / (p + 1) as f64;
    }
    let kept = match kappa > slow {
        true => carried.iter().rposition(|carried| *carried).map_or(0, |last| last + 1),
        false => 1,
    };
    vectors.truncate(kept.max(1));
    vectors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(parts: &[Coalescing], t: f64, k: usize) -> f64 {
        let term = |part: &Coalescing| {
            let polynomial = part.vectors.iter().rev().fold(Complex64::ZERO, |sum, v| sum * t + v[k]);
            ((part.rate * t).exp() * polynomial).re
        };
        parts.iter().map(term).sum()
    }

    #[test]
    fn a_jordan_block_gives_a_polynomial() {
        // Critical damping, a block of three, and one of three that is split by 1e-7.
        let critical = faer::mat![[0.0, 1.0], [-1.0, -2.0]];
        let parts = coalescing(critical.as_ref(), &[1.0, 0.0], 1e-9).unwrap();
        for t in [0.0_f64, 0.3, 2.0, 9.0] {
            assert!((at(&parts, t, 0) - (1.0 + t) * (-t).exp()).abs() < 1e-13, "{t}");
        }
        for split in [0.0_f64, 1e-7] {
            let block = faer::mat![[-0.5, 1.0, 0.0], [0.0, -0.5, 1.0], [0.0, 0.0, -0.5 - split]];
            let parts = coalescing(block.as_ref(), &[0.0, 0.0, 1.0], 1e-9).unwrap();
            for t in [0.1_f64, 2.0, 20.0] {
                let expected = 0.5 * t * t * (-0.5 * t).exp() * (1.0 - split * t / 3.0);
                assert!((at(&parts, t, 0) - expected).abs() < 3e-12, "{split} {t}");
            }
        }
    }

    // Neighbours far beyond the decay rate: a wide circle around a slow pair would leave rounding times (distance/rate)^p in power p.
    #[test]
    fn a_slow_pair_among_fast_neighbours_has_no_powers_of_rounding() {
        let w = 0.02;
        let mut a = Mat::<f64>::zeros(4, 4);
        (a[(0, 1)], a[(1, 0)], a[(1, 1)]) = (w, -w, -2.0 * w);
        (a[(2, 2)], a[(2, 3)], a[(3, 2)], a[(3, 3)]) = (-w, 1.0, -1.0, -w);
        let parts = coalescing(a.as_ref(), &[1.0, 0.0, 1.0, 0.0], 1e-9).unwrap();
        assert!(parts.iter().all(|part| part.vectors.len() <= 2));
        for t in [1.0_f64, 30.0, 200.0, 3000.0] {
            let expected = (1.0 + w * t) * (-w * t).exp();
            assert!((at(&parts, t, 0) - expected).abs() < 1e-12, "{t}");
        }
    }
}
