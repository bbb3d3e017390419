//! Why there is no atlas.

use std::path::PathBuf;

use leyden_figures::FigureError;
use leyden_results::RunError;
use leyden_study::{DrawError, StoreError};

/// Why a piece of the atlas could not be made.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum AtlasError {
    /// The user asked for something that the atlas does not have.
    #[error("the atlas has no `{name}`; it has {}", known.join(", "))]
    Unknown { name: String, known: Vec<&'static str> },
    /// A scenario that comes with leyden could not be read.
    #[error("the scenario {name} cannot be read: {why}")]
    Scenario { name: String, why: String },
    /// A run could not start.
    #[error("the scenario {name} does not run: {}", source.in_words())]
    Run { name: String, source: Box<RunError> },
    /// Trajectories could not be drawn.
    #[error("the scenario {name} does not run")]
    Drawn { name: String, source: Box<DrawError> },
    /// Points of a sweep failed.
    #[error("{failed} points of the scenario {name} have no result: {why}")]
    Points { name: String, failed: usize, why: String },
    /// A number that the atlas shows does not exist.
    #[error("the scenario {name} has no number {path}")]
    NoNumber { name: String, path: String },
    /// A result folder could not be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A picture could not be drawn.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// A file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
}
