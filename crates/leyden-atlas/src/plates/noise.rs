//! Dephasing by itself, and noise with memory.

use leyden_draw::{of_run, side_by_side};
use leyden_figures::{Axis, Color, Contour, Dash, Figure, HeatMap, Line, LinePanel, Panel};

use super::Plate;
use super::draw::{dephasing_axis, over_both};
use crate::{AtlasError, Runs};

pub(super) const PICTURES: Plate = Plate {
    stem: "dephased-qubit",
    title: "Dephasing by itself, in pictures that must agree",
    caption: "A qubit dephased in the basis of its Hamiltonian: master equation, random field, continuous measurement of its energy and quantum \
              jumps; thin lines are single systems. The means agree within their standard errors, the fluctuations do not: a field keeps the \
              energy of every system, a measurement finds one of its levels in the end.",
    figure: pictures,
};

fn pictures(runs: &Runs) -> Result<Figure, AtlasError> {
    let mut documents = vec![runs.run("dephased-qubit", &[])?];
    for picture in ["field", "diffusion", "jumps"] {
        let picture = format!("trajectories.picture={picture}");
        documents.push(
            runs.run("dephased-qubit", &["method.name=trajectories", &picture, "trajectories.keep=3"])?,
        );
    }
    let titles = ["master equation", "random field", "measurement", "quantum jumps"];
    let figures = documents
        .iter()
        .zip(titles)
        .filter_map(|(document, title)| Some(Figure { title: title.into(), ..of_run(document)? }));
    let mut figure = side_by_side(figures.collect());
    for panel in &mut figure.panels {
        // H = n: energies are in units of the only frequency there is.
        if let Panel::Lines(LinePanel { x, y, .. }) = panel {
            x.label = "time *ωt*".into();
            if !y.label.is_empty() {
                y.label = "energy/*ω*".into();
            }
        }
    }
    Ok(figure)
}

pub(super) const MEMORY: Plate = Plate {
    stem: "noise-memory",
    title: "Settling time over the strength and the memory of the noise",
    caption: "Two qubits under Ornstein-Uhlenbeck noise of strength γ and correlation time t_c, F = g/2: fast noise acts as white noise, weak noise \
              that remembers leaves the energy swinging, and strong noise that remembers freezes the charger less. The dashed line is the best \
              strength for each memory; the limit is the same everywhere.",
    figure: memory,
};

fn memory(runs: &Runs) -> Result<Figure, AtlasError> {
    let data = runs.grid("noise-memory", &[])?;
    let [columns, rows] = [0, 1].map(|axis| data.axes[axis].values.clone());
    let value = |i: usize, j: usize| data.value("charging_time_settling", &vec![i, j], 0);
    let best = (0..rows.len()).map(|j| {
        let shortest = (0..columns.len()).min_by(|a, b| value(*a, j).total_cmp(&value(*b, j))).unwrap_or(0);
        columns[shortest]
    });
    let best: Vec<f64> = best.collect();
    let best_line = Line {
        color: Some(Color::WHITE),
        dash: Some(Dash::Dashed),
        ..Line::new("best *γ*_{C}", &best, &rows)
    };
    let map = HeatMap {
        values: over_both(&data, value),
        x: dephasing_axis(),
        y: Axis::log("correlation time *gt*_{c}"),
        color: Axis::log("settling time *gτ*"),
        contours: [3.0, 10.0, 30.0].map(|level| Contour { level, label: format!("{level}") }).to_vec(),
        lines: vec![best_line],
        columns,
        rows,
        ..HeatMap::default()
    };
    Ok(Figure { aspect: Some(0.8), ..Figure::of("", map) })
}
