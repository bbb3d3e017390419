//! The corridor of cells charged by three-level masers.
//!
//! Individual, effective: dp/dt = Gamma_e [x (1-p) - p] has the closed form p = p_inf + (p_0 - p_inf) e^{-(1+x) Gamma_e t},
//! p_inf = x/(1+x). Collective, effective: N + 1 rate equations. Full: permutation-symmetric states of engines and ladder; individual
//! charging is N copies of one engine and one cell.
//!
//! In all of them p_n ~ x^n is the limit: with n_1 = x n_0 the product of stationary engines and geometric ladder commutes with
//! K and H, and the baths leave it alone, for every g, N and detuning. Source: @ito2020.

mod report;
mod results;
mod trace;
mod verify;

pub use results::{Compared, EngineCharging, EngineReport, NotCompared, Regime, Validity};

use trace::{EngineTask, EngineTrace};

use super::trajectories::{self, Batches};
use super::{
    BYTES_PER_TIME, Charging, Contents, Error, LONGEST_HOURS, Lower, Plan, Request, System, Workspace,
    guard_memory,
};
use crate::asymptote::{Asymptote, Detail, SlowestRate};
use crate::evolve::{NotApplicable, Outcome};
use crate::exact::{EngineLadder, FullEngines};
use crate::merit::{ChargingTime, EnergyCurve, MaximumPower, Merits, Mode, Spectral, charging_time};
use crate::method::Method;
use crate::model::parts::Parts;
use crate::model::{
    EngineBattery, EngineError, EngineMode, EngineModel, EngineRates, Engines, HeatEngine, Levels,
};
use crate::progress::Doing;
use crate::why::{EngineTrouble, Still};
use crate::{Known, Why};

/// Cells up to which a comparison runs the full model.
const MOST_COMPARED: usize = 20;
/// Bytes for each level of an effective ladder: work vectors of its steps.
const LADDER_BYTES: f64 = 60.0;
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

impl System for EngineBattery {
    fn name(&self) -> &'static str {
        "cells charged by engines"
    }

    fn cells(&self) -> usize {
        self.cells
    }

    fn methods(&self) -> Vec<Method> {
        vec![Method::ClosedForm, Method::EffectiveLadder, Method::Permutation, Method::Trajectories]
    }

    fn contents(&self) -> Contents {
        Contents { engine: true, charging: true, ..Contents::BATTERY }
    }

    fn dimension_counts(&self) -> &'static str {
        "numbers in the state"
    }

    fn plan(&self, request: &Request) -> Result<Plan, Error> {
        self.validate()?;
        request.validate_times()?;
        if request.method == Some(Method::Trajectories) {
            return match self.drawn_engine() {
                Some(engine) => self.plan_with_levels(engine, request),
                None => trajectories::plan_as(self.drawn_parts(), WITH_LEVELS, request),
            };
        }
        let (method, reason) = self.route(request)?;
        let cells = self.cells_together();
        let (dimension, memory) = match self.model {
            EngineModel::Full => (FullEngines::dimension(cells), FullEngines::bytes(cells)),
            EngineModel::Effective => (cells as f64 + 1.0, LADDER_BYTES * (cells as f64 + 1.0)),
        };
        let runs = if self.compare { COMPARED.len() } else { 1 };
        let shown = BYTES_PER_TIME * (request.times.len() * runs) as f64;
        let lower = if memory > shown { Lower::Cells } else { Lower::Times };
        let memory = guard_memory(request, dimension, memory + shown, lower)?;
        let seconds = self.guard_time(request)?;
        let reason = request.reason(reason);
        let (levels, dimension) = (self.levels(), dimension as usize);
        Ok(Plan { method, reason, dimension, memory, levels, seconds: Some(seconds), candidates: Vec::new() })
    }

    fn draw(&self, request: &Request, batches: &mut Batches<'_>) -> Result<Charging, Error> {
        self.validate()?;
        let exact = |other: &Request| self.charge(other);
        let drawn = match self.drawn_engine() {
            Some(engine) => {
                trajectories::drawn(&self.ensemble_with_levels(engine, request)?, request, batches, &exact)?
            }
            None => trajectories::drawn_as(self.drawn_parts(), WITH_LEVELS, request, batches, &exact)?,
        };
        Ok(Charging { engine: Some(self.engine_report()), ..drawn })
    }

    fn charge_in(&self, request: &Request, _workspace: &Workspace) -> Result<Charging, Error> {
        if request.method == Some(Method::Trajectories) {
            return self.draw(request, &mut trajectories::in_turn(request));
        }
        let Plan { method, mut reason, .. } = self.plan(request)?;
        let limit = self.limit()?;
        let trace = self.trace(limit, request, &self.fractions(request))?;
        let trace = trace.map_err(|why| NotApplicable { method, because: why.to_string() })?;
        let (asymptote, charging_time) = self.long_times(&trace, limit, request)?;
        let mut engine_charging = self.engine_charging(&trace, limit, request)?;
        let outcome = trace.recorder.outcome(Outcome::Converged, request.tolerance);
        let peak = trace.peak_average.map(|(value, time)| MaximumPower { value, time });
        let mut charging =
            Charging::new(method, String::new(), outcome, self.levels(), self.cells, trace.recorder);
        charging.maximum_power = peak.ok_or(Still::Power.into());
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
}

/// What has no kets that are drawn.
const WITH_LEVELS: &str = "engines of which only their effective rate is given";

impl EngineBattery {
    /// The engine whose levels are drawn.
    fn drawn_engine(&self) -> Option<&HeatEngine> {
        match &self.engines {
            Engines::Maser(engine) if self.model == EngineModel::Full => Some(engine),
            _ => None,
        }
    }

    /// The engines as a bath of the cells, as parts.
    fn drawn_parts(&self) -> Option<Parts> {
        self.as_bath().ok().map(|bath| bath.as_parts())
    }

    /// Seconds that it will take; refuses what would not end.
    fn guard_time(&self, request: &Request) -> Result<f64, Error> {
        let (cells, shown) = (self.cells_together(), request.times.len() as f64);
        let (applications, levels, seconds, lower) = match (self.model, self.mode, &self.engines) {
            (EngineModel::Full, _, Engines::Maser(engine)) => {
                let (reach, needed) = self.reach(engine, request)?;
                let applications = self.full_engines(engine)?.applications(reach);
                let numbers = FullEngines::dimension(cells);
                let seconds = applications * (FULL_SECONDS[0] + FULL_SECONDS[1] * numbers);
                let lower = if reach > needed { Lower::LastTime } else { Lower::Cells };
                (applications, numbers, seconds, lower)
            }
            (EngineModel::Effective, EngineMode::Collective, _) => {
                let levels = cells as f64 + 1.0;
                let [walk, time] = LADDER_SECONDS;
                let lower = if walk > time * shown { Lower::Cells } else { Lower::Times };
                (LADDER_STEPS + shown, levels, levels * (walk + time * shown), lower)
            }
            _ => return Ok(0.0),
        };
        let hours = seconds / 3600.0;
        match hours < LONGEST_HOURS {
            true => Ok(seconds),
            false => Err(Error::TooLong { applications, levels: levels as usize, hours, lower }),
        }
    }

    /// The time to which the full model is computed, about, and what of it does not depend on the times asked for.
    fn reach(&self, engine: &HeatEngine, request: &Request) -> Result<(f64, f64), EngineError> {
        let EngineRates { a, b, c, d } = engine.bath_rates();
        // Twice the slower decay of the populations of one engine.
        let slow = 2.0 * (a * d + a * c + b * d) / (a + b + c + d);
        // The full model reaches its limit to rounding, and the fraction, within about this; then it stops.
        // Each engine delivers about one quantum at no more than its largest current.
        let quantum = (self.ln_ratio().exp_m1() / engine.max_current()).abs() * 0.5;
        let parts = [1.0 / self.ladder()?.slowest_rate(), 1.0 / slow, quantum];
        // At the stall point, and beside a bath without quanta, nothing is delivered: 0/0.
        let relaxation: f64 = parts.into_iter().filter(|x| x.is_finite()).sum();
        let least = if request.detail < Detail::Times { 0.0 } else { 5.0 * relaxation };
        Ok((request.end().clamp(least, 50.0 * relaxation), least))
    }

    fn route(&self, request: &Request) -> Result<(Method, &'static str), Error> {
        let found = match (self.model, self.mode, &self.engines) {
            (EngineModel::Full, _, Engines::Effective { .. }) => {
                let why = "the full model needs the levels and baths of its engines, and only their effective rate is given";
                return Err(NotApplicable { method: Method::Permutation, because: why.into() }.into());
            }
            (EngineModel::Full, EngineMode::Collective, _) => (
                Method::Permutation,
                "solved with all levels: states of equal engines and equal cells are symmetric under permutations",
            ),
            (EngineModel::Full, EngineMode::Individual, _) => {
                (Method::Permutation, "solved with all levels: one pair of engine and cell stands for all")
            }
            (EngineModel::Effective, EngineMode::Individual, _) => (
                Method::ClosedForm,
                "solved exactly: every cell has a bath of its own, and its energy is one exponential",
            ),
            (EngineModel::Effective, EngineMode::Collective, _) => (
                Method::EffectiveLadder,
                "solved exactly: one bath on the collective spin, a ladder of rate equations",
            ),
        };
        match request.method {
            Some(method) if method != found.0 => {
                let because = format!("this charging is the case of `{}`", found.0);
                Err(NotApplicable { method, because }.into())
            }
            _ => Ok(found),
        }
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

    /// Figures of merit of the limit.
    fn limit(&self) -> Result<Merits, EngineError> {
        let cells = self.cells_together();
        Ok(self.ladder()?.limit().merits(cells, self.cell_frequency()).repeated(self.cells / cells))
    }

    /// E_B(0).
    fn start_energy(&self) -> f64 {
        if self.excited { self.cell_frequency() * self.cells as f64 } else { 0.0 }
    }

    /// E_B(inf) - E_B(0) for a limit, `None` where it is rounding.
    fn distance(&self, limit: Merits) -> Option<f64> {
        let start = self.start_energy();
        let distance = limit.energy - start;
        (distance.abs() > 1e-14 * start.max(limit.energy)).then_some(distance)
    }

    /// The run; the inner error is that of its steps.
    fn trace(
        &self,
        limit: Merits,
        request: &Request,
        fractions: &[f64],
    ) -> Result<Known<EngineTrace>, EngineError> {
        let cells = self.cells_together();
        let start = if self.excited { cells as f64 } else { 0.0 };
        let ladder = self.ladder()?;
        let x = self.ln_ratio().exp();
        let mut task = EngineTask {
            cells,
            frequency: self.cell_frequency(),
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
                request.progress.begin(Doing::Charging, self.reach(engine, request)?.0);
                let engines = self.full_engines(engine)?;
                let run = &mut engines.start(self.start, self.excited, request.tolerance);
                EngineTrace::follow(run, &task, &request.progress)
            }
            (_, EngineMode::Collective, _) => {
                request.progress.begin(Doing::Charging, request.end());
                EngineTrace::follow(
                    &mut ladder.start(self.excited, request.tolerance),
                    &task,
                    &request.progress,
                )
            }
            _ => Ok(self.closed_form(&task)),
        };
        Ok(trace.map(|trace| {
            let mut trace = trace.repeated(self.cells / cells);
            if !moves {
                trace.crossings = vec![Err(Still::Threshold.into()); fractions.len()];
            }
            trace
        }))
    }

    fn full_engines(&self, engine: &HeatEngine) -> Result<FullEngines, EngineError> {
        let cells = self.cells_together();
        let coupling = self.coupling / (cells as f64).sqrt();
        FullEngines::new(cells, engine.bath_rates(), coupling, self.detuning())
    }

    /// Of one cell in its effective bath: Gamma_e (1 + x), p_inf and 1 - p_inf, each without cancellation.
    fn single_cell(&self) -> [f64; 3] {
        let ln = self.ln_ratio();
        [self.gamma_e() * (1.0 + ln.exp()), 1.0 / (1.0 + (-ln).exp()), 1.0 / (1.0 + ln.exp())]
    }

    /// One cell in its effective bath.
    fn closed_form(&self, task: &EngineTask<'_>) -> EngineTrace {
        let [k, up, down] = self.single_cell();
        let mut trace = EngineTrace::empty(task);
        for &time in task.times {
            let (left, gone) = ((-k * time).exp(), -(-k * time).exp_m1());
            let (populations, flow) = match self.excited {
                false => ([down + up * left, up * gone], k * up * left),
                true => ([down * gone, up + down * left], -k * down * left),
            };
            trace.record(task, time, &populations, flow, 0.0);
        }
        trace.recorder.rounded(0.0);
        trace.crossings = task.fractions.iter().map(|f| Ok(-(-f).ln_1p() / k)).collect();
        // The flow decays from t = 0 on, and so does the average power.
        trace.peak_power = (!self.excited).then_some((self.cell_frequency() * k * up, 0.0));
        trace.peak_average = trace.peak_power;
        // p (1 - p) is largest where p passes 1/2, if it does.
        let passed = if self.excited { down } else { up };
        trace.peak_fluctuation =
            (passed > 0.5).then(|| (0.5 * self.cell_frequency(), -(-0.5 / passed).ln_1p() / k));
        trace
    }

    /// E_B(t) of all cells in one effective bath each.
    fn exponential(&self) -> EnergyCurve {
        let [rate, up, down] = self.single_cell();
        let unit = self.cells as f64 * self.cell_frequency();
        let amplitude = if self.excited { unit * down } else { -unit * up };
        let modes = vec![Mode::Exponential { amplitude: amplitude.into(), rate: (-rate).into() }];
        EnergyCurve { modes, ..EnergyCurve::standing(unit * up) }
    }

    fn long_times(
        &self,
        trace: &EngineTrace,
        limit: Merits,
        request: &Request,
    ) -> Result<(Asymptote, Known<ChargingTime>), EngineError> {
        if request.detail < Detail::Limit {
            return Ok((Asymptote::unknown(Why::NotAsked), Err(Why::NotAsked)));
        }
        let mut asymptote = Asymptote {
            unique: Some(true),
            conserved: Ok(1),
            conserved_values: vec![1.0],
            ..Asymptote::certified(limit, EngineTrouble::NotLookedFor)
        };
        let Some(first) = trace.crossings.first().copied() else {
            asymptote.slowest_rate = Err(Why::NotAsked);
            return Ok((asymptote, Err(Why::NotAsked)));
        };
        let (rate, times) = match (self.model, self.mode) {
            (EngineModel::Full, _) => match self.product_long_times(request.detail) {
                Ok(known) => known,
                Err(why) => {
                    let settling = Err(match why {
                        Why::TooLarge(modes) => EngineTrouble::MayReturn(modes).into(),
                        why => why,
                    });
                    (Err(why), ChargingTime { settling, first, spectral: Err(why) })
                }
            },
            (_, EngineMode::Individual) => {
                let [rate, ..] = self.single_cell();
                (Ok(rate), charging_time(&self.exponential()))
            }
            // Up a ladder with jumps between neighbours from its end the distribution only ever moves on, so energy is monotone
            // and its first crossing is its last.
            (_, EngineMode::Collective) => {
                let rate = self.ladder()?.slowest_rate();
                let spectral =
                    Spectral { time: 1.0 / rate, rate, log10_rate: rate.log10(), weight: f64::NAN };
                (Ok(rate), ChargingTime { settling: first, first, spectral: first.map(|_| spectral) })
            }
        };
        asymptote.slowest_rate = rate.map(SlowestRate::of);
        Ok((asymptote, Ok(times)))
    }

    /// The time to the fraction and the average power up to it.
    fn to_fraction(&self, trace: &EngineTrace, limit: Merits) -> (Known<f64>, Known<f64>) {
        let time = trace.crossings.last().copied().unwrap_or(Err(Why::NotAsked));
        let distance = self.distance(limit).ok_or(Why::Still(Still::Power));
        (time, time.and_then(|time| Ok(self.fraction * distance? / time)))
    }

    /// Average power over that of individual charging in the same model, each to the fraction of its own limit.
    fn enhancement(&self, power: Known<f64>, request: &Request) -> Result<Known<f64>, EngineError> {
        let Ok(own) = power else { return Ok(power) };
        if self.mode == EngineMode::Individual || self.cells == 1 {
            return Ok(Ok(1.0));
        }
        let alone = EngineBattery { mode: EngineMode::Individual, ..self.clone() };
        let request = Request { times: Vec::new(), ..request.clone() };
        let limit = alone.limit()?;
        let trace = match alone.trace(limit, &request, &[self.fraction])? {
            Ok(trace) => trace,
            Err(why) => return Ok(Err(why)),
        };
        let (time, power) = alone.to_fraction(&trace, limit);
        Ok(time.and(power.map_err(|_| Still::IndividualPower.into())).map(|power| own / power))
    }

    fn engine_charging(
        &self,
        trace: &EngineTrace,
        limit: Merits,
        request: &Request,
    ) -> Result<EngineCharging, EngineError> {
        let whole = self.cell_frequency() * self.cells as f64;
        let (merits, start) = (&trace.recorder.series.merits, self.start_energy());
        let (time, average_power) = self.to_fraction(trace, limit);
        let heats = |quanta: &[f64]| match &self.engines {
            Engines::Maser(engine) => quanta.iter().map(|n| engine.hot_frequency * n).collect(),
            Engines::Effective { .. } => vec![f64::NAN; quanta.len()],
        };
        let heat_hot: Vec<f64> = heats(&trace.hot_quanta);
        let drawn = |heat: f64| if heat == 0.0 { f64::NAN } else { heat };
        let efficiency = merits.iter().zip(&heat_hot).map(|(m, heat)| (m.energy - start) / drawn(*heat));
        let efficiency = efficiency.collect();
        let limit_efficiency = match (&self.engines, self.distance(limit)) {
            (Engines::Effective { .. }, _) => Err(EngineTrouble::NoHeat.into()),
            (_, None) => Err(Still::Heat.into()),
            (_, Some(distance)) => {
                let quanta = distance / self.cell_frequency() + self.stored_in_engines();
                let heat = heats(&[quanta])[0];
                Some(distance / drawn(heat)).filter(|x| x.is_finite()).ok_or(Still::Heat.into())
            }
        };
        Ok(EngineCharging {
            mode: self.mode,
            model: self.model,
            per_cell: merits.iter().map(|m| m.energy / whole).collect(),
            relative_fluctuation: merits.iter().map(|m| m.fluctuation / whole).collect(),
            efficiency,
            heat_hot,
            fraction: self.fraction,
            enhancement: self.enhancement(average_power, request)?,
            time,
            average_power,
            peak_power: trace.peak_power.ok_or(Still::Power.into()),
            peak_fluctuation: trace.peak_fluctuation.ok_or(Still::Battery.into()),
            locked: limit.passive,
            limit_fluctuation: limit.fluctuation,
            limit_efficiency,
            comparison: Vec::new(),
        })
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
        let others = COMPARED.into_iter().filter(|other| *other != (self.mode, self.model));
        others
            .map(|(mode, model)| Compared { mode, model, run: self.compared(mode, model, request) })
            .collect()
    }

    fn compared(
        &self,
        mode: EngineMode,
        model: EngineModel,
        request: &Request,
    ) -> Result<Box<Charging>, NotCompared> {
        if model == EngineModel::Full && mode == EngineMode::Collective && self.cells > MOST_COMPARED {
            return Err(NotCompared::Cells { most: MOST_COMPARED });
        }
        let other = EngineBattery { mode, model, compare: false, ..self.clone() };
        let request = Request { method: None, verify: false, detail: Detail::Times, ..request.clone() };
        Ok(Box::new(other.charge(&request)?))
    }
}
