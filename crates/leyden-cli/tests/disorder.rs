//! `[disorder]` on the command line: what is said, what the folder holds, and what goes on after an interruption.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const TEXT: &str = "title = \"Unequal cells\"\nbattery.cells = 2\nbattery.frequency = 1.0\ncharger.frequency = 1.0\ncharger.dephasing = 1.0\ndrive.amplitude = 0.5\n[time]\nend = 4.0\npoints = 9\n[disorder]\nsamples = 20\nseed = 3\n\"battery.frequency\" = { normal = [1.0, 0.1] }\n";

fn leyden(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_leyden")).args(arguments).current_dir(folder).output().unwrap()
}

fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = leyden(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Lines of names and what they begin with.
fn says(text: &str, lines: &[&str]) {
    lines
        .iter()
        .for_each(|line| assert!(text.lines().any(|said| said.starts_with(line)), "{line}\nin\n{text}"));
}

#[test]
fn a_run_says_means_with_their_errors() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("s.toml"), TEXT).unwrap();
    says(
        &said(at, &["check", "s.toml"]),
        &[
            "random          battery.frequency: normal = [1, 0.1], one number per cell",
            "samples         20 (seed 3); 21 runs, with the file as it is written",
            "dimension       8 levels",
        ],
    );
    // As an interrupted run leaves it.
    fs::create_dir_all(at.join("out/samples")).unwrap();
    let text = said(at, &["run", "s.toml", "--out", "out"]);
    says(
        &text,
        &[
            "samples         20 (seed 3); lines without +- are of the file as it is written",
            "mean at the end t = 4/g: energy 0.",
            "mean limit      energy 0.",
        ],
    );
    assert_eq!(text.matches(" +- ").count(), 5, "{text}");
    assert!(!at.join("out/samples").exists());
    let json: Value = serde_json::from_str(&fs::read_to_string(at.join("out/result.json")).unwrap()).unwrap();
    let printed: Value = serde_json::from_str(&said(at, &["run", "s.toml", "--json"])).unwrap();
    assert_eq!(json["disorder"], printed["disorder"]);
    assert_eq!(json["disorder"]["failed"], 0);
    let figure = fs::read_to_string(at.join("out/figure.svg")).unwrap();
    assert!(figure.contains("Mean of 20 realisations with one standard error"));
    says(&said(at, &["run", "s.toml", "--out", "out"]), &["complete already"]);
    says(&said(at, &["export", "out"]), &["wrote"]);
    let series = fs::read_to_string(at.join("out/result.csv")).unwrap();
    assert!(series.lines().next().unwrap().contains("disorder_mean_energy (omega_C),"), "{series}");
}

#[test]
fn a_sweep_says_and_draws_means() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let sweep = "[sweep]\n\"drive.amplitude\" = [0.3, 0.5, 0.7]\n";
    fs::write(at.join("s.toml"), format!("{TEXT}{sweep}")).unwrap();
    fs::write(at.join("k.toml"), format!("{TEXT}keep = true\n{sweep}")).unwrap();
    says(&said(at, &["check", "s.toml"]), &["samples         20 of every point (seed 3); 63 runs"]);
    says(&said(at, &["check", "k.toml"]), &["samples         20 of every point (seed 3); 60 runs, kept"]);
    let text = said(at, &["run", "s.toml", "--out", "s"]);
    says(
        &text,
        &[
            "samples         20 of every point (seed 3); numbers are means",
            "runs            63 of 63 done, 0 failed",
        ],
    );
    let kept = said(at, &["run", "k.toml", "--out", "k"]);
    says(&kept, &["points          60 of 60 done, 0 failed"]);
    // The same means, the same figure.
    let limits = |text: &str| {
        text.lines().filter(|line| line.starts_with("limit")).map(String::from).collect::<Vec<_>>()
    };
    assert!(limits(&text) == limits(&kept) && limits(&text).len() == 2, "{text}{kept}");
    let figure = |name: &str| fs::read_to_string(at.join(name).join("figure.svg")).unwrap();
    assert_eq!(figure("s"), figure("k"));
    says(&said(at, &["status", "s"]), &[]);
    // One sample axis is a study of its own.
    fs::write(at.join("alone.toml"), format!("{TEXT}keep = true\n")).unwrap();
    says(&said(at, &["run", "alone.toml", "--out", "alone"]), &["points          20 of 20 done"]);
    let json: Value = serde_json::from_str(&said(at, &["run", "alone.toml", "--json"])).unwrap();
    assert_eq!(json["axes"][0]["key"], "disorder.sample");
    assert_eq!(json["energy"].as_array().unwrap().len(), 20 * 9);
    assert_eq!(json["disorder"]["mean"]["energy"].as_array().unwrap().len(), 9);
}

#[test]
fn what_no_sample_can_do_is_said_first() {
    let folder = tempfile::tempdir().unwrap();
    // Equal cells are few levels; thirty different ones are 2^31.
    let text = TEXT.replace("battery.cells = 2", "battery.cells = 30");
    fs::write(folder.path().join("s.toml"), text).unwrap();
    for command in ["check", "run"] {
        let output = leyden(folder.path(), &[command, "s.toml"]);
        assert_eq!(output.status.code(), Some(2), "{command}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("error: "));
    }
}
