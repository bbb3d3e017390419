//! Sums over the vectors of a carried ladder, which pass by in increasing order of |lambda| and are not all held.
//!
//! P_ij = <v_i|P|v_j> and n_ij = <v_i|n|v_j> of each batch of vectors come from one matrix product with the vectors before it. A
//! batch is complete when the oldest of these lie outside of the band; otherwise more are taken, up to what the window holds.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

use super::carried::CarriedLadder;
use super::search::Search;
use super::skyline::Skyline;
use crate::exact::sweeps::LANES;

/// Overlaps <S v_j|v_i> beyond this mark a close pair; 1/sqrt(2) makes it unique.
const PARTNERS: f64 = 0.75;
/// Elements of P beyond the band are smaller than this, or than the rounding that eigenvectors have anyway.
const BAND: f64 = 2e-15;
/// Numbers up to which vectors are kept.
const MOST_NUMBERS: usize = 4_000_000;
/// Vectors whose rows are summed together.
pub(super) const FRESH: usize = 2 * LANES;

/// The vectors that are held, oldest first, as columns; the newest are not yet in the sums.
pub(super) struct Window {
    vectors: Mat<f64>,
    flipped: Mat<f64>,
    weighted: Mat<f64>,
    /// Columns in use.
    held: usize,
    /// Columns of vectors whose rows of the bands are still to come.
    pub(super) fresh: usize,
    /// Neighbours kept at most.
    pub(super) most: usize,
}

impl Window {
    pub(super) fn new(search: &Search, most: usize) -> Self {
        let rows = search.chain.rows();
        Window {
            vectors: Mat::zeros(rows, 2 * most + 2 * FRESH),
            flipped: Mat::zeros(rows, 2 * FRESH),
            weighted: Mat::zeros(rows, 2 * FRESH),
            held: 0,
            fresh: 0,
            most,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        8 * self.vectors.nrows() * (self.vectors.ncols() + 4 * FRESH)
    }

    fn push(&mut self, search: &Search, vector: &[f64]) {
        let rows = vector.len();
        if self.held == self.vectors.ncols() {
            let keep = self.most + self.fresh;
            for column in 0..keep {
                for k in 0..rows {
                    self.vectors[(k, column)] = self.vectors[(k, self.held - keep + column)];
                }
            }
            self.held = keep;
        }
        let top = search.cells as f64;
        for (k, &x) in vector.iter().enumerate() {
            self.vectors[(k, self.held)] = x;
            let level = if k % 2 == 0 { (k / 2) as f64 } else { top - (k / 2) as f64 };
            self.weighted[(k, self.fresh)] = level * x;
            // Level n to level N-n; the middle level of an even number of cells, the last row, stays. A row beyond the cut is empty.
            let partner = k ^ 1;
            self.flipped[(k, self.fresh)] = match vector.get(partner) {
                Some(&y) => y,
                None if search.cut => 0.0,
                None => x,
            };
        }
        self.held += 1;
        self.fresh += 1;
    }
}

/// What is summed over the vectors.
pub(super) struct Sums {
    pub(super) out: CarriedLadder,
    ln_last: Vec<f64>,
    last_vector: Vec<f64>,
    /// Vectors one after the other, as long as they are few numbers.
    pub(super) vectors: Vec<f64>,
    /// Elements of P below this are not kept.
    smallest: f64,
    /// Neighbours that the last rows needed.
    needed: usize,
    /// ln of the first and the last weight met.
    pub(super) ln_ends: [f64; 2],
}

impl Sums {
    pub(super) fn new(search: &Search, spacing: f64) -> Self {
        let rows = search.chain.rows();
        Sums {
            smallest: BAND.max(f64::EPSILON * search.high / spacing),
            out: CarriedLadder {
                cells: search.cells,
                lambda: Vec::new(),
                overlap: Vec::new(),
                flip: Skyline::default(),
                level: Skyline::default(),
                level_squared: Vec::new(),
                populations: vec![0.0; rows.div_ceil(2)],
                ln_close: Vec::new(),
                ln_smallest: None,
                vectors: None,
                missing: 0.0,
                rows,
                bytes: 0,
            },
            ln_last: Vec::new(),
            last_vector: vec![0.0; rows],
            vectors: Vec::new(),
            needed: 16,
            ln_ends: [f64::NAN; 2],
        }
    }

    /// Takes one eigenpair: everything but the bands.
    pub(super) fn enter(
        &mut self,
        search: &Search,
        window: &mut Window,
        value: f64,
        vector: &[f64],
        ln_last: f64,
    ) {
        let weight = vector[0] * vector[0];
        let ln_weight = weight.ln();
        if self.ln_ends[0].is_nan() {
            self.ln_ends[0] = ln_weight;
        }
        self.ln_ends[1] = ln_weight;
        if ln_weight < search.ln_weight {
            return;
        }
        let out = &mut self.out;
        let i = out.lambda.len();
        let mut lambda = value;
        let top = search.cells as f64;
        let (mut alternating, mut with_last, mut squared) = (0.0, 0.0, 0.0);
        let middle = !search.cut && search.cells.is_multiple_of(2);
        for (k, (&x, y)) in vector.iter().zip(&mut self.last_vector).enumerate() {
            let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
            let level = if k % 2 == 0 { (k / 2) as f64 } else { top - (k / 2) as f64 };
            alternating += sign * x * x;
            with_last += sign * x * *y;
            squared += level * level * x * x;
            let share = if middle && k + 1 == vector.len() { 1.0 } else { 0.5 };
            out.populations[k / 2] += share * weight * x * x;
            *y = x;
        }
        out.level_squared.push(squared);
        let ln_c = search.full.last.abs().ln();
        if alternating.abs() > PARTNERS {
            // 2 lambda <S v|v> = 2 c (-1)^N v(last)^2
            let ln = ln_c + 2.0 * ln_last - alternating.abs().ln();
            let odd = if search.cells.is_multiple_of(2) { 1.0 } else { -1.0 };
            lambda = ln.exp().copysign(odd * search.full.last * alternating);
            out.ln_smallest = Some((i, ln));
        }
        // The first has none: all of `last_vector` is 0 before it.
        out.ln_close.push(
            (with_last.abs() > PARTNERS).then(|| {
                std::f64::consts::LN_2 + ln_c + ln_last + self.ln_last[i - 1] - with_last.abs().ln()
            }),
        );
        if self.vectors.len() + vector.len() <= MOST_NUMBERS {
            self.vectors.extend_from_slice(vector);
        }
        out.lambda.push(lambda);
        out.overlap.push(vector[0]);
        self.ln_last.push(ln_last);
        window.push(search, vector);
    }

    /// Rows of the bands for the fresh vectors; false when the window does not reach the end of the band.
    pub(super) fn flush(&mut self, window: &mut Window) -> bool {
        let fresh = window.fresh;
        if fresh == 0 {
            return true;
        }
        loop {
            let wanted = (self.needed + 8).min(window.most);
            let columns = (wanted + fresh).min(window.held);
            let start = window.held - columns;
            let vectors = window.vectors.as_ref().subcols(start, columns);
            let product = |batch: &Mat<f64>| {
                let mut out = Mat::<f64>::zeros(fresh, columns);
                let batch = batch.as_ref().subcols(0, fresh);
                matmul(out.as_mut(), Accum::Replace, batch.transpose(), vectors, 1.0, Par::Seq);
                out
            };
            let flip = product(&window.flipped);
            let first = self.out.lambda.len() - columns;
            // The oldest columns must be outside of the band, unless they are the first of all.
            let reach = |limit: usize| {
                (0..fresh)
                    .any(|r| (0..limit.min(columns - fresh)).any(|c| flip[(r, c)].abs() > self.smallest))
            };
            if first > 0 && reach(8) {
                if wanted == window.most {
                    return false;
                }
                self.needed *= 2;
                continue;
            }
            let level = product(&window.weighted);
            let mut widest = 0;
            for r in 0..fresh {
                let own = columns - fresh + r;
                let begin =
                    (0..=own).find(|&c| flip[(r, c)].abs() > self.smallest || c == own).unwrap_or(own);
                widest = widest.max(own - begin);
                let row = |m: &Mat<f64>| (begin..=own).map(|c| m[(r, c)]).collect::<Vec<_>>();
                self.out.flip.push_row(&row(&flip));
                self.out.level.push_row(&row(&level));
            }
            self.needed = widest.max(8);
            window.fresh = 0;
            return true;
        }
    }
}
