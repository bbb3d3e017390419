//! Methods for any generator, one per file; [`choose`] picks.
//!
//! A method is a value with its own knobs that implements [`Evolve`]: it says whether it applies and why not, and hands what it
//! carries at the requested times, one after the other, to a sink: memory does not grow with the number of times. A new method is one
//! file and one line in `methods`.

mod choose;
mod cost;
#[cfg(test)]
mod counts;
mod explicit;
mod exponential;
mod global_error;
mod implicit;
mod integrals;
pub(crate) mod kets;
mod measured;
mod taylor;
mod trajectories;
mod tsitouras;

pub(crate) use choose::{BY_NAME, applications, candidates};
pub use choose::{Choice, choose};
pub use cost::{Candidate, Cost};
pub use explicit::Explicit;
pub use exponential::Exponential;
pub(crate) use exponential::{integrated, is_long};
pub use global_error::Reading;
pub use implicit::Implicit;
pub use integrals::Functional;
pub(crate) use integrals::TimeOperator;
pub use kets::{Chebyshev, Eigenvectors};
pub use taylor::Taylor;
pub(crate) use trajectories::{Drawn, Readings, Unravelling, UnravellingWorkspace, Walker, apart};
pub use trajectories::{Memory, Picture, UnravellingError};

use std::borrow::Cow;
use std::fmt::Debug;
use std::ops::ControlFlow;

use num_complex::Complex64;
use thiserror::Error;

use crate::lindblad::Generator;
use crate::method::Method;
use crate::operator::{Hermitian, add_projector};
use crate::progress::Progress;

/// What is carried from one time to the next.
#[derive(Clone, Copy, Debug)]
pub enum Carried<'a> {
    /// S = Re rho + Im rho, n x n row-major.
    Density(&'a [f64]),
    /// The numbers of S that a generator carries; the others are 0, or nothing that is read depends on them.
    Part(&'a Generator, &'a [f64]),
    /// rho = sum_k |psi_k><psi_k|: weights are in the norms.
    Kets(&'a [Vec<Complex64>]),
}

impl<'a> Carried<'a> {
    /// S of the state.
    pub fn density(self) -> Cow<'a, [f64]> {
        let kets = match self {
            Carried::Density(s) => return Cow::Borrowed(s),
            Carried::Part(generator, numbers) => {
                let mut s = vec![0.0; generator.dim() * generator.dim()];
                generator.place(numbers, &mut s);
                return Cow::Owned(s);
            }
            Carried::Kets(kets) => kets,
        };
        let n = kets.first().map_or(0, Vec::len);
        let mut s = vec![0.0; n * n];
        kets.iter().for_each(|psi| add_projector(&mut s, 1.0, psi));
        Cow::Owned(s)
    }

    /// The numbers that `generator` carries of this state; where its noise has memory, at t = 0.
    pub fn numbers(self, generator: &Generator) -> Cow<'a, [f64]> {
        match self {
            Carried::Density(s) => generator.started(s),
            Carried::Part(_, numbers) => Cow::Borrowed(numbers),
            Carried::Kets(_) => Cow::Owned(generator.started(&self.density()).into_owned()),
        }
    }
}

/// What is to be evolved from t = 0.
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a> {
    /// The generator; it may change its form at [`Generator::breakpoints`], across which no step may reach.
    pub generator: &'a Generator,
    /// The state at t = 0.
    pub start: Carried<'a>,
    /// Nondecreasing times >= 0.
    pub times: &'a [f64],
    /// What is read of the states, to tell how accurate it is.
    pub reading: Option<Reading<'a>>,
    /// What is integrated beside the state.
    pub flows: &'a [Functional],
    /// Seed of methods that draw random numbers: the same seed, the same numbers.
    pub seed: u64,
    /// Told which time is reached.
    pub progress: Option<&'a Progress>,
}

impl<'a> Problem<'a> {
    /// Tells whoever watches.
    fn reached(&self, time: f64) {
        if let Some(progress) = self.progress {
            progress.reach(time);
        }
    }

    /// From a density matrix.
    pub fn new(generator: &'a Generator, rho0: &'a Hermitian, times: &'a [f64]) -> Self {
        Problem {
            generator,
            start: Carried::Density(rho0.s()),
            times,
            reading: None,
            flows: &[],
            seed: 0,
            progress: None,
        }
    }
}

/// One requested time.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    /// Its place among the times.
    pub index: usize,
    /// The time.
    pub time: f64,
    /// The state; of sampling methods its mean.
    pub state: Carried<'a>,
    /// Standard error of every carried number of S, of sampling methods.
    pub standard_error: Option<&'a [f64]>,
    /// Estimates of what is wrong with it; 0 where nothing is read.
    pub errors: Errors,
    /// Integrals of the flows of the problem from t = 0.
    pub integrals: &'a [f64],
}

/// Estimates of errors.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Errors {
    /// Largest error of the reading so far.
    pub reading: f64,
    /// Frobenius norm of the error of the state.
    pub state: f64,
}

impl<'a> Snapshot<'a> {
    /// The carried numbers of a state that is exact to the tolerance.
    pub(crate) fn of(
        generator: &'a Generator,
        index: usize,
        time: f64,
        s: &'a [f64],
        errors: Errors,
        integrals: &'a [f64],
    ) -> Self {
        let state = if generator.is_whole() { Carried::Density(s) } else { Carried::Part(generator, s) };
        Snapshot { index, time, state, standard_error: None, errors, integrals }
    }
}

/// Receives what is carried at one requested time after the other; may stop the evolution.
pub type Sink<'a> = dyn FnMut(Snapshot<'_>) -> ControlFlow<()> + 'a;
/// Receives (index of the time, time, S row-major); may stop the evolution.
pub type DensitySink<'a> = dyn FnMut(usize, f64, &[f64]) -> ControlFlow<()> + 'a;

/// A time-evolution method for any generator.
pub trait Evolve: Debug + Send + Sync {
    /// Its name.
    fn method(&self) -> Method;

    /// Whether it can treat the generator.
    ///
    /// # Errors
    /// [`NotApplicable`] with the first condition that fails.
    fn applies(&self, generator: &Generator, times: &[f64]) -> Result<(), NotApplicable>;

    /// What a run would take.
    fn cost(&self, generator: &Generator, times: &[f64]) -> Cost;

    /// Evolves the state from t = 0 through the times.
    ///
    /// # Errors
    /// [`NotApplicable`] when the method cannot treat the generator.
    fn run(&self, problem: &Problem<'_>, sink: &mut Sink<'_>) -> Result<Outcome, NotApplicable>;

    /// [`run`](Self::run) from a density matrix to density matrices.
    ///
    /// # Errors
    /// As `run`.
    fn evolve(
        &self,
        generator: &Generator,
        rho0: &Hermitian,
        times: &[f64],
        sink: &mut DensitySink<'_>,
    ) -> Result<Outcome, NotApplicable> {
        self.run(&Problem::new(generator, rho0, times), &mut |at| {
            sink(at.index, at.time, &at.state.density())
        })
    }
}

/// Every general method, made for what states should be accurate to.
pub(crate) fn methods(accuracy: f64) -> [Box<dyn Evolve>; 6] {
    [
        Box::new(Eigenvectors),
        Box::new(Chebyshev),
        Box::new(Exponential::accurate_to(accuracy)),
        Box::new(Implicit::accurate_to(accuracy)),
        Box::new(Taylor::accurate_to(accuracy)),
        Box::new(Explicit::accurate_to(accuracy)),
    ]
}

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

impl Outcome {
    /// Its name in results.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Converged => "converged",
            Outcome::Stopped => "stopped",
            Outcome::StepTooSmall { .. } => "step-too-small",
            Outcome::TooManySteps { .. } => "too-many-steps",
            Outcome::Inaccurate { .. } => "inaccurate",
            Outcome::CutoffTooSmall { .. } => "cutoff-too-small",
        }
    }
}

/// A method cannot treat this generator.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("method `{method}` does not apply because {because}")]
pub struct NotApplicable {
    /// The method.
    pub method: Method,
    /// The reason.
    pub because: String,
}

impl NotApplicable {
    /// Refuses a method for the first of the reasons that hold.
    pub(crate) fn first_of(method: Method, reasons: &[(bool, &str)]) -> Result<(), NotApplicable> {
        match reasons.iter().find(|(holds, _)| *holds) {
            Some((_, because)) => Err(NotApplicable { method, because: (*because).into() }),
            None => Ok(()),
        }
    }
}

/// Methods that use powers or functions of one matrix Z need it to stay the same.
fn require_constant(generator: &Generator, method: Method) -> Result<(), NotApplicable> {
    NotApplicable::first_of(method, &[(!generator.is_constant(), "the Hamiltonian depends on time")])
}
