//! Sweeps: the points of a study over threads, each on disk as soon as it is finished.
//!
//! Points are handed out in lines along the axis whose points share work (dephasing or detuning of the charger), so that a
//! line costs one decomposition. Results do not depend on who computes them, and memory does not grow with the number of points:
//! only chunks in progress are held.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;

use leyden::Method;
use leyden::charge::System;
use leyden_scenario::{Scenario, Unit};
use serde_json::{Map, Value, json};

use crate::point::{Points, axis_units};
use crate::store::{Axis, Layout, Progress, Shard, Store, StoreError};

/// Points of a line that one thread takes at once.
const BATCH: usize = 32;

/// Runs what is missing of a sweep in the folder at `path`; `threads` at least 1, `memory_limit` in bytes for all of them.
///
/// `report` is called after every point. An interrupted sweep is continued by the same call.
///
/// # Errors
/// [`StoreError`] when the folder cannot be used; failing points are recorded in it instead.
///
/// # Panics
/// When a worker thread panics.
pub fn sweep(
    scenario: &Scenario,
    path: &Path,
    shard: Shard,
    threads: usize,
    memory_limit: f64,
    report: &(dyn Fn(Progress) + Sync),
) -> Result<Progress, StoreError> {
    let points = Points::new(scenario, memory_limit / threads as f64);
    let layout = layout(scenario, &points);
    let store = Store::open(path, &layout, shard)?;
    let mut work =
        Work { grid: Grid::of(&layout), chunks: store.chunks_to_do().collect(), batches: VecDeque::new() };
    report(store.progress());
    work.refill(&store);
    let grid = Grid::of(&layout);
    let shared = Mutex::new((work, store));
    let failed: Mutex<Option<StoreError>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let batch = {
                        let (work, store) = &mut *shared.lock().expect("no panic holds the lock");
                        work.next(store)
                    };
                    let Some(batch) = batch else { break };
                    for point in batch {
                        let record = points.run(&grid.values(point));
                        let (_, store) = &mut *shared.lock().expect("no panic holds the lock");
                        if let Err(error) = store.append(point, &record) {
                            failed.lock().expect("no panic holds the lock").get_or_insert(error);
                        }
                        if failed.lock().expect("no panic holds the lock").is_some() {
                            return;
                        }
                        report(store.progress());
                    }
                }
            });
        }
    });
    if let Some(error) = failed.into_inner().expect("no panic holds the lock") {
        return Err(error);
    }
    let (_, store) = shared.into_inner().expect("no panic holds the lock");
    store.finish()
}

/// Points numbered row by row.
#[derive(Clone, Copy)]
struct Grid<'a> {
    layout: &'a Layout,
}

impl<'a> Grid<'a> {
    fn of(layout: &'a Layout) -> Self {
        Grid { layout }
    }

    fn indices(&self, point: usize) -> Vec<usize> {
        let mut rest = point;
        let mut indices: Vec<usize> = Vec::with_capacity(self.layout.axes.len());
        for axis in self.layout.axes.iter().rev() {
            indices.push(rest % axis.values.len());
            rest /= axis.values.len();
        }
        indices.reverse();
        indices
    }

    fn values(&self, point: usize) -> Vec<f64> {
        self.indices(point).iter().zip(&self.layout.axes).map(|(&i, axis)| axis.values[i]).collect()
    }
}

/// What is left to hand out.
struct Work<'a> {
    grid: Grid<'a>,
    chunks: VecDeque<usize>,
    batches: VecDeque<Vec<usize>>,
}

impl Work<'_> {
    fn next(&mut self, store: &Store) -> Option<Vec<usize>> {
        if self.batches.is_empty() {
            self.refill(store);
        }
        self.batches.pop_front()
    }

    /// The points of the next chunk that has any, in lines along the fast axis.
    fn refill(&mut self, store: &Store) {
        while self.batches.is_empty() {
            let Some(chunk) = self.chunks.pop_front() else { return };
            let fast = self.grid.layout.fast_axis;
            let mut points: Vec<(usize, Vec<usize>)> = store
                .points_of(chunk)
                .into_iter()
                .map(|point| {
                    let mut line = self.grid.indices(point);
                    if let Some(fast) = fast {
                        line[fast] = 0;
                    }
                    (point, line)
                })
                .collect();
            points.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
            for (point, line) in &points {
                let same = fast.is_some();
                match self.batches.back_mut() {
                    Some(batch)
                        if batch.len() < BATCH && same && {
                            let mut last = self.grid.indices(batch[0]);
                            last[fast.unwrap_or(0)] = 0;
                            last == *line
                        } =>
                    {
                        batch.push(*point);
                    }
                    _ => self.batches.push_back(vec![*point]),
                }
            }
        }
    }
}

/// Axes whose points share a decomposition.
const SHARED: [&str; 3] = ["charger.dephasing", "charger.detuning", "charger.frequency"];

fn layout(scenario: &Scenario, points: &Points<'_>) -> Layout {
    let axes: Vec<Axis> = scenario
        .axes
        .iter()
        .map(|axis| Axis {
            key: axis.key.to_string(),
            values: axis.values.clone(),
            units: axis_units(&axis.key).into(),
            long_name: axis.key.state.map_or_else(
                || axis.key.key().doc.split(" (").next().unwrap_or_default().to_string(),
                |state| format!("{state} number of the initial state of the {}", axis.key.name),
            ),
        })
        .collect();
    // A single axis stays in chunks that shards can divide; threads share decompositions anyway.
    let shared = SHARED.iter().find_map(|key| axes.iter().position(|axis| axis.key == *key));
    let fast_axis = shared.filter(|_| axes.len() > 1);
    Layout {
        axes,
        times: scenario.times.clone(),
        time_units: "1/(reference frequency)".into(),
        variables: points.variables(),
        scenario: scenario.text.clone(),
        fast_axis,
        attributes: attributes(scenario),
    }
}

fn attributes(scenario: &Scenario) -> Map<String, Value> {
    let reference = match scenario.unit {
        Unit::Natural => None,
        Unit::Reference(omega) => Some(omega),
    };
    let json = json!({
        "schema": "leyden-store/1",
        "title": scenario.title,
        "version": env!("CARGO_PKG_VERSION"),
        "method": scenario.method.map_or("auto", Method::name),
        "tolerance": scenario.tolerance,
        "seed": null,
        "reference": reference,
        "cells": scenario.system.cells(),
    });
    match json {
        Value::Object(map) => map,
        _ => unreachable!("an object was written above"),
    }
}
