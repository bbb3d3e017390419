//! Numbers with as many digits as wanted, in fixed point: what remains exact when a generator is followed for 10^20 of its times.
//!
//! x = (-1)^s m 2^{-64 f}, m of f + 1 limbs of 64 bits, one of them before the point: |x| < 2^64. Sums are exact; products are cut after the
//! last limb. Matrix entries of maps of states are at most about 1, so no exponent is needed.

/// A list of numbers of equal precision.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FixedPoint {
    limbs: usize,
    /// Limbs of one number after the other, lowest first.
    magnitudes: Vec<u64>,
    negative: Vec<bool>,
}

impl FixedPoint {
    /// `count` zeros with at least `bits` bits behind the point.
    pub(crate) fn zeros(count: usize, bits: usize) -> Self {
        let limbs = bits.div_ceil(64) + 1;
        FixedPoint { limbs, magnitudes: vec![0; count * limbs], negative: vec![false; count] }
    }

    /// Bits behind the point.
    pub(crate) fn bits(&self) -> usize {
        64 * (self.limbs - 1)
    }

    pub(crate) fn len(&self) -> usize {
        self.negative.len()
    }

    fn magnitude(&self, place: usize) -> &[u64] {
        &self.magnitudes[place * self.limbs..(place + 1) * self.limbs]
    }

    fn is_zero(&self, place: usize) -> bool {
        self.magnitude(place).iter().all(|x| *x == 0)
    }

    /// x += (-1)^negative magnitude, which has as many limbs.
    fn add(&mut self, place: usize, magnitude: &[u64], negative: bool) {
        let mine = &mut self.magnitudes[place * self.limbs..(place + 1) * self.limbs];
        if self.negative[place] == negative {
            add(mine, magnitude);
        } else if less(mine, magnitude) {
            let mut difference = magnitude.to_vec();
            subtract(&mut difference, mine);
            mine.copy_from_slice(&difference);
            self.negative[place] = negative;
        } else {
            subtract(mine, magnitude);
        }
    }

    /// x += a b c 2^power, exact up to what lies behind the last limb.
    pub(crate) fn add_product(&mut self, place: usize, factors: [f64; 3], power: i32) {
        let [a, b, c] = factors.map(parts);
        let (mut product, mut exponent) = (vec![a.mantissa], power + a.exponent + b.exponent + c.exponent);
        for factor in [b.mantissa, c.mantissa] {
            let mut longer = vec![0; product.len() + 1];
            multiply_into(&mut longer, &product, &[factor], 0);
            product = longer;
        }
        // Bit k of the product is bit k + exponent + 64 f of the number.
        exponent += self.bits() as i32;
        let mut magnitude = vec![0_u64; self.limbs];
        for (k, &limb) in product.iter().enumerate() {
            let shift = exponent + 64 * k as i32;
            let (at, within) = (shift.div_euclid(64), shift.rem_euclid(64));
            for (at, part) in
                [(at, limb << within), (at + 1, if within == 0 { 0 } else { limb >> (64 - within) })]
            {
                if let Some(target) = usize::try_from(at).ok().and_then(|at| magnitude.get_mut(at)) {
                    *target |= part;
                }
            }
        }
        self.add(place, &magnitude, a.negative ^ b.negative ^ c.negative);
    }

    /// x += y, number by number.
    pub(crate) fn add_all(&mut self, other: &FixedPoint) {
        for place in 0..self.len() {
            self.add(place, other.magnitude(place), other.negative[place]);
        }
    }

    /// x -= y, number by number.
    pub(crate) fn subtract_all(&mut self, other: &FixedPoint) {
        for place in 0..self.len() {
            self.add(place, other.magnitude(place), !other.negative[place]);
        }
    }

    /// x -> x/k.
    pub(crate) fn divide(&mut self, k: u64) {
        for number in self.magnitudes.chunks_mut(self.limbs) {
            let mut rest = 0_u128;
            for limb in number.iter_mut().rev() {
                let wide = (rest << 64) | *limb as u128;
                *limb = (wide / k as u128) as u64;
                rest = wide % k as u128;
            }
        }
    }

    /// The product of a matrix of `rows` x `inner` with one of `inner` x `columns`, both row-major.
    pub(crate) fn product(
        &self,
        rows: usize,
        inner: usize,
        other: &FixedPoint,
        columns: usize,
    ) -> FixedPoint {
        let limbs = self.limbs;
        let mut out = FixedPoint::zeros(rows * columns, self.bits());
        let filled: Vec<bool> = (0..other.len()).map(|place| !other.is_zero(place)).collect();
        // Sums of the positive and of the negative terms, with a limb to spare.
        let mut sums = [vec![0_u64; 2 * limbs + 1], vec![0_u64; 2 * limbs + 1]];
        for i in 0..rows {
            let row: Vec<usize> = (0..inner).filter(|&k| !self.is_zero(i * inner + k)).collect();
            for j in 0..columns {
                sums.iter_mut().for_each(|sum| sum.fill(0));
                for &k in &row {
                    let (a, b) = (i * inner + k, k * columns + j);
                    if filled[b] {
                        let sum = &mut sums[usize::from(self.negative[a] ^ other.negative[b])];
                        // Limbs far behind the last one kept do not matter.
                        multiply_into(sum, self.magnitude(a), other.magnitude(b), limbs.saturating_sub(2));
                    }
                }
                let [positive, negative] = &mut sums;
                let below = less(positive, negative);
                let (large, small) = if below { (negative, positive) } else { (positive, negative) };
                subtract(large, small);
                let place = i * columns + j;
                out.magnitudes[place * limbs..(place + 1) * limbs]
                    .copy_from_slice(&large[limbs - 1..2 * limbs - 1]);
                out.negative[place] = below;
            }
        }
        out
    }

    /// The nearest floating-point number, to 2^-53 of it.
    pub(crate) fn value(&self, place: usize) -> f64 {
        let magnitude = self.magnitude(place);
        // The three highest limbs that are not zero hold all digits.
        let top = magnitude.iter().rposition(|x| *x != 0).map_or(0, |top| top + 1);
        let scaled = |k: usize| scaled(magnitude[k] as f64, 64 * (k as i32 - self.limbs as i32 + 1));
        let sum: f64 = (top.saturating_sub(3)..top).map(scaled).sum();
        if self.negative[place] { -sum } else { sum }
    }

    /// log2 of the largest |x|, a number also where |x| is below the range of floating-point numbers.
    pub(crate) fn log2(&self) -> f64 {
        let of = |number: &[u64]| {
            let top = number.iter().rposition(|x| *x != 0)?;
            Some((number[top] as f64).log2() + 64.0 * (top as f64 - self.limbs as f64 + 1.0))
        };
        self.magnitudes.chunks(self.limbs).filter_map(of).fold(f64::NEG_INFINITY, f64::max)
    }
}

/// (-1)^negative mantissa 2^exponent.
struct Parts {
    mantissa: u64,
    exponent: i32,
    negative: bool,
}

fn parts(x: f64) -> Parts {
    let bits = x.to_bits();
    let (exponent, mantissa) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
    let negative = x.is_sign_negative();
    match exponent {
        0 => Parts { mantissa, exponent: -1074, negative },
        _ => Parts { mantissa: mantissa | 1 << 52, exponent: exponent - 1075, negative },
    }
}

/// Bits of |x| as powers of two, for a finite x.
pub(crate) fn powers_of_two(x: f64) -> impl Iterator<Item = i32> {
    let Parts { mantissa, exponent, .. } = parts(x);
    (0..53).filter(move |k| mantissa >> k & 1 == 1).map(move |k| exponent + k)
}

/// x 2^power, also where 2^power is beyond the range of numbers.
fn scaled(x: f64, power: i32) -> f64 {
    let half = power / 2;
    x * 2_f64.powi(half) * 2_f64.powi(power - half)
}

/// a < b, of equal length.
fn less(a: &[u64], b: &[u64]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

fn add(a: &mut [u64], b: &[u64]) {
    let mut carry = false;
    for (x, y) in a.iter_mut().zip(b) {
        let (sum, first) = x.overflowing_add(*y);
        let (sum, second) = sum.overflowing_add(u64::from(carry));
        (*x, carry) = (sum, first || second);
    }
}

/// a -= b for b <= a.
fn subtract(a: &mut [u64], b: &[u64]) {
    let mut borrow = false;
    for (x, y) in a.iter_mut().zip(b) {
        let (rest, first) = x.overflowing_sub(*y);
        let (rest, second) = rest.overflowing_sub(u64::from(borrow));
        (*x, borrow) = (rest, first || second);
    }
}

/// sum += a b without the products of limbs i, j with i + j < `from`; `sum` holds the carry.
fn multiply_into(sum: &mut [u64], a: &[u64], b: &[u64], from: usize) {
    for (i, &x) in a.iter().enumerate() {
        if x == 0 {
            continue;
        }
        let start = from.saturating_sub(i).min(b.len());
        let mut carry = 0_u128;
        for (target, &y) in sum[i + start..].iter_mut().zip(&b[start..]) {
            let wide = x as u128 * y as u128 + *target as u128 + carry;
            *target = wide as u64;
            carry = wide >> 64;
        }
        let mut at = i + b.len();
        while carry > 0 && at < sum.len() {
            let wide = sum[at] as u128 + carry;
            sum[at] = wide as u64;
            carry = wide >> 64;
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(values: &[f64], bits: usize) -> FixedPoint {
        let mut numbers = FixedPoint::zeros(values.len(), bits);
        values.iter().enumerate().for_each(|(k, x)| numbers.add_product(k, [*x, 1.0, 1.0], 0));
        numbers
    }

    #[test]
    fn sums_and_products_of_floating_point_numbers_are_exact() {
        // 2^60 + 2^-60 - 2^60 leaves 2^-60; (1 + 2^-52)^2 (1 - 2^-53) has 159 bits.
        let mut x = FixedPoint::zeros(1, 192);
        for (value, power) in [(1.0, 60), (1.0, -60), (-1.0, 60), (-0.5, -60)] {
            x.add_product(0, [value, 1.0, 1.0], power);
        }
        assert_eq!(x.value(0), 2_f64.powi(-61));
        let (a, b) = (1.0 + f64::EPSILON, 1.0 - 0.5 * f64::EPSILON);
        let mut y = FixedPoint::zeros(1, 192);
        y.add_product(0, [a, a, b], 0);
        // With u = 2^-52: (1 + u)^2 (1 - u/2) = 1 + 3u/2 - u^3/2.
        for [x, power] in [[-1.0, 0.0], [-1.5, -52.0], [0.5, -156.0]] {
            y.add_product(0, [x, 1.0, 1.0], power as i32);
        }
        assert_eq!(y.value(0), 0.0);
        for tiny in [f64::MIN_POSITIVE, 5e-324, -1e-300] {
            assert_eq!(fixed(&[tiny], 1200).value(0), tiny);
        }
    }

    #[test]
    fn matrices_multiply() {
        // [[1, -2], [0.5, 3]] squared, and against a vector.
        let a = fixed(&[1.0, -2.0, 0.5, 3.0], 128);
        let square = a.product(2, 2, &a, 2);
        let values: Vec<f64> = (0..4).map(|k| square.value(k)).collect();
        assert_eq!(values, [0.0, -8.0, 2.0, 8.0]);
        let image = a.product(2, 2, &fixed(&[4.0, -1.0], 128), 1);
        assert_eq!([image.value(0), image.value(1)], [6.0, -1.0]);
        // 1/3 three times is 1 to the last bit but a few.
        let mut third = fixed(&[1.0], 300);
        third.divide(3);
        let mut sum = third.clone();
        sum.add_all(&third);
        sum.add_all(&third);
        sum.subtract_all(&fixed(&[1.0], 300));
        assert!(sum.value(0) != 0.0 && sum.value(0).abs() < 2_f64.powi(-310));
        // Its square is 1/9.
        let mut square = third.product(1, 1, &third, 1);
        for _ in 0..3 {
            square.add_all(&square.clone());
        }
        square.add_all(&third.product(1, 1, &third, 1));
        square.subtract_all(&fixed(&[1.0], 300));
        assert!(square.value(0).abs() < 2_f64.powi(-310));
    }

    #[test]
    fn bits_of_a_number_sum_to_it() {
        for x in [0.1, 3.0, 1e300, 7e-310] {
            assert_eq!(powers_of_two(x).map(|k| scaled(1.0, k)).sum::<f64>(), x);
        }
    }
}
