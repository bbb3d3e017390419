//! Plateaus: where the battery stands while its slow modes have not begun to decay and its fast ones are gone.
//!
//! Sort the parts of rho_B(t) by rate. Where the next rate is at least ten times larger than everything slower, the state
//!   rho_B(inf) + sum of the slower parts, extrapolated to t = 0,
//! is a plateau: it is reached after 1/(next rate) and left after 1/(fastest of the slower rates). Slow parts close to each
//! other count as one group. A slow part that oscillates is as fast as |rate + i frequency|.

use super::relaxation::{COUNTED, Decaying};
use crate::merit::{BatteryState, EnergyCurve, Ergotropy, Mode, charging_time, ergotropy_of};
use crate::space::BatterySpace;

/// A state that the battery keeps for long, but not for ever.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plateau {
    /// E_B on the plateau.
    pub energy: f64,
    /// Ergotropies on the plateau.
    pub ergotropy: Ergotropy,
    /// When it is reached: 1/(slowest of the fast rates).
    pub from: f64,
    /// How long it lasts: 1/(fastest of the slow rates); infinite beyond the range of numbers.
    pub lifetime: f64,
    /// Decimal logarithm of the lifetime.
    pub log10_lifetime: f64,
    /// Charging time against the plateau, last crossing; slow modes removed from the energy. `None` where it does not exist.
    pub settling: Option<f64>,
    /// The same, first crossing.
    pub first: Option<f64>,
}

/// Ratio of rates from which on there is a plateau between them.
const APART: f64 = 10.0;
/// Plateaus that differ by less than this, relative to the energy, are one.
const DISTINCT: f64 = 1e-9;
/// Most plateaus looked at, from the slowest on.
const MOST_PLATEAUS: usize = 64;

/// Plateaus in the order of time: the one reached first comes first.
pub(crate) fn plateaus(
    space: &BatterySpace,
    decaying: &dyn Decaying,
    curve: Option<&EnergyCurve>,
) -> Vec<Plateau> {
    let decays = decaying.decays();
    let figures = |slow: usize| {
        let sectors = decaying.state(slow);
        let state = BatteryState::new(space, &sectors);
        (state.energy(), ergotropy_of(&state))
    };
    let counted: Vec<usize> = (0..decays.len()).filter(|&k| decays[k].size > COUNTED).collect();
    let mut found: Vec<(Plateau, f64)> = Vec::new();
    let mut later = figures(0);
    let mut fastest = f64::NEG_INFINITY;
    for pair in counted.windows(2) {
        let (last, next) = (&decays[pair[0]], &decays[pair[1]]);
        fastest = fastest.max(last.ln_speed());
        if next.ln_rate - fastest < APART.ln() || found.len() == MOST_PLATEAUS {
            continue;
        }
        let (energy, ergotropy) = figures(pair[1]);
        let scale = DISTINCT * energy.abs().max(later.0.abs()).max(f64::MIN_POSITIVE);
        let apart = |a: f64, b: f64| (a - b).abs() > scale;
        let collective = match (ergotropy.collective, later.1.collective) {
            (Ok(a), Ok(b)) => apart(a, b),
            _ => false,
        };
        let distinct = apart(energy, later.0)
            || apart(ergotropy.global, later.1.global)
            || apart(ergotropy.local, later.1.local)
            || collective;
        if !distinct {
            continue;
        }
        let plateau = Plateau {
            energy,
            ergotropy,
            from: (-next.ln_rate).exp(),
            lifetime: (-fastest).exp(),
            log10_lifetime: -fastest / std::f64::consts::LN_10,
            settling: None,
            first: None,
        };
        found.push((plateau, 0.5 * (fastest + next.ln_rate)));
        later = (energy, ergotropy);
    }
    found.reverse();
    // Against the plateau that is reached first: the question of a charger that does not wait for the limit.
    if let (Some((plateau, cut)), Some(curve)) = (found.first_mut(), curve) {
        let times = charging_time(&fast_part(curve, cut.exp()));
        plateau.settling = times.settling.ok();
        plateau.first = times.first.ok();
    }
    found.into_iter().map(|(plateau, _)| plateau).collect()
}

/// The curve whose limit is the plateau: what decays more slowly than `cut` stands still.
fn fast_part(curve: &EnergyCurve, cut: f64) -> EnergyCurve {
    let mut fast = EnergyCurve::standing(curve.limit);
    for mode in &curve.modes {
        if mode.rate() > cut {
            fast.modes.push(*mode);
            continue;
        }
        match *mode {
            Mode::Exponential { amplitude, .. } => fast.limit += amplitude.re,
            // Extrapolated to t = 0 it is nothing.
            Mode::Secular { .. } => {}
            Mode::Oscillator { w, gamma, value, slope } => {
                let kappa = 0.25 * gamma;
                let k = ((kappa - w) * (kappa + w)).max(0.0).sqrt();
                let quick = kappa + k;
                if quick <= cut || k == 0.0 {
                    fast.limit += value;
                    continue;
                }
                // value h + slope f in its two exponentials.
                let slow = (quick * value + slope) / (2.0 * k);
                fast.limit += slow;
                let amplitude = -(w * w / quick * value + slope) / (2.0 * k);
                fast.modes.push(Mode::Exponential { amplitude: amplitude.into(), rate: (-quick).into() });
            }
        }
    }
    fast
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A curve of one mode, at some times with the cut between its parts.
    fn one(mode: Mode) -> EnergyCurve {
        EnergyCurve { modes: vec![mode], ..EnergyCurve::standing(0.7) }
    }

    #[test]
    fn the_fast_part_lacks_the_decay_of_the_slow_part_alone() {
        // value h + slope f = s e^{-slow t} + q e^{-quick t}, and h = 1, f = 0 at t = 0, h' = 0, f' = 1.
        for (w, gamma, value, slope) in
            [(0.1, 4.0, 0.8, 0.3), (0.1, 4.0, -0.8, 0.3), (0.05, 2.0, 0.0, 1.0), (0.2, 10.0, 0.5, -2.0)]
        {
            let curve = one(Mode::Oscillator { w, gamma, value, slope });
            let (kappa, k) = (0.25 * gamma, (gamma * gamma / 16.0 - w * w).sqrt());
            let (quick, slow) = (kappa + k, w * w / (kappa + k));
            let of_slow = (quick * value + slope) / (quick - slow);
            let fast = fast_part(&curve, (quick * slow).sqrt());
            for t in [0.0, 0.1, 0.7, 2.0, 9.0] {
                let expected = curve.energy(t) - of_slow * (-slow * t).exp_m1();
                assert!((fast.energy(t) - expected).abs() < 1e-14, "w = {w}, t = {t}");
                let power = curve.power(t) + of_slow * slow * (-slow * t).exp();
                assert!((fast.power(t) - power).abs() < 1e-13, "w = {w}, t = {t}");
            }
            // Cut above both it stands, cut below both nothing is taken out.
            assert!((fast_part(&curve, 2.0 * quick).energy(3.0) - 0.7 - value).abs() < 1e-15);
            assert_eq!(fast_part(&curve, 0.5 * slow), curve);
        }
    }

    #[test]
    fn single_exponentials_stand_or_stay_whole() {
        let slow = Mode::Exponential { amplitude: 0.4.into(), rate: (-1e-3).into() };
        let quick = Mode::Exponential { amplitude: (-0.9).into(), rate: (-2.0).into() };
        let curve = EnergyCurve { modes: vec![slow, quick], ..EnergyCurve::standing(1.0) };
        let fast = fast_part(&curve, 0.05);
        assert_eq!((fast.limit, fast.modes), (1.4, vec![quick]));
    }
}
