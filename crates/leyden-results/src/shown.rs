//! Documents as people see them: every number in the units of the file.

use leyden_scenario::{Unit, Units};
use serde_json::{Map, Value};

use crate::Document;
use crate::objective::dimension_of;
use crate::table::Dimension::{self, Energy, LogRate, LogTime, Power, Rate, Time};
use crate::table::{Read, rows};

/// What stands in the lists of a document: path, and the numbers of its items.
const LISTS: [(&str, &[(&str, Dimension)]); 6] = [
    (
        "asymptote.rates",
        &[
            ("rate", Rate),
            ("log10_rate", LogRate),
            ("frequency", Rate),
            ("energy", Energy),
            ("ergotropy", Energy),
        ],
    ),
    (
        "asymptote.plateaus",
        &[
            ("energy", Energy),
            ("ergotropy", Energy),
            ("collective", Energy),
            ("local", Energy),
            ("from", Time),
            ("lifetime", Time),
            ("log10_lifetime", LogTime),
            ("settling", Time),
            ("first", Time),
        ],
    ),
    ("asymptote.spectrum", &[("energy", Energy)]),
    (
        "charging.comparison",
        &[
            ("energy", Energy),
            ("fluctuation", Energy),
            ("ergotropy", Energy),
            ("time", Time),
            ("average_power", Power),
        ],
    ),
    ("ledger.channels", &[("energy", Energy), ("bare", Energy)]),
    (
        "cycles.stages",
        &[
            ("duration", Time),
            ("energy", Energy),
            ("ergotropy", Energy),
            ("extracted", Energy),
            ("daemonic", Energy),
        ],
    ),
];

impl Document {
    /// The units in which people see its numbers.
    pub fn units(&self) -> Units {
        let units = self.get("units").and_then(|units| serde_json::from_value(units.clone()).ok());
        units.unwrap_or_else(Units::unknown)
    }

    /// The unit of the number, or of the numbers, at a path.
    pub fn unit(&self, path: &str) -> Unit {
        let units = self.units();
        match rows().find(|row| row.path == path) {
            Some(row) => row.dimension.unit(&units),
            None if path == "times" => units.time,
            None => Unit::one(),
        }
    }

    /// The same document with every number in those units. It is no document of the store any more.
    pub fn shown(&self) -> Document {
        let units = self.units();
        let mut shown = self.clone();
        for row in rows() {
            let dimension = match (row.path, row.read) {
                ("cycles.energy" | "cycles.ergotropy" | "trajectories.samples", _) => Energy,
                (_, Read::Json(_)) => continue,
                _ => row.dimension,
            };
            shown.convert(row.path, &|value| number(value, dimension, &units));
        }
        // Times were typed.
        shown.convert("times", &|value| {
            for t in value.as_array_mut().into_iter().flatten() {
                *t = t.as_f64().map_or(f64::NAN, |t| units.time.typed(t)).into();
            }
        });
        for (path, items) in LISTS {
            shown.convert(path, &|value| each(value, items, &units));
        }
        shown.convert("optimum", &|value| optimum(value, &units));
        let objective = self.optimum().map_or(Dimension::Number, |found| dimension_of(&found.objective));
        shown.convert("disorder", &|value| averages(value, objective, &units));
        shown.convert("verify", &|value| differences(value, &units));
        shown
    }
}

/// A number, or all numbers of a list.
fn number(value: &mut Value, dimension: Dimension, units: &Units) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|value| number(value, dimension, units)),
        Value::Number(x) => {
            if let Some(x) = x.as_f64()
                && !matches!(dimension, Dimension::Number | Dimension::Count | Dimension::Truth)
            {
                *value = dimension.shown(units)(x).into();
            }
        }
        _ => {}
    }
}

/// The items of a list.
fn each(value: &mut Value, names: &[(&str, Dimension)], units: &Units) {
    for item in value.as_array_mut().into_iter().flatten() {
        for (name, dimension) in names {
            item.get_mut(*name).into_iter().for_each(|value| number(value, *dimension, units));
        }
    }
}

/// Means and standard errors over samples; the error of a logarithm has no unit.
fn averages(disorder: &mut Value, objective: Dimension, units: &Units) {
    for (table, is_error) in [("mean", false), ("standard_error", true)] {
        let Some(averages) = disorder.get_mut(table) else { continue };
        for row in rows().filter(|row| !(is_error && row.dimension.is_logarithm())) {
            let found = row.path.split('.').try_fold(&mut *averages, |value, part| value.get_mut(part));
            found.into_iter().for_each(|value| number(value, row.dimension, units));
        }
        let Some(found) = averages.get_mut("optimum").and_then(Value::as_object_mut) else { continue };
        if !(is_error && objective.is_logarithm()) {
            for name in ["value", "value_at_jump"] {
                found.get_mut(name).into_iter().for_each(|value| number(value, objective, units));
            }
        }
        let variables = found.get_mut("variables").and_then(Value::as_object_mut);
        for (key, value) in variables.into_iter().flatten() {
            if let Some(x) = value.as_f64() {
                *value = units.of_key(key).of(x).into();
            }
        }
    }
}

/// Differences to a second method; those of times are relative.
fn differences(verify: &mut Value, units: &Units) {
    let found = verify.get_mut("differences").and_then(Value::as_object_mut);
    for (path, value) in found.into_iter().flatten() {
        let dimension = rows().find(|row| row.path == path).map(|row| row.dimension);
        if let Some(dimension @ (Energy | Power)) = dimension {
            number(value, dimension, units);
        }
    }
}

/// The value at the optimum, and where it is.
fn optimum(found: &mut Value, units: &Units) {
    let dimension = found.get("objective").and_then(Value::as_str).map_or(Dimension::Number, dimension_of);
    let Some(found) = found.as_object_mut() else { return };
    found.get_mut("value").into_iter().for_each(|value| number(value, dimension, units));
    if let Some(variables) = found.get_mut("variables").and_then(Value::as_object_mut) {
        for (key, value) in variables {
            if let Some(x) = value.as_f64() {
                *value = units.of_key(key).of(x).into();
            }
        }
    }
    if let Some(jump) = found.get_mut("jump").and_then(Value::as_object_mut) {
        jumped(jump, dimension, units);
    }
}

fn jumped(jump: &mut Map<String, Value>, dimension: Dimension, units: &Units) {
    let key = jump.get("variable").and_then(Value::as_str).unwrap_or_default().to_string();
    for (name, value) in jump {
        match (name.as_str(), value.as_f64()) {
            ("position", Some(x)) => *value = units.of_key(&key).of(x).into(),
            ("limit" | "value_at_jump", _) => number(value, dimension, units),
            _ => {}
        }
    }
}
