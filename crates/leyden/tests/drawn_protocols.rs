//! Protocols by trajectories against the maps of their stages.

mod common;

use common::star;
use leyden::charge::{Charging, Count, Error, Trajectories};
use leyden::evolve::Picture;
use leyden::model::{
    Cell, ChargerBattery, ChargerKind, Correlations, Cutoff, EngineMode, Engines, NmrStar, NoiseRates,
    SpinRelaxation,
};
use leyden::protocol::{
    Extraction, MeasurementOutcome, Part, Protocol, ProtocolError, ProtocolSystem, ResetState, Stage, Task,
};
use leyden::space::InitialState;
use leyden::why::{CycleTrouble, Still};
use leyden::{Method, Request, Why};

fn stage(task: Task) -> Stage {
    Stage { task, points: 2 }
}

fn evolve(duration: f64) -> Stage {
    stage(Task::Evolve { duration: Some(duration), system: None })
}

fn wait(duration: f64) -> Stage {
    stage(Task::Wait { duration, system: None })
}

fn load(rate: f64, duration: f64) -> Stage {
    stage(Task::Extract(Extraction::Load { rate, duration }))
}

fn reset(target: Part, state: ResetState) -> Stage {
    stage(Task::Reset { target, state })
}

fn prepared(target: Part, state: InitialState) -> Stage {
    reset(target, ResetState::State(state))
}

fn measure(target: Part, outcome: Option<MeasurementOutcome>) -> Stage {
    stage(Task::Measure { target, outcome })
}

fn dephase(target: Part) -> Stage {
    stage(Task::Dephase { target })
}

fn pulse(target: Part, angle: f64) -> Stage {
    stage(Task::Pulse { target, angle })
}

fn of(model: &ChargerBattery, stages: Vec<Stage>, repeat: usize) -> Protocol {
    Protocol { system: ProtocolSystem::ChargerBattery(model.clone()), stages, repeat, shown: None }
}

fn by_trajectories(picture: Picture, count: usize) -> Request {
    let asked = Trajectories { picture, count: Count::Fixed(count), keep: 12 };
    Request {
        method: Some(Method::Trajectories),
        trajectories: asked,
        seed: 11,
        memory_limit: 4e9,
        ..Request::default()
    }
}

/// Times, energies, ergotropies, powers, excitations of the charger and probabilities of outcomes.
fn holds(name: &str, protocol: &Protocol, picture: Picture, count: usize) -> Charging {
    let drawn = protocol.charge(&by_trajectories(picture, count)).unwrap();
    let exact = protocol.charge(&Request { memory_limit: 4e9, ..Request::default() }).unwrap();
    let sampled = drawn.trajectories.as_ref().unwrap();
    assert_eq!(drawn.times, exact.times, "{name}");
    let (mut worst, mut power) = ((0.0_f64, 0.0_f64), 0.0_f64);
    for (k, (a, b)) in drawn.series.merits.iter().zip(&exact.series.merits).enumerate() {
        let z = |x: f64, y: f64, error: f64| (x - y).abs() / (error + 1e-9);
        worst.0 = worst.0.max(z(a.energy, b.energy, sampled.energy_error[k]));
        worst.1 = worst.1.max(z(a.ergotropy.global, b.ergotropy.global, sampled.ergotropy_error[k]));
        let (x, y) = (drawn.series.power[k], exact.series.power[k]);
        assert_eq!(x.is_nan(), y.is_nan(), "{name} {k}: {x} {y}");
        power = power.max(if x.is_nan() { 0.0 } else { (x - y).abs() });
    }
    let (found, wanted) = (drawn.cycles.as_ref().unwrap(), exact.cycles.as_ref().unwrap());
    assert_eq!((&found.shown, found.duration), (&wanted.shown, wanted.duration), "{name}");
    let mut charger = 0.0_f64;
    for (a, b) in found.stages.iter().zip(&wanted.stages) {
        assert_eq!((a.kind, a.duration), (b.kind, b.duration), "{name}");
        for (x, y) in a.charger.iter().zip(&b.charger) {
            charger = charger.max((x - y).abs());
        }
        assert_eq!(a.probability.is_some(), b.probability.is_some(), "{name}");
        for (x, y) in a.probability.iter().flatten().zip(b.probability.iter().flatten()) {
            assert!((x - y).abs() < 4.5 * (y * (1.0 - y) * 4.0 / count as f64).sqrt(), "{name}: {x} {y}");
        }
    }
    let root = (count as f64).sqrt();
    println!("{name} {picture:?}: {worst:.2?} power {:.2} charger {:.2}", power * root, charger * root);
    assert!(worst.0 < 4.5 && worst.1 < 4.5, "{name} {picture:?}: {worst:?}");
    // Of numbers that spread by about 1.
    assert!(power < 6.0 / root && charger < 6.0 / root, "{name} {picture:?}: {power} {charger}");
    drawn
}

fn pair() -> ChargerBattery {
    let mut pair = star(1, Cell::Qubit, 0.5, 0.6);
    pair.battery.noise = NoiseRates { dephasing: 0.3, relaxation: 0.2, ..NoiseRates::default() };
    pair
}

#[test]
fn every_picture_has_the_mean_of_the_maps() {
    let stages = vec![
        evolve(1.3),
        wait(0.7),
        measure(Part::Charger, None),
        load(0.8, 1.0),
        pulse(Part::Battery, 0.9),
        dephase(Part::Battery),
        prepared(Part::Charger, InitialState::Thermal(0.4)),
    ];
    for picture in Picture::ALL {
        let drawn = holds("pair", &of(&pair(), stages.clone(), 2), picture, 3000);
        assert_eq!(drawn.maximum_power, Err(Still::Jumps.into()));
        assert_eq!(drawn.cycles.unwrap().fixed_point, Err(Why::Sampled));
    }
}

#[test]
fn so_has_every_kind_of_system() {
    let mut detuned = pair();
    detuned.battery.frequencies = vec![1.3];
    let drive = detuned.drive.as_mut().unwrap();
    drive.frequency = 0.8;
    let mut cells = star(3, Cell::Qubit, 0.7, 0.4);
    cells.battery.noise = NoiseRates { dephasing: 0.2, relaxation: 0.3, ..NoiseRates::default() };
    let mut unequal = star(2, Cell::Qubit, 0.7, 0.4);
    unequal.battery.frequencies = vec![1.0, 1.2];
    unequal.coupling.strengths = vec![1.0, 0.7];
    let mut cavity = star(2, Cell::Qubit, 0.4, 0.2);
    cavity.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    cavity.charger.noise.relaxation = 0.5;
    let mut qutrit = star(1, Cell::Qudit(3), 0.8, 0.5);
    qutrit.initial.battery = InitialState::Thermal(0.3);
    // Stages with drives of their own frequencies turn back to the common frame.
    let mut other = detuned.clone();
    other.drive.as_mut().unwrap().frequency = 1.4;
    let other = Some(Box::new(other));
    let stages = vec![
        evolve(1.1),
        prepared(Part::Charger, InitialState::Ground),
        stage(Task::Evolve { duration: Some(0.8), system: other }),
        measure(Part::Battery, None),
    ];
    let systems = [("detuned", detuned, stages.clone())];
    let thermal = |state| vec![evolve(1.1), reset(Part::Battery, state), evolve(0.6), wait(0.5)];
    let excited = ResetState::Excitation(0.3);
    let more = [
        ("cells", cells.clone(), thermal(excited.clone())),
        ("local load", cells, vec![evolve(1.0), load(0.5, 1.0), measure(Part::Battery, None), evolve(0.5)]),
        ("unequal", unequal, thermal(excited)),
        (
            "cavity",
            cavity,
            vec![evolve(1.0), prepared(Part::Charger, InitialState::Coherent(0.7)), wait(0.5)],
        ),
        ("qutrit", qutrit, thermal(ResetState::State(InitialState::Ground))),
    ];
    for (name, model, stages) in systems.into_iter().chain(more) {
        for picture in Picture::ALL {
            if picture == Picture::Flips && name != "detuned" && name != "cells" {
                continue;
            }
            holds(name, &of(&model, stages.clone(), 2), picture, 1200);
        }
    }
}

#[test]
fn trajectories_end_where_a_selected_outcome_is_not_found() {
    let stages = vec![
        evolve(0.9),
        measure(Part::Charger, Some(MeasurementOutcome::Ground)),
        prepared(Part::Charger, InitialState::Excited),
    ];
    let mut model = pair();
    model.initial.charger = InitialState::Excited;
    for picture in [Picture::Jumps, Picture::Diffusion] {
        let drawn = holds("selected", &of(&model, stages.clone(), 2), picture, 4000);
        let sampled = drawn.trajectories.unwrap();
        // Paths that end have nothing to show behind it.
        let ended = sampled.paths.iter().filter(|path| path.last().unwrap().is_nan()).count();
        assert!(ended > 0 && ended < 12 && sampled.paths.len() == 12);
        assert!(sampled.paths.iter().all(|path| path[2].is_finite()));
        // Fewer are left, so that the standard error grows.
        let errors = sampled.energy_error;
        assert!(errors[errors.len() - 1] > errors[2]);
    }
    // Nothing ever excites the charger.
    let mut quiet = pair();
    quiet.drive = None;
    let stages = vec![evolve(0.9), measure(Part::Charger, Some(MeasurementOutcome::Excited))];
    let error = of(&quiet, stages, 2).charge(&by_trajectories(Picture::Jumps, 100)).unwrap_err();
    assert_eq!(error, Error::Protocol(ProtocolError::Unseen { stage: 2, cycle: 1 }));
}

#[test]
fn spins_and_engines_are_drawn_stage_by_stage() {
    let relaxing = |t1: f64, equilibrium: f64| SpinRelaxation { t1, t2: 1.2 * t1, equilibrium };
    let spins = NmrStar {
        chargers: 3,
        coupling: 2.0,
        frequency: 1.0,
        charger_excitation: 0.8,
        battery_excitation: 0.1,
        charger: relaxing(3.0, 0.1),
        battery: relaxing(5.0, 0.2),
        correlations: Correlations::Kept,
    };
    let stages = vec![
        reset(Part::Charger, ResetState::Excitation(0.8)),
        stage(Task::Evolve { duration: None, system: None }),
        wait(1.0),
        pulse(Part::Charger, 2.0),
        measure(Part::Battery, None),
    ];
    let protocol = |system, stages| Protocol { system, stages, repeat: 2, shown: None };
    for picture in [Picture::Jumps, Picture::Field] {
        holds("spins", &protocol(ProtocolSystem::NmrStar(spins), stages.clone()), picture, 2000);
    }
    let dropped = NmrStar { correlations: Correlations::Dropped, ..spins };
    let refused =
        protocol(ProtocolSystem::NmrStar(dropped), stages).charge(&by_trajectories(Picture::Jumps, 10));
    assert!(refused.unwrap_err().to_string().contains("keep the correlations"));
    let engines =
        common::charged_by(3, Engines::Effective { rate: 0.1, exponent: -0.8 }, EngineMode::Collective);
    let stages = vec![evolve(30.0), wait(3.0), load(0.5, 1.0)];
    let drawn =
        holds("engines", &protocol(ProtocolSystem::EngineBattery(engines), stages), Picture::Jumps, 2000);
    assert!(drawn.engine.is_some());
}

#[test]
fn cycles_that_are_not_shown_are_drawn_as_well() {
    let stages = vec![evolve(0.4), prepared(Part::Charger, InitialState::Excited)];
    let protocol = Protocol { shown: Some(3), ..of(&pair(), stages, 40) };
    let drawn = holds("skipped", &protocol, Picture::Jumps, 1500);
    assert_eq!(drawn.cycles.unwrap().shown, [1, 6, 40]);
    let waits = Protocol { shown: Some(2), ..of(&pair(), vec![evolve(0.4), wait(0.3)], 5) };
    let drawn = holds("skipped waits", &waits, Picture::Jumps, 500);
    assert_eq!(drawn.maximum_power, Err(CycleTrouble::Skipped.into()));
}

#[test]
fn the_best_unitary_of_the_mean_is_known_to_no_ket() {
    for by in [Extraction::Unitary, Extraction::SymmetricUnitary] {
        let stages = vec![evolve(1.0), stage(Task::Extract(by))];
        let protocol = of(&pair(), stages, 1);
        let request = by_trajectories(Picture::Jumps, 10);
        for error in [protocol.charge(&request).unwrap_err(), protocol.plan(&request).unwrap_err()] {
            assert_eq!(error, Error::Protocol(ProtocolError::OfMean { stage: 2 }));
        }
    }
}
