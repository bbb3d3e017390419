//! The corridor of a charger and its battery: exact methods where they apply, else a general one.

mod closed;
mod closed_alone;
mod closed_cut;
mod diverges;
mod gaussian;
mod hierarchy;
mod large_star;
mod ledger;
mod moments;
mod moments_with_memory;
mod number_blocks;
mod number_sectors;
mod parallel;
mod rabi;
mod remembering;
mod route;
mod workspace;

pub(super) use diverges::diverges;
pub use rabi::RabiError;
pub use workspace::Workspace;

pub(super) use route::LONGEST_FOR_STATES;
use route::Route;

use super::cutoff::Cutoffs;
use super::master_equation::{GeneralRun, bytes_of_run, carried, whole_to_verify};
use super::system::and_general;
use super::trajectories::{self, Batches};
use super::{
    Charging, Error, LONGEST_GROWN_HOURS, LONGEST_HOURS, Lower, Plan, Request, System, Verification,
    guard_memory, guard_time, guard_times,
};
use crate::asymptote::LongTimes;
use crate::evolve::{Choice, Outcome};
use crate::lindblad::Generator;
use crate::merit::maximum_average;
use crate::method::Method;
use crate::model::{Cell, ChargerBattery, ChargerKind, Cutoff, JointSystem, Levels, ModelError};
use crate::progress::Doing;

/// Its exact methods.
pub(super) const EXACT: [Method; 6] = [
    Method::RabiBlocks,
    Method::Gaussian,
    Method::NumberSectors,
    Method::Moments,
    Method::NumberBlocks,
    Method::Hierarchy,
];

impl System for ChargerBattery {
    fn name(&self) -> &'static str {
        "charger and battery"
    }

    fn cells(&self) -> usize {
        ChargerBattery::cells(self)
    }

    fn methods(&self) -> Vec<Method> {
        and_general(&EXACT)
    }

    fn plan(&self, request: &Request) -> Result<Plan, Error> {
        self.validate(request)?;
        let shown = guard_times(request)?;
        if request.method == Some(Method::Trajectories) {
            let plan = self.plan_trajectories(request)?;
            return Ok(Plan { memory: plan.memory + shown, ..plan });
        }
        let plan = match self.route(request)? {
            Route::RabiBlocks if self.is_large_star() => self.plan_star(request),
            Route::RabiBlocks => self.plan_rabi(request),
            Route::Gaussian => Ok(self.plan_gaussian(request)),
            Route::NumberSectors => self.plan_number_sectors(request),
            Route::NumberBlocks => self.plan_number_blocks(request),
            Route::Moments { reason } => Ok(self.plan_moments(reason)),
            Route::Hierarchy => self.plan_hierarchy(request),
            Route::General if self.by_kets(request) => self.plan_closed(request),
            Route::General => {
                let mut cutoffs = self.cutoffs(self.first_levels(), request.tolerance);
                let (_, generator) = cutoffs.fitting(|levels| self.guarded_system(levels, request))?;
                let levels = cutoffs.levels;
                let choice = Choice::asked(request.method, &generator, &request.times, request.tolerance)?;
                guard_time(&choice, &generator, LONGEST_HOURS)?;
                Ok(Plan::general(choice, &generator, levels, request))
            }
        }?;
        // What an exact method leaves aside is of no interest.
        let exact = if plan.method.is_general() { self.exact_candidates(plan.method) } else { Vec::new() };
        let candidates = exact.into_iter().chain(plan.candidates).collect();
        Ok(Plan { memory: plan.memory + shown, candidates, ..plan })
    }

    fn draw(&self, request: &Request, batches: &mut Batches<'_>) -> Result<Charging, Error> {
        trajectories::drawn(&self.ensemble(request)?, request, batches, &|other| self.charge(other))
    }

    fn charge_in(&self, request: &Request, workspace: &Workspace) -> Result<Charging, Error> {
        self.validate(request)?;
        guard_times(request)?;
        if request.method == Some(Method::Trajectories) {
            return self.draw(request, &mut trajectories::in_turn(request));
        }
        let route = self.route(request)?;
        let mut charging = match &route {
            Route::RabiBlocks if self.is_large_star() => self.charge_star(request)?,
            Route::RabiBlocks => self.charge_rabi(request, workspace)?,
            Route::Gaussian => self.charge_gaussian(request)?,
            Route::NumberSectors => self.charge_number_sectors(request)?,
            Route::NumberBlocks => self.charge_number_blocks(request)?,
            Route::Moments { reason } => self.charge_moments(request, reason.clone())?,
            Route::Hierarchy => match self.charge_hierarchy(request, None) {
                Err(error)
                    if error.is_too_much() && request.method.is_none() && self.moments_apply().is_ok() =>
                {
                    self.charge_moments(request, route::moments_reason(&error.to_string()))?
                }
                found => found?,
            },
            Route::General => match self.charge_general(request, None) {
                Err(error @ (Error::TooLarge { .. } | Error::TooLong { .. }))
                    if request.method.is_none() && self.moments_apply().is_ok() =>
                {
                    self.charge_moments(request, route::moments_reason(&error.to_string()))?
                }
                found => found?,
            },
        };
        self.add_beside(&mut charging, request);
        charging.parallel = self.parallel(&charging, request);
        if !self.equal_cells() {
            charging.series.of_unequal_cells();
        }
        self.closed_alone(&mut charging);
        if request.verify {
            request.progress.begin(Doing::Verifying, f64::NAN);
            let request = &Request {
                progress: request.progress.of_part(),
                ledger: false,
                bounds: false,
                ..request.clone()
            };
            match self.verifying(&charging, &route, request, workspace) {
                Ok(other) => {
                    let mut found = Verification::of(&charging, &other);
                    if matches!(route, Route::Hierarchy) {
                        let levels = self.dim(charging.levels) as usize;
                        trajectories::beside_hierarchy(&mut found, &charging, levels, request, self);
                    }
                    charging.verification = Some(found);
                }
                // Where matrices take too long there is nothing else.
                Err(error @ (Error::TooLarge { .. } | Error::TooLong { .. }))
                    if matches!(charging.method, Method::Moments | Method::Gaussian) =>
                {
                    charging.reason = format!("{}; not verified: {error}", charging.reason);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(charging)
    }
}

impl ChargerBattery {
    /// The same system by a method independent of the first.
    fn verifying(
        &self,
        charging: &Charging,
        route: &Route,
        request: &Request,
        workspace: &Workspace,
    ) -> Result<Charging, Error> {
        let asked = request.method.is_some();
        match route {
            // More members by another method; a drawn field, which is independent of the hierarchy itself, stands beside.
            Route::Hierarchy => self.charge_hierarchy(request, Some(charging.levels)),
            Route::Moments { .. } if self.memory().is_some() => {
                self.charge_hierarchy(&Request { method: None, ..request.clone() }, None)
            }
            // A forced general method is checked by the exact one where there is one.
            Route::General if asked && self.rabi_blocks_apply().is_ok() => {
                self.charge_rabi(request, workspace)
            }
            Route::General if asked && self.gaussian_applies().is_ok() => self.charge_gaussian(request),
            Route::General if asked && self.number_sectors_apply().is_ok() => {
                self.charge_number_sectors(request)
            }
            Route::General if asked && self.number_blocks_apply().is_ok() => {
                self.charge_number_blocks(request)
            }
            Route::General if charging.method != Method::Moments => {
                self.charge_general(request, Some(charging.levels))
            }
            _ => self.charge_general(&Request { method: None, ..request.clone() }, None),
        }
    }

    fn validate(&self, request: &Request) -> Result<(), ModelError> {
        self.require_cells()?;
        self.require_field()?;
        request.validate_times()
    }

    /// What to lower where memory or time do not suffice.
    pub(in crate::charge) fn to_lower(&self) -> Lower {
        let oscillator = matches!(self.battery.cell, Cell::Oscillator(_));
        match self.charger.kind {
            _ if self.cells() > 1 => Lower::Cells,
            ChargerKind::Oscillator(Cutoff::Levels(_)) => Lower::ChargerCutoff,
            _ if matches!(self.battery.cell, Cell::Oscillator(Cutoff::Levels(_))) => Lower::BatteryCutoff,
            _ if self.initial.charger.amplitude() > 3.0 => Lower::ChargerState,
            _ if self.initial.battery.amplitude() > 3.0 => Lower::BatteryState,
            ChargerKind::Oscillator(_) => Lower::Drive,
            _ if oscillator => Lower::Drive,
            ChargerKind::Qubit => Lower::CellLevels,
        }
    }

    fn guard(&self, levels: f64, bytes: f64, request: &Request) -> Result<f64, Error> {
        guard_memory(request, levels, bytes, self.to_lower())
    }

    fn guard_general(&self, levels: Levels, request: &Request) -> Result<f64, Error> {
        self.guard_states(self.dim(levels), request)
    }

    /// The system on these levels, and its generator on what the start reaches.
    fn guarded_system(&self, levels: Levels, request: &Request) -> Result<(JointSystem, Generator), Error> {
        let dim = self.dim(levels);
        self.guard(dim, 8.0 * dim * dim, request)?;
        let system = self.system(levels)?;
        let pairs = carried(&system);
        self.guard(dim, bytes_of_run(system.rho0.dim(), pairs.as_ref()), request)?;
        let generator = Generator::on(&system.lindbladian, pairs);
        Ok((system, generator))
    }

    /// States of so many levels, with the vectors that a method works on.
    pub(in crate::charge) fn guard_states(&self, dim: f64, request: &Request) -> Result<f64, Error> {
        self.guard(dim, 8.0 * dim * dim * 13.0, request)
    }

    /// A general method; with `verifying` levels given, a method independent of the one that `request` names.
    fn charge_general(&self, request: &Request, verifying: Option<Levels>) -> Result<Charging, Error> {
        self.charge_within(request, verifying, f64::INFINITY)
    }

    /// The same in so many hours at most.
    fn charge_within(
        &self,
        request: &Request,
        verifying: Option<Levels>,
        most_hours: f64,
    ) -> Result<Charging, Error> {
        if self.by_kets(request) {
            return self.charge_closed(request, verifying, most_hours);
        }
        let first = verifying.unwrap_or_else(|| self.first_levels());
        let mut cutoffs = self.cutoffs(first, request.tolerance);
        loop {
            let (system, mut generator) = cutoffs.fitting(|levels| self.guarded_system(levels, request))?;
            if verifying.is_some()
                && let Some(whole) = whole_to_verify(&system, &generator, request)
            {
                generator = whole;
            }
            let longest = match cutoffs.grown {
                false => LONGEST_HOURS,
                true if request.method.is_none() && self.moments_apply().is_ok() => LONGEST_FOR_STATES,
                true => LONGEST_GROWN_HOURS,
            };
            let longest = longest.min(most_hours);
            let mut choice = Choice::asked(request.method, &generator, &request.times, request.tolerance)?;
            guard_time(&choice, &generator, longest)?;
            if verifying.is_some() {
                choice = choice.other(&generator, &request.times, request.tolerance);
            }
            let cuts = cutoffs.cuts(self.cut(), system.charger_levels, system.space.dim());
            let accounts = match request.ledger {
                true => Some(self.accounts(&system.space, cutoffs.levels)?),
                false => None,
            };
            let run = GeneralRun {
                model: Some(self),
                cells: self.cells(),
                system: &system,
                generator: &generator,
                cuts: &cuts,
                allowed: cutoffs.allowed,
                accounts: accounts.as_ref(),
            };
            let (mut charging, held) = run.charge(&choice, request)?;
            if charging.outcome != Outcome::Stopped {
                // Energies of two oscillators are known without a cutoff.
                if self.moments_apply().is_ok()
                    && (charging.charging_time.is_err() || !charging.asymptote.certified)
                {
                    let long = self.long_times_by_moments()?;
                    long_times_into(&mut charging, long, request);
                }
                return Ok(charging);
            }
            cutoffs.grow(Cutoffs::tops(self.cut(), &held));
        }
    }

    /// F, 0 without a drive.
    fn amplitude(&self) -> f64 {
        self.drive.map_or(0.0, |drive| drive.amplitude)
    }
}

/// Long times into a result, with the largest average power where the energy is known at all times.
pub(super) fn long_times_into(charging: &mut Charging, long: LongTimes, request: &Request) {
    let power = long.curve.as_ref().and_then(|curve| maximum_average(curve, request.end()));
    charging.maximum_power = power.map_or(charging.maximum_power, Ok);
    charging.asymptote = long.asymptote;
    charging.charging_time = long.times;
}
