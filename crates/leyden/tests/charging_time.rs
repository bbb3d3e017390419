//! Charging times against 200-digit values (references/charging_time.py made them).

mod common;

use common::{charge, star};
use leyden::model::Cell;

#[test]
fn three_definitions_over_drive_and_dephasing() {
    let reference: serde_json::Value =
        serde_json::from_str(include_str!("references/charging_time.json")).unwrap();
    let cases = reference["cases"].as_array().unwrap();
    assert!(cases.len() >= 72);
    for case in cases {
        let number = |key: &str| case[key].as_f64().unwrap();
        let cells = number("cells") as usize;
        let charging = charge(&star(cells, Cell::Qubit, number("drive"), number("dephasing")), "auto", &[]);
        let times = charging.charging_time.unwrap();
        for (name, found) in [
            ("settling", times.settling.unwrap()),
            ("first", times.first.unwrap()),
            ("spectral", times.spectral.unwrap().time),
        ] {
            let expected = number(name);
            assert!((found / expected - 1.0).abs() < 1e-10, "{name} of {case}: {found}");
        }
    }
}
