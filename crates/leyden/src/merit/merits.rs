//! All figures of merit of one state of the battery, whichever method gives it.

use super::ergotropy::{Eigenvalues, eigenvalues_of, ergotropies};
use super::work_bounds::coherence;
use super::{BatteryState, Ergotropy, WorkBounds};
use crate::space::BatterySpace;
use crate::why::NoCollective;

/// Figures of merit of one state, in the unit of the frequencies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merits {
    /// E_B.
    pub energy: f64,
    /// E_B - global ergotropy: what no unitary extracts.
    pub passive: f64,
    /// Ergotropies and extreme eigenvalues.
    pub ergotropy: Ergotropy,
    /// Tr rho_B^2.
    pub purity: f64,
    /// sqrt(<H_B^2> - <H_B>^2).
    pub fluctuation: f64,
    /// Entropy, capacity, bound energy and coherence.
    pub bounds: WorkBounds,
}

impl Merits {
    /// Evaluates a state.
    pub fn of(state: &BatteryState<'_>) -> Self {
        let merits = Merits::without_state(state.energy(), state.fluctuation());
        merits.with(state.space(), eigenvalues_of(state), state.purity(), coherence(state))
    }

    /// Energy and fluctuation with all that eigenvalues tell.
    pub(super) fn with(
        self,
        space: &BatterySpace,
        mut eigenvalues: Eigenvalues,
        purity: f64,
        coherence: f64,
    ) -> Self {
        let ergotropy = ergotropies(space, self.energy, &mut eigenvalues);
        let passive = self.energy - ergotropy.global;
        let bounds = WorkBounds::of_spectrum(space, &eigenvalues.spectrum, passive, coherence);
        Merits { passive, ergotropy, purity, bounds, ..self }
    }

    /// Energy and fluctuation alone, where no state is formed.
    pub(crate) fn without_state(energy: f64, fluctuation: f64) -> Self {
        let none = f64::NAN;
        Merits {
            energy,
            passive: none,
            ergotropy: Ergotropy {
                global: none,
                collective: Err(NoCollective::NoStates),
                local: none,
                incoherent: none,
                coherent: none,
                largest_eigenvalue: none,
                smallest_eigenvalue: none,
            },
            purity: none,
            fluctuation,
            bounds: WorkBounds::UNKNOWN,
        }
    }

    /// The figures of `count` copies of this battery that know nothing of each other.
    pub(crate) fn repeated(&self, count: usize) -> Self {
        let n = count as f64;
        let one = &self.ergotropy;
        Merits {
            energy: n * self.energy,
            passive: n * self.passive,
            ergotropy: Ergotropy {
                global: n * one.global,
                collective: if count == 1 { one.collective } else { Err(NoCollective::NotSymmetric) },
                local: n * one.local,
                incoherent: n * one.incoherent,
                coherent: n * one.coherent,
                largest_eigenvalue: one.largest_eigenvalue.powf(n),
                smallest_eigenvalue: one.smallest_eigenvalue.powf(n),
            },
            purity: self.purity.powf(n),
            fluctuation: n.sqrt() * self.fluctuation,
            bounds: self.bounds.repeated(count),
        }
    }
}
