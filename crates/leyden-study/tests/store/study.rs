//! Studies to store, and what their folders must hold.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use leyden_study::store::{Axis, Layout, Progress, Record, Shard, Status, Store, Variable};
use serde_json::json;

/// Bytes of the header of a journal, and of a record without its numbers.
pub(crate) const HEADER: usize = 68;
pub(crate) const FIXED: usize = 246;

pub(crate) fn layout(lengths: &[usize], times: usize, scalars: usize, series: usize) -> Layout {
    let axis = |(index, &length): (usize, &usize)| Axis {
        key: format!("axis.{index}"),
        values: (0..length).map(|i| 0.1 * i as f64 + index as f64).collect(),
        whole: false,
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
        samples: 0,
        fast_axis: None,
        attributes: json!({ "version": "0.1.0", "tolerance": 1e-8, "seed": null })
            .as_object()
            .unwrap()
            .clone(),
    }
}

/// The layout of most tests: 16 chunks, those at the edges not full.
pub(crate) fn small() -> Layout {
    layout(&[5, 11], 3, 2, 1)
}

pub(crate) fn numbers(layout: &Layout) -> usize {
    layout.variables.iter().map(|v| if v.over_time { layout.times.len() } else { 1 }).sum()
}

pub(crate) fn points(layout: &Layout) -> usize {
    layout.axes.iter().map(|axis| axis.values.len()).product()
}

/// What the physics would give: some points fail, some values do not exist.
pub(crate) fn record(layout: &Layout, point: usize) -> Record {
    let value = |i| if (point + i) % 13 == 5 { -f64::NAN } else { ((point * 31 + i) as f64).sin() };
    match point % 7 {
        3 => Record {
            status: Status::Failed,
            values: vec![],
            reason: format!("étape {point}: {}", "長".repeat(80)),
            method: String::new(),
        },
        _ => Record {
            status: Status::Done,
            values: (0..numbers(layout)).map(value).collect(),
            reason: if point.is_multiple_of(5) { "inaccurate".into() } else { String::new() },
            method: if point.is_multiple_of(2) { "rabi-blocks".into() } else { "taylor".into() },
        },
    }
}

/// Computes what is missing, up to `most` points; the folder may be left unfinished.
pub(crate) fn compute(store: &mut Store, layout: &Layout, most: usize) {
    let chunks: Vec<usize> = store.chunks_to_do().collect();
    let points: Vec<usize> = chunks.into_iter().flat_map(|chunk| store.points_of(chunk)).collect();
    for point in points.into_iter().take(most) {
        store.append(point, &record(layout, point)).unwrap();
    }
}

/// One run from whatever is there to the end of the shard.
pub(crate) fn run(folder: &Path, layout: &Layout, shard: Shard) -> Progress {
    let mut store = Store::open(folder, layout, shard).unwrap();
    compute(&mut store, layout, usize::MAX);
    store.finish().unwrap()
}

/// All files below `folder`.
pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
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
pub(crate) fn undisturbed(layout: &Layout) -> BTreeMap<PathBuf, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), layout, Shard::ALL);
    files(folder.path())
}

pub(crate) fn assert_same(folder: &Path, expected: &BTreeMap<PathBuf, Vec<u8>>, context: &str) {
    let found = files(folder);
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{context}");
    for (path, bytes) in expected {
        assert!(&found[path] == bytes, "{context}: {} differs", path.display());
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    for (path, bytes) in files(from) {
        fs::create_dir_all(to.join(&path).parent().unwrap()).unwrap();
        fs::write(to.join(path), bytes).unwrap();
    }
}

pub(crate) fn shard(index: usize, count: usize) -> Shard {
    Shard::new(index, count).unwrap()
}

/// Whether `stored` are the bits of `given`; every NaN is stored as the same one.
fn same(stored: f64, given: f64) -> bool {
    stored.to_bits() == if given.is_nan() { f64::NAN } else { given }.to_bits()
}

/// Everything a reader sees agrees with the records of the points that are `there`.
pub(crate) fn assert_reads(folder: &Path, layout: &Layout, there: impl Fn(usize) -> bool) {
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
    let reasons = reader.reasons().unwrap();
    for (point, (status, reason)) in status.into_iter().zip(&reasons).enumerate() {
        let expected = record(layout, point);
        assert_eq!(status, there(point).then_some(expected.status), "point {point}");
        match there(point) {
            true => {
                assert!(expected.reason.starts_with(reason) && reason.len() >= expected.reason.len().min(197))
            }
            false => assert_eq!(reason, ""),
        }
    }
}

/// A layout whose journal is shortened on the way: 40 kB a point.
pub(crate) fn large() -> Layout {
    layout(&[16, 20], 1000, 1, 5)
}
