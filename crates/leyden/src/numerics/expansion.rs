//! e^{At} x as a sum of exponentials.

use crate::why::Failure;
use crate::{Known, Why};
use faer::prelude::Solve;
use faer::{Col, Mat, MatRef};
use num_complex::Complex64;

/// e^{At} x = sum_k weight_k vector_k e^{rate_k t}, vectors of norm 1.
#[derive(Clone, Debug)]
pub(crate) struct Expansion {
    /// Eigenvalues; exactly 0 where they are rounding.
    pub(crate) rates: Vec<Complex64>,
    /// Eigenvectors as columns.
    pub(crate) vectors: Mat<Complex64>,
    /// Coefficients of x.
    pub(crate) weights: Vec<Complex64>,
    /// Norm of x.
    pub(crate) size: f64,
}

/// Eigenvalues below this fraction of the largest are rounding.
const ZERO: f64 = 1e-14;
/// Coefficients larger than this times the norm of x lose too many digits: eigenvectors nearly coincide.
const LARGEST_AMPLIFICATION: f64 = 1e6;

/// Largest ||(A - rate) vector|| |weight| relative to ||A|| ||x||.
const LARGEST_RESIDUAL: f64 = 1e-11;

/// x = sum_k weight_k vector_k in the eigenvectors of a matrix, vectors of norm 1.
pub(crate) struct InEigenvectors {
    pub(crate) values: Vec<Complex64>,
    /// Eigenvectors as columns.
    pub(crate) vectors: Mat<Complex64>,
    pub(crate) weights: Vec<Complex64>,
    /// ||(A - value) vector|| of every mode.
    pub(crate) residuals: Vec<f64>,
}

impl InEigenvectors {
    /// # Errors
    /// Where the eigenvalue iteration does not converge.
    pub(crate) fn new(a: MatRef<'_, f64>, x: &[f64]) -> Known<Self> {
        // The complex path: the real one returns wrong vectors where eigenvalues repeat, and they satisfy
        // V c = x at t = 0 all the same. The residual is what catches such a failure.
        let complex = Mat::from_fn(a.nrows(), a.ncols(), |i, j| Complex64::from(a[(i, j)]));
        let eigen = complex.eigen().map_err(|_| Failure::Eigenvalues)?;
        let mut vectors = eigen.U().to_owned();
        for column in vectors.col_iter_mut() {
            let norm = column.norm_l2();
            column.iter_mut().for_each(|v| *v /= norm);
        }
        let right = Col::from_fn(x.len(), |i| Complex64::from(x[i]));
        let weights = vectors.partial_piv_lu().solve(&right).iter().copied().collect();
        let values: Vec<Complex64> = eigen.S().column_vector().iter().copied().collect();
        let image = &complex * &vectors;
        let residual =
            |(k, value): (usize, &Complex64)| (image.col(k) - vectors.col(k) * faer::Scale(*value)).norm_l2();
        let residuals = values.iter().enumerate().map(residual).collect();
        Ok(InEigenvectors { values, vectors, weights, residuals })
    }
}

impl Expansion {
    /// Expands x in the eigenvectors of A.
    ///
    /// # Errors
    /// A sentence for the user when A is too close to a matrix without enough eigenvectors.
    pub(crate) fn new(a: MatRef<'_, f64>, x: &[f64]) -> Known<Self> {
        let InEigenvectors { values, vectors, weights, residuals } = InEigenvectors::new(a, x)?;
        let size = x.iter().map(|x| x * x).sum::<f64>().sqrt();
        let amplification = weights.iter().map(|c| c.norm()).fold(0.0, f64::max);
        if !(amplification <= LARGEST_AMPLIFICATION * size) {
            return Err(Why::ExceptionalPoint);
        }
        let scale = values.iter().map(|x| x.norm()).fold(0.0, f64::max);
        let sound = |(residual, weight): (&f64, &Complex64)| {
            residual * weight.norm() <= LARGEST_RESIDUAL * scale * size
        };
        if !residuals.iter().zip(&weights).all(sound) {
            return Err(Failure::Eigenvectors.into());
        }
        let rates =
            values.into_iter().map(|x| if x.norm() <= ZERO * scale { Complex64::ZERO } else { x }).collect();
        Ok(Expansion { rates, vectors, weights, size })
    }

    /// The largest |rate|.
    pub(crate) fn largest_rate(&self) -> f64 {
        self.rates.iter().map(|rate| rate.norm()).fold(0.0, f64::max)
    }
}
