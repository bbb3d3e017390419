//! What a study keeps of one run: the numbers of the table in the order of the store, in the units of the file.

use leyden::charge::Charging;
use leyden::evolve::Outcome;
use leyden_scenario::Scenario;

use crate::Found;
use crate::objective::found_dimension;
use crate::search::FOUND;
use crate::table::{Dimension, Read, Row, kept};

/// The rows that are kept of every run of a scenario.
#[derive(Clone)]
pub struct Columns<'a> {
    scenario: &'a Scenario,
    rows: Vec<&'static Row>,
    times: Vec<f64>,
}

/// One quantity of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    /// Its place in a document; of the best value of a searched key that of the table of all of them, and the key.
    pub(crate) path: String,
    pub(crate) key: Option<String>,
    pub(crate) dimension: Dimension,
    /// Numbers of a run: one, or one per time.
    pub(crate) count: usize,
    pub(crate) over_time: bool,
}

/// What points of a study keep beside the figures of merit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptBeside {
    /// The energy ledger.
    pub ledger: bool,
    /// Bounds.
    pub bounds: bool,
}

impl KeptBeside {
    /// Where the file or the objective asks for it.
    pub fn of(scenario: &Scenario) -> Self {
        let objective = scenario.optimise.as_ref().map(|optimise| &*optimise.objective);
        let asks = |table: &str| objective.is_some_and(|name| name.starts_with(table));
        KeptBeside { ledger: scenario.ledger || asks("ledger."), bounds: scenario.bounds || asks("bounds.") }
    }
}

/// The rows that a study keeps of every run of a scenario.
pub fn rows_kept(scenario: &Scenario) -> impl Iterator<Item = &'static Row> + Clone {
    let KeptBeside { ledger, bounds } = KeptBeside::of(scenario);
    kept(scenario.contents())
        .filter(move |row| (ledger || !row.is_of_ledger()) && (bounds || !row.is_of_bounds()))
}

impl<'a> Columns<'a> {
    /// Those of runs at these times, without series where there are none.
    pub fn new(scenario: &'a Scenario, times: &[f64]) -> Self {
        let rows = rows_kept(scenario).filter(|row| !times.is_empty() || !row.over_time());
        Columns { scenario, rows: rows.collect(), times: times.into() }
    }

    /// The rows of the table.
    pub fn rows(&self) -> &[&'static Row] {
        &self.rows
    }

    /// All quantities in order, those of a search last.
    pub(crate) fn list(&self) -> Vec<Column> {
        let column = |path: &str, key, dimension, over_time| {
            let count = if over_time { self.times.len() } else { 1 };
            Column { path: path.into(), key, dimension, count, over_time }
        };
        let rows = self.rows.iter().map(|row| column(row.path, None, row.dimension, row.over_time()));
        let mut list: Vec<Column> = rows.collect();
        if let Some(optimise) = &self.scenario.optimise {
            list.extend(FOUND.iter().map(|(path, _, dimension)| {
                column(path, None, found_dimension(&optimise.objective, *dimension), false)
            }));
            let keys = optimise.variables.iter().map(|variable| Some(variable.key.to_string()));
            list.extend(keys.map(|key| column("optimum.variables", key, Dimension::Number, false)));
        }
        list
    }

    /// How many numbers they are.
    pub fn count(&self) -> usize {
        self.list().iter().map(|column| column.count).sum()
    }

    /// The numbers of a run, NaN where one does not exist.
    pub fn numbers(&self, charging: &Charging, found: Option<&Found>) -> Vec<f64> {
        let units = &self.scenario.units;
        let count = self.times.len();
        // Stages with other durations have other times.
        let same_times = charging.times.len() != count || charging.times == self.times;
        let mut numbers = Vec::new();
        for row in &self.rows {
            let shown = row.dimension.shown(units);
            match row.read {
                Read::One(read) => numbers.push(shown(read(charging).unwrap_or(f64::NAN))),
                Read::OverTime(read) => match read(charging) {
                    Ok(values) if values.len() == count && same_times => {
                        numbers.extend(values.into_iter().map(shown));
                    }
                    _ => numbers.extend(std::iter::repeat_n(f64::NAN, count)),
                },
                Read::Json(_) => {}
            }
        }
        let (Some(optimise), Some(found)) = (&self.scenario.optimise, found) else { return numbers };
        let of_search = found.numbers();
        let (of_objective, places) = of_search.split_at(FOUND.len());
        numbers.extend(
            (of_objective.iter().zip(&FOUND)).map(|(&x, (.., dimension))| {
                found_dimension(&optimise.objective, *dimension).shown(units)(x)
            }),
        );
        let keys = optimise.variables.iter().map(|variable| units.of_key(&variable.key.to_string()));
        numbers.extend(places.iter().zip(keys).map(|(&x, unit)| unit.of(x)));
        numbers
    }
}

/// Why a run that ended has no result to rely on.
pub fn failure(outcome: &Outcome) -> Option<String> {
    match *outcome {
        Outcome::Converged => None,
        Outcome::Stopped => Some("the evolution was stopped".into()),
        Outcome::StepTooSmall { time, step } => Some(format!("step-too-small: step {step:e} at t = {time}")),
        Outcome::TooManySteps { time } => Some(format!("too-many-steps: t = {time} was reached")),
        Outcome::Inaccurate { trace, smallest_eigenvalue } => {
            Some(format!("inaccurate: trace off by {trace:e}, smallest eigenvalue {smallest_eigenvalue:e}"))
        }
        Outcome::CutoffTooSmall { population } => {
            Some(format!("cutoff-too-small: the highest level holds {population:e}"))
        }
    }
}
