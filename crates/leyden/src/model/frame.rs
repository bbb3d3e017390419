//! Frames that rotate, and how far frequencies lie from them.
//!
//! omega = frequency + detuning: the difference of two that are close is taken part by part, so that a detuning keeps digits that
//! omega has no room for. Differences of numbers that were given are exact.

use super::{Charger, ChargerBattery, CouplingForm};

/// The frame that rotates at `frequency` + `detuning`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) frequency: f64,
    pub(crate) detuning: f64,
}

impl Frame {
    /// The frame at rest.
    pub(crate) const LABORATORY: Frame = Frame { frequency: 0.0, detuning: 0.0 };

    pub(crate) fn of(frequency: f64) -> Self {
        Frame { frequency, detuning: 0.0 }
    }

    /// frequency + detuning less that of the frame, with the digits of the smallest part that is left.
    fn offset(self, frequency: f64, detuning: f64) -> f64 {
        let (coarse, fine) = (frequency - self.frequency, detuning - self.detuning);
        let sum = coarse + fine;
        // Parts that were given apart, such as 1.0 + 0.1 and 1.1, cancel to the rounding of the numbers given.
        let rounding = 4.0 * f64::EPSILON * frequency.abs().max(self.frequency.abs());
        let cancel = coarse != 0.0 && fine != 0.0 && sum.abs() <= rounding;
        if cancel { 0.0 } else { sum }
    }

    /// Its frequency less that of another.
    pub(crate) fn ahead_of(self, other: Frame) -> f64 {
        other.offset(self.frequency, self.detuning)
    }
}

impl ChargerBattery {
    /// The frame in which H is written.
    pub(crate) fn frame(&self) -> Frame {
        match (self.coupling.form, self.active_drive()) {
            (CouplingForm::Dipole, _) => Frame::LABORATORY,
            (CouplingForm::Exchange, Some(drive)) => Frame::of(drive.frequency),
            (CouplingForm::Exchange, None) => {
                Frame { frequency: self.battery.frequencies[0], detuning: self.battery.detuning }
            }
        }
    }

    /// The same with a charger that stands still in the frame of the equations.
    pub(crate) fn with_charger_in_frame(&self) -> Self {
        let Frame { frequency, detuning } = self.frame();
        ChargerBattery { charger: Charger { frequency, detuning, ..self.charger }, ..self.clone() }
    }

    /// omega_i less the frequency of a frame.
    pub(crate) fn cell_offsets(&self, frame: Frame) -> Vec<f64> {
        self.battery.frequencies.iter().map(|omega| frame.offset(*omega, self.battery.detuning)).collect()
    }

    /// omega_C less the frequency of a frame.
    pub(crate) fn charger_offset(&self, frame: Frame) -> f64 {
        frame.offset(self.charger.frequency, self.charger.detuning)
    }

    /// Delta_B = omega_B - frame of the first cell.
    pub(crate) fn battery_detuning(&self) -> f64 {
        self.cell_offsets(self.frame())[0]
    }

    /// Delta_C = omega_C - frame.
    pub(crate) fn charger_detuning(&self) -> f64 {
        self.charger_offset(self.frame())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_keep_the_digits_of_what_was_given() {
        let frame = Frame::of(1.0);
        assert_eq!(frame.offset(1.0, 1e-30), 1e-30);
        assert_eq!(frame.offset(1.0, 0.0), 0.0);
        assert_eq!(frame.offset(1.0 + f64::EPSILON, 0.0), f64::EPSILON);
        assert_eq!(Frame { frequency: 1.0, detuning: 1e-20 }.offset(1.0, 2e-20), 1e-20);
        // 1.0 + 0.1 against 1.1: the rounding of 1.1 is no detuning.
        assert_eq!(Frame::of(1.1).offset(1.0, 0.1), 0.0);
        assert_eq!(Frame::of(1.1).offset(1.0, 0.1 + 1e-14), (1.0 - 1.1) + (0.1 + 1e-14));
        // Rounding is four units of the last place of the larger frequency, on either side.
        for (frame, frequency) in [(1.0, 0.5), (0.5, 1.0)] {
            let offset =
                |units: f64| Frame::of(frame).offset(frequency, frame - frequency + units * f64::EPSILON);
            assert_eq!([0.0, 3.0, -3.0, 4.0, -4.0].map(offset), [0.0; 5]);
            for units in [5.0, -5.0, 6.0, -7.5] {
                assert_eq!(offset(units), units * f64::EPSILON);
            }
        }
        assert_eq!(Frame::of(1.5).ahead_of(Frame { frequency: 1.0, detuning: 0.25 }), 0.25);
    }
}
