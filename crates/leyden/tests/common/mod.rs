//! Models and requests that several tests build.

use leyden::charge::{Charging, Request};
use leyden::model::{Cell, ChargerBattery, EngineBattery, EngineMode, EngineModel, EngineStart, Engines};
use leyden::{Method, Times};

#[allow(dead_code, reason = "not every test uses every model")]
/// A dephased qubit charger on N equal cells at resonance, everything in its ground state, g = omega = 1.
pub(crate) fn star(cells: usize, cell: Cell, f: f64, gamma: f64) -> ChargerBattery {
    let mut star = ChargerBattery::star(cells).dephased(gamma).driven(f);
    star.battery.cell = cell;
    star
}

/// Two oscillators at resonance.
#[allow(dead_code, reason = "not every test uses every model")]
pub(crate) fn oscillators(f: f64, gamma: f64) -> ChargerBattery {
    ChargerBattery::oscillators().dephased(gamma).driven(f)
}

/// The method of this name, `None` for "auto".
#[allow(dead_code, reason = "not every test uses every model")]
pub(crate) fn method(name: &str) -> Option<Method> {
    (name != "auto").then(|| name.parse().unwrap())
}

/// Runs a model at `times` by the named method.
#[allow(dead_code, reason = "not every test uses every model")]
pub(crate) fn charge(model: &ChargerBattery, method: &str, times: &[f64]) -> Charging {
    let request = Request { method: self::method(method), ..Times::from(times.to_vec()).into() };
    model.charge(&request).unwrap()
}

/// Cells of frequency 1 that engines charge with g = 0.1, from the ground state, as a bath.
#[allow(dead_code, reason = "not every test uses every model")]
pub(crate) fn charged_by(cells: usize, engines: Engines, mode: EngineMode) -> EngineBattery {
    EngineBattery {
        cells,
        frequency: 1.0,
        detuning: 0.0,
        engines,
        coupling: 0.1,
        mode,
        model: EngineModel::Effective,
        start: EngineStart::Steady,
        excited: false,
        fraction: 0.99,
        compare: false,
    }
}
