//! The shipped map of charging times against brute force at random points of it (references/map_points.py made the values).

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Relative; nowhere on the map does rounding of F and gamma cost more.
const TOLERANCE: f64 = 1e-10;

#[test]
fn charging_times_and_ergotropy_at_200_points_of_the_map() {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/references/map_points.json");
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(reference).unwrap()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_leyden"))
        .args(["run", "--json", "scenarios/dephasing-drive-map.toml"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["shape"], expected["shape"]);
    let columns = expected["shape"][1].as_u64().unwrap() as usize;
    let axes = ["drive.amplitude", "charger.dephasing"];
    for (axis, key) in axes.iter().enumerate() {
        assert_eq!(found["axes"][axis]["key"], *key);
    }

    let points = expected["points"].as_array().unwrap();
    assert_eq!(points.len(), 200);
    let mut differences = Vec::new();
    for point in points {
        let index = point["index"].as_u64().unwrap() as usize;
        for (axis, key, place) in [(0, "drive", index / columns), (1, "dephasing", index % columns)] {
            let (a, b) =
                (found["axes"][axis]["values"][place].as_f64().unwrap(), point[key].as_f64().unwrap());
            assert!((a - b).abs() <= 1e-14 * b, "{key} of point {index}: {a} for {b}");
        }
        for (pointer, key) in [
            ("/charging_time/settling", "settling"),
            ("/charging_time/first", "first"),
            ("/charging_time/spectral", "spectral"),
            ("/asymptote/ergotropy/global", "ergotropy"),
            ("/asymptote/energy", "energy"),
        ] {
            let b = point[key].as_f64().unwrap();
            let value = &found.pointer(pointer).unwrap()[index];
            if !value.as_f64().is_some_and(|a| (a - b).abs() <= TOLERANCE * b) {
                differences.push(format!(
                    "{key} at F = {}, gamma = {}: {value} for {b}",
                    point["drive"], point["dephasing"]
                ));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
