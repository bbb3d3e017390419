//! Figures of merit collected one instant after the other, with the checks of the run.

use super::{Charging, Checks, Series};
use crate::asymptote::Asymptote;
use crate::evolve::Outcome;
use crate::merit::{BatteryState, PowerSamples, ergotropy_of};
use crate::model::Levels;
use crate::numerics::nan_max;
use crate::operator::Hermitian;
use crate::space::BatterySpace;

/// Collects the figures of merit of one instant after the other.
pub(super) struct Recorder<'a> {
    space: &'a BatterySpace,
    series: Series,
    collective: Vec<f64>,
    power: PowerSamples,
    checks: Checks,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(space: &'a BatterySpace, start: f64, times: usize) -> Self {
        let room = || Vec::with_capacity(times);
        let series = Series {
            energy: room(),
            global: room(),
            collective: None,
            local: room(),
            coherent: room(),
            incoherent: room(),
            passive: room(),
            purity: room(),
            fluctuation: room(),
            power: room(),
            average_power: room(),
        };
        let checks = Checks {
            trace: 0.0,
            hermiticity: 0.0,
            smallest_eigenvalue: 1.0,
            top_population: None,
            energy_balance: 0.0,
        };
        Recorder { space, series, collective: room(), power: PowerSamples::new(start), checks }
    }

    pub(super) fn record(&mut self, time: f64, sectors: &[Hermitian], power: f64) {
        let state = BatteryState::new(self.space, sectors);
        let (energy, ergotropy) = (state.energy(), ergotropy_of(&state));
        let series = &mut self.series;
        series.energy.push(energy);
        series.global.push(ergotropy.global);
        series.local.push(ergotropy.local);
        series.coherent.push(ergotropy.coherent);
        series.incoherent.push(ergotropy.incoherent);
        series.passive.push(energy - ergotropy.global);
        series.purity.push(state.purity());
        series.fluctuation.push(state.fluctuation());
        series.power.push(power);
        if let Some(collective) = ergotropy.collective {
            self.collective.push(collective);
        }
        series.average_power.push(self.power.push(time, energy, power));
        let checks = &mut self.checks;
        checks.trace = nan_max(checks.trace, (state.trace() - 1.0).abs());
        if !(ergotropy.smallest_eigenvalue >= checks.smallest_eigenvalue) {
            checks.smallest_eigenvalue = ergotropy.smallest_eigenvalue;
        }
    }

    /// The last energy and global ergotropy.
    pub(super) fn last(&self) -> (f64, f64) {
        let last = |x: &[f64]| x.last().copied().unwrap_or(f64::NAN);
        (last(&self.series.energy), last(&self.series.global))
    }

    pub(super) fn last_energy(&self) -> f64 {
        self.series.energy.last().copied().unwrap_or(f64::NAN)
    }

    pub(super) fn balance(&mut self, difference: f64) {
        self.checks.energy_balance = nan_max(self.checks.energy_balance, difference.abs());
    }

    pub(super) fn finish(
        mut self,
        method: &'static str,
        reason: String,
        outcome: Outcome,
        tolerance: f64,
        levels: Levels,
    ) -> Charging {
        let outcome = self.checks.outcome(&self.series, outcome, tolerance);
        if self.collective.len() == self.series.energy.len() {
            self.series.collective = Some(self.collective);
        }
        Charging {
            method,
            reason,
            outcome,
            times: Vec::new(),
            series: self.series,
            maximum_power: self.power.maximum(),
            asymptote: Asymptote::default(),
            charging_time: Err("not computed".into()),
            checks: self.checks,
            verification: None,
            levels,
            engine: None,
            engine_charging: None,
            cycles: None,
        }
    }
}
