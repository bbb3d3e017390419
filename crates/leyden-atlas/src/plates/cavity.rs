//! Cavities of as many photons as cells.
//!
//! P -> 0.5825829 g omega_B N^{3/2} at g sqrt(N) t = 1.0886595 for Fock and coherent states alike.

use leyden_figures::{Axis, Figure, Line, LinePanel, Mark, Marker, Reference};

use super::Plate;
use super::draw::{along, beside, cells_axis};
use crate::{AtlasError, Runs};

/// P/(g omega_B N^{3/2}) for many cells.
pub(crate) const MANY_CELLS: f64 = 0.582_582_908_4;

pub(super) const POWER: Plate = Plate {
    stem: "cavity-power",
    title: "Cells in a cavity of as many photons",
    caption: "Left: the largest average power over N^{3/2} tends to one number for Fock states from above and for coherent states from below. \
              Right: locked share 1 - R of the energy at that time, which vanishes for every start that charges, fastest for coherent light.",
    figure: power,
};

fn power(runs: &Runs) -> Result<Figure, AtlasError> {
    let marked = |line: Line, k: usize| Line { mark: Mark::Both(Marker::ALL[k]), ..line };
    let scaled = |name: &str, label: &str, k: usize| -> Result<Line, AtlasError> {
        let data = runs.grid(name, &[])?;
        let (x, y) = along(&data, "power_maximum_average_value");
        let y: Vec<f64> = x.iter().zip(y).map(|(n, p)| p / n.powf(1.5)).collect();
        Ok(marked(Line::new(label, x, &y), k))
    };
    let left = LinePanel {
        lines: vec![scaled("cavity-power", "Fock", 0)?, scaled("cavity-power-coherent", "coherent", 1)?],
        references: vec![Reference::horizontal(MANY_CELLS, "0.5826")],
        ..LinePanel::new(cells_axis(), Axis::linear("*P*_{max}/(*gω*_{B}*N*^{3/2})"))
    };
    let mut lines = Vec::new();
    for (name, label) in [
        ("freedom-fock", "Fock"),
        ("freedom-coherent", "coherent"),
        ("freedom-squeezed", "squeezed"),
        ("freedom-thermal", "thermal"),
    ] {
        let data = runs.grid(name, &[])?;
        let (x, y) = along(&data, "ergotropy_global_ratio");
        let y: Vec<f64> = y.iter().map(|r| 1.0 - r).collect();
        lines.push(marked(Line::new(label, x, &y), lines.len()));
    }
    let right = LinePanel { lines, ..LinePanel::new(cells_axis(), Axis::log("locked share 1 - *R*")) };
    Ok(beside(vec![left.into(), right.into()], 48.0))
}
