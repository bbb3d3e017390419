//! Engines, NMR stars and protocols through the real binary against brute force (make_engines.py made the values).

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}

/// A place in a document: keys and numbers of entries joined by dots.
fn look_up<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(document, |value, part| match value {
        Value::Array(list) => list.get(part.parse::<usize>().ok()?),
        other => other.get(part),
    })
}

/// The first number that is further from what is expected than the tolerance, absolute below 1 and relative above, in words.
fn differences(found: Option<&Value>, expected: &Value, tolerance: f64) -> Option<String> {
    match (found, expected) {
        (Some(Value::Array(a)), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).find_map(|(x, y)| differences(Some(x), y, tolerance))
        }
        (Some(Value::Null), Value::Null) => None,
        (Some(Value::String(a)), Value::String(b)) if a == b => None,
        (Some(found), expected) => match (found.as_f64(), expected.as_f64()) {
            (Some(x), Some(y)) if (x - y).abs() <= tolerance * y.abs().max(1.0) => None,
            _ => Some(format!("{found} for {expected}")),
        },
        (None, expected) => Some(format!("nothing for {expected}")),
    }
}

#[test]
fn every_case_agrees() {
    let scratch = tempfile::tempdir().unwrap();
    let mut failures = Vec::new();
    let (mut files, mut numbers) = (0, 0);
    for path in cases() {
        let case: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let name = case["name"].as_str().unwrap();
        let file = scratch.path().join(format!("{name}.toml"));
        std::fs::write(&file, case["scenario"].as_str().unwrap()).unwrap();
        let output =
            Command::new(env!("CARGO_BIN_EXE_leyden")).args(["run", "--json"]).arg(&file).output().unwrap();
        files += 1;
        if output.status.code() != Some(0) {
            failures.push(format!("{name}: {}", String::from_utf8_lossy(&output.stderr)));
            continue;
        }
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let tolerances = &case["tolerance"];
        for (place, expected) in case["expect"].as_object().unwrap() {
            let tolerance = tolerances.as_f64().or_else(|| tolerances[place].as_f64());
            let tolerance = tolerance.or_else(|| tolerances["default"].as_f64()).unwrap();
            // No reference is worse than this: a larger tolerance would be a loosened assertion.
            assert!(tolerance <= 1e-5, "{name}: {place}");
            numbers += 1;
            if let Some(difference) = differences(look_up(&document, place), expected, tolerance) {
                failures.push(format!("{name}: {place}: {difference}"));
            }
        }
    }
    assert!(files >= 100 && numbers >= 600, "{files} files with {numbers} expectations");
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}
