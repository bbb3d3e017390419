//! The JSON document of a sweep: that of a run with every number replaced by an array over all points, row by row.

use leyden::charge::System;
use leyden_results::fits::CELLS;
use leyden_results::rows_kept;
use leyden_results::table::{Dimension, rows};
use leyden_results::{
    FOUND, Objective, SWEEP_SCHEMA, StudyAxis, StudyData, found_dimension, insert, is_series, laws,
    thresholds,
};
use leyden_results::{MEAN, averaged, disorder_of_sweep};
use leyden_scenario::{Disorder, Scenario, Units};

use crate::point::{axis_name, axis_units};
use crate::sweep::{FILES, cells_vary};
use serde_json::{Map, Value, json};

use crate::samples::means_folder;
use crate::store::{Axis, Status, Store, StoreError, StoreReader};

/// The document of a sweep whose results are in `store`; `method` and `reason` are those of its first point.
///
/// # Errors
/// [`StoreError`] when an array cannot be read.
pub fn study_document(
    scenario: &Scenario,
    store: &StoreReader,
    method: &str,
    reason: &str,
) -> Result<Value, StoreError> {
    let axes = scenario.axes.iter().map(|axis| {
        let (key, long_name) = (axis.key.to_string(), axis_name(&axis.key));
        json!({ "key": key, "values": axis.values, "units": axis_units(&axis.key), "long_name": long_name })
    });
    let samples = store.axes().iter().filter(|axis| axis.key == Disorder::AXIS).map(|axis| {
        let values = axis.values.iter().map(|&sample| Dimension::Count.json(sample)).collect::<Value>();
        json!({ "key": axis.key, "values": values, "units": axis.units, "long_name": axis.long_name })
    });
    let shape = store.axes().iter().map(|axis| axis.values.len());
    let status = store.status()?;
    let outcome = status.iter().map(|status| match status {
        None => "missing",
        Some(Status::Done) => "converged",
        Some(Status::Failed) => "failed",
    });
    let attribute = |name: &str| store.attributes().get(name).cloned().unwrap_or(Value::Null);
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| insert(&mut document, name, value);
    put("schema", SWEEP_SCHEMA.into());
    put("version", attribute("version"));
    put("title", scenario.title.clone().into());
    put("reference", attribute("reference"));
    put("cells", if cells_vary(scenario) { Value::Null } else { scenario.system.cells().into() });
    put("method", json!({ "name": method, "reason": reason }));
    put("methods", json!(store.methods()?));
    put("units", json!(scenario.units));
    put("axes", axes.chain(samples).collect());
    put("shape", shape.collect());
    put("outcome", outcome.collect());
    put("reason", json!(store.reasons()?));
    put("times", json!(scenario.times));
    for row in rows_kept(scenario) {
        let values = if row.over_time() && store.times().is_empty() {
            Value::Array(Vec::new())
        } else {
            numbers(&store.read(&row.name())?, row.dimension, &scenario.units)
        };
        put(row.path, values);
    }
    if let Some(optimise) = &scenario.optimise {
        let minimise = Objective::of(scenario, optimise).is_ok_and(|objective| objective.minimise);
        put("optimum.objective", optimise.objective.clone().into());
        put("optimum.minimise", minimise.into());
        for (path, _, dimension) in FOUND {
            let dimension = found_dimension(&optimise.objective, dimension);
            put(path, numbers(&store.read(&path.replace('.', "_"))?, dimension, &scenario.units));
        }
        let mut variables = Map::new();
        for variable in &optimise.variables {
            let key = variable.key.to_string();
            let name = format!("optimum_{}", key.replace('.', "_"));
            let unit = scenario.units.of_key(&key);
            let values = store.read(&name)?;
            let values = values.iter().map(|&x| Dimension::Number.json(unit.undone(x))).collect();
            variables.insert(key, values);
        }
        put("optimum.variables", variables.into());
    }
    if scenario.disorder.is_some() {
        let means = means_of(store)?;
        let means = means.as_ref().unwrap_or(store);
        let points: usize = scenario.axes.iter().map(|axis| axis.values.len()).product();
        let missing = |name: &str| {
            let times = if is_series(name) { store.times().len() } else { 1 };
            vec![f64::NAN; points * times]
        };
        let mut read = |name: &str| match means.variables().iter().any(|variable| variable.name == name) {
            true => means.read(name),
            // Not all samples are there yet.
            false => Ok(missing(name)),
        };
        put("disorder", disorder_of_sweep(scenario, &mut read)?);
    }
    put("fits", study_fits(store)?.into());
    Ok(Value::Object(document))
}

/// The means of a store whose samples are kept, once they are there.
fn means_of(store: &StoreReader) -> Result<Option<StoreReader>, StoreError> {
    if store.axes().last().is_none_or(|axis| axis.key != Disorder::AXIS) {
        return Ok(None);
    }
    match Store::open_read(means_folder(store.path())) {
        Err(StoreError::NotAStore { .. }) => Ok(None),
        opened => opened.map(Some),
    }
}

/// Numbers of the store as multiples of the reference.
fn numbers(values: &[f64], dimension: Dimension, units: &Units) -> Value {
    let undone = dimension.undone(units);
    values.iter().map(|&x| dimension.json(undone(x))).collect()
}

/// Series that figures show unless a specification asks for others; at one time they may show what part of the energy is work.
const SHOWN: [&str; 2] = ["energy", "ergotropy_global"];
const SHOWN_AT_ONE_TIME: [&str; 4] =
    ["energy", "ergotropy_global", "ergotropy_collective", "ergotropy_local"];

/// What figures and fits of a sweep are made from: [`stored_data`] without the numbers of failed points, which did not converge. With
/// `[disorder]` every quantity is its mean over the samples.
///
/// # Errors
/// [`StoreError`] when an array cannot be read.
pub fn study_data(store: &StoreReader, all: bool) -> Result<StudyData, StoreError> {
    match means_of(store)? {
        Some(means) => data(&means, all, Failed::Blank),
        None => data(store, all, Failed::Blank),
    }
}

/// The numbers of a sweep, those of failed points as they are stored.
///
/// # Errors
/// [`StoreError`] when an array cannot be read.
pub fn stored_data(store: &StoreReader, all: bool) -> Result<StudyData, StoreError> {
    data(store, all, Failed::Stored)
}

/// What stands for the numbers of points that failed.
#[derive(Clone, Copy, PartialEq)]
enum Failed {
    Blank,
    Stored,
}

/// `all` series, or those that figures show by themselves.
fn data(store: &StoreReader, all: bool, failed: Failed) -> Result<StudyData, StoreError> {
    let title = store.attributes().get("title").and_then(Value::as_str).unwrap_or("Study");
    let axis = |axis: &Axis| {
        StudyAxis::new(&*axis.key, axis.values.clone(), &*axis.long_name).measured(&*axis.units)
    };
    let axes = store.axes().iter().map(axis).collect();
    let mut data = StudyData::new(title, axes, store.times().to_vec());
    data.time_unit = store.time_units().into();
    let files = store.attributes().get(FILES);
    let file = |name: &str| files.and_then(|files| files.get(name)?.as_str()).map(String::from);
    let read = |name: &str| file(name).ok_or_else(|| "the store does not hold it".into());
    let scenario = Scenario::parse_with("", store.scenario(), &read).ok();
    let disordered = store.variables().iter().any(|variable| variable.name.starts_with(MEAN));
    if let Some(scenario) = &scenario {
        data.axes.iter_mut().for_each(|axis| axis.counts_cells = scenario.counts_cells(&axis.key));
        data.marks = thresholds(scenario);
        data.laws = laws(scenario);
        // Charging times have a unit where no times were asked for, too.
        data.time_unit.clone_from(&scenario.units.time.symbol);
    }
    if disordered && failed == Failed::Blank {
        let disorder = scenario.as_ref().and_then(|scenario| scenario.disorder.as_ref());
        data.samples = disorder.map_or(0, |disorder| disorder.samples);
    }
    let shown = if store.times().len() == 1 { &SHOWN_AT_ONE_TIME[..] } else { &SHOWN };
    for variable in store.variables() {
        let name = variable.name.as_str();
        if name == "optimum_value" {
            data.objective = variable.long_name.split_once(": ").map(|(_, objective)| objective.to_string());
        }
        let plain = averaged(name).unwrap_or(name);
        // Figures show means under the names of what they are means of.
        let name_shown = match name.strip_prefix(MEAN) {
            Some(plain) if failed == Failed::Blank => plain,
            _ if failed == Failed::Blank && disordered && plain == name => continue,
            _ => name,
        };
        if all || !is_series(name) || shown.contains(&plain) {
            let row = rows().find(|row| row.name() == plain && row.dimension.is_logarithm());
            let unit = match (row, &scenario) {
                // The number behind a logarithm has one.
                (Some(row), Some(scenario)) => row.dimension.unit(&scenario.units).symbol,
                _ => variable.units.clone(),
            };
            data.insert(name_shown, store.read(name)?, unit);
        }
    }
    for (point, status) in store.status()?.into_iter().enumerate() {
        match status {
            Some(Status::Failed) => {
                data.failed += 1;
                if failed == Failed::Blank {
                    data.blank(point);
                }
            }
            None => data.missing += 1,
            Some(Status::Done) => {}
        }
    }
    Ok(data)
}

/// Points of larger sweeps are not read back: they are drawn and fitted on demand, so that a run's memory does not grow with them.
pub const MOST_DRAWN: usize = 250_000;

/// The laws in the number of cells that a sweep follows; without such an axis nothing is read.
///
/// # Errors
/// [`StoreError`] when an array cannot be read.
pub fn study_fits(store: &StoreReader) -> Result<Vec<Value>, StoreError> {
    // Whether it is a part of the battery whose members an axis counts, the data know.
    match store.axes().iter().any(|axis| axis.key == CELLS || axis.key.ends_with(".count")) {
        true => Ok(study_data(store, false)?.fits()),
        false => Ok(Vec::new()),
    }
}
