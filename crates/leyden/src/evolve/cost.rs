//! What a method would take for a generator and its times: counts of what it does, times what each of these takes (`measured`).

use super::exponential::spacings;
use super::measured::{APPLICATION, COMBINATION, EXPONENTIAL, MATRICES, MATRIX_VECTOR};
use crate::lindblad::Generator;
use crate::method::Method;
use crate::numerics::norm;

/// What a run would take.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// CPU time in seconds.
    pub seconds: f64,
    /// Memory in bytes.
    pub bytes: f64,
    /// Applications of the generator, where they are most of what it does.
    pub applications: Option<f64>,
}

/// A method with what it would take, or why it does not apply.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The method.
    pub method: Method,
    /// What it would take.
    pub cost: Result<Cost, String>,
}

/// Frequencies of what a state holds, of the largest, and how many decay times it takes until nothing turns.
const TYPICAL: f64 = 0.5;
const DAMPED: f64 = 40.0;
/// Applications from which on the rate of the fastest mode is looked for: the bound on it may be several times as large.
const MANY: f64 = 300.0;
/// Carried numbers up to which that takes no time that anybody waits for.
const MOST_NUMBERS: usize = 200_000;
/// Applications that look for it.
const LOOKED: usize = 24;

/// ns of one application.
pub(super) fn application(generator: &Generator) -> f64 {
    let [call, product, number] = APPLICATION;
    call + product * generator.products() as f64 + number * generator.numbers() as f64
}

/// ns of a combination of so many vectors.
pub(super) fn combination(generator: &Generator, vectors: usize) -> f64 {
    COMBINATION * (vectors * generator.numbers()) as f64
}

/// ns of propagators for all spacings of the times and their products with the state.
pub(super) fn propagators(generator: &Generator, times: &[f64]) -> f64 {
    let n = generator.numbers() as f64;
    let squarings = |dt: f64| (generator.norm_bound() * dt / 5.4).log2().ceil().max(0.0);
    let (count, products) =
        spacings(times).fold((0.0, 0.0), |(count, sum), dt| (count + 1.0, sum + 8.0 + squarings(dt)));
    let steps = times.len() as f64;
    count * EXPONENTIAL
        + products * (MATRICES[0] + MATRICES[1] * n.powi(3))
        + steps * (MATRIX_VECTOR[0] + MATRIX_VECTOR[1] * n * n + application(generator))
}

/// Radians by which the Hamiltonian may turn a state until the channels have damped it.
pub(super) fn turned(generator: &Generator, end: f64) -> f64 {
    let (frequency, norm) = (generator.frequency_bound(), generator.norm_bound());
    TYPICAL * frequency * end.min(DAMPED / (norm - frequency).max(1e-300))
}

/// About the largest |eigenvalue| of a generator: the bound on its norm, or, where steps up to `end` are many, the growth of a vector by powers of it.
pub(super) fn fastest(generator: &Generator, end: f64) -> f64 {
    let bound = generator.norm_bound();
    let size = generator.numbers();
    if !generator.is_constant() || !(bound * end > MANY) || size > MOST_NUMBERS {
        return bound;
    }
    // Any vector will do that holds some of everything.
    let mut x: Vec<f64> = (1..=size).map(|k| (k as f64 * 0.618_033_988_749_894_9).fract() - 0.5).collect();
    let (mut image, mut scratch) = (vec![0.0; size], vec![0.0; size]);
    let mut grown = 0.0;
    for k in 0..LOOKED {
        let length = norm(&x);
        if !(length > 0.0) {
            return bound;
        }
        x.iter_mut().for_each(|x| *x /= length);
        // The first powers are spent on what is slower.
        if k > LOOKED / 2 {
            grown += length.ln();
        }
        generator.apply(0.0, &x, &mut image, &mut scratch);
        std::mem::swap(&mut x, &mut image);
    }
    let found = (grown / (LOOKED - LOOKED / 2 - 1) as f64).exp();
    found.min(bound)
}
