//! How every number is written in figures: the kept list, tests/labels.txt.
//!
//! After a change that is meant, look at the new list that
//! `cargo test --release --test labels -- --ignored` writes there.

use std::path::PathBuf;

use leyden_results::table::{DERIVED, Role, name_of, rows};
use leyden_scenario::{KEYS, symbol};

fn kept() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/labels.txt")
}

/// Name, axis of its group, symbol beside a line, label of an axis of its own; then keys with their symbols.
fn list() -> String {
    let of_rows = rows().filter(|row| row.role != Role::Run).map(|row| row.name());
    let of_search = ["optimum_value", "optimum_value_at_jump", "optimum_jump", "optimum_charger_dephasing"];
    let others = DERIVED.iter().map(|derived| derived.name.to_string());
    let names = of_rows.chain(others).chain(of_search.map(String::from));
    let line = |name: String| {
        let written = name_of(&name);
        format!("{name} | {} | {} | {}\n", written.group.label(), written.short, written.full)
    };
    let keys = KEYS.iter().map(ToString::to_string);
    let stages = [
        "stage.2.duration",
        "stage.2.excitation",
        "stage.2.angle",
        "stage.2.rate",
        "stage.2.drive.amplitude",
    ];
    let keys =
        keys.chain(["engine.load.down", "engine.load.up"].map(String::from)).chain(stages.map(String::from));
    let symbols = keys.filter_map(|key| Some(format!("{key} | {}\n", symbol(&key)?)));
    names.map(line).collect::<String>() + "\n" + &symbols.collect::<String>()
}

#[test]
fn labels_are_the_kept_ones() {
    let expected = std::fs::read_to_string(kept()).unwrap();
    let found = list();
    for (a, b) in found.lines().zip(expected.lines()) {
        assert_eq!(a, b);
    }
    assert_eq!(found, expected);
}

#[test]
#[ignore = "writes the list to be kept"]
fn keep_the_labels() {
    std::fs::write(kept(), list()).unwrap();
}
