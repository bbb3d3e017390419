//! `[optimise]`: what to optimise, over which keys.

use std::ops::Range;

use toml::de::DeValue;

use crate::keys::NumericKey;
use crate::read::Reader;
use crate::sweep::{Axis, flatten, numeric_key, range, same_key};
use crate::systems::need;
use crate::ties::Tie;

/// What is optimised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Objective {
    /// Last crossing of the threshold.
    Settling,
    /// First crossing.
    First,
    /// Inverse of the slowest carried rate.
    Spectral,
    /// Global ergotropy for t -> infinity.
    ErgotropyLimit,
    /// Global ergotropy at a time.
    ErgotropyAt(f64),
    /// (E_B(t) - E_B(0))/t at a time, or its largest value on [0, last time].
    AveragePower(Option<f64>),
}

/// A range in which a key may be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The key.
    pub key: NumericKey,
    /// Least value.
    pub from: f64,
    /// Largest value.
    pub to: f64,
    /// Searched evenly in the logarithm.
    pub log: bool,
    pub(crate) span: Range<usize>,
}

/// A search for the best values of some keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimise {
    /// What is optimised.
    pub objective: Objective,
    /// Its name in scenario files.
    pub name: &'static str,
    /// Whether the least value is wanted.
    pub minimise: bool,
    /// At least one.
    pub variables: Vec<Variable>,
}

const TABLE: &str = "optimise";
/// Most variables: the first search is a grid.
const MOST_VARIABLES: usize = 4;

pub(crate) fn optimise(reader: &mut Reader<'_>, axes: &[Axis], ties: &[Tie]) -> Option<Optimise> {
    reader.entries(TABLE)?;
    need(reader, TABLE, "objective", "\"charging_time.settling\"");
    let name = reader.word(TABLE, "objective");
    let time = reader.number(TABLE, "time");
    let minimise = reader.truth(TABLE, "minimise");
    let timed = reader.has(TABLE, "time");
    match name {
        Some("ergotropy.at") if !timed => {
            let title = "objective \"ergotropy.at\" needs `optimise.time`";
            reader.problem_at(TABLE, "objective", title, "at which time?", Some("add time = 10.0".into()));
        }
        Some("power.average") if !timed && !reader.has_table("time") => {
            let title = "objective \"power.average\" needs `optimise.time` or [time]";
            reader.problem_at(TABLE, "objective", title, "on which times?", Some("add time = 10.0".into()));
        }
        Some("power.average") if time == Some(0.0) => {
            let title = "`optimise.time` must be above 0 for an average power";
            reader.problem_at(TABLE, "time", title, "zero", None);
        }
        Some(name) if timed && !["ergotropy.at", "power.average"].contains(&name) => {
            let title = format!("`optimise.time` has no meaning for objective \"{name}\"");
            reader.problem_at(TABLE, "time", title, "remove it", None);
        }
        _ => {}
    }
    let variables = variables(reader, axes, ties);
    let name = name?;
    let objective = match name {
        "charging_time.settling" => Objective::Settling,
        "charging_time.first" => Objective::First,
        "charging_time.spectral" => Objective::Spectral,
        "ergotropy.limit" => Objective::ErgotropyLimit,
        "ergotropy.at" => Objective::ErgotropyAt(time.unwrap_or(0.0)),
        _ => Objective::AveragePower(time),
    };
    let minimise = minimise.unwrap_or(name.starts_with("charging_time"));
    Some(Optimise { objective, name, minimise, variables })
}

fn variables(reader: &mut Reader<'_>, axes: &[Axis], ties: &[Tie]) -> Vec<Variable> {
    let help = || {
        Some("variables = { \"charger.dephasing\" = { from = 0.001, to = 100.0, spacing = \"log\" } }".into())
    };
    let value = reader.value(TABLE, "variables");
    let Some(entries) = value.and_then(|value| value.get_ref().as_table()) else {
        let title = "`optimise.variables` must be a table of numeric keys with their ranges";
        reader.problem_at(TABLE, "variables", title, "which keys may change?", help());
        return Vec::new();
    };
    let mut variables: Vec<Variable> = Vec::new();
    for (path, span, value) in flatten(entries) {
        let Some(key) = numeric_key(reader, TABLE, &path, span) else { continue };
        let span = value.span();
        let DeValue::Table(parts) = value.get_ref() else {
            let title = format!("`{key}` must have a range {{ from, to, spacing }}");
            reader.problem(span, title, "not a range", help());
            continue;
        };
        if axes.iter().any(|axis| same_key(&axis.key, &key)) {
            let title = format!("`{key}` is an axis of [sweep] and cannot be searched as well");
            reader.problem(span, title, "fixed by the sweep", None);
        } else if ties.iter().any(|tie| same_key(&tie.key, &key)) {
            let title = format!("`{key}` is tied in [sweep] and cannot be searched as well");
            reader.problem(span, title, "follows the axes", None);
        } else if key.is_whole() {
            let title = format!("`{key}` takes whole numbers, over which no search runs");
            let help = Some("sweep over it instead: [sweep]".into());
            reader.problem(span, title, "not continuous", help);
        } else if let Some((from, to, log)) = range(reader, TABLE, &key, value, parts) {
            variables.push(Variable { key, from, to, log, span });
        }
    }
    if variables.is_empty() && reader.problems.is_empty() {
        reader.problem_at(TABLE, "variables", "`optimise.variables` is empty", "empty", help());
    }
    let found = variables.len();
    if found > MOST_VARIABLES {
        let title = format!("a search must have at most {MOST_VARIABLES} variables, but has {found}");
        let help = Some("sweep over some of them: [sweep]".into());
        reader.problem_at(TABLE, "variables", title, "too many", help);
    }
    variables
}
