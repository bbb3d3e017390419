//! Lock files: whoever holds the lock writes.
//!
//! A lock belongs to an open file and ends with its process, however that ends; the file says who holds it. It is removed when the
//! lock is given back; whoever got a lock on a removed file tries again with a new one. So a file whose lock can be taken is free, and
//! no clock decides whether a holder is dead.
//!
//! On a shared file system locks are the server's business: `flock` on NFS becomes a lock of the whole file there (Linux since 2.6.12).

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use same_file::Handle;

use super::files::if_there;
use super::{Holder, StoreError};
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

/// Some look whether a lock is held, or hold it for a moment: it is taken if it is free at one of so many looks.
const LOOKS: usize = 5;
const BETWEEN: Duration = Duration::from_millis(20);

/// A lock that is held.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    holder: Holder,
    // Closing it gives the lock back.
    file: File,
}

impl Lock {
    /// The lock, or `None` while somebody else holds it.
    pub(crate) fn attempt(path: &Path) -> Result<Option<Self>, StoreError> {
        Self::take(path, |file| patiently(|| file.try_lock()))
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
                    let mut lock = Lock { path: path.into(), holder: Holder::here(), file };
                    // Who holds it is told, not needed: a full disk may keep it out. Other machines see what is on the disk.
                    let _ = lock.say().and_then(|()| lock.file.sync_data());
                    return Ok(Some(lock));
                }
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(source)) if is_gone(&source) => {}
                Err(TryLockError::Error(source)) => return Err(failed(path, source)),
            }
        }
    }

    /// Tells others how many points of the shard were there at first.
    pub(super) fn begins_with(&mut self, points: usize) {
        self.holder.points = Some(points);
        // As above.
        let _ = self.say();
    }

    fn say(&mut self) -> io::Result<()> {
        self.file.rewind()?;
        let text = self.holder.to_text();
        self.file.write_all(text.as_bytes())?;
        self.file.set_len(text.len() as u64)
    }

    /// Whether somebody holds the lock.
    pub(super) fn is_held(path: &Path) -> Result<bool, StoreError> {
        let file = match File::open(path) {
            Err(source) if is_gone(&source) => return Ok(false),
            file => if_there(path, file)?,
        };
        let Some(file) = file else { return Ok(false) };
        match patiently(|| file.try_lock_shared()) {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(source)) if is_gone(&source) => Ok(false),
            Err(TryLockError::Error(source)) => Err(failed(path, source)),
        }
    }

    /// Who holds the lock, as far as its file says.
    pub(crate) fn holder(path: &Path) -> Option<Holder> {
        Holder::parse(&std::fs::read_to_string(path).ok()?)
    }
}

fn patiently(lock: impl Fn() -> Result<(), TryLockError>) -> Result<(), TryLockError> {
    for _ in 1..LOOKS {
        match lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN),
            found => return found,
        }
    }
    lock()
}

/// Whether another machine removed an open file of a shared file system.
fn is_gone(source: &io::Error) -> bool {
    source.kind() == io::ErrorKind::StaleNetworkFileHandle
}

/// No locks are available: NFS without its lock service.
const ENOLCK: i32 = 37;

fn failed(path: &Path, source: io::Error) -> StoreError {
    let none = cfg!(target_os = "linux") && source.raw_os_error() == Some(ENOLCK);
    match source.kind() {
        io::ErrorKind::Unsupported => StoreError::NoLocks { path: path.into(), source },
        _ if none => StoreError::NoLocks { path: path.into(), source },
        _ => StoreError::writing(path)(source),
    }
}

/// Whether `path` still leads to `file`.
fn still_there(file: &File, path: &Path) -> Result<bool, StoreError> {
    let compare =
        || -> io::Result<bool> { Ok(Handle::from_file(file.try_clone()?)? == Handle::from_path(path)?) };
    match compare() {
        Err(source) if is_gone(&source) => Ok(false),
        same => Ok(if_there(path, same)?.unwrap_or(false)),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_names_its_holder_and_takes_the_file_of_a_dead_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        // A killed process leaves its file, here a longer text than ours.
        let dead = Holder { host: "a-machine-with-a-long-name".repeat(9), ..Holder::here() };
        std::fs::write(&path, dead.to_text()).unwrap();
        assert!(!Lock::is_held(&path).unwrap());
        let mut lock = Lock::attempt(&path).unwrap().unwrap();
        let holder = Lock::holder(&path).unwrap();
        assert_eq!((holder.process, holder.points), (std::process::id(), None));
        lock.begins_with(12);
        assert_eq!(Lock::holder(&path).unwrap().points, Some(12));
        assert!(Lock::is_held(&path).unwrap() && Lock::attempt(&path).unwrap().is_none());
        drop(lock);
        assert!(!path.exists() && Lock::holder(&path).is_none());
    }

    /// Whoever looks whether a lock is held has it for a moment, and keeps nobody from writing.
    #[test]
    fn a_look_at_a_lock_keeps_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let look = File::create(&path).unwrap();
        look.lock_shared().unwrap();
        let writer = std::thread::spawn({
            let path = path.clone();
            move || Lock::attempt(&path).unwrap().is_some()
        });
        std::thread::sleep(BETWEEN);
        drop(look);
        assert!(writer.join().unwrap());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn missing_lock_services_have_a_cure() {
        for (code, expected) in [(ENOLCK, "no locks"), (38, "no locks"), (95, "no locks"), (5, "os error 5")]
        {
            let said = failed(Path::new("f/a.lock"), io::Error::from_raw_os_error(code)).to_string();
            assert!(said.contains("f/a.lock") && said.contains(expected), "{said}");
        }
        assert!(is_gone(&io::Error::from_raw_os_error(116)) && !is_gone(&io::Error::from_raw_os_error(2)));
    }
}
