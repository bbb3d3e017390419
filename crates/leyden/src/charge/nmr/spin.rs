//! Figures of merit of one diagonal spin: with P = 2p - 1 its energy is omega (1 + P)/2, its ergotropy max(0, omega P), all of it
//! incoherent, its purity (1 + P^2)/2.

use super::super::{Charging, Recorder};
use super::LEVELS;
use crate::merit::{Ergotropy, Merits, WorkBounds};
use crate::method::Method;

pub(super) fn energy_of(omega: f64, polarisation: f64) -> f64 {
    0.5 * omega * (1.0 + polarisation)
}

pub(super) fn ergotropy_of(omega: f64, polarisation: f64) -> f64 {
    (omega * polarisation).max(0.0)
}

pub(super) fn merits(omega: f64, polarisation: f64) -> Merits {
    let (energy, ergotropy) = (energy_of(omega, polarisation), ergotropy_of(omega, polarisation));
    Merits {
        energy,
        passive: energy - ergotropy,
        ergotropy: Ergotropy {
            global: ergotropy,
            collective: Ok(ergotropy),
            local: ergotropy,
            incoherent: ergotropy,
            coherent: 0.0,
            largest_eigenvalue: 0.5 * (1.0 + polarisation.abs()),
            smallest_eigenvalue: 0.5 * (1.0 - polarisation.abs()),
        },
        purity: 0.5 * (1.0 + polarisation * polarisation),
        fluctuation: 0.5 * omega.abs() * ((1.0 - polarisation) * (1.0 + polarisation)).max(0.0).sqrt(),
        bounds: WorkBounds::of_diagonal_qubit(
            omega,
            [0.5 * (1.0 - polarisation), 0.5 * (1.0 + polarisation)],
        ),
    }
}

/// The result of what was recorded of the spin.
pub(super) fn finished(recorder: Recorder, reason: String) -> Charging {
    let outcome = recorder.outcome_without_states();
    Charging::new(Method::SpinStar, reason, outcome, LEVELS, 1, recorder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spin_by_hand() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-15, "{a} {b}");
        for (polarisation, energy, ergotropy) in [(0.6, 1.6, 1.2), (-0.6, 0.4, 0.0)] {
            let found = merits(2.0, polarisation);
            close(found.energy, energy);
            close(found.passive, 0.4);
            for value in [found.ergotropy.global, found.ergotropy.local, found.ergotropy.incoherent] {
                close(value, ergotropy);
            }
            close(found.ergotropy.collective.unwrap(), ergotropy);
            close(found.ergotropy.coherent, 0.0);
            // Populations 0.8 and 0.2.
            close(found.ergotropy.largest_eigenvalue, 0.8);
            close(found.ergotropy.smallest_eigenvalue, 0.2);
            close(found.purity, 0.68);
            close(found.fluctuation, 0.8);
        }
    }
}
