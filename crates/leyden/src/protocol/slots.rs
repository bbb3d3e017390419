//! Who plays which part in a protocol: the two slots, charger (x) battery, and the one whose energy is counted.
//!
//! An NMR star is a charger-battery system with its slots exchanged: its battery, one spin, takes the slot of the charger, its N
//! charger spins that of the cells.

use super::stage::{Extraction, Part, ResetState, Stage, Task};
use crate::model::{ChargerBattery, NmrStar, NmrStarError};
use crate::space::BatterySpace;

/// A system of two slots and what is looked at.
pub(crate) struct Slots {
    /// The system; parts and `target`s of stages are its slots.
    pub(crate) system: ChargerBattery,
    /// The slot whose energy is counted.
    pub(crate) observed: Part,
    /// The space of one observed qubit in the charger's slot.
    pub(super) qubit: Option<BatterySpace>,
    /// What the slots of charger and battery start from.
    pub(super) start: (ResetState, ResetState),
}

impl Part {
    /// The other part.
    pub(crate) fn other(self) -> Part {
        match self {
            Part::Charger => Part::Battery,
            Part::Battery => Part::Charger,
        }
    }
}

impl Slots {
    /// Slots as they are named.
    pub(crate) fn of_system(system: &ChargerBattery) -> Self {
        let charger = ResetState::State(system.initial.charger.clone());
        let start = (charger, ResetState::State(system.initial.battery.clone()));
        Slots { system: system.clone(), observed: Part::Battery, qubit: None, start }
    }

    /// Exchanged slots.
    ///
    /// # Errors
    /// [`NmrStarError`] when the star has no Lindblad equation.
    pub(crate) fn of_star(star: &NmrStar) -> Result<Self, NmrStarError> {
        Ok(Slots {
            system: star.as_charger_battery()?,
            observed: Part::Charger,
            // A product sorts its spectrum, also where the frequency is negative.
            qubit: Some(BatterySpace::product(2, &[star.frequency])),
            start: (
                ResetState::Excitation(star.battery_excitation),
                ResetState::Excitation(star.charger_excitation),
            ),
        })
    }

    /// Stages of a star with the slots of their targets.
    pub(crate) fn exchanged(stages: &[Stage]) -> Vec<Stage> {
        let exchanged = |stage: &Stage| {
            let mut stage = stage.clone();
            if let Task::Reset { target, .. }
            | Task::Pulse { target, .. }
            | Task::Measure { target, .. }
            | Task::Dephase { target } = &mut stage.task
            {
                *target = target.other();
            }
            stage
        };
        stages.iter().map(exchanged).collect()
    }

    /// Whether what is prepared or done in the battery's slot keeps symmetric states of its cells symmetric.
    pub(super) fn keeps_symmetry(&self, task: &Task) -> bool {
        match task {
            Task::Reset { target: Part::Battery, state } => state.is_symmetric(),
            Task::Extract(Extraction::Load { rate, .. }) => {
                *rate == 0.0 || self.observed == Part::Charger || self.system.battery.collective_noise
            }
            Task::Extract(Extraction::Unitary) => self.observed == Part::Charger || self.system.cells() == 1,
            _ => true,
        }
    }
}
