//! The JSON document of a run: what `leyden run --json` prints and the result folder keeps, written from the [`table`](crate::table).
//!
//! Energies and powers are multiples of the reference frequency, times of its inverse; `units` says how people see them. A quantity that
//! does not exist is null, and a `why` beside it says the reason.

use leyden::charge::Charging;
use leyden_scenario::Scenario;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::search::Found;
use crate::table::{Role, WHOLE, of_run, rows};

/// Version of the format.
pub const SCHEMA: &str = "leyden-run/1";
/// The same of a sweep.
pub const SWEEP_SCHEMA: &str = "leyden-sweep/1";

/// The result of one run as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Document(Map<String, Value>);

impl Document {
    /// The document of a finished run.
    pub fn of(scenario: &Scenario, charging: &Charging, optimum: Option<Found>) -> Self {
        let units = json!(scenario.units);
        Self::written(&scenario.title, (scenario.reference, units), charging, optimum)
    }

    /// The document of the run of a system that stands in no scenario, in its own units.
    pub fn of_charging(title: &str, charging: &Charging) -> Self {
        Self::written(title, (None, Value::Null), charging, None)
    }

    fn written(
        title: &str,
        (reference, units): (Option<f64>, Value),
        charging: &Charging,
        optimum: Option<Found>,
    ) -> Self {
        let mut map = Map::new();
        let mut put = |path: &str, value: Value| insert(&mut map, path, value);
        put("schema", SCHEMA.into());
        put("version", env!("CARGO_PKG_VERSION").into());
        put("title", title.into());
        put("reference", reference.into());
        put("units", units);
        put("cells", charging.cells.into());
        put("method", json!({ "name": charging.method.name(), "reason": charging.reason }));
        put("outcome", charging.outcome.name().into());
        put("times", json!(charging.times));
        for row in of_run(charging) {
            put(row.path, row.value(charging));
        }
        if let Some(optimum) = optimum {
            put("optimum", json!(optimum));
        }
        let verify = charging.verification.as_ref().map(|verification| {
            let found = verification.differences.iter().map(|(name, x)| (name.to_string(), (*x).into()));
            json!({ "method": verification.method, "differences": found.collect::<Map<String, Value>>() })
        });
        put("verify", verify.into());
        for path in WHOLE {
            collapse(&mut map, path);
        }
        Document(map)
    }

    /// Adds what the samples of `[disorder]` have.
    pub fn set_disorder(&mut self, disorder: Value) {
        self.0.insert("disorder".into(), disorder);
    }

    /// Reads a document.
    ///
    /// # Errors
    /// When the text is no document of a run.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let map: Map<String, Value> = serde_json::from_str(text)?;
        match map.get("schema").and_then(Value::as_str) {
            Some(SCHEMA) => Ok(Document(map)),
            _ => Err(serde::de::Error::custom(format!("`schema` is not \"{SCHEMA}\""))),
        }
    }

    /// The text of the document.
    ///
    /// # Panics
    /// Never: all keys are texts.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).expect("a document has text keys only")
    }

    /// What stands at a path, parts joined by dots; `None` for null too.
    ///
    /// # Panics
    /// When no document has such a path: a slip of whoever asks.
    pub fn get(&self, path: &str) -> Option<&Value> {
        assert!(is_known(path), "no document has `{path}`");
        let mut parts = path.split('.');
        let first = self.0.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part)).filter(|value| !value.is_null())
    }

    /// The number at a path.
    pub fn number(&self, path: &str) -> Option<f64> {
        self.get(path)?.as_f64()
    }

    /// The numbers at a path, NaN for null; empty where there are none.
    pub fn numbers(&self, path: &str) -> Vec<f64> {
        let list = self.get(path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
    }

    /// The text at a path.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.get(path)?.as_str()
    }

    /// The list of [`table`](crate::table) items at a path; empty where there is none.
    pub fn list<T: DeserializeOwned>(&self, path: &str) -> Vec<T> {
        let list = self.get(path).cloned();
        list.and_then(|list| serde_json::from_value(list).ok()).unwrap_or_default()
    }

    /// What a search found.
    pub fn optimum(&self) -> Option<Found> {
        serde_json::from_value(self.get("optimum")?.clone()).ok()
    }

    /// Changes the value at a path, if there is one.
    pub(crate) fn convert(&mut self, path: &str, change: &dyn Fn(&mut Value)) {
        let mut parts = path.split('.');
        let first = parts.next().and_then(|part| self.0.get_mut(part));
        if let Some(value) = parts.fold(first, |value, part| value.and_then(|value| value.get_mut(part))) {
            change(value);
        }
    }

    /// The same with the means of samples in the place of the base values, without lists, which have none.
    pub fn averaged(&self) -> Document {
        let mut averaged = self.clone();
        for path in ["asymptote.plateaus", "cycles.energy", "cycles.ergotropy"] {
            averaged.convert(path, &|value| *value = Value::Null);
        }
        for row in rows().filter(|row| row.role != Role::Sweep && row.is_number()) {
            let mean = self.get(&format!("disorder.mean.{}", row.path)).cloned().unwrap_or(Value::Null);
            averaged.convert(row.path, &|value| *value = mean.clone());
        }
        averaged
    }

    /// Whether the run ended as it should.
    pub fn converged(&self) -> bool {
        self.text("outcome") == Some("converged")
    }

    /// Whether the result has this part: engine, charging, cycles, optimum, verify.
    pub fn has(&self, part: &str) -> bool {
        self.0.get(part).is_some_and(|value| !value.is_null())
    }
}

/// What stands outside of the table.
const OTHERS: [&str; 11] = [
    "schema",
    "version",
    "title",
    "reference",
    "units",
    "cells",
    "method.name",
    "method.reason",
    "outcome",
    "times",
    "optimum",
];

fn is_known(path: &str) -> bool {
    let of_samples = ["disorder.mean.", "disorder.standard_error."];
    if let Some(path) = of_samples.iter().find_map(|table| path.strip_prefix(table)) {
        return is_known(path);
    }
    OTHERS.contains(&path)
        || path.starts_with("verify")
        || path.starts_with("disorder.")
        || rows().any(|row| row.path == path)
}

/// Puts a value at a path, making the tables on the way.
pub fn insert(map: &mut Map<String, Value>, path: &str, value: Value) {
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

/// Makes an object null that holds nothing else.
pub(crate) fn collapse(map: &mut Map<String, Value>, path: &str) {
    let (table, rest) = path.split_once('.').unwrap_or((path, ""));
    match map.get_mut(table) {
        Some(Value::Object(inner)) if !rest.is_empty() => collapse(inner, rest),
        Some(value) if value.as_object().is_some_and(|inner| inner.values().all(Value::is_null)) => {
            *value = Value::Null;
        }
        _ => {}
    }
}
