//! Looking at a study from outside, while others may write it: how far every shard is, and who writes.

use std::path::{Path, PathBuf};

use super::error::named;
use super::gather::Gathering;
use super::journal;
use super::lock::Lock;
use super::plan::Plan;
use super::{Holder, Layout, Progress, Shard, Status, Store, StoreError, StoreReader};

/// A shard that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The shard.
    pub shard: Shard,
    /// Who writes, as far as the lock file says.
    pub holder: Option<Holder>,
    /// The lock file. Where its holder is dead and its server keeps the lock, removing it lets others write.
    pub lock: PathBuf,
}

impl Writer {
    /// Who writes.
    pub fn named(&self) -> String {
        named(self.holder.as_ref())
    }

    /// The error of whoever wanted to write.
    pub fn refusal(self, path: &Path) -> StoreError {
        let Writer { shard, holder, lock } = self;
        StoreError::Locked { path: path.into(), shard, holder: holder.map(Box::new), lock }
    }
}

impl Layout {
    /// How far the shards of a division into `count` are before any point is computed; some own no points where there are many.
    ///
    /// # Errors
    /// [`StoreError`]: a layout that cannot be stored.
    pub fn shards(&self, count: usize) -> Result<Vec<Progress>, StoreError> {
        Ok(Plan::new(self)?.by_shard(count, |_| None, &Gathering::default()))
    }
}

impl Store {
    /// Makes the store of a layout without any point, unless it is there: shards that start at the same time find it.
    ///
    /// # Errors
    /// [`StoreError`]: a layout that cannot be stored, a folder that cannot be written or holds something else.
    pub fn create(path: impl AsRef<Path>, layout: &Layout) -> Result<StoreReader, StoreError> {
        let (root, plan) = (path.as_ref().to_path_buf(), Plan::new(layout)?);
        plan.must_fit(&root)?;
        super::files::make_folder(&root)?;
        plan.create(&root)?;
        Ok(StoreReader { root, plan })
    }
}

impl StoreReader {
    /// How far the shards of a division into `count` are, whoever computed their points; runs of points that are averaged over samples.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] naming the file.
    pub fn shards(&self, count: usize) -> Result<Vec<Progress>, StoreError> {
        // What leaves it meanwhile is in the status.
        let begun = if self.samples() > 0 { self.gathering()? } else { Gathering::default() };
        let status = self.status()?;
        Ok(self.plan.by_shard(count, |point| status[point], &begun))
    }

    /// How far the study is in points; of those that are averaged over samples whole ones alone.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] naming the file.
    pub fn progress(&self) -> Result<Progress, StoreError> {
        let mut progress = Progress { total: self.points(), ..Progress::default() };
        self.status()?.into_iter().flatten().for_each(|status| progress.count(status));
        Ok(progress)
    }

    /// Shards that are being written.
    ///
    /// # Errors
    /// [`StoreError`] when the folder cannot be read.
    pub fn writers(&self) -> Result<Vec<Writer>, StoreError> {
        let mut writers = Vec::new();
        for shard in self.begun()? {
            let lock = journal::lock_path(&self.root, shard);
            if Lock::is_held(&lock)? {
                writers.push(Writer { shard, holder: Lock::holder(&lock), lock });
            }
        }
        Ok(writers)
    }

    /// Shards that have left a journal or a lock file.
    ///
    /// # Errors
    /// [`StoreError`] when the folder cannot be read.
    pub fn begun(&self) -> Result<Vec<Shard>, StoreError> {
        journal::shards(&self.root)
    }
}

impl Plan {
    fn by_shard(
        &self,
        count: usize,
        status: impl Fn(usize) -> Option<Status>,
        begun: &Gathering,
    ) -> Vec<Progress> {
        let mut shards = vec![Progress::default(); count];
        for chunk in 0..self.grid.chunks() {
            let shard = &mut shards[chunk % count];
            for (point, _) in self.grid.members(chunk) {
                shard.total += self.layout.runs();
                match status(point) {
                    Some(status) => shard.count_runs(status, self.layout.runs()),
                    None => begun.count(point, shard),
                }
            }
        }
        shards
    }
}
