//! Files that are there whole or not at all: a temporary name in the same folder, then a rename.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};
use std::time::Duration;

use tempfile::NamedTempFile;

/// Held by whoever writes a file; by a process that is about to end, alone.
static WRITING: RwLock<()> = RwLock::new(());

/// Lets a file get its name before the process ends.
pub(crate) fn writing() -> RwLockReadGuard<'static, ()> {
    WRITING.read().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until no file is half written, and lets no other one begin as long as this is held: for a process that is told to end, so that
/// nothing temporary stays. `None` where the disk does not come to an end in a second.
pub fn stop_writing() -> Option<RwLockWriteGuard<'static, ()>> {
    for _ in 0..100 {
        match WRITING.try_write() {
            Ok(alone) => return Some(alone),
            Err(TryLockError::Poisoned(alone)) => return Some(alone.into_inner()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
    None
}

/// What ends the name of a temporary file.
pub(crate) const TEMPORARY: &str = ".tmp";

/// A temporary file beside `path` whose name begins with `prefix`; it is removed unless it is persisted.
pub(crate) fn temporary(path: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(TEMPORARY);
    #[cfg(unix)]
    {
        // As for any new file, the umask decides; the default would be for the owner alone.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(path.parent().unwrap_or(Path::new(".")))
}

/// Writes `bytes` to `path`; if `durable`, they outlive a loss of power before they get their name.
pub(crate) fn write(path: &Path, prefix: &str, bytes: &[u8], durable: bool) -> io::Result<()> {
    let _writing = writing();
    let mut file = temporary(path, prefix)?;
    file.write_all(bytes)?;
    if durable {
        sync(file.as_file(), path)?;
    }
    match rename(file, path) {
        // Another process of the same study was quicker.
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.exists() => Ok(()),
        renamed => renamed.map(drop),
    }
}

/// Folders that go away when their process ends.
static SCRATCH: RwLock<Vec<PathBuf>> = RwLock::new(Vec::new());

/// Lets nothing below `folder` wait for the disk: it goes away before a loss of power would matter.
pub fn scratch(folder: impl Into<PathBuf>) {
    SCRATCH.write().unwrap_or_else(PoisonError::into_inner).push(folder.into());
}

/// Makes what was written to the file of this name, or to its folder, outlive a loss of power.
pub(crate) fn sync(file: &File, path: &Path) -> io::Result<()> {
    if SCRATCH.read().unwrap_or_else(PoisonError::into_inner).iter().any(|folder| path.starts_with(folder)) {
        return Ok(());
    }
    steps::take("sync", path)?;
    file.sync_all()
}

/// Gives a temporary file its name.
pub(crate) fn rename(file: NamedTempFile, path: &Path) -> io::Result<File> {
    steps::take("rename", path)?;
    Ok(file.persist(path)?)
}

/// Removes a file if it is there.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    steps::take("remove", path)?;
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// [`write`], and takes away what a killed writer of the same file left behind.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!(".{name}.");
    for entry in fs::read_dir(path.parent().unwrap_or(Path::new(".")))? {
        let entry = entry?;
        let left = entry.file_name().to_string_lossy().into_owned();
        if left.starts_with(&prefix) && left.ends_with(TEMPORARY) {
            remove(&entry.path())?;
        }
    }
    // Whoever writes the same file at the same time takes ours for such a rest, each of them once.
    for _ in 0..MOST_WRITERS {
        match write(path, &prefix, bytes, true) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            written => return written,
        }
    }
    write(path, &prefix, bytes, true)
}

/// Processes that may write one file at the same time.
const MOST_WRITERS: usize = 1000;

/// Steps on the way to the disk. Tests look at their order, and let one of them fail.
#[cfg(not(test))]
mod steps {
    pub(super) fn take(_: &str, _: &std::path::Path) -> std::io::Result<()> {
        Ok(())
    }
}

/// What this thread did on the way to the disk, and when it fails.
#[cfg(test)]
pub(crate) mod steps {
    use std::cell::{Cell, RefCell};
    use std::io;
    use std::path::{Path, PathBuf};

    thread_local! {
        static TAKEN: RefCell<Vec<(String, PathBuf)>> = const { RefCell::new(Vec::new()) };
        static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
        static KIND: Cell<io::ErrorKind> = const { Cell::new(io::ErrorKind::Other) };
    }

    /// From now on the step after `good` ones fails, once.
    pub(crate) fn fail_after(good: usize) {
        fail_with(good, io::ErrorKind::Other);
    }

    /// The same, with an error of this kind.
    pub(crate) fn fail_with(good: usize, kind: io::ErrorKind) {
        KIND.set(kind);
        LEFT.set(good);
    }

    /// Whether it has failed.
    pub(crate) fn failed() -> bool {
        LEFT.get() == usize::MAX
    }

    /// The steps since the last call.
    pub(crate) fn taken() -> Vec<(String, PathBuf)> {
        TAKEN.take()
    }

    pub(super) fn take(step: &str, path: &Path) -> io::Result<()> {
        TAKEN.with_borrow_mut(|taken| taken.push((step.into(), path.into())));
        match LEFT.get() {
            usize::MAX => Ok(()),
            0 => {
                LEFT.set(usize::MAX);
                Err(io::Error::new(KIND.get(), format!("{step} fails in a test")))
            }
            left => {
                LEFT.set(left - 1);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Another process that cleaned up took the temporary away. If it wrote the file as well, nothing is lost.
    #[test]
    fn a_file_that_another_process_wrote_meanwhile_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (kind, there, good) in [
            (io::ErrorKind::NotFound, true, true),
            (io::ErrorKind::NotFound, false, false),
            (io::ErrorKind::PermissionDenied, true, false),
            (io::ErrorKind::PermissionDenied, false, false),
        ] {
            remove(&path).unwrap();
            if there {
                fs::write(&path, "theirs").unwrap();
            }
            // Synced, then not renamed.
            steps::fail_with(1, kind);
            let written = write(&path, ".file.", b"ours", true);
            assert!(steps::failed());
            assert_eq!(written.map_err(|error| error.kind()), if good { Ok(()) } else { Err(kind) });
            let names: Vec<_> =
                fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
            assert_eq!(names.len(), usize::from(there), "{names:?}");
        }
        write(&path, ".file.", b"ours", true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"ours");
    }
}
