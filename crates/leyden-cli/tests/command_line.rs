//! The command line through the real binary.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn leyden(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_leyden")).args(arguments).current_dir(folder).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// README shows what the first command prints; rounding decides the numbers of the checks.
#[test]
fn the_readme_shows_the_first_run() {
    let readme = include_str!("../../../README.md");
    let shown = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = stdout(&leyden(folder.path(), &["run"]));
    let without_checks = |text: &str| {
        let lines = text.lines().map(|line| if line.starts_with("checks") { &line[..22] } else { line });
        lines.map(String::from).collect::<Vec<String>>()
    };
    assert_eq!(without_checks(shown), without_checks(&text));
}

#[test]
fn default_run_writes_its_folder_and_resumes() {
    let folder = tempfile::tempdir().unwrap();
    let output = leyden(folder.path(), &["run"]);
    assert!(output.status.success());
    let text = stdout(&output);
    for phrase in [
        "rabi-blocks",
        "energy 0.5, ergotropy 0.25; depends on the initial state (2 conserved quantities)",
        "settling 2.29275",
        "wrote leyden-out/",
    ] {
        assert!(text.contains(phrase), "{phrase} in {text}");
    }
    let out = folder.path().join("leyden-out/two-qubits-at-the-published-optimum");
    let files = |folder: &Path| {
        let files = entries(folder).into_iter().filter(|name| folder.join(name).is_file());
        files.collect::<Vec<String>>()
    };
    // Beside the arrays of the store.
    let expected = ["figure.png", "figure.svg", "result.json", "scenario.toml", "zarr.json"];
    assert_eq!(files(&out), expected);
    let before = std::fs::read(out.join("result.json")).unwrap();
    let again = leyden(folder.path(), &["run"]);
    assert!(again.status.success() && stdout(&again).contains("complete already"));
    assert_eq!(std::fs::read(out.join("result.json")).unwrap(), before);
    // The figure comes from the store alone, and is the same picture.
    let figure = std::fs::read(out.join("figure.svg")).unwrap();
    std::fs::remove_file(out.join("figure.svg")).unwrap();
    assert!(leyden(folder.path(), &["figure", out.to_str().unwrap()]).status.success());
    assert_eq!(std::fs::read(out.join("figure.svg")).unwrap(), figure);
}

#[test]
fn another_scenario_does_not_overwrite_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    assert!(leyden(folder.path(), &["run", "--out", "here"]).status.success());
    let other = leyden(folder.path(), &["run", "--out", "here", "--set", "drive.amplitude=0.7"]);
    assert_eq!(other.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&other.stderr).contains("another scenario"));
}

#[test]
fn json_is_one_document_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = leyden(folder.path(), &["run", "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(entries(folder.path()).is_empty() && output.stderr.is_empty());
    for key in [
        "schema",
        "method",
        "outcome",
        "times",
        "energy",
        "ergotropy",
        "passive",
        "purity",
        "fluctuation",
        "power",
        "asymptote",
        "charging_time",
        "checks",
        "verify",
    ] {
        assert!(document.get(key).is_some(), "{key}");
    }
    assert_eq!(document["power"]["average"][0], Value::Null);
    assert_eq!(document["asymptote"]["conserved"], 2);
    assert_eq!(document["verify"], Value::Null);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["run", "--json"][..], &["run"], &["check"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_leyden"))
            .args(arguments)
            .current_dir(folder.path())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_does_not_fit_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["run", "--json"][..], &["run"], &["check"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_leyden"))
            .args(arguments)
            .current_dir(folder.path())
            .stdout(full)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.starts_with("error: cannot write standard output: "), "{said}");
    }
}

#[test]
fn null_comes_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let output = leyden(folder.path(), &["run", "--json", "--set", "charger.dephasing=0"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["asymptote"]["energy"], Value::Null);
    assert!(document["asymptote"]["why"].as_str().unwrap().contains("dephasing"));
    assert_eq!(document["charging_time"]["settling"], Value::Null);
    assert!(document["charging_time"]["why"].is_string() && document["checks"]["why"].is_string());
}

#[test]
fn verification_runs_a_second_method() {
    let folder = tempfile::tempdir().unwrap();
    for (set, first) in [
        ("battery.cells=3", "rabi-blocks"),
        ("battery.relaxation=0.1", "exponential"),
        ("battery.kind=oscillator", "rabi-blocks"),
    ] {
        let output =
            leyden(folder.path(), &["run", "--json", "--verify", "--set", set, "--set", "time.end=5"]);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["method"]["name"], first);
        assert_ne!(document["verify"]["method"], first);
        for (quantity, difference) in document["verify"]["differences"].as_object().unwrap() {
            let allowed = if quantity == "fluctuation" { 1e-4 } else { 1e-7 };
            assert!(difference.as_f64().unwrap() < allowed, "{set}, {quantity}: {difference}");
        }
    }
}

#[test]
fn strong_dephasing_to_long_times_needs_no_knob() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--set", "charger.dephasing=1e4", "--set", "time.end=1e6", "--set", "time.points=101"];
    let exact = leyden(folder.path(), &[&["run", "--json"], &arguments[..]].concat());
    let exact: Value = serde_json::from_slice(&exact.stdout).unwrap();
    // A relaxing cell leaves the exact method; at rate 0+ the answer must stay.
    for (name, more) in
        [("implicit", ["--method", "implicit"]), ("exponential", ["--set", "battery.relaxation=1e-13"])]
    {
        let output = leyden(folder.path(), &[&["run", "--json"], &arguments[..], &more[..]].concat());
        let general: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(general["method"]["name"], name);
        for (a, b) in exact["energy"].as_array().unwrap().iter().zip(general["energy"].as_array().unwrap()) {
            assert!((a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-7);
        }
    }
}

#[test]
fn check_says_what_would_run() {
    let folder = tempfile::tempdir().unwrap();
    let text = stdout(&leyden(folder.path(), &["check"]));
    assert!(text.contains("rabi-blocks") && text.contains("4 levels") && text.contains("memory"));
    assert!(entries(folder.path()).is_empty());
}

#[test]
fn new_writes_a_scenario_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    assert!(leyden(folder.path(), &["new", "mine"]).status.success());
    assert!(leyden(folder.path(), &["check", "mine.toml"]).status.success());
    assert!(leyden(folder.path(), &["run", "mine.toml"]).status.success());
    let again = leyden(folder.path(), &["new", "mine"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("exists already"));
}

#[test]
fn units_make_the_same_run() {
    let folder = tempfile::tempdir().unwrap();
    let text = "title = \"units\"\n[units]\nreference = \"10 MHz\"\n[charger]\ndephasing = \"88.85765876316733 1/us\"\n\
                [battery]\nfrequency = \"10 MHz\"\n[coupling]\nstrength = \"62.83185307179586 Mrad/s\"\n\
                [drive]\namplitude = \"5 MHz\"\n[time]\nend = \"636.6197723675814 ns\"\npoints = 401\n";
    std::fs::write(folder.path().join("units.toml"), text).unwrap();
    let read = |arguments: &[&str]| -> Value {
        serde_json::from_slice(&leyden(folder.path(), arguments).stdout).unwrap()
    };
    let (plain, units) = (read(&["run", "--json"]), read(&["run", "--json", "units.toml"]));
    for (a, b) in plain["energy"].as_array().unwrap().iter().zip(units["energy"].as_array().unwrap()) {
        assert!((a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-12);
    }
    assert!((units["reference"].as_f64().unwrap() - std::f64::consts::TAU * 1e7).abs() < 1.0);
}

#[test]
fn shipped_scenarios_run() {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for entry in std::fs::read_dir(scenarios).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            for command in ["check", "run"] {
                let output = leyden(folder.path(), &[command, path.to_str().unwrap()]);
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{command} {}: {said}", path.display());
            }
            count += 1;
        }
    }
    assert!(count >= 5);
}

#[cfg(unix)]
#[test]
fn every_signal_ends_with_130_and_leaves_nothing() {
    const SWEEP: [&str; 2] = ["--set", "sweep.drive.amplitude=[0.1,0.2,0.3]"];
    for (signal, more) in
        [("-INT", &[][..]), ("-TERM", &["--out", "a/b"]), ("-HUP", &["--json", SWEEP[0], SWEEP[1]])]
    {
        let [folder, scratch] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let mut child = Command::new(env!("CARGO_BIN_EXE_leyden"))
            .args(["run", "--set", "battery.cells=400", "--set", "time.points=100000"])
            .args(more)
            .current_dir(folder.path())
            .env("TMPDIR", scratch.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(500));
        Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
        assert!(entries(folder.path()).is_empty() && entries(scratch.path()).is_empty(), "{signal}");
        let mut said = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
        assert_eq!(said.contains("type the same command"), !more.contains(&"--json"), "{said}");
    }
}

#[test]
fn two_runs_into_one_folder_keep_apart_and_damage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["run", "--set", "battery.cells=200", "--set", "time.points=3000", "--out", "one"];
    let both: Vec<_> = (0..2)
        .map(|_| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_leyden"));
            command.args(arguments).current_dir(folder.path());
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        })
        .map(|child| child.wait_with_output().unwrap())
        .collect();
    let good = both.iter().filter(|output| output.status.success()).count();
    let busy = both.iter().filter(|output| {
        output.status.code() == Some(2)
            && String::from_utf8_lossy(&output.stderr).contains("is being written by ")
    });
    // One may be so late that it finds the result.
    assert!(good >= 1 && good + busy.count() == 2);
    assert!(stdout(&leyden(folder.path(), &arguments)).contains("complete already"));
    let left = entries(&folder.path().join("one"));
    assert!(left.iter().all(|name| !name.ends_with(".tmp") && !name.ends_with(".lock")), "{left:?}");
    let result = folder.path().join("one/result.json");
    let text = std::fs::read_to_string(&result).unwrap();
    std::fs::write(&result, text.replacen("0.5", "0.4", 1)).unwrap();
    let output = leyden(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is damaged"));
}

#[test]
fn a_process_that_may_not_use_memory_is_refused_before_it_tries() {
    let folder = tempfile::tempdir().unwrap();
    // 10^6 times take more than a gigabyte.
    let command = format!(
        "ulimit -v 700000; exec {} run --json --set time='{{end = 40.0, points = 1000000}}'",
        env!("CARGO_BIN_EXE_leyden")
    );
    let output = Command::new("bash").args(["-c", &command]).current_dir(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("GiB allowed") && said.contains("time.points"), "{said}");
}

#[test]
fn a_long_search_says_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let search = "objective = \"charging_time.settling\"\nvariables = { \"charger.dephasing\" = { from = 0.1, to = 10.0 }, \"drive.amplitude\" = { from = 0.1, to = 2.0 }, \"charger.relaxation\" = { from = 0.01, to = 0.1 } }\n";
    let text = format!("battery.cells = 2\n[optimise]\n{search}");
    std::fs::write(folder.path().join("search.toml"), text).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_leyden"))
        .args(["run", "search.toml", "--json"])
        .current_dir(folder.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut said = std::io::BufReader::new(child.stderr.take().unwrap());
    std::io::BufRead::read_line(&mut said, &mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.starts_with("search ") && line.trim_end().ends_with("s so far"), "{line}");
}

/// Files below a folder whose names say that they are temporary.
#[cfg(unix)]
fn temporaries(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(temporaries(&path));
        } else if path.extension().is_some_and(|end| end == "tmp" || end == "lock") {
            found.push(path);
        }
    }
    found
}

#[cfg(unix)]
#[test]
fn a_sweep_that_is_told_to_end_leaves_nothing_temporary() {
    let folder = tempfile::tempdir().unwrap();
    let axis = |key: &str| format!("sweep.{key}={{from=0.1,to=1.0,points=80}}");
    let (a, b) = (axis("charger.dephasing"), axis("drive.amplitude"));
    let arguments = ["run", "--out", "map", "--set", &a, "--set", &b];
    let mut stopped = 0;
    for round in 0..8 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_leyden"))
            .args(arguments)
            .current_dir(folder.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(60 + 23 * round));
        let signal = ["-INT", "-TERM", "-HUP"][round as usize % 3];
        Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        stopped += usize::from(child.wait().unwrap().code() == Some(130));
        let left = temporaries(folder.path());
        assert!(left.is_empty(), "round {round}: {left:?}");
    }
    assert!(stopped >= 3, "{stopped}");
    assert!(leyden(folder.path(), &arguments).status.success());
}
