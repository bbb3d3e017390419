//! The corridor for a star of many cells: Rabi blocks, but only those that carry weight, and no N x N matrix.

use super::super::Series;
use super::{ChargeError, Charging, Plan, Request};
use crate::asymptote::LongTimes;
use crate::evolve::{NotApplicable, Outcome};
use crate::exact::LargeStar;
use crate::merit::{EnergyCurve, PowerSamples, charging_time, maximum_average};
use crate::model::{Cell, ChargerBattery, Levels};
use crate::space::InitialState;

/// Cells above which the carried blocks are taken: below, all blocks cost little and tell more.
const DENSE_CELLS: usize = 300;
const LEVELS: Levels = Levels { charger: 2, battery: 1 };
const REASON: &str = "qubit charger with dephasing only on equal cells resonant with the drive: exact 2 x 2 blocks, those that carry weight";
/// Bytes for each cell at the drives that carry most blocks, F near gN/4.
const BYTES_PER_CELL: f64 = 6e3;

impl ChargerBattery {
    /// Whether the blocks that start from empty cells suffice; Rabi blocks apply.
    pub(super) fn is_large_star(&self) -> bool {
        let ground =
            self.initial.charger == InitialState::Ground && self.initial.battery == InitialState::Ground;
        self.battery.cell == Cell::Qubit
            && self.cells() > DENSE_CELLS
            && self.equal_cells()
            && ground
            && self.charger_detuning() == 0.0
    }

    pub(super) fn plan_star(&self, request: &Request) -> Result<Plan, ChargeError> {
        let cells = self.cells();
        let memory = self.guard(2.0 * (cells as f64 + 1.0), BYTES_PER_CELL * cells as f64, request)?;
        let reason = if request.method == "auto" { REASON } else { "asked for by name" };
        let dimension = 2 * (cells + 1);
        Ok(Plan {
            method: "rabi-blocks",
            reason: reason.into(),
            dimension,
            memory,
            levels: LEVELS,
            seconds: None,
        })
    }

    pub(super) fn charge_star(&self, request: &Request) -> Result<Charging, ChargeError> {
        let Plan { reason, .. } = self.plan_star(request)?;
        let failed = |because: String| NotApplicable { method: "rabi-blocks", because };
        let amplitude = self.drive.map_or(0.0, |drive| drive.amplitude);
        let (gamma, omega) = (self.charger.noise.dephasing, self.battery.frequencies[0]);
        let star = LargeStar::new(self.cells(), amplitude, self.coupling.strengths[0], gamma, omega)
            .ok_or_else(|| failed("its blocks could not be found".into()))?;
        let curve = star.curve().map_err(failed)?;
        let mut series = Series::default();
        let mut samples = PowerSamples::new(star.energy_at_start());
        let mut collective = Vec::new();
        for (figures, &time) in star.figures(&request.times).map_err(failed)?.iter().zip(&request.times) {
            series.energy.push(figures.energy);
            series.power.push(figures.power);
            series.average_power.push(samples.push(time, figures.energy, figures.power));
            series.global.push(figures.global);
            collective.extend(figures.collective);
            series.local.push(figures.local);
            let incoherent = figures.incoherent.unwrap_or(f64::NAN);
            series.incoherent.push(incoherent);
            series.coherent.push(figures.global - incoherent);
            series.passive.push(figures.energy - figures.global);
            series.purity.push(figures.purity);
            series.fluctuation.push(figures.fluctuation);
        }
        series.collective = (collective.len() == request.times.len()).then_some(collective);
        let end = request.times.last().copied().unwrap_or(0.0);
        let maximum = maximum_average(&curve, end);
        let LongTimes { asymptote, times, .. } = long_times(&star, curve);
        let mut charging = Charging::without_states("rabi-blocks", reason, request, series, LEVELS);
        charging.maximum_power = maximum;
        charging.checks.trace = star.ladder().map_or(0.0, |ladder| ladder.missing);
        if !charging.series.energy.iter().chain(&charging.series.global).all(|x| x.is_finite()) {
            let trace = charging.checks.trace;
            charging.outcome = Outcome::Inaccurate { trace, smallest_eigenvalue: f64::NAN };
        }
        charging.asymptote = asymptote;
        charging.charging_time = times;
        Ok(charging)
    }
}

fn long_times(star: &LargeStar, curve: EnergyCurve) -> LongTimes {
    let limit = match star.limit() {
        Ok(limit) => limit,
        Err(why) => return LongTimes::unknown(why),
    };
    let times = Ok(charging_time(&curve));
    let mut asymptote = crate::asymptote::Asymptote {
        limit: Some(limit),
        unique: Some(false),
        conserved: star.conserved(),
        conserved_values: star.ladder().map_or(Vec::new(), |ladder| ladder.weights().take(64).collect()),
        certified: true,
        ..Default::default()
    };
    asymptote.fill_rates(&times);
    asymptote.add_reason(format!("plateaus and rates: looked for up to {DENSE_CELLS} cells"));
    LongTimes { asymptote, times, curve: Some(curve) }
}
