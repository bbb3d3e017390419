//! Two qubits: the limit against the drive, and what detuning does to it.
//!
//! On resonance E_B -> omega_B/2 and the ergotropy tends to omega_B (F/g)/(1 + (2F/g)^2).

use std::rc::Rc;

use leyden_figures::{Axis, Color, DOUBLE_COLUMN, Figure, HeatMap, Line, LinePanel, Panel, Reference};
use leyden_results::StudyData;

use super::Plate;
use super::draw::{drive_axis, guide, line, over_both};
use crate::{AtlasError, Runs};

pub(super) const LIMIT: Plate = Plate {
    stem: "steady-state",
    title: "Energy and ergotropy of the limit against the drive",
    caption: "Two qubits under charger dephasing of any strength: the energy of the limit does not depend on the drive, the ergotropy is \
              largest, 1/4, at F/g = 1/2. The printed formula (grey) has its maximum elsewhere; with 2F/g in its denominator it is exact.",
    figure: limit,
};

fn limit(runs: &Runs) -> Result<Figure, AtlasError> {
    let data = runs.grid("steady-state", &[])?;
    let x = &data.axes[0].values;
    let panel = LinePanel {
        lines: vec![
            line("energy *E*_{B}(∞)", &data, "asymptote_energy"),
            line("ergotropy *W*(∞)", &data, "asymptote_ergotropy_global"),
            guide("as printed", x, |f| f / (1.0 + f * f)),
        ],
        references: vec![Reference::vertical(0.5, "*F* = *g*/2")],
        ..LinePanel::new(drive_axis(), Axis::linear("energy/*ω*_{B}").within(0.0, 0.62))
    };
    Ok(Figure::of("", panel))
}

pub(super) const ROBUSTNESS: Plate = Plate {
    stem: "robustness",
    title: "Robustness against detuning, with and without dephasing",
    caption: "Energy and ergotropy of two qubits at gt = 10 over the detunings of battery and drive and of charger and battery: with dephasing \
              (above) both change smoothly, without it (middle) they depend on where in its swing the battery is caught. Below: with dephasing \
              the plateau keeps its ergotropy against the detuning of the battery, while the true limit has none unless that detuning vanishes.",
    figure: robustness,
};

fn robustness(runs: &Runs) -> Result<Figure, AtlasError> {
    let fine = ["sweep.battery.detuning.points=81", "sweep.charger.detuning.points=81"];
    let damped = runs.grid("robustness", &fine)?;
    let free = runs.grid("robustness", &[fine[0], fine[1], "charger.dephasing=0"])?;
    let mut panels = Vec::new();
    for (data, said, most) in [(&damped, "*γ*_{C} = 1.414 *g*", 0.5), (&free, "no dephasing", 1.0)] {
        panels.push(map(data, "energy", "*E*_{B}/*ω*_{B}", said, 1.0));
        panels.push(map(data, "ergotropy_global", "*W*/*ω*_{B}", said, most));
    }
    panels.push(cut(&damped, 0, "*Δ*_{Bd}/*g*"));
    panels.push(cut(&damped, 1, "*Δ*_{CB}/*g*"));
    Ok(Figure {
        width: DOUBLE_COLUMN,
        columns: 2,
        heights: vec![48.0, 48.0, 40.0],
        letters: true,
        panels,
        ..Figure::default()
    })
}

fn map(data: &Rc<StudyData>, name: &str, label: &str, said: &str, top: f64) -> Panel {
    let [columns, rows] = [0, 1].map(|axis| data.axes[axis].values.clone());
    // The energy of a cell is 10 g and its detuning from the drive.
    let cell = |i: usize| 10.0 + columns[i];
    HeatMap {
        values: over_both(data, |i, j| data.value(name, &vec![i, j], 0) / cell(i)),
        x: Axis::linear("*Δ*_{Bd}/*g*"),
        y: Axis::linear("*Δ*_{CB}/*g*"),
        color: Axis::linear(format!("{label}, {said}")).within(0.0, top),
        columns,
        rows,
        ..HeatMap::default()
    }
    .into()
}

/// Whether neighbouring ergotropies have a jump between them.
fn jumps(a: f64, b: f64) -> bool {
    (a - b).abs() > 0.1
}

/// A line with gaps where it jumps.
fn jumping(label: &str, x: &[f64], y: &[f64]) -> Line {
    let (mut xs, mut ys) = (Vec::new(), Vec::new());
    for i in 0..x.len() {
        if i > 0 && jumps(y[i - 1], y[i]) {
            xs.push(x[i]);
            ys.push(f64::NAN);
        }
        xs.push(x[i]);
        ys.push(y[i]);
    }
    Line::new(label, &xs, &ys)
}

/// Ergotropies along one detuning, the other one zero.
fn cut(data: &StudyData, axis: usize, label: &str) -> Panel {
    let place: Vec<usize> = data.axes.iter().map(|axis| axis.nearest(0.0)).collect();
    let x = &data.axes[axis].values;
    // The energy of a cell is 10 g and its detuning from the drive.
    let cell = |i: usize| if axis == 0 { 10.0 + x[i] } else { 10.0 };
    let y = |name: &str| {
        data.along(name, axis, &place, 0).iter().enumerate().map(|(i, y)| y / cell(i)).collect::<Vec<f64>>()
    };
    // Where nothing leaks the plateau is the limit.
    let limit = y("asymptote_ergotropy_global");
    let plateau: Vec<f64> = y("asymptote_plateau_ergotropy")
        .iter()
        .zip(&limit)
        .map(|(p, l)| if p.is_finite() { *p } else { *l })
        .collect();
    // The limit jumps where the detuning of the battery vanishes: there it is a point.
    let alone = (1..x.len() - 1).filter(|&i| jumps(limit[i - 1], limit[i]) && jumps(limit[i], limit[i + 1]));
    let alone: (Vec<f64>, Vec<f64>) = alone.map(|i| (x[i], limit[i])).unzip();
    let lines = vec![
        Line::new("at *g**t* = 10", x, &y("ergotropy_global")),
        jumping("plateau", x, &plateau),
        jumping("limit", x, &limit),
        Line { color: Some(Color::OKABE_ITO[2]), ..Line::points("", &alone.0, &alone.1) },
    ];
    LinePanel {
        lines,
        ..LinePanel::new(Axis::linear(label), Axis::linear("ergotropy *W*/*ω*_{B}").within(-0.02, 0.4))
    }
    .into()
}
