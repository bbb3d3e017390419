//! The house keeps its order: dependencies between our crates point one way, and files hold one idea.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What each crate may use of ours.
const ALLOWED: &[(&str, &[&str])] = &[
    ("leyden", &[]),
    ("leyden-scenario", &["leyden"]),
    ("leyden-study", &["leyden", "leyden-scenario"]),
    ("leyden-figures", &[]),
    ("leyden-cli", &["leyden", "leyden-scenario", "leyden-study", "leyden-figures"]),
    ("leyden-peers", &["leyden", "leyden-scenario", "leyden-study"]),
    ("xtask", &[]),
];

#[test]
fn dependencies_point_one_way() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut uses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap().to_string();
        let ours = package["dependencies"].as_array().unwrap().iter().map(|d| d["name"].as_str().unwrap());
        uses.insert(name, ours.filter(|d| d.starts_with("leyden")).map(String::from).collect());
    }
    assert_eq!(uses.len(), ALLOWED.len());
    for (name, allowed) in ALLOWED {
        for used in &uses[*name] {
            assert!(allowed.contains(&used.as_str()), "{name} must not depend on {used}");
        }
    }
}

#[test]
fn files_stay_short() {
    fn visit(folder: &Path, long: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, long);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let lines = std::fs::read_to_string(&path).unwrap().lines().count();
                if lines > 750 {
                    long.push(format!("{}: {lines} lines", path.display()));
                }
            }
        }
    }
    let mut long = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates"), &mut long);
    assert!(long.is_empty(), "{long:?}");
}
