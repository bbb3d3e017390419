//! The JSON document of a sweep: that of a run with every number replaced by an array over all points, row by row.

use leyden_scenario::Scenario;
use serde_json::{Map, Value, json};

use crate::document::SCHEMA;
use crate::point::FOUND;
use crate::quantities::{Dimension, quantities};
use crate::store::{Status, StoreError, StoreReader};

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
    let axes: Vec<Value> = store
        .axes()
        .iter()
        .map(|axis| json!({ "key": axis.key, "values": axis.values, "units": axis.units, "long_name": axis.long_name }))
        .collect();
    let shape: Vec<usize> = store.axes().iter().map(|axis| axis.values.len()).collect();
    let swept = |key: &str| store.axes().iter().any(|axis| axis.key == key);
    let status = store.status()?;
    let outcome: Vec<&str> = status
        .iter()
        .map(|status| match status {
            None => "missing",
            Some(Status::Done) => "converged",
            Some(Status::Failed) => "failed",
        })
        .collect();
    let attribute = |name: &str| store.attributes().get(name).cloned().unwrap_or(Value::Null);
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| insert(&mut document, name, value);
    put("schema", SCHEMA.into());
    put("version", attribute("version"));
    put("title", scenario.title.clone().into());
    put("reference", attribute("reference"));
    put("cells", if swept("battery.cells") { Value::Null } else { scenario.model.cells().into() });
    put("method", json!({ "name": method, "reason": reason }));
    put("axes", axes.into());
    put("shape", json!(shape));
    put("outcome", json!(outcome));
    put("reason", json!(store.reasons()?));
    put("times", json!(store.times()));
    for quantity in quantities(&scenario.model) {
        let values = if quantity.over_time() && store.times().is_empty() {
            Value::Array(Vec::new())
        } else {
            numbers(&store.read(&quantity.name())?, quantity.dimension)
        };
        put(quantity.path, values);
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

fn insert(map: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            map.insert(path.into(), value);
        }
        Some((table, rest)) => {
            let inner = map.entry(table).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

fn numbers(values: &[f64], dimension: Dimension) -> Value {
    let one = |x: f64| match dimension {
        _ if !x.is_finite() => Value::Null,
        Dimension::Truth => (x != 0.0).into(),
        Dimension::Count => (x as i64).into(),
        _ => x.into(),
    };
    values.iter().map(|&x| one(x)).collect()
}
