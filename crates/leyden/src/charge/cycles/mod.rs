//! The corridor for protocols: stages as maps of the joint state, cycle after cycle, and where cycles lead.
//!
//! Small systems (few numbers reached from the initial state) go by exact stage matrices, others by the general methods stage
//! by stage. The times are those of the protocol: t = 0, then `points` times of every stage, its end included; what happens at once
//! repeats the time. `power` is dE_B/dt under the generator of the stage, NaN behind a stage that takes no time.

mod ledger;
mod run;
mod skipped;

pub(super) use run::state_after;

use std::cell::RefCell;

use super::cutoff::Cutoffs;
use super::{
    Charging, Error, LONGEST_GROWN_HOURS, LONGEST_HOURS, Lower, Plan, Request, Verification, bytes_per_time,
    guard_shown,
};
use crate::asymptote::{Asymptote, Detail};
use crate::evolve::{Choice, NotApplicable, Outcome};
use crate::merit::BatteryState;
use crate::method::Method;
use crate::model::Levels;
use crate::operator::Hermitian;
use crate::progress::Doing;
use crate::protocol::{
    Collisions, CycleLimit, DenseCycle, FixedPoint, Flow, Part, Powers, ProtocolError, Setting, Slots, Stage,
    Stroke, dimension, first_levels, settled_by_powers, settled_dense, settled_iterated, settled_krylov,
    settled_selected, validate,
};
use crate::why::{Elsewhere, TooLarge};
use crate::{Known, Why};

/// Hours that looking for a fixed point may take where cycles are integrated.
const LONGEST_FIXED_POINT_HOURS: f64 = 0.2;
/// The same where the stages run once, and nobody asked.
const LONGEST_FOR_ONE: f64 = 5.0 / 3600.0;
/// Cycles that looking for a fixed point takes at most where cycles are integrated.
const CYCLES_INTEGRATED: usize = 160;
/// The same where they are products with matrices.
const CYCLES_MULTIPLIED: usize = 2000;

/// Stages of the slots of a system, repeated.
pub(super) struct ResolvedProtocol {
    pub(super) slots: Slots,
    pub(super) stages: Vec<Stage>,
    pub(super) repeat: usize,
    /// How many cycles are shown; all where `None`.
    pub(super) shown: Option<usize>,
    /// The key to lower where the memory does not suffice, if not one of charger and battery.
    pub(super) size: Option<Lower>,
}

impl ResolvedProtocol {
    pub(super) fn plan(&self, request: &Request) -> Result<Plan, Error> {
        self.check(request)?;
        let base = &self.slots.system;
        let mut cutoffs = Cutoffs::new(base, first_levels(base, &self.stages), request.tolerance);
        let ready = cutoffs.fitting(|levels| ReadyCycle::new(self, levels, request, Mode::First))?;
        let levels = cutoffs.levels;
        let dimension = ready.rho0.dim();
        let work = ready.choices.iter().flatten();
        let work = work.map(|choice| choice.cost.bytes).fold(0.0, f64::max);
        let memory = work + bytes_per_time(request) * self.shown();
        Ok(Plan {
            method: Method::Stages,
            reason: ready.reason(),
            dimension,
            memory,
            levels,
            seconds: None,
            candidates: Vec::new(),
        })
    }

    pub(super) fn charge(&self, request: &Request) -> Result<Charging, Error> {
        self.check(request)?;
        let mut charging = self.run(None, request)?;
        if request.verify {
            request.progress.begin(Doing::Verifying, f64::NAN);
            let request = &Request { progress: request.progress.of_part(), ..request.clone() };
            let other = self.run(Some(charging.levels), request)?;
            let method = format!("{} by other methods", Method::Stages);
            charging.verification = Some(Verification { method, ..Verification::of(&charging, &other) });
        }
        Ok(charging)
    }

    pub(super) fn check(&self, request: &Request) -> Result<(), Error> {
        let base = &self.slots.system;
        if let Some(
            method @ (Method::RabiBlocks | Method::Gaussian | Method::NumberSectors | Method::Moments),
        ) = request.method
        {
            let because = format!("`{method}` knows no stages; leave the method \"auto\"");
            return Err(NotApplicable { method: Method::Stages, because }.into());
        }
        base.require_cells()?;
        validate(base, &self.stages, self.repeat)?;
        require_shown(self.repeat, self.shown)?;
        Ok(())
    }

    /// Levels of the joint space, if the memory suffices for them.
    pub(super) fn guard(&self, levels: Levels, request: &Request) -> Result<f64, Error> {
        let dim = dimension(&self.slots, &self.stages, levels);
        self.slots.system.guard_states(dim, request).map_err(|error| match (error, self.size) {
            (Error::TooLarge { levels, gib, limit_gib, .. }, Some(lower)) => {
                Error::TooLarge { levels, gib, limit_gib, lower }
            }
            (error, _) => error,
        })?;
        Ok(dim)
    }

    /// How many times are shown.
    pub(super) fn shown(&self) -> f64 {
        let points: f64 = self.stages.iter().map(|stage| stage.points as f64).sum();
        1.0 + self.shown.unwrap_or(self.repeat) as f64 * points
    }

    /// Whether cycles are left out.
    pub(super) fn skips(&self) -> bool {
        self.shown.is_some_and(|shown| shown < self.repeat)
    }

    /// Number of cells whose energy is counted.
    pub(super) fn cells(&self) -> usize {
        match self.slots.observed {
            Part::Charger => 1,
            Part::Battery => self.slots.system.cells(),
        }
    }

    /// The protocol, by methods other than the first ones where `verifying` levels are given.
    fn run(&self, verifying: Option<Levels>, request: &Request) -> Result<Charging, Error> {
        let base = &self.slots.system;
        let first = verifying.unwrap_or_else(|| first_levels(base, &self.stages));
        let mut cutoffs = Cutoffs::new(base, first, request.tolerance);
        loop {
            let mode = match (verifying, cutoffs.grown) {
                (Some(_), _) => Mode::Verifying,
                (None, true) => Mode::Grown,
                (None, false) => Mode::First,
            };
            let ready = cutoffs.fitting(|levels| ReadyCycle::new(self, levels, request, mode))?;
            let (mut charging, tops) = ready.run(&cutoffs, verifying.is_none())?;
            if charging.outcome != Outcome::Stopped {
                if charging.outcome == Outcome::Converged {
                    ready.settle(cutoffs.allowed, &mut charging);
                }
                charging.charging_time = Err(Elsewhere::ChargingTime.into());
                if self.slots.observed == Part::Battery && !base.equal_cells() {
                    charging.series.of_unequal_cells();
                }
                return Ok(charging);
            }
            cutoffs.grow(tops);
        }
    }
}

/// Whether so many cycles can be shown.
///
/// # Errors
/// [`ProtocolError::Shown`].
pub(super) fn require_shown(repeat: usize, shown: Option<usize>) -> Result<(), ProtocolError> {
    match shown {
        Some(shown) if shown == 0 || shown > repeat => Err(ProtocolError::Shown { shown, repeat }),
        _ => Ok(()),
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
    course: &'a ResolvedProtocol,
    request: &'a Request,
    setting: Setting<'a>,
    strokes: Vec<Stroke>,
    rho0: Hermitian,
    dense: Option<DenseCycle>,
    /// Where cycles are left out and stages are no matrices: their map on the part that no stage prepares anew.
    collisions: Option<Collisions>,
    /// Powers of the map of a cycle, where cycles are left out and it has one: from the state at the start, or after the first reset.
    powers: Option<RefCell<Powers>>,
    /// Methods of the flows; `None` for what takes no time.
    choices: Vec<Option<Choice>>,
    /// Hours that a cycle takes when it is integrated.
    hours: f64,
}

impl<'a> ReadyCycle<'a> {
    fn new(
        course: &'a ResolvedProtocol,
        levels: Levels,
        request: &'a Request,
        mode: Mode,
    ) -> Result<Self, Error> {
        let stages: &[Stage] = &course.stages;
        course.guard(levels, request)?;
        guard_shown(request, course.shown(), bytes_per_time(request) * course.shown(), Lower::Cycles)?;
        let setting = Setting::new(&course.slots, stages, levels)?;
        let rho0 = setting.start()?;
        let strokes: Vec<Stroke> =
            stages.iter().map(|stage| Stroke::new(stage, &setting)).collect::<Result<_, _>>()?;
        // A general method for the stages, where one is asked for.
        let asked = request.method.filter(|method| *method != Method::Stages);
        let by_matrices = mode != Mode::Verifying && asked.is_none();
        let dense = by_matrices.then(|| DenseCycle::new(&setting, &strokes, &rho0)).flatten();
        let after_reset = |reset: usize| {
            strokes[..=reset]
                .iter()
                .try_fold(rho0.clone(), |rho, stroke| state_after(stroke, &rho, &setting))
                .ok()
        };
        let collisions = (by_matrices && course.skips() && dense.is_none())
            .then(|| Collisions::new(&setting, &strokes, after_reset))
            .flatten();
        let linear = strokes.iter().all(|stroke| stroke.is_linear() && !stroke.selects());
        let powers = match (&dense, &collisions) {
            (Some(dense), _) if course.skips() && linear => {
                dense.matrix().map(|matrix| Powers::new(matrix, dense.restrict(&rho0)))
            }
            (_, Some(collisions)) => after_reset(collisions.reset)
                .map(|first| Powers::new(collisions.matrix.clone(), collisions.restrict(&first))),
            _ => None,
        };
        let powers = powers.map(RefCell::new);
        let (mut choices, mut needed, mut hours) = (Vec::with_capacity(strokes.len()), 0.0, 0.0);
        for stroke in &strokes {
            let Some(Flow { generator, .. }) = stroke.flow() else {
                choices.push(None);
                continue;
            };
            let times = stroke.times();
            let mut choice = Choice::asked(asked, generator, &times, request.tolerance)?;
            if mode == Mode::Verifying {
                choice = choice.other(generator, &times, request.tolerance);
            }
            if let Some(applications) = choice.cost.applications {
                needed += applications;
                hours += choice.cost.seconds / 3600.0;
            }
            choices.push(Some(choice));
        }
        let longest = if mode == Mode::Grown { LONGEST_GROWN_HOURS } else { LONGEST_HOURS };
        let cycles = course.repeat as f64;
        if dense.is_none() && collisions.is_none() && !(hours * cycles < longest) {
            let (applications, levels) = (needed * cycles, rho0.dim());
            return Err(ProtocolError::TooLong { applications, levels, hours: hours * cycles }.into());
        }
        Ok(ReadyCycle { course, request, setting, strokes, rho0, dense, collisions, powers, choices, hours })
    }

    fn reason(&self) -> String {
        let averaged = match self.strokes.iter().any(|stroke| stroke.leaves_symmetry(&self.setting)) {
            true => "; what an extraction leaves free within a level is averaged",
            false => "",
        };
        let skipped = match (self.course.skips(), &self.powers) {
            (true, Some(_)) => "; cycles between those shown are powers of the map of one",
            (true, None) => "; cycles between those shown run one after the other",
            (false, _) => "",
        };
        let averaged = format!("{averaged}{skipped}");
        let n = self.rho0.dim();
        if let Some(collisions) = &self.collisions {
            let part = match collisions.carried_part() {
                Part::Charger => "charger",
                Part::Battery => "battery",
            };
            return format!(
                "a protocol: a cycle is an exact matrix of the {} numbers that the {part} reaches on {n} levels of both{averaged}",
                collisions.size()
            );
        }
        if let Some(dense) = &self.dense {
            return format!(
                "a protocol: its stages are exact matrices of the {} numbers that the state reaches on {n} levels{averaged}",
                dense.size()
            );
        }
        let mut names: Vec<&str> = Vec::new();
        for choice in self.choices.iter().flatten() {
            let name = choice.method.method().name();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        match names[..] {
            [] => format!("a protocol of stages that take no time on {n} levels{averaged}"),
            _ => format!("a protocol: its stages run by {} on {n} levels{averaged}", names.join(" and ")),
        }
    }

    /// Where cycles lead, into the result; the highest levels of cut oscillators may hold as much as is `allowed`.
    fn settle(&self, allowed: f64, charging: &mut Charging) {
        self.request.progress.begin(Doing::FixedPoint, f64::NAN);
        let found = match self.request.detail >= Detail::Limit {
            true => self.settled(),
            false => Err(Why::NotAsked),
        };
        let found = found.and_then(|settled| match self.overflows(&settled.state, allowed) {
            true => Err(Why::CutOff { what: "fixed point" }),
            false => Ok(settled),
        });
        let Some(cycles) = &mut charging.cycles else { return };
        match found {
            Ok(CycleLimit { state, residual, convergence }) => {
                let observed = self.setting.observed();
                let sectors = observed.sectors(&state);
                let limit = BatteryState::new(observed.space, &sectors);
                let found = Asymptote::of_state(&limit, self.request.detail, Elsewhere::Rates);
                cycles.fixed_point = found
                    .limit
                    .map(|limit| FixedPoint { energy: limit.energy, ergotropy: limit.ergotropy.global });
                cycles.convergence = convergence;
                charging.asymptote = Asymptote {
                    certified: (self.dense.is_some() || self.collisions.is_some()) && self.is_linear(),
                    residual: Some(residual),
                    ..found
                };
            }
            Err(why) => {
                cycles.fixed_point = Err(why);
                cycles.convergence = Err(why);
                charging.asymptote = Asymptote::unknown(why);
            }
        }
    }

    /// Whether a cycle is a linear map that keeps the trace.
    fn is_linear(&self) -> bool {
        self.strokes.iter().all(|stroke| stroke.is_linear() && !stroke.selects())
    }

    fn settled(&self) -> Known<CycleLimit> {
        let (observed, rho0) = (&self.setting.observed(), &self.rho0);
        if let (Some(collisions), Some(powers)) = (&self.collisions, &self.powers) {
            let end = |x: &[f64]| self.after_collisions(collisions, x);
            return settled_by_powers(&mut powers.borrow_mut(), end, observed);
        }
        if let Some(dense) = &self.dense {
            if let Some(matrix) = dense.matrix() {
                let settled = if self.is_linear() { settled_dense } else { settled_selected };
                return settled(dense, &matrix, rho0, observed);
            }
            let wholes = self.wholes(dense);
            let cycle = |rho: &Hermitian| self.cycle_by_matrices(rho, dense, &wholes);
            return settled_iterated(cycle, rho0, observed, CYCLES_MULTIPLIED);
        }
        let hours = 1.5 * self.hours * CYCLES_INTEGRATED as f64;
        if self.course.repeat == 1 && hours > LONGEST_FOR_ONE {
            return Err(TooLarge::OneCycle { seconds: 3600.0 * hours }.into());
        }
        if hours > LONGEST_FIXED_POINT_HOURS {
            return Err(TooLarge::FixedPoint { hours }.into());
        }
        let cycle = |rho: &Hermitian| self.integrated_cycle(rho);
        if !self.is_linear() {
            return settled_iterated(cycle, rho0, observed, CYCLES_INTEGRATED);
        }
        let state = 8.0 * (rho0.dim() as f64).powi(2);
        let fits = (0.5 * self.request.memory_limit / state).clamp(4.0, CYCLES_INTEGRATED as f64);
        settled_krylov(cycle, rho0, observed, fits as usize)
    }
}
