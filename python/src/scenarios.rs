//! Scenarios: one run, its figure and summary, what would run, and what comes with leyden.

use std::path::Path;

use leyden::Progress;
use leyden_figures::{Figure, Format};
use leyden_results::{Document, StudyData, summary as said};
use leyden_scenario::shipped;
use leyden_scenario::{Scenario, with_overrides};
use leyden_study::{Folder, Store, StoreReader, machine, read_beside, study_data, write_run_store};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::errors;
use crate::interruptible::interruptible;

/// A scenario text with its values set as by `--set`.
#[pyfunction]
pub(crate) fn with_set(py: Python<'_>, text: &str, set: Vec<String>) -> PyResult<String> {
    with_overrides(text, &set).map_err(|error| errors::scenario_without_place(py, &error.to_string()))
}

/// The scenario of a text; `name` is its path where it has one, beside which the files are that it names.
pub(crate) fn read(py: Python<'_>, name: &str, text: &str, placed: bool) -> PyResult<Scenario> {
    // Of a text or a mapping, in the current folder.
    let folder = Path::new(name).parent().unwrap_or(Path::new(""));
    let read = leyden_results::read_with(name, text, &|file| read_beside(folder, file));
    read.map_err(|report| errors::scenario(py, &report, placed))
}

/// The document of a run, as JSON.
#[pyfunction]
pub(crate) fn run(py: Python<'_>, name: &str, text: &str, placed: bool, verify: bool) -> PyResult<String> {
    let scenario = read(py, name, text, placed)?;
    if scenario.is_study() {
        let said = match scenario.axes.is_empty() {
            true => "the scenario keeps the samples of its [disorder]: leyden.sweep computes it",
            false => "the scenario has a [sweep]: leyden.sweep computes it",
        };
        return Err(errors::scenario_without_place(py, said));
    }
    let told = Progress::default();
    let mut request = leyden_results::request(&scenario, verify, machine::memory_limit());
    request.progress = told.clone();
    let work =
        move || (leyden_results::run(&scenario, &request).map(|document| document.to_json()), scenario);
    let (result, scenario) = interruptible(py, &told, work, &mut || Ok(()))?;
    result.map_err(|error| errors::run(py, error, &scenario, placed))
}

/// What would run: method, reason, dimension, bytes of memory, points, and the text of `leyden check`.
#[pyfunction]
pub(crate) fn check(
    py: Python<'_>,
    name: &str,
    text: &str,
    placed: bool,
) -> PyResult<(String, String, f64, f64, usize, String)> {
    let scenario = read(py, name, text, placed)?;
    let told = Progress::default();
    let work = move || {
        let request = leyden_results::request(&scenario, false, machine::memory_limit());
        (leyden_results::plan(&scenario, &request), scenario)
    };
    let (plan, scenario) = interruptible(py, &told, work, &mut || Ok(()))?;
    let plan = plan.map_err(|error| errors::run(py, error.into(), &scenario, placed))?;
    let points = scenario.axes.iter().map(|axis| axis.values.len()).product::<usize>();
    let text = said::plan(&scenario, &plan);
    Ok((plan.method.name().into(), plan.reason, plan.dimension as f64, plan.memory, points, text))
}

/// The scenario with its system as parts, channels and formulas.
#[pyfunction]
pub(crate) fn as_text(py: Python<'_>, name: &str, text: &str, placed: bool) -> PyResult<String> {
    let scenario = read(py, name, text, placed)?;
    scenario.as_text().map_err(|report| errors::scenario(py, &report, placed))
}

fn document(py: Python<'_>, json: &str) -> PyResult<Document> {
    Document::parse(json).map_err(|error| errors::refused(py, error))
}

/// The lines that `leyden run` prints of a document.
#[pyfunction]
pub(crate) fn summary(py: Python<'_>, json: &str) -> PyResult<String> {
    Ok(said::text(&document(py, json)?))
}

/// The figure of a document, as its numbers suggest or as a specification asks: svg, png or pdf.
#[pyfunction]
pub(crate) fn figure<'py>(
    py: Python<'py>,
    json: &str,
    spec: Option<&str>,
    format: &str,
) -> PyResult<Bound<'py, PyBytes>> {
    let document = document(py, json)?;
    let figure = match spec {
        Some(spec) => by_spec(py, &StudyData::of_run(&document), spec)?,
        None => leyden_draw::of_run(&document).ok_or_else(|| {
            errors::refused(py, "an engine alone has nothing that changes with time; sweep one of its keys")
        })?,
    };
    drawn(py, &figure, format)
}

/// The figure of a result folder.
#[pyfunction]
pub(crate) fn folder_figure<'py>(
    py: Python<'py>,
    folder: &str,
    spec: Option<&str>,
    format: &str,
) -> PyResult<Bound<'py, PyBytes>> {
    let stored = |error| errors::store(py, &error);
    if Folder::at(folder).is_run() {
        let document = Folder::at(folder).read().map_err(stored)?;
        return self::figure(py, &document.to_json(), spec, format);
    }
    let store: StoreReader = Store::open_read(folder).map_err(stored)?;
    let data = study_data(&store, spec.is_some()).map_err(stored)?;
    let figure = match spec {
        Some(spec) => by_spec(py, &data, spec)?,
        None => leyden_draw::figure(&data, None),
    };
    drawn(py, &figure, format)
}

fn by_spec(py: Python<'_>, data: &StudyData, text: &str) -> PyResult<Figure> {
    leyden_draw::by_spec(data, text).map_err(|error| errors::scenario_without_place(py, &error.to_string()))
}

fn drawn<'py>(py: Python<'py>, figure: &Figure, format: &str) -> PyResult<Bound<'py, PyBytes>> {
    let format = Format::of_extension(format).unwrap_or(Format::Svg);
    let bytes = py.detach(|| format.draw(figure));
    Ok(PyBytes::new(py, &bytes.map_err(|error| errors::refused(py, error))?))
}

/// Writes the store of a run into a folder: what `leyden run` leaves there for xarray.
#[pyfunction]
pub(crate) fn store(py: Python<'_>, text: &str, json: &str, folder: &str) -> PyResult<()> {
    let (scenario, document) = (read(py, "scenario", text, false)?, document(py, json)?);
    py.detach(|| write_run_store(&Folder::at(folder), &scenario, &document))
        .map_err(|error| errors::store(py, &error))
}

/// The JSON schema of a scenario, as a text.
#[pyfunction]
pub(crate) fn schema() -> String {
    leyden_scenario::schema().to_string()
}

/// The scenarios that come with leyden.
#[pyfunction]
pub(crate) fn scenarios(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let all = PyDict::new(py);
    shipped::all().try_for_each(|(name, text)| all.set_item(name, text))?;
    Ok(all)
}
