//! The writing side of a store: one shard, from its journal to its chunks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use leyden_results::Means;

use super::files::{self, Files};
use super::gather::{Gathered, Gathering};
use super::journal::{self, Journal};
use super::layout::Layout;
use super::lock::Lock;
use super::plan::Plan;
use super::tile::Tile;
use super::{Record, Shard, Status, StoreError};

/// Bytes of records that are in chunks already, above which a journal is cut.
const MOST_STALE_BYTES: u64 = 4 << 20;

/// How far a shard is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Points with values; runs of points that are averaged over samples.
    pub done: usize,
    /// Points without.
    pub failed: usize,
    /// All points of the shard.
    pub total: usize,
}

impl Progress {
    /// Points still to compute.
    pub fn missing(self) -> usize {
        self.total - self.done - self.failed
    }

    /// Counts a point of so many runs. Which of them failed is not known later.
    pub(super) fn count_runs(&mut self, status: Status, runs: usize) {
        self.count(status);
        self.done += runs - 1;
    }

    pub(super) fn count(&mut self, status: Status) {
        match status {
            Status::Done => self.done += 1,
            Status::Failed => self.failed += 1,
        }
    }
}

/// A store open for writing one shard. Threads share it behind a mutex.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    plan: Plan,
    shard: Shard,
    files: Files,
    /// Made with the first point.
    journal: Option<Journal>,
    /// Chunks in progress.
    tiles: BTreeMap<usize, Tile>,
    /// Points in progress.
    gathering: Gathering,
    /// Own chunks whose files are there, by number / count.
    finished: Vec<bool>,
    progress: Progress,
    /// Whether its journal may lose what is in chunks.
    shortens: bool,
    // Given back last.
    lock: Lock,
}

impl Store {
    /// Opens the store in the folder `path` to write `shard`; makes it if there is none. Points that are in the chunks or
    /// in the journals are not to be computed again. An unfinished journal of another division into shards is taken over.
    ///
    /// # Errors
    /// [`StoreError`]: a layout that cannot be stored, a folder that cannot be written or holds something else, a shard
    /// that somebody else is writing, damaged files.
    pub fn open(path: impl AsRef<Path>, layout: &Layout, shard: Shard) -> Result<Self, StoreError> {
        Self::with_plan(path.as_ref(), Plan::new(layout)?, shard)
    }

    pub(super) fn with_plan(root: &Path, plan: Plan, shard: Shard) -> Result<Self, StoreError> {
        // Before anything is written there.
        plan.must_fit(root)?;
        files::make_folder(root)?;
        let locked = |shard| {
            let lock = journal::lock_path(root, shard);
            StoreError::Locked { path: root.into(), shard, holder: Lock::holder(&lock).map(Box::new), lock }
        };
        let lock = Lock::attempt(&journal::lock_path(root, shard))?.ok_or_else(|| locked(shard))?;
        let others = other_divisions(root, shard)?;
        for &other in &others {
            if Lock::is_held(&journal::lock_path(root, other))? {
                return Err(locked(other));
            }
        }
        plan.create(root)?;
        let mut store = Store {
            root: root.into(),
            files: Files::of(&journal::stem(shard)),
            journal: None,
            tiles: BTreeMap::new(),
            gathering: Gathering::default(),
            finished: Vec::new(),
            progress: Progress::default(),
            shortens: true,
            plan,
            shard,
            lock,
        };
        store.clean(shard)?;
        for &other in &others {
            store.clean(other)?;
        }
        store.find_chunks()?;
        if journal::path(root, shard).exists() {
            store.journal = Some(store.open_journal()?);
        }
        for other in others {
            store.take_over(other)?;
        }
        store.write_full_tiles()?;
        store.lock.begins_with(store.progress.total - store.progress.missing());
        Ok(store)
    }

    /// Removes temporaries of killed runs of `shard`.
    fn clean(&self, shard: Shard) -> Result<(), StoreError> {
        let files = Files::of(&journal::stem(shard));
        files.clean(&self.root)?;
        self.plan.arrays().try_for_each(|array| files.clean(&array.folder(&self.root)))
    }

    /// Finds the chunks that are there, and counts their points.
    fn find_chunks(&mut self) -> Result<(), StoreError> {
        for chunk in self.owned() {
            let indices = self.plan.grid.indices(chunk);
            let found = match self.plan.states(&self.root, chunk) {
                // What is damaged is computed again.
                Err(StoreError::Damaged { .. }) => None,
                found => found?,
            };
            self.finished.push(found.is_some());
            if found.is_none() {
                // A mark without its chunk would say that there are points.
                files::remove(&self.plan.status.file(&self.root, &indices))?;
            }
            let (status, runs) = (found.unwrap_or_default(), self.plan.layout.runs());
            for (_, place) in self.plan.grid.members(chunk) {
                self.progress.total += runs;
                if let Some(status) = status.get(place).and_then(|&code| Status::of(code)) {
                    self.progress.count_runs(status, runs);
                }
            }
        }
        Ok(())
    }

    /// Opens the journal of this shard and takes its points.
    fn open_journal(&mut self) -> Result<Journal, StoreError> {
        let (path, format) = (journal::path(&self.root, self.shard), self.plan.format);
        let (shard, files) = (self.shard, self.files.clone());
        Journal::open(&path, format, shard, &files, |point, record| {
            self.insert(point, &record)?;
            Ok(())
        })
    }

    /// Copies own points out of the journal of another division, and removes it if nothing else is in it.
    fn take_over(&mut self, other: Shard) -> Result<(), StoreError> {
        let path = journal::path(&self.root, other);
        let mut all_mine = true;
        journal::replay(&path, self.plan.format, |point, record| {
            let (chunk, ..) = self.locate(point)?;
            if self.shard.owns(chunk) {
                self.add(point, record)?;
            } else {
                all_mine = false;
            }
            Ok(())
        })?;
        if all_mine {
            self.sync()?;
            files::remove(&path)?;
            // A lock file that a killed process left.
            drop(Lock::attempt(&journal::lock_path(&self.root, other))?);
        }
        Ok(())
    }

    /// Adds a point unless it is there.
    pub(crate) fn add(&mut self, point: usize, record: Record) -> Result<(), StoreError> {
        match self.append(point, &record) {
            Err(StoreError::Finished { .. }) => Ok(()),
            result => result,
        }
    }

    /// Writes the store of a study of one point at once: it follows from what is kept elsewhere, and does not wait for the disk.
    ///
    /// # Errors
    /// [`StoreError`] when the folder cannot be written.
    pub fn write_point(root: &Path, layout: &Layout, record: &Record) -> Result<(), StoreError> {
        let (plan, files) = (Plan::new(layout)?, Files::passing("run"));
        let mut tile = Tile::new(&plan, 0);
        tile.insert(&plan, 0, record);
        plan.write_metadata(root, &files)?;
        tile.write(&plan, root, &files)
    }

    /// Whether all metadata and coordinates of such a store are there as they should be.
    ///
    /// # Errors
    /// [`StoreError`] when the folder cannot be read.
    pub fn has_metadata(root: &Path, layout: &Layout) -> Result<bool, StoreError> {
        Plan::new(layout)?.is_created(root)
    }

    /// Keeps all runs in the journal, for [`means`](Self::means).
    pub(crate) fn keeping_runs(self) -> Self {
        Store { shortens: false, ..self }
    }

    /// The means of a point over its samples, as far as they are in the journal.
    pub(crate) fn means(&self, of: usize) -> Result<Means, StoreError> {
        let (layout, path) = (&self.plan.layout, journal::path(&self.root, self.shard));
        let mut gathered = Gathered::new(layout);
        journal::replay(&path, self.plan.format, |point, record| {
            let (point, run) = (point / layout.runs(), point % layout.runs());
            if point == of && !gathered.has(run) {
                gathered.insert(run, &record);
            }
            Ok(())
        })?;
        Ok(gathered.means)
    }

    /// Own chunks with points still to compute.
    pub fn chunks_to_do(&self) -> impl Iterator<Item = usize> {
        self.owned()
            .filter(|&chunk| !self.is_finished(chunk) && !self.tiles.get(&chunk).is_some_and(Tile::is_full))
    }

    /// Points of a chunk still to compute, in order, or their runs. None if the chunk belongs to another shard.
    pub fn points_of(&self, chunk: usize) -> Vec<usize> {
        if chunk >= self.plan.grid.chunks() || !self.shard.owns(chunk) || self.is_finished(chunk) {
            return Vec::new();
        }
        let tile = self.tiles.get(&chunk);
        let to_do = |&(_, place): &(usize, usize)| !tile.is_some_and(|tile| tile.has(place));
        let runs = self.plan.layout.runs();
        let of_point = |(point, _): (usize, usize)| {
            (0..runs).filter(move |run| !self.gathering.has(point, *run)).map(move |run| point * runs + run)
        };
        self.plan.grid.members(chunk).filter(to_do).flat_map(of_point).collect()
    }

    /// How far the shard is.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Keeps a finished point: when this returns, the death of the process does not lose it.
    ///
    /// # Errors
    /// [`StoreError`]. After [`StoreError::DiskFull`] all points that were kept before are still there, and the next
    /// append may be tried; a point that completes a chunk may be kept although its chunk could not be written.
    pub fn append(&mut self, point: usize, record: &Record) -> Result<(), StoreError> {
        let record = self.normalise(point, record)?;
        let (chunk, place, run) = self.locate(point)?;
        let whole = self.is_finished_in(chunk, place, point / self.plan.layout.runs(), run);
        if !self.shard.owns(chunk) {
            return Err(StoreError::NotOfShard { point, owner: self.shard.owner(chunk), shard: self.shard });
        }
        if whole {
            return Err(StoreError::Finished { point });
        }
        let mut journal = match self.journal.take() {
            Some(journal) => journal,
            None => self.open_journal()?,
        };
        let kept = journal.append(point, &record);
        self.journal = Some(journal);
        kept?;
        if self.insert(point, &record)? {
            self.write_tile(chunk)?;
            self.shorten_journal()?;
        }
        Ok(())
    }

    /// The record as it is kept: every NaN the same, no more of the reason than the journal holds.
    fn normalise(&self, point: usize, record: &Record) -> Result<Record, StoreError> {
        let expected = self.plan.format.numbers;
        let Record { status, values, reason, method } = record;
        let values = match values.len() {
            0 if *status == Status::Failed => vec![f64::NAN; expected],
            given if given == expected => {
                values.iter().map(|value| if value.is_nan() { f64::NAN } else { *value }).collect()
            }
            given => return Err(StoreError::WrongLength { point, expected, given }),
        };
        let reason = reason[..journal::kept(reason)].into();
        Ok(Record { status: *status, values, reason, method: method.clone() })
    }

    /// Puts a point into its tile unless it is there; whether the tile is full now.
    fn insert(&mut self, point: usize, record: &Record) -> Result<bool, StoreError> {
        let (chunk, place, run) = self.locate(point)?;
        let point = point / self.plan.layout.runs();
        if !self.shard.owns(chunk) || self.is_finished_in(chunk, place, point, run) {
            return Ok(false);
        }
        self.progress.count(record.status);
        let Some(mut whole) = self.gathering.insert(&self.plan.layout, point, run, record) else {
            return Ok(false);
        };
        whole.reason.truncate(journal::kept(&whole.reason));
        let tile = self.tiles.entry(chunk).or_insert_with(|| Tile::new(&self.plan, chunk));
        tile.insert(&self.plan, place, &whole);
        Ok(tile.is_full())
    }

    fn write_full_tiles(&mut self) -> Result<(), StoreError> {
        let full = |(&chunk, tile): (&usize, &Tile)| tile.is_full().then_some(chunk);
        let full: Vec<usize> = self.tiles.iter().filter_map(full).collect();
        full.into_iter().try_for_each(|chunk| self.write_tile(chunk))
    }

    /// Writes the files of a chunk. If that fails, its points stay in the journal.
    fn write_tile(&mut self, chunk: usize) -> Result<(), StoreError> {
        if let Some(tile) = self.tiles.get(&chunk) {
            tile.write(&self.plan, &self.root, &self.files)?;
            self.set_finished(chunk);
        }
        Ok(())
    }

    fn set_finished(&mut self, chunk: usize) {
        self.tiles.remove(&chunk);
        self.finished[chunk / self.shard.count()] = true;
    }

    /// Copies a chunk that is finished in the store of the same study in `source`.
    pub(super) fn copy_chunk(&mut self, source: &Path, chunk: usize) -> Result<(), StoreError> {
        let indices = self.plan.grid.indices(chunk);
        // Nothing damaged is passed on.
        let status = self.plan.states(source, chunk)?.unwrap_or_default();
        for array in self.plan.arrays() {
            let path = array.file(source, &indices);
            let missing = || StoreError::Damaged { path: path.clone(), why: "it is missing".into() };
            let bytes = files::read(&path)?.ok_or_else(missing)?;
            self.files.write(&array.file(&self.root, &indices), &bytes)?;
        }
        let tile = self.tiles.get(&chunk);
        for (_, place) in self.plan.grid.members(chunk) {
            if !tile.is_some_and(|tile| tile.has(place)) {
                let runs = self.plan.layout.runs();
                Status::of(status[place])
                    .into_iter()
                    .for_each(|status| self.progress.count_runs(status, runs));
            }
        }
        self.set_finished(chunk);
        Ok(())
    }

    /// Whether `chunk`, one of our own, is there.
    pub(super) fn is_finished(&self, chunk: usize) -> bool {
        self.finished[chunk / self.shard.count()]
    }

    /// Drops records of finished chunks from the journal when they are most of it.
    fn shorten_journal(&mut self) -> Result<(), StoreError> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        let whole: usize = self.tiles.values().map(Tile::filled).sum();
        let live = whole * self.plan.layout.runs() + self.gathering.filled();
        let live = (live * self.plan.format.record()) as u64;
        if self.shortens && journal.bytes() > MOST_STALE_BYTES + 2 * live {
            sync_arrays(&self.plan, &self.root)?;
            let (grid, runs, finished, shards) =
                (&self.plan.grid, self.plan.layout.runs(), &self.finished, self.shard.count());
            journal.compact(&self.files, |point| !finished[grid.locate(point / runs).0 / shards])?;
        }
        Ok(())
    }

    /// Makes all points outlive a loss of power.
    fn sync(&self) -> Result<(), StoreError> {
        sync_arrays(&self.plan, &self.root)?;
        self.journal.as_ref().map_or(Ok(()), Journal::sync)?;
        files::sync_folder(&self.root)
    }

    /// Writes what can be written and makes it outlive a loss of power; if the shard is complete, its journal is removed.
    ///
    /// # Errors
    /// [`StoreError`] as for [`Store::append`].
    pub fn finish(mut self) -> Result<Progress, StoreError> {
        self.write_full_tiles()?;
        self.sync()?;
        if self.progress.missing() == 0 {
            self.journal = None;
            files::remove(&journal::path(&self.root, self.shard))?;
            for other in other_divisions(&self.root, self.shard)? {
                self.remove_used_up(other)?;
            }
        }
        Ok(self.progress)
    }

    /// Removes the journal of another division if all its points are in chunks.
    fn remove_used_up(&self, other: Shard) -> Result<(), StoreError> {
        let Some(_lock) = Lock::attempt(&journal::lock_path(&self.root, other))? else { return Ok(()) };
        let path = journal::path(&self.root, other);
        let mut used_up = true;
        journal::replay(&path, self.plan.format, |point, _| {
            used_up = used_up && self.plan.has(&self.root, self.locate(point)?.0);
            Ok(())
        })?;
        if used_up { files::remove(&path) } else { Ok(()) }
    }

    /// The chunk of a point and its place there, and which of its runs it is.
    fn locate(&self, point: usize) -> Result<(usize, usize, usize), StoreError> {
        let (points, runs) = (self.plan.layout.all_runs(), self.plan.layout.runs());
        let (chunk, place) = match point < points {
            true => self.plan.grid.locate(point / runs),
            false => return Err(StoreError::NoSuchPoint { point, points }),
        };
        Ok((chunk, place, point % runs))
    }

    /// Whether a run of a point is there, of one of our own chunks.
    fn is_finished_in(&self, chunk: usize, place: usize, point: usize, run: usize) -> bool {
        self.shard.owns(chunk) && self.is_finished(chunk)
            || self.tiles.get(&chunk).is_some_and(|tile| tile.has(place))
            || self.gathering.has(point, run)
    }

    /// Chunks of this shard.
    fn owned(&self) -> impl Iterator<Item = usize> + use<> {
        (self.shard.index() - 1..self.plan.grid.chunks()).step_by(self.shard.count())
    }
}

/// Makes the names of the files of all chunks outlive a loss of power.
fn sync_arrays(plan: &Plan, root: &Path) -> Result<(), StoreError> {
    plan.arrays().try_for_each(|array| files::sync_folder(&array.folder(root)))
}

/// Shards of other divisions of the same study with files in `root`.
fn other_divisions(root: &Path, shard: Shard) -> Result<Vec<Shard>, StoreError> {
    let mut shards = journal::shards(root)?;
    shards.retain(|other| other.count() != shard.count());
    Ok(shards)
}
