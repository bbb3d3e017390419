//! Amplitudes of one block as sums of cosines and sines of its eigenvalues.
//!
//! H V = V diag(w) gives psi_n(t) = sum_i V_ni e^{-i w_i t} V_mi from the start at n = m.
//!
//! On resonance rows of even and odd n do not couple among themselves: w comes in pairs of opposite sign with V_n -> (-1)^n V_n, and with
//! psi_n = (-i)^{n-m} x_n, a turn of all cells that no figure of merit sees,
//!   x_n = (-1)^{(n-m)/2} 2 sum_{w>0} V_ni V_mi cos(w_i t) or (-1)^{(1-n+m)/2} 2 sum_{w>0} V_ni V_mi sin(w_i t)
//! for even and odd n - m (half of it for w = 0): real, with half the frequencies and half the rows in each sum.
//!
//! From a superposition v of levels psi_n(t) = sum_i V_ni e^{-i w_i t} c_i with c_i = sum_m V_mi v_m.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use num_complex::Complex64;

use super::super::dense::tridiagonal_eigen;

/// Takes an eigenvalue and its vector.
pub(super) type VectorSink<'a> = &'a mut dyn FnMut(f64, &[f64]);

/// Coefficients of cos and sin, one column per frequency.
#[derive(Clone, Debug)]
pub(super) enum Turns {
    /// Rows with n - m even, and odd; the first row of even ones.
    Resonant { first: usize, even: Table, odd: Table },
    /// All rows.
    Detuned { all: Table },
    /// Real and imaginary part of V_ni c_i.
    Superposed { real: Table, imaginary: Table },
}

/// A matrix that grows by columns.
#[derive(Clone, Debug)]
pub(super) struct Table {
    rows: usize,
    numbers: Vec<f64>,
}

impl Table {
    fn new(rows: usize) -> Self {
        Table { rows, numbers: Vec::new() }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The coefficients of one frequency.
    pub(super) fn column(&self, i: usize) -> &[f64] {
        &self.numbers[i * self.rows..(i + 1) * self.rows]
    }

    /// factor * table * phases, column by column.
    pub(super) fn times(&self, phases: MatRef<'_, f64>, factor: f64, out: &mut [f64]) {
        self.apply(Accum::Replace, phases, factor, out);
    }

    /// The same, added.
    pub(super) fn add_times(&self, phases: MatRef<'_, f64>, factor: f64, out: &mut [f64]) {
        self.apply(Accum::Add, phases, factor, out);
    }

    fn apply(&self, accum: Accum, phases: MatRef<'_, f64>, factor: f64, out: &mut [f64]) {
        let table = MatRef::from_column_major_slice(&self.numbers, self.rows, phases.nrows());
        let out = MatMut::from_column_major_slice_mut(out, self.rows, phases.ncols());
        matmul(out, accum, table, phases, factor, Par::Seq);
    }
}

/// Frequencies and turns without detuning, from the eigenvalues w >= 0 that `eigen` finds of the matrix with off-diagonal `off`.
pub(super) fn resonant(
    off: Vec<f64>,
    start: usize,
    eigen: fn(Vec<f64>, usize, VectorSink<'_>) -> Option<()>,
) -> Option<(Vec<f64>, Turns)> {
    let levels = off.len() + 1;
    let first = start % 2;
    let [mut even, mut odd] = [first, 1 - first].map(|first| Table::new((levels + 1 - first) / 2));
    let mut frequencies = Vec::new();
    let push = &mut |w: f64, vector: &[f64]| {
        frequencies.push(w);
        let count = if w == 0.0 { 1.0 } else { 2.0 };
        let column = |(n, x): (usize, &f64)| count * sign(n, start) * x * vector[start];
        even.numbers.extend(vector.iter().enumerate().skip(first).step_by(2).map(column));
        odd.numbers.extend(vector.iter().enumerate().skip(1 - first).step_by(2).map(column));
    };
    if off.iter().all(|o| *o == 0.0) {
        let level: Vec<f64> = (0..levels).map(|n| f64::from(n == start)).collect();
        push(0.0, &level);
    } else {
        eigen(off, start, push)?;
    }
    even.numbers.shrink_to_fit();
    odd.numbers.shrink_to_fit();
    Some((frequencies, Turns::Resonant { first, even, odd }))
}

/// Frequencies and turns with the diagonal `slope` n.
pub(super) fn detuned(off: Vec<f64>, slope: f64, start: usize) -> Option<(Vec<f64>, Turns)> {
    let diagonal: Vec<f64> = (0..=off.len()).map(|n| slope * n as f64).collect();
    let (frequencies, vectors) = decomposed(&diagonal, off)?;
    let numbers = columns(&vectors).flat_map(|vector| vector.iter().map(|x| x * vector[start]));
    let all = Table { rows: diagonal.len(), numbers: numbers.collect() };
    Some((frequencies, Turns::Detuned { all }))
}

/// Frequencies and turns with the diagonal `slope` n, from a superposition of levels.
pub(super) fn superposed(
    off: Vec<f64>,
    slope: f64,
    start: &[(usize, Complex64)],
) -> Option<(Vec<f64>, Turns)> {
    let diagonal: Vec<f64> = (0..=off.len()).map(|n| slope * n as f64).collect();
    let (frequencies, vectors) = decomposed(&diagonal, off)?;
    let [mut real, mut imaginary] = [(); 2].map(|()| Table::new(diagonal.len()));
    for vector in columns(&vectors) {
        let c: Complex64 = start.iter().map(|(m, x)| vector[*m] * x).sum();
        real.numbers.extend(vector.iter().map(|x| x * c.re));
        imaginary.numbers.extend(vector.iter().map(|x| x * c.im));
    }
    Some((frequencies, Turns::Superposed { real, imaginary }))
}

/// Every eigenvalue w >= 0 of the matrix with off-diagonal `off` and no diagonal, with its vector.
pub(super) fn whole(off: Vec<f64>, _start: usize, sink: VectorSink<'_>) -> Option<()> {
    let levels = off.len() + 1;
    let (values, vectors) = decomposed(&vec![0.0; levels], off)?;
    // The upper half; between the halves of an odd number lies w = 0.
    for (i, vector) in columns(&vectors).enumerate().skip(levels / 2) {
        sink(if 2 * i + 1 == levels { 0.0 } else { values[i] }, vector);
    }
    Some(())
}

/// (-1)^{(n-m)/2} or (-1)^{(1-n+m)/2}, whichever power is whole.
fn sign(n: usize, m: usize) -> f64 {
    let distance = n as i64 - m as i64;
    let power = if distance % 2 == 0 { distance / 2 } else { (1 - distance) / 2 };
    if power % 2 == 0 { 1.0 } else { -1.0 }
}

/// Eigenvalues in nondecreasing order, and eigenvectors.
fn decomposed(diagonal: &[f64], below: Vec<f64>) -> Option<(Vec<f64>, Mat<f64>)> {
    let mut vectors = Mat::zeros(diagonal.len(), diagonal.len());
    let values = tridiagonal_eigen(diagonal, below, Some(vectors.as_mut()))?;
    Some((values, vectors))
}

fn columns(vectors: &Mat<f64>) -> impl Iterator<Item = &[f64]> {
    (0..vectors.ncols()).map(|i| vectors.col_as_slice(i))
}
