//! Charging a battery: the corridor from a model to its figures of merit.
//!
//! model -> method (chosen or forced) -> evolution -> figures of merit at every time, the limit, the charging times and
//! the checks of the run. Nothing is read or written here.

mod cycles;
mod engine_course;
mod engine_report;
mod engine_results;
mod engine_verify;
mod engines;
mod general;
mod nmr;
mod nmr_cycles;
mod nmr_kept;
mod oscillators;
mod rabi;
mod record;
mod route;
mod star;
mod system;
mod walk;
mod workspace;

pub use engine_results::{Compared, EngineCharging, EngineReport, Regime, Validity};
pub use record::{Checks, Series};
pub use system::Model;
pub use workspace::Workspace;

use general::General;
use record::{Recorder, differences};
use route::{LONGEST_FOR_STATES, Route};

use thiserror::Error;

use crate::asymptote::{Asymptote, Detail};
use crate::evolve::{Choice, Method, NotApplicable, Outcome, applications, choose, work_bytes};
use crate::exact::MomentsError;
use crate::lindblad::Generator;
use crate::merit::{ChargingTime, MaximumPower};
use crate::model::{
    Cell, ChargerBattery, ChargerKind, Cutoff, EngineError, Levels, ModelError, NmrStarError, RabiError,
};
use crate::protocol::{Cycles, ProtocolError, StarStageError};
use crate::space::StateError;

/// Names of the methods, `auto` first.
pub const METHODS: [&str; 13] = [
    "auto",
    "rabi-blocks",
    "number-sectors",
    "moments",
    "spin-star",
    "taylor",
    "explicit",
    "exponential",
    "implicit",
    "closed-form",
    "effective-ladder",
    "permutation",
    "stages",
];

/// What to compute.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Nondecreasing times >= 0; the initial state belongs to t = 0.
    pub times: Vec<f64>,
    /// One of [`METHODS`].
    pub method: String,
    /// What states should be accurate to.
    pub tolerance: f64,
    /// Run a second, independent method beside the first.
    pub verify: bool,
    /// How much to find out about long times.
    pub detail: Detail,
    /// Refuse what needs more bytes than this.
    pub memory_limit: f64,
}

impl Request {
    fn validate_times(&self) -> Result<(), ModelError> {
        let mut before = 0.0;
        for &time in &self.times {
            if !(time >= before && time.is_finite()) {
                return Err(ModelError::Times { before, time });
            }
            before = time;
        }
        Ok(())
    }
}

/// Largest differences to the verifying method.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// Name of the second method.
    pub method: String,
    /// (quantity, largest absolute difference over the times).
    pub differences: Vec<(&'static str, f64)>,
}

/// The result of a run.
#[derive(Clone, Debug)]
pub struct Charging {
    /// Name of the method.
    pub method: &'static str,
    /// Why it was taken.
    pub reason: String,
    /// How the evolution ended.
    pub outcome: Outcome,
    /// The times.
    pub times: Vec<f64>,
    /// Figures of merit.
    pub series: Series,
    /// Largest average power.
    pub maximum_power: Option<MaximumPower>,
    /// Long times.
    pub asymptote: Asymptote,
    /// Charging times, or why there are none.
    pub charging_time: Result<ChargingTime, String>,
    /// Checks of the run.
    pub checks: Checks,
    /// Comparison with a second method, when asked for.
    pub verification: Option<Verification>,
    /// Levels kept of the oscillators.
    pub levels: Levels,
    /// The heat engine, where there is one.
    pub engine: Option<EngineReport>,
    /// Charging by engines.
    pub engine_charging: Option<EngineCharging>,
    /// Cycles of a protocol.
    pub cycles: Option<Cycles>,
}

impl Charging {
    /// A run that formed no states to check; long times are to be filled in.
    fn without_states(
        method: &'static str,
        reason: String,
        request: &Request,
        series: Series,
        levels: Levels,
    ) -> Self {
        let unknown = f64::NAN;
        Charging {
            method,
            reason,
            outcome: Outcome::Converged,
            times: request.times.clone(),
            series,
            maximum_power: None,
            asymptote: Asymptote::default(),
            charging_time: Err("not computed".into()),
            checks: Checks {
                trace: unknown,
                hermiticity: unknown,
                smallest_eigenvalue: unknown,
                top_population: None,
                energy_balance: unknown,
            },
            verification: None,
            levels,
            engine: None,
            engine_charging: None,
            cycles: None,
        }
    }
}

/// What would run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Name of the method.
    pub method: &'static str,
    /// Why.
    pub reason: String,
    /// Levels of charger (x) battery.
    pub dimension: usize,
    /// Estimate of the memory in bytes.
    pub memory: f64,
    /// Levels kept of the oscillators at first.
    pub levels: Levels,
    /// Estimate of the time, where there is one.
    pub seconds: Option<f64>,
}

/// Why a run did not start.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ChargeError {
    /// A method that was asked for does not apply.
    #[error(transparent)]
    NotApplicable(#[from] NotApplicable),
    /// The system cannot be written down.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Engines, or what they charge.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A protocol makes no sense.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// Moments of two oscillators.
    #[error(transparent)]
    Moments(#[from] MomentsError),
    /// A star of spins.
    #[error(transparent)]
    NmrStar(#[from] NmrStarError),
    /// A stage of a star of spins.
    #[error(transparent)]
    StarStage(#[from] StarStageError),
    /// The memory would not suffice.
    #[error(
        "{} levels need about {} GiB, more than the {limit_gib:.1} GiB allowed; lower `{lower}`",
        size(*levels),
        size(*gib)
    )]
    TooLarge {
        /// Levels of charger (x) battery.
        levels: f64,
        /// Estimate.
        gib: f64,
        /// What is allowed.
        limit_gib: f64,
        /// Parameter to lower.
        lower: &'static str,
    },
    /// The memory would not suffice for what is shown.
    #[error(
        "{} shown times need about {} GiB, more than the {limit_gib:.1} GiB allowed; lower `{lower}`",
        size(*times),
        size(*gib)
    )]
    TooManyTimes {
        /// How many.
        times: f64,
        /// Estimate.
        gib: f64,
        /// What is allowed.
        limit_gib: f64,
        /// Parameter to lower.
        lower: &'static str,
    },
    /// The run would not end.
    #[error(
        "{} applications of a generator of {levels} levels would take about {} hours; lower `{lower}`{}",
        size(*applications),
        size(*hours),
        if *lower == "time.end" { " or the rates" } else { "" }
    )]
    TooLong {
        /// Steps times stages.
        applications: f64,
        /// Levels of charger (x) battery.
        levels: usize,
        /// Estimate: for general methods at 3 ns for each of the n^2 numbers.
        hours: f64,
        /// Parameter to lower.
        lower: &'static str,
    },
}

impl From<RabiError> for ChargeError {
    fn from(error: RabiError) -> Self {
        match error {
            RabiError::NotApplicable(error) => error.into(),
            RabiError::Model(error) => error.into(),
        }
    }
}

/// A number for a message: short when large.
fn size(x: f64) -> String {
    if !x.is_finite() {
        "more than 1e300".into()
    } else if x >= 1e6 {
        format!("{x:.1e}")
    } else if x >= 10.0 {
        format!("{x:.0}")
    } else {
        format!("{x:.1}")
    }
}

/// Hours for applications of a generator at 3 ns for each of the n^2 numbers.
fn hours(applications: f64, levels: usize) -> f64 {
    applications * 3e-9 * (levels as f64).powi(2) / 3600.0
}

const GIB: f64 = 1024.0 * 1024.0 * 1024.0;
/// Longer runs are refused: the estimate is usually a slip in `time.end`.
const LONGEST_HOURS: f64 = 24.0;
/// A cutoff is not grown into runs longer than this.
const LONGEST_GROWN_HOURS: f64 = 1.0;
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
    fn guard_states(&self, dim: f64, request: &Request) -> Result<f64, ChargeError> {
        self.guard(dim, 8.0 * dim * dim * 13.0, request)
    }

    fn choice(&self, generator: &Generator, request: &Request, longest: f64) -> Result<Choice, ChargeError> {
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
    fn charge_general(&self, request: &Request, verifying: Option<Levels>) -> Result<Charging, ChargeError> {
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

    fn grows_charger(&self) -> bool {
        self.charger.kind == ChargerKind::Oscillator(Cutoff::Auto)
    }

    fn grows_battery(&self) -> bool {
        self.battery.cell == Cell::Oscillator(Cutoff::Auto)
    }
}
