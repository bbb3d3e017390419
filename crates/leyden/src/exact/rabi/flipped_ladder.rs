//! The flipped ladder: Rabi frequencies and blocks of a star of equal cells without an SVD.
//!
//! A = F + g J^- on the ladder n = 0..N is bidiagonal, and its singular values come in pairs that are exponentially
//! close (relative gap 1e-21 at N = 20, F = 0.5 g): every SVD mixes their vectors. With the flip P|n> = |N-n>, PA is
//! real symmetric; PA v = lambda v gives A v = d u with d = |lambda|, u = sgn(lambda) P v, and the members of a close pair have
//! opposite signs of lambda, far apart. In the order 0, N, 1, N-1, 2, ... PA is tridiagonal,
//!   off-diagonals F, g a_1, F, g a_2, ..., a_n = sqrt(n(N-n+1)),
//!   diagonal 0 but for the last entry: F (N even) or g a_{(N+1)/2} = g(N+1)/2 (N odd).
//! Sums lambda_i + lambda_j of close pairs, which differences of rounded numbers would lose, follow from the
//! characteristic polynomial p to full relative accuracy: only the last diagonal entry c breaks the parity of p, so p(-lambda_i) = -+ 2 c D(lambda_i)
//! with the leading minor |D(lambda_i)| = v_last^2 prod_{k != i} |lambda_i - lambda_k|, hence for the partner j of i
//!   |lambda_i + lambda_j| = |c| v_last^2 prod_{k != i} |lambda_i - lambda_k| / (|lambda_i| prod_{k != i,j} |lambda_i + lambda_k|),
//! with v_last from pivots that keep its relative accuracy however small it is. The smallest d follows from
//! det A: d_min = |F|^{N+1}/prod(other d). Both are kept as logarithms where they underflow.

use faer::Mat;

use crate::exact::dense::{Chain, tridiagonal_eigen};

/// Signed Rabi frequencies and the right vectors of A = F + g J^-.
#[derive(Clone, Debug)]
pub struct FlippedLadder {
    /// Eigenvalues lambda of PA in nondecreasing order; d = |lambda|.
    pub lambda: Vec<f64>,
    /// Eigenvectors v of PA in the order of the ladder, one per column; u = sgn(lambda) P v.
    pub v: Mat<f64>,
    /// (i, j, ln |lambda_i + lambda_j|) of close pairs, i < j, by the formula.
    pub close_pairs: Vec<(usize, usize, f64)>,
    /// Index of the smallest |lambda|.
    pub smallest: usize,
    /// ln of the smallest d (minus infinity for F = 0).
    pub ln_smallest: f64,
}

impl FlippedLadder {
    /// Solves PA v = lambda v on `levels` = N+1 levels with amplitude F and coupling g.
    ///
    /// Returns `None` when F or g is not finite.
    pub fn new(levels: usize, amplitude: f64, coupling: f64) -> Option<Self> {
        if !(amplitude.is_finite() && coupling.is_finite()) {
            return None;
        }
        let matrix = Chain::new(levels - 1, amplitude, coupling);
        let (mut lambda, vectors) = matrix.eigen()?;
        let close_pairs = matrix.close_pairs(&lambda, &vectors);
        let smallest = (0..levels).min_by(|&i, &j| lambda[i].abs().total_cmp(&lambda[j].abs()))?;
        let others: f64 = (0..levels).filter(|&i| i != smallest).map(|i| lambda[i].abs().ln()).sum();
        let ln_smallest = levels as f64 * amplitude.abs().ln() - others;
        if ln_smallest.is_finite() || amplitude == 0.0 {
            lambda[smallest] = ln_smallest.exp().copysign(lambda[smallest]);
        }
        // Row k of the tridiagonal order is level k/2 from below (k even) or from above (k odd).
        let mut v = Mat::<f64>::zeros(levels, levels);
        for k in 0..levels {
            let level = if k % 2 == 0 { k / 2 } else { levels - 1 - k / 2 };
            for column in 0..levels {
                v[(level, column)] = vectors[(k, column)];
            }
        }
        Some(FlippedLadder { lambda, v, close_pairs, smallest, ln_smallest })
    }
}

/// Relative distance below which a sum of two eigenvalues is taken from the formula.
const CLOSE: f64 = 1e-3;

impl Chain {
    fn eigen(&self) -> Option<(Vec<f64>, Mat<f64>)> {
        let n = self.rows();
        if n == 2 {
            // [[0, F], [F, c]]: lambda = (c +- sqrt(c^2 + 4F^2))/2, the smaller one from the product -F^2.
            let (f, c) = (self.off[0], self.last);
            let large = 0.5 * (c + c.hypot(2.0 * f).copysign(c));
            let small = -f * f / large;
            let norm = f.hypot(large);
            let (x, y) = (f / norm, large / norm);
            return Some(if large > small {
                (vec![small, large], faer::mat![[y, x], [-x, y]])
            } else {
                (vec![large, small], faer::mat![[x, y], [y, -x]])
            });
        }
        let diagonal: Vec<f64> = (0..n).map(|k| self.diagonal(k)).collect();
        let mut vectors = Mat::<f64>::zeros(n, n);
        let values = tridiagonal_eigen(&diagonal, self.off.clone(), Some(vectors.as_mut()))?;
        Some((values, vectors))
    }

    /// ln of the small sums of opposite eigenvalues.
    fn close_pairs(&self, lambda: &[f64], vectors: &Mat<f64>) -> Vec<(usize, usize, f64)> {
        let n = self.rows();
        let mut pairs = Vec::new();
        for (i, &x) in lambda.iter().enumerate().filter(|(_, x)| **x < 0.0) {
            // The partner: the positive eigenvalue nearest to -lambda_i.
            let above = lambda.partition_point(|&y| y < -x);
            let candidates =
                [above.saturating_sub(1), above].into_iter().filter(|&j| j < n && lambda[j] > 0.0);
            let nearest = candidates.min_by(|&a, &b| (x + lambda[a]).abs().total_cmp(&(x + lambda[b]).abs()));
            let Some(j) = nearest.filter(|&j| (x + lambda[j]).abs() <= CLOSE * self.scale()) else {
                continue;
            };
            let mut ln = self.last.abs().ln() - x.abs().ln() + 2.0 * self.ln_last(x, |k| vectors[(k, i)]);
            for k in (0..n).filter(|&k| k != i) {
                let sum = if k == j { 1.0 } else { x + lambda[k] };
                ln += ((x - lambda[k]) / sum).abs().ln();
            }
            pairs.push((i, j, ln));
        }
        pairs
    }

    /// ln |v_last| of the normalised eigenvector, from backward pivots between its largest component and the end.
    fn ln_last(&self, value: f64, v: impl Fn(usize) -> f64) -> f64 {
        let n = self.rows();
        let twist = (0..n).max_by(|&i, &j| v(i).abs().total_cmp(&v(j).abs())).expect("a ladder has levels");
        let mut ln = v(twist).abs().ln();
        let mut pivot = self.diagonal(n - 1) - value;
        for k in (twist..n - 1).rev() {
            ln += (self.off[k] / pivot).abs().ln();
            pivot = self.diagonal(k) - value - self.off[k] * self.off[k] / pivot;
        }
        ln
    }

    fn scale(&self) -> f64 {
        self.off.iter().fold(self.last.abs(), |a, b| a.max(b.abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_solve_the_singular_problem() {
        for (levels, f, g) in [(2, 0.5, 1.0), (7, 0.5, 1.0), (12, 2.0, -0.7), (31, -0.4, 1.0)] {
            let ladder = FlippedLadder::new(levels, f, g).unwrap();
            for i in 0..levels {
                let lambda = ladder.lambda[i];
                for n in 0..levels {
                    // (A v)_n = F v_n + g a_{n+1} v_{n+1} = d u_n = lambda v_{N-n}
                    let above = if n + 1 < levels {
                        g * (((n + 1) * (levels - 1 - n)) as f64).sqrt() * ladder.v[(n + 1, i)]
                    } else {
                        0.0
                    };
                    let left = f * ladder.v[(n, i)] + above;
                    assert!((left - lambda * ladder.v[(levels - 1 - n, i)]).abs() < 1e-13 * levels as f64);
                }
            }
        }
    }

    #[test]
    fn smallest_frequencies_of_the_half_driven_star() {
        let expected = [5.5e-2, 9.6e-3, 1.2e-3, 1.2e-4, 1.0e-5, 7.5e-7, 4.7e-8];
        for (cells, expected) in (2..=8).zip(expected) {
            let ladder = FlippedLadder::new(cells + 1, 0.5, 1.0).unwrap();
            assert!((ladder.ln_smallest.exp() / expected - 1.0).abs() < 0.05, "N = {cells}");
        }
    }
}
