//! Files of one writer of a store.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

use super::StoreError;
use crate::files::{self, TEMPORARY, temporary, write};

/// Writes files for one writer, whose name marks its temporaries.
#[derive(Clone, Debug)]
pub(super) struct Files {
    prefix: String,
    /// Whether a file must outlive a loss of power before it gets its name.
    durable: bool,
}

impl Files {
    /// Files of the writer called `name`.
    pub(super) fn of(name: &str) -> Self {
        Files { prefix: format!(".{name}."), durable: true }
    }

    /// The same for what can be made again from other files: whole or not there, without waiting for the disk.
    pub(super) fn passing(name: &str) -> Self {
        Files { durable: false, ..Files::of(name) }
    }

    /// Writes `bytes` to `path`: durable before it gets its name.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        write(path, &self.prefix, bytes, self.durable).map_err(StoreError::writing(path))
    }

    /// A temporary file beside `path`; it is removed unless it is persisted.
    pub(super) fn temporary(&self, path: &Path) -> io::Result<NamedTempFile> {
        temporary(path, &self.prefix)
    }

    /// Removes the temporaries this writer left in `folder` when it was killed.
    pub(super) fn clean(&self, folder: &Path) -> Result<(), StoreError> {
        for name in names(folder)? {
            if name.starts_with(&self.prefix) && name.ends_with(TEMPORARY) {
                remove(&folder.join(name))?;
            }
        }
        Ok(())
    }
}

/// Names of the files in `folder` that are text; none if there is no folder.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, StoreError> {
    let list = || -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.extend(entry?.file_name().into_string());
        }
        names.sort();
        Ok(names)
    };
    Ok(if_there(folder, list())?.unwrap_or_default())
}

/// The bytes of a file; none if there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    if_there(path, fs::read(path))
}

/// What was read at `path`; none if there is nothing.
pub(super) fn if_there<T>(path: &Path, read: io::Result<T>) -> Result<Option<T>, StoreError> {
    match read {
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some).map_err(StoreError::io(path)),
    }
}

/// Removes a file if it is there.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    files::remove(path).map_err(StoreError::writing(path))
}

/// Makes the names in `folder` durable: without it, a rename may not outlive a loss of power.
pub(super) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        File::open(folder)
            .and_then(|file| files::sync(&file, folder))
            .map_err(StoreError::writing(folder))?;
    }
    Ok(())
}

/// Makes a folder with all above it.
pub(super) fn make_folder(path: &Path) -> Result<(), StoreError> {
    if path.exists() && !path.is_dir() {
        return Err(StoreError::NotAFolder { path: path.into() });
    }
    fs::create_dir_all(path).map_err(StoreError::writing(path))
}
