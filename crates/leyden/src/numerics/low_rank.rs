//! Eigenvalues of positive matrices of low rank.
//!
//! Pivoted Cholesky rho = L L^T + R stops when the diagonal of R is rounding; the eigenvalues that do not vanish are those of the small
//! matrix L^T L. States of large stars occupy few blocks: rank r of n levels costs n r^2 instead of n^3.

use faer::{Mat, Side};

/// Nondecreasing eigenvalues of the real symmetric n x n matrix `s` (row-major), or `None` where its rank is not low
/// or the factorisation does not reproduce it (a matrix that is not positive).
pub(crate) fn low_rank_eigenvalues(n: usize, s: &[f64]) -> Option<Vec<f64>> {
    let diagonal: Vec<f64> = s.iter().step_by(n + 1).copied().collect();
    let columns = pivoted_cholesky(diagonal, |pivot| s[pivot * n..(pivot + 1) * n].to_vec(), n / 3)?;
    let r = columns.len();
    let gram = Mat::from_fn(r, r, |i, j| columns[i].iter().zip(&columns[j]).map(|(x, y)| x * y).sum::<f64>());
    let small = gram.self_adjoint_eigenvalues(Side::Lower).ok()?;
    let purity: f64 = s.iter().map(|x| x * x).sum();
    let reproduced: f64 = small.iter().map(|x| x * x).sum();
    if (purity - reproduced).abs() > 1e-11 * purity {
        return None;
    }
    let mut values = vec![0.0; n - r];
    values.extend(small);
    values.sort_by(f64::total_cmp);
    Some(values)
}

/// Columns of L in L L^T = a positive matrix with this diagonal and these columns, by steps at the largest remaining diagonal
/// element until the rest is rounding; `None` where that takes more than `most` columns or the matrix is not positive.
pub(crate) fn pivoted_cholesky(
    mut left: Vec<f64>,
    column_of: impl Fn(usize) -> Vec<f64>,
    most: usize,
) -> Option<Vec<Vec<f64>>> {
    let trace: f64 = left.iter().sum();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    while left.iter().any(|x| *x > 1e-17 * trace) {
        if columns.len() == most {
            return None;
        }
        let pivot = (0..left.len()).max_by(|&i, &j| left[i].total_cmp(&left[j]))?;
        let root = left[pivot].sqrt();
        if !(root > 0.0) {
            return None;
        }
        let mut column = column_of(pivot);
        for known in &columns {
            let factor = known[pivot];
            column.iter_mut().zip(known).for_each(|(x, y)| *x -= factor * y);
        }
        column.iter_mut().for_each(|x| *x /= root);
        left.iter_mut().zip(&column).for_each(|(x, y)| *x = (*x - y * y).max(0.0));
        left[pivot] = 0.0;
        columns.push(column);
    }
    Some(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::Hermitian;

    #[test]
    fn rank_three_state_of_many_levels() {
        let n = 60;
        let mut s = vec![0.0; n * n];
        for (weight, k) in [(0.5, 0.1), (0.3, 0.7), (0.2, 1.3)] {
            let v: Vec<f64> = (0..n).map(|i| (k * i as f64 + k * k).sin()).collect();
            let norm: f64 = v.iter().map(|x| x * x).sum();
            for i in 0..n {
                for j in 0..n {
                    s[i * n + j] += weight * v[i] * v[j] / norm;
                }
            }
        }
        let fast = low_rank_eigenvalues(n, &s).unwrap();
        let slow = Hermitian::from_s(n, s).eigenvalues();
        assert!(fast.iter().zip(&slow).all(|(a, b)| (a - b).abs() < 1e-14));
    }

    #[test]
    fn full_rank_and_indefinite_matrices_are_left_to_others() {
        let n = 20;
        let identity: Vec<f64> = (0..n * n).map(|p| if p % (n + 1) == 0 { 1.0 } else { 0.0 }).collect();
        assert_eq!(low_rank_eigenvalues(n, &identity), None);
        let mut swap = vec![0.0; n * n];
        (swap[0], swap[n + 2], swap[2 * n + 1]) = (1.0, 1.0, 1.0);
        assert_eq!(low_rank_eigenvalues(n, &swap), None);
    }
}
