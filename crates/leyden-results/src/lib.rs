//! From a scenario to its result: one run with its search, the table of every number of a result, and the document that holds them.
//!
//! No files, threads or clock: what runs here runs in a browser too.

mod columns;
mod csv;
mod disorder;
mod document;
pub mod fits;
mod laws;
mod means;
mod objective;
mod planned;
mod run;
mod run_data;
mod search;
mod shown;
mod study_data;
pub mod summary;
pub mod table;
mod thresholds;

pub use columns::{Columns, KeptBeside, failure, rows_kept};
pub use csv::Texts;
pub use disorder::{MEAN, STANDARD_ERROR, Samples, averaged, disorder_object, disorder_of_sweep};
pub use document::{Document, SCHEMA, SWEEP_SCHEMA, insert};
pub use laws::{Form, Law, laws};
pub use means::Means;
pub use objective::{Objective, found_dimension, objective_row};
pub use planned::plan;
pub use run::{RunError, base, read, read_with, request, run};
pub use search::{FOUND, Found, FoundJump, searched};
pub use study_data::{NOTHING, Place, StudyAxis, StudyData, constant, extent, is_series, nearest, wide};
pub use thresholds::{AxisMark, thresholds};
