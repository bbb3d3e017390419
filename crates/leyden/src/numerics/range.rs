//! Where the values of a function lie while its argument runs through an interval.
//!
//! Interval arithmetic: [a, b] + [c, d] = [a + c, b + d] and so on. Enclosures are wide where an argument occurs twice, never too narrow but for
//! rounding.
//! Source: @moore1966.

use std::f64::consts::PI;

/// The numbers from `low` to `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Range {
    pub(crate) const EVERYTHING: Range = Range { low: f64::NEG_INFINITY, high: f64::INFINITY };

    pub(crate) fn new(low: f64, high: f64) -> Self {
        match low <= high {
            true => Range { low, high },
            // Also where one of them is no number.
            false => Range::EVERYTHING,
        }
    }

    pub(crate) fn point(x: f64) -> Self {
        Range::new(x, x)
    }

    /// Largest less least.
    pub(crate) fn width(self) -> f64 {
        match self.low == self.high {
            true => 0.0,
            false => self.high - self.low,
        }
    }

    /// Largest modulus.
    pub(crate) fn largest(self) -> f64 {
        self.low.abs().max(self.high.abs())
    }

    pub(crate) fn contains(self, x: f64) -> bool {
        self.low <= x && x <= self.high
    }

    pub(crate) fn plus(self, other: Range) -> Self {
        Range::new(self.low + other.low, self.high + other.high)
    }

    pub(crate) fn negative(self) -> Self {
        Range::new(-self.high, -self.low)
    }

    pub(crate) fn times(self, other: Range) -> Self {
        // 0 times infinity is 0: the infinite end is never reached.
        let product = |a: f64, b: f64| if a == 0.0 || b == 0.0 { 0.0 } else { a * b };
        let ends = [
            product(self.low, other.low),
            product(self.low, other.high),
            product(self.high, other.low),
            product(self.high, other.high),
        ];
        Range::new(
            ends.into_iter().fold(f64::INFINITY, f64::min),
            ends.into_iter().fold(f64::NEG_INFINITY, f64::max),
        )
    }

    /// 1/x.
    pub(crate) fn inverse(self) -> Self {
        match self.low > 0.0 || self.high < 0.0 {
            true => Range::new(1.0 / self.high, 1.0 / self.low),
            false if self.low == 0.0 && self.high > 0.0 => Range::new(1.0 / self.high, f64::INFINITY),
            false if self.high == 0.0 && self.low < 0.0 => Range::new(f64::NEG_INFINITY, 1.0 / self.low),
            false => Range::EVERYTHING,
        }
    }

    /// x^n.
    pub(crate) fn power(self, n: i32) -> Self {
        if n < 0 {
            return self.power(-n).inverse();
        }
        match n % 2 == 0 {
            true => {
                let outer = self.largest().powi(n);
                let inner =
                    if self.contains(0.0) { 0.0 } else { self.low.abs().min(self.high.abs()).powi(n) };
                Range::new(if n == 0 { 1.0 } else { inner }, outer)
            }
            false => Range::new(self.low.powi(n), self.high.powi(n)),
        }
    }

    /// A function that never falls.
    pub(crate) fn rising(self, f: impl Fn(f64) -> f64) -> Self {
        Range::new(f(self.low), f(self.high))
    }

    /// A function of |x| that never rises.
    pub(crate) fn falling_off(self, f: impl Fn(f64) -> f64) -> Self {
        let nearest = if self.contains(0.0) { 0.0 } else { self.low.abs().min(self.high.abs()) };
        Range::new(f(self.largest()), f(nearest))
    }

    pub(crate) fn modulus(self) -> Self {
        let nearest = if self.contains(0.0) { 0.0 } else { self.low.abs().min(self.high.abs()) };
        Range::new(nearest, self.largest())
    }

    pub(crate) fn cos(self) -> Self {
        if !(self.width() < 2.0 * PI) {
            return Range::new(-1.0, 1.0);
        }
        let (a, b) = (self.low.cos(), self.high.cos());
        // A maximum at 2 pi k, a minimum at (2 k + 1) pi.
        let meets = |phase: f64| {
            ((self.low - phase) / (2.0 * PI)).ceil() <= ((self.high - phase) / (2.0 * PI)).floor()
        };
        Range::new(if meets(PI) { -1.0 } else { a.min(b) }, if meets(0.0) { 1.0 } else { a.max(b) })
    }
}

/// The complex numbers with these real and imaginary parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ComplexRange {
    pub(crate) re: Range,
    pub(crate) im: Range,
}

impl ComplexRange {
    pub(crate) const EVERYTHING: ComplexRange = ComplexRange { re: Range::EVERYTHING, im: Range::EVERYTHING };

    pub(crate) fn real(re: Range) -> Self {
        ComplexRange { re, im: Range::point(0.0) }
    }

    pub(crate) fn is_real(self) -> bool {
        self.im == Range::point(0.0)
    }

    /// The larger width of both parts.
    pub(crate) fn width(self) -> f64 {
        self.re.width().max(self.im.width())
    }

    /// Largest part.
    pub(crate) fn largest(self) -> f64 {
        self.re.largest().max(self.im.largest())
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        ComplexRange { re: self.re.plus(other.re), im: self.im.plus(other.im) }
    }

    pub(crate) fn times(self, other: Self) -> Self {
        ComplexRange {
            re: self.re.times(other.re).plus(self.im.times(other.im).negative()),
            im: self.re.times(other.im).plus(self.im.times(other.re)),
        }
    }

    /// 1/z = z*/|z|^2.
    pub(crate) fn inverse(self) -> Self {
        if self.is_real() {
            return ComplexRange::real(self.re.inverse());
        }
        let square = self.re.power(2).plus(self.im.power(2)).inverse();
        ComplexRange { re: self.re.times(square), im: self.im.negative().times(square) }
    }

    /// e^{a + ib} = e^a (cos b + i sin b).
    pub(crate) fn exp(self) -> Self {
        let size = self.re.rising(f64::exp);
        if self.is_real() {
            return ComplexRange::real(size);
        }
        let sin = self.im.plus(Range::point(-0.5 * PI)).cos();
        ComplexRange { re: size.times(self.im.cos()), im: size.times(sin) }
    }
}

#[cfg(test)]
mod tests {
    use num_complex::Complex64;

    use super::*;

    /// Every value of a function at points of an interval must lie in its enclosure, and the ends be met.
    #[test]
    fn values_lie_within_and_ends_are_met() {
        type Pair = (fn(Range) -> Range, fn(f64) -> f64);
        let functions: [Pair; 8] = [
            (|x| x.power(2), |x| x * x),
            (|x| x.power(3), |x| x * x * x),
            (|x| x.plus(Range::point(7.0)).inverse(), |x| 1.0 / (x + 7.0)),
            (|x| x.rising(f64::exp), f64::exp),
            (|x| x.falling_off(|x| (-0.5 * x * x).exp()), |x| (-0.5 * x * x).exp()),
            (Range::cos, f64::cos),
            (Range::modulus, f64::abs),
            (|x| x.times(Range::new(-2.0, -2.0)), |x| -2.0 * x),
        ];
        let ends = [-5.3, -3.2, -1.0, -0.1, 0.0, 0.4, 1.7, 3.3, 6.4];
        for (k, (range, f)) in functions.iter().enumerate() {
            for (i, &low) in ends.iter().enumerate() {
                for &high in &ends[i..] {
                    let found = range(Range::new(low, high));
                    let values = (0..=2000).map(|p| f(low + (high - low) * f64::from(p) / 2000.0));
                    let (least, most) =
                        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), y| (a.min(y), b.max(y)));
                    let slack = 1e-12 * most.abs().max(1.0);
                    assert!(
                        found.low <= least + slack && found.high >= most - slack,
                        "{k} [{low}, {high}] {found:?}"
                    );
                    let tight = 2e-3 * (most - least).max(1e-9);
                    assert!(
                        found.low >= least - tight && found.high <= most + tight,
                        "{k} [{low}, {high}] {found:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn complex_values_lie_within() {
        let z = ComplexRange { re: Range::new(-0.4, 0.3), im: Range::new(0.2, 1.9) };
        let points = || (0..=40).flat_map(|i| (0..=40).map(move |j| (i, j)));
        let at = |i: i32, j: i32| {
            Complex64::new(-0.4 + 0.7 * f64::from(i) / 40.0, 0.2 + 1.7 * f64::from(j) / 40.0)
        };
        let within = |range: ComplexRange, value: Complex64| {
            range.re.low <= value.re + 1e-14
                && value.re - 1e-14 <= range.re.high
                && range.im.low <= value.im + 1e-14
                && value.im - 1e-14 <= range.im.high
        };
        let exp = |z: Complex64| z.exp();
        for (i, j) in points() {
            assert!(within(z.exp(), exp(at(i, j))));
            assert!(within(z.inverse(), at(i, j).inv()));
            assert!(within(z.times(z), at(i, j) * at(i, j)));
        }
    }

    #[test]
    fn what_is_no_number_is_everything() {
        assert_eq!(Range::new(f64::NAN, 1.0), Range::EVERYTHING);
        assert_eq!(Range::new(-1.0, 1.0).inverse(), Range::EVERYTHING);
        assert_eq!(Range::point(0.0).times(Range::EVERYTHING), Range::point(0.0));
        assert_eq!(Range::new(0.0, 2.0).inverse(), Range::new(0.5, f64::INFINITY));
    }
}
