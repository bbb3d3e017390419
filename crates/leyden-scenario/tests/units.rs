//! Every unit with its factor, and what each key takes.

mod common;

use std::f64::consts::{PI, TAU};

use leyden::charge::AnySystem;
use leyden::protocol::Task;
use leyden_scenario::{KEYS, Scenario, Takes};

use common::{file_with, report};

/// k_B/hbar in rad/s per kelvin: 2 pi times 20.836619 GHz (CODATA 2018).
const KELVIN: f64 = TAU * 2.083_661_912_333e10;

const FREQUENCIES: [(&str, f64); 12] = [
    ("Hz", TAU),
    ("mHz", 1e-3 * TAU),
    ("kHz", 1e3 * TAU),
    ("MHz", 1e6 * TAU),
    ("GHz", 1e9 * TAU),
    ("THz", 1e12 * TAU),
    ("rad/s", 1.0),
    ("mrad/s", 1e-3),
    ("krad/s", 1e3),
    ("Mrad/s", 1e6),
    ("Grad/s", 1e9),
    ("Trad/s", 1e12),
];
const TIMES: [(&str, f64); 9] = [
    ("s", 1.0),
    ("ms", 1e-3),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("μs", 1e-6),
    ("ns", 1e-9),
    ("ps", 1e-12),
    ("min", 60.0),
    ("h", 3600.0),
];
const TEMPERATURES: [(&str, f64); 5] = [
    ("K", KELVIN),
    ("mK", 1e-3 * KELVIN),
    ("uK", 1e-6 * KELVIN),
    ("µK", 1e-6 * KELVIN),
    ("μK", 1e-6 * KELVIN),
];
const NO_UNITS: [&str; 9] = ["hz", "mhz", "S", "sec", "minutes", "ks", "1/Hz", "s/1", "eV"];

fn rates() -> Vec<(String, f64)> {
    TIMES.iter().map(|(unit, factor)| (format!("1/{unit}"), 1.0 / factor)).collect()
}

/// The number that a value becomes: of an amplitude, a rate, a time, a temperature.
fn read(kind: &str, reference: &str, value: &str) -> Option<f64> {
    let head = format!("[units]\nreference = \"{reference}\"\n");
    let text = match kind {
        "frequency" => format!("{head}[drive]\namplitude = \"{value}\"\n[time]\nend = 1.0\n"),
        "rate" => format!("{head}[charger]\ndephasing = \"{value}\"\n[time]\nend = 1.0\n"),
        "time" => format!("{head}[time]\nvalues = [\"{value}\"]\n"),
        _ => format!(
            "{head}[engine]\nhot_frequency = 1e12\nsignal_frequency = 1e6\nhot_temperature = \"{value}\"\ncold_temperature = 1.0\n"
        ),
    };
    let scenario = Scenario::parse("test.toml", &text).ok()?;
    match scenario.system {
        AnySystem::ChargerBattery(system) if kind == "frequency" => Some(system.drive?.amplitude),
        AnySystem::ChargerBattery(system) if kind == "rate" => Some(system.charger.noise.dephasing),
        AnySystem::HeatEngine(engine) => Some(engine.hot_temperature),
        _ => scenario.times.first().copied(),
    }
}

#[test]
fn every_unit_has_its_factor() {
    let close = |found: Option<f64>, expected: f64, context: &str| {
        let found = found.unwrap_or_else(|| panic!("{context} is refused"));
        assert!((found / expected - 1.0).abs() < 1e-9, "{context} is {found:e}, not {expected:e}");
    };
    // Of a reference of 1 rad/s numbers are those of the units; of 2 kHz they are smaller, and times longer.
    for (reference, scale) in [("1 rad/s", 1.0), ("2 kHz", 2e3 * TAU)] {
        let rates = rates();
        let rates = rates.iter().map(|(unit, factor)| (unit.as_str(), *factor));
        for (unit, factor) in FREQUENCIES.into_iter().chain(rates.clone()) {
            let found = read("frequency", reference, &format!("3 {unit}"));
            close(found, 3.0 * factor / scale, &format!("3 {unit} of {reference}"));
        }
        for (unit, factor) in rates {
            close(read("rate", reference, &format!("3 {unit}")), 3.0 * factor / scale, unit);
        }
        for (unit, factor) in TIMES {
            close(read("time", reference, &format!("3 {unit}")), 3.0 * factor * scale, unit);
        }
        for (unit, factor) in TEMPERATURES {
            close(read("temperature", reference, &format!("3 {unit}")), 3.0 * factor / scale, unit);
        }
    }
    // The reference itself takes every unit of a frequency.
    for (unit, factor) in FREQUENCIES {
        let text = format!("[units]\nreference = \"0.5 {unit}\"\n[time]\nend = 1.0\n");
        let reference = Scenario::parse("", &text).unwrap().reference.unwrap();
        assert!((reference / (0.5 * factor) - 1.0).abs() < 1e-15, "{unit}");
    }
}

#[test]
fn a_number_may_be_written_in_every_way_before_its_unit() {
    for (text, expected) in [
        ("3us", 3e-6),
        ("3 us", 3e-6),
        ("  3   us  ", 3e-6),
        ("3.5e1 us", 3.5e-5),
        ("3E-1us", 3e-7),
        ("+2 ms", 2e-3),
        (".5 s", 0.5),
    ] {
        let found = read("time", "1 rad/s", text).unwrap_or_else(|| panic!("{text} is refused"));
        assert!((found / expected - 1.0).abs() < 1e-14, "{text}: {found:e}");
    }
    for text in ["us", "us 3", "3 4 us", "3,5 us", "three us", ""] {
        assert_eq!(read("time", "1 rad/s", text), None, "{text}");
    }
}

#[test]
fn no_unit_measures_anything_else() {
    let all: Vec<String> = FREQUENCIES
        .iter()
        .chain(&TIMES)
        .chain(&TEMPERATURES)
        .map(|(unit, _)| unit.to_string())
        .chain(rates().into_iter().map(|(unit, _)| unit))
        .chain(NO_UNITS.map(String::from))
        .collect();
    let known = |kind: &str, unit: &str| match kind {
        "frequency" => FREQUENCIES.iter().any(|(known, _)| *known == unit) || unit_of_rate(unit),
        "rate" => unit_of_rate(unit),
        "time" => TIMES.iter().any(|(known, _)| *known == unit),
        _ => TEMPERATURES.iter().any(|(known, _)| *known == unit),
    };
    for kind in ["frequency", "rate", "time", "temperature"] {
        for unit in &all {
            let found = read(kind, "1 rad/s", &format!("3 {unit}"));
            assert_eq!(found.is_some(), known(kind, unit), "{kind} in {unit}");
        }
    }
}

fn unit_of_rate(unit: &str) -> bool {
    rates().iter().any(|(known, _)| known == unit)
}

/// What each key takes, by what a file may say: cycles, inverse times, times, kelvins, or a number alone.
#[test]
fn every_key_takes_the_units_of_what_it_is() {
    for key in KEYS {
        let takes: &[&str] = match key.takes {
            Takes::Frequency | Takes::Detuning | Takes::Frequencies | Takes::Couplings => &["Hz", "1/s"],
            Takes::Rate | Takes::Load => &["1/s"],
            Takes::Time | Takes::Times | Takes::Duration => &["s"],
            Takes::Temperature | Takes::BathTemperature => &["K"],
            Takes::Number | Takes::Positive | Takes::Probability | Takes::Signed => &[],
            _ => continue,
        };
        if ["units", "optimise"].contains(&key.table) {
            continue;
        }
        for unit in ["Hz", "1/s", "s", "K"] {
            let value = match key.takes {
                Takes::Times => format!("[\"1 {unit}\"]"),
                Takes::Load => format!("{{ down = \"1 {unit}\", up = 1.0 }}"),
                _ => format!("\"1 {unit}\""),
            };
            let text = file_with(key, &value);
            let said = report(&text);
            // A word about this very value: its unit, or that it takes no unit.
            let refused = [
                format!("`{key}` cannot be given in {unit}"),
                format!("`{key}` must be a number without unit"),
                format!("`{key}` must be a number, but is a string"),
            ]
            .iter()
            .any(|phrase| said.contains(phrase));
            assert_eq!(!refused, takes.contains(&unit), "{key} in {unit}:\n{text}{said}");
        }
    }
}

#[test]
fn angles_are_in_degrees_radians_or_parts_of_pi() {
    let angle = |value: &str| -> Option<f64> {
        let text = format!("[[stage]]\nkind = \"pulse\"\ntarget = \"battery\"\nangle = {value}\n");
        let AnySystem::Protocol(protocol) = Scenario::parse("", &text).ok()?.system else { panic!() };
        match protocol.stages[0].task {
            Task::Pulse { angle, .. } => Some(angle),
            _ => None,
        }
    };
    for (text, radians) in [
        ("0.25", 0.25),
        ("-3", -3.0),
        ("\"1 deg\"", PI / 180.0),
        ("\"90deg\"", PI / 2.0),
        ("\"-45 deg\"", -PI / 4.0),
        ("\"360 deg\"", TAU),
        ("\"1.5 rad\"", 1.5),
        ("\"pi\"", PI),
        ("\"-pi\"", -PI),
        ("\"pi/3\"", PI / 3.0),
        ("\"2 pi\"", TAU),
        ("\"0.5*pi\"", PI / 2.0),
        ("\"3pi/4\"", 0.75 * PI),
    ] {
        let found = angle(text).unwrap_or_else(|| panic!("{text} is refused"));
        assert!((found - radians).abs() < 1e-15, "{text}: {found}");
    }
    for text in ["\"90\"", "\"90 degrees\"", "\"90 grad\"", "\"pi/0\"", "\"pi/x\"", "\"1 s\"", "true"] {
        assert_eq!(angle(text), None, "{text}");
    }
}
