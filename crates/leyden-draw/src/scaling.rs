//! Against the number of cells: how much of the energy is work, what stays locked, how long it takes.
//!
//! R = W(inf)/E_B(inf) with its fit 1 - a/N, E_B(inf) - W(inf), and charging times with fitted powers of N, where times exceed
//! the range of numbers the logarithm of 1/(slowest rate).

use leyden_figures::{Axis, Color, Dash, Figure, Line, LinePanel, Mark, Marker};

use super::families::{Family, without_names};
use super::fits::{fit_powers, fit_ratios};
use super::markup;
use super::own;
use super::spec::Which;
use super::stack::{or_no_data, stacked};
use super::study_figure::StudyFigure;
use leyden_results::extent;
use leyden_results::table::{Group, Name, name_of};

/// At most this many points of a line are marked, evenly on the logarithmic axis; the stroke goes through all.
const MARKED: usize = 24;
/// The least ratio of the ends of an axis of times: what hardly depends on N shall look so.
const LEAST: f64 = 4.0;

/// R with its fit, locked energy, charging times; with `by`, one line per value.
pub(super) fn figure(plan: &StudyFigure<'_>, cells: usize, by: Option<usize>) -> Figure {
    let panels: Vec<LinePanel> = if plan.asked() {
        plan.quantities(&[]).iter().map(|name| panel(plan, cells, by, std::slice::from_ref(name))).collect()
    } else {
        default(plan, cells, by)
    };
    let lines = by.map_or(String::new(), |by| format!(", one line per value of {}", plan.data.axes[by].key));
    let description = format!("Against the number of cells{lines}; fits name their range.");
    or_no_data(stacked(description, (36.0, 36.0), panels), x_axis(plan, cells))
}

fn default(plan: &StudyFigure<'_>, cells: usize, by: Option<usize>) -> Vec<LinePanel> {
    let data = plan.data;
    let own = if by.is_some() { own::of_families(data) } else { own::groups(data) };
    if !own.is_empty() && !data.has("optimum_value") {
        return own.iter().map(|group| panel(plan, cells, by, group)).collect();
    }
    let mut groups: Vec<Vec<String>> =
        ["asymptote_ratio", "asymptote_passive"].iter().map(|name| plan.quantities(&[*name])).collect();
    let mut times = plan.quantities(&["charging_time_settling", "charging_time_spectral"]);
    if data.has("optimum_value") {
        times = vec!["optimum_value".into()];
    } else if by.is_some() {
        times.truncate(1);
    }
    if beyond_numbers(plan, cells, by, &times) {
        times = plan.quantities(&["asymptote_log10_slowest_rate"]);
    }
    groups.push(times);
    groups.extend(plan.optimal_places().into_iter().map(|place| vec![place.to_string()]));
    groups.retain(|group| !group.is_empty());
    let mut panels: Vec<LinePanel> = groups.iter().map(|group| panel(plan, cells, by, group)).collect();
    // Names said once, where they also say the fit.
    if by.is_some() {
        panels.iter_mut().skip(1).filter(|panel| panel.notes.is_empty()).for_each(without_names);
    }
    panels
}

/// Whether a rate is known where no time is: the times exceed the range of numbers.
fn beyond_numbers(plan: &StudyFigure<'_>, cells: usize, by: Option<usize>, times: &[String]) -> bool {
    if !plan.data.has("asymptote_log10_slowest_rate") {
        return false;
    }
    members(plan, by).into_iter().any(|place| {
        let rates = plan.data.along("asymptote_log10_slowest_rate", cells, &place, plan.time);
        let unknown = |i: usize| {
            let mut place = place.clone();
            place[cells] = i;
            times.iter().all(|name| !plan.data.value(name, &place, plan.time).is_finite())
        };
        rates.iter().enumerate().any(|(i, rate)| *rate < -290.0 || (rate.is_finite() && unknown(i)))
    })
}

/// The places of the lines.
fn members(plan: &StudyFigure<'_>, by: Option<usize>) -> Vec<Vec<usize>> {
    let Some(by) = by else { return vec![plan.place.clone()] };
    Family::new(&plan.data.axes[by]).members.into_iter().map(|i| plan.moved(by, i)).collect()
}

/// Logarithmic: powers of N are straight.
fn x_axis(plan: &StudyFigure<'_>, cells: usize) -> Axis {
    plan.spec.dress(Which::X, Axis::log(markup::axis(&plan.data.axes[cells])))
}

/// One panel: one quantity with a line per value of `by`, or several quantities.
fn panel(plan: &StudyFigure<'_>, cells: usize, by: Option<usize>, quantities: &[String]) -> LinePanel {
    let axis = &plan.data.axes[cells];
    let family = by.map(|by| Family::new(&plan.data.axes[by]));
    let mark = |member: usize| Mark::Both(Marker::ALL[member % Marker::ALL.len()]);
    let mut lines: Vec<Line> = Vec::new();
    for (member, place) in members(plan, by).into_iter().enumerate() {
        for (k, name) in quantities.iter().enumerate() {
            let y = plan.data.along(name, cells, &place, plan.time);
            // 10^300 and beyond: shown as the logarithm of a time.
            let Name { group, short, .. } = name_of(name);
            let sign = if group == Group::LogRate { -1.0 } else { 1.0 };
            let y: Vec<f64> = y.iter().map(|y| sign * y).collect();
            lines.push(match &family {
                Some(family) => family.line(member, mark(member), &axis.values, &y),
                None => Line {
                    mark: mark(k),
                    color: Some(Color::OKABE_ITO[k % Color::OKABE_ITO.len()]),
                    dash: Some(Dash::ALL[k % Dash::ALL.len()]),
                    ..Line::new(if quantities.len() > 1 { &short } else { "" }, &axis.values, &y)
                },
            });
        }
    }
    let group = name_of(&quantities[0]).group;
    let label = match group {
        Group::LogRate => markup::with_unit("log_{10} of 1/slowest rate", &plan.data.time_unit),
        _ => plan.label_of_all(quantities),
    };
    let times = matches!(group, Group::Time | Group::Optimum);
    let y = if times || group == Group::Place { time_axis(label, &lines) } else { Axis::linear(label) };
    let mut panel = LinePanel {
        bar: family.as_ref().and_then(|family| family.bar.clone()),
        ..LinePanel::new(x_axis(plan, cells), plan.spec.dress(Which::Y, y))
    };
    match group {
        Group::Ratio => fit_ratios(&mut lines, &mut panel),
        _ if times => fit_powers(&mut lines, &mut panel),
        _ => {}
    }
    panel.lines = lines.into_iter().flat_map(thinned).collect();
    panel
}

/// A stroke through all points, and markers on some where all of them would be a caterpillar.
fn thinned(line: Line) -> Vec<Line> {
    let Mark::Both(marker) = line.mark else { return vec![line] };
    let shown = |i: &usize| line.x[*i] > 0.0 && line.y.get(*i).is_some_and(|y| y.is_finite());
    let mut all: Vec<usize> = (0..line.x.len()).filter(shown).collect();
    if all.len() <= MARKED {
        return vec![line];
    }
    all.sort_by(|&a, &b| line.x[a].total_cmp(&line.x[b]));
    let end = all[all.len() - 1];
    let step = (line.x[end] / line.x[all[0]]).ln() / MARKED as f64;
    let mut marked: Vec<usize> = Vec::new();
    for i in all {
        if marked.last().is_none_or(|&before| (line.x[i] / line.x[before]).ln() >= step) {
            marked.push(i);
        }
    }
    // The end is marked in place of its neighbour.
    marked.pop();
    marked.push(end);
    let pick = |values: &[f64]| -> Vec<f64> { marked.iter().map(|&i| values[i]).collect() };
    let points = Line { mark: Mark::Points(marker), x: pick(&line.x), y: pick(&line.y), ..line.clone() };
    vec![Line { mark: Mark::Stroke, label: String::new(), ..line }, points]
}

/// Logarithmic where all numbers are positive, and wide enough that small changes look small.
fn time_axis(label: String, lines: &[Line]) -> Axis {
    let values: Vec<f64> = lines.iter().flat_map(|line| line.y.clone()).collect();
    match extent(&values) {
        Some((low, high)) if low > 0.0 && high / low < LEAST => {
            let middle = (low * high).sqrt();
            Axis::log(label).within(middle / LEAST.sqrt(), middle * LEAST.sqrt())
        }
        Some((low, _)) if low > 0.0 => Axis::log(label),
        _ => Axis::linear(label),
    }
}
