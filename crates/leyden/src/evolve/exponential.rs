//! `exponential`: propagator matrices e^{Z dt} of a small constant generator.
//!
//! vec S(t + dt) = e^{Z dt} vec S(t), one matrix for every different spacing of the output times. Exact up to
//! rounding, which grows like ||Z|| t times the machine epsilon. Where that is too much and levels are few, Z is exponentiated with as many digits as
//! it takes (see `exact_exponential`): vec S(t) = e^{Zt} vec S(0) at any t and for rates of any size.

use faer::{Mat, MatRef};

use super::cost::{Cost, propagators};
use super::measured::WORDS;
use super::{Errors, Evolve, Functional, NotApplicable, Outcome, Problem, Sink, Snapshot, require_constant};
use crate::lindblad::{Generator, reached};
use crate::method::Method;
use crate::numerics::{ExactExponential, Term, exponential, norm};

/// The exponential method and its tolerance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    /// What rounding may add to the state before more digits are carried, where that is possible.
    pub tolerance: f64,
}

/// Most numbers of S, those of 24 levels: the propagator holds their square.
pub(super) const MOST_NUMBERS: usize = 576;
/// Beyond this ||Z|| t more digits are carried where that is possible: rounding could reach 1e-11.
const LONG_TURN: f64 = 1e4;
/// The same for ||Z|| dt, where a propagator is squared often.
const LONG_SPACING: f64 = 1e3;
/// What a propagator gets wrong in the same way at every step, like another dt, in units of the machine epsilon.
const SYSTEMATIC: f64 = 24.0;
/// Beyond this ||Z|| t rounding is not looked at: more digits are carried.
const LONGEST_TURN: f64 = 1e7;
/// Beyond this ||Z|| dt, squaring loses more than ten of the sixteen digits.
pub(super) const LARGEST_TURN: f64 = 1e5;

impl Evolve for Exponential {
    fn method(&self) -> Method {
        Method::Exponential
    }

    fn applies(&self, generator: &Generator, times: &[f64]) -> Result<(), NotApplicable> {
        let refuse = |because: String| Err(NotApplicable { method: Method::Exponential, because });
        require_constant(generator, Method::Exponential)?;
        if generator.numbers() > MOST_NUMBERS {
            let (size, numbers) = (generator.size(), generator.numbers());
            return refuse(format!(
                "{size} need a propagator of {} numbers; at most {}",
                numbers.pow(2),
                MOST_NUMBERS.pow(2)
            ));
        }
        let turn = generator.norm_bound() * largest_spacing(times);
        if turn > LARGEST_TURN && !generator.has_terms() {
            return refuse(format!(
                "rates times the time between two shown reach {turn:.1e}, which would cost accuracy; at most {LARGEST_TURN:.0e}"
            ));
        }
        Ok(())
    }

    fn cost(&self, generator: &Generator, times: &[f64]) -> Cost {
        let numbers = generator.numbers() as f64;
        let nanoseconds = match self.carries_more_digits(generator, times) {
            true => exact_nanoseconds(generator, times),
            // Where it looks whether rounding is small it runs twice.
            false if is_long(generator, times) => 2.0 * propagators(generator, times),
            false => propagators(generator, times),
        };
        Cost { seconds: 1e-9 * nanoseconds, bytes: 8.0 * numbers.powi(2) * 8.0, applications: None }
    }

    fn run(&self, problem: &Problem<'_>, sink: &mut Sink<'_>) -> Result<Outcome, NotApplicable> {
        let Problem { generator, start, times, reading, flows, .. } = *problem;
        self.applies(generator, times)?;
        let start = start.numbers(generator);
        let range = reading.map_or(0.0, |reading| reading.range);
        let errors = |state: f64| Errors { reading: range * state, state };
        if is_long(generator, times)
            && let Some(terms) = generator.terms()
            && !self.rounding_is_small(problem, &start)
        {
            return Ok(run_exactly(problem, &terms, &start, errors(4.0 * f64::EPSILON), sink));
        }
        let z = generator.dense();
        let mut y = faer::Col::from_fn(start.len(), |p| start[p]);
        let mut propagator: Option<(f64, Mat<f64>, Mat<f64>)> = None;
        let mut integrals = vec![0.0; flows.len()];
        let (mut rate, mut scratch) = (vec![0.0; start.len()], vec![0.0; start.len()]);
        let mut t = 0.0;
        for (index, &time) in times.iter().enumerate() {
            let dt = time - t;
            if dt > 0.0 {
                if propagator.as_ref().is_none_or(|(known, ..)| differs(*known, dt)) {
                    let step = exponential((&z * faer::Scale(dt)).as_ref());
                    propagator = Some((dt, step, integrated(z.as_ref(), flows, dt)));
                }
                let (_, step, integrated) = propagator.as_ref().expect("set above");
                let more = integrated * &y;
                integrals.iter_mut().zip(more.iter()).for_each(|(sum, x)| *sum += x);
                y = step * &y;
                t = time;
                problem.reached(t);
            }
            let state = y.try_as_col_major().expect("a column is contiguous").as_slice();
            let rounding = match reading {
                Some(_) => {
                    generator.apply(time, state, &mut rate, &mut scratch);
                    rounding(generator, time, dt, norm(&rate))
                }
                None => 0.0,
            };
            if sink(Snapshot::of(generator, index, time, state, errors(rounding), &integrals)).is_break() {
                return Ok(Outcome::Stopped);
            }
        }
        Ok(Outcome::Converged)
    }
}

impl Exponential {
    /// For states that should be accurate to `accuracy`.
    pub(crate) fn accurate_to(accuracy: f64) -> Self {
        Exponential { tolerance: 1e-3 * accuracy }
    }

    /// Whether more digits are carried as soon as there is any doubt: a system that relaxes soon forgets what rounding does.
    fn carries_more_digits(&self, generator: &Generator, times: &[f64]) -> bool {
        let closed = generator.closed().is_some();
        is_long(generator, times) && (closed || self.is_too_long(generator, times))
    }

    /// Whether squaring propagators loses less than the tolerance.
    pub(super) fn loses_little(&self, generator: &Generator, times: &[f64]) -> bool {
        let turn = generator.norm_bound() * largest_spacing(times);
        generator.has_terms() || f64::EPSILON * turn <= 10.0 * self.tolerance
    }

    /// Whether nobody needs to look.
    fn is_too_long(&self, generator: &Generator, times: &[f64]) -> bool {
        let (norm, end) = (generator.norm_bound(), times.last().copied().unwrap_or(0.0));
        norm * end > LONGEST_TURN || norm * largest_spacing(times) > LARGEST_TURN
    }

    /// Whether propagators in double precision lose less than the tolerance.
    fn rounding_is_small(&self, problem: &Problem<'_>, start: &[f64]) -> bool {
        let Problem { generator, times, .. } = *problem;
        if self.is_too_long(generator, times) {
            return false;
        }
        let z = generator.dense();
        let mut y = faer::Col::from_fn(start.len(), |p| start[p]);
        let mut propagator: Option<(f64, Mat<f64>)> = None;
        let mut t = 0.0;
        for &time in times {
            let dt = time - t;
            if dt > 0.0 {
                if propagator.as_ref().is_none_or(|(known, _)| differs(*known, dt)) {
                    propagator = Some((dt, exponential((&z * faer::Scale(dt)).as_ref())));
                }
                y = &propagator.as_ref().expect("set above").1 * &y;
                t = time;
            }
            let rate = (&z * &y).norm_l2();
            if !(rounding(generator, time, dt, rate) <= self.tolerance) {
                return false;
            }
        }
        true
    }
}

/// Whether a spacing needs another propagator: a linear grid repeats its own up to rounding.
fn differs(known: f64, dt: f64) -> bool {
    !((known - dt).abs() <= 1e-11 * dt)
}

/// What rounding may have done to a state that changes at `rate`, in propagators over `dt`.
fn rounding(generator: &Generator, time: f64, dt: f64, rate: f64) -> f64 {
    let norm = generator.norm_bound();
    f64::EPSILON * (8.0 + norm * dt + (norm * time).sqrt() + SYSTEMATIC * time * rate)
}

/// ns of exponentials with all digits: powers by squaring, then one product for every bit of every time.
fn exact_nanoseconds(generator: &Generator, times: &[f64]) -> f64 {
    let n = generator.numbers() as f64;
    let end = times.last().copied().unwrap_or(0.0);
    let doublings = (generator.norm_bound() * end).log2().max(0.0);
    let words = ((doublings + 128.0) / 64.0).ceil() + 1.0;
    let (powers, bits) = (doublings + 40.0, 30.0);
    WORDS * words * words * (powers * n.powi(3) + times.len() as f64 * bits * n * n)
}

/// X^T int_0^dt e^{Zs} ds, one row for every flow: the last rows of exp([[Z, 0], [X^T, 0]] dt).
pub(crate) fn integrated(z: MatRef<'_, f64>, flows: &[Functional], dt: f64) -> Mat<f64> {
    let (size, more) = (z.nrows(), flows.len());
    if more == 0 {
        return Mat::zeros(0, size);
    }
    let mut larger = Mat::<f64>::zeros(size + more, size + more);
    larger.as_mut().submatrix_mut(0, 0, size, size).copy_from(z * faer::Scale(dt));
    for (k, flow) in flows.iter().enumerate() {
        flow.constant_entries().iter().for_each(|&(place, x)| larger[(size + k, place as usize)] = dt * x);
    }
    exponential(larger.as_ref()).submatrix(size, 0, more, size).to_owned()
}

/// Whether rounding would show at the last time, and more digits are to be had.
pub(crate) fn is_long(generator: &Generator, times: &[f64]) -> bool {
    let (norm, end) = (generator.norm_bound(), times.last().copied().unwrap_or(0.0));
    generator.has_terms() && (norm * end > LONG_TURN || squares_often(generator, times))
}

/// Whether a propagator is squared so often that rounding would show.
pub(super) fn squares_often(generator: &Generator, times: &[f64]) -> bool {
    generator.norm_bound() * largest_spacing(times) > LONG_SPACING
}

/// With all digits, on the numbers of S that the start reaches. Integrals are further numbers, over the longest time.
fn run_exactly(
    problem: &Problem<'_>,
    terms: &[Term],
    start: &[f64],
    errors: Errors,
    sink: &mut Sink<'_>,
) -> Outcome {
    let Problem { generator, times, flows, .. } = *problem;
    let longest = times.last().copied().unwrap_or(0.0);
    let (kept, mut terms) = reached(terms, start);
    for (k, flow) in flows.iter().enumerate() {
        let inside = flow.constant_entries().iter();
        let inside = inside.filter_map(|&(place, x)| Some((kept.binary_search(&(place as usize)).ok()?, x)));
        terms.extend(inside.map(|(column, x)| (kept.len() + k, column, [x, 1.0 / longest, 1.0])));
    }
    let mut exponential = ExactExponential::new(kept.len() + flows.len(), &terms, longest);
    let start_kept: Vec<f64> =
        kept.iter().map(|&p| start[p]).chain(std::iter::repeat_n(0.0, flows.len())).collect();
    let start_kept = exponential.numbers(&start_kept);
    let (mut state, mut integrals) = (start.to_vec(), vec![0.0; flows.len()]);
    for (index, &time) in times.iter().enumerate() {
        let now = exponential.apply(time, &start_kept);
        kept.iter().enumerate().for_each(|(k, &p)| state[p] = now.value(k));
        integrals.iter_mut().enumerate().for_each(|(k, sum)| *sum = longest * now.value(kept.len() + k));
        if sink(Snapshot::of(generator, index, time, &state, errors, &integrals)).is_break() {
            return Outcome::Stopped;
        }
    }
    Outcome::Converged
}

fn largest_spacing(times: &[f64]) -> f64 {
    let starts = std::iter::once(&0.0).chain(times);
    starts.zip(times).map(|(a, b)| b - a).fold(0.0, f64::max)
}

/// The spacings of the times that differ from the one before, each of which costs a matrix exponential.
pub(super) fn spacings(times: &[f64]) -> impl Iterator<Item = f64> {
    let (mut known, mut t) = (f64::NAN, 0.0);
    times.iter().filter_map(move |&time| {
        let dt = time - t;
        t = time;
        let is_new = dt > 0.0 && differs(known, dt);
        if is_new {
            known = dt;
        }
        is_new.then_some(dt)
    })
}
