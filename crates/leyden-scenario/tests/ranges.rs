//! Which numbers a key takes, to the last one.

mod common;

use common::{file_with, report};
use leyden_scenario::{KEYS, Key, Takes};

/// Whether something is said about the number of this key, or of what it is part of.
fn refused(key: &Key, value: &str) -> bool {
    let said = report(&file_with(key, value));
    said.contains(&format!("`{key}` must be")) || said.contains("`thermal` must be")
}

fn holds(key: &Key, value: &str, accepted: bool) {
    assert_eq!(!refused(key, value), accepted, "{key} = {value}:\n{}", report(&file_with(key, value)));
}

/// A value, and whether it is accepted.
type Case = (&'static str, bool);

#[test]
fn numbers_are_taken_up_to_their_ends() {
    for key in KEYS.iter().filter(|key| !["units", "optimise"].contains(&key.table)) {
        // What must not be 0, or must lie well inside: more than the kind of the number says.
        let not_zero = [
            "t1",
            "t2",
            "tphi",
            "correlation_time",
            "hot_rate",
            "cold_rate",
            "effective_rate",
            "charger_t1",
            "battery_t1",
            "fraction",
        ]
        .contains(&key.name)
            || (key.table, key.name) == ("time", "end");
        let inside = ["fraction", "effective_exponent", "tolerance", "cold_frequency"].contains(&key.name);
        let (from, to): (&[Case], &[Case]) = match key.takes {
            Takes::Frequency | Takes::Frequencies | Takes::Positive | Takes::Temperature => (
                &[("0.0", false), ("-1.0", false), ("1e-300", true)],
                &[("1e15", true), ("1.0001e15", false)],
            ),
            Takes::Detuning | Takes::Couplings | Takes::Signed => {
                (&[("-0.5", true)], &[("1e15", true), ("1.0001e15", false), ("-1.0001e15", false)])
            }
            Takes::Rate | Takes::Number | Takes::BathTemperature => {
                (&[("0.0", true), ("-1e-300", false)], &[("1e15", true), ("1.0001e15", false)])
            }
            Takes::Time | Takes::Duration => {
                (&[("0.0", true), ("-1e-300", false)], &[("1e300", true), ("1.0001e300", false)])
            }
            Takes::Probability => (
                &[("0.0", true), ("1.0", true), ("-1e-300", false), ("1.0000000000000002", false)],
                &[("0.5", true)],
            ),
            Takes::Angle => (&[("-7.0", true)], &[("1e15", true), ("1.0001e15", false)]),
            _ => continue,
        };
        for &(value, accepted) in from.iter().chain(to) {
            let zero = value == "0.0" && not_zero;
            let detuned = key.name == "detuning" && value.starts_with('-') && accepted;
            let wide = inside && accepted && value != "0.5" && value != "-0.5";
            let t2 = key.name.ends_with("_t2") && value == "0.0";
            // 1e15 of one key may be too much beside the others, which is said of another number.
            let beside = accepted && value == "1e15" && key.table == "engine";
            if !(zero || detuned || wide || t2 || beside) {
                holds(key, value, accepted);
            }
            if zero {
                holds(key, value, false);
            }
        }
        for value in ["nan", "inf", "-inf", "1e400", "true", "\"much\"", "[[1.0]]", "2020-01-01"] {
            assert!(!report(&file_with(key, value)).is_empty(), "{key} = {value}");
        }
    }
}

#[test]
fn whole_numbers_are_taken_up_to_their_ends() {
    for (name, least, most) in [
        ("battery.levels", 2, 4096),
        ("battery.cells", 1, 1_000_000),
        ("nmr.chargers", 1, 100_000),
        ("stage.points", 1, 100_000),
        ("cycle.repeat", 1, 1_000_000),
        ("cycle.shown", 1, 1_000_000),
        ("time.points", 1, 10_000_000),
        ("charger.cutoff", 2, 100_000),
        ("battery.cutoff", 2, 100_000),
        ("parts.NAME.count", 1, 100_000),
        ("parts.NAME.levels", 2, 4096),
        ("parts.NAME.cutoff", 2, 100_000),
        ("trajectories.count", 1, 100_000_000),
        ("trajectories.keep", 0, 64),
    ] {
        let key = KEYS.iter().find(|key| key.to_string() == name).unwrap();
        for (value, accepted) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
            holds(key, &value.to_string(), accepted);
        }
        holds(key, &format!("{least}.0"), false);
        holds(key, &format!("\"{least}\""), false);
    }
    // Those of [disorder] need a random key beside them.
    let others = KEYS.iter().filter(|key| key.table != "disorder" && key.name != "seed");
    let counts = others.filter(|key| matches!(key.takes, Takes::Count(..) | Takes::Cutoff));
    assert_eq!(counts.count(), 14, "one of them is not tried");
    for name in ["initial.charger", "initial.battery", "stage.state", "parts.NAME.initial"] {
        let key = KEYS.iter().find(|key| key.to_string() == name).unwrap();
        for (state, accepted) in [
            ("fock = -1", false),
            ("fock = 0", true),
            ("fock = 1000000", true),
            ("fock = 1000001", false),
            ("thermal = 0.0", true),
            ("thermal = -1e-300", false),
            ("coherent = -2.0", true),
            ("squeezed = -2.0", true),
        ] {
            holds(key, &format!("{{ {state} }}"), accepted);
        }
    }
}

#[test]
fn tolerances_fractions_and_exponents_lie_inside() {
    for (name, cases) in [
        ("method.tolerance", &[("1e-13", true), ("9.9e-14", false), ("1e-2", true), ("1.01e-2", false)][..]),
        ("charging.fraction", &[("0.0", false), ("1e-9", true), ("0.999999", true), ("1.0", false)]),
        (
            "charging.effective_exponent",
            &[("500.0", true), ("500.1", false), ("-500.0", true), ("-500.1", false)],
        ),
    ] {
        let key = KEYS.iter().find(|key| key.to_string() == name).unwrap();
        cases.iter().for_each(|&(value, accepted)| holds(key, value, accepted));
    }
}
