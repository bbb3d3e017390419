//! Cells charged by engines in stages: the engines are a bath that is switched on in `evolve` alone.

use leyden::asymptote::Detail;
use leyden::charge::{Charging, Request};
use leyden::exact::{EngineLadder, EngineRun};
use leyden::model::{EngineBattery, EngineMode, EngineModel, EngineStart, Engines};
use leyden::protocol::{Extraction, Part, Protocol, ProtocolSystem, ResetState, Stage, Task};
use leyden::space::InitialState;

const RATE: f64 = 0.1;
const EXPONENT: f64 = -0.8;

fn engines(cells: usize, mode: EngineMode) -> EngineBattery {
    EngineBattery {
        cells,
        frequency: 2.0,
        detuning: 0.0,
        engines: Engines::Effective { rate: RATE, exponent: EXPONENT },
        coupling: 1.0,
        mode,
        model: EngineModel::Effective,
        start: EngineStart::Steady,
        excited: false,
        fraction: 0.99,
        compare: false,
    }
}

fn run(system: EngineBattery, tasks: Vec<Task>, repeat: usize) -> Charging {
    let stages = tasks.into_iter().map(|task| Stage { task, points: 1 }).collect();
    let request = Request {
        times: Vec::new(),

        tolerance: 1e-11,
        verify: false,
        detail: Detail::Spectrum,
        memory_limit: 4e9,
        ..Request::default()
    };
    let protocol = Protocol { system: ProtocolSystem::EngineBattery(system), stages, repeat, shown: None };
    protocol.charge(&request).unwrap()
}

fn evolve(duration: f64) -> Task {
    Task::Evolve { duration: Some(duration), system: None }
}

#[test]
fn evolve_is_the_ladder_and_wait_is_rest() {
    for cells in [1, 4, 12] {
        let tasks = vec![evolve(1.5), Task::Wait { duration: 3.0, system: None }, evolve(2.0)];
        let charging = run(engines(cells, EngineMode::Collective), tasks, 1);
        let cycles = charging.cycles.unwrap();
        let mut ladder = EngineLadder::new(cells, RATE, -EXPONENT).unwrap().start(false, 1e-12);
        let mut mean = |time| {
            ladder.advance_to(time).unwrap();
            ladder.populations().iter().enumerate().map(|(n, p)| 2.0 * n as f64 * p).sum::<f64>()
        };
        let (early, late) = (mean(1.5), mean(3.5));
        for (stage, expected) in cycles.stages.iter().zip([early, early, late]) {
            assert!((stage.energy[0] - expected).abs() < 1e-9, "{cells}: {} {}", stage.kind, expected);
        }
        assert!(charging.engine.is_some());
    }
}

#[test]
fn single_cells_follow_one_exponential() {
    let charging = run(engines(3, EngineMode::Individual), vec![evolve(2.0)], 1);
    let x = (-EXPONENT).exp();
    let p = x / (1.0 + x) * -(-(1.0 + x) * RATE * 2.0_f64).exp_m1();
    assert!((charging.cycles.unwrap().energy[0] - 6.0 * p).abs() < 1e-10);
}

#[test]
fn one_cell_charged_and_emptied_again_and_again() {
    // p -> s + (p - s) e, then p -> 1 - p by the unitary as long as p > 1/2.
    let (duration, x) = (20.0, (-EXPONENT).exp());
    let (s, e) = (x / (1.0 + x), (-(1.0 + x) * RATE * duration).exp());
    let tasks = vec![evolve(duration), Task::Extract(Extraction::Unitary)];
    let cycles = run(engines(1, EngineMode::Collective), tasks, 50).cycles.unwrap();
    let mut p = 0.0;
    for (energy, extracted) in cycles.energy.iter().zip(cycles.stages[1].extracted.as_ref().unwrap()) {
        let charged = s + (p - s) * e;
        p = 1.0 - charged;
        assert!((energy - 2.0 * p).abs() < 1e-10 && (extracted - 2.0 * (charged - p)).abs() < 1e-10);
    }
    let fixed = (1.0 - s * (1.0 - e)) / (1.0 + e);
    assert!((cycles.fixed_point.unwrap().energy - 2.0 * fixed).abs() < 1e-10);
    let multiplier = cycles.convergence.unwrap().multiplier;
    // Of differences between cycles, of which those above 1e-10 count: 1e-15/1e-10 each, over e = 1.6e-3.
    assert!((multiplier.re + e).abs() < 1e-7 * e && multiplier.im == 0.0, "{multiplier} {e}");
}

#[test]
fn cycles_with_a_reset_and_a_load_have_the_fixed_point_of_their_map() {
    // Superradiant discharge of the ladder into a load that takes up D[S^-].
    let load = Task::Extract(Extraction::Load { rate: 0.3, duration: 0.7 });
    let tasks = vec![evolve(0.8), load.clone()];
    let once = run(engines(5, EngineMode::Collective), tasks.clone(), 2000).cycles.unwrap();
    let last = *once.energy.last().unwrap();
    assert!((once.fixed_point.unwrap().energy - last).abs() < 1e-9, "{last}");
    let rate = once.convergence.unwrap().rate;
    // As late as differences have six digits left.
    let late = (0..2000).rev().find(|&k| (once.energy[k] - last).abs() > 1e-7).unwrap();
    let slope = ((once.energy[late - 1] - last) / (once.energy[late] - last)).ln();
    assert!((rate - slope).abs() < 2e-5 * rate, "{rate} {slope}");
    let empty = Task::Reset { target: Part::Battery, state: ResetState::State(InitialState::Ground) };
    let cycles = run(engines(5, EngineMode::Collective), vec![empty, evolve(0.8), load], 3).cycles.unwrap();
    assert!((cycles.energy[0] - cycles.energy[2]).abs() < 1e-12);
    assert!(cycles.convergence.unwrap().rate.is_infinite());
}

#[test]
fn engines_are_steady() {
    let reset = Task::Reset { target: Part::Charger, state: ResetState::State(InitialState::Ground) };
    let protocol = Protocol {
        system: ProtocolSystem::EngineBattery(engines(2, EngineMode::Collective)),
        stages: vec![Stage { task: reset, points: 1 }],
        repeat: 1,
        shown: None,
    };
    let request = Request {
        times: Vec::new(),

        tolerance: 1e-8,
        verify: false,
        detail: Detail::Spectrum,
        memory_limit: 4e9,
        ..Request::default()
    };
    let message = protocol.charge(&request).unwrap_err().to_string();
    assert!(message.starts_with("stage 1: `target` must be \"battery\""), "{message}");
    let full = EngineBattery { model: EngineModel::Full, ..engines(2, EngineMode::Collective) };
    assert!(full.as_bath().is_err());
}
