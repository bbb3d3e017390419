//! Families: one line per value of an axis, and over time.

use leyden_figures::{Axis, Color, ColorBar, ColorMap, Dash, Figure, Line, LinePanel, Mark};

use super::fits::law_line;
use super::lines::sweep_axis;
use super::markup;
use super::spec::Which;
use super::stack::{or_no_data, stacked};
use super::study_figure::StudyFigure;
use super::traces::time_axis;
use leyden_results::table::name_of;
use leyden_results::{StudyAxis, extent};

/// More lines than these cannot be named; they are coloured along a bar.
const NAMED: usize = 6;
/// More names than these are not repeated in every panel.
const REPEATED: usize = 3;
/// Room of a law and its name, over its height.
const HEADROOM: f64 = 1.15;
/// More lines than these cannot be told apart.
const MOST: usize = 12;

/// The lines of a family: which values of an axis, and how each of them looks.
pub(super) struct Family {
    /// Places of the values in the axis.
    pub(super) members: Vec<usize>,
    /// The scale of the colours where there are many.
    pub(super) bar: Option<ColorBar>,
    /// Their names; empty where the bar says them.
    labels: Vec<String>,
}

impl Family {
    /// At most twelve values of the axis, evenly picked, the first and the last among them.
    pub(super) fn new(axis: &StudyAxis) -> Self {
        let n = axis.values.len();
        let count = n.min(MOST);
        let members: Vec<usize> = match count {
            0 | 1 => (0..count).collect(),
            _ => (0..count).map(|k| (k * (n - 1) + (count - 1) / 2) / (count - 1)).collect(),
        };
        let values: Vec<f64> = members.iter().map(|&i| axis.values[i]).collect();
        let bar = (count > NAMED).then(|| ColorBar {
            axis: sweep_axis(axis),
            map: ColorMap::ViridisLines,
            values: values.clone(),
        });
        let labels = match bar {
            Some(_) => vec![String::new(); count],
            None => values.iter().map(|&value| markup::equation(axis, value)).collect(),
        };
        Self { members, bar, labels }
    }

    /// Many names are said in the first panel only.
    pub(super) fn name_once(&self, panels: &mut [LinePanel]) {
        if self.members.len() > REPEATED {
            panels.iter_mut().skip(1).for_each(without_names);
        }
    }

    /// The line of a member.
    pub(super) fn line(&self, member: usize, mark: Mark, x: &[f64], y: &[f64]) -> Line {
        let (color, dash) = match &self.bar {
            Some(bar) => (bar.color(bar.values[member]), Dash::Solid),
            None => (Color::OKABE_ITO[member % Color::OKABE_ITO.len()], Dash::ALL[member % Dash::ALL.len()]),
        };
        Line { mark, color: Some(color), dash: Some(dash), ..Line::new(&self.labels[member], x, y) }
    }
}

/// One panel per quantity over time, one line per value of the axis.
pub(super) fn over_time(plan: &StudyFigure<'_>, axis: usize) -> Figure {
    let data = plan.data;
    let family = Family::new(&data.axes[axis]);
    // Batteries of other sizes are compared per cell.
    let default: &[&str] = match data.axes[axis].counts_cells {
        true => &["energy_per_cell", "ergotropy_per_cell", "power_instantaneous"],
        false => &["energy", "ergotropy_global"],
    };
    let mut panels: Vec<LinePanel> =
        plan.quantities(default).iter().map(|name| panel(plan, axis, &family, name)).collect();
    family.name_once(&mut panels);
    let (shown, StudyAxis { key, values, .. }) = (family.members.len(), &data.axes[axis]);
    let all = values.len();
    let description = format!("Quantities over time, one line per value of {key} ({shown} of {all} values).");
    or_no_data(stacked(description, (38.0, 38.0), panels), time_axis(&data.times, &data.time_unit))
}

/// Leaves the lines of a panel without names; guides keep theirs.
pub(super) fn without_names(panel: &mut LinePanel) {
    panel.lines.iter_mut().filter(|line| !line.guide).for_each(|line| line.label.clear());
}

fn panel(plan: &StudyFigure<'_>, axis: usize, family: &Family, name: &str) -> LinePanel {
    let data = plan.data;
    let lines = family.members.iter().enumerate().map(|(member, &i)| {
        family.line(member, Mark::Stroke, &data.times, &plan.over_time(name, &plan.moved(axis, i)))
    });
    // One law for all cells; over time it has the place of the first.
    let law = data.law(name, &plan.moved(axis, 0)).filter(|_| data.axes[axis].counts_cells);
    let time = time_axis(&data.times, &data.time_unit);
    let law = law.map(|law| law_line(law, &time.label));
    let mut y = Axis::linear(markup::with_unit(&name_of(name).full, data.unit(name)));
    if let Some((low, high)) = law.as_ref().and_then(|law| extent(&law.y)) {
        // The law ends above the lines.
        y = y.within(low, low + HEADROOM * (high - low));
    }
    LinePanel {
        lines: lines.chain(law).collect(),
        bar: family.bar.clone(),
        ..LinePanel::new(plan.spec.dress(Which::X, time), plan.spec.dress(Which::Y, y))
    }
}
