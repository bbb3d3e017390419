//! What `leyden check` says.

use std::fmt::Write;

use leyden::charge::{Plan, System};
use leyden_scenario::{Axis, Scenario};

use super::numbers::{bytes, duration, short};

/// What `leyden check` says.
pub(crate) fn plan(scenario: &Scenario, plan: &Plan) -> String {
    let mut out = String::new();
    let times = &scenario.times;
    let _ = writeln!(out, "{:<14}{}", "title", scenario.title);
    let _ = writeln!(out, "{:<14}{} ({})", "method", plan.method, plan.reason);
    let _ = writeln!(out, "{:<14}{} {}", "dimension", plan.dimension, scenario.system.dimension_counts());
    let (name, said) = match (scenario.system.schedule(), times.first(), times.last()) {
        (Some(schedule), ..) => schedule,
        (None, Some(first), Some(last)) => ("times", format!("{} from {first} to {last}", times.len())),
        _ => ("times", "long times only".into()),
    };
    let _ = writeln!(out, "{name:<14}{said}");
    for axis in &scenario.axes {
        let _ = writeln!(out, "{:<14}{}", "axis", axis_text(axis));
    }
    if !scenario.axes.is_empty() {
        let points: usize = scenario.axes.iter().map(|axis| axis.values.len()).product();
        let _ = writeln!(out, "{:<14}{points}; dimension and memory are those of the first", "points");
    }
    if let Some(optimise) = &scenario.optimise {
        let keys: Vec<String> = optimise.variables.iter().map(|variable| variable.key.to_string()).collect();
        let _ = writeln!(out, "{:<14}{} over {}", "search", optimise.name, keys.join(", "));
    }
    let _ = writeln!(out, "{:<14}{}", "memory", bytes(plan.memory));
    if let Some(seconds) = plan.seconds {
        let _ = writeln!(out, "{:<14}{}", "time", duration(seconds));
    }
    out
}

pub(super) fn axis_text(axis: &Axis) -> String {
    let (first, last) = (axis.values[0], axis.values[axis.values.len() - 1]);
    format!("{}: {} values from {} to {}", axis.key, axis.values.len(), short(first), short(last))
}
