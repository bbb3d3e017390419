//! Batteries written as text, through the command: files beside a scenario, what `check` says.

use std::path::Path;
use std::process::{Command, Output};

const SCENARIO: &str = "title = \"pulse\"\n[parts]\ncells = { count = 2 }\n[parameters]\nJ = 1.0\n[hamiltonian]\nbattery = \"sum(i in cells, n(i))\"\ncharging = \"J*samples('data/pulse.csv', t)*sum(i in cells, X(i))\"\n[time]\nend = 3.0\npoints = 5\n";
const SWEEP: &str = "[sweep]\n\"parameters.J\" = [0.5, 1.0]\n";

fn leyden(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_leyden")).current_dir(folder).args(arguments).output().unwrap()
}

fn good(output: Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn bad(output: Output) -> String {
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn files_stand_beside_the_scenario_and_are_kept_with_its_results() {
    let outer = tempfile::tempdir().unwrap();
    let scenarios = outer.path().join("scenarios");
    std::fs::create_dir_all(scenarios.join("data")).unwrap();
    let pulse = scenarios.join("data/pulse.csv");
    for (name, sweep) in [("run", ""), ("sweep", SWEEP)] {
        std::fs::write(scenarios.join(format!("{name}.toml")), format!("{SCENARIO}{sweep}")).unwrap();
        let file = format!("scenarios/{name}.toml");
        std::fs::remove_file(&pulse).ok();
        let said = bad(leyden(outer.path(), &["run", &file, "--out", name]));
        assert!(said.contains("\"data/pulse.csv\": there is no file") && said.contains("^^^"), "{said}");
        std::fs::write(&pulse, "0,0\n1,1\n2,0\n").unwrap();
        good(leyden(outer.path(), &["run", &file, "--out", name]));
        good(leyden(outer.path(), &["run", &file, "--out", name]));
        good(leyden(outer.path(), &["figure", name]));
        // Another pulse is another scenario.
        std::fs::write(&pulse, "0,0\n1,2\n2,0\n").unwrap();
        let said = bad(leyden(outer.path(), &["run", &file, "--out", name]));
        assert!(said.contains("holds the results of another scenario"), "{said}");
        // The result folder goes without the file.
        std::fs::remove_file(&pulse).unwrap();
        let kept = format!("{name}/scenario.toml");
        good(leyden(outer.path(), &["run", &kept, "--out", name]));
        good(leyden(outer.path(), &["check", &kept]));
    }
}

#[test]
fn a_check_says_what_was_read() {
    let outer = tempfile::tempdir().unwrap();
    let text = "[parts]\ncells = { count = 2 }\no = { kind = \"oscillator\", cutoff = 6 }\n[parameters]\ng = 0.5\n[hamiltonian]\nbattery = \"sum(i in cells, Z(i)/2)\"\ncharging = \"g*sum(i in cells, a(o)*sp(i) + h.c.)\"\n[[channel]]\noperator = \"sm(i)\"\neach = \"cells\"\nrate = \"g/i\"\n[time]\nend = 1.0\n";
    std::fs::write(outer.path().join("s.toml"), text).unwrap();
    let said = good(leyden(outer.path(), &["check", "s.toml"]));
    for line in [
        "cells: 2 qubits, battery",
        "o: oscillator cut to 6 levels, charges it",
        "H_B             0.5*Z(cells[1]) + 0.5*Z(cells[2])",
        "0.5*sp(cells[1])*a(o) + 0.5*sm(cells[1])*ad(o)",
        "rate 0.25 of sm(cells[2])",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    let set = good(leyden(outer.path(), &["check", "s.toml", "--set", "parameters.g=2"]));
    assert!(set.contains("2*sp(cells[1])*a(o)"), "{set}");
}
