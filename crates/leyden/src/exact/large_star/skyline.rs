//! Symmetric matrices with a narrow band: storage by rows of the lower half, and their eigenvalues.
//!
//! A band of half width b is brought to tridiagonal form by Givens rotations that chase every new element beyond the band
//! out at the lower end: 6 n^2 b operations, n b numbers.
//!
//! Source: @schwarz1968.

use crate::exact::dense::tridiagonal_eigen;

/// The lower half of a symmetric matrix: row i holds the columns from its first one that matters to i.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Skyline {
    first: Vec<usize>,
    offset: Vec<usize>,
    values: Vec<f64>,
}

impl Skyline {
    /// Appends a row: entries of the columns `first`..=i.
    pub(crate) fn push_row(&mut self, row: &[f64]) {
        let i = self.first.len();
        self.first.push(i + 1 - row.len());
        self.offset.push(self.values.len());
        self.values.extend_from_slice(row);
    }

    /// Number of rows.
    pub fn size(&self) -> usize {
        self.first.len()
    }

    /// The entries of row i from column `first` to the diagonal, with that column.
    pub fn row(&self, i: usize) -> (usize, &[f64]) {
        let (first, offset) = (self.first[i], self.offset[i]);
        (first, &self.values[offset..offset + i + 1 - first])
    }

    /// The entry on the diagonal.
    pub fn diagonal(&self, i: usize) -> f64 {
        self.values[self.offset[i] + i - self.first[i]]
    }

    /// The entry (i, j), 0 outside the band.
    pub fn get(&self, i: usize, j: usize) -> f64 {
        let (i, j) = (i.max(j), i.min(j));
        if j < self.first[i] { 0.0 } else { self.values[self.offset[i] + j - self.first[i]] }
    }

    /// Largest distance of an entry from the diagonal.
    pub(crate) fn half_width(&self) -> usize {
        self.first.iter().enumerate().map(|(i, first)| i - first).max().unwrap_or(0)
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        8 * self.values.len() + 16 * self.first.len()
    }
}

/// A symmetric band matrix: column j holds the entries (j, j), (j+1, j), ... of the lower half.
#[derive(Clone, Debug)]
pub(crate) struct Band {
    size: usize,
    /// Numbers kept per column: half width + 2, with room for the element that is chased.
    stride: usize,
    entries: Vec<f64>,
}

impl Band {
    /// Entries for i >= j with i - j <= `half_width`.
    pub(crate) fn from_fn(size: usize, half_width: usize, entry: impl Fn(usize, usize) -> f64) -> Self {
        let stride = half_width + 2;
        let mut entries = vec![0.0; size * stride];
        for j in 0..size {
            for i in j..size.min(j + half_width + 1) {
                entries[j * stride + i - j] = entry(i, j);
            }
        }
        Band { size, stride, entries }
    }

    fn at(&self, i: usize, j: usize) -> usize {
        j * self.stride + i - j
    }

    /// Rotates rows and columns p and p+1 so that the entry (p+1, column) vanishes into (p, column).
    fn rotate(&mut self, p: usize, column: usize) {
        let q = p + 1;
        let (a, b) = (self.entries[self.at(p, column)], self.entries[self.at(q, column)]);
        if b == 0.0 {
            return;
        }
        let r = a.hypot(b);
        let (c, s) = (a / r, b / r);
        // Columns left of p in both rows.
        for j in column..p {
            let x = self.at(p, j);
            let (up, low) = (self.entries[x], self.entries[x + 1]);
            (self.entries[x], self.entries[x + 1]) = (c * up + s * low, c * low - s * up);
        }
        let (pp, qp, qq) = (self.at(p, p), self.at(q, p), self.at(q, q));
        let (x, y, z) = (self.entries[pp], self.entries[qp], self.entries[qq]);
        self.entries[pp] = c * c * x + 2.0 * c * s * y + s * s * z;
        self.entries[qq] = s * s * x - 2.0 * c * s * y + c * c * z;
        self.entries[qp] = (c * c - s * s) * y + c * s * (z - x);
        // Rows below q in both columns; the last one is new in column p.
        let rows = (self.size - q).min(self.stride - 1) - 1;
        let (left, right) = self.entries.split_at_mut(q * self.stride);
        let left = &mut left[p * self.stride + 2..][..rows];
        for (up, low) in left.iter_mut().zip(&mut right[1..][..rows]) {
            (*up, *low) = (c * *up + s * *low, c * *low - s * *up);
        }
    }

    /// Nondecreasing eigenvalues.
    pub(crate) fn eigenvalues(mut self) -> Option<Vec<f64>> {
        let (n, width) = (self.size, self.stride - 2);
        for j in 0..n.saturating_sub(2) {
            for distance in (2..=width.min(n - 1 - j)).rev() {
                let (mut p, mut column) = (j + distance - 1, j);
                loop {
                    self.rotate(p, column);
                    // The rotation has put an element at (p+1+width, p).
                    column = p;
                    p += width;
                    if p + 1 >= n {
                        break;
                    }
                }
            }
        }
        let diagonal: Vec<f64> = (0..n).map(|j| self.entries[self.at(j, j)]).collect();
        let below = (0..n.saturating_sub(1)).map(|j| self.entries[self.at(j + 1, j)]).collect();
        let mut values = tridiagonal_eigen(&diagonal, below, None)?;
        values.sort_by(f64::total_cmp);
        Some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::{Mat, Side};

    #[test]
    fn eigenvalues_of_bands_of_every_width() {
        for n in [1, 2, 3, 5, 24, 61] {
            for width in 0..n.min(9) {
                let entry = |i: usize, j: usize| ((3 * i + 5 * j + i * j) as f64).sin() / (1 + i - j) as f64;
                let dense = Mat::from_fn(n, n, |i, j| {
                    let (i, j) = (i.max(j), i.min(j));
                    if i - j <= width { entry(i, j) } else { 0.0 }
                });
                let expected = dense.self_adjoint_eigenvalues(Side::Lower).unwrap();
                let found = Band::from_fn(n, width, entry).eigenvalues().unwrap();
                for (x, y) in found.iter().zip(&expected) {
                    assert!((x - y).abs() < 1e-13, "n = {n}, width = {width}: {x} {y}");
                }
            }
        }
    }

    #[test]
    fn rows_of_a_skyline() {
        let mut skyline = Skyline::default();
        skyline.push_row(&[1.0]);
        skyline.push_row(&[0.5, 2.0]);
        skyline.push_row(&[0.25, 3.0]);
        assert_eq!((skyline.get(0, 1), skyline.get(2, 1), skyline.get(0, 2)), (0.5, 0.25, 0.0));
        assert_eq!((skyline.diagonal(2), skyline.half_width(), skyline.size()), (3.0, 1, 3));
    }
}
