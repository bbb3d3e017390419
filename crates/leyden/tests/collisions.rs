//! Collision models: streams of fresh chargers on one battery, against random walks, plain matrices and cycles one after the other.

mod common;
#[path = "common/plain.rs"]
mod plain;

use common::star;
use leyden::asymptote::Detail;
use leyden::charge::Charging;
use leyden::model::{Cell, ChargerBattery, Correlations, NmrStar, NoiseRates, SpinRelaxation};
use leyden::protocol::{
    MeasurementOutcome, Part, Protocol, ProtocolError, ProtocolSystem, ResetState, Stage, Task,
};
use leyden::space::InitialState;
use leyden::{Complex64, Method, Request};
use plain::Plain;

fn stage(task: Task) -> Stage {
    Stage { task, points: 1 }
}

fn evolve(duration: f64) -> Stage {
    stage(Task::Evolve { duration: Some(duration), system: None })
}

fn reset(target: Part, state: ResetState) -> Stage {
    stage(Task::Reset { target, state })
}

fn superposed(q: f64) -> ResetState {
    let coefficients = [(1.0 - q).sqrt(), q.sqrt()].map(Complex64::from);
    ResetState::State(InitialState::superposition(coefficients.to_vec()).unwrap())
}

fn ladder(levels: usize, start: usize) -> ChargerBattery {
    let mut model = star(1, Cell::UniformLadder(levels), 0.0, 0.0).with_battery_in(InitialState::Fock(start));
    model.drive = None;
    model
}

fn run(system: ProtocolSystem, stages: &[Stage], repeat: usize, shown: Option<usize>) -> Charging {
    let request = Request { tolerance: 1e-12, detail: Detail::Limit, ..Request::default() };
    let protocol = Protocol { system, stages: stages.to_vec(), repeat, shown };
    protocol.charge(&request).unwrap()
}

fn collide(model: &ChargerBattery, stages: &[Stage], repeat: usize, shown: Option<usize>) -> Charging {
    run(ProtocolSystem::ChargerBattery(model.clone()), stages, repeat, shown)
}

fn near(a: f64, b: f64, error: f64) {
    assert!((a - b).abs() <= error, "{a} {b} {:e}", a - b);
}

#[test]
fn incoherent_chargers_walk_at_random() {
    // Up with q sin^2, down with (1 - q) sin^2, and no way beyond the ends.
    let (q, theta, levels, repeat) = (0.75, 0.6_f64, 200, 3000);
    let stages = [reset(Part::Charger, ResetState::Excitation(q)), evolve(theta)];
    let found = collide(&ladder(levels, 40), &stages, repeat, Some(30)).cycles.unwrap();
    let (up, down) = (q * theta.sin().powi(2), (1.0 - q) * theta.sin().powi(2));
    let mut p = vec![0.0; levels];
    p[40] = 1.0;
    let mut energies = vec![40.0];
    for _ in 0..repeat {
        let mut next = p.clone();
        for n in 0..levels - 1 {
            let flow = up * p[n] - down * p[n + 1];
            next[n] -= flow;
            next[n + 1] += flow;
        }
        p = next;
        energies.push(p.iter().enumerate().map(|(n, p)| n as f64 * p).sum());
    }
    assert_eq!((found.shown.len(), found.shown[29]), (30, 3000));
    for (number, energy) in found.shown.iter().zip(&found.energy) {
        near(*energy, energies[*number], 1e-10 * 200.0);
        // Away from the ends.
        if *number < 39 {
            near(*energy, 40.0 + *number as f64 * (up - down), 1e-11 * 200.0);
        }
    }
    near(found.stages[0].energy[1], energies[found.shown[1] - 1], 1e-8);
}

#[test]
fn a_million_collisions_end_in_detailed_balance() {
    // p_n ~ (q/(1-q))^n, whatever the elements of the ladder.
    for cell in [Cell::UniformLadder(21), Cell::Qudit(21)] {
        let mut model = ladder(21, 0);
        model.battery.cell = cell;
        let stages =
            [reset(Part::Charger, ResetState::Excitation(0.75)), evolve(std::f64::consts::FRAC_PI_4)];
        let charging = collide(&model, &stages, 1_000_000, Some(40));
        assert!(
            charging.method == Method::Stages && charging.reason.contains("powers"),
            "{}",
            charging.reason
        );
        let weights = || (0..21).map(|n| 3f64.powi(n));
        let expected = weights().enumerate().map(|(n, w)| n as f64 * w).sum::<f64>() / weights().sum::<f64>();
        let cycles = charging.cycles.as_ref().unwrap();
        near(*cycles.energy.last().unwrap(), expected, 1e-10);
        // By eigenvectors, which nearly coincide for a walk with a bias: 3^10 costs five digits.
        near(cycles.fixed_point.unwrap().energy, expected, 1e-9);
        assert!(charging.asymptote.certified && charging.checks.trace < 1e-10);
        // A walk between reflecting ends: mu = 1 - sin^2 (1 - 2 sqrt(q(1-q)) cos(pi/d)); of the spin's elements the rate is known to four digits.
        let slowest = 1.0 - 0.5 * (1.0 - 0.75_f64.sqrt() * (std::f64::consts::PI / 21.0).cos());
        let (rate, error) = match cell {
            Cell::UniformLadder(_) => (-slowest.ln(), 1e-9),
            _ => (0.01709, 5e-6),
        };
        near(cycles.convergence.unwrap().rate, rate, error);
        near(*charging.times.last().unwrap(), 1e6 * std::f64::consts::FRAC_PI_4, 1e-6);
    }
}

#[test]
fn coherent_chargers_interfere() {
    let (q, theta, levels, repeat) = (0.7, 0.3, 21, 1000);
    let stages = [reset(Part::Charger, superposed(q)), evolve(theta)];
    let charging = collide(&ladder(levels, 5), &stages, repeat, Some(25));
    assert!(charging.reason.contains("441 numbers that the battery reaches"), "{}", charging.reason);
    let found = charging.cycles.unwrap();
    let lower =
        |n: usize| Plain::from_fn(n, |i, j| if j == i + 1 { Complex64::ONE } else { Complex64::ZERO });
    let up = lower(2).adjoint().kron(&lower(levels));
    let u = up.plus(&up.adjoint()).unitary(theta);
    let charger = Plain::projector(&[(1.0 - q).sqrt(), q.sqrt()].map(Complex64::from));
    let mut battery = Plain::diagonal(&(0..levels).map(|n| f64::from(u8::from(n == 5))).collect::<Vec<_>>());
    let mut place = 0;
    for number in 1..=repeat {
        let joint = u.conjugate(&charger.kron(&battery));
        battery = joint.trace_out_first(2);
        if number == found.shown[place] {
            near(found.energy[place], (0..levels).map(|n| n as f64 * battery.at(n, n).re).sum(), 1e-10);
            let excited: f64 = (levels..2 * levels).map(|i| joint.at(i, i).re).sum();
            near(found.stages[1].charger[place], excited, 1e-10);
            place += 1;
        }
    }
    assert_eq!(place, 25);
    // What is spread by interference stays purer than what is spread at random.
    let mixed = [reset(Part::Charger, ResetState::Excitation(q)), evolve(theta)];
    let mixed = collide(&ladder(levels, 5), &mixed, 30, Some(2)).cycles.unwrap();
    let coherent = collide(&ladder(levels, 5), &stages, 30, Some(2)).cycles.unwrap();
    assert!(coherent.ergotropy[1] > mixed.ergotropy[1]);
}

/// Shown cycles of a protocol are those of a run that shows them all, in every stage and at the times within.
fn skipping_changes_nothing(system: &ProtocolSystem, stages: &[Stage], how: &str) {
    let takes_time = |task: &Task| matches!(task, Task::Evolve { .. } | Task::Wait { .. });
    let three =
        |stage: &Stage| Stage { points: if takes_time(&stage.task) { 3 } else { 1 }, ..stage.clone() };
    let stages = &stages.iter().map(three).collect::<Vec<Stage>>();
    let (every, some) = (run(system.clone(), stages, 120, None), run(system.clone(), stages, 120, Some(9)));
    assert!(some.reason.contains(how), "{}", some.reason);
    assert!(some.ledger.is_err() && some.maximum_power.is_err());
    // What happens at once leaves several energies at one time.
    let (energies, all) = (some.series.energy(), every.series.energy());
    assert!(energies.len() > 9 * stages.len());
    for (time, energy) in some.times.iter().zip(energies) {
        let here = every.times.iter().zip(&all).filter(|(t, _)| (*t - time).abs() < 1e-9);
        assert!(here.into_iter().any(|(_, x)| (x - energy).abs() < 1e-10), "{energy} at {time}");
    }
    let (every, some) = (every.cycles.unwrap(), some.cycles.unwrap());
    assert_eq!(some.shown.len(), 9);
    for (k, number) in some.shown.iter().enumerate() {
        near(some.energy[k], every.energy[number - 1], 1e-10);
        near(some.ergotropy[k], every.ergotropy[number - 1], 1e-9);
        for (a, b) in some.stages.iter().zip(&every.stages) {
            near(a.energy[k], b.energy[number - 1], 1e-10);
            near(a.charger[k], b.charger[number - 1], 1e-10);
            let probability =
                |stage: &leyden::protocol::StageRecord, k: usize| stage.probability.as_ref().map(|p| p[k]);
            match (probability(a, k), probability(b, number - 1)) {
                (Some(a), Some(b)) => near(a, b, 1e-10),
                (a, b) => assert_eq!(a, b),
            }
        }
    }
    match (some.fixed_point, every.fixed_point) {
        (Ok(a), Ok(b)) => near(a.energy, b.energy, 1e-8),
        (a, b) => assert!(a.is_ok() || b.is_err(), "{a:?} {b:?}"),
    }
}

#[test]
fn skipped_cycles_are_those_that_run() {
    let relaxing = |model: &ChargerBattery, k: f64| {
        let mut own = model.clone();
        own.battery.noise = NoiseRates { relaxation: k, thermal_occupation: 0.1, ..NoiseRates::default() };
        stage(Task::Wait { duration: 0.5, system: Some(Box::new(own)) })
    };
    let of = |model: &ChargerBattery| ProtocolSystem::ChargerBattery(model.clone());
    let carried = "numbers that the battery reaches";
    // 60 levels: too many joint numbers for stage matrices.
    let large = ladder(60, 3);
    let fresh = || reset(Part::Charger, ResetState::Excitation(0.8));
    let measure = stage(Task::Measure { target: Part::Charger, outcome: None });
    skipping_changes_nothing(
        &of(&large),
        &[fresh(), evolve(0.7), relaxing(&large, 0.2), measure.clone()],
        carried,
    );
    skipping_changes_nothing(
        &of(&large),
        &[evolve(0.7), relaxing(&large, 0.2), fresh(), relaxing(&large, 0.1)],
        carried,
    );
    // Coherences that a dephasing ends, and those of a charger that relaxes meanwhile.
    let mut lossy = ladder(12, 3);
    lossy.charger.noise = NoiseRates { relaxation: 0.1, dephasing: 0.3, ..NoiseRates::default() };
    let dephase = stage(Task::Dephase { target: Part::Battery });
    skipping_changes_nothing(&of(&lossy), &[reset(Part::Charger, superposed(0.6)), evolve(0.7)], carried);
    skipping_changes_nothing(
        &of(&lossy),
        &[reset(Part::Charger, superposed(0.6)), evolve(0.7), dephase],
        "powers",
    );
    // The battery is emptied, the charger stays.
    let empty = reset(Part::Battery, ResetState::State(InitialState::Ground));
    let mut giving = ladder(60, 0);
    giving.initial.charger = InitialState::Excited;
    skipping_changes_nothing(&of(&giving), &[evolve(0.2), empty], "powers");
    // Few numbers, and an outcome.
    let small = ladder(3, 0);
    skipping_changes_nothing(&of(&small), &[fresh(), evolve(0.3), relaxing(&small, 0.3)], "powers");
    let found = stage(Task::Measure { target: Part::Charger, outcome: Some(MeasurementOutcome::Ground) });
    skipping_changes_nothing(
        &of(&small),
        &[fresh(), evolve(0.3), relaxing(&small, 0.3), found],
        "one after the other",
    );
}

#[test]
fn stars_skip_cycles_too() {
    let relaxation = SpinRelaxation { t1: 3.0, t2: 4.0, equilibrium: 0.1 };
    let star = NmrStar {
        chargers: 4,
        coupling: 1.0,
        frequency: 1.0,
        charger_excitation: 0.9,
        battery_excitation: 0.0,
        charger: relaxation,
        battery: SpinRelaxation { t1: 30.0, t2: 40.0, ..relaxation },
        correlations: Correlations::Dropped,
    };
    let stages = [
        stage(Task::Pulse { target: Part::Charger, angle: std::f64::consts::PI }),
        evolve(0.8),
        stage(Task::Wait { duration: 1.5, system: None }),
    ];
    let dropped = |shown| run(ProtocolSystem::NmrStar(star), &stages, 150, shown).cycles.unwrap();
    let (every, some) = (dropped(None), dropped(Some(7)));
    assert_eq!(some.shown.len(), 7);
    for (k, number) in some.shown.iter().enumerate() {
        near(some.energy[k], every.energy[number - 1], 1e-13);
    }
    let kept = NmrStar { correlations: Correlations::Kept, chargers: 2, ..star };
    skipping_changes_nothing(&ProtocolSystem::NmrStar(kept), &stages, "");
}

#[test]
fn no_more_cycles_are_shown_than_there_are() {
    for shown in [0, 6] {
        let system = ProtocolSystem::ChargerBattery(ladder(3, 0));
        let protocol = Protocol { system, stages: vec![evolve(0.1)], repeat: 5, shown: Some(shown) };
        let refused = protocol.charge(&Request::default()).unwrap_err();
        assert_eq!(refused, ProtocolError::Shown { shown, repeat: 5 }.into());
    }
}
