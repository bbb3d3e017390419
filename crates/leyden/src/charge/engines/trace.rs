//! Figures of merit along a run of engines: a state that stays diagonal on the ladder n = 0..N of its cells.
//!
//! Eigenvalues of rho_B are p_0..p_N, each once, and zeros. The lowest level of H_B is single and the next N-fold, so
//! N + 1 eigenvalues fit there and the largest stays at the bottom:
//!
//!   passive energy = omega_B (1 - max p),   ergotropy = E_B - omega_B (1 - max p),   e = `<n>`/N,
//!
//! local ergotropy N omega_B max(0, 2e - 1), no coherence between energies. N equal pairs that know nothing of each other have N times
//! the energy, sqrt(N) times the fluctuation and N omega_B max(0, 2p - 1) of ergotropy.

use super::super::{Checks, Recorder};
use crate::Known;
use crate::exact::{EngineRun, find_milestones};
use crate::merit::{LadderScratch, occupied};
use crate::progress::Progress;

/// A run with everything that it shows. Energies in the unit of the frequencies.
pub(super) struct EngineTrace {
    pub(super) recorder: Recorder,
    /// Quanta from the hot baths since t = 0; NaN where engines are not known.
    pub(super) hot_quanta: Vec<f64>,
    /// Times at which fractions of the way to the limit are reached.
    pub(super) crossings: Vec<Known<f64>>,
    /// Largest dE_B/dt and its time, where cells are charged.
    pub(super) peak_power: Option<(f64, f64)>,
    /// Largest average power and its time, where cells are charged.
    pub(super) peak_average: Option<(f64, f64)>,
    /// Largest fluctuation and its time.
    pub(super) peak_fluctuation: Option<(f64, f64)>,
    memory: LadderScratch,
}

/// What is recorded, and of how many cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct EngineTask<'a> {
    pub(super) cells: usize,
    pub(super) frequency: f64,
    /// `<n>` at t = 0.
    pub(super) start: f64,
    /// `<n>` of the limit.
    pub(super) limit: f64,
    pub(super) times: &'a [f64],
    pub(super) fractions: &'a [f64],
    /// Gamma_e and x of a ladder, which then tell its flow a second time.
    pub(super) rates: Option<(f64, f64)>,
}

/// A run that tells which time it reaches.
struct Watched<'a> {
    run: &'a mut dyn EngineRun,
    progress: &'a Progress,
}

impl EngineRun for Watched<'_> {
    fn time(&self) -> f64 {
        self.run.time()
    }

    fn populations(&self) -> &[f64] {
        self.run.populations()
    }

    fn flow(&self) -> f64 {
        self.run.flow()
    }

    fn engines(&self) -> Option<[f64; 3]> {
        self.run.engines()
    }

    fn advance_to(&mut self, time: f64) -> Known<()> {
        self.run.advance_to(time)?;
        self.progress.reach(time);
        Ok(())
    }

    fn error(&self) -> f64 {
        self.run.error()
    }

    fn stride(&self) -> f64 {
        self.run.stride()
    }

    fn save(&mut self) {
        self.run.save();
    }

    fn restore(&mut self) {
        self.run.restore();
    }
}

impl EngineTrace {
    pub(super) fn empty(task: &EngineTask<'_>) -> Self {
        let times = task.times.len();
        let mut recorder = Recorder::of_states(task.frequency * task.start, times);
        if task.rates.is_none() {
            recorder.checks = Checks { energy_balance: f64::NAN, ..recorder.checks };
        }
        EngineTrace {
            recorder,
            hot_quanta: Vec::with_capacity(times),
            crossings: Vec::new(),
            peak_power: None,
            peak_average: None,
            peak_fluctuation: None,
            memory: LadderScratch::default(),
        }
    }

    /// One instant; `flow` and `stored`, the quanta that the engines have taken for themselves, in quanta.
    pub(super) fn record(&mut self, task: &EngineTask<'_>, time: f64, p: &[f64], flow: f64, stored: f64) {
        let w = task.frequency;
        let figures = self.memory.figures(p);
        self.recorder.check(figures.trace, figures.smallest);
        self.recorder.push(time, figures.merits(task.cells, w), w * flow);
        self.hot_quanta.push(figures.mean - task.start + stored);
        if let Some((rate, x)) = task.rates {
            self.recorder.balance(w * (flow - ladder_flow(p, rate, x)));
        }
    }

    /// Follows a run through the times and on to the fractions.
    pub(super) fn follow(run: &mut dyn EngineRun, task: &EngineTask<'_>, progress: &Progress) -> Known<Self> {
        let run = &mut Watched { run, progress };
        let mut trace = EngineTrace::empty(task);
        let cells = task.cells as f64;
        let excited = |n: Option<[f64; 3]>| n.map(|n| cells * (n[1] + n[2]));
        let at_start = excited(run.engines());
        let mut error = run.error();
        let milestones = find_milestones(
            run,
            task.times,
            task.limit,
            task.fractions,
            &mut |_, time, run: &dyn EngineRun| {
                // What is forgotten on the way to the limit was there before.
                error = error.max(run.error());
                let p = run.populations();
                // Every quantum from a hot bath raises an engine from its ground state; it leaves this pair of levels by
                // going over to the battery.
                let stored = match (excited(run.engines()), at_start) {
                    (Some(now), Some(then)) => now - then,
                    _ => 0.0,
                };
                trace.record(task, time, p, run.flow(), stored);
            },
        )?;
        let w = task.frequency;
        trace.recorder.checks.error = w * (error + 8.0 * f64::EPSILON * cells);
        // Full cells can only lose energy: what peaks then is no charging power.
        let of_energy = |(value, time): (f64, f64)| (task.start == 0.0).then_some((w * value, time));
        trace.crossings = milestones.crossings;
        trace.peak_power = of_energy(milestones.peak_flow);
        trace.peak_average = of_energy(milestones.peak_average);
        trace.peak_fluctuation = Some((w * milestones.peak_deviation.0, milestones.peak_deviation.1));
        Ok(trace)
    }

    /// N copies of a run of one cell that know nothing of each other.
    pub(super) fn repeated(mut self, count: usize) -> Self {
        let n = count as f64;
        self.recorder.series.repeat(count);
        self.hot_quanta.iter_mut().for_each(|x| *x *= n);
        self.recorder.checks.trace *= n;
        self.recorder.checks.energy_balance *= n;
        self.recorder.checks.error *= n;
        let times = |peak: Option<(f64, f64)>, factor: f64| peak.map(|(value, time)| (factor * value, time));
        self.peak_power = times(self.peak_power, n);
        self.peak_average = times(self.peak_average, n);
        self.peak_fluctuation = times(self.peak_fluctuation, n.sqrt());
        self
    }
}

/// `d<n>/dt` = Gamma_e sum_n p_n [x (n+1)(N-n) - n (N-n+1)].
fn ladder_flow(p: &[f64], rate: f64, x: f64) -> f64 {
    let top = (p.len() - 1) as f64;
    let (start, p) = occupied(p);
    let terms = p.iter().enumerate().map(|(k, p)| {
        let n = (start + k) as f64;
        p * (x * (n + 1.0) * (top - n) - n * (top - n + 1.0))
    });
    rate * terms.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merit::{BatteryState, LadderFigures, ergotropy_of};
    use crate::operator::{Hermitian, Operator};
    use crate::space::BatterySpace;
    use num_complex::Complex64;

    /// sum_n p_n |D_n><D_n| in the space of all 2^N levels.
    fn symmetric_state(cells: usize, p: &[f64]) -> Hermitian {
        let levels = 1_usize << cells;
        let ones = |i: usize| i.count_ones() as usize;
        let weight = |n: usize| (0..levels).filter(|&i| ones(i) == n).count() as f64;
        let entries = (0..levels).flat_map(|i| (0..levels).map(move |j| (i, j)));
        let entries = entries
            .filter(|&(i, j)| ones(i) == ones(j))
            .map(|(i, j)| (i, j, Complex64::from(p[ones(i)] / weight(ones(i)))));
        Hermitian::from_operator(&Operator::from_entries(levels, entries))
    }

    #[test]
    fn ergotropies_are_those_of_all_levels() {
        for p in [
            vec![0.5, 0.1, 0.4],
            vec![0.1, 0.7, 0.2],
            vec![0.2, 0.3, 0.5],
            vec![0.4, 0.05, 0.45, 0.1],
            vec![0.3, 0.1, 0.2, 0.4],
            vec![0.05, 0.5, 0.05, 0.4],
            vec![0.7, 0.2, 0.08, 0.02],
        ] {
            let cells = p.len() - 1;
            let space = BatterySpace::product(2, &vec![1.3; cells]);
            let rho = [symmetric_state(cells, &p)];
            let state = BatteryState::new(&space, &rho);
            let brute = ergotropy_of(&state);
            let task = EngineTask {
                cells,
                frequency: 1.3,
                start: 0.0,
                limit: 1.0,
                times: &[],
                fractions: &[],
                rates: None,
            };
            let mut trace = EngineTrace::empty(&task);
            trace.record(&task, 1.0, &p, 0.0, 0.0);
            let found = &trace.recorder.series.merits[0];
            assert!((found.energy - state.energy()).abs() < 1e-14);
            assert!((found.ergotropy.global - brute.global).abs() < 1e-13, "{p:?}");
            assert!((found.ergotropy.local - brute.local).abs() < 1e-13);
            assert!((found.ergotropy.incoherent - brute.incoherent).abs() < 1e-13);
            assert!((found.passive - (state.energy() - brute.global)).abs() < 1e-13);
            assert!((found.purity - state.purity()).abs() < 1e-14);
            assert!((found.fluctuation - state.fluctuation()).abs() < 1e-13);
        }
    }

    #[test]
    fn copies_are_a_product_state() {
        let (p, cells) = (0.7_f64, 3);
        let space = BatterySpace::product(2, &[1.3; 3]);
        let one = Hermitian::diagonal(&[1.0 - p, p]);
        let rho = [one.kron(&one).kron(&one)];
        let state = BatteryState::new(&space, &rho);
        let brute = ergotropy_of(&state);
        let limit = LadderFigures::of(&[1.0 - p, p]).merits(1, 1.3).repeated(cells);
        assert!((limit.energy - state.energy()).abs() < 1e-14);
        assert!((limit.ergotropy.global - brute.global).abs() < 1e-13);
        assert!((limit.ergotropy.local - brute.local).abs() < 1e-13);
        assert!((limit.passive - (state.energy() - brute.global)).abs() < 1e-13);
        assert!((limit.purity - state.purity()).abs() < 1e-14);
        assert!((limit.fluctuation - state.fluctuation()).abs() < 1e-13);
        assert!((limit.ergotropy.largest_eigenvalue - brute.largest_eigenvalue).abs() < 1e-14);
        assert!((limit.ergotropy.smallest_eigenvalue - brute.smallest_eigenvalue).abs() < 1e-14);
        assert!(limit.ergotropy.collective.is_err());
    }
}
