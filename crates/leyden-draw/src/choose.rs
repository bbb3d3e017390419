//! Which figure shows a study best, and which of its axes take which role.

use leyden_figures::{DOUBLE_COLUMN, Figure, LinePanel, Panel};
use leyden_results::{StudyData, is_series};

use super::spec::{Kind, Spec};
use super::study_figure::StudyFigure;
use super::{families, lines, maps, scaling, traces};

/// Axes with at most this many values become lines of their own instead of an axis of a map.
const FEW: usize = 6;

/// Axes in their roles; the others are fixed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Roles {
    /// One run over time.
    Run,
    /// Over time, one line per value of the axis.
    Families(usize),
    /// The same, and quantities against the axis beside it.
    FamiliesAndLines(usize),
    /// Against the first axis, one line per value of the second.
    Lines(usize, Option<usize>),
    /// The same against the number of cells, with fits.
    Scaling(usize, Option<usize>),
    /// Colours over two axes.
    Map(usize, usize),
}

/// The figure of a study. Nothing in the data is an error: what is missing is left out, and a study without anything
/// to show says "no data". The specification, if any, was read for this study.
pub fn figure(data: &StudyData, spec: Option<&Spec>) -> Figure {
    let default = Spec::default();
    let spec = spec.unwrap_or(&default);
    let roles = roles(data, spec);
    let plan = StudyFigure::new(data, spec);
    let panels = match roles {
        Roles::Run => traces::of_study(&plan),
        Roles::Families(axis) => families::over_time(&plan, axis),
        Roles::FamiliesAndLines(axis) => side_by_side(&plan, axis),
        Roles::Lines(x, by) => lines::against(&plan, x, by),
        Roles::Scaling(x, by) => scaling::figure(&plan, x, by),
        Roles::Map(x, y) => maps::over(&plan, x, y),
    };
    plan.finish(panels, &shown(roles))
}

/// Over time in the left column, against the axis in the right one.
fn side_by_side(plan: &StudyFigure<'_>, axis: usize) -> Figure {
    let left = families::over_time(plan, axis);
    let against = match plan.data.axes[axis].key.as_str() {
        "battery.cells" => scaling::figure(plan, axis, None),
        _ => lines::against(plan, axis, None),
    };
    // Every panel of the left column needs one beside it.
    let against = match against.panels.len() < left.panels.len() {
        true if plan.data.axes[axis].key != "battery.cells" => {
            lines::many_against(plan, axis, left.panels.len())
        }
        _ => against,
    };
    let against = Figure { panels: against.panels.into_iter().filter(has_data).collect(), ..against };
    let rows = left.panels.len().min(against.panels.len());
    if rows == 0 || plan.data.names().into_iter().all(is_series) {
        return left;
    }
    let pairs = left.panels.into_iter().zip(against.panels);
    Figure {
        description: format!("{} {}", left.description, against.description),
        heading: against.heading,
        width: DOUBLE_COLUMN,
        columns: 2,
        heights: vec![38.0; rows],
        panels: pairs.flat_map(|(a, b)| [a, b]).collect(),
        ..left
    }
}

fn has_data(panel: &Panel) -> bool {
    let Panel::Lines(LinePanel { lines, .. }) = panel else { return true };
    lines.iter().any(|line| line.y.iter().any(|y| y.is_finite()))
}

fn shown(roles: Roles) -> Vec<usize> {
    match roles {
        Roles::Run => Vec::new(),
        Roles::Families(axis) | Roles::FamiliesAndLines(axis) => vec![axis],
        Roles::Lines(x, by) | Roles::Scaling(x, by) => std::iter::once(x).chain(by).collect(),
        Roles::Map(x, y) => vec![x, y],
    }
}

fn roles(data: &StudyData, spec: &Spec) -> Roles {
    let named = |key: &Option<String>| key.as_ref().and_then(|key| data.axis(key));
    let (x, y, by) = (named(&spec.x), named(&spec.y), named(&spec.lines));
    let size = |axis: usize| data.axes[axis].values.len();
    // The largest first; what has one value or a value asked for is fixed.
    let mut free: Vec<usize> = (0..data.axes.len())
        .filter(|&axis| size(axis) > 1 && !spec.at.contains_key(&data.axes[axis].key))
        .filter(|axis| ![x, y, by].contains(&Some(*axis)))
        .collect();
    free.sort_by_key(|&axis| std::cmp::Reverse(size(axis)));
    let mut next = free.iter().copied();
    let cells = data.axis("battery.cells");
    let kind = spec.kind.or(match (x, y, by) {
        (_, Some(_), _) => Some(Kind::Map),
        (Some(_), None, _) | (None, None, Some(_)) => Some(Kind::Lines),
        (None, None, None) => None,
    });
    // A further axis of few values becomes lines without being asked.
    let few = |by: Option<usize>, x: usize| {
        by.or_else(|| free.iter().copied().find(|&axis| axis != x && size(axis) <= FEW))
    };
    match (kind, cells) {
        (Some(Kind::Traces), _) => by.or(next.next()).map_or(Roles::Run, Roles::Families),
        (Some(Kind::Scaling), Some(x)) => Roles::Scaling(x, few(by, x)),
        (Some(Kind::Map), _) if data.axes.len() > 1 => {
            let all = || (0..data.axes.len()).filter(|&axis| ![x, y].contains(&Some(axis)));
            let mut rest = free.iter().copied().chain(all().filter(|axis| !free.contains(axis)));
            let mut pick = |role: Option<usize>| role.or_else(|| rest.next()).unwrap_or(0);
            match (x, y) {
                (None, None) => {
                    let (a, b) = (pick(None), pick(None));
                    oriented(data, a, b)
                }
                (None, Some(y)) => Roles::Map(pick(None), y),
                (x, y) => Roles::Map(x.unwrap_or(0), pick(y)),
            }
        }
        (Some(Kind::Lines), _) if !data.axes.is_empty() => {
            let other = (0..data.axes.len()).find(|axis| Some(*axis) != by).unwrap_or(0);
            let x = x.or(next.next()).unwrap_or(other);
            Roles::Lines(x, few(by, x).filter(|by| *by != x))
        }
        _ => match free[..] {
            [] if data.times.is_empty() && !data.axes.is_empty() => Roles::Lines(0, None),
            [] => Roles::Run,
            [axis] if Some(axis) == cells && follow_one_curve(data) => Roles::Families(axis),
            [axis] if data.times.len() > 1 => Roles::FamiliesAndLines(axis),
            [axis] if Some(axis) == cells => Roles::Scaling(axis, None),
            [axis] => Roles::Lines(axis, None),
            [a, b, ..] if size(b) <= FEW => {
                let (x, by) = if Some(b) == cells && size(a) <= FEW { (b, a) } else { (a, b) };
                if Some(x) == cells { Roles::Scaling(x, Some(by)) } else { Roles::Lines(x, Some(by)) }
            }
            [a, b, ..] => oriented(data, a, b),
        },
    }
}

/// Whether batteries of all sizes approach one curve over time.
fn follow_one_curve(data: &StudyData) -> bool {
    data.times.len() > 1 && data.law("energy_per_cell", &vec![0; data.axes.len()]).is_some()
}

/// Dephasing, and the detuning of the battery, run from left to right; else the axes keep their order.
fn oriented(data: &StudyData, a: usize, b: usize) -> Roles {
    let across = |axis: usize| ["charger.dephasing", "battery.detuning"].contains(&&*data.axes[axis].key);
    let (first, second) = (a.min(b), a.max(b));
    if across(second) && !across(first) { Roles::Map(second, first) } else { Roles::Map(first, second) }
}
