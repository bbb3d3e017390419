//! Products whose factors, unlike themselves, leave the range of numbers.

/// m 2^e with 1 <= m < 2, or 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scaled {
    mantissa: f64,
    exponent: i64,
}

impl Scaled {
    pub(crate) const ONE: Scaled = Scaled { mantissa: 1.0, exponent: 0 };

    /// A number >= 0 that is not subnormal.
    pub(crate) fn of(x: f64) -> Self {
        if !(x >= f64::MIN_POSITIVE && x.is_finite()) {
            return Scaled { mantissa: 0.0, exponent: 0 };
        }
        let bits = x.to_bits();
        let exponent = (bits >> 52) as i64 - 1023;
        Scaled { mantissa: f64::from_bits(bits & ((1 << 52) - 1) | (1023 << 52)), exponent }
    }

    pub(crate) fn times(self, other: Self) -> Self {
        let product = Scaled::of(self.mantissa * other.mantissa);
        Scaled { exponent: product.exponent + self.exponent + other.exponent, ..product }
    }

    /// The quotient by what is not 0.
    pub(crate) fn over(self, other: Self) -> Self {
        let quotient = Scaled::of(self.mantissa / other.mantissa);
        Scaled { exponent: quotient.exponent + self.exponent - other.exponent, ..quotient }
    }

    pub(crate) fn powi(self, n: usize) -> Self {
        let (mut power, mut square, mut left) = (Scaled::ONE, self, n);
        while left > 0 {
            if left % 2 == 1 {
                power = power.times(square);
            }
            square = square.times(square);
            left /= 2;
        }
        power
    }

    /// C(n, k).
    pub(crate) fn binomial(n: usize, k: usize) -> Self {
        let factor = |i: usize| Scaled::of((n - i) as f64 / (i + 1) as f64);
        (0..k.min(n - k)).map(factor).fold(Scaled::ONE, Scaled::times)
    }

    /// In how many ways members are dealt out, so many to each place: N!/prod n_k!.
    pub(crate) fn ways(numbers: &[usize]) -> Self {
        let mut left: usize = numbers.iter().sum();
        numbers.iter().fold(Scaled::ONE, |ways, n| {
            let next = ways.times(Scaled::binomial(left, *n));
            left -= n;
            next
        })
    }

    /// The number; 0 or infinite beyond the range of numbers.
    pub(crate) fn value(self) -> f64 {
        if self.mantissa == 0.0 {
            return 0.0;
        }
        // Two factors, as 2^e may be out of range where the number is not.
        let half = (self.exponent / 2).clamp(-2000, 2000) as i32;
        let rest = (self.exponent - self.exponent / 2).clamp(-2000, 2000) as i32;
        self.mantissa * 2.0_f64.powi(half) * 2.0_f64.powi(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_numbers_where_these_reach() {
        for (x, y) in [(1.0, 1.0), (3.7, 1e-300), (1e200, 1e-150), (0.0, 5.0), (2.0_f64.powi(-700), 1e-40)] {
            assert_eq!(Scaled::of(x).value(), x);
            assert!((Scaled::of(x).times(Scaled::of(y)).value() - x * y).abs() <= 1e-15 * x * y, "{x} {y}");
        }
        assert_eq!(Scaled::binomial(10, 3).value(), 120.0);
        assert_eq!(Scaled::ways(&[2, 1, 1]).value(), 12.0);
        assert_eq!(Scaled::of(3.0).powi(5).value(), 243.0);
        // C(4000, 2000) is beyond the range of numbers, its share of 2^4000 is 1/sqrt(2000 pi) (1 - 1/(8 2000) + ..).
        let share = Scaled::binomial(4000, 2000).over(Scaled::of(2.0).powi(4000)).value();
        let expected = (1.0 - 1.0 / 16_000.0) / (2000.0 * std::f64::consts::PI).sqrt();
        assert!((share / expected - 1.0).abs() < 1e-8 && Scaled::binomial(4000, 2000).value().is_infinite());
    }
}
