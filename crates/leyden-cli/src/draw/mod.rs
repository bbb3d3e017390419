//! From results to figures: of one run, and of the studies that sweep runs over axes.
#![cfg_attr(not(test), expect(dead_code, unused_imports, reason = "the store of studies is not read yet"))]

mod choose;
mod data;
mod families;
mod fits;
mod lines;
mod maps;
mod names;
mod scaling;
mod spec;
#[cfg(test)]
mod tests;
mod traces;

pub(crate) use choose::figure;
pub(crate) use data::{StudyAxis, StudyData};
pub(crate) use spec::{Spec, SpecError};
pub(crate) use traces::traces;
