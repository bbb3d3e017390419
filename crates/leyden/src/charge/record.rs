//! Figures of merit collected one instant after the other, with the checks of the run.

use super::Charging;
use crate::asymptote::Asymptote;
use crate::evolve::Outcome;
use crate::merit::{BatteryState, PowerSamples, ergotropy_of};
use crate::model::Levels;
use crate::operator::{Hermitian, nan_max};
use crate::space::BatterySpace;

/// Figures of merit at every time, one entry per time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// E_B.
    pub energy: Vec<f64>,
    /// Global ergotropy.
    pub global: Vec<f64>,
    /// Collective ergotropy; `None` where it is not defined at some time.
    pub collective: Option<Vec<f64>>,
    /// Local ergotropy.
    pub local: Vec<f64>,
    /// Coherent part of the global ergotropy.
    pub coherent: Vec<f64>,
    /// Incoherent part.
    pub incoherent: Vec<f64>,
    /// E_B - global ergotropy.
    pub passive: Vec<f64>,
    /// Tr rho_B^2.
    pub purity: Vec<f64>,
    /// sqrt(<H_B^2> - <H_B>^2).
    pub fluctuation: Vec<f64>,
    /// dE_B/dt.
    pub power: Vec<f64>,
    /// (E_B(t) - E_B(0))/t; NaN at t = 0.
    pub average_power: Vec<f64>,
}

/// What the run says about itself. Nothing is corrected by it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checks {
    /// Largest |Tr rho - 1|.
    pub trace: f64,
    /// Largest |rho - rho^dag|: 0, because states are carried by a form that is Hermitian by construction.
    pub hermiticity: f64,
    /// Smallest eigenvalue of rho_B met.
    pub smallest_eigenvalue: f64,
    /// Largest population of the two highest levels of a cut oscillator; `None` where nothing is cut.
    pub top_population: Option<f64>,
    /// Largest difference between dE_B/dt of the state and the flow through coupling and channels (general methods), or
    /// between E_B of the state and of the mode sum (rabi-blocks).
    pub energy_balance: f64,
}

impl Checks {
    /// Whether what a run that converged says about itself is within bounds.
    pub(super) fn outcome(&self, series: &Series, outcome: Outcome, tolerance: f64) -> Outcome {
        let Checks { trace, smallest_eigenvalue, .. } = *self;
        let sound = trace <= 10.0 * tolerance && smallest_eigenvalue >= -10.0 * tolerance;
        let finite = series.energy.iter().chain(&series.global).all(|x| x.is_finite());
        match outcome {
            Outcome::Converged if !(sound && finite) => Outcome::Inaccurate { trace, smallest_eigenvalue },
            outcome => outcome,
        }
    }
}

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

pub(super) fn differences(one: &Charging, other: &Charging) -> Vec<(&'static str, f64)> {
    let (a, b) = (&one.series, &other.series);
    let largest = |x: &[f64], y: &[f64]| {
        if x.len() != y.len() {
            return f64::NAN;
        }
        // The average power exists on neither side at t = 0.
        let both = x.iter().zip(y).filter(|(x, y)| !(x.is_nan() && y.is_nan()));
        both.map(|(x, y)| (x - y).abs()).fold(0.0, nan_max)
    };
    let mut list = vec![
        ("energy", largest(&a.energy, &b.energy)),
        ("ergotropy.global", largest(&a.global, &b.global)),
        ("ergotropy.local", largest(&a.local, &b.local)),
        ("ergotropy.coherent", largest(&a.coherent, &b.coherent)),
        ("ergotropy.incoherent", largest(&a.incoherent, &b.incoherent)),
        ("passive", largest(&a.passive, &b.passive)),
        ("purity", largest(&a.purity, &b.purity)),
        ("fluctuation", largest(&a.fluctuation, &b.fluctuation)),
        ("power.instantaneous", largest(&a.power, &b.power)),
        ("power.average", largest(&a.average_power, &b.average_power)),
    ];
    if let (Some(x), Some(y)) = (&a.collective, &b.collective) {
        list.insert(2, ("ergotropy.collective", largest(x, y)));
    }
    // Long times and charging times, where both methods give them; times relative to their size.
    if let (Some(x), Some(y)) = (&one.asymptote.limit, &other.asymptote.limit) {
        list.push(("asymptote.energy", (x.energy - y.energy).abs()));
        list.push(("asymptote.ergotropy.global", (x.ergotropy.global - y.ergotropy.global).abs()));
    }
    if let (Ok(x), Ok(y)) = (&one.charging_time, &other.charging_time) {
        let relative = |x: f64, y: f64| (x - y).abs() / x.abs().max(y.abs());
        if let (Ok(x), Ok(y)) = (&x.settling, &y.settling) {
            list.push(("charging_time.settling", relative(*x, *y)));
        }
        if let (Ok(x), Ok(y)) = (&x.first, &y.first) {
            list.push(("charging_time.first", relative(*x, *y)));
        }
        if let (Ok(x), Ok(y)) = (&x.spectral, &y.spectral) {
            list.push(("charging_time.spectral", relative(x.time, y.time)));
        }
    }
    list
}
