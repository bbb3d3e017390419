//! The numbers of a figure as CSV: what is drawn, a line per point, so that picture and file cannot differ.

use std::fmt::Write;

use leyden_figures::text::plain;
use leyden_figures::{Axis, Figure, HeatMap, LinePanel, Panel};

/// `panel,curve,x_name,x,y_name,y,value_name,value`: `value` is that of a map, of which `curve` is empty.
pub(crate) fn numbers(figure: &Figure) -> String {
    let mut out = String::from("panel,curve,x_name,x,y_name,y,value_name,value\n");
    for (panel, i) in figure.panels.iter().zip(1..) {
        match panel {
            Panel::Lines(panel) => lines(&mut out, i, panel, &figure.panels),
            Panel::HeatMap(map) => of_map(&mut out, i, map),
        }
    }
    out
}

fn lines(out: &mut String, i: usize, panel: &LinePanel, all: &[Panel]) {
    // Panels of a column or row may leave a label to their neighbour.
    let named = |axis: &Axis, of: fn(&Panel) -> &Axis| match &*axis.label {
        "" => all
            .iter()
            .map(of)
            .find(|axis| !axis.label.is_empty())
            .map_or(String::new(), |axis| cell(&axis.label)),
        label => cell(label),
    };
    let (x_name, y_name) = (named(&panel.x, x_axis), named(&panel.y, y_axis));
    for (line, k) in panel.lines.iter().zip(1..) {
        let curve = if line.label.is_empty() { format!("curve {k}") } else { cell(&line.label) };
        for (x, y) in line.x.iter().zip(&line.y) {
            let _ = writeln!(out, "{i},{curve},{x_name},{},{y_name},{},,", number(*x), number(*y));
        }
    }
}

fn x_axis(panel: &Panel) -> &Axis {
    match panel {
        Panel::Lines(panel) => &panel.x,
        Panel::HeatMap(map) => &map.x,
    }
}

fn y_axis(panel: &Panel) -> &Axis {
    match panel {
        Panel::Lines(panel) => &panel.y,
        Panel::HeatMap(map) => &map.y,
    }
}

fn of_map(out: &mut String, i: usize, map: &HeatMap) {
    let [x_name, y_name, name] = [&map.x, &map.y, &map.color].map(|axis| cell(&axis.label));
    for (j, y) in map.rows.iter().enumerate() {
        for (k, x) in map.columns.iter().enumerate() {
            let value = map.values.get(j * map.columns.len() + k).copied().unwrap_or(f64::NAN);
            let (x, y, value) = (number(*x), number(*y), number(value));
            let _ = writeln!(out, "{i},,{x_name},{x},{y_name},{y},{name},{value}");
        }
    }
}

/// Empty where there is none.
fn number(x: f64) -> String {
    if x.is_finite() { format!("{x}") } else { String::new() }
}

/// A label without its markup.
fn cell(markup: &str) -> String {
    let text = plain(markup);
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use leyden_figures::Line;

    use super::*;

    #[test]
    fn every_drawn_point_is_a_line() {
        let panel = LinePanel {
            lines: vec![
                Line::new("*E*_{B}, all", &[0.0, 1.0], &[0.5, f64::NAN]),
                Line::guide("", &[2.0], &[1e-9]),
            ],
            ..LinePanel::new(Axis::linear("*g**t*"), Axis::linear("*E*"))
        };
        let map = HeatMap {
            columns: vec![1.0, 2.0],
            rows: vec![3.0],
            values: vec![4.0, 5.0],
            color: Axis::linear("*R*"),
            ..HeatMap::default()
        };
        let figure = Figure { panels: vec![panel.into(), map.into()], ..Figure::default() };
        let expected = "panel,curve,x_name,x,y_name,y,value_name,value\n\
            1,\"EB, all\",gt,0,E,0.5,,\n1,\"EB, all\",gt,1,E,,,\n1,curve 2,gt,2,E,0.000000001,,\n2,,,1,,3,R,4\n2,,,2,,3,R,5\n";
        assert_eq!(numbers(&figure), expected);
    }
}
