//! State vectors of a closed system: i d psi/dt = H(t) psi on what they reach.
//!
//! A pure start is one vector, a mixed one rho = sum_k |psi_k><psi_k| as many as it has eigenvalues, weights in their norms; never a
//! density matrix. Blocks are found in H (`blocks`); each is evolved alone, all kets in it at once.

mod bessel;
mod blocks;
mod chebyshev;
mod eigenvectors;
mod explicit;
mod of_density;
mod rows;
mod without_matrix;

pub(crate) use blocks::Blocks;
pub(crate) use eigenvectors::{Carried as CarriedEigenvectors, cosines};
pub(in crate::evolve) use of_density::run as run_density;
pub use of_density::{Chebyshev, Eigenvectors};
pub(crate) use without_matrix::{Cost, Series};

use std::ops::ControlFlow;

use num_complex::Complex64;

use super::{NotApplicable, Outcome};
use crate::method::Method;

/// Kets at one requested time, whole vectors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KetSnapshot<'a> {
    pub(crate) index: usize,
    pub(crate) time: f64,
    pub(crate) kets: &'a [Vec<Complex64>],
    /// Estimate of the norm of what is wrong with them.
    pub(crate) error: f64,
    /// Integrals of what a [`Rates`] reads from t = 0; none by methods for constant Hamiltonians.
    pub(crate) integrals: &'a [f64],
}

/// Expectation values to be integrated: (how many, what writes them at a time).
pub(crate) type Rates<'a> = (usize, &'a dyn Fn(f64, &[Vec<Complex64>], &mut [f64]));

/// Receives kets at one requested time after the other; may stop the evolution.
pub(crate) type KetSink<'a> = dyn FnMut(KetSnapshot<'_>) -> ControlFlow<()> + 'a;

/// How kets are evolved.
#[derive(Clone, Debug)]
pub(crate) enum KetMethod {
    /// By the eigenvectors of every block.
    Eigenvectors(Vec<CarriedEigenvectors>),
    /// By series of Chebyshev polynomials.
    Chebyshev,
    /// By Runge-Kutta steps with this error.
    Explicit(f64),
}

/// What an eigenvalue problem of n levels costs in ns: A n^3 + B n, three times as much for complex ones.
const EIGEN: (f64, f64) = (0.15, 2000.0);
/// ns for one number of a product with a row, for one multiplication in a product of matrices, and for one in sums of real vectors.
const ENTRY: f64 = 0.7;
const PRODUCT: f64 = 0.15;
const SUM: f64 = 0.05;
/// Most levels of a block whose eigenvectors are computed.
const MOST_LEVELS: usize = 4000;

impl KetMethod {
    /// The methods that evolve kets.
    pub(crate) const METHODS: [Method; 3] = [Method::Eigenvectors, Method::Chebyshev, Method::Explicit];

    /// A method for the blocks; states should be accurate to `accuracy`. Methods that decompose have done so.
    ///
    /// # Errors
    /// [`NotApplicable`] where it cannot treat the blocks.
    pub(crate) fn made(method: Method, blocks: &Blocks, accuracy: f64) -> Result<KetMethod, NotApplicable> {
        applies(method, blocks)?;
        Ok(match method {
            Method::Eigenvectors => {
                let because = "the eigenvalue iteration did not converge".into();
                let carried = eigenvectors::decompose(blocks).ok_or(NotApplicable { method, because })?;
                KetMethod::Eigenvectors(carried)
            }
            Method::Chebyshev => KetMethod::Chebyshev,
            _ => KetMethod::Explicit(STEP * accuracy),
        })
    }

    /// Evolves what the blocks hold through nondecreasing times.
    pub(crate) fn run(&self, blocks: &Blocks, times: &[f64], sink: &mut KetSink<'_>) -> Outcome {
        self.run_with(blocks, times, (0, &|_, _, _| {}), sink)
    }

    /// The same with integrals beside the kets, by [`Explicit`](KetMethod::Explicit) alone.
    pub(crate) fn run_with(
        &self,
        blocks: &Blocks,
        times: &[f64],
        rates: Rates<'_>,
        sink: &mut KetSink<'_>,
    ) -> Outcome {
        match self {
            KetMethod::Eigenvectors(carried) => eigenvectors::run(blocks, carried, times, sink),
            KetMethod::Chebyshev => chebyshev::run(blocks, times, sink),
            KetMethod::Explicit(tolerance) => explicit::run(blocks, *tolerance, times, rates, sink),
        }
    }
}

/// What rounding makes of kets whose phases have turned by `angle`.
fn rounding(angle: f64) -> f64 {
    f64::EPSILON * (8.0 + angle)
}

/// Hands on what the kets hold of every energy, with the eigenvectors that the method has or that are computed; `None` where their iteration does
/// not converge.
pub(crate) fn by_energy(
    method: &KetMethod,
    blocks: &Blocks,
    visit: &mut dyn FnMut(&[Vec<Complex64>]),
) -> Option<()> {
    match method {
        KetMethod::Eigenvectors(carried) => eigenvectors::by_energy(blocks, carried, visit),
        _ => eigenvectors::by_energy(blocks, &eigenvectors::decompose(blocks)?, visit),
    }
    Some(())
}

/// Error of a ket in one step, relative to what states should be accurate to.
const STEP: f64 = 0.025;

/// Whether a method that evolves kets can treat the blocks.
///
/// # Errors
/// [`NotApplicable`] with the first condition that fails.
pub(crate) fn applies(method: Method, blocks: &Blocks) -> Result<(), NotApplicable> {
    let constant = method == Method::Explicit || blocks.is_constant();
    let largest = blocks.sizes().max().unwrap_or(0);
    NotApplicable::first_of(method, &[(!constant, "the Hamiltonian depends on time")])?;
    match method == Method::Eigenvectors && largest > MOST_LEVELS {
        true => Err(NotApplicable {
            method,
            because: format!("a block of H has {largest} levels; at most {MOST_LEVELS}"),
        }),
        false => Ok(()),
    }
}

/// The method that costs less.
pub(crate) fn cheaper(blocks: &Blocks, times: &[f64]) -> Method {
    if !blocks.is_constant() {
        return Method::Explicit;
    }
    if applies(Method::Eigenvectors, blocks).is_err() {
        return Method::Chebyshev;
    }
    match nanoseconds(Method::Eigenvectors, blocks, times) <= nanoseconds(Method::Chebyshev, blocks, times) {
        true => Method::Eigenvectors,
        false => Method::Chebyshev,
    }
}

/// About how long a method takes for the times.
pub(crate) fn nanoseconds(method: Method, blocks: &Blocks, times: &[f64]) -> f64 {
    let decomposed = |block: &blocks::Block| {
        let n = block.levels.len() as f64;
        let complex = if block.is_real { 1.0 } else { 3.0 };
        complex * EIGEN.0 * n.powi(3) + EIGEN.1 * n
    };
    let once = match method {
        Method::Eigenvectors => blocks.list.iter().map(decomposed).sum(),
        _ => 0.0,
    };
    once + nanoseconds_more(method, blocks, times)
}

/// The same where everything that is made once is there.
pub(crate) fn nanoseconds_more(method: Method, blocks: &Blocks, times: &[f64]) -> f64 {
    let count = times.len() as f64;
    let of = |block: &blocks::Block| {
        let (n, size) = (block.levels.len() as f64, block.size() as f64);
        let entries = block.matrix.filled() + block.parts.iter().map(rows::Rows::filled).sum::<usize>();
        let applied = ENTRY * entries as f64 * block.width() as f64 + 2.0 * ENTRY * size;
        match method {
            Method::Eigenvectors => {
                let complex = if block.is_real { 1.0 } else { 3.0 };
                complex * PRODUCT * count * n * size
            }
            Method::Chebyshev => {
                let (products, terms) = chebyshev::products(blocks, times);
                products * applied + count * size * (SUM * terms + 2.0 * ENTRY)
            }
            _ => explicit::products(blocks, times) * (applied + 4.0 * ENTRY * size),
        }
    };
    blocks.list.iter().map(of).sum()
}

/// Numbers that a method works on beside the kets.
pub(crate) fn work_numbers(method: Method, blocks: &Blocks) -> f64 {
    match method {
        Method::Eigenvectors => {
            blocks.sizes().map(|n| (n * n) as f64).sum::<f64>()
                + 3.0 * (blocks.sizes().max().unwrap_or(0) as f64).powi(2)
        }
        Method::Chebyshev => chebyshev::work_numbers(blocks),
        _ => 12.0 * blocks.numbers() as f64,
    }
}

/// Products with H to the last of `times`, of methods that count them.
pub(crate) fn products(method: Method, blocks: &Blocks, times: &[f64]) -> f64 {
    match method {
        Method::Eigenvectors => 0.0,
        Method::Chebyshev => chebyshev::products(blocks, times).0,
        _ => explicit::products(blocks, times),
    }
}
