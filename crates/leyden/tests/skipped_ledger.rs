//! The ledger of protocols of which not all cycles are shown, against that of all cycles.

mod common;

use common::star;
use leyden::charge::{Charging, Ledger};
use leyden::model::{Cell, ChargerBattery, ChargerKind, Cutoff, NoiseRates};
use leyden::protocol::{
    Extraction, MeasurementOutcome, Part, Protocol, ProtocolSystem, ResetState, Stage, Task,
};
use leyden::space::InitialState;
use leyden::{Method, Request};

fn stage(task: Task) -> Stage {
    Stage { task, points: 2 }
}

fn evolve(duration: f64, system: Option<ChargerBattery>) -> Stage {
    stage(Task::Evolve { duration: Some(duration), system: system.map(Box::new) })
}

fn prepared(target: Part, state: InitialState) -> Stage {
    stage(Task::Reset { target, state: ResetState::State(state) })
}

fn tilted() -> InitialState {
    InitialState::Superposition(vec![0.6.into(), 0.8.into()])
}

fn run(
    model: &ChargerBattery,
    stages: &[Stage],
    repeat: usize,
    shown: Option<usize>,
    method: Option<Method>,
) -> Charging {
    let system = ProtocolSystem::ChargerBattery(model.clone());
    let protocol = Protocol { system, stages: stages.to_vec(), repeat, shown };
    let request = Request { method, tolerance: 1e-11, memory_limit: 4e9, ledger: true, ..Request::default() };
    protocol.charge(&request).unwrap()
}

/// Every number of a ledger at one time.
fn at(ledger: &Ledger, time: usize) -> Vec<f64> {
    let mut all =
        vec![ledger.battery()[time], ledger.drive_work[time], ledger.switching_work[time], ledger.maps[time]];
    all.extend(ledger.channels.iter().flat_map(|channel| [channel.energy[time], channel.bare[time]]));
    all
}

/// Times of shown cycles with what flowed until then, in both.
fn same(
    name: &str,
    model: &ChargerBattery,
    stages: &[Stage],
    repeat: usize,
    method: Option<Method>,
) -> Charging {
    let all = run(model, stages, repeat, None, method);
    let some = run(model, stages, repeat, Some(4), method);
    let (whole, part) = (all.ledger.as_ref().unwrap(), some.ledger.as_ref().unwrap());
    let (mut worst, mut largest) = (0.0_f64, 0.0_f64);
    let points = (all.times.len() - 1) / repeat;
    let shown = &some.cycles.as_ref().unwrap().shown;
    for (k, number) in shown.iter().enumerate() {
        for point in 1..=points {
            let (a, b) = (at(whole, (number - 1) * points + point), at(part, k * points + point));
            for (a, b) in a.iter().zip(&b) {
                worst = worst.max((a - b).abs());
                largest = largest.max(a.abs());
            }
        }
    }
    println!(
        "{name}: {worst:.1e} of {largest:.1}, residuals {:.1e} {:.1e}; {}",
        whole.residual, part.residual, some.reason
    );
    assert!(worst < 1e-9 * largest.max(1.0), "{name}: {worst}");
    assert!(part.residual < 1e-9, "{name}: {}", part.residual);
    some
}

fn noisy(cells: usize) -> ChargerBattery {
    let mut model = star(cells, Cell::Qubit, 0.5, 0.6);
    model.battery.noise = NoiseRates { dephasing: 0.3, relaxation: 0.2, ..NoiseRates::default() };
    model.battery.frequencies = vec![1.3; cells];
    model
}

#[test]
fn powers_of_matrices_add_up_what_flows() {
    let model = noisy(1);
    let mut other = model.clone();
    other.drive.as_mut().unwrap().frequency = 0.8;
    let load = stage(Task::Extract(Extraction::Load { rate: 0.8, duration: 1.0 }));
    let stages = [
        evolve(1.3, None),
        stage(Task::Wait { duration: 0.7, system: None }),
        stage(Task::Measure { target: Part::Charger, outcome: None }),
        load.clone(),
        stage(Task::Pulse { target: Part::Battery, angle: 0.9 }),
        evolve(0.4, Some(other)),
    ];
    let found = same("dense", &model, &stages, 300, None);
    assert!(found.reason.contains("powers of the map"));
    // First what happens at once.
    same(
        "instants first",
        &model,
        &[stage(Task::Pulse { target: Part::Charger, angle: 0.4 }), load],
        300,
        None,
    );
    same("nothing takes time", &model, &[stage(Task::Pulse { target: Part::Charger, angle: 0.4 })], 30, None);
}

/// A million cycles still close.
#[test]
fn a_million_cycles_close() {
    let stages = [evolve(1.3, None), stage(Task::Wait { duration: 0.7, system: None })];
    let found = run(&noisy(1), &stages, 1_000_000, Some(20), None);
    let ledger = found.ledger.unwrap();
    let flowed = ledger.drive_work.last().unwrap();
    println!("{:.2e} of {flowed:.3e}", ledger.residual);
    assert!(flowed.abs() > 1e4 && ledger.residual < 1e-9, "{flowed} {}", ledger.residual);
}

#[test]
fn so_do_collisions() {
    let mut model = star(1, Cell::Qudit(24), 0.0, 0.0);
    model.drive = None;
    model.initial.charger = tilted();
    let reset = prepared(Part::Charger, tilted());
    for stages in [
        vec![reset.clone(), evolve(0.3, None)],
        vec![
            evolve(0.2, None),
            reset.clone(),
            stage(Task::Dephase { target: Part::Battery }),
            evolve(0.3, None),
        ],
    ] {
        let found = same("collisions", &model, &stages, 60, None);
        assert!(found.reason.contains("a cycle is an exact matrix"), "{}", found.reason);
    }
    let mut relaxing = model;
    relaxing.battery.noise.relaxation = 0.05;
    let found = run(&relaxing, &[reset, evolve(0.3, None)], 1_000_000, Some(8), None);
    let ledger = found.ledger.unwrap();
    println!("a million collisions: {:.2e} of {:.2e}", ledger.residual, ledger.maps.last().unwrap());
    assert!(ledger.residual < 1e-9 && ledger.maps.last().unwrap().abs() > 1e3, "{}", ledger.residual);
}

/// What the first stages hold need not be reached again after the reset.
#[test]
fn what_comes_before_the_first_reset_is_not_lost() {
    let mut model = star(1, Cell::Qudit(3), 0.0, 0.0);
    model.drive = None;
    model.charger.kind = ChargerKind::Oscillator(Cutoff::Levels(40));
    model.initial.charger = InitialState::Fock(5);
    model.charger.noise.relaxation = 0.3;
    let stages = [evolve(0.2, None), prepared(Part::Charger, InitialState::Ground), evolve(0.1, None)];
    let found = same("before the reset", &model, &stages, 12, None);
    assert_eq!(found.outcome, leyden::evolve::Outcome::Converged);
}

#[test]
fn cycles_one_after_the_other_add_up_too() {
    let model = noisy(1);
    let selected = stage(Task::Measure { target: Part::Charger, outcome: Some(MeasurementOutcome::Ground) });
    same("selected", &model, &[evolve(1.3, None), selected], 40, None);
    let best = stage(Task::Extract(Extraction::Unitary));
    same("extraction", &model, &[evolve(1.3, None), best], 40, None);
    same("general", &noisy(2), &[evolve(1.3, None)], 12, Some("taylor".parse().unwrap()));
}
