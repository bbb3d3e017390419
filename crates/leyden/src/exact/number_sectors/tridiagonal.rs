//! Eigenvectors of symmetric tridiagonal matrices whose eigenvalues are known exactly.
//!
//! T v = lambda v with s_k = T_kk - lambda and o_k = T_k,k+1. Elimination from above and from below,
//!   p_k = s_k - o_{k-1}^2/p_{k-1},   q_k = s_k - o_k^2/q_{k+1},
//! meets at the row r where |p_r + q_r - s_r| is least, which is where v is large:
//!   v_k = -(o_k/p_k) v_{k+1} for k < r,   v_{k+1} = -(o_k/q_{k+1}) v_k for k >= r.
//! Both run towards smaller components, so that these keep their relative accuracy where orthogonal polynomials by a
//! recurrence in one direction lose all of it.
//!
//! Source: @dhillon2004b, section 3 (twisted factorisations).

/// Stands for a pivot that vanishes: its inverse appears once upright and once inverted.
const VANISHING: f64 = 1e-150;

/// Work space of [`TridiagonalVector::solve`].
#[derive(Clone, Debug, Default)]
pub(crate) struct TridiagonalVector {
    below: Vec<f64>,
    above: Vec<f64>,
}

impl TridiagonalVector {
    /// The normalised null vector of the matrix with diagonal s_k and off-diagonal o_k != 0 (between k and k+1), into
    /// `v`, with v_0 > 0 (also where it underflows).
    pub(crate) fn solve(&mut self, s: impl Fn(usize) -> f64, o: impl Fn(usize) -> f64, v: &mut [f64]) {
        let n = v.len();
        let pivot = |x: f64| if x == 0.0 { VANISHING } else { x };
        self.above.resize(n, 0.0);
        self.below.resize(n, 0.0);
        let (p, q) = (&mut self.above[..n], &mut self.below[..n]);
        p[0] = pivot(s(0));
        for k in 1..n {
            p[k] = pivot(s(k) - o(k - 1) * (o(k - 1) / p[k - 1]));
        }
        q[n - 1] = pivot(s(n - 1));
        for k in (0..n - 1).rev() {
            q[k] = pivot(s(k) - o(k) * (o(k) / q[k + 1]));
        }
        let residual = |k: usize| (p[k] + q[k] - s(k)).abs();
        let twist = (0..n).min_by(|&i, &j| residual(i).total_cmp(&residual(j))).unwrap_or(0);
        let negative = (0..twist).filter(|&k| (p[k] > 0.0) == (o(k) > 0.0)).count();
        v[twist] = if negative % 2 == 0 { 1.0 } else { -1.0 };
        let mut norm = 1.0;
        for k in (0..twist).rev() {
            v[k] = -(o(k) / p[k]) * v[k + 1];
            norm += v[k] * v[k];
        }
        for k in twist..n - 1 {
            v[k + 1] = -(o(k) / q[k + 1]) * v[k];
            norm += v[k + 1] * v[k + 1];
        }
        let scale = 1.0 / norm.sqrt();
        v.iter_mut().for_each(|x| *x *= scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Second differences: eigenvalues 2 - 2 cos(pi j/(n+1)), vectors sin(pi j k/(n+1)).
    #[test]
    fn sines_diagonalise_second_differences() {
        let n = 40;
        let mut v = vec![0.0; n];
        let mut work = TridiagonalVector::default();
        for j in 1..=n {
            let angle = std::f64::consts::PI * j as f64 / (n + 1) as f64;
            work.solve(|_| 2.0 * angle.cos(), |_| -1.0, &mut v);
            for k in 0..n {
                let expected = (2.0 / (n + 1) as f64).sqrt() * (angle * (k + 1) as f64).sin();
                assert!((v[k] - expected).abs() < 1e-13, "j = {j}, k = {k}");
            }
        }
    }
}
