//! Charging a battery: the corridor from a model to its figures of merit.
//!
//! model -> method (chosen or forced) -> evolution -> figures of merit at every time, the limit, the charging times and
//! the checks of the run. Nothing is read or written here. Every system is a [`System`] and every run gives one [`Charging`].

mod any_system;
mod bounds;
mod charger_battery;
mod closed;
mod cutoff;
mod cycles;
mod engines;
mod error;
mod estimate;
mod extrema;
mod hierarchy;
mod largest_power;
mod ledger;
mod master_equation;
mod nmr;
mod parts;
mod recorder;
mod request;
mod result;
mod system;
mod trajectories;

pub use any_system::AnySystem;
pub use bounds::{RateBounds, SpeedLimit};
pub use charger_battery::{RabiError, Workspace};
pub use engines::{Compared, EngineCharging, EngineReport, NotCompared, Regime, Validity};
pub use error::{Error, Lower};
pub use estimate::Plan;
pub use ledger::{ChannelFlow, Ledger, LedgerEnergies};
pub use request::{Request, Times};
pub use result::{Charging, Checks, Parallel, Series, Verification};
pub use system::{Contents, System};
pub use trajectories::{Batches, Count, Ensemble, Sampled, Sum, Trajectories};

use estimate::{
    BYTES_PER_TIME, LONGEST_GROWN_HOURS, LONGEST_HOURS, bytes_per_time, guard_applications, guard_memory,
    guard_shown, guard_time, guard_times, hours,
};
use recorder::Recorder;
