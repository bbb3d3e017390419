//! The flipped ladder: Rabi frequencies and blocks of a star of equal cells without an SVD.
//!
//! A = F + g J^- on the ladder n = 0..N is bidiagonal, and its singular values come in pairs that are exponentially
//! close (relative gap 1e-21 at N = 20, F = 0.5 g): every SVD mixes their vectors. With the flip P|n> = |N-n>, PA is
//! real symmetric; PA v = lambda v gives A v = d u with d = |lambda|, u = sgn(lambda) P v, and the members of a close pair have
//! opposite signs of lambda, far apart. In the order 0, N, 1, N-1, 2, ... PA is tridiagonal,
//!   off-diagonals F, g a_1, F, g a_2, ..., a_n = sqrt(n(N-n+1)),
//!   diagonal 0 but for the last entry: F (N even) or g a_{(N+1)/2} = g(N+1)/2 (N odd).
//! Eigenvalues are refined in double-double arithmetic, so that splittings |lambda_i + lambda_j| down to 1e-28 ||A|| are
//! resolved; the smallest d follows from det A: d_min = |F|^{N+1}/prod(other d), below 1e-308 as a logarithm.

use faer::diag::{Diag, DiagRef};
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd_scratch, tridiagonal_self_adjoint_evd};
use faer::{Mat, Par};
use twofloat::TwoFloat;

/// Signed Rabi frequencies and the right vectors of A = F + g J^-.
#[derive(Clone, Debug)]
pub struct FlippedLadder {
    /// Eigenvalues lambda of PA in nondecreasing order, as double-double numbers; d = |lambda|.
    pub lambda: Vec<TwoFloat>,
    /// Eigenvectors v of PA in the order of the ladder, one per column; u = sgn(lambda) P v.
    pub v: Mat<f64>,
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
        let matrix = Tridiagonal::new(levels, amplitude, coupling);
        let (values, vectors) = matrix.eigen()?;
        let mut lambda: Vec<TwoFloat> = Vec::with_capacity(levels);
        for (column, &value) in values.iter().enumerate() {
            lambda.push(matrix.refine(value, |row| vectors[(row, column)]));
        }
        let smallest = (0..levels).min_by(|&i, &j| values[i].abs().total_cmp(&values[j].abs()))?;
        let others: f64 =
            (0..levels).filter(|&i| i != smallest).map(|i| f64::from(lambda[i]).abs().ln()).sum();
        let ln_smallest = levels as f64 * amplitude.abs().ln() - others;
        if ln_smallest.is_finite() || amplitude == 0.0 {
            let size = ln_smallest.exp();
            lambda[smallest] = TwoFloat::from(if f64::from(lambda[smallest]) < 0.0 { -size } else { size });
        }
        // Row k of the tridiagonal order is level k/2 from below (k even) or from above (k odd).
        let mut v = Mat::<f64>::zeros(levels, levels);
        for k in 0..levels {
            let level = if k % 2 == 0 { k / 2 } else { levels - 1 - k / 2 };
            for column in 0..levels {
                v[(level, column)] = vectors[(k, column)];
            }
        }
        Some(FlippedLadder { lambda, v, smallest, ln_smallest })
    }
}

struct Tridiagonal {
    last: f64,
    off: Vec<f64>,
    /// Squares of the off-diagonals, exact to double-double.
    off_squared: Vec<TwoFloat>,
}

impl Tridiagonal {
    fn new(levels: usize, amplitude: f64, coupling: f64) -> Self {
        let cells = levels - 1;
        let mut off = Vec::with_capacity(cells);
        let mut off_squared = Vec::with_capacity(cells);
        for k in 0..cells {
            if k % 2 == 0 {
                off.push(amplitude);
                off_squared.push(TwoFloat::new_mul(amplitude, amplitude));
            } else {
                let n = k.div_ceil(2);
                let strength = (n * (cells - n + 1)) as f64;
                off.push(coupling * strength.sqrt());
                off_squared.push(TwoFloat::new_mul(coupling, coupling) * strength);
            }
        }
        let last = if cells % 2 == 0 { amplitude } else { coupling * (levels / 2) as f64 };
        Tridiagonal { last, off, off_squared }
    }

    fn levels(&self) -> usize {
        self.off.len() + 1
    }

    fn diagonal(&self, k: usize) -> f64 {
        if k + 1 == self.levels() { self.last } else { 0.0 }
    }

    fn eigen(&self) -> Option<(Vec<f64>, Mat<f64>)> {
        let n = self.levels();
        let diagonal: Vec<f64> = (0..n).map(|k| self.diagonal(k)).collect();
        // The solver reads n entries of the subdiagonal and ignores the last.
        let mut below = self.off.clone();
        below.push(0.0);
        let mut values = Diag::<f64>::zeros(n);
        let mut vectors = Mat::<f64>::zeros(n, n);
        let scratch =
            self_adjoint_evd_scratch::<f64>(n, ComputeEigenvectors::Yes, Par::Seq, Default::default());
        tridiagonal_self_adjoint_evd(
            DiagRef::from_slice(&diagonal),
            DiagRef::from_slice(&below),
            values.as_mut(),
            Some(vectors.as_mut()),
            Par::Seq,
            MemStack::new(&mut MemBuffer::new(scratch)),
            Default::default(),
        )
        .ok()?;
        Some((values.column_vector().iter().copied().collect(), vectors))
    }

    /// One Rayleigh-quotient correction lambda + gamma_k v_k^2 at the largest component k, with the twisted pivot
    /// gamma_k = q_k^+ + q_k^- - (a_k - lambda) from both ends in double-double arithmetic.
    fn refine(&self, value: f64, v: impl Fn(usize) -> f64) -> TwoFloat {
        let n = self.levels();
        let twist = (0..n).max_by(|&i, &j| v(i).abs().total_cmp(&v(j).abs())).expect("a ladder has levels");
        let lambda = TwoFloat::from(value);
        let pivot = |k: usize| TwoFloat::from(self.diagonal(k)) - lambda;
        // A pivot that vanishes exactly is moved by the smallest amount that keeps the division finite.
        let guard = |q: TwoFloat| if f64::from(q) == 0.0 { TwoFloat::from(1e-290) } else { q };
        let mut forward = pivot(0);
        for k in 1..=twist {
            forward = pivot(k) - self.off_squared[k - 1] / guard(forward);
        }
        let mut backward = pivot(n - 1);
        for k in (twist..n - 1).rev() {
            backward = pivot(k) - self.off_squared[k] / guard(backward);
        }
        let gamma = forward + backward - pivot(twist);
        let weight = v(twist);
        let correction = gamma * (weight * weight);
        // Degenerate or decoupled blocks give no usable pivot; the plain eigenvalue is then the answer.
        if f64::from(correction).abs() <= 1e-12 * value.abs().max(self.scale()) {
            lambda + correction
        } else {
            lambda
        }
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
                let lambda = f64::from(ladder.lambda[i]);
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
