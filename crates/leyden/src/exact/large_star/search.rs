//! The search for the blocks that carry level 0: the interval and the rows that matter, eigenvalues, and one pass over all vectors.

use faer::Mat;

use super::bands::{FRESH, Sums, Window};
use super::carried::CarriedLadder;
use crate::exact::brackets::Bracket;
use crate::exact::dense::Chain;
use crate::exact::sweeps::{LANES, Sweeps, padded};

/// Decay e^{-DECAY} of amplitudes at which rows are cut.
const DECAY: f64 = 60.0;
/// ln of the weight at the ends of the interval, for many blocks and for few.
const LN_WEIGHTS: [f64; 2] = [-46.0, -78.0];
/// Mean Poisson numbers below which every block is cheap.
const FEW: f64 = 400.0;

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

    /// Where the blocks lie: on both sides of 0 or, where rows are cut, above it.
    fn intervals(&self) -> Vec<Bracket> {
        let (low, high) = (self.low, self.high);
        let ends = match (self.cut, low == 0.0) {
            (true, _) => vec![(low, high)],
            (false, true) => vec![(-high, high)],
            (false, false) => vec![(-high, -low), (low, high)],
        };
        let mut found: Vec<Bracket> = ends.iter().map(|&(a, b)| self.chain.bracket(a, b)).collect();
        if self.cut && low == 0.0 {
            found[0].skip_zero(self.chain.rows());
        }
        found
    }

    /// The blocks, and whether the interval was wide enough.
    pub(super) fn blocks(&self) -> Option<(CarriedLadder, bool)> {
        let mut work = Sweeps::default();
        let mut values = self.chain.eigenvalues(self.intervals(), &mut work)?;
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
            self.chain.zero_vector(&mut vector);
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
