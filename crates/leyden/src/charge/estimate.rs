//! What a run would need: method, dimension, memory and time, before anything is built.

use crate::model::Levels;

/// What would run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Name of the method.
    pub method: &'static str,
    /// Why.
    pub reason: String,
    /// Levels of charger (x) battery.
    pub dimension: usize,
    /// Estimate of the memory in bytes.
    pub memory: f64,
    /// Levels kept of the oscillators at first.
    pub levels: Levels,
    /// Estimate of the time, where there is one.
    pub seconds: Option<f64>,
}

pub(super) const GIB: f64 = 1024.0 * 1024.0 * 1024.0;
/// Longer runs are refused: the estimate is usually a slip in `time.end`.
pub(super) const LONGEST_HOURS: f64 = 24.0;
/// A cutoff is not grown into runs longer than this.
pub(super) const LONGEST_GROWN_HOURS: f64 = 1.0;

/// Hours for applications of a generator at 3 ns for each of the n^2 numbers.
pub(super) fn hours(applications: f64, levels: usize) -> f64 {
    applications * 3e-9 * (levels as f64).powi(2) / 3600.0
}
