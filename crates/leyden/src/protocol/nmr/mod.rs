//! Stages of an NMR star whose correlations are dropped: a map of two polarisations.

mod cycle;
mod error;
mod fixed_point;

pub(crate) use cycle::{Moment, Polarisations, StarCycle, StarStage};
pub use error::StarStageError;
pub(crate) use fixed_point::settle;
