//! Samples of `[disorder]` of a single run, over threads and resumable: a study of one point in a folder of its own, which goes away once the
//! result is written; and means of samples that are kept.

use std::fs;
use std::path::{Path, PathBuf};

use leyden::Progress as Told;
use leyden_results::{Columns, Document, Means, Samples, disorder_object};
use leyden_scenario::Scenario;

use crate::files::scratch;
use crate::point::Points;
use crate::run_store::of_run;
use crate::store::{Axis, Layout, Progress, Record, Shard, Status, Store, StoreError, StoreReader};
use crate::sweep::{compute, layout_alone};

/// Samples of a run in progress, and means of a sweep whose samples are kept.
const SAMPLES: &str = "samples";
const DISORDER: &str = "disorder";

/// Runs what is missing of the samples of a run, whose document without them is `base`, with a journal below `folder`; the document with
/// means and standard errors, or `None` where `told` was cancelled. `threads` at least 1, `memory_limit` in bytes for all of them.
///
/// # Errors
/// [`StoreError`] when the folder cannot be used.
///
/// # Panics
/// When `report` panics.
pub fn run_samples(
    scenario: &Scenario,
    base: &Document,
    folder: &Path,
    threads: usize,
    memory_limit: f64,
    told: &Told,
    report: &(dyn Fn(Progress) + Sync),
) -> Result<Option<Document>, StoreError> {
    let (layout, record) = of_run(scenario, base);
    let times = base.numbers("times");
    let points = Points::new(scenario, memory_limit, threads).over_time(&times).cancelled_by(told);
    let path = folder.join(SAMPLES);
    // What lives no longer than the run does not wait for the disk.
    scratch(&path);
    let mut store = Store::open(&path, &layout, Shard::ALL)?.keeping_runs();
    if !store.means(0)?.is_complete() && store.progress().missing() == 0 {
        // The journal got lost, and what it said with it.
        drop(store);
        remove_samples(folder)?;
        store = Store::open(&path, &layout, Shard::ALL)?.keeping_runs();
    }
    // The base is the run itself.
    let values = record.values[..record.values.len() / 3].to_vec();
    store.add(0, Record { values, ..record })?;
    let store = compute(scenario, &layout, store, &points, threads, report)?;
    if store.progress().missing() > 0 {
        return Ok(None);
    }
    let columns = Columns::new(scenario, &times);
    let request = leyden_results::request(scenario, false, memory_limit);
    let samples = Samples::new(scenario, &request);
    let mut document = base.clone();
    document.set_disorder(disorder_object(scenario, base, &columns, &store.means(0)?, &samples));
    Ok(Some(document))
}

/// Removes what [`run_samples`] needed, once its document is written.
///
/// # Errors
/// [`StoreError`] when the folder cannot be written.
pub fn remove_samples(folder: &Path) -> Result<(), StoreError> {
    let path = folder.join(SAMPLES);
    match fs::remove_dir_all(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::writing(&path)(error)),
        _ => Ok(()),
    }
}

/// The store of means and standard errors of a sweep whose samples are kept, in its folder.
pub fn means_folder(folder: &Path) -> PathBuf {
    folder.join(DISORDER)
}

/// Writes means and standard errors of a sweep in `folder` whose samples are kept and complete, unless they are there; nothing for others.
///
/// # Errors
/// [`StoreError`] when a store cannot be read or written.
pub fn write_means(folder: &Path) -> Result<(), StoreError> {
    let samples = Store::open_read(folder)?;
    let Ok(scenario) = Scenario::parse("", samples.scenario()) else { return Ok(()) };
    let Some(disorder) = scenario.disorder.as_ref().filter(|disorder| disorder.keep) else { return Ok(()) };
    let layout = layout_of_means(&scenario, &samples);
    let mut means = Store::open(means_folder(folder), &layout, Shard::ALL)?;
    let missing: Vec<usize> = means.chunks_to_do().flat_map(|chunk| means.points_of(chunk)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let (status, reasons) = (samples.status()?, samples.reasons()?);
    let count = disorder.samples;
    let (mut of_means, mut errors, mut why) =
        (vec![Vec::new(); missing.len()], vec![Vec::new(); missing.len()], vec![None; missing.len()]);
    // One quantity after the other, so that no more than one of all samples is held.
    for variable in samples.variables() {
        let values = samples.read(&variable.name)?;
        let width = values.len() / samples.points();
        for (i, &point) in missing.iter().enumerate() {
            let mut found = Means::new(count, width);
            for sample in 1..=count {
                let at = point * count + sample - 1;
                let failed = status[at] != Some(Status::Done);
                found.add(sample, &values[at * width..][..width], failed, &reasons[at]);
            }
            of_means[i].extend(found.mean());
            errors[i].extend(found.standard_error());
            if why[i].is_none() {
                why[i] = found.why(|_| variable.name.clone()).map(|why| (found.failed() > 0, why));
            }
        }
    }
    let methods = samples.methods()?;
    for (i, point) in missing.into_iter().enumerate() {
        let (failed, reason) = why[i].take().unwrap_or_default();
        let record = Record {
            status: if failed { Status::Failed } else { Status::Done },
            values: [&of_means[i][..], &errors[i]].concat(),
            reason,
            method: methods[point * count].clone(),
        };
        means.append(point, &record)?;
    }
    means.finish().map(drop)
}

/// Means over samples that are kept have the axes of the sweep.
fn layout_of_means(scenario: &Scenario, samples: &StoreReader) -> Layout {
    let layout = layout_alone(scenario);
    let axes: Vec<Axis> = layout.axes[..layout.axes.len() - 1].to_vec();
    let points = Points::new(scenario, 0.0, 1).over_time(samples.times());
    Layout { axes, variables: points.averages().concat(), fast_axis: None, ..layout }
}
