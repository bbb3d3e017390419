//! Numbers that do not exist, each with its own reason.

mod common;
#[path = "common/maser.rs"]
mod set_a;

use common::{charge, oscillators, star};
use leyden::charge::Charging;
use leyden::model::{
    Cell, ChargerBattery, Cutoff, EngineBattery, EngineError, EngineMode, EngineModel, EngineStart, Engines,
    HeatEngine, NoiseRates,
};
use leyden::space::InitialState;
use leyden::why::{Divergence, Heating, Infinite, NoCollective, Undamped};
use leyden::{Error, Times, Why};
use num_complex::Complex64;
use set_a::SET_A;

fn dephasing(rate: f64) -> NoiseRates {
    NoiseRates { dephasing: rate, ..NoiseRates::default() }
}

/// Collective ergotropy at every time.
fn collective(model: &ChargerBattery) -> Vec<Result<f64, NoCollective>> {
    let run = charge(model, "auto", &[0.0, 0.5, 2.0]);
    run.series.merits.iter().map(|merits| merits.ergotropy.collective).collect()
}

#[test]
fn collective_ergotropy_ends_with_the_symmetry_of_the_state() {
    let local = [
        dephasing(1e-6),
        NoiseRates { relaxation: 1e-6, ..NoiseRates::default() },
        NoiseRates { pumping: 1e-6, ..NoiseRates::default() },
        dephasing(1e-9),
    ];
    for cells in [2, 3, 4] {
        let clean = star(cells, Cell::Qubit, 0.8, 1.0);
        let exact = collective(&clean);
        for noise in local {
            let mut noisy = clean.clone();
            noisy.battery.noise = noise;
            let found = collective(&noisy);
            assert_eq!(found[0], Ok(0.0), "the start is symmetric");
            assert_eq!(found[2], Err(NoCollective::NotSymmetric), "{cells} {noise:?}");
            // The same noise on all cells together, or on the charger, keeps it; so does noise far below rounding.
            noisy.battery.collective_noise = true;
            let mut faint = clean.clone();
            faint.battery.noise = dephasing(1e-15);
            for other in [noisy, faint] {
                for (found, exact) in collective(&other).iter().zip(&exact) {
                    assert!((found.unwrap() - exact.unwrap()).abs() < 1e-4, "{cells} {noise:?}");
                }
            }
        }
    }
    let mut unequal = star(2, Cell::Qubit, 0.8, 1.0);
    unequal.battery.frequencies[1] = 1.1;
    assert_eq!(collective(&unequal)[1], Err(NoCollective::CellsDiffer));
    let mut unequal = star(2, Cell::Qubit, 0.8, 1.0);
    unequal.coupling.strengths[1] = 0.7;
    assert_eq!(collective(&unequal)[1], Err(NoCollective::CellsDiffer));
    // One cell has no symmetry to leave.
    let mut one = star(1, Cell::Qubit, 0.8, 1.0);
    one.battery.noise = dephasing(0.3);
    assert!(collective(&one).iter().all(|found| found.is_ok()));
}

fn limit(model: &ChargerBattery) -> Why {
    charge(model, "taylor", &[0.0, 0.3]).asymptote.limit.unwrap_err()
}

#[test]
fn what_grows_says_what_heats_it() {
    let qubit_charger = |gamma: f64, delta: f64, battery: f64| {
        let mut model = star(1, Cell::Oscillator(Cutoff::Auto), 0.5, gamma);
        (model.battery.detuning, model.battery.noise) = (delta, dephasing(battery));
        limit(&model)
    };
    let battery = |because| Why::from(Divergence::Battery { because });
    assert_eq!(qubit_charger(1.0, 0.2, 0.0), battery(Heating::OffResonance));
    assert_eq!(qubit_charger(0.0, 0.0, 0.7), battery(Heating::BatteryDephasing));
    assert_eq!(qubit_charger(1.0, 0.2, 0.7), battery(Heating::BatteryDephasing));
    // A driven oscillator that charges a qubit.
    let mut charger = ChargerBattery::oscillators().dephased(1.0).driven(0.3);
    charger.battery.cell = Cell::Qubit;
    assert_eq!(limit(&charger), Divergence::Charger.into());
    // Nothing dephases: no divergence, and no limit either.
    let still = star(1, Cell::Qubit, 0.5, 0.0);
    assert_eq!(charge(&still, "auto", &[1.0]).asymptote.limit, Err(Undamped::NoDephasing.into()));
}

#[test]
fn two_oscillators_say_how_fast_they_grow() {
    // N' grows as 2 F^2 Re(1/Y), Y = A_a + g^2/A_b, A_x = gamma_x/2 + i Delta_x, and the battery holds half of it.
    let f = 0.4;
    for (charger, battery, delta) in [(1.0, 0.0, 0.2), (0.0, 1.0, 0.0), (0.6, 1.7, -0.3)] {
        let mut model = oscillators(f, charger);
        (model.battery.detuning, model.battery.noise) = (delta, dephasing(battery));
        let (a, b) = (Complex64::new(0.5 * charger, 0.0), Complex64::new(0.5 * battery, delta));
        let expected = f * f * (a + b.inv()).inv().re;
        for method in ["taylor", "moments"] {
            let Err(Why::Diverges(Divergence::Number { power, rate })) =
                charge(&model, method, &[0.0, 0.3]).asymptote.limit
            else {
                panic!("{method}: {charger} {battery} {delta}")
            };
            assert!(power == 1 && (rate / expected - 1.0).abs() < 1e-13, "{method}: {rate} {expected}");
        }
    }
}

/// One cell in the bath that an engine is to it.
fn charged_by(engine: HeatEngine) -> EngineBattery {
    EngineBattery {
        cells: 1,
        frequency: engine.signal_frequency,
        detuning: 0.0,
        engines: Engines::Maser(engine),
        coupling: 0.01,
        mode: EngineMode::Collective,
        model: EngineModel::Effective,
        start: EngineStart::Steady,
        excited: false,
        fraction: 0.99,
        compare: false,
    }
}

#[test]
fn a_signal_as_fast_as_its_pump_leaves_no_cold_transition() {
    let with = |signal: f64| HeatEngine { signal_frequency: signal, ..SET_A };
    for signal in [10.0, 10.0_f64.next_up(), 12.0] {
        let expected = EngineError::SignalAbovePump { signal, hot: 10.0 };
        assert_eq!(with(signal).validate(), Err(expected.clone()));
        let refused = |run: Result<Charging, Error>| run.unwrap_err();
        assert_eq!(refused(with(signal).charge(&Times::none().into())), Error::Engine(expected.clone()));
        assert_eq!(refused(charged_by(with(signal)).charge(&Times::none().into())), Error::Engine(expected));
    }
    // Just below, everything is a number: x = e^{beta_c omega_c - beta_h omega_h} with omega_c -> 0.
    let signal = 10.0_f64.next_down();
    let report = with(signal).charge(&Times::none().into()).unwrap().engine.unwrap();
    assert!((report.ratio - (-1.0_f64).exp()).abs() < 1e-14 && report.populations.unwrap()[2] > 0.0);
}

#[test]
fn oscillators_have_rates_as_small_as_one_likes_only_where_many_levels_are_met() {
    let battery = |initial| {
        let mut model = star(1, Cell::Oscillator(Cutoff::Auto), 0.0, 1.0);
        model.drive = None;
        model.initial.charger = InitialState::Excited;
        model.initial.battery = initial;
        model
    };
    let spectral = |model: &ChargerBattery| {
        let run = charge(model, "rabi-blocks", &[1.0]);
        run.charging_time.unwrap().spectral.map(|found| found.time)
    };
    let slow = Err(Why::Infinite(Infinite::SlowModes));
    for few in [InitialState::Ground, InitialState::Fock(2)] {
        assert!(spectral(&battery(few.clone())).is_ok(), "{few:?}");
        assert_eq!(spectral(&battery(few.clone()).driven(0.3)), slow, "{few:?}");
    }
    for many in [InitialState::Coherent(1.0), InitialState::Thermal(0.3)] {
        assert_eq!(spectral(&battery(many.clone())), slow, "{many:?}");
    }
}

#[test]
fn two_oscillators_have_no_plateaus_where_that_is_proven() {
    let plateaus = |gamma: f64| {
        let mut model = oscillators(0.4, 0.7);
        model.charger.noise.dephasing = gamma;
        charge(&model, "number-sectors", &[1.0]).asymptote.plateaus.map(|list| list.len())
    };
    assert_eq!(plateaus(0.7), Ok(0));
    assert!(plateaus(0.0).is_err());
}
