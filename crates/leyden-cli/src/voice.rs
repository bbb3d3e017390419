//! How much is said, and whether in colours.

use std::ffi::OsString;
use std::io::{IsTerminal, Write, stderr};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Instant;

use anstream::ColorChoice;

use crate::arguments::Manner;
use crate::outcome::{Failure, say};
use crate::pace::took;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Voice {
    Quiet,
    Usual,
    Verbose,
}

static VOICE: OnceLock<Voice> = OnceLock::new();

/// Once, before anything is said.
pub(crate) fn set(manner: &Manner) {
    let voice = match (manner.quiet, manner.verbose) {
        (true, _) => Voice::Quiet,
        (_, true) => Voice::Verbose,
        _ => Voice::Usual,
    };
    VOICE.get_or_init(|| voice);
}

fn voice() -> Voice {
    VOICE.get().copied().unwrap_or(Voice::Usual)
}

/// Decides on colours before the arguments are read, so that what is said about wrong ones follows too. Unless told, every stream
/// finds out by itself: terminals have colours, but where NO_COLOR is set.
pub(crate) fn color(arguments: impl Iterator<Item = OsString>) {
    let words: Vec<String> = arguments.map(|word| word.to_string_lossy().into_owned()).collect();
    let written = words.iter().enumerate().find_map(|(i, word)| match word.strip_prefix("--color") {
        Some("") => words.get(i + 1).map(String::as_str),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    });
    match written {
        Some("always") => ColorChoice::Always.write_global(),
        Some("never") => ColorChoice::Never.write_global(),
        _ => {}
    }
}

/// Whether progress is shown.
pub(crate) fn is_quiet() -> bool {
    voice() == Voice::Quiet
}

/// Whether progress is shown in a line that changes.
pub(crate) fn on_a_terminal() -> bool {
    !is_quiet() && stderr().is_terminal()
}

/// A summary, on standard output.
pub(crate) fn tell(text: &str) -> Result<(), Failure> {
    if is_quiet() { Ok(()) } else { say(text) }
}

/// What is done, on standard error, where more was asked for.
pub(crate) fn detail(text: impl FnOnce() -> String) {
    if voice() == Voice::Verbose {
        // Standard error may be closed or full.
        let _ = writeln!(stderr(), "{}", text());
    }
}

/// The files of a folder with their sizes, as details; without locks.
pub(crate) fn files(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.filter_map(|e| Some((e.path(), e.metadata().ok()?))).collect();
    files.retain(|(path, _)| path.extension().is_none_or(|end| end != "lock"));
    files.sort_by(|a, b| a.0.cmp(&b.0));
    for (path, metadata) in files {
        detail(|| match metadata.is_dir() {
            true => format!("{}/", path.display()),
            false => format!("{}  {:.1} kB", path.display(), metadata.len() as f64 / 1e3),
        });
    }
}

/// Tells how long every part of a command took.
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Clock(Instant::now())
    }

    /// The part that ends here.
    pub(crate) fn lap(&mut self, part: &str) {
        detail(|| format!("{part} in {}", took(self.0.elapsed())));
        self.0 = Instant::now();
    }
}
