//! From results to figures: of one run, and of the studies that sweep runs over axes.

mod choose;
mod data;
mod families;
mod fits;
mod lines;
mod maps;
mod names;
mod own;
mod protocol;
mod scaling;
mod spec;
mod store;
#[cfg(test)]
mod tests;
mod traces;

use choose::figure;
use data::{StudyAxis, StudyData};
use spec::Spec;
pub(crate) use spec::SpecError;
pub(crate) use store::study;
pub(crate) use traces::of_run;
