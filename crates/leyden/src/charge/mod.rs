//! Charging a battery: the corridor from a model to its figures of merit.
//!
//! model -> method (chosen or forced) -> evolution -> figures of merit at every time, the limit, the charging times and
//! the checks of the run. Nothing is read or written here.

mod any_system;
mod charger_battery;
mod cutoff;
mod cycles;
mod engines;
mod error;
mod estimate;
mod master_equation;
mod nmr;
mod recorder;
mod result;

pub use any_system::Model;
pub use charger_battery::{RabiError, Workspace};
pub use engines::{Compared, EngineCharging, EngineReport, Regime, Validity};
pub use error::ChargeError;
pub use estimate::Plan;
pub use result::{Charging, Checks, Series, Verification};

use estimate::{GIB, LONGEST_GROWN_HOURS, LONGEST_HOURS, hours};
use recorder::Recorder;
use result::differences;

use crate::asymptote::Detail;
use crate::model::ModelError;

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
