//! Kets of N three-level masers and the N cells that they charge, all levels of all engines apart: 3^N levels (x) the cells.
//!
//! In the frame of omega_0, delta = omega_B - omega_0, with the levels |0>, |1>, |2> of every engine and its baths a, b, c, d (`heat_engine`):
//!
//!   H = i (g/sqrt N) (A_+ S^- - A_- S^+) + delta n, cells on the ladder of their collective spin       (collective),
//!   H = i g sum_j (|1><0|_j sigma^-_j - h.c.) + delta n, cells in their product                        (individual),
//!   channels a D[|2><0|_j], b D[|0><2|_j], c D[|1><2|_j], d D[|2><1|_j].
//!
//! Engines start in level l with the probability n_l, each for itself. Where all act alike on the cells an exchange of engines changes nothing of these, so that the
//! engines of a ket are sorted by their levels, with the multinomial weight of all orders.
//! Source: @ito2020.

use num_complex::Complex64;

use super::{EngineBattery, EngineMode, EngineRates, EngineStart, HeatEngine, JointKets, ModelError};
use crate::lindblad::{Channel, Lindbladian};
use crate::operator::Operator;
use crate::space::BatterySpace;

const LEVELS: usize = 3;

impl EngineBattery {
    /// Joint levels of engines and cells, and kets at t = 0.
    pub(crate) fn drawn_dimensions(&self) -> (f64, f64) {
        let n = self.cells as f64;
        let engines = (LEVELS as f64).powf(n);
        match self.mode {
            EngineMode::Collective => (engines * (n + 1.0), 0.5 * (n + 1.0) * (n + 2.0)),
            EngineMode::Individual => (engines * 2.0_f64.powf(n), engines),
        }
    }

    /// The kets of cells with all levels of these engines.
    ///
    /// # Errors
    /// [`ModelError`] where a rate is no rate.
    pub(crate) fn joint_kets(&self, engine: &HeatEngine) -> Result<JointKets, ModelError> {
        let (cells, frequency) = (self.cells, self.cell_frequency());
        let space = match self.mode {
            EngineMode::Collective => BatterySpace::ladder(cells, 2, frequency),
            EngineMode::Individual => BatterySpace::product(2, &vec![frequency; cells]),
        };
        let others = LEVELS.pow(cells as u32);
        let (on_engines, on_cells) = (Operator::identity(others), Operator::identity(space.dim()));
        // |to><from| of one engine.
        let of = |j: usize, to: usize, from: usize| {
            let one = Operator::from_entries(LEVELS, [(to, from, Complex64::ONE)]);
            let identity = |count: usize| Operator::identity(LEVELS.pow(count as u32));
            identity(j).kron(&one).kron(&identity(cells - 1 - j))
        };
        let mut raised = Operator::zero(others * space.dim());
        for j in 0..cells {
            let lowering = match self.mode {
                EngineMode::Collective => space.lowering(&vec![self.coupling / (cells as f64).sqrt(); cells]),
                EngineMode::Individual => {
                    let own: Vec<f64> =
                        (0..cells).map(|k| if k == j { self.coupling } else { 0.0 }).collect();
                    space.lowering(&own)
                }
            };
            raised = &raised + &of(j, 1, 0).kron(&lowering);
        }
        let exchange = raised.scaled(Complex64::I).plus_adjoint();
        let h = &exchange + &on_engines.kron(&space.number().scaled(self.detuning().into()));
        let EngineRates { a, b, c, d } = engine.bath_rates();
        let jumps = [(a, 2, 0), (b, 0, 2), (c, 1, 2), (d, 2, 1)];
        let all = (0..cells).flat_map(|j| jumps.map(|(rate, to, from)| (rate, of(j, to, from))));
        let channels = all.map(|(rate, jump)| Channel { rate, jump: jump.kron(&on_cells) });
        let lindbladian = Lindbladian::new(h, channels.collect())?;
        let start = space.symmetric_level(if self.excited { cells } else { 0 });
        let mut kets = Vec::new();
        for (place, weight) in self.engines_at_start(engine) {
            let mut psi = vec![Complex64::ZERO; others * space.dim()];
            let root = weight.sqrt();
            start.iter().enumerate().for_each(|(b, x)| psi[place * space.dim() + b] = root * x);
            kets.push(psi);
        }
        Ok(JointKets { lindbladian, others, space, kets })
    }

    /// Levels of all engines at t = 0 with their probabilities.
    fn engines_at_start(&self, engine: &HeatEngine) -> Vec<(usize, f64)> {
        let populations = match self.start {
            EngineStart::Ground => [1.0, 0.0, 0.0],
            EngineStart::Steady => engine.open_populations(),
        };
        let mut found: Vec<(usize, f64)> = Vec::new();
        for place in 0..LEVELS.pow(self.cells as u32) {
            let levels: Vec<usize> = (0..self.cells).map(|j| place / LEVELS.pow(j as u32) % LEVELS).collect();
            let mut weight: f64 = levels.iter().map(|level| populations[*level]).product();
            if self.mode == EngineMode::Collective {
                if !levels.is_sorted() {
                    continue;
                }
                // N!/(k_0! k_1! k_2!)
                let mut held = [0.0; LEVELS];
                for (done, level) in (1..).zip(&levels) {
                    held[*level] += 1.0;
                    weight *= f64::from(done) / held[*level];
                }
            }
            if weight > 0.0 {
                found.push((place, weight));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BathRates, EngineModel, Engines, Signal};

    #[test]
    fn engines_start_with_probability_one() {
        let engine = HeatEngine {
            hot_frequency: 10.0,
            signal_frequency: 1.0,
            hot_temperature: 10.0,
            cold_temperature: 5.0,
            hot_rate: 1.0,
            cold_rate: 1.0,
            rates: BathRates::Bosonic,
            signal: Signal::Open,
        };
        let of = |mode, cells| EngineBattery {
            cells,
            frequency: 1.0,
            detuning: 0.0,
            engines: Engines::Maser(engine),
            coupling: 0.1,
            mode,
            model: EngineModel::Full,
            start: EngineStart::Steady,
            excited: false,
            fraction: 0.99,
            compare: false,
        };
        for (mode, cells, count) in [(EngineMode::Collective, 4, 15), (EngineMode::Individual, 3, 27)] {
            let model = of(mode, cells);
            let found = model.engines_at_start(&engine);
            assert_eq!((found.len(), model.drawn_dimensions().1), (count, count as f64));
            assert!((found.iter().map(|(_, weight)| weight).sum::<f64>() - 1.0).abs() < 1e-14);
        }
    }
}
