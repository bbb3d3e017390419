//! Points whose samples are averaged: what is there of one, until all of it is.
//!
//! The runs of such a point are its base, 0, and its samples 1, 2, ..; the journal keeps each of them, the arrays the base, the means and their
//! standard errors.

use std::collections::BTreeMap;

use leyden_results::Means;

use super::{Layout, Progress, Record, Status};

/// One point in progress.
#[derive(Debug)]
pub(super) struct Gathered {
    base: Option<Record>,
    pub(super) means: Means,
}

impl Gathered {
    pub(super) fn new(layout: &Layout) -> Self {
        Gathered { base: None, means: Means::new(layout.samples, layout.numbers_per_run()) }
    }

    /// Whether a run is there.
    pub(super) fn has(&self, run: usize) -> bool {
        if run == 0 { self.base.is_some() } else { self.means.has(run) }
    }

    /// How many are there.
    pub(super) fn filled(&self) -> usize {
        usize::from(self.base.is_some()) + self.means.filled()
    }

    /// How they ended.
    fn count(&self, progress: &mut Progress) {
        self.base.iter().for_each(|base| progress.count(base.status));
        progress.done += self.means.filled() - self.means.failed();
        progress.failed += self.means.failed();
    }

    /// Takes a run that is not there.
    pub(super) fn insert(&mut self, run: usize, record: &Record) {
        match run {
            0 => self.base = Some(record.clone()),
            sample => {
                self.means.add(sample, &record.values, record.status == Status::Failed, &record.reason);
            }
        }
    }

    /// The point, once all runs are there; failed if one of them is.
    fn record(&self, layout: &Layout) -> Option<Record> {
        let base = self.base.as_ref().filter(|_| self.means.is_complete())?;
        let failed = self.means.failed() > 0 || base.status == Status::Failed;
        let of_base = (!base.reason.is_empty()).then(|| base.reason.clone());
        let of_samples = self.means.why(|place| layout.name_of_number(place));
        // What is wrong with samples is said nowhere else.
        let reasons = match base.status {
            Status::Failed => [of_base, of_samples],
            Status::Done => [of_samples, of_base],
        };
        Some(Record {
            status: if failed { Status::Failed } else { Status::Done },
            values: [&base.values, &self.means.mean()[..], &self.means.standard_error()].concat(),
            reason: reasons.into_iter().flatten().collect::<Vec<String>>().join("; "),
            method: base.method.clone(),
        })
    }
}

/// Points in progress by number.
#[derive(Debug, Default)]
pub(super) struct Gathering(BTreeMap<usize, Gathered>);

impl Gathering {
    /// Whether a run of a point in progress is there.
    pub(super) fn has(&self, point: usize, run: usize) -> bool {
        self.0.get(&point).is_some_and(|gathered| gathered.has(run))
    }

    /// How many runs are there.
    pub(super) fn filled(&self) -> usize {
        self.0.values().map(Gathered::filled).sum()
    }

    /// Counts the runs of a point in progress.
    pub(super) fn count(&self, point: usize, progress: &mut Progress) {
        self.0.get(&point).into_iter().for_each(|gathered| gathered.count(progress));
    }

    /// Takes a run that is not there; the point, if it was the last one.
    pub(super) fn insert(
        &mut self,
        layout: &Layout,
        point: usize,
        run: usize,
        record: &Record,
    ) -> Option<Record> {
        if layout.samples == 0 {
            return Some(record.clone());
        }
        let gathered = self.0.entry(point).or_insert_with(|| Gathered::new(layout));
        gathered.insert(run, record);
        let whole = gathered.record(layout)?;
        self.0.remove(&point);
        Some(whole)
    }
}
