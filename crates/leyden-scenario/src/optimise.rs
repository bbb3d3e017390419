//! `[optimise]`: what to optimise, over which keys.

use std::ops::Range;

use toml::de::DeValue;

use crate::keys::NumericKey;
use crate::read::Reader;
use crate::sweep::{Axis, flatten, numeric_key, range, same_key};
use crate::systems::need;
use crate::ties::Tie;

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
    /// What is optimised, as the file names it; which numbers there are is known to the table of results.
    pub objective: String,
    /// When it is read, if it is a series.
    pub time: Option<f64>,
    /// Whether the least value is wanted, if the file says so.
    pub minimise: Option<bool>,
    /// At least one.
    pub variables: Vec<Variable>,
}

const TABLE: &str = "optimise";
/// Most variables: the first search is a grid.
const MOST_VARIABLES: usize = 4;

pub(crate) fn optimise(reader: &mut Reader<'_>, axes: &[Axis], ties: &[Tie]) -> Option<Optimise> {
    reader.entries(TABLE)?;
    need(reader, TABLE, "objective", "\"charging_time.settling\"");
    let objective = reader.text(TABLE, "objective");
    let (time, minimise) = (reader.number(TABLE, "time"), reader.truth(TABLE, "minimise"));
    let variables = variables(reader, axes, ties);
    Some(Optimise { objective: objective?, time, minimise, variables })
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
