//! The corridor of cells charged by three-level masers.
//!
//! Individual, effective: dp/dt = Gamma_e [x (1-p) - p] has the closed form p = p_inf + (p_0 - p_inf) e^{-(1+x) Gamma_e t},
//! p_inf = x/(1+x). Collective, effective: N + 1 rate equations. Full: permutation-symmetric states of engines and ladder; individual
//! charging is N copies of one engine and one cell.
//!
//! In all of them p_n ~ x^n is the limit: with n_1 = x n_0 the product of stationary engines and geometric ladder commutes with
//! K and H, and the baths leave it alone, for every g, N and detuning. K. Ito and G. Watanabe, arXiv:2008.07089 (2020).

mod report;
mod results;
mod trace;
mod verify;

pub use results::{Compared, EngineCharging, EngineReport, Regime, Validity};

use report::not_applicable;
use trace::{EngineTask, EngineTrace, limit_of, repeated_limit};

use super::{ChargeError, Charging, GIB, LONGEST_HOURS, Plan, Request};
use crate::asymptote::{Asymptote, Detail, Limit, NOT_ASKED};
use crate::evolve::NotApplicable;
use crate::exact::{EngineLadder, EngineRun, FullEngines};
use crate::merit::{ChargingTime, EnergyCurve, MaximumPower, Mode, Spectral, charging_time};
use crate::model::{
    EngineBattery, EngineError, EngineMode, EngineModel, EngineRates, Engines, HeatEngine, Levels,
};

/// Cells up to which a comparison runs the full model.
const MOST_COMPARED: usize = 20;
/// Bytes for each level of an effective ladder: work vectors of its steps.
const LADDER_BYTES: f64 = 800.0;
/// Bytes for each time shown: columns of results.
const TIME_BYTES: f64 = 14.0 * 8.0;
/// Steps of an effective ladder until it is full.
const LADDER_STEPS: f64 = 200.0;
/// Seconds for each level of an effective ladder: until it is full, and for each time shown.
const LADDER_SECONDS: [f64; 2] = [3e-6, 4e-8];
/// Seconds for one action of the full generator: of few engines, and for each number of the state.
const FULL_SECONDS: [f64; 2] = [3e-7, 1.8e-9];
const COMPARED: [(EngineMode, EngineModel); 4] = [
    (EngineMode::Collective, EngineModel::Effective),
    (EngineMode::Individual, EngineModel::Effective),
    (EngineMode::Collective, EngineModel::Full),
    (EngineMode::Individual, EngineModel::Full),
];
impl EngineBattery {
    /// What would run, with its memory.
    ///
    /// # Errors
    /// [`ChargeError`] when numbers are impossible, the method does not apply or the memory would not suffice.
    pub fn plan(&self, request: &Request) -> Result<Plan, ChargeError> {
        self.validate()?;
        request.validate_times()?;
        let (method, reason) = self.route(request)?;
        let cells = self.cells_together();
        let (dimension, memory) = match self.model {
            EngineModel::Full => (FullEngines::dimension(cells), FullEngines::bytes(cells)),
            EngineModel::Effective => (cells as f64 + 1.0, LADDER_BYTES * (cells as f64 + 1.0)),
        };
        let runs = if self.compare { COMPARED.len() } else { 1 };
        let shown = TIME_BYTES * (request.times.len() * runs) as f64;
        let (of_states, memory) = (memory, memory + shown);
        if !(memory <= request.memory_limit) {
            return Err(ChargeError::TooLarge {
                levels: dimension,
                gib: memory / GIB,
                limit_gib: request.memory_limit / GIB,
                lower: if of_states > shown { "battery.cells" } else { "time.points" },
            });
        }
        let seconds = self.guard_time(request)?;
        let reason = if request.method == "auto" { reason } else { "asked for by name" }.into();
        let (levels, dimension) = (self.levels(), dimension as usize);
        Ok(Plan { method, reason, dimension, memory, levels, seconds: Some(seconds) })
    }

    /// Runs the corridor.
    ///
    /// ```
    /// use leyden::asymptote::Detail;
    /// use leyden::charge::Request;
    /// use leyden::model::{EngineBattery, EngineMode, EngineModel, EngineStart, Engines};
    ///
    /// // Ten cells in one effective bath, Gamma_e = 0.1 and beta_e omega_0 = -0.8.
    /// let battery = EngineBattery {
    ///     cells: 10,
    ///     frequency: 1.0,
    ///     engines: Engines::Effective { rate: 0.1, exponent: -0.8 },
    ///     coupling: 0.0,
    ///     mode: EngineMode::Collective,
    ///     model: EngineModel::Effective,
    ///     start: EngineStart::Steady,
    ///     excited: false,
    ///     fraction: 0.99,
    ///     compare: false,
    /// };
    /// let request = Request {
    ///     times: vec![0.0, 5.0],
    ///     method: "auto".into(),
    ///     tolerance: 1e-9,
    ///     verify: false,
    ///     detail: Detail::Spectrum,
    ///     memory_limit: 1e9,
    /// };
    /// let charging = battery.charge(&request)?;
    /// let found = charging.engine_charging.expect("engines charge");
    /// assert!((found.per_cell[1] - 0.88234572890).abs() < 1e-9);
    /// // Over N cells with one engine each.
    /// assert!((found.enhancement? - 2.866).abs() < 1e-3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ChargeError`] when the run cannot start or its steps fail.
    pub fn charge(&self, request: &Request) -> Result<Charging, ChargeError> {
        let Plan { method, mut reason, .. } = self.plan(request)?;
        let failed = |because: String| ChargeError::from(NotApplicable { method, because });
        let limit = self.limit()?;
        let trace = self.trace(limit.0, request, &self.fractions(request)).map_err(failed)?;
        let (asymptote, charging_time) = self.long_times(&trace, limit.0, request)?;
        let mut engine_charging = self.engine_charging(&trace, limit, request);
        let mut charging =
            Charging::without_states(method, String::new(), request, trace.series.clone(), self.levels());
        charging.outcome = trace.outcome(request.tolerance);
        charging.checks = trace.checks;
        charging.maximum_power = trace.peak_average.map(|(value, time)| MaximumPower { value, time });
        charging.asymptote = asymptote;
        charging.charging_time = charging_time;
        charging.engine = Some(self.engine_report());
        if self.compare {
            engine_charging.comparison = self.comparison(request);
        }
        charging.engine_charging = Some(engine_charging);
        if request.verify {
            match self.verification(&charging, request) {
                Ok(found) => charging.verification = Some(found),
                Err(why) => reason = format!("{reason}; not verified: {why}"),
            }
        }
        charging.reason = reason;
        Ok(charging)
    }

    /// Seconds that it will take; refuses what would not end.
    fn guard_time(&self, request: &Request) -> Result<f64, ChargeError> {
        let (cells, shown) = (self.cells_together(), request.times.len() as f64);
        let (applications, levels, seconds, lower) = match (self.model, self.mode, &self.engines) {
            (EngineModel::Full, _, Engines::Maser(engine)) => {
                let EngineRates { a, b, c, d } = engine.bath_rates();
                // Twice the slower decay of the populations of one engine.
                let slow = 2.0 * (a * d + a * c + b * d) / (a + b + c + d);
                // The full model reaches its limit to rounding, and the fraction, within about this; then it stops.
                // Each engine delivers about one quantum at no more than its largest current.
                let quantum = (self.ln_ratio().exp_m1() / engine.max_current()).abs() * 0.5;
                let relaxation = 1.0 / self.ladder()?.slowest_rate() + 1.0 / slow + quantum;
                let end = request.times.last().copied().unwrap_or(0.0);
                let least = if request.detail < Detail::Times { 0.0 } else { 5.0 * relaxation };
                let reach = end.clamp(least, 50.0 * relaxation);
                let coupling = self.coupling / (cells as f64).sqrt();
                let engines = FullEngines::new(cells, engine.bath_rates(), coupling, self.detuning())?;
                let (applications, numbers) = (engines.applications(reach), FullEngines::dimension(cells));
                let seconds = applications * (FULL_SECONDS[0] + FULL_SECONDS[1] * numbers);
                (applications, numbers, seconds, if reach > least { "time.end" } else { "battery.cells" })
            }
            (EngineModel::Effective, EngineMode::Collective, _) => {
                let levels = cells as f64 + 1.0;
                let [walk, time] = LADDER_SECONDS;
                let lower = if walk > time * shown { "battery.cells" } else { "time.points" };
                (LADDER_STEPS + shown, levels, levels * (walk + time * shown), lower)
            }
            _ => return Ok(0.0),
        };
        let hours = seconds / 3600.0;
        match hours < LONGEST_HOURS {
            true => Ok(seconds),
            false => Err(ChargeError::TooLong { applications, levels: levels as usize, hours, lower }),
        }
    }

    fn route(&self, request: &Request) -> Result<(&'static str, &'static str), ChargeError> {
        let found = match (self.model, self.mode, &self.engines) {
            (EngineModel::Full, _, Engines::Effective { .. }) => {
                let why = "the full model needs the levels and baths of its engines, and only their effective rate is given";
                return Err(NotApplicable { method: "permutation", because: why.into() }.into());
            }
            (EngineModel::Full, EngineMode::Collective, _) => {
                ("permutation", "equal engines on equal cells: permutation-symmetric states")
            }
            (EngineModel::Full, EngineMode::Individual, _) => {
                ("permutation", "equal pairs of engine and cell: one of them stands for all")
            }
            (EngineModel::Effective, EngineMode::Individual, _) => {
                ("closed-form", "cells in one bath each: their energy is one exponential")
            }
            (EngineModel::Effective, EngineMode::Collective, _) => {
                ("effective-ladder", "one bath on the collective spin: rate equations on the ladder")
            }
        };
        if request.method != "auto" && request.method != found.0 {
            return Err(not_applicable(request, &format!("this charging is the case of `{}`", found.0)));
        }
        Ok(found)
    }

    fn levels(&self) -> Levels {
        let charger = if self.model == EngineModel::Full { 3 } else { 1 };
        Levels { charger, battery: 1 }
    }

    /// Fractions of the way to the limit that are looked for: of the charging time and of the average power.
    fn fractions(&self, request: &Request) -> Vec<f64> {
        match request.detail < Detail::Times {
            true => Vec::new(),
            false => vec![1.0 - (-1.0_f64).exp(), self.fraction],
        }
    }

    fn ladder(&self) -> Result<EngineLadder, EngineError> {
        EngineLadder::new(self.cells_together(), self.gamma_e(), self.ln_ratio())
    }

    /// The limit and what is locked in it.
    fn limit(&self) -> Result<(Limit, f64), EngineError> {
        let cells = self.cells_together();
        let one = limit_of(self.ladder()?.limit(), cells, self.frequency);
        Ok(repeated_limit(one, self.cells / cells))
    }

    /// E_B(0).
    fn start_energy(&self) -> f64 {
        if self.excited { self.frequency * self.cells as f64 } else { 0.0 }
    }

    /// E_B(inf) - E_B(0) for a limit, `None` where it is rounding.
    fn distance(&self, limit: Limit) -> Option<f64> {
        let start = self.start_energy();
        let distance = limit.energy - start;
        (distance.abs() > 1e-14 * start.max(limit.energy)).then_some(distance)
    }

    fn trace(&self, limit: Limit, request: &Request, fractions: &[f64]) -> Result<EngineTrace, String> {
        let cells = self.cells_together();
        let start = if self.excited { cells as f64 } else { 0.0 };
        let ladder = self.ladder().map_err(|error| error.to_string())?;
        let x = self.ln_ratio().exp();
        let mut task = EngineTask {
            cells,
            frequency: self.frequency,
            start,
            limit: ladder.limit().mean,
            times: &request.times,
            fractions,
            rates: Some((self.gamma_e(), x)),
        };
        let moves = self.distance(limit).is_some();
        if !moves {
            task.fractions = &[];
        }
        let trace = match (self.model, self.mode, &self.engines) {
            (EngineModel::Full, _, Engines::Maser(engine)) => {
                task.rates = None;
                let mut run = self.full_run(engine, request.tolerance).map_err(|error| error.to_string())?;
                EngineTrace::follow(&mut run, &task)?
            }
            (_, EngineMode::Collective, _) => {
                EngineTrace::follow(&mut ladder.start(self.excited, request.tolerance), &task)?
            }
            _ => self.closed_form(&task),
        };
        let mut trace = trace.repeated(self.cells / cells);
        if !moves {
            trace.crossings = vec![Err("E_B(0) = E_B(inf): the threshold is zero".into()); fractions.len()];
        }
        Ok(trace)
    }

    fn full_run(&self, engine: &HeatEngine, tolerance: f64) -> Result<impl EngineRun + use<>, EngineError> {
        let cells = self.cells_together();
        let coupling = self.coupling / (cells as f64).sqrt();
        let engines = FullEngines::new(cells, engine.bath_rates(), coupling, self.detuning())?;
        Ok(engines.start(self.start, self.excited, tolerance))
    }

    /// One cell in its effective bath.
    fn closed_form(&self, task: &EngineTask<'_>) -> EngineTrace {
        let (rate, ln) = (self.gamma_e(), self.ln_ratio());
        let k = rate * (1.0 + ln.exp());
        // p_inf and 1 - p_inf, each without cancellation.
        let (up, down) = (1.0 / (1.0 + (-ln).exp()), 1.0 / (1.0 + ln.exp()));
        let mut trace = EngineTrace::empty(task.times.len());
        for &time in task.times {
            let (left, gone) = ((-k * time).exp(), -(-k * time).exp_m1());
            let (populations, flow) = match self.excited {
                false => ([down + up * left, up * gone], k * up * left),
                true => ([down * gone, up + down * left], -k * down * left),
            };
            trace.record(task, time, &populations, flow, 0.0);
        }
        trace.crossings = task.fractions.iter().map(|f| Ok(-(-f).ln_1p() / k)).collect();
        // The flow decays from t = 0 on, and so does the average power.
        trace.peak_power = (!self.excited).then_some((self.frequency * k * up, 0.0));
        trace.peak_average = trace.peak_power;
        // p (1 - p) is largest where p passes 1/2, if it does.
        let passed = if self.excited { down } else { up };
        trace.peak_fluctuation = (passed > 0.5).then(|| (0.5 * self.frequency, -(-0.5 / passed).ln_1p() / k));
        trace
    }

    /// E_B(t) of `cells` cells in one effective bath each.
    fn exponential(&self, cells: f64) -> EnergyCurve {
        let ln = self.ln_ratio();
        let rate = self.gamma_e() * (1.0 + ln.exp());
        let (up, down) = (1.0 / (1.0 + (-ln).exp()), 1.0 / (1.0 + ln.exp()));
        let unit = cells * self.frequency;
        let amplitude = if self.excited { unit * down } else { -unit * up };
        EnergyCurve {
            limit: unit * up,
            modes: vec![Mode::Exponential { amplitude: amplitude.into(), rate: (-rate).into() }],
            resolution: 0.0,
            ln_rate_floor: None,
        }
    }

    fn long_times(
        &self,
        trace: &EngineTrace,
        limit: Limit,
        request: &Request,
    ) -> Result<(Asymptote, Result<ChargingTime, String>), EngineError> {
        if request.detail < Detail::Limit {
            let asymptote = Asymptote { why: Some(NOT_ASKED.into()), ..Asymptote::default() };
            return Ok((asymptote, Err(NOT_ASKED.into())));
        }
        let mut asymptote = Asymptote {
            limit: Some(limit),
            unique: Some(true),
            conserved: Some(1),
            conserved_values: vec![1.0],
            certified: true,
            ..Asymptote::default()
        };
        let Some(first) = trace.crossings.first().cloned() else {
            asymptote.add_reason(format!("rates: {NOT_ASKED}"));
            return Ok((asymptote, Err(NOT_ASKED.into())));
        };
        let times = match (self.model, self.mode) {
            (EngineModel::Full, _) => match self.product_long_times(request.detail) {
                Ok((rate, times)) => {
                    asymptote.slowest_rate = rate;
                    times
                }
                Err(why) => {
                    asymptote.add_reason(format!("slowest_rate: {why}"));
                    let settling = format!("the energy may pass its limit and come back: {why}");
                    ChargingTime { settling: Err(settling), first, spectral: Err(why) }
                }
            },
            (_, EngineMode::Individual) => {
                let times = charging_time(&self.exponential(self.cells as f64));
                asymptote.slowest_rate = Some(self.gamma_e() * (1.0 + self.ln_ratio().exp()));
                times
            }
            // Up a ladder with jumps between neighbours from its end the distribution only ever moves on, so energy is monotone
            // and its first crossing is its last.
            (_, EngineMode::Collective) => {
                let rate = self.ladder()?.slowest_rate();
                asymptote.slowest_rate = Some(rate);
                let spectral = first.clone().map(|_| Spectral {
                    time: 1.0 / rate,
                    rate,
                    log10_rate: rate.log10(),
                    weight: f64::NAN,
                });
                ChargingTime { settling: first.clone(), first, spectral }
            }
        };
        asymptote.log10_slowest_rate = asymptote.slowest_rate.map(f64::log10);
        asymptote.add_reason("rates and plateaus: not looked for with engines".into());
        Ok((asymptote, Ok(times)))
    }

    /// The time to the fraction and the average power up to it.
    fn to_fraction(&self, trace: &EngineTrace, limit: Limit) -> (Result<f64, String>, Option<f64>) {
        let time = trace.crossings.last().cloned().unwrap_or_else(|| Err(NOT_ASKED.into()));
        let power = match (&time, self.distance(limit)) {
            (Ok(time), Some(distance)) => Some(self.fraction * distance / time),
            _ => None,
        };
        (time, power)
    }

    /// Average power over that of individual charging in the same model, each to the fraction of its own limit.
    fn enhancement(
        &self,
        time: &Result<f64, String>,
        power: Option<f64>,
        request: &Request,
    ) -> Result<f64, String> {
        let own = match (time, power) {
            (Err(why), _) => return Err(why.clone()),
            (_, None) => return Err("there is no average power".into()),
            (Ok(_), Some(own)) => own,
        };
        if self.mode == EngineMode::Individual || self.cells == 1 {
            return Ok(1.0);
        }
        let alone = EngineBattery { mode: EngineMode::Individual, ..self.clone() };
        let request = Request { times: Vec::new(), ..request.clone() };
        let (limit, _) = alone.limit().map_err(|error| error.to_string())?;
        let trace = alone.trace(limit, &request, &[self.fraction])?;
        let (time, power) = alone.to_fraction(&trace, limit);
        match power {
            Some(power) => Ok(own / power),
            None => Err(time.err().unwrap_or_else(|| "individual charging has no average power".into())),
        }
    }

    fn engine_charging(
        &self,
        trace: &EngineTrace,
        (limit, locked): (Limit, f64),
        request: &Request,
    ) -> EngineCharging {
        let whole = self.frequency * self.cells as f64;
        let (series, start) = (&trace.series, self.start_energy());
        let (time, average_power) = self.to_fraction(trace, limit);
        let heats = |quanta: &[f64]| match &self.engines {
            Engines::Maser(engine) => quanta.iter().map(|n| engine.hot_frequency * n).collect(),
            Engines::Effective { .. } => vec![f64::NAN; quanta.len()],
        };
        let heat_hot: Vec<f64> = heats(&trace.hot_quanta);
        let drawn = |heat: f64| if heat == 0.0 { f64::NAN } else { heat };
        let efficiency = series.energy.iter().zip(&heat_hot).map(|(e, heat)| (e - start) / drawn(*heat));
        let limit_efficiency = self.distance(limit).and_then(|distance| {
            let quanta = distance / self.frequency + self.stored_in_engines();
            heats(&[quanta]).first().map(|heat| distance / drawn(*heat)).filter(|x| x.is_finite())
        });
        EngineCharging {
            mode: self.mode,
            model: self.model,
            per_cell: series.energy.iter().map(|e| e / whole).collect(),
            relative_fluctuation: series.fluctuation.iter().map(|sigma| sigma / whole).collect(),
            efficiency: efficiency.collect(),
            heat_hot,
            fraction: self.fraction,
            enhancement: self.enhancement(&time, average_power, request),
            time,
            average_power,
            peak_power: trace.peak_power,
            peak_fluctuation: trace.peak_fluctuation,
            locked,
            limit_fluctuation: limit.fluctuation,
            limit_efficiency,
            comparison: Vec::new(),
        }
    }

    /// N [(n_1 + n_2)(inf) - (n_1 + n_2)(0)]: quanta that the engines themselves take on the way to their steady state.
    fn stored_in_engines(&self) -> f64 {
        match (&self.engines, self.model, self.start) {
            (Engines::Maser(engine), EngineModel::Full, crate::model::EngineStart::Ground) => {
                let [_, n1, n2] = engine.open_populations();
                self.cells as f64 * (n1 + n2)
            }
            _ => 0.0,
        }
    }

    /// The other modes and models, where they fit.
    fn comparison(&self, request: &Request) -> Vec<Compared> {
        let others = COMPARED.iter().filter(|other| **other != (self.mode, self.model));
        others.map(|&(mode, model)| self.compared(mode, model, request)).collect()
    }

    fn compared(&self, mode: EngineMode, model: EngineModel, request: &Request) -> Compared {
        let missing = |why: String| Compared {
            mode,
            model,
            energy: Vec::new(),
            fluctuation: Vec::new(),
            ergotropy: Vec::new(),
            time: None,
            power: None,
            enhancement: None,
            why: Some(why),
        };
        let other = EngineBattery { mode, model, compare: false, ..self.clone() };
        if model == EngineModel::Full && mode == EngineMode::Collective && self.cells > MOST_COMPARED {
            return missing(format!("the full model is compared up to {MOST_COMPARED} cells"));
        }
        let request =
            Request { method: "auto".into(), verify: false, detail: Detail::Times, ..request.clone() };
        let charging = match other.charge(&request) {
            Ok(charging) => charging,
            Err(error) => return missing(error.to_string()),
        };
        let Some(found) = charging.engine_charging else { return missing("no result".into()) };
        let why = found.time.as_ref().err().or(found.enhancement.as_ref().err()).cloned();
        Compared {
            mode,
            model,
            energy: charging.series.energy,
            fluctuation: charging.series.fluctuation,
            ergotropy: charging.series.global,
            time: found.time.ok(),
            power: found.average_power,
            enhancement: found.enhancement.ok(),
            why,
        }
    }
}
