//! Models and requests that several tests build.

use leyden::charge::{Charging, Request};
use leyden::model::{
    Battery, Cell, Charger, ChargerBattery, ChargerKind, Coupling, CouplingForm, Cutoff, Drive, Initial,
    NoiseRates,
};
use leyden::space::InitialState;

/// A dephased qubit charger on N equal cells at resonance, everything in its ground state, g = omega = 1.
pub(crate) fn star(cells: usize, cell: Cell, f: f64, gamma: f64) -> ChargerBattery {
    ChargerBattery {
        charger: Charger {
            kind: ChargerKind::Qubit,
            frequency: 1.0,
            noise: NoiseRates { dephasing: gamma, ..NoiseRates::default() },
        },
        battery: Battery {
            cell,
            frequencies: vec![1.0; cells],
            noise: NoiseRates::default(),
            collective_noise: false,
        },
        coupling: Coupling { strengths: vec![1.0; cells], form: CouplingForm::Exchange },
        drive: Some(Drive { amplitude: f, frequency: 1.0 }),
        initial: Initial { charger: InitialState::Ground, battery: InitialState::Ground },
    }
}

/// Two oscillators at resonance.
#[allow(dead_code, reason = "not every test uses every model")]
pub(crate) fn oscillators(f: f64, gamma: f64) -> ChargerBattery {
    let mut model = star(1, Cell::Oscillator(Cutoff::Auto), f, gamma);
    model.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    model
}

/// Runs a model at `times` by the named method.
#[allow(dead_code, reason = "not every test uses every model")]
pub(crate) fn charge(model: &ChargerBattery, method: &str, times: &[f64]) -> Charging {
    let request = Request {
        times: times.to_vec(),
        method: method.parse().ok(),
        tolerance: 1e-8,
        verify: false,
        detail: leyden::asymptote::Detail::Spectrum,
        memory_limit: 4e9,
        ..Request::default()
    };
    model.charge(&request).unwrap()
}
