//! The energy of a battery as a function on all t >= 0: a limit and damped modes, with envelopes.
//!
//! E_B(t) = E_B(inf) + sum_k m_k(t), where m_k is a damped oscillator c_h h(w,t) + c_f f(w,t) or Re(c e^{lambda t}). Every mode
//! has an envelope, a nonincreasing bound on |m_k(t')| for t' >= t, and its derivative is a mode again: this is
//! what turns root finding into statements about all times.

use faer::Mat;
use num_complex::Complex64;

use crate::exact::{Oscillators, decay_rate, response};

/// One damped mode of the energy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// value h(w,t) + slope f(w,t) with s'' + (gamma/2) s' + w^2 s = 0.
    Oscillator {
        /// Frequency w >= 0.
        w: f64,
        /// Dephasing rate gamma.
        gamma: f64,
        /// The mode at t = 0.
        value: f64,
        /// Its derivative at t = 0.
        slope: f64,
    },
    /// Re(amplitude e^{rate t}), Re rate <= 0.
    Exponential {
        /// Amplitude at t = 0.
        amplitude: Complex64,
        /// Complex rate.
        rate: Complex64,
    },
}

/// E_B(t) on all t >= 0.
#[derive(Clone, Debug, PartialEq)]
pub struct EnergyCurve {
    /// E_B(inf).
    pub limit: f64,
    /// What decays.
    pub modes: Vec<Mode>,
    /// Frequencies below this are not known to be different from zero.
    pub resolution: f64,
    /// ln of the slowest carried rate where the rate itself underflows.
    pub ln_rate_floor: Option<f64>,
}

impl Mode {
    /// The mode at time t.
    pub fn value(&self, t: f64) -> f64 {
        match *self {
            Mode::Oscillator { w, gamma, value, slope } => {
                let (h, f) = response(w, gamma, t);
                value * h + slope * f
            }
            Mode::Exponential { amplitude, rate } => (amplitude * (rate * t).exp()).re,
        }
    }

    /// d/dt of the mode, a mode of the same frequency.
    pub fn derivative(&self) -> Mode {
        match *self {
            Mode::Oscillator { w, gamma, value, slope } => {
                Mode::Oscillator { w, gamma, value: slope, slope: -w * w * value - 0.5 * gamma * slope }
            }
            Mode::Exponential { amplitude, rate } => Mode::Exponential { amplitude: amplitude * rate, rate },
        }
    }

    /// A nonincreasing bound on |mode| from t on.
    pub fn envelope(&self, t: f64) -> f64 {
        match *self {
            Mode::Oscillator { w, gamma, value, slope } => {
                let kappa = 0.25 * gamma;
                let discriminant = (kappa - w) * (kappa + w);
                let k = discriminant.abs().sqrt();
                // e^{-kappa t}(value cosh kt + m sinh(kt)/k), m = kappa value + slope
                let m = kappa * value + slope;
                let split = if discriminant > 0.0 {
                    let (fast, slow) = (kappa + k, w * w / (kappa + k));
                    let (a, b) = ((fast * value + slope) / (2.0 * k), (slow * value + slope) / (2.0 * k));
                    a.abs() * (-slow * t).exp() + b.abs() * (-fast * t).exp()
                } else {
                    value.hypot(m / k) * (-kappa * t).exp()
                };
                // Around critical damping the two parts cancel: sinh(kt)/k <= t e^{kt} bounds them together.
                let rate = decay_rate(w, gamma);
                let turn =
                    if m == 0.0 || rate == 0.0 { t } else { t.max(1.0 / rate - value.abs() / m.abs()) };
                let joint = (-rate * turn).exp() * (value.abs() + m.abs() * turn);
                if split.is_nan() { joint } else { split.min(joint) }
            }
            Mode::Exponential { amplitude, rate } => amplitude.norm() * (rate.re * t).exp(),
        }
    }

    /// Slowest decay rate in the mode.
    pub fn rate(&self) -> f64 {
        match *self {
            Mode::Oscillator { w, gamma, .. } => decay_rate(w, gamma),
            Mode::Exponential { rate, .. } => -rate.re,
        }
    }

    /// How much of the energy the mode carries: its largest coefficient.
    pub fn weight(&self) -> f64 {
        match *self {
            Mode::Oscillator { value, slope, w, gamma } => value.abs().max(slope.abs() / w.max(gamma)),
            Mode::Exponential { amplitude, .. } => amplitude.norm(),
        }
    }
}

impl EnergyCurve {
    /// E_B(t).
    pub fn energy(&self, t: f64) -> f64 {
        self.limit + self.deviation(t)
    }

    /// E_B(t) - E_B(inf).
    pub fn deviation(&self, t: f64) -> f64 {
        self.modes.iter().map(|mode| mode.value(t)).sum()
    }

    /// A nonincreasing bound on |E_B - E_B(inf)| from t on.
    pub fn envelope(&self, t: f64) -> f64 {
        self.modes.iter().map(|mode| mode.envelope(t)).sum()
    }

    /// dE_B/dt, as a curve with limit 0.
    pub fn derivative(&self) -> EnergyCurve {
        EnergyCurve { limit: 0.0, modes: self.modes.iter().map(Mode::derivative).collect(), ..*self }
    }

    /// E_B at nondecreasing times >= 0; oscillators on equally spaced times cost two multiplications each.
    pub fn energies(&self, times: &[f64]) -> Vec<f64> {
        let mut gamma = 0.0;
        let mut oscillators = Vec::new();
        let mut others = Vec::new();
        for mode in &self.modes {
            match *mode {
                Mode::Oscillator { w, gamma: g, value, slope } => {
                    gamma = g;
                    oscillators.push((w, value, slope));
                }
                exponential => others.push(exponential),
            }
        }
        let mut bank = Oscillators::new(gamma, oscillators);
        times
            .iter()
            .map(|&t| {
                let oscillating: f64 = bank.advance(t).iter().map(|(s, _)| s).sum();
                self.limit + oscillating + others.iter().map(|mode| mode.value(t)).sum::<f64>()
            })
            .collect()
    }

    /// Adds a mode; one that stands still goes to the limit, one without weight is dropped.
    pub(crate) fn push(&mut self, mode: Mode) {
        match mode {
            Mode::Oscillator { w: 0.0, value, slope: 0.0, .. } => self.limit += value,
            Mode::Oscillator { value: 0.0, slope: 0.0, .. } => {}
            mode => self.modes.push(mode),
        }
    }

    /// Adds read . e^{At} start as exponentials.
    ///
    /// # Errors
    /// A sentence when A is too close to a matrix without eigenvectors.
    pub(crate) fn push_exponentials(
        &mut self,
        a: &Mat<f64>,
        start: &[f64],
        read: &[f64],
    ) -> Result<(), String> {
        let n = a.nrows();
        let eigen = a.eigen().map_err(|_| "an eigenvalue iteration did not converge".to_string())?;
        let mut vectors = eigen.U().to_owned();
        for column in vectors.col_iter_mut() {
            let norm = column.norm_l2();
            column.iter_mut().for_each(|x| *x /= norm);
        }
        use faer::prelude::Solve;
        let lu = vectors.partial_piv_lu();
        let right = faer::Col::from_fn(n, |i| Complex64::from(start[i]));
        let weights = lu.solve(&right);
        let size = start.iter().map(|x| x * x).sum::<f64>().sqrt();
        let amplification = weights.iter().map(|c| c.norm()).fold(0.0, f64::max);
        if !(amplification <= 1e6 * size) {
            return Err(
                "an exceptional point: two modes coalesce and the energy has no expansion in exponentials"
                    .into(),
            );
        }
        let scale = eigen.S().column_vector().iter().map(|x| x.norm()).fold(0.0, f64::max);
        for k in 0..n {
            let rate = eigen.S().column_vector()[k];
            let amplitude = weights[k] * (0..n).map(|i| vectors[(i, k)] * read[i]).sum::<Complex64>();
            if amplitude.norm() <= 1e-17 * size * read.iter().fold(0.0_f64, |a, b| a.max(b.abs())) {
                continue;
            }
            if rate.norm() <= 1e-14 * scale {
                self.limit += amplitude.re;
            } else {
                self.modes.push(Mode::Exponential { amplitude, rate });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelopes_bound_and_derivatives_differentiate() {
        let modes = [
            Mode::Oscillator { w: 0.2, gamma: 1.4, value: 0.5, slope: -0.3 },
            Mode::Oscillator { w: 0.35, gamma: 1.4, value: 0.5, slope: 0.2 },
            Mode::Oscillator { w: 0.350001, gamma: 1.4, value: -0.5, slope: 0.0 },
            Mode::Oscillator { w: 2.0, gamma: 0.1, value: 0.1, slope: 1.0 },
            Mode::Exponential { amplitude: Complex64::new(0.3, 0.2), rate: Complex64::new(-0.1, 2.0) },
        ];
        for mode in modes {
            let mut last = f64::INFINITY;
            for n in 0..4000 {
                let t = 0.01 * n as f64;
                let envelope = mode.envelope(t);
                assert!(mode.value(t).abs() <= envelope * (1.0 + 1e-12), "{mode:?} at {t}");
                assert!(envelope <= last * (1.0 + 1e-12), "{mode:?} at {t}");
                last = envelope;
                let slope = (mode.value(t + 1e-5) - mode.value((t - 1e-5).max(0.0)))
                    / if n == 0 { 1e-5 } else { 2e-5 };
                assert!((slope - mode.derivative().value(t)).abs() < if n == 0 { 1e-3 } else { 1e-8 });
            }
        }
    }
}
