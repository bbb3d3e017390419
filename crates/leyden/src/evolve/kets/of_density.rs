//! Closed systems among the methods for any generator: a density matrix is written as kets and evolved as such.
//!
//! rho = sum_k |psi_k><psi_k|: as many kets as rho has eigenvalues that do not vanish.

use super::{Blocks, KetMethod};
use crate::evolve::{Carried, Errors, Evolve, NotApplicable, Outcome, Problem, Sink, Snapshot};
use crate::lindblad::Generator;
use crate::method::Method;
use crate::operator::Hermitian;

/// State vectors by the eigenvectors of a constant Hamiltonian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eigenvectors;

/// State vectors by Chebyshev series of a constant Hamiltonian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chebyshev;

macro_rules! of_closed {
    ($($name:ident),*) => {$(
        impl Evolve for $name {
            fn method(&self) -> Method {
                Method::$name
            }

            fn applies(&self, generator: &Generator, _times: &[f64]) -> Result<(), NotApplicable> {
                let closed = generator.closed().is_some();
                let constant = generator.is_constant();
                let reasons = [(!closed, "the system has channels"), (!constant, "the Hamiltonian depends on time")];
                NotApplicable::first_of(Method::$name, &reasons)
            }

            fn work_bytes(&self, levels: usize) -> f64 {
                16.0 * (levels as f64).powi(2) * 6.0
            }

            fn run(&self, problem: &Problem<'_>, sink: &mut Sink<'_>) -> Result<Outcome, NotApplicable> {
                self.applies(problem.generator, problem.times)?;
                run(&|blocks, times| KetMethod::asked(Some(Method::$name), blocks, times, 0.0), problem, sink)
            }
        }
    )*};
}
of_closed!(Eigenvectors, Chebyshev);

/// Makes the method for the blocks that a start reaches.
type Made<'a> = &'a dyn Fn(&Blocks, &[f64]) -> Result<KetMethod, NotApplicable>;

/// Evolves the kets of a problem's start.
///
/// # Panics
/// When the generator has channels.
pub(in crate::evolve) fn run(
    made: Made<'_>,
    problem: &Problem<'_>,
    sink: &mut Sink<'_>,
) -> Result<Outcome, NotApplicable> {
    let closed = problem.generator.closed().expect("kets are those of closed systems");
    let kets = match problem.start {
        Carried::Kets(kets) => kets.to_vec(),
        Carried::Density(s) => Hermitian::from_s(closed.dim(), s.to_vec()).kets(),
    };
    let blocks = Blocks::new(closed, &kets);
    let method = made(&blocks, problem.times)?;
    let range = problem.reading.map_or(0.0, |reading| reading.range);
    Ok(method.run(&blocks, problem.times, &mut |at| {
        problem.reached(at.time);
        // Of a ket: twice as much of the state.
        let state = 2.0 * at.error;
        let errors = Errors { reading: range * at.error, state };
        let state = Carried::Kets(at.kets);
        sink(Snapshot { index: at.index, time: at.time, state, standard_error: None, errors })
    }))
}
