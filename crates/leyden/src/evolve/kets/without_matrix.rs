//! `chebyshev` of kets of many qubits: the series of `chebyshev.rs` with products that no matrix is made for.
//!
//! e^{-iHt} psi = sum_k (2 - delta_k0) (-i)^k J_k(Rt) T_k(h) psi up to a phase that nothing depends on, h = (H - c)/R. A ket is the real parts of all levels
//! and then the imaginary parts. A real H acts on both alone: the T_k of a real vector are real, even ones real multiples of it and odd ones imaginary ones,
//! and a complex ket is two real ones. Several T_k wait in a window before they are added to the kets of all times of a stretch, so that those
//! pass through the memory once in a window.

use std::ops::ControlFlow;

use super::bessel::bessel;
use crate::evolve::Outcome;
use crate::operator::{Aligned, Applied, Strings, Threads};
use crate::progress::Progress;

/// Vectors T_k that wait at most and at least, and their bytes.
const WINDOW: (usize, usize) = (16, 4);
const WINDOW_BYTES: f64 = 256e6;
/// Bytes of the kets of one stretch, where one time does not take more.
const MOST_BYTES: f64 = 256e6;
/// Most of R t in one stretch, and products beyond R t that its series takes about.
const LONGEST: f64 = 2000.0;
const BEYOND: f64 = 28.0;
/// What a string's flip costs in a product, relative to a number in a sum of vectors, and the rest of the product.
const FLIP: f64 = 0.6;
const REST: f64 = 3.0;
/// What is rounding of a coefficient.
const ROUNDING: f64 = 1e-17;
/// Numbers that are added to at once.
const PIECE: usize = 256;

/// A constant Hamiltonian with what its series needs.
#[derive(Debug)]
pub(crate) struct Series {
    /// 2 (H - c)/R.
    twice: Applied,
    radius: f64,
    largest: f64,
    levels: usize,
    flips: usize,
}

/// Kets at one requested time, real parts of all levels and then imaginary ones; weights are in the norms, phases are lost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AtTime<'a> {
    pub(crate) time: f64,
    pub(crate) kets: &'a [Aligned],
}

/// What a run through some times would take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cost {
    /// Times in one stretch.
    pub(crate) times: usize,
    /// Products with H on real vectors of all levels.
    pub(crate) products: f64,
    pub(crate) nanoseconds: f64,
    pub(crate) bytes: f64,
}

/// ns for a number in a sum of vectors.
const NUMBER: f64 = 0.25;

impl Series {
    pub(crate) fn new(h: &Strings) -> Self {
        let (low, high) = h.bounds();
        let (middle, radius) = (0.5 * (low + high), 0.5 * (high - low));
        let factor = if radius > 0.0 { 2.0 / radius } else { 0.0 };
        let mut flips: Vec<usize> = h.iter().map(|(flips, ..)| flips).collect();
        flips.dedup();
        Series {
            twice: Applied::new(h, factor, middle),
            radius,
            largest: low.abs().max(high.abs()),
            levels: 1 << h.qubits(),
            flips: flips.len(),
        }
    }

    /// Largest modulus that an energy may have.
    pub(crate) fn largest_energy(&self) -> f64 {
        self.largest
    }

    /// 2 (H - c)/R, and R.
    pub(crate) fn scaled(&self) -> (&Applied, f64) {
        (&self.twice, self.radius)
    }

    /// Numbers of a vector T_k.
    fn size(&self) -> usize {
        if self.twice.is_real() { self.levels } else { 2 * self.levels }
    }

    /// How many of them wait.
    fn window(&self) -> usize {
        let most = WINDOW_BYTES / (8.0 * self.size() as f64);
        (most as usize).clamp(WINDOW.1, WINDOW.0)
    }

    /// What so many kets through nondecreasing times would take, real at first or not.
    pub(crate) fn cost(&self, times: &[f64], kets: usize, real: bool) -> Cost {
        let most = (MOST_BYTES / (16.0 * (self.levels * kets) as f64)).clamp(1.0, 256.0) as usize;
        let end = times.last().copied().unwrap_or(0.0);
        let later = times.iter().filter(|time| **time > 0.0).count().max(1);
        let planes = |real: bool| if real && self.twice.is_real() { 1.0 } else { 2.0 };
        let product = FLIP * self.flips as f64 + REST;
        let of = |times: usize| {
            let stretches =
                (later as f64 / times as f64).ceil().max((self.radius * end / LONGEST).ceil()).max(1.0);
            let turn = self.radius * end / stretches;
            let twice = planes(false) * (stretches - 1.0) + planes(real);
            let products = twice * (turn + BEYOND);
            let sums = twice * (later as f64 / stretches) * (0.5 * turn + BEYOND);
            (products, (products * product + sums) * self.levels as f64 * NUMBER)
        };
        let all = (1..=most.min(later)).map(|times| (times, of(times)));
        let best = all.min_by(|a, b| a.1.1.total_cmp(&b.1.1)).unwrap_or((1, of(1)));
        let (times, (products, nanoseconds)) = best;
        let complex = 16.0 * (self.levels * kets) as f64;
        let window = 8.0 * (self.window() * self.size()) as f64;
        Cost {
            times,
            products: products * kets as f64,
            nanoseconds: nanoseconds * kets as f64,
            // The start, where it is kept, and the kets on the way.
            bytes: complex * (3 + times) as f64 + window,
        }
    }

    /// Evolves kets through nondecreasing times.
    pub(crate) fn run(
        &self,
        mut kets: Vec<Aligned>,
        times: &[f64],
        threads: Threads,
        progress: &Progress,
        sink: &mut dyn FnMut(AtTime<'_>) -> ControlFlow<()>,
    ) -> Outcome {
        let real = kets.iter().all(|psi| psi[self.levels..].iter().all(|x| *x == 0.0));
        let most = self.cost(times, kets.len(), real).times;
        let mut at: Vec<Vec<Aligned>> = Vec::new();
        let mut window: Vec<Aligned> = Vec::new();
        // From a real start once more where that takes fewer products than from a complex ket on the way.
        let mut first = (real && self.twice.is_real() && most < times.len()).then(|| kets.clone());
        let (mut t, mut next) = (0.0, 0);
        while next < times.len() {
            if times[next] <= t {
                // Nothing moves.
                if sink(AtTime { time: times[next], kets: &kets }).is_break() {
                    return Outcome::Stopped;
                }
                next += 1;
                continue;
            }
            let longest = if self.radius > 0.0 { LONGEST / self.radius } else { f64::INFINITY };
            let inside = times[next..].iter().take(most).take_while(|time| **time - t <= longest).count();
            let end = if inside > 0 { times[next + inside - 1] } else { t + longest };
            let again = self.radius * end + BEYOND <= 2.0 * (self.radius * (end - t) + BEYOND);
            first = first.filter(|_| again);
            let (from, sources) = first.as_ref().map_or((t, &kets), |first| (0.0, first));
            let mut ends: Vec<f64> = times[next..next + inside].iter().map(|time| time - from).collect();
            if inside == 0 {
                ends.push(end - from);
            }
            at.resize_with(ends.len(), Vec::new);
            for at in &mut at {
                at.resize_with(kets.len(), || Aligned::zeros(2 * self.levels));
            }
            let coefficients: Vec<Vec<f64>> = ends.iter().map(|t| kept(bessel(self.radius * t))).collect();
            for (k, psi) in sources.iter().enumerate() {
                let mut outputs: Vec<&mut [f64]> = at.iter_mut().map(|at| &mut at[k][..]).collect();
                outputs.iter_mut().for_each(|out| out.fill(0.0));
                self.stretch(psi, &coefficients, &mut outputs, &mut window, threads, progress);
            }
            for (at, time) in at.iter().zip(&times[next..next + inside]) {
                if sink(AtTime { time: *time, kets: at }).is_break() {
                    return Outcome::Stopped;
                }
            }
            (t, next) = (end, next + inside);
            std::mem::swap(&mut kets, at.last_mut().expect("a stretch has an end"));
        }
        Outcome::Converged
    }

    /// One ket at all ends of a stretch.
    fn stretch(
        &self,
        psi: &[f64],
        coefficients: &[Vec<f64>],
        outputs: &mut [&mut [f64]],
        window: &mut Vec<Aligned>,
        threads: Threads,
        progress: &Progress,
    ) {
        let terms = coefficients.iter().map(Vec::len).max().unwrap_or(1);
        // Real and imaginary part alone, or both as one vector.
        let sources: Vec<(usize, &[f64])> = match self.twice.is_real() {
            true => psi.chunks_exact(self.levels).enumerate().collect(),
            false => vec![(0, psi)],
        };
        let waiting = self.window();
        for (part, source) in sources.into_iter().filter(|(_, source)| source.iter().any(|x| *x != 0.0)) {
            if window.first().is_none_or(|first| first.len() != source.len()) {
                *window = (0..waiting).map(|_| Aligned::zeros(source.len())).collect();
            }
            for k in 0..terms {
                progress.still_wanted();
                let mut new = std::mem::replace(&mut window[k % waiting], Aligned::zeros(0));
                let older = |back: usize| &window[(k + waiting - back) % waiting];
                match k {
                    0 => new.copy_from_slice(source),
                    1 => threads.fill(self.twice.block(), &mut new, |index, y| {
                        self.twice.block_of(index, older(1), None, y);
                        y.iter_mut().for_each(|y| *y *= 0.5);
                    }),
                    _ => threads.fill(self.twice.block(), &mut new, |index, y| {
                        self.twice.block_of(index, older(1), Some(older(2)), y);
                    }),
                }
                window[k % waiting] = new;
                if (k + 1) % waiting == 0 || k + 1 == terms {
                    let first = k / waiting * waiting;
                    self.add(part, first, &window[..=k - first], coefficients, outputs, threads);
                }
            }
        }
    }

    /// Adds the terms from `first` on to all outputs.
    fn add(
        &self,
        part: usize,
        first: usize,
        window: &[Aligned],
        coefficients: &[Vec<f64>],
        outputs: &mut [&mut [f64]],
        threads: Threads,
    ) {
        // (vector, its half) with its factor, for both halves of every output that has any.
        let mut vectors: Vec<&mut [f64]> = Vec::new();
        let mut sums: Vec<Vec<(&[f64], f64)>> = Vec::new();
        for (out, coefficients) in outputs.iter_mut().zip(coefficients) {
            let (re, im) = out.split_at_mut(self.levels);
            let mut of: [Vec<(&[f64], f64)>; 2] = [Vec::new(), Vec::new()];
            for (k, vector) in (first..).zip(window) {
                let Some(c) = coefficients.get(k).filter(|c| **c != 0.0) else { continue };
                let c = if k == 0 { *c } else { 2.0 * c };
                for (half, vector) in vector.chunks_exact(self.levels).enumerate() {
                    // i^{part + half - k}.
                    match (part + half + 3 * k) % 4 {
                        0 => of[0].push((vector, c)),
                        1 => of[1].push((vector, c)),
                        2 => of[0].push((vector, -c)),
                        _ => of[1].push((vector, -c)),
                    }
                }
            }
            for (half, sum) in [re, im].into_iter().zip(of).filter(|(_, sum)| !sum.is_empty()) {
                vectors.push(half);
                sums.push(sum);
            }
        }
        threads.fill_all(PIECE.min(self.levels), vectors, |index, pieces| {
            for (out, sum) in pieces.iter_mut().zip(&sums) {
                add_piece(out, index * PIECE, sum);
            }
        });
    }
}

/// Coefficients up to the last that is not rounding.
fn kept(mut coefficients: Vec<f64>) -> Vec<f64> {
    let last = coefficients.iter().rposition(|c| c.abs() > ROUNDING).unwrap_or(0);
    coefficients.truncate(last + 1);
    coefficients
}

/// Adds a sum of the same places of vectors, four at once.
fn add_piece(out: &mut [f64], from: usize, sum: &[(&[f64], f64)]) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx512f") {
        // SAFETY: the processor has the feature that the function is compiled for.
        return unsafe { add_piece_avx512(out, from, sum) };
    }
    add_any_piece(out, from, sum);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn add_piece_avx512(out: &mut [f64], from: usize, sum: &[(&[f64], f64)]) {
    add_any_piece(out, from, sum);
}

#[inline(always)]
fn add_any_piece(out: &mut [f64], from: usize, sum: &[(&[f64], f64)]) {
    let place = from..from + out.len();
    let (fours, rest) = sum.as_chunks::<4>();
    for [(a, ca), (b, cb), (c, cc), (d, cd)] in fours {
        let others =
            a[place.clone()].iter().zip(&b[place.clone()]).zip(&c[place.clone()]).zip(&d[place.clone()]);
        for (out, (((a, b), c), d)) in out.iter_mut().zip(others) {
            *out += (ca * a + cb * b) + (cc * c + cd * d);
        }
    }
    for (a, ca) in rest {
        out.iter_mut().zip(&a[place.clone()]).for_each(|(out, a)| *out += ca * a);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Cancelled;

    #[test]
    fn a_run_that_is_cancelled_ends_between_products() {
        let mut h = Strings::new(4);
        h.add(1, 0, 1.0.into());
        let mut start = Aligned::zeros(32);
        start[0] = 1.0;
        let progress = Progress::default();
        progress.cancel();
        let ended = std::panic::catch_unwind(|| {
            let mut sink = |_: AtTime<'_>| ControlFlow::Continue(());
            Series::new(&h).run(vec![start], &[1.0], Threads::exactly(1), &progress, &mut sink)
        });
        assert_eq!(ended.unwrap_err().downcast_ref(), Some(&Cancelled));
    }

    #[test]
    fn long_times_go_in_several_stretches() {
        // A qubit among four under X: cos(t)|0> - i sin(t)|1>.
        let mut h = Strings::new(4);
        h.add(1, 0, 1.0.into());
        let mut start = Aligned::zeros(32);
        start[0] = 1.0;
        let times = [0.0, 1.0, 1.0, 3.0, 5000.0, 5000.5];
        let mut seen = Vec::new();
        let outcome =
            Series::new(&h).run(vec![start], &times, Threads::exactly(1), &Progress::default(), &mut |at| {
                let population = |r: usize| at.kets[0][r].powi(2) + at.kets[0][16 + r].powi(2);
                assert!((population(0) - at.time.cos().powi(2)).abs() < 1e-10, "{}", at.time);
                assert!((population(1) - at.time.sin().powi(2)).abs() < 1e-10, "{}", at.time);
                seen.push(at.time);
                ControlFlow::Continue(())
            });
        assert_eq!(outcome, Outcome::Converged);
        assert_eq!(seen, times);
    }
}
