//! Sweeps: the points of a study over threads, each on disk as soon as it is finished.
//!
//! Points are handed out in lines along the axis whose points share work (dephasing or detuning of the charger), so that a
//! line costs one decomposition. Results do not depend on who computes them, and memory does not grow with the number of points:
//! only chunks in progress are held.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;

use leyden::charge::System;
use leyden::{Method, Progress as Told};
use leyden_scenario::{Disorder, Scenario};
use serde_json::{Map, Value, json};

use crate::point::{Points, axis_name};
use crate::store::{Axis, Layout, Progress, Shard, Store, StoreError, StoreReader};

/// Points of a line that one thread takes at once.
const BATCH: usize = 32;

/// Runs what is missing of a sweep in the folder at `path`; `threads` at least 1, `memory_limit` in bytes for all of them.
///
/// `report` is called after every point. Where `told` is cancelled it ends, as far as it has come: an interrupted sweep is continued by the
/// same call.
///
/// # Errors
/// [`StoreError`] when the folder cannot be used; failing points are recorded in it instead.
///
/// # Panics
/// When `report` panics.
pub fn sweep(
    scenario: &Scenario,
    path: &Path,
    shard: Shard,
    threads: usize,
    memory_limit: f64,
    told: &Told,
    report: &(dyn Fn(Progress) + Sync),
) -> Result<Progress, StoreError> {
    let points = Points::new(scenario, memory_limit, threads).cancelled_by(told);
    let layout = layout(scenario, &points);
    let store = Store::open(path, &layout, shard)?;
    compute(scenario, &layout, store, &points, threads, report)?.finish()
}

/// Computes what is missing in a store, or as far as nobody cancels the points.
pub(crate) fn compute(
    scenario: &Scenario,
    layout: &Layout,
    store: Store,
    points: &Points<'_>,
    threads: usize,
    report: &(dyn Fn(Progress) + Sync),
) -> Result<Store, StoreError> {
    let work = Work::new(layout.clone(), &store);
    report(store.progress());
    let shared = Mutex::new((work, store, None));
    let lock = || shared.lock().expect("no panic holds the lock");
    let next_batch = || {
        let (work, store, _) = &mut *lock();
        work.next(store)
    };
    let work = || {
        while let Some(batch) = next_batch() {
            for point in batch {
                let (values, sample) = place(scenario, layout, point);
                let Some(record) = points.run(&values, sample) else { return };
                let (_, store, failed) = &mut *lock();
                if let Err(error) = store.append(point, &record) {
                    failed.get_or_insert(error);
                }
                if failed.is_some() {
                    return;
                }
                report(store.progress());
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            // A thread that cannot be started is missed by nobody but the clock.
            if std::thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let (_, store, failed) = shared.into_inner().expect("no panic holds the lock");
    failed.map_or(Ok(store), Err)
}

/// Values of the axes at a point or at a run of it, and its sample of `[disorder]`, counted from 1.
pub(crate) fn place(scenario: &Scenario, layout: &Layout, point: usize) -> (Vec<f64>, Option<usize>) {
    let runs = layout.runs();
    let indices = layout.indices(point / runs);
    // The store shows the units of the file.
    let at = indices.iter().zip(&scenario.axes).map(|(&i, axis)| axis.values[i]);
    let kept = || indices.get(scenario.axes.len()).map(|sample| sample + 1);
    (at.collect(), Some(point % runs).filter(|run| *run > 0).or_else(kept))
}

/// Makes the store of a sweep in the folder at `path` without any point, unless it is there.
///
/// # Errors
/// [`StoreError`] when the folder cannot be written or holds something else.
pub fn begin(scenario: &Scenario, path: &Path) -> Result<StoreReader, StoreError> {
    Store::create(path, &layout_alone(scenario))
}

/// The shards of a sweep in a division into `count`, before any point is computed; some own no points where there are many.
///
/// # Errors
/// [`StoreError`] when the sweep cannot be stored.
pub fn shards(scenario: &Scenario, count: usize) -> Result<Vec<Progress>, StoreError> {
    layout_alone(scenario).shards(count)
}

/// The layout of a sweep that does not run here.
pub(crate) fn layout_alone(scenario: &Scenario) -> Layout {
    layout(scenario, &Points::new(scenario, f64::INFINITY, 1))
}

/// What is left to hand out.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) layout: Layout,
    chunks: VecDeque<usize>,
    batches: VecDeque<Vec<usize>>,
}

impl Work {
    pub(crate) fn new(layout: Layout, store: &Store) -> Self {
        Work { layout, chunks: store.chunks_to_do().collect(), batches: VecDeque::new() }
    }

    /// The next batch, from the next chunk that has any.
    pub(crate) fn next(&mut self, store: &Store) -> Option<Vec<usize>> {
        while self.batches.is_empty() {
            let chunk = self.chunks.pop_front()?;
            let points = store.points_of(chunk).into_iter();
            let mut points: Vec<_> = points.map(|point| (self.line(point), point)).collect();
            points.sort_unstable();
            for line in points.chunk_by(|a, b| a.0 == b.0) {
                let batches = line.chunks(BATCH);
                self.batches.extend(batches.map(|batch| batch.iter().map(|(_, point)| *point).collect()));
            }
        }
        self.batches.pop_front()
    }

    /// The indices of the first point of the line of a point; its own if points share nothing. Points of a line share what they share in one
    /// sample; without a line, samples of a point follow each other.
    fn line(&self, point: usize) -> Vec<usize> {
        let runs = self.layout.runs();
        let mut line = self.layout.indices(point / runs);
        if let Some(fast) = self.layout.fast_axis {
            line[fast] = 0;
            line.push(point % runs);
        }
        line
    }
}

/// Axes whose points share a decomposition.
const SHARED: [&str; 3] = ["charger.dephasing", "charger.detuning", "charger.frequency"];

pub(crate) fn layout(scenario: &Scenario, points: &Points<'_>) -> Layout {
    let axis = |axis: &leyden_scenario::Axis| {
        let unit = scenario.units.of_key(&axis.key.to_string());
        Axis {
            key: axis.key.to_string(),
            values: axis.values.iter().map(|&x| unit.typed(x)).collect(),
            whole: axis.key.is_whole(),
            units: unit.symbol,
            long_name: axis_name(&axis.key),
        }
    };
    let mut axes: Vec<Axis> = scenario.axes.iter().map(axis).collect();
    let kept = scenario.disorder.as_ref().filter(|disorder| disorder.keep);
    axes.extend(kept.map(|disorder| samples_axis(disorder.samples)));
    // A single axis stays in chunks that shards can divide; threads share decompositions anyway.
    let shared = SHARED.iter().find_map(|key| axes.iter().position(|axis| axis.key == *key));
    let fast_axis = shared.filter(|_| axes.len() > 1);
    let averaged =
        scenario.disorder.as_ref().map_or(0, |disorder| if disorder.keep { 0 } else { disorder.samples });
    Layout {
        axes,
        times: scenario.times.iter().map(|&t| scenario.units.time.typed(t)).collect(),
        time_units: scenario.units.time.symbol.clone(),
        variables: if averaged > 0 { points.averaged_variables() } else { points.variables() },
        samples: averaged,
        scenario: scenario.text.clone(),
        fast_axis,
        attributes: attributes(scenario),
    }
}

/// The attribute that holds the files which the scenario names.
pub(crate) const FILES: &str = "files";
/// The samples as an axis.
fn samples_axis(samples: usize) -> Axis {
    Axis {
        key: Disorder::AXIS.into(),
        values: (1..=samples).map(|sample| sample as f64).collect(),
        whole: true,
        units: "1".into(),
        long_name: "sample of the random parameters".into(),
    }
}

/// Whether points differ in their number of cells.
pub(crate) fn cells_vary(scenario: &Scenario) -> bool {
    let axes = scenario.axes.iter().map(|axis| axis.key);
    let random = scenario.disorder.iter().flat_map(|disorder| &disorder.keys).map(|random| random.key);
    axes.chain(scenario.ties.iter().map(|tie| tie.key)).chain(random).any(|key| key.counts_cells())
}

fn attributes(scenario: &Scenario) -> Map<String, Value> {
    let attributes = json!({
        "schema": "leyden-store/1",
        "title": scenario.title,
        "version": env!("CARGO_PKG_VERSION"),
        "method": scenario.method.map_or("auto", Method::name),
        "tolerance": scenario.tolerance,
        "seed": scenario.disorder.as_ref().map(|disorder| disorder.seed),
        "reference": scenario.reference,
        "cells": if cells_vary(scenario) { Value::Null } else { scenario.system.cells().into() },
    });
    let mut attributes = attributes.as_object().expect("an object was written above").clone();
    if !scenario.files().is_empty() {
        attributes.insert(FILES.into(), json!(scenario.files()));
    }
    attributes
}
