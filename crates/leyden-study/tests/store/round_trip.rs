//! What is written is read, at any moment.

use std::collections::BTreeSet;
use std::path::PathBuf;

use leyden_study::store::{Layout, Progress, Shard, Store};

use crate::study::*;

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
