//! Runs whose parameters, or whose noise, are random: means, energy and ergotropy with a band of one standard error; single paths beside them.

use leyden_figures::{Band, Color, Dash, Figure, Line, Panel};
use leyden_results::Document;

use super::study_figure::without_rounding;

/// Paths are thin and pale: the mean is what counts.
const PATH: Color = Color::hex(0x9a_9a_9a);

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
    match samples {
        1 => "one realisation".into(),
        _ => format!("mean of {samples} realisations"),
    }
}

/// Adds bands to the lines of energy and ergotropy of such a document, or of trajectories, and says what is drawn.
pub(super) fn with_bands(document: &Document, mut figure: Figure) -> Figure {
    let (errors, what) = if has_means(document) {
        let samples = document.number("disorder.samples").unwrap_or(0.0) as usize;
        let errors = ["disorder.standard_error.energy", "disorder.standard_error.ergotropy.global"];
        (errors, realisations(samples))
    } else if let Some(count) = document.number("trajectories.count") {
        with_paths(document, &mut figure);
        let errors = ["trajectories.standard_error.energy", "trajectories.standard_error.ergotropy"];
        (errors, format!("mean of {count} trajectories"))
    } else {
        return figure;
    };
    let bands: Vec<(Vec<f64>, Vec<f64>)> = ["energy", "ergotropy.global"]
        .iter()
        .zip(errors)
        .map(|(path, error)| (without_rounding(&document.numbers(path)), document.numbers(error)))
        .collect();
    for panel in &mut figure.panels {
        let Panel::Lines(panel) = panel else { continue };
        for line in panel.lines.iter().filter(|line| !line.guide) {
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
    let guides =
        |panel: &Panel| matches!(panel, Panel::Lines(panel) if panel.lines.iter().any(|line| line.guide));
    let (band, error) =
        if banded { ("; band: one standard error", " with one standard error") } else { ("", "") };
    let paths = if figure.panels.iter().any(guides) { "; thin: *E*_{B} of single ones" } else { "" };
    figure.heading = format!("{what}{band}{paths}");
    figure.description = format!("{} {}{error}.", figure.description, capitalised(&what));
    figure
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Adds the energies of single trajectories as thin lines, to the panel of the energy.
fn with_paths(document: &Document, figure: &mut Figure) {
    let paths: Vec<Vec<f64>> = document.list("trajectories.samples");
    let Some(Panel::Lines(panel)) = figure.panels.first_mut() else { return };
    let times = document.numbers("times");
    let all = paths.iter().flatten().chain(panel.lines.iter().flat_map(|line| &line.y));
    let finite = all.copied().filter(|y| y.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), y| (a.min(y), b.max(y)));
    if paths.is_empty() || !(low < high) {
        return;
    }
    let room = 0.03 * (high - low);
    panel.y = std::mem::take(&mut panel.y).within(low - room, high + room);
    let path = |path: &Vec<f64>| Line {
        color: Some(PATH),
        dash: Some(Dash::Solid),
        ..Line::guide("", &times, path)
    };
    let guides = paths.iter().map(path);
    panel.lines = guides.chain(panel.lines.drain(..)).collect();
}

fn same(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
}
