//! `<n>`(t) of a closed system as a finite sum of cosines, where it stays bounded.
//!
//! *Exchange*: see `exact/exchange.rs`. *Dipole*, no drive: q_i = x_i/sqrt(w_i), r_i = sqrt(w_i) p_i obey q' = r, r' = -K q with
//! K = [[w_a^2, 2g sqrt(w_a w_b)], [2g sqrt(w_a w_b), w_b^2]] = O diag(W_n^2) O^T, positive where 4 g^2 < w_a w_b. Each normal mode turns,
//! Q_n(t) = Q_n cos W_n t + R_n sin(W_n t)/W_n, R_n(t) = R_n cos W_n t - W_n Q_n sin W_n t, and with second moments `<QQ>`, `<RR>` of the start (`<QR>` = 0)
//!   `<n_b>` + 1/2 = sum_nm O_bn O_bm/2 [ (w_b `<Q_n Q_m>` + `<R_n R_m>`/w_b) cos cos + (w_b `<R_n R_m>`/(W_n W_m) + W_n W_m `<Q_n Q_m>`/w_b) sin sin ],
//! cos and sin of W_n t and W_m t, whose products hold W_n - W_m and W_n + W_m.

use super::Gaussian;
use super::modes::start_of;
use crate::exact::exchange::Exchange;
use crate::merit::{EnergyCurve, Mode};

/// W^2 of the slower mode over that of the faster one below which it is not told from 0.
const SOFT: f64 = 1e-12;

impl Gaussian {
    /// `<n>`(t) of the battery, the second of two oscillators or the only one; `None` where a channel is open, the drive turns, or it grows.
    pub(crate) fn undamped(&self) -> Option<EnergyCurve> {
        if self.modes.iter().any(|mode| mode.relaxation > 0.0) || self.moving.turns {
            return None;
        }
        let ([a, b], [coupling], 1) = (&self.modes[..], &self.couplings[..], self.battery) else {
            return Some(EnergyCurve::standing(self.start().number()));
        };
        // Mean of a, and X_xx, X_pp.
        let starts = [a, b].map(|mode| start_of(&mode.start).expect("checked when it was made"));
        if !coupling.counter_rotating {
            let exchange = Exchange {
                charger_detuning: a.frequency,
                battery_detuning: b.frequency,
                coupling: coupling.strength,
                amplitude: self.force,
            };
            let number = |(mean, [xx, pp]): (f64, [f64; 2])| (mean, mean * mean + 0.5 * (xx + pp));
            return exchange.curve(starts.map(number));
        }
        if self.force != 0.0 || !(a.frequency > 0.0 && b.frequency > 0.0) {
            return None;
        }
        let (w, g) = ([a.frequency, b.frequency], coupling.strength);
        let off = 2.0 * g * (w[0] * w[1]).sqrt();
        let (mean, half) = (0.5 * (w[0] * w[0] + w[1] * w[1]), 0.5 * (w[0] - w[1]) * (w[0] + w[1]));
        let large = mean + half.hypot(off);
        let small = w[0] * w[1] * (w[0] * w[1] - 4.0 * g * g) / large;
        if !(small > SOFT * large) {
            return None;
        }
        let (sin, cos) = (0.5 * off.atan2(half)).sin_cos();
        // Q_n = sum_i o[n][i] q_i
        let (turn, o) = ([large.sqrt(), small.sqrt()], [[cos, sin], [-sin, cos]]);
        let means = starts.map(|(mean, _)| 2.0_f64.sqrt() * mean);
        // Of x and p of one oscillator, and the means of two.
        let second = |of: usize, i: usize, j: usize| {
            let own = if i == j { 0.5 + starts[i].1[of] } else { 0.0 };
            own + if of == 0 { means[i] * means[j] } else { 0.0 }
        };
        let normal = |of: usize, scale: [f64; 2], n: usize, m: usize| -> f64 {
            let pairs = (0..2).flat_map(|i| (0..2).map(move |j| (i, j)));
            pairs.map(|(i, j)| o[n][i] * o[m][j] * scale[i] * scale[j] * second(of, i, j)).sum()
        };
        let mut curve = EnergyCurve::standing(-0.5);
        for (n, m) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let of_q = normal(0, w.map(|w| 1.0 / w.sqrt()), n, m);
            let of_r = normal(1, w.map(f64::sqrt), n, m);
            let (reads, turns) = (0.5 * o[n][1] * o[m][1], turn[n] * turn[m]);
            let cosines = reads * (w[1] * of_q + of_r / w[1]);
            let sines = reads * (w[1] * of_r / turns + turns * of_q / w[1]);
            let slow = if n == m { 0.0 } else { (turn[0] - turn[1]).abs() };
            for (w, value) in [(slow, cosines + sines), (turn[n] + turn[m], cosines - sines)] {
                curve.push(Mode::Oscillator { w, gamma: 0.0, value: 0.5 * value, slope: 0.0 });
            }
        }
        Some(curve)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{GaussianCoupling, GaussianDrive, GaussianMode};
    use crate::space::InitialState::{Coherent, Squeezed, Thermal};

    /// The sum of cosines is what the linear system says, for any detunings, drives and starts.
    #[test]
    fn cosines_are_the_linear_system() {
        let mut dice = fastrand::Rng::with_seed(8);
        let mut dipoles = 0;
        for k in 0..60 {
            let mut number = || 2.0 * dice.f64() - 1.0;
            let dipole = k % 3 == 0;
            let frequency = |x: f64| if dipole { 1.0 + 0.6 * x } else { 2.0 * x };
            let (w, strength) = ([frequency(number()), frequency(number())], 0.8 * number());
            let states = [Coherent(number()), Squeezed(number()), Thermal(number().abs())];
            let modes = [0, 1].map(|i| GaussianMode {
                frequency: w[i],
                relaxation: 0.0,
                thermal_occupation: 0.0,
                start: states[(k + i * (1 + k / 7)) % 3].clone(),
            });
            let coupling = GaussianCoupling { between: [0, 1], strength, counter_rotating: dipole };
            let drive = GaussianDrive { on: 0, amplitude: number(), frequency: 0.0 };
            let drive = (!dipole && k % 2 == 0).then_some(drive);
            let gaussian = Gaussian::new(&modes, &[coupling], drive, 1).unwrap();
            let Some(curve) = gaussian.undamped() else {
                assert!(dipole && 4.0 * strength * strength >= w[0] * w[1], "{modes:?} {coupling:?}");
                continue;
            };
            dipoles += usize::from(dipole);
            let times = [0.0, 0.3, 1.1, 4.0, 17.0];
            gaussian.states(&times, &mut |_, t, at| {
                let (found, number) = (curve.energy(t), at.state.number());
                let size = 1.0 + curve.envelope(0.0, 0, 1.0);
                assert!(
                    (found - number).abs() < 1e-12 * size,
                    "{k} at {t}: {found} {number}\n{modes:?} {coupling:?} {drive:?}"
                );
            });
        }
        assert!(dipoles > 5);
        // A force on what does not turn.
        let modes = [1.0, 1.0].map(|frequency| GaussianMode {
            frequency,
            relaxation: 0.0,
            thermal_occupation: 0.0,
            start: Coherent(0.0),
        });
        let coupling = GaussianCoupling { between: [0, 1], strength: 1.0, counter_rotating: false };
        let drive = GaussianDrive { on: 0, amplitude: 0.3, frequency: 0.0 };
        assert!(Gaussian::new(&modes, &[coupling], Some(drive), 1).unwrap().undamped().is_none());
    }
}
