//! Why a run does not start.

use crate::Why;
use crate::evolve::NotApplicable;
use crate::exact::MomentsError;
use crate::model::{EngineError, ModelError, NmrStarError};
use crate::protocol::{ProtocolError, StarStageError};

/// What to lower where a run would take too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // Every message says what it is.
pub enum Lower {
    #[error("the number of cells")]
    Cells,
    #[error("the number of chargers")]
    Chargers,
    #[error("the levels of the Hamiltonian")]
    Levels,
    #[error("the levels of a cell")]
    CellLevels,
    #[error("the cutoff of the charger")]
    ChargerCutoff,
    #[error("the cutoff of the battery")]
    BatteryCutoff,
    #[error("the initial excitation of the charger")]
    ChargerState,
    #[error("the initial excitation of the battery")]
    BatteryState,
    #[error("the amplitude of the drive")]
    Drive,
    #[error("the number of times")]
    Times,
    #[error("the last time")]
    LastTime,
    #[error("the number of cycles")]
    Cycles,
}

/// Why a run did not start.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum Error {
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
    /// A number that was asked for does not exist.
    #[error(transparent)]
    Unknown(#[from] Why),
    /// The memory would not suffice.
    #[error(
        "{} levels need about {} GiB, more than the {limit_gib:.1} GiB allowed; lower {lower}",
        size(*levels),
        size(*gib)
    )]
    TooLarge { levels: f64, gib: f64, limit_gib: f64, lower: Lower },
    /// The memory would not suffice for what is shown.
    #[error(
        "{} shown times need about {} GiB, more than the {limit_gib:.1} GiB allowed; lower {lower}",
        size(*times),
        size(*gib)
    )]
    TooManyTimes { times: f64, gib: f64, limit_gib: f64, lower: Lower },
    /// The run would not end.
    #[error(
        "{} applications of a generator of {levels} levels would take about {} hours; lower {lower}{}",
        size(*applications),
        size(*hours),
        if *lower == Lower::LastTime { " or the rates" } else { "" }
    )]
    TooLong { applications: f64, levels: usize, hours: f64, lower: Lower },
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
