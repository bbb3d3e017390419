//! What else a result folder keeps in Zarr: a single run as a store, and the laws that a sweep over numbers of cells follows.
//!
//! A single run: what `result.json` says, in the units of the file, for whoever opens the folder in xarray.

use leyden_results::{Document, StudyData, is_series};
use leyden_scenario::Scenario;
use serde_json::{Value, json};

use crate::Folder;
use crate::point::Points;
use crate::store::{Record, Status, Store, StoreError};
use crate::sweep::layout;

/// Writes the store of a run beside its document. It follows from the document, and is written as a whole again where it got lost.
///
/// # Errors
/// [`StoreError`] when the folder cannot be written.
pub fn write_run_store(folder: &Folder, scenario: &Scenario, document: &Document) -> Result<(), StoreError> {
    let points = Points::new(scenario, 0.0, 1);
    let layout = layout(scenario, &points);
    let data = StudyData::of_run(document);
    let at_all_times = |name: &str| -> Vec<f64> {
        let count = if is_series(name) { layout.times.len() } else { 1 };
        (0..count).map(|time| data.value(name, &Vec::new(), time)).collect()
    };
    let record = Record {
        status: if document.converged() { Status::Done } else { Status::Failed },
        values: layout.variables.iter().flat_map(|variable| at_all_times(&variable.name)).collect(),
        reason: document.text("asymptote.why").unwrap_or_default().into(),
        method: document.text("method.name").unwrap_or_default().into(),
    };
    Store::write_point(folder.path(), &layout, &record)
}

/// Writes the laws in the number of cells that hold, as attributes of the group `fits` in the store of a sweep; none where there are none.
///
/// # Errors
/// [`StoreError`] when the folder cannot be written.
pub fn write_fits(folder: &Folder, fits: &[Value]) -> Result<(), StoreError> {
    let path = folder.path().join("fits");
    if fits.is_empty() {
        return Ok(());
    }
    let group = json!({ "zarr_format": 3, "node_type": "group", "attributes": { "fits": fits } });
    std::fs::create_dir_all(&path).map_err(StoreError::io(&path))?;
    Folder::at(path).write_file("zarr.json", format!("{group:#}").as_bytes())
}
