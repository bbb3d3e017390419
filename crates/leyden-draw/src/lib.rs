//! Figures of results: of one run, and of the studies that sweep runs over axes.
//!
//! Knows results and figures, no files: [`of_run`] draws a document, [`figure`] the data of a study by what it contains, as its axes
//! suggest or as a [`Spec`] asks.

mod below;
mod bounds;
mod choose;
mod columns;
mod disorder;
mod families;
mod fits;
mod ledger;
mod lines;
mod maps;
mod markup;
mod own;
mod protocol;
mod scaling;
mod spec;
mod stack;
mod study_figure;
#[cfg(test)]
mod tests;
mod traces;

pub use below::Below;
pub use choose::figure;
pub use columns::side_by_side;
pub use spec::{Spec, SpecError};

use leyden::Charging;
use leyden_figures::Figure;
use leyden_results::{Document, StudyData};

/// The figure of the run of a system that stands in no scenario file.
pub fn of_charging(title: &str, charging: &Charging) -> Option<Figure> {
    of_run(&Document::of_charging(title, charging))
}

/// The figure of a study, or of a run as [`StudyData::of_run`] has it, that a specification asks for.
///
/// # Errors
/// [`SpecError`] with the line of the text.
pub fn by_spec(data: &StudyData, text: &str) -> Result<Figure, SpecError> {
    let spec = Spec::parse(text, data)?;
    Ok(figure(data, Some(&spec)))
}

/// The figure of one run; an engine alone has nothing that changes with time, and no figure.
pub fn of_run(document: &Document) -> Option<Figure> {
    of_run_with(document, Below::default())
}

/// The same with what else a run keeps below.
pub fn of_run_with(document: &Document, below: Below) -> Option<Figure> {
    let shown = document.shown();
    let document = &disorder::averaged(shown.clone());
    let figure = if document.has("charging") {
        protocol::charging(document)
    } else if document.has("cycles") {
        protocol::cycles(document)
    } else if document.has("engine") {
        return None;
    } else {
        traces::traces(document)
    };
    let figure = disorder::with_bands(document, figure);
    // What stands below is that of the base values.
    let figure = if below.ledger { ledger::beside(&shown, figure) } else { figure };
    Some(if below.bounds { bounds::beside(&shown, figure) } else { figure })
}
