//! The largest average power of a run whose energy is not known as a curve.
//!
//! (E(t) - E(0))/t is at most (E_top - E(0))/t, E_top the highest level of H_B: once that is below what was found nothing larger follows. Until
//! then the run is sampled so densely that no oscillation fits between two samples (||Z|| h = 0.3), the cubics between them say where the maximum
//! lies, and one more run says how large it is.

use std::ops::ControlFlow;

use super::Error;
use crate::evolve::{Carried, Evolve, Problem, Taylor};
use crate::lindblad::Generator;
use crate::merit::{MaximumPower, PowerSamples};
use crate::method::Method;
use crate::numerics::dot;
use crate::operator::Hermitian;
use crate::why::TooLarge;
use crate::{Known, Why};

/// ||Z|| h between samples.
const TURN: f64 = 0.3;
/// Most samples, and most numbers of all their states.
const MOST_SAMPLES: f64 = 20_000.0;
const MOST_NUMBERS: f64 = 5e7;

/// What samples are accurate to where the method of the run is not the one that is sampled.
const SAMPLED_TO: f64 = 1e-9;

/// The largest average power that was found so far, and what may still be spent.
#[derive(Clone, Copy, Debug)]
pub(super) struct PowerSearch {
    /// E_B(0), and the highest level of H_B.
    start: f64,
    top: f64,
    best: Option<MaximumPower>,
    left: f64,
    /// Until when nothing was missed, where something may have been.
    missed: Option<f64>,
}

/// What happens between two times at which the battery's energy may change its form.
pub(super) struct Stretch<'a> {
    pub(super) method: &'a dyn Evolve,
    pub(super) generator: &'a Generator,
    pub(super) rho: &'a Hermitian,
    pub(super) seed: u64,
    /// H_B on the numbers that are carried, and how it flows.
    pub(super) energy: &'a [f64],
    pub(super) flow: &'a dyn Fn(f64, &[f64]) -> f64,
    /// When it begins, and how long it lasts.
    pub(super) from: f64,
    pub(super) duration: f64,
}

impl PowerSearch {
    pub(super) fn new(start: f64, top: f64) -> Self {
        PowerSearch { start, top, best: None, left: MOST_SAMPLES, missed: None }
    }

    /// The largest average power on all stretches.
    pub(super) fn found(self) -> Known<MaximumPower> {
        match self.missed {
            Some(time) => Err(TooLarge::PowerSamples { time }.into()),
            None => self.best.ok_or(Why::NoTimes),
        }
    }

    /// Nothing beyond this time is larger than what is known.
    fn horizon(&self, also: Option<MaximumPower>) -> f64 {
        let best = self.best.into_iter().chain(also).map(|best| best.value).fold(0.0, f64::max);
        match self.top - self.start {
            rise if rise <= 1e-14 * self.top.abs() => 0.0,
            rise if best > 0.0 => rise / best,
            _ => f64::INFINITY,
        }
    }

    /// Looks for a larger one on the next stretch.
    pub(super) fn along(&mut self, stretch: &Stretch<'_>) -> Result<(), Error> {
        let Stretch { generator, energy, flow, from, duration, .. } = *stretch;
        if self.missed.is_some() || (self.best.is_some() && from > self.horizon(None)) {
            return Ok(());
        }
        let spacing = TURN / generator.norm_bound().max(TURN / duration.max(f64::MIN_POSITIVE));
        let most = self.left.min(MOST_NUMBERS / generator.numbers() as f64);
        let count = (duration / spacing).ceil().min(most) as usize;
        let mut times: Vec<f64> = (0..=count).map(|k| (k as f64 * spacing).min(duration)).collect();
        let reached = times[count];
        let inside = generator.breakpoints().iter().filter(|t| **t > 0.0 && **t < reached);
        let breaks: Vec<f64> = inside.copied().collect();
        times.extend(&breaks);
        times.sort_by(f64::total_cmp);
        times.dedup();
        let mut samples = PowerSamples::new(self.start);
        stretch.run(&times, &mut |time, s| {
            self.left -= 1.0;
            if breaks.contains(&time) {
                samples.push(from + time, dot(s, energy), flow(time.next_down(), s));
            }
            samples.push(from + time, dot(s, energy), flow(time, s));
            let beyond = from + time > self.horizon(samples.maximum());
            if beyond { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if reached < duration && self.horizon(samples.maximum()) > from + reached {
            self.missed = Some(from + reached);
        }
        let Some(mut best) = samples.maximum() else { return Ok(()) };
        if best.time > from {
            // The cubic says where; how much it is, is computed.
            stretch.run(&[best.time - from], &mut |_, s| {
                best.value = (dot(s, energy) - self.start) / best.time;
                ControlFlow::Continue(())
            })?;
        }
        if self.best.is_none_or(|known| best.value > known.value) {
            self.best = Some(best);
        }
        Ok(())
    }
}

impl Stretch<'_> {
    fn run(&self, times: &[f64], sink: &mut dyn FnMut(f64, &[f64]) -> ControlFlow<()>) -> Result<(), Error> {
        let start = Carried::Density(self.rho.s());
        // Rational steps would have to be made for every sample.
        let taylor = Taylor::accurate_to(SAMPLED_TO);
        let method = match self.method.method() {
            Method::Implicit => &taylor,
            _ => self.method,
        };
        let problem = Problem {
            generator: self.generator,
            start,
            times,
            reading: None,
            flows: &[],
            seed: self.seed,
            progress: None,
        };
        method.run(&problem, &mut |at| sink(at.time, &at.state.numbers(self.generator)))?;
        Ok(())
    }
}
