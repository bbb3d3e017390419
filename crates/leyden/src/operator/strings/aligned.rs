//! Vectors that begin where a line of the cache does: loads of a chunk that cross two lines take twice as long.

use std::ops::{Deref, DerefMut};

/// Bytes of a line.
const LINE: usize = 64;

/// Real numbers.
#[derive(Debug)]
pub(crate) struct Aligned {
    numbers: Vec<f64>,
    from: usize,
    len: usize,
}

impl Aligned {
    /// So many zeros.
    pub(crate) fn zeros(len: usize) -> Self {
        let numbers = vec![0.0; len + LINE / size_of::<f64>()];
        let from = numbers.as_ptr().align_offset(LINE).min(LINE / size_of::<f64>());
        Aligned { numbers, from, len }
    }

    /// A copy of these numbers.
    pub(crate) fn of(numbers: &[f64]) -> Self {
        let mut copy = Aligned::zeros(numbers.len());
        copy.copy_from_slice(numbers);
        copy
    }
}

impl Clone for Aligned {
    fn clone(&self) -> Self {
        Aligned::of(self)
    }
}

impl Deref for Aligned {
    type Target = [f64];
    fn deref(&self) -> &[f64] {
        &self.numbers[self.from..self.from + self.len]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f64] {
        &mut self.numbers[self.from..self.from + self.len]
    }
}
