//! Limits and plateaus through the real binary against brute force (goldens/make_limits.py made the values), and the energies
//! of two oscillators by moments against brute force (goldens/make_goldens.py).

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens")
}

fn scenarios(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| {
        path.extension().is_some_and(|extension| extension == "toml")
            && path.file_name().unwrap().to_str().unwrap().starts_with(prefix)
    });
    files.sort();
    files
}

fn expected(scenario: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(scenario.with_extension("json")).unwrap()).unwrap()
}

fn run(scenario: &Path, more: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_leyden"))
        .args(["run", "--json"])
        .arg(scenario)
        .args(more)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}: {}", scenario.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Collects what differs, so that one failure shows all.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    /// `found` within `absolute` or the share `relative` of `expected`; null for null.
    fn compare(&mut self, context: &str, found: &Value, expected: &Value, absolute: f64, relative: f64) {
        let agree = match (found.as_f64(), expected.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= absolute.max(relative * b.abs()),
            _ => found.is_null() && expected.is_null(),
        };
        if !agree {
            self.0.push(format!("{context}: {found} for {expected}"));
        }
    }

    fn none(&self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

#[test]
fn limits() {
    let scenarios = scenarios(&goldens().join("limits"), "");
    assert!(scenarios.len() >= 19);
    let mut differences = Differences::default();
    for scenario in &scenarios {
        let name = scenario.file_stem().unwrap().to_str().unwrap();
        let (found, expected) = (run(scenario, &[]), expected(scenario));
        let (found, expected) = (&found["asymptote"], &expected["asymptote"]);
        assert_eq!(found["certified"], true, "{name}: {found}");
        for pointer in [
            "/energy",
            "/ergotropy/global",
            "/ergotropy/collective",
            "/ergotropy/local",
            "/passive",
            "/purity",
            "/largest_eigenvalue",
        ] {
            let (a, b) = (found.pointer(pointer).unwrap(), expected.pointer(pointer).unwrap());
            differences.compare(&format!("{name} {pointer}"), a, b, 1e-9, 0.0);
        }
        let ratio = found["ergotropy"]["global"].as_f64().unwrap() / found["energy"].as_f64().unwrap();
        differences.compare(&format!("{name} R"), &ratio.into(), &expected["ratio"], 1e-9, 0.0);
    }
    differences.none();
}

#[test]
fn plateaus_of_detuned_pairs() {
    let scenarios = scenarios(&goldens().join("limits"), "pair-drive");
    assert!(scenarios.len() >= 8);
    let mut differences = Differences::default();
    for scenario in &scenarios {
        let name = scenario.file_stem().unwrap().to_str().unwrap();
        let (found, expected) = (run(scenario, &[]), expected(scenario));
        let (found, expected) = (&found["asymptote"], &expected["asymptote"]);
        differences.compare(
            &format!("{name} slowest rate"),
            &found["slowest_rate"],
            &expected["slowest_rate"],
            0.0,
            1e-9,
        );
        let plateaus = found["plateaus"].as_array().unwrap();
        let all = expected["plateaus"].as_array().unwrap();
        if plateaus.len() != all.len() {
            differences.0.push(format!("{name}: {} plateaus for {}", plateaus.len(), all.len()));
            continue;
        }
        for (place, (a, b)) in plateaus.iter().zip(all).enumerate() {
            for (key, absolute, relative) in [
                ("energy", 1e-9, 0.0),
                ("ergotropy", 1e-9, 0.0),
                ("from", 0.0, 1e-9),
                ("lifetime", 0.0, 1e-9),
                ("settling", 0.0, 1e-9),
                ("first", 0.0, 1e-9),
            ] {
                // Times are against the plateau that is reached first.
                if place == 0 || !["settling", "first"].contains(&key) {
                    let context = format!("{name} plateau {place} {key}");
                    differences.compare(&context, &a[key], &b[key], absolute, relative);
                }
            }
        }
    }
    differences.none();
}

/// Modes of energy and of coherence do not mix in a pair without relaxation: rho -> U rho^* U^dag with U = sigma_y (charger)
/// sigma_x (battery) keeps the equations and <sigma_x>, <sigma_y> of the battery, and turns <sigma_z> round. So the slow mode
/// of the coherence has weight 0 in the energy, exactly, and says nothing of the charging time.
fn charging_times(prefix: &str, keys: &[&str], least: usize) {
    let scenarios = scenarios(&goldens().join("limits"), prefix);
    assert!(scenarios.len() >= least);
    let mut differences = Differences::default();
    for scenario in &scenarios {
        let name = scenario.file_stem().unwrap().to_str().unwrap();
        let (found, expected) = (run(scenario, &[]), expected(scenario));
        for key in keys {
            let (a, b) = (&found["charging_time"][key], &expected["charging_time"][key]);
            differences.compare(&format!("{name} {key}"), a, b, 0.0, 1e-9);
        }
    }
    differences.none();
}

#[test]
fn crossings_of_detuned_pairs() {
    charging_times("pair-drive", &["settling", "first"], 8);
}

#[test]
fn spectral_times_of_detuned_pairs() {
    charging_times("pair-drive", &["spectral"], 8);
}

#[test]
fn spectral_times_where_the_slow_mode_has_no_energy() {
    charging_times("pair-dark", &["spectral"], 3);
}

#[test]
fn rates_of_a_ten_millionth() {
    charging_times("pair-slow", &["settling", "first", "spectral"], 1);
}

#[test]
fn moments_of_two_oscillators() {
    let scenarios = scenarios(&goldens(), "oscillators");
    assert!(scenarios.len() >= 6);
    let mut differences = Differences::default();
    for scenario in &scenarios {
        let name = scenario.file_stem().unwrap().to_str().unwrap();
        let (found, expected) = (run(scenario, &["--method", "moments"]), expected(scenario));
        for key in ["energy", "fluctuation"] {
            let (a, b) = (found[key].as_array().unwrap(), expected[key].as_array().unwrap());
            assert_eq!(a.len(), b.len(), "{name} {key}");
            for (time, (a, b)) in a.iter().zip(b).enumerate() {
                // sqrt(x) turns a rounding of 1e-16 into 1e-8.
                let value = |x: &Value| match key {
                    "fluctuation" => x.as_f64().map(|x| x * x).into(),
                    _ => x.clone(),
                };
                differences.compare(&format!("{name} {key} {time}"), &value(a), &value(b), 1e-9, 0.0);
            }
        }
    }
    differences.none();
}
