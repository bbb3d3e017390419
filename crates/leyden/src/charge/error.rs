//! Why a run does not start.

use crate::Why;
use crate::evolve::NotApplicable;
use crate::exact::MomentsError;
use crate::model::{EngineError, ModelError, NmrStarError};
use crate::protocol::{ProtocolError, StarStageError};

messages! {
    /// What to lower where a run would take too much.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Lower {
        Cells = "the number of cells";
        Chargers = "the number of chargers";
        Levels = "the levels of the Hamiltonian";
        CellLevels = "the levels of a cell";
        PartLevels = "the number of members of the parts, or their levels";
        ChargerCutoff = "the cutoff of the charger";
        BatteryCutoff = "the cutoff of the battery";
        ChargerState = "the initial excitation of the charger";
        BatteryState = "the initial excitation of the battery";
        Drive = "the amplitude of the drive";
        Times = "the number of times";
        LastTime = "the last time";
        Cycles = "the number of cycles";
    }

    /// Why a run did not start.
    #[derive(Clone, Debug, PartialEq)]
    pub enum Error {
        /// A method that was asked for does not apply.
        NotApplicable from NotApplicable;
        /// The system cannot be written down.
        Model from ModelError;
        /// Engines, or what they charge.
        Engine from EngineError;
        /// A protocol makes no sense.
        Protocol from ProtocolError;
        /// Moments of two oscillators.
        Moments from MomentsError;
        /// A star of spins.
        NmrStar from NmrStarError;
        /// A stage of a star of spins.
        StarStage from StarStageError;
        /// A number that was asked for does not exist.
        Unknown from Why;
        TooLarge { levels: f64, gib: f64, limit_gib: f64, lower: Lower } =
            "{} levels need about {} GiB, more than the {limit_gib:.1} GiB allowed; lower {lower}"
            (size(*levels), size(*gib));
        TooManyMembers { most: usize } =
            "noise as strong and slow as this needs more than {most} members of its hierarchy; lower the dephasing of the charger or the last time";
        TooManyTimes { times: f64, gib: f64, limit_gib: f64, lower: Lower } =
            "{} shown times need about {} GiB, more than the {limit_gib:.1} GiB allowed; lower {lower}"
            (size(*times), size(*gib));
        TooLong { applications: f64, levels: usize, hours: f64, lower: Lower } =
            "{} applications of a generator of {levels} levels would take about {} hours; lower {lower}{}"
            (size(*applications), size(*hours), if *lower == Lower::LastTime { " or the rates" } else { "" });
    }
}

impl Error {
    /// Whether the run would take too much memory or time.
    pub(super) fn is_too_much(&self) -> bool {
        matches!(self, Error::TooLarge { .. } | Error::TooLong { .. })
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
