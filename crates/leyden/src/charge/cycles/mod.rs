//! The corridor for protocols: stages as maps of the joint state, cycle after cycle, and where cycles lead.
//!
//! Small systems (few numbers reached from the initial state) go by exact stage matrices, others by the general methods stage
//! by stage. The times are those of the protocol: t = 0, then `points` times of every stage, its end included; what happens at once
//! repeats the time. `power` is dE_B/dt under the generator of the stage, NaN behind a stage that takes no time.

mod run;

pub(super) use run::state_after;

use run::CycleRun;

use super::{
    ChargeError, Charging, GIB, LONGEST_GROWN_HOURS, LONGEST_HOURS, Plan, Request, Verification, differences,
    hours,
};
use crate::asymptote::{Asymptote, Detail, Limit, NOT_ASKED};
use crate::evolve::{Choice, Method, NotApplicable, Outcome, applications, choose, work_bytes};
use crate::merit::BatteryState;
use crate::model::{Levels, ModelError};
use crate::operator::Hermitian;
use crate::protocol::{
    Action, CycleLimit, DenseCycle, FixedPoint, ProtocolError, Setting, Slots, Stage, Stroke, dimension,
    first_levels, settled_dense, settled_iterated, settled_krylov, validate,
};
use crate::space::StateError;

const NAME: &str = "stages";
/// Hours that looking for a fixed point may take where cycles are integrated.
const LONGEST_FIXED_POINT_HOURS: f64 = 0.2;
/// The same where the stages run once, and nobody asked.
const LONGEST_FOR_ONE: f64 = 5.0 / 3600.0;
/// Cycles that looking for a fixed point takes at most where cycles are integrated.
const CYCLES_INTEGRATED: usize = 160;
/// What cycles that serve a fixed point are integrated to.
pub(super) const FIXED_POINT_TOLERANCE: f64 = 1e-12;
/// Numbers kept for every shown time.
const NUMBERS_PER_TIME: f64 = 16.0;

/// Stages of the slots of a system, repeated.
pub(super) struct ResolvedProtocol {
    pub(super) slots: Slots,
    pub(super) stages: Vec<Stage>,
    pub(super) repeat: usize,
    /// The key to lower where the memory does not suffice, if not one of charger and battery.
    pub(super) size: Option<&'static str>,
}

impl ResolvedProtocol {
    pub(super) fn plan(&self, request: &Request) -> Result<Plan, ChargeError> {
        self.check(request)?;
        let levels = first_levels(&self.slots.system, &self.stages);
        let prepared = ReadyCycle::new(self, levels, request, Mode::First)?;
        let dimension = prepared.rho0.dim();
        let work = prepared.choices.iter().flatten();
        let work = work.map(|choice| work_bytes(&choice.method, dimension)).fold(0.0, f64::max);
        let memory = work + 8.0 * NUMBERS_PER_TIME * self.shown();
        Ok(Plan { method: NAME, reason: prepared.reason(), dimension, memory, levels, seconds: None })
    }

    pub(super) fn charge(&self, request: &Request) -> Result<Charging, ChargeError> {
        self.check(request)?;
        let mut charging = self.run(None, request)?;
        if request.verify {
            let other = self.run(Some(charging.levels), request)?;
            charging.verification = Some(Verification {
                method: format!("{NAME} by other methods"),
                differences: differences(&charging, &other),
            });
        }
        Ok(charging)
    }

    fn check(&self, request: &Request) -> Result<(), ChargeError> {
        let base = &self.slots.system;
        if let "rabi-blocks" | "number-sectors" | "moments" = request.method.as_str() {
            let because = format!("`{}` knows no stages; leave the method \"auto\"", request.method);
            return Err(NotApplicable { method: NAME, because }.into());
        }
        let (frequencies, couplings) = (base.battery.frequencies.len(), base.coupling.strengths.len());
        if frequencies == 0 || frequencies != couplings {
            return Err(ModelError::PerCell { frequencies, couplings }.into());
        }
        validate(base, &self.stages, self.repeat)?;
        Ok(())
    }

    /// Levels of the joint space, if the memory suffices for them.
    pub(super) fn guard(&self, levels: Levels, request: &Request) -> Result<f64, ChargeError> {
        let dim = dimension(&self.slots, &self.stages, levels);
        self.slots.system.guard_states(dim, request).map_err(|error| match (error, self.size) {
            (ChargeError::TooLarge { levels, gib, limit_gib, .. }, Some(lower)) => {
                ChargeError::TooLarge { levels, gib, limit_gib, lower }
            }
            (error, _) => error,
        })?;
        Ok(dim)
    }

    /// How many times are shown.
    fn shown(&self) -> f64 {
        let points: f64 = self.stages.iter().map(|stage| stage.points as f64).sum();
        1.0 + self.repeat as f64 * points
    }

    /// The protocol, by methods other than the first ones where `verifying` levels are given.
    fn run(&self, verifying: Option<Levels>, request: &Request) -> Result<Charging, ChargeError> {
        let base = &self.slots.system;
        let allowed = (1e-3 * request.tolerance).max(1e-13);
        let mut levels = verifying.unwrap_or_else(|| first_levels(base, &self.stages));
        let mut grown = false;
        loop {
            let mode = match (verifying, grown) {
                (Some(_), _) => Mode::Verifying,
                (None, true) => Mode::Grown,
                (None, false) => Mode::First,
            };
            let prepared = match ReadyCycle::new(self, levels, request, mode) {
                Err(ChargeError::Model(ModelError::ChargerState(StateError::CutTooLow { .. })))
                    if base.grows_charger() =>
                {
                    levels.charger = levels.charger * 3 / 2;
                    continue;
                }
                Err(ChargeError::Model(ModelError::BatteryState(StateError::CutTooLow { .. })))
                    if base.grows_battery() =>
                {
                    levels.battery = levels.battery * 3 / 2;
                    continue;
                }
                other => other?,
            };
            let run = CycleRun {
                strokes: &prepared.strokes,
                dense: prepared.dense.as_ref(),
                choices: &prepared.choices,
                setting: &prepared.setting,
                observed: prepared.setting.observed(),
                repeat: self.repeat,
                tolerance: request.tolerance,
                allowed,
                grows: (base.grows_charger(), base.grows_battery()),
            };
            let (mut charging, tops) = run.run(&prepared.rho0, prepared.reason(), self.shown() as usize)?;
            if charging.outcome != Outcome::Stopped {
                if charging.outcome == Outcome::Converged {
                    prepared.settle(&run, &mut charging, request);
                }
                charging.charging_time = Err("a protocol has no charging time of its own".into());
                return Ok(charging);
            }
            grown = true;
            if tops.0 > allowed && base.grows_charger() {
                levels.charger = (levels.charger * 4).div_ceil(3) + 2;
            }
            if tops.1 > allowed && base.grows_battery() {
                levels.battery = (levels.battery * 4).div_ceil(3) + 2;
            }
        }
    }
}

/// Which run is prepared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    First,
    Grown,
    Verifying,
}

/// Everything that a run needs.
struct ReadyCycle<'a> {
    setting: Setting<'a>,
    strokes: Vec<Stroke>,
    rho0: Hermitian,
    dense: Option<DenseCycle>,
    /// Methods of the flows; `None` for what takes no time.
    choices: Vec<Option<Choice>>,
    /// Hours that a cycle takes when it is integrated.
    hours: f64,
}

impl<'a> ReadyCycle<'a> {
    fn new(
        course: &'a ResolvedProtocol,
        levels: Levels,
        request: &Request,
        mode: Mode,
    ) -> Result<Self, ChargeError> {
        let stages: &[Stage] = &course.stages;
        course.guard(levels, request)?;
        let shown = 8.0 * NUMBERS_PER_TIME * course.shown();
        if !(shown <= request.memory_limit) {
            return Err(ChargeError::TooManyTimes {
                times: course.shown(),
                gib: shown / GIB,
                limit_gib: request.memory_limit / GIB,
                lower: "cycle.repeat",
            });
        }
        let setting = Setting::new(&course.slots, stages, levels)?;
        let rho0 = setting.start()?;
        let strokes: Vec<Stroke> =
            stages.iter().map(|stage| Stroke::new(stage, &setting)).collect::<Result<_, _>>()?;
        let by_matrices = mode != Mode::Verifying && matches!(request.method.as_str(), "auto" | NAME);
        let dense = by_matrices.then(|| DenseCycle::new(&setting, &strokes, &rho0)).flatten();
        let (mut choices, mut needed) = (Vec::with_capacity(strokes.len()), 0.0);
        for stroke in &strokes {
            let Action::Flow(flow) = &stroke.action else {
                choices.push(None);
                continue;
            };
            let (generator, times) = (&flow.generator, stroke.times());
            let mut choice = match request.method.as_str() {
                "auto" | NAME => choose(generator, &times, request.tolerance),
                name => Choice::forced(name, generator, &times, request.tolerance)?,
            };
            if mode == Mode::Verifying {
                choice = choice.other(generator, &times, request.tolerance);
            }
            if let Method::Explicit(_) | Method::Taylor(_) = choice.method {
                needed += applications(generator, &times);
            }
            choices.push(Some(choice));
        }
        let hours = hours(needed, rho0.dim());
        let longest = if mode == Mode::Grown { LONGEST_GROWN_HOURS } else { LONGEST_HOURS };
        let cycles = course.repeat as f64;
        if dense.is_none() && !(hours * cycles < longest) {
            let (applications, levels) = (needed * cycles, rho0.dim());
            return Err(ProtocolError::TooLong { applications, levels, hours: hours * cycles }.into());
        }
        Ok(ReadyCycle { setting, strokes, rho0, dense, choices, hours })
    }

    fn reason(&self) -> String {
        let n = self.rho0.dim();
        if let Some(dense) = &self.dense {
            return format!(
                "a protocol: its stages are exact matrices of the {} numbers that the state reaches on {n} levels",
                dense.size()
            );
        }
        let mut names: Vec<&str> = Vec::new();
        for choice in self.choices.iter().flatten() {
            if !names.contains(&choice.method.name()) {
                names.push(choice.method.name());
            }
        }
        match names[..] {
            [] => format!("a protocol of stages that take no time on {n} levels"),
            _ => format!("a protocol: its stages run by {} on {n} levels", names.join(" and ")),
        }
    }

    /// Where cycles lead, into the result.
    fn settle(&self, run: &CycleRun<'_>, charging: &mut Charging, request: &Request) {
        let found = match request.detail >= Detail::Limit {
            true => self.settled(run, request),
            false => Err(NOT_ASKED.into()),
        };
        let found = found.and_then(|settled| match self.overflows(run, &settled.state) {
            true => {
                Err("the fixed point of the cut oscillator fills its highest levels: it is not the true one"
                    .into())
            }
            false => Ok(settled),
        });
        let Some(cycles) = &mut charging.cycles else { return };
        match found {
            Ok(CycleLimit { state, residual, convergence }) => {
                let sectors = run.observed.sectors(&state, self.setting.space.dim());
                let limit = Limit::of(&BatteryState::new(run.observed.space, &sectors));
                cycles.fixed_point =
                    Ok(FixedPoint { energy: limit.energy, ergotropy: limit.ergotropy.global });
                cycles.convergence = convergence;
                charging.asymptote = Asymptote {
                    limit: Some(limit),
                    certified: self.dense.as_ref().is_some_and(|dense| dense.matrix().is_some()),
                    residual: Some(residual),
                    why: Some("the limit is that of many cycles; a protocol has no other rates".into()),
                    ..Asymptote::default()
                };
            }
            Err(why) => {
                cycles.fixed_point = Err(why.clone());
                cycles.convergence = Err(why.clone());
                charging.asymptote = Asymptote { why: Some(why), ..Asymptote::default() };
            }
        }
    }

    fn settled(&self, run: &CycleRun<'_>, request: &Request) -> Result<CycleLimit, String> {
        let (observed, dim_b) = (&run.observed, self.setting.space.dim());
        if let Some(dense) = &self.dense {
            return match dense.matrix() {
                Some(matrix) => settled_dense(dense, &matrix, &self.rho0, observed, dim_b),
                None => {
                    let wholes = run.wholes();
                    settled_iterated(
                        |rho| run.cycle(rho, Some(&wholes), FIXED_POINT_TOLERANCE),
                        &self.rho0,
                        observed,
                        dim_b,
                        None,
                    )
                }
            };
        }
        let hours = 1.5 * self.hours * CYCLES_INTEGRATED as f64;
        if run.repeat == 1 && hours > LONGEST_FOR_ONE {
            return Err(format!(
                "not looked for: the stages run once, and it would take about {:.0} s; give `cycle.repeat` to have it",
                3600.0 * hours
            ));
        }
        if hours > LONGEST_FIXED_POINT_HOURS {
            return Err(format!("the fixed point would take about {hours:.1} hours"));
        }
        let cycle = |rho: &Hermitian| run.cycle(rho, None, FIXED_POINT_TOLERANCE);
        match self.strokes.iter().all(Stroke::is_linear) {
            true => {
                let state = 8.0 * (self.rho0.dim() as f64).powi(2);
                let fits = (0.5 * request.memory_limit / state).clamp(4.0, CYCLES_INTEGRATED as f64);
                settled_krylov(cycle, &self.rho0, observed, dim_b, fits as usize)
            }
            false => settled_iterated(cycle, &self.rho0, observed, dim_b, Some(CYCLES_INTEGRATED)),
        }
    }

    fn overflows(&self, run: &CycleRun<'_>, state: &Hermitian) -> bool {
        let tops = run.tops(state);
        let cut = run.cut();
        (cut.0 && tops.0 > run.allowed) || (cut.1 && tops.1 > run.allowed)
    }
}
