//! Against the number of cells: how much of the energy is work, what stays locked, how long it takes.
//!
//! 1 - W(inf)/E_B(inf) with its law a/N, E_B(inf) - W(inf), and charging times with fitted powers of N, where times exceed
//! the range of numbers the logarithm of 1/(slowest rate). Where nothing has a limit: the largest average power, its exponents between
//! neighbours, its advantage over parallel charging and its time; at one time the energy per cell and what part of it is work.

use leyden::merit::local_exponents;
use leyden_figures::{Axis, Color, Dash, Figure, Line, LinePanel, Mark, Marker, Reference};

use super::families::{Family, without_names};
use super::fits::{fit_powers, fit_ratios};
use super::markup::{self, number};
use super::own;
use super::spec::Which;
use super::stack::{or_no_data, stacked};
use super::study_figure::StudyFigure;
use leyden_results::table::{Group, name_of};
use leyden_results::{Form, constant, extent, wide};

/// Lines of more points than this are strokes: markers would be a caterpillar.
const MARKED: usize = 40;
/// The least ratio of the ends of an axis of times: what hardly depends on N shall look so.
const LEAST: f64 = 4.0;
/// Logarithms of times over more than this ratio get a logarithmic axis of their own.
const MANY_DECADES: f64 = 30.0;

const POWER: &str = "power_maximum_average_value";
/// What part of the energy is work.
const PARTS: [&str; 3] = ["ergotropy_global_ratio", "ergotropy_collective_ratio", "ergotropy_local_ratio"];

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
    let limitless = !data.has("asymptote_ratio") && !data.has("optimum_value");
    if by.is_none() && limitless && data.times.len() == 1 {
        groups.push(plan.quantities(&["energy_per_cell"]));
        groups.push(plan.quantities(&PARTS));
    } else if by.is_none() {
        groups.push(plan.at_the_time());
    }
    groups.extend(plan.optimal_places().into_iter().map(|place| vec![place.to_string()]));
    groups.retain(|group| !group.is_empty());
    if groups.is_empty() {
        // Without a limit there is the power; of several lines, what they gain from charging together first.
        let powers = match by {
            None => [POWER, "parallel_advantage", "power_maximum_average_time"],
            Some(_) => ["parallel_advantage", POWER, "power_maximum_average_time"],
        };
        groups = plan.quantities(&powers).into_iter().map(|name| vec![name]).collect();
    }
    let mut panels: Vec<LinePanel> = groups.iter().map(|group| panel(plan, cells, by, group)).collect();
    if by.is_none() && groups.first().is_some_and(|group| group[0] == POWER) {
        panels.splice(1..1, exponents(plan, cells));
    }
    // Names said once, where they also say the fit.
    if by.is_some() {
        panels.iter_mut().skip(1).filter(|panel| panel.notes.is_empty()).for_each(without_names);
    }
    panels
}

/// d ln P/d ln N of the largest average power between neighbouring N, with that of the law for many cells.
fn exponents(plan: &StudyFigure<'_>, cells: usize) -> Option<LinePanel> {
    let axis = &plan.data.axes[cells];
    let local = local_exponents(&axis.values, &plan.along(POWER, cells, &plan.place));
    let (x, y): (Vec<f64>, Vec<f64>) = local.into_iter().unzip();
    let law = plan.data.law(POWER, &plan.place).map(|law| law.form);
    let reference = match law {
        Some(Form::Power { exponent, .. }) => {
            Some(Reference::horizontal(exponent, format!("many cells: {}", number(exponent))))
        }
        _ => None,
    };
    let label = "exponent d ln *P*_{max}/d ln *N*";
    let mark = if x.len() > MARKED { Mark::Stroke } else { Mark::Both(Marker::ALL[0]) };
    // One exponent all along is said by the fit.
    (x.len() > 1 && constant(&y).is_none()).then(|| LinePanel {
        lines: vec![Line { mark, ..Line::new("", &x, &y) }],
        references: reference.into_iter().collect(),
        ..LinePanel::new(x_axis(plan, cells), plan.spec.dress(Which::Y, Axis::linear(label)))
    })
}

/// Whether a rate is known where no time is: the times exceed the range of numbers.
fn beyond_numbers(plan: &StudyFigure<'_>, cells: usize, by: Option<usize>, times: &[String]) -> bool {
    if !plan.data.has("asymptote_log10_slowest_rate") {
        return false;
    }
    members(plan, by).into_iter().any(|place| {
        let rates = plan.along("asymptote_log10_slowest_rate", cells, &place);
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
    let axis = &plan.data.axes[cells];
    let label = markup::axis(axis);
    let one = axis.values.len() == 1;
    plan.spec.dress(Which::X, if one { Axis::linear(label) } else { Axis::log(label) }.counting())
}

/// One panel: one quantity with a line per value of `by`, or several quantities.
fn panel(plan: &StudyFigure<'_>, cells: usize, by: Option<usize>, quantities: &[String]) -> LinePanel {
    let axis = &plan.data.axes[cells];
    let family = by.map(|by| Family::new(&plan.data.axes[by]));
    let group = name_of(&quantities[0]).group;
    let mark = |member: usize| match axis.values.len() > MARKED {
        true => Mark::Stroke,
        false => Mark::Both(Marker::ALL[member % Marker::ALL.len()]),
    };
    let mut lines: Vec<Line> = Vec::new();
    let mut laws = Vec::new();
    for (member, place) in members(plan, by).into_iter().enumerate() {
        for (k, name) in quantities.iter().enumerate() {
            let y = plan.along(name, cells, &place);
            laws.push(plan.data.law(name, &place));
            let y: Vec<f64> = match group {
                // 10^300 and beyond: shown as the logarithm of a time.
                Group::LogRate if is_rate(name) => y.iter().map(|y| -y).collect(),
                Group::Ratio => y.iter().map(|ratio| 1.0 - ratio).collect(),
                _ => y,
            };
            lines.push(match &family {
                Some(family) => family.line(member, mark(member), &axis.values, &y),
                None => Line {
                    mark: mark(k),
                    color: Some(Color::OKABE_ITO[k % Color::OKABE_ITO.len()]),
                    dash: Some(Dash::ALL[k % Dash::ALL.len()]),
                    ..Line::new(
                        if quantities.len() > 1 { name_of(name).short } else { String::new() },
                        &axis.values,
                        &y,
                    )
                },
            });
        }
    }
    let label = match group {
        Group::LogRate if is_rate(&quantities[0]) => {
            markup::with_unit("log_{10} @*τ* (1/slowest rate)", &plan.data.time_unit)
        }
        Group::Ratio => "1 - *W*(∞)/*E*_{B}(∞)".into(),
        _ => plan.label_of_all(quantities),
    };
    let powers =
        matches!(group, Group::Time | Group::Optimum | Group::Power | Group::PowerTime | Group::Advantage);
    let y = match group {
        // Logarithms that grow as a power.
        Group::LogRate if !wide(&all_of(&lines), MANY_DECADES) => Axis::linear(label),
        Group::Ratio | Group::Place | Group::LogRate => decades(label, &lines),
        _ if powers => decades(label, &lines),
        // Alike for all systems, with room for marks at 1.
        Group::Fraction => Axis::linear(label).within(-0.05, 1.05),
        _ => Axis::linear(label),
    };
    let mut panel = LinePanel {
        bar: family.as_ref().and_then(|family| family.bar.clone()),
        references: plan.marks(axis),
        ..LinePanel::new(x_axis(plan, cells), plan.spec.dress(Which::Y, y))
    };
    match group {
        Group::Ratio => fit_ratios(&mut lines, &mut panel),
        _ if powers => fit_powers(&mut lines, &mut panel, &laws),
        _ => {}
    }
    panel.lines = lines;
    panel
}

fn all_of(lines: &[Line]) -> Vec<f64> {
    lines.iter().flat_map(|line| line.y.clone()).collect()
}

fn is_rate(name: &str) -> bool {
    name == "asymptote_log10_slowest_rate"
}

/// Logarithmic where all numbers are positive, and wide enough that small changes look small.
fn decades(label: String, lines: &[Line]) -> Axis {
    match extent(&all_of(lines)) {
        Some((low, high)) if low > 0.0 && high / low < LEAST => {
            let middle = (low * high).sqrt();
            Axis::log(label).within(middle / LEAST.sqrt(), middle * LEAST.sqrt())
        }
        Some((low, _)) if low > 0.0 => Axis::log(label),
        _ => Axis::linear(label),
    }
}
