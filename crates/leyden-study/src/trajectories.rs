//! Batches of trajectories of a single run, over threads and resumable: each is kept in a journal in the folder of the run, which goes away once the result is written.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc;

use leyden::Method;
use leyden::charge::{Charging, Ensemble, Request, Sum, System};
use leyden_results::{Document, RunError};
use leyden_scenario::Scenario;

use crate::files::scratch;
use crate::store::{Batches, StoreError, remove_batches};

/// Whether a scenario is one run of trajectories.
pub fn is_drawn(scenario: &Scenario) -> bool {
    scenario.method == Some(Method::Trajectories) && scenario.optimise.is_none() && !scenario.is_study()
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// The run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The folder.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The document of a run of trajectories, over so many threads; where there is a folder, what is missing of its journal.
///
/// # Errors
/// [`DrawError`] when the run cannot start, or the folder not be used.
///
/// # Panics
/// When a trajectory does, or was cancelled.
pub fn run_trajectories(
    scenario: &Scenario,
    request: &Request,
    folder: Option<&Path>,
    threads: usize,
) -> Result<Document, DrawError> {
    let mut journal: Option<Kept> = None;
    let mut failed = None;
    let mut batches = |ensemble: &Ensemble, range: Range<usize>, sum: &mut Sum<'_>| {
        if failed.is_none()
            && journal.is_none()
            && let Some(folder) = folder
        {
            match Kept::open(scenario, folder, ensemble) {
                Ok(kept) => journal = Some(kept),
                Err(error) => failed = Some(error),
            }
        }
        let mut known = journal.as_mut().map(|kept| kept.take(&range)).unwrap_or_default();
        let missing: Vec<usize> = range.filter(|batch| !known.contains_key(batch)).collect();
        while let Some((batch, numbers)) = known.pop_first() {
            sum.add(batch, numbers);
        }
        request.progress.reach(sum.count());
        computed(ensemble, request, &missing, threads, &mut |batch, numbers| {
            if let (Some(kept), true) = (&mut journal, failed.is_none()) {
                failed = kept.journal.append(batch, numbers.clone()).err();
            }
            sum.add(batch, numbers);
            request.progress.reach(sum.count());
        });
    };
    let charging: Charging = scenario.system.draw(request, &mut batches).map_err(RunError::from)?;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(Document::of(scenario, &charging, None)),
    }
}

/// Removes the journal, once the document is written.
///
/// # Errors
/// [`StoreError`] when the folder cannot be written.
pub fn remove_trajectories(folder: &Path) -> Result<(), StoreError> {
    remove_batches(folder)
}

/// A journal with the batches that it held and that nobody has asked for yet.
struct Kept {
    journal: Batches,
    held: BTreeMap<usize, Vec<f64>>,
}

impl Kept {
    fn open(scenario: &Scenario, folder: &Path, ensemble: &Ensemble) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|source| StoreError::Io { path: folder.into(), source })?;
        scratch(folder);
        let said = format!("{}\n{}\n{}", env!("CARGO_PKG_VERSION"), scenario.text, crate::files_of(scenario));
        let mut held = BTreeMap::new();
        let journal = Batches::open(folder, &said, ensemble.numbers(0), |batch, numbers| {
            held.insert(batch, numbers);
        })?;
        Ok(Kept { journal, held })
    }

    fn take(&mut self, range: &Range<usize>) -> BTreeMap<usize, Vec<f64>> {
        let mut later = self.held.split_off(&range.end);
        std::mem::swap(&mut later, &mut self.held);
        later
    }
}

/// Computes batches over threads; each is handed on by the thread that called.
fn computed(
    ensemble: &Ensemble,
    request: &Request,
    missing: &[usize],
    threads: usize,
    done: &mut dyn FnMut(usize, Vec<f64>),
) {
    let next = AtomicUsize::new(0);
    let panicked = Mutex::new(None);
    // No more results wait than there are threads.
    let (sender, receiver) = mpsc::sync_channel(threads);
    let work = |sender: mpsc::SyncSender<(usize, Vec<f64>)>| {
        let all = || {
            while let Some(&batch) = missing.get(next.fetch_add(1, Relaxed)) {
                if sender.send((batch, ensemble.batch(batch, request))).is_err() {
                    break;
                }
            }
        };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(all)) {
            next.store(missing.len(), Relaxed);
            panicked.lock().expect("no panic holds the lock").get_or_insert(panic);
        }
    };
    let work = &work;
    std::thread::scope(|scope| {
        for _ in 0..threads.min(missing.len()).max(1) {
            let sender = sender.clone();
            scope.spawn(move || work(sender));
        }
        drop(sender);
        for (batch, numbers) in receiver {
            done(batch, numbers);
        }
    });
    if let Some(panic) = panicked.into_inner().expect("no panic holds the lock") {
        resume_unwind(panic);
    }
}
