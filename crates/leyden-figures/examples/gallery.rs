//! Four figures as a paper on quantum batteries would print them, written as SVG, PNG and PDF:
//! `cargo run --example gallery -- FOLDER`. The curves are closed formulas that
//! look like the physics, not results.

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use leyden_figures::{
    Axis, Contour, DOUBLE_COLUMN, Figure, HeatMap, Line, LinePanel, Mark, Marker, Reference,
};

fn linear(from: f64, to: f64, n: usize) -> Vec<f64> {
    let step = (to - from) / (n - 1) as f64;
    (0..n).map(|i| from + i as f64 * step).collect()
}

fn log(from: f64, to: f64, n: usize) -> Vec<f64> {
    let exponents = linear(from.log10(), to.log10(), n);
    exponents.into_iter().map(|e| 10f64.powf(e)).collect()
}

fn map(x: &[f64], f: impl Fn(f64) -> f64) -> Vec<f64> {
    x.iter().map(|&x| f(x)).collect()
}

/// Energy and ergotropy with their limits, the power below.
pub fn traces() -> Figure {
    let t = linear(0.0, 40.0, 401);
    let energy = |t: f64| 0.5 * (1.0 - (-0.14 * t).exp() * (1.1 * t).cos());
    let ergotropy = |t: f64| (energy(t) - 0.5 * (1.0 - 0.62 * (1.0 - (-0.2 * t).exp()))).max(0.0);
    let power = |t: f64| 0.5 * (-0.14 * t).exp() * (0.14 * (1.1 * t).cos() + 1.1 * (1.1 * t).sin());
    let average = |t: f64| energy(t) / t;
    let time = || Axis::linear("*g**t*");
    Figure {
        title: "Charging of a two-qubit battery".into(),
        description: "Energy and ergotropy approach their limits; the power decays.".into(),
        share_x: true,
        letters: true,
        heights: vec![38.0, 26.0],
        panels: vec![
            LinePanel {
                lines: vec![
                    Line::new("*E*_{B}", &t, &map(&t, energy)),
                    Line::new("ergotropy *W*", &t, &map(&t, ergotropy)),
                ],
                references: vec![
                    Reference::horizontal(0.5, "*E*_{B}(∞)"),
                    Reference::horizontal(0.31, "*W*(∞)"),
                    Reference::vertical(21.4, "*τ*_{0.95}"),
                ],
                ..LinePanel::new(time(), Axis::linear("energy (*ω*_{0})"))
            }
            .into(),
            LinePanel {
                lines: vec![
                    Line::new("d*E*_{B}/d*t*", &t, &map(&t, power)),
                    Line::new("*E*_{B}/*t*", &t, &map(&t, average)),
                ],
                references: vec![Reference::vertical(21.4, "")],
                ..LinePanel::new(time(), Axis::linear("power (*g**ω*_{0})"))
            }
            .into(),
        ],
        ..Figure::default()
    }
}

/// A family of charging times against dephasing, with both asymptotes.
pub fn charging_times() -> Figure {
    let gamma = log(1e-3, 1e3, 241);
    let tau = |cells: f64| map(&gamma, move |g| (12.0 / g + 1.5 * g) / cells.sqrt());
    Figure::of(
        "Charging time against dephasing",
        LinePanel {
            lines: vec![
                Line::guide("∝ *γ*_{C}^{-1}", &[1e-3, 0.6], &[0.9e4, 15.0]),
                Line::guide("∝ *γ*_{C}", &[30.0, 1e3], &[33.0, 1.1e3]),
                Line::new("*N* = 1", &gamma, &tau(1.0)),
                Line::new("*N* = 4", &gamma, &tau(8.0)),
                Line::new("*N* = 16", &gamma, &tau(64.0)),
            ],
            references: vec![Reference::vertical(8f64.sqrt(), "*γ*_{C}^{opt}")],
            ..LinePanel::new(Axis::log("dephasing rate *γ*_{C}/*g*"), Axis::log("charging time *g**τ*"))
        },
    )
}

/// Ergotropy over two logarithmic axes.
pub fn map_of_ergotropy() -> Figure {
    let gamma = log(1e-2, 1e2, 121);
    let drive = log(1e-2, 1e1, 91);
    let mut values = Vec::new();
    for &f in &drive {
        for &g in &gamma {
            let hot = f * f / (f * f + 0.04);
            let slow = g * g / (g * g + 4.0 * (1.0 + f).powi(2));
            let unknown = g > 40.0 && f > 4.0;
            values.push(if unknown { f64::NAN } else { hot * (1.0 - slow) });
        }
    }
    Figure::of(
        "Ergotropy against dephasing and drive",
        HeatMap {
            x: Axis::log("*γ*_{C}/*g*"),
            y: Axis::log("*F*/*g*"),
            color: Axis::linear("*W*(∞)/*N**ω*_{0}").within(0.0, 1.0),
            contours: vec![Contour { level: 0.5, label: "0.5".into() }],
            lines: vec![Line { mark: Mark::Points(Marker::Diamond), ..Line::new("optimum", &[0.3], &[2.0]) }],
            columns: gamma,
            rows: drive,
            values,
            ..HeatMap::default()
        },
    )
}

/// The part of the energy that is work, against the number of cells, with a fit.
pub fn scaling() -> Figure {
    let n: Vec<f64> = (1..=24).map(f64::from).collect();
    let r = map(&n, |n| 1.0 - 0.62 / n - 0.05 / (n * n));
    let fine = linear(1.0, 24.0, 200);
    Figure::of(
        "Scaling of the extractable part with the number of cells",
        LinePanel {
            lines: vec![Line::guide("", &fine, &map(&fine, |n| 1.0 - 0.63 / n)), Line::points("", &n, &r)],
            references: vec![Reference::horizontal(1.0, "all energy is work")],
            notes: vec!["*R* = 1 - *a*/*N*,  *a* = 0.630(4)".into()],
            ..LinePanel::new(Axis::linear("number of cells *N*"), Axis::linear("*R* = *W*/*E*_{B}"))
        },
    )
}

/// All of the above on one double-column sheet.
pub fn sheet() -> Figure {
    let panels = [charging_times(), scaling(), map_of_ergotropy(), traces()];
    Figure {
        title: "Sheet of four panels".into(),
        width: DOUBLE_COLUMN,
        columns: 2,
        letters: true,
        panels: panels.into_iter().filter_map(|figure| figure.panels.into_iter().next()).collect(),
        ..Figure::default()
    }
}

/// Every figure with the name of its files.
pub fn all() -> [(&'static str, Figure); 5] {
    [
        ("traces", traces()),
        ("charging-times", charging_times()),
        ("map", map_of_ergotropy()),
        ("scaling", scaling()),
        ("sheet", sheet()),
    ]
}

#[allow(dead_code, reason = "the tests include this file for its figures")]
fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("give a folder")?;
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    for (name, figure) in all() {
        let start = Instant::now();
        let svg = figure.to_svg();
        let drawn = start.elapsed();
        let png = svg.to_png(300.0)?;
        println!(
            "{name:15} SVG {:6.2} ms, {:4} kB; SVG and PNG {:6.2} ms, {:4} kB",
            1e3 * drawn.as_secs_f64(),
            svg.as_str().len() / 1000,
            1e3 * start.elapsed().as_secs_f64(),
            png.len() / 1000,
        );
        std::fs::write(folder.join(format!("{name}.svg")), svg.as_str())?;
        std::fs::write(folder.join(format!("{name}.png")), png)?;
        std::fs::write(folder.join(format!("{name}.pdf")), figure.to_pdf()?)?;
    }
    Ok(())
}
