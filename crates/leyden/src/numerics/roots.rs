//! All roots of a small real polynomial whose roots may span many decades.
//!
//! Aberth's iteration z_k -= w/(1 - w sum_{j != k} 1/(z_k - z_j)), w = p/p', from circles whose radii are the slopes of
//! Newton's polygon. It stops where
//! |p| is the rounding of its own sum, so that each root has the digits that the coefficients define, however small it is.
//! Source: @bini1996.

use num_complex::Complex64;

const MOST_ITERATIONS: usize = 500;

/// A root and the rounding error to expect in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Root {
    pub(crate) value: Complex64,
    pub(crate) error: f64,
}

/// Roots of sum_k coefficients[k] z^k; the last coefficient must not be 0.
pub(crate) fn roots(coefficients: &[f64]) -> Vec<Root> {
    let zeros = coefficients.iter().take_while(|&&c| c == 0.0).count();
    let c = &coefficients[zeros..];
    let degree = c.len() - 1;
    // No two starting points are conjugate: the iteration would keep the symmetry and miss real roots.
    let mut z: Vec<Complex64> = radii(c)
        .into_iter()
        .enumerate()
        .map(|(k, radius)| Complex64::from_polar(radius, 0.7 + 2.4 * k as f64))
        .collect();
    let mut done = vec![false; degree];
    for _ in 0..MOST_ITERATIONS {
        for k in 0..degree {
            if done[k] {
                continue;
            }
            let (p, slope, size) = evaluate(c, z[k]);
            if p.norm() <= 1e-16 * size {
                done[k] = true;
                continue;
            }
            let newton = p / slope;
            let others: Complex64 = (0..degree).filter(|&j| j != k).map(|j| (z[k] - z[j]).inv()).sum();
            let change = newton / (1.0 - newton * others);
            if !change.is_finite() {
                // Two points met: part them.
                z[k] *= Complex64::new(1.0 + 1e-8, 1e-8);
                continue;
            }
            z[k] -= change;
            done[k] = change.norm() <= 1e-16 * z[k].norm();
        }
        if done.iter().all(|&done| done) {
            break;
        }
    }
    let found = z.into_iter().map(|value| {
        let (_, slope, size) = evaluate(c, value);
        Root { value, error: 1e-16 * size / slope.norm() }
    });
    found.chain(std::iter::repeat_n(Root { value: Complex64::ZERO, error: 0.0 }, zeros)).collect()
}

/// Moduli to start from: slopes of the upper hull of (k, ln |c_k|), Newton's polygon.
fn radii(c: &[f64]) -> Vec<f64> {
    let mut radii = Vec::new();
    while radii.len() + 1 < c.len() {
        let from = radii.len();
        let radius = |to: usize| ((c[from] / c[to]).abs().ln() / (to - from) as f64).exp();
        let next =
            (from + 1..c.len()).filter(|&to| c[to] != 0.0).min_by(|&i, &j| radius(i).total_cmp(&radius(j)));
        let to = next.expect("the last coefficient is not 0");
        radii.extend(std::iter::repeat_n(radius(to), to - from));
    }
    radii
}

/// p, p' and the sum of the absolute values of the terms of p.
fn evaluate(c: &[f64], z: Complex64) -> (Complex64, Complex64, f64) {
    let (mut p, mut slope, mut size) = (Complex64::ZERO, Complex64::ZERO, 0.0);
    let modulus = z.norm();
    for &coefficient in c.iter().rev() {
        slope = slope * z + p;
        p = p * z + coefficient;
        size = size * modulus + coefficient.abs();
    }
    (p, slope, size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graded_and_repeated_roots() {
        // (z + 1e6)(z + 1)(z + 1e-9)
        let mut found = roots(&[1e-3, 1e6 + 1e-3 + 1e-9, 1e6 + 1.0 + 1e-9, 1.0]);
        found.sort_by(|a, b| a.value.norm().total_cmp(&b.value.norm()));
        for (root, expected) in found.iter().zip([-1e-9, -1.0, -1e6]) {
            assert!((root.value - expected).norm() < 1e-14 * expected.abs(), "{root:?} {expected}");
            assert!(root.error < 1e-14 * expected.abs());
        }
        // (z + 2)^3: a triple root has a third of the digits.
        let found = roots(&[8.0, 12.0, 6.0, 1.0]);
        assert!(found.iter().all(|root| (root.value + 2.0).norm() < 1e-4), "{found:?}");
        // Gaps in the coefficients: z^2 - 1e-8.
        let found: Vec<Complex64> = roots(&[-1e-8, 0.0, 1.0]).iter().map(|root| root.value).collect();
        assert!((found[0] + found[1]).norm() < 1e-19 && (found[0].norm() - 1e-4).abs() < 1e-19, "{found:?}");
        // z (z^2 + 2 z + 5)
        let found: Vec<Complex64> = roots(&[0.0, 5.0, 2.0, 1.0]).iter().map(|root| root.value).collect();
        assert!(found.contains(&Complex64::ZERO));
        assert!(found.iter().any(|z| (z - Complex64::new(-1.0, 2.0)).norm() < 1e-15));
    }
}
