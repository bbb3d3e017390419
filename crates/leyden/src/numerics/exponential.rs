//! e^A of a dense real matrix by scaling, the [13/13] Pade approximant and squaring.
//!
//! Source: @higham2005, section 2; theta_13 = 5.37 bounds the scaled 1-norm.

use faer::prelude::Solve;
use faer::{Mat, MatRef};

use super::work::{Work, did};

const THETA_13: f64 = 5.371920351148152;

/// e^A for a square real matrix.
pub(crate) fn exponential(a: MatRef<'_, f64>) -> Mat<f64> {
    did(Work::Exponential);
    let n = a.nrows();
    let norm = (0..n).map(|j| (0..n).map(|i| a[(i, j)].abs()).sum::<f64>()).fold(0.0, f64::max);
    let squarings = if norm > THETA_13 { (norm / THETA_13).log2().ceil() as i32 } else { 0 };
    let a = a * faer::Scale(0.5_f64.powi(squarings));
    // b_k = (26-k)! 13! / (26! k! (13-k)!), by recurrence.
    let mut b = [1.0; 14];
    for k in 0..13 {
        b[k + 1] = b[k] * (13 - k) as f64 / ((26 - k) as f64 * (k + 1) as f64);
    }
    let identity = Mat::<f64>::identity(n, n);
    let a2 = &a * &a;
    let a4 = &a2 * &a2;
    let a6 = &a4 * &a2;
    let combine = |c0: f64, c2: f64, c4: f64, c6: f64| {
        Mat::from_fn(n, n, |i, j| c0 * identity[(i, j)] + c2 * a2[(i, j)] + c4 * a4[(i, j)] + c6 * a6[(i, j)])
    };
    let odd = &a * (&a6 * combine(0.0, b[9], b[11], b[13]) + combine(b[1], b[3], b[5], b[7]));
    let even = &a6 * combine(0.0, b[8], b[10], b[12]) + combine(b[0], b[2], b[4], b[6]);
    let mut result = (&even - &odd).partial_piv_lu().solve(&even + &odd);
    for _ in 0..squarings {
        result = &result * &result;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotation_and_jordan_block() {
        // e^{t [[0,-1],[1,0]]} rotates by t; e^{[[c,1],[0,c]]} = e^c [[1,1],[0,1]].
        for t in [1e-3, 0.7, 40.0] {
            let rotation = exponential(faer::mat![[0.0, -t], [t, 0.0]].as_ref());
            assert!((rotation[(0, 0)] - t.cos()).abs() < 1e-13 && (rotation[(1, 0)] - t.sin()).abs() < 1e-13);
        }
        let jordan = exponential(faer::mat![[-2.0, 1.0], [0.0, -2.0]].as_ref());
        assert!((jordan[(0, 1)] - (-2.0_f64).exp()).abs() < 1e-15 && jordan[(1, 0)] == 0.0);
    }
}
