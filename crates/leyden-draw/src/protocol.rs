//! Figures of one run of engines that charge, and of one protocol.

use super::markup::{measured, number, with_unit};
use leyden_figures::{At, Axis, Figure, Line, LinePanel, Mark, Marker, Reference};
use leyden_results::table::{Comparison, Group, Stage};
use leyden_results::{Document, NOTHING, extent};

use super::stack;
use super::traces::{axis_of_run, energies, powers};

/// Cycles beyond this are a stroke without marks.
const MARKED: usize = 40;
/// Boundaries of stages beyond this are not drawn.
const BOUNDARIES: usize = 12;
/// Lines that change by less than this fraction of what lies between them need axes of their own.
const FLAT: f64 = 0.1;
/// Heights of the first panel and of the others, in mm.
const HEIGHTS: (f64, f64) = (38.0, 28.0);

/// Energy and ergotropy, fluctuation, power; beside other ways of charging, one line for each.
pub(super) fn charging(document: &Document) -> Figure {
    let series = |path: &str| document.numbers(path);
    let t = &series("times");
    let units = document.units();
    let (energy_unit, power_unit) = (&*units.energy.symbol, &*units.power.symbol);
    let comparison: Vec<Comparison> = document.list("charging.comparison");
    let last = t.last().copied().unwrap_or(0.0);
    let time = document.number("charging.time").filter(|time| *time < last);
    let upright = |label: &str| time.map(|time| Reference::vertical(time, label));
    let panel = |label: &str, unit: &str, lines: Vec<Line>, references: Vec<Option<Reference>>| LinePanel {
        lines,
        references: references.into_iter().flatten().collect(),
        ..LinePanel::new(axis_of_run(document), Axis::linear(with_unit(label, unit)))
    };
    let panels = if comparison.is_empty() {
        let limit = document.number("asymptote.energy");
        let limit = limit.map(|energy| Reference::horizontal(energy, "*E*_{B}(∞)"));
        let energy = energies(t, &series("energy"), &series("ergotropy.global"));
        let power = powers(t, &series("power.instantaneous"), &series("power.average"));
        vec![
            panel(Group::Energy.label(), energy_unit, energy, vec![limit, upright("*τ*_{f}")]),
            panel(
                "fluctuation *σ*@",
                energy_unit,
                vec![Line::new("", t, &series("fluctuation"))],
                vec![upright("")],
            ),
            panel(Group::Power.label(), power_unit, power, vec![upright("")]),
        ]
    } else {
        let text = |path: &str| document.text(path).unwrap_or_default();
        let (own_mode, own_model) = (text("charging.mode"), text("charging.model"));
        let of = |own: &str, other: fn(&Comparison) -> &Vec<Option<f64>>, names: bool| {
            let name = |mode: &str, model: &str| match names {
                true => format!("{mode}, {model}"),
                false => String::new(),
            };
            let own = Line::new(name(own_mode, own_model), t, &series(own));
            let others = comparison.iter().filter(|found| found.energy.len() == t.len());
            let others = others.map(|found| {
                let y: Vec<f64> = other(found).iter().map(|y| y.unwrap_or(f64::NAN)).collect();
                Line::new(name(&found.mode, &found.model), t, &y)
            });
            std::iter::once(own).chain(others).collect::<Vec<Line>>()
        };
        vec![
            panel("energy *E*_{B}@", energy_unit, of("energy", |other| &other.energy, true), Vec::new()),
            panel(
                "ergotropy *W*@",
                energy_unit,
                of("ergotropy.global", |other| &other.ergotropy, false),
                Vec::new(),
            ),
            panel(
                "fluctuation *σ*@",
                energy_unit,
                of("fluctuation", |other| &other.fluctuation, false),
                Vec::new(),
            ),
        ]
    };
    stack::of_run(document, "Charging by engines over time", HEIGHTS, panels)
}

/// Upright lines where stages begin, with what begins there: what takes no time together with what follows it, and what was extracted,
/// in this unit.
fn boundaries(stages: &[Stage], cycles: usize, several: bool, unit: &str) -> Vec<Reference> {
    let mut references: Vec<(f64, Vec<String>)> = Vec::new();
    let mut t = 0.0;
    for cycle in 0..cycles {
        for stage in stages {
            let extracted = stage.extracted.as_ref().and_then(|list| *list.get(cycle)?);
            let said = match extracted {
                Some(energy) => format!("{} {}", stage.kind, measured(&number(energy), unit)),
                None => stage.kind.clone(),
            };
            match references.last_mut().filter(|(at, _)| *at == t) {
                Some((_, list)) => list.push(said),
                None => references.push((t, vec![said])),
            }
            t += stage.duration;
        }
    }
    let label = |said: &[String]| if several { String::new() } else { said.join(", ") };
    references.iter().map(|(at, said)| Reference::vertical(*at, label(said))).collect()
}

/// Energy and ergotropy in a panel each where one axis would make both flat; labels end like this, in this unit.
fn apart(panel: LinePanel, [end, unit]: [&str; 2]) -> Vec<LinePanel> {
    let length = |values: &[f64]| extent(values).map_or(0.0, |(low, high)| high - low);
    let length_of_all = length(&panel.lines.iter().flat_map(|line| line.y.clone()).collect::<Vec<f64>>());
    let flat = |line: &Line| {
        let length = length(&line.y);
        length > NOTHING && length < FLAT * length_of_all
    };
    if !panel.lines.iter().all(flat) {
        return vec![panel];
    }
    let alone = |(k, line): (usize, &Line)| {
        // The limit is one of the energy, and boundaries are named once.
        let upright = panel.references.iter().filter(|line| matches!(line.at, At::X(_)));
        let unnamed = upright.map(|line| Reference { label: String::new(), ..line.clone() });
        LinePanel {
            lines: vec![Line { label: String::new(), ..line.clone() }],
            references: if k == 0 { panel.references.clone() } else { unnamed.collect() },
            y: Axis::linear(with_unit(&format!("{}@{end}", line.label), unit)),
            ..panel.clone()
        }
    };
    panel.lines.iter().enumerate().map(alone).collect()
}

/// The trace through the stages where it is shown, and the ends of the cycles where there are several.
pub(super) fn cycles(document: &Document) -> Figure {
    let (energy, ergotropy) = (document.numbers("cycles.energy"), document.numbers("cycles.ergotropy"));
    let stages: Vec<Stage> = document.list("cycles.stages");
    let t = &document.numbers("times");
    let unit = &*document.units().energy.symbol;
    let mut panels = Vec::new();
    let several = energy.len() > 1;
    let mut counts = document.numbers("cycles.shown");
    if counts.len() != energy.len() {
        counts = (1..=energy.len()).map(|n| n as f64).collect();
    }
    let skips = counts.last().is_some_and(|last| *last > energy.len() as f64);
    let fine = t.len() > energy.len() * stages.len() + 1;
    if (fine && !skips) || !several {
        let references = if energy.len() * stages.len() <= BOUNDARIES {
            boundaries(&stages, energy.len(), several, unit)
        } else {
            Vec::new()
        };
        let panel = LinePanel {
            lines: energies(t, &document.numbers("energy"), &document.numbers("ergotropy.global")),
            references,
            ..LinePanel::new(axis_of_run(document), Axis::linear(with_unit(Group::Energy.label(), unit)))
        };
        panels.extend(apart(panel, ["", unit]));
    }
    if several {
        let mark = if counts.len() <= MARKED { Mark::Both(Marker::Circle) } else { Mark::Stroke };
        let fixed =
            document.number("cycles.fixed_point").map(|energy| Reference::horizontal(energy, "*E*_{B}^{*}"));
        let ends = energies(&counts, &energy, &ergotropy).into_iter();
        let panel = LinePanel {
            lines: ends.map(|line| Line { mark, ..line }).collect(),
            references: fixed.into_iter().collect(),
            ..LinePanel::new(
                if skips { Axis::log("cycle") } else { Axis::linear("cycle").counting() },
                Axis::linear(with_unit("energy@ at the end of a cycle", unit)),
            )
        };
        panels.extend(apart(panel, [" at the end of a cycle", unit]));
    }
    let figure = stack::of_run(document, "Energy and ergotropy of a protocol", HEIGHTS, panels);
    Figure { share_x: false, ..figure }
}
