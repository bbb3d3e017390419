//! One point of a study: its values on the axes in, a record of numbers out.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{PoisonError, RwLock};

use leyden::Progress;
use leyden::asymptote::Detail;
use leyden::charge::{Charging, Request, System, Workspace};
use leyden::evolve::Outcome;
use leyden::progress::Cancelled;
use leyden_results::table::{Dimension, Read, Row, kept};
use leyden_results::{FOUND, Found, RunError, found_dimension, request, searched};
use leyden_scenario::{NumericKey, Scenario, Template, Units};

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
    progress: Progress,
    /// Held by every point; by one that needs more than its share, alone.
    room: RwLock<()>,
}

impl<'a> Points<'a> {
    pub(crate) fn new(scenario: &'a Scenario, memory_limit: f64, threads: usize) -> Self {
        let points = Points {
            scenario,
            template: scenario.template(),
            rows: Vec::new(),
            workspace: Workspace::default(),
            memory_limit,
            share: memory_limit / threads as f64,
            progress: Progress::default(),
            room: RwLock::new(()),
        };
        points.over_time(!scenario.times.is_empty())
    }

    /// Points that end where this is cancelled.
    pub(crate) fn cancelled_by(self, progress: &Progress) -> Self {
        Points { progress: progress.clone(), ..self }
    }

    /// With series, or without.
    pub(crate) fn over_time(mut self, series: bool) -> Self {
        let kept = kept(self.scenario.system.contents());
        self.rows = kept.filter(|row| series || !row.over_time()).collect();
        self
    }

    /// The arrays of the store, in the order of the numbers of a record.
    pub(crate) fn variables(&self) -> Vec<Variable> {
        let units = &self.scenario.units;
        let mut list: Vec<Variable> = (self.rows.iter())
            .map(|row| Variable {
                name: row.name(),
                units: row.dimension.symbol(units),
                long_name: long_name(row.long_name, row.dimension, units),
                over_time: row.over_time(),
            })
            .collect();
        if let Some(optimise) = &self.scenario.optimise {
            let plain = |path: &str, long_name: String, units: String| Variable {
                name: path.replace('.', "_"),
                units,
                long_name,
                over_time: false,
            };
            list.extend(FOUND.iter().map(|(path, long_name, dimension)| {
                let dimension = found_dimension(&optimise.objective, *dimension);
                plain(path, format!("{long_name}: {}", optimise.objective), dimension.symbol(units))
            }));
            list.extend(optimise.variables.iter().map(|variable| {
                let key = variable.key.to_string();
                let unit = units.of_key(&key).symbol;
                plain(&format!("optimum.{key}"), format!("best value of {key}"), unit)
            }));
        }
        list
    }

    /// Runs one point. What goes wrong is in the record, a panic as well: one point does not end a study. `None` where it was cancelled.
    pub(crate) fn run(&self, values: &[f64]) -> Option<Record> {
        if self.progress.is_cancelled() {
            return None;
        }
        caught(|| self.record(values))
    }

    fn record(&self, values: &[f64]) -> Record {
        let (charging, found) = match self.charge(values) {
            Ok(done) => done,
            Err(error) => {
                return failed(match error {
                    RunError::Scenario(report) => report.titles().collect::<Vec<_>>().join("; "),
                    error => error.to_string(),
                });
            }
        };
        let mut numbers = Vec::new();
        let times = self.scenario.times.len();
        for row in &self.rows {
            let shown = row.dimension.shown(&self.scenario.units);
            match row.read {
                Read::One(read) => numbers.push(shown(read(&charging).unwrap_or(f64::NAN))),
                Read::OverTime(read) => match read(&charging) {
                    Ok(values) if values.len() == times => numbers.extend(values.into_iter().map(shown)),
                    _ => numbers.extend(std::iter::repeat_n(f64::NAN, times)),
                },
                Read::Json(_) => {}
            }
        }
        let mut reasons: Vec<String> = failure(&charging.outcome).into_iter().collect();
        let status = if reasons.is_empty() { Status::Done } else { Status::Failed };
        if let Some(found) = found {
            numbers.extend(self.found(&found));
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
        Record { status, values: numbers, reason: reasons.join("; "), method: charging.method.name().into() }
    }

    /// What a search found, in the units of the file.
    fn found(&self, found: &Found) -> Vec<f64> {
        let (Some(optimise), units) = (&self.scenario.optimise, &self.scenario.units) else {
            return Vec::new();
        };
        let numbers = found.numbers();
        let (of_objective, places) = numbers.split_at(FOUND.len());
        let of_objective = of_objective.iter().zip(&FOUND);
        let of_objective = of_objective
            .map(|(&x, (.., dimension))| found_dimension(&optimise.objective, *dimension).shown(units)(x));
        let keys = optimise.variables.iter().map(|variable| units.of_key(&variable.key.to_string()));
        of_objective.chain(places.iter().zip(keys).map(|(&x, unit)| unit.of(x))).collect()
    }

    /// The result of one point, after its search if there is one.
    fn charge(&self, values: &[f64]) -> Result<(Charging, Option<Found>), RunError> {
        let request = Request {
            detail: Detail::Plateaus,
            progress: self.progress.of_part(),
            ..request(self.scenario, false, self.memory_limit)
        };
        searched(self.scenario, &request, &mut |chosen, request| {
            let point = self.template.at(values, chosen)?;
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

/// A record, also of what panics; `None` of what was cancelled.
fn caught(run: impl FnOnce() -> Record) -> Option<Record> {
    let panic = match std::panic::catch_unwind(AssertUnwindSafe(run)) {
        Ok(record) => return Some(record),
        Err(panic) if panic.is::<Cancelled>() => return None,
        Err(panic) => panic,
    };
    Some(failed(said_by_panic(&*panic)))
}

/// What users read of a panic.
pub fn said_by_panic(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    format!("an error of leyden, please report it: {said}")
}

fn failed(reason: String) -> Record {
    Record { status: Status::Failed, values: Vec::new(), reason, method: String::new() }
}

/// What an array is; of a logarithm with the unit of the number behind it.
fn long_name(long_name: &str, dimension: Dimension, units: &Units) -> String {
    match dimension.is_logarithm() {
        true => format!("{long_name} (in {})", dimension.unit(units).symbol),
        false => long_name.into(),
    }
}

/// What a key of a sweep is.
pub(crate) fn axis_name(key: &NumericKey) -> String {
    match key.state {
        Some(state) if key.name != "load" => {
            format!("{state} number of the initial state of the {}", key.name)
        }
        _ => key.key().doc.split(" (").next().unwrap_or_default().into(),
    }
}

/// What the values of a key are multiples of in the document.
pub(crate) fn axis_units(key: &NumericKey) -> &'static str {
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
            let record = record.unwrap();
            assert_eq!((record.status, record.values.len()), (Status::Failed, 0));
            assert!(record.reason.ends_with("no luck"), "{}", record.reason);
        }
    }
}
