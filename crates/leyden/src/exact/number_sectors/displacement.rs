//! Displaced Fock states.
//!
//! D(-beta)|n>, real beta, is the eigenvector of eigenvalue n of
//!   D(-beta) b^dag b D(-beta)^dag = (b^dag + beta)(b + beta) = b^dag b + beta (b + b^dag) + beta^2,
//! tridiagonal in the Fock basis, with <0|D(-beta)|n> = e^{-beta^2/2} beta^n/sqrt(n!).

use faer::Mat;

use super::tridiagonal::TridiagonalVector;

/// Beyond the classical reach sqrt(n) + |beta|, amplitudes fall below 1e-17 within this distance.
pub(super) const TAIL: f64 = 7.0;

/// <i|D(-beta)|n> for i < `rows`, n < `columns`.
pub(super) fn displaced(beta: f64, rows: usize, columns: usize) -> Mat<f64> {
    if beta == 0.0 {
        return Mat::identity(rows, columns);
    }
    let mut matrix = Mat::zeros(rows, columns);
    let mut work = TridiagonalVector::default();
    let mut column = Vec::new();
    for n in 0..columns {
        column.resize(((n as f64).sqrt() + beta.abs() + TAIL).powi(2).ceil() as usize, 0.0);
        let shifted = |i: usize| i as f64 - n as f64 + beta * beta;
        work.solve(shifted, |i| beta * ((i + 1) as f64).sqrt(), &mut column);
        let sign = if beta < 0.0 && n % 2 == 1 { -1.0 } else { 1.0 };
        for (i, x) in column.iter().enumerate().take(rows) {
            matrix[(i, n)] = sign * x;
        }
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displacement_is_unitary_and_lowers() {
        for beta in [1e-9, 0.02, -0.7, 3.0, 5.0, -8.0] {
            let columns = 60;
            let rows = ((columns as f64).sqrt() + f64::abs(beta) + TAIL).powi(2) as usize + 1;
            let d = displaced(beta, rows, columns);
            let product = d.transpose() * &d;
            for n in 0..columns {
                for m in 0..columns {
                    let unit = if n == m { 1.0 } else { 0.0 };
                    assert!((product[(n, m)] - unit).abs() < 1e-13, "beta = {beta}, {n}, {m}");
                }
            }
            // (b + beta) D(-beta)|n> = sqrt(n) D(-beta)|n-1>
            for n in 0..columns {
                for i in 0..rows - 1 {
                    let above = ((i + 1) as f64).sqrt() * d[(i + 1, n)] + beta * d[(i, n)];
                    let lowered = if n > 0 { (n as f64).sqrt() * d[(i, n - 1)] } else { 0.0 };
                    assert!((above - lowered).abs() < 1e-12, "beta = {beta}, {i}, {n}");
                }
            }
            // <0|D(-beta)|n> = e^{-beta^2/2} beta^n/sqrt(n!)
            let mut expected = (-0.5 * beta * beta).exp();
            for n in 0..columns {
                assert!((d[(0, n)] - expected).abs() < 1e-15, "beta = {beta}, {n}");
                expected *= beta / ((n + 1) as f64).sqrt();
            }
        }
    }
}
