//! Why a run does not start.

use thiserror::Error;

use crate::evolve::NotApplicable;
use crate::exact::MomentsError;
use crate::model::{EngineError, ModelError, NmrStarError};
use crate::protocol::{ProtocolError, StarStageError};

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
