//! Figures of merit of a large star at given times, from k x k matrices.
//!
//! With a_ij = h(|lambda_i + lambda_j|), b_ij = h(|lambda_i - lambda_j|) the state of [`LargeStar`] is
//!   rho_B(t) = V Y V^T + P V X V^T P,   Y_ij = c_i c_j (a_ij + b_ij)/2,   X_ij = c_i c_j (b_ij - a_ij)/2.
//! *Moments* need the bands n_ij and P_ij alone: {T, n} = (N+1) T - F P and T^2 - P T^2 P = g^2 (2n - N) give, for i != j,
//!   (n^2)_ij = (N+1) n_ij + F (lambda_i + lambda_j) P_ij/g^2,
//! as narrow a band, whose elements sum_l n_il n_lj are summed without large factors; and
//! g (J_x)_ij = P_ij (lambda_i + lambda_j)/2 - F delta_ij. The state at t = 0 has n = 0: sums of a - 1 and b - 1 keep small moments.
//! *Spectrum.* rho_B acts on V y + P V x by y -> Y (y + P x), x -> X (P y + x), P the band; the largest eigenvalue comes from
//! Lanczos steps in the metric (1, P; P, 1), all of them, for few blocks, from the factors of Y and X.

use faer::{Mat, MatRef, Side};

use super::{CarriedLadder, LargeStar, Skyline};
use crate::Known;
use crate::exact::dense::multiply;
use crate::merit::{Ergotropy, Merits, WorkBounds, entropy_of};
use crate::numerics::{dot, pivoted_cholesky, response};
use crate::why::{Failure, NoCollective};

/// Blocks up to which the whole spectrum is found at every time.
pub const MOST_BLOCKS: usize = 400;

/// Lanczos steps at most; the largest eigenvalue stands after some dozens.
const MOST_STEPS: usize = 600;

impl LargeStar {
    /// Figures of merit and dE_B/dt at nondecreasing `times` >= 0, one after the other; each costs k^2 exponentials for k blocks.
    ///
    /// # Errors
    /// [`Failure::Eigenvalues`] when an eigenvalue iteration fails.
    pub fn figures(&self, times: &[f64], sink: &mut dyn FnMut(f64, Merits, f64)) -> Known<()> {
        let curve = self.curve();
        let Some(ladder) = self.ladder() else {
            times.iter().for_each(|&time| sink(time, self.empty(), 0.0));
            return Ok(());
        };
        let mut state = State::new(self, ladder);
        for (&time, &energy) in times.iter().zip(&curve.energies(times)) {
            state.set(time);
            let found = state.figures(energy).ok_or(Failure::Eigenvalues)?;
            sink(time, found, curve.power(time));
        }
        Ok(())
    }
}

/// y and x of V y + P V x.
type Pair = (Vec<f64>, Vec<f64>);

struct State<'a> {
    star: &'a LargeStar,
    ladder: &'a CarriedLadder,
    y: Mat<f64>,
    x: Mat<f64>,
    /// (n^2)_ij.
    square: Skyline,
    /// <n^2> and g <J_x> + F.
    squared: f64,
    turned: f64,
}

impl<'a> State<'a> {
    fn new(star: &'a LargeStar, ladder: &'a CarriedLadder) -> Self {
        let k = ladder.lambda.len();
        let square = square_of(ladder);
        State { star, ladder, y: Mat::zeros(k, k), x: Mat::zeros(k, k), square, squared: 0.0, turned: 0.0 }
    }

    /// Y and X at a time, with the sums over the bands.
    fn set(&mut self, time: f64) {
        let (ladder, gamma) = (self.ladder, self.star.gamma);
        let lambda = &ladder.lambda;
        let top = ladder.cells as f64;
        (self.squared, self.turned) = (0.0, 0.0);
        for i in 0..lambda.len() {
            let first = ladder.flip.row(i).0;
            for j in 0..=i {
                let weight = ladder.overlap[i] * ladder.overlap[j];
                let sum = lambda[i] + lambda[j];
                let a = response(self.star.splitting(i, j), gamma, time).0;
                let b = if i == j { 1.0 } else { response(lambda[i] - lambda[j], gamma, time).0 };
                let (y, x) = (0.5 * weight * (a + b), 0.5 * weight * (b - a));
                (self.y[(i, j)], self.y[(j, i)]) = (y, y);
                (self.x[(i, j)], self.x[(j, i)]) = (x, x);
                if j < first {
                    continue;
                }
                let (flip, level) = (ladder.flip.get(i, j), ladder.level.get(i, j));
                let square = self.square.get(i, j);
                let (copies, own) = if i == j { (1.0, top * top) } else { (2.0, 0.0) };
                let change = 0.5 * weight * ((a - 1.0) + (b - 1.0));
                self.squared += copies * (change * square + x * (own - 2.0 * top * level + square));
                self.turned += copies * weight * b * 0.5 * sum * flip;
            }
        }
    }

    fn figures(&self, energy: f64) -> Option<Merits> {
        let &LargeStar { amplitude, coupling, frequency: omega, .. } = self.star;
        let cells = self.ladder.cells as f64;
        let level = if omega == 0.0 { 0.0 } else { energy / omega };
        let coherence = (self.turned - amplitude) / coupling / cells;
        let excess = level / cells - 0.5;
        let local = cells * (excess + excess.hypot(coherence));
        let (largest_eigenvalue, entropy, collective) = if self.ladder.lambda.len() <= MOST_BLOCKS {
            let spectrum = self.spectrum()?;
            let ranked = spectrum.iter().take(self.ladder.cells + 1).enumerate();
            let passive: f64 = ranked.map(|(k, r)| k as f64 * r).sum();
            (spectrum[0], entropy_of(&spectrum), Ok(omega * (level - passive)))
        } else {
            (self.largest()?, f64::NAN, Err(NoCollective::ManyBlocks))
        };
        let global = level - (1.0 - largest_eigenvalue);
        let single = self.ladder.cells == 1;
        let global = omega * global;
        let incoherent = self.most_populated().map_or(f64::NAN, |most| omega * (level - (1.0 - most)));
        Some(Merits {
            energy,
            passive: energy - global,
            ergotropy: Ergotropy {
                global,
                collective: if single { Ok(global) } else { collective },
                local: if single { global } else { omega * local },
                incoherent,
                coherent: global - incoherent,
                largest_eigenvalue,
                smallest_eigenvalue: f64::NAN,
            },
            purity: self.purity(),
            fluctuation: omega.abs() * (self.squared - level * level).max(0.0).sqrt(),
            bounds: WorkBounds::of_ladder(
                self.ladder.cells,
                omega,
                (largest_eigenvalue, entropy),
                omega * (1.0 - largest_eigenvalue),
            ),
        })
    }

    /// P times a matrix.
    fn flipped(&self, m: &Mat<f64>) -> Mat<f64> {
        let mut out = Mat::<f64>::zeros(m.nrows(), m.ncols());
        for column in 0..m.ncols() {
            apply(&self.ladder.flip, |i| m[(i, column)], |i, value| out[(i, column)] += value);
        }
        out
    }

    /// |Y|^2 + |X|^2 + 2 Tr Y P X P
    fn purity(&self) -> f64 {
        let k = self.ladder.lambda.len();
        let (yp, xp) = (self.flipped(&self.y), self.flipped(&self.x));
        // Tr (P Y)(P X)
        let cross: f64 = (0..k).map(|j| (0..k).map(|i| yp[(i, j)] * xp[(j, i)]).sum::<f64>()).sum();
        let square = |m: &Mat<f64>| m.norm_l2().powi(2);
        square(&self.y) + square(&self.x) + 2.0 * cross
    }

    /// Nonincreasing eigenvalues: Y = L L^T and X = M M^T turn them into those of (L, P M)^T (L, P M).
    fn spectrum(&self) -> Option<Vec<f64>> {
        let (l, m) = (factor(self.y.as_ref())?, factor(self.x.as_ref())?);
        let flipped = self.flipped(&m);
        let (ll, mm, lm) = (l.transpose() * &l, m.transpose() * &m, l.transpose() * &flipped);
        let split = l.ncols();
        let size = split + m.ncols();
        let gram = Mat::from_fn(size, size, |i, j| match (i < split, j < split) {
            (true, true) => ll[(i, j)],
            (true, false) => lm[(i, j - split)],
            (false, true) => lm[(j, i - split)],
            (false, false) => mm[(i - split, j - split)],
        });
        let mut values = gram.self_adjoint_eigenvalues(Side::Lower).ok()?;
        values.sort_by(|a, b| b.total_cmp(a));
        Some(values)
    }

    /// The largest eigenvalue by Lanczos steps from the state of largest weight in Y and its flip.
    fn largest(&self) -> Option<f64> {
        let k = self.ladder.lambda.len();
        let metric = |v: &Pair| {
            let (mut y, mut x) = v.clone();
            apply(&self.ladder.flip, |i| v.1[i], |i, value| y[i] += value);
            apply(&self.ladder.flip, |i| v.0[i], |i, value| x[i] += value);
            (y, x)
        };
        let inner = |a: &Pair, b: &Pair| -> f64 { dot(&a.0, &b.0) + dot(&a.1, &b.1) };
        let mut now = (self.ladder.overlap.clone(), self.ladder.overlap.iter().map(|c| 0.5 * c).collect());
        let mut before = (vec![0.0; k], vec![0.0; k]);
        let (mut diagonal, mut below): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        let mut image = metric(&now);
        let norm = inner(&now, &image).sqrt();
        scale(&mut now, 1.0 / norm);
        scale(&mut image, 1.0 / norm);
        let mut last = 0.0;
        for step in 1..=MOST_STEPS {
            // `image` is the metric times `now`.
            let mut next = (vec![0.0; k], vec![0.0; k]);
            multiply(self.y.as_ref(), &image.0, &mut next.0);
            multiply(self.x.as_ref(), &image.1, &mut next.1);
            let own = inner(&next, &image);
            diagonal.push(own);
            let back = below.last().copied().unwrap_or(0.0);
            combine(&mut next, -own, &now);
            combine(&mut next, -back, &before);
            image = metric(&next);
            let rest = inner(&next, &image).max(0.0).sqrt();
            let done = rest < 1e-14;
            if step % 8 == 0 || done || step == MOST_STEPS {
                let top = top_of_tridiagonal(&diagonal, &below)?;
                if done || (top - last).abs() <= 1e-15 * top {
                    return Some(top);
                }
                last = top;
            }
            below.push(rest);
            scale(&mut next, 1.0 / rest);
            scale(&mut image, 1.0 / rest);
            before = std::mem::replace(&mut now, next);
        }
        None
    }

    /// Largest population of a level.
    fn most_populated(&self) -> Option<f64> {
        let vectors = self.ladder.vectors.as_ref()?;
        let diagonal = |m: &Mat<f64>| -> Vec<f64> {
            let image = vectors * m;
            let rows = vectors.nrows();
            (0..rows).map(|r| (0..m.ncols()).map(|c| image[(r, c)] * vectors[(r, c)]).sum()).collect()
        };
        let (y, x) = (diagonal(&self.y), diagonal(&self.x));
        let whole = self.ladder.rows == self.ladder.cells + 1;
        let most = (0..y.len()).map(|r| {
            let partner = match x.get(r ^ 1) {
                Some(x) => *x,
                None if whole => x[r],
                None => 0.0,
            };
            y[r] + partner
        });
        Some(most.fold(0.0, f64::max))
    }
}

/// (n^2)_ij in the band of n; blocks beyond those that carry weight are missing where nothing depends on them.
fn square_of(ladder: &CarriedLadder) -> Skyline {
    let n = &ladder.level;
    let width = n.half_width();
    let mut square = Skyline::default();
    for i in 0..n.size() {
        let first = n.row(i).0;
        let mut row: Vec<f64> = (first..i)
            .map(|j| {
                let shared = i.saturating_sub(width)..n.size().min(j + width + 1);
                shared.map(|l| n.get(i, l) * n.get(l, j)).sum()
            })
            .collect();
        row.push(ladder.level_squared[i]);
        square.push_row(&row);
    }
    square
}

/// Adds the band times a vector.
fn apply(band: &Skyline, vector: impl Fn(usize) -> f64, mut add: impl FnMut(usize, f64)) {
    for i in 0..band.size() {
        let (first, row) = band.row(i);
        let own = vector(i);
        let mut sum = 0.0;
        for (j, x) in (first..).zip(row) {
            sum += x * vector(j);
            if j < i {
                add(j, x * own);
            }
        }
        add(i, sum);
    }
}

fn scale(v: &mut Pair, factor: f64) {
    v.0.iter_mut().chain(&mut v.1).for_each(|x| *x *= factor);
}

fn combine(v: &mut Pair, factor: f64, other: &Pair) {
    v.0.iter_mut().zip(&other.0).for_each(|(x, y)| *x += factor * y);
    v.1.iter_mut().zip(&other.1).for_each(|(x, y)| *x += factor * y);
}

fn top_of_tridiagonal(diagonal: &[f64], below: &[f64]) -> Option<f64> {
    let n = diagonal.len();
    let matrix = Mat::from_fn(n, n, |i, j| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => below[i.min(j)],
        _ => 0.0,
    });
    matrix.self_adjoint_eigenvalues(Side::Lower).ok()?.last().copied()
}

/// L of a positive matrix L L^T.
fn factor(matrix: MatRef<'_, f64>) -> Option<Mat<f64>> {
    let k = matrix.nrows();
    let diagonal = (0..k).map(|i| matrix[(i, i)]).collect();
    let columns = pivoted_cholesky(diagonal, |pivot| matrix.col(pivot).iter().copied().collect(), k)?;
    Some(Mat::from_fn(k, columns.len(), |i, j| columns[j][i]))
}
