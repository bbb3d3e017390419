//! What figures of the atlas have in common.

use leyden_figures::{Axis, DOUBLE_COLUMN, Figure, Line, LinePanel, Panel};
use leyden_results::StudyData;

/// F/g, logarithmic.
pub(crate) fn drive_axis() -> Axis {
    Axis::log("drive *F*/*g*")
}

/// gamma_C/g, logarithmic.
pub(crate) fn dephasing_axis() -> Axis {
    Axis::log("dephasing *γ*_{C}/*g*")
}

/// gt.
pub(crate) fn time_axis() -> Axis {
    Axis::linear("time *g**t*")
}

/// The number of cells, logarithmic.
pub(crate) fn cells_axis() -> Axis {
    Axis::log("number of cells *N*")
}

/// Values of the only axis of a study, and of a number along it.
pub(crate) fn along<'a>(data: &'a StudyData, name: &str) -> (&'a [f64], Vec<f64>) {
    (&data.axes[0].values, data.along(name, 0, &vec![0], 0))
}

/// A number along the second axis, for the i-th value of the first one.
pub(crate) fn row(data: &StudyData, name: &str, i: usize) -> Vec<f64> {
    data.along(name, 1, &vec![i, 0], 0)
}

/// Numbers over both axes of a study as a map takes them, the first axis across; `value` has the places on both.
pub(crate) fn over_both(data: &StudyData, value: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let [columns, rows] = [0, 1].map(|axis| data.axes[axis].values.len());
    (0..rows * columns).map(|at| value(at % columns, at / columns)).collect()
}

/// A line of a number along the only axis.
pub(crate) fn line(label: &str, data: &StudyData, name: &str) -> Line {
    let (x, y) = along(data, name);
    Line::new(label, x, &y)
}

/// A formula along these abscissae.
pub(crate) fn guide(label: &str, x: &[f64], formula: impl Fn(f64) -> f64) -> Line {
    let y: Vec<f64> = x.iter().map(|&x| formula(x)).collect();
    Line::guide(label, x, &y)
}

/// Panels side by side over both columns of a page, lettered.
pub(crate) fn beside(panels: Vec<Panel>, height: f64) -> Figure {
    Figure {
        width: DOUBLE_COLUMN,
        columns: panels.len(),
        heights: vec![height],
        letters: true,
        panels,
        ..Figure::default()
    }
}

/// Panels below one another with one horizontal axis, in one column of a page.
pub(crate) fn below(panels: Vec<LinePanel>, heights: &[f64]) -> Figure {
    Figure {
        heights: heights.to_vec(),
        share_x: true,
        letters: true,
        panels: panels.into_iter().map(Panel::from).collect(),
        ..Figure::default()
    }
}

/// A number with the digits that a label needs: 1.6569 as 1.66.
pub(crate) fn digits(x: f64) -> String {
    let two = (100.0 * x).round() / 100.0;
    if x >= 1.0 { two.to_string() } else { x.to_string() }
}

/// Values from one number to another in equal ratios.
pub(crate) fn ratios(from: f64, to: f64, points: usize) -> Vec<f64> {
    let step = (to / from).ln() / (points.max(2) - 1) as f64;
    (0..points).map(|i| from * (step * i as f64).exp()).collect()
}
