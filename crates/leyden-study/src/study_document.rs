//! The JSON document of a sweep: that of a run with every number replaced by an array over all points, row by row.

use leyden::charge::System;
use leyden_results::table::{Dimension, kept};
use leyden_results::{FOUND, SCHEMA, StudyAxis, StudyData, insert, is_series};
use leyden_scenario::Scenario;
use serde_json::{Map, Value, json};

use crate::store::{Axis, Status, StoreError, StoreReader};

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
    let axes = store.axes().iter().map(
        |axis| json!({ "key": axis.key, "values": axis.values, "units": axis.units, "long_name": axis.long_name }),
    );
    let shape = store.axes().iter().map(|axis| axis.values.len());
    let varies = |key: &str| {
        let tied = scenario.ties.iter().any(|tie| tie.key.to_string() == key);
        tied || store.axes().iter().any(|axis| axis.key == key)
    };
    let status = store.status()?;
    let outcome = status.iter().map(|status| match status {
        None => "missing",
        Some(Status::Done) => "converged",
        Some(Status::Failed) => "failed",
    });
    let attribute = |name: &str| store.attributes().get(name).cloned().unwrap_or(Value::Null);
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| insert(&mut document, name, value);
    put("schema", SCHEMA.into());
    put("version", attribute("version"));
    put("title", scenario.title.clone().into());
    put("reference", attribute("reference"));
    put("cells", if varies("battery.cells") { Value::Null } else { scenario.system.cells().into() });
    put("method", json!({ "name": method, "reason": reason }));
    put("axes", axes.collect());
    put("shape", shape.collect());
    put("outcome", outcome.collect());
    put("reason", json!(store.reasons()?));
    put("times", json!(store.times()));
    for row in kept(scenario.system.parts()) {
        let values = if row.over_time() && store.times().is_empty() {
            Value::Array(Vec::new())
        } else {
            numbers(&store.read(&row.name())?, row.dimension)
        };
        put(row.path, values);
    }
    if let Some(optimise) = &scenario.optimise {
        put("optimum.objective", optimise.name.into());
        put("optimum.minimise", optimise.minimise.into());
        for (path, _, dimension) in FOUND {
            put(path, numbers(&store.read(&path.replace('.', "_"))?, dimension));
        }
        let mut variables = Map::new();
        for variable in &optimise.variables {
            let key = variable.key.to_string();
            let name = format!("optimum_{}", key.replace('.', "_"));
            variables.insert(key, numbers(&store.read(&name)?, Dimension::Number));
        }
        put("optimum.variables", variables.into());
    }
    Ok(Value::Object(document))
}

fn numbers(values: &[f64], dimension: Dimension) -> Value {
    values.iter().map(|&x| dimension.json(x)).collect()
}

/// Series that figures show unless a specification asks for others.
const SHOWN: [&str; 2] = ["energy", "ergotropy_global"];

/// What figures of a sweep are drawn from; `all` series, or those that figures show by themselves.
///
/// # Errors
/// [`StoreError`] when an array cannot be read.
pub fn study_data(store: &StoreReader, all: bool) -> Result<StudyData, StoreError> {
    let title = store.attributes().get("title").and_then(Value::as_str).unwrap_or("Study");
    let axis = |axis: &Axis| StudyAxis::new(&*axis.key, axis.values.clone(), &*axis.long_name);
    let axes = store.axes().iter().map(axis).collect();
    let mut data = StudyData::new(title, axes, store.times().to_vec());
    for variable in store.variables() {
        let name = variable.name.as_str();
        if name == "optimum_value" {
            data.objective = variable.long_name.split_once(": ").map(|(_, objective)| objective.to_string());
        }
        if all || !is_series(name) || SHOWN.contains(&name) {
            data.insert(name, store.read(name)?);
        }
    }
    Ok(data)
}
