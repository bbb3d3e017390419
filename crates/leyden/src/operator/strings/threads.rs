//! Work on parts of vectors in several threads; who does what never shows in the numbers. Where the machine has room for one, none is started.

use std::num::NonZero;
use std::thread::{available_parallelism, scope};

/// Numbers of a vector from which a second thread pays for its start.
const LARGE: usize = 1 << 17;

/// The same in parts of thousands of numbers.
const FEWEST_PARTS: usize = 16;

/// How many threads work on large vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Threads(usize);

impl Threads {
    /// As many as the machine has room for.
    pub(crate) fn of_machine() -> Self {
        Threads(available_parallelism().map_or(1, NonZero::get))
    }

    /// So many.
    #[cfg(test)]
    pub(crate) fn exactly(count: usize) -> Self {
        Threads(count)
    }

    fn on(self, numbers: usize) -> usize {
        if numbers >= LARGE { self.0 } else { 1 }
    }

    /// Fills `y` block by block of so many numbers, each by its index.
    pub(crate) fn fill(self, block: usize, y: &mut [f64], of: impl Fn(usize, &mut [f64]) + Sync) {
        self.fill_all(block, vec![y], |index, parts| of(index, parts[0]));
    }

    /// The same blocks of several vectors of one length at once.
    pub(crate) fn fill_all(
        self,
        block: usize,
        mut vectors: Vec<&mut [f64]>,
        of: impl Fn(usize, &mut [&mut [f64]]) + Sync,
    ) {
        let blocks = vectors.first().map_or(0, |y| y.len().div_ceil(block));
        let count = self.on(blocks * block * vectors.len()).min(blocks).max(1);
        let work = |first: usize, mut vectors: Vec<&mut [f64]>| {
            let mut index = first;
            while vectors.first().is_some_and(|y| !y.is_empty()) {
                let (mut here, mut rest) = (Vec::new(), Vec::new());
                for y in vectors {
                    let (a, b) = y.split_at_mut(block.min(y.len()));
                    here.push(a);
                    rest.push(b);
                }
                of(index, &mut here);
                vectors = rest;
                index += 1;
            }
        };
        if count == 1 {
            return work(0, vectors);
        }
        scope(|scope| {
            let mut first = 0;
            for thread in 0..count {
                let last = blocks * (thread + 1) / count;
                let mut part = Vec::new();
                for y in std::mem::take(&mut vectors) {
                    let (a, b) = y.split_at_mut(((last - first) * block).min(y.len()));
                    part.push(a);
                    vectors.push(b);
                }
                let (work, from) = (&work, first);
                if thread + 1 == count {
                    work(from, part);
                } else {
                    scope.spawn(move || work(from, part));
                }
                first = last;
            }
        });
    }

    /// The sum of what `of` says of each of so many parts.
    pub(crate) fn sum(self, parts: usize, of: impl Fn(usize) -> f64 + Sync) -> f64 {
        self.map(parts, of).into_iter().sum()
    }

    /// What `of` makes of each of so many parts of thousands of numbers, in their order.
    pub(crate) fn map<T: Send>(self, parts: usize, of: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let count = if parts >= FEWEST_PARTS { self.0 } else { 1 };
        if count == 1 {
            return (0..parts).map(of).collect();
        }
        let part = |thread: usize| (parts * thread / count..parts * (thread + 1) / count).map(&of).collect();
        scope(|scope| {
            let part = &part;
            let others: Vec<_> = (1..count).map(|thread| scope.spawn(move || part(thread))).collect();
            let mut all: Vec<T> = part(0);
            for other in others {
                match other.join() {
                    Ok(more) => all.extend(more),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            all
        })
    }
}
