//! CPU time of this process: what others do on the machine does not count.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use leyden::progress::{Cancelled, Progress};

/// Seconds of CPU time that the process has used.
pub(crate) fn cpu() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for what is written.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64
}

/// The fastest of some runs, about `spent` seconds of them.
pub(crate) fn seconds(spent: f64, mut run: impl FnMut()) -> f64 {
    let (begin, mut best) = (cpu(), f64::INFINITY);
    loop {
        let start = cpu();
        run();
        let end = cpu();
        best = best.min(end - start);
        if end - begin > spent {
            return best;
        }
    }
}

/// What `run` gives within so many seconds of the clock on the wall.
pub(crate) fn within<T>(limit: f64, run: impl FnOnce(Progress) -> T) -> Option<T> {
    let progress = Progress::default();
    let (finished, watched) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let cancel = progress.clone();
        scope.spawn(move || {
            if watched.recv_timeout(Duration::from_secs_f64(limit)).is_err() {
                cancel.cancel();
            }
        });
        let outcome = catch_unwind(AssertUnwindSafe(|| run(progress)));
        let _ = finished.send(());
        match outcome {
            Ok(value) => Some(value),
            Err(payload) if payload.is::<Cancelled>() => None,
            Err(payload) => std::panic::resume_unwind(payload),
        }
    })
}
