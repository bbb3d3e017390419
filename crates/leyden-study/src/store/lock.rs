//! Lock files: whoever holds the lock writes.
//!
//! A lock belongs to an open file and ends with its process, however that ends. The file is removed when the lock is
//! given back; whoever got a lock on a removed file tries again with a new one.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use same_file::Handle;

use super::StoreError;
use super::files::if_there;
use crate::files::writing;

/// Files of the locks that this process holds.
static HELD: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn held() -> MutexGuard<'static, Vec<PathBuf>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the files of all locks that this process holds: for one that ends without running destructors.
pub fn remove_locks() {
    // What cannot be removed is taken as it is by the next one to lock.
    held().drain(..).for_each(|path| drop(std::fs::remove_file(path)));
}

/// A lock that is held.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    // Closing it gives the lock back.
    _file: File,
}

impl Lock {
    /// The lock, or `None` while somebody else holds it.
    pub(crate) fn attempt(path: &Path) -> Result<Option<Self>, StoreError> {
        Self::take(path, File::try_lock)
    }

    /// The lock, after whoever holds it.
    pub(super) fn wait(path: &Path) -> Result<Self, StoreError> {
        let lock = Self::take(path, |file| file.lock().map_err(TryLockError::Error))?;
        Ok(lock.expect("waiting ends with the lock"))
    }

    fn take(
        path: &Path,
        lock: impl Fn(&File) -> Result<(), TryLockError>,
    ) -> Result<Option<Self>, StoreError> {
        // No file is made behind the back of a process that ends.
        let _writing = writing();
        loop {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false);
            let file = options.open(path).map_err(StoreError::writing(path))?;
            match lock(&file) {
                Ok(()) if still_there(&file, path)? => {
                    held().push(path.into());
                    return Ok(Some(Lock { path: path.into(), _file: file }));
                }
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(source)) => return Err(failed(path, source)),
            }
        }
    }

    /// Whether somebody holds the lock.
    pub(super) fn is_held(path: &Path) -> Result<bool, StoreError> {
        let Some(file) = if_there(path, File::open(path))? else { return Ok(false) };
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(source)) => Err(failed(path, source)),
        }
    }
}

fn failed(path: &Path, source: io::Error) -> StoreError {
    match source.kind() {
        io::ErrorKind::Unsupported => StoreError::NoLocks { path: path.into(), source },
        _ => StoreError::writing(path)(source),
    }
}

/// Whether `path` still leads to `file`.
fn still_there(file: &File, path: &Path) -> Result<bool, StoreError> {
    let compare =
        || -> io::Result<bool> { Ok(Handle::from_file(file.try_clone()?)? == Handle::from_path(path)?) };
    Ok(if_there(path, compare())?.unwrap_or(false))
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is held, so that it is no other's. If it cannot be removed, the next one to lock takes it as it is.
        std::fs::remove_file(&self.path).ok();
        let mut held = held();
        if let Some(own) = held.iter().position(|path| *path == self.path) {
            held.swap_remove(own);
        }
    }
}
