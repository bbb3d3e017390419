//! Functions of time in a Hamiltonian, and what steps must know of them.

mod tree;
mod watched;

pub use tree::{Elementary, Node, Samples, TimeFunction, common_frequency, product, sum};

use std::fmt::{Debug, Formatter};
use std::sync::Arc;

use watched::Watched;

use crate::numerics::Range;

/// A real function of time, with what a stepper needs: where it changes its form, and how far a step may go.
#[derive(Clone)]
pub struct Function {
    f: Arc<dyn Fn(f64) -> f64 + Send + Sync>,
    breakpoints: Arc<[f64]>,
    watched: Option<Arc<Watched>>,
}

/// A step is not made shorter than this, relative to the time.
const SHORTEST: f64 = 1e-13;

impl Function {
    /// f, smooth between the breakpoints, across which no step is taken: jumps, and where a pulse could be missed.
    pub fn new(f: impl Fn(f64) -> f64 + Send + Sync + 'static, breakpoints: &[f64]) -> Self {
        Function { f: Arc::new(f), breakpoints: breakpoints.into(), watched: None }
    }

    /// The real part of a function up to the time `end`, scaled to modulus 1, and its scale: jumps and kinks are found, and no step is taken
    /// that could miss a pulse.
    ///
    /// # Errors
    /// The reason for which it has no values, or too many kinks.
    pub fn of(function: &TimeFunction, end: f64) -> Result<(Self, f64), FunctionError> {
        let watched = Watched::new(function, end.max(f64::MIN_POSITIVE));
        let breakpoints =
            watched.kinks(end).ok_or(FunctionError::Kinks { end, most: watched::MOST_KINKS })?;
        let scale = largest(function, &watched, &breakpoints, end)?;
        if scale == 0.0 {
            return Ok((Function::new(|_| 0.0, &[]), 0.0));
        }
        let (tree, factor) = (function.clone(), 1.0 / scale);
        let f = Arc::new(move |time: f64| factor * tree.at(time).re);
        Ok((Function { f, breakpoints: breakpoints.into(), watched: Some(Arc::new(watched)) }, scale))
    }

    /// f(t).
    pub fn at(&self, time: f64) -> f64 {
        (self.f)(time)
    }

    /// Where it changes its form.
    pub fn breakpoints(&self) -> &[f64] {
        &self.breakpoints
    }

    /// The longest step from a time, at most h, that misses nothing.
    pub(crate) fn longest_step(&self, time: f64, h: f64) -> f64 {
        let Some(watched) = &self.watched else { return h };
        let mut h = h;
        // A jump at the end of a step belongs to the next one.
        let calm = |h: f64| watched.is_calm(Range::new(time, (time + h).next_down()));
        while h > SHORTEST * time.max(1e-280) && !calm(h) {
            h *= 0.5;
        }
        h
    }
}

/// Times at which the size of a function is looked at.
const LOOKED: usize = 256;

/// An upper bound of |f| that is met about, and finite.
fn largest(
    function: &TimeFunction,
    watched: &Watched,
    breakpoints: &[f64],
    end: f64,
) -> Result<f64, FunctionError> {
    let even = (0..=LOOKED).map(|k| end * k as f64 / LOOKED as f64);
    let around = breakpoints.iter().flat_map(|&time| [time.next_down(), time]);
    let mut met = 0.0_f64;
    for time in even.chain(around) {
        let value = function.at(time).re;
        if !value.is_finite() {
            return Err(FunctionError::NoValue { time });
        }
        met = met.max(value.abs());
    }
    // Enclosures may be far too wide, and pulses may lie between the times looked at.
    Ok(if watched.largest().is_finite() { watched.largest() } else { met })
}

messages! {
    /// Why a function of time cannot be used.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum FunctionError {
        NoValue { time: f64 } = "a function of time has no finite value at t = {time}";
        Kinks { end: f64, most: usize } =
            "a function of time has more than {most} jumps or kinks up to t = {end}";
    }
}

impl Debug for Function {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("f(t)")
    }
}

/// One and the same.
impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.f, &other.f) && self.breakpoints == other.breakpoints
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t() -> TimeFunction {
        TimeFunction::Time
    }

    /// Steps that start with what is left and take what is allowed.
    fn steps(function: &Function, end: f64) -> Vec<f64> {
        let (mut time, mut times) = (0.0, vec![0.0]);
        while time < end {
            let next =
                function.breakpoints().iter().find(|point| **point > time).copied().unwrap_or(end).min(end);
            time += function.longest_step(time, next - time);
            times.push(time);
            assert!(times.len() < 100_000, "too many steps");
        }
        times
    }

    #[test]
    fn a_narrow_pulse_far_away_is_met_and_nothing_else_is_slow() {
        for (centre, width) in [(1e4, 1e-3), (3.0, 0.5), (1e3, 1e-3), (0.0, 1.0)] {
            for pulse in [
                (t() - centre).gaussian(width),
                ((t() - centre) * (1.0 / width)).then(Elementary::Sech) * 7.0,
                (t() - centre).gaussian(width) * (t() * (20.0 / width)).then(Elementary::Cos),
                // A Lorentz line.
                (((t() - centre) * (1.0 / width)).to_the(2.0.into()) + 1.0).inverse(),
                // e^{-x^2} written out.
                (-((t() - centre) * (1.0 / width)).to_the(2.0.into())).then(Elementary::Exp),
            ] {
                let (function, scale) = Function::of(&pulse, 2e4).unwrap();
                let times = steps(&function, 2e4);
                let near = times.iter().filter(|time| (*time - centre).abs() < 1.2 * width).count();
                // Of the one at the start there is half.
                assert!(near >= if centre == 0.0 { 2 } else { 3 }, "{pulse:?}: {near} steps near");
                assert!(times.len() < 1500, "{pulse:?}: {} steps", times.len());
                let met = times.iter().map(|time| function.at(*time).abs()).fold(0.0, f64::max);
                assert!(met > 0.4 && scale > 0.5, "{pulse:?} {met} {scale}");
            }
        }
    }

    #[test]
    fn kinks_are_where_they_are() {
        let breaks = |f: TimeFunction| Function::of(&f, 10.0).unwrap().0.breakpoints().to_vec();
        assert_eq!(breaks((t() - 2.5).then(Elementary::Step)), [2.5]);
        assert_eq!(breaks((t() * 0.25 - 0.5).then(Elementary::Ramp)), [2.0, 6.0]);
        assert!((breaks((t() * (-1.0) + 4.0).then(Elementary::Abs))[0] - 4.0).abs() < 1e-14);
        let samples = Samples::new(&[(1.0, 2.0), (2.0, 4.0), (4.0, 0.5)]).unwrap();
        assert_eq!(breaks((t() * 2.0 - 1.0).sampled(samples)), [1.0, 1.5, 2.5]);
        // A train of pulses: sin(t) = 0.
        let train = breaks(t().then(Elementary::Sin).then(Elementary::Step));
        assert_eq!(train.len(), 3);
        for (k, time) in train.iter().enumerate() {
            assert!((time - (k + 1) as f64 * std::f64::consts::PI).abs() < 1e-13, "{train:?}");
        }
    }

    #[test]
    fn what_has_no_value_is_said() {
        let root = (t() - 5.0).then(Elementary::Sqrt);
        assert_eq!(Function::of(&root, 10.0).unwrap_err(), FunctionError::NoValue { time: 0.0 });
        let pole = (t() - 5.0).inverse();
        assert_eq!(Function::of(&pole, 10.0).unwrap_err(), FunctionError::NoValue { time: 5.0 });
        let train = (t() * 1e6).then(Elementary::Sin).then(Elementary::Step);
        assert_eq!(
            Function::of(&train, 10.0).unwrap_err(),
            FunctionError::Kinks { end: 10.0, most: 100_000 }
        );
    }
}
