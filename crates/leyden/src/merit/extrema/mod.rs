//! The maxima of energy and ergotropy of a closed system, on the continuous curve up to the last time.
//!
//! Nothing is damped, so there is no limit to compare with: what one reads off is the *first* local maximum, where a
//! charger would be switched off, and the *largest* value until the last time. A rise or a fall below rounding is no maximum.
//!
//! Energies whose derivatives are bounded, such as finite sums of cosines, are searched with proof (`certified.rs`); curves known at the times that
//! one asks for, ergotropies among them, on a dense curve whose spacing is stated (`sampled.rs`).

mod certified;
mod cosines;
mod peaks;
mod sampled;

pub(crate) use certified::{Bounded, Jet, certified, frequency, intervals};
pub(crate) use cosines::Cosines;
pub(crate) use sampled::{Sample, Sampler, Wanted, search};

use crate::numerics::cubic;
use crate::{Known, Why};

/// A value and when it is reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extremum {
    /// The value.
    pub value: f64,
    /// The time.
    pub time: f64,
}

/// The maxima of one curve on [0, end].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Maxima {
    /// The first local maximum inside; `None` where there is none.
    pub first: Option<Extremum>,
    /// The largest value, both ends included; the earliest of equal ones.
    pub largest: Extremum,
    /// Whether both are proven, up to rounding.
    pub certified: bool,
    /// Spacing in time of the dense curve behind them, where they are not proven.
    pub resolution: Option<f64>,
}

/// The maxima of energy and global ergotropy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extrema {
    /// Of E_B.
    pub energy: Known<Maxima>,
    /// Of the global ergotropy.
    pub ergotropy: Known<Maxima>,
}

impl Maxima {
    /// Of `factor` > 0 times the curve.
    pub(crate) fn scaled(self, factor: f64) -> Self {
        let scaled = |x: Extremum| Extremum { value: factor * x.value, ..x };
        Maxima { first: self.first.map(scaled), largest: scaled(self.largest), ..self }
    }
}

impl Extrema {
    /// Nothing is known, for this reason.
    pub(crate) fn unknown(why: impl Into<Why>) -> Self {
        let why = why.into();
        Extrema { energy: Err(why), ergotropy: Err(why) }
    }
}

/// A sample of a curve: t and its value.
type Point = (f64, f64);

/// The largest value on an interval of the cubic through values and slopes at its ends, and where it is.
fn top_of_cubic((a, at_a, slope_a): (f64, f64, f64), (b, at_b, slope_b): (f64, f64, f64)) -> Point {
    let largest = |x: Point, y: Point| if y.1 > x.1 { y } else { x };
    stationary(at_b - at_a, (b - a) * slope_a, (b - a) * slope_b)
        .into_iter()
        .flatten()
        .map(|x| (a + x * (b - a), at_a + cubic(at_b - at_a, (b - a) * slope_a, (b - a) * slope_b, x)))
        .fold(largest((a, at_a), (b, at_b)), largest)
}

/// Least and largest value of the same cubic.
fn range_of_cubic(a: (f64, f64, f64), b: (f64, f64, f64)) -> (f64, f64) {
    let turned = |(t, value, slope): (f64, f64, f64)| (t, -value, -slope);
    (-top_of_cubic(turned(a), turned(b)).1, top_of_cubic(a, b).1)
}

/// The local maximum of the same cubic inside the interval.
fn bump_of_cubic((a, at_a, slope_a): (f64, f64, f64), (b, at_b, slope_b): (f64, f64, f64)) -> Option<Point> {
    let (d, m, n) = (at_b - at_a, (b - a) * slope_a, (b - a) * slope_b);
    let bend = |x: f64| (3.0 * d - 2.0 * m - n) + 3.0 * (m + n - 2.0 * d) * x;
    let top = stationary(d, m, n).into_iter().flatten().find(|x| bend(*x) < 0.0)?;
    Some((a + top * (b - a), at_a + cubic(d, m, n, top)))
}

/// Where it is level inside (0, 1).
fn stationary(d: f64, m: f64, n: f64) -> [Option<f64>; 2] {
    // m + 2 p x + q x^2
    let (p, q) = (3.0 * d - 2.0 * m - n, 3.0 * (m + n - 2.0 * d));
    let discriminant = p * p - q * m;
    if !(discriminant >= 0.0) {
        return [None; 2];
    }
    let sum = -(p + discriminant.sqrt().copysign(p));
    [m / sum, sum / q].map(|x| Some(x).filter(|x| *x > 0.0 && *x < 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cubics_have_their_range() {
        let mut dice = fastrand::Rng::with_seed(3);
        for k in 0..2000 {
            let mut number = || 2.0 * dice.f64() - 1.0;
            let (a, b) = ((0.3, number(), 5.0 * number()), (1.1, number(), 5.0 * number()));
            // Straight lines and parabolas among them.
            let b = match k % 4 {
                0 => (b.0, a.1 + 0.8 * a.2, a.2),
                1 => (b.0, a.1 + 0.4 * (a.2 + b.2), b.2),
                _ => b,
            };
            let at = |x: f64| a.1 + cubic(b.1 - a.1, 0.8 * a.2, 0.8 * b.2, x);
            assert!((at(1.0) - b.1).abs() < 1e-14);
            let values = (0..=2000).map(|i| at(i as f64 / 2000.0));
            let (low, high) = values.fold((f64::MAX, f64::MIN), |(l, h), x| (l.min(x), h.max(x)));
            let (least, largest) = range_of_cubic(a, b);
            assert!((least - low).abs() < 2e-6 && (largest - high).abs() < 2e-6, "{a:?} {b:?}");
            assert!(least <= low + 1e-14 && largest >= high - 1e-14);
            let (t, value) = top_of_cubic(a, b);
            assert!((at((t - a.0) / 0.8) - value).abs() < 1e-13);
        }
    }
}
