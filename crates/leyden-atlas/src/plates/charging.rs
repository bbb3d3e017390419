//! Energy and ergotropy over time without, with weak, with the best and with strong dephasing.

use leyden_figures::{Axis, DOUBLE_COLUMN, Figure, Labels, Line, LinePanel, Panel, Reference};
use leyden_results::StudyData;

use super::Plate;
use super::draw::{below, digits, time_axis};
use crate::{AtlasError, Runs};

pub(super) const PAIR: Plate = Plate {
    stem: "charging",
    title: "Charging of two qubits at F/g = 1/2",
    caption: "Without dephasing energy and ergotropy swing for ever; weak dephasing damps them slowly towards their limits (dotted), strong dephasing \
              freezes the charger. Between them, at four times the slowest Rabi frequency, the battery settles without swinging: dephasing is a shock absorber.",
    figure: |runs| family(runs, "charging", 0.25),
};

pub(super) const OSCILLATORS: Plate = Plate {
    stem: "charging-oscillators",
    title: "One oscillator charges another at F/g = 0.1",
    caption: "The same competition in harmonic systems: swings without dephasing, a fast approach at 4g and a slow one beyond. The limit (dotted) is \
              1.5 (F/g)^2, of which two thirds are ergotropy at every drive.",
    figure: |runs| family(runs, "charging-oscillators", f64::NAN),
};

pub(super) const OSCILLATOR_BY_QUBIT: Plate = Plate {
    stem: "charging-oscillator-by-qubit",
    title: "A qubit charges an oscillator at F/g = 3",
    caption: "A driven qubit fills an oscillator with up to 2 (F/g)^2 - 1/2 quanta. Its Rabi frequencies are incommensurate, so that even the \
              undamped swing dies down and returns; dephasing decides how fast the battery settles at its limits (dotted).",
    figure: |runs| family(runs, "charging-oscillator-by-qubit", f64::NAN),
};

pub(super) const WEAK_AND_STRONG: Plate = Plate {
    stem: "charging-weak-and-strong-drive",
    title: "Charging of two qubits at F/g = 0.1 and F/g = 10",
    caption: "A weak drive makes the slow mode 50 times slower than the coupling, and a dephasing of 0.08 g is already the best; a strong one \
              leaves g as the slowest frequency and asks for 4 g. Energies tend to 1/2, ergotropies to (F/g)/(1 + (2F/g)^2) (dotted).",
    figure: weak_and_strong,
};

fn family(runs: &Runs, name: &str, largest: f64) -> Result<Figure, AtlasError> {
    let data = runs.grid(name, &[])?;
    let [mut energy, mut ergotropy] = panels(&data);
    ergotropy.labels = Labels::Hidden;
    energy.labels = Labels::Legend;
    if largest.is_finite() {
        ergotropy.references.push(Reference::horizontal(largest, ""));
    }
    Ok(below(vec![energy, ergotropy], &[40.0, 40.0]))
}

fn weak_and_strong(runs: &Runs) -> Result<Figure, AtlasError> {
    let weak = panels(&*runs.grid("charging-weak-drive", &[])?);
    let strong = panels(&*runs.grid("charging-strong-drive", &[])?);
    let [mut a, mut c] = weak;
    let [mut b, mut d] = strong;
    for (panel, title) in [(&mut a, "*F*/*g* = 0.1"), (&mut b, "*F*/*g* = 10")] {
        panel.title = title.into();
        panel.labels = Labels::Legend;
        panel.y = std::mem::take(&mut panel.y).within(0.0, 1.05);
    }
    for panel in [&mut c, &mut d] {
        panel.labels = Labels::Hidden;
        panel.y = std::mem::take(&mut panel.y).within(0.0, 1.05);
    }
    for panel in [&mut b, &mut d] {
        panel.y.label.clear();
    }
    Ok(Figure {
        width: DOUBLE_COLUMN,
        columns: 2,
        heights: vec![40.0, 40.0],
        letters: true,
        share_x: true,
        panels: [a, b, c, d].map(Panel::from).to_vec(),
        ..Figure::default()
    })
}

/// Energy and ergotropy over time, a line for each dephasing, with their limits where all have the same.
fn panels(data: &StudyData) -> [LinePanel; 2] {
    let named = [
        ("energy", "asymptote_energy", "*E*_{B}/*ω*_{B}"),
        ("ergotropy_global", "asymptote_ergotropy_global", "*W*/*ω*_{B}"),
    ];
    named.map(|(name, limit, label)| {
        let gammas = &data.axes[0].values;
        let lines = gammas.iter().enumerate().map(|(i, gamma)| {
            Line::new(
                format!("*γ*_{{C}}/*g* = {}", digits(*gamma)),
                &data.times,
                &data.over_time(name, &vec![i]),
            )
        });
        // Without dephasing there is no limit.
        let limit = data.value(limit, &vec![gammas.len() - 1], 0);
        LinePanel {
            lines: lines.collect(),
            references: vec![Reference::horizontal(limit, "")],
            ..LinePanel::new(time_axis(), Axis::linear(label))
        }
    })
}
