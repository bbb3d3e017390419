//! The book: the pages of docs as a folder of HTML, target/book, made by Sphinx in an environment of its own, target/book-venv.

use std::path::Path;

/// Steps from nothing to pages without a warning; what is installed already costs seconds.
pub(crate) fn steps() -> Vec<String> {
    // Pages whose sources are gone would stay.
    if let Err(error) = std::fs::remove_dir_all("target/book")
        && error.kind() != std::io::ErrorKind::NotFound
    {
        eprintln!("xtask: target/book cannot be removed: {error}");
    }
    let bin = if cfg!(windows) { "target/book-venv/Scripts" } else { "target/book-venv/bin" };
    let base = if cfg!(windows) { "python" } else { "python3" };
    let make = (!Path::new(bin).is_dir()).then(|| format!("{base} -m venv target/book-venv"));
    let rest = [
        format!(
            "{bin}/python -m pip install --quiet --disable-pip-version-check --requirement docs/requirements.txt"
        ),
        format!("{bin}/sphinx-build -W --keep-going -q -E -d target/book-doctrees -b html docs target/book"),
    ];
    make.into_iter().chain(rest).collect()
}
