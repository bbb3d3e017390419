//! Heat engines as chargers, a star of spins, and a device that could be built.

use leyden_figures::{Axis, Band, Figure, Line, LinePanel, Mark, Marker, Reference};
use leyden_results::StudyData;

use super::Plate;
use super::draw::{along, below, beside, cells_axis, guide, line, row};
use crate::closed::{EXPONENT, many_cells};
use crate::{AtlasError, Runs};

pub(super) const REGIMES: Plate = Plate {
    stem: "maser",
    title: "Engine, stall and refrigerator of a three-level maser",
    caption: "A driven maser against the temperature of its hot bath: above T_h = 50/9 its baths invert the signal transition and it gives power, \
              below it takes power and cools. Its efficiency is ω_0/ω_h throughout, and Carnot's at the stall point.",
    figure: regimes,
};

fn regimes(runs: &Runs) -> Result<Figure, AtlasError> {
    let data = runs.grid("maser", &[])?;
    let x = &data.axes[0].values;
    let axis = || Axis::linear("temperature of the hot bath *T*_{h}/*ω*_{0}");
    let stall = |label: &str| Reference::vertical(50.0 / 9.0, label);
    let ratio = LinePanel {
        lines: vec![line("", &data, "engine_ratio")],
        references: vec![stall("stall"), Reference::horizontal(1.0, "inversion")],
        ..LinePanel::new(axis(), Axis::linear("population ratio *n*_{1}/*n*_{0}"))
    };
    let carnot: Vec<f64> = x.iter().map(|t| if *t > 5.0 - 1e-9 { 1.0 - 5.0 / t } else { f64::NAN }).collect();
    let efficiency = LinePanel {
        lines: vec![line("efficiency", &data, "engine_efficiency"), Line::new("Carnot", x, &carnot)],
        references: vec![stall("")],
        ..LinePanel::new(axis(), Axis::linear("efficiency").within(0.0, 0.65))
    };
    let currents = LinePanel {
        lines: vec![
            line("power", &data, "engine_power"),
            line("heat, hot bath", &data, "engine_heat_hot"),
            line("heat, cold bath", &data, "engine_heat_cold"),
        ],
        references: vec![stall(""), Reference::horizontal(0.0, "")],
        ..LinePanel::new(axis(), Axis::linear("current/*ω*_{0}²"))
    };
    Ok(below(vec![ratio, efficiency, currents], &[32.0, 32.0, 36.0]))
}

pub(super) const TOGETHER: Plate = Plate {
    stem: "engines-together",
    title: "Ten cells charged by ten engines, together and alone",
    caption: "Together the engines charge faster and higher and lock less energy. The energy fluctuates more on the way, though, and is steady only \
              once the battery is full.",
    figure: together,
};

fn together(runs: &Runs) -> Result<Figure, AtlasError> {
    let together = runs.run("engines-together", &[])?;
    let alone = runs.run("engines-together", &["charging.mode=individual"])?;
    let t = together.numbers("times");
    let tau: Vec<f64> = t.iter().map(|t| 0.1 * t).collect();
    let panel = |path: &str, label: &str, scale: f64| {
        let of = |document: &leyden_results::Document| {
            document.numbers(path).iter().map(|x| x * scale).collect::<Vec<f64>>()
        };
        LinePanel {
            lines: vec![
                Line::new("together", &tau, &of(&together)),
                Line::new("each cell alone", &tau, &of(&alone)),
            ],
            ..LinePanel::new(Axis::linear("time *Γ*_{e}*t*").within(0.0, 3.0), Axis::linear(label))
        }
    };
    let panels = vec![
        panel("charging.per_cell", "energy *e*_{*N*}", 1.0),
        panel("charging.relative_fluctuation", "fluctuation *σ*_{*N*}", 1.0),
        panel("ergotropy.global", "ergotropy *W*/(*Nω*_{0})", 0.1),
    ];
    Ok(below(panels, &[34.0, 34.0, 34.0]))
}

pub(super) const POWER: Plate = Plate {
    stem: "power-enhancement",
    title: "Power of engines together over engines alone",
    caption: "Average power to 99 per cent of the limit against the number of cells. The published gain of almost N is N/ln N at a closer look, with \
              (1 - y) ln 100/ln[N(1 - y)/a_f] as its factor.",
    figure: power,
};

fn power(runs: &Runs) -> Result<Figure, AtlasError> {
    let data = runs.grid("ladder-of-engines", &[])?;
    let x = &data.axes[0].values;
    let panel = LinePanel {
        lines: vec![
            Line { mark: Mark::Both(Marker::Circle), ..line("together", &data, "charging_enhancement") },
            guide("*N*", x, |n| n),
            guide("many cells", &x.iter().copied().filter(|n| *n >= 8.0).collect::<Vec<_>>(), many_cells),
        ],
        ..LinePanel::new(cells_axis(), Axis::log("power over that of engines alone"))
    };
    Ok(Figure::of("", panel))
}

pub(super) const FREEDOM: Plate = Plate {
    stem: "engine-freedom",
    title: "Asymptotic freedom of cells charged by engines",
    caption: "The share of the energy that is locked: engines together lock less than one level of one cell, so that the share vanishes as \
              e^{-|β_e ω_0|}/N. Cells with engines of their own lock the same share at every size.",
    figure: freedom,
};

fn freedom(runs: &Runs) -> Result<Figure, AtlasError> {
    let locked = |data: &StudyData, label: &str, marker: Marker| {
        let (x, r) = along(data, "asymptote_ratio");
        Line {
            mark: Mark::Both(marker),
            ..Line::new(label, x, &r.iter().map(|r| 1.0 - r).collect::<Vec<_>>())
        }
    };
    let together = runs.grid("ladder-of-engines", &[])?;
    let alone = runs.grid("ladder-of-engines", &["charging.mode=individual"])?;
    let x = &together.axes[0].values;
    let panel = LinePanel {
        lines: vec![
            locked(&together, "together", Marker::Circle),
            locked(&alone, "each cell alone", Marker::Square),
            guide("e^{-0.8}/*N*", x, |n| (-EXPONENT).exp() / n),
        ],
        ..LinePanel::new(cells_axis(), Axis::log("locked share 1 - *R*").within(3e-4, 1.0))
    };
    Ok(Figure::of("", panel))
}

pub(super) const FULL: Plate = Plate {
    stem: "full-engines",
    title: "Where the collective advantage of engines is lost",
    caption: "Power to 99 per cent of the limit over that of one engine and one cell, with all levels of the engines (marks) and with engines as one \
              bath (line). The stronger the coupling, the sooner the engines cannot follow; at g = 0.3 γ two cells together are slower than alone (below 1, dotted).",
    figure: full,
};

fn full(runs: &Runs) -> Result<Figure, AtlasError> {
    let full = runs.grid("full-engines", &[])?;
    let bath = runs.grid("full-engines", &["charging.model=effective", "sweep.coupling.strength=[0.02]"])?;
    let cells = &full.axes[1].values;
    let markers = [Marker::Circle, Marker::Square, Marker::Triangle];
    let mut lines = vec![Line::new("one bath", cells, &row(&bath, "charging_enhancement", 0))];
    for (i, (g, marker)) in full.axes[0].values.iter().zip(markers).enumerate() {
        lines.push(Line {
            mark: Mark::Both(marker),
            ..Line::new(format!("*g* = {g} *γ*"), cells, &row(&full, "charging_enhancement", i))
        });
    }
    let panel = LinePanel {
        lines,
        references: vec![Reference::horizontal(1.0, "")],
        ..LinePanel::new(
            Axis::linear("number of cells *N*").counting(),
            Axis::linear("power over that of one cell alone"),
        )
    };
    Ok(Figure::of("", panel))
}

pub(super) const NMR: Plate = Plate {
    stem: "nmr-star",
    title: "A star of spins, re-energised again and again",
    caption: "Polarisation of the battery spin in units of that of its 36 chargers: over the cycles for four waiting times, and the value that many \
              cycles keep against the waiting time for three sizes. The first cycle gives most, and what remains rests on how far chargers recover.",
    figure: nmr,
};

/// Equilibrium polarisations: those of the chargers are -POLARISATION.
const POLARISATION: f64 = 1e-3;

/// Cycles that are shown: later ones are alike.
const SHOWN: usize = 16;

/// Population of the battery spin, in units in which its energy is 1, as polarisation in units of that of the chargers.
pub(crate) fn polarised(energies: &[f64]) -> Vec<f64> {
    energies.iter().map(|e| (2.0 * e - 1.0) / POLARISATION).collect()
}

fn nmr(runs: &Runs) -> Result<Figure, AtlasError> {
    let waits = ["3 s", "5 s", "10 s", "17 s"];
    let mut lines = Vec::new();
    for wait in waits {
        let document = runs.run("nmr-star-cycles", &[&format!("stage.1.duration=\"{wait}\"")])?;
        let energy = polarised(&document.numbers("cycles.energy"));
        let cycles: Vec<f64> = (1..=SHOWN).map(|i| i as f64).collect();
        lines.push(Line {
            mark: Mark::Both(Marker::Circle),
            ..Line::new(format!("*Δ* = {wait}"), &cycles, &energy)
        });
    }
    let left = LinePanel {
        lines,
        ..LinePanel::new(Axis::linear("cycle").counting(), Axis::linear("polarisation *P*/*C*_{eq}"))
    };
    let mut lines = Vec::new();
    for n in [4, 12, 36] {
        let data = runs.grid("nmr-star", &[&format!("nmr.chargers={n}")])?;
        let (x, y) = along(&data, "cycles_fixed_point");
        lines.push(Line::new(format!("*N* = {n}"), x, &polarised(&y)));
    }
    let right = LinePanel {
        lines,
        ..LinePanel::new(Axis::linear("waiting time *Δ* (s)"), Axis::linear("kept polarisation *P*/*C*_{eq}"))
    };
    Ok(beside(vec![left.into(), right.into()], 48.0))
}

pub(super) const DEVICES: Plate = Plate {
    stem: "nitrogen-vacancies",
    title: "A flux device charges nitrogen-vacancy centres in diamond",
    caption: "Charging time and power to 99 per cent of the limit, and the ratios that must be small for the equations to hold: frequencies and coupling \
              are those of Zhu and others (2011), temperatures, rates and the second transition of the device are assumed. Where the band is grey the engines \
              cannot follow, and the lines are too good to be true.",
    figure: devices,
};

/// Energy of a photon of 2.88 GHz in joules.
const QUANTUM: f64 = 6.626_070_15e-34 * 2.88e9;
/// Ratios above this are not small.
const TOO_LARGE: f64 = 0.1;

fn devices(runs: &Runs) -> Result<Figure, AtlasError> {
    let data = runs.grid("nitrogen-vacancies", &[])?;
    let time = line("", &data, "charging_time");
    let mut power = line("", &data, "charging_average_power");
    power.y.iter_mut().for_each(|p| *p *= QUANTUM);
    let ratios = vec![
        line("bath rates", &data, "engine_validity_bath_rates"),
        line("collective rate", &data, "engine_validity_battery_rate"),
        line("current", &data, "engine_validity_current"),
    ];
    let cells = &data.axes[0].values;
    let valid = |i: &usize| ratios.iter().all(|ratio| ratio.y[*i] <= TOO_LARGE);
    let bands = match (0..cells.len()).find(|i| !valid(i)) {
        Some(i) => vec![Band::X { from: cells[i], to: f64::INFINITY }],
        None => Vec::new(),
    };
    let panel = |lines: Vec<Line>, label: &str| LinePanel {
        lines,
        bands: bands.clone(),
        ..LinePanel::new(Axis::log("number of centres *N*"), Axis::log(label))
    };
    let ratios = LinePanel {
        references: vec![Reference::horizontal(TOO_LARGE, "small below")],
        ..panel(ratios, "validity ratio")
    };
    let panels = vec![
        panel(vec![time], "charging time (s)").into(),
        panel(vec![power], "average power (W)").into(),
        ratios.into(),
    ];
    Ok(beside(panels, 44.0))
}
