//! Trajectories against the master equation whose mean they are, in all pictures.

mod common;

use leyden::charge::{Charging, Count, System, Trajectories};
use leyden::evolve::Picture;
use leyden::model::{
    BathRates, Cell, ChargerBattery, ChargerKind, Correlations, CouplingForm, Cutoff, EngineBattery,
    EngineMode, EngineModel, EngineStart, Engines, FieldMemory, FieldNoise, HeatEngine, NmrStar, Signal,
    SpinRelaxation,
};
use leyden::operator::Operator;
use leyden::space::InitialState;
use leyden::{MasterEquation, Method, Request, Times};

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

#[test]
fn fields_with_memory_have_the_mean_of_the_hierarchy() {
    let times = Times::even(0.0, 8.0, 9);
    for noise in [FieldNoise::OrnsteinUhlenbeck, FieldNoise::Telegraph] {
        for (correlation_time, start) in [(0.3, None), (3.0, None), (3.0, Some(0.2))] {
            let memory = FieldMemory { noise, correlation_time, start };
            let pair = ChargerBattery::star(1).dephased(1.0).driven(0.5).remembering(memory);
            holds("with memory", &pair, Picture::Field, 3000, &times);
        }
    }
}

/// Standard errors are those of repeated ensembles: z has the variance 1. Of n repeated ensembles, all times alike, the mean of z^2 lies
/// within a few tenths of 1, and no step length shows.
#[test]
fn standard_errors_are_those_of_repetition() {
    let times = Times::from(vec![2.0, 4.0, 8.0]);
    let pair = ChargerBattery::star(1).dephased(1.2).driven(0.7);
    let exact = exact(&pair, &times);
    for picture in Picture::ALL {
        let mut scores = Vec::new();
        for seed in 0..100 {
            let asked = Trajectories { picture, count: Count::Fixed(500), keep: 0 };
            let method = Some(Method::Trajectories);
            let run =
                pair.charge(&Request { method, trajectories: asked, seed, ..times.clone().into() }).unwrap();
            let errors = &run.trajectories.as_ref().unwrap().energy_error;
            let merits = run.series.merits.iter().zip(&exact.series.merits).zip(errors);
            scores.extend(merits.map(|((a, b), error)| (a.energy - b.energy) / error));
        }
        let mean = |of: &dyn Fn(f64) -> f64| scores.iter().map(|z| of(*z)).sum::<f64>() / scores.len() as f64;
        let (bias, square) = (mean(&|z| z), mean(&|z| z * z));
        println!("{picture:?}: {bias:.3} {square:.3}");
        assert!((0.7..1.35).contains(&square), "{picture:?}: {square}");
        // Steps add a fifth at most, and 100 ensembles at three times that go together leave a tenth.
        assert!(bias.abs() < 0.5, "{picture:?}: {bias}");
    }
}

/// Engines as a bath, and a star of spins whose correlations are kept, are drawn as parts.
#[test]
fn engines_and_spins_are_drawn_as_parts() {
    for mode in [EngineMode::Collective, EngineMode::Individual] {
        let cells = common::charged_by(3, Engines::Effective { rate: 0.1, exponent: -0.8 }, mode);
        let times = Times::even(0.0, 60.0, 4);
        holds("engines", &cells, Picture::Jumps, 3000, &times);
        assert!(drawn(&cells, Picture::Jumps, 10, &times).engine.is_some());
    }
    let star = NmrStar {
        chargers: 3,
        coupling: 2.0,
        frequency: 1.0,
        charger_excitation: 1.0,
        battery_excitation: 0.1,
        charger: SpinRelaxation { t1: 3.0, t2: 2.0, equilibrium: 0.1 },
        battery: SpinRelaxation { t1: 5.0, t2: 6.0, equilibrium: 0.2 },
        correlations: Correlations::Kept,
    };
    for picture in [Picture::Jumps, Picture::Diffusion] {
        holds("spins", &star, picture, 3000, &Times::even(0.0, 4.0, 5));
    }
}

/// A driven and damped Kerr oscillator, on times that are even (propagators that all trajectories share) and on times that are not (series).
#[test]
fn a_driven_kerr_oscillator_has_the_mean_of_the_master_equation() {
    let a = Operator::annihilation(24);
    let number = &a.adjoint() * &a;
    let pairs = &(&a.adjoint() * &a.adjoint()) * &(&a * &a);
    let h = 0.1 * &number + -0.05 * pairs + 1.2 * a.plus_adjoint();
    let kerr = MasterEquation::new(h, number).with_channel(1.2, a.clone()).with_channel(0.2, a.adjoint());
    for (picture, count) in [(Picture::Jumps, 2000), (Picture::Diffusion, 600)] {
        holds("kerr", &kerr, picture, count, &Times::even(0.0, 5.0, 26));
    }
    holds("kerr", &kerr, Picture::Jumps, 2000, &Times::from(vec![0.1, 0.3, 1.0, 3.0, 5.0]));
}

/// Engines with all their levels, against their permutation-symmetric states; spins of which most are excited.
#[test]
fn engines_with_all_levels_and_inverted_spins_are_drawn() {
    let engine = HeatEngine {
        hot_frequency: 10.0,
        signal_frequency: 1.0,
        hot_temperature: 10.0,
        cold_temperature: 5.0,
        hot_rate: 1.0,
        cold_rate: 0.7,
        rates: BathRates::Bosonic,
        signal: Signal::Open,
    };
    let times = Times::even(0.0, 30.0, 5);
    for (mode, cells, start, detuning) in [
        (EngineMode::Collective, 1, EngineStart::Ground, 0.0),
        (EngineMode::Collective, 3, EngineStart::Steady, 0.0),
        (EngineMode::Collective, 4, EngineStart::Ground, 0.3),
        (EngineMode::Individual, 2, EngineStart::Steady, 0.2),
    ] {
        let bath = common::charged_by(cells, Engines::Maser(engine), mode);
        let full = EngineBattery { model: EngineModel::Full, coupling: 0.3, start, detuning, ..bath };
        let name = format!("{mode:?} {cells}");
        holds(&name, &full, Picture::Jumps, 1500, &times);
        if cells == 1 {
            holds(&name, &full, Picture::Diffusion, 100, &Times::even(0.0, 6.0, 3));
        }
        let found = drawn(&full, Picture::Jumps, 10, &times);
        assert!(found.engine.is_some() && found.cells == cells);
    }
    let star = NmrStar {
        chargers: 3,
        coupling: 2.0,
        frequency: 1.0,
        charger_excitation: 0.8,
        battery_excitation: 0.1,
        charger: SpinRelaxation { t1: 3.0, t2: 2.0, equilibrium: 0.1 },
        battery: SpinRelaxation { t1: 5.0, t2: 6.0, equilibrium: 0.2 },
        correlations: Correlations::Kept,
    };
    for picture in Picture::ALL {
        holds("inverted spins", &star, picture, 1000, &Times::even(0.0, 4.0, 5));
    }
}
