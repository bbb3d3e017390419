//! The largest average power of a star in stages, correlations dropped.
//!
//! (E(t) - E(0))/t turns where g = P(t) t - (E(t) - E(0)) changes its sign from + to -. While spins relax dg/dt = (dP/dt) t keeps one sign; while
//! they exchange it is sampled so densely that the fastest oscillation, J (N+1)/2, turns by 0.2 between samples. Roots are bisected.
//! With E_top the higher level nothing beyond (E_top - E(0)) / (what is found) is larger.

use super::spin::energy_of;
use crate::merit::MaximumPower;
use crate::numerics::bisect;
use crate::protocol::{Polarisations, StarCycle, StarStage};
use crate::why::{Still, TooLarge};
use crate::{Known, Why};

/// Most sums over total spins: a second or so.
const MOST_TERMS: f64 = 1e8;
/// Angle between samples.
const TURN: f64 = 0.2;

/// What is known so far.
pub(super) struct StarPower {
    frequency: f64,
    /// E(0), and how far it can rise.
    start: f64,
    rise: f64,
    best: MaximumPower,
    left: f64,
    missed: Option<f64>,
    jumps: bool,
}

impl StarPower {
    pub(super) fn new(start: f64, frequency: f64, cycle: &StarCycle) -> Self {
        StarPower {
            frequency,
            start,
            rise: frequency.max(0.0) - start,
            best: MaximumPower { value: f64::NEG_INFINITY, time: 0.0 },
            left: MOST_TERMS,
            missed: None,
            jumps: cycle.stages.iter().any(StarStage::jumps),
        }
    }

    pub(super) fn found(self) -> Known<MaximumPower> {
        match self.missed {
            // Where the battery's energy jumps, the average over a vanishing time has no largest value.
            _ if self.jumps => Err(Still::Jumps.into()),
            Some(time) => Err(Why::TooLarge(TooLarge::PowerSamples { time })),
            None if self.best.value.is_finite() => Ok(self.best),
            None => Err(Why::NoTimes),
        }
    }

    /// Looks on a stage that begins at `from` with this state.
    pub(super) fn along(&mut self, cycle: &StarCycle, stage: &StarStage, state: Polarisations, from: f64) {
        let rise = self.rise;
        let horizon = |best: &MaximumPower| if best.value > 0.0 { rise / best.value } else { f64::INFINITY };
        if self.jumps || self.missed.is_some() || from > horizon(&self.best) {
            return;
        }
        let Some((polarisation, turns, terms)) = cycle.curve(stage, state) else { return };
        let curve = |time: f64| {
            let (battery, power) = polarisation(time);
            (energy_of(self.frequency, battery), power)
        };
        let turning = |time: f64| {
            let (energy, power) = curve(time);
            power * (from + time) - (energy - self.start)
        };
        let steps = (turns / TURN).ceil().max(1.0);
        let mut best = self.best;
        let consider = |time: f64, best: &mut MaximumPower| {
            let (energy, power) = curve(time);
            let all = from + time;
            let value = if all > 0.0 { (energy - self.start) / all } else { power };
            if value > best.value {
                *best = MaximumPower { value, time: all };
            }
        };
        consider(0.0, &mut best);
        let (mut time, mut before) = (0.0, turning(0.0));
        let mut left = self.left;
        for step in 1..=steps as usize {
            left -= terms;
            if left < 0.0 {
                self.missed = Some(from + time);
                break;
            }
            let next = stage.duration * (step as f64 / steps);
            let now = turning(next);
            if before >= 0.0 && now < 0.0 {
                let (low, high) = bisect(time, next, 60, |t| !(turning(t) > 0.0));
                consider(0.5 * (low + high), &mut best);
            }
            consider(next, &mut best);
            (time, before) = (next, now);
            if from + time > horizon(&best) {
                break;
            }
        }
        (self.best, self.left) = (best, left);
    }
}
