//! What is said of closed systems alone: the maxima of their curves, and the average over all times.

use super::super::{Charging, Request};
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
        if !self.is_closed() {
            return Err(Why::Open);
        }
        match (self.coupling.form, self.active_drive()) {
            (CouplingForm::Dipole, Some(_)) => Err(Why::TimeDependent),
            _ => Ok(()),
        }
    }

    /// Whether there are maxima and averages, and they are wanted.
    pub(super) fn looks_at_maxima(&self, request: &Request) -> bool {
        self.closed_and_constant().is_ok() && request.looks_between()
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
