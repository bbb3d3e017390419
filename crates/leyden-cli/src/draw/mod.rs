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
use leyden_figures::Figure;
use leyden_study::Document;
use spec::Spec;
pub(crate) use spec::SpecError;
pub(crate) use store::study;

/// The figure of one run; an engine alone has nothing that changes with time, and no figure.
pub(crate) fn of_run(document: &Document) -> Option<Figure> {
    match document {
        Document { charging: Some(charging), .. } => Some(protocol::charging(document, charging)),
        Document { cycles: Some(cycles), .. } => Some(protocol::cycles(document, cycles)),
        Document { engine: Some(_), .. } => None,
        _ => Some(traces::traces(document)),
    }
}
