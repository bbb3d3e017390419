//! e^{At} of a small matrix at any t, to all digits that a number has.
//!
//! P_k = e^{A u 2^k} for a power of two u with ||A|| u <= 1, by P_0 = sum_n (A u)^n/n! and P_{k+1} = P_k^2. A time is a sum of powers of two, exactly:
//! e^{At} x is a product of few P_k with x, and a Taylor series for what is below u. An error of one bit grows at most as 2^k, so
//! that as many bits as doublings are carried beside 128 (see `fixed`). Where P_k stands still it is the projection on what never decays.

use super::fixed::{FixedPoint, powers_of_two};
use super::rank::Term;

/// Bits beside those that are lost by squaring.
const BITS: usize = 128;
/// Doublings change nothing more where they change less than 2^-STILL until the last one.
const STILL: f64 = 80.0;

/// e^{At} at all 0 <= t <= the longest time.
pub(crate) struct ExactExponential {
    size: usize,
    /// u = 2^unit.
    unit: i32,
    /// How often u doubles until the longest time.
    doublings: usize,
    /// A u.
    turn: FixedPoint,
    powers: Vec<FixedPoint>,
    stands: bool,
}

impl ExactExponential {
    /// Of a `size` x `size` matrix.
    pub(crate) fn new(size: usize, terms: &[Term], longest: f64) -> Self {
        let mut columns = vec![0.0; size];
        for &(_, j, [a, b, c]) in terms {
            columns[j] += (a * b * c).abs();
        }
        let norm = columns.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let unit = -(norm.log2().ceil() as i32);
        let doublings = (longest.log2().ceil() - unit as f64).max(0.0) as usize;
        let mut turn = FixedPoint::zeros(size * size, doublings + BITS);
        for &(i, j, factors) in terms {
            turn.add_product(i * size + j, factors, unit);
        }
        ExactExponential { size, unit, doublings, turn, powers: Vec::new(), stands: false }
    }

    /// A list of numbers of this precision.
    pub(crate) fn numbers(&self, values: &[f64]) -> FixedPoint {
        let mut numbers = FixedPoint::zeros(values.len(), self.turn.bits());
        values.iter().enumerate().for_each(|(place, x)| numbers.add_product(place, [*x, 1.0, 1.0], 0));
        numbers
    }

    /// e^{At} x.
    pub(crate) fn apply(&mut self, t: f64, x: &FixedPoint) -> FixedPoint {
        let (whole, rest): (Vec<i32>, Vec<i32>) = powers_of_two(t).partition(|k| *k >= self.unit);
        let mut image = x.clone();
        if !rest.is_empty() {
            let mut fraction = FixedPoint::zeros(1, self.turn.bits());
            rest.iter().for_each(|k| fraction.add_product(0, [1.0; 3], k - self.unit));
            let turn = self.turn.product(self.turn.len(), 1, &fraction, 1);
            image = series(self.size, &turn, image);
        }
        let n = self.size;
        for k in whole {
            image = self.power((k - self.unit) as usize).product(n, n, &image, 1);
        }
        image
    }

    /// P_k, or the last one where it stands still before.
    fn power(&mut self, k: usize) -> &FixedPoint {
        while !self.stands && self.powers.len() <= k {
            let next = match self.powers.last() {
                None => self.first(),
                Some(last) => last.product(self.size, self.size, last, self.size),
            };
            if let Some(last) = self.powers.last() {
                let mut change = next.clone();
                change.subtract_all(last);
                let left = self.doublings.saturating_sub(self.powers.len());
                self.stands = change.log2() < -STILL - left as f64;
            }
            self.powers.push(next);
        }
        &self.powers[k.min(self.powers.len() - 1)]
    }

    /// e^{A u}: the series of e^{A u/256}, squared eight times.
    fn first(&self) -> FixedPoint {
        let n = self.size;
        let mut small = self.turn.clone();
        small.divide(256);
        let identity: Vec<f64> = (0..n * n).map(|p| if p / n == p % n { 1.0 } else { 0.0 }).collect();
        let power = series(n, &small, self.numbers(&identity));
        (0..8).fold(power, |power, _| power.product(n, n, &power, n))
    }

    /// e^{At} for t -> infinity, as long as it stands still before the longest time.
    pub(crate) fn limit(&mut self) -> Option<&FixedPoint> {
        self.power(self.doublings);
        self.stands.then(|| &self.powers[self.powers.len() - 1])
    }
}

/// sum_n A^n x/n!, until a term is below the last bit.
fn series(size: usize, a: &FixedPoint, x: FixedPoint) -> FixedPoint {
    let columns = x.len() / size;
    let (mut sum, mut term) = (x.clone(), x);
    for n in 1.. {
        term = a.product(size, size, &term, columns);
        term.divide(n);
        if term.log2() == f64::NEG_INFINITY {
            break;
        }
        sum.add_all(&term);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(size: usize, entries: &[(usize, usize, f64)], t: f64, x: &[f64]) -> Vec<f64> {
        let terms: Vec<Term> = entries.iter().map(|&(i, j, a)| (i, j, [a, 1.0, 1.0])).collect();
        let mut exponential = ExactExponential::new(size, &terms, t);
        let image = exponential.apply(t, &exponential.numbers(x));
        (0..size).map(|k| image.value(k)).collect()
    }

    #[test]
    fn a_rotation_keeps_its_phase_for_ever() {
        // cos and sin of 1e22, the classic test of argument reduction, and of an angle that a double holds exactly.
        let turned = apply(2, &[(0, 1, -1.0), (1, 0, 1.0)], 1e22, &[1.0, 0.0]);
        assert!((turned[0] - 0.523_214_785_395_138_9).abs() < 2e-16, "{turned:?}");
        assert!((turned[1] + 0.852_200_849_767_188_8).abs() < 2e-16, "{turned:?}");
        for t in [0.0, 1e-9, 0.7, 1e3] {
            let turned = apply(2, &[(0, 1, -1.0), (1, 0, 1.0)], t, &[1.0, 0.0]);
            assert!((turned[0] - t.cos()).abs() < 2e-16 && (turned[1] - t.sin()).abs() < 2e-16, "{t}");
        }
    }

    #[test]
    fn rates_of_any_size_stand_side_by_side() {
        // Two populations with a rate of 1e12 between them leak into a third at 1e-280.
        let (fast, slow) = (1e12, 1e-280);
        let entries = [(0, 0, -fast), (1, 0, fast), (1, 1, -fast), (0, 1, fast), (1, 1, -slow), (2, 1, slow)];
        for (t, left) in [(1e-13, 1.0), (1e3, 1.0), (2e280, (-1.0_f64).exp()), (1e300, 0.0)] {
            let p = apply(3, &entries, t, &[1.0, 0.0, 0.0]);
            assert!(
                (p[0] + p[1] - left).abs() < 1e-15 && (p.iter().sum::<f64>() - 1.0).abs() < 1e-15,
                "{t}: {p:?}"
            );
            let expected = 0.5 * (1.0 + (-2.0 * fast * t).exp()) * left;
            assert!((p[0] - expected).abs() < 1e-15, "{t}: {p:?}");
        }
    }

    #[test]
    fn the_limit_is_the_projection_on_what_stays() {
        let of = |rate: f64, longest: f64| {
            let terms = [(0, 0, [-rate, 1.0, 1.0]), (1, 0, [rate, 1.0, 1.0]), (2, 2, [-1.0; 3])];
            let mut exponential = ExactExponential::new(3, &terms, longest);
            exponential.limit().map(|p| (0..9).map(|k| p.value(k)).collect::<Vec<_>>())
        };
        assert_eq!(of(1e-20, 1e30), Some(vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]));
        // A rate that has not done its work leaves no limit; none at all leaves two.
        assert_eq!(of(1e-20, 1e20), None);
        assert_eq!(of(0.0, 1e20), Some(vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]));
    }
}
