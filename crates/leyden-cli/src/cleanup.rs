//! What a command that is interrupted takes away before it ends: a signal runs no destructors.

use std::path::PathBuf;
use std::sync::Mutex;

use leyden_study::FolderLock;

/// Something that must not stay.
enum Left {
    File(PathBuf),
    /// A folder, while it is empty.
    Empty(PathBuf),
    /// A folder with all in it.
    Tree(PathBuf),
}

static LEFT: Mutex<Vec<Left>> = Mutex::new(Vec::new());

fn keep(left: impl IntoIterator<Item = Left>) {
    LEFT.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).extend(left);
}

/// The lock of a folder, and the folder while nothing is in it.
pub(crate) fn lock(lock: &FolderLock) {
    let (file, made) = lock.leaves();
    keep(std::iter::once(Left::File(file)).chain(made.into_iter().map(Left::Empty)));
}

/// A file.
pub(crate) fn file(path: PathBuf) {
    keep([Left::File(path)]);
}

/// What has been given back by itself.
pub(crate) fn forget(path: &std::path::Path) {
    let mut all = LEFT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    all.retain(|left| !matches!(left, Left::File(known) if known == path));
}

/// A temporary folder.
pub(crate) fn tree(path: PathBuf) {
    keep([Left::Tree(path)]);
}

/// Takes all of it away; whether something that could be gone on with stays.
pub(crate) fn run() -> bool {
    let mut resumable = true;
    for left in LEFT.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).drain(..) {
        // What is gone already is as good.
        let _ = match left {
            Left::File(path) => std::fs::remove_file(path),
            Left::Empty(path) => std::fs::remove_dir(path),
            Left::Tree(path) => {
                resumable = false;
                std::fs::remove_dir_all(path)
            }
        };
    }
    resumable
}
