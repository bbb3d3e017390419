//! One point of a study: its values on the axes in, a record of numbers out.

use std::panic::AssertUnwindSafe;
use std::sync::{PoisonError, RwLock};

use leyden::asymptote::Detail;
use leyden::charge::{Charging, Request, System, Workspace};
use leyden::evolve::Outcome;
use leyden_results::table::{Dimension, Read, Row, kept};
use leyden_results::{FOUND, Found, RunError, request, searched};
use leyden_scenario::{Report, Scenario, Template, in_keys};

use crate::store::{Record, Status, Variable};

/// Runs points of one scenario; shared by threads.
pub(crate) struct Points<'a> {
    scenario: &'a Scenario,
    template: Template<'a>,
    rows: Vec<&'static Row>,
    workspace: Workspace,
    /// What a point may use, and its share where others run beside it.
    memory_limit: f64,
    share: f64,
    /// Held by every point; by one that needs more than its share, alone.
    room: RwLock<()>,
}

impl<'a> Points<'a> {
    pub(crate) fn new(scenario: &'a Scenario, memory_limit: f64, threads: usize) -> Self {
        let no_times = scenario.times.is_empty();
        Points {
            scenario,
            template: scenario.template(),
            rows: kept(scenario.system.parts()).filter(|row| !(no_times && row.over_time())).collect(),
            workspace: Workspace::default(),
            memory_limit,
            share: memory_limit / threads as f64,
            room: RwLock::new(()),
        }
    }

    /// The arrays of the store, in the order of the numbers of a record.
    pub(crate) fn variables(&self) -> Vec<Variable> {
        let mut list: Vec<Variable> = (self.rows.iter())
            .map(|row| Variable {
                name: row.name(),
                units: row.dimension.units().into(),
                long_name: row.long_name.into(),
                over_time: row.over_time(),
            })
            .collect();
        if let Some(optimise) = &self.scenario.optimise {
            let plain = |path: &str, long_name: String, units: &str| Variable {
                name: path.replace('.', "_"),
                units: units.into(),
                long_name,
                over_time: false,
            };
            list.extend(FOUND.iter().map(|(path, long_name, dimension)| {
                let of_objective = *dimension == Dimension::Number;
                let dimension =
                    if of_objective { leyden_results::dimension(optimise.objective) } else { *dimension };
                plain(path, format!("{long_name}: {}", optimise.name), dimension.units())
            }));
            list.extend(optimise.variables.iter().map(|variable| {
                let key = variable.key.to_string();
                plain(&format!("optimum.{key}"), format!("best value of {key}"), axis_units(&variable.key))
            }));
        }
        list
    }

    /// Runs one point. What goes wrong is in the record, a panic as well: one point does not end a study.
    pub(crate) fn run(&self, values: &[f64]) -> Record {
        caught(|| self.record(values))
    }

    fn record(&self, values: &[f64]) -> Record {
        let (charging, found) = match self.charge(values) {
            Ok(done) => done,
            Err(error) => {
                return Record { status: Status::Failed, values: Vec::new(), reason: error.to_string() };
            }
        };
        let mut numbers = Vec::new();
        let times = self.scenario.times.len();
        for row in &self.rows {
            match row.read {
                Read::One(read) => numbers.push(read(&charging).unwrap_or(f64::NAN)),
                Read::OverTime(read) => match read(&charging) {
                    Ok(values) if values.len() == times => numbers.extend(values),
                    _ => numbers.extend(std::iter::repeat_n(f64::NAN, times)),
                },
                Read::Json(_) => {}
            }
        }
        let mut reasons: Vec<String> = failure(&charging.outcome).into_iter().collect();
        let status = if reasons.is_empty() { Status::Done } else { Status::Failed };
        if let Some(found) = found {
            numbers.extend(found.numbers());
            reasons.extend(found.why);
        }
        if let Some(engine) = &charging.engine {
            let large = engine.validity.large();
            let large: Vec<String> = large.map(|(name, ratio)| format!("{name} {ratio:.2}")).collect();
            if !large.is_empty() {
                reasons.push(format!("warning: engine.validity is not small: {}", large.join(", ")));
            }
        }
        if let Err(why) = &charging.charging_time {
            reasons.push(format!("charging_time: {why}"));
        } else if let Some(why) = charging.asymptote.why() {
            reasons.push(format!("asymptote: {why}"));
        }
        Record { status, values: numbers, reason: reasons.join("; ") }
    }

    /// The result of one point, after its search if there is one.
    fn charge(&self, values: &[f64]) -> Result<(Charging, Option<Found>), PointError> {
        let request =
            Request { detail: Detail::Plateaus, ..request(self.scenario, false, self.memory_limit) };
        searched(self.scenario.optimise.as_ref(), &request, &mut |chosen, request| {
            let point = self.template.at(values, chosen).map_err(PointError::Scenario)?;
            let request = Request { tolerance: point.tolerance, ..request.clone() };
            // Routes and cutoffs follow the limit: it must not depend on the number of threads.
            let shared = self.share < self.memory_limit;
            let is_large = shared && point.system.plan(&request).is_ok_and(|plan| plan.memory > self.share);
            let (_alone, _beside);
            match is_large {
                true => _alone = self.room.write().unwrap_or_else(PoisonError::into_inner),
                false => _beside = self.room.read().unwrap_or_else(PoisonError::into_inner),
            }
            Ok(point.system.charge_in(&request, &self.workspace)?)
        })
    }
}

/// A record, also of what panics.
fn caught(run: impl FnOnce() -> Record) -> Record {
    std::panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        let reason = format!("an error of leyden, please report it: {said}");
        Record { status: Status::Failed, values: Vec::new(), reason }
    })
}

/// Why a point has no result.
#[derive(Debug, thiserror::Error)]
enum PointError {
    #[error("{}", .0.titles().collect::<Vec<_>>().join("; "))]
    Scenario(Report),
    #[error("{}", in_keys(.0))]
    Charge(#[from] leyden::Error),
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Units of the values of a key.
pub(crate) fn axis_units(key: &leyden_scenario::NumericKey) -> &'static str {
    use leyden_scenario::Takes;
    match key.key().takes {
        Takes::Frequency
        | Takes::Detuning
        | Takes::Frequencies
        | Takes::Couplings
        | Takes::Rate
        | Takes::Load
        | Takes::Temperature
        | Takes::BathTemperature => "reference frequency",
        Takes::Time | Takes::Duration => "1/(reference frequency)",
        _ => "1",
    }
}

/// Why a run that ended has no result to rely on.
fn failure(outcome: &Outcome) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failed_point_with_its_message() {
        for record in [caught(|| panic!("no {}", "luck")), caught(|| panic!("no luck"))] {
            assert_eq!((record.status, record.values.len()), (Status::Failed, 0));
            assert!(record.reason.ends_with("no luck"), "{}", record.reason);
        }
    }
}
