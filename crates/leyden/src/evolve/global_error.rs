//! How far a reading of the state is from the truth: the global error of a constant generator, without a second run.
//!
//! Steps r_s(hZ) commute with Z and with each other, so that errors of all steps act on the *present* state,
//!   delta S(t) = sum_s [r_s(h_s Z) e^{-h_s Z} - 1] S(t) = sum_j C_j Z^j S(t) + (products of defects),
//! with C_j the sum over steps of what a step gets wrong in the power j. Powers of Z on the present state are at hand, or few: the error of
//! `<O>` is sum_j C_j `<O|Z^j|S>`, signs included. Rounding of every step comes on top.

/// What is read of the state: `<O>`, and the range of eigenvalues of O.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// O in the form S, n x n row-major.
    pub observable: &'a [f64],
    /// Largest less smallest eigenvalue.
    pub range: f64,
}

/// Powers beyond the last that is computed are followed up to here.
const POWERS: usize = 25;
/// The estimate is this much larger than what the first order says, and than what would be without cancellation.
const SAFETY: f64 = 3.0;
const UNCANCELLED: f64 = 0.02;

/// C_j, and the largest error of a reading so far.
#[derive(Clone, Debug)]
pub(super) struct GlobalError {
    defects: [f64; POWERS],
    /// Squares of the rounding of all steps, relative to the state.
    noise: f64,
    largest: f64,
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
        GlobalError { defects: [0.0; POWERS], noise: 0.0, largest: 0.0 }
    }

    /// A step h with the polynomial sum_j c_j (hZ)^j, c_0 left out.
    pub(super) fn step(&mut self, c: &[f64], h: f64, noise: f64) {
        let mut power = 1.0;
        for j in 1..POWERS {
            power *= h;
            self.defects[j] += (c.get(j - 1).copied().unwrap_or(0.0) - INVERSE_FACTORIALS[j - 1]) * power;
        }
        self.noise += noise * noise;
    }

    /// The error at a time where `<O|Z^j|S>` is known for the powers from `first` on; the last `ratio` says how much a power adds.
    pub(super) fn at(&self, reading: &Reading<'_>, first: usize, powers: &[f64], ratio: f64) -> f64 {
        let known: Vec<f64> = powers.iter().enumerate().map(|(k, x)| self.defects[first + k] * x).collect();
        let last = powers.last().map_or(0.0, |x| x.abs());
        let beyond = first + powers.len();
        let tail: f64 = (beyond..POWERS)
            .map(|j| self.defects[j].abs() * last * ratio.powi((j + 1 - beyond) as i32))
            .sum();
        let together = known.iter().sum::<f64>().abs() + tail;
        let apart: f64 = known.iter().map(|x| x.abs()).sum();
        let rounding = reading.range * (4.0 * f64::EPSILON + 20.0 * self.noise.sqrt());
        SAFETY * together + UNCANCELLED * apart + rounding
    }

    /// The same after a part of a step.
    pub(super) fn within(&self, c: &[f64], part: f64, noise: f64) -> Self {
        let mut here = self.clone();
        here.step(c, part, noise);
        here
    }

    /// Takes note of an error.
    pub(super) fn keep(&mut self, error: f64) {
        self.largest = self.largest.max(error);
    }

    pub(super) fn largest(&self) -> f64 {
        self.largest
    }
}
