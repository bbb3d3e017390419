//! Trajectories against the master equation whose mean they are, in all pictures.

use leyden::charge::{Charging, Count, System, Trajectories};
use leyden::evolve::Picture;
use leyden::model::{Cell, ChargerBattery, ChargerKind, CouplingForm, Cutoff};
use leyden::space::InitialState;
use leyden::{Method, Request, Times};

fn drawn(model: &dyn System, picture: Picture, count: usize, times: &Times) -> Charging {
    let asked = Trajectories { picture, count: Count::Fixed(count), keep: 2 };
    let request =
        Request { method: Some(Method::Trajectories), trajectories: asked, seed: 7, ..times.clone().into() };
    model.charge(&request).unwrap()
}

fn exact(model: &dyn System, times: &Times) -> Charging {
    model.charge(&times.clone().into()).unwrap()
}

/// Energies and ergotropies within so many standard errors of the exact ones; the largest of both.
fn deviation(drawn: &Charging, exact: &Charging) -> (f64, f64) {
    let sampled = drawn.trajectories.as_ref().unwrap();
    let mut worst = (0.0_f64, 0.0_f64);
    for (k, (a, b)) in drawn.series.merits.iter().zip(&exact.series.merits).enumerate() {
        let z = |x: f64, y: f64, error: f64| (x - y).abs() / (error + 1e-9);
        worst.0 = worst.0.max(z(a.energy, b.energy, sampled.energy_error[k]));
        if a.ergotropy.global.is_finite() {
            worst.1 = worst.1.max(z(a.ergotropy.global, b.ergotropy.global, sampled.ergotropy_error[k]));
        }
    }
    worst
}

fn holds(name: &str, model: &dyn System, picture: Picture, count: usize, times: &Times) {
    let found = drawn(model, picture, count, times);
    let (energy, ergotropy) = deviation(&found, &exact(model, times));
    println!(
        "{name} {picture:?}: {energy:.2} {ergotropy:.2} steps {:?} error {:.1e}",
        found.trajectories.as_ref().unwrap().step,
        found.checks.error
    );
    assert!(energy < 4.5 && ergotropy < 4.5, "{name} {picture:?}: {energy} {ergotropy}");
}

#[test]
fn every_picture_has_the_mean_of_the_master_equation() {
    let times = Times::even(0.0, 10.0, 6);
    let pair = ChargerBattery::star(1).dephased(1.0).driven(0.5);
    for picture in Picture::ALL {
        holds("pair", &pair, picture, 4000, &times);
    }
}

#[test]
fn so_has_every_system() {
    let times = Times::even(0.0, 4.0, 5);
    let mut damped = ChargerBattery::star(2).dephased(0.7).driven(0.8);
    damped.charger.noise.relaxation = 0.3;
    damped.charger.noise.thermal_occupation = 0.4;
    let mut local = ChargerBattery::star(3).dephased(0.5).driven(1.0);
    local.battery.noise.dephasing = 0.4;
    local.battery.noise.relaxation = 0.2;
    let mut unequal = ChargerBattery::star(2).dephased(0.5).driven(1.0);
    unequal.battery.frequencies = vec![1.0, 1.2];
    unequal.coupling.strengths = vec![1.0, 0.7];
    unequal.battery.noise.relaxation = 0.2;
    let mut dipole = ChargerBattery::star(1).dephased(0.6).driven(0.4);
    dipole.coupling.form = CouplingForm::Dipole;
    dipole.battery.noise.relaxation = 0.2;
    let mut cavity = ChargerBattery::star(2).dephased(0.2).driven(0.3);
    cavity.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    cavity.charger.noise.relaxation = 0.3;
    let mut thermal = ChargerBattery::star(2).dephased(0.5);
    thermal.initial.charger = InitialState::Excited;
    thermal.initial.battery = InitialState::Thermal(0.2);
    let mut qudit = ChargerBattery::star(1).dephased(0.5).driven(0.7);
    qudit.battery.cell = Cell::Qudit(3);
    let mut undamped = ChargerBattery::star(2).driven(0.6);
    undamped.initial.battery = InitialState::Fock(1);
    let systems: [(&str, &ChargerBattery); 8] = [
        ("damped", &damped),
        ("local", &local),
        ("unequal", &unequal),
        ("dipole", &dipole),
        ("cavity", &cavity),
        ("thermal", &thermal),
        ("qudit", &qudit),
        ("undamped", &undamped),
    ];
    for (name, model) in systems {
        for picture in Picture::ALL {
            if picture == Picture::Flips && name == "cavity" {
                continue;
            }
            holds(name, model, picture, 600, &times);
        }
    }
}
