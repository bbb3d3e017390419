//! Errors of the crates as exceptions of `leyden._errors`.

use leyden::Error;
use leyden_results::RunError;
use leyden_scenario::{Report, Scenario};
use leyden_study::StoreError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// An exception of the package.
fn raised<'py, A>(py: Python<'py>, class: &str, arguments: A) -> PyErr
where
    A: IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
{
    let make = || {
        PyResult::Ok(PyErr::from_value(
            py.import("leyden._errors")?.getattr(class)?.call1(arguments.into_pyobject(py)?)?,
        ))
    };
    make().unwrap_or_else(|error| error)
}

/// Something that leyden refuses, in a sentence.
pub(crate) fn refused(py: Python<'_>, said: impl std::fmt::Display) -> PyErr {
    raised(py, "LeydenError", (said.to_string(),))
}

/// A scenario that is wrong; `placed`: whether its lines are those of the user.
pub(crate) fn scenario(py: Python<'_>, report: &Report, placed: bool) -> PyErr {
    let said = report.render(false);
    let Some(fault) = report.first() else { return refused(py, said) };
    let [line, column] = [fault.line, fault.column].map(|number| placed.then_some(number));
    raised(py, "ScenarioError", (said, fault.key, line, column, fault.reason, fault.hint))
}

/// A scenario that is wrong as a whole.
pub(crate) fn scenario_without_place(py: Python<'_>, said: &str) -> PyErr {
    raised(py, "ScenarioError", (said, None::<String>, None::<usize>, None::<usize>, said, None::<String>))
}

/// A run that could not start.
pub(crate) fn run(py: Python<'_>, error: RunError, of: &Scenario, placed: bool) -> PyErr {
    match error {
        RunError::Charge(error) if memory(&error).is_some() => {
            too_large(py, &error, &leyden_scenario::in_keys(&error))
        }
        error => scenario(py, &error.locate(of), placed),
    }
}

/// Why a system that stands in no scenario could not run.
pub(crate) fn charge(py: Python<'_>, error: &Error) -> PyErr {
    match memory(error) {
        Some(_) => too_large(py, error, &error.to_string()),
        None => refused(py, error),
    }
}

fn too_large(py: Python<'_>, error: &Error, said: &str) -> PyErr {
    let (needed, allowed) = memory(error).unwrap_or_default();
    raised(py, "TooLargeError", (said, needed, allowed))
}

/// Bytes that a run needs and may use, where it is refused for them.
fn memory(error: &Error) -> Option<(f64, f64)> {
    const GIB: f64 = 1024.0 * 1024.0 * 1024.0;
    match *error {
        Error::TooLarge { gib, limit_gib, .. } | Error::TooManyTimes { gib, limit_gib, .. } => {
            Some((gib * GIB, limit_gib * GIB))
        }
        _ => None,
    }
}

/// A store that cannot be used.
pub(crate) fn store(py: Python<'_>, error: &StoreError) -> PyErr {
    raised(py, "StoreError", (error.to_string(),))
}
