//! What `leyden check` says.

use std::fmt::Write;

use leyden::charge::{Plan, System};
use leyden_scenario::{Axis, Scenario};

use super::numbers::{bytes, duration, short};

/// What `leyden check` says.
pub(crate) fn plan(scenario: &Scenario, plan: &Plan) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(out, "{name:<14}{value}");
    };
    let times = &scenario.times;
    line("title", scenario.title.clone());
    line("method", format!("{} ({})", plan.method, plan.reason));
    line("dimension", format!("{} {}", plan.dimension, scenario.system.dimension_counts()));
    let (name, said) = match (scenario.system.schedule(), times.first(), times.last()) {
        (Some(schedule), ..) => schedule,
        (None, Some(first), Some(last)) => ("times", format!("{} from {first} to {last}", times.len())),
        _ => ("times", "long times only".into()),
    };
    line(name, said);
    for axis in &scenario.axes {
        line("axis", axis_text(axis));
    }
    scenario.ties.iter().for_each(|tie| line("tied", tie.to_string()));
    if !scenario.axes.is_empty() {
        let points: usize = scenario.axes.iter().map(|axis| axis.values.len()).product();
        line("points", format!("{points}; dimension and memory are those of the first that runs"));
    }
    if let Some(optimise) = &scenario.optimise {
        let keys: Vec<String> = optimise.variables.iter().map(|variable| variable.key.to_string()).collect();
        line("search", format!("{} over {}", optimise.name, keys.join(", ")));
    }
    line("memory", bytes(plan.memory));
    if let Some(seconds) = plan.seconds {
        line("time", duration(seconds));
    }
    out
}

pub(super) fn axis_text(axis: &Axis) -> String {
    let (first, last) = (axis.values[0], axis.values[axis.values.len() - 1]);
    format!("{}: {} values from {} to {}", axis.key, axis.values.len(), short(first), short(last))
}
