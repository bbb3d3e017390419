//! Sweeps: on this machine, or handed out in pieces to whoever computes them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use leyden::Progress;
use leyden_scenario::Scenario;
use leyden_study::{Folder, MOST_DRAWN, Shard, Store, StoreError, machine, study_fits, write_fits};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors;
use crate::interruptible::interruptible;
use crate::scenarios::read;

/// Points done, failed, and in all.
type Counts = (usize, usize, usize);

fn of_sweep(py: Python<'_>, name: &str, text: &str, placed: bool) -> PyResult<Scenario> {
    let scenario = read(py, name, text, placed)?;
    match scenario.is_study() {
        true => Ok(scenario),
        false => {
            Err(errors::scenario_without_place(py, "the scenario has no [sweep]: leyden.run computes it"))
        }
    }
}

/// Runs what is missing of a sweep in a folder, with so many threads; `report` is called with points done and points in all.
#[pyfunction]
pub(crate) fn sweep(
    py: Python<'_>,
    name: &str,
    text: &str,
    placed: bool,
    folder: PathBuf,
    threads: Option<usize>,
    keep: bool,
    report: Option<Bound<'_, PyAny>>,
) -> PyResult<Counts> {
    let scenario = of_sweep(py, name, text, placed)?;
    if !keep {
        leyden_study::scratch(&folder);
    }
    let told = Progress::default();
    let (done, total) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, all, cancelled) = (done.clone(), total.clone(), told.clone());
    let threads = threads.unwrap_or_else(machine::threads);
    let work = move || {
        let prepared = Folder::at(&folder);
        prepared.prepare(&scenario)?;
        let limit = machine::memory_limit();
        let swept =
            leyden_study::sweep(&scenario, &folder, Shard::ALL, threads, limit, &cancelled, &|progress| {
                counted.store(progress.total - progress.missing(), Relaxed);
                all.store(progress.total, Relaxed);
            })?;
        finish(&prepared, swept.missing())?;
        Ok((swept.done, swept.failed, swept.total))
    };
    let mut tell = || match &report {
        Some(report) if total.load(Relaxed) > 0 => {
            report.call1((done.load(Relaxed), total.load(Relaxed))).map(drop)
        }
        _ => Ok(()),
    };
    let counts: Result<Counts, StoreError> = interruptible(py, &told, work, &mut tell)?;
    let counts = counts.map_err(|error| errors::store(py, &error))?;
    tell()?;
    Ok(counts)
}

/// What follows from a sweep that is complete: the laws in its number of cells.
fn finish(folder: &Folder, missing: usize) -> Result<(), StoreError> {
    if missing > 0 {
        return Ok(());
    }
    leyden_study::write_means(folder.path())?;
    let store = Store::open_read(folder.path())?;
    let fits = if store.points() <= MOST_DRAWN { study_fits(&store)? } else { Vec::new() };
    write_fits(folder, &fits)
}

/// The records of some points of a sweep, as a message to whoever hands them out.
#[pyfunction]
pub(crate) fn computed<'py>(
    py: Python<'py>,
    name: &str,
    text: &str,
    points: Vec<usize>,
) -> PyResult<Bound<'py, PyBytes>> {
    let scenario = of_sweep(py, name, text, false)?;
    let told = Progress::default();
    let cancelled = told.clone();
    let work = move || leyden_study::computed(&scenario, &points, machine::memory_limit(), &cancelled);
    let message = interruptible(py, &told, work, &mut || Ok(()))?;
    Ok(PyBytes::new(py, &message.unwrap_or_default()))
}

/// The side that hands out pieces of a sweep and writes its store.
#[pyclass(frozen, module = "leyden._leyden")]
pub(crate) struct Handout {
    inner: std::sync::Mutex<Option<leyden_study::Handout>>,
    folder: PathBuf,
}

impl Handout {
    fn with<T>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut leyden_study::Handout) -> Result<T, StoreError> + Send,
    ) -> PyResult<T>
    where
        T: Send,
    {
        let run = || {
            let mut inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            inner.as_mut().map(work)
        };
        let done = py.detach(run).ok_or_else(|| errors::refused(py, "this sweep has ended"))?;
        done.map_err(|error| errors::store(py, &error))
    }
}

#[pymethods]
impl Handout {
    #[new]
    fn new(
        py: Python<'_>,
        name: &str,
        text: &str,
        placed: bool,
        folder: PathBuf,
        keep: bool,
    ) -> PyResult<Self> {
        if !keep {
            leyden_study::scratch(&folder);
        }
        let scenario = of_sweep(py, name, text, placed)?;
        let open = |path: &Path| {
            Folder::at(path).prepare(&scenario)?;
            leyden_study::Handout::open(&scenario, path)
        };
        let inner = py.detach(|| open(&folder)).map_err(|error| errors::store(py, &error))?;
        Ok(Handout { inner: Some(inner).into(), folder })
    }

    /// Points that nobody has yet, at most so many.
    fn next(&self, py: Python<'_>, most: usize) -> PyResult<Option<Vec<usize>>> {
        self.with(py, |inner| Ok(inner.next(most)))
    }

    /// Takes what was computed of a piece.
    fn take(&self, py: Python<'_>, message: &[u8]) -> PyResult<()> {
        self.with(py, |inner| inner.take(message))
    }

    /// Points done, failed, and in all.
    fn progress(&self, py: Python<'_>) -> PyResult<Counts> {
        self.with(py, |inner| {
            let progress = inner.progress();
            Ok((progress.done, progress.failed, progress.total))
        })
    }

    /// Ends the sweep, complete or not.
    fn finish(&self, py: Python<'_>) -> PyResult<()> {
        let end = || {
            let inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
            let progress = inner.map(leyden_study::Handout::finish).transpose()?;
            progress.map_or(Ok(()), |progress| finish(&Folder::at(&self.folder), progress.missing()))
        };
        py.detach(end).map_err(|error| errors::store(py, &error))
    }
}
