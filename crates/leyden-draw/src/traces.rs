//! The figure of one run: energy, ergotropy and power over time.

use leyden_figures::{Axis, Figure, Line, LinePanel, Reference};
use leyden_results::Document;

use super::markup::{self, number, with_unit};
use super::spec::Which;
use super::stack;
use super::study_figure::{StudyFigure, without_rounding};
use leyden_results::table::{Group, Plateau, name_of};

/// Energy and ergotropy above, power below, with the limits and the charging time.
pub(crate) fn traces(document: &Document) -> Figure {
    let times = document.numbers("times");
    let units = document.units();
    let labels = [&units.time, &units.energy, &units.power].map(|unit| &*unit.symbol);
    let mut panels = panels(labels, &times, |path| document.numbers(path), |path| document.number(path));
    panels[0].references.extend(plateau(document, &times));
    stack::of_run(document, "Energy, ergotropy and power over time", (38.0, 26.0), panels.to_vec())
}

/// The last plateau that can be seen: its ergotropy, or its energy where that is what differs from the limit.
fn plateau(document: &Document, times: &[f64]) -> Option<Reference> {
    /// What differs by less from the limit is one line with it.
    const APART: f64 = 0.02;
    let last = *times.last()?;
    let mut plateaus = document.list::<Plateau>("asymptote.plateaus");
    plateaus.retain(|plateau| plateau.from.is_some_and(|from| from <= last));
    let plateau = plateaus.pop()?;
    let limit = |path: &str| document.number(path);
    let shown = [
        (plateau.ergotropy, limit("asymptote.ergotropy.global")),
        (plateau.energy, limit("asymptote.energy")),
    ];
    let scale = shown.iter().map(|(value, _)| value.abs()).fold(f64::MIN_POSITIVE, f64::max);
    let apart =
        |(value, limit): &(f64, Option<f64>)| limit.is_none_or(|limit| (value - limit).abs() > APART * scale);
    let (value, _) = shown.into_iter().find(apart)?;
    let unit = &document.units().time.symbol;
    let lifetime = match plateau.lifetime {
        Some(lifetime) => number(lifetime),
        None => format!("10^{{{:.0}}}", plateau.log10_lifetime),
    };
    Some(Reference::horizontal(value, format!("plateau, lifetime {}", markup::measured(&lifetime, unit))))
}

/// A time axis, logarithmic where the times span decades.
pub(super) fn time_axis(times: &[f64], unit: &str) -> Axis {
    let log = times.len() > 2 && times[0] > 0.0 && times[times.len() - 1] / times[0] > 1e3;
    let label = with_unit("@*t*", unit);
    if log { Axis::log(label) } else { Axis::linear(label) }
}

/// The time axis of a run.
pub(super) fn axis_of_run(document: &Document) -> Axis {
    time_axis(&document.numbers("times"), &document.units().time.symbol)
}

pub(super) fn energies(x: &[f64], energy: &[f64], ergotropy: &[f64]) -> Vec<Line> {
    vec![line("energy *E*_{B}", x, energy), line("ergotropy *W*", x, ergotropy)]
}

pub(super) fn powers(t: &[f64], instantaneous: &[f64], average: &[f64]) -> Vec<Line> {
    vec![line("d*E*_{B}/d*t*", t, instantaneous), line("(*E*_{B} - *E*_{B}(0))/*t*", t, average)]
}

fn line(label: &str, x: &[f64], y: &[f64]) -> Line {
    Line::new(label, x, &without_rounding(y))
}

/// Both panels of a run, whose series and numbers are known by their paths in a document; units of times, energies and powers.
fn panels(
    [time, energy, power]: [&str; 3],
    t: &[f64],
    series: impl Fn(&str) -> Vec<f64>,
    number: impl Fn(&str) -> Option<f64>,
) -> [LinePanel; 2] {
    let x = time_axis(t, time);
    let last = t.last().copied().unwrap_or(0.0);
    let settling = number("charging_time.settling").filter(|time| *time < last && *time > t[0]);
    let limit = |path: &str, label: &str| number(path).map(|limit| Reference::horizontal(limit, label));
    let references = [
        limit("asymptote.energy", "*E*_{B}(∞)"),
        limit("asymptote.ergotropy.global", "*W*(∞)"),
        settling.map(|tau| Reference::vertical(tau, "*τ*")),
    ];
    let energies_panel = LinePanel {
        lines: energies(t, &series("energy"), &series("ergotropy.global")),
        references: references.into_iter().flatten().collect(),
        ..LinePanel::new(x.clone(), Axis::linear(with_unit(Group::Energy.label(), energy)))
    };
    let powers_panel = LinePanel {
        lines: powers(t, &series("power.instantaneous"), &series("power.average")),
        references: settling.map(|tau| Reference::vertical(tau, "")).into_iter().collect(),
        ..LinePanel::new(x, Axis::linear(with_unit(Group::Power.label(), power)))
    };
    [energies_panel, powers_panel]
}

/// One point of a study over time: the figure of a run, or the quantities asked for, those of one kind together.
pub(super) fn of_study(plan: &StudyFigure<'_>) -> Figure {
    let data = plan.data;
    let mut panels = if plan.asked() {
        asked(plan)
    } else {
        let array = |path: &str| path.replace('.', "_");
        let series = |path: &str| data.over_time(&array(path), &plan.place);
        let number = |path: &str| Some(data.value(&array(path), &plan.place, 0)).filter(|x| x.is_finite());
        let has_power = data.has("power_instantaneous") || data.has("power_average");
        let units = [&*data.time_unit, data.unit("energy"), data.unit("power_average")];
        let panels = panels(units, &data.times, series, number);
        panels.into_iter().take(if has_power { 2 } else { 1 }).collect()
    };
    for panel in &mut panels {
        panel.x = plan.spec.dress(Which::X, std::mem::take(&mut panel.x));
        panel.y = plan.spec.dress(Which::Y, std::mem::take(&mut panel.y));
    }
    stack::stacked("Quantities over time.".into(), (38.0, 26.0), panels)
}

fn asked(plan: &StudyFigure<'_>) -> Vec<LinePanel> {
    let data = plan.data;
    let panel = |group: Vec<String>| {
        let lines = group.iter().map(|name| {
            // The axis names a line that is alone.
            let label = if group.len() > 1 { name_of(name).short } else { String::new() };
            Line::new(label, &data.times, &plan.over_time(name, &plan.place))
        });
        let label = match &group[..] {
            [only] => name_of(only).full,
            _ => name_of(&group[0]).group.label().into(),
        };
        let y = Axis::linear(with_unit(&label, data.unit(&group[0])));
        LinePanel { lines: lines.collect(), ..LinePanel::new(time_axis(&data.times, &data.time_unit), y) }
    };
    plan.asked_groups().into_iter().map(panel).collect()
}
