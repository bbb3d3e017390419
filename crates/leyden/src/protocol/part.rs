//! The part of the system whose energy is counted.

use super::stage::Part;
use crate::asymptote::sectors;
use crate::operator::Hermitian;
use crate::space::BatterySpace;

/// A part of charger (x) battery and the space in which its figures of merit are evaluated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observed<'a> {
    pub(crate) part: Part,
    pub(crate) space: &'a BatterySpace,
    /// Levels in the slot of the battery.
    pub(super) dim_b: usize,
}

/// The state of a part; `dim_b` levels of the battery.
pub(super) fn reduced(rho: &Hermitian, part: Part, dim_b: usize) -> Hermitian {
    match part {
        Part::Charger => rho.trace_out_second(dim_b),
        Part::Battery => rho.trace_out_first(dim_b),
    }
}

impl<'a> Observed<'a> {
    /// The battery of others (x) battery.
    pub(crate) fn battery(space: &'a BatterySpace) -> Self {
        Observed { part: Part::Battery, space, dim_b: space.dim() }
    }

    /// Its state.
    pub(crate) fn reduced(&self, rho: &Hermitian) -> Hermitian {
        reduced(rho, self.part, self.dim_b)
    }

    /// The blocks of its state.
    pub(crate) fn sectors(&self, rho: &Hermitian) -> Vec<Hermitian> {
        sectors(self.reduced(rho), self.space)
    }

    /// The blocks of its unnormalised state with the other part in one of `levels`.
    pub(crate) fn sectors_given(&self, rho: &Hermitian, levels: &[usize]) -> Vec<Hermitian> {
        let (n, dim_b) = (rho.dim(), self.dim_b);
        let (size, step, other) = match self.part {
            Part::Charger => (n / dim_b, dim_b, 1),
            Part::Battery => (dim_b, 1, dim_b),
        };
        let mut state = Hermitian::zero(size);
        for (place, x) in state.s_mut().iter_mut().enumerate() {
            let (row, column) = (place / size * step, place % size * step);
            *x = levels.iter().map(|level| rho.s()[(row + level * other) * n + column + level * other]).sum();
        }
        sectors(state, self.space)
    }
}
