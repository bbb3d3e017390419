//! Series v(s) = sum_k s^k v_k with v_k = (1/k) A v_{k-1}, for a matrix A with few diagonals.
//!
//! Vectors are lists of eight real numbers each, real and imaginary parts in turn, with zeros before and behind them, so that every diagonal is read over all rows alike:
//! v_row += w_row x_{row + offset}. Of an entry x + iy, x acts on the numbers as they are, and (y, -y) on them gives what is added after real and imaginary
//! parts have changed places, which is done once for all diagonals.
//!
//! A phase common to all numbers of v(s) may be left out: A - i w with w the mean of the imaginary diagonal needs fewer terms.

use num_complex::Complex64;

use super::lanes::{flat, flat_mut, madd, norm_sqr, weighted_norm, widened};
use super::vectors::array;

/// Real numbers that are worked on at once.
const LANES: usize = 8;
/// As many of them as are kept in registers.
const BLOCK: usize = 4;
/// Most terms of a series.
const TERMS: usize = 64;
/// Terms of a series that are left out.
const NEGLIGIBLE: f64 = 1e-15;

/// Numbers that lie in one line of the cache.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Lanes([f64; LANES]);

fn numbers(lanes: &[Lanes]) -> &[f64] {
    // SAFETY: every element is eight real numbers, and as large as they are.
    unsafe { std::slice::from_raw_parts(lanes.as_ptr().cast(), LANES * lanes.len()) }
}

fn numbers_mut(lanes: &mut [Lanes]) -> &mut [f64] {
    // SAFETY: every element is eight real numbers, and as large as they are.
    unsafe { std::slice::from_raw_parts_mut(lanes.as_mut_ptr().cast(), LANES * lanes.len()) }
}

/// A square matrix by its diagonals.
#[derive(Clone, Debug)]
pub(crate) struct Diagonals {
    /// Elements of a vector, and of the zeros before and behind it.
    width: usize,
    margin: usize,
    /// Where every list of weights reads, from the begin of the zeros; those that act on numbers as they are come first.
    from: Vec<usize>,
    straight: usize,
    /// One element of every list, and so on.
    weights: Vec<Lanes>,
    /// A bound on ||A||: the root of the largest sums over rows and over columns.
    norm: f64,
    /// Im A_kk, twice for real and imaginary part.
    phases: Vec<f64>,
}

impl Diagonals {
    /// From entries (row, column, value), of which no two have the same place.
    pub(crate) fn new(size: usize, entries: &[(usize, usize, Complex64)]) -> Self {
        let width = (2 * size).div_ceil(LANES);
        let offset = |(row, column, _): &(usize, usize, Complex64)| *column as isize - *row as isize;
        let reach = entries.iter().map(|entry| offset(entry).unsigned_abs()).max().unwrap_or(0);
        let margin = (2 * reach).div_ceil(LANES);
        let mut lists: Vec<(bool, isize)> = Vec::new();
        for entry in entries {
            let parts = [(false, entry.2.re), (true, entry.2.im)];
            lists.extend(parts.iter().filter(|(_, x)| *x != 0.0).map(|(turned, _)| (*turned, offset(entry))));
        }
        lists.sort_unstable();
        lists.dedup();
        let mut weights = vec![Lanes::default(); lists.len() * width];
        for entry in entries {
            let at = 2 * entry.0;
            for (turned, [first, second]) in [(false, [entry.2.re; 2]), (true, [entry.2.im, -entry.2.im])] {
                if let Ok(list) = lists.binary_search(&(turned, offset(entry))) {
                    let lanes = &mut weights[at / LANES * lists.len() + list].0;
                    (lanes[at % LANES], lanes[at % LANES + 1]) = (first, second);
                }
            }
        }
        let mut phases = vec![0.0; 2 * size];
        for (row, _, x) in entries.iter().filter(|entry| offset(entry) == 0) {
            phases[2 * row..][..2].fill(x.im);
        }
        let (mut rows, mut columns) = (vec![0.0; size], vec![0.0; size]);
        for (row, column, x) in entries {
            rows[*row] += x.norm();
            columns[*column] += x.norm();
        }
        let largest = |sums: &[f64]| sums.iter().copied().fold(0.0, f64::max);
        Diagonals {
            norm: (largest(&rows) * largest(&columns)).sqrt(),
            width,
            margin,
            from: lists.iter().map(|(_, offset)| (LANES * margin).wrapping_add_signed(2 * offset)).collect(),
            straight: lists.iter().filter(|(turned, _)| !turned).count(),
            weights,
            phases,
        }
    }

    /// Lists of weights.
    pub(crate) fn lists(&self) -> usize {
        self.from.len()
    }
}

/// Terms of a series.
#[derive(Clone, Debug, Default)]
pub(crate) struct Terms {
    width: usize,
    margin: usize,
    count: usize,
    lanes: Vec<Lanes>,
}

impl Terms {
    /// Those of e^{s t A} psi, as many as count for |s| up to `longest`.
    pub(crate) fn find(&mut self, a: &Diagonals, t: f64, longest: f64, psi: &[Complex64]) {
        self.turning(a, t, longest, psi, 0.0);
    }

    /// The same up to a phase.
    pub(crate) fn find_ray(&mut self, a: &Diagonals, t: f64, longest: f64, psi: &[Complex64]) {
        let phase = weighted_norm(flat(psi), &a.phases) / norm_sqr(psi);
        self.turning(a, t, longest, psi, phase);
    }

    /// Those of e^{s t (A - i phase)} psi.
    fn turning(&mut self, a: &Diagonals, t: f64, longest: f64, psi: &[Complex64], phase: f64) {
        let stride = a.width + a.margin;
        if (self.width, self.margin) != (a.width, a.margin) {
            (self.width, self.margin) = (a.width, a.margin);
            self.lanes.clear();
            self.lanes.resize(TERMS * stride + a.margin, Lanes::default());
        }
        let first = &mut numbers_mut(&mut self.lanes)[LANES * a.margin..][..LANES * a.width];
        let (own, rest) = first.split_at_mut(2 * psi.len());
        own.copy_from_slice(flat(psi));
        rest.fill(0.0);
        let norm = norm_sqr(psi);
        let bound = NEGLIGIBLE * NEGLIGIBLE * norm;
        let reach = longest * (t * (a.norm + phase.abs())).abs();
        let mut scale = 1.0;
        for k in 1..TERMS {
            let (done, rest) = self.lanes.split_at_mut(k * stride + a.margin);
            let before = numbers(&done[(k - 1) * stride..]);
            // The zeros behind it are those before the next one.
            let found = term(a, phase, t / k as f64, before, &mut rest[..a.width]);
            scale *= longest * longest;
            self.count = k + 1;
            // The next one, which is at most ||A||/(k + 1) times this, is negligible, and so are all others, each at most half of the one before.
            let next = reach / (k + 1) as f64;
            if next <= 0.5 && scale * found * next * next <= bound {
                return;
            }
        }
    }

    /// out = sum_k s^k v_k, and its norm squared.
    pub(crate) fn at(&self, s: f64, out: &mut [Complex64]) -> f64 {
        sum(self, s, flat_mut(out))
    }
}

#[inline(always)]
fn term_of<const FMA: bool>(a: &Diagonals, phase: f64, factor: f64, x: &[f64], out: &mut [Lanes]) -> f64 {
    let mut norm = [0.0; LANES];
    let (straight, turned) = a.from.split_at(a.straight);
    let lists = a.from.len();
    for (i, out) in out.iter_mut().enumerate() {
        let x = &x[LANES * i..];
        let (own, others) = a.weights[i * lists..(i + 1) * lists].split_at(a.straight);
        let (mut sum, mut changing) = ([0.0; LANES], [0.0; LANES]);
        let here = array::<LANES>(x, LANES * a.margin);
        for k in 0..LANES {
            changing[k] = if k % 2 == 0 { -phase } else { phase } * here[k];
        }
        // No closure: it would be compiled for all processors.
        for (weights, from) in own.iter().zip(straight) {
            let x = array::<LANES>(x, *from);
            for k in 0..LANES {
                sum[k] = madd::<FMA>(weights.0[k], x[k], sum[k]);
            }
        }
        for (weights, from) in others.iter().zip(turned) {
            let x = array::<LANES>(x, *from);
            for k in 0..LANES {
                changing[k] = madd::<FMA>(weights.0[k], x[k], changing[k]);
            }
        }
        for k in 0..LANES {
            out.0[k] = factor * (sum[k] + changing[k ^ 1]);
        }
        for k in 0..LANES {
            norm[k] = madd::<FMA>(out.0[k], out.0[k], norm[k]);
        }
    }
    norm.iter().sum()
}

widened! {
    /// out = factor (A - i phase) x of x with zeros around it, and its norm squared.
    fn term(a: &Diagonals, phase: f64, factor: f64, x: &[f64], out: &mut [Lanes]) -> f64 = term_of
}

#[inline(always)]
fn block_of<const FMA: bool, const N: usize>(
    terms: &Terms,
    s: f64,
    at: usize,
    norm: &mut [f64; LANES],
) -> [Lanes; N] {
    let stride = terms.width + terms.margin;
    let mut sum = [Lanes::default(); N];
    for k in (0..terms.count).rev() {
        let term = &terms.lanes[terms.margin + k * stride + at..][..N];
        for j in 0..N {
            for l in 0..LANES {
                sum[j].0[l] = madd::<FMA>(s, sum[j].0[l], term[j].0[l]);
            }
        }
    }
    for j in 0..N {
        for l in 0..LANES {
            norm[l] = madd::<FMA>(sum[j].0[l], sum[j].0[l], norm[l]);
        }
    }
    sum
}

#[inline(always)]
fn sum_of<const FMA: bool>(terms: &Terms, s: f64, out: &mut [f64]) -> f64 {
    let mut norm = [0.0; LANES];
    let mut blocks = out.chunks_exact_mut(BLOCK * LANES);
    let mut at = 0;
    for out in blocks.by_ref() {
        let sum = block_of::<FMA, BLOCK>(terms, s, at, &mut norm);
        out.copy_from_slice(numbers(&sum));
        at += BLOCK;
    }
    for out in blocks.into_remainder().chunks_mut(LANES) {
        let [sum] = block_of::<FMA, 1>(terms, s, at, &mut norm);
        out.copy_from_slice(&sum.0[..out.len()]);
        at += 1;
    }
    norm.iter().sum()
}

widened! {
    /// out = sum_k s^k v_k, and its norm squared.
    fn sum(terms: &Terms, s: f64, out: &mut [f64]) -> f64 = sum_of
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Matrices with diagonals near and far, real, imaginary and complex, with gaps: sum_k s^k v_k against sums over entries, after vectors of other sizes.
    #[test]
    fn terms_are_powers_of_the_matrix() {
        let mut terms = Terms::default();
        for size in [1_usize, 2, 3, 7, 8, 9, 16, 21, 50] {
            for offsets in [vec![], vec![0], vec![-1, 0, 1], vec![-4, 1, 6], vec![2], vec![-20, 0, 3, 17]] {
                let mut entries = Vec::new();
                for (p, offset) in offsets.iter().enumerate() {
                    for i in 0..size {
                        let j = i as isize + offset;
                        if (0..size as isize).contains(&j) && (i + p) % 5 != 3 {
                            let x = Complex64::new((i + 2 * p) as f64 - 6.0, 3.0 - j as f64) / size as f64;
                            entries.push((
                                i,
                                j as usize,
                                [x, x.re.into(), Complex64::I * x.im][(p + size) % 3],
                            ));
                        }
                    }
                }
                let (s, t) = (-0.7, 0.3);
                let psi: Vec<Complex64> =
                    (0..size).map(|j| Complex64::new(1.0 + j as f64, 3.0 - (2 * j) as f64)).collect();
                let (mut wanted, mut power) = (psi.clone(), psi.clone());
                for k in 1..40 {
                    let mut next = vec![Complex64::ZERO; size];
                    entries.iter().for_each(|(i, j, x)| next[*i] += x * power[*j] * (s * t / k as f64));
                    wanted.iter_mut().zip(&next).for_each(|(x, y)| *x += y);
                    power = next;
                }
                let a = Diagonals::new(size, &entries);
                terms.find(&a, t, 1.0, &psi);
                let mut found = vec![Complex64::ONE; size];
                let norm = terms.at(s, &mut found);
                let scale = norm_sqr(&psi).max(norm);
                let off: f64 = found.iter().zip(&wanted).map(|(x, y)| (x - y).norm_sqr()).sum();
                assert!(off <= 1e-26 * scale, "{size} {offsets:?}: {off:e} of {scale:e}");
                let sum: f64 = wanted.iter().map(|x| x.norm_sqr()).sum();
                assert!((norm - sum).abs() <= 1e-13 * scale, "{size} {offsets:?}");
                // A phase alone, which is that of the mean.
                terms.find_ray(&a, t, 1.0, &psi);
                terms.at(s, &mut found);
                let diagonal = entries.iter().filter(|(i, j, _)| i == j);
                let mean: f64 =
                    diagonal.map(|(i, _, x)| x.im * psi[*i].norm_sqr()).sum::<f64>() / norm_sqr(&psi);
                let phase = Complex64::cis(s * t * mean);
                let off: f64 = found.iter().zip(&wanted).map(|(x, y)| (x * phase - y).norm_sqr()).sum();
                assert!(off <= 1e-26 * scale, "{size} {offsets:?}: {off:e} of {scale:e}");
            }
        }
    }
}
