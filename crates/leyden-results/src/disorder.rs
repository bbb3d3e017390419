//! `[disorder]` of a run: the object of means and standard errors beside the fields of the base values.

use leyden::asymptote::Detail;
use leyden::charge::{Charging, Request, System, Workspace};
use leyden::progress::Doing;
use leyden_scenario::{Scenario, Template, Units};
use serde_json::{Map, Value};

use crate::Document;
use crate::columns::{Column, Columns, KeptBeside, failure};
use crate::document::{collapse, insert};
use crate::means::Means;
use crate::run::RunError;
use crate::search::{Found, searched};
use crate::table::{Dimension, WHOLE};

/// Runs the samples of a scenario, one at a time.
pub struct Samples<'a> {
    scenario: &'a Scenario,
    template: Template<'a>,
    workspace: Workspace,
    request: Request,
}

impl<'a> Samples<'a> {
    /// As `request` asks, without what a study does not keep.
    pub fn new(scenario: &'a Scenario, request: &Request) -> Self {
        let request = Request { verify: false, detail: Detail::Plateaus, ..request.clone() };
        Samples { scenario, template: scenario.template(), workspace: Workspace::default(), request }
    }

    /// A sample, counted from 1, after its search if there is one.
    ///
    /// # Errors
    /// [`RunError`] when it has no result.
    pub fn run(&self, sample: usize) -> Result<(Charging, Option<Found>), RunError> {
        let KeptBeside { ledger, bounds } = KeptBeside::of(self.scenario);
        let progress = self.request.progress.of_part();
        let request = Request { progress, ledger, bounds, ..self.request.clone() };
        searched(self.scenario, &request, &mut |chosen, request| {
            let point = self.template.sample(&[], chosen, Some(sample))?;
            let request = Request { tolerance: point.tolerance, ..request.clone() };
            Ok(point.system.charge_in(&request, &self.workspace)?)
        })
    }

    /// Adds every sample to means, in order.
    pub(crate) fn means(&self, columns: &Columns<'_>) -> Means {
        let samples = self.scenario.disorder.as_ref().map_or(0, |disorder| disorder.samples);
        let mut means = Means::new(samples, columns.count());
        self.request.progress.begin(Doing::Realisations, samples as f64);
        for sample in 1..=samples {
            match self.run(sample) {
                Ok((charging, found)) => {
                    let failure = failure(&charging.outcome);
                    let numbers = columns.numbers(&charging, found.as_ref());
                    means.add(sample, &numbers, failure.is_some(), &failure.unwrap_or_default());
                }
                Err(error) => means.add(sample, &[], true, &error.in_words()),
            }
            self.request.progress.reach(sample as f64);
        }
        means
    }

    /// Why the quantity at a path does not exist in a sample, which is run again to see.
    fn why(
        &self,
        run: &mut Option<(usize, Result<Charging, String>)>,
        sample: usize,
        columns: &Columns<'_>,
        path: &str,
    ) -> String {
        if run.as_ref().is_none_or(|(known, _)| *known != sample) {
            let ran = match self.run(sample) {
                Ok((charging, _)) => failure(&charging.outcome).map_or(Ok(charging), Err),
                Err(error) => Err(error.in_words()),
            };
            *run = Some((sample, ran));
        }
        match run {
            Some((_, Ok(charging))) => {
                let row = columns.rows().iter().find(|row| row.path == path);
                let why = row.and_then(|row| row.why(charging)).map(|why| why.to_string());
                why.unwrap_or_else(|| "the times of its stages are others, or it is no finite number".into())
            }
            Some((_, Err(why))) => why.clone(),
            None => String::new(),
        }
    }
}

/// The object `disorder` of the document of a run, whose document without it is `base`.
pub fn disorder_object(
    scenario: &Scenario,
    base: &Document,
    columns: &Columns<'_>,
    means: &Means,
    samples: &Samples<'_>,
) -> Value {
    let mut object = head(scenario);
    object.insert("failed".into(), means.failed().into());
    let (mean, error) = (means.mean(), means.standard_error());
    let (mut of_mean, mut of_error, mut reasons) = (Map::new(), Map::new(), Map::new());
    let (mut begin, mut run) = (0, None);
    for column in columns.list() {
        let range = begin..begin + column.count;
        begin = range.end;
        let list = column.over_time;
        put(&mut of_mean, &column, false, &scenario.units, &mean[range.clone()], list);
        put(&mut of_error, &column, true, &scenario.units, &error[range.clone()], list);
        // Of series what the base has is missed: the average power at t = 0 exists nowhere.
        let of_base = if column.over_time { base.numbers(&column.path) } else { Vec::new() };
        let missed = |time: &usize| {
            of_base.iter().all(|x| x.is_nan()) || of_base.get(*time).is_some_and(|x| !x.is_nan())
        };
        let lacking = (0..column.count).filter(missed).map(|time| means.lacking(range.start + time));
        let most = lacking.max_by_key(|(count, first)| (*count, usize::MAX - first));
        if let Some((count, first)) = most.filter(|(count, _)| *count > 0) {
            let path = [&*column.path].into_iter().chain(column.key.as_deref()).collect::<Vec<_>>().join(".");
            let said = samples.why(&mut run, first, columns, &column.path);
            let all = means.samples();
            let said = match count == all {
                true => format!("no sample has it: {said}"),
                false => format!("{count} of {all} samples lack it, the first of them {first}: {said}"),
            };
            reasons.insert(path, said.into());
        }
    }
    for path in WHOLE {
        collapse(&mut of_mean, path);
        collapse(&mut of_error, path);
    }
    object.insert("mean".into(), of_mean.into());
    object.insert("standard_error".into(), of_error.into());
    object.insert("why".into(), if reasons.is_empty() { Value::Null } else { reasons.into() });
    object.into()
}

/// How many samples, and the seed.
fn head(scenario: &Scenario) -> Map<String, Value> {
    let mut object = Map::new();
    if let Some(disorder) = &scenario.disorder {
        object.insert("samples".into(), disorder.samples.into());
        object.insert("seed".into(), disorder.seed.into());
    }
    object
}

/// The object `disorder` of the document of a sweep, whose arrays `read` gives by their names in the store.
///
/// # Errors
/// Those of `read`.
pub fn disorder_of_sweep<E>(
    scenario: &Scenario,
    read: &mut dyn FnMut(&str) -> Result<Vec<f64>, E>,
) -> Result<Value, E> {
    let mut object = head(scenario);
    for (what, prefix) in [("mean", MEAN), ("standard_error", STANDARD_ERROR)] {
        let mut numbers = Map::new();
        for column in Columns::new(scenario, &scenario.times).list() {
            let values = read(&format!("{prefix}{}", column.name()))?;
            put(&mut numbers, &column, prefix == STANDARD_ERROR, &scenario.units, &values, true);
        }
        object.insert(what.into(), numbers.into());
    }
    Ok(object.into())
}

/// What the names of means and standard errors in a store begin with.
pub const MEAN: &str = "disorder_mean_";
/// The same of standard errors.
pub const STANDARD_ERROR: &str = "disorder_standard_error_";

/// The name of the quantity whose mean or standard error an array holds.
pub fn averaged(name: &str) -> Option<&str> {
    name.strip_prefix(MEAN).or_else(|| name.strip_prefix(STANDARD_ERROR))
}

impl Column {
    /// Its name in a store.
    pub(crate) fn name(&self) -> String {
        match &self.key {
            Some(key) => format!("optimum_{}", key.replace('.', "_")),
            None => self.path.replace('.', "_"),
        }
    }
}

/// Puts the numbers of a quantity where they stand in a document: as a list where there is one per time or point.
fn put(
    map: &mut Map<String, Value>,
    column: &Column,
    error: bool,
    units: &Units,
    numbers: &[f64],
    list: bool,
) {
    let undone = undone(column, error, units);
    let mut values = numbers.iter().map(|&x| Dimension::Number.json(undone(x)));
    let value = if list { values.collect() } else { values.next().unwrap_or(Value::Null) };
    match &column.key {
        None => insert(map, &column.path, value),
        // The keys of a search have dots.
        Some(key) => {
            let variables = map.entry("optimum").or_insert_with(|| Value::Object(Map::new()));
            variables["variables"][key] = value;
        }
    }
}

/// Numbers of the store as multiples of the reference. The error of a logarithm is one of a ratio.
fn undone(column: &Column, error: bool, units: &Units) -> impl Fn(f64) -> f64 + use<> {
    let of_key = column.key.as_ref().map(|key| units.of_key(key));
    let (undone, plain) = (column.dimension.undone(units), error && column.dimension.is_logarithm());
    move |x| match &of_key {
        Some(unit) => unit.undone(x),
        None if plain => x,
        None => undone(x),
    }
}
