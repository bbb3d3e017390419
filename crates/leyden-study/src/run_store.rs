//! What else a result folder keeps in Zarr: a single run as a store, and the laws that a sweep over numbers of cells follows.
//!
//! A single run: what `result.json` says, in the units of the file, for whoever opens the folder in xarray.

use leyden_results::{Document, StudyData, is_series};
use leyden_scenario::Scenario;
use serde_json::{Value, json};

use crate::Folder;
use crate::point::Points;
use crate::store::{Layout, Record, Status, Store, StoreError, put_fits};
use crate::sweep::layout;

/// Writes the store of a run beside its document. It follows from the document, and is written as a whole again where it got lost.
///
/// # Errors
/// [`StoreError`] when the folder cannot be written.
pub fn write_run_store(folder: &Folder, scenario: &Scenario, document: &Document) -> Result<(), StoreError> {
    let (layout, record) = of_run(scenario, document);
    Store::write_point(folder.path(), &layout, &record)
}

/// Whether the folder has the store of a run, all of it.
pub fn has_run_store(folder: &Folder, scenario: &Scenario, document: &Document) -> bool {
    let (layout, record) = of_run(scenario, document);
    if !Store::has_metadata(folder.path(), &layout).unwrap_or(false) {
        return false;
    }
    let Ok(store) = Store::open_read(folder.path()) else { return false };
    let status = store.status().is_ok_and(|status| status == [Some(record.status)]);
    let values: Vec<Vec<f64>> =
        layout.variables.iter().map_while(|variable| store.read(&variable.name).ok()).collect();
    let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
    let values = values.concat();
    status
        && store.reasons().is_ok_and(|reasons| reasons == [record.reason])
        && store.methods().is_ok_and(|methods| methods == [record.method])
        && values.len() == record.values.len()
        && values.iter().zip(&record.values).all(same)
}

/// A run as the one point of a study.
pub(crate) fn of_run(scenario: &Scenario, document: &Document) -> (Layout, Record) {
    let data = StudyData::of_run(document);
    // A run has its ledger where there is one, whether or not points of a sweep would keep it; samples of random keys have none.
    let has_ledger = scenario.disorder.is_none() && !document.numbers("ledger.drive_work").is_empty();
    let mut kept = scenario.clone();
    kept.ledger |= has_ledger;
    let points = Points::new(&kept, 0.0, 1).over_time(&data.times);
    // Stages bring their own times.
    let layout = Layout { times: data.times.clone(), ..layout(scenario, &points) };
    let at_all_times = |name: &str| -> Vec<f64> {
        let count = if is_series(name) { layout.times.len() } else { 1 };
        (0..count).map(|time| data.value(name, &Vec::new(), time)).collect()
    };
    let record = Record {
        status: if document.converged() { Status::Done } else { Status::Failed },
        values: layout.variables.iter().flat_map(|variable| at_all_times(&variable.name)).collect(),
        reason: reason(document),
        method: document.text("method.name").unwrap_or_default().into(),
    };
    (layout, record)
}

/// What a sweep says of its points.
fn reason(document: &Document) -> String {
    let said = |what: &str, path: &str| Some(format!("{what}: {}", document.text(path)?));
    let outcome = document.text("outcome").filter(|_| !document.converged()).map(String::from);
    let why = said("charging_time", "charging_time.why").or_else(|| said("asymptote", "asymptote.why"));
    let found = document.optimum().and_then(|found| found.why);
    [outcome, found, why].into_iter().flatten().collect::<Vec<String>>().join("; ")
}

/// Writes the laws in the number of cells that hold, as attributes of the group `fits` in the store of a sweep; no group where there are none.
///
/// # Errors
/// [`StoreError`] when the folder cannot be written.
pub fn write_fits(folder: &Folder, fits: &[Value]) -> Result<(), StoreError> {
    let attributes = (!fits.is_empty()).then(|| json!({ "fits": fits }));
    put_fits(folder.path(), attributes)
}
