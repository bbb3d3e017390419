//! What is not finished, not verified or failed is never called complete: exit codes, summaries and figures through the real binary.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder in memory where the system has one: every file of a store waits for the disk.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn leyden(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_leyden")).args(arguments).current_dir(folder).output().unwrap()
}

/// The exit code and what was said on standard output.
fn said(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = leyden(folder, arguments);
    let code = output.status.code().unwrap();
    assert!(code != 2, "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    (code, String::from_utf8(output.stdout).unwrap())
}

fn result(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("result.json")).unwrap()).unwrap()
}

/// Every file below a folder with its bytes.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_string();
                all.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    all
}

const FAILS: &str = "title = \"Fails\"\n[charger]\nkind = \"oscillator\"\n[initial]\ncharger = { coherent = 1.0 }\n\
                     [sweep]\n\"charger.cutoff\" = [30, 2, 20, 21, 22, 3]\n";
const MAP: &str = "title = \"Map\"\n[drive]\namplitude = 0.5\n[sweep]\n\
                   \"charger.dephasing\" = { from = 0.01, to = 100.0, points = 20, spacing = \"log\" }\n";

#[test]
fn a_result_without_verification_is_not_complete_for_verify() {
    let folder = folder();
    let here = folder.path();
    let run = |more: &[&str]| said(here, &[&["run", "--out", "f", "--set", "time.points=5"], more].concat());
    let (code, text) = run(&[]);
    assert!(code == 0 && !text.contains("verified by"), "{text}");
    assert_eq!(result(&here.join("f"))["verify"], Value::Null);
    let (code, text) = run(&["--verify"]);
    assert!(code == 0 && text.contains("verified by") && !text.contains("complete already"), "{text}");
    let verified = result(&here.join("f"));
    let differences = verified["verify"]["differences"].as_object().unwrap();
    assert!(differences["energy"].as_f64().unwrap() < 1e-7 && verified["verify"]["method"].is_string());
    // Then it is, with and without.
    let before = tree(&here.join("f"));
    for more in [&[][..], &["--verify"]] {
        let (code, text) = run(more);
        assert!(code == 0 && text.contains("complete already") && text.contains("verified by"), "{text}");
        assert_eq!(tree(&here.join("f")), before);
    }
    // A sweep is not verified as a whole.
    std::fs::write(here.join("map.toml"), MAP).unwrap();
    let output = leyden(here, &["run", "map.toml", "--verify"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--verify is for one run"));
}

#[test]
fn a_run_that_did_not_converge_ends_with_1_every_time() {
    let folder = folder();
    let arguments = [
        &["run", "--out", "f", "--set", "charger.kind=oscillator", "--set", "charger.cutoff=3"][..],
        &["--set", "drive.amplitude=1.0", "--set", "time.end=2.0", "--set", "time.points=3"],
        &["--set", "charger.relaxation=0.5"],
    ]
    .concat();
    let (code, text) = said(folder.path(), &arguments);
    assert!(code == 1 && text.contains("outcome         cutoff-too-small"), "{text}");
    let (code, text) = said(folder.path(), &arguments);
    assert!(code == 1 && text.contains("complete already"), "{text}");
    let document = result(&folder.path().join("f"));
    assert_eq!(document["outcome"], "cutoff-too-small");
    let (code, text) = said(folder.path(), &[&arguments[..], &["--json"]].concat());
    let again: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &again["outcome"], &again["energy"]), (1, &document["outcome"], &document["energy"]));
}

#[test]
fn failed_points_are_told_by_run_resume_shards_and_merge() {
    let folder = folder();
    let here = folder.path();
    std::fs::write(here.join("fails.toml"), FAILS).unwrap();
    for _ in 0..2 {
        let (code, text) = said(here, &["run", "fails.toml", "--out", "whole"]);
        assert_eq!(code, 1, "{text}");
        for phrase in ["points          4 of 6 done, 2 failed", "first failure   point 1:"] {
            assert!(text.contains(phrase), "{text}");
        }
        let (code, text) = said(here, &["merge", "whole"]);
        assert_eq!((code, text.as_str()), (1, "whole: 4 of 6 points done, 2 failed\n"));
    }
    // Six points are six chunks: the third of three shards has points 2 and 5, the first 0 and 3, the second 1 and 4.
    for (shard, code, points) in [
        ("1/3", 0, "2 of 2 done, 0 failed"),
        ("2/3", 1, "1 of 2 done, 1 failed"),
        ("3/3", 1, "1 of 2 done, 1 failed"),
    ] {
        let out = format!("part-{}", &shard[..1]);
        let (found, text) = said(here, &["run", "fails.toml", "--out", &out, "--shard", shard]);
        assert_eq!(found, code, "{text}");
        assert!(text.contains(points) && text.contains("4 points belong to other shards"), "{text}");
    }
    let (code, text) = said(here, &["merge", "part-1", "part-3"]);
    let expected = "part-1: 3 of 6 points done, 1 failed, 2 missing: run the shards that are not finished\n";
    assert_eq!((code, text.as_str()), (1, expected));
    let (code, text) = said(here, &["merge", "part-1", "part-2"]);
    assert_eq!((code, text.as_str()), (1, "part-1: 4 of 6 points done, 2 failed\n"));
    // Only what is whole is drawn.
    assert!(here.join("part-1/figure.svg").exists() && !here.join("part-2/figure.svg").exists());
}

#[test]
fn a_part_is_not_the_whole() {
    let folder = folder();
    let here = folder.path();
    std::fs::write(here.join("map.toml"), MAP).unwrap();
    let (code, text) = said(here, &["run", "map.toml", "--out", "whole"]);
    assert!(code == 0 && text.contains("20 of 20 done, 0 failed") && text.contains("figure.svg"), "{text}");
    for shard in 1..=3 {
        let (part, of) = (format!("part-{shard}"), format!("{shard}/3"));
        let (code, text) = said(here, &["run", "map.toml", "--out", &part, "--shard", &of]);
        assert!(code == 0 && text.contains("belong to other shards and are not there yet"), "{text}");
        assert!(text.contains("(Zarr v3)") && !here.join(&part).join("figure.svg").exists(), "{text}");
        // Asked for, the document says which points are missing, and the figure shows what is there.
        let (code, text) = said(here, &["run", "map.toml", "--out", &part, "--shard", &of, "--json"]);
        let document: Value = serde_json::from_str(&text).unwrap();
        let outcome = document["outcome"].as_array().unwrap();
        let missing = outcome.iter().filter(|outcome| **outcome == "missing").count();
        let done = outcome.iter().filter(|outcome| **outcome == "converged").count();
        assert!(code == 0 && missing > 0 && done > 0 && missing + done == 20, "{outcome:?}");
        for (outcome, energy) in outcome.iter().zip(document["asymptote"]["energy"].as_array().unwrap()) {
            assert_eq!(outcome == "missing", energy.is_null());
        }
        let (code, text) = said(here, &["merge", &part]);
        assert!(code == 1 && text.contains(&format!("{missing} missing")), "{text}");
        assert!(!here.join(&part).join("figure.svg").exists());
        // The whole of the shard goes on, not again.
        let before = tree(&here.join(&part));
        assert_eq!(said(here, &["run", "map.toml", "--out", &part, "--shard", &of]).0, 0);
        assert_eq!(tree(&here.join(&part)), before);
    }
    // In every order the parts make the whole.
    let whole = tree(&here.join("whole"));
    for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
        let into = here.join("into");
        std::fs::create_dir(&into).unwrap();
        std::fs::copy(here.join("whole/scenario.toml"), into.join("scenario.toml")).unwrap();
        let parts = order.map(|part| format!("part-{part}"));
        for part in &parts[..2] {
            let (code, text) = said(here, &["merge", "into", part]);
            assert!(code == 1 && text.contains("missing") && !into.join("figure.svg").exists(), "{text}");
        }
        let (code, text) = said(here, &["merge", "into", &parts[2]]);
        assert_eq!((code, text.as_str()), (0, "into: 20 of 20 points done\n"));
        let merged = tree(&into);
        assert_eq!(merged.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
        assert!(merged == whole, "{order:?}");
        std::fs::remove_dir_all(&into).unwrap();
    }
}

#[test]
fn chunks_without_their_mark_are_computed_again() {
    let folder = folder();
    let here = folder.path();
    std::fs::write(here.join("map.toml"), MAP).unwrap();
    said(here, &["run", "map.toml", "--out", "whole"]);
    let whole = tree(&here.join("whole"));
    // Without its mark a chunk is not finished.
    let marks: Vec<&String> = whole.keys().filter(|name| name.starts_with("status/c.")).collect();
    for mark in &marks[3..] {
        std::fs::remove_file(here.join("whole").join(mark)).unwrap();
    }
    let (code, text) = said(here, &["merge", "whole"]);
    assert!(code == 1 && text.contains("missing"), "{text}");
    let (code, text) = said(here, &["run", "map.toml", "--out", "whole"]);
    assert!(code == 0 && text.contains("20 of 20 done"), "{text}");
    assert!(tree(&here.join("whole")) == whole);
    let document: Value =
        serde_json::from_str(&said(here, &["run", "map.toml", "--out", "whole", "--json"]).1).unwrap();
    assert_eq!(document["shape"], json!([20]));
}
