//! The energy ledger of one run: what holds the energy, and what flowed since t = 0.

use leyden_figures::{Figure, LinePanel};
use leyden_results::Document;
use leyden_results::table::{Channel, Group, name_of};

use super::below::{largest, panel, with_panels};

/// The figure of a run with the panels of its ledger below the others; as it is where there is no ledger.
pub(super) fn beside(document: &Document, figure: Figure) -> Figure {
    let sentence = " Below: the energies of all parts, and what flowed in since the start.";
    with_panels(figure, panels(document), sentence)
}

fn panels(document: &Document) -> Vec<LinePanel> {
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
    let scale = largest(&energies).max(largest(&flows));
    let panel = |lines, label: &str| panel(document, lines, (label, &unit), scale);
    let panels = [panel(energies.into(), Group::Energy.label()), panel(flows, "energy inflow@")];
    panels.into_iter().flatten().collect()
}
