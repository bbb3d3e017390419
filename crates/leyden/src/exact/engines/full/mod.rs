//! N three-level masers that charge N cells together, with their baths and coherences.
//!
//!   rho' = [G, rho] - i delta [n, rho] + sum_j (a D[|2><0|_j] + b D[|0><2|_j] + c D[|1><2|_j] + d D[|2><1|_j]) rho,
//!   G = (g/sqrt N) (A_+ S^- - A_- S^+),   A_+ = sum_j |1><0|_j,   S^- |n> = sqrt(n (N-n+1)) |n-1>,
//!
//! D[L]r = L r L^dag - {L^dag L, r}/2, in the frame of omega_0 for engines and cells, delta = omega_B - omega_0. Engines stay in
//! states that no exchange of engines changes, coherences with |2> never appear, and the charge n + sum_j |1><1|_j fixes the rest:
//! [`patterns`] counts what is left, [`generator`] acts on it without a matrix, [`windows`] sums series of Faber polynomials ([`faber`]).
//!
//! (state of one engine)^N x (p_n ~ x^n), both steady, is stationary for every g and delta.
//! Source: @ito2020.

mod faber;
mod generator;
mod patterns;
mod windows;

use super::EngineLadder;
use faber::Ellipse;
use generator::Generator;
use patterns::PatternIndex;
pub use windows::FullRun;

use crate::model::{EngineError, EngineRates, EngineStart, finite, not_negative};

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
    ///
    /// # Errors
    /// [`EngineError`] for no cells and for numbers that are not finite; rates must not be negative.
    pub fn new(cells: usize, rates: EngineRates, coupling: f64, detuning: f64) -> Result<Self, EngineError> {
        if cells == 0 {
            return Err(EngineError::Cells(cells));
        }
        let EngineRates { a, b, c, d } = rates;
        for (field, rate) in [("rates.a", a), ("rates.b", b), ("rates.c", c), ("rates.d", d)] {
            not_negative(field, rate)?;
        }
        finite("coupling", coupling)?;
        finite("detuning", detuning)?;
        Ok(FullEngines { cells, rates, coupling, detuning })
    }

    /// Numbers in the state: 8, 35, 108, 270, 584 for N = 1..5. Hermiticity halves what is stored.
    pub fn dimension(cells: usize) -> f64 {
        patterns::dimension(cells)
    }

    /// Bytes that a run needs without detuning; with it, twice as many.
    pub fn bytes(cells: usize) -> f64 {
        // Two ends of windows and three vectors of a series; what two windows keep of every term.
        8.0 * (5.0 * patterns::folded(cells) + 2.0 * windows::TERMS[1] * (cells as f64 + 5.0))
    }

    /// Engines as in `start`, cells all `excited` or all empty. Errors of populations and of the mean over N stay below `tolerance`.
    pub fn start(&self, start: EngineStart, excited: bool, tolerance: f64) -> FullRun {
        let generator = Generator::new(self.cells, self.rates, self.coupling);
        let populations = match start {
            EngineStart::Steady => self.rates.steady(),
            EngineStart::Ground => [1.0, 0.0, 0.0],
        };
        let level = if excited { self.cells } else { 0 };
        let mut state = vec![0.0; generator.letters.length];
        fill(&generator.letters, populations, level, &mut state);
        let imaginary = if self.detuning == 0.0 { Vec::new() } else { vec![0.0; state.len()] };
        FullRun::new(generator, self.detuning, self.ellipse(), [state, imaginary], tolerance)
    }

    /// About how often the generator acts up to `time`.
    pub(crate) fn applications(&self, time: f64) -> f64 {
        let ellipse = self.ellipse();
        let longest = ellipse.span(windows::TERMS[1]);
        windows::TERMS[1] * (time / longest) + ellipse.terms(time.min(longest))
    }

    /// Half axes: N times half the fastest decay of one engine; oscillations of all coherences.
    fn ellipse(&self) -> Ellipse {
        let EngineRates { a, b, c, d } = self.rates;
        let n = self.cells as f64;
        let (sum, product) = (a + b + c + d, a * d + a * c + b * d);
        let fastest = 0.5 * (sum + (sum * sum - 4.0 * product).max(0.0).sqrt());
        let exchange = self.coupling.abs() * n * (n + 1.0);
        Ellipse::new(0.5 * n * fastest, exchange + 0.5 * self.detuning.abs() * n)
    }
}

/// Steady engines and p_n ~ x^n, x = n_1/n_0; `None` where engines have no steady state of their own.
fn stationary(letters: &PatternIndex, rates: EngineRates) -> Option<Vec<f64>> {
    let cells = letters.cells;
    let populations = rates.steady();
    let ladder = geometric(cells, (populations[1] / populations[0]).ln())?;
    let mut state = vec![0.0; letters.length];
    fill(letters, populations, 0, &mut state);
    let block = letters.block(0, 0);
    for levels in state[block.start..].chunks_exact_mut(block.stride).take(block.patterns()) {
        let weight = levels[0];
        levels.iter_mut().zip(&ladder).for_each(|(w, p)| *w = weight * p);
    }
    Some(state)
}

fn geometric(cells: usize, ln_ratio: f64) -> Option<Vec<f64>> {
    Some(EngineLadder::new(cells, 1.0, ln_ratio).ok()?.limit_populations())
}

/// N! n_0^{k_0} n_1^{k_1} n_2^{k_2}/(k_0! k_1! k_2!) at one level of the ladder.
fn fill(letters: &PatternIndex, populations: [f64; 3], level: usize, state: &mut [f64]) {
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

#[cfg(test)]
mod tests {
    use super::generator::Step;
    use super::*;
    use crate::exact::EngineRun;

    /// (bd, ac, ad)^N x (x^n): Z of it vanishes.
    #[test]
    fn the_product_is_stationary() {
        let rates = EngineRates { a: 0.58, b: 1.58, c: 1.2, d: 0.2 };
        let x = rates.a * rates.c / (rates.b * rates.d);
        for cells in 1..=8 {
            for (g, delta) in [(0.1, 0.0), (0.9, 0.3), (4.0, -2.0)] {
                let engines = FullEngines::new(cells, rates, g / (cells as f64).sqrt(), delta).unwrap();
                let generator = Generator::new(cells, rates, engines.coupling);
                let length = generator.letters.length;
                let state = stationary(&generator.letters, rates).unwrap();
                let mut level = vec![0.0; length];
                fill(&generator.letters, rates.steady(), cells, &mut level);
                let at = generator.letters.block(0, 0).at(0, cells) + cells;
                let total: f64 = (0..=cells).map(|n| x.powi(n as i32 - cells as i32)).sum();
                assert!((state[at] * total / level[at] - 1.0).abs() < 1e-13);
                let (mut image, mut sum) = (vec![0.0; length], vec![0.0; length]);
                let step = Step { scale: 1.0, center: 0.0, back: 0.0, weight: 1.0 };
                generator.step(step, false, &state, &mut image, &mut sum);
                let (residual, norm) = (generator.letters.norm(&image), generator.letters.norm(&state));
                let size = cells as f64 * (cells as f64 + 1.0) * g;
                assert!((norm - 1.0).abs() < 1e-13, "N = {cells}: {norm}");
                assert!(residual < 1e-14 * (10.0 + size), "N = {cells}, g = {g}: {residual:e}");
                assert!(residual < 1e-12 && sum == state);
                let imaginary = if delta == 0.0 { Vec::new() } else { vec![0.0; length] };
                let mut run = FullRun::new(generator, delta, engines.ellipse(), [state, imaginary], 1e-9);
                let before = run.populations().to_vec();
                run.advance_to(3.0).unwrap();
                let change = run.populations().iter().zip(&before).map(|(a, b)| (a - b).abs());
                let change = change.fold(0.0, f64::max);
                assert!(
                    change < 1e-12 && run.flow().abs() < 1e-12,
                    "N = {cells}, g = {g}: {change:e} {:e}",
                    run.flow()
                );
            }
        }
    }

    #[test]
    fn starts_are_products() {
        let rates = EngineRates { a: 0.4, b: 1.3, c: 1.1, d: 0.7 };
        for cells in [1, 2, 9, 25] {
            let run =
                FullEngines::new(cells, rates, 0.1, 0.0).unwrap().start(EngineStart::Steady, true, 1e-8);
            assert!((run.populations()[cells] - 1.0).abs() < 1e-13 && run.flow() == 0.0);
            let engines = run.engines().unwrap();
            assert!(engines.iter().zip(rates.steady()).all(|(a, b)| (a - b).abs() < 1e-13), "{engines:?}");
        }
    }

    #[test]
    fn bytes_count_vectors_and_series() {
        // Patterns of every (p, q), each with its numbers in pieces of four: 12 + 4 for one cell, 24 + 12 + 4 + 4 for two.
        for (cells, vector) in [(1, 16.0), (2, 44.0), (4, 272.0)] {
            let series = 20_000.0 * (cells as f64 + 5.0);
            assert_eq!(FullEngines::bytes(cells), 8.0 * (5.0 * vector + 2.0 * series));
        }
    }
}
