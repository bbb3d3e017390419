//! The three-level maser: levels |0>, |1>, |2> at 0, omega_0, omega_h between a hot and a cold bath.
//!
//! The hot bath couples 0 and 2 (omega_h), the cold bath 1 and 2 (omega_c = omega_h - omega_0), the signal lives on 0 and 1:
//!
//!   a = w(0->2) = gamma_h n_h,   b = w(2->0) = gamma_h (n_h + 1),
//!   d = w(1->2) = gamma_c n_c,   c = w(2->1) = gamma_c (n_c + 1),   n_x = 1/(e^{beta_x omega_x} - 1).
//!
//! Detailed balance instead of bosons: b = gamma_h, a = gamma_h e^{-beta_h omega_h}, and the same for c and d.
//!
//! The baths offer the signal the population ratio
//!
//!   x = n_1/n_0 = e^{beta_c omega_c - beta_h omega_h} = e^{-beta_e omega_0}.
//!
//! Source: @scovil1959. The cycle under a drive or a load is in
//! `exact/maser.rs`.

use crate::lindblad::{Channel, LindbladError, Lindbladian};
use crate::operator::Operator;
use num_complex::Complex64;

/// How rates follow from temperatures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BathRates {
    /// Down gamma (n + 1), up gamma n.
    #[default]
    Bosonic,
    /// Down gamma, up gamma e^{-beta omega}.
    DetailedBalance,
}

/// What acts on the signal transition.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Signal {
    /// Nothing.
    #[default]
    Open,
    /// lambda (|0><1| e^{i omega_d t} + h.c.), omega_d = omega_0 + detuning.
    Drive {
        /// lambda = <0|H|1>; the Rabi frequency is 2 lambda.
        amplitude: f64,
        /// omega_d - omega_0.
        detuning: f64,
    },
    /// An incoherent load.
    Load {
        /// Rate R_d of 1 -> 0.
        down: f64,
        /// Rate R_u of 0 -> 1.
        up: f64,
    },
}

/// A three-level maser; k_B = 1, temperatures in units of the frequencies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeatEngine {
    /// omega_h.
    pub hot_frequency: f64,
    /// omega_0; omega_c = omega_h - omega_0.
    pub signal_frequency: f64,
    /// T_h > 0.
    pub hot_temperature: f64,
    /// T_c > 0.
    pub cold_temperature: f64,
    /// gamma_h > 0.
    pub hot_rate: f64,
    /// gamma_c > 0.
    pub cold_rate: f64,
    /// How rates follow from temperatures.
    pub rates: BathRates,
    /// What acts on the signal.
    pub signal: Signal,
}

/// The four rates of the two baths.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EngineRates {
    /// 0 -> 2, hot.
    pub a: f64,
    /// 2 -> 0, hot.
    pub b: f64,
    /// 2 -> 1, cold.
    pub c: f64,
    /// 1 -> 2, cold.
    pub d: f64,
}

messages! {
    /// Why engines or what they charge cannot be written down.
    #[derive(Clone, Debug, PartialEq)]
    pub enum EngineError {
        NotPositive { field: &'static str, value: f64 } =
            "`{field}` must be above 0 and finite, but is {value}";
        Negative { field: &'static str, value: f64 } =
            "`{field}` must be at least 0 and finite, but is {value}";
        NotFinite { field: &'static str, value: f64 } = "`{field}` must be finite, but is {value}";
        SignalAbovePump { signal: f64, hot: f64 } =
            "`signal_frequency` must be below `hot_frequency` = {hot}, but is {signal}";
        Cells(usize) = "`cells` must be at least 1, but is {0}";
        Fraction(f64) = "`fraction` must lie between 0 and 1, but is {0}";
        Exponent { exponent: f64, largest: f64, field: &'static str } =
            "`{field}` must leave beta_e omega_0 between -{largest} and {largest}, but it is {exponent}: e^{{-beta_e omega_0}} leaves the range of numbers";
        NoBath = "`model` must be `Effective` in stages: engines then are a bath that can be switched";
        SignalTaken(&'static str) =
            "`signal` must not be a {0} where engines charge cells: the cells are what acts on the signal";
        EffectiveRate(f64) =
            "Gamma_e must be above 0 and finite, but is {0}: the baths are too cold or the coupling too large or small";
    }
}

impl EngineError {
    /// The field that is wrong.
    pub fn field(&self) -> &'static str {
        match self {
            EngineError::NotPositive { field, .. }
            | EngineError::Negative { field, .. }
            | EngineError::NotFinite { field, .. }
            | EngineError::Exponent { field, .. } => field,
            EngineError::SignalAbovePump { .. } => "signal_frequency",
            EngineError::Cells(_) => "cells",
            EngineError::NoBath => "model",
            EngineError::Fraction(_) => "fraction",
            EngineError::SignalTaken(_) => "signal",
            EngineError::EffectiveRate(_) => "coupling",
        }
    }
}

fn require(holds: bool, error: EngineError) -> Result<(), EngineError> {
    if holds { Ok(()) } else { Err(error) }
}

pub(crate) fn positive(field: &'static str, value: f64) -> Result<(), EngineError> {
    require(value > 0.0 && value.is_finite(), EngineError::NotPositive { field, value })
}

pub(crate) fn not_negative(field: &'static str, value: f64) -> Result<(), EngineError> {
    require(value >= 0.0 && value.is_finite(), EngineError::Negative { field, value })
}

pub(crate) fn finite(field: &'static str, value: f64) -> Result<(), EngineError> {
    require(value.is_finite(), EngineError::NotFinite { field, value })
}

/// Largest |beta_e omega_0|: beyond it, rates of a ladder of 10^6 cells leave the range of floating-point numbers.
const LARGEST_EXPONENT: f64 = 600.0;

/// Whether x and 1/x are numbers; `field` decides beta_e omega_0.
pub(crate) fn in_range(exponent: f64, field: &'static str) -> Result<(), EngineError> {
    let largest = LARGEST_EXPONENT;
    require(exponent.abs() <= largest, EngineError::Exponent { exponent, largest, field })
}

impl EngineRates {
    /// (bd, ac, ad)/(bd + ac + ad): the engine in its baths, its signal open.
    pub fn steady(&self) -> [f64; 3] {
        let EngineRates { a, b, c, d } = *self;
        // Cold baths: only ratios of rates count, and their products may underflow.
        let (up, down) = (a.max(d), b.max(c));
        let (a, d, b, c) = (a / up, d / up, b / down, c / down);
        let weights = [b * d, a * c, a * d * (up / down)];
        weights.map(|w| w / weights.iter().sum::<f64>())
    }
}

impl HeatEngine {
    /// Whether this is an engine.
    ///
    /// # Errors
    /// [`EngineError`] with the first number that is impossible.
    pub fn validate(&self) -> Result<(), EngineError> {
        positive("hot_frequency", self.hot_frequency)?;
        positive("signal_frequency", self.signal_frequency)?;
        if self.signal_frequency >= self.hot_frequency {
            return Err(EngineError::SignalAbovePump {
                signal: self.signal_frequency,
                hot: self.hot_frequency,
            });
        }
        positive("hot_temperature", self.hot_temperature)?;
        positive("cold_temperature", self.cold_temperature)?;
        positive("hot_rate", self.hot_rate)?;
        positive("cold_rate", self.cold_rate)?;
        match self.signal {
            Signal::Open => Ok(()),
            Signal::Drive { amplitude, detuning } => {
                finite("signal.amplitude", amplitude)?;
                finite("signal.detuning", detuning)
            }
            Signal::Load { down, up } => {
                not_negative("signal.down", down)?;
                not_negative("signal.up", up)
            }
        }
    }

    /// omega_c = omega_h - omega_0.
    pub fn cold_frequency(&self) -> f64 {
        self.hot_frequency - self.signal_frequency
    }

    /// beta_h omega_h.
    fn hot_exponent(&self) -> f64 {
        self.hot_frequency / self.hot_temperature
    }

    /// beta_c omega_c.
    fn cold_exponent(&self) -> f64 {
        self.cold_frequency() / self.cold_temperature
    }

    /// The rates of both baths.
    pub fn bath_rates(&self) -> EngineRates {
        let (hot, cold) = (self.hot_exponent(), self.cold_exponent());
        // n = 1/(e^u - 1) and n + 1 = 1/(1 - e^{-u}), without cancellation for small u.
        let up = |gamma: f64, u: f64| match self.rates {
            BathRates::Bosonic => gamma / u.exp_m1(),
            BathRates::DetailedBalance => gamma * (-u).exp(),
        };
        let down = |gamma: f64, u: f64| match self.rates {
            BathRates::Bosonic => -gamma / (-u).exp_m1(),
            BathRates::DetailedBalance => gamma,
        };
        EngineRates {
            a: up(self.hot_rate, hot),
            b: down(self.hot_rate, hot),
            c: down(self.cold_rate, cold),
            d: up(self.cold_rate, cold),
        }
    }

    /// ln x = beta_c omega_c - beta_h omega_h = -beta_e omega_0; exactly 0 where it is rounding of both terms.
    pub fn ln_ratio(&self) -> f64 {
        let (hot, cold) = (self.hot_exponent(), self.cold_exponent());
        let ln = cold - hot;
        // One rounding each in omega_c, both quotients and the difference.
        if ln.abs() <= 2.0 * f64::EPSILON * (hot + cold) { 0.0 } else { ln }
    }

    /// beta_e = (beta_h omega_h - beta_c omega_c)/omega_0.
    pub(crate) fn beta_e(&self) -> f64 {
        -self.ln_ratio() / self.signal_frequency
    }

    /// G_p = (a + d)/2: decay of the coherence between |0> and |1>.
    pub fn coherence_decay(&self) -> f64 {
        let EngineRates { a, d, .. } = self.bath_rates();
        0.5 * (a + d)
    }

    /// n_0, n_1, n_2 with an open signal: (bd, ac, ad)/(bd + ac + ad) = (1, x, e^{-beta_h omega_h})/(...).
    pub fn open_populations(&self) -> [f64; 3] {
        // From exponents: no rate underflows into 0/0.
        let logs = [0.0, self.ln_ratio(), -self.hot_exponent()];
        let top = logs.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
        let weights = logs.map(|x| (x - top).exp());
        let total: f64 = weights.iter().sum();
        weights.map(|w| w / total)
    }

    /// Rate of stimulated transitions 2 lambda^2 G_p/(G_p^2 + Delta^2) under a drive; infinite where no bath disturbs a
    /// resonant drive.
    pub(crate) fn stimulated_rate(&self, amplitude: f64, detuning: f64) -> f64 {
        lorentzian(amplitude, self.coherence_decay(), detuning)
    }

    /// Gamma_e = 2 g^2 n_0 G_p/(G_p^2 + delta^2), the rate at which cells with coupling g and detuning
    /// delta = omega_B - omega_0 lose quanta; they gain them at x Gamma_e.
    pub fn gamma_e(&self, coupling: f64, delta: f64) -> f64 {
        self.open_populations()[0] * self.stimulated_rate(coupling, delta)
    }

    /// The master equation in the frame of the drive, H = -Delta |1><1| + lambda (|0><1| + |1><0|).
    ///
    /// # Errors
    /// [`LindbladError`] for rates that are not finite.
    pub fn lindbladian(&self) -> Result<Lindbladian, LindbladError> {
        let entry = |row, column, x: f64| Operator::from_entries(3, [(row, column, Complex64::from(x))]);
        let EngineRates { a, b, c, d } = self.bath_rates();
        let jump = |rate, from, to| Channel { rate, jump: entry(to, from, 1.0) };
        let mut channels = vec![jump(a, 0, 2), jump(b, 2, 0), jump(c, 2, 1), jump(d, 1, 2)];
        let mut hamiltonian = Operator::zero(3);
        match self.signal {
            Signal::Open => {}
            Signal::Drive { amplitude, detuning } => {
                hamiltonian = &entry(0, 1, amplitude).plus_adjoint() + &entry(1, 1, -detuning);
            }
            Signal::Load { down, up } => channels.extend([jump(down, 1, 0), jump(up, 0, 1)]),
        }
        Lindbladian::new(hamiltonian, channels)
    }
}

/// 2 x^2 width/(width^2 + shift^2), also where the width vanishes.
fn lorentzian(x: f64, width: f64, shift: f64) -> f64 {
    if x == 0.0 {
        return 0.0;
    }
    if width == 0.0 && shift == 0.0 {
        return f64::INFINITY;
    }
    // Squares of the single terms may leave the range where the quotient does not.
    if width >= shift.abs() {
        2.0 * x * (x / width) / (1.0 + (shift / width).powi(2))
    } else {
        2.0 * x * (x / shift) * (width / shift) / (1.0 + (width / shift).powi(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_any_width_and_shift() {
        // 2 x^2 width/(width^2 + shift^2).
        for (width, shift, expected) in [
            (3.0, 4.0, 0.96),
            (3.0, -4.0, 0.96),
            (4.0, 3.0, 1.28),
            (4.0, -3.0, 1.28),
            (2.0, 0.0, 4.0),
            (0.0, 3.0, 0.0),
        ] {
            for x in [2.0, -2.0] {
                let found: f64 = lorentzian(x, width, shift);
                assert!((found - expected).abs() < 1e-15, "{width} {shift}: {found}");
            }
        }
        assert_eq!(lorentzian(0.3, 0.0, 0.0), f64::INFINITY);
        assert_eq!(lorentzian(0.0, 0.0, 0.0), 0.0);
    }
}
