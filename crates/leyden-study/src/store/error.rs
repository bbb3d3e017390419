//! What can go wrong in a store, and in the folder of a run.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{Holder, Shard};

/// Why a store cannot be used.
#[derive(Debug, Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum StoreError {
    /// Reading or writing failed.
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// The place cannot be written.
    #[error("cannot write {} ({}); choose another folder with --out", path.display(), source.kind())]
    NotWritable { path: PathBuf, source: io::Error },
    /// The place for the folder of a run cannot be written.
    #[error("cannot write into {} ({}); choose another folder with --out", path.display(), source.kind())]
    FolderNotWritable { path: PathBuf, source: io::Error },
    /// result.json cannot be read.
    #[error("{} is not a result of this version: {source}; remove it and run again", path.display())]
    NoResult { path: PathBuf, source: serde_json::Error },
    /// No space is left.
    #[error(
        "cannot write {} ({}); the points finished so far are kept: free space, then run again to go on",
        path.display(), source.kind()
    )]
    DiskFull { path: PathBuf, source: io::Error },
    /// The file system has no locks.
    #[error(
        "cannot lock {}: its file system has no locks; choose a folder on another with --out, or have it mounted with locks \
         (docs/clusters.md)",
        path.display()
    )]
    NoLocks { path: PathBuf, source: io::Error },
    /// The path is something else.
    #[error("{} is not a folder; choose another with --out", path.display())]
    NotAFolder { path: PathBuf },
    /// No study was ever started here.
    #[error("{} holds no study: it has no zarr.json", path.display())]
    NotAStore { path: PathBuf },
    /// Another scenario's results are there.
    #[error("{} holds the results of another scenario; choose another folder with --out, or remove it", path.display())]
    OtherScenario { path: PathBuf },
    /// The same scenario with other axes, times or variables is there.
    #[error(
        "{} holds the same scenario with other axes, times or variables; choose another folder with --out, or remove it",
        path.display()
    )]
    OtherLayout { path: PathBuf },
    /// The same scenario computed in another way is there.
    #[error(
        "{} was computed with `{name}` = {there}, but now it is {here}; choose another folder with --out, or remove it",
        path.display()
    )]
    OtherSetting { path: PathBuf, name: String, there: String, here: String },
    /// A file does not pass its checksum, or is missing.
    #[error("{} is damaged ({why}); remove it and run again: only what it held is computed anew", path.display())]
    Damaged { path: PathBuf, why: String },
    /// The metadata or coordinates are not what was written.
    #[error("{} is not what was written there ({why}); remove the folder and run again", path.display())]
    DamagedMetadata { path: PathBuf, why: String },
    /// Someone else writes this shard, or another division into shards.
    #[error("shard {shard} of {} is being written by {}; wait until it ends{}", path.display(), named(holder.as_deref()), cure(holder.as_deref(), lock))]
    Locked { path: PathBuf, shard: Shard, holder: Option<Box<Holder>>, lock: PathBuf },
    /// Another run writes this folder.
    #[error(
        "{} is being written by {}; wait until it ends, or choose another folder with --out{}",
        path.display(), named(holder.as_deref()), cure(holder.as_deref(), lock)
    )]
    Busy { path: PathBuf, holder: Option<Box<Holder>>, lock: PathBuf },
    /// A shard that does not exist.
    #[error("a shard must be between 1/{count} and {count}/{count}, but is {index}/{count}")]
    WrongShard { index: usize, count: usize },
    /// A point handed to the wrong shard.
    #[error("point {point} belongs to shard {owner}, but was given to shard {shard}")]
    NotOfShard { point: usize, owner: Shard, shard: Shard },
    /// A point that does not exist.
    #[error("a point must be below {points}, but is {point}")]
    NoSuchPoint { point: usize, points: usize },
    /// A point that is there already.
    #[error("point {point} is finished already")]
    Finished { point: usize },
    /// Records that were computed elsewhere and are none.
    #[error(
        "a message of {bytes} bytes holds no records of this sweep; all who compute it need the same version of leyden"
    )]
    Message { bytes: usize },
    /// A record of the wrong length.
    #[error("point {point} must have {expected} values, but has {given}")]
    WrongLength { point: usize, expected: usize, given: usize },
    /// A variable that does not exist.
    #[error("{} has no variable `{name}`; it has {}", path.display(), known.join(", "))]
    NoSuchVariable { path: PathBuf, name: String, known: Vec<String> },
    /// A name that cannot be a folder of a Zarr group.
    #[error(
        "`{name}` cannot name an array: only letters, digits and _ - . are allowed, not only dots, no __ in front"
    )]
    BadName { name: String },
    /// Two arrays of one name.
    #[error("`{name}` names two arrays; `time`, `status` and `reason` are taken")]
    NameTaken { name: String },
    /// An axis without values.
    #[error("axis `{key}` must have at least 1 value, but has 0")]
    EmptyAxis { key: String },
    /// The axis to keep whole does not exist.
    #[error("the fast axis must be below {axes}, but is {fast_axis}")]
    NoSuchAxis { fast_axis: usize, axes: usize },
    /// A variable over time without times.
    #[error("variable `{name}` depends on time, but there are no times")]
    NoTimes { name: String },
    /// Units that readers take for dates and durations.
    #[error(
        "the units of `{name}` must not be {units:?}, which is read as a duration or date; use a symbol such as \"s\""
    )]
    UnitsOfDates { name: String, units: String },
    /// More points than can be numbered.
    #[error("the axes have more points than can be numbered; shorten one")]
    TooManyPoints,
    /// Zarr has no such array.
    #[error("array `{name}`: {source}")]
    Array { name: String, source: Box<zarrs::array::ArrayCreateError> },
    /// A chunk cannot be encoded.
    #[error("{}: {source}", path.display())]
    Encode { path: PathBuf, source: Box<zarrs::array::ArrayError> },
}

/// Who holds a lock.
pub(super) fn named(holder: Option<&Holder>) -> String {
    holder.map_or_else(|| "another process".into(), Holder::to_string)
}

/// What to do about a lock whose holder is dead. On this machine there is no such lock.
fn cure(holder: Option<&Holder>, lock: &Path) -> String {
    match holder {
        Some(holder) if !holder.is_here() => {
            format!("; if {} is dead and its lock stays, remove {}", holder.host, lock.display())
        }
        _ => String::new(),
    }
}

impl StoreError {
    /// Reading `path`, or making the folder of a run, failed.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| StoreError::Io { path: path.into(), source }
    }

    /// Writing `path` failed.
    pub(crate) fn writing(path: &Path) -> impl FnOnce(io::Error) -> Self {
        use io::ErrorKind::{FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        move |source| {
            let path = path.into();
            match source.kind() {
                StorageFull | QuotaExceeded | FileTooLarge => StoreError::DiskFull { path, source },
                PermissionDenied | ReadOnlyFilesystem => StoreError::NotWritable { path, source },
                _ => StoreError::Io { path, source },
            }
        }
    }
}
