//! Why a protocol cannot be run.

messages! {
    /// Misuse of a protocol; stages are counted from 1.
    #[derive(Clone, Debug, PartialEq)]
    pub enum ProtocolError {
        NoStages = "a protocol must have at least one stage, but has none";
        Memory = "stages know no noise with memory: the dephasing of the charger must be white";
        NoCycles = "`repeat` must be at least 1, but is 0";
        Shown { shown: usize, repeat: usize } =
            "`shown` must be between 1 and the {repeat} cycles of `repeat`, but is {shown}";
        NoPoints { stage: usize } = "stage {stage}: `points` must be at least 1, but is 0";
        Value { stage: usize, key: &'static str, range: &'static str, value: f64 } =
            "stage {stage}: `{key}` must be {range}, but is {value}";
        NoDuration { stage: usize } =
            "stage {stage}: `duration` is missing; only an NMR star looks for the first maximum of the battery's energy";
        NeedsQubits { stage: usize, what: &'static str, part: &'static str, found: &'static str } =
            "stage {stage}: {what} needs qubits, but the {part} is made of {found}";
        Outcome { stage: usize, found: usize, most: usize } =
            "stage {stage}: `outcome` must be at most {most} excitations, but is {found}";
        NoHighestLevel { stage: usize } =
            "stage {stage}: an oscillator has no highest level to be found \"excited\" in; give `outcome` as a number of excitations";
        Improbable { stage: usize, cycle: usize, probability: f64 } =
            "stage {stage}: its outcome has a probability of {probability:.1e} in cycle {cycle}, less than 1e-14";
        OfMean { stage: usize } =
            "stage {stage}: the unitary that extracts most depends on the mean state, which no single trajectory knows; set `by` to \"load\", or leave the method \"auto\"";
        Unseen { stage: usize, cycle: usize } =
            "stage {stage}: no trajectory that comes to it in cycle {cycle} has its outcome; raise `count`";
        TooLong { applications: f64, levels: usize, hours: f64 } =
            "{applications:.1e} applications of generators of {levels} levels would take about {hours:.0} hours; shorten stages, or lower `repeat` or the rates";
        SteadyEngines { stage: usize } =
            "stage {stage}: `target` must be \"battery\" where engines charge: they are always in their steady state";
        OtherSystem { stage: usize, key: &'static str } =
            "stage {stage}: `{key}` must be the same as in the system of the protocol";
    }
}

impl ProtocolError {
    /// The stage that is wrong, and its key.
    pub fn place(&self) -> Option<(usize, &'static str)> {
        match *self {
            ProtocolError::NoStages
            | ProtocolError::NoCycles
            | ProtocolError::Shown { .. }
            | ProtocolError::Memory
            | ProtocolError::TooLong { .. } => None,
            ProtocolError::NoPoints { stage } => Some((stage, "points")),
            ProtocolError::Value { stage, key, .. } => Some((stage, key)),
            ProtocolError::Outcome { stage, .. }
            | ProtocolError::NoHighestLevel { stage }
            | ProtocolError::Improbable { stage, .. }
            | ProtocolError::Unseen { stage, .. } => Some((stage, "outcome")),
            ProtocolError::NoDuration { stage } => Some((stage, "duration")),
            ProtocolError::OfMean { stage } => Some((stage, "by")),
            ProtocolError::SteadyEngines { stage } => Some((stage, "target")),
            ProtocolError::NeedsQubits { stage, .. } | ProtocolError::OtherSystem { stage, .. } => {
                Some((stage, "kind"))
            }
        }
    }
}
