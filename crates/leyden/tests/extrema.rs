//! Maxima and averages of closed systems: closed forms, brute force in the full space (references/closed.py made it), and published values.

mod common;

use common::charge;
use leyden::asymptote::Average;
use leyden::charge::{Charging, Request};
use leyden::merit::{Extremum, Maxima};
use leyden::model::{Cell, ChargerBattery, ChargerKind, CouplingForm, Cutoff};
use leyden::space::InitialState;
use leyden::why::{TooLarge, Undamped};
use leyden::{Known, Method, Times, Why};
use serde_json::Value;

use std::f64::consts::PI;

/// With everything asked for.
fn asked(model: &ChargerBattery, method: &str, end: f64) -> Charging {
    let method = common::method(method);
    let run = model.charge(&Request { extrema: true, method, ..Times::even(0.0, end, 7).into() }).unwrap();
    assert_eq!(run.outcome, leyden::evolve::Outcome::Converged);
    run
}

fn near(found: Extremum, value: f64, time: f64, digits: f64) {
    assert!(
        (found.value - value).abs() < 1e-11 && (found.time - time).abs() < digits,
        "{found:?} {value} {time}"
    );
}

#[test]
fn an_excitation_swaps_between_two_qubits() {
    let mut pair = ChargerBattery::star(1).with_charger_in(InitialState::Excited);
    pair.coupling.strengths = vec![0.7];
    for end in [1.0, 4.0, 3e4] {
        let run = asked(&pair, "auto", end);
        let (energy, ergotropy) = (run.extrema.energy.unwrap(), run.extrema.ergotropy.unwrap());
        assert!(energy.certified && energy.resolution.is_none() && !ergotropy.certified);
        // E = sin^2 gt, W = max(0, 2E - 1): both 1 at gt = pi/2.
        if end == 1.0 {
            assert_eq!((energy.first, ergotropy.first), (None, None));
            near(energy.largest, 0.7_f64.sin().powi(2), 1.0, 1e-12);
            continue;
        }
        for found in [energy.first.unwrap(), energy.largest] {
            near(found, 1.0, 0.5 * PI / 0.7, 1e-9);
        }
        for found in [ergotropy.first.unwrap(), ergotropy.largest] {
            near(found, 1.0, 0.5 * PI / 0.7, 1e-7);
        }
        // Half an excitation on average, and no coherence.
        let average = run.asymptote.average.unwrap();
        assert!((average.energy - 0.5).abs() < 1e-15 && average.ergotropy.unwrap().abs() < 1e-15);
    }
}

fn reference() -> Vec<Value> {
    serde_json::from_str(include_str!("references/closed.json")).unwrap()
}

fn state(part: &Value, top: usize) -> InitialState {
    let number = part["start"][1].as_f64().unwrap();
    match part["start"][0].as_str().unwrap() {
        "fock" if number == 0.0 => InitialState::Ground,
        "fock" if part["oscillator"] == true || number as usize != top => InitialState::Fock(number as usize),
        "fock" => InitialState::Excited,
        "coherent" => InitialState::Coherent(number),
        "squeezed" => InitialState::Squeezed(number),
        "thermal" => InitialState::Thermal(number),
        other => panic!("{other}"),
    }
}

fn model(case: &Value) -> ChargerBattery {
    let number = |name: &str| case[name].as_f64().unwrap_or(0.0);
    let (charger, battery) = (&case["charger"], &case["battery"]);
    let mut model = ChargerBattery::star(number("cells") as usize);
    model = if number("drive") == 0.0 { model } else { model.driven(number("drive")) };
    let levels = battery["levels"].as_u64().unwrap() as usize;
    if charger["oscillator"] == true {
        model.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    }
    model.battery.cell = match (battery["oscillator"] == true, levels) {
        (true, _) => Cell::Oscillator(Cutoff::Auto),
        (false, 2) => Cell::Qubit,
        (false, levels) => Cell::Qudit(levels),
    };
    model.charger.detuning = number("detuning");
    if let Some(g) = case["g"].as_f64() {
        model.coupling.strengths = vec![g];
    }
    if case["dipole"] == true {
        model.coupling.form = CouplingForm::Dipole;
    }
    model.initial.charger = state(charger, 1);
    model.initial.battery = state(battery, levels - 1);
    model
}

fn compare(found: &Maxima, expected: &Value, what: &str) {
    let same = |found: Extremum, expected: &Value| {
        let (value, time) = (expected[0].as_f64().unwrap(), expected[1].as_f64().unwrap());
        assert!((found.value - value).abs() < 1e-9, "{what}: {found:?} {expected}");
        assert!((found.time - time).abs() < 2e-5, "{what}: {found:?} {expected}");
    };
    same(found.largest, &expected["largest"]);
    match found.first {
        Some(first) => same(first, &expected["first"]),
        None => assert_eq!(expected["first"], Value::Null, "{what}"),
    }
}

#[test]
fn brute_force_in_the_full_space() {
    let mut met = Vec::new();
    for entry in reference() {
        let (case, average) = (&entry["case"], &entry["average"]);
        let (model, what) = (model(case), case.to_string());
        // Two oscillators of which one starts with a sharp number of quanta and the other does not: moments prove the energy, kets sample it.
        let one_way = model.plan(&Times::even(0.0, 1.0, 3).into()).unwrap().method;
        let mut methods = if one_way.is_general() { vec!["auto", "moments"] } else { vec!["auto"] };
        if model.charge(&Request { method: Some(Method::NumberSectors), ..Times::none().into() }).is_ok() {
            methods.push("number-sectors");
        }
        for method in methods {
            let run = asked(&model, method, case["end"].as_f64().unwrap());
            met.push(run.method);
            let found = run.asymptote.average.unwrap();
            let expected = average["energy"].as_f64().unwrap();
            assert!((found.energy - expected).abs() < 1e-10, "{what}: {found:?} {average}");
            match found.ergotropy {
                Ok(found) => {
                    let expected = average["ergotropy"].as_f64().unwrap();
                    assert!((found - expected).abs() < 1e-10, "{what}: {found} {average}");
                }
                Err(why) => assert!(matches!(why, Why::NotGaussian | Why::NoStates), "{what}: {why}"),
            }
            let energy = run.extrema.energy.unwrap();
            let sampled = run.method.is_general();
            assert!(energy.certified != sampled && energy.resolution.is_some() == sampled, "{what}");
            compare(&energy, &entry["extrema"]["energy"], &what);
            match run.extrema.ergotropy {
                Ok(found) => compare(&found, &entry["extrema"]["ergotropy"], &what),
                Err(why) => assert_eq!((why, run.method), (Why::NoStates, Method::Moments), "{what}"),
            }
        }
    }
    for method in
        [Method::RabiBlocks, Method::Gaussian, Method::NumberSectors, Method::NumberBlocks, Method::Moments]
    {
        assert!(met.contains(&method), "{method}");
    }
}

/// Of a coherent start with as many photons as cells, at the first maximum of the energy: E_B/N, E_B - W and W/E_B.
#[test]
fn what_is_locked_at_the_first_maximum_of_a_cavity_battery() {
    for (cells, per_cell, locked, ratio) in
        [(10, 0.811, 0.422632, 0.947897), (30, 0.883, 0.606758, 0.977103), (60, 0.915, 0.701612, 0.987222)]
    {
        let n = cells as f64;
        let mut cavity = ChargerBattery::star(cells).with_charger_in(InitialState::Coherent(n.sqrt()));
        cavity.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
        let run = asked(&cavity, "auto", 6.0 / n.sqrt());
        assert_eq!(run.method, Method::NumberBlocks);
        let first = run.extrema.energy.unwrap().first.unwrap();
        assert!((first.value / n - per_cell).abs() < 6e-4, "{cells}: {first:?}");
        let there = charge(&cavity, "auto", &[first.time]);
        let last = there.last();
        assert!((last.energy - first.value).abs() < 1e-12 * n && there.series.power[0].abs() < 1e-9);
        assert!((last.passive - locked).abs() < 1e-6, "{cells}: {}", last.passive);
        assert!((last.ergotropy.global / last.energy - ratio).abs() < 1e-6);
    }
}

#[test]
fn open_systems_and_drives_that_turn_have_none() {
    let cases = [
        (ChargerBattery::star(2).driven(0.5).dephased(0.1), Why::Open),
        (
            {
                let mut dipole = ChargerBattery::star(1).driven(0.5);
                dipole.coupling.form = CouplingForm::Dipole;
                dipole
            },
            Why::TimeDependent,
        ),
    ];
    for (model, expected) in cases {
        let run = asked(&model, "auto", 3.0);
        let found = [
            run.extrema.energy.map(|_| ()),
            run.extrema.ergotropy.map(|_| ()),
            run.asymptote.average.map(|_| ()),
        ];
        assert!(found.iter().all(|found| *found == Err(expected)), "{found:?}");
    }
}

#[test]
fn what_stands_still_is_its_average() {
    let mut uncoupled = ChargerBattery::star(1).with_charger_in(InitialState::Excited);
    uncoupled.coupling.strengths = vec![0.0];
    uncoupled.initial.battery = InitialState::Excited;
    let run = asked(&uncoupled, "auto", 3.0);
    assert_eq!(run.asymptote.average, Ok(Average { energy: 1.0, ergotropy: Ok(1.0) }));
    let found = run.extrema.energy.unwrap();
    assert_eq!((found.first, found.largest), (None, Extremum { value: 1.0, time: 0.0 }));
    // Nothing reaches an empty battery.
    let run = asked(&ChargerBattery::star(3), "auto", 3.0);
    assert_eq!(run.asymptote.average, Ok(Average { energy: 0.0, ergotropy: Ok(0.0) }));
}

#[test]
fn searches_that_cost_more_than_the_run_wait() {
    let mut cavity = ChargerBattery::star(40).with_charger_in(InitialState::Coherent(40.0_f64.sqrt()));
    cavity.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    let run = charge(&cavity, "auto", &[0.0, 40.0]);
    let waits = |found: Known<Maxima>| matches!(found, Err(Why::TooLarge(TooLarge::Extrema { times })) if times > 1.0);
    assert!(waits(run.extrema.energy) && waits(run.extrema.ergotropy));
    assert!(run.asymptote.average.is_ok());
    assert_eq!(run.asymptote.limit.unwrap_err(), Undamped::NoChannel.into());
    let run = asked(&cavity, "auto", 1.0);
    assert!(run.extrema.energy.is_ok() && run.extrema.ergotropy.is_ok());
    let none = cavity.charge(&Request { extrema: true, ..Times::none().into() }).unwrap();
    assert_eq!(none.extrema.energy, Err(Why::NoTimes));
}

/// Two driven oscillators whose slow mode does not turn gain energy for ever: no sum of cosines, and the end is the largest.
#[test]
fn a_resonance_grows_until_the_end() {
    let mut pair = ChargerBattery::oscillators().driven(0.3);
    pair.charger.detuning = 1.0;
    pair.battery.detuning = 1.0;
    let run = asked(&pair, "gaussian", 30.0);
    let (energy, ergotropy) = (run.extrema.energy.unwrap(), run.extrema.ergotropy.unwrap());
    assert!(!energy.certified && energy.resolution.unwrap() > 0.0);
    assert_eq!((energy.largest.time, ergotropy.largest.time), (30.0, 30.0));
    assert!((energy.largest.value - run.last().energy).abs() < 1e-9);
    assert!(run.asymptote.average.is_err());
}
