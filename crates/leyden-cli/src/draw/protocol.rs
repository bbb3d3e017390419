//! Figures of one run of engines that charge, and of one protocol.

use leyden_figures::{Axis, Figure, Line, LinePanel, Mark, Marker, Panel, Reference};
use leyden_study::{Cycles, Document, EngineChargingDocument};

use super::traces::axis_of_run;

/// Cycles beyond this are a stroke without marks.
const MARKED: usize = 40;
/// Boundaries of stages beyond this are not drawn.
const BOUNDARIES: usize = 12;

fn stacked(document: &Document, description: String, panels: Vec<LinePanel>, share_x: bool) -> Figure {
    let heights = [38.0].into_iter().chain(std::iter::repeat(28.0)).take(panels.len()).collect();
    Figure {
        title: document.title.clone(),
        description,
        share_x,
        letters: panels.len() > 1,
        heights,
        panels: panels.into_iter().map(Panel::from).collect(),
        ..Figure::default()
    }
}

/// Energy and ergotropy, fluctuation, power; beside other ways of charging, one line for each.
pub(super) fn charging(document: &Document, charging: &EngineChargingDocument) -> Figure {
    let t = &document.times;
    let last = t.last().copied().unwrap_or(0.0);
    let time = charging.time.filter(|time| *time < last);
    let upright = |label: &str| time.map(|time| Reference::vertical(time, label));
    let panel = |label: &str, lines: Vec<Line>, references: Vec<Reference>| LinePanel {
        lines,
        references,
        ..LinePanel::new(axis_of_run(document), Axis::linear(label))
    };
    let limit = |value: Option<f64>, label: &str| value.map(|value| Reference::horizontal(value, label));
    let panels = if charging.comparison.is_empty() {
        let limits = [limit(document.asymptote.energy, "*E*_{B}(∞)"), upright("*τ*_{f}")];
        vec![
            panel(
                "energy",
                vec![
                    Line::new("energy *E*_{B}", t, &document.energy),
                    Line::new("ergotropy *W*", t, &document.ergotropy.global),
                ],
                limits.into_iter().flatten().collect(),
            ),
            panel(
                "fluctuation *σ*",
                vec![Line::new("", t, &document.fluctuation)],
                upright("").into_iter().collect(),
            ),
            panel(
                "power",
                vec![
                    Line::new("d*E*_{B}/d*t*", t, &document.power.instantaneous),
                    Line::new("(*E*_{B} - *E*_{B}(0))/*t*", t, &document.power.average),
                ],
                upright("").into_iter().collect(),
            ),
        ]
    } else {
        let of = |own: &[f64], other: &dyn Fn(&leyden_study::OtherCharging) -> Vec<f64>, names: bool| {
            let name = |mode: &str, model: &str| match names {
                true => format!("{mode}, {model}"),
                false => String::new(),
            };
            let own = Line::new(name(&charging.mode, &charging.model), t, own);
            let others = charging.comparison.iter().filter(|found| found.energy.len() == t.len());
            let others = others.map(|found| Line::new(name(&found.mode, &found.model), t, &other(found)));
            std::iter::once(own).chain(others).collect::<Vec<Line>>()
        };
        vec![
            panel("energy *E*_{B}", of(&document.energy, &|other| other.energy.clone(), true), Vec::new()),
            panel(
                "ergotropy *W*",
                of(&document.ergotropy.global, &|other| other.ergotropy.clone(), false),
                Vec::new(),
            ),
            panel(
                "fluctuation *σ*",
                of(&document.fluctuation, &|other| other.fluctuation.clone(), false),
                Vec::new(),
            ),
        ]
    };
    let description = format!("Charging by engines over time, solved by {}.", document.method.name);
    stacked(document, description, panels, true)
}

/// The trace through the stages where it is shown, and the ends of the cycles where there are several.
pub(super) fn cycles(document: &Document, cycles: &Cycles) -> Figure {
    let mut panels = Vec::new();
    let several = cycles.energy.len() > 1;
    let fine = document.times.len() > cycles.energy.len() * cycles.stages.len() + 1;
    if fine || !several {
        let t = &document.times;
        let mut ends: Vec<f64> = Vec::new();
        if cycles.energy.len() * cycles.stages.len() <= BOUNDARIES {
            let mut end = 0.0;
            for _ in 0..cycles.energy.len() {
                for stage in &cycles.stages {
                    end += stage.duration;
                    ends.push(end);
                }
            }
            ends.dedup();
            ends.pop();
        }
        panels.push(LinePanel {
            lines: vec![
                Line::new("energy *E*_{B}", t, &document.energy),
                Line::new("ergotropy *W*", t, &document.ergotropy.global),
            ],
            references: ends.into_iter().map(|end| Reference::vertical(end, "")).collect(),
            ..LinePanel::new(axis_of_run(document), Axis::linear("energy"))
        });
    }
    if several {
        let counts: Vec<f64> = (1..=cycles.energy.len()).map(|n| n as f64).collect();
        let mark = if counts.len() <= MARKED { Mark::Both(Marker::Circle) } else { Mark::Stroke };
        let fixed = cycles.fixed_point.map(|energy| Reference::horizontal(energy, "*E*_{B}^{*}"));
        panels.push(LinePanel {
            lines: vec![
                Line { mark, ..Line::new("energy *E*_{B}", &counts, &cycles.energy) },
                Line { mark, ..Line::new("ergotropy *W*", &counts, &cycles.ergotropy) },
            ],
            references: fixed.into_iter().collect(),
            ..LinePanel::new(Axis::linear("cycle"), Axis::linear("at the end of a cycle"))
        });
    }
    let description = format!("Energy and ergotropy of a protocol, solved by {}.", document.method.name);
    stacked(document, description, panels, false)
}
