//! `explicit`: Runge-Kutta steps of a density matrix (see `tsitouras`), whose errors are kept book of.
//!
//! A step is accepted when the embedded error has Frobenius norm ||e|| <= tolerance; a Lindblad generator contracts the trace norm, so errors of
//! single steps add up and are never amplified. Closed systems are kets (see `kets`).

use std::ops::ControlFlow;

use super::cost::{Cost, application, combination, fastest, turned};
use super::global_error::{GlobalError, Reading};
use super::kets::{self, KetMethod};
use super::tsitouras::{A, Field, Output, Quadrature, Watch, integrate, interpolant};
use super::{Evolve, NotApplicable, Outcome, Problem, Sink, Snapshot};
use crate::lindblad::Generator;
use crate::method::Method;
use crate::numerics::{dot, norm};

/// The explicit method and its tolerance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explicit {
    /// Largest Frobenius norm of the error estimate of one step.
    pub tolerance: f64,
}

impl Explicit {
    /// For states that should be accurate to `accuracy`.
    pub(super) fn accurate_to(accuracy: f64) -> Self {
        Explicit { tolerance: 0.05 * accuracy }
    }
}

impl Evolve for Explicit {
    fn method(&self) -> Method {
        Method::Explicit
    }

    fn applies(&self, _generator: &Generator, _times: &[f64]) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn cost(&self, generator: &Generator, times: &[f64]) -> Cost {
        let end = times.last().copied().unwrap_or(0.0);
        // Limited by stability, and, as long as the state turns, by the embedded error of order 4.
        let turn = (100.0 * self.tolerance).powf(0.2);
        let applications =
            (1.8 * fastest(generator, end) * end).max(6.0 * turned(generator, end) / turn).max(6.0);
        let nanoseconds = applications * (application(generator) + combination(generator, 5))
            + times.len() as f64 * combination(generator, 7);
        let bytes = 8.0 * generator.numbers() as f64 * 14.0;
        Cost { seconds: 1e-9 * nanoseconds, bytes, applications: Some(applications) }
    }

    fn run(&self, problem: &Problem<'_>, sink: &mut Sink<'_>) -> Result<Outcome, NotApplicable> {
        let Problem { generator, start, times, reading, flows, .. } = *problem;
        if generator.closed().is_some() {
            return kets::run_density(&|_| Ok(KetMethod::Explicit(0.5 * self.tolerance)), problem, sink);
        }
        let (accuracy, quadrature) = (Accuracy::new(generator, reading), Quadrature::new(flows.len()));
        let mut watch = OfDensity { accuracy, quadrature, problem, sink };
        Ok(integrate(generator, self.tolerance, start.numbers(generator).into_owned(), times, &mut watch))
    }
}

impl Field for Generator {
    fn apply(&self, time: f64, y: &[f64], out: &mut [f64], scratch: &mut [f64]) {
        Generator::apply(self, time, y, out, scratch);
    }

    fn norm_bound(&self) -> f64 {
        Generator::norm_bound(self)
    }

    fn breakpoints(&self) -> &[f64] {
        Generator::breakpoints(self)
    }

    fn longest_step(&self, time: f64, h: f64) -> f64 {
        Generator::longest_step(self, time, h)
    }
}

struct OfDensity<'a, 'b, 'c> {
    accuracy: Accuracy<'a>,
    quadrature: Quadrature,
    problem: &'b Problem<'a>,
    sink: &'b mut Sink<'c>,
}

impl Watch for OfDensity<'_, '_, '_> {
    fn output(&mut self, at: Output<'_>) -> ControlFlow<()> {
        if let Some((y, t, h)) = at.within {
            self.accuracy.read(y, at.time, t, h, at.last);
        }
        let errors = self.accuracy.error.errors();
        let integrals = self.quadrature.at(at.time, at.within.map(|(_, t, h)| (t, h)));
        (self.sink)(Snapshot::of(self.problem.generator, at.index, at.time, at.state, errors, integrals))
    }

    fn stage(&mut self, i: usize, time: f64, state: &[f64]) {
        let rates = self.quadrature.stage(i).iter_mut().zip(self.problem.flows);
        rates.for_each(|(rate, flow)| *rate = flow.at(time, state));
    }

    fn step(&mut self, h: f64, embedded: f64, time: f64) {
        self.accuracy.step(h, embedded);
        self.quadrature.step(h);
        self.problem.reached(time);
    }
}

/// The stability polynomial less 1: y_{n+1} = y_n + sum_j c_j (hZ)^j y_n for a constant generator.
fn stability(weights: impl Fn(usize) -> f64) -> [f64; 7] {
    // k_i = hZ (y + sum_l a_il k_l) as polynomials in hZ.
    let mut k = [[0.0; 8]; 7];
    for i in 0..7 {
        let mut sum = [0.0; 8];
        sum[0] = 1.0;
        for (l, a) in A[i].iter().enumerate().take(i.min(6)) {
            (0..8).for_each(|j| sum[j] += a * k[l][j]);
        }
        k[i][1..].copy_from_slice(&sum[..7]);
    }
    std::array::from_fn(|j| (0..7).map(|i| weights(i) * k[i][j + 1]).sum())
}

/// Keeps book of what steps get wrong.
struct Accuracy<'a> {
    generator: &'a Generator,
    reading: Option<Reading<'a>>,
    error: GlobalError,
    stability: [f64; 7],
    /// Largest |c_5(x) - x^5/5!| of the interpolant.
    interpolant: f64,
    /// Steps since the powers were computed.
    steps: usize,
    /// Sum of the errors of all steps, where the generator depends on time.
    embedded: f64,
    powers: [Vec<f64>; 4],
}

/// Steps after which powers of the generator cost little beside them.
const STEPS_BETWEEN: usize = 6;
/// Powers computed.
const POWERS: usize = 8;

impl<'a> Accuracy<'a> {
    fn new(generator: &'a Generator, reading: Option<Reading<'a>>) -> Self {
        let size = if reading.is_some() { generator.numbers() } else { 0 };
        let defect = |x: f64| (stability(|i| interpolant(x)[i])[4] - x.powi(5) / 120.0).abs();
        Accuracy {
            generator,
            reading,
            error: GlobalError::new(),
            stability: stability(|i| if i < 6 { A[6][i] } else { 0.0 }),
            interpolant: (1..20).map(|x| defect(0.05 * x as f64)).fold(0.0, f64::max),
            steps: STEPS_BETWEEN,
            embedded: 0.0,
            powers: std::array::from_fn(|_| vec![0.0; size]),
        }
    }

    fn step(&mut self, h: f64, embedded: f64) {
        if self.reading.is_some() {
            self.error.step(&self.stability, h, 2.0 * f64::EPSILON);
            self.embedded += embedded;
            self.steps += 1;
        }
    }

    /// The error at a time within a step from the state y at t.
    fn read(&mut self, y: &[f64], time: f64, t: f64, h: f64, last: bool) {
        let Some(reading) = self.reading else { return };
        if !self.generator.is_constant() {
            // Embedded errors are those of order 4: a power of the step more than what is carried on.
            let turn = (self.generator.norm_bound() * h).min(1.0);
            let state = self.embedded * turn + 4.0 * f64::EPSILON;
            self.error.keep(reading.range * state, state);
            return;
        }
        if self.steps < STEPS_BETWEEN && !last {
            return;
        }
        self.steps = 0;
        let [power, next, scratch, wrong] = &mut self.powers;
        let here = self.error.within(&self.stability, time - t, 0.0);
        power.copy_from_slice(y);
        wrong.fill(0.0);
        let (mut read, mut sizes) = ([0.0; POWERS], [0.0; POWERS]);
        for j in 0..POWERS {
            self.generator.apply(0.0, power, next, scratch);
            std::mem::swap(power, next);
            (read[j], sizes[j]) = (dot(reading.observable, power), norm(power));
            if j > 4 {
                here.add(j + 1, power, wrong);
            }
        }
        let ratio = sizes[POWERS - 1] / sizes[POWERS - 2].max(f64::MIN_POSITIVE);
        let between = self.interpolant * h.powi(5);
        let of_reading = here.at(&reading, 6, &read[5..], ratio) + 2.0 * between * read[4].abs();
        let of_state = here.of_state(wrong, POWERS + 1, sizes[POWERS - 1], ratio);
        self.error.keep(of_reading, of_state + 2.0 * between * sizes[4]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evolve::tsitouras::steps::STEPS;
    use crate::lindblad::{Channel, Lindbladian, Modulation, Shape};
    use crate::numerics::{distance, exponential};
    use crate::operator::{Hermitian, Operator};

    #[test]
    fn a_kick_is_met_by_rejected_steps_and_to_the_tolerance() {
        // A dephased qubit that hardly turns, but for t in [5, 6), where it turns a thousand times as fast.
        let x = Operator::spin_lowering(2).plus_adjoint();
        let channels = vec![Channel { rate: 0.05, jump: Operator::number(2) }];
        let with = |turn: f64| Generator::new(&Lindbladian::new(turn * x.clone(), channels.clone()).unwrap());
        let (slow, kick) = (0.03, 30.0);
        let window = Modulation { operator: kick * x.clone(), shape: Shape::Window { from: 5.0, to: 6.0 } };
        let moved = Lindbladian::modulated(slow * x.clone(), channels.clone(), vec![window]).unwrap();
        let rho0 = Hermitian::level(2, 0);
        // Piece by piece.
        let mut now = faer::Col::from_fn(4, |p| rho0.s()[p]);
        let mut expected = Vec::new();
        for (turn, time) in [(slow, 5.0), (slow + kick, 1.0), (slow, 4.0)] {
            now = exponential((with(turn).dense() * faer::Scale(time)).as_ref()) * now;
            expected.push(now.iter().copied().collect::<Vec<f64>>());
        }
        for tolerance in [1e-5, 1e-8, 1e-11] {
            STEPS.set([0; 2]);
            let mut found = Vec::new();
            let outcome = Explicit { tolerance }.evolve(
                &Generator::new(&moved),
                &rho0,
                &[5.0, 6.0, 10.0],
                &mut |_, _, s| {
                    found.push(s.to_vec());
                    std::ops::ControlFlow::Continue(())
                },
            );
            assert_eq!(outcome, Ok(Outcome::Converged));
            let [accepted, rejected] = STEPS.get();
            assert!(rejected >= 1, "{tolerance:e}: the step before the kick is too long for it");
            assert!(
                accepted + rejected < 40 + (20.0 * tolerance.powf(-0.2)) as usize,
                "{accepted} {rejected}"
            );
            assert!(4 * rejected < accepted, "{tolerance:e}: {accepted} {rejected}");
            for (found, expected) in found.iter().zip(&expected) {
                // Estimates are of fourth order and steps of fifth: all of them together stay near the tolerance of one.
                let error = distance(found, expected);
                assert!(error <= 5.0 * tolerance, "{tolerance:e}: {error:e} after {accepted} steps");
            }
        }
    }

    #[test]
    fn measured_order_is_five() {
        // One step of y' = z y: the error falls like h^6.
        let step = |z: f64| {
            let mut k = [0.0_f64; 6];
            for i in 0..6 {
                k[i] = z * (1.0 + (0..i).map(|j| A[i][j] * k[j]).sum::<f64>());
            }
            1.0 + (0..6).map(|i| A[6][i] * k[i]).sum::<f64>()
        };
        let error = |z: f64| (step(z) - z.exp()).abs();
        let slope = (error(-0.1) / error(-0.05)).log2();
        assert!((slope - 6.0).abs() < 0.25, "{slope}");
    }
}
