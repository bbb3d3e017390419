//! Figures of several results side by side: a column for each, rows of one vertical axis.

use leyden_figures::{DOUBLE_COLUMN, Figure, Labels, LinePanel, Panel};

/// What counts as zero beside the largest number of a column.
const NOTHING: f64 = 1e-12;

/// One figure of several, each with its title; panels that show nothing but zeros in all of them are left out.
///
/// # Panics
/// Without figures.
pub fn side_by_side(figures: Vec<(String, Figure)>) -> Figure {
    let count = figures.len();
    let rows = figures.iter().map(|(_, figure)| figure.panels.len()).max().expect("figures");
    let heights = figures[0].1.heights.clone();
    let said = headings(&figures);
    let descriptions: Vec<String> =
        figures.iter().map(|(title, figure)| format!("{title}: {}", figure.description)).collect();
    let title = figures.iter().map(|(title, _)| title.as_str()).collect::<Vec<_>>().join("; ");
    let (titles, columns): (Vec<String>, Vec<Vec<Panel>>) =
        figures.into_iter().map(|(title, figure)| (title, figure.panels)).unzip();
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
        title,
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
fn headings(figures: &[(String, Figure)]) -> String {
    let mut pieces: Vec<&str> = Vec::new();
    for piece in figures.iter().flat_map(|(_, figure)| figure.heading.split("; ")) {
        if !piece.is_empty() && !pieces.contains(&piece) {
            pieces.push(piece);
        }
    }
    pieces.join("; ")
}

/// One vertical axis for a row, named on the left; its lines are named in one column.
fn share(row: &mut [Panel]) {
    let ends = |panel: &LinePanel| {
        let all = panel.lines.iter().flat_map(|line| &line.y).copied().filter(|y| y.is_finite());
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), y| (a.min(y), b.max(y)))
    };
    let lines = |panel: &Panel| match panel {
        Panel::Lines(panel) => Some(ends(panel)),
        _ => None,
    };
    let all = row.iter().filter_map(lines);
    let (low, high) =
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), (low, high)| (a.min(low), b.max(high)));
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
