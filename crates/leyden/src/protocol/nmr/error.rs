//! What cannot be a stage of an NMR star whose correlations are dropped.

use thiserror::Error;

use crate::model::NmrStarError;
use crate::space::InitialState;

/// Why a stage does not apply to a star of spins.
#[derive(Clone, Debug, PartialEq, Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum StarStageError {
    /// No stage or no cycle.
    #[error("a protocol must have at least one stage and one cycle, but has {stages} and {cycles}")]
    Empty { stages: usize, cycles: usize },
    /// Nothing is shown of a stage.
    #[error("`points` of stage {stage} must be at least 1, but is 0")]
    Points { stage: usize },
    /// A time or a rate that is negative or no number.
    #[error("`{key}` of stage {stage} must be finite and at least 0, but is {value}")]
    Negative { stage: usize, key: &'static str, value: f64 },
    /// A charger-battery system for spins.
    #[error("stage {stage} gives couplings, drives or noise of its own, which an NMR star does not take")]
    OtherSystem { stage: usize },
    /// A pulse that makes coherences.
    #[error(
        "`angle` of stage {stage} must be a multiple of pi, but is {angle} (populations only; give correlations = \"kept\" for other angles)"
    )]
    Angle { stage: usize, angle: f64 },
    /// An excitation outside of [0, 1].
    #[error("`excitation` of stage {stage} must be between 0 and 1, but is {excitation}")]
    Excitation { stage: usize, excitation: f64 },
    /// A state that is no product of equal populations.
    #[error(
        "stage {stage} resets spins to {state:?}; use \"ground\", \"excited\", thermal up to 0.5 or an excitation"
    )]
    State { stage: usize, state: InitialState },
    /// The star itself.
    #[error(transparent)]
    Star(#[from] NmrStarError),
}

impl StarStageError {
    /// The stage that is wrong.
    pub fn stage(&self) -> Option<usize> {
        match self {
            StarStageError::Empty { .. } | StarStageError::Star(_) => None,
            StarStageError::Points { stage }
            | StarStageError::Negative { stage, .. }
            | StarStageError::OtherSystem { stage }
            | StarStageError::Angle { stage, .. }
            | StarStageError::Excitation { stage, .. }
            | StarStageError::State { stage, .. } => Some(*stage),
        }
    }

    /// The key of that stage.
    pub fn key(&self) -> &'static str {
        match self {
            StarStageError::Points { .. } => "points",
            StarStageError::Negative { key, .. } => key,
            StarStageError::Angle { .. } => "angle",
            StarStageError::Excitation { .. } => "excitation",
            StarStageError::State { .. } => "state",
            StarStageError::Empty { .. } | StarStageError::Star(_) | StarStageError::OtherSystem { .. } => {
                "kind"
            }
        }
    }
}
