//! The order of the steps on the way to the disk, and what is left when one of them fails.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Axis, Layout, Progress, Record, Shard, Status, Store, StoreError, Variable};
use crate::files::steps;

fn layout(points: usize, times: usize) -> Layout {
    let variable = |name: &str, over_time| Variable { name: name.into(), over_time, ..Variable::default() };
    Layout {
        scenario: "title = \"faults\"\n".into(),
        axes: vec![Axis {
            key: "x".into(),
            values: (0..points).map(|i| i as f64).collect(),
            ..Axis::default()
        }],
        times: (0..times).map(|t| t as f64).collect(),
        variables: vec![variable("a", false), variable("b", true)],
        ..Layout::default()
    }
}

fn record(layout: &Layout, point: usize) -> Record {
    let values = (0..=layout.times.len()).map(|i| (point * 7 + i) as f64).collect();
    Record { status: Status::Done, values, reason: format!("point {point}"), method: "taylor".into() }
}

/// Computes what is missing.
fn run(folder: &Path, layout: &Layout) -> Result<Progress, StoreError> {
    let mut store = Store::open(folder, layout, Shard::ALL)?;
    for chunk in store.chunks_to_do().collect::<Vec<_>>() {
        for point in store.points_of(chunk) {
            store.append(point, &record(layout, point))?;
        }
    }
    store.finish()
}

fn memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut all, mut folders) = (BTreeMap::new(), vec![folder.to_path_buf()]);
    while let Some(next) = folders.pop() {
        for path in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                all.insert(path.strip_prefix(folder).unwrap().into(), fs::read(&path).unwrap());
            }
        }
    }
    all
}

/// Steps of a run in `folder`, with paths from there.
fn steps_of(folder: &Path, layout: &Layout) -> Vec<(String, String)> {
    steps::taken();
    run(folder, layout).unwrap();
    let short = |path: PathBuf| path.strip_prefix(folder).unwrap().to_str().unwrap().to_string();
    steps::taken().into_iter().map(|(step, path)| (step, short(path))).collect()
}

#[test]
fn what_gets_its_name_is_on_the_disk_and_marks_come_last() {
    let (layout, folder) = (layout(3, 2), memory());
    let steps = steps_of(folder.path(), &layout);
    let place = |step: &str, path: &str| {
        let found = steps.iter().position(|(s, p)| s == step && p == path);
        found.unwrap_or_else(|| panic!("no {step} of {path} in {steps:?}"))
    };
    // Every file is synced just before its rename.
    for (i, (step, path)) in steps.iter().enumerate() {
        if step == "rename" {
            assert_eq!(steps[i - 1], ("sync".to_string(), path.clone()), "{steps:?}");
        }
    }
    // The metadata of the group come after those of all arrays.
    let group = place("rename", "zarr.json");
    for array in ["a", "b", "x", "time", "status", "reason"] {
        assert!(place("rename", &format!("{array}/zarr.json")) < group);
    }
    // Of every chunk the mark is the last, and all is on the disk before the journal goes.
    for chunk in 0..3 {
        let mark = place("rename", &format!("status/c.{chunk}"));
        for name in [format!("a/c.{chunk}"), format!("b/c.{chunk}.0"), format!("reason/c.{chunk}")] {
            assert!(place("rename", &name) < mark, "{name} in {steps:?}");
        }
    }
    let journal = "shard-1-of-1.journal";
    let gone = place("remove", journal);
    let synced = |path: &str| steps[..gone].iter().rposition(|(s, p)| s == "sync" && p == path);
    let last_mark = place("rename", "status/c.2");
    for path in ["a", "b", "reason", "status", journal, ""] {
        assert!(synced(path) > Some(last_mark), "{path} in {steps:?}");
    }
}

/// Records leave the journal only after the chunks that hold them are on the disk.
#[test]
fn a_journal_is_shortened_after_its_chunks_are_safe() {
    let (layout, folder) = (layout(40, 50_000), memory());
    let steps = steps_of(folder.path(), &layout);
    let journal = "shard-1-of-1.journal";
    let renamed: Vec<usize> =
        (0..steps.len()).filter(|&i| steps[i] == ("rename".to_string(), journal.to_string())).collect();
    // The first makes it.
    assert!(renamed.len() > 1, "never shortened: {renamed:?}");
    for &at in &renamed[1..] {
        let mark = steps[..at].iter().rposition(|(s, p)| s == "rename" && p.starts_with("status/c"));
        for path in ["a", "b", "reason", "status"] {
            let synced = steps[..at].iter().rposition(|(s, p)| s == "sync" && p == path);
            assert!(synced > mark, "{path}");
        }
    }
}

/// Whichever step fails, somebody is told, nothing that was kept is lost, and the next run ends with the same bytes.
#[test]
fn every_step_may_fail_once() {
    let layout = layout(3, 2);
    let whole = memory();
    run(whole.path(), &layout).unwrap();
    let expected = files(whole.path());
    let (mut good, mut told) = (0, 0);
    loop {
        let folder = memory();
        steps::fail_after(good);
        let found = run(folder.path(), &layout);
        if !steps::failed() {
            // There are fewer steps than that.
            steps::fail_after(usize::MAX);
            found.unwrap();
            break;
        }
        let error = found.expect_err("a step failed, and nobody was told").to_string();
        assert!(error.contains("fails in a test"), "{error}");
        told += 1;
        // What can be read is right.
        if let Ok(reader) = Store::open_read(folder.path()) {
            let (status, values) = (reader.status().unwrap(), reader.read("a").unwrap());
            for (point, status) in status.iter().enumerate() {
                assert!(status.is_none() || values[point] == record(&layout, point).values[0], "step {good}");
            }
        }
        assert_eq!(run(folder.path(), &layout).unwrap().missing(), 0, "step {good}: {error}");
        assert!(files(folder.path()) == expected, "step {good}: {error}");
        good += 1;
    }
    assert!(told > 40, "{told} steps");
}
