//! A system of matrices: H(t) = H_0 + sum_k f_k(t) V_k, channels and a start on other (x) battery.

use std::sync::{Arc, Mutex, PoisonError};

use leyden::{Complex64, Function, Hermitian, MasterEquation, Method, Operator, Progress, Request, Shape};
use leyden_results::Document;
use leyden_study::machine;
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use serde_json::Value;

use crate::errors;
use crate::interruptible::interruptible;

/// Entries of a sparse matrix: rows, columns, values.
type Entries<'py> =
    (PyReadonlyArray1<'py, i64>, PyReadonlyArray1<'py, i64>, PyReadonlyArray1<'py, Complex64>);

fn operator(levels: usize, (rows, columns, values): &Entries<'_>) -> PyResult<Operator> {
    let places = rows.as_slice()?.iter().zip(columns.as_slice()?);
    let entries = places.zip(values.as_slice()?).map(|((&i, &j), &x)| (i as usize, j as usize, x));
    Ok(Operator::from_entries(levels, entries))
}

/// Runs a system of matrices; its document as JSON.
#[pyfunction]
#[pyo3(signature = (levels, h, parts, channels, rho0, ket, energies, times, breakpoints, method, tolerance, verify, extrema, whole, title))]
pub(crate) fn charge<'py>(
    py: Python<'py>,
    levels: usize,
    h: Entries<'py>,
    parts: Vec<(Entries<'py>, Py<PyAny>)>,
    channels: Vec<(f64, Entries<'py>)>,
    rho0: Option<PyReadonlyArray2<'py, Complex64>>,
    ket: Option<PyReadonlyArray1<'py, Complex64>>,
    energies: (usize, Entries<'py>),
    times: Vec<f64>,
    breakpoints: Vec<f64>,
    method: Option<&str>,
    tolerance: f64,
    verify: bool,
    extrema: bool,
    whole: bool,
    title: String,
) -> PyResult<String> {
    let method: Option<Method> = match method {
        None | Some("auto") => None,
        Some(name) => Some(name.parse().map_err(|error| errors::refused(py, error))?),
    };
    let told = Progress::default();
    let failed: Arc<Mutex<Option<PyErr>>> = Arc::default();
    let mut system = MasterEquation::new(operator(levels, &h)?, operator(energies.0, &energies.1)?);
    for (part, f) in parts {
        let function = called(f, failed.clone(), told.clone());
        system = system
            .with_part(Shape::Function(Function::new(function, &breakpoints)), operator(levels, &part)?);
    }
    for (rate, jump) in channels {
        system = system.with_channel(rate, operator(levels, &jump)?);
    }
    if let Some(ket) = ket {
        system = system.starting_in_ket(ket.as_slice()?.to_vec());
    } else if let Some(rho) = rho0 {
        let rho = rho.as_array();
        let entries = rho.indexed_iter().map(|((i, j), &x)| (i, j, x));
        system = system.starting_in(Hermitian::from_operator(&Operator::from_entries(levels, entries)));
    }
    let request = Request {
        times,
        method,
        tolerance,
        verify,
        extrema,
        ledger: true,
        bounds: true,
        memory_limit: machine::memory_limit(),
        progress: told.clone(),
        ..Request::default()
    };
    let work =
        move || system.charge(&request).map(|charging| Document::of_charging(&title, &charging).to_json());
    let result = interruptible(py, &told, work, &mut || Ok(()));
    // What went wrong in a function of time is what went wrong.
    if let Some(error) = failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(error);
    }
    let document = result?.map_err(|error| errors::charge(py, &error))?;
    if whole { without_cells(py, &document) } else { Ok(document) }
}

/// Why a battery of several factors has no ergotropies of its cells.
const WHOLE: &str = "collective, local: the battery is given as a whole, not cell by cell";

/// The document of a battery of which no single cells are known: the library takes it for one.
fn without_cells(py: Python<'_>, document: &str) -> PyResult<String> {
    let mut document: Value = serde_json::from_str(document).map_err(|error| errors::refused(py, error))?;
    for path in ["/ergotropy", "/asymptote/ergotropy"] {
        document.pointer_mut(path).into_iter().for_each(forget_cells);
    }
    let plateaus = document.pointer_mut("/asymptote/plateaus").and_then(Value::as_array_mut);
    plateaus.into_iter().flatten().for_each(forget_cells);
    if let Some(why) = document.pointer_mut("/ergotropy/why") {
        *why = WHOLE.into();
    }
    Ok(document.to_string())
}

fn forget_cells(table: &mut Value) {
    for kind in ["collective", "local"] {
        if let Some(number) = table.get_mut(kind) {
            *number = Value::Null;
        }
    }
}

/// A function of Python; where it fails the run ends, and `failed` says why.
fn called(
    f: Py<PyAny>,
    failed: Arc<Mutex<Option<PyErr>>>,
    told: Progress,
) -> impl Fn(f64) -> f64 + Send + Sync {
    move |time| {
        let value = Python::attach(|py| f.call1(py, (time,)).and_then(|value| value.extract::<f64>(py)));
        value.unwrap_or_else(|error| {
            failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            told.cancel();
            f64::NAN
        })
    }
}
