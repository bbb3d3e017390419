//! Environments of Python under target, each made once.

use std::path::Path;

/// The folder of programs of an environment, the words that install into it, and the step that makes it where it is missing.
pub(crate) fn environment(folder: &str) -> (String, String, Option<String>) {
    let bin = format!("{folder}/{}", if cfg!(windows) { "Scripts" } else { "bin" });
    let base = if cfg!(windows) { "python" } else { "python3" };
    let install = format!("{bin}/python -m pip install --quiet --disable-pip-version-check");
    let make = (!Path::new(&bin).is_dir()).then(|| format!("{base} -m venv {folder}"));
    (bin, install, make)
}

/// Takes away what an earlier build made, and what would be taken for the new one.
pub(crate) fn remove(folder: &str) {
    if let Err(error) = std::fs::remove_dir_all(folder)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        eprintln!("xtask: {folder} cannot be removed: {error}");
    }
}
