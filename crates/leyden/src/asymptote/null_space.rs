//! The limit of a small constant generator by projection on its whole null space.
//!
//! rho(inf) = R (L^T R)^{-1} L^T rho(0), where the columns of R and L span the right and left null spaces of Z: for
//! a Lindblad generator the eigenvalue 0 is semisimple. L holds the conserved quantities, so nothing is assumed about
//! uniqueness, and it serves what no structure settles (see `structure`). The dimension of the null space comes from a gap in the singular values; without a clear gap there
//! is no answer. Source: @albert2014.

use faer::Mat;
use faer::prelude::Solve;
use num_complex::Complex64;

use crate::lindblad::Generator;
use crate::operator::Hermitian;
use crate::why::{Doubt, Failure, TooLarge};
use crate::{Known, Why};

/// Most levels n: the generator is a dense n^2 x n^2 matrix here.
pub(crate) const MOST_LEVELS: usize = 16;

/// Singular values below this fraction of the largest count as zero ...
pub(super) const ZERO: f64 = 1e-12;
/// ... when the others lie above this one: errors of the limit are then below 1e-16/1e-6.
const CLEAR: f64 = 1e-6;

/// The null space of a generator and the limit that it projects on.
#[derive(Clone, Debug)]
pub struct NullSpace {
    /// Its dimension: the number of conserved quantities.
    pub dimension: usize,
    /// Limit of the state.
    pub limit: Hermitian,
}

impl NullSpace {
    /// Projects `rho0`.
    ///
    /// # Errors
    /// A sentence for the user when the limit does not exist or cannot be certified.
    pub fn new(generator: &Generator, rho0: &Hermitian) -> Known<Self> {
        let n = generator.dim();
        if !generator.is_constant() {
            return Err(Why::TimeDependent);
        }
        if n > MOST_LEVELS {
            return Err(TooLarge::NullSpace { most: MOST_LEVELS, levels: n }.into());
        }
        let size = n * n;
        let z = generator.dense();
        let svd = z.svd().map_err(|_| Failure::SingularValues)?;
        let values: Vec<f64> = svd.S().column_vector().iter().copied().collect();
        let largest = values[0];
        let kept = values.iter().filter(|&&s| s > ZERO * largest).count();
        let dimension = size - kept;
        if kept > 0 && values[kept - 1] < CLEAR * largest {
            return Err(Doubt::Rate { size: values[kept - 1] / largest }.into());
        }
        let right = svd.V().subcols(kept, dimension);
        let left = svd.U().subcols(kept, dimension);
        let start = faer::Col::from_fn(size, |p| rho0.s()[p]);
        let overlap = left.transpose() * right;
        let weights = overlap.partial_piv_lu().solve(left.transpose() * &start);
        let projected = right * weights;
        let limit = Hermitian::from_s(n, projected.iter().copied().collect());
        if let Some(frequency) = undamped(&z) {
            return Err(Doubt::CoherencesAt { frequency }.into());
        }
        Ok(NullSpace { dimension, limit })
    }
}

/// Frequency of a mode on the imaginary axis, if there is one: then states need not have a limit.
fn undamped(z: &Mat<f64>) -> Option<f64> {
    let complex = Mat::from_fn(z.nrows(), z.ncols(), |i, j| Complex64::from(z[(i, j)]));
    // None where the iteration fails.
    let rates = complex.eigenvalues().unwrap_or_default();
    let scale = rates.iter().map(|x| x.norm()).fold(0.0, f64::max);
    rates.iter().find(|x| x.re.abs() <= 1e-11 * scale && x.im.abs() > 1e-8 * scale).map(|x| x.im.abs())
}
