//! Cavities without losses as a user meets them: the shipped study, tied photons, what `check` says.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn leyden(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_leyden")).args(arguments).output().unwrap()
}

fn said(arguments: &[&str]) -> String {
    let output = leyden(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&said(arguments)).unwrap()
}

fn shipped(name: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name);
    path.to_str().unwrap().into()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// As many photons as cells: every point is the single run, and the powers are those of sectors diagonalised elsewhere.
#[test]
fn power_grows_as_three_halves_of_the_cells() {
    let scenario = shipped("tavis-cummings-power.toml");
    let study = json(&["run", &scenario, "--json"]);
    let cells = numbers(&study["axes"][0]["values"]);
    let power = &study["power"]["maximum_average"];
    let (values, times) = (numbers(&power["value"]), numbers(&power["time"]));
    assert_eq!((cells[0], *cells.last().unwrap()), (1.0, 100.0));
    for (n, value) in cells.iter().zip(&values) {
        let law = value / n.powf(1.5);
        assert!(law > 0.5831 && law < 0.72462, "{n}: {law}");
    }
    let scratch = tempfile::tempdir().unwrap();
    let alone = scratch.path().join("alone.toml");
    let text = std::fs::read_to_string(&scenario).unwrap();
    for i in [0, 7, cells.len() - 1] {
        let of = |text: &str| {
            text.split("[sweep]").next().unwrap().replace("cells = 1", &format!("cells = {}", cells[i]))
        };
        std::fs::write(&alone, of(&text) + &format!("[initial]\ncharger = {{ fock = {} }}\n", cells[i]))
            .unwrap();
        let run = json(&["run", alone.to_str().unwrap(), "--json"]);
        assert_eq!(run["method"]["name"], "number-blocks");
        let found = &run["power"]["maximum_average"];
        assert_eq!((found["value"].as_f64(), found["time"].as_f64()), (Some(values[i]), Some(times[i])));
    }
}

/// One thread or two: the same document.
#[test]
fn threads_do_not_change_a_digit() {
    let scenario = shipped("tavis-cummings-power.toml");
    let run = |threads: &str| said(&["run", &scenario, "--json", "--threads", threads]);
    assert_eq!(run("1"), run("2"));
}

#[test]
fn check_says_what_is_conserved() {
    let scenario = shipped("cavity.toml");
    let lossless = said(&["check", &scenario, "--set", "charger.relaxation=0"]);
    assert!(
        lossless.contains("number-blocks (solved exactly: the number of excitations is conserved, ")
            && lossless.contains(" sectors of up to 3 levels)"),
        "{lossless}"
    );
    let lossy = said(&["check", &scenario]);
    assert!(!lossy.contains("number-blocks"), "{lossy}");
    let refused = leyden(&["check", &scenario, "--set", "method.name=number-blocks"]);
    let refused = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.contains("number-blocks") && refused.contains("the charger is noisy"), "{refused}");
}
