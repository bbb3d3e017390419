//! Measurements with a selected outcome: closed forms, plain matrices, sums over all outcomes.

mod common;
#[path = "common/plain.rs"]
mod plain;

use common::star;
use leyden::charge::{Charging, Error};
use leyden::model::{Cell, ChargerBattery, NmrStar, NoiseRates, SpinRelaxation};
use leyden::protocol::{
    MeasurementOutcome, Part, Protocol, ProtocolError, ProtocolSystem, ResetState, Stage, StarStageError,
    Task,
};
use leyden::space::InitialState;
use leyden::{Complex64, Request};
use plain::Plain;

use MeasurementOutcome::{Excitations, Excited, Ground};

fn stage(task: Task) -> Stage {
    Stage { task, points: 2 }
}

fn evolve(duration: f64) -> Stage {
    stage(Task::Evolve { duration: Some(duration), system: None })
}

fn select(target: Part, outcome: MeasurementOutcome) -> Stage {
    stage(Task::Measure { target, outcome: Some(outcome) })
}

fn closed(cells: usize, cell: Cell) -> ChargerBattery {
    let mut model = star(cells, cell, 0.0, 0.0);
    model.drive = None;
    model.initial.charger = InitialState::Excited;
    model
}

fn protocol(model: &ChargerBattery, stages: Vec<Stage>, repeat: usize) -> Protocol {
    Protocol { system: ProtocolSystem::ChargerBattery(model.clone()), stages, repeat, shown: None }
}

fn request(method: &str) -> Request {
    Request { method: common::method(method), tolerance: 1e-12, ledger: true, ..Request::default() }
}

fn run_by(method: &str, model: &ChargerBattery, stages: Vec<Stage>, repeat: usize) -> Charging {
    protocol(model, stages, repeat).charge(&request(method)).unwrap()
}

fn near(a: f64, b: f64, error: f64) {
    assert!((a - b).abs() <= error, "{a} {b}");
}

#[test]
fn a_charger_found_empty_has_filled_its_battery() {
    let time = 0.7_f64;
    for method in ["auto", "taylor", "explicit"] {
        for (outcome, probability, energy) in [
            (Ground, time.sin().powi(2), 1.0),
            (Excited, time.cos().powi(2), 0.0),
            (Excitations(1), time.cos().powi(2), 0.0),
        ] {
            let model = closed(1, Cell::Qubit);
            let run = run_by(method, &model, vec![evolve(time), select(Part::Charger, outcome)], 1);
            let cycles = run.cycles.unwrap();
            near(cycles.stages[1].probability.as_ref().unwrap()[0], probability, 1e-11);
            near(cycles.energy[0], energy, 1e-11);
            near(cycles.ergotropy[0], energy, 1e-11);
            assert_eq!(cycles.stages[0].probability, None);
            // What the measurement puts in is the energy of the selected state less that before it, with both parts resonant: none here.
            let ledger = run.ledger.unwrap();
            near(*ledger.battery().last().unwrap(), energy, 1e-11);
            near(ledger.maps.last().unwrap() + ledger.switching_work.last().unwrap(), 0.0, 1e-11);
            assert!(ledger.residual < 1e-11);
        }
    }
}

/// Cycles of reset, exchange for a time and selection, then dephasing, by plain matrices: E_B and probabilities of each.
fn by_hand(
    coefficients: &[Complex64],
    levels: usize,
    collisions: &[(f64, usize)],
    cycles: usize,
) -> Vec<(f64, Vec<f64>)> {
    let lower =
        |n: usize| Plain::from_fn(n, |i, j| if j == i + 1 { Complex64::ONE } else { Complex64::ZERO });
    let up = lower(2).adjoint().kron(&lower(levels));
    let h = up.plus(&up.adjoint());
    let collide = |&(time, outcome): &(f64, usize)| {
        let found = Plain::diagonal(&[1.0 - outcome as f64, outcome as f64]);
        found.kron(&Plain::diagonal(&vec![1.0; levels])).times(&h.unitary(time))
    };
    let collisions: Vec<Plain> = collisions.iter().map(collide).collect();
    let mut battery = Plain::diagonal(&(0..levels).map(|n| f64::from(u8::from(n == 1))).collect::<Vec<_>>());
    let mut seen = Vec::new();
    for _ in 0..cycles {
        let mut probabilities = Vec::new();
        for collision in &collisions {
            let left = collision.conjugate(&Plain::projector(coefficients).kron(&battery));
            probabilities.push(left.trace());
            battery = left.trace_out_first(2).scaled(1.0 / left.trace());
        }
        battery = Plain::from_fn(levels, |i, j| if i == j { battery.at(i, i) } else { Complex64::ZERO });
        seen.push(((0..levels).map(|n| n as f64 * battery.at(n, n).re).sum(), probabilities));
    }
    seen
}

#[test]
fn repeated_selections_are_those_of_plain_matrices() {
    let coefficients = [Complex64::new(0.6, 0.0), Complex64::new(0.0, 0.8)];
    let state = ResetState::State(InitialState::superposition(coefficients.to_vec()).unwrap());
    let mut model = closed(1, Cell::UniformLadder(4));
    model.initial.battery = InitialState::Fock(1);
    let collision = |time: f64, outcome: MeasurementOutcome| {
        let reset = Task::Reset { target: Part::Charger, state: state.clone() };
        [stage(reset), evolve(time), select(Part::Charger, outcome)]
    };
    let pure = [collision(0.5, Ground), collision(1.1, Excited)].concat();
    let dephase = vec![stage(Task::Dephase { target: Part::Battery })];
    let both = [pure.clone(), dephase].concat();
    let expected = by_hand(&coefficients, 4, &[(0.5, 0), (1.1, 1)], 400);
    for (method, repeat) in [("auto", 400), ("explicit", 5)] {
        let run = run_by(method, &model, both.clone(), repeat);
        let cycles = run.cycles.unwrap();
        assert_eq!(cycles.energy.len(), repeat);
        for (k, (energy, (e, p))) in cycles.energy.iter().zip(&expected).enumerate() {
            near(*energy, *e, 1e-10);
            for (stage, p) in [2, 5].into_iter().zip(p) {
                near(cycles.stages[stage].probability.as_ref().unwrap()[k], *p, 1e-10);
            }
        }
        assert!(run.ledger.unwrap().residual < 1e-9);
        // Where selected states go, and how fast: by the largest two multipliers of a map that does not keep the trace.
        if method == "auto" {
            let end = cycles.fixed_point.unwrap().energy;
            near(end, expected[399].0, 1e-10);
            let convergence = cycles.convergence.unwrap();
            let left = |n: usize| (expected[n].0 - end).abs();
            let n = (0..400).rev().find(|&n| left(n) > 1e-9).unwrap();
            let rate = (left(n - 6) / left(n)).ln() / 6.0;
            near(rate, convergence.rate, 0.01 * rate);
        }
    }
    // Pure states turn for ever; and one outcome alone moves up one level after the other, so that the highest comes closer like 1/n.
    for stages in [pure, collision(0.5, Ground).to_vec()] {
        assert!(run_by("auto", &model, stages, 3).cycles.unwrap().fixed_point.is_err());
    }
}

#[test]
fn all_outcomes_of_several_cells_add_up() {
    let local = NoiseRates { relaxation: 0.2, ..NoiseRates::default() };
    for (noise, frequencies) in
        [(NoiseRates::default(), vec![1.0; 3]), (local, vec![1.0; 3]), (local, vec![1.0, 1.1, 0.8])]
    {
        let mut model = closed(3, Cell::Qubit);
        model.battery.noise = noise;
        model.battery.frequencies = frequencies.clone();
        model.initial.battery = InitialState::Fock(2);
        let whole = run_by("auto", &model, vec![evolve(0.6)], 1).cycles.unwrap().energy[0];
        let (mut total, mut energy) = (0.0, 0.0);
        // Without noise three excitations leave two or three to the cells.
        for k in (if noise.any() { 0 } else { 2 })..=3 {
            let run = run_by("auto", &model, vec![evolve(0.6), select(Part::Battery, Excitations(k))], 1);
            let cycles = run.cycles.unwrap();
            let probability = cycles.stages[1].probability.as_ref().unwrap()[0];
            (total, energy) = (total + probability, energy + probability * cycles.energy[0]);
            if frequencies == [1.0; 3] {
                near(cycles.energy[0], k as f64, 1e-10);
            }
        }
        near(total, 1.0, 1e-10);
        near(energy, whole, 1e-10);
    }
}

#[test]
fn what_cannot_be_found_is_told() {
    let refused = |model: &ChargerBattery, stages: Vec<Stage>| {
        protocol(model, stages, 4).charge(&request("auto")).unwrap_err()
    };
    let model = closed(2, Cell::Qubit);
    let improbable = ProtocolError::Improbable { stage: 1, cycle: 1, probability: 0.0 };
    assert_eq!(refused(&model, vec![select(Part::Charger, Ground)]), improbable.into());
    // One excitation in all: found in the charger once, never in the battery after that.
    let stages = vec![
        stage(Task::Reset { target: Part::Charger, state: ResetState::State(InitialState::Ground) }),
        evolve(0.3),
        select(Part::Battery, Excitations(1)),
    ];
    assert!(matches!(
        refused(&model, stages),
        Error::Protocol(ProtocolError::Improbable { stage: 3, cycle: 1, .. })
    ));
    let too_many = ProtocolError::Outcome { stage: 1, found: 3, most: 2 };
    assert_eq!(refused(&model, vec![select(Part::Battery, Excitations(3))]), too_many.into());
    let too_many = ProtocolError::Outcome { stage: 1, found: 2, most: 1 };
    assert_eq!(refused(&model, vec![select(Part::Charger, Excitations(2))]), too_many.into());
    let mut cavity = ChargerBattery::oscillators();
    cavity.initial.charger = InitialState::Fock(2);
    let no_top = ProtocolError::NoHighestLevel { stage: 1 };
    assert_eq!(refused(&cavity, vec![select(Part::Charger, Excited)]), no_top.into());
    let found = run_by("auto", &cavity, vec![evolve(0.4), select(Part::Charger, Excitations(1))], 1);
    near(found.cycles.unwrap().energy[0], 1.0, 1e-9);
}

#[test]
fn spins_tell_outcomes_where_they_stay_correlated() {
    let rest = SpinRelaxation { t1: f64::INFINITY, t2: f64::INFINITY, equilibrium: 0.0 };
    let mut spins = NmrStar {
        chargers: 3,
        coupling: 1.0,
        frequency: 1.0,
        charger_excitation: 1.0,
        battery_excitation: 0.0,
        charger: rest,
        battery: rest,
        correlations: leyden::model::Correlations::Dropped,
    };
    let stages = vec![evolve(0.7), select(Part::Charger, Excitations(2))];
    let run = |spins: NmrStar| {
        let system = ProtocolSystem::NmrStar(spins);
        Protocol { system, stages: stages.clone(), repeat: 1, shown: None }.charge(&request("auto"))
    };
    assert_eq!(run(spins).unwrap_err(), StarStageError::Outcome { stage: 2 }.into());
    spins.correlations = leyden::model::Correlations::Kept;
    let cycles = run(spins).unwrap().cycles.unwrap();
    // H = (J/2)(S^+ I^- + h.c.) between |down, 3> and |up, 2>: frequency J sqrt(3)/2.
    near(cycles.stages[1].probability.as_ref().unwrap()[0], (0.7 * 3f64.sqrt() / 2.0).sin().powi(2), 1e-10);
    near(cycles.energy[0], 1.0, 1e-10);
}
