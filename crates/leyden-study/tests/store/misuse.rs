//! What is refused, and what is said then.

use std::fs;
use std::path::Path;

use leyden_study::store::{Layout, Record, Shard, Store, StoreError};

use crate::killed::child;
use crate::study::*;

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
    // Nor may a file stand where an array goes.
    let taken = tempfile::tempdir().unwrap();
    fs::write(taken.path().join("scalar_0"), "a file").unwrap();
    let error = Store::open(taken.path(), &layout, Shard::ALL).unwrap_err();
    assert!(matches!(&error, StoreError::NotAFolder { path } if path.ends_with("scalar_0")), "{error}");
    assert_eq!(fs::read(taken.path().join("scalar_0")).unwrap(), b"a file");
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
    for name in ["", "..", "a/b", "__x", "größe", "a\\b", "a b"] {
        refused(&|layout| layout.axes[0].key = name.into(), "cannot name an array");
        refused(&|layout| layout.variables[0].name = name.into(), "cannot name an array");
    }
    for name in ["time", "status", "reason", "method", "scalar_1", "axis_1"] {
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
    let here = format!("is being written by process {} on ", std::process::id());
    for refused in [shard(1, 2), shard(2, 2), Shard::ALL, shard(1, 3)] {
        let message = open(refused).unwrap_err().to_string();
        assert!(message.contains(&here) && message.ends_with(" UTC; wait until it ends"), "{message}");
    }
    // A holder on another machine may be dead, and its server may not know; one that does not say who it is has no cure.
    let lock = folder.path().join("shard-2-of-2.lock");
    let ours = fs::read_to_string(&lock).unwrap();
    let (_, rest) = ours.split_once("\",").unwrap();
    fs::write(&lock, format!("{{\"host\":\"far\",{rest}")).unwrap();
    let message = open(shard(2, 2)).unwrap_err().to_string();
    let cure = format!("wait until it ends; if far is dead and its lock stays, remove {}", lock.display());
    assert!(message.ends_with(&cure), "{message}");
    fs::write(&lock, "").unwrap();
    let message = open(shard(2, 2)).unwrap_err().to_string();
    assert!(message.ends_with("is being written by another process; wait until it ends"), "{message}");
    fs::write(&lock, ours).unwrap();
    // Nor in another process.
    let lines = child(folder.path(), "small").wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&lines.stdout).into_owned();
    assert!(!lines.status.success() && text.contains(&here), "{text}");
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
