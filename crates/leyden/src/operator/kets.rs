//! A positive matrix as kets: rho = sum_k |psi_k><psi_k|.
//!
//! Pivoted Cholesky steps: psi = (rho - what is known)|p>/sqrt(rho_pp - ...) at the largest diagonal element p that is left, as many as rho has
//! eigenvalues that do not vanish. The kets need not be orthogonal; a diagonal matrix gives its levels.

use num_complex::Complex64;

use super::Hermitian;

/// Weights below this part of the trace are left out.
const NEGLIGIBLE: f64 = 1e-17;
/// What is left of a diagonal element after a step may be rounding up to so many units of its last digit.
const UNITS: f64 = 16.0;

/// Adds weight |psi><psi| to a matrix in the form S, row-major.
pub(crate) fn add_projector(s: &mut [f64], weight: f64, psi: &[Complex64]) {
    for (row, a) in s.chunks_exact_mut(psi.len()).zip(psi).filter(|(_, a)| **a != Complex64::ZERO) {
        for (x, b) in row.iter_mut().zip(psi) {
            let entry = a * b.conj();
            *x += weight * (entry.re + entry.im);
        }
    }
}

impl Hermitian {
    /// Kets whose projectors add up to this matrix, weights in their norms; of a matrix that is not positive, those of a part that is.
    pub fn kets(&self) -> Vec<Vec<Complex64>> {
        let n = self.dim();
        let whole: Vec<f64> = self.populations().collect();
        let mut left = whole.clone();
        let least = NEGLIGIBLE * self.trace();
        let mut kets: Vec<Vec<Complex64>> = Vec::new();
        while kets.len() < n {
            let Some(pivot) = (0..n).max_by(|&i, &j| left[i].total_cmp(&left[j])) else { break };
            if !(left[pivot] > least) {
                break;
            }
            let root = left[pivot].sqrt();
            let mut psi: Vec<Complex64> = (0..n).map(|i| self.get(i, pivot)).collect();
            for known in &kets {
                let factor = known[pivot].conj();
                if factor != Complex64::ZERO {
                    psi.iter_mut().zip(known).for_each(|(x, y)| *x -= factor * y);
                }
            }
            psi[pivot] = left[pivot].into();
            psi.iter_mut().for_each(|x| *x /= root);
            for ((left, x), whole) in left.iter_mut().zip(&psi).zip(&whole) {
                *left -= x.norm_sqr();
                if *left <= UNITS * f64::EPSILON * whole {
                    *left = 0.0;
                }
            }
            left[pivot] = 0.0;
            kets.push(psi);
        }
        kets
    }

    /// Frobenius norm of what is left of this matrix beside such kets.
    pub(crate) fn beside(&self, kets: &[Vec<Complex64>]) -> f64 {
        let n = self.dim();
        let mut sum = 0.0;
        for i in 0..n {
            for j in 0..n {
                let known: Complex64 = kets.iter().map(|psi| psi[i] * psi[j].conj()).sum();
                sum += (self.get(i, j) - known).norm_sqr();
            }
        }
        sum.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kets_add_up_to_the_matrix_and_are_as_many_as_its_rank() {
        let mut random = fastrand::Rng::with_seed(5);
        for rank in 1..6 {
            let n = 12;
            let mut rho = Hermitian::zero(n);
            for _ in 0..rank {
                let psi: Vec<Complex64> =
                    (0..n).map(|_| Complex64::new(random.f64() - 0.5, random.f64() - 0.5)).collect();
                let one = Hermitian::projector(&psi);
                rho.s_mut().iter_mut().zip(one.s()).for_each(|(x, y)| *x += y);
            }
            let kets = rho.kets();
            assert_eq!(kets.len(), rank);
            assert!(rho.beside(&kets) < 1e-13 * rho.trace());
        }
    }

    #[test]
    fn a_diagonal_matrix_gives_its_levels_and_an_indefinite_one_shows() {
        let kets = Hermitian::diagonal(&[0.2, 0.0, 0.7, 0.1]).kets();
        let held: Vec<(usize, f64)> = kets
            .iter()
            .map(|psi| psi.iter().enumerate().find(|(_, x)| x.norm() > 0.0).map(|(k, x)| (k, x.re)).unwrap())
            .collect();
        for ((level, x), (expected, p)) in held.iter().zip([(2, 0.7_f64), (0, 0.2), (3, 0.1)]) {
            assert!(*level == expected && (x - p.sqrt()).abs() < 1e-15);
        }
        let swap = Hermitian::from_s(2, vec![0.5, 0.9, 0.9, 0.5]);
        assert!(swap.beside(&swap.kets()) > 0.1);
    }
}
