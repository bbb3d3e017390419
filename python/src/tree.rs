//! A document as Python objects: tables as dicts, lists of numbers as read-only arrays, other lists as tuples.

use numpy::{IntoPyArray, PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use serde_json::Value;

use crate::errors::refused;

/// Fields with lists of tables or texts: an empty one is no list of numbers.
const ITEMS: [&str; 5] = ["comparison", "plateaus", "rates", "stages", "warnings"];

/// The tree of a document given as JSON.
#[pyfunction]
pub(crate) fn tree<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    let value: Value = serde_json::from_str(json).map_err(|error| refused(py, error))?;
    of_value(py, &value)
}

fn of_value<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(truth) => truth.into_pyobject(py)?.to_owned().into_any(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => whole.into_pyobject(py)?.into_any(),
            None => number.as_f64().unwrap_or(f64::NAN).into_pyobject(py)?.into_any(),
        },
        Value::String(text) => text.into_pyobject(py)?.into_any(),
        Value::Array(list) => match numbers(list) {
            Some(numbers) => array(py, numbers)?.into_any(),
            None => {
                let items = list.iter().map(|item| of_value(py, item)).collect::<PyResult<Vec<_>>>()?;
                PyTuple::new(py, items)?.into_any()
            }
        },
        Value::Object(map) => {
            let table = PyDict::new(py);
            for (key, value) in map {
                let nothing = ITEMS.contains(&&**key) && value.as_array().is_some_and(Vec::is_empty);
                table.set_item(
                    key,
                    if nothing { PyTuple::empty(py).into_any() } else { of_value(py, value)? },
                )?;
            }
            table.into_any()
        }
    })
}

/// The numbers of a list of numbers, NaN for null; a list of nothing is one.
fn numbers(list: &[Value]) -> Option<Vec<f64>> {
    let number = |value: &Value| match value {
        Value::Null => Some(f64::NAN),
        value => value.as_f64(),
    };
    list.iter().map(number).collect()
}

fn array(py: Python<'_>, numbers: Vec<f64>) -> PyResult<Bound<'_, PyArray1<f64>>> {
    let array = numbers.into_pyarray(py);
    array.readwrite().make_nonwriteable();
    Ok(array)
}
