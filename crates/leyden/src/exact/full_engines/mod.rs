//! N three-level masers that charge N cells together, with their baths and coherences.
//!
//!   rho' = [G, rho] - i delta [n, rho] + sum_j (a D[|2><0|_j] + b D[|0><2|_j] + c D[|1><2|_j] + d D[|2><1|_j]) rho,
//!   G = (g/sqrt N) (A_+ S^- - A_- S^+),   A_+ = sum_j |1><0|_j,   S^- |n> = sqrt(n (N-n+1)) |n-1>,
//!
//! D[L]r = L r L^dag - {L^dag L, r}/2, in the frame of omega_0 for engines and cells, delta = omega_B - omega_0. Engines stay in
//! states that no exchange of engines changes, coherences with |2> never appear, and the charge n + sum_j |1><1|_j fixes the rest:
//! [`letters`] counts what is left, [`generator`] acts on it without a matrix, [`run`] sums series of Faber polynomials ([`ellipse`]).
//!
//! (state of one engine)^N x (p_n ~ x^n), both steady, is stationary for every g and delta.
//! K. Ito and G. Watanabe, arXiv:2008.07089 (2020).

mod ellipse;
mod generator;
mod letters;
mod run;

use ellipse::Ellipse;
use generator::Generator;
use letters::Letters;
pub use run::FullRun;

use crate::model::{EngineRates, EngineStart};

/// N masers and N cells, collectively coupled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FullEngines {
    cells: usize,
    rates: EngineRates,
    coupling: f64,
    detuning: f64,
}

impl FullEngines {
    /// N = `cells`, rates of the baths, `coupling` = g/sqrt(N), `detuning` = omega_B - omega_0.
    pub fn new(cells: usize, rates: EngineRates, coupling: f64, detuning: f64) -> Self {
        FullEngines { cells, rates, coupling, detuning }
    }

    /// Numbers in the state: 8, 35, 108, 270, 584 for N = 1..5. Hermiticity halves what is stored.
    pub fn dimension(cells: usize) -> f64 {
        letters::dimension(cells)
    }

    /// Bytes that a run needs without detuning; with it, twice as many.
    pub fn bytes(cells: usize) -> f64 {
        // Two ends of windows, three vectors of a series; one more end while a state is saved.
        6.0 * 8.0 * letters::folded(cells) + 1e5
    }

    /// Engines as in `start`, cells all `excited` or all empty. Errors of populations and of the mean over N stay below `tolerance`.
    pub fn start(&self, start: EngineStart, excited: bool, tolerance: f64) -> FullRun {
        let generator = Generator::new(self.cells, self.rates, self.coupling);
        let populations = match start {
            EngineStart::Steady => steady(self.rates),
            EngineStart::Ground => [1.0, 0.0, 0.0],
        };
        let level = if excited { self.cells } else { 0 };
        let mut state = vec![0.0; generator.letters.length];
        fill(&generator.letters, populations, level, &mut state);
        let imaginary = if self.detuning == 0.0 { Vec::new() } else { vec![0.0; state.len()] };
        FullRun::new(generator, self.detuning, self.ellipse(), [state, imaginary], tolerance)
    }

    /// Half axes: N times half the fastest decay of one engine; oscillations of all coherences.
    fn ellipse(&self) -> Ellipse {
        let EngineRates { a, b, c, d } = self.rates;
        let n = self.cells as f64;
        let (sum, product) = (a + b + c + d, a * d + a * c + b * d);
        let fastest = 0.5 * (sum + (sum * sum - 4.0 * product).max(0.0).sqrt());
        let exchange = self.coupling.abs() * n * (n + 1.0);
        Ellipse::new(0.5 * n * fastest, HEIGHT * (exchange + self.detuning.abs() * n))
    }
}

/// Height of the first ellipse over the bound of the oscillations.
const HEIGHT: f64 = 1.0;

/// (bd, ac, ad)/(bd + ac + ad).
fn steady(rates: EngineRates) -> [f64; 3] {
    let EngineRates { a, b, c, d } = rates;
    let weights = [b * d, a * c, a * d];
    weights.map(|w| w / weights.iter().sum::<f64>())
}

/// N! n_0^{k_0} n_1^{k_1} n_2^{k_2}/(k_0! k_1! k_2!) at one level of the ladder.
fn fill(letters: &Letters, populations: [f64; 3], level: usize, state: &mut [f64]) {
    let cells = letters.cells;
    let block = letters.block(0, 0);
    // n^k/k!, scaled by (N/e)^k so that no factorial overflows: N! e^N/N^N joins at the end.
    let unit = (cells as f64 / std::f64::consts::E).max(1e-300);
    let powers = |n: f64| -> Vec<f64> {
        let mut value = 1.0;
        let rest = (1..=cells).map(|k| {
            value *= unit * n / k as f64;
            value
        });
        std::iter::once(1.0).chain(rest.collect::<Vec<_>>()).collect()
    };
    let [zero, one, two] = populations.map(powers);
    let all = (1..=cells).fold(1.0, |product, k| product * k as f64 / unit);
    for k2 in 0..=cells {
        for k0 in 0..=cells - k2 {
            state[block.at(k2, k0) + level] = all * zero[k0] * one[cells - k0 - k2] * two[k2];
        }
    }
}
