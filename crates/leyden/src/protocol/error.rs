//! Why a protocol cannot be run.

use thiserror::Error;

/// Misuse of a protocol; stages are counted from 1.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ProtocolError {
    /// Nothing to do.
    #[error("a protocol must have at least one stage, but has none")]
    NoStages,
    /// No cycles.
    #[error("`repeat` must be at least 1, but is 0")]
    NoCycles,
    /// No time is shown.
    #[error("stage {stage}: `points` must be at least 1, but is 0")]
    NoPoints {
        /// Stage.
        stage: usize,
    },
    /// A number outside its range.
    #[error("stage {stage}: `{key}` must be {range}, but is {value}")]
    Value {
        /// Stage.
        stage: usize,
        /// Which number.
        key: &'static str,
        /// What is allowed.
        range: &'static str,
        /// What is given.
        value: f64,
    },
    /// An evolution without a duration.
    #[error(
        "stage {stage}: `duration` is missing; only an NMR star looks for the first maximum of the battery's energy"
    )]
    NoDuration {
        /// Stage.
        stage: usize,
    },
    /// Something that only qubits have.
    #[error("stage {stage}: {what} needs qubits, but the {part} is made of {found}")]
    NeedsQubits {
        /// Stage.
        stage: usize,
        /// A pulse or an excitation.
        what: &'static str,
        /// "charger" or "battery".
        part: &'static str,
        /// "oscillators" or "qudits".
        found: &'static str,
    },
    /// The run would not end.
    #[error(
        "{applications:.1e} applications of generators of {levels} levels would take about {hours:.0} hours; shorten stages, or lower `repeat` or the rates"
    )]
    TooLong {
        /// Steps of all cycles times stages of the method.
        applications: f64,
        /// Levels of charger (x) battery.
        levels: usize,
        /// Estimate.
        hours: f64,
    },
    /// Engines that cannot be acted on.
    #[error(
        "stage {stage}: `target` must be \"battery\" where engines charge: they are always in their steady state"
    )]
    SteadyEngines {
        /// Stage.
        stage: usize,
    },
    /// A stage with another kind of system.
    #[error("stage {stage}: `{key}` must be the same as in the system of the protocol")]
    OtherSystem {
        /// Stage.
        stage: usize,
        /// What differs.
        key: &'static str,
    },
}

impl ProtocolError {
    /// The stage that is wrong.
    pub fn stage(&self) -> Option<usize> {
        match self {
            ProtocolError::NoStages | ProtocolError::NoCycles | ProtocolError::TooLong { .. } => None,
            ProtocolError::NoPoints { stage }
            | ProtocolError::Value { stage, .. }
            | ProtocolError::NoDuration { stage }
            | ProtocolError::NeedsQubits { stage, .. }
            | ProtocolError::SteadyEngines { stage }
            | ProtocolError::OtherSystem { stage, .. } => Some(*stage),
        }
    }

    /// The key of that stage.
    pub fn key(&self) -> &'static str {
        match self {
            ProtocolError::Value { key, .. } => key,
            ProtocolError::NoPoints { .. } => "points",
            ProtocolError::NoDuration { .. } => "duration",
            ProtocolError::SteadyEngines { .. } => "target",
            ProtocolError::NoStages
            | ProtocolError::NoCycles
            | ProtocolError::TooLong { .. }
            | ProtocolError::NeedsQubits { .. }
            | ProtocolError::OtherSystem { .. } => "kind",
        }
    }
}
