//! The corridor of a charger and its battery: exact methods where they apply, else a general one.

mod diverges;
mod large_star;
mod oscillators;
mod rabi;
mod route;
mod workspace;

pub(super) use diverges::diverges;
pub use rabi::RabiError;
pub use workspace::Workspace;

use route::{LONGEST_FOR_STATES, Route};

use super::master_equation::General;
use super::{
    ChargeError, Charging, GIB, LONGEST_GROWN_HOURS, LONGEST_HOURS, Plan, Recorder, Request, Verification,
    differences, hours,
};
use crate::evolve::{Choice, Method, Outcome, applications, choose, work_bytes};
use crate::lindblad::Generator;
use crate::model::{Cell, ChargerBattery, ChargerKind, Cutoff, Levels, ModelError};
use crate::space::StateError;

/// Most levels for which Rabi blocks are made to help another method.
const MOST_RABI_LEVELS: f64 = 1000.0;

impl ChargerBattery {
    /// What would run, with its memory, before anything is built.
    ///
    /// # Errors
    /// [`ChargeError`] when the method does not apply or the memory would not suffice.
    pub fn plan(&self, request: &Request) -> Result<Plan, ChargeError> {
        self.validate(request)?;
        match self.route(request)? {
            Route::RabiBlocks if self.is_large_star() => self.plan_star(request),
            Route::RabiBlocks => self.plan_rabi(request),
            Route::NumberSectors => self.plan_number_sectors(request),
            Route::Moments { reason } => Ok(self.plan_moments(reason)),
            Route::General => {
                let levels = self.first_levels();
                self.guard_general(levels, request)?;
                let system = self.system(levels)?;
                let generator = Generator::new(&system.lindbladian);
                let choice = self.choice(&generator, request, LONGEST_HOURS)?;
                let memory = work_bytes(&choice.method, generator.dim());
                Ok(Plan {
                    method: choice.method.name(),
                    reason: choice.reason,
                    dimension: generator.dim(),
                    memory,
                    levels,
                    seconds: None,
                })
            }
        }
    }

    /// Runs the corridor.
    ///
    /// # Errors
    /// [`ChargeError`] when the run cannot start; numerical trouble is an [`Outcome`] in the result.
    pub fn charge(&self, request: &Request) -> Result<Charging, ChargeError> {
        self.charge_in(request, &Workspace::default())
    }

    /// [`charge`](Self::charge), sharing with other points of a study what they have in common.
    ///
    /// # Errors
    /// As `charge`.
    pub fn charge_in(&self, request: &Request, workspace: &Workspace) -> Result<Charging, ChargeError> {
        self.validate(request)?;
        let route = self.route(request)?;
        let mut charging = match &route {
            Route::RabiBlocks if self.is_large_star() => self.charge_star(request)?,
            Route::RabiBlocks => self.charge_rabi(request, workspace)?,
            Route::NumberSectors => self.charge_number_sectors(request)?,
            Route::Moments { reason } => self.charge_moments(request, reason.clone())?,
            Route::General => match self.charge_general(request, None) {
                Err(error @ (ChargeError::TooLarge { .. } | ChargeError::TooLong { .. }))
                    if request.method == "auto" && self.moments_apply().is_ok() =>
                {
                    self.charge_moments(request, route::moments_reason(&error.to_string()))?
                }
                found => found?,
            },
        };
        if request.verify {
            let other = self.verifying(&charging, &route, request, workspace)?;
            charging.verification = Some(Verification {
                method: other.method.into(),
                differences: differences(&charging, &other),
            });
        }
        Ok(charging)
    }

    /// The same system by a method independent of the first.
    fn verifying(
        &self,
        charging: &Charging,
        route: &Route,
        request: &Request,
        workspace: &Workspace,
    ) -> Result<Charging, ChargeError> {
        match route {
            // A forced general method is checked by the exact one where there is one.
            Route::General if request.method != "auto" && self.rabi_blocks_apply().is_ok() => {
                self.charge_rabi(request, workspace)
            }
            Route::General if request.method != "auto" && self.number_sectors_apply().is_ok() => {
                self.charge_number_sectors(request)
            }
            Route::General => self.charge_general(request, Some(charging.levels)),
            _ => self.charge_general(&Request { method: "auto".into(), ..request.clone() }, None),
        }
    }

    fn validate(&self, request: &Request) -> Result<(), ModelError> {
        let (frequencies, couplings) = (self.battery.frequencies.len(), self.coupling.strengths.len());
        if frequencies == 0 || frequencies != couplings {
            return Err(ModelError::PerCell { frequencies, couplings });
        }
        request.validate_times()
    }

    fn guard(&self, levels: f64, bytes: f64, request: &Request) -> Result<f64, ChargeError> {
        if bytes <= request.memory_limit {
            return Ok(bytes);
        }
        let oscillator = matches!(self.battery.cell, Cell::Oscillator(_));
        let lower = match self.charger.kind {
            _ if self.cells() > 1 => "battery.cells",
            ChargerKind::Oscillator(Cutoff::Levels(_)) => "charger.cutoff",
            _ if matches!(self.battery.cell, Cell::Oscillator(Cutoff::Levels(_))) => "battery.cutoff",
            _ if self.initial.charger.amplitude() > 3.0 => "initial.charger",
            _ if self.initial.battery.amplitude() > 3.0 => "initial.battery",
            ChargerKind::Oscillator(_) => "drive.amplitude",
            _ if oscillator => "drive.amplitude",
            ChargerKind::Qubit => "battery.levels",
        };
        Err(ChargeError::TooLarge { levels, gib: bytes / GIB, limit_gib: request.memory_limit / GIB, lower })
    }

    fn guard_general(&self, levels: Levels, request: &Request) -> Result<f64, ChargeError> {
        let dim = self.dim(levels);
        self.guard_states(dim, request)
    }

    /// States of so many levels, with the vectors that a method works on.
    pub(in crate::charge) fn guard_states(&self, dim: f64, request: &Request) -> Result<f64, ChargeError> {
        self.guard(dim, 8.0 * dim * dim * 13.0, request)
    }

    pub(in crate::charge) fn choice(
        &self,
        generator: &Generator,
        request: &Request,
        longest: f64,
    ) -> Result<Choice, ChargeError> {
        let choice = match request.method.as_str() {
            "auto" => choose(generator, &request.times, request.tolerance),
            name => Choice::forced(name, generator, &request.times, request.tolerance)?,
        };
        if let Method::Explicit(_) | Method::Taylor(_) = choice.method {
            let levels = generator.dim();
            let applications = applications(generator, &request.times);
            let hours = hours(applications, levels);
            if !(hours < longest) {
                return Err(ChargeError::TooLong { applications, levels, hours, lower: "time.end" });
            }
        }
        Ok(choice)
    }

    /// A general method; with `verifying` levels given, a method independent of the one that `request` names.
    pub(in crate::charge) fn charge_general(
        &self,
        request: &Request,
        verifying: Option<Levels>,
    ) -> Result<Charging, ChargeError> {
        let mut levels = verifying.unwrap_or_else(|| self.first_levels());
        // What lies beyond the cut acts on the result with about its population.
        let allowed = (1e-3 * request.tolerance).max(1e-13);
        let mut grown = false;
        loop {
            self.guard_general(levels, request)?;
            let system = match self.system(levels) {
                Err(ModelError::ChargerState(StateError::CutTooLow { .. })) if self.grows_charger() => {
                    levels.charger = levels.charger * 3 / 2;
                    continue;
                }
                Err(ModelError::BatteryState(StateError::CutTooLow { .. })) if self.grows_battery() => {
                    levels.battery = levels.battery * 3 / 2;
                    continue;
                }
                other => other?,
            };
            let generator = Generator::new(&system.lindbladian);
            let longest = match grown {
                false => LONGEST_HOURS,
                true if request.method == "auto" && self.moments_apply().is_ok() => LONGEST_FOR_STATES,
                true => LONGEST_GROWN_HOURS,
            };
            let mut choice = self.choice(&generator, request, longest)?;
            if verifying.is_some() {
                choice = choice.other(&generator, &request.times, request.tolerance);
            }
            let run = General { model: Some(self), system: &system, generator: &generator, allowed };
            let (mut charging, tops) = run.charge(&choice, request, levels)?;
            if charging.outcome != Outcome::Stopped {
                // Energies of two oscillators are known without a cutoff.
                if self.moments_apply().is_ok()
                    && (charging.charging_time.is_err() || !charging.asymptote.certified)
                {
                    let long = self.long_times_by_moments()?;
                    self.long_times_into(&mut charging, long, request);
                }
                return Ok(charging);
            }
            grown = true;
            if tops.0 > allowed && self.grows_charger() {
                levels.charger = (levels.charger * 4).div_ceil(3) + 2;
            }
            if tops.1 > allowed && self.grows_battery() {
                levels.battery = (levels.battery * 4).div_ceil(3) + 2;
            }
        }
    }
}
