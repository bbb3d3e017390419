//! How far a reading of the state is from the truth: the global error of a constant generator, without a second run.
//!
//! Steps r_s(hZ) commute with Z and with each other, so that errors of all steps act on the *present* state,
//!   delta S(t) = sum_s [r_s(h_s Z) e^{-h_s Z} - 1] S(t) = sum_j C_j Z^j S(t) + (products of defects),
//! with C_j the sum over steps of what a step gets wrong in the power j. Powers of Z on the present state are at hand, or few: the error of
//! `<O>` is sum_j C_j `<O|Z^j|S>`, signs included, that of the state is || sum_j C_j Z^j S ||. Rounding of every step comes on top.

use super::Errors;
use crate::numerics::norm;

/// What is read of the state: `<O>`, and the range of eigenvalues of O.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// O in the form S, of it the numbers that the generator carries.
    pub observable: &'a [f64],
    /// Largest less smallest eigenvalue.
    pub range: f64,
}

/// Powers beyond the last that is computed are followed up to here.
const POWERS: usize = 25;
/// The estimate is this much larger than what the first order says, and than what would be without cancellation.
const SAFETY: f64 = 3.0;
const UNCANCELLED: f64 = 0.02;
/// Rounding of all steps, relative to what single ones are said to lose.
const ROUNDING: f64 = 40.0;
/// By how much more after few steps.
const FEW_STEPS: f64 = 4.0;

/// C_j, and the largest error of a reading so far.
#[derive(Clone, Debug)]
pub(super) struct GlobalError {
    defects: [f64; POWERS],
    /// Steps.
    steps: f64,
    /// Squares of the rounding of all steps, relative to the state.
    noise: f64,
    /// Largest of the reading, last of the state.
    errors: Errors,
}

/// 1/j!, j = 1, 2, ...
pub(super) const INVERSE_FACTORIALS: [f64; POWERS] = {
    let (mut list, mut value, mut j) = ([0.0; POWERS], 1.0, 0);
    while j < POWERS {
        value /= (j + 1) as f64;
        list[j] = value;
        j += 1;
    }
    list
};

impl GlobalError {
    pub(super) fn new() -> Self {
        GlobalError { defects: [0.0; POWERS], steps: 0.0, noise: 0.0, errors: Errors::default() }
    }

    /// A step h with the polynomial sum_j c_j (hZ)^j, c_0 left out.
    pub(super) fn step(&mut self, c: &[f64], h: f64, noise: f64) {
        let mut power = 1.0;
        for j in 1..POWERS {
            power *= h;
            self.defects[j] += (c.get(j - 1).copied().unwrap_or(0.0) - INVERSE_FACTORIALS[j - 1]) * power;
        }
        self.steps += 1.0;
        self.noise += noise * noise;
    }

    /// The error at a time where `<O|Z^j|S>` is known for the powers from `first` on; the last `ratio` says how much a power adds.
    pub(super) fn at(&self, reading: &Reading<'_>, first: usize, powers: &[f64], ratio: f64) -> f64 {
        let known: Vec<f64> = powers.iter().enumerate().map(|(k, x)| self.defects[first + k] * x).collect();
        let together = known.iter().sum::<f64>().abs()
            + self.tail(first + powers.len(), powers.last().map_or(0.0, |x| x.abs()), ratio);
        let apart: f64 = known.iter().map(|x| x.abs()).sum();
        let rounding = reading.range * (4.0 * f64::EPSILON + ROUNDING * self.noise.sqrt());
        self.safety() * together + UNCANCELLED * apart + rounding
    }

    /// The first order leaves e^{-hZ} out of the defects of all steps but the last, which few long steps do not average.
    fn safety(&self) -> f64 {
        if self.steps > 1.0 { SAFETY * (1.0 + FEW_STEPS / self.steps) } else { SAFETY }
    }

    /// Adds C_j Z^j S to what is wrong with a state.
    pub(super) fn add(&self, j: usize, power: &[f64], wrong: &mut [f64]) {
        wrong.iter_mut().zip(power).for_each(|(wrong, x)| *wrong += self.defects[j] * x);
    }

    /// The error of a state of which this is known to be wrong, where powers from `beyond` on are not known.
    pub(super) fn of_state(&self, wrong: &[f64], beyond: usize, last: f64, ratio: f64) -> f64 {
        self.safety() * (norm(wrong) + self.tail(beyond, last, ratio))
            + 4.0 * f64::EPSILON
            + 4.0 * self.noise.sqrt()
    }

    /// What powers beyond the last one may add.
    fn tail(&self, beyond: usize, last: f64, ratio: f64) -> f64 {
        (beyond..POWERS).map(|j| self.defects[j].abs() * last * ratio.powi((j + 1 - beyond) as i32)).sum()
    }

    /// The same after a part of a step.
    pub(super) fn within(&self, c: &[f64], part: f64, noise: f64) -> Self {
        let mut here = self.clone();
        here.step(c, part, noise);
        here
    }

    /// Takes note of errors.
    pub(super) fn keep(&mut self, reading: f64, state: f64) {
        self.errors = Errors { reading: self.errors.reading.max(reading), state };
    }

    pub(super) fn errors(&self) -> Errors {
        self.errors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_of_all_steps_comes_on_top() {
        // Steps without defects, and one part in 3e-10 and 4e-10 of the state lost.
        let mut error = GlobalError::new();
        error.step(&INVERSE_FACTORIALS, 0.5, 3e-10);
        error.step(&INVERSE_FACTORIALS, 0.5, 4e-10);
        let reading = Reading { observable: &[], range: 2.0 };
        let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-12, "{a:e} {b:e}");
        close(error.of_state(&[0.0; 4], 3, 0.0, 0.0), 4.0 * f64::EPSILON + 4.0 * 5e-10);
        close(error.at(&reading, 1, &[1.0], 0.0), 2.0 * (4.0 * f64::EPSILON + 40.0 * 5e-10));
        // What is wrong with the state counts three times, and three times more after two steps: 3 (1 + 4/2).
        let wrong = [3e-6, 4e-6, 0.0, 0.0];
        close(error.of_state(&wrong, 3, 0.0, 0.0), 9.0 * 5e-6 + 4.0 * f64::EPSILON + 4.0 * 5e-10);
    }
}
