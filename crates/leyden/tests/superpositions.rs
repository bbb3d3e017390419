//! Superpositions as initial states: every method that uses a structure against the master equation, and closed forms.

mod common;

use common::charge;
use leyden::charge::Charging;
use leyden::exact::{Moments, OscillatorNoise, OscillatorPair};
use leyden::merit::Merits;
use leyden::model::{Cell, ChargerBattery, ChargerKind, Cutoff, NoiseRates};
use leyden::protocol::{Part, Protocol, ProtocolSystem, ResetState, Stage, Task};
use leyden::space::StateError;
use leyden::{Complex64, InitialState, Method, Request, Times};

use InitialState::{Coherent, Fock, Superposition};

fn state(coefficients: &[(f64, f64)]) -> InitialState {
    let coefficients: Vec<Complex64> = coefficients.iter().map(|(re, im)| Complex64::new(*re, *im)).collect();
    let norm = coefficients.iter().map(Complex64::norm_sqr).sum::<f64>().sqrt();
    InitialState::superposition(coefficients.iter().map(|c| c / norm).collect()).unwrap()
}

fn figures(merits: &Merits) -> [f64; 6] {
    let e = &merits.ergotropy;
    [merits.energy, e.global, e.local, e.coherent, merits.purity, merits.fluctuation.powi(2)]
}

fn precise(model: &ChargerBattery, method: &str, times: &[f64]) -> Charging {
    let request =
        Request { method: common::method(method), tolerance: 1e-11, ..Times::from(times.to_vec()).into() };
    model.charge(&request).unwrap()
}

fn agree(model: &ChargerBattery, exact: &str, bound: f64) {
    let times = [0.0, 0.4, 1.3, 3.1];
    let (found, expected) = (precise(model, exact, &times), precise(model, "taylor", &times));
    assert!(expected.times == times && found.times == times);
    for (a, b) in found.series.merits.iter().zip(&expected.series.merits) {
        for (k, (x, y)) in figures(a).into_iter().zip(figures(b)).enumerate() {
            assert!((x - y).abs() < bound, "{exact} {k}: {x} {y} {model:?}");
        }
    }
    for (x, y) in found.series.power.iter().zip(&expected.series.power) {
        assert!((x - y).abs() < bound, "{exact}: {x} {y} {model:?}");
    }
}

/// Qubit chargers: ladders, products of unequal couplings, an oscillator, detuned and not, driven and not.
#[test]
fn rabi_blocks_start_from_superpositions() {
    let charger = state(&[(0.6, 0.1), (-0.3, 0.7)]);
    let battery = state(&[(0.5, -0.2), (0.4, 0.6), (0.1, 0.3)]);
    for (cells, cell, detuning, drive) in [
        (2, Cell::Qubit, 0.0, 0.4),
        (3, Cell::Qubit, 0.7, 0.4),
        (2, Cell::Qudit(3), 0.0, 0.0),
        (1, Cell::Qudit(4), -0.4, 0.9),
        (1, Cell::Oscillator(Cutoff::Auto), 0.0, 0.3),
    ] {
        let mut model = ChargerBattery::star(cells).dephased(0.8).driven(drive);
        model = model.with_charger_in(charger.clone()).with_battery_in(battery.clone());
        model.battery.cell = cell;
        model.charger.detuning = detuning;
        agree(&model, "rabi-blocks", 1e-9);
        if cells > 1 {
            model.coupling.strengths[0] = 0.6;
            agree(&model, "rabi-blocks", 1e-9);
        }
    }
}

/// Where nothing drives them, few Fock states are few blocks: their slowest rate is known.
#[test]
fn superpositions_of_an_oscillator_have_few_blocks() {
    let mut model = ChargerBattery::star(1).dephased(1.0).with_charger_in(InitialState::Excited);
    model.battery.cell = Cell::Oscillator(Cutoff::Auto);
    let spectral =
        |model: &ChargerBattery| charge(model, "rabi-blocks", &[0.0, 1.0]).charging_time.unwrap().spectral;
    let superposed = model.clone().with_battery_in(state(&[(0.6, 0.0), (0.0, 0.8)]));
    assert!(spectral(&superposed).is_ok());
    assert!(spectral(&superposed.driven(0.2)).is_err());
    assert!(spectral(&model.with_battery_in(Coherent(0.5))).is_err());
}

#[test]
fn number_sectors_start_from_superpositions() {
    let battery = state(&[(0.5, -0.2), (0.4, 0.6), (0.1, 0.3)]);
    for (gamma, f) in [(0.7, 0.3), (0.0, -0.2), (3.0, 0.0)] {
        let model = common::oscillators(f, gamma).with_battery_in(battery.clone());
        agree(&model, "number-sectors", 1e-8);
    }
}

fn moments_of(model: &ChargerBattery) -> Moments {
    let noise = |rates: &NoiseRates| OscillatorNoise {
        dephasing: rates.dephasing,
        relaxation: rates.relaxation,
        thermal_occupation: rates.thermal_occupation,
    };
    let pair = OscillatorPair {
        charger_detuning: model.charger.detuning,
        battery_detuning: 0.0,
        coupling: 1.0,
        amplitude: model.drive.unwrap().amplitude,
        charger: noise(&model.charger.noise),
        battery: noise(&model.battery.noise),
    };
    Moments::new(pair, model.initial.charger.clone(), model.initial.battery.clone()).unwrap()
}

/// Energy and fluctuation from complex `<a^dag^p a^q>`: every way in which the numbers settle, grow or oscillate, and the limits behind them.
#[test]
fn moments_start_from_superpositions() {
    let (charger, battery) =
        (state(&[(0.6, 0.1), (-0.3, 0.7), (0.2, 0.4)]), state(&[(0.5, -0.2), (0.4, 0.6)]));
    let noise = |dephasing, relaxation, thermal_occupation| NoiseRates {
        dephasing,
        relaxation,
        thermal_occupation,
        ..NoiseRates::default()
    };
    let none = NoiseRates::default();
    let times = [0.0, 0.5, 1.6];
    for (on_charger, on_battery, f, detuning) in [
        (none, none, 0.1, 0.3),
        (noise(0.8, 0.0, 0.0), none, 0.1, 0.0),
        (noise(0.8, 0.0, 0.0), noise(0.4, 0.0, 0.0), 0.0, 0.0),
        (noise(0.8, 0.0, 0.0), none, 0.0, 0.5),
        (noise(0.5, 0.3, 0.02), noise(0.0, 0.2, 0.0), 0.1, 0.2),
        (none, noise(0.2, 0.5, 0.02), 0.1, 0.0),
    ] {
        let mut model = ChargerBattery::oscillators().driven(f);
        (model.charger.noise, model.battery.noise) = (on_charger, on_battery);
        model.charger.detuning = detuning;
        model = model.with_charger_in(charger.clone()).with_battery_in(battery.clone());
        let mut cut = model.clone();
        cut.charger.kind = ChargerKind::Oscillator(Cutoff::Levels(11));
        cut.battery.cell = Cell::Oscillator(Cutoff::Levels(11));
        let (found, expected) = (charge(&model, "moments", &times), charge(&cut, "taylor", &times));
        assert_eq!((found.method, expected.method), (Method::Moments, Method::Taylor));
        for (k, (a, b)) in found.series.merits.iter().zip(&expected.series.merits).enumerate() {
            assert!((a.energy - b.energy).abs() < 1e-7, "{model:?}: {a:?} {b:?}");
            assert!((a.fluctuation - b.fluctuation).abs() < 1e-6, "{model:?}: {a:?} {b:?}");
            assert!((found.series.power[k] - expected.series.power[k]).abs() < 1e-7, "{model:?}");
        }
        // The curve behind the times to charge, and where it ends.
        if let Ok(limit) = found.limit() {
            let late = charge(&model, "moments", &[400.0]);
            assert!((late.last().energy - limit.energy).abs() < 1e-10, "{model:?}");
            assert!((late.last().fluctuation - limit.fluctuation).abs() < 1e-9, "{model:?}");
            let curve = moments_of(&model).curve().unwrap();
            for (t, merits) in times.iter().zip(&found.series.merits) {
                assert!((curve.energy(*t) - merits.energy).abs() < 1e-11, "{model:?} {t}");
            }
        }
    }
}

/// A superposition of levels is a Fock state where it has one, and the vacuum and one quantum swap: n_b = |c_1|^2 sin^2 gt.
#[test]
fn a_quantum_shared_with_the_vacuum_swaps() {
    let times: Vec<f64> = (0..9).map(|k| 0.3 * k as f64).collect();
    let mut cavity = ChargerBattery::star(1).with_charger_in(state(&[(0.6, 0.0), (0.0, 0.8)]));
    for oscillator in [false, true] {
        if oscillator {
            cavity.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
        }
        let run = charge(&cavity, "auto", &times);
        for (t, merits) in times.iter().zip(&run.series.merits) {
            let p = 0.64 * t.sin().powi(2);
            // Coherence 0.48 sin t beside populations 1 - p and p.
            let bloch = (1.0 - 2.0 * p).hypot(2.0 * 0.48 * t.sin());
            assert!((merits.energy - p).abs() < 1e-13, "{oscillator} {t}");
            assert!((merits.ergotropy.global - (p - 0.5 + 0.5 * bloch)).abs() < 1e-13, "{oscillator} {t}");
        }
    }
    let single = Superposition(vec![Complex64::ZERO, Complex64::ZERO, Complex64::I]);
    cavity.battery.frequencies = vec![1.0; 3];
    cavity.coupling.strengths = vec![1.0; 3];
    let run = |start| charge(&cavity.clone().with_charger_in(start), "number-blocks", &times).series.merits;
    assert_eq!(run(single), run(Fock(2)));
}

/// Equal and unequal cells: the ladder, spin sectors with local noise, and the product space say the same.
#[test]
fn cells_share_a_superposition_of_dicke_states() {
    let battery = state(&[(0.5, -0.2), (0.4, 0.6), (0.1, 0.3), (0.0, -0.4)]);
    let mut model = ChargerBattery::star(3).dephased(0.5).driven(0.3).with_battery_in(battery);
    let times = [0.0, 0.7, 2.0];
    let ladder = precise(&model, "taylor", &times);
    model.battery.noise.dephasing = 1e-14;
    let sectors = precise(&model, "taylor", &times);
    model.battery.noise.dephasing = 0.0;
    model.battery.frequencies[0] += 1e-14;
    let product = precise(&model, "taylor", &times);
    for other in [sectors, product] {
        for (a, b) in ladder.series.merits.iter().zip(&other.series.merits) {
            for (x, y) in figures(a).into_iter().zip(figures(b)) {
                assert!((x - y).abs() < 1e-10, "{x} {y}");
            }
        }
    }
}

#[test]
fn a_reset_prepares_a_superposition() {
    let prepared = state(&[(0.6, 0.0), (0.0, 0.8)]);
    let stage = |task| Stage { task, points: 1 };
    let evolve = || stage(Task::Evolve { duration: Some(0.7), system: None });
    let reset =
        |target, state: &InitialState| stage(Task::Reset { target, state: ResetState::State(state.clone()) });
    let run = |system: ChargerBattery, stages: Vec<Stage>| {
        let protocol =
            Protocol { system: ProtocolSystem::ChargerBattery(system), stages, repeat: 1, shown: None };
        protocol.charge(&Request::from(Times::from(vec![]))).unwrap()
    };
    for kind in [ChargerKind::Qubit, ChargerKind::Oscillator(Cutoff::Auto)] {
        let mut system = ChargerBattery::star(2).with_charger_in(Fock(1));
        system.charger.kind = kind;
        let stages =
            vec![evolve(), reset(Part::Charger, &prepared), reset(Part::Battery, &prepared), evolve()];
        let found = run(system.clone(), stages);
        system = system.with_charger_in(prepared.clone()).with_battery_in(prepared.clone());
        let expected = charge(&system, "taylor", &[0.7]);
        let (a, b) = (found.last(), expected.last());
        assert!((a.energy - b.energy).abs() < 1e-9, "{kind:?}: {a:?} {b:?}");
        assert!((a.ergotropy.global - b.ergotropy.global).abs() < 1e-8, "{kind:?}");
    }
}

#[test]
fn superpositions_that_do_not_exist() {
    let refused = |model: &ChargerBattery| {
        model.charge(&Request::from(Times::from(vec![0.0, 1.0]))).unwrap_err().to_string()
    };
    let long = state(&[(1.0, 0.0); 5]);
    let qubits = ChargerBattery::star(3);
    for (model, levels) in [
        (qubits.clone().with_charger_in(long.clone()), 2),
        (qubits.clone().with_battery_in(long.clone()), 4),
        (ChargerBattery::star(1).with_battery_in(long.clone()), 2),
    ] {
        let error = refused(&model);
        assert!(error.contains(&format!("at most {levels} coefficients")), "{error}");
        assert!(error.contains("holds 5"), "{error}");
    }
    let mut cut = ChargerBattery::oscillators().with_battery_in(long);
    cut.battery.cell = Cell::Oscillator(Cutoff::Levels(4));
    cut.battery.noise.relaxation = 0.1;
    assert!(refused(&cut).contains("4 levels hold only"), "{}", refused(&cut));
    let halves = || vec![Complex64::from(0.5); 2];
    let norm = 0.5_f64.sqrt();
    assert_eq!(InitialState::superposition(halves()), Err(StateError::NotNormalised { norm }));
    let parts = [qubits.with_charger_in(Superposition(halves())), {
        ChargerBattery::oscillators().with_battery_in(Superposition(halves()))
    }];
    for model in parts {
        assert!(refused(&model).contains("must be normalised"), "{}", refused(&model));
    }
    // Nearly normalised lists are, exactly.
    let Superposition(found) = InitialState::superposition(vec![Complex64::from(1.0 + 5e-10)]).unwrap()
    else {
        panic!()
    };
    assert_eq!(found, [Complex64::ONE]);
}

/// Gaussian states whose oscillators are cut, or for which moments are asked: mean and covariance give all figures.
#[test]
fn moments_know_gaussian_states() {
    let mut model = ChargerBattery::oscillators().driven(0.1).with_charger_in(Coherent(0.3));
    model.initial.battery = InitialState::Squeezed(0.1);
    model.charger.noise = NoiseRates { relaxation: 0.4, thermal_occupation: 0.02, ..NoiseRates::default() };
    let times = [0.0, 0.6, 2.5];
    let (moments, gaussian) = (charge(&model, "moments", &times), charge(&model, "gaussian", &times));
    let mut cut = model.clone();
    cut.battery.cell = Cell::Oscillator(Cutoff::Levels(30));
    let cut = charge(&cut, "moments", &times);
    for (k, expected) in gaussian.series.merits.iter().enumerate() {
        for run in [&moments, &cut] {
            assert_eq!(run.method, Method::Moments);
            for (x, y) in figures(&run.series.merits[k]).into_iter().zip(figures(expected)) {
                assert!((x - y).abs() < 1e-12, "{k}: {x} {y}");
            }
        }
    }
    let mut small = model.clone();
    small.charger.kind = ChargerKind::Oscillator(Cutoff::Levels(13));
    small.battery.cell = Cell::Oscillator(Cutoff::Levels(13));
    let taylor = charge(&small, "taylor", &times);
    for (a, b) in moments.series.merits.iter().zip(&taylor.series.merits) {
        assert!((a.ergotropy.global - b.ergotropy.global).abs() < 1e-7, "{a:?} {b:?}");
    }
    assert!(moments.checks.smallest_eigenvalue == 0.0 && moments.checks.energy_balance < 1e-13);
    // Dephasing leaves energies alone.
    model.charger.noise.dephasing = 0.1;
    let dephased = charge(&model, "moments", &times);
    assert!(dephased.last().ergotropy.global.is_nan());
    assert!(dephased.checks.trace.is_nan() || dephased.checks.smallest_eigenvalue.is_nan());
}
