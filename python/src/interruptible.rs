//! Work on a thread of its own: the interpreter is released, signals are seen, and what is interrupted ends at its next step.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use leyden::Progress;
use leyden::progress::Cancelled;
use leyden_study::said_by_panic;
use pyo3::prelude::*;

use crate::errors::refused;

/// Time between two looks at signals, and between two reports.
const LOOK: Duration = Duration::from_millis(20);
const REPORT: Duration = Duration::from_millis(100);

/// The result of `work`, which `told` cancels. `report` is called now and then while it runs; an exception in it ends the work too.
pub(crate) fn interruptible<T: Send + 'static>(
    py: Python<'_>,
    told: &Progress,
    work: impl FnOnce() -> T + Send + 'static,
    report: &mut dyn FnMut() -> PyResult<()>,
) -> PyResult<T> {
    let (sender, mut receiver) = channel();
    let run = move || {
        // Whoever was interrupted does not listen any more.
        drop(sender.send(std::panic::catch_unwind(AssertUnwindSafe(work))));
    };
    std::thread::Builder::new().name("leyden".into()).spawn(run)?;
    let mut reported = Instant::now();
    let ended = loop {
        let waited;
        (receiver, waited) = py.detach(move || {
            let waited = receiver.recv_timeout(LOOK);
            (receiver, waited)
        });
        match waited {
            Ok(ended) => break ended,
            Err(RecvTimeoutError::Disconnected) => return Err(refused(py, "a thread ended without a word")),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let mut seen = py.check_signals();
        if seen.is_ok() && reported.elapsed() >= REPORT {
            reported = Instant::now();
            seen = report();
        }
        if let Err(interrupted) = seen {
            told.cancel();
            return Err(interrupted);
        }
    };
    ended.map_err(|panic| {
        if panic.is::<Cancelled>() {
            return pyo3::exceptions::PyKeyboardInterrupt::new_err(());
        }
        refused(py, said_by_panic(&*panic))
    })
}
