//! Where a run is: written by the run, read by whoever wants to show it, at no cost to either.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};

/// What a run is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Nothing that can be counted yet.
    Preparing,
    /// States at the times asked for.
    Evolving,
    /// Cells and engines on their way up.
    Charging,
    /// The stages of a protocol.
    Cycles,
    /// Where cycles lead.
    FixedPoint,
    /// The limit, rates and plateaus.
    LongTimes,
    /// The largest average power between the times shown.
    LargestPower,
    /// The first grid of a search.
    SearchGrid,
    /// Closer to its best points.
    SearchBest,
    /// A second method.
    Verifying,
    /// Points of a sweep.
    Points,
    /// Runs of points that are averaged over realisations.
    Runs,
    /// Realisations of random keys.
    Realisations,
    /// Kets under drawn noise.
    Trajectories,
}

const ALL: [Doing; 14] = [
    Doing::Preparing,
    Doing::Evolving,
    Doing::Charging,
    Doing::Cycles,
    Doing::FixedPoint,
    Doing::LongTimes,
    Doing::LargestPower,
    Doing::SearchGrid,
    Doing::SearchBest,
    Doing::Verifying,
    Doing::Points,
    Doing::Runs,
    Doing::Realisations,
    Doing::Trajectories,
];

/// Shared between a run and those who watch it; clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    place: Arc<Place>,
    cancelled: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Place {
    doing: AtomicU8,
    /// Bits of numbers; of NaN where nobody knows how much there is.
    done: AtomicU64,
    total: AtomicU64,
}

/// What a run that was cancelled unwinds with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

/// It is no part of what is asked for.
impl PartialEq for Progress {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Progress {
    /// Of one run among several that are cancelled together, each at a place of its own.
    pub fn of_part(&self) -> Self {
        Progress { place: Arc::default(), cancelled: self.cancelled.clone() }
    }

    /// Something else begins, so much of it; NaN where nobody knows.
    pub fn begin(&self, doing: Doing, total: f64) {
        self.stop_if_cancelled();
        self.place.total.store(f64::NAN.to_bits(), Relaxed);
        self.place.done.store(0.0_f64.to_bits(), Relaxed);
        self.place.doing.store(doing as u8, Relaxed);
        self.place.total.store(total.to_bits(), Relaxed);
    }

    /// So much of it is done.
    pub fn reach(&self, done: f64) {
        self.stop_if_cancelled();
        self.place.done.store(done.to_bits(), Relaxed);
    }

    /// Ends the run where it reaches its next step: it unwinds with [`Cancelled`], past no panic hook, so that no result has to say that there
    /// is none. Whoever cancels a run has it behind [`std::panic::catch_unwind`].
    pub fn cancel(&self) {
        self.cancelled.store(true, Relaxed);
    }

    /// Whether somebody cancelled it.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Relaxed)
    }

    /// Unwinds where the run was cancelled, for those who reach nothing for long.
    pub(crate) fn still_wanted(&self) {
        self.stop_if_cancelled();
    }

    pub(crate) fn stop_if_cancelled(&self) {
        if self.is_cancelled() {
            std::panic::resume_unwind(Box::new(Cancelled));
        }
    }

    /// What is being done, how much is done, and how much there is, where that is known.
    pub fn now(&self) -> (Doing, f64, Option<f64>) {
        let number = |x: &AtomicU64| f64::from_bits(x.load(Relaxed));
        let doing = ALL[usize::from(self.place.doing.load(Relaxed))];
        let total = Some(number(&self.place.total)).filter(|total| *total > 0.0);
        (doing, number(&self.place.done), total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_no_part_of_what_is_asked() {
        let busy = Progress::default();
        busy.begin(Doing::Evolving, 3.0);
        assert_eq!(busy, Progress::default());
    }

    #[test]
    fn a_cancelled_run_unwinds_at_its_next_step() {
        let progress = Progress::default();
        progress.reach(1.0);
        progress.clone().cancel();
        let reached = std::panic::catch_unwind(|| progress.reach(2.0)).unwrap_err();
        let begun = std::panic::catch_unwind(|| progress.begin(Doing::Points, 1.0)).unwrap_err();
        assert_eq!([reached.downcast_ref(), begun.downcast_ref()], [Some(&Cancelled); 2]);
        assert_eq!(progress.now(), (Doing::Preparing, 1.0, None));
        assert!(progress.of_part().is_cancelled());
        assert_eq!(progress.of_part().now(), (Doing::Preparing, 0.0, None));
    }

    #[test]
    fn what_is_written_is_read() {
        let progress = Progress::default();
        assert_eq!(progress.now(), (Doing::Preparing, 0.0, None));
        for doing in ALL {
            progress.begin(doing, 8.0);
            progress.clone().reach(3.0);
            assert_eq!(progress.now(), (doing, 3.0, Some(8.0)));
            progress.begin(doing, f64::NAN);
            assert_eq!(progress.now(), (doing, 0.0, None));
        }
    }
}
