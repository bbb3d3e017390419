//! Charging power: instantaneous dE_B/dt, average (E_B(t) - E_B(0))/t, and the largest average.
//!
//! Between two samples E_B is the cubic through both energies and both powers, so the largest average power is found
//! between the samples as well: d/dt [(E - E_0)/t] = 0 where the tangent passes through the start. Where E_B is known at all
//! times, the maximum over the whole window is found instead.

use super::EnergyCurve;
use crate::numerics::{between, bisect, cubic};

/// Energy and power at sampled times, fed one after the other.
#[derive(Clone, Debug)]
pub(crate) struct PowerSamples {
    start: f64,
    last: Option<(f64, f64, f64)>,
    best: Option<MaximumPower>,
}

/// The largest average power and when it is reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaximumPower {
    /// (E_B(t) - E_B(0))/t.
    pub value: f64,
    /// The time t; 0 where it is the initial power.
    pub time: f64,
}

impl PowerSamples {
    /// Starts from E_B(0).
    pub(crate) fn new(start: f64) -> Self {
        PowerSamples { start, last: None, best: None }
    }

    /// Adds E_B and dE_B/dt at a later time; returns the average power, NaN at t = 0.
    pub(crate) fn push(&mut self, time: f64, energy: f64, power: f64) -> f64 {
        let average = if time > 0.0 { (energy - self.start) / time } else { f64::NAN };
        // The average power tends to the instantaneous one at t = 0+.
        self.consider(if time > 0.0 { average } else { power }, time);
        if let Some((t, e, p)) = self.last
            && time > t
        {
            self.inside((t, e, p), (time, energy, power));
        }
        self.last = Some((time, energy, power));
        average
    }

    /// The largest average power so far.
    pub(crate) fn maximum(&self) -> Option<MaximumPower> {
        self.best
    }

    fn consider(&mut self, value: f64, time: f64) {
        if value.is_finite() && self.best.is_none_or(|best| value > best.value) {
            self.best = Some(MaximumPower { value, time });
        }
    }

    /// Maxima inside one interval: the tangent condition t P(t) = E(t) - E_0 changes sign from + to -.
    fn inside(&mut self, (a, e_a, p_a): (f64, f64, f64), (b, e_b, p_b): (f64, f64, f64)) {
        let condition = |t: f64, e: f64, p: f64| p * t - (e - self.start);
        if !(condition(a, e_a, p_a) > 0.0 && condition(b, e_b, p_b) < 0.0) {
            return;
        }
        let h = b - a;
        let at = |t: f64| {
            let x = (t - a) / h;
            let (d, m) = (e_b - e_a, h * p_a);
            let (c2, c3) = (3.0 * d - 2.0 * m - h * p_b, m + h * p_b - 2.0 * d);
            (e_a + cubic(d, m, h * p_b, x), (m + x * (2.0 * c2 + x * 3.0 * c3)) / h)
        };
        let (low, high) = bisect(a, b, 60, |t| {
            let (e, p) = at(t);
            !(condition(t, e, p) > 0.0)
        });
        let t = 0.5 * (low + high);
        if t > 0.0 {
            let average = (at(t).0 - self.start) / t;
            self.consider(average, t);
        }
    }
}

/// The largest average power on [0, end] of a curve known at all times.
///
/// Branch and bound with E(t) <= chord + (b-a)^2/8 max|E''| on [a, b], where (chord - E(0))/t is monotone, and
/// E(t) - E(0) <= P(0) t + t^2/2 max|E''| next to t = 0, to 1e-7 of the maximum; then the tangent condition t P(t) = E(t) - E(0) to the last digits.
pub(crate) fn maximum_average(curve: &EnergyCurve, end: f64) -> Option<MaximumPower> {
    let start = curve.energy(0.0);
    let initial = curve.power(0.0);
    let mut best = MaximumPower { value: initial, time: 0.0 };
    if !(end > 0.0 && initial.is_finite()) {
        return None;
    }
    // What modes leave of each other is rounding up to here, which a short time would make a power.
    let rounding = 8.0 * f64::EPSILON * (curve.limit.abs() + curve.envelope(0.0, 0, 1.0));
    let consider = |t: f64, energy: f64, best: &mut MaximumPower| {
        let rise = energy - start;
        let value = if rise.abs() > rounding { rise / t } else { 0.0 };
        if value > best.value {
            *best = MaximumPower { value, time: t };
        }
    };
    // A good value to start from keeps the search from refining places that cannot win. Slow modes may carry far more
    // energy than moves on [0, end]: what moves sets the scale.
    let mut scale = 0.0_f64;
    for i in 0..SAMPLES {
        let x = (i + 1) as f64 / SAMPLES as f64;
        for t in [end * x, end * 1e-6_f64.powf(1.0 - x)] {
            let energy = curve.energy(t);
            scale = scale.max((energy - start).abs());
            consider(t, energy, &mut best);
        }
    }
    let mut stack = vec![(0.0, start, end, curve.energy(end))];
    for _ in 0..MOST_INTERVALS {
        let Some((a, at_a, b, at_b)) = stack.pop() else { break };
        let bound = if a == 0.0 {
            initial + curve.envelope(0.0, 2, b) / (2.0 * b)
        } else {
            let (of_a, of_b) = ((at_a - start) / a, (at_b - start) / b);
            of_a.max(of_b) + curve.envelope(a, 2, b - a) / (8.0 * a)
        };
        if bound <= best.value + 1e-7 * best.value.abs().max(1e-3 * scale / end) || b - a <= 1e-9 * b {
            continue;
        }
        let middle = between(a, b);
        let at_middle = curve.energy(middle);
        consider(middle, at_middle, &mut best);
        stack.push((a, at_a, middle, at_middle));
        stack.push((middle, at_middle, b, at_b));
    }
    let condition = |t: f64| curve.power(t) * t - (curve.energy(t) - start);
    let (low, high) = (0.999 * best.time, (1.001 * best.time).min(end));
    if condition(low) > 0.0 && condition(high) < 0.0 {
        let (low, high) = bisect(low, high, 60, |t| !(condition(t) > 0.0));
        let time = 0.5 * (low + high);
        best = MaximumPower { value: ((curve.energy(time) - start) / time).max(best.value), time };
    }
    Some(best)
}

/// Linear and logarithmic samples before the search.
const SAMPLES: usize = 48;
/// Intervals after which the best value so far is taken.
const MOST_INTERVALS: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_tangent_between_the_samples() {
        // E = t^2 e^{-t}: E/t = t e^{-t} is largest at t = 1.
        let mut samples = PowerSamples::new(0.0);
        for n in 0..=80 {
            let t = 0.053 * n as f64;
            samples.push(t, t * t * (-t).exp(), (2.0 * t - t * t) * (-t).exp());
        }
        let best = samples.maximum().unwrap();
        assert!((best.time - 1.0).abs() < 1e-5 && (best.value - (-1.0_f64).exp()).abs() < 1e-7);
    }

    #[test]
    fn rounding_of_modes_is_no_power() {
        // 0.1 + 0.2 - 0.3 and their like at every time: nothing moves that could be seen.
        let mode = |w: f64, value: f64| crate::merit::Mode::Oscillator { w, gamma: 1.0, value, slope: 0.0 };
        let modes = vec![mode(1e-200, -0.1), mode(1e-201, -0.2), mode(1e-190, 0.3 - 1e-17)];
        let curve = EnergyCurve { modes, ..EnergyCurve::standing(5.551115123125783e-17) };
        let best = maximum_average(&curve, 40.0).unwrap();
        assert!(best.value.abs() < 1e-150, "{best:?}");
    }

    #[test]
    fn finds_an_early_maximum_without_samples() {
        // E = 1 - h with w = 2, gamma = 0.3: the first rise gives the largest average power.
        let mode = crate::merit::Mode::Oscillator { w: 2.0, gamma: 0.3, value: -1.0, slope: 0.0 };
        let curve = EnergyCurve { modes: vec![mode], ..EnergyCurve::standing(1.0) };
        let best = maximum_average(&curve, 40.0).unwrap();
        let brute = (1..400_000).map(|n| 1e-4 * n as f64).map(|t| curve.energy(t) / t).fold(0.0, f64::max);
        assert!((best.value - brute).abs() < 1e-7 && best.value >= brute, "{} {brute}", best.value);
    }
}
