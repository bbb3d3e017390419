//! What is said of closed systems alone: the maxima of their curves, and the average over all times.

use super::super::Charging;
use crate::asymptote::Average;
use crate::merit::Extrema;
use crate::model::{ChargerBattery, CouplingForm};
use crate::{Known, Why};

impl ChargerBattery {
    /// Whether no channel is open and H is constant in the frame of the equations.
    ///
    /// # Errors
    /// What is missing.
    pub(in crate::charge) fn closed_and_constant(&self) -> Known<()> {
        if self.charger.noise.any() || self.battery.noise.any() {
            return Err(Why::Open);
        }
        match (self.coupling.form, self.active_drive()) {
            (CouplingForm::Dipole, Some(_)) => Err(Why::TimeDependent),
            _ => Ok(()),
        }
    }

    /// Takes from open systems what has a meaning for closed ones alone; a battery that stands still is its own average.
    pub(super) fn closed_alone(&self, charging: &mut Charging) {
        if let Err(why) = self.closed_and_constant() {
            charging.extrema = Extrema::unknown(why);
            charging.asymptote.average = Err(why);
        } else if let (Err(_), Ok(limit)) = (&charging.asymptote.average, &charging.asymptote.limit) {
            let ergotropy = limit.ergotropy.global;
            let ergotropy = if ergotropy.is_finite() { Ok(ergotropy) } else { Err(Why::NoStates) };
            charging.asymptote.average = Ok(Average { energy: limit.energy, ergotropy });
        }
    }
}
