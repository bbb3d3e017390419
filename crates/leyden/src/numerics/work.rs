//! Counts of work, kept in tests alone: there a slower algorithm is noticed without a clock.

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    /// Applications of a generator.
    Application,
    /// Exponentials of matrices.
    Exponential,
    /// Sparse decompositions.
    Decomposition,
    /// Solves with them.
    Solve,
}

/// Counts one.
#[inline(always)]
pub(crate) fn did(_work: Work) {
    #[cfg(test)]
    counted::DONE.with(|done| {
        let mut counts = done.get();
        counts[_work as usize] += 1;
        done.set(counts);
    });
}

#[cfg(test)]
pub(crate) mod counted {
    use std::cell::Cell;

    thread_local! {
        pub(super) static DONE: Cell<[usize; 4]> = const { Cell::new([0; 4]) };
    }

    /// Applications, exponentials, decompositions and solves of a run on this thread.
    pub(crate) fn during(run: impl FnOnce()) -> [usize; 4] {
        DONE.set([0; 4]);
        run();
        DONE.get()
    }
}
