//! The store of a study: nothing finished is lost, and the chunks do not tell what happened on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use leyden_study::store::{
    Axis, Layout, Progress, Record, Shard, Status, Store, StoreError, Variable, merge,
};
use serde_json::json;

/// Bytes of the header of a journal, and of a record without its numbers.
const HEADER: usize = 68;
const FIXED: usize = 214;

fn layout(lengths: &[usize], times: usize, scalars: usize, series: usize) -> Layout {
    let axis = |(index, &length): (usize, &usize)| Axis {
        key: format!("axis.{index}"),
        values: (0..length).map(|i| 0.1 * i as f64 + index as f64).collect(),
        units: "1/s".into(),
        long_name: format!("axis {index}"),
    };
    let variable = |name: String, over_time| Variable {
        long_name: format!("the {name}"),
        units: "J".into(),
        name,
        over_time,
    };
    let scalars = (0..scalars).map(|index| variable(format!("scalar_{index}"), false));
    let series = (0..series).map(|index| variable(format!("series_{index}"), true));
    Layout {
        scenario: "title = \"Größe\"\n".into(),
        axes: lengths.iter().enumerate().map(axis).collect(),
        times: (0..times).map(|t| 0.5 * t as f64).collect(),
        time_units: "s".into(),
        variables: scalars.chain(series).collect(),
        fast_axis: None,
        attributes: json!({ "version": "0.1.0", "tolerance": 1e-8, "seed": null })
            .as_object()
            .unwrap()
            .clone(),
    }
}

/// The layout of most tests: 16 chunks, those at the edges not full.
fn small() -> Layout {
    layout(&[5, 11], 3, 2, 1)
}

fn numbers(layout: &Layout) -> usize {
    layout.variables.iter().map(|v| if v.over_time { layout.times.len() } else { 1 }).sum()
}

fn points(layout: &Layout) -> usize {
    layout.axes.iter().map(|axis| axis.values.len()).product()
}

/// What the physics would give: some points fail, some values do not exist.
fn record(layout: &Layout, point: usize) -> Record {
    let value = |i| if (point + i) % 13 == 5 { -f64::NAN } else { ((point * 31 + i) as f64).sin() };
    match point % 7 {
        3 => Record {
            status: Status::Failed,
            values: vec![],
            reason: format!("étape {point}: {}", "長".repeat(80)),
        },
        _ => Record {
            status: Status::Done,
            values: (0..numbers(layout)).map(value).collect(),
            reason: if point % 5 == 0 { "inaccurate".into() } else { String::new() },
        },
    }
}

/// Computes what is missing, up to `most` points; the folder may be left unfinished.
fn compute(store: &mut Store, layout: &Layout, most: usize) {
    let chunks: Vec<usize> = store.chunks_to_do().collect();
    let points: Vec<usize> = chunks.into_iter().flat_map(|chunk| store.points_of(chunk)).collect();
    for point in points.into_iter().take(most) {
        store.append(point, &record(layout, point)).unwrap();
    }
}

/// One run from whatever is there to the end of the shard.
fn run(folder: &Path, layout: &Layout, shard: Shard) -> Progress {
    let mut store = Store::open(folder, layout, shard).unwrap();
    compute(&mut store, layout, usize::MAX);
    store.finish().unwrap()
}

/// All files below `folder`.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    drop(all.insert(path.strip_prefix(folder).unwrap().into(), fs::read(&path).unwrap()))
                }
            }
        }
    }
    all
}

/// The files of an undisturbed run.
fn undisturbed(layout: &Layout) -> BTreeMap<PathBuf, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), layout, Shard::ALL);
    files(folder.path())
}

fn assert_same(folder: &Path, expected: &BTreeMap<PathBuf, Vec<u8>>, context: &str) {
    let found = files(folder);
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{context}");
    for (path, bytes) in expected {
        assert!(&found[path] == bytes, "{context}: {} differs", path.display());
    }
}

fn copy(from: &Path, to: &Path) {
    for (path, bytes) in files(from) {
        fs::create_dir_all(to.join(&path).parent().unwrap()).unwrap();
        fs::write(to.join(path), bytes).unwrap();
    }
}

fn shard(index: usize, count: usize) -> Shard {
    Shard::new(index, count).unwrap()
}

/// Numbers that are equal or both NaN.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// Everything a reader sees agrees with the records of the points that are `there`.
fn assert_reads(folder: &Path, layout: &Layout, there: impl Fn(usize) -> bool) {
    let reader = Store::open_read(folder).unwrap();
    assert_eq!(reader.scenario(), layout.scenario);
    assert_eq!(reader.axes(), layout.axes);
    assert_eq!(reader.times(), layout.times);
    assert_eq!(reader.variables(), layout.variables);
    assert_eq!(reader.attributes(), &layout.attributes);
    let status = reader.status().unwrap();
    let mut before = 0;
    for variable in &layout.variables {
        let width = if variable.over_time { layout.times.len() } else { 1 };
        let values = reader.read(&variable.name).unwrap();
        assert_eq!(values.len(), points(layout) * width);
        for point in 0..points(layout) {
            let mut expected = record(layout, point).values;
            if expected.is_empty() || !there(point) {
                expected = vec![f64::NAN; numbers(layout)];
            }
            let found = &values[point * width..][..width];
            let pairs = found.iter().zip(&expected[before..][..width]);
            assert!(pairs.clone().all(|(&a, &b)| same(a, b)), "{} of point {point}", variable.name);
        }
        before += width;
    }
    for (point, status) in status.into_iter().enumerate() {
        let expected = record(layout, point);
        assert_eq!(status, there(point).then_some(expected.status), "point {point}");
        let reason = reader.reason(point).unwrap();
        match there(point) {
            true => assert!(
                expected.reason.starts_with(&reason) && reason.len() >= expected.reason.len().min(197)
            ),
            false => assert_eq!(reason, ""),
        }
    }
}

#[test]
fn what_is_written_is_read() {
    for layout in [
        layout(&[], 0, 2, 0),
        layout(&[], 4, 1, 2),
        layout(&[1], 1, 0, 1),
        layout(&[40], 0, 1, 0),
        layout(&[40], 7, 0, 0),
        layout(&[3, 4, 5], 6, 1, 1),
        Layout { fast_axis: Some(0), ..layout(&[31, 7], 0, 1, 0) },
        small(),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let progress = run(folder.path(), &layout, Shard::ALL);
        let failed = (0..points(&layout)).filter(|point| point % 7 == 3).count();
        assert_eq!(progress, Progress { done: points(&layout) - failed, failed, total: points(&layout) });
        assert_reads(folder.path(), &layout, |_| true);
        let expected = files(folder.path());
        let strays = |path: &&PathBuf| !path.ends_with("zarr.json") && !path.to_str().unwrap().contains("/c");
        assert_eq!(expected.keys().find(strays), None);
        // Once more: nothing to do.
        let store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
        assert_eq!((store.chunks_to_do().count(), store.progress()), (0, progress));
        store.finish().unwrap();
        assert_same(folder.path(), &expected, "opened again");
    }
}

#[test]
fn a_reader_sees_every_finished_point_at_once() {
    let (layout, folder) = (small(), tempfile::tempdir().unwrap());
    let mut store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
    assert_reads(folder.path(), &layout, |_| false);
    let mut there = BTreeSet::new();
    for chunk in store.chunks_to_do().collect::<Vec<_>>().into_iter().rev() {
        for point in store.points_of(chunk).into_iter().rev() {
            store.append(point, &record(&layout, point)).unwrap();
            there.insert(point);
            assert_reads(folder.path(), &layout, |point| there.contains(&point));
        }
    }
}

/// Points of the first `records` records of a journal.
fn journal_points(bytes: &[u8], record: usize) -> Vec<usize> {
    let point = |bytes: &[u8]| u64::from_le_bytes(bytes[4..12].try_into().unwrap()) as usize;
    bytes[HEADER..].chunks_exact(record).map(point).collect()
}

#[test]
fn a_journal_that_ends_anywhere_loses_what_lies_beyond() {
    let (layout, folder) = (small(), tempfile::tempdir().unwrap());
    let expected = undisturbed(&layout);
    let mut store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
    compute(&mut store, &layout, 2);
    for chunk in [3, 9, 12] {
        let point = store.points_of(chunk)[1];
        store.append(point, &record(&layout, point)).unwrap();
    }
    drop(store);
    let name = "shard-1-of-1.journal";
    let journal = fs::read(folder.path().join(name)).unwrap();
    let size = FIXED + 8 * numbers(&layout);
    assert_eq!(journal.len(), HEADER + 5 * size);
    for end in HEADER..=journal.len() {
        // Cut there; or whole, with a wrong byte there.
        let mut flipped = journal.clone();
        if let Some(byte) = flipped.get_mut(end) {
            *byte ^= 0x40;
        }
        for bytes in [&journal[..end], &flipped] {
            fs::write(folder.path().join(name), bytes).unwrap();
            let store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
            let whole = (end - HEADER) / size;
            let progress = store.progress();
            assert_eq!(progress.done + progress.failed, whole, "cut at {end}");
            let to_do: BTreeSet<usize> = store.chunks_to_do().flat_map(|c| store.points_of(c)).collect();
            assert_eq!(to_do.len(), points(&layout) - whole);
            for point in journal_points(&journal, size).into_iter().take(whole) {
                assert!(!to_do.contains(&point), "cut at {end}: point {point} is lost");
            }
            drop(store);
            let left = fs::metadata(folder.path().join(name)).unwrap().len() as usize;
            assert_eq!(left, HEADER + whole * size, "cut at {end}");
        }
        if (end - HEADER) % 61 == 0 {
            let copied = tempfile::tempdir().unwrap();
            copy(folder.path(), copied.path());
            fs::write(copied.path().join(name), &journal[..end]).unwrap();
            run(copied.path(), &layout, Shard::ALL);
            assert_same(copied.path(), &expected, &format!("cut at {end}"));
        }
    }
    for end in 0..HEADER {
        fs::write(folder.path().join(name), &journal[..end]).unwrap();
        let error = Store::open(folder.path(), &layout, Shard::ALL).unwrap_err();
        assert!(matches!(&error, StoreError::Damaged { path, .. } if path.ends_with(name)), "{error}");
    }
}

#[test]
fn chunks_that_vanish_are_computed_again() {
    let (layout, folder) = (small(), tempfile::tempdir().unwrap());
    run(folder.path(), &layout, Shard::ALL);
    let expected = files(folder.path());
    for gone in [
        &["scalar_0/c.1.0"][..],
        &["series_0/c.0.0.0", "scalar_1/c.2.0"],
        &["reason/c.2.0", "status/c.1.0"],
        &["axis.0/c.0", "axis.1/zarr.json", "time/c.0"],
        &["zarr.json", "scalar_1/zarr.json"],
    ] {
        for file in gone {
            fs::remove_file(folder.path().join(file)).unwrap();
        }
        run(folder.path(), &layout, Shard::ALL);
        assert_same(folder.path(), &expected, &format!("without {gone:?}"));
    }
    // Until then a reader is not told that missing numbers are results.
    fs::remove_file(folder.path().join("scalar_0/c.1.0")).unwrap();
    let error = Store::open_read(folder.path()).unwrap().read("scalar_0").unwrap_err();
    assert!(error.to_string().contains("lacks") && error.to_string().contains("run again"), "{error}");
    Store::open(folder.path(), &layout, Shard::ALL).unwrap();
    Store::open_read(folder.path()).unwrap().read("scalar_0").unwrap();
}

#[test]
fn a_damaged_file_is_named_with_the_cure() {
    let (layout, folder) = (small(), tempfile::tempdir().unwrap());
    run(folder.path(), &layout, Shard::ALL);
    let expected = files(folder.path());
    for name in ["scalar_1/c.1.0", "status/c.0.0", "reason/c.0.0", "axis.1/c.0"] {
        let (path, bytes) = (folder.path().join(name), &expected[Path::new(name)]);
        let damages = (0..bytes.len()).flat_map(|at| {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            [bytes[..at].to_vec(), flipped]
        });
        for damage in damages {
            fs::write(&path, &damage).unwrap();
            let read = || -> Result<(), StoreError> {
                let reader = Store::open_read(folder.path())?;
                reader.status()?;
                reader.reason(0)?;
                reader.read("scalar_1").map(drop)
            };
            let message = read().unwrap_err().to_string();
            for part in [path.to_str().unwrap(), "is damaged", "remove it and run again"] {
                assert!(message.contains(part), "{message}");
            }
        }
        fs::remove_file(&path).unwrap();
        run(folder.path(), &layout, Shard::ALL);
        assert_same(folder.path(), &expected, name);
    }
    for text in ["", "{}", "[", "{\"attributes\": {}}"] {
        fs::write(folder.path().join("zarr.json"), text).unwrap();
        let message = Store::open_read(folder.path()).unwrap_err().to_string();
        assert!(message.contains("zarr.json") && message.contains("run again"), "{message}");
    }
    // Metadata that were changed by hand.
    let text = String::from_utf8(expected[Path::new("zarr.json")].clone()).unwrap();
    for (from, to) in [("\"J\"", "\"eV\""), ("      4", "      5"), ("Größe", "Kleine")] {
        let changed = text.replace(from, to);
        assert_ne!(changed, text, "{from}");
        fs::write(folder.path().join("zarr.json"), changed).unwrap();
        assert!(Store::open_read(folder.path()).is_err(), "{from}");
    }
}

#[test]
fn another_study_is_refused_and_left_alone() {
    let (layout, folder) = (small(), tempfile::tempdir().unwrap());
    run(folder.path(), &layout, Shard::ALL);
    let expected = files(folder.path());
    let refused = |layout: &Layout, phrases: &[&str]| {
        let message = Store::open(folder.path(), layout, Shard::ALL).unwrap_err().to_string();
        for phrase in
            phrases.iter().chain(&[folder.path().to_str().unwrap(), "choose another folder with --out"])
        {
            assert!(message.contains(phrase), "{message}");
        }
        assert_same(folder.path(), &expected, "refused");
    };
    let other = Layout { scenario: "title = \"Other\"\n".into(), ..layout.clone() };
    refused(&other, &["holds the results of another scenario", "or remove it"]);
    let mut other = layout.clone();
    other.attributes["version"] = "0.2.0".into();
    refused(&other, &["`version` = \"0.1.0\"", "\"0.2.0\""]);
    let mut other = layout.clone();
    other.axes[1].values[3] = 7.5;
    refused(&other, &["other axes, times or variables"]);
    let mut other = layout.clone();
    other.variables.swap(0, 1);
    refused(&other, &["other axes, times or variables"]);

    let file = folder.path().join("zarr.json");
    let message = Store::open(&file, &layout, Shard::ALL).unwrap_err().to_string();
    assert!(message.contains("is not a folder"), "{message}");
    let empty = tempfile::tempdir().unwrap();
    let message = Store::open_read(empty.path()).unwrap_err().to_string();
    assert!(message.contains("holds no study"), "{message}");
    let message = Store::open_read(folder.path()).unwrap().read("energy").unwrap_err().to_string();
    assert!(message.contains("no variable `energy`; it has scalar_0, scalar_1, series_0"), "{message}");
}

#[test]
fn layouts_and_records_that_make_no_sense() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new");
    let refused = |change: &dyn Fn(&mut Layout), phrase: &str| {
        let mut layout = small();
        change(&mut layout);
        let message = Store::open(&path, &layout, Shard::ALL).unwrap_err().to_string();
        assert!(message.contains(phrase), "{message}");
        assert!(!path.exists());
    };
    for name in ["", "..", "a/b", "__x", "größe", "a\\b", "zarr.json", "a b"] {
        refused(&|layout| layout.axes[0].key = name.into(), "cannot name an array");
        refused(&|layout| layout.variables[0].name = name.into(), "cannot name an array");
    }
    for name in ["time", "status", "reason", "scalar_1", "axis.1"] {
        refused(&|layout| layout.variables[0].name = name.into(), &format!("`{name}` names two arrays"));
    }
    refused(&|layout| layout.axes[1].values.clear(), "axis `axis.1` must have at least 1 value, but has 0");
    refused(&|layout| layout.times.clear(), "variable `series_0` depends on time, but there are no times");
    refused(&|layout| layout.time_units = "seconds".into(), "`time` must not be \"seconds\"");
    refused(&|layout| layout.variables[0].units = "days since 2000".into(), "use a symbol");
    refused(&|layout| layout.fast_axis = Some(2), "must be below 2, but is 2");
    let long = |layout: &mut Layout| {
        for axis in &mut layout.axes {
            axis.values = vec![0.0; 1 << 16];
        }
        layout.axes = vec![layout.axes[0].clone(); 4];
        for (index, axis) in layout.axes.iter_mut().enumerate() {
            axis.key = format!("axis.{index}");
        }
    };
    refused(&long, "more points than can be numbered");

    for (index, count) in [(0, 3), (4, 3), (1, 0)] {
        let message = Shard::new(index, count).unwrap_err().to_string();
        assert!(
            message.contains(&format!("1/{count} and {count}/{count}, but is {index}/{count}")),
            "{message}"
        );
    }
    let layout = small();
    let mut store = Store::open(&path, &layout, shard(2, 3)).unwrap();
    let point = store.points_of(1)[0];
    let good = record(&layout, point);
    store.append(point, &good).unwrap();
    let (done, total) = (store.progress().done, store.progress().total);
    for (point, record, phrase) in [
        (point, good.clone(), "is finished already".to_string()),
        (0, good.clone(), "point 0 belongs to shard 1/3, but was given to shard 2/3".into()),
        (55, good.clone(), "a point must be below 55, but is 55".into()),
        (point + 1, Record { values: vec![1.0], ..good.clone() }, "must have 5 values, but has 1".into()),
        (point + 1, Record { values: vec![], ..good }, "must have 5 values, but has 0".into()),
    ] {
        let message = store.append(point, &record).unwrap_err().to_string();
        assert!(message.contains(&phrase), "{message}");
    }
    assert_eq!((store.progress().done, store.progress().total), (done, total));
    assert!(store.points_of(0).is_empty() && store.points_of(999).is_empty());
}

#[test]
fn one_writer_per_shard() {
    let (layout, folder) = (small(), tempfile::tempdir().unwrap());
    let open = |shard| Store::open(folder.path(), &layout, shard);
    let first = open(shard(1, 2)).unwrap();
    let second = open(shard(2, 2)).unwrap();
    for refused in [shard(1, 2), shard(2, 2), Shard::ALL, shard(1, 3)] {
        let message = open(refused).unwrap_err().to_string();
        assert!(message.contains("is being written by another process; wait until it ends"), "{message}");
    }
    // Nor in another process.
    let lines = child(folder.path(), "small").wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&lines.stdout).into_owned();
    assert!(!lines.status.success() && text.contains("being written by another process"), "{text}");
    drop(first);
    drop(open(shard(1, 2)).unwrap());
    drop(second);
    drop(open(Shard::ALL).unwrap());
    assert!(files(folder.path()).keys().all(|path| path.extension().is_none_or(|end| end != "lock")));
}

#[test]
fn folders_that_cannot_be_written() {
    let layout = small();
    if cfg!(target_os = "linux") {
        let message = Store::open("/proc/leyden", &layout, Shard::ALL).unwrap_err().to_string();
        assert!(message.contains("/proc/leyden"), "{message}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let allow = |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
        allow(0o555);
        // Permission bits do not bind an administrator.
        if fs::write(folder.path().join("probe"), "").is_err() {
            let error = Store::open(folder.path(), &layout, Shard::ALL).unwrap_err();
            assert!(matches!(error, StoreError::NotWritable { .. }), "{error}");
            assert!(error.to_string().contains("choose another folder with --out"), "{error}");
        }
        allow(0o755);
    }
}

#[test]
#[cfg(unix)]
fn others_may_read_the_results() {
    use std::os::unix::fs::PermissionsExt;
    let (layout, folder) = (small(), tempfile::tempdir().unwrap());
    run(folder.path(), &layout, Shard::ALL);
    let usual = folder.path().join("usual");
    fs::write(&usual, "").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    for path in files(folder.path()).keys() {
        assert_eq!(mode(&folder.path().join(path)), mode(&usual), "{}", path.display());
    }
}

#[test]
fn temporaries_of_killed_runs_are_cleaned() {
    let (layout, folder) = (small(), tempfile::tempdir().unwrap());
    let expected = undisturbed(&layout);
    fs::create_dir(folder.path().join("scalar_0")).unwrap();
    let leave = |name: &str| fs::write(folder.path().join(name), "left").unwrap();
    leave(".create.abc.tmp");
    leave("scalar_0/.create.abc.tmp");
    leave("create.lock");
    leave("scalar_0/.shard-1-of-1.abc.tmp");
    let mut store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
    compute(&mut store, &layout, 7);
    drop(store);
    leave("status/.shard-1-of-1.def.tmp");
    leave(".shard-1-of-1.def.tmp");
    leave("shard-1-of-1.lock");
    leave("shard-2-of-3.lock");
    leave("reason/.shard-2-of-3.def.tmp");
    leave("create.lock");
    run(folder.path(), &layout, Shard::ALL);
    assert_same(folder.path(), &expected, "cleaned");
}

#[test]
fn shards_in_one_folder() {
    for count in [2, 3, 20] {
        let (layout, folder) = (small(), tempfile::tempdir().unwrap());
        let done = Mutex::new(0);
        std::thread::scope(|scope| {
            for index in 1..=count {
                let (layout, path, done) = (&layout, folder.path().join("new"), &done);
                scope.spawn(move || {
                    let progress = run(&path, layout, shard(index, count));
                    assert_eq!(progress.missing(), 0);
                    *done.lock().unwrap() += progress.total;
                });
            }
        });
        assert_eq!(*done.lock().unwrap(), points(&layout));
        assert_same(&folder.path().join("new"), &undisturbed(&layout), &format!("{count} shards"));
    }
}

#[test]
fn shards_in_folders_of_their_own_are_merged() {
    let (layout, folder) = (small(), tempfile::tempdir().unwrap());
    let expected = undisturbed(&layout);
    let paths: Vec<PathBuf> = (1..=3).map(|index| folder.path().join(index.to_string())).collect();
    for (index, path) in (1..).zip(&paths) {
        run(path, &layout, shard(index, 3));
    }
    let before = paths.iter().map(|path| files(path)).collect::<Vec<_>>();
    let into = folder.path().join("all");
    let two = merge(&into, &paths[1..]).unwrap();
    assert!(two.missing() > 0 && two.total == points(&layout));
    let all = merge(&into, &paths).unwrap();
    assert_eq!(all.missing(), 0);
    assert_same(&into, &expected, "three folders");
    for (path, before) in paths.iter().zip(&before) {
        assert_same(path, before, "only read");
    }
    // Nothing to do: alone, with itself, with what it has.
    for others in [vec![], vec![into.clone()], paths.clone()] {
        assert_eq!(merge(&into, &others).unwrap(), all);
        assert_same(&into, &expected, "again");
    }
    // Into one of them.
    assert_eq!(merge(&paths[0], &paths).unwrap(), all);
    assert_same(&paths[0], &expected, "into the first");

    let other = Layout { scenario: "other".into(), ..layout.clone() };
    let stranger = folder.path().join("stranger");
    run(&stranger, &other, Shard::ALL);
    let message = merge(&into, &[&stranger]).unwrap_err().to_string();
    assert!(message.contains("stranger") && message.contains("another scenario"), "{message}");
    assert!(matches!(merge(folder.path(), &[] as &[&Path]), Err(StoreError::NotAStore { .. })));
    // What is damaged is not passed on.
    fs::remove_dir_all(&into).unwrap();
    fs::write(paths[1].join("series_0/c.0.1.0"), "damaged").ok();
    let damaged =
        files(&paths[1]).into_keys().find(|path| path.to_str().unwrap().starts_with("series_0/c")).unwrap();
    fs::write(paths[1].join(&damaged), "damaged").unwrap();
    let message = merge(&into, &paths[1..]).unwrap_err().to_string();
    assert!(message.contains(damaged.to_str().unwrap()), "{message}");
}

#[test]
fn unfinished_stores_are_merged_with_their_journals() {
    let (layout, folder) = (small(), tempfile::tempdir().unwrap());
    let expected = undisturbed(&layout);
    let [a, b, into] = ["a", "b", "all"].map(|name| folder.path().join(name));
    // The same chunks in both: even points here, odd ones there, and some in both.
    for (path, keep) in [(&a, 0), (&b, 1)] {
        let mut store = Store::open(path, &layout, Shard::ALL).unwrap();
        for point in (0..points(&layout)).filter(|point| point % 2 == keep || point % 11 == 0) {
            store.append(point, &record(&layout, point)).unwrap();
        }
    }
    let half = merge(&into, &[&a]).unwrap();
    assert!(half.missing() > 0);
    assert_reads(&into, &layout, |point| point % 2 == 0 || point % 11 == 0);
    assert_eq!(merge(&into, &[&a, &b]).unwrap().missing(), 0);
    assert_same(&into, &expected, "merged");
    run(&a, &layout, Shard::ALL);
    assert_same(&a, &expected, "gone on alone");
}

#[test]
fn a_run_goes_on_with_another_number_of_shards() {
    let (layout, folder) = (small(), tempfile::tempdir().unwrap());
    let expected = undisturbed(&layout);
    let mut known = 0;
    for (round, shards) in
        [vec![(1, 1)], vec![(2, 2), (1, 2)], vec![(1, 3), (3, 3)], vec![(1, 1)]].iter().enumerate()
    {
        let mut found = 0;
        for &(index, count) in shards {
            let mut store = Store::open(folder.path(), &layout, shard(index, count)).unwrap();
            found += store.progress().done + store.progress().failed;
            // One point of every other chunk.
            for chunk in store.chunks_to_do().step_by(2).collect::<Vec<_>>() {
                let point = *store.points_of(chunk).last().unwrap();
                store.append(point, &record(&layout, point)).unwrap();
                known += 1;
            }
        }
        if round != 2 {
            assert!(found > 0 || round == 0);
        }
    }
    let mut store = Store::open(folder.path(), &layout, shard(1, 2)).unwrap();
    compute(&mut store, &layout, usize::MAX);
    let first = store.progress();
    store.finish().unwrap();
    let second = Store::open(folder.path(), &layout, shard(2, 2)).unwrap();
    assert!(second.progress().missing() < second.progress().total, "taken over");
    assert!(first.total + second.progress().total == points(&layout) && known > 10);
    drop(second);
    run(folder.path(), &layout, shard(2, 2));
    assert_same(folder.path(), &expected, "divided anew");
}

#[test]
fn threads_and_order_leave_no_trace() {
    let layout = layout(&[23, 17], 5, 2, 2);
    let expected = undisturbed(&layout);
    for threads in [1, 2, 5] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
        let mut points: Vec<usize> = store.chunks_to_do().flat_map(|chunk| store.points_of(chunk)).collect();
        let mut random = Lcg(threads as u64);
        for last in (1..points.len()).rev() {
            points.swap(last, random.below(last + 1));
        }
        let store = Mutex::new(store);
        std::thread::scope(|scope| {
            for part in points.chunks(points.len().div_ceil(threads)) {
                let (layout, store) = (&layout, &store);
                scope.spawn(move || {
                    for &point in part {
                        let record = record(layout, point);
                        store.lock().unwrap().append(point, &record).unwrap();
                    }
                });
            }
        });
        store.into_inner().unwrap().finish().unwrap();
        assert_same(folder.path(), &expected, &format!("{threads} threads"));
    }
}

/// A layout whose journal is shortened on the way: 40 kB a point.
fn large() -> Layout {
    layout(&[16, 40], 1000, 1, 5)
}

#[test]
fn the_journal_stays_short_and_keeps_what_is_in_no_chunk() {
    let (layout, folder) = (large(), tempfile::tempdir().unwrap());
    let journal = folder.path().join("shard-1-of-1.journal");
    let mut store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
    // One point of every chunk early, so that all are in progress.
    let mut kept = BTreeSet::new();
    for chunk in store.chunks_to_do().collect::<Vec<_>>() {
        kept.insert(store.points_of(chunk)[1]);
    }
    let others: Vec<usize> = (0..points(&layout) - 30).filter(|point| !kept.contains(point)).collect();
    let mut longest = 0;
    for &point in kept.iter().chain(&others) {
        store.append(point, &record(&layout, point)).unwrap();
        longest = longest.max(fs::metadata(&journal).unwrap().len());
    }
    assert!(longest < 12 << 20, "{longest} bytes");
    drop(store);
    assert_reads(folder.path(), &layout, |point| point < points(&layout) - 30 || kept.contains(&point));
    run(folder.path(), &layout, Shard::ALL);
    assert_same(folder.path(), &undisturbed(&layout), "shortened");
}

/// Knuth's MMIX generator.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % end
    }
}

/// This test binary, writing a store in another process; `kept <point>` on a line of its own for every point kept.
fn child(folder: &Path, layout: &str) -> std::process::Child {
    command(folder, layout, Command::new(std::env::current_exe().unwrap())).spawn().unwrap()
}

fn command(folder: &Path, layout: &str, mut command: Command) -> Command {
    command
        .args(["--exact", "writer_in_a_child_process", "--nocapture", "--test-threads=1"])
        .env("LEYDEN_STORE_FOLDER", folder)
        .env("LEYDEN_STORE_LAYOUT", layout)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

#[test]
fn writer_in_a_child_process() {
    let Some(folder) = std::env::var_os("LEYDEN_STORE_FOLDER") else { return };
    let layout = if std::env::var("LEYDEN_STORE_LAYOUT").unwrap() == "large" { large() } else { small() };
    let mut out = std::io::stdout();
    let write = |out: &mut dyn Write| -> Result<Progress, StoreError> {
        let mut store = Store::open(&folder, &layout, Shard::ALL)?;
        let chunks: Vec<usize> = store.chunks_to_do().collect();
        // Two chunks at a time, as two threads would.
        for pair in chunks.chunks(2) {
            let mut points: Vec<usize> = pair.iter().flat_map(|&chunk| store.points_of(chunk)).collect();
            points.sort_by_key(|point| point % 10);
            for point in points {
                store.append(point, &record(&layout, point))?;
                writeln!(out, "\nkept {point}").unwrap();
                out.flush().unwrap();
            }
        }
        store.finish()
    };
    if let Err(error) = write(&mut out) {
        writeln!(out, "\nerror {error}").unwrap();
        out.flush().unwrap();
        std::process::exit(3);
    }
}

#[test]
fn a_killed_writer_loses_nothing() {
    let mut random = Lcg(2024);
    for (name, layout) in [("small", small()), ("large", large())] {
        let expected = undisturbed(&layout);
        // How long an undisturbed child takes.
        let folder = tempfile::tempdir().unwrap();
        let start = Instant::now();
        assert!(child(folder.path(), name).wait_with_output().unwrap().status.success());
        let whole = start.elapsed().as_micros() as usize;
        assert_same(folder.path(), &expected, "child");

        let (mut kills, mut rounds) = (0, 0);
        while kills < 20 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("new");
            let mut kept = BTreeSet::new();
            rounds += 1;
            loop {
                let mut child = child(&path, name);
                let output = child.stdout.take().unwrap();
                let lines = std::thread::spawn(move || {
                    let lines = BufReader::new(output).lines().map_while(Result::ok);
                    lines.filter_map(|line| line.strip_prefix("kept ")?.parse().ok()).collect::<Vec<usize>>()
                });
                std::thread::sleep(Duration::from_micros(random.below(whole) as u64));
                child.kill().unwrap();
                let finished = child.wait().unwrap().success();
                for point in lines.join().unwrap() {
                    assert!(kept.insert(point), "{name}: point {point} was computed twice");
                }
                if finished {
                    break;
                }
                kills += 1;
                if path.join("zarr.json").exists() {
                    let status = Store::open_read(&path).unwrap().status().unwrap();
                    for &point in &kept {
                        assert!(status[point].is_some(), "{name}: point {point} is lost");
                    }
                }
            }
            assert!(kept.len() <= points(&layout) && kept.len() + kills >= points(&layout));
            assert_same(&path, &expected, &format!("{name} after {kills} kills in {rounds} rounds"));
        }
    }
}

// A limit on the size of files stops the journal in the midst of a record, as a full disk does.
#[test]
#[cfg(unix)]
fn a_full_disk_loses_nothing() {
    let (layout, folder) = (large(), tempfile::tempdir().unwrap());
    let mut kept = BTreeSet::new();
    // Blocks of 512 bytes: the journal first, then the chunks, then metadata.
    for blocks in [5, 900, 1500, 3000] {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
        shell.arg(std::env::current_exe().unwrap());
        let output = command(folder.path(), "large", shell).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!output.status.success(), "{blocks} blocks were enough");
        let error = text.lines().find(|line| line.starts_with("error ")).unwrap_or_else(|| panic!("{text}"));
        for phrase in ["cannot write", "finished so far are kept: free space, then run again"] {
            assert!(error.contains(phrase), "{error}");
        }
        for line in text.lines() {
            if let Some(point) = line.strip_prefix("kept ") {
                assert!(kept.insert(point.parse::<usize>().unwrap()), "{point} was computed twice");
            }
        }
        if folder.path().join("zarr.json").exists() {
            let status = Store::open_read(folder.path()).unwrap().status().unwrap();
            assert!(kept.iter().all(|&point| status[point].is_some()), "a point is lost");
        }
    }
    assert!(kept.len() > 20, "{} points", kept.len());
    run(folder.path(), &layout, Shard::ALL);
    assert_same(folder.path(), &undisturbed(&layout), "after the disk had space again");
}
