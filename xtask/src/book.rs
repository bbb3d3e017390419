//! The book: the pages of docs as a folder of HTML, target/book, made by Sphinx in an environment of its own, target/book-venv.

use super::environment::{environment, remove};

/// Steps from nothing to pages without a warning; what is installed already costs seconds.
pub(crate) fn steps() -> Vec<String> {
    // Pages whose sources are gone would stay.
    remove("target/book");
    let (bin, install, make) = environment("target/book-venv");
    let rest = [
        format!("{install} --requirement docs/requirements.txt"),
        format!("{bin}/sphinx-build -W --keep-going -q -E -d target/book-doctrees -b html docs target/book"),
    ];
    make.into_iter().chain(rest).collect()
}
