//! How a command ends: exit codes, failures, what it prints.

use std::fmt;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use leyden_scenario::{OverrideError, Report};
use leyden_study::{FolderError, StoreError};

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

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    Read { path: PathBuf, source: std::io::Error },
    Write { path: PathBuf, source: std::io::Error },
    Exists { path: PathBuf },
    Override(OverrideError),
    Scenario(Report),
    Folder(FolderError),
    Store(StoreError),
    Spec(leyden_draw::SpecError),
    VerifySweep,
    ShardOfOne,
    SpecOfOne,
    NothingToDraw,
    Figure(leyden_figures::FigureError),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Read { path, source } => write!(f, "error: cannot read {}: {source}", path.display()),
            Failure::Write { path, source } => write!(f, "error: cannot write {}: {source}", path.display()),
            Failure::Exists { path } => {
                write!(f, "error: {} exists already; choose another name: leyden new NAME", path.display())
            }
            Failure::Override(error) => write!(f, "error: {error}"),
            Failure::Scenario(report) => f.write_str(&report.render(std::io::stderr().is_terminal())),
            Failure::Folder(error) => write!(f, "error: {error}"),
            Failure::Store(error) => write!(f, "error: {error}"),
            Failure::Spec(error) => write!(f, "error: {error}"),
            Failure::SpecOfOne => f.write_str("error: --spec is for the store of a sweep"),
            Failure::NothingToDraw => f.write_str(
                "error: an engine alone has nothing that changes with time; draw a sweep over one of its keys",
            ),
            Failure::VerifySweep => f.write_str(
                "error: --verify is for one run; verify single points with --set and without [sweep]",
            ),
            Failure::ShardOfOne => {
                f.write_str("error: --shard is for a sweep, and this scenario has no [sweep]")
            }
            Failure::Figure(error) => write!(f, "error: {error}"),
        }
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        Failure::Folder(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(error)
    }
}

/// The text of a file that the user named.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|source| Failure::Read { path: path.into(), source })
}

/// Prints to standard output; a reader that has gone away (`| head`) is no error.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(source) if source.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::Write { path: "standard output".into(), source })
        }
        _ => Ok(()),
    }
}
