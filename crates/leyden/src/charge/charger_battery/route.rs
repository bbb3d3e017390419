//! Which method treats a system: the exact one that applies, else a general one.

use super::{ChargeError, Request};
use crate::evolve::NotApplicable;
use crate::exact::NumberSectors;
use crate::model::{Cell, ChargerBattery, ChargerKind, CouplingForm, ModelError};
use crate::space::{InitialState, StateError};

/// Methods of other systems.
const OF_OTHERS: [(&str, &str); 5] = [
    (super::super::nmr::METHOD, "the system is no star of spins, [nmr]"),
    ("stages", "the system has no [[stage]]"),
    ("closed-form", "no engines charge the battery, [engine]"),
    ("effective-ladder", "no engines charge the battery, [engine]"),
    ("permutation", "no engines charge the battery, [engine]"),
];

/// The way of a system through the corridor.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Route {
    RabiBlocks,
    NumberSectors,
    Moments { reason: String },
    General,
}

impl ChargerBattery {
    /// The route that `request` names or, for `auto`, the first that applies.
    pub(super) fn route(&self, request: &Request) -> Result<Route, ChargeError> {
        match request.method.as_str() {
            "rabi-blocks" => {
                self.rabi_blocks_apply()?;
                Ok(Route::RabiBlocks)
            }
            "number-sectors" => {
                self.number_sectors_apply()?;
                Ok(Route::NumberSectors)
            }
            "moments" => {
                self.moments_apply()?;
                Ok(Route::Moments { reason: "asked for by name".into() })
            }
            other => match OF_OTHERS.iter().find(|(method, _)| *method == other) {
                Some((method, because)) => Err(NotApplicable { method, because: (*because).into() }.into()),
                None => Ok(self.automatic_or_general(request)),
            },
        }
    }

    fn automatic_or_general(&self, request: &Request) -> Route {
        match request.method.as_str() {
            "auto" if self.rabi_blocks_apply().is_ok() => Route::RabiBlocks,
            "auto" if self.number_sectors_apply().is_ok() => Route::NumberSectors,
            "auto" if self.moments_apply().is_ok() => match self.general_would_refuse(request) {
                Some(why) => Route::Moments { reason: moments_reason(&why) },
                None => Route::General,
            },
            _ => Route::General,
        }
    }

    /// Whether two oscillators fall into number sectors.
    ///
    /// # Errors
    /// [`NotApplicable`] with the first condition that fails.
    pub fn number_sectors_apply(&self) -> Result<(), NotApplicable> {
        let refuse =
            |because: &str| Err(NotApplicable { method: NumberSectors::NAME, because: because.into() });
        if !self.two_oscillators() {
            return refuse("charger and battery are not both oscillators");
        }
        if self.coupling.form != CouplingForm::Exchange {
            return refuse("the dipole coupling keeps counter-rotating terms");
        }
        if self.coupling.strengths[0] == 0.0 {
            return refuse("charger and battery are not coupled");
        }
        if self.charger.noise.exchanges() || self.battery.noise.any() {
            return refuse("there is noise other than dephasing of the charger");
        }
        if self.charger_detuning() != 0.0 || self.battery_detuning() != 0.0 {
            return refuse("charger, battery and drive are not all on resonance");
        }
        if self.initial.charger != InitialState::Ground {
            return refuse("the charger does not start in its ground state");
        }
        let levels = NumberSectors::levels_for(
            self.coupling.strengths[0],
            self.drive.map_or(0.0, |drive| drive.amplitude),
            &self.initial.battery,
        );
        if levels > MOST_SECTOR_LEVELS {
            return refuse("its states hold too many excitations");
        }
        Ok(())
    }

    /// Whether moments of two oscillators close.
    ///
    /// # Errors
    /// [`NotApplicable`] with the first condition that fails.
    pub fn moments_apply(&self) -> Result<(), NotApplicable> {
        let refuse = |because: &str| Err(NotApplicable { method: "moments", because: because.into() });
        if !self.two_oscillators() {
            return refuse("charger and battery are not both oscillators");
        }
        if self.coupling.form != CouplingForm::Exchange {
            return refuse("the dipole coupling keeps counter-rotating terms");
        }
        if self.charger.noise.pumping > 0.0 || self.battery.noise.pumping > 0.0 {
            return refuse("an oscillator is pumped");
        }
        Ok(())
    }

    fn two_oscillators(&self) -> bool {
        self.charger.kind != ChargerKind::Qubit
            && matches!(self.battery.cell, Cell::Oscillator(_))
            && self.cells() == 1
    }

    /// Why no general method would run, if so: judged at the levels that the energies will need.
    fn general_would_refuse(&self, request: &Request) -> Option<String> {
        let mut levels = self.first_levels();
        let reached = self.levels_reached(&request.times).ok()?;
        if self.grows_charger() {
            levels.charger = levels.charger.max(reached);
        }
        if self.grows_battery() {
            levels.battery = levels.battery.max(reached);
        }
        let refused = self.guard_general(levels, request).err().or_else(|| {
            let system = match self.system(levels) {
                Ok(system) => system,
                // The cutoff grows further.
                Err(ModelError::ChargerState(StateError::CutTooLow { .. })) if self.grows_charger() => {
                    return None;
                }
                Err(ModelError::BatteryState(StateError::CutTooLow { .. })) if self.grows_battery() => {
                    return None;
                }
                Err(error) => return Some(error.into()),
            };
            let generator = crate::lindblad::Generator::new(&system.lindbladian);
            self.choice(&generator, request, LONGEST_FOR_STATES).err()
        });
        match refused {
            Some(error @ (ChargeError::TooLarge { .. } | ChargeError::TooLong { .. })) => {
                Some(error.to_string())
            }
            _ => None,
        }
    }
}

/// Why energies alone are computed.
pub(super) fn moments_reason(why: &str) -> String {
    format!("moments of two oscillators close without a cutoff, and states are out of reach: {why}")
}

/// Hours that states of two oscillators may take before their energies alone are preferred.
pub(super) const LONGEST_FOR_STATES: f64 = 0.05;
/// Levels of the battery up to which number sectors are followed: each time costs a matrix of this size.
const MOST_SECTOR_LEVELS: usize = 1000;
