//! Shards, merging and threads: the bytes of an undisturbed run.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use leyden_study::store::{Layout, Shard, Store, StoreError, merge};

use crate::study::*;

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

/// All shards of a new division start at once and take over what an old one has left.
#[test]
fn shards_that_start_together_take_over_together() {
    let layout = small();
    let expected = undisturbed(&layout);
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        for index in 1..=2 {
            let mut store = Store::open(folder.path(), &layout, shard(index, 2)).unwrap();
            for chunk in store.chunks_to_do().collect::<Vec<_>>() {
                // All but the last of every chunk stay in the journal.
                for point in store.points_of(chunk).into_iter().rev().skip(1) {
                    store.append(point, &record(&layout, point)).unwrap();
                }
            }
        }
        std::thread::scope(|scope| {
            for index in 1..=4 {
                let (layout, folder) = (&layout, folder.path());
                scope.spawn(move || assert_eq!(run(folder, layout, shard(index, 4)).missing(), 0));
            }
        });
        // The merge takes away what nobody needs any more.
        merge(folder.path(), &[] as &[&Path]).unwrap();
        assert_same(folder.path(), &expected, "taken over");
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
        let mut random = fastrand::Rng::with_seed(threads as u64);
        for last in (1..points.len()).rev() {
            points.swap(last, random.usize(..=last));
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
