//! One point of a study: its values on the axes in, a record of numbers out.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{PoisonError, RwLock};

use leyden::Progress;
use leyden::asymptote::Detail;
use leyden::charge::{Charging, Request, System, Workspace};
use leyden::progress::Cancelled;
use leyden_results::table::Dimension;
use leyden_results::{Columns, FOUND, Found, MEAN, RunError, STANDARD_ERROR};
use leyden_results::{KeptBeside, failure, found_dimension, request, searched};
use leyden_scenario::{NumericKey, Scenario, Template, Units};

use crate::store::{Record, Status, Variable};

/// Runs points of one scenario; shared by threads.
pub(crate) struct Points<'a> {
    scenario: &'a Scenario,
    template: Template<'a>,
    columns: Columns<'a>,
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
        Points {
            scenario,
            template: scenario.template(),
            columns: Columns::new(scenario, &scenario.times),
            workspace: Workspace::default(),
            memory_limit,
            share: memory_limit / threads as f64,
            progress: Progress::default(),
            room: RwLock::new(()),
        }
    }

    /// Points that end where this is cancelled.
    pub(crate) fn cancelled_by(self, progress: &Progress) -> Self {
        Points { progress: progress.clone(), ..self }
    }

    /// With series at these times, which stages bring; without any where there are none.
    pub(crate) fn over_time(self, times: &[f64]) -> Self {
        Points { columns: Columns::new(self.scenario, times), ..self }
    }

    /// The arrays of a store of means: the base, and the means and standard errors of samples.
    pub(crate) fn averaged_variables(&self) -> Vec<Variable> {
        let base = self.variables();
        let [means, errors] = self.averages();
        base.into_iter().chain(means).chain(errors).collect()
    }

    /// Means and standard errors of samples.
    pub(crate) fn averages(&self) -> [Vec<Variable>; 2] {
        [(MEAN, "mean of the"), (STANDARD_ERROR, "standard error of the")].map(|(prefix, what)| {
            let of = |variable: Variable| Variable {
                name: format!("{prefix}{}", variable.name),
                long_name: format!("{what} {}", variable.long_name),
                ..variable
            };
            self.variables().into_iter().map(of).collect()
        })
    }

    /// The arrays of the store, in the order of the numbers of a record.
    pub(crate) fn variables(&self) -> Vec<Variable> {
        let units = &self.scenario.units;
        let mut list: Vec<Variable> = (self.columns.rows().iter())
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

    /// Runs one point, or a sample of it, counted from 1. What goes wrong is in the record, a panic as well: one point does not end a study. `None` where it was cancelled.
    pub(crate) fn run(&self, values: &[f64], sample: Option<usize>) -> Option<Record> {
        if self.progress.is_cancelled() {
            return None;
        }
        caught(|| self.record(values, sample))
    }

    fn record(&self, values: &[f64], sample: Option<usize>) -> Record {
        let (charging, found) = match self.charge(values, sample) {
            Ok(done) => done,
            Err(error) => return failed(error.in_words()),
        };
        let numbers = self.columns.numbers(&charging, found.as_ref());
        let mut reasons: Vec<String> = failure(&charging.outcome).into_iter().collect();
        let status = if reasons.is_empty() { Status::Done } else { Status::Failed };
        if let Some(found) = found {
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

    /// The result of one point, after its search if there is one.
    fn charge(&self, values: &[f64], sample: Option<usize>) -> Result<(Charging, Option<Found>), RunError> {
        let KeptBeside { ledger, bounds } = KeptBeside::of(self.scenario);
        let request = Request {
            detail: Detail::Plateaus,
            ledger,
            bounds,
            progress: self.progress.of_part(),
            ..request(self.scenario, false, self.memory_limit)
        };
        searched(self.scenario, &request, &mut |chosen, request| {
            let point = self.template.sample(values, chosen, sample)?;
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
    // Of a part its name, of charger and battery what they are.
    let of = key.table.strip_prefix("parts.").map_or_else(|| format!("the {}", key.name), String::from);
    match key.state {
        Some("coherent") => format!("amplitude alpha of the coherent initial state of {of}"),
        Some("squeezed") => format!("squeezing r of the initial state of {of}"),
        Some("thermal") => format!("mean number of the thermal initial state of {of}"),
        Some("fock") => format!("fock number of the initial state of {of}"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_initial_states_are_called_by_what_they_are() {
        let named = |text: &str, key: &str| {
            let text = format!("title = \"x\"\n{text}[time]\nend = 1.0\n[sweep]\n\"{key}\" = [0, 1]\n");
            let scenario = Scenario::parse("x", &text).unwrap_or_else(|report| panic!("{report}"));
            axis_name(&scenario.axes[0].key)
        };
        let pair = "[charger]\nkind = \"oscillator\"\n";
        for (state, said) in [
            ("fock", "fock number of the initial state of the charger"),
            ("coherent", "amplitude alpha of the coherent initial state of the charger"),
            ("squeezed", "squeezing r of the initial state of the charger"),
            ("thermal", "mean number of the thermal initial state of the charger"),
        ] {
            assert_eq!(named(pair, &format!("initial.charger.{state}")), said);
        }
        let parts = "[parts]\nmode = { kind = \"oscillator\" }\n[hamiltonian]\nbattery = \"n(mode)\"\ncharging = \"n(mode)\"\n";
        let said = "amplitude alpha of the coherent initial state of mode";
        assert_eq!(named(parts, "parts.mode.initial.coherent"), said);
    }

    #[test]
    fn a_panic_is_a_failed_point_with_its_message() {
        for record in [caught(|| panic!("no {}", "luck")), caught(|| panic!("no luck"))] {
            let record = record.unwrap();
            assert_eq!((record.status, record.values.len()), (Status::Failed, 0));
            assert!(record.reason.ends_with("no luck"), "{}", record.reason);
        }
    }
}
