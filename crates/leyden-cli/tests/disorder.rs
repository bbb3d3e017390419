//! `[disorder]` on the command line: what is said, what the folder holds, and what goes on after an interruption.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

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
    says(
        &said(at, &["status", "s"]),
        &[
            "points          3 of 3 done, 0 failed, 0 missing",
            "runs            63 of 63 done, 0 failed, 0 missing; 20 samples of every point, and the file as it is written",
            "shard 1/1       63 of 63 runs, done",
        ],
    );
    let kept: Value = serde_json::from_str(&said(at, &["status", "k", "--json"])).unwrap();
    assert_eq!(
        (&kept["points"]["done"], &kept["samples"], &kept["runs"]),
        (&60.into(), &Value::Null, &Value::Null)
    );
    // One sample axis is a study of its own.
    fs::write(at.join("alone.toml"), format!("{TEXT}keep = true\n")).unwrap();
    says(&said(at, &["run", "alone.toml", "--out", "alone"]), &["points          20 of 20 done"]);
    let json: Value = serde_json::from_str(&said(at, &["run", "alone.toml", "--json"])).unwrap();
    assert_eq!(json["axes"][0]["key"], "disorder.sample");
    assert_eq!(json["energy"].as_array().unwrap().len(), 20 * 9);
    assert_eq!(json["disorder"]["mean"]["energy"].as_array().unwrap().len(), 9);
}

/// Samples are told while no point is whole.
#[test]
fn a_sweep_that_was_interrupted_says_its_samples() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let text = TEXT.replace("cells = 2", "cells = 4").replace("samples = 20", "samples = 100000");
    fs::write(at.join("s.toml"), format!("{text}[sweep]\n\"drive.amplitude\" = [0.3, 0.5]\n")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_leyden"));
    let command = command.args(["run", "s.toml", "--out", "s"]).current_dir(at);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = || -> Value { serde_json::from_str(&said(at, &["status", "s", "--json"])).unwrap() };
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(50));
        if at.join("s/zarr.json").exists() && status()["rate"].is_f64() {
            break;
        }
    }
    let seen = said(at, &["status", "s"]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(seen.contains(" runs, running: process "), "{seen}");
    let after = status();
    let done = after["runs"]["done"].as_u64().unwrap();
    assert!((3..200_002).contains(&done), "{after}");
    assert_eq!(after["points"], json!({ "total": 2, "done": 0, "failed": 0, "missing": 2 }));
    assert_eq!((&after["samples"], &after["runs"]["missing"]), (&json!(100_000), &json!(200_002 - done)));
    says(
        &said(at, &["status", "s"]),
        &[
            "points          0 of 2 done, 0 failed, 2 missing",
            &format!(
                "runs            {done} of 200002 done, 0 failed, {} missing; 100000 samples",
                200_002 - done
            ),
            "next            nobody computes it",
        ],
    );
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
