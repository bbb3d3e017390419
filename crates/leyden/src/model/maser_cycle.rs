//! The cycle of a three-level maser under a drive or a load, by spanning trees.
//!
//! The states 0 - 2 - 1 - 0 form one cycle with rates a, b, c, d of the baths and R_d (1 -> 0), R_u (0 -> 1) of the signal:
//!
//!   Z_0 = b R_d + b d + c R_d,   Z_1 = c R_u + a c + b R_u,   Z_2 = a d + a R_d + d R_u,   n_i = Z_i/Z,
//!   J = (a c R_d - b d R_u)/Z = b d R_u (e^{ln x + ln(R_d/R_u)} - 1)/Z.
//!
//! A coherent drive acts on the populations as R_u = R_d = R = 2 lambda^2 G_p/(G_p^2 + Delta^2): the coherence of a
//! stationary state follows them exactly. J quanta a second go from the hot bath (omega_h) to the cold one (omega_c) and the signal
//! (omega_0). Source: @hill1977; @geva1996.

use super::{EngineRates, HeatEngine, Signal};

/// The stationary cycle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaserCycle {
    /// n_0, n_1, n_2.
    pub populations: [f64; 3],
    /// J > 0: an engine; J < 0: a refrigerator.
    pub current: f64,
}

impl HeatEngine {
    /// The stationary cycle with the signal as it is.
    pub fn cycle(&self) -> MaserCycle {
        match self.signal {
            Signal::Open => self.cycle_between(0.0, 0.0),
            Signal::Drive { amplitude, detuning } => {
                let rate = self.stimulated_rate(amplitude, detuning);
                match rate.is_finite() {
                    true => self.cycle_between(rate, rate),
                    false => self.saturated(),
                }
            }
            Signal::Load { down, up } => self.cycle_between(down, up),
        }
    }

    /// J_max = (a c - b d)/(2 (b + c) + a + d): the current where the signal is saturated, n_0 = n_1.
    pub fn max_current(&self) -> f64 {
        self.saturated().current
    }

    fn saturated(&self) -> MaserCycle {
        self.trees(1.0, 1.0, 0.0)
    }

    fn cycle_between(&self, down: f64, up: f64) -> MaserCycle {
        if down == 0.0 && up == 0.0 {
            return MaserCycle { populations: self.open_populations(), current: 0.0 };
        }
        self.trees(down, up, 1.0)
    }

    /// `bare` multiplies the terms without R_d and R_u: 0 leaves the limit of a large signal.
    fn trees(&self, down: f64, up: f64, bare: f64) -> MaserCycle {
        let EngineRates { a, b, c, d } = self.bath_rates();
        // In units of the largest rate, so that products stay in range.
        let unit = [a, b, c, d].into_iter().fold(0.0, f64::max);
        let (a, b, c, d) = (a / unit, b / unit, c / unit, d / unit);
        let unit_signal = if bare == 0.0 { 1.0 } else { unit };
        let (down, up) = (down / unit_signal, up / unit_signal);
        let strength = down.max(up).max(1.0);
        let (down, up, bare) = (down / strength, up / strength, bare / strength);
        let z =
            [(b + c) * down + bare * b * d, (b + c) * up + bare * a * c, a * down + d * up + bare * a * d];
        let total: f64 = z.iter().sum();
        let affinity = match down > 0.0 && up > 0.0 {
            // ln(R_d/R_u) is exactly 0 for a drive.
            true => self.ln_ratio() + (down / up).ln(),
            false if down > 0.0 => f64::INFINITY,
            false => f64::NEG_INFINITY,
        };
        let net = if affinity >= 0.0 {
            -a * c * down * (-affinity).exp_m1()
        } else {
            b * d * up * affinity.exp_m1()
        };
        MaserCycle { populations: z.map(|x| x / total), current: unit * net / total }
    }
}
