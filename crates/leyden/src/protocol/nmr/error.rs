//! What cannot be a stage of an NMR star whose correlations are dropped.

use crate::model::NmrStarError;
use crate::space::InitialState;

messages! {
    /// Why a stage does not apply to a star of spins.
    #[derive(Clone, Debug, PartialEq)]
    pub enum StarStageError {
        Empty { stages: usize, cycles: usize } =
            "a protocol must have at least one stage and one cycle, but has {stages} and {cycles}";
        Points { stage: usize } = "`points` of stage {stage} must be at least 1, but is 0";
        Negative { stage: usize, key: &'static str, value: f64 } =
            "`{key}` of stage {stage} must be finite and at least 0, but is {value}";
        OtherSystem { stage: usize } =
            "stage {stage} gives couplings, drives or noise of its own, which an NMR star does not take";
        /// A pulse that makes coherences.
        Angle { stage: usize, angle: f64 } =
            "`angle` of stage {stage} must be a multiple of pi, but is {angle} (populations only; give correlations = \"kept\" for other angles)";
        Excitation { stage: usize, excitation: f64 } =
            "`excitation` of stage {stage} must be between 0 and 1, but is {excitation}";
        State { stage: usize, state: InitialState } =
            "stage {stage} resets spins to {state:?}; use \"ground\", \"excited\", thermal up to 0.5 or an excitation";
        Superposition { stage: usize } =
            "stage {stage} resets spins to a superposition, whose coherences are dropped; give correlations = \"kept\"";
        Outcome { stage: usize } =
            "stage {stage} selects an outcome, which correlations tell of; give correlations = \"kept\"";
        /// The star itself.
        Star from NmrStarError;
    }
}

impl StarStageError {
    /// The stage that is wrong, and its key.
    pub fn place(&self) -> Option<(usize, &'static str)> {
        match *self {
            StarStageError::Empty { .. } | StarStageError::Star(_) => None,
            StarStageError::Points { stage } => Some((stage, "points")),
            StarStageError::Negative { stage, key, .. } => Some((stage, key)),
            StarStageError::Angle { stage, .. } => Some((stage, "angle")),
            StarStageError::Excitation { stage, .. } => Some((stage, "excitation")),
            StarStageError::State { stage, .. } | StarStageError::Superposition { stage } => {
                Some((stage, "state"))
            }
            StarStageError::Outcome { stage } => Some((stage, "outcome")),
            StarStageError::OtherSystem { stage } => Some((stage, "kind")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_a_stage_say_which_and_which_key() {
        let empty = StarStageError::Empty { stages: 0, cycles: 3 };
        let star = StarStageError::Star(NmrStarError::Chargers);
        assert_eq!((empty.place(), star.place()), (None, None));
        let (stage, value) = (3, -1.0);
        for (error, key) in [
            (StarStageError::Points { stage }, "points"),
            (StarStageError::Negative { stage, key: "duration", value }, "duration"),
            (StarStageError::Angle { stage, angle: 0.4 }, "angle"),
            (StarStageError::Excitation { stage, excitation: value }, "excitation"),
            (StarStageError::State { stage, state: InitialState::Fock(2) }, "state"),
            (StarStageError::Superposition { stage }, "state"),
            (StarStageError::Outcome { stage }, "outcome"),
            (StarStageError::OtherSystem { stage }, "kind"),
        ] {
            assert_eq!(error.place(), Some((3, key)), "{error}");
        }
    }
}
