//! Sparse maps between the levels of blocks.

use num_complex::Complex64;

/// A diagonal, and other entries row by row.
#[derive(Clone, Debug)]
pub(super) struct Map {
    rows: usize,
    /// Empty where it vanishes.
    diagonal: Vec<Complex64>,
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Values,
}

/// Entries beside the diagonal: most are real or imaginary, which halves the work.
#[derive(Clone, Debug)]
enum Values {
    Real(Vec<f64>),
    /// Times i.
    Imaginary(Vec<f64>),
    Complex(Vec<Complex64>),
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
        let mut diagonal = Vec::new();
        if entries.iter().any(|(row, column, _)| row == column) {
            diagonal.resize(rows, Complex64::ZERO);
            entries
                .iter()
                .filter(|(row, column, _)| row == column)
                .for_each(|(row, _, x)| diagonal[*row] = *x);
            entries.retain(|(row, column, _)| row != column);
        }
        let mut starts = vec![0; rows + 1];
        entries.iter().for_each(|(row, ..)| starts[row + 1] += 1);
        (0..rows).for_each(|row| starts[row + 1] += starts[row]);
        let numbers = || entries.iter().map(|(.., x)| *x);
        let values = if numbers().all(|x| x.im == 0.0) {
            Values::Real(numbers().map(|x| x.re).collect())
        } else if numbers().all(|x| x.re == 0.0) {
            Values::Imaginary(numbers().map(|x| x.im).collect())
        } else {
            Values::Complex(numbers().collect())
        };
        let columns = entries.iter().map(|(_, column, _)| *column as u32).collect();
        Map { rows, diagonal, starts, columns, values }
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// (row, column, value) of all entries.
    pub(super) fn entries(&self) -> Vec<(usize, usize, Complex64)> {
        let mut found: Vec<_> = self.diagonal.iter().enumerate().map(|(k, x)| (k, k, *x)).collect();
        for row in 0..self.rows {
            for k in self.starts[row]..self.starts[row + 1] {
                found.push((row, self.columns[k] as usize, self.value(k)));
            }
        }
        found
    }

    fn value(&self, k: usize) -> Complex64 {
        match &self.values {
            Values::Real(values) => values[k].into(),
            Values::Imaginary(values) => Complex64::new(0.0, values[k]),
            Values::Complex(values) => values[k],
        }
    }

    /// Hands on (A x)_row, row by row.
    #[inline]
    fn each(&self, x: &[Complex64], mut visit: impl FnMut(usize, Complex64)) {
        // Between blocks of different sizes what is called the diagonal may end before the rows.
        let own = |row: usize| match (self.diagonal.get(row), x.get(row)) {
            (Some(d), Some(x)) => d * x,
            _ => Complex64::ZERO,
        };
        let range = |row: usize| self.starts[row]..self.starts[row + 1];
        let of = |values: &[f64], row: usize| {
            let (mut re, mut im) = (0.0, 0.0);
            for (column, value) in self.columns[range(row)].iter().zip(&values[range(row)]) {
                let x = x[*column as usize];
                re += value * x.re;
                im += value * x.im;
            }
            (re, im)
        };
        match &self.values {
            Values::Real(values) => (0..self.rows).for_each(|row| {
                let (re, im) = of(values, row);
                visit(row, own(row) + Complex64::new(re, im));
            }),
            Values::Imaginary(values) => (0..self.rows).for_each(|row| {
                let (re, im) = of(values, row);
                visit(row, own(row) + Complex64::new(-im, re));
            }),
            Values::Complex(values) => (0..self.rows).for_each(|row| {
                let entries = self.columns[range(row)].iter().zip(&values[range(row)]);
                visit(
                    row,
                    own(row) + entries.map(|(column, value)| value * x[*column as usize]).sum::<Complex64>(),
                );
            }),
        }
    }

    /// y = factor A x.
    pub(super) fn apply(&self, factor: f64, x: &[Complex64], y: &mut [Complex64]) {
        self.each(x, |row, value| y[row] = factor * value);
    }

    /// y += factor A x.
    pub(super) fn add(&self, factor: f64, x: &[Complex64], y: &mut [Complex64]) {
        self.each(x, |row, value| y[row] += factor * value);
    }

    /// ||A x||^2.
    pub(super) fn weight(&self, x: &[Complex64]) -> f64 {
        let mut sum = 0.0;
        self.each(x, |_, value| sum += value.norm_sqr());
        sum
    }

    /// `<x|A x>` of a square map.
    pub(super) fn expect(&self, x: &[Complex64]) -> Complex64 {
        let mut sum = Complex64::ZERO;
        self.each(x, |row, value| sum += x[row].conj() * value);
        sum
    }

    /// The diagonal, where nothing lies beside it and it is real.
    pub(super) fn real_diagonal(&self) -> Option<Vec<f64>> {
        let is_diagonal = self.columns.is_empty() && self.diagonal.iter().all(|x| x.im == 0.0);
        is_diagonal.then(|| (0..self.rows).map(|row| self.diagonal.get(row).map_or(0.0, |x| x.re)).collect())
    }

    /// A bound on its norm: the root of the largest sums over rows and over columns.
    pub(super) fn norm_bound(&self) -> f64 {
        let entries = self.entries();
        let width = entries.iter().map(|(_, column, _)| column + 1).max().unwrap_or(0);
        let (mut rows, mut columns) = (vec![0.0; self.rows], vec![0.0; width]);
        for (row, column, x) in entries {
            rows[row] += x.norm();
            columns[column] += x.norm();
        }
        let largest = |sums: &[f64]| sums.iter().copied().fold(0.0, f64::max);
        (largest(&rows) * largest(&columns)).sqrt()
    }
}
