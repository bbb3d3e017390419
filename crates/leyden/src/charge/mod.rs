//! Charging a battery: the corridor from a model to its figures of merit.
//!
//! model -> method (chosen or forced) -> evolution -> figures of merit at every time, the limit, the charging times and
//! the checks of the run. Nothing is read or written here.

mod general;
mod record;

pub use record::{Checks, Series};

use general::General;
use record::{Recorder, differences};

use thiserror::Error;

use crate::asymptote::{Asymptote, LongTimes, settle};
use crate::evolve::{Choice, Method, NotApplicable, Outcome, applications, choose, work_bytes};
use crate::exact::RabiBlocks;
use crate::lindblad::Generator;
use crate::merit::{ChargingTime, MaximumPower, charging_time, maximum_average};
use crate::model::{Cell, ChargerBattery, ChargerKind, Cutoff, Levels, ModelError, RabiError};
use crate::operator::{Hermitian, Operator};
use crate::space::{BatterySpace, InitialState, StateError};

/// Names of the methods, `auto` first.
pub const METHODS: [&str; 6] = ["auto", "rabi-blocks", "taylor", "explicit", "exponential", "implicit"];

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
    /// Refuse what needs more bytes than this.
    pub memory_limit: f64,
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
    /// The run would not end.
    #[error(
        "{} applications of a generator of {levels} levels would take about {} hours; lower `time.end` or the rates",
        size(*applications),
        size(*hours)
    )]
    TooLong {
        /// Steps times stages.
        applications: f64,
        /// Levels of charger (x) battery.
        levels: usize,
        /// Estimate at 3 ns for each of the n^2 numbers.
        hours: f64,
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
        if self.takes_rabi_blocks(request)? {
            let levels = self.rabi_levels();
            let dim = self.battery_dim(levels);
            // Three square matrices of the decomposition, and the states.
            let memory = self.guard(2.0 * dim, 8.0 * dim * dim * 6.0, request)?;
            self.initial_states(&self.battery_space(levels)?, levels)?;
            let why = if request.method == "auto" { rabi_reason(self) } else { "asked for by name".into() };
            return Ok(Plan {
                method: "rabi-blocks",
                reason: why,
                dimension: 2 * dim as usize,
                memory,
                levels,
            });
        }
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
        })
    }

    /// Runs the corridor.
    ///
    /// # Errors
    /// [`ChargeError`] when the run cannot start; numerical trouble is an [`Outcome`] in the result.
    pub fn charge(&self, request: &Request) -> Result<Charging, ChargeError> {
        self.validate(request)?;
        let mut charging = if self.takes_rabi_blocks(request)? {
            self.charge_rabi(request)?
        } else {
            self.charge_general(request, None)?
        };
        if request.verify {
            let (method, other) = if charging.method == "rabi-blocks" {
                let other =
                    self.charge_general(&Request { method: "auto".into(), ..request.clone() }, None)?;
                (other.method.to_string(), other)
            } else if request.method == "auto" || self.rabi_blocks_apply().is_err() {
                let other = self.charge_general(request, Some(charging.levels))?;
                (other.method.to_string(), other)
            } else {
                ("rabi-blocks".to_string(), self.charge_rabi(request)?)
            };
            charging.verification =
                Some(Verification { method, differences: differences(&charging, &other) });
        }
        Ok(charging)
    }

    fn validate(&self, request: &Request) -> Result<(), ModelError> {
        let (frequencies, couplings) = (self.battery.frequencies.len(), self.coupling.strengths.len());
        if frequencies == 0 || frequencies != couplings {
            return Err(ModelError::PerCell { frequencies, couplings });
        }
        let mut before = 0.0;
        for &time in &request.times {
            if !(time >= before && time.is_finite()) {
                return Err(ModelError::Times { before, time });
            }
            before = time;
        }
        Ok(())
    }

    fn takes_rabi_blocks(&self, request: &Request) -> Result<bool, ChargeError> {
        match request.method.as_str() {
            "rabi-blocks" => {
                self.rabi_blocks_apply()?;
                Ok(true)
            }
            "auto" => Ok(self.rabi_blocks_apply().is_ok()),
            _ => Ok(false),
        }
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
        self.guard(dim, 8.0 * dim * dim * 13.0, request)
    }

    fn choice(&self, generator: &Generator, request: &Request, longest: f64) -> Result<Choice, ChargeError> {
        let choice = match request.method.as_str() {
            "auto" | "rabi-blocks" => choose(generator, &request.times, request.tolerance),
            name => Choice::forced(name, generator, &request.times, request.tolerance)?,
        };
        if let Method::Explicit(_) | Method::Taylor(_) = choice.method {
            let levels = generator.dim();
            let applications = applications(generator, &request.times);
            let hours = applications * 3e-9 * (levels as f64).powi(2) / 3600.0;
            if !(hours < longest) {
                return Err(ChargeError::TooLong { applications, levels, hours });
            }
        }
        Ok(choice)
    }

    fn charge_rabi(&self, request: &Request) -> Result<Charging, ChargeError> {
        let mut levels = self.rabi_levels();
        let grows = matches!(self.battery.cell, Cell::Oscillator(Cutoff::Auto));
        let (blocks, space) = loop {
            let dim = self.battery_dim(levels);
            self.guard(2.0 * dim, 8.0 * dim * dim * 6.0, request)?;
            match self.rabi_blocks(levels) {
                Ok((blocks, space)) if !grows || blocks.top_weight() < 1e-16 => break (blocks, space),
                Ok(_) | Err(RabiError::Model(ModelError::BatteryState(StateError::CutTooLow { .. })))
                    if grows =>
                {
                    levels.battery = levels.battery * 3 / 2;
                }
                Ok(found) => break found,
                Err(error) => return Err(error.into()),
            }
        };
        let mut recorder = Recorder::new(&space, blocks.energy_at_start(), request.times.len());
        blocks.states(&request.times, &mut |_, time, sectors, power, energy| {
            recorder.record(time, sectors, power);
            recorder.balance(energy - recorder.last_energy());
        });
        let LongTimes { asymptote, times: charging_time, curve } = self
            .declined_by_rabi_blocks(&blocks, levels)
            .unwrap_or_else(|| self.long_times_of(&blocks, &space));
        let top = space.is_oscillator().then(|| blocks.top_weight());
        let outcome = match top {
            Some(population) if population > request.tolerance => Outcome::CutoffTooSmall { population },
            _ => Outcome::Converged,
        };
        let mut charging =
            recorder.finish("rabi-blocks", rabi_reason(self), outcome, request.tolerance, levels);
        if request.method != "auto" {
            charging.reason = "asked for by name".into();
        }
        charging.times = request.times.clone();
        charging.checks.top_population = top;
        charging.asymptote = asymptote;
        charging.charging_time = charging_time;
        if let Some(curve) = &curve {
            let end = request.times.last().copied().unwrap_or(0.0);
            charging.maximum_power = maximum_average(curve, end);
        }
        Ok(charging)
    }

    /// Long times from the blocks.
    fn long_times_of(&self, blocks: &RabiBlocks, space: &BatterySpace) -> LongTimes {
        let curve = blocks.curve();
        let limit = blocks.limit();
        let mut times = match (&curve, &limit) {
            (Ok(curve), Ok(_)) => Ok(charging_time(curve)),
            (_, Err(why)) | (Err(why), _) => Err(why.clone()),
        };
        if let Ok(times) = &mut times
            && space.is_oscillator()
            && (self.drive.is_some_and(|drive| drive.amplitude != 0.0)
                || !matches!(self.initial.battery, InitialState::Ground | InitialState::Fock(_)))
        {
            // |sqrt n - sqrt m| comes as close to 0 as one likes.
            times.spectral = Err("an oscillator has modes as slow as one likes: no slowest one".into());
        }
        let curve = curve.ok();
        let asymptote = Asymptote::of_rabi_blocks(blocks, space, limit, curve.as_ref(), &times);
        LongTimes { asymptote, times, curve }
    }

    /// Long times where Rabi frequencies come too close for the blocks and the commutant settles what is equal.
    fn declined_by_rabi_blocks(&self, blocks: &RabiBlocks, levels: Levels) -> Option<LongTimes> {
        if self.charger.noise.dephasing == 0.0 || matches!(self.battery.cell, Cell::Oscillator(_)) {
            return None;
        }
        let why = blocks.limit().err()?;
        let system = self.system(levels).ok()?;
        let (generator, rho0) = (Generator::new(&system.lindbladian), system.rho0());
        let settled = settle(&system.lindbladian, &generator, &rho0).ok()?;
        let energy = Operator::identity(system.charger_levels).kron(&system.space.hamiltonian());
        let energy = Hermitian::from_operator(&energy);
        let mut found = LongTimes::of(&settled, &generator, &rho0, &energy, &system.space);
        found.asymptote.add_reason(format!("limit by the commutant of the generator, because {why}"));
        Some(found)
    }

    /// Number of conserved quantities by Rabi blocks, where the system splits into finitely many and they are certain.
    fn rabi_conserved(&self) -> Option<usize> {
        let levels = self.rabi_levels();
        if self.rabi_blocks_apply().is_err() || self.battery_dim(levels) > MOST_RABI_LEVELS {
            return None;
        }
        let (blocks, _) = self.rabi_blocks(levels).ok()?;
        blocks.limit().ok().and(blocks.conserved())
    }

    /// Long times by Rabi blocks, where the system splits into them and they are certain.
    fn rabi_long_times(&self) -> Option<LongTimes> {
        let levels = self.rabi_levels();
        if self.rabi_blocks_apply().is_err() || self.battery_dim(levels) > MOST_RABI_LEVELS {
            return None;
        }
        let (blocks, space) = self.rabi_blocks(levels).ok()?;
        let found = self.long_times_of(&blocks, &space);
        found.asymptote.certified.then_some(found)
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
            let longest = if grown { LONGEST_GROWN_HOURS } else { LONGEST_HOURS };
            let mut choice = self.choice(&generator, request, longest)?;
            if verifying.is_some() {
                choice = choice.other(&generator, &request.times, request.tolerance);
            }
            let run = General { model: self, system: &system, generator: &generator, allowed };
            let (charging, tops) = run.charge(&choice, request, levels)?;
            if charging.outcome != Outcome::Stopped {
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

fn rabi_reason(model: &ChargerBattery) -> String {
    let kind = match model.battery.cell {
        Cell::Oscillator(_) => "an oscillator",
        _ if model.cells() == 1 => "one cell",
        _ if model.equal_cells() => "equal cells",
        _ => "cells of one frequency",
    };
    format!("qubit charger with dephasing only on {kind} resonant with the drive: exact 2 x 2 blocks")
}
