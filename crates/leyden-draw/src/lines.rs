//! Quantities against one axis, and charging times against dephasing with their exact asymptotes.
//!
//! On resonance every mode of a qubit charger is a damped oscillator h'' + (gamma/2) h' + w^2 h = 0. Weak dephasing:
//! every mode decays at gamma/4, tau = 4/gamma. Strong dephasing: at 2w^2/gamma, tau proportional to gamma.

use leyden_figures::{Axis, Dash, Figure, Line, LinePanel, Mark, Marker, Reference};

use super::families::Family;
use super::markup;
use super::own;
use super::spec::Which;
use super::stack::{or_no_data, stacked};
use super::study_figure::StudyFigure;
use leyden_results::table::{Group, name_of};
use leyden_results::{StudyAxis, constant, extent, wide};

/// Numbers over more than this ratio are shown on a logarithmic axis.
const DECADES: f64 = 30.0;
/// A guide is drawn where the last two points follow its slope this closely.
const SLOPE: f64 = 0.05;
/// Lines whose ends differ by less than this share a guide.
const TOGETHER: f64 = 0.5;
/// A guide ends soon after the data come this close, a factor beyond.
const MERGED: f64 = 0.03;
const BEYOND: f64 = 1.5;
/// A guide of given height is drawn where a line comes this close to it, as a ratio.
const NEAR: f64 = 2.0;

const SLOWEST: &str = "asymptote_log10_slowest_rate";

/// Panels of one group of quantities each, below one another; with `by`, of one quantity each and a line per value.
pub(super) fn against(plan: &StudyFigure<'_>, x: usize, by: Option<usize>) -> Figure {
    drawn(plan, x, by, 0)
}

/// The same of one axis in at least so many panels, if need be with the largest average power and its time, or with what
/// does not depend on it.
pub(super) fn many_against(plan: &StudyFigure<'_>, x: usize, least: usize) -> Figure {
    drawn(plan, x, None, least)
}

fn drawn(plan: &StudyFigure<'_>, x: usize, by: Option<usize>, least: usize) -> Figure {
    let mut heading = Vec::new();
    let mut panels: Vec<LinePanel> = match by {
        None => {
            let all = groups(plan, x);
            let varies = |name: &str| plan.data.has(name) && constant_along(plan, x, name).is_none();
            let company = ["power_maximum_average_value", "power_maximum_average_time"];
            let company = company.into_iter().filter(|name| varies(name)).map(|name| vec![name.to_string()]);
            let company = company.filter(|group| !plan.asked() && !all.contains(group));
            let mut company: Vec<Vec<String>> = company.take(least).collect();
            let enough = least > 0 && company.len() == least;
            let mut groups = varying(plan, x, all.clone(), enough, &mut heading);
            company.truncate(least.saturating_sub(groups.len()));
            groups.extend(company);
            if groups.len() < least {
                heading.clear();
                groups = all;
            }
            groups.iter().map(|group| panel(plan, x, group)).collect()
        }
        Some(by) => family_panels(plan, x, by),
    };
    let axis = &plan.data.axes[x];
    // Named once.
    for panel in panels.iter_mut().skip(1) {
        panel.references.iter_mut().for_each(|mark| mark.label.clear());
    }
    let lines = by.map_or(String::new(), |by| format!(", one line per value of {}", plan.data.axes[by].key));
    let description = format!("Quantities against {}{lines}.", axis.key);
    let figure = Figure { heading: markup::constant(&heading), ..stacked(description, (38.0, 38.0), panels) };
    or_no_data(figure, x_axis(plan, axis))
}

/// The groups without what is one number all along the axis, which is `said` instead; unless there is nothing else, here or `elsewhere`.
fn varying(
    plan: &StudyFigure<'_>,
    x: usize,
    groups: Vec<Vec<String>>,
    elsewhere: bool,
    said: &mut Vec<String>,
) -> Vec<Vec<String>> {
    let value = |name: &String| constant_along(plan, x, name);
    let is_constant = |name: &String| value(name).is_some();
    if plan.asked() || (!elsewhere && groups.iter().flatten().all(is_constant)) {
        return groups;
    }
    let constants = groups.iter().flatten().filter(|name| is_constant(name));
    said.extend(constants.filter_map(|name| Some(markup::equals(&plan.label(name), value(name)?))));
    let kept = groups.into_iter().map(|group| group.into_iter().filter(|name| !is_constant(name)).collect());
    kept.filter(|group: &Vec<String>| !group.is_empty()).collect()
}

/// What a quantity is all along an axis of several values, if that is one number.
fn constant_along(plan: &StudyFigure<'_>, x: usize, name: &str) -> Option<f64> {
    let several = plan.data.axes[x].values.len() > 1;
    constant(&plan.along(name, x, &plan.place)).filter(|_| several)
}

/// Marks of the axis, and where an engine turns round.
fn axis_marks(plan: &StudyFigure<'_>, axis: &StudyAxis, x: usize, by: Option<usize>) -> Vec<Reference> {
    let mut marks = plan.marks(axis);
    if by.is_none() {
        let beta = plan.along("engine_beta_e", x, &plan.place);
        let crossing = |i: usize| {
            let ([a, b], [from, to]) = ([beta[i], beta[i + 1]], [axis.values[i], axis.values[i + 1]]);
            (a * b < 0.0 || (a == 0.0 && b != 0.0)).then(|| from + (to - from) * a / (a - b))
        };
        let stalls = (0..beta.len().saturating_sub(1)).filter_map(crossing);
        marks.extend(stalls.map(|at| Reference::vertical(at, "stall")));
    }
    marks
}

/// The axis of a sweep as an axis of a panel.
pub(super) fn sweep_axis(axis: &StudyAxis) -> Axis {
    let label = markup::axis(axis);
    let log = (axis.log && wide(&axis.values, 3.0)) || wide(&axis.values, DECADES);
    let whole = axis.unit == "1" && axis.values.iter().all(|value| value.fract() == 0.0);
    match (log, whole) {
        (true, _) => Axis::log(label),
        (false, true) => Axis::linear(label).counting(),
        (false, false) => Axis::linear(label),
    }
}

fn x_axis(plan: &StudyFigure<'_>, axis: &StudyAxis) -> Axis {
    plan.spec.dress(Which::X, sweep_axis(axis))
}

/// The vertical axis for these numbers.
fn y_axis(plan: &StudyFigure<'_>, group: Group, label: &str, lines: &[Line]) -> Axis {
    let values: Vec<f64> = lines.iter().filter(|line| !line.guide).flat_map(|line| line.y.clone()).collect();
    let log = group.decades() && wide(&values, DECADES);
    plan.spec.dress(Which::Y, if log { Axis::log(label) } else { Axis::linear(label) })
}

/// What to show: what was asked for, what a search found, charging times, limits.
fn groups(plan: &StudyFigure<'_>, x: usize) -> Vec<Vec<String>> {
    if plan.asked() {
        return plan.asked_groups();
    }
    let data = plan.data;
    let own = own::groups(data);
    if !own.is_empty() && !data.has("optimum_value") {
        return own;
    }
    let known = |names: &[&str]| plan.quantities(names);
    let mut groups = vec![known(&["optimum_value", "optimum_value_at_jump"])];
    // Variables of a search are in different units as a rule.
    groups.extend(plan.optimal_places().into_iter().map(|place| vec![place.to_string()]));
    groups.push(known(&["charging_time_settling", "charging_time_first", "charging_time_spectral"]));
    if groups.iter().all(Vec::is_empty) {
        // Of few points it would be a line that is not there.
        let values = plan.along(SLOWEST, x, &plan.place);
        let finite = values.iter().filter(|rate| rate.is_finite()).count();
        groups.push(if 2 * finite > values.len() { known(&[SLOWEST]) } else { Vec::new() });
    }
    groups.push(known(&[
        "asymptote_energy",
        "asymptote_ergotropy_global",
        "asymptote_plateau_energy",
        "asymptote_plateau_ergotropy",
    ]));
    groups.push(plan.at_the_time());
    if groups.iter().all(Vec::is_empty) {
        groups.push(known(&["power_maximum_average_value"]));
        groups.extend(known(&["energy", "ergotropy_global"]).into_iter().map(|name| vec![name]));
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// Quantities of one group, each a line.
fn panel(plan: &StudyFigure<'_>, x: usize, quantities: &[String]) -> LinePanel {
    let axis = &plan.data.axes[x];
    let line = |name: &String| {
        let y = plan.along(name, x, &plan.place);
        Line { mark: marks(&axis.values), ..Line::new(name_of(name).short, &axis.values, &y) }
    };
    let mut lines: Vec<Line> = quantities.iter().map(line).collect();
    let group = name_of(&quantities[0]).group;
    let label = plan.label_of_all(quantities);
    if let [only] = &mut lines[..] {
        only.label.clear();
    }
    let y = y_axis(plan, group, &label, &lines);
    if group == Group::Time && axis.key == "charger.dephasing" {
        lines.splice(0..0, asymptotes(&lines));
    }
    LinePanel { lines, references: axis_marks(plan, axis, x, None), ..LinePanel::new(x_axis(plan, axis), y) }
}

/// Few points are marked, many are a stroke.
fn marks(values: &[f64]) -> Mark {
    if values.len() <= 12 { Mark::Both(Marker::Circle) } else { Mark::Stroke }
}

/// One panel per quantity.
fn family_panels(plan: &StudyFigure<'_>, x: usize, by: usize) -> Vec<LinePanel> {
    let data = plan.data;
    let family = Family::new(&data.axes[by]);
    let mut default = vec!["optimum_value"];
    default.extend(plan.optimal_places());
    let own: Vec<String> = own::of_families(data).into_iter().flatten().collect();
    default.extend(own.iter().map(String::as_str));
    default.extend(["charging_time_settling", "charging_time_spectral"]);
    if plan.quantities(&default).is_empty() {
        default.extend(["charging_time_first", SLOWEST]);
    }
    default.push("asymptote_ergotropy_global");
    default.push("asymptote_energy");
    let mut quantities = plan.quantities(&default);
    if !plan.asked() {
        // A limit that does not depend on the axis is a line nobody needs to see.
        quantities.retain(|name| !is_limit(name) || !flat(plan, x, by, name));
        quantities.truncate(4);
    }
    let mut panels: Vec<LinePanel> =
        quantities.iter().map(|name| family_panel(plan, x, by, &family, name)).collect();
    family.name_once(&mut panels);
    panels
}

fn is_limit(name: &str) -> bool {
    name.starts_with("asymptote_") && name_of(name).group == Group::Energy
}

/// Whether no line of the family depends on the axis.
fn flat(plan: &StudyFigure<'_>, x: usize, by: usize, name: &str) -> bool {
    (0..plan.data.axes[by].values.len()).all(|i| {
        let values = plan.along(name, x, &plan.moved(by, i));
        extent(&values).is_none() || constant(&values).is_some()
    })
}

fn family_panel(plan: &StudyFigure<'_>, x: usize, by: usize, family: &Family, name: &str) -> LinePanel {
    let axis = &plan.data.axes[x];
    let lines = family.members.iter().enumerate().map(|(member, &i)| {
        let y = plan.along(name, x, &plan.moved(by, i));
        family.line(member, marks(&axis.values), &axis.values, &y)
    });
    let mut lines: Vec<Line> = lines.collect();
    let group = name_of(name).group;
    let y = y_axis(plan, group, &plan.label(name), &lines);
    if group == Group::Time {
        let minima: Vec<Line> = lines.iter().filter_map(minimum).collect();
        if axis.key == "charger.dephasing" {
            // Many guides would hide the lines: the outermost say enough.
            let outermost = [lines.first().cloned(), lines.last().cloned()];
            let guides = match family.bar {
                Some(_) => asymptotes(&outermost.into_iter().flatten().collect::<Vec<Line>>()),
                None => asymptotes(&lines),
            };
            lines.splice(0..0, guides);
        }
        lines.extend(minima);
    }
    let references = axis_marks(plan, axis, x, Some(by));
    LinePanel { lines, references, bar: family.bar.clone(), ..LinePanel::new(x_axis(plan, axis), y) }
}

/// The points of a line that can be shown.
fn points(line: &Line) -> Vec<(f64, f64)> {
    let pairs = line.x.iter().copied().zip(line.y.iter().copied());
    pairs.filter(|(x, y)| x.is_finite() && y.is_finite() && *y > 0.0).collect()
}

/// A marker at the smallest value, unless it stands at an end of the line.
fn minimum(line: &Line) -> Option<Line> {
    let points = points(line);
    let lowest = (0..points.len()).reduce(|a, b| if points[b].1 < points[a].1 { b } else { a })?;
    if lowest == 0 || lowest + 1 == points.len() {
        return None;
    }
    let (x, y) = points[lowest];
    let mark = Mark::Points(Marker::Diamond);
    Some(Line { mark, label: String::new(), x: vec![x], y: vec![y], ..line.clone() })
}

/// 4/gamma, and through the last point of every line that ends with slope 1 a line of that slope. Each is drawn from the
/// minimum of a line to where the data lie on it, the first to the end, and only where they follow it at all.
fn asymptotes(lines: &[Line]) -> Vec<Line> {
    let all: Vec<Vec<(f64, f64)>> = lines.iter().map(points).filter(|points| points.len() > 3).collect();
    let lower = |a: (f64, f64), b: (f64, f64)| if b.1 < a.1 { b } else { a };
    let turn = |points: &[(f64, f64)]| points.iter().copied().reduce(lower).map_or(1.0, |point| point.0);
    let weak = all.iter().filter(|points| {
        let (gamma, tau) = points[0];
        let ratio = tau * gamma / 4.0;
        gamma > 0.0 && ratio < NEAR && ratio > 1.0 / NEAR && points[1].1 < tau
    });
    let ends = weak.map(|points| (points[0].0, turn(points)));
    let mut guides = Vec::new();
    if let Some((from, to)) = ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        && from < to
    {
        guides.push(guide("4/*γ*_{C}", [from, to], |gamma| 4.0 / gamma));
    }
    // tau/gamma at the ends: lines that end together share a guide.
    let mut drawn: Vec<f64> = Vec::new();
    for points in &all {
        let [.., before, last] = points[..] else { continue };
        let slope = (last.1 / before.1).ln() / (last.0 / before.0).ln();
        let factor = last.1 / last.0;
        let from = turn(points);
        let apart = |other: &f64| (factor / other).ln().abs() > TOGETHER;
        if !((slope - 1.0).abs() < SLOPE && from > 0.0 && from < last.0 && drawn.iter().all(apart)) {
            continue;
        }
        let away = points.iter().rev().find(|(gamma, tau)| (tau / (factor * gamma)).ln().abs() > MERGED);
        // One whole line to carry the name, which is enough for parallel lines.
        let (label, to) = match drawn.is_empty() {
            true => ("∝ *γ*_{C}", last.0),
            false => ("", away.map_or(last.0, |(gamma, _)| gamma * BEYOND).min(last.0)),
        };
        if from < to {
            guides.push(guide(label, [from, to], |gamma| factor * gamma));
            drawn.push(factor);
        }
    }
    guides
}

fn guide(label: &str, x: [f64; 2], of: impl Fn(f64) -> f64) -> Line {
    Line { dash: Some(Dash::Dashed), ..Line::guide(label, &x, &x.map(of)) }
}
