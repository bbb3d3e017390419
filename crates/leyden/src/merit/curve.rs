//! The energy of a battery as a function on all t >= 0: a limit and damped modes, with envelopes.
//!
//! E_B(t) = E_B(inf) + sum_k m_k(t), where m_k is a damped oscillator c_h h(w,t) + c_f f(w,t), Re(c e^{lambda t}) or, where
//! modes coalesce, Re(c t^n e^{lambda t}). Every mode and each of its derivatives have an envelope, a nonincreasing bound for
//! all t' >= t: this is what turns root finding into statements about all times.

use num_complex::Complex64;

use crate::numerics::{Oscillators, decay_rate, one_step, response};

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
    /// Re(amplitude t^power e^{rate t}), Re rate < 0: what modes leave that coalesce.
    Secular {
        /// Amplitude.
        amplitude: Complex64,
        /// Power of t, at least 1.
        power: u32,
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
            Mode::Secular { amplitude, power, rate } => {
                (amplitude * t.powi(power as i32) * (rate * t).exp()).re
            }
        }
    }

    /// d/dt of the mode at time t.
    pub fn slope(&self, t: f64) -> f64 {
        match *self {
            Mode::Oscillator { w, gamma, value, slope } => {
                let [_, _, of_value, of_slope] = one_step(w, gamma, t);
                value * of_value + slope * of_slope
            }
            Mode::Exponential { amplitude, rate } => (amplitude * rate * (rate * t).exp()).re,
            Mode::Secular { amplitude, power, rate } => {
                let n = power as i32;
                (amplitude * t.powi(n - 1) * (n as f64 + rate * t) * (rate * t).exp()).re
            }
        }
    }

    /// A nonincreasing bound on |scale^n d^n/dt^n mode| from t on; `scale` keeps powers of very slow rates in range.
    pub(crate) fn envelope(&self, t: f64, n: i32, scale: f64) -> f64 {
        match *self {
            Mode::Oscillator { w, gamma, value, slope } => {
                let kappa = 0.25 * gamma;
                let discriminant = (kappa - w) * (kappa + w);
                let k = discriminant.abs().sqrt();
                let (fast, slow) =
                    if discriminant > 0.0 { (kappa + k, w * w / (kappa + k)) } else { (kappa, kappa) };
                // Sum over the two roots of |amplitude| |root|^n; complex roots have modulus w.
                let split = if discriminant > 0.0 {
                    let (a, b) = ((fast * value + slope) / (2.0 * k), (slow * value + slope) / (2.0 * k));
                    decaying(a.abs(), scale * slow, n, slow * t)
                        + decaying(b.abs(), scale * fast, n, fast * t)
                } else {
                    decaying(value.hypot((kappa * value + slope) / k), scale * w, n, kappa * t)
                };
                if slow < 1e-3 * fast {
                    return split;
                }
                // Around critical damping the two parts cancel: with m = kappa value + slope,
                // |value cosh kt + m sinh(kt)/k| <= (|value| + |m| t) e^{kt} bounds them together.
                let (value, slope) =
                    (0..n).fold((value, slope), |(c, d), _| (d, -w * w * c - 0.5 * gamma * d));
                let m = kappa * value + slope;
                let turn =
                    if m == 0.0 || slow == 0.0 { t } else { t.max(1.0 / slow - value.abs() / m.abs()) };
                let joint = decaying(value.abs() + m.abs() * turn, scale, n, slow * turn);
                if split.is_nan() { joint } else { split.min(joint) }
            }
            Mode::Exponential { amplitude, rate } => {
                decaying(amplitude.norm(), scale * rate.norm(), n, -rate.re * t)
            }
            Mode::Secular { amplitude, power, rate } => {
                // Leibniz; each t^m e^{-kappa t} is bounded by its value at its maximum m/kappa until then.
                let (kappa, mut sum, mut count) = (-rate.re, 0.0, 1.0);
                for j in 0..=n.min(power as i32) {
                    let left = power as i32 - j;
                    let turn = t.max(left as f64 / kappa);
                    let bound = amplitude.norm() * count * scale.powi(j);
                    sum += decaying(bound * turn.powi(left), scale * rate.norm(), n - j, kappa * turn);
                    count *= (n - j) as f64 * left as f64 / (j + 1) as f64;
                }
                sum
            }
        }
    }

    /// Slowest decay rate in the mode.
    pub fn rate(&self) -> f64 {
        match *self {
            Mode::Oscillator { w, gamma, .. } => decay_rate(w, gamma),
            Mode::Exponential { rate, .. } | Mode::Secular { rate, .. } => -rate.re,
        }
    }

    /// How much of the energy the mode carries: its largest coefficient.
    pub(crate) fn weight(&self) -> f64 {
        match *self {
            Mode::Oscillator { value, slope, w, gamma } => value.abs().max(slope.abs() / w.max(gamma)),
            Mode::Exponential { amplitude, .. } => amplitude.norm(),
            // The largest value of |c| t^n e^{-kappa t}.
            Mode::Secular { amplitude, power, rate } => {
                amplitude.norm() * (power as f64 / (-rate.re * std::f64::consts::E)).powi(power as i32)
            }
        }
    }
}

/// amplitude base^n e^{-x}, 0 where the exponential is: the power may overflow.
fn decaying(amplitude: f64, base: f64, n: i32, x: f64) -> f64 {
    let decay = (-x).exp();
    if decay == 0.0 { 0.0 } else { amplitude * base.powi(n) * decay }
}

impl EnergyCurve {
    /// An energy that stands still.
    pub(crate) fn standing(limit: f64) -> Self {
        EnergyCurve { limit, modes: Vec::new(), resolution: 0.0, ln_rate_floor: None }
    }

    /// E_B(t).
    pub fn energy(&self, t: f64) -> f64 {
        self.limit + self.deviation(t)
    }

    /// E_B(t) - E_B(inf).
    pub(crate) fn deviation(&self, t: f64) -> f64 {
        self.modes.iter().map(|mode| mode.value(t)).sum()
    }

    /// The weight of the mode that carries most.
    pub(crate) fn largest_weight(&self) -> f64 {
        self.modes.iter().map(Mode::weight).fold(0.0, f64::max)
    }

    /// dE_B/dt.
    pub fn power(&self, t: f64) -> f64 {
        self.modes.iter().map(|mode| mode.slope(t)).sum()
    }

    /// A nonincreasing bound on |scale^n d^n/dt^n (E_B - E_B(inf))| from t on.
    pub(crate) fn envelope(&self, t: f64, n: i32, scale: f64) -> f64 {
        self.modes.iter().map(|mode| mode.envelope(t, n, scale)).sum()
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
                other => others.push(other),
            }
        }
        let mut bank = Oscillators::new(gamma, oscillators);
        times
            .iter()
            .map(|&t| {
                bank.advance(t);
                let oscillating: f64 = bank.now().iter().map(|(s, _)| s).sum();
                self.limit + oscillating + others.iter().map(|mode| mode.value(t)).sum::<f64>()
            })
            .collect()
    }

    /// The curve of `factor` times the energy.
    pub(crate) fn scaled(mut self, factor: f64) -> Self {
        self.limit *= factor;
        for mode in &mut self.modes {
            match mode {
                Mode::Oscillator { value, slope, .. } => {
                    (*value, *slope) = (*value * factor, *slope * factor)
                }
                Mode::Exponential { amplitude, .. } | Mode::Secular { amplitude, .. } => *amplitude *= factor,
            }
        }
        self
    }

    /// Adds a mode; one that stands still goes to the limit, one without weight is dropped.
    pub(crate) fn push(&mut self, mode: Mode) {
        match mode {
            Mode::Oscillator { w: 0.0, value, slope: 0.0, .. } => self.limit += value,
            Mode::Oscillator { value: 0.0, slope: 0.0, .. } => {}
            mode => self.modes.push(mode),
        }
    }

    /// Drops the weakest modes while what they carry together stays below the rounding of the energy.
    pub(crate) fn drop_negligible_modes(&mut self) {
        let total: f64 = self.modes.iter().map(Mode::weight).sum();
        self.modes.sort_by(|a, b| b.weight().total_cmp(&a.weight()));
        let mut dropped = 0.0;
        while let Some(mode) = self.modes.last() {
            dropped += mode.weight();
            if dropped > 1e-15 * total {
                break;
            }
            self.modes.pop();
        }
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
            Mode::Secular { amplitude: Complex64::new(0.3, -0.1), power: 1, rate: Complex64::new(-0.4, 1.0) },
            Mode::Secular { amplitude: 0.2.into(), power: 3, rate: (-0.5).into() },
        ];
        for mode in modes {
            let mut last = [f64::INFINITY; 3];
            for step in 0..4000 {
                let t = 0.01 * step as f64;
                let h = 1e-4;
                let around = [t - h, t, t + h].map(|t| mode.value(t.max(0.0)));
                let curvature = (around[2] - 2.0 * around[1] + around[0]) / (h * h);
                for (n, value) in [around[1], mode.slope(t), curvature].into_iter().enumerate() {
                    let envelope = mode.envelope(t, n as i32, 1.0);
                    let rounding = if n == 2 { 1e-6 } else { 1e-14 };
                    assert!(
                        step == 0 || value.abs() <= envelope * (1.0 + 1e-12) + rounding,
                        "{mode:?}, n = {n}, t = {t}"
                    );
                    assert!(envelope <= last[n] * (1.0 + 1e-12), "{mode:?}, n = {n}, t = {t}");
                    last[n] = envelope;
                }
                if step > 0 {
                    assert!(((around[2] - around[0]) / (2.0 * h) - mode.slope(t)).abs() < 1e-7);
                }
            }
        }
    }

    #[test]
    fn envelopes_of_oscillations_decay_without_a_factor_t() {
        // kappa = 0.1, k^2 = w^2 - kappa^2: amplitude hypot(value, (kappa value + slope)/k), times w for every derivative.
        let (w, gamma, value, slope) = (5.0, 0.4, 0.3, -2.0);
        let mode = Mode::Oscillator { w, gamma, value, slope };
        let k = f64::sqrt(w * w - 0.01);
        let amplitude = f64::hypot(value, (0.1 * value + slope) / k);
        for t in [5.0, 20.0, 70.0] {
            for n in 0..=2 {
                let expected = amplitude * w.powi(n) * f64::exp(-0.1 * t);
                assert!((mode.envelope(t, n, 1.0) / expected - 1.0).abs() < 1e-12, "{t} {n}");
            }
        }
    }
}
