//! Runs whose parameters are random: means over the samples, energy and ergotropy with a band of one standard error.

use leyden_figures::{Band, Figure, Panel};
use leyden_results::Document;

use super::study_figure::without_rounding;

/// The document that a figure shows: means where samples have them.
pub(super) fn averaged(document: Document) -> Document {
    if has_means(&document) { document.averaged() } else { document }
}

/// Whether the energy has a mean: where times differ among the samples it has none.
fn has_means(document: &Document) -> bool {
    document.numbers("disorder.mean.energy").iter().any(|x| x.is_finite())
}

/// What is drawn where samples have means.
pub(super) fn realisations(samples: usize) -> String {
    format!("mean of {samples} realisations")
}

/// Adds bands to the lines of energy and ergotropy of such a document, and says what is drawn.
pub(super) fn with_bands(document: &Document, mut figure: Figure) -> Figure {
    if !has_means(document) {
        return figure;
    }
    let samples = document.number("disorder.samples").unwrap_or(0.0) as usize;
    let bands = ["energy", "ergotropy.global"].map(|path| {
        let error = document.numbers(&format!("disorder.standard_error.{path}"));
        (without_rounding(&document.numbers(path)), error)
    });
    for panel in &mut figure.panels {
        let Panel::Lines(panel) = panel else { continue };
        for line in &panel.lines {
            // Of one sample there is no error.
            let error =
                bands.iter().find(|(y, error)| same(y, &line.y) && error.iter().any(|x| x.is_finite()));
            let Some((y, error)) = error else { continue };
            let edge = |sign: f64| y.iter().zip(error).map(|(y, error)| y + sign * error).collect();
            panel.bands.push(Band::Between { x: line.x.clone(), lower: edge(-1.0), upper: edge(1.0) });
        }
    }
    let banded =
        figure.panels.iter().any(|panel| matches!(panel, Panel::Lines(panel) if !panel.bands.is_empty()));
    let (band, error) =
        if banded { ("; band: one standard error", " with one standard error") } else { ("", "") };
    figure.heading = format!("{}{band}", realisations(samples));
    figure.description = format!("{} Mean of {samples} realisations{error}.", figure.description);
    figure
}

fn same(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
}
