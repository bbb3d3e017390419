//! The figure of one run: energy, ergotropy and power over time.

use leyden_figures::{Axis, Figure, Line, LinePanel, Panel, Reference};
use leyden_results::Document;

use super::spec::Which;
use super::study_figure::StudyFigure;
use leyden_results::table::{Group, name_of};

/// What the figure shows of a run.
struct Run<'a> {
    times: &'a [f64],
    energy: &'a [f64],
    ergotropy: &'a [f64],
    power: &'a [f64],
    average_power: &'a [f64],
    limit_energy: Option<f64>,
    limit_ergotropy: Option<f64>,
    settling: Option<f64>,
}

/// Energy and ergotropy above, power below, with the limits and the charging time.
pub(crate) fn traces(document: &Document) -> Figure {
    let run = Run {
        times: &document.numbers("times"),
        energy: &document.numbers("energy"),
        ergotropy: &document.numbers("ergotropy.global"),
        power: &document.numbers("power.instantaneous"),
        average_power: &document.numbers("power.average"),
        limit_energy: document.number("asymptote.energy"),
        limit_ergotropy: document.number("asymptote.ergotropy.global"),
        settling: document.number("charging_time.settling"),
    };
    let mut panels = panels(&run);
    panels.iter_mut().for_each(|panel| panel.x = axis_of_run(document));
    let method = document.text("method.name").unwrap_or_default();
    Figure {
        title: document.text("title").unwrap_or_default().into(),
        description: format!("Energy, ergotropy and power over time, solved by {method}."),
        share_x: true,
        letters: true,
        heights: vec![38.0, 26.0],
        panels: panels.map(Panel::from).to_vec(),
        ..Figure::default()
    }
}

/// A time axis, logarithmic where the times span decades.
pub(super) fn time_axis(times: &[f64]) -> Axis {
    labelled(times, "*t*")
}

/// The time axis of a run, in seconds where the reference is 1 rad/s.
pub(super) fn axis_of_run(document: &Document) -> Axis {
    labelled(
        &document.numbers("times"),
        if document.number("reference") == Some(1.0) { "*t* (s)" } else { "*t*" },
    )
}

fn labelled(times: &[f64], label: &str) -> Axis {
    let log = times.len() > 2 && times[0] > 0.0 && times[times.len() - 1] / times[0] > 1e3;
    if log { Axis::log(label) } else { Axis::linear(label) }
}

fn panels(run: &Run<'_>) -> [LinePanel; 2] {
    let t = run.times;
    let last = t.last().copied().unwrap_or(0.0);
    let settling = run.settling.filter(|time| *time < last && *time > t[0]);
    let mut references = Vec::new();
    if let Some(energy) = run.limit_energy {
        references.push(Reference::horizontal(energy, "*E*_{B}(∞)"));
    }
    if let Some(ergotropy) = run.limit_ergotropy {
        references.push(Reference::horizontal(ergotropy, "*W*(∞)"));
    }
    references.extend(settling.map(|tau| Reference::vertical(tau, "*τ*")));
    let energy = LinePanel {
        lines: vec![Line::new("energy *E*_{B}", t, run.energy), Line::new("ergotropy *W*", t, run.ergotropy)],
        references,
        ..LinePanel::new(time_axis(t), Axis::linear("energy"))
    };
    let power = LinePanel {
        lines: vec![
            Line::new("d*E*_{B}/d*t*", t, run.power),
            Line::new("(*E*_{B} - *E*_{B}(0))/*t*", t, run.average_power),
        ],
        references: settling.map(|tau| Reference::vertical(tau, "")).into_iter().collect(),
        ..LinePanel::new(time_axis(t), Axis::linear("power"))
    };
    [energy, power]
}

/// One point of a study over time: the figure of a run, or the quantities asked for, those of one kind together.
pub(super) fn of_study(plan: &StudyFigure<'_>) -> Figure {
    let data = plan.data;
    let series = |name: &str| data.over_time(name, &plan.place);
    let number = |name: &str| Some(data.value(name, &plan.place, 0)).filter(|value| value.is_finite());
    let panels = if plan.asked() {
        asked(plan)
    } else {
        let run = Run {
            times: &data.times,
            energy: &series("energy"),
            ergotropy: &series("ergotropy_global"),
            power: &series("power_instantaneous"),
            average_power: &series("power_average"),
            limit_energy: number("asymptote_energy"),
            limit_ergotropy: number("asymptote_ergotropy_global"),
            settling: number("charging_time_settling"),
        };
        let has_power = data.has("power_instantaneous") || data.has("power_average");
        panels(&run).into_iter().take(if has_power { 2 } else { 1 }).collect()
    };
    let heights = [38.0].into_iter().chain(std::iter::repeat(26.0));
    Figure {
        description: "Quantities over time.".into(),
        share_x: true,
        letters: panels.len() > 1,
        heights: heights.take(panels.len()).collect(),
        panels: panels.into_iter().map(|panel| dressed(plan, panel).into()).collect(),
        ..Figure::default()
    }
}

fn asked(plan: &StudyFigure<'_>) -> Vec<LinePanel> {
    let data = plan.data;
    let mut panels: Vec<(Group, LinePanel)> = Vec::new();
    for name in plan.quantities(&[]) {
        let names = name_of(&name);
        let line = Line::new(names.short, &data.times, &data.over_time(&name, &plan.place));
        match panels.iter_mut().find(|(group, _)| *group == names.group) {
            Some((group, panel)) => {
                panel.y.label = group.label().into();
                panel.lines.push(line);
            }
            None => {
                let panel = LinePanel {
                    lines: vec![line],
                    ..LinePanel::new(time_axis(&data.times), Axis::linear(names.full))
                };
                panels.push((names.group, panel));
            }
        }
    }
    // The axis names a line that is alone.
    let alone = |panel: &mut LinePanel| {
        if let [only] = &mut panel.lines[..] {
            only.label.clear();
        }
    };
    panels.iter_mut().for_each(|(_, panel)| alone(panel));
    panels.into_iter().map(|(_, panel)| panel).collect()
}

fn dressed(plan: &StudyFigure<'_>, panel: LinePanel) -> LinePanel {
    let (x, y) = (panel.x.clone(), panel.y.clone());
    LinePanel { x: plan.spec.dress(Which::X, x), y: plan.spec.dress(Which::Y, y), ..panel }
}
