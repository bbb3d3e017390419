//! Methods for any generator, one per file; [`choose`] picks.
//!
//! All methods start from rho(0) = `rho0` and hand S = Re rho + Im rho at the requested times, one after the other,
//! to a sink: memory does not grow with the number of times.

mod choose;
mod explicit;
mod exponential;
mod implicit;
mod taylor;

pub use choose::{Choice, applications, choose};
pub use explicit::Explicit;
pub use exponential::Exponential;
pub use implicit::Implicit;
pub use taylor::Taylor;

use std::ops::ControlFlow;

use thiserror::Error;

use crate::lindblad::Generator;
use crate::operator::Hermitian;

/// Receives (index of the time, time, S row-major); may stop the evolution.
pub type Sink<'a> = dyn FnMut(usize, f64, &[f64]) -> ControlFlow<()> + 'a;

/// How an evolution ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// Every requested time was reached within the tolerance.
    Converged,
    /// The sink stopped the evolution.
    Stopped,
    /// The step fell below the spacing of floating-point numbers.
    StepTooSmall {
        /// Time reached.
        time: f64,
        /// Last step tried.
        step: f64,
    },
    /// The run took too long: this time was reached.
    TooManySteps {
        /// Time reached.
        time: f64,
    },
    /// A check of the run failed: trace, positivity or finiteness.
    Inaccurate {
        /// Largest |Tr rho - 1|.
        trace: f64,
        /// Smallest eigenvalue met.
        smallest_eigenvalue: f64,
    },
    /// A truncated oscillator is occupied up to its highest level.
    CutoffTooSmall {
        /// Largest population of the highest level.
        population: f64,
    },
}

/// A method cannot treat this generator.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("method `{method}` does not apply because {because}")]
pub struct NotApplicable {
    /// Name of the method.
    pub method: &'static str,
    /// The reason.
    pub because: String,
}

/// Methods that use powers or functions of one matrix Z need it to stay the same.
fn require_constant(generator: &Generator, method: &'static str) -> Result<(), NotApplicable> {
    if generator.is_constant() {
        return Ok(());
    }
    Err(NotApplicable { method, because: "the Hamiltonian depends on time".into() })
}

/// A time-evolution method for any generator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// Adaptive Runge-Kutta steps.
    Explicit(Explicit),
    /// Powers of a constant generator.
    Taylor(Taylor),
    /// Propagator matrices of a small constant generator.
    Exponential(Exponential),
    /// L-stable rational steps of a constant generator.
    Implicit(Implicit),
}

impl Method {
    /// Name used in scenario files and outputs.
    pub fn name(&self) -> &'static str {
        match self {
            Method::Explicit(_) => Explicit::NAME,
            Method::Taylor(_) => Taylor::NAME,
            Method::Exponential(_) => Exponential::NAME,
            Method::Implicit(_) => Implicit::NAME,
        }
    }

    /// Evolves `rho0` from time 0 through nondecreasing `times` >= 0.
    ///
    /// # Errors
    /// [`NotApplicable`] when the method cannot treat the generator.
    pub fn evolve(
        &self,
        generator: &Generator,
        rho0: &Hermitian,
        times: &[f64],
        sink: &mut Sink<'_>,
    ) -> Result<Outcome, NotApplicable> {
        match self {
            Method::Explicit(method) => Ok(method.evolve(generator, rho0, times, sink)),
            Method::Taylor(method) => method.evolve(generator, rho0, times, sink),
            Method::Exponential(method) => method.evolve(generator, rho0, times, sink),
            Method::Implicit(method) => method.evolve(generator, rho0, times, sink),
        }
    }
}

/// Memory in bytes for the work vectors of a method on n levels.
pub fn work_bytes(method: &Method, generator_dim: usize) -> f64 {
    let size = (generator_dim as f64).powi(2);
    match method {
        Method::Explicit(_) => 8.0 * size * 14.0,
        Method::Taylor(_) => 8.0 * size * 19.0,
        Method::Exponential(_) => 8.0 * size * size * 8.0,
        Method::Implicit(_) => implicit::work_bytes(size),
    }
}
