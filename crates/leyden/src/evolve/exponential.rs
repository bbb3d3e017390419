//! `exponential`: propagator matrices e^{Z dt} of a small constant generator.
//!
//! vec S(t + dt) = e^{Z dt} vec S(t), one matrix for every different spacing of the output times. Exact up to
//! rounding, which grows like ||Z|| dt times the machine epsilon.

use faer::Mat;

use super::{Evolve, NotApplicable, Outcome, Problem, Sink, Snapshot, require_constant};
use crate::lindblad::Generator;
use crate::method::Method;
use crate::numerics::exponential;

/// The exponential method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponential;

/// Most levels: the propagator holds n^4 numbers.
pub(super) const MOST_LEVELS: usize = 24;
/// Beyond this ||Z|| dt, squaring loses more than ten of the sixteen digits.
pub(super) const LARGEST_TURN: f64 = 1e5;

impl Evolve for Exponential {
    fn method(&self) -> Method {
        Method::Exponential
    }

    fn applies(&self, generator: &Generator, times: &[f64]) -> Result<(), NotApplicable> {
        let refuse = |because: String| Err(NotApplicable { method: Method::Exponential, because });
        require_constant(generator, Method::Exponential)?;
        if generator.dim() > MOST_LEVELS {
            let n = generator.dim();
            return refuse(format!(
                "{n} levels need a propagator of {} numbers; at most {MOST_LEVELS} levels",
                n.pow(4)
            ));
        }
        let turn = generator.norm_bound() * largest_spacing(times);
        if turn > LARGEST_TURN {
            return refuse(format!("||Z|| dt = {turn:.1e} would cost accuracy; at most {LARGEST_TURN:.0e}"));
        }
        Ok(())
    }

    fn work_bytes(&self, levels: usize) -> f64 {
        8.0 * (levels as f64).powi(4) * 8.0
    }

    fn run(&self, problem: &Problem<'_>, sink: &mut Sink<'_>) -> Result<Outcome, NotApplicable> {
        let Problem { generator, start, times, .. } = *problem;
        self.applies(generator, times)?;
        let start = start.density();
        let z = generator.dense();
        let mut y = faer::Col::from_fn(start.len(), |p| start[p]);
        let mut propagator: Option<(f64, Mat<f64>)> = None;
        let mut t = 0.0;
        for (index, &time) in times.iter().enumerate() {
            let dt = time - t;
            if dt > 0.0 {
                // A linear grid repeats its spacing up to rounding.
                if propagator.as_ref().is_none_or(|(known, _)| (known - dt).abs() > 1e-11 * dt) {
                    propagator = Some((dt, exponential((&z * faer::Scale(dt)).as_ref())));
                }
                y = &propagator.as_ref().expect("set above").1 * &y;
                t = time;
            }
            let state = y.try_as_col_major().expect("a column is contiguous").as_slice();
            if sink(Snapshot::density(index, time, state)).is_break() {
                return Ok(Outcome::Stopped);
            }
        }
        Ok(Outcome::Converged)
    }
}

pub(super) fn largest_spacing(times: &[f64]) -> f64 {
    let starts = std::iter::once(&0.0).chain(times);
    starts.zip(times).map(|(a, b)| b - a).fold(0.0, f64::max)
}

/// Number of different spacings, each of which costs a matrix exponential.
pub(super) fn different_spacings(times: &[f64]) -> usize {
    let mut count = 0;
    let mut known = f64::NAN;
    let mut t = 0.0;
    for &time in times {
        let dt = time - t;
        if dt > 0.0 && !((known - dt).abs() <= 1e-11 * dt) {
            known = dt;
            count += 1;
        }
        t = time;
    }
    count
}
