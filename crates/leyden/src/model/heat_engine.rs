//! The three-level maser: levels |0>, |1>, |2> at 0, omega_0, omega_h between a hot and a cold bath.
//!
//! The hot bath couples 0 and 2 (omega_h), the cold bath 1 and 2 (omega_c = omega_h - omega_0), the signal lives on 0 and 1:
//!
//!   a = w(0->2) = gamma_h n_h,   b = w(2->0) = gamma_h (n_h + 1),
//!   d = w(1->2) = gamma_c n_c,   c = w(2->1) = gamma_c (n_c + 1),   n_x = 1/(e^{beta_x omega_x} - 1).
//!
//! Detailed balance instead of bosons: b = gamma_h, a = gamma_h e^{-beta_h omega_h}, and the same for c and d.
//! H. E. D. Scovil and E. O. Schulz-DuBois, Phys. Rev. Lett. 2, 262 (1959).

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

/// Rates of the baths between the levels of a maser.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EngineRates {
    /// w(0->2).
    pub a: f64,
    /// w(2->0).
    pub b: f64,
    /// w(2->1).
    pub c: f64,
    /// w(1->2).
    pub d: f64,
}

impl HeatEngine {
    /// Rates of the baths.
    pub fn bath_rates(&self) -> EngineRates {
        let rates = |rate: f64, exponent: f64| match self.rates {
            BathRates::Bosonic => (rate / exponent.exp_m1(), rate / -(-exponent).exp_m1()),
            BathRates::DetailedBalance => (rate * (-exponent).exp(), rate),
        };
        let (a, b) = rates(self.hot_rate, self.hot_frequency / self.hot_temperature);
        let (d, c) =
            rates(self.cold_rate, (self.hot_frequency - self.signal_frequency) / self.cold_temperature);
        EngineRates { a, b, c, d }
    }
}
