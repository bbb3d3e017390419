//! Panels below one another over one horizontal axis.

use leyden_figures::{Axis, Figure, LinePanel, Panel};
use leyden_results::Document;

/// Panels below one another; `heights` of the first and of each further one, in mm.
pub(super) fn stacked(description: String, heights: (f64, f64), panels: Vec<LinePanel>) -> Figure {
    let heights = std::iter::once(heights.0).chain(std::iter::repeat(heights.1));
    Figure {
        description,
        share_x: true,
        letters: panels.len() > 1,
        heights: heights.take(panels.len()).collect(),
        panels: panels.into_iter().map(Panel::from).collect(),
        ..Figure::default()
    }
}

/// The same for one run; `what` it shows.
pub(super) fn of_run(document: &Document, what: &str, heights: (f64, f64), panels: Vec<LinePanel>) -> Figure {
    let text = |path: &str| document.text(path).unwrap_or_default();
    let description = format!("{what}, solved by {}.", text("method.name"));
    Figure { title: text("title").into(), ..stacked(description, heights, panels) }
}

/// A figure without panels would be an empty sheet.
pub(super) fn or_no_data(mut figure: Figure, x: Axis) -> Figure {
    if figure.panels.is_empty() {
        figure.panels.push(LinePanel::new(x, Axis::linear("")).into());
    }
    figure
}
