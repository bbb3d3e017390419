//! Initial states as kets, weights in their norms: a pure state is one, a mixed state one for every level it holds.

use num_complex::Complex64;

use super::{BatterySpace, InitialState, StateError};

impl InitialState {
    /// Whether an oscillator in it is occupied up to any level.
    pub(crate) fn has_tail(&self) -> bool {
        matches!(self, InitialState::Coherent(_) | InitialState::Squeezed(_) | InitialState::Thermal(_))
    }

    /// Of a whole battery.
    ///
    /// # Errors
    /// As [`on_battery`](Self::on_battery).
    pub(crate) fn kets_on_battery(&self, space: &BatterySpace) -> Result<Vec<Vec<Complex64>>, StateError> {
        let top = space.top_number();
        // Of many levels a density matrix is large, and these are one ket.
        match *self {
            _ if space.is_oscillator() => Ok(self.on_battery(space)?.kets()),
            InitialState::Ground => Ok(vec![space.symmetric_level(0)]),
            InitialState::Excited => Ok(vec![space.symmetric_level(top)]),
            InitialState::Fock(n) if n <= top => Ok(vec![space.symmetric_level(n)]),
            _ => Ok(self.on_battery(space)?.kets()),
        }
    }
}
