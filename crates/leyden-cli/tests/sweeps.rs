//! Sweeps through the real binary: resumed after kill -9, sharded, merged, the same bytes for any number of threads.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

const MAP: &str = r#"
title = "Map"
[drive]
amplitude = 0.5
[sweep]
"drive.amplitude" = { from = 0.01, to = 100.0, points = 100, spacing = "log" }
"charger.dephasing" = { from = 0.001, to = 1000.0, points = 100, spacing = "log" }
"#;

fn leyden(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_leyden")).args(arguments).current_dir(folder).output().unwrap()
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

/// Every file below a folder with its bytes.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn visit(root: &Path, folder: &Path, all: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(root, &path, all);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_string();
                all.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut all = BTreeMap::new();
    visit(folder, folder, &mut all);
    all
}

fn same(a: &Path, b: &Path) {
    let (a, b) = (tree(a), tree(b));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (name, bytes) in &a {
        assert!(bytes == &b[name], "{name} differs");
    }
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = leyden(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn killed_twenty_times_and_resumed_the_store_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "map.toml", MAP);
    let started = std::time::Instant::now();
    assert!(leyden(folder.path(), &["run", "map.toml", "--out", "whole", "--threads", "2"]).status.success());
    let whole = started.elapsed();
    // Moments from a fixed sequence, spread over the time of the undisturbed run.
    let mut random = fastrand::Rng::with_seed(12345);
    let journal = folder.path().join("killed/shard-1-of-1.journal");
    let mut hits = 0;
    for _ in 0..20 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_leyden"))
            .args(["run", "map.toml", "--out", "killed", "--threads", "2"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_secs_f64(0.3 * whole.as_secs_f64() * random.f64()));
        child.kill().unwrap();
        child.wait().unwrap();
        // Points in the journal: the kill came while others were computed.
        hits += usize::from(std::fs::metadata(&journal).is_ok_and(|journal| journal.len() > 1000));
    }
    assert!(hits > 0, "no kill came while points were computed");
    let output = leyden(folder.path(), &["run", "map.toml", "--out", "killed", "--threads", "2"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    same(&folder.path().join("whole"), &folder.path().join("killed"));
    let names = tree(&folder.path().join("killed"));
    assert!(
        names.keys().all(|name| !name.contains("tmp") && !name.contains("journal")),
        "{:?}",
        names.keys()
    );
}

#[test]
fn one_thread_two_threads_and_three_shards_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "map.toml", &MAP.replace("points = 100", "points = 70"));
    let run = |out: &str, more: &[&str]| {
        let output = leyden(folder.path(), &[&["run", "map.toml", "--out", out], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    run("one", &["--threads", "1"]);
    run("two", &["--threads", "2"]);
    same(&folder.path().join("one"), &folder.path().join("two"));
    for shard in ["3/3", "1/3", "2/3"] {
        run("shared", &["--shard", shard]);
        run(&format!("part-{}", &shard[..1]), &["--shard", shard]);
    }
    // Merging what shares a folder changes nothing.
    let before = tree(&folder.path().join("shared"));
    assert!(leyden(folder.path(), &["merge", "shared"]).status.success());
    assert_eq!(before, tree(&folder.path().join("shared")));
    let merged = leyden(folder.path(), &["merge", "part-1", "part-2", "part-3"]);
    assert!(merged.status.success(), "{}", String::from_utf8_lossy(&merged.stderr));
    same(&folder.path().join("one"), &folder.path().join("shared"));
    same(&folder.path().join("one"), &folder.path().join("part-1"));
}

#[test]
fn document_of_a_sweep_is_flat_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "small.toml",
        "[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 2.0, 5.0]\n[sweep]\n\"battery.cells\" = [1, 2]\n\"charger.dephasing\" = [0.5, 1.0, 2.0]\n",
    );
    let sweep = json(folder.path(), &["run", "small.toml", "--json"]);
    assert_eq!(sweep["shape"], serde_json::json!([2, 3]));
    assert_eq!(sweep["axes"][1]["key"], "charger.dephasing");
    assert_eq!(sweep["energy"].as_array().unwrap().len(), 18);
    assert_eq!(tree(folder.path()).len(), 1, "no folder without --out");
    for (i, cells) in ["1", "2"].iter().enumerate() {
        for (j, gamma) in ["0.5", "1.0", "2.0"].iter().enumerate() {
            write(folder.path(), "one.toml", "[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 2.0, 5.0]\n");
            let cells = format!("battery.cells={cells}");
            let gamma = format!("charger.dephasing={gamma}");
            let one = json(folder.path(), &["run", "one.toml", "--json", "--set", &cells, "--set", &gamma]);
            let point = 3 * i + j;
            assert_eq!(sweep["charging_time"]["settling"][point], one["charging_time"]["settling"]);
            assert_eq!(
                sweep["asymptote"]["ergotropy"]["global"][point],
                one["asymptote"]["ergotropy"]["global"]
            );
            assert_eq!(sweep["asymptote"]["unique"][point], one["asymptote"]["unique"]);
            assert_eq!(sweep["asymptote"]["conserved"][point], one["asymptote"]["conserved"]);
            for t in 0..3 {
                assert_eq!(sweep["energy"][3 * point + t], one["energy"][t]);
                assert_eq!(sweep["ergotropy"]["global"][3 * point + t], one["ergotropy"]["global"][t]);
                assert_eq!(sweep["power"]["average"][3 * point + t], one["power"]["average"][t]);
            }
        }
    }
}

#[test]
fn failing_points_are_recorded_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    // A cutoff that cannot hold the initial state fails; the others run.
    write(
        folder.path(),
        "fails.toml",
        "[charger]\nkind = \"oscillator\"\n[initial]\ncharger = { coherent = 2.0 }\n[time]\nvalues = [1.0]\n[sweep]\n\"charger.cutoff\" = [30, 3, 40]\n",
    );
    let output = leyden(folder.path(), &["run", "fails.toml", "--out", "out", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["outcome"], serde_json::json!(["converged", "failed", "converged"]));
    assert!(document["reason"][1].as_str().unwrap().contains("cutoff"), "{}", document["reason"]);
    assert!(
        document["energy"][0].is_f64() && document["energy"][1].is_null() && document["energy"][2].is_f64()
    );
    // Again: nothing is computed, and the answer is the same.
    let again = leyden(folder.path(), &["run", "fails.toml", "--out", "out", "--json"]);
    assert_eq!(again.stdout, output.stdout);
}

#[test]
fn folders_of_others_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "map.toml", &MAP.replace("points = 100", "points = 3"));
    write(folder.path(), "other.toml", &MAP.replace("points = 100", "points = 4"));
    assert!(leyden(folder.path(), &["run", "map.toml", "--out", "here"]).status.success());
    let other = leyden(folder.path(), &["run", "other.toml", "--out", "here"]);
    assert_eq!(other.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&other.stderr).contains("another scenario"));
    // A sweep into the folder of a single run, and the reverse.
    assert!(leyden(folder.path(), &["run", "--out", "single"]).status.success());
    assert_eq!(leyden(folder.path(), &["run", "map.toml", "--out", "single"]).status.code(), Some(2));
    assert_eq!(leyden(folder.path(), &["run", "--out", "here"]).status.code(), Some(2));
    let wrong = leyden(folder.path(), &["run", "map.toml", "--out", "here", "--shard", "4/3"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert_eq!(leyden(folder.path(), &["run", "--shard", "1/2"]).status.code(), Some(2));
    assert_eq!(leyden(folder.path(), &["merge", "nowhere"]).status.code(), Some(2));
}

#[test]
fn searches_report_jumps_ends_and_optima() {
    let folder = tempfile::tempdir().unwrap();
    let search = |objective: &str| {
        write(
            folder.path(),
            "search.toml",
            &format!(
                "[drive]\namplitude = 0.5\n[optimise]\nobjective = \"{objective}\"\nvariables = {{ \"charger.dephasing\" = {{ from = 0.001, to = 100.0, spacing = \"log\" }} }}\n"
            ),
        );
        json(folder.path(), &["run", "search.toml", "--json"])
    };
    let settling = search("charging_time.settling");
    let jump = &settling["optimum"]["jump"];
    assert_eq!(
        (jump["variable"].as_str(), jump["side"].as_str()),
        (Some("charger.dephasing"), Some("above"))
    );
    assert!((jump["position"].as_f64().unwrap() - 0.425_820_0).abs() < 1e-7);
    assert!((settling["optimum"]["value"].as_f64().unwrap() - 1.910_836_3).abs() < 1e-7);
    assert!((jump["value_at_jump"].as_f64().unwrap() - 9.6066).abs() < 1e-4);
    // The document is that of the optimum.
    let time = settling["charging_time"]["settling"].as_f64().unwrap();
    assert!((time - 1.910_836_3).abs() < 1e-6);
    let spectral = search("charging_time.spectral");
    let gamma = spectral["optimum"]["variables"]["charger.dephasing"].as_f64().unwrap();
    assert!((gamma - 4.0 * (2f64.sqrt() - 1.0)).abs() < 1e-11);
    let first = search("charging_time.first");
    assert_eq!(first["optimum"]["interior"], false);
    assert!(first["optimum"]["why"].as_str().unwrap().contains("no optimum inside the range"));
    // The ergotropy of the limit is largest, 1/4, at F/g = 1/2.
    write(
        folder.path(),
        "drive.toml",
        "[charger]\ndephasing = 1.0\n[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"drive.amplitude\" = { from = 0.01, to = 10.0, spacing = \"log\" } }\n",
    );
    let drive = json(folder.path(), &["run", "drive.toml", "--json"]);
    assert!((drive["optimum"]["value"].as_f64().unwrap() - 0.25).abs() < 1e-14);
    assert!((drive["optimum"]["variables"]["drive.amplitude"].as_f64().unwrap() - 0.5).abs() < 1e-6);
}
