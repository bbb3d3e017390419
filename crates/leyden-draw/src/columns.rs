//! Figures of several results side by side: a column for each, rows of one vertical axis.

use leyden_figures::{DOUBLE_COLUMN, Figure, Labels, LinePanel, Panel};
use leyden_results::extent;

/// What counts as zero beside the largest number of a column.
const NOTHING: f64 = 1e-12;

/// One figure of several, each under its title; panels that show nothing but zeros in all of them are left out.
///
/// # Panics
/// Without figures.
pub fn side_by_side(figures: Vec<Figure>) -> Figure {
    let count = figures.len();
    let rows = figures.iter().map(|figure| figure.panels.len()).max().expect("figures");
    let heights = figures[0].heights.clone();
    let said = headings(&figures);
    let descriptions: Vec<String> =
        figures.iter().map(|figure| format!("{}: {}", figure.title, figure.description)).collect();
    let (titles, columns): (Vec<String>, Vec<Vec<Panel>>) =
        figures.into_iter().map(|figure| (figure.title, figure.panels)).unzip();
    // Of the first line: an average between two times divides noise by their distance.
    let largest = |panel: &LinePanel| {
        let first = panel.lines.iter().find(|line| !line.guide).into_iter().flat_map(|line| &line.y);
        first.filter(|y| y.is_finite()).fold(0.0_f64, |a, y| a.max(y.abs()))
    };
    let of = |panel: &Panel| match panel {
        Panel::Lines(panel) => largest(panel),
        _ => f64::INFINITY,
    };
    let scale = columns.iter().flatten().map(of).filter(|x| x.is_finite()).fold(0.0, f64::max);
    let shows = |row: usize| {
        columns.iter().any(|panels| panels.get(row).is_some_and(|panel| of(panel) > NOTHING * scale))
    };
    let kept: Vec<usize> = (0..rows).filter(|row| *row == 0 || shows(*row)).collect();
    let mut panels = Vec::new();
    for (place, &row) in kept.iter().enumerate() {
        let mut of_row: Vec<Panel> =
            columns.iter().map(|panels| panels.get(row).cloned().unwrap_or_else(empty)).collect();
        share(&mut of_row);
        if place == 0 {
            for (panel, title) in of_row.iter_mut().zip(&titles) {
                if let Panel::Lines(panel) = panel {
                    panel.title = title.clone();
                }
            }
        }
        panels.extend(of_row);
    }
    Figure {
        title: titles.join("; "),
        description: descriptions.join(" "),
        width: DOUBLE_COLUMN,
        columns: count,
        heights: kept.iter().filter_map(|row| heights.get(*row).copied()).collect(),
        heading: said,
        share_x: true,
        letters: panels.len() > 1,
        panels,
        ..Figure::default()
    }
}

fn empty() -> Panel {
    LinePanel::new(leyden_figures::Axis::default(), leyden_figures::Axis::default()).into()
}

/// What the figures say above, each piece once.
fn headings(figures: &[Figure]) -> String {
    let mut pieces: Vec<&str> = Vec::new();
    for piece in figures.iter().flat_map(|figure| figure.heading.split("; ")) {
        if !piece.is_empty() && !pieces.contains(&piece) {
            pieces.push(piece);
        }
    }
    pieces.join("; ")
}

/// One vertical axis for a row, named on the left; its lines are named in one column.
fn share(row: &mut [Panel]) {
    let of = |panel: &Panel| match panel {
        Panel::Lines(panel) => panel.lines.iter().flat_map(|line| line.y.clone()).collect(),
        _ => Vec::new(),
    };
    let Some((low, high)) = extent(&row.iter().flat_map(of).collect::<Vec<f64>>()) else { return };
    let room = 0.05 * (high - low);
    let mut first = true;
    for panel in row.iter_mut() {
        let Panel::Lines(panel) = panel else { continue };
        if low < high {
            panel.y = std::mem::take(&mut panel.y).within(low - room, high + room);
        }
        // Limits are those of one of them.
        panel.references.iter_mut().for_each(|line| line.label.clear());
        if !std::mem::take(&mut first) {
            panel.y.label.clear();
            panel.labels = Labels::Hidden;
        }
    }
}
