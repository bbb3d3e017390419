//! A sweep whose points are computed elsewhere: pieces of points go out, messages of records come back, and one process writes the store.
//!
//! A piece is some points of few lines (see [`sweep`](crate::sweep)); a message holds their records as they stand in a journal, each with its
//! checksum. Whoever computes needs the text of the scenario and no disk.

use std::path::Path;

use leyden::Progress as Told;
use leyden_scenario::Scenario;

use crate::point::Points;
use crate::store::{Progress, Shard, Store, StoreError, read_records, write_record};
use crate::sweep::{Work, layout, layout_alone, place};

/// The records of some points as a message; `None` where `told` was cancelled.
pub fn computed(scenario: &Scenario, points: &[usize], memory_limit: f64, told: &Told) -> Option<Vec<u8>> {
    let runs = Points::new(scenario, memory_limit, 1).cancelled_by(told);
    let layout = layout(scenario, &runs);
    let mut message = Vec::new();
    for &point in points {
        let (values, sample) = place(scenario, &layout, point);
        write_record(&mut message, &layout, point, &runs.run(&values, sample)?);
    }
    Some(message)
}

/// The side that hands out and writes.
#[derive(Debug)]
pub struct Handout {
    store: Store,
    work: Work,
    /// The rest of a line of which a piece took a part.
    rest: Vec<usize>,
}

impl Handout {
    /// What is missing of a sweep in the folder at `path`.
    ///
    /// # Errors
    /// [`StoreError`] when the folder cannot be used.
    pub fn open(scenario: &Scenario, path: &Path) -> Result<Self, StoreError> {
        let layout = layout_alone(scenario);
        let store = Store::open(path, &layout, Shard::ALL)?;
        let work = Work::new(layout, &store);
        Ok(Handout { store, work, rest: Vec::new() })
    }

    /// Points that nobody has yet, at most so many and at least one; `None` where all were handed out.
    pub fn next(&mut self, most: usize) -> Option<Vec<usize>> {
        let mut piece = std::mem::take(&mut self.rest);
        while piece.len() < most.max(1)
            && let Some(more) = self.work.next(&self.store)
        {
            piece.extend(more);
        }
        self.rest = piece.split_off(most.max(1).min(piece.len()));
        (!piece.is_empty()).then_some(piece)
    }

    /// Takes the records of a piece.
    ///
    /// # Errors
    /// [`StoreError`] when the message is none of this study, or the store cannot be written.
    pub fn take(&mut self, message: &[u8]) -> Result<(), StoreError> {
        for (point, record) in read_records(message, &self.work.layout)? {
            match self.store.append(point, &record) {
                // Who was given up for dead may answer after all.
                Err(StoreError::Finished { .. }) => {}
                other => other?,
            }
        }
        Ok(())
    }

    /// How far the sweep is.
    pub fn progress(&self) -> Progress {
        self.store.progress()
    }

    /// Ends the sweep, or what of it was done.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    pub fn finish(self) -> Result<Progress, StoreError> {
        self.store.finish()
    }
}
