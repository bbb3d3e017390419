//! Scenarios through the real binary against brute force in the full space (goldens/make_goldens.py made the values).

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens")
}

fn scenarios() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files
}

fn run(scenario: &Path, more: &[&str]) -> Option<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_leyden"))
        .args(["run", "--json"])
        .arg(scenario)
        .args(more)
        .output()
        .unwrap();
    match output.status.code() {
        Some(0) => Some(serde_json::from_slice(&output.stdout).unwrap()),
        // A method that does not apply says so.
        Some(2) if String::from_utf8_lossy(&output.stderr).contains("does not apply") => None,
        _ => panic!("{}: {}", scenario.display(), String::from_utf8_lossy(&output.stderr)),
    }
}

/// Quantities compared, and whether their squares are: sqrt(x) turns a rounding of 1e-16 into 1e-8.
const QUANTITIES: [(&str, bool); 11] = [
    ("/energy", false),
    ("/ergotropy/global", false),
    ("/ergotropy/collective", false),
    ("/ergotropy/local", false),
    ("/ergotropy/coherent", false),
    ("/ergotropy/incoherent", false),
    ("/passive", false),
    ("/purity", false),
    ("/fluctuation", true),
    ("/power/instantaneous", false),
    ("/power/average", false),
];
const LIMITS: [&str; 3] = ["/asymptote/energy", "/asymptote/ergotropy/global", "/asymptote/ergotropy/local"];

fn compare(context: &str, found: &Value, expected: &Value, squared: bool, tolerance: f64) {
    match (found, expected) {
        (Value::Null, Value::Null) => {}
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{context}");
            a.iter().zip(b).for_each(|(x, y)| compare(context, x, y, squared, tolerance));
        }
        _ => {
            let number =
                |x: &Value| x.as_f64().unwrap_or_else(|| panic!("{context}: {found} for {expected}"));
            let (a, b) = (number(found), number(expected));
            let difference = if squared { a * a - b * b } else { a - b };
            assert!(difference.abs() <= tolerance, "{context}: {a} for {b}");
        }
    }
}

fn compare_all(scenario: &Path, more: &[&str], exact: f64, general: f64) -> bool {
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(scenario.with_extension("json")).unwrap()).unwrap();
    let Some(found) = run(scenario, more) else { return false };
    let method = found["method"]["name"].as_str().unwrap();
    let tolerance = if ["rabi-blocks", "number-sectors"].contains(&method) { exact } else { general };
    for (pointer, squared) in QUANTITIES {
        let context = format!("{} by {method}: {pointer}", scenario.display());
        compare(
            &context,
            found.pointer(pointer).unwrap(),
            expected.pointer(pointer).unwrap(),
            squared,
            tolerance,
        );
    }
    if expected.get("asymptote").is_some() {
        for pointer in LIMITS {
            let context = format!("{} by {method}: {pointer}", scenario.display());
            // A general method may decline to certify a limit, but not give a wrong one.
            let limit = found.pointer(pointer).unwrap();
            if method == "rabi-blocks" || !limit.is_null() {
                compare(&context, limit, expected.pointer(pointer).unwrap(), false, 1e-9);
            }
        }
    }
    true
}

#[test]
fn automatic_method() {
    let scenarios = scenarios();
    assert!(scenarios.len() >= 38);
    for scenario in &scenarios {
        assert!(compare_all(scenario, &[], 1e-10, 1e-7));
    }
}

#[test]
fn oscillators_on_resonance_run_in_number_sectors() {
    for scenario in scenarios() {
        let name = scenario.file_stem().unwrap().to_str().unwrap();
        if name.starts_with("oscillators-resonant") {
            assert_eq!(run(&scenario, &[]).unwrap()["method"]["name"], "number-sectors", "{name}");
        }
    }
}

#[test]
fn every_general_method_that_applies() {
    for method in ["taylor", "explicit", "exponential", "implicit"] {
        let mut applied = 0;
        for scenario in scenarios() {
            let name = scenario.file_stem().unwrap().to_str().unwrap();
            // 10^10 damping times need an L-stable method; large spaces an explicit one.
            let refused = match method {
                // So would strongly driven oscillators, for a minute; number sectors have them at once.
                "taylor" | "explicit" => name == "pair-zeno" || name.starts_with("oscillators-resonant-1"),
                "implicit" => {
                    name.starts_with("cavity")
                        || name.starts_with("oscillators")
                        || name.starts_with("dipole-osc")
                        || name.starts_with("qubit-osc")
                }
                _ => false,
            };
            if !refused && compare_all(&scenario, &["--method", method], 1e-10, 1e-7) {
                applied += 1;
            }
        }
        assert!(applied >= 15, "{method} applied to {applied} scenarios only");
    }
}
