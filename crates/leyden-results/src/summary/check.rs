//! What `leyden check` says.

use leyden::charge::{AnySystem, Plan, System};
use leyden::evolve::{Candidate, Cost};
use leyden_scenario::{Axis, Disorder, Random, Scenario, Units};

use super::Lines;
use super::numbers::{bytes, duration, moment, short, time};
use super::parts::parts;

/// What `leyden check` says.
pub fn plan(scenario: &Scenario, plan: &Plan) -> String {
    let mut out = Lines::new();
    let (times, units) = (&scenario.times, &scenario.units);
    out.line("title", &scenario.title);
    if let AnySystem::Parts(system) = &scenario.system {
        parts(scenario, system, &mut out);
    }
    out.line("method", format!("{} ({})", plan.method, plan.reason));
    // Without times nothing is weighed.
    let weighed = if times.is_empty() { Vec::new() } else { candidates(plan) };
    for (k, line) in weighed.into_iter().enumerate() {
        out.line(if k == 0 { "candidates" } else { "" }, line);
    }
    out.line("dimension", format!("{} {}", plan.dimension, scenario.system.dimension_counts()));
    let (name, said) = match (scenario.system.schedule(), times.first(), times.last()) {
        (Some(schedule), ..) => schedule,
        (None, Some(&first), Some(&last)) => {
            let [first, last] = [first, last].map(|t| time(units.time.typed(t), &units.time));
            ("times", format!("{} from {first} to {last}", times.len()))
        }
        _ => ("times", "long times only".into()),
    };
    out.line(name, said);
    for axis in &scenario.axes {
        out.line("axis", axis_text(axis, units));
    }
    scenario.ties.iter().for_each(|tie| out.line("tied", tie));
    let points: usize = scenario.axes.iter().map(|axis| axis.values.len()).product();
    if let Some(disorder) = &scenario.disorder {
        disorder.keys.iter().for_each(|random| out.line("random", random_text(random, units)));
        let Disorder { samples, seed, keep, .. } = disorder;
        let of_point = if points > 1 { " of every point" } else { "" };
        let runs = points * if *keep { *samples } else { samples + 1 };
        let kept = if *keep { "kept" } else { "with the file as it is written" };
        out.line("samples", format!("{samples}{of_point} (seed {seed}); {runs} runs, {kept}"));
    }
    if !scenario.axes.is_empty() {
        out.line(
            "points",
            format!("{points}; method, dimension and memory are those of the largest that runs"),
        );
    }
    if let Some(optimise) = &scenario.optimise {
        let keys: Vec<String> = optimise.variables.iter().map(|variable| variable.key.to_string()).collect();
        out.line("search", format!("{} over {}", optimise.objective, keys.join(", ")));
    }
    out.line("memory", bytes(plan.memory));
    if let Some(seconds) = plan.seconds {
        let of_run = if scenario.disorder.is_some() { " for one run" } else { "" };
        out.line("time", duration(seconds) + of_run);
    }
    out.text()
}

/// Methods that were considered, the fastest first, then those that do not apply.
fn candidates(plan: &Plan) -> Vec<String> {
    let mut list: Vec<_> = plan.candidates.iter().collect();
    let seconds = |candidate: &&Candidate| candidate.cost.as_ref().map_or(f64::INFINITY, |cost| cost.seconds);
    list.sort_by(|a, b| seconds(a).total_cmp(&seconds(b)));
    let line = |Candidate { method, cost }: &Candidate| match cost {
        Ok(Cost { seconds, bytes: needed, .. }) => {
            format!("{:<16}{}, {}", method.name(), moment(*seconds), bytes(*needed))
        }
        Err(because) => format!("{:<16}does not apply: {because}", method.name()),
    };
    list.into_iter().map(line).collect()
}

/// A random key in a line.
fn random_text(random: &Random, units: &Units) -> String {
    let key = random.key.to_string();
    let unit = units.of_key(&key);
    let distribution = random.distribution.of(|x| unit.typed(x));
    let unit = if unit.is_physical() { format!(" {}", unit.symbol) } else { String::new() };
    let cells = if random.is_per_cell() { ", one number per cell" } else { "" };
    format!("{key}: {distribution}{unit}{cells}")
}

/// An axis of a sweep in a line.
pub fn axis_text(axis: &Axis, units: &Units) -> String {
    let key = axis.key.to_string();
    let unit = units.of_key(&key);
    let [first, last] = [axis.values[0], axis.values[axis.values.len() - 1]].map(|x| short(unit.typed(x)));
    // Plain numbers stand as in the file.
    let unit = if unit.is_physical() { format!(" {}", unit.symbol) } else { String::new() };
    format!("{key}: {} values from {first} to {last}{unit}", axis.values.len())
}
