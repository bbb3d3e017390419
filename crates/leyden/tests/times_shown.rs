//! States belong to the times that were asked for: closed forms at every time, evenly spaced or not, through every method.

mod common;
#[path = "common/pair.rs"]
mod formula;
#[path = "common/maser.rs"]
mod set_a;

use common::{charge, charged_by, oscillators, star};
use formula::{oscillator_energy, pair_energy};
use leyden::Times;
use leyden::asymptote::Detail;
use leyden::charge::{Charging, Request};
use leyden::model::{
    Cell, ChargerBattery, Correlations, EngineMode, Engines, NmrStar, NoiseRates, SpinRelaxation,
};
use leyden::protocol::{Protocol, ProtocolSystem, Stage, Task};
use leyden::space::InitialState;
use set_a::SET_A;

/// An even stretch, spacings that are almost the same, repeated times, and gaps of very different length.
const UNEVEN: [f64; 16] =
    [0.0, 0.1, 0.2, 0.3, 0.400003, 0.5001, 0.6, 0.6, 0.61, 1.37, 2.0, 2.0005, 3.5, 5.0, 11.0, 23.0];

fn accurate(method: &str, times: &[f64]) -> Request {
    let (method, detail) = (common::method(method), Detail::States);
    Request { method, tolerance: 1e-12, detail, ..Times::from(times.to_vec()).into() }
}

fn near(found: f64, expected: f64, error: f64, what: &str) {
    assert!(
        (found - expected).abs() <= error,
        "{what}: {found} for {expected}, off by {:.1e}",
        found - expected
    );
}

/// Energies and powers are those of a formula at the times asked for.
fn follows(run: &Charging, times: &[f64], formula: impl Fn(f64) -> (f64, f64), error: f64, what: &str) {
    assert_eq!(run.times, times, "{what}");
    assert_eq!(run.series.merits.len(), times.len());
    for (i, &t) in times.iter().enumerate() {
        let (energy, power) = formula(t);
        near(run.series.merits[i].energy, energy, error, &format!("{what}, energy at {t}"));
        near(run.series.power[i], power, 3.0 * error, &format!("{what}, power at {t}"));
        let average = run.series.average_power[i];
        assert!(t == 0.0 || (average * t - energy).abs() <= error * (1.0 + t), "{what}, average at {t}");
    }
}

#[test]
fn grids_hold_what_they_say() {
    let even: Vec<f64> = Times::even(2.0, 12.0, 6).into();
    assert_eq!(even, [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]);
    let log: Vec<f64> = Times::log(1.0, 256.0, 9).into();
    for (k, t) in log.iter().enumerate() {
        near(*t, 2.0_f64.powi(k as i32), 1e-13 * t, "powers of two");
    }
}

#[test]
fn every_method_shows_the_pair_at_its_times() {
    for (f, gamma) in [(0.5, 1.4), (1.3, 0.2), (0.4, 9.0)] {
        for method in ["rabi-blocks", "taylor", "explicit", "exponential", "implicit"] {
            let run = star(1, Cell::Qubit, f, gamma).charge(&accurate(method, &UNEVEN)).unwrap();
            let what = format!("{method}, F = {f}, gamma = {gamma}");
            follows(&run, &UNEVEN, |t| pair_energy(f, gamma, t), 2e-11, &what);
        }
    }
}

#[test]
fn a_detuned_charger_is_shown_at_its_times_by_blocks_and_by_matrices() {
    let mut model = star(3, Cell::Qubit, 0.7, 1.4);
    model.charger.detuning = 0.4;
    let by = |method: &str| model.charge(&accurate(method, &UNEVEN)).unwrap();
    let (blocks, matrices) = (by("rabi-blocks"), by("exponential"));
    for (i, t) in UNEVEN.iter().enumerate() {
        let (a, b) = (blocks.at(i), matrices.at(i));
        near(a.energy, b.energy, 1e-12, &format!("energy at {t}"));
        near(a.ergotropy.global, b.ergotropy.global, 1e-12, &format!("ergotropy at {t}"));
        near(a.purity, b.purity, 1e-12, &format!("purity at {t}"));
        near(blocks.series.power[i], matrices.series.power[i], 1e-11, &format!("power at {t}"));
    }
}

#[test]
fn two_oscillators_are_shown_at_their_times() {
    for (f, gamma) in [(0.3, 1.0), (0.2, 12.0)] {
        for method in ["number-sectors", "moments", "taylor"] {
            let run = oscillators(f, gamma).charge(&accurate(method, &UNEVEN)).unwrap();
            let what = format!("{method}, F = {f}, gamma = {gamma}");
            // A cut oscillator is as exact as what its highest levels hold.
            let error = if method == "taylor" { 1e-10 } else { 1e-12 };
            follows(&run, &UNEVEN, |t| oscillator_energy(f, gamma, t), error, &what);
        }
    }
}

#[test]
fn long_times_are_exact_with_all_digits() {
    // sin^2(g t) of a free swap where rounding would have lost the phase.
    let swap = ChargerBattery::star(1).with_charger_in(InitialState::Excited);
    let times = [0.0_f64, 0.3, 1e4, 12345.678, 1e6, 1e6 + 0.25];
    let run = swap.charge(&accurate("exponential", &times)).unwrap();
    follows(&run, &times, |t| (t.sin().powi(2), (2.0 * t).sin()), 1e-13, "swap");
}

#[test]
fn stages_show_their_times_by_matrices_and_by_every_method() {
    // sin^2(g t) with the charger excited at first, then e^{-kt} of what was stored.
    let (duration, wait, k) = (1.1_f64, 2.3_f64, 0.4_f64);
    let mut model = star(1, Cell::Qubit, 0.0, 0.0);
    (model.drive, model.initial.charger) = (None, InitialState::Excited);
    let mut lossy = model.clone();
    lossy.battery.noise = NoiseRates { relaxation: k, ..NoiseRates::default() };
    let stages = vec![
        Stage { task: Task::Evolve { duration: Some(duration), system: None }, points: 7 },
        Stage { task: Task::Wait { duration: wait, system: Some(Box::new(lossy)) }, points: 5 },
    ];
    let protocol = Protocol { system: ProtocolSystem::ChargerBattery(model), stages, repeat: 1, shown: None };
    for method in ["auto", "taylor", "explicit", "implicit", "exponential"] {
        let run = protocol.charge(&accurate(method, &[])).unwrap();
        assert_eq!(run.times.len(), 13);
        for (i, &t) in run.times.iter().enumerate() {
            let stored = duration.sin().powi(2);
            let (shown, energy) = match i {
                0..=7 => (duration * i as f64 / 7.0, t.sin().powi(2)),
                _ => {
                    let local = wait * (i - 7) as f64 / 5.0;
                    (duration + local, stored * (-k * local).exp())
                }
            };
            near(t, shown, 1e-15, &format!("{method}, time {i}"));
            near(run.at(i).energy, energy, 2e-11, &format!("{method}, energy at {t}"));
        }
    }
}

#[test]
fn a_star_of_spins_is_shown_at_its_times() {
    // Pure chargers: V = sin^2(sqrt(N) J t/2), free and in stages with points.
    let free = SpinRelaxation { t1: f64::INFINITY, t2: f64::INFINITY, equilibrium: 0.0 };
    let star = NmrStar {
        chargers: 9,
        coupling: 2.0,
        frequency: 1.0,
        charger_excitation: 1.0,
        battery_excitation: 0.0,
        charger: free,
        battery: free,
        correlations: Correlations::Dropped,
    };
    let formula = |t: f64| ((3.0 * t).sin().powi(2), 3.0 * (6.0 * t).sin());
    follows(&star.charge(&accurate("auto", &UNEVEN)).unwrap(), &UNEVEN, formula, 1e-13, "free");
    let stages = vec![Stage { task: Task::Evolve { duration: Some(0.77), system: None }, points: 11 }];
    for correlations in [Correlations::Dropped, Correlations::Kept] {
        let system = ProtocolSystem::NmrStar(NmrStar { correlations, ..star });
        let run = Protocol { system, stages: stages.clone(), repeat: 1, shown: None }
            .charge(&accurate("auto", &[]))
            .unwrap();
        for i in 1..=11 {
            let t = 0.77 * i as f64 / 11.0;
            near(run.times[i], t, 1e-15, "time");
            near(run.at(i).energy, formula(t).0, 1e-12, &format!("{correlations:?} at {t}"));
        }
    }
}

#[test]
fn cells_of_engines_are_shown_at_their_times() {
    // p = p_inf (1 - e^{-(1+x) Gamma t}) of one cell in the bath that its engine is, by formula, ladder and stages.
    let battery = |mode| charged_by(1, Engines::Maser(SET_A), mode);
    let individual = battery(EngineMode::Individual);
    let (rate, x) = (individual.gamma_e(), individual.ln_ratio().exp());
    let formula = |t: f64| {
        let left = (-(1.0 + x) * rate * t).exp();
        (x / (1.0 + x) * (1.0 - left), rate * x * left)
    };
    let times = UNEVEN.map(|t| 40.0 * t);
    for mode in [EngineMode::Individual, EngineMode::Collective] {
        let run = battery(mode).charge(&accurate("auto", &times)).unwrap();
        follows(&run, &times, formula, 1e-11, &format!("{mode:?}"));
        let stages = vec![Stage { task: Task::Evolve { duration: Some(900.0), system: None }, points: 9 }];
        let system = ProtocolSystem::EngineBattery(battery(mode));
        let run = Protocol { system, stages, repeat: 1, shown: None }.charge(&accurate("auto", &[])).unwrap();
        let expected: Vec<f64> = (0..=9).map(|i| 100.0 * i as f64).collect();
        follows(&run, &expected, formula, 1e-11, &format!("{mode:?} in a stage"));
    }
}

#[test]
fn the_last_time_may_be_the_first() {
    // One time alone, and the same time asked for again and again.
    for method in ["auto", "taylor", "explicit", "exponential", "implicit"] {
        let run = charge(&star(1, Cell::Qubit, 0.5, 1.4), method, &[3.0, 3.0, 3.0]);
        let expected = pair_energy(0.5, 1.4, 3.0).0;
        run.series.energy().iter().for_each(|e| near(*e, expected, 1e-8, method));
    }
}
