//! Closed systems among the methods for any generator: a density matrix is written as kets and evolved as such.
//!
//! rho = sum_k |psi_k><psi_k|: as many kets as rho has eigenvalues that do not vanish.

use faer::Side;
use num_complex::Complex64;

use super::{Blocks, KetMethod, nanoseconds};
use crate::evolve::{Carried, Cost, Errors, Evolve, NotApplicable, Outcome, Problem, Sink, Snapshot};
use crate::lindblad::Generator;
use crate::method::Method;
use crate::operator::{Hermitian, add_projector};

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

            fn cost(&self, generator: &Generator, times: &[f64]) -> Cost {
                // Of one ket; a start of many has as many.
                let nanoseconds = generator.closed().map_or(0.0, |closed| {
                    let n = closed.dim();
                    let blocks = Blocks::new(closed, &[vec![Complex64::ONE; n]]);
                    nanoseconds(Method::$name, &blocks, times)
                });
                let bytes = 16.0 * (generator.dim() as f64).powi(2) * 6.0;
                Cost { seconds: 1e-9 * nanoseconds, bytes, applications: None }
            }

            fn run(&self, problem: &Problem<'_>, sink: &mut Sink<'_>) -> Result<Outcome, NotApplicable> {
                self.applies(problem.generator, problem.times)?;
                run(&|blocks| KetMethod::made(Method::$name, blocks, 0.0), problem, sink)
            }
        }
    )*};
}
of_closed!(Eigenvectors, Chebyshev);

/// Makes the method for the blocks that a start reaches.
type Made<'a> = &'a dyn Fn(&Blocks) -> Result<KetMethod, NotApplicable>;

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
    let (kets, signs) = match problem.start {
        Carried::Kets(kets) => (kets.to_vec(), None),
        density => signed_kets(&Hermitian::from_s(closed.dim(), density.density().into_owned())),
    };
    let blocks = Blocks::new(closed, &kets);
    let method = made(&blocks)?;
    let range = problem.reading.map_or(0.0, |reading| reading.range);
    let mut s = vec![0.0; if signs.is_some() { closed.dim().pow(2) } else { 0 }];
    let signed = |s: &mut [f64], kets: &[Vec<Complex64>]| {
        s.fill(0.0);
        let sign = |k: usize| signs.as_ref().map_or(1.0, |signs| signs[k]);
        kets.iter().enumerate().for_each(|(k, psi)| add_projector(s, sign(k), psi));
    };
    let read = |time: f64, kets: &[Vec<Complex64>], rates: &mut [f64]| {
        let mut s = vec![0.0; closed.dim().pow(2)];
        signed(&mut s, kets);
        let s = problem.generator.carried(&s);
        rates.iter_mut().zip(problem.flows).for_each(|(rate, flow)| *rate = flow.at(time, &s));
    };
    Ok(method.run_with(&blocks, problem.times, (problem.flows.len(), &read), &mut |at| {
        problem.reached(at.time);
        // Of a ket: twice as much of the state.
        let errors = Errors { reading: range * at.error, state: 2.0 * at.error };
        let state = match &signs {
            None => Carried::Kets(at.kets),
            Some(_) => {
                signed(&mut s, at.kets);
                Carried::Density(&s)
            }
        };
        let (index, time, integrals) = (at.index, at.time, at.integrals);
        sink(Snapshot { index, time, state, standard_error: None, errors, integrals })
    }))
}

/// What a matrix may differ from its kets, relative to its size, to count as positive.
const POSITIVE: f64 = 1e-14;

/// A Hermitian matrix as sum_k sign_k |psi_k><psi_k|; no signs where it is positive and not 0. Differences of states are not.
fn signed_kets(rho: &Hermitian) -> (Vec<Vec<Complex64>>, Option<Vec<f64>>) {
    let kets = rho.kets();
    if !kets.is_empty() && rho.beside(&kets) <= POSITIVE * rho.purity().sqrt() {
        return (kets, None);
    }
    let n = rho.dim();
    let Ok(eigen) = rho.to_complex().self_adjoint_eigen(Side::Lower) else {
        // Only of entries that are not numbers.
        return (vec![vec![Complex64::new(f64::NAN, 0.0); n]], Some(vec![1.0]));
    };
    let values: Vec<f64> = eigen.S().column_vector().iter().map(|x: &Complex64| x.re).collect();
    let ket = |k: usize| (0..n).map(|i| values[k].abs().sqrt() * eigen.U()[(i, k)]).collect();
    ((0..n).map(ket).collect(), Some(values.iter().map(|x| x.signum()).collect()))
}
