//! e^{At} x as a sum of exponentials.

use super::norm;
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
        // In real arithmetic vectors are wrong where eigenvalues repeat, and satisfy V c = x at t = 0 all the same. The residual is what
        // catches such a failure.
        match Self::real(a, x) {
            Some(found) if found.is_sound(norm(x)) => Ok(found),
            _ => Self::complex(a, x),
        }
    }

    /// ||(A - value) vector|| |weight| is rounding for all.
    fn is_sound(&self, size: f64) -> bool {
        let scale = self.values.iter().map(|x| x.norm()).fold(0.0, f64::max);
        let sound = |(residual, weight): (&f64, &Complex64)| {
            residual * weight.norm() <= LARGEST_RESIDUAL * scale * size
        };
        self.residuals.iter().zip(&self.weights).all(sound)
    }

    /// Real parts of vectors stand where those of pairs begin, imaginary parts beside them.
    fn real(a: MatRef<'_, f64>, x: &[f64]) -> Option<Self> {
        let n = a.nrows();
        let eigen = a.eigen().ok()?;
        let values: Vec<Complex64> = eigen.S().column_vector().iter().copied().collect();
        let mut vectors = eigen.U().to_owned();
        let mut parts = Mat::<f64>::zeros(n, n);
        let mut pairs = vec![false; n];
        let mut k = 0;
        while k < n {
            let pair = values[k].im != 0.0;
            if pair && (k + 1 == n || values[k + 1] != values[k].conj()) {
                return None;
            }
            let length = vectors.col(k).norm_l2();
            for i in 0..n {
                let entry = vectors[(i, k)] / length;
                vectors[(i, k)] = if pair { entry } else { entry.re.into() };
                parts[(i, k)] = entry.re;
                if pair {
                    vectors[(i, k + 1)] = entry.conj();
                    parts[(i, k + 1)] = entry.im;
                }
            }
            pairs[k] = pair;
            k += if pair { 2 } else { 1 };
        }
        let shares = parts.partial_piv_lu().solve(Col::from_fn(n, |i| x[i]));
        let image = a * &parts;
        let (mut weights, mut residuals) = (vec![Complex64::ZERO; n], vec![0.0; n]);
        let mut k = 0;
        while k < n {
            let Complex64 { re, im } = values[k];
            if !pairs[k] {
                weights[k] = shares[k].into();
                residuals[k] = (image.col(k) - parts.col(k) * faer::Scale(re)).norm_l2();
                k += 1;
                continue;
            }
            // x = r Re v + s Im v = w v + w^* v^* with w = (r - i s)/2.
            weights[k] = Complex64::new(0.5 * shares[k], -0.5 * shares[k + 1]);
            weights[k + 1] = weights[k].conj();
            let (of_re, of_im) = (parts.col(k), parts.col(k + 1));
            let left = image.col(k) - of_re * faer::Scale(re) + of_im * faer::Scale(im);
            let right = image.col(k + 1) - of_im * faer::Scale(re) - of_re * faer::Scale(im);
            residuals[k] = left.norm_l2().hypot(right.norm_l2());
            residuals[k + 1] = residuals[k];
            k += 2;
        }
        Some(InEigenvectors { values, vectors, weights, residuals })
    }

    fn complex(a: MatRef<'_, f64>, x: &[f64]) -> Known<Self> {
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
        let found = InEigenvectors::new(a, x)?;
        let size = norm(x);
        let sound = found.is_sound(size);
        let InEigenvectors { values, vectors, weights, .. } = found;
        let amplification = weights.iter().map(|c| c.norm()).fold(0.0, f64::max);
        if !(amplification <= LARGEST_AMPLIFICATION * size) {
            return Err(Why::ExceptionalPoint);
        }
        let scale = values.iter().map(|x| x.norm()).fold(0.0, f64::max);
        if !sound {
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
