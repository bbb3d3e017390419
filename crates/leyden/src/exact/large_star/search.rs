//! The search for the blocks that carry level 0: the interval and the rows that matter, eigenvalues, and one pass over all vectors.

use faer::Mat;

use super::bands::{FRESH, Sums, Window};
use super::carried::CarriedLadder;
use super::sweeps::{LANES, Lanes, Sweeps};
use crate::exact::dense::Chain;
use crate::numerics::norm;

/// Decay e^{-DECAY} of amplitudes at which rows are cut.
const DECAY: f64 = 60.0;
/// ln of the weight at the ends of the interval, for many blocks and for few.
const LN_WEIGHTS: [f64; 2] = [-46.0, -78.0];
/// Mean Poisson numbers below which every block is cheap.
const FEW: f64 = 400.0;
/// Halvings before the first Rayleigh quotient: a count costs a tenth of it.
const HALVINGS: usize = 12;
/// Rayleigh quotients after which bisection has to help.
const MOST_STEPS: usize = 200;

/// Bytes for every cell, and for every row of the vectors.
const BYTES_PER_CELL: f64 = 40.0;
const BYTES_PER_ROW: f64 = 5000.0;

pub(super) struct Search {
    pub(super) cells: usize,
    /// The whole matrix.
    pub(super) full: Chain,
    /// Its rows that matter; the whole matrix where nothing is cut.
    pub(super) chain: Chain,
    pub(super) cut: bool,
    low: f64,
    pub(super) high: f64,
    pub(super) ln_weight: f64,
}

/// An interval with the eigenvalues below its ends.
#[derive(Clone, Copy)]
struct Bracket {
    a: f64,
    b: f64,
    below_a: usize,
    below_b: usize,
}

impl Bracket {
    fn count(&self) -> usize {
        self.below_b - self.below_a
    }

    /// Keeps the side of `x` that holds the only eigenvalue.
    fn halve(&mut self, x: f64, below: usize) {
        if below > self.below_a { self.b = self.b.min(x) } else { self.a = self.a.max(x) }
    }
}

/// What carries level 0.
struct Extent {
    /// |lambda| of the blocks.
    low: f64,
    high: f64,
    /// Rows of their vectors, N+1 where nothing is cut.
    rows: usize,
    ln_weight: f64,
}

impl Extent {
    fn of(cells: usize, amplitude: f64, coupling: f64, widening: f64) -> Self {
        let a = |n: usize| coupling * (n as f64 * (cells - n + 1) as f64).sqrt();
        let unit = coupling * coupling * cells as f64;
        let mean = amplitude * amplitude / unit;
        let ln_weight = LN_WEIGHTS[usize::from(mean < FEW)];
        // Tails of a Poisson number: -ln p >= m^2/(2 (mean + m/3)) above, m^2/(2 mean) below.
        let third = -ln_weight / 3.0;
        let above = widening * (third + (third * third - 2.0 * ln_weight * mean).sqrt());
        let below = widening * (-2.0 * ln_weight * mean).sqrt();
        let high = (amplitude * amplitude + unit * above).sqrt();
        let low = (amplitude * amplitude - unit * below).max(0.0).sqrt();
        // Decay of vectors at `high`: cosh kappa = (F^2 + (g a_n)^2 - lambda^2)/(2 |F g a_n|) per level.
        let mut decay = 0.0;
        let mut rows = cells + 1;
        for n in 1..=cells / 2 {
            let b = a(n).abs();
            if b > amplitude.abs() + high {
                let cosh = (amplitude * amplitude + (b - high) * (b + high)) / (2.0 * b * amplitude.abs());
                decay += cosh.acosh();
            }
            if decay > DECAY && 2 * n + 1 < cells {
                rows = 2 * n + 1;
                break;
            }
        }
        Extent { low, high, rows, ln_weight }
    }
}

/// Bytes that the search needs, about: those of the whole matrix, and of the rows that matter.
pub(super) fn bytes(cells: usize, amplitude: f64, coupling: f64) -> f64 {
    let Extent { rows, .. } = Extent::of(cells, amplitude, coupling, 1.0);
    BYTES_PER_CELL * cells as f64 + BYTES_PER_ROW * rows as f64
}

impl Search {
    pub(super) fn new(cells: usize, amplitude: f64, coupling: f64, widening: f64) -> Self {
        let Extent { low, high, rows, ln_weight } = Extent::of(cells, amplitude, coupling, widening);
        let full = Chain::new(cells, amplitude, coupling);
        let cut = rows < cells + 1;
        let chain = if cut { Chain { off: full.off[..rows - 1].to_vec(), last: 0.0 } } else { full.clone() };
        Search { cells, full, chain, cut, low, high, ln_weight }
    }

    /// Brackets of one eigenvalue each, of both signs or, where rows are cut, of positive ones.
    fn isolated(&self) -> Option<Vec<Bracket>> {
        let (low, high) = (self.low, self.high);
        let mut ends: Vec<(f64, f64)> = Vec::new();
        match (self.cut, low == 0.0) {
            (true, _) => ends.push((low, high)),
            (false, true) => ends.push((-high, high)),
            (false, false) => ends.extend([(-high, -low), (low, high)]),
        }
        let mut todo = Vec::new();
        for (a, b) in ends {
            let counts = self.chain.counts(&std::array::from_fn(|l| if l == 0 { a } else { b }));
            let mut bracket = Bracket { a, b, below_a: counts[0], below_b: counts[1] };
            if self.cut && a == 0.0 {
                // An odd number of rows has one eigenvalue 0, the limit of the smallest one.
                bracket.below_a = self.chain.rows().div_ceil(2);
            }
            if bracket.below_b > bracket.below_a {
                todo.push(bracket);
            }
        }
        let mut done = Vec::new();
        while !todo.is_empty() {
            // As many equal parts as eigenvalues, at least two; their ends go through the rows in groups.
            let parts = |bracket: &Bracket| bracket.count().next_multiple_of(2);
            let shifts: Vec<f64> = todo
                .iter()
                .flat_map(|s| (1..parts(s)).map(|m| s.a + (s.b - s.a) * (m as f64 / parts(s) as f64)))
                .collect();
            let counts = self.counts(&shifts);
            let mut next = 0;
            let mut later = Vec::new();
            for bracket in todo {
                let mut left = (bracket.a, bracket.below_a);
                for m in 1..=parts(&bracket) {
                    let right = if m == parts(&bracket) {
                        (bracket.b, bracket.below_b)
                    } else {
                        next += 1;
                        (shifts[next - 1], counts[next - 1])
                    };
                    if right.1 < left.1 || !(right.0 > left.0) {
                        return None;
                    }
                    let part = Bracket { a: left.0, b: right.0, below_a: left.1, below_b: right.1 };
                    match part.count() {
                        0 => {}
                        1 => done.push(part),
                        _ => later.push(part),
                    }
                    left = right;
                }
            }
            todo = later;
        }
        done.sort_by(|x, y| x.a.total_cmp(&y.a));
        Some(done)
    }

    fn counts(&self, shifts: &[f64]) -> Vec<usize> {
        let mut out = Vec::with_capacity(shifts.len() + LANES);
        for group in shifts.chunks(LANES) {
            out.extend(self.chain.counts(&padded(group)));
        }
        out.truncate(shifts.len());
        out
    }

    /// Eigenvalues in their brackets: Rayleigh quotients, and bisection where these leave the bracket.
    fn refined(&self, brackets: &[Bracket], work: &mut Sweeps) -> Option<Vec<f64>> {
        let mut out = Vec::with_capacity(brackets.len());
        for group in brackets.chunks(LANES) {
            let mut bracket: [Bracket; LANES] = std::array::from_fn(|l| group[l.min(group.len() - 1)]);
            let width = bracket.map(|s| s.b - s.a);
            for _ in 0..HALVINGS {
                let middle = bracket.map(|s| 0.5 * (s.a + s.b));
                let below = self.chain.counts(&middle);
                for l in 0..LANES {
                    bracket[l].halve(middle[l], below[l]);
                }
            }
            let mut at: Lanes = bracket.map(|s| 0.5 * (s.a + s.b));
            let mut open = [true; LANES];
            for step in 0.. {
                let twist = self.chain.twist::<false>(&at, work);
                for l in 0..LANES {
                    let s = &mut bracket[l];
                    s.halve(at[l], twist.below[l]);
                    let correction = twist.correction[l];
                    let next = at[l] + correction;
                    // |correction| |z| bounds the distance to an eigenvalue; the error of `next` is of second order.
                    let residual = correction.abs() * twist.norm[l].sqrt();
                    if residual <= 1e-8 * width[l] + 1e-15 * at[l].abs() || s.b - s.a <= 4e-16 * s.b.abs() {
                        open[l] = false;
                    }
                    if open[l] || (next > s.a && next < s.b) {
                        let inside = next > s.a && next < s.b && step < MOST_STEPS / 2;
                        at[l] = if inside { next } else { 0.5 * (s.a + s.b) };
                    }
                }
                if open[..group.len()].iter().all(|x| !x) {
                    break;
                }
                if step > MOST_STEPS {
                    return None;
                }
            }
            out.extend(&at[..group.len()]);
        }
        Some(out)
    }

    /// The blocks, and whether the interval was wide enough.
    pub(super) fn blocks(&self) -> Option<(CarriedLadder, bool)> {
        let mut work = Sweeps::default();
        let mut values = self.refined(&self.isolated()?, &mut work)?;
        values.sort_by(|x, y| x.abs().total_cmp(&y.abs()));
        let zero = self.cut && self.low == 0.0;
        // Vectors are those of matrices that differ by roundings of |T|: they mix by that over the distance of their values.
        let spacing = (self.high - self.low) * if self.cut { 1.0 } else { 2.0 } / values.len().max(1) as f64;
        let mut window = Window::new(self, 64);
        let sums = loop {
            let mut sums = Sums::new(self, spacing);
            if self.pass(&values, zero, &mut work, &mut window, &mut sums) {
                break sums;
            }
            window = Window::new(self, 2 * window.most);
        };
        let beyond = self.chain.counts(&padded(&[self.high]))[0] < self.chain.rows()
            || self.chain.counts(&padded(&[-self.high]))[0] > 0;
        let light = |ln: f64| ln < self.ln_weight;
        let covered = (self.low == 0.0 || light(sums.ln_ends[0])) && (!beyond || light(sums.ln_ends[1]));
        let mut found = sums.out;
        let blocks = found.lambda.len();
        if sums.vectors.len() == found.rows * blocks {
            found.vectors = Some(Mat::from_fn(found.rows, blocks, |k, i| sums.vectors[i * found.rows + k]));
        }
        let bands = found.flip.bytes() + found.level.bytes();
        found.bytes = window.bytes() + work.bytes() + 32 * (self.cells + 1) + bands;
        found.missing = (1.0 - found.weights().sum::<f64>()).abs();
        Some((found, covered))
    }

    /// All vectors once, in increasing order of |lambda|; false when the window was too narrow for the band.
    fn pass(
        &self,
        values: &[f64],
        zero: bool,
        work: &mut Sweeps,
        window: &mut Window,
        sums: &mut Sums,
    ) -> bool {
        let rows = self.chain.rows();
        let mut vector = vec![0.0; rows];
        if zero {
            // Eigenvalue 0 of the cut chain: v_{2m+2} = -(b_{2m}/b_{2m+1}) v_{2m}.
            vector[0] = 1.0;
            for k in (0..rows - 1).step_by(2) {
                vector[k + 2] = -self.chain.off[k] / self.chain.off[k + 1] * vector[k];
            }
            let norm = norm(&vector);
            vector.iter_mut().for_each(|x| *x /= norm);
            let tail = self.full.ln_tail(&[0.0; LANES], &[0; LANES])[0];
            sums.enter(self, window, 0.0, &vector, tail + vector[0].abs().ln());
        }
        for group in values.chunks(LANES) {
            let shifts = padded(group);
            let twist = self.chain.twist::<true>(&shifts, work);
            let tail = self.full.ln_tail(&shifts, &twist.row);
            // The end of the ladder tells lambda from -lambda.
            let other = if self.cut { self.full.ln_tail(&shifts.map(|x| -x), &twist.row) } else { tail };
            for (l, &value) in group.iter().enumerate() {
                self.chain.vector(&twist, l, work, &mut vector);
                let ln_row = -0.5 * twist.norm[l].ln();
                sums.enter(self, window, value, &vector, ln_row + tail[l]);
                if self.cut {
                    vector.iter_mut().skip(1).step_by(2).for_each(|x| *x = -*x);
                    sums.enter(self, window, -value, &vector, ln_row + other[l]);
                }
            }
            if window.fresh >= FRESH && !sums.flush(window) {
                return false;
            }
        }
        sums.flush(window)
    }
}

fn padded(group: &[f64]) -> Lanes {
    std::array::from_fn(|l| group[l.min(group.len() - 1)])
}
