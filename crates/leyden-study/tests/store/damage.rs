//! Files that are cut, changed or gone.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use leyden_study::store::{Shard, Store, StoreError};

use crate::study::*;

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
        if (end - HEADER).is_multiple_of(61) {
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
        &["axis_0/c.0", "axis_1/zarr.json", "time/c.0"],
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
fn whatever_is_damaged_is_mended_by_the_next_run() {
    let (layout, folder) = (small(), tempfile::tempdir().unwrap());
    run(folder.path(), &layout, Shard::ALL);
    let expected = files(folder.path());
    for (name, bytes) in &expected {
        for place in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1;
            // The group itself says what study it is: where that cannot be read, or is another one, the run is refused.
            let is_group = name.as_path() == Path::new("zarr.json");
            for damage in [bytes[..place].to_vec(), flipped] {
                fs::write(folder.path().join(name), &damage).unwrap();
                match Store::open(folder.path(), &layout, Shard::ALL).map(drop) {
                    Ok(()) => drop(run(folder.path(), &layout, Shard::ALL)),
                    Err(error) => {
                        assert!(is_group, "{}: {error}", name.display());
                        fs::write(folder.path().join(name), bytes).unwrap();
                    }
                }
                assert_same(folder.path(), &expected, &format!("{} at {place}", name.display()));
            }
        }
    }
}

#[test]
fn a_damaged_file_is_named_with_the_cure() {
    let (layout, folder) = (small(), tempfile::tempdir().unwrap());
    run(folder.path(), &layout, Shard::ALL);
    let expected = files(folder.path());
    for name in ["scalar_1/c.1.0", "status/c.0.0", "reason/c.0.0", "axis_1/c.0"] {
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
                reader.reasons()?;
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
