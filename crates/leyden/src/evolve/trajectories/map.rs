//! Sparse maps between the levels of blocks.

use std::ops::Range;

use num_complex::Complex64;

use crate::numerics::lanes::{
    MOST_PASSES, Pass, add_scaled, add_turned, dot, flat, flat_mut, madd, summed, weighted_of, widened,
};

/// Bands, and other entries row by row.
#[derive(Clone, Debug)]
pub(super) struct Map {
    rows: usize,
    bands: Vec<Band>,
    /// Rows of all bands, where there is nothing else; empty where there are too many bands to be added at once.
    inner: Range<usize>,
    /// Where the other entries of every row begin; empty where there are none.
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Values,
}

/// Entries (row, row + offset) of rows one after the other, of which some may vanish.
#[derive(Clone, Debug)]
struct Band {
    first: usize,
    column: usize,
    rows: usize,
    /// Every real part twice, as it acts on two numbers; empty where all vanish.
    re: Vec<f64>,
    /// (-y, y) of every imaginary part y, which acts on (Im, Re); empty where all vanish.
    im: Vec<f64>,
}

/// Entries beside the bands: most are real or imaginary, which halves the work.
#[derive(Clone, Debug)]
enum Values {
    Real(Vec<f64>),
    /// Times i.
    Imaginary(Vec<f64>),
    Complex(Vec<Complex64>),
}

/// Entries of a band at least, and the part of its rows that they are.
const FEWEST_IN_BAND: usize = 4;
const FULL: f64 = 0.4;

type Entry = (usize, usize, Complex64);

impl Band {
    /// Of entries on one diagonal, where there are enough.
    fn new(entries: &[Entry]) -> Option<Self> {
        let (&(first, column, _), &(last, ..)) = (entries.first()?, entries.last()?);
        let rows = last + 1 - first;
        if entries.len() < FEWEST_IN_BAND || (entries.len() as f64) < FULL * rows as f64 {
            return None;
        }
        let part = |of: &dyn Fn(Complex64) -> [f64; 2]| {
            let mut numbers = vec![0.0; 2 * rows];
            for (row, _, x) in entries {
                numbers[2 * (row - first)..][..2].copy_from_slice(&of(*x));
            }
            if numbers.iter().all(|x| *x == 0.0) { Vec::new() } else { numbers }
        };
        Some(Band { first, column, rows, re: part(&|x| [x.re, x.re]), im: part(&|x| [-x.im, x.im]) })
    }

    /// Lists of numbers.
    fn passes(&self) -> usize {
        usize::from(!self.re.is_empty()) + usize::from(!self.im.is_empty())
    }

    /// (A x)_row.
    fn in_row(&self, row: usize, x: &[Complex64]) -> Complex64 {
        if !(self.first..self.first + self.rows).contains(&row) {
            return Complex64::ZERO;
        }
        let k = row - self.first;
        let at = |list: &[f64]| list.get(2 * k + 1).copied().unwrap_or(0.0);
        Complex64::new(at(&self.re), at(&self.im)) * x[self.column + k]
    }

    fn entries(&self) -> impl Iterator<Item = Entry> {
        let at = |list: &[f64], k: usize| list.get(2 * k + 1).copied().unwrap_or(0.0);
        (0..self.rows)
            .map(move |k| (self.first + k, self.column + k, Complex64::new(at(&self.re, k), at(&self.im, k))))
            .filter(|(.., x)| *x != Complex64::ZERO)
    }

    fn add(&self, factor: f64, x: &[f64], y: &mut [f64]) {
        let x = &x[2 * self.column..2 * (self.column + self.rows)];
        let y = &mut y[2 * self.first..2 * (self.first + self.rows)];
        if !self.re.is_empty() {
            add_scaled(factor, &self.re, x, y);
        }
        if !self.im.is_empty() {
            add_turned(factor, &self.im, x, y);
        }
    }

    /// Re `<x|A y>`.
    #[inline(always)]
    fn between<const FMA: bool>(&self, x: &[f64], y: &[f64]) -> f64 {
        let to = &x[2 * self.first..2 * (self.first + self.rows)];
        let from = &y[2 * self.column..2 * (self.column + self.rows)];
        let mut sums = [0.0; 4];
        let mut rest = 0.0;
        if !self.re.is_empty() {
            rest = weighted_of::<FMA>(&self.re, to, from);
        }
        if !self.im.is_empty() {
            let (mut v, mut a, mut b) = (self.im.chunks_exact(4), to.chunks_exact(4), from.chunks_exact(4));
            for ((v, a), b) in v.by_ref().zip(a.by_ref()).zip(b.by_ref()) {
                for k in 0..4 {
                    sums[k] = madd::<FMA>(v[k] * a[k], b[k ^ 1], sums[k]);
                }
            }
            for k in 0..v.remainder().len() {
                rest = madd::<FMA>(v.remainder()[k] * a.remainder()[k], b.remainder()[k ^ 1], rest);
            }
        }
        sums.iter().sum::<f64>() + rest
    }
}

#[inline(always)]
fn between_in<const FMA: bool>(map: &Map, x: &[Complex64], y: &[Complex64]) -> f64 {
    let mut sum = 0.0;
    // No closure: it would be compiled for all processors.
    for band in &map.bands {
        sum += band.between::<FMA>(flat(x), flat(y));
    }
    map.each(y, |row, value| sum += x[row].re * value.re + x[row].im * value.im);
    sum
}

widened! {
    fn between(map: &Map, x: &[Complex64], y: &[Complex64]) -> f64 = between_in
}

impl Map {
    /// From entries (row, column, value) in any order; those at one place add up.
    pub(super) fn new(rows: usize, mut entries: Vec<Entry>) -> Self {
        entries.sort_by_key(|(row, column, _)| (column.wrapping_sub(*row) as isize, *row));
        entries.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            if same {
                kept.2 += next.2;
            }
            same
        });
        entries.retain(|(.., x)| *x != Complex64::ZERO);
        let mut bands = Vec::new();
        let mut others: Vec<Entry> = Vec::new();
        for diagonal in entries.chunk_by(|a, b| a.1.wrapping_sub(a.0) == b.1.wrapping_sub(b.0)) {
            match Band::new(diagonal) {
                Some(band) => bands.push(band),
                None => others.extend(diagonal),
            }
        }
        others.sort_by_key(|(row, column, _)| (*row, *column));
        let mut starts = Vec::new();
        if !others.is_empty() {
            starts.resize(rows + 1, 0);
            others.iter().for_each(|(row, ..)| starts[row + 1] += 1);
            (0..rows).for_each(|row| starts[row + 1] += starts[row]);
        }
        let numbers = || others.iter().map(|(.., x)| *x);
        let values = if numbers().all(|x| x.im == 0.0) {
            Values::Real(numbers().map(|x| x.re).collect())
        } else if numbers().all(|x| x.re == 0.0) {
            Values::Imaginary(numbers().map(|x| x.im).collect())
        } else {
            Values::Complex(numbers().collect())
        };
        let columns = others.iter().map(|(_, column, _)| *column as u32).collect();
        let passes: usize = bands.iter().map(Band::passes).sum();
        let inner = match others.is_empty() && (1..=MOST_PASSES).contains(&passes) {
            true => {
                let from = bands.iter().map(|band| band.first).max().unwrap_or(0);
                let to = bands.iter().map(|band| band.first + band.rows).min().unwrap_or(0);
                from..to.max(from)
            }
            false => 0..0,
        };
        Map { rows, bands, inner, starts, columns, values }
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// (row, column, value) of all entries.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let mut found: Vec<Entry> = self.bands.iter().flat_map(Band::entries).collect();
        for row in 0..self.starts.len().saturating_sub(1) {
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

    /// Hands on what the entries beside the bands make of x, row by row.
    #[inline(always)]
    fn each(&self, x: &[Complex64], mut visit: impl FnMut(usize, Complex64)) {
        let rows = self.starts.len().saturating_sub(1);
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
            Values::Real(values) => (0..rows).for_each(|row| {
                let (re, im) = of(values, row);
                visit(row, Complex64::new(re, im));
            }),
            Values::Imaginary(values) => (0..rows).for_each(|row| {
                let (re, im) = of(values, row);
                visit(row, Complex64::new(-im, re));
            }),
            Values::Complex(values) => (0..rows).for_each(|row| {
                let entries = self.columns[range(row)].iter().zip(&values[range(row)]);
                visit(row, entries.map(|(column, value)| value * x[*column as usize]).sum::<Complex64>());
            }),
        }
    }

    /// y = factor A x.
    pub(super) fn apply(&self, factor: f64, x: &[Complex64], y: &mut [Complex64]) {
        if self.apply_inner(factor, x, y) {
            for row in (0..self.inner.start).chain(self.inner.end..self.rows) {
                let sum: Complex64 = self.bands.iter().map(|band| band.in_row(row, x)).sum();
                y[row] = factor * sum;
            }
            return;
        }
        y.fill(Complex64::ZERO);
        self.add(factor, x, y);
    }

    /// The rows of all bands at once, where that is possible.
    fn apply_inner(&self, factor: f64, x: &[Complex64], y: &mut [Complex64]) -> bool {
        // Rows beside the inner ones are slow.
        if self.rows > 2 * self.inner.len() {
            return false;
        }
        let mut passes = [Pass { weights: &[], from: &[], turned: false }; MOST_PASSES];
        let mut count = 0;
        for band in &self.bands {
            let from = flat(&x[self.inner.start - band.first + band.column..]);
            for (list, turned) in [(&band.re, false), (&band.im, true)] {
                if !list.is_empty() {
                    passes[count] =
                        Pass { weights: &list[2 * (self.inner.start - band.first)..], from, turned };
                    count += 1;
                }
            }
        }
        summed(factor, &passes[..count], flat_mut(&mut y[self.inner.clone()]))
    }

    /// y += factor A x.
    pub(super) fn add(&self, factor: f64, x: &[Complex64], y: &mut [Complex64]) {
        for band in &self.bands {
            band.add(factor, flat(x), flat_mut(y));
        }
        self.each(x, |row, value| y[row] += factor * value);
    }

    /// ||A x||^2, with A x in `y`.
    pub(super) fn weight(&self, x: &[Complex64], y: &mut Vec<Complex64>) -> f64 {
        y.resize(self.rows, Complex64::ZERO);
        self.apply(1.0, x, y);
        dot(flat(y), flat(y))
    }

    /// Re `<x|A x>` of a square map.
    pub(super) fn expect(&self, x: &[Complex64]) -> f64 {
        between(self, x, x)
    }

    /// Re `<x|A y>` of a square map.
    pub(super) fn between(&self, x: &[Complex64], y: &[Complex64]) -> f64 {
        between(self, x, y)
    }

    /// The diagonal, where nothing lies beside it and it is real.
    pub(super) fn real_diagonal(&self) -> Option<Vec<f64>> {
        let entries = self.entries();
        let mut diagonal = vec![0.0; self.rows];
        for (row, column, x) in entries {
            if row != column || x.im != 0.0 {
                return None;
            }
            diagonal[row] = x.re;
        }
        Some(diagonal)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Bands with real, imaginary and complex entries and gaps, between spaces of different sizes, with and without entries beside them, against sums over entries.
    #[test]
    fn applications_are_sums_over_entries() {
        let number = |i: usize, j: usize| Complex64::new((3 * i) as f64 - j as f64, (i + 2 * j) as f64);
        let mut seen = 0;
        for rows in [1_usize, 2, 4, 5, 9, 10, 16, 23] {
            for columns in [rows, rows + 3, rows.saturating_sub(2).max(1)] {
                for offsets in [vec![0], vec![-1, 0, 1], vec![-4, 1], vec![0, 1, 2, 3, 4], vec![2]] {
                    for beside in [false, true] {
                        let mut entries = Vec::new();
                        for (k, offset) in offsets.iter().enumerate() {
                            for i in 0..rows {
                                let j = i as isize + offset;
                                if (0..columns as isize).contains(&j) && (i + k) % 5 != 3 {
                                    let x = number(i, j as usize);
                                    let part = [x, x.re.into(), Complex64::I * x.im][(k + rows) % 3];
                                    entries.push((i, j as usize, part));
                                }
                            }
                        }
                        if beside && rows > 8 {
                            entries.push((rows - 1, 0, Complex64::new(2.0, 1.0)));
                        }
                        let map = Map::new(rows, entries.clone());
                        seen += usize::from(!map.inner.is_empty());
                        let x: Vec<Complex64> = (0..columns).map(|j| number(j, 7)).collect();
                        let mut wanted = vec![Complex64::ZERO; rows];
                        entries.iter().for_each(|(i, j, v)| wanted[*i] += v * x[*j]);
                        let mut found = vec![Complex64::ONE; rows];
                        map.apply(2.0, &x, &mut found);
                        assert_eq!(
                            found,
                            wanted.iter().map(|y| 2.0 * y).collect::<Vec<_>>(),
                            "{rows} {offsets:?}"
                        );
                        map.add(-2.0, &x, &mut found);
                        assert!(found.iter().all(|y| *y == Complex64::ZERO), "{rows} {offsets:?}");
                        assert_eq!(
                            map.weight(&x, &mut found),
                            wanted.iter().map(|y| y.norm_sqr()).sum::<f64>()
                        );
                        if rows == columns {
                            let mean: f64 = x.iter().zip(&wanted).map(|(x, y)| (x.conj() * y).re).sum();
                            assert_eq!(map.expect(&x), mean, "{rows} {offsets:?}");
                        }
                        let mut listed = map.entries();
                        listed.sort_by_key(|(i, j, _)| (*i, *j));
                        entries.retain(|(.., x)| *x != Complex64::ZERO);
                        entries.sort_by_key(|(i, j, _)| (*i, *j));
                        assert_eq!(listed, entries);
                    }
                }
            }
        }
        assert!(seen > 20);
    }
}
