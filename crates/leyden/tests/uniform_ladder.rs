//! A battery whose lowering operator is sum_n |n><n+1|: closed forms, and methods against each other.

mod common;

use common::{charge, star};
use leyden::charge::{Charging, Error};
use leyden::model::{Cell, ChargerBattery, ChargerKind, CouplingForm, Cutoff, ModelError, NoiseRates};
use leyden::space::InitialState::{Coherent, Excited, Fock};
use leyden::{Request, System, Times};

const TIMES: [f64; 5] = [0.0, 0.3, 1.1, 2.9, 7.0];

fn ladder(levels: usize) -> ChargerBattery {
    let mut ladder = star(1, Cell::UniformLadder(levels), 0.0, 0.0);
    ladder.drive = None;
    ladder.charger.noise = NoiseRates::default();
    ladder
}

fn precise(system: &dyn System, method: &str) -> Charging {
    let times = Times::from(TIMES.to_vec());
    let request = Request { method: common::method(method), tolerance: 1e-12, ..times.into() };
    system.charge(&request).unwrap()
}

fn energies_agree(a: &Charging, b: &Charging, bound: f64) {
    assert_eq!(a.series.merits.len(), TIMES.len());
    for (a, b) in a.series.merits.iter().zip(&b.series.merits) {
        let figures =
            |m: &leyden::merit::Merits| [m.energy, m.ergotropy.global, m.purity, m.fluctuation.powi(2)];
        for (x, y) in figures(a).into_iter().zip(figures(b)) {
            assert!((x - y).abs() < bound, "{x} {y}");
        }
    }
}

#[test]
fn every_step_exchanges_alike() {
    // sin^2(gt) at every level but the highest, from which there is no step up.
    for (n, moves) in [(0, 1.0), (3, 1.0), (5, 0.0)] {
        let model = ladder(6).with_charger_in(Excited).with_battery_in(Fock(n));
        for method in ["rabi-blocks", "taylor", "explicit"] {
            for (time, energy) in TIMES.iter().zip(charge(&model, method, &TIMES).series.energy()) {
                let expected = n as f64 + moves * time.sin().powi(2);
                assert!((energy - expected).abs() < 1e-8, "{method} {n} {time}: {energy}");
            }
        }
    }
}

#[test]
fn quanta_are_lost_one_by_one() {
    // Every quantum leaves at the rate k, whatever the level: kt of them on the average, until none is left.
    let (k, n) = (0.4, 4);
    let mut model = ladder(7).with_battery_in(Fock(n));
    model.battery.noise = NoiseRates { relaxation: k, ..NoiseRates::default() };
    model.coupling.strengths = vec![0.0];
    for (time, energy) in TIMES.iter().zip(precise(&model, "taylor").series.energy()) {
        let mut probability = (-k * time).exp();
        let mut expected = 0.0;
        for lost in 0..n {
            expected += probability * (n - lost) as f64;
            probability *= k * time / (lost + 1) as f64;
        }
        assert!((energy - expected).abs() < 1e-10, "{time}: {energy} {expected}");
    }
}

#[test]
fn exact_and_general_methods_agree_under_drive_and_dephasing() {
    for (f, gamma) in [(0.5, 0.0), (0.7, 1.4), (0.0, 0.6)] {
        let mut model = star(1, Cell::UniformLadder(5), f, gamma);
        model.initial.charger = Excited;
        energies_agree(&precise(&model, "rabi-blocks"), &precise(&model, "taylor"), 1e-9);
    }
    // Two levels are a qubit.
    let (uniform, qubit) = (star(1, Cell::UniformLadder(2), 0.5, 0.3), star(1, Cell::Qubit, 0.5, 0.3));
    energies_agree(&precise(&uniform, "auto"), &precise(&qubit, "auto"), 1e-12);
    // An oscillator has no blocks of spins here.
    let mut cavity = ladder(5);
    cavity.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    cavity.initial.charger = Coherent(1.0);
    let refused = cavity.charge(&Request { method: common::method("number-blocks"), ..Request::default() });
    assert!(refused.unwrap_err().to_string().contains("uniform ladder"));
    let blocks = precise(&cavity, "auto");
    energies_agree(&blocks, &precise(&cavity, "explicit"), 1e-7);
}

#[test]
fn parts_say_the_same_ladder() {
    let mut model = star(1, Cell::UniformLadder(4), 0.3, 0.2);
    model.battery.noise = NoiseRates { relaxation: 0.1, thermal_occupation: 0.5, ..NoiseRates::default() };
    for form in [CouplingForm::Exchange, CouplingForm::Dipole] {
        model.coupling.form = form;
        if form == CouplingForm::Dipole {
            model.drive = None;
        }
        energies_agree(&precise(&model, "explicit"), &precise(&model.as_parts(), "explicit"), 1e-9);
    }
}

#[test]
fn several_ladders_are_refused() {
    let several = star(3, Cell::UniformLadder(4), 0.5, 0.0);
    let refused = several.charge(&Times::from(TIMES.to_vec()).into()).unwrap_err();
    assert_eq!(refused, Error::Model(ModelError::SeveralLadders { cells: 3 }));
}
