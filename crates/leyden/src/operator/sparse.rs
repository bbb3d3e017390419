//! Sparse complex operators and the algebra needed to write down Hamiltonians and channels.
//!
//! The tensor order is the index identity (A (x) B)_{(i,k),(j,l)} = A_ij B_kl with (i,k) -> i dim(B) + k:
//! the first factor is the slow index.

use std::collections::BTreeMap;
use std::iter::Sum;
use std::ops::{Add, Mul, Neg, Sub};

use faer::{Mat, Side};
use num_complex::Complex64;

use crate::numerics::{Forest, nan_max};

/// A square sparse operator; entries are kept row by row, columns increasing, zeros are never stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Operator {
    dim: usize,
    /// Where the entries of each row begin, and where the last ones end.
    starts: Vec<usize>,
    entries: Vec<(usize, Complex64)>,
}

impl Operator {
    /// The zero operator on `dim` levels.
    pub fn zero(dim: usize) -> Self {
        Operator { dim, starts: vec![0; dim + 1], entries: Vec::new() }
    }

    /// The identity on `dim` levels.
    pub fn identity(dim: usize) -> Self {
        Self::diagonal(&vec![1.0; dim])
    }

    /// A real diagonal operator.
    pub fn diagonal(values: &[f64]) -> Self {
        Self::from_entries(values.len(), values.iter().enumerate().map(|(i, &x)| (i, i, x.into())))
    }

    /// An operator from (row, column, value) entries; repeated positions add up.
    ///
    /// # Panics
    /// When an index is outside `0..dim`.
    pub fn from_entries(dim: usize, entries: impl IntoIterator<Item = (usize, usize, Complex64)>) -> Self {
        let mut list: Vec<(usize, usize, Complex64)> = entries.into_iter().collect();
        for (row, column, _) in &list {
            assert!(*row < dim && *column < dim, "entry ({row}, {column}) is outside {dim} levels");
        }
        if !list.is_sorted_by_key(|&(row, column, _)| (row, column)) {
            list = by_rows(dim, list);
        }
        Self::of_sorted(dim, list)
    }

    /// From entries sorted by (row, column); repeated positions add up.
    fn of_sorted(dim: usize, sorted: Vec<(usize, usize, Complex64)>) -> Self {
        let mut starts = vec![0; dim + 1];
        let mut entries = Vec::with_capacity(sorted.len());
        for equal in sorted.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let sum = equal[1..].iter().fold(equal[0].2, |sum, entry| sum + entry.2);
            if sum != Complex64::ZERO {
                starts[equal[0].0 + 1] += 1;
                entries.push((equal[0].1, sum));
            }
        }
        (0..dim).for_each(|row| starts[row + 1] += starts[row]);
        Operator { dim, starts, entries }
    }

    /// Entries (column, value) of one row.
    fn row(&self, row: usize) -> &[(usize, Complex64)] {
        &self.entries[self.starts[row]..self.starts[row + 1]]
    }

    /// A dense operator from its rows, real or complex numbers, as in `from_rows(&[[0.0, 1.0], [1.0, 0.0]])`.
    ///
    /// # Panics
    /// When a row is not as long as there are rows.
    pub fn from_rows<R: AsRef<[X]>, X: Copy + Into<Complex64>>(rows: &[R]) -> Self {
        let dim = rows.len();
        let row = |(i, row): (usize, &R)| {
            let row = row.as_ref();
            assert_eq!(row.len(), dim, "an operator has as many columns as rows");
            row.iter().enumerate().map(|(j, &x)| (i, j, x.into())).collect::<Vec<_>>()
        };
        Self::from_entries(dim, rows.iter().enumerate().flat_map(row))
    }

    /// Lowering operator of an oscillator cut to `levels`: <n-1|a|n> = sqrt(n).
    pub fn annihilation(levels: usize) -> Self {
        Self::lowering(levels, |n| (n as f64).sqrt())
    }

    /// Lowering operator of a spin with `levels` = 2j+1: <n-1|J^-|n> = sqrt(n(2j-n+1)), n = 0 the lowest level.
    ///
    /// `levels` = 2 is sigma^- = |g><e|; N equal qubits in symmetric states are `levels` = N+1.
    pub fn spin_lowering(levels: usize) -> Self {
        Self::lowering(levels, |n| ((n * (levels - n)) as f64).sqrt())
    }

    /// Lowering operator of a uniform ladder: <n-1|B|n> = 1 for every n.
    pub fn uniform_lowering(levels: usize) -> Self {
        Self::lowering(levels, |_| 1.0)
    }

    /// Number operator diag(0, 1, ..., levels-1).
    pub fn number(levels: usize) -> Self {
        Self::diagonal(&(0..levels).map(|n| n as f64).collect::<Vec<_>>())
    }

    fn lowering(levels: usize, element: impl Fn(usize) -> f64) -> Self {
        Self::from_entries(levels, (1..levels).map(|n| (n - 1, n, element(n).into())))
    }

    /// This operator on one of several equal sites, counted from 0, the first on the slow index.
    ///
    /// # Panics
    /// When there is no such site.
    pub fn on_site(&self, site: usize, sites: usize) -> Self {
        assert!(site < sites, "sites count from 0 to {}", sites.saturating_sub(1));
        let d = self.dim;
        let before = Operator::identity(d.pow(site as u32));
        let after = Operator::identity(d.pow((sites - site - 1) as u32));
        before.kron(self).kron(&after)
    }

    /// Number of levels.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The stored entries (row, column, value), row by row.
    pub fn entries(&self) -> impl Iterator<Item = (usize, usize, Complex64)> + '_ {
        (0..self.dim).flat_map(|row| self.row(row).iter().map(move |&(column, value)| (row, column, value)))
    }

    /// The entry at (row, column).
    pub fn get(&self, row: usize, column: usize) -> Complex64 {
        let entries = self.row(row);
        entries
            .binary_search_by_key(&column, |entry| entry.0)
            .map_or(Complex64::ZERO, |place| entries[place].1)
    }

    /// A^dag.
    pub fn adjoint(&self) -> Self {
        Self::from_entries(self.dim, self.entries().map(|(i, j, x)| (j, i, x.conj())))
    }

    /// c A for complex c.
    pub fn scaled(&self, factor: Complex64) -> Self {
        Self::from_entries(self.dim, self.entries().map(|(i, j, x)| (i, j, factor * x)))
    }

    /// A (x) B, A on the slow index.
    pub fn kron(&self, other: &Operator) -> Self {
        let m = other.dim;
        Self::from_entries(
            self.dim * m,
            self.entries()
                .flat_map(|(i, j, x)| other.entries().map(move |(k, l, y)| (i * m + k, j * m + l, x * y))),
        )
    }

    /// A + A^dag.
    pub fn plus_adjoint(&self) -> Self {
        self + &self.adjoint()
    }

    /// Largest |A - A^dag| over the entries.
    pub fn hermiticity_error(&self) -> f64 {
        // Sorted by columns, A^dag is in the order of A.
        let mut next = vec![0; self.dim + 1];
        self.entries().for_each(|(_, j, _)| next[j + 1] += 1);
        (0..self.dim).for_each(|j| next[j + 1] += next[j]);
        let mut adjoint = vec![(0, 0, Complex64::ZERO); self.entries.len()];
        for (i, j, x) in self.entries() {
            adjoint[next[j]] = (j, i, x.conj());
            next[j] += 1;
        }
        let (mut of_adjoint, mut error) = (adjoint.into_iter().peekable(), 0.0);
        for (i, j, x) in self.entries() {
            // What only the adjoint has.
            while let Some((.., y)) = of_adjoint.next_if(|(k, l, _)| (*k, *l) < (i, j)) {
                error = nan_max(error, y.norm());
            }
            let other = of_adjoint.next_if(|(k, l, _)| (*k, *l) == (i, j)).map_or(Complex64::ZERO, |y| y.2);
            let difference = x - other;
            if difference != Complex64::ZERO {
                error = nan_max(error, difference.norm());
            }
        }
        of_adjoint.fold(error, |error, (.., y)| nan_max(error, y.norm()))
    }

    /// Largest sum of |entries| in a row or column: a bound on the spectral norm.
    pub fn norm_bound(&self) -> f64 {
        let mut rows = vec![0.0; self.dim];
        let mut columns = vec![0.0; self.dim];
        for (i, j, x) in self.entries() {
            rows[i] += x.norm();
            columns[j] += x.norm();
        }
        let largest = |sums: Vec<f64>| sums.into_iter().fold(0.0, nan_max);
        (largest(rows) * largest(columns)).sqrt()
    }

    /// U^dag A U, without what is rounding: it would join levels that never meet.
    pub(crate) fn turned_by(&self, u: &Operator) -> Self {
        let turned = &(&u.adjoint() * self) * u;
        let least = 1e-15 * self.norm_bound();
        Operator::from_entries(self.dim, turned.entries().filter(|(.., x)| x.norm() > least))
    }

    /// Levels of the largest set that is connected by nonzero entries.
    pub(crate) fn largest_block(&self) -> usize {
        let mut forest = Forest::new(self.dim);
        self.entries().for_each(|(i, j, _)| {
            forest.join(i, j);
        });
        let mut sizes = vec![0; self.dim];
        (0..self.dim).for_each(|level| sizes[forest.root(level)] += 1);
        sizes.into_iter().max().unwrap_or(0)
    }

    /// A = U diag(e) U^dag of a Hermitian operator: e, nondecreasing, and U; where A is diagonal, its diagonal as it is and no U.
    /// None where the iteration does not converge.
    pub(crate) fn eigenbasis(&self) -> Option<(Vec<f64>, Option<Operator>)> {
        let n = self.dim;
        if self.entries().all(|(i, j, _)| i == j) {
            return Some(((0..n).map(|i| self.get(i, i).re).collect(), None));
        }
        // Levels that never meet have eigenvectors of their own, however close their energies are.
        let mut forest = Forest::new(n);
        self.entries().for_each(|(i, j, _)| {
            forest.join(i, j);
        });
        let mut blocks: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        (0..n).for_each(|level| blocks.entry(forest.root(level)).or_default().push(level));
        // Energies with their eigenvectors, level by level.
        let mut found: Vec<(f64, Vec<(usize, Complex64)>)> = Vec::with_capacity(n);
        for levels in blocks.values() {
            let matrix = Mat::from_fn(levels.len(), levels.len(), |i, j| self.get(levels[i], levels[j]));
            let eigen = matrix.self_adjoint_eigen(Side::Lower).ok()?;
            let (values, vectors) = (eigen.S().column_vector(), eigen.U());
            found.extend((0..levels.len()).map(|k| {
                let column = levels.iter().enumerate().map(|(i, &level)| (level, vectors[(i, k)]));
                (values[k].re, column.collect())
            }));
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let columns = found.iter().enumerate();
        let entries =
            columns.flat_map(|(k, (_, column))| column.iter().map(move |&(level, x)| (level, k, x)));
        let basis = Self::from_entries(n, entries);
        Some((found.iter().map(|(energy, _)| *energy).collect(), Some(basis)))
    }
}

/// Entries sorted by (row, column); those of one place keep their order, in which they add up.
fn by_rows(dim: usize, list: Vec<(usize, usize, Complex64)>) -> Vec<(usize, usize, Complex64)> {
    let mut next = vec![0; dim + 1];
    list.iter().for_each(|(row, ..)| next[row + 1] += 1);
    (0..dim).for_each(|row| next[row + 1] += next[row]);
    let ends: Vec<usize> = next[1..].to_vec();
    let mut sorted = vec![(0, 0, Complex64::ZERO); list.len()];
    for entry in list {
        let place = &mut next[entry.0];
        sorted[*place] = entry;
        *place += 1;
    }
    let mut begin = 0;
    for end in ends {
        sorted[begin..end].sort_by_key(|entry| entry.1);
        begin = end;
    }
    sorted
}

impl Add<&Operator> for &Operator {
    type Output = Operator;
    fn add(self, other: &Operator) -> Operator {
        assert_eq!(self.dim, other.dim, "operators on different spaces cannot be added");
        let mut sorted = Vec::with_capacity(self.entries.len() + other.entries.len());
        for row in 0..self.dim {
            let (mut a, mut b) = (self.row(row).iter().peekable(), other.row(row).iter().peekable());
            while let Some(next) = match (a.peek(), b.peek()) {
                (Some(x), Some(y)) if y.0 < x.0 => b.next(),
                (Some(_), _) => a.next(),
                (None, _) => b.next(),
            } {
                sorted.push((row, next.0, next.1));
            }
        }
        Operator::of_sorted(self.dim, sorted)
    }
}

/// The sum of at least one operator.
impl Sum for Operator {
    fn sum<I: Iterator<Item = Operator>>(operators: I) -> Operator {
        operators.reduce(|a, b| a + b).unwrap_or_else(|| Operator::zero(0))
    }
}

impl Sub<&Operator> for &Operator {
    type Output = Operator;
    fn sub(self, other: &Operator) -> Operator {
        self + &-other
    }
}

impl Neg for &Operator {
    type Output = Operator;
    fn neg(self) -> Operator {
        self.scaled((-1.0).into())
    }
}

impl Mul<&Operator> for &Operator {
    type Output = Operator;
    fn mul(self, other: &Operator) -> Operator {
        assert_eq!(self.dim, other.dim, "operators on different spaces cannot be multiplied");
        let mut sorted = Vec::new();
        for row in 0..self.dim {
            let begin = sorted.len();
            for &(k, x) in self.row(row) {
                sorted.extend(other.row(k).iter().map(|&(column, y)| (row, column, x * y)));
            }
            sorted[begin..].sort_by_key(|entry| entry.1);
        }
        Operator::of_sorted(self.dim, sorted)
    }
}

impl Mul<&Operator> for f64 {
    type Output = Operator;
    fn mul(self, operator: &Operator) -> Operator {
        operator.scaled(self.into())
    }
}

macro_rules! by_value {
    ($($op:ident $method:ident),*) => {$(
        impl $op for Operator {
            type Output = Operator;
            fn $method(self, other: Operator) -> Operator {
                $op::$method(&self, &other)
            }
        }
    )*};
}
by_value!(Add add, Sub sub, Mul mul);

impl Mul<Operator> for f64 {
    type Output = Operator;
    fn mul(self, operator: Operator) -> Operator {
        self * &operator
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commutator_of_a_cut_oscillator_is_one_below_the_top_level() {
        let a = Operator::annihilation(6);
        let commutator = &(&a * &a.adjoint()) - &(&a.adjoint() * &a);
        for n in 0..5 {
            assert!((commutator.get(n, n).re - 1.0).abs() < 1e-14);
        }
        assert!((commutator.get(5, 5).re + 5.0).abs() < 1e-14);
    }

    #[test]
    fn spin_algebra_closes() {
        // [J^+, J^-] = 2 J_z with n = j + m.
        for levels in 1..7 {
            let minus = Operator::spin_lowering(levels);
            let plus = minus.adjoint();
            let commutator = &(&plus * &minus) - &(&minus * &plus);
            let two_jz =
                &(2.0 * Operator::number(levels)) - &((levels as f64 - 1.0) * Operator::identity(levels));
            assert!((&commutator - &two_jz).norm_bound() < 1e-13);
        }
    }

    #[test]
    fn kron_keeps_the_first_factor_slow() {
        let product = Operator::spin_lowering(2).kron(&Operator::identity(3));
        assert_eq!(product.get(0, 3), Complex64::ONE);
        assert_eq!(product.dim(), 6);
    }
}
