//! One pass over S: S' = K S + S K^T - M T + T M^T + sum_k (X S X^T + Y S Y^T + Y T X^T - X T Y^T), T = S^T.
//!
//! Every row of S' is a sum of terms factor * U[base..] (a row of K or M from the left) and
//! factor * weights * U[base..] (diagonals from the right, and jumps), with U = S or T. The terms of each row are
//! listed once; a row is then computed in pieces that stay in registers while all terms are added.
//!
//! A diagonal from the right is a whole row of weights, however few of them differ from 0. Couplings of many spins lie on many diagonals with few
//! entries each; then the right side is taken from the left as well,
//!   S K^T + T M^T = (K T + M S)^T.

use std::ops::Range;

use super::diagonals::Diagonals;
use super::images::Images;
use crate::numerics::lanes::widened;
use crate::numerics::{array, madd};

/// sqrt(gamma) L = X + iY.
#[derive(Clone, Debug)]
pub(super) struct Jump {
    pub(super) x: Diagonals,
    pub(super) y: Diagonals,
}

/// factor * weights_j * U[base + j], added to entry j of a row; U is S or its transpose.
#[derive(Clone, Copy, Debug)]
struct Term {
    base: isize,
    factor: f64,
    /// Where the weights of the term start.
    weights: usize,
}

#[inline(always)]
fn rows_of<const FMA: bool>(
    kernel: &Kernel,
    s: &[f64],
    t: &[f64],
    scale: f64,
    start: Start,
    out: &mut [f64],
) {
    kernel.apply_rows::<FMA>(s, t, scale, start, out);
}

widened! {
    fn rows(kernel: &Kernel, s: &[f64], t: &[f64], scale: f64, start: Start, out: &mut [f64]) = rows_of
}

/// What is added to one row.
#[derive(Clone, Debug, Default)]
struct RowTerms {
    plain_s: Vec<Term>,
    plain_t: Vec<Term>,
    weighted_s: Vec<Term>,
    weighted_t: Vec<Term>,
    /// Terms of the first and last rows that would read outside the matrix where their weights vanish.
    outside: Vec<(Term, bool, Range<usize>)>,
}

/// A row of K T + M S, which belongs into columns of S'.
#[derive(Clone, Debug)]
struct Turned {
    terms: RowTerms,
    /// Columns, with the number of this row that each computed row has there.
    columns: Vec<(usize, Vec<u32>)>,
}

/// The compiled pass.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    dim: usize,
    /// The rows that are computed.
    computed: Vec<usize>,
    /// Factor of S_ij itself: K_ii + K_jj + sum_k (X_ii X_jj + Y_ii Y_jj). Summed beforehand, because dephasing leaves
    /// populations alone only if its terms cancel before they meet S: else gamma t = 1e10 costs eight digits.
    damping: Vec<f64>,
    /// M_ii; T_ij has the factor M_jj - M_ii.
    twist: Vec<f64>,
    weights: Vec<f64>,
    rows: Vec<RowTerms>,
    /// The right side, where it is taken from the left.
    turned: Vec<Turned>,
}

/// What the pass adds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// Overwrites the output.
    Zero,
    /// Adds to it.
    Here,
}

impl Kernel {
    /// For all rows but those that are images of others.
    pub(super) fn new(drift: &Diagonals, twist: &Diagonals, jumps: &[Jump], images: Option<&Images>) -> Self {
        let dim = drift.main.len();
        let mut damping = vec![0.0; dim * dim];
        for i in 0..dim {
            for j in 0..dim {
                let kept = jumps.iter().map(|Jump { x, y }| x.main[i] * x.main[j] + y.main[i] * y.main[j]);
                damping[i * dim + j] = drift.main[i] + drift.main[j] + kept.sum::<f64>();
            }
        }
        let rows = vec![RowTerms::default(); dim];
        let computed = images.map_or((0..dim).collect(), Images::first_levels);
        let turned = match few_on_many(&[drift, twist]) {
            true => computed.iter().map(|&i| Turned::new(i, &computed, images)).collect(),
            false => Vec::new(),
        };
        let twisted = twist.main.clone();
        let mut kernel = Kernel { dim, computed, damping, twist: twisted, weights: Vec::new(), rows, turned };
        kernel.conjugate(drift, 1.0, false);
        kernel.conjugate(twist, -1.0, true);
        for Jump { x, y } in jumps {
            kernel.sandwich(x, x, 1.0, false);
            if !y.is_zero() {
                kernel.sandwich(y, y, 1.0, false);
                kernel.sandwich(y, x, 1.0, true);
                kernel.sandwich(x, y, -1.0, true);
            }
        }
        kernel
    }

    /// left A U + U A^T without the main diagonal of A.
    fn conjugate(&mut self, a: &Diagonals, left: f64, transposed: bool) {
        let n = self.dim;
        for diagonal in &a.off {
            let plain = |i: usize, factor: f64| {
                let base = (i as isize + diagonal.offset) * n as isize;
                (diagonal.at(i) != 0.0).then(|| Term { base, factor: factor * diagonal.at(i), weights: 0 })
            };
            for i in 0..n {
                let row = &mut self.rows[i];
                let terms = if transposed { &mut row.plain_t } else { &mut row.plain_s };
                terms.extend(plain(i, left));
            }
            if !self.turned.is_empty() {
                for (turned, &i) in self.turned.iter_mut().zip(&self.computed) {
                    let row = &mut turned.terms;
                    let terms = if transposed { &mut row.plain_s } else { &mut row.plain_t };
                    terms.extend(plain(i, 1.0));
                }
                continue;
            }
            let weights = self.store(diagonal.start, &diagonal.values);
            for i in 0..n {
                // (U A^T)_ij = A[j, j+k] U[i, j+k]
                let base = (i * n) as isize + diagonal.offset;
                self.push_weighted(i, Term { base, factor: 1.0, weights }, diagonal.rows(), transposed);
            }
        }
    }

    /// sign A U B^T; for U = S without the product of the two main diagonals, which is part of the damping.
    fn sandwich(&mut self, a: &Diagonals, b: &Diagonals, sign: f64, transposed: bool) {
        let n = self.dim;
        let main = b.has_main.then(|| self.store(0, &b.main));
        let off: Vec<usize> =
            b.off.iter().map(|diagonal| self.store(diagonal.start, &diagonal.values)).collect();
        for i in 0..n {
            let lefts = std::iter::once((0, a.main[i])).chain(a.off.iter().map(|d| (d.offset, d.at(i))));
            for (offset, left) in lefts.filter(|(_, left)| *left != 0.0) {
                let (row, factor) = ((i as isize + offset) * n as isize, sign * left);
                if let Some(weights) = main.filter(|_| transposed || offset != 0) {
                    self.push_weighted(i, Term { base: row, factor, weights }, 0..n, transposed);
                }
                for (diagonal, &weights) in b.off.iter().zip(&off) {
                    let base = row + diagonal.offset;
                    self.push_weighted(i, Term { base, factor, weights }, diagonal.rows(), transposed);
                }
            }
        }
    }

    /// Keeps weights padded with zeros to a whole row; where they start.
    fn store(&mut self, start: usize, values: &[f64]) -> usize {
        let at = self.weights.len();
        self.weights.resize(at + self.dim, 0.0);
        self.weights[at + start..at + start + values.len()].copy_from_slice(values);
        at
    }

    fn push_weighted(&mut self, i: usize, term: Term, range: Range<usize>, transposed: bool) {
        let n = self.dim as isize;
        let row = &mut self.rows[i];
        if term.base < 0 || term.base + n > n * n {
            row.outside.push((term, transposed, range));
        } else if transposed {
            row.weighted_t.push(term);
        } else {
            row.weighted_s.push(term);
        }
    }

    /// Multiplications of one application.
    pub(super) fn products(&self) -> usize {
        let terms = |row: &RowTerms| row.plain_s.len() + row.plain_t.len();
        let weighted = |row: &RowTerms| 2 * (row.weighted_s.len() + row.weighted_t.len());
        let rows = self.computed.iter().map(|&i| 2 + terms(&self.rows[i]) + weighted(&self.rows[i]));
        let turned = self.turned.iter().map(|turned| terms(&turned.terms) + turned.columns.len());
        self.dim * rows.chain(turned).sum::<usize>()
    }

    /// Entries of H and of what damps in one row, in the mean.
    pub(super) fn entries_of_a_row(&self) -> f64 {
        let entries = |&i: &usize| self.rows[i].plain_s.len() + self.rows[i].plain_t.len();
        self.computed.iter().map(entries).sum::<usize>() as f64 / self.computed.len().max(1) as f64
    }

    /// scale times the pass over `s` and its transpose `t`.
    pub(super) fn apply(&self, s: &[f64], t: &[f64], scale: f64, start: Start, out: &mut [f64]) {
        rows(self, s, t, scale, start, out);
    }

    #[inline(always)]
    fn apply_rows<const FMA: bool>(&self, s: &[f64], t: &[f64], scale: f64, start: Start, out: &mut [f64]) {
        if self.dim >= NARROW {
            self.apply_pieces::<FMA, WIDE, NARROW>(s, t, scale, start, out);
        } else {
            self.apply_pieces::<FMA, 1, 1>(s, t, scale, start, out);
        }
    }

    /// Rows in pieces of W numbers, the rest in pieces of V, the last of which overlaps the one before.
    #[inline(always)]
    fn apply_pieces<const FMA: bool, const W: usize, const V: usize>(
        &self,
        s: &[f64],
        t: &[f64],
        scale: f64,
        start: Start,
        out: &mut [f64],
    ) {
        let n = self.dim;
        for &i in &self.computed {
            let row = &mut out[i * n..(i + 1) * n];
            let mut done = 0;
            while done + W <= n {
                put(self.piece::<FMA, W>(i, done, s, t), scale, start, 0, &mut row[done..done + W]);
                done += W;
            }
            while done < n {
                let at = done.min(n - V);
                // Numbers that the piece before has written already are left alone.
                put(self.piece::<FMA, V>(i, at, s, t), scale, start, done - at, &mut row[at..at + V]);
                done = at + V;
            }
            for &(term, transposed, ref range) in &self.rows[i].outside {
                let u = if transposed { t } else { s };
                for j in range.clone() {
                    let value = u[(term.base + j as isize) as usize];
                    row[j] += scale * term.factor * self.weights[term.weights + j] * value;
                }
            }
        }
        if !self.turned.is_empty() {
            self.add_turned::<FMA, W, V>(s, t, scale, out);
        }
    }

    /// Adds scale (K T + M S)^T, some rows of it at a time.
    #[inline(always)]
    fn add_turned<const FMA: bool, const W: usize, const V: usize>(
        &self,
        s: &[f64],
        t: &[f64],
        scale: f64,
        out: &mut [f64],
    ) {
        let n = self.dim;
        let mut buffer = vec![0.0; TOGETHER * n];
        for together in self.turned.chunks(TOGETHER) {
            for (Turned { terms, .. }, row) in together.iter().zip(buffer.chunks_exact_mut(n)) {
                let mut done = 0;
                while done + W <= n {
                    let sum = terms.add_plain::<FMA, W>(s, t, done, [0.0; W]);
                    row[done..done + W].copy_from_slice(&sum);
                    done += W;
                }
                while done < n {
                    let at = done.min(n - V);
                    row[at..at + V].copy_from_slice(&terms.add_plain::<FMA, V>(s, t, at, [0.0; V]));
                    done = at + V;
                }
            }
            for (k, &i) in self.computed.iter().enumerate() {
                let line = &mut out[i * n..(i + 1) * n];
                for (Turned { columns, .. }, row) in together.iter().zip(buffer.chunks_exact(n)) {
                    for (column, reads) in columns {
                        line[*column] += scale * row[reads[k] as usize];
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn piece<const FMA: bool, const W: usize>(&self, i: usize, j: usize, s: &[f64], t: &[f64]) -> [f64; W] {
        let at = i * self.dim + j;
        let (damping, twist) = (array::<W>(&self.damping, at), array::<W>(&self.twist, j));
        let (x, y) = (array::<W>(s, at), array::<W>(t, at));
        let (mut sum, own) = ([0.0; W], self.twist[i]);
        for l in 0..W {
            sum[l] = madd::<FMA>(damping[l], x[l], (twist[l] - own) * y[l]);
        }
        let terms = &self.rows[i];
        sum = terms.add_plain::<FMA, W>(s, t, j, sum);
        for term in &terms.weighted_s {
            sum = add_weighted::<FMA, W>(term, &self.weights, s, j, sum);
        }
        for term in &terms.weighted_t {
            sum = add_weighted::<FMA, W>(term, &self.weights, t, j, sum);
        }
        sum
    }
}

impl RowTerms {
    #[inline(always)]
    fn add_plain<const FMA: bool, const W: usize>(
        &self,
        s: &[f64],
        t: &[f64],
        j: usize,
        mut sum: [f64; W],
    ) -> [f64; W] {
        for term in &self.plain_s {
            sum = add_plain::<FMA, W>(term, s, j, sum);
        }
        for term in &self.plain_t {
            sum = add_plain::<FMA, W>(term, t, j, sum);
        }
        sum
    }
}

impl Turned {
    fn new(row: usize, computed: &[usize], images: Option<&Images>) -> Self {
        let itself = (row, computed.iter().map(|&i| i as u32).collect());
        let others = images.into_iter().flat_map(|images| images.of_level(row));
        let read = |back: &[u32]| computed.iter().map(|&i| back[i]).collect();
        let columns = std::iter::once(itself).chain(others.map(|(column, back)| (column, read(back))));
        Turned { terms: RowTerms::default(), columns: columns.collect() }
    }
}

/// Whether diagonals hold so few entries that rows of entries and a transposition are quicker than rows of weights.
fn few_on_many(matrices: &[&Diagonals]) -> bool {
    let off = || matrices.iter().flat_map(|matrix| &matrix.off);
    let filled: usize = off().map(|diagonal| diagonal.values.iter().filter(|x| **x != 0.0).count()).sum();
    let dim = matrices[0].main.len();
    filled + TRANSPOSITION * dim < off().count() * dim
}

/// Rows of K T + M S at a time, and what it costs to turn them, in terms of a row.
const TOGETHER: usize = 8;
const TRANSPOSITION: usize = 8;

/// Numbers per piece: four AVX2 registers ...
const WIDE: usize = 16;
/// ... and one for the rest of a row.
const NARROW: usize = 4;

/// Writes or adds scale * sum, without its first `skip` numbers.
#[inline(always)]
fn put<const W: usize>(sum: [f64; W], scale: f64, start: Start, skip: usize, out: &mut [f64]) {
    match start {
        Start::Zero => out.iter_mut().zip(sum).for_each(|(x, y)| *x = scale * y),
        Start::Here => out.iter_mut().zip(sum).skip(skip).for_each(|(x, y)| *x += scale * y),
    }
}

// The partial sum goes by value: behind a reference the compiler keeps it in memory. Loops, as a closure may become a function without wide registers.
#[inline(always)]
fn add_plain<const FMA: bool, const W: usize>(
    term: &Term,
    u: &[f64],
    j: usize,
    mut sum: [f64; W],
) -> [f64; W] {
    let u = array::<W>(u, term.base as usize + j);
    for l in 0..W {
        sum[l] = madd::<FMA>(term.factor, u[l], sum[l]);
    }
    sum
}

#[inline(always)]
fn add_weighted<const FMA: bool, const W: usize>(
    term: &Term,
    weights: &[f64],
    u: &[f64],
    j: usize,
    mut sum: [f64; W],
) -> [f64; W] {
    let (w, u) = (array::<W>(weights, term.weights + j), array::<W>(u, term.base as usize + j));
    for l in 0..W {
        sum[l] = madd::<FMA>(term.factor * w[l], u[l], sum[l]);
    }
    sum
}

/// T = S^T in tiles of whole cache lines: rows whose distance is a power of two share few places of the cache.
pub(super) fn transpose(n: usize, s: &[f64], t: &mut [f64]) {
    assert!(s.len() == n * n && t.len() == n * n, "both hold {n} x {n} numbers");
    let whole = n - n % LINE;
    #[cfg(target_arch = "x86_64")]
    let in_registers = std::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    let in_registers = false;
    match in_registers {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has the feature, both slices hold n x n numbers, and `whole` <= n.
        true => unsafe { transpose_tiles(n, whole, s.as_ptr(), t.as_mut_ptr()) },
        _ => {
            for (i, j) in (0..whole).flat_map(|i| (0..whole).map(move |j| (i, j))) {
                t[j * n + i] = s[i * n + j];
            }
        }
    }
    for i in whole..n {
        for j in 0..n {
            t[j * n + i] = s[i * n + j];
            t[i * n + j] = s[j * n + i];
        }
    }
}

/// Numbers of a cache line.
const LINE: usize = 8;

/// The first `whole` rows and columns, a multiple of eight.
///
/// # Safety
/// `s` and `t` must hold n x n numbers, and `whole` be at most n.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn transpose_tiles(n: usize, whole: usize, s: *const f64, t: *mut f64) {
    for i in (0..whole).step_by(LINE) {
        for j in (0..whole).step_by(LINE) {
            for (down, right) in [(0, 0), (4, 0), (0, 4), (4, 4)] {
                let (i, j) = (i + down, j + right);
                // SAFETY: four rows and columns from (i, j) on lie within n x n numbers.
                unsafe { transpose_four(n, s.add(i * n + j), t.add(j * n + i)) };
            }
        }
    }
}

/// Four rows of four numbers, in registers.
///
/// # Safety
/// `from` and `to` must be valid for four numbers each at 0, n, 2 n and 3 n.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn transpose_four(n: usize, from: *const f64, to: *mut f64) {
    use std::arch::x86_64::{
        _mm256_loadu_pd, _mm256_permute2f128_pd, _mm256_storeu_pd, _mm256_unpackhi_pd, _mm256_unpacklo_pd,
    };
    // SAFETY: as the caller promises.
    unsafe {
        let row = |k: usize| _mm256_loadu_pd(from.add(k * n));
        let (a, b, c, d) = (row(0), row(1), row(2), row(3));
        let (even, odd) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
        let (more_even, more_odd) = (_mm256_unpacklo_pd(c, d), _mm256_unpackhi_pd(c, d));
        _mm256_storeu_pd(to, _mm256_permute2f128_pd::<0x20>(even, more_even));
        _mm256_storeu_pd(to.add(n), _mm256_permute2f128_pd::<0x20>(odd, more_odd));
        _mm256_storeu_pd(to.add(2 * n), _mm256_permute2f128_pd::<0x31>(even, more_even));
        _mm256_storeu_pd(to.add(3 * n), _mm256_permute2f128_pd::<0x31>(odd, more_odd));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposition_of_any_size() {
        for n in 1..40 {
            let s: Vec<f64> = (0..n * n).map(|p| p as f64).collect();
            let mut t = vec![0.0; n * n];
            transpose(n, &s, &mut t);
            assert!((0..n * n).all(|p| t[p] == s[p % n * n + p / n]));
        }
    }
}
