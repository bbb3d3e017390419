//! What a run keeps beside its figures of merit, in panels below the others.

use leyden_figures::{Axis, Figure, Line, LinePanel, Panel};
use leyden_results::Document;

use super::markup::with_unit;
use super::study_figure::without_rounding;
use super::traces::axis_of_run;

/// What is drawn below the figure of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Below {
    /// The energy ledger.
    pub ledger: bool,
    /// Bounds on power, work and speed.
    pub bounds: bool,
}

/// Lines below this part of the largest one are nothing.
const NOTHING: f64 = 1e-9;
/// Height of a panel, in mm.
const HEIGHT: f64 = 34.0;

/// The figure with more panels, which a sentence describes; as it is where there are none.
pub(super) fn with_panels(mut figure: Figure, panels: Vec<LinePanel>, sentence: &str) -> Figure {
    if panels.is_empty() {
        return figure;
    }
    figure.description += sentence;
    figure.heights.extend(panels.iter().map(|_| HEIGHT));
    figure.panels.extend(panels.into_iter().map(Panel::from));
    figure.letters = true;
    figure
}

/// The largest number of some lines.
pub(super) fn largest(lines: &[(String, Vec<f64>)]) -> f64 {
    lines.iter().flat_map(|(_, y)| y).map(|y| y.abs()).fold(0.0, f64::max)
}

/// A panel of the lines that are something beside `scale`, if any is.
pub(super) fn panel(
    document: &Document,
    lines: Vec<(String, Vec<f64>)>,
    (label, unit): (&str, &str),
    scale: f64,
) -> Option<LinePanel> {
    let t = document.numbers("times");
    let shown = |y: &[f64]| y.len() == t.len() && y.iter().any(|y| y.abs() > NOTHING * scale);
    let lines = lines.into_iter().filter(|(_, y)| shown(y));
    let lines: Vec<Line> = lines.map(|(label, y)| Line::new(label, &t, &without_rounding(&y))).collect();
    let y = Axis::linear(with_unit(label, unit));
    (!lines.is_empty()).then(|| LinePanel { lines, ..LinePanel::new(axis_of_run(document), y) })
}
