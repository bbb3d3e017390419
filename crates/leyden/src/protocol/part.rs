//! The part of the system whose energy is counted.

use super::stage::Part;
use crate::asymptote::sectors;
use crate::operator::Hermitian;
use crate::space::BatterySpace;

/// A part of charger (x) battery and the space in which its figures of merit are evaluated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observed<'a> {
    /// Which part.
    pub(crate) part: Part,
    /// Its space.
    pub(crate) space: &'a BatterySpace,
}

/// The state of a part; `dim_b` levels of the battery.
pub(crate) fn reduced(rho: &Hermitian, part: Part, dim_b: usize) -> Hermitian {
    match part {
        Part::Charger => rho.trace_out_second(dim_b),
        Part::Battery => rho.trace_out_first(dim_b),
    }
}

/// The state of a part, unnormalised, with the other part in one of `levels`; `dim_b` levels of the battery.
pub(crate) fn given(rho: &Hermitian, part: Part, dim_b: usize, levels: &[usize]) -> Hermitian {
    let n = rho.dim();
    let (size, step, other) = match part {
        Part::Charger => (n / dim_b, dim_b, 1),
        Part::Battery => (dim_b, 1, dim_b),
    };
    let mut state = Hermitian::zero(size);
    for (place, x) in state.s_mut().iter_mut().enumerate() {
        let (row, column) = (place / size * step, place % size * step);
        *x = levels.iter().map(|level| rho.s()[(row + level * other) * n + column + level * other]).sum();
    }
    state
}

impl Observed<'_> {
    /// The blocks of its state; `dim_b` levels of the battery.
    pub(crate) fn sectors(&self, rho: &Hermitian, dim_b: usize) -> Vec<Hermitian> {
        self.blocks(reduced(rho, self.part, dim_b))
    }

    /// The blocks of a reduced state.
    pub(crate) fn blocks(&self, reduced: Hermitian) -> Vec<Hermitian> {
        sectors(reduced, self.space)
    }
}
