//! A chunk in progress: the points that are there, in the order of the chunk.

use std::path::Path;

use super::files::Files;
use super::plan::Plan;
use super::{Record, StoreError};

/// Points of one chunk. Places beyond the edge of the study keep the fill value.
#[derive(Debug)]
pub(super) struct Tile {
    chunk: usize,
    /// Numbers of every variable.
    values: Vec<Vec<f64>>,
    reasons: Vec<String>,
    methods: Vec<String>,
    status: Vec<u8>,
    /// Points there, and points that belong there.
    filled: usize,
    members: usize,
}

impl Tile {
    /// Nothing yet of `chunk`.
    pub(super) fn new(plan: &Plan, chunk: usize) -> Self {
        let places = plan.grid.places();
        let empty = |variable| vec![f64::NAN; places * plan.layout.numbers(variable)];
        Tile {
            chunk,
            values: plan.layout.variables.iter().map(empty).collect(),
            reasons: vec![String::new(); places],
            methods: vec![String::new(); places],
            status: vec![0; places],
            filled: 0,
            members: plan.grid.members(chunk).count(),
        }
    }

    /// Whether the point at `place` is there.
    pub(super) fn has(&self, place: usize) -> bool {
        self.status[place] != 0
    }

    /// How many points are there.
    pub(super) fn filled(&self) -> usize {
        self.filled
    }

    /// Whether all points are there.
    pub(super) fn is_full(&self) -> bool {
        self.filled == self.members
    }

    /// Takes a new point.
    pub(super) fn insert(&mut self, plan: &Plan, place: usize, record: &Record) {
        let mut rest = record.values.as_slice();
        for (values, variable) in self.values.iter_mut().zip(&plan.layout.variables) {
            let (mine, others) = rest.split_at(plan.layout.numbers(variable));
            values[place * mine.len()..][..mine.len()].copy_from_slice(mine);
            rest = others;
        }
        self.reasons[place].clone_from(&record.reason);
        self.methods[place].clone_from(&record.method);
        self.status[place] = record.status.code();
        self.filled += 1;
    }

    /// Writes the chunk of every array, `status` last: with it the chunk is finished.
    pub(super) fn write(&self, plan: &Plan, root: &Path, files: &Files) -> Result<(), StoreError> {
        let indices = plan.grid.indices(self.chunk);
        for (array, values) in plan.variables.iter().zip(&self.values) {
            array.write(root, files, &indices, values)?;
        }
        plan.reason.write(root, files, &indices, &self.reasons)?;
        plan.method.write(root, files, &indices, &self.methods)?;
        plan.status.write(root, files, &indices, &self.status)
    }
}
