//! The spectrum of relaxation: rho_B(t) = rho_B(inf) + sum_k e^{-rate_k t} cos(frequency_k t + ...) part_k.
//!
//! Exponentials of one rate and frequency count once, conjugate pairs too: only their sum has a meaning. What a mode
//! carries of the energy is linear; of the ergotropy it is what the global ergotropy changes by when the mode's part at t = 0 is
//! added to the limit and to all slower parts.

use crate::merit::{BatteryState, global_ergotropy};
use crate::operator::Hermitian;
use crate::space::BatterySpace;

/// One rate on the way to the limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relaxation {
    /// Decay rate (0 where it underflows).
    pub rate: f64,
    /// Its decimal logarithm.
    pub log10_rate: f64,
    /// Frequency at which it oscillates.
    pub frequency: f64,
    /// What it carries of E_B at t = 0.
    pub energy: f64,
    /// What it adds to the global ergotropy of the limit and all slower modes.
    pub ergotropy: f64,
}

/// One decaying part of rho_B.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decay {
    pub(crate) ln_rate: f64,
    pub(crate) frequency: f64,
    /// Tr[H_B part] at t = 0.
    pub(crate) energy: f64,
    /// Norm of the part.
    pub(crate) size: f64,
}

impl Decay {
    /// ln |rate + i frequency|: the time in which the part changes.
    pub(crate) fn ln_speed(&self) -> f64 {
        match self.frequency {
            0.0 => self.ln_rate,
            frequency => self.ln_rate.max(frequency.ln()) + 0.5 * self.ratio(frequency).powi(2).ln_1p(),
        }
    }

    fn ratio(&self, frequency: f64) -> f64 {
        (-(self.ln_rate - frequency.ln()).abs()).exp()
    }
}

/// All decaying parts of rho_B, slowest first.
pub(crate) trait Decaying {
    /// The parts, in nondecreasing order of their rates.
    fn decays(&self) -> &[Decay];

    /// rho_B(inf) with the `slow` slowest parts as they are at t = 0, sector by sector.
    fn state(&self, slow: usize) -> Vec<Hermitian>;
}

/// Parts smaller than this change nothing that is reported.
pub(crate) const COUNTED: f64 = 1e-9;
/// Most entries of a spectrum.
pub(super) const MOST_RATES: usize = 32;

/// The spectrum, slowest first: at most [`MOST_RATES`] entries.
pub(crate) fn spectrum(space: &BatterySpace, decaying: &dyn Decaying) -> Vec<Relaxation> {
    let ergotropy = |slow: usize| global_ergotropy(&BatteryState::new(space, &decaying.state(slow)));
    let mut before = ergotropy(0);
    let counted = decaying.decays().iter().enumerate().filter(|(_, decay)| decay.size > COUNTED);
    counted
        .take(MOST_RATES)
        .map(|(index, decay)| {
            let now = ergotropy(index + 1);
            let added = now - before;
            before = now;
            Relaxation {
                rate: decay.ln_rate.exp(),
                log10_rate: decay.ln_rate / std::f64::consts::LN_10,
                frequency: decay.frequency,
                energy: decay.energy,
                ergotropy: added,
            }
        })
        .collect()
}
