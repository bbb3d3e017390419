//! Points that are averaged over samples: the bytes do not tell in which order runs came, by whom, or what happened on the way.

use std::fs;

use leyden_study::store::{Layout, Record, Shard, Status, Store, merge};

use crate::study::{assert_same, files, layout, shard};

const SAMPLES: usize = 7;

/// Base, means and standard errors of two numbers and a series.
fn averaged(lengths: &[usize], times: usize) -> Layout {
    Layout { samples: SAMPLES, ..layout(lengths, times, 6, 3) }
}

fn runs(layout: &Layout) -> usize {
    layout.axes.iter().map(|axis| axis.values.len()).product::<usize>() * (SAMPLES + 1)
}

/// What the physics would give of a run: one sample of point 3 fails, one of point 4 lacks a number.
fn record(layout: &Layout, run: usize) -> Record {
    // The store orders variables as scalars and series; a third of the numbers is a run.
    let numbers = (6 + 3 * layout.times.len()) / 3;
    let failed = run == 3 * (SAMPLES + 1) + 2;
    let value =
        |i| if run == 4 * (SAMPLES + 1) + 5 && i == 1 { f64::NAN } else { ((run * 31 + i) as f64).sin() };
    Record {
        status: if failed { Status::Failed } else { Status::Done },
        values: if failed { Vec::new() } else { (0..numbers).map(value).collect() },
        reason: if failed { "too stiff".into() } else { String::new() },
        method: "taylor".into(),
    }
}

/// All runs of a shard that are missing, in the order of a hash.
fn scrambled(store: &Store, seed: usize) -> Vec<usize> {
    let mut runs: Vec<usize> = store.chunks_to_do().flat_map(|chunk| store.points_of(chunk)).collect();
    runs.sort_by_key(|run| (run * 2_654_435_761 + seed) % 1_000_003);
    runs
}

#[test]
fn numbers_are_those_of_the_samples() {
    // Six scalars then: base 0 and 1, means 2 and 3, errors 4 and 5, as the series 0, 1 and 2 have their parts in a layout of their own.
    let layout = Layout { variables: averaged(&[5], 0).variables[..6].to_vec(), ..averaged(&[5], 0) };
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
    assert_eq!(store.progress().total, 5 * (SAMPLES + 1));
    let of = |run: usize| Record {
        values: record(&layout, run).values.into_iter().take(2).collect(),
        ..record(&layout, run)
    };
    for run in scrambled(&store, 5) {
        store.append(run, &of(run)).unwrap();
    }
    store.finish().unwrap();
    let reader = Store::open_read(folder.path()).unwrap();
    assert_eq!((reader.samples(), reader.points()), (SAMPLES, 5));
    let read = |name: &str| reader.read(name).unwrap();
    for point in 0..5 {
        for number in 0..2 {
            let x: Vec<f64> = (1..=SAMPLES)
                .map(|k| of(point * (SAMPLES + 1) + k).values)
                .map(|v| *v.get(number).unwrap_or(&f64::NAN))
                .collect();
            let n = SAMPLES as f64;
            let mean = x.iter().sum::<f64>() / n;
            let error = (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt();
            let found = [0, 2, 4].map(|part| read(&format!("scalar_{}", part + number))[point]);
            assert_eq!(found[0], of(point * (SAMPLES + 1)).values[number]);
            if mean.is_nan() {
                assert!(found[1].is_nan() && found[2].is_nan() && (point == 3 || number == 1));
            } else {
                assert!((found[1] - mean).abs() < 1e-15 && (found[2] - error).abs() < 1e-15, "{found:?}");
            }
        }
    }
    let reasons = reader.reasons().unwrap();
    assert_eq!(reasons[3], "1 of 7 samples failed, sample 2: too stiff");
    assert!(reasons[4].starts_with("scalar_1: 1 of 7 samples lack it, sample 5"), "{}", reasons[4]);
    let status: Vec<_> = reader.status().unwrap().into_iter().map(Option::unwrap).collect();
    assert_eq!(status.iter().filter(|status| **status == Status::Failed).count(), 1);
    assert!(reasons[0].is_empty() && status[3] == Status::Failed);
}

#[test]
fn bytes_do_not_depend_on_order_shards_or_interruptions() {
    let layout = averaged(&[5, 11], 3);
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut store = Store::open(at("straight"), &layout, Shard::ALL).unwrap();
    for run in 0..runs(&layout) {
        store.append(run, &record(&layout, run)).unwrap();
    }
    store.finish().unwrap();
    let expected = files(&at("straight"));
    // Interrupted after every 50 runs.
    for round in 0.. {
        let mut store = Store::open(at("broken"), &layout, Shard::ALL).unwrap();
        assert_eq!(store.progress().missing(), runs(&layout) - (50 * round).min(runs(&layout)));
        for run in scrambled(&store, round).into_iter().take(50) {
            store.append(run, &record(&layout, run)).unwrap();
            assert!(store.append(run, &record(&layout, run)).is_err());
        }
        if store.progress().missing() == 0 {
            store.finish().unwrap();
            break;
        }
    }
    assert_same(&at("broken"), &expected, "broken");
    // Begun as one, ended as three; and in three folders.
    for (name, begun) in [("three", 100), ("folders", 0)] {
        let mut store = Store::open(at(name), &layout, Shard::ALL).unwrap();
        for run in scrambled(&store, 3).into_iter().take(begun) {
            store.append(run, &record(&layout, run)).unwrap();
        }
        drop(store);
        let path = |i: usize| if begun > 0 { at(name) } else { at(&format!("{name}-{i}")) };
        for i in 1..=3 {
            let mut store = Store::open(path(i), &layout, shard(i, 3)).unwrap();
            for run in scrambled(&store, i) {
                store.append(run, &record(&layout, run)).unwrap();
            }
            store.finish().unwrap();
        }
        if begun == 0 {
            let merged = merge(at(name), &[path(1), path(2), path(3)]).unwrap();
            assert_eq!((merged.total, merged.missing()), (runs(&layout), 0));
        }
        assert_same(&at(name), &expected, name);
    }
}

/// A point fails with its base as with a sample; the reason of the base stands first where that is what failed.
#[test]
fn a_point_whose_base_failed_has_failed() {
    let layout = averaged(&[3], 2);
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
    for run in scrambled(&store, 1) {
        let (point, of_point) = (run / (SAMPLES + 1), run % (SAMPLES + 1));
        // Of point 0 the base, of point 1 base and sample 4.
        let failed = of_point == 0 && point < 2 || (point, of_point) == (1, 4);
        let reason = if of_point == 0 { "base" } else { "too stiff" };
        let good = record(&layout, 0);
        let bad =
            Record { status: Status::Failed, reason: reason.into(), values: Vec::new(), ..good.clone() };
        store.append(run, if failed { &bad } else { &good }).unwrap();
    }
    store.finish().unwrap();
    let reader = Store::open_read(folder.path()).unwrap();
    let status = reader.status().unwrap();
    assert_eq!(status, [Some(Status::Failed), Some(Status::Failed), Some(Status::Done)]);
    let reasons = reader.reasons().unwrap();
    assert_eq!(reasons[0], "base");
    assert_eq!(reasons[1], "base; 1 of 7 samples failed, sample 4: too stiff");
}

/// Runs count before their point is whole, also those that came early and those that failed.
#[test]
fn runs_of_points_in_progress_are_seen_from_outside() {
    let layout = averaged(&[5, 11], 3);
    let folder = tempfile::tempdir().unwrap();
    let reader = Store::create(folder.path(), &layout).unwrap();
    let (all, of_point) = (runs(&layout), SAMPLES + 1);
    let mut store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
    // Point 0 whole; of point 3 the base and samples 2, which fails, and 3; nothing else.
    let some = (0..of_point).chain([3 * of_point + 2, 3 * of_point + 3, 3 * of_point]);
    for (count, run) in (1..).zip(some) {
        store.append(run, &record(&layout, run)).unwrap();
        let seen = reader.shards(1).unwrap()[0];
        assert_eq!(seen, store.progress());
        let failed = usize::from(count > of_point);
        assert_eq!((seen.done, seen.failed, seen.total), (count - failed, failed, all));
        let whole = reader.progress().unwrap();
        assert_eq!((whole.done, whole.failed, whole.total), (count / of_point, 0, 55));
    }
    // In another division they are seen in the shards that will own them, and the writer says with how many it began.
    let shards = reader.shards(3).unwrap();
    assert_eq!(shards.iter().map(|shard| shard.done + shard.failed).sum::<usize>(), of_point + 3);
    assert_eq!(shards.iter().map(|shard| shard.total).sum::<usize>(), all);
    drop(store);
    let store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
    assert_eq!(reader.writers().unwrap()[0].holder.as_ref().unwrap().points, Some(of_point + 3));
    drop(store);
    let mut store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
    for run in scrambled(&store, 2) {
        store.append(run, &record(&layout, run)).unwrap();
    }
    store.finish().unwrap();
    // Of a whole point it is known that one of its runs failed.
    let (seen, whole) = (reader.shards(1).unwrap()[0], reader.progress().unwrap());
    assert_eq!((seen.done, seen.failed), (all - 1, 1));
    assert_eq!((whole.done, whole.failed), (54, 1));
}

/// The journal loses the runs of points that are in chunks, and none of others; whoever reads meanwhile sees whole points alone.
#[test]
fn the_journal_stays_short() {
    let layout = averaged(&[16, 4], 1000);
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("shard-1-of-1.journal");
    let mut store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
    // Of every point the last sample early.
    let early: Vec<usize> = (0..runs(&layout)).filter(|run| run % (SAMPLES + 1) == SAMPLES).collect();
    let rest = (0..runs(&layout)).filter(|run| run % (SAMPLES + 1) != SAMPLES);
    let (mut longest, mut shortened, mut before) = (0, 0, 0);
    for run in early.iter().copied().chain(rest) {
        store.append(run, &record(&layout, run)).unwrap();
        let bytes = fs::metadata(&journal).unwrap().len();
        shortened += usize::from(bytes < before);
        (longest, before) = (longest.max(bytes), bytes);
        if run == 20 * (SAMPLES + 1) + 3 {
            drop(store);
            let status = Store::open_read(folder.path()).unwrap().status().unwrap();
            assert_eq!(status.iter().flatten().count(), 20);
            store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
            assert_eq!(store.progress().missing(), runs(&layout) - early.len() - 20 * SAMPLES - 4);
        }
    }
    assert!(shortened >= 1 && longest < 8 << 20, "{shortened} times, {longest} bytes");
    store.finish().unwrap();
    let expected = tempfile::tempdir().unwrap();
    let mut store = Store::open(expected.path(), &layout, Shard::ALL).unwrap();
    (0..runs(&layout)).for_each(|run| store.append(run, &record(&layout, run)).unwrap());
    store.finish().unwrap();
    assert_same(folder.path(), &files(expected.path()), "shortened");
}
