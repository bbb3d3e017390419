//! The energy ledger of one run: what holds the energy, and what flowed since t = 0.

use leyden_figures::{Axis, Figure, Line, LinePanel, Panel};
use leyden_results::Document;
use leyden_results::table::{Channel, Group, name_of};

use super::markup::with_unit;
use super::study_figure::without_rounding;
use super::traces::axis_of_run;

/// Lines below this part of the largest one are nothing.
const NOTHING: f64 = 1e-9;
/// Height of a panel, in mm.
const HEIGHT: f64 = 34.0;

/// The figure of a run with the panels of its ledger below the others; as it is where there is no ledger.
pub(super) fn beside(document: &Document, mut figure: Figure) -> Figure {
    let panels = panels(document);
    if panels.is_empty() {
        return figure;
    }
    figure.description += " Below: the energies of all parts, and what flowed in since the start.";
    figure.heights.extend(panels.iter().map(|_| HEIGHT));
    figure.panels.extend(panels.into_iter().map(Panel::from));
    figure.letters = true;
    figure
}

fn panels(document: &Document) -> Vec<LinePanel> {
    let t = document.numbers("times");
    let unit = document.units().energy.symbol;
    let of = |path: &str| (name_of(&path.replace('.', "_")).short, document.numbers(path));
    let energies =
        ["charger", "battery", "coupling", "drive", "charging"].map(|name| of(&format!("ledger.{name}")));
    let mut flows: Vec<(String, Vec<f64>)> =
        ["drive_work", "switching_work", "maps"].map(|name| of(&format!("ledger.{name}"))).into();
    for channel in document.list::<Channel>("ledger.channels") {
        let energy = channel.energy.iter().map(|x| x.unwrap_or(f64::NAN)).collect();
        flows.push((channel.name.replace('.', " "), energy));
    }
    let largest =
        |lines: &[(String, Vec<f64>)]| lines.iter().flat_map(|(_, y)| y).map(|y| y.abs()).fold(0.0, f64::max);
    let scale = largest(&energies).max(largest(&flows));
    let panel = |lines: Vec<(String, Vec<f64>)>, label: &str| {
        let shown = |y: &[f64]| y.len() == t.len() && y.iter().any(|y| y.abs() > NOTHING * scale);
        let lines = lines.into_iter().filter(|(_, y)| shown(y));
        let lines: Vec<Line> = lines.map(|(label, y)| Line::new(label, &t, &without_rounding(&y))).collect();
        let y = Axis::linear(with_unit(label, &unit));
        (!lines.is_empty()).then(|| LinePanel { lines, ..LinePanel::new(axis_of_run(document), y) })
    };
    let panels = [panel(energies.into(), Group::Energy.label()), panel(flows, "energy inflow@")];
    panels.into_iter().flatten().collect()
}
