//! Sparse maps between the levels of blocks.

use num_complex::Complex64;

/// Entries row by row.
#[derive(Clone, Debug, Default)]
pub(super) struct Map {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<Complex64>,
}

impl Map {
    /// From entries (row, column, value) in any order; those at one place add up.
    pub(super) fn new(rows: usize, mut entries: Vec<(usize, usize, Complex64)>) -> Self {
        entries.sort_by_key(|(row, column, _)| (*row, *column));
        entries.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            if same {
                kept.2 += next.2;
            }
            same
        });
        entries.retain(|(.., x)| *x != Complex64::ZERO);
        let mut starts = vec![0; rows + 1];
        entries.iter().for_each(|(row, ..)| starts[row + 1] += 1);
        (0..rows).for_each(|row| starts[row + 1] += starts[row]);
        Map {
            starts,
            columns: entries.iter().map(|(_, column, _)| *column as u32).collect(),
            values: entries.iter().map(|(.., x)| *x).collect(),
        }
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// y = factor A x.
    pub(super) fn apply(&self, factor: f64, x: &[Complex64], y: &mut [Complex64]) {
        for (row, out) in y.iter_mut().enumerate() {
            *out = factor * self.row(row, x);
        }
    }

    /// y += factor A x.
    pub(super) fn add(&self, factor: f64, x: &[Complex64], y: &mut [Complex64]) {
        for (row, out) in y.iter_mut().enumerate() {
            *out += factor * self.row(row, x);
        }
    }

    /// ||A x||^2.
    pub(super) fn weight(&self, x: &[Complex64]) -> f64 {
        (0..self.rows()).map(|row| self.row(row, x).norm_sqr()).sum()
    }

    /// <x|A x> of a square map.
    pub(super) fn expect(&self, x: &[Complex64]) -> Complex64 {
        (0..self.rows()).map(|row| x[row].conj() * self.row(row, x)).sum()
    }

    /// The diagonal, where nothing lies beside it and it is real.
    pub(super) fn real_diagonal(&self) -> Option<Vec<f64>> {
        let mut diagonal = vec![0.0; self.rows()];
        for (row, values) in diagonal.iter_mut().enumerate() {
            for k in self.starts[row]..self.starts[row + 1] {
                if self.columns[k] as usize != row || self.values[k].im != 0.0 {
                    return None;
                }
                *values = self.values[k].re;
            }
        }
        Some(diagonal)
    }

    /// (row, column, value) of all entries.
    pub(super) fn entries(&self) -> Vec<(usize, usize, Complex64)> {
        let of_row = |row: usize| self.starts[row]..self.starts[row + 1];
        (0..self.rows())
            .flat_map(|row| of_row(row).map(move |k| (row, self.columns[k] as usize, self.values[k])))
            .collect()
    }

    /// A bound on its norm: the root of the largest sums over rows and over columns.
    pub(super) fn norm_bound(&self) -> f64 {
        let width = self.columns.iter().map(|column| *column as usize + 1).max().unwrap_or(0);
        let (mut rows, mut columns) = (vec![0.0; self.rows()], vec![0.0; width]);
        for (row, sum) in rows.iter_mut().enumerate() {
            for k in self.starts[row]..self.starts[row + 1] {
                *sum += self.values[k].norm();
                columns[self.columns[k] as usize] += self.values[k].norm();
            }
        }
        let largest = |sums: &[f64]| sums.iter().copied().fold(0.0, f64::max);
        (largest(&rows) * largest(&columns)).sqrt()
    }

    #[inline]
    fn row(&self, row: usize, x: &[Complex64]) -> Complex64 {
        let range = self.starts[row]..self.starts[row + 1];
        let (columns, values) = (&self.columns[range.clone()], &self.values[range]);
        let mut sum = Complex64::ZERO;
        for (column, value) in columns.iter().zip(values) {
            sum += value * x[*column as usize];
        }
        sum
    }
}
