//! All roots of a small real polynomial whose roots may span many decades.
//!
//! Aberth's iteration z_k -= w/(1 - w sum_{j != k} 1/(z_k - z_j)), w = p/p', from circles with the radii |c_{k-1}/c_k|. It stops where
//! |p| is the rounding of its own sum, so that each root has the digits that the coefficients define, however small it is.
//! Source: Bini, Numer. Algorithms 13, 179 (1996).

use num_complex::Complex64;

const MOST_ITERATIONS: usize = 500;

/// Roots of sum_k coefficients[k] z^k; the last coefficient must not be 0.
pub(crate) fn roots(coefficients: &[f64]) -> Vec<Complex64> {
    let zeros = coefficients.iter().take_while(|&&c| c == 0.0).count();
    let c = &coefficients[zeros..];
    let degree = c.len() - 1;
    let mut z: Vec<Complex64> = (0..degree)
        .map(|k| {
            let next = if c[k + 1] == 0.0 { c[degree] } else { c[k + 1] };
            let radius = (c[k] / next).abs().max(f64::MIN_POSITIVE);
            // No two starting points are conjugate: the iteration would keep the symmetry and miss real roots.
            Complex64::from_polar(radius, 0.7 + 2.4 * k as f64)
        })
        .collect();
    let mut done = vec![false; degree];
    for _ in 0..MOST_ITERATIONS {
        for k in 0..degree {
            if done[k] {
                continue;
            }
            let (mut p, mut slope, mut size) = (Complex64::ZERO, Complex64::ZERO, 0.0);
            for &coefficient in c.iter().rev() {
                slope = slope * z[k] + p;
                p = p * z[k] + coefficient;
                size = size * z[k].norm() + coefficient.abs();
            }
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
    z.extend(std::iter::repeat_n(Complex64::ZERO, zeros));
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graded_and_repeated_roots() {
        // (z + 1e6)(z + 1)(z + 1e-9)
        let mut found = roots(&[1e-3, 1e6 + 1e-3 + 1e-9, 1e6 + 1.0 + 1e-9, 1.0]);
        found.sort_by(|a, b| a.norm().total_cmp(&b.norm()));
        for (z, expected) in found.iter().zip([-1e-9, -1.0, -1e6]) {
            assert!((z - expected).norm() < 1e-14 * expected.abs(), "{z} {expected}");
        }
        // (z + 2)^3: a triple root has a third of the digits, the centre of its cluster nearly all.
        let found = roots(&[8.0, 12.0, 6.0, 1.0]);
        assert!(found.iter().all(|z| (z + 2.0).norm() < 1e-4), "{found:?}");
        // z (z^2 + 2 z + 5)
        let found = roots(&[0.0, 5.0, 2.0, 1.0]);
        assert!(found.contains(&Complex64::ZERO));
        assert!(found.iter().any(|z| (z - Complex64::new(-1.0, 2.0)).norm() < 1e-15));
    }
}
