//! The state of a battery as blocks with multiplicities, and the figures of merit of one instant.
//!
//! rho_B = (+)_s rho_s (x) 1/m_s. Energies, purities and ergotropies come from blocks and multiplicities, never
//! from a reduced matrix as if it were the whole.

use crate::operator::Hermitian;
use crate::space::BatterySpace;

/// A state of the battery: one block per sector of its space.
#[derive(Clone, Copy, Debug)]
pub struct BatteryState<'a> {
    space: &'a BatterySpace,
    sectors: &'a [Hermitian],
}

impl<'a> BatteryState<'a> {
    /// Blocks in the order of the sectors.
    ///
    /// # Panics
    /// When a block has another dimension than its sector.
    pub fn new(space: &'a BatterySpace, sectors: &'a [Hermitian]) -> Self {
        assert_eq!(space.sectors().len(), sectors.len(), "one block per sector");
        for (sector, rho) in space.sectors().iter().zip(sectors) {
            assert_eq!(sector.energies.len(), rho.dim(), "blocks must have the dimension of their sector");
        }
        BatteryState { space, sectors }
    }

    /// The space that the state lives in.
    pub fn space(&self) -> &'a BatterySpace {
        self.space
    }

    /// The blocks.
    pub fn sectors(&self) -> &'a [Hermitian] {
        self.sectors
    }

    /// Tr rho_B, 1 for a state.
    pub fn trace(&self) -> f64 {
        self.sectors.iter().map(Hermitian::trace).sum()
    }

    /// E_B = Tr[rho_B H_B] in the unit of the frequencies.
    pub fn energy(&self) -> f64 {
        self.levels().map(|(energy, p)| energy * p).sum()
    }

    /// sigma = sqrt(Tr[rho_B (H_B - E_B)^2]), centred so that sharp energies give 0.
    pub fn fluctuation(&self) -> f64 {
        let mean = self.energy();
        self.levels().map(|(energy, p)| p.max(0.0) * (energy - mean).powi(2)).sum::<f64>().sqrt()
    }

    /// Tr rho_B^2 = sum_s Tr rho_s^2 / m_s.
    pub fn purity(&self) -> f64 {
        self.pairs().map(|(m, rho)| rho.purity() / m).sum()
    }

    /// Eigenvalues of rho_B in the full space with how often each occurs, in no order.
    pub(crate) fn spectrum(&self) -> Vec<(f64, f64)> {
        let of = |(m, rho): (f64, &'a Hermitian)| {
            let values = if self.space.is_mirrored() {
                let levels: Vec<usize> = (0..rho.dim()).collect();
                let blocks: Vec<Hermitian> = self.space.blocks(rho, &levels).collect();
                Hermitian::eigenvalues_of(&blocks)
            } else {
                Hermitian::eigenvalues_of([rho])
            };
            values.into_iter().map(move |r| (r / m, m))
        };
        self.pairs().flat_map(of).collect()
    }

    fn pairs(&self) -> impl Iterator<Item = (f64, &'a Hermitian)> {
        self.space.sectors().iter().map(|sector| sector.multiplicity).zip(self.sectors)
    }

    fn levels(&self) -> impl Iterator<Item = (f64, f64)> {
        self.space.energies().zip(self.sectors.iter().flat_map(Hermitian::populations))
    }
}
