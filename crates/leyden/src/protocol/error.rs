//! Why a protocol cannot be run.

use thiserror::Error;

/// Misuse of a protocol; stages are counted from 1.
#[derive(Clone, Debug, PartialEq, Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum ProtocolError {
    /// Nothing to do.
    #[error("a protocol must have at least one stage, but has none")]
    NoStages,
    /// No cycles.
    #[error("`repeat` must be at least 1, but is 0")]
    NoCycles,
    /// No time is shown.
    #[error("stage {stage}: `points` must be at least 1, but is 0")]
    NoPoints { stage: usize },
    /// A number outside its range.
    #[error("stage {stage}: `{key}` must be {range}, but is {value}")]
    Value { stage: usize, key: &'static str, range: &'static str, value: f64 },
    /// An evolution without a duration.
    #[error(
        "stage {stage}: `duration` is missing; only an NMR star looks for the first maximum of the battery's energy"
    )]
    NoDuration { stage: usize },
    /// Something that only qubits have.
    #[error("stage {stage}: {what} needs qubits, but the {part} is made of {found}")]
    NeedsQubits { stage: usize, what: &'static str, part: &'static str, found: &'static str },
    /// The run would not end.
    #[error(
        "{applications:.1e} applications of generators of {levels} levels would take about {hours:.0} hours; shorten stages, or lower `repeat` or the rates"
    )]
    TooLong { applications: f64, levels: usize, hours: f64 },
    /// Engines that cannot be acted on.
    #[error(
        "stage {stage}: `target` must be \"battery\" where engines charge: they are always in their steady state"
    )]
    SteadyEngines { stage: usize },
    /// A stage with another kind of system.
    #[error("stage {stage}: `{key}` must be the same as in the system of the protocol")]
    OtherSystem { stage: usize, key: &'static str },
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
