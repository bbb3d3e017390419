//! Documents in the units of their files: the physics does not change with the way it is written, and every number that people see is that
//! of the document times the factor of its unit.

use std::collections::BTreeSet;
use std::f64::consts::TAU;

use leyden_results::table::{Dimension, Read, rows};
use leyden_results::{Document, read, request, run};
use leyden_scenario::{Unit, Units};
use serde_json::Value;

fn document(text: &str, verify: bool) -> Document {
    let scenario = read("test.toml", text).unwrap_or_else(|report| panic!("{report}\n{text}"));
    run(&scenario, &request(&scenario, verify, 1e9)).unwrap()
}

fn value(document: &Document) -> Value {
    serde_json::from_str(&document.to_json()).unwrap()
}

/// Every number with its path, indices left out of it.
fn numbers(path: &str, value: &Value, all: &mut Vec<(String, f64)>) {
    match value {
        Value::Object(entries) => {
            for (name, value) in entries {
                let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                numbers(&path, value, all);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| numbers(path, value, all)),
        Value::Number(x) => all.push((path.into(), x.as_f64().unwrap())),
        _ => {}
    }
}

fn all_numbers(document: &Document) -> Vec<(String, f64)> {
    let mut all = Vec::new();
    numbers("", &value(document), &mut all);
    all
}

/// The unit of the numbers at a path, and whether they are logarithms; `None` of those that have none.
fn unit(path: &str, units: &Units, objective: &str) -> Option<(Unit, bool)> {
    let by = |dimension: Dimension| Some((dimension.unit(units), dimension.is_logarithm()));
    let row = |path: &str| rows().find(|row| row.path == path && !matches!(row.read, Read::Json(_)));
    let dotted = path.replace('/', ".");
    if let Some(row) = row(&dotted) {
        return by(row.dimension);
    }
    let list = |rest: &str| match rest {
        "energy" | "bare" | "ergotropy" | "collective" | "local" | "fluctuation" | "extracted"
        | "daemonic" => by(Dimension::Energy),
        "from" | "lifetime" | "settling" | "first" | "time" | "duration" => by(Dimension::Time),
        "average_power" => by(Dimension::Power),
        "rate" | "frequency" => by(Dimension::Rate),
        "log10_rate" => by(Dimension::LogRate),
        "log10_lifetime" => by(Dimension::LogTime),
        "enhancement" | "charger" | "eigenvalue" | "multiplicity" => None,
        other => panic!("{path}: {other}"),
    };
    for table in [
        "asymptote.rates.",
        "asymptote.plateaus.",
        "asymptote.spectrum.",
        "ledger.channels.",
        "charging.comparison.",
        "cycles.stages.",
    ] {
        if let Some(rest) = dotted.strip_prefix(table) {
            return list(rest);
        }
    }
    if let Some(name) = path.strip_prefix("verify/differences/") {
        // Of times they are relative.
        return if name.starts_with("charging_time") { None } else { by(row(name).unwrap().dimension) };
    }
    if let Some(key) = path.strip_prefix("optimum/variables/") {
        return Some((units.of_key(key), false));
    }
    match &*dotted {
        "times" => by(Dimension::Time),
        "cycles.energy" | "cycles.ergotropy" => by(Dimension::Energy),
        "optimum.value" | "optimum.jump.limit" | "optimum.jump.value_at_jump" => {
            by(row(objective).unwrap().dimension)
        }
        "optimum.jump.position" => Some((units.of_key("charger.dephasing"), false)),
        "cells"
        | "reference"
        | "asymptote.residual"
        | "asymptote.conserved_values"
        | "engine.populations"
        | "charging.fraction"
        | "cycles.shown"
        | "charging_time.spectral_threshold"
        | "checks.hermiticity" => None,
        other if other.starts_with("units.") => None,
        other => panic!("no unit of {other} is known here"),
    }
}

const DEVICE: &str =
    "[units]\nreference = \"5 GHz\"\n[coupling]\nstrength = \"10 MHz\"\n[battery]\nfrequency = \"4 GHz\"\n";
const ENGINE: &str = "[units]\nreference = \"5 GHz\"\n[engine]\nhot_frequency = \"50 GHz\"\nsignal_frequency = \"4 GHz\"\n\
    hot_temperature = \"2 K\"\ncold_temperature = \"100 mK\"\nhot_rate = \"100 1/us\"\ncold_rate = \"100 1/us\"\n";

/// Scenarios with every list and every row that a document may have.
fn cases() -> Vec<(String, bool)> {
    let device = |text: &str| format!("{}{text}", DEVICE);
    let with_cells = |text: &str| format!("{}{text}", DEVICE.replace("[battery]", "[battery]\ncells = 2"));
    let driven = "[charger]\ndephasing = \"80 1/us\"\n[drive]\namplitude = \"5 MHz\"\n";
    let detuned = DEVICE.replace("frequency = \"4 GHz\"", "detuning = \"0.5 MHz\"");
    let search = "[optimise]\nobjective = \"charging_time.settling\"\nvariables = { \"charger.dephasing\" = { from = \"0.1 1/us\", to = \"5000 1/us\", spacing = \"log\" } }\n";
    let stages = "[[stage]]\nkind = \"evolve\"\nduration = \"20 ns\"\npoints = 3\n[[stage]]\nkind = \"measure\"\ntarget = \"charger\"\n\
        [[stage]]\nkind = \"extract\"\n[cycle]\nrepeat = 3\n";
    let swept = "[units]\nreference = \"5 GHz\"\n[battery]\ncells = 2\nfrequency = [\"4 GHz\", \"4.1 GHz\"]\n[coupling]\nstrength = \"10 MHz\"\n\
        [initial]\ncharger = \"excited\"\n[charger]\nfrequency = \"4 GHz\"\nrelaxation = \"3 1/us\"\n[time]\nvalues = [0.0, \"3 ns\", \"0.1 us\"]\n";
    vec![
        (with_cells(&format!("{driven}[time]\nend = \"0.4 us\"\npoints = 5\n")), true),
        (format!("{detuned}{driven}frequency = \"4 GHz\"\n[time]\nend = \"0.4 us\"\npoints = 5\n"), false),
        (device(&format!("[drive]\namplitude = \"5 MHz\"\n{search}")), false),
        (device(&format!("{driven}{stages}")), false),
        (swept.into(), false),
        (format!("{ENGINE}drive = \"1 MHz\"\n"), false),
        (
            format!("{ENGINE}[charging]\ncompare = true\n[battery]\ncells = 2\n[coupling]\nstrength = \"2 MHz\"\n[time]\nend = \"2 us\"\npoints = 3\n"),
            false,
        ),
        (
            "[nmr]\nchargers = 4\ncoupling = 2.0\nbattery_t1 = \"20 s\"\nbattery_equilibrium = 0.1\nbattery_frequency = \"500 MHz\"\n[[stage]]\nkind = \"wait\"\n\
             duration = \"300 ms\"\n[[stage]]\nkind = \"reset\"\ntarget = \"chargers\"\nexcitation = 0.9\n[[stage]]\nkind = \"evolve\"\nduration = 0.5\n[cycle]\nrepeat = 3\n"
                .into(),
            false,
        ),
    ]
}

#[test]
fn every_number_is_shown_in_its_unit_and_nothing_else_changes() {
    let mut seen = BTreeSet::new();
    for (text, verify) in cases() {
        let document = document(&text, verify);
        let (units, shown) = (document.units(), document.shown());
        assert!(units.time.factor != 1.0 && units.energy.factor != 1.0, "{units:?}");
        let objective = document.optimum().map_or(String::new(), |found| found.objective);
        let (kept, seen_by_people) = (all_numbers(&document), all_numbers(&shown));
        assert_eq!(kept.len(), seen_by_people.len(), "{text}");
        for ((path, x), (other, y)) in kept.iter().zip(&seen_by_people) {
            assert_eq!(path, other);
            let expected = match unit(path, &units, &objective) {
                None => *x,
                Some((unit, true)) => x + unit.factor.log10(),
                Some((unit, false)) => x * unit.factor,
            };
            // Typed numbers come back without rounding.
            let near = path == "times" && (y - expected).abs() <= 1e-13 * expected.abs();
            assert!(
                near || y.to_bits() == expected.to_bits(),
                "{path}: {x:e} is shown as {y:e}, not {expected:e}"
            );
            if unit(path, &units, &objective).is_some_and(|(unit, _)| unit.factor != 1.0) {
                seen.insert(path.clone());
            }
        }
        // Texts, nulls and truths are the same.
        let blank = |document: &Document| {
            fn blank(value: &mut Value) {
                match value {
                    Value::Object(entries) => entries.values_mut().for_each(blank),
                    Value::Array(list) => list.iter_mut().for_each(blank),
                    Value::Number(_) => *value = 0.into(),
                    _ => {}
                }
            }
            let mut value = value(document);
            blank(&mut value);
            value
        };
        assert_eq!(blank(&document), blank(&shown));
    }
    for path in [
        "times",
        "asymptote/rates/log10_rate",
        "asymptote/rates/frequency",
        "asymptote/plateaus/lifetime",
        "asymptote/plateaus/log10_lifetime",
        "asymptote/plateaus/settling",
        "charging/comparison/average_power",
        "charging/comparison/time",
        "cycles/stages/duration",
        "cycles/stages/extracted",
        "cycles/stages/daemonic",
        "cycles/energy",
        "cycles/duration",
        "optimum/value",
        "optimum/variables/charger.dephasing",
        "optimum/jump/position",
        "optimum/jump/limit",
        "optimum/jump/value_at_jump",
        "verify/differences/energy",
        "verify/differences/power.average",
        "engine/beta_e",
        "engine/entropy_production",
        "engine/power",
        "power/maximum_average/time",
        "checks/error",
        "checks/energy_balance",
    ] {
        assert!(seen.contains(path), "no case has {path}: {seen:?}");
    }
}

/// Numbers that depend on nothing but rounding.
fn is_rounding(path: &str) -> bool {
    path.starts_with("checks/") || path == "asymptote/residual"
}

#[test]
fn one_physics_in_multiples_and_in_units_is_one_document() {
    let text = |units: &str, coupling: &str, dephasing: &str, drive: &str, end: &str| {
        format!(
            "{units}[battery]\ncells = 2\n[charger]\ndephasing = {dephasing}\n[coupling]\nstrength = {coupling}\n[drive]\namplitude = {drive}\n\
             [time]\nend = {end}\npoints = 9\n"
        )
    };
    let plain = document(&text("", "0.003", "0.02", "0.0015", "2000.0"), false);
    let units = "[units]\nreference = \"1 Grad/s\"\n";
    let angular = document(&text(units, "\"3 Mrad/s\"", "\"20 1/us\"", "\"1500 krad/s\"", "\"2 us\""), false);
    let without = |document: &Document| -> Vec<(String, f64)> {
        let all = all_numbers(document).into_iter();
        all.filter(|(path, _)| path != "reference" && !path.starts_with("units/")).collect()
    };
    assert!(without(&plain).len() > 100);
    assert_eq!(without(&plain), without(&angular));
    // Cycles: 2 pi enters, and is rounded.
    let cycles = |x: f64| format!("\"{x:?} MHz\"");
    let times = [format!("\"{:?} 1/us\"", 0.02 * TAU * 5e3), format!("\"{:?} us\"", 2000.0 / (TAU * 5e3))];
    let units = "[units]\nreference = \"5 GHz\"\n";
    let gigahertz = document(&text(units, &cycles(15.0), &times[0], &cycles(7.5), &times[1]), false);
    for ((path, x), (other, y)) in without(&plain).iter().zip(&without(&gigahertz)) {
        assert_eq!(path, other);
        assert!(is_rounding(path) || (x - y).abs() <= 1e-12 * x.abs().max(1e-3), "{path}: {x:e} and {y:e}");
    }
    // And it is seen in microseconds.
    let shown = gigahertz.shown();
    assert!(
        (shown.number("charging_time.settling").unwrap() / plain.number("charging_time.settling").unwrap()
            * TAU
            * 5e3
            - 1.0)
            .abs()
            < 1e-12
    );
    assert_eq!(shown.numbers("times").len(), 9);
    assert_eq!((&*shown.units().time.symbol, &*shown.unit("energy").symbol), ("us", "hbar omega_B"));
    assert_eq!(
        (&*shown.unit("times").symbol, &*shown.unit("purity").symbol, &*shown.unit("no.such").symbol),
        ("us", "1", "1")
    );
}

/// Power times time is energy in the units that are shown, and the slope of the energy is the power.
#[test]
fn shown_numbers_fit_together() {
    let text = format!(
        "{DEVICE}[charger]\ndephasing = \"80 1/us\"\n[drive]\namplitude = \"5 MHz\"\n[time]\nend = \"0.1 us\"\npoints = 2001\n"
    );
    let shown = document(&text, false).shown();
    let [times, energy, average, power] =
        ["times", "energy", "power.average", "power.instantaneous"].map(|path| shown.numbers(path));
    let mut sum = 0.0;
    for k in 1..times.len() {
        assert!((average[k] * times[k] - energy[k]).abs() < 1e-13 * energy[k].abs().max(1e-3));
        sum += 0.5 * (power[k] + power[k - 1]) * (times[k] - times[k - 1]);
    }
    assert!((sum - energy[2000]).abs() < 1e-5, "{sum} {}", energy[2000]);
    // An inverse temperature times an energy is a number.
    let maser = document(&format!("{ENGINE}drive = \"1 MHz\"\n"), false);
    let shown = maser.shown();
    let exponent = maser.number("engine.beta_e").unwrap() * 0.8;
    assert!((shown.number("engine.beta_e").unwrap() / exponent - 1.0).abs() < 1e-14);
    assert_eq!(shown.unit("engine.beta_e").symbol, "1/(hbar omega_0)");
    let [power, hot, cold] =
        ["engine.power", "engine.heat_hot", "engine.heat_cold"].map(|path| shown.number(path).unwrap());
    assert!((power - hot - cold).abs() < 1e-12 * hot.abs() && (power / hot - 4.0 / 50.0).abs() < 1e-9);
    assert!(energy.iter().all(|e| *e < 1.0) && (times[2000] - 0.1).abs() < 1e-15);
}
