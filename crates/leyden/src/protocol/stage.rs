//! What a protocol is made of and what comes out of it.

use num_complex::Complex64;

use crate::Known;
use crate::model::{ChargerBattery, EngineBattery, NmrStar};
use crate::space::InitialState;

/// A part of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The charger, or all of them.
    Charger,
    /// The battery.
    Battery,
}

/// What a reset prepares, uncorrelated with everything else.
#[derive(Clone, Debug, PartialEq)]
pub enum ResetState {
    /// A state of the part.
    State(InitialState),
    /// Every spin or cell excited with this probability.
    Excitation(f64),
}

/// The result of a measurement that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeasurementOutcome {
    /// No excitation.
    Ground,
    /// All excitations that there can be.
    Excited,
    /// So many excitations, of several cells together: the level of an oscillator or qudit.
    Excitations(usize),
}

/// How energy is taken out of the battery.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extraction {
    /// At once, by the unitary that leaves least energy: it takes the whole global ergotropy.
    Unitary,
    /// At once, by the best unitary that treats equal cells alike: one for every total spin, the same for all its copies.
    SymmetricUnitary,
    /// Into a load that absorbs with this rate for a time: D[sigma^-] of every cell, or of all together where the noise of the battery is
    /// collective.
    Load {
        /// Rate.
        rate: f64,
        /// Time.
        duration: f64,
    },
}

/// What happens in a stage.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// Everything acts, with the couplings, drives and channels of `system` where one is given.
    Evolve {
        /// How long; `None` for the first maximum of the battery's energy in an NMR star.
        duration: Option<f64>,
        /// The charger-battery system of this stage, where it differs.
        system: Option<Box<ChargerBattery>>,
    },
    /// Coupling and drive are off; channels act.
    Wait {
        /// How long.
        duration: f64,
        /// The charger-battery system whose channels act, where it differs.
        system: Option<Box<ChargerBattery>>,
    },
    /// A part is prepared anew.
    Reset {
        /// Which.
        target: Part,
        /// How.
        state: ResetState,
    },
    /// e^{-i angle sigma_x/2} on every qubit of a part.
    Pulse {
        /// Which.
        target: Part,
        /// In radians.
        angle: f64,
    },
    /// A part is measured in its energy basis: the result is not used afterwards, or one result is selected.
    Measure {
        /// Which.
        target: Part,
        /// The result that is selected: rho -> P rho P/p, where P holds all levels with so many excitations and p = Tr[P rho].
        outcome: Option<MeasurementOutcome>,
    },
    /// All coherences of a part in its energy basis vanish.
    Dephase {
        /// Which.
        target: Part,
    },
    /// Energy is taken out of the battery.
    Extract(Extraction),
}

impl Task {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Task::Evolve { .. } => "evolve",
            Task::Wait { .. } => "wait",
            Task::Reset { .. } => "reset",
            Task::Pulse { .. } => "pulse",
            Task::Measure { .. } => "measure",
            Task::Dephase { .. } => "dephase",
            Task::Extract(_) => "extract",
        }
    }

    /// The system of this stage, where it has its own.
    pub(crate) fn own_system(&self) -> Option<&ChargerBattery> {
        match self {
            Task::Evolve { system, .. } | Task::Wait { system, .. } => system.as_deref(),
            _ => None,
        }
    }
}

/// One stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// What happens.
    pub task: Task,
    /// How many times are shown of it, its end included; at least 1.
    pub points: usize,
}

/// What a protocol acts on.
#[derive(Clone, Debug, PartialEq)]
pub enum ProtocolSystem {
    /// Charger and battery.
    ChargerBattery(ChargerBattery),
    /// Spins.
    NmrStar(NmrStar),
    /// Cells charged by engines, as the bath that they are: `evolve` with them, everything else without.
    EngineBattery(EngineBattery),
}

/// Stages, repeated.
#[derive(Clone, Debug, PartialEq)]
pub struct Protocol {
    /// The system.
    pub system: ProtocolSystem,
    /// At least one stage.
    pub stages: Vec<Stage>,
    /// How many cycles, at least 1.
    pub repeat: usize,
    /// How many of them are shown, spread evenly in the logarithm of their number, the last one included; all where `None`.
    pub shown: Option<usize>,
}

/// Numbers of the cycles that are shown, from 1: all of `repeat`, or so many, spread evenly in the logarithm.
pub(crate) fn shown_cycles(repeat: usize, shown: Option<usize>) -> Vec<usize> {
    let count = shown.unwrap_or(repeat);
    if count >= repeat {
        return (1..=repeat).collect();
    }
    if count <= 1 {
        return vec![repeat];
    }
    let mut list = vec![1];
    for left in (1..count).rev() {
        let last = list[list.len() - 1];
        let step = (repeat as f64 / last as f64).powf(1.0 / left as f64);
        list.push(((last as f64 * step).round() as usize).clamp(last + 1, repeat + 1 - left));
    }
    list
}

/// One stage in every cycle.
#[derive(Clone, Debug, PartialEq)]
pub struct StageRecord {
    /// "evolve", "wait", "reset", "pulse", "measure", "dephase" or "extract".
    pub kind: &'static str,
    /// How long it lasts.
    pub duration: f64,
    /// E_B at its end, one per cycle.
    pub energy: Vec<f64>,
    /// Global ergotropy at its end, one per cycle.
    pub ergotropy: Vec<f64>,
    /// Excited population of the chargers (mean energy of a charger over its frequency) at its end, one per cycle.
    pub charger: Vec<f64>,
    /// Energy that left the battery in an `extract` stage, one per cycle.
    pub extracted: Option<Vec<f64>>,
    /// sum_k p_k W(rho_B given k) of a measured charger: ergotropy when the result is used, one per cycle.
    pub daemonic: Option<Vec<f64>>,
    /// Probability of the outcome that a measurement selects, given those before it, one per cycle.
    pub probability: Option<Vec<f64>>,
}

impl StageRecord {
    /// Nothing so far, with room for `cycles`.
    pub(crate) fn empty(
        kind: &'static str,
        duration: f64,
        extracts: bool,
        is_daemonic: bool,
        cycles: usize,
    ) -> Self {
        let room = || Vec::with_capacity(cycles);
        StageRecord {
            kind,
            duration,
            energy: room(),
            ergotropy: room(),
            charger: room(),
            extracted: extracts.then(room),
            daemonic: is_daemonic.then(room),
            probability: None,
        }
    }

    /// The end of the stage in one more cycle.
    pub(crate) fn push(&mut self, (energy, ergotropy): (f64, f64), charger: f64, extracted: f64) {
        self.energy.push(energy);
        self.ergotropy.push(ergotropy);
        self.charger.push(charger);
        if let Some(all) = &mut self.extracted {
            all.push(extracted);
        }
    }
}

/// Where cycles lead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FixedPoint {
    /// E_B at the end of a cycle.
    pub energy: f64,
    /// Global ergotropy.
    pub ergotropy: f64,
}

/// How fast cycles lead there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convergence {
    /// The largest carried eigenvalue, by modulus, of the cycle's map below the fixed point.
    pub multiplier: Complex64,
    /// -ln |multiplier| per cycle; infinite where one cycle is enough.
    pub rate: f64,
}

/// What cycles did.
#[derive(Clone, Debug, PartialEq)]
pub struct Cycles {
    /// Numbers of the cycles that are shown, from 1.
    pub shown: Vec<usize>,
    /// E_B at the end of each shown cycle.
    pub energy: Vec<f64>,
    /// Global ergotropy at the end of each shown cycle.
    pub ergotropy: Vec<f64>,
    /// Where they lead from the initial state, or why that is not known.
    pub fixed_point: Known<FixedPoint>,
    /// How fast, or why that is not known.
    pub convergence: Known<Convergence>,
    /// Duration of a cycle.
    pub duration: f64,
    /// Every stage.
    pub stages: Vec<StageRecord>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_cycles_are_as_many_as_asked_for_and_end_with_the_last() {
        assert_eq!(shown_cycles(4, None), [1, 2, 3, 4]);
        assert_eq!(shown_cycles(4, Some(4)), [1, 2, 3, 4]);
        assert_eq!(shown_cycles(1000, Some(4)), [1, 10, 100, 1000]);
        assert_eq!(shown_cycles(1000, Some(1)), [1000]);
        for (repeat, count) in [(1_000_000, 60), (17, 16), (100, 50), (2, 1), (5, 2)] {
            let list = shown_cycles(repeat, Some(count));
            assert_eq!(list.len(), count);
            assert!(list.is_sorted_by(|a, b| a < b) && list.last() == Some(&repeat), "{list:?}");
        }
    }
}
