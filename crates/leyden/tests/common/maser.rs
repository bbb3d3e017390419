//! The engine that several tests know the numbers of.

use leyden::model::{BathRates, HeatEngine, Signal};

/// omega_h = 10, omega_0 = 1, beta_h = 0.1, beta_c = 0.2, both rates 1: beta_e omega_0 = -0.8.
pub(crate) const SET_A: HeatEngine = HeatEngine {
    hot_frequency: 10.0,
    signal_frequency: 1.0,
    hot_temperature: 10.0,
    cold_temperature: 5.0,
    hot_rate: 1.0,
    cold_rate: 1.0,
    rates: BathRates::Bosonic,
    signal: Signal::Open,
};
