//! How a command ends: exit codes, failures, what it prints.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::builder::Styles;
use leyden_scenario::Report;
use leyden_study::StoreError;

/// Exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// All good.
    Good = 0,
    /// A run ended without converging.
    Failed = 1,
    /// Usage or input.
    Input = 2,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        ExitCode::from(code as u8)
    }
}

/// Why a command could not do its work, in colours.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    /// With a plain sentence.
    pub(crate) fn new(why: impl fmt::Display) -> Self {
        let style = Styles::styled();
        let error = style.get_error();
        Failure(format!("{error}error:{error:#} {why}"))
    }

    /// With the lines of a scenario that are to blame.
    pub(crate) fn at(report: Report) -> Self {
        Failure(report.render(true))
    }

    /// Writing `path` failed.
    pub(crate) fn writing(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Failure::new(format_args!("cannot write {}: {source}", path.display()))
    }

    /// What it says, without "error:" and colours.
    pub(crate) fn plain(&self) -> String {
        let plain = anstream::adapter::strip_str(&self.0).to_string();
        plain.strip_prefix("error: ").map(String::from).unwrap_or(plain)
    }

    /// Says it on standard error, which takes the colours away where there are to be none.
    pub(crate) fn say(&self) {
        // Standard error may be closed or full.
        let _ = writeln!(anstream::stderr(), "{}", self.0);
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::new(error)
    }
}

/// The text of a file that the user named.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    let failed = |source: std::io::Error| {
        let why = match source.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".into(),
            _ => source.to_string(),
        };
        Failure::new(format_args!("cannot read {}: {why}", path.display()))
    };
    std::fs::read_to_string(path).map_err(failed)
}

/// Prints to standard output; a reader that has gone away (`| head`) is no error.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(source) if source.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::writing("standard output".as_ref())(source))
        }
        _ => Ok(()),
    }
}
