//! The reading side of a store, at any moment of its life.

use std::path::{Path, PathBuf};

use super::journal;
use super::layout::{Axis, Variable};
use super::plan::Plan;
use super::{Record, Status, Store, StoreError};

/// A store open for reading.
#[derive(Debug)]
pub struct StoreReader {
    root: PathBuf,
    plan: Plan,
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
        // The journals first: what leaves them meanwhile is in the chunks.
        let mut recent = Vec::new();
        self.replay(|point, record| recent.push((point, record.values[before..][..width].to_vec())))?;
        let mut all = vec![f64::NAN; self.points() * width];
        self.chunks(|chunk, indices| {
            let Some(values) = self.plan.variables[index].read::<f64>(&self.root, indices)? else {
                return self.must_be_unfinished(index, indices);
            };
            for (point, place) in self.plan.grid.members(chunk) {
                all[point * width..][..width].copy_from_slice(&values[place * width..][..width]);
            }
            Ok(())
        })?;
        for (point, values) in recent {
            all[point * width..][..width].copy_from_slice(&values);
        }
        Ok(all)
    }

    /// How every point ended; `None` where it is not computed.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] naming the file.
    pub fn status(&self) -> Result<Vec<Option<Status>>, StoreError> {
        let mut recent = Vec::new();
        self.replay(|point, record| recent.push((point, record.status)))?;
        let mut all = vec![None; self.points()];
        self.chunks(|chunk, indices| {
            let codes = self.plan.status.read::<u8>(&self.root, indices)?.unwrap_or_default();
            for (point, place) in self.plan.grid.members(chunk) {
                all[point] = codes.get(place).and_then(|&code| Status::of(code));
            }
            Ok(())
        })?;
        for (point, status) in recent {
            all[point] = Some(status);
        }
        Ok(all)
    }

    /// Why every point failed; empty where it did not, or is not computed.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] naming the file.
    pub fn reasons(&self) -> Result<Vec<String>, StoreError> {
        let mut recent = Vec::new();
        self.replay(|point, record| recent.push((point, record.reason)))?;
        let mut all = vec![String::new(); self.points()];
        self.chunks(|chunk, indices| {
            let mut reasons = self.plan.reason.read::<String>(&self.root, indices)?.unwrap_or_default();
            for (point, place) in self.plan.grid.members(chunk) {
                all[point] = reasons.get_mut(place).map(std::mem::take).unwrap_or_default();
            }
            Ok(())
        })?;
        for (point, reason) in recent {
            all[point] = reason;
        }
        Ok(all)
    }

    /// Why one point failed; empty if it did not, or is not computed. For many points, [`StoreReader::reasons`].
    ///
    /// # Errors
    /// [`StoreError::NoSuchPoint`], or [`StoreError::Damaged`] naming the file.
    pub fn reason(&self, point: usize) -> Result<String, StoreError> {
        if point >= self.points() {
            return Err(StoreError::NoSuchPoint { point, points: self.points() });
        }
        let mut recent = None;
        self.replay(|other, record| {
            if other == point {
                recent = Some(record.reason);
            }
        })?;
        if let Some(reason) = recent {
            return Ok(reason);
        }
        let (chunk, place) = self.plan.grid.locate(point);
        let reasons = self.plan.reason.read::<String>(&self.root, &self.plan.grid.indices(chunk))?;
        Ok(reasons.and_then(|reasons| reasons.into_iter().nth(place)).unwrap_or_default())
    }

    /// Points that are not computed.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] naming the file.
    pub fn missing(&self) -> Result<usize, StoreError> {
        Ok(self.status()?.iter().filter(|status| status.is_none()).count())
    }

    pub(super) fn into_plan(self) -> Plan {
        self.plan
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Hands all points in journals to `each`.
    fn replay(&self, mut each: impl FnMut(usize, Record)) -> Result<(), StoreError> {
        self.try_replay(|point, record| {
            each(point, record);
            Ok(())
        })
    }

    /// Hands all points in journals to `each`.
    pub(super) fn try_replay(
        &self,
        mut each: impl FnMut(usize, Record) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for shard in journal::shards(&self.root)? {
            let path = journal::path(&self.root, shard);
            journal::replay(&path, self.plan.format, |point, record| {
                let points = self.points();
                if point >= points {
                    return Err(StoreError::NoSuchPoint { point, points });
                }
                each(point, record)
            })?;
        }
        Ok(())
    }

    fn chunks(
        &self,
        mut each: impl FnMut(usize, &[u64]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        (0..self.plan.grid.chunks()).try_for_each(|chunk| each(chunk, &self.plan.grid.indices(chunk)))
    }

    /// A file may be missing only while its chunk is not marked as finished.
    fn must_be_unfinished(&self, variable: usize, indices: &[u64]) -> Result<(), StoreError> {
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
