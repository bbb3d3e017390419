//! Charging time by three definitions, on the continuous curve.
//!
//! |E_B(tau) - E_B(inf)| = e^{-1} |E_B(0) - E_B(inf)|:
//! *settling*, the last crossing on [0, inf); *first*, the first one; *spectral*, 1/(slowest decay rate among modes that
//! carry more than 1e-12 of |E_B(inf) - E_B(0)|). Crossings come from branch and bound: an interval is
//! discarded only when bounds on the curve exclude a crossing in it, with the envelope beyond its right end and
//! |delta(t) - chord| <= (b-a)^2/8 max|delta''| inside. No grid is involved.

use super::EnergyCurve;
use crate::numerics::between;
use crate::why::{Never, Still, Undamped, Unresolved};
use crate::{Known, Why};

/// A crossing of the threshold, with the reason where there is none.
pub type Crossing = Known<f64>;

/// The spectral time and what decided it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spectral {
    /// 1/rate; infinite where the rate underflows.
    pub time: f64,
    /// Slowest carried rate (0 where it underflows).
    pub rate: f64,
    /// log10 of that rate.
    pub log10_rate: f64,
    /// Weight of its mode relative to |E_B(inf) - E_B(0)|.
    pub weight: f64,
}

/// The three charging times.
#[derive(Clone, Debug, PartialEq)]
pub struct ChargingTime {
    /// Last crossing.
    pub settling: Crossing,
    /// First crossing.
    pub first: Crossing,
    /// Inverse of the slowest carried rate.
    pub spectral: Known<Spectral>,
}

impl ChargingTime {
    /// Of a battery whose first energy is its last.
    pub(crate) fn without_threshold() -> Self {
        let why = Why::Still(Still::Threshold);
        ChargingTime { settling: Err(why), first: Err(why), spectral: Err(why) }
    }
}

/// |E_B(inf) - E_B(0)| below this part of the largest mode is none.
pub(crate) const NO_DISTANCE: f64 = 1e-14;
/// Weight, relative to |E_B(inf) - E_B(0)|, above which a mode counts for the spectral time.
pub const SPECTRAL_THRESHOLD: f64 = 1e-12;
/// Branch and bound gives up beyond this many intervals.
const MOST_INTERVALS: usize = 4_000_000;

/// All three charging times of a curve to its limit.
pub fn charging_time(curve: &EnergyCurve) -> ChargingTime {
    let distance = curve.deviation(0.0).abs();
    let size = curve.limit.abs().max(curve.largest_weight());
    if distance <= NO_DISTANCE * size || distance == 0.0 {
        return ChargingTime::without_threshold();
    }
    let search = Search { curve, threshold: distance * (-1.0_f64).exp() };
    ChargingTime { settling: search.settling(), first: search.first(), spectral: spectral(curve, distance) }
}

fn spectral(curve: &EnergyCurve, distance: f64) -> Known<Spectral> {
    let carried = curve.modes.iter().filter(|mode| mode.weight() > SPECTRAL_THRESHOLD * distance);
    let slowest = carried.min_by(|a, b| a.rate().total_cmp(&b.rate()));
    let mode = slowest.ok_or(Never::NoMode)?;
    let frequency = match *mode {
        super::Mode::Oscillator { w, .. } => w,
        super::Mode::Exponential { rate, .. } | super::Mode::Secular { rate, .. } => rate.norm(),
    };
    let rate = mode.rate();
    let weight = mode.weight() / distance;
    if let Some(ln) = curve.ln_rate_floor {
        return Ok(Spectral {
            time: (-ln).exp(),
            rate: ln.exp(),
            log10_rate: ln / std::f64::consts::LN_10,
            weight,
        });
    }
    if frequency <= curve.resolution {
        return Err(Unresolved::SlowestMode { frequency: curve.resolution }.into());
    }
    if !(rate > 0.0) {
        return Err(Undamped::Mode.into());
    }
    Ok(Spectral { time: 1.0 / rate, rate, log10_rate: rate.log10(), weight })
}

struct Search<'a> {
    curve: &'a EnergyCurve,
    threshold: f64,
}

#[derive(Clone, Copy)]
struct Interval {
    a: f64,
    b: f64,
    at_a: f64,
    at_b: f64,
}

impl Search<'_> {
    fn interval(&self, a: f64, b: f64) -> Interval {
        Interval { a, b, at_a: self.curve.deviation(a), at_b: self.curve.deviation(b) }
    }

    /// Time from which the envelope stays below the threshold.
    fn horizon(&self) -> Known<f64> {
        let fastest = self.curve.modes.iter().map(|mode| mode.rate()).fold(0.0, f64::max);
        let mut t = if fastest > 0.0 { 0.1 / fastest } else { 1.0 };
        while self.curve.envelope(t, 0, 1.0) >= self.threshold {
            t *= 2.0;
            if t > 1e300 {
                return Err(Never::Decays.into());
            }
        }
        Ok(t)
    }

    fn settling(&self) -> Crossing {
        let mut stack = vec![self.interval(0.0, self.horizon()?)];
        let mut visited = 0;
        while let Some(i) = stack.pop() {
            visited += 1;
            if visited > MOST_INTERVALS {
                return Err(Never::Settles.into());
            }
            let (above_a, above_b) = (i.at_a.abs() >= self.threshold, i.at_b.abs() >= self.threshold);
            if above_b {
                // Everything to the right is excluded, so the curve leaves the band exactly here.
                return Ok(i.b);
            }
            let rise = self.rise(&i);
            if !above_a && i.at_a.abs().max(i.at_b.abs()) + rise < self.threshold {
                continue;
            }
            if self.curve.envelope(i.a, 0, 1.0) < self.threshold {
                continue;
            }
            if narrow(&i) {
                return Ok(i.b);
            }
            if above_a && self.monotone(&i) {
                return Ok(self.root(&i));
            }
            let (left, right) = self.split(&i);
            stack.push(left);
            stack.push(right);
        }
        Err(Never::Leaves.into())
    }

    fn first(&self) -> Crossing {
        let mut stack = vec![self.interval(0.0, self.horizon()?)];
        let mut visited = 0;
        while let Some(i) = stack.pop() {
            visited += 1;
            if visited > MOST_INTERVALS {
                return Err(Never::Crosses.into());
            }
            let (below_a, below_b) = (i.at_a.abs() <= self.threshold, i.at_b.abs() <= self.threshold);
            if below_a {
                return Ok(i.a);
            }
            let same_side = i.at_a.signum() == i.at_b.signum();
            if !below_b && same_side && i.at_a.abs().min(i.at_b.abs()) - self.rise(&i) > self.threshold {
                continue;
            }
            if narrow(&i) {
                return Ok(i.b);
            }
            if below_b && same_side && self.monotone(&i) {
                return Ok(self.root(&i));
            }
            let (left, right) = self.split(&i);
            stack.push(right);
            stack.push(left);
        }
        Err(Never::Enters.into())
    }

    /// Bound on |delta - chord| inside the interval.
    fn rise(&self, i: &Interval) -> f64 {
        self.curve.envelope(i.a, 2, i.b - i.a) / 8.0
    }

    /// Whether delta' cannot change sign inside.
    fn monotone(&self, i: &Interval) -> bool {
        let middle = 0.5 * (i.a + i.b);
        (i.b - i.a) * self.curve.power(middle).abs() > 0.5 * self.curve.envelope(i.a, 2, i.b - i.a)
    }

    /// The root of |delta| = threshold between ends on both sides of it.
    fn root(&self, i: &Interval) -> f64 {
        let g = |t: f64| self.curve.deviation(t).abs() - self.threshold;
        let (mut a, mut b, mut at_a, mut at_b) =
            (i.a, i.b, i.at_a.abs() - self.threshold, i.at_b.abs() - self.threshold);
        // Regula falsi with halving (Illinois) inside a shrinking bracket.
        let mut side = 0;
        for _ in 0..200 {
            let t = (a * at_b - b * at_a) / (at_b - at_a);
            let t = if t > a && t < b { t } else { 0.5 * (a + b) };
            let at_t = g(t);
            if at_t == 0.0 || b - a <= 2e-16 * b {
                return t;
            }
            if at_t.signum() == at_b.signum() {
                if (b - t).abs() <= 1e-16 * b {
                    return t;
                }
                (b, at_b) = (t, at_t);
                if side == 1 {
                    at_a *= 0.5;
                }
                side = 1;
            } else {
                if (t - a).abs() <= 1e-16 * b {
                    return t;
                }
                (a, at_a) = (t, at_t);
                if side == -1 {
                    at_b *= 0.5;
                }
                side = -1;
            }
        }
        0.5 * (a + b)
    }

    fn split(&self, i: &Interval) -> (Interval, Interval) {
        let middle = between(i.a, i.b);
        let at_middle = self.curve.deviation(middle);
        (Interval { b: middle, at_b: at_middle, ..*i }, Interval { a: middle, at_a: at_middle, ..*i })
    }
}

fn narrow(i: &Interval) -> bool {
    i.b - i.a <= 4e-15 * i.b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merit::Mode;

    fn oscillator(w: f64, gamma: f64) -> EnergyCurve {
        let modes = vec![Mode::Oscillator { w, gamma, value: -1.0, slope: 0.0 }];
        EnergyCurve { modes, ..EnergyCurve::standing(1.0) }
    }

    #[test]
    fn pure_exponential_settles_at_its_time_constant() {
        let modes = vec![Mode::Exponential { amplitude: (-2.0).into(), rate: (-0.25).into() }];
        let curve = EnergyCurve { modes, ..EnergyCurve::standing(2.0) };
        let times = charging_time(&curve);
        assert!((times.settling.unwrap() - 4.0).abs() < 1e-13);
        assert!((times.first.unwrap() - 4.0).abs() < 1e-13);
        assert!((times.spectral.unwrap().time - 4.0).abs() < 1e-13);
    }

    #[test]
    fn revivals_above_the_threshold_count_for_settling_only() {
        // h with w = 1, gamma = 0.2: extrema at k t = n pi have |h| = e^{-n pi gamma/(4k)}.
        let curve = oscillator(1.0, 0.2);
        let times = charging_time(&curve);
        let (first, settling) = (times.first.unwrap(), times.settling.unwrap());
        assert!(first < 1.5 && settling > 15.0);
        let threshold = (-1.0_f64).exp();
        assert!((curve.deviation(settling).abs() - threshold).abs() < 1e-13);
        for n in 1..100_000 {
            assert!(curve.deviation(settling + 1e-9 + 1e-3 * n as f64).abs() < threshold);
        }
    }

    #[test]
    fn slow_modes_of_any_rate_are_found() {
        for exponent in [-3, -20, -100, -140] {
            let w = 10f64.powi(exponent);
            let times = charging_time(&oscillator(w, 1.0));
            let expected = 1.0 / decay(w);
            assert!((times.settling.unwrap() / expected - 1.0).abs() < 1e-5, "{exponent}");
        }
    }

    #[test]
    fn modes_count_for_the_spectral_time_from_the_threshold_on() {
        // A slow mode of this weight beside one of weight 1 at rate 1.
        let of = |weight: f64| {
            let mode = |amplitude: f64, rate: f64| Mode::Exponential {
                amplitude: (-amplitude).into(),
                rate: (-rate).into(),
            };
            let curve =
                EnergyCurve { modes: vec![mode(weight, 0.01), mode(1.0, 1.0)], ..EnergyCurve::standing(1.0) };
            let found = charging_time(&curve).spectral.unwrap();
            (found.rate, found.weight * (1.0 + weight))
        };
        for weight in [1e-2, 1e-8, 1e-11, 2e-12] {
            let (rate, carried) = of(weight);
            assert!(rate == 0.01 && (carried / weight - 1.0).abs() < 1e-12, "{weight:e}: {rate}");
        }
        for weight in [5e-13, 1e-13, 1e-15] {
            let (rate, carried) = of(weight);
            assert!(rate == 1.0 && (carried - 1.0).abs() < 1e-12, "{weight:e}: {rate}");
        }
        // Of a slope as well: it carries slope/max(w, gamma).
        let slow = Mode::Oscillator { w: 0.1, gamma: 2.0, value: 0.0, slope: 1e-9 };
        let quick = Mode::Exponential { amplitude: (-1.0).into(), rate: (-3.0).into() };
        let curve = EnergyCurve { modes: vec![slow, quick], ..EnergyCurve::standing(1.0) };
        let found = charging_time(&curve).spectral.unwrap();
        assert!((found.weight - 0.5e-9).abs() < 1e-20 && (found.rate - decay_of(0.1, 2.0)).abs() < 1e-16);
    }

    fn decay_of(w: f64, gamma: f64) -> f64 {
        w * w / (0.25 * gamma + (gamma * gamma / 16.0 - w * w).sqrt())
    }

    fn decay(w: f64) -> f64 {
        w * w / (0.25 + (0.0625 - w * w).sqrt())
    }
}
