//! The largest average power, on the continuous curve and without a grid to trust.
//!
//! |d^2`<n>`/dt^2| <= M = sum_K P_K max_n |f_n| at all times (see `block`; less where detuning keeps `<n>` near n_0), so that on [a, b]
//!   (`<n>` - n_0)/t <= max of its values for the chord + (b-a)^2 M/(8a),   and (`<n>` - n_0)/t <= M t/2 next to t = 0, where d`<n>`/dt = 0;
//! from superpositions it is d`<n>`/dt at t = 0 more.
//! What cannot win by more than 1e-10 sqrt((n_top - n_0) M) is dropped, the rest is halved, all intervals at once. Beyond t = (n_top - n_0)/best,
//! n_top = sum_K P_K min(K, T) or less, nothing can follow. The condition t d`<n>`/dt = `<n>` - n_0 of a maximum is then solved by Newton's steps: the curvature is known.

use super::block::Block;
use super::{Excitations, NumberBlocks};
use crate::Known;
use crate::merit::MaximumPower;
use crate::why::TooLarge;

/// Intervals between two looks at how far to go.
const WINDOW: usize = 32;
/// Most samples.
const MOST_SAMPLES: usize = 20_000;
/// How many of them cover all times where a superposition hardly rises.
const FEWEST: f64 = 8192.0;
/// By how much a power may be larger than the one found, in units of sqrt((n_top - n_0) M).
const CLOSE: f64 = 1e-10;
/// Spacing of the first samples in units of sqrt((n_top - n_0)/M).
const SPACING: f64 = 0.25;

/// t and `<n>` - n_0.
type Sample = (f64, f64);

impl NumberBlocks {
    /// The largest (`<n>` - n_0)/t on [0, end].
    ///
    /// # Errors
    /// [`TooLarge::PowerSamples`] where it would take too long to exclude a later one.
    pub fn largest_power(&self, end: f64) -> Known<MaximumPower> {
        let sum = |of: &dyn Fn(&Block) -> f64| -> f64 {
            self.blocks().map(|block| block.probability * of(block)).sum()
        };
        let curvature = sum(&|block| block.largest_curvature());
        let rise = sum(&|block| block.largest_rise());
        // Only superpositions have power at first.
        let superposed = !self.blocks().all(Block::starts_in_level);
        let initial = if superposed { self.excitations(&[0.0])[0].flow } else { 0.0 };
        let mut best = MaximumPower { value: initial, time: 0.0 };
        let mut horizon = end;
        let mut spacing = SPACING * (rise / curvature).sqrt();
        if superposed && spacing > 0.0 {
            // What hardly rises, but falls: it is enough to refine where it matters.
            spacing = spacing.max(end / FEWEST);
        }
        if !(spacing > 0.0 && spacing.is_finite()) {
            return Ok(best);
        }
        // Before that the initial power is as good as a quotient of rounded numbers.
        let early = if superposed { (2.0 * self.rounding() / curvature).sqrt() } else { 0.0 };
        let mut intervals: Vec<(Sample, Sample)> = Vec::new();
        let mut last = (0.0, 0.0);
        let mut steps = 0;
        while last.0 < horizon {
            if steps >= MOST_SAMPLES {
                return Err(TooLarge::PowerSamples { time: last.0 }.into());
            }
            let times: Vec<f64> = (1..=WINDOW).map(|k| ((steps + k) as f64 * spacing).min(end)).collect();
            for next in self.rises(&times) {
                if next.0 > last.0 {
                    consider(&mut best, early, next);
                    intervals.push((last, next));
                    last = next;
                }
            }
            steps += WINDOW;
            if best.value > 0.0 {
                horizon = end.min(rise / best.value);
            }
        }
        let close = CLOSE * (rise * curvature).sqrt();
        let may_win = |best: &MaximumPower, (a, b): &(Sample, Sample)| {
            let bound = match a.0 == 0.0 {
                true => initial + 0.5 * curvature * b.0,
                false => (a.1 / a.0).max(b.1 / b.0) + curvature * (b.0 - a.0).powi(2) / (8.0 * a.0),
            };
            bound > best.value + close && b.0 > early
        };
        loop {
            intervals.retain(|interval| may_win(&best, interval));
            steps += intervals.len();
            if intervals.is_empty() || steps > 2 * MOST_SAMPLES {
                break;
            }
            let middles: Vec<f64> = intervals.iter().map(|(a, b)| 0.5 * (a.0 + b.0)).collect();
            let middles = self.rises(&middles);
            middles.iter().for_each(|middle| consider(&mut best, early, *middle));
            intervals = intervals.into_iter().zip(middles).flat_map(|((a, b), m)| [(a, m), (m, b)]).collect();
        }
        Ok(self.polished(best, end))
    }

    fn rises(&self, times: &[f64]) -> Vec<Sample> {
        let found = self.excitations(times);
        times.iter().zip(found).map(|(&t, found)| (t, self.rise(found.number))).collect()
    }

    /// `<n>` - n_0; what is rounding would be a large power at a short time.
    fn rise(&self, number: f64) -> f64 {
        let rise = number - self.start;
        if rise.abs() > self.rounding() { rise } else { 0.0 }
    }

    fn rounding(&self) -> f64 {
        64.0 * f64::EPSILON * self.start
    }

    /// Newton's steps: the time of a maximum has more digits than its value tells.
    fn polished(&self, best: MaximumPower, end: f64) -> MaximumPower {
        let mut polished = best;
        for _ in 0..4 {
            let MaximumPower { time, .. } = polished;
            let Excitations { number, flow, curvature } = self.excitations(&[time])[0];
            let rise = self.rise(number);
            polished.value = rise / time;
            let next = time - (time * flow - rise) / (time * curvature);
            if !(next > 0.0 && next < end) {
                break;
            }
            polished.time = next;
        }
        // Not another maximum: up to rounding no smaller.
        if polished.value >= best.value * (1.0 - 1e-12) { polished } else { best }
    }
}

fn consider(best: &mut MaximumPower, early: f64, (time, rise): Sample) {
    let value = rise / time;
    if value > best.value && time > early {
        *best = MaximumPower { value, time };
    }
}
