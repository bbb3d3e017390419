//! The maxima on [0, end] of an energy whose derivatives are bounded at all times, by branch and bound.
//!
//! With |d^n E/dt^n| <= A_n (for n = 0 of what moves) two samples of E, P = dE/dt and P' a distance h apart leave
//!   |E - cubic| <= h^4 A_4/384,   |P - cubic| <= h^4 A_5/384,   |P' - chord| <= h^2 A_4/8,
//! the cubics through values and slopes at both ends. Samples so close that the first two are below a thousandth of A_0 and A_1 settle almost
//! everything; the rest is halved.
//! - *Largest*: an interval is dropped when its cubic and that bound stay below the largest value known, and settled when P has one sign in it, or falls
//!   through a single zero, or when the bound is rounding. Of all values that are largest up to rounding the earliest is taken.
//! - *First*: from the start on, an interval is settled when P has one sign in it, or P' has one and P a single zero, or when P moves the energy by less than
//!   rounding: the ends of settled intervals and the zeros show every rise and fall above it.
//!
//! A sum of cosines has A_n = sum_k hypot(a_k, b_k) w_k^n (`cosines.rs`); blocks of fixed number bound commutators instead.

use super::peaks::FirstPeak;
use super::{Extremum, Maxima, Point, range_of_cubic, top_of_cubic};

/// E, dE/dt and d^2E/dt^2 at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Jet {
    pub(crate) time: f64,
    pub(crate) energy: f64,
    pub(crate) power: f64,
    pub(crate) bend: f64,
}

/// An energy with bounds on its derivatives.
pub(crate) trait Bounded {
    /// A_n for n = 0, 1, 4 and 5.
    fn bound(&self, n: i32) -> f64;

    /// What the energy is rounded to at times until `end`.
    fn rounding(&self, end: f64) -> f64;

    /// Jets at any times.
    fn jets(&self, times: &[f64]) -> Vec<Jet>;

    /// Jets at `count` + 1 even times from 0 to `end`, one after the other.
    fn along(&self, end: f64, count: usize, sink: &mut dyn FnMut(Jet));
}

/// h in units of the inverse frequency (A_4/A_0)^(1/4) or (A_5/A_1)^(1/4), whichever is larger.
const SPACING: f64 = 0.5;
/// Samples beside those of the first curve after which the search gives up its proof, and how many more for each of those.
const MOST_HALVED: usize = 200_000;
const HALVED_PER_SAMPLE: usize = 4;
/// Part of the rounding that may hide in an interval.
const HIDDEN: f64 = 0.125;
/// Steps of Newton's method, or halvings.
const MOST_STEPS: usize = 60;

/// The fastest frequency of an energy, as its derivatives tell.
pub(crate) fn frequency(curve: &dyn Bounded) -> f64 {
    let ratio = |n: i32| (curve.bound(n + 4) / curve.bound(n)).powf(0.25);
    ratio(0).max(ratio(1))
}

/// Intervals of the first curve.
pub(crate) fn intervals(curve: &dyn Bounded, end: f64) -> f64 {
    let fastest = frequency(curve);
    if fastest > 0.0 { (end * fastest / SPACING).ceil().max(1.0) } else { 1.0 }
}

/// The maxima on [0, end].
pub(crate) fn certified(curve: &dyn Bounded, end: f64) -> Maxima {
    let count = intervals(curve, end) as usize;
    let search = Search {
        curve,
        rounding: curve.rounding(end),
        of_energy: curve.bound(4) / 384.0,
        of_power: curve.bound(5) / 384.0,
        of_bend: curve.bound(4) / 8.0,
        most_halved: MOST_HALVED + HALVED_PER_SAMPLE * count,
    };
    search.run(end, count)
}

struct Search<'a> {
    curve: &'a dyn Bounded,
    rounding: f64,
    /// Bounds over powers of h.
    of_energy: f64,
    of_power: f64,
    of_bend: f64,
    most_halved: usize,
}

type Interval = (Jet, Jet);

impl Search<'_> {
    fn at(&self, time: f64) -> Jet {
        self.curve.jets(&[time])[0]
    }

    fn run(&self, end: f64, count: usize) -> Maxima {
        let start = self.at(0.0);
        let at_start = Extremum { value: start.energy, time: 0.0 };
        if !(end > 0.0) || self.curve.bound(0) <= self.rounding {
            return Maxima { first: None, largest: at_start, certified: true, resolution: None };
        }
        let mut peak = FirstPeak::new(start.energy, self.rounding);
        let (mut halved, mut settled) = (0, false);
        let mut best = start.energy;
        let mut kept: Vec<Interval> = Vec::new();
        let mut last = start;
        self.curve.along(end, count, &mut |next| {
            if next.time == 0.0 {
                return;
            }
            best = best.max(next.energy);
            if self.highest(&(last, next)) >= best - self.rounding {
                kept.push((last, next));
            }
            if !settled && halved <= self.most_halved {
                settled = self.settle((last, next), &mut peak, &mut halved);
            }
            last = next;
        });
        let (largest, proven) = self.largest(kept, best);
        let certified = proven && halved <= self.most_halved;
        Maxima {
            first: peak.found().map(|(time, value)| Extremum { value, time }),
            largest: if start.energy >= largest.value - self.rounding { at_start } else { largest },
            certified,
            resolution: (!certified).then_some(end / count as f64),
        }
    }

    /// The largest that the energy can be on an interval.
    fn highest(&self, interval: &Interval) -> f64 {
        let (a, b) = interval;
        self.top(interval).1 + self.of_energy * (b.time - a.time).powi(4)
    }

    fn top(&self, (a, b): &Interval) -> Point {
        top_of_cubic((a.time, a.energy, a.power), (b.time, b.energy, b.power))
    }

    /// The largest value in intervals that may hold it, `best` being the largest sample; whether it is proven.
    fn largest(&self, mut kept: Vec<Interval>, mut best: f64) -> (Extremum, bool) {
        // The highest first: what it leaves is dropped at once.
        kept.sort_by(|x, y| self.highest(x).total_cmp(&self.highest(y)));
        // Where an interval begins, and its largest value.
        let mut tops: Vec<(f64, Extremum)> = Vec::new();
        let mut halved = 0;
        while let Some((a, b)) = kept.pop() {
            let interval = (a, b);
            if self.highest(&interval) < best - self.rounding {
                continue;
            }
            let h = b.time - a.time;
            let end = |jet: Jet| Extremum { value: jet.energy, time: jet.time };
            let (low, high) = self.powers(&interval);
            let top = match () {
                () if low > 0.0 => Some(end(b)),
                () if high < 0.0 => Some(end(a)),
                () if self.turns(&interval) && a.power > 0.0 && b.power < 0.0 => Some(end(self.zero(a, b))),
                () if self.of_energy * h.powi(4) <= HIDDEN * self.rounding || halved > self.most_halved => {
                    let (time, value) = self.top(&interval);
                    Some(Extremum { value, time })
                }
                () => None,
            };
            match top {
                Some(top) => {
                    best = best.max(top.value);
                    tops.push((a.time, top));
                }
                None => {
                    halved += 1;
                    let middle = self.at(0.5 * (a.time + b.time));
                    kept.extend([(middle, b), (a, middle)]);
                }
            }
        }
        tops.retain(|(_, top)| top.value >= best - self.rounding);
        tops.sort_by(|x, y| x.0.total_cmp(&y.0));
        let Some((_, first)) = tops.first() else {
            return (Extremum { value: best, time: 0.0 }, false);
        };
        let mut found = *first;
        for (from, top) in &tops[1..] {
            // It goes on rising where the next interval begins.
            found = if *from == found.time && top.value >= found.value { *top } else { found };
        }
        (found, halved <= self.most_halved)
    }

    /// Least and largest power on an interval.
    fn powers(&self, (a, b): &Interval) -> (f64, f64) {
        let (low, high) = range_of_cubic((a.time, a.power, a.bend), (b.time, b.power, b.bend));
        let error = self.of_power * (b.time - a.time).powi(4);
        (low - error, high + error)
    }

    /// Whether the power rises or falls all along an interval.
    fn turns(&self, (a, b): &Interval) -> bool {
        let error = self.of_bend * (b.time - a.time).powi(2);
        a.bend.min(b.bend) > error || a.bend.max(b.bend) < -error
    }

    /// Where the power changes its sign between two times: Newton's steps, halvings where they lead out.
    fn zero(&self, mut low: Jet, mut high: Jet) -> Jet {
        let rises = low.power > 0.0;
        let chord = low.power / (low.power - high.power);
        let mut now = self.at(low.time + chord * (high.time - low.time));
        for _ in 0..MOST_STEPS {
            if (now.power > 0.0) == rises {
                low = now
            } else {
                high = now
            }
            let newton = now.time - now.power / now.bend;
            let inside = newton > low.time && newton < high.time;
            let next = if inside { newton } else { 0.5 * (low.time + high.time) };
            if (next - now.time).abs() <= 4.0 * f64::EPSILON * high.time || now.power == 0.0 {
                break;
            }
            now = self.at(next);
        }
        now
    }

    /// Shows an interval to `peak`, in as many parts as it takes; whether the first maximum is known then.
    fn settle(&self, interval: Interval, peak: &mut FirstPeak, halved: &mut usize) -> bool {
        let mut stack = vec![interval];
        while let Some((a, b)) = stack.pop() {
            let h = b.time - a.time;
            let (low, high) = self.powers(&(a, b));
            let quiet = h * high.max(-low) <= HIDDEN * self.rounding || h <= f64::EPSILON * b.time;
            if !(low > 0.0 || high < 0.0 || quiet) {
                if !self.turns(&(a, b)) {
                    *halved += 1;
                    if *halved > self.most_halved {
                        return false;
                    }
                    let middle = self.at(0.5 * (a.time + b.time));
                    stack.push((middle, b));
                    stack.push((a, middle));
                    continue;
                }
                if (a.power > 0.0) != (b.power > 0.0) {
                    let zero = self.zero(a, b);
                    peak.push((zero.time, zero.energy));
                }
            }
            if peak.push((b.time, b.energy)) {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cosines;
    use super::*;
    use crate::merit::{EnergyCurve, Mode};

    /// limit + sum of a cos wt + b sin wt.
    fn sum(limit: f64, terms: &[(f64, f64, f64)]) -> Cosines {
        let mode = |&(w, a, b): &(f64, f64, f64)| Mode::Oscillator { w, gamma: 0.0, value: a, slope: b * w };
        let modes = terms.iter().map(mode).collect();
        Cosines::of(&EnergyCurve { modes, ..EnergyCurve::standing(limit) }).unwrap()
    }

    fn near(found: Extremum, value: f64, time: f64) {
        assert!((found.value - value).abs() < 1e-13, "{found:?} {value}");
        assert!((found.time - time).abs() < 1e-9, "{found:?} {time}");
    }

    const PI: f64 = std::f64::consts::PI;

    #[test]
    fn one_oscillation() {
        // sin^2 t
        let curve = sum(0.5, &[(2.0, -0.5, 0.0)]);
        for end in [2.0, 10.0, 1e3, 3e5] {
            let found = certified(&curve, end);
            assert!(found.certified && found.resolution.is_none());
            near(found.first.unwrap(), 1.0, 0.5 * PI);
            near(found.largest, 1.0, 0.5 * PI);
        }
        // A sample 1e-8 before the maximum is as high, and not its place.
        near(certified(&curve, 9.0 / 7.0 * (0.5 * PI - 1e-8)).largest, 1.0, 0.5 * PI);
        // Before the maximum: the end is the largest.
        let found = certified(&curve, 1.2);
        assert!(found.first.is_none() && found.certified);
        near(found.largest, 1.2_f64.sin().powi(2), 1.2);
        // cos^2 t: the start is the largest, and no maximum inside.
        let turned = sum(0.5, &[(2.0, 0.5, 0.0)]);
        let found = certified(&turned, 20.0);
        near(found.first.unwrap(), 1.0, PI);
        assert_eq!(found.largest.time, 0.0);
        assert!(certified(&turned, 3.0).first.is_none());
        assert!(certified(&turned, 0.0).first.is_none());
    }

    #[test]
    fn what_is_below_rounding_is_no_maximum() {
        for curve in [sum(7.0, &[]), sum(7.0, &[(3.0, 1e-15, -2e-15)]), sum(7.0, &[(0.0, 2.0, 0.0)])] {
            let found = certified(&curve, 100.0);
            assert!(found.first.is_none() && found.certified && found.largest.time == 0.0);
        }
        // A wiggle of 1e-15 on a rise does not hide what follows.
        let curve = sum(0.5, &[(2.0, -0.5, 0.0), (40.0, 0.0, 1e-15)]);
        near(certified(&curve, 9.0).first.unwrap(), 1.0, 0.5 * PI);
        // One of 1e-8 does, where the slopes cancel.
        let wiggle = sum(0.5, &[(2.0, -0.5, 0.0), (4e4, 0.0, 1e-8)]);
        let found = certified(&wiggle, 9.0);
        let first = found.first.unwrap();
        assert!(found.certified && first.time < 1e-3, "{first:?}");
    }

    /// Every 10^-6 of the range.
    fn brute(curve: &Cosines, end: f64) -> (Option<Extremum>, Extremum) {
        let count = 1_000_000;
        let (mut first, mut best) = (None, curve.at(0.0).energy);
        let mut time = 0.0;
        let (mut before, mut now) = (f64::INFINITY, best);
        for k in 1..=count {
            let t = end * k as f64 / count as f64;
            let next = curve.at(t).energy;
            if first.is_none() && now > before && now >= next {
                first = Some(Extremum { value: now, time: end * (k - 1) as f64 / count as f64 });
            }
            if next > best {
                (best, time) = (next, t);
            }
            (before, now) = (now, next);
        }
        (first, Extremum { value: best, time })
    }

    #[test]
    fn incommensurate_sums_against_a_million_samples() {
        let mut dice = fastrand::Rng::with_seed(11);
        for k in 0..21 {
            let count = 2 + k % 7;
            let end = [3.0, 20.0, 60.0][k % 3];
            let mut number = || 2.0 * dice.f64() - 1.0;
            let terms: Vec<_> = (0..count).map(|_| (3.0 + 2.9 * number(), number(), number())).collect();
            let curve = sum(number(), &terms);
            let (found, (first, largest)) = (certified(&curve, end), brute(&curve, end));
            assert!(found.certified, "{k}");
            let value = found.largest.value;
            assert!(
                value >= largest.value - 1e-13 && value < largest.value + 1e-7,
                "{k}: {value} {largest:?}"
            );
            assert!((found.largest.time - largest.time).abs() < 2e-6 * end, "{k}: {found:?} {largest:?}");
            assert!((curve.at(found.largest.time).energy - value).abs() < 1e-13);
            match (found.first, first) {
                (Some(x), Some(y)) => {
                    assert!((x.time - y.time).abs() < 2e-6 * end, "{k}: {x:?} {y:?}");
                    assert!(curve.at(x.time).power.abs() < 1e-10 && x.value >= y.value - 1e-13);
                }
                (x, y) => assert_eq!(x, y, "{k}"),
            }
        }
    }

    #[test]
    fn nearly_equal_maxima_are_told_apart() {
        // cos t + d cos wt: the later maximum is larger by about 1e-9, far below what samples show.
        for (gain, later) in [(1e-9, true), (-1e-9, false), (1e-12, true)] {
            let w = 0.1;
            let curve = sum(2.0, &[(1.0, -1.0, 0.0), (w, 0.0, gain)]);
            let found = certified(&curve, 4.0 * PI);
            assert!(found.certified);
            let value = |t: f64| curve.at(t).energy;
            assert!(
                (found.largest.time - if later { 3.0 * PI } else { PI }).abs() < 1e-7,
                "{gain}: {found:?}"
            );
            assert!(found.largest.value >= value(PI).max(value(3.0 * PI)) - 4e-16);
            assert!((found.first.unwrap().time - PI).abs() < 1e-7);
        }
        // Equal to the last digit: the earliest of a thousand.
        let found = certified(&sum(1.0, &[(1.0, -1.0, 0.0), (3.0, 0.2, 0.0)]), 6e3);
        let again = certified(&sum(1.0, &[(1.0, -1.0, 0.0), (3.0, 0.2, 0.0)]), 6.0);
        assert!(found.certified && (found.largest.time - again.largest.time).abs() < 1e-7);
    }

    #[test]
    fn nearly_double_zeros_of_the_power_are_decided() {
        // P = sin^3 t has a triple zero at pi, E = -cos t + cos^3(t)/3; P = (1 + d - cos(t - 1)) sin t touches 0 at t = 1.
        let found = certified(&sum(0.0, &[(1.0, -0.75, 0.0), (3.0, 1.0 / 12.0, 0.0)]), 5.0);
        let first = found.first.unwrap();
        assert!((first.value - 2.0 / 3.0).abs() < 1e-13 && (first.time - PI).abs() < 1e-3, "{found:?}");
        // E with P = (1 + d - cos(t - 1)) sin(t/4): above 0 until 4 pi for d > 0, with a maximum and a minimum around t = 1 for d < 0.
        let (s, c) = 1.0_f64.sin_cos();
        for d in [1e-6, 1e-9, 0.0, -1e-9, -1e-6, -1e-4] {
            // sin(t/4) cos t = (sin 5t/4 - sin 3t/4)/2, sin(t/4) sin t = (cos 3t/4 - cos 5t/4)/2
            let (a, b) = (1.25, 0.75);
            let terms = [
                (0.25, -4.0 * (1.0 + d), 0.0),
                (a, 0.5 * c / a, 0.5 * s / a),
                (b, -0.5 * c / b, -0.5 * s / b),
            ];
            let curve = sum(0.0, &terms);
            let power = |t: f64| (1.0 + d - (t - 1.0).cos()) * (0.25 * t).sin();
            (1..50).for_each(|k| {
                assert!((curve.at(0.2 * k as f64).power - power(0.2 * k as f64)).abs() < 1e-14)
            });
            let found = certified(&curve, 14.0);
            assert!(found.certified, "{d}");
            let first = found.first.unwrap();
            // The dip is as deep as sin(1/4) (4/3) sqrt(2) |d|^{3/2}: 1e-14 for |d| = 1e-9, below rounding.
            let expected = if d < -1e-8 { 1.0 - (1.0 + d).acos() } else { 4.0 * PI };
            assert!((first.time - expected).abs() < 1e-5, "{d}: {first:?} {expected}");
        }
    }
}
