//! Cells charged by engines where there are many of them.

use leyden::asymptote::Detail;
use leyden::charge::{Charging, EngineCharging, Request};
use leyden::model::{
    BathRates, EngineBattery, EngineMode, EngineModel, EngineStart, Engines, HeatEngine, Signal,
};

use EngineMode::Collective;
use EngineModel::{Effective, Full};

/// omega_h = 10, omega_0 = 1, beta = 0.1 and 0.2, gamma = 1: beta_e omega_0 = -0.8.
const MASER: HeatEngine = HeatEngine {
    hot_frequency: 10.0,
    signal_frequency: 1.0,
    hot_temperature: 10.0,
    cold_temperature: 5.0,
    hot_rate: 1.0,
    cold_rate: 1.0,
    rates: BathRates::Bosonic,
    signal: Signal::Open,
};

fn battery(cells: usize, engines: Engines, mode: EngineMode, model: EngineModel) -> EngineBattery {
    EngineBattery {
        cells,
        frequency: 1.0,
        engines,
        coupling: 0.1,
        mode,
        model,
        start: EngineStart::Steady,
        excited: false,
        fraction: 0.99,
        compare: false,
    }
}

/// Gamma_e = 0.1, beta_e omega_0 = -0.8.
fn effective(cells: usize, mode: EngineMode) -> EngineBattery {
    battery(cells, Engines::Effective { rate: 0.1, exponent: -0.8 }, mode, Effective)
}

fn masers(cells: usize, mode: EngineMode, model: EngineModel) -> EngineBattery {
    battery(cells, Engines::Maser(MASER), mode, model)
}

fn request(times: &[f64]) -> Request {
    Request {
        times: times.to_vec(),
        method: "auto".into(),
        tolerance: 1e-9,
        verify: false,
        detail: Detail::Spectrum,
        memory_limit: 4e9,
    }
}

fn charge(battery: &EngineBattery, times: &[f64]) -> Charging {
    battery.charge(&request(times)).unwrap()
}

fn of(charging: &Charging) -> &EngineCharging {
    charging.engine_charging.as_ref().unwrap()
}

fn close(a: f64, b: f64, tolerance: f64, what: &str) {
    assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}: {a:.14} against {b:.14}");
}

#[test]
fn power_of_many_cells() {
    // Largest flow 0.1957 N^2 Gamma_e (x - 1), largest fluctuation 0.2381 N.
    let n = 20_000.0;
    let charging = charge(&effective(20_000, Collective), &[0.0, 1.0]);
    let flow = of(&charging).peak_power.unwrap().0 / (n * n * 0.1 * (0.8_f64.exp() - 1.0));
    let sigma = of(&charging).peak_fluctuation.unwrap().0 / n;
    assert!((flow - 0.1957).abs() < 1e-3 && (sigma - 0.2381).abs() < 1e-3, "{flow} {sigma}");
}

#[test]
fn a_million_cells() {
    for (cells, exponent) in [(1_000_000, -0.8), (100_000, -1e-6), (100_000, 0.0), (100_000, 1e-6)] {
        let engines = Engines::Effective { rate: 0.1, exponent };
        let battery = battery(cells, engines, Collective, Effective);
        let charging = charge(&battery, &[0.0, 1e-6]);
        let limit = charging.asymptote.limit.unwrap();
        assert!(charging.checks.trace < 1e-8, "{exponent} {:?}", charging.checks);
        assert!(limit.ergotropy.global >= 0.0 && limit.ergotropy.global <= limit.energy);
        assert!(of(&charging).enhancement.is_ok() && of(&charging).time.is_ok());
        let (y, n) = (exponent.exp(), cells as f64);
        match exponent {
            // e = 1 - y/(1 - y)/N, q = 0 in numbers; locked = y.
            _ if exponent < -0.1 => {
                close(n - limit.energy, y / (1.0 - y), 1e-9, "empty");
                close(of(&charging).locked, y, 1e-14, "locked");
            }
            0.0 => close(limit.energy, 0.5 * n, 1e-13, "half"),
            // e = 1/2 + z/12, z = N ln x, to the second order.
            _ => close(limit.energy / n - 0.5, -exponent * n / 12.0, 1e-4, "near the stall"),
        }
    }
}

/// The corridor's enhancement; values of more cells are those of runs alone.
#[test]
fn the_advantage_shrinks_beyond_validity() {
    let enhancement = |model| {
        let charging = charge(&masers(4, Collective, model), &[0.0, 1.0]);
        of(&charging).enhancement.clone().unwrap()
    };
    close(enhancement(Full), 1.206, 5e-4, "full");
    close(enhancement(Effective), 1.477, 5e-4, "effective");
}

#[test]
fn the_full_model_of_several_cells_keeps_the_laws() {
    for excited in [false, true] {
        let battery = EngineBattery { excited, coupling: 0.3, ..masers(6, Collective, Full) };
        let charging = charge(&battery, &[0.0, 2.0, 600.0]);
        let limit = charging.asymptote.limit.unwrap();
        close(charging.series.energy[2], limit.energy, 1e-7, "energy");
        close(charging.series.global[2], limit.ergotropy.global, 1e-7, "ergotropy");
        close(charging.series.fluctuation[2], limit.fluctuation, 1e-6, "fluctuation");
        close(of(&charging).efficiency[2], 0.1, 1e-7, "first law");
    }
}
