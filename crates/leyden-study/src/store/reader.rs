//! The reading side of a store, at any moment of its life.

use std::path::{Path, PathBuf};

use super::gather::Gathering;
use super::journal;
use super::layout::{Axis, Variable};
use super::plan::Plan;
use super::{Record, Status, Store, StoreError};

/// A store open for reading.
#[derive(Debug)]
pub struct StoreReader {
    pub(super) root: PathBuf,
    pub(super) plan: Plan,
}

impl Store {
    /// Opens the store in the folder `path` for reading. It may be incomplete, and may be being written.
    ///
    /// # Errors
    /// [`StoreError::NotAStore`], or what is wrong with its metadata.
    pub fn open_read(path: impl AsRef<Path>) -> Result<StoreReader, StoreError> {
        let root = path.as_ref().to_path_buf();
        match Plan::read(&root)? {
            Some(plan) => Ok(StoreReader { root, plan }),
            None => Err(StoreError::NotAStore { path: root }),
        }
    }
}

impl StoreReader {
    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The scenario, word for word.
    pub fn scenario(&self) -> &str {
        &self.plan.layout.scenario
    }

    /// Axes; points are numbered row by row.
    pub fn axes(&self) -> &[Axis] {
        &self.plan.layout.axes
    }

    /// Times; empty if there are none.
    pub fn times(&self) -> &[f64] {
        &self.plan.layout.times
    }

    /// Units of the times.
    pub fn time_units(&self) -> &str {
        &self.plan.layout.time_units
    }

    /// Variables.
    pub fn variables(&self) -> &[Variable] {
        &self.plan.layout.variables
    }

    /// Attributes as the caller of [`Store::open`] gave them.
    pub fn attributes(&self) -> &serde_json::Map<String, serde_json::Value> {
        &self.plan.layout.attributes
    }

    /// Points of the study.
    pub fn points(&self) -> usize {
        self.plan.grid.points()
    }

    /// A variable: one number per point row by row, or one per point and time, times fastest. NaN where it is not computed.
    ///
    /// # Errors
    /// [`StoreError::NoSuchVariable`], or [`StoreError::Damaged`] naming the file.
    pub fn read(&self, name: &str) -> Result<Vec<f64>, StoreError> {
        let variables = self.variables();
        let Some(index) = variables.iter().position(|variable| variable.name == name) else {
            let known = variables.iter().map(|variable| variable.name.clone()).collect();
            return Err(StoreError::NoSuchVariable { path: self.root.clone(), name: name.into(), known });
        };
        let numbers = |variable| self.plan.layout.numbers(variable);
        let before: usize = variables[..index].iter().map(numbers).sum();
        let width = numbers(&variables[index]);
        let of_record = |record: Record| record.values[before..][..width].to_vec();
        self.collect(f64::NAN, width, of_record, |indices| {
            let values = self.plan.variables[index].read(&self.root, indices)?;
            if values.is_none() {
                self.must_be_unfinished(index, indices)?;
            }
            Ok(values)
        })
    }

    /// How every point ended; `None` where it is not computed.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] naming the file.
    pub fn status(&self) -> Result<Vec<Option<Status>>, StoreError> {
        let of_record = |record: Record| vec![Some(record.status)];
        self.collect(None, 1, of_record, |indices| {
            let codes = self.plan.status.read::<u8>(&self.root, indices)?;
            Ok(codes.map(|codes| codes.into_iter().map(Status::of).collect()))
        })
    }

    /// Why every point failed; empty where it did not, or is not computed.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] naming the file.
    pub fn reasons(&self) -> Result<Vec<String>, StoreError> {
        let of_record = |record: Record| vec![record.reason];
        self.collect(String::new(), 1, of_record, |indices| self.plan.reason.read(&self.root, indices))
    }

    /// How every point was solved; empty where it is not computed.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] naming the file.
    pub fn methods(&self) -> Result<Vec<String>, StoreError> {
        let of_record = |record: Record| vec![record.method];
        self.collect(String::new(), 1, of_record, |indices| self.plan.method.read(&self.root, indices))
    }

    /// `width` values of every point, from a journal or a chunk; `missing` where it is not computed.
    fn collect<T: Clone>(
        &self,
        missing: T,
        width: usize,
        of_record: impl Fn(Record) -> Vec<T>,
        of_chunk: impl Fn(&[usize]) -> Result<Option<Vec<T>>, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        // The journals first: what leaves them meanwhile is in the chunks.
        let (mut recent, mut gathering) = (Vec::new(), Gathering::default());
        let (layout, runs) = (&self.plan.layout, self.plan.layout.runs());
        self.replay(|point, record| {
            let (point, run) = (point / runs, point % runs);
            if !gathering.has(point, run) {
                let whole = gathering.insert(layout, point, run, &record);
                recent.extend(whole.map(|record| (point, of_record(record))));
            }
            Ok(())
        })?;
        let mut all = vec![missing; self.points() * width];
        for chunk in 0..self.plan.grid.chunks() {
            let Some(values) = of_chunk(&self.plan.grid.indices(chunk))? else { continue };
            for (point, place) in self.plan.grid.members(chunk) {
                all[point * width..][..width].clone_from_slice(&values[place * width..][..width]);
            }
        }
        for (point, values) in recent {
            all[point * width..][..width].clone_from_slice(&values);
        }
        Ok(all)
    }

    /// Points that are not computed.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] naming the file.
    pub fn missing(&self) -> Result<usize, StoreError> {
        Ok(self.status()?.iter().filter(|status| status.is_none()).count())
    }

    /// Samples over which every point is averaged; 0 where points are single runs.
    pub fn samples(&self) -> usize {
        self.plan.layout.samples
    }

    /// The runs of points in progress.
    pub(super) fn gathering(&self) -> Result<Gathering, StoreError> {
        let (mut gathering, layout) = (Gathering::default(), &self.plan.layout);
        self.replay(|point, record| {
            let (point, run) = (point / layout.runs(), point % layout.runs());
            if !gathering.has(point, run) {
                gathering.insert(layout, point, run, &record);
            }
            Ok(())
        })?;
        Ok(gathering)
    }

    /// Hands all points in journals, or their runs, to `each`.
    pub(super) fn replay(
        &self,
        mut each: impl FnMut(usize, Record) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for shard in journal::shards(&self.root)? {
            let path = journal::path(&self.root, shard);
            journal::replay(&path, self.plan.format, |point, record| {
                let points = self.plan.layout.all_runs();
                if point >= points {
                    return Err(StoreError::NoSuchPoint { point, points });
                }
                each(point, record)
            })?;
        }
        Ok(())
    }

    /// A file may be missing only while its chunk is not marked as finished.
    fn must_be_unfinished(&self, variable: usize, indices: &[usize]) -> Result<(), StoreError> {
        let mark = self.plan.status.file(&self.root, indices);
        let path = self.plan.variables[variable].file(&self.root, indices);
        if mark.exists() && !path.exists() {
            return Err(StoreError::Damaged {
                path: mark,
                why: format!("it marks as finished what lacks {}", path.display()),
            });
        }
        Ok(())
    }
}
