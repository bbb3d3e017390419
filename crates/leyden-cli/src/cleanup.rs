//! What a command that is interrupted takes away before it ends: a signal runs no destructors.

use std::path::PathBuf;
use std::sync::Mutex;

/// Something that must not stay.
enum Left {
    /// A folder, while it is empty.
    Empty(PathBuf),
    /// A folder with all in it.
    Tree(PathBuf),
}

static LEFT: Mutex<Vec<Left>> = Mutex::new(Vec::new());

fn keep(left: impl IntoIterator<Item = Left>) {
    LEFT.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).extend(left);
}

/// The folders that were made for a lock, while nothing is in them.
pub(crate) fn made(folders: Vec<PathBuf>) {
    keep(folders.into_iter().map(Left::Empty));
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
            Left::Empty(path) => std::fs::remove_dir(path),
            Left::Tree(path) => {
                resumable = false;
                std::fs::remove_dir_all(path)
            }
        };
    }
    resumable
}
