//! Between two moments at which noise acts: d psi/dt = (-iH(t) - G/2) psi, with jumps.
//!
//! ||psi(t)||^2 is the probability that nothing has jumped since the last jump. A jump happens where it falls below a random number that is uniform in
//! (0, 1); channel k is taken with probability ~ r_k ||L_k psi||^2, and psi becomes L_k psi, normalised. No step of time enters: the mean is the solution of the
//! master equation.
//!
//! A constant H is followed by its series, psi(t + s h) = sum_k s^k v_k with v_k = (h/k)(-iH - G/2) v_{k-1}, which is known at every s: times that are shown and
//! jumps lie inside a step. An H that depends on time is followed by Runge-Kutta steps (`tsitouras`).
//!
//! Source: @dalibard1992.

use num_complex::Complex64;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardUniform};

use super::blocks::{Block, Blocks};
use crate::evolve::tsitouras::{A, C, E, interpolant};
use crate::numerics::Terms;
use crate::numerics::lanes::{dot, flat, norm_sqr, series_and_slope_at, series_at};

/// ||drift|| times a step.
const REACH: f64 = 6.0;
/// Jumps that a step expects at most.
const JUMPS: f64 = 1.5;
/// Terms of a series that are left out.
const NEGLIGIBLE: f64 = 1e-15;
/// Most terms of a series.
const TERMS: usize = 64;
/// Error of one Runge-Kutta step.
const TOLERANCE: f64 = 1e-9;

/// A ket on its way.
#[derive(Clone, Debug)]
pub(super) struct Ket {
    pub(super) block: usize,
    pub(super) psi: Vec<Complex64>,
    /// ||psi||^2 at which it jumps.
    pub(super) threshold: f64,
    /// Jumps so far.
    pub(super) jumps: usize,
    /// What multiplies the operators of fields that stay as they are for a while.
    pub(super) fields: Vec<f64>,
}

/// Vectors that steps work on.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    terms: Vec<Vec<Complex64>>,
    pub(super) series: Terms,
    pub(super) next: Vec<Complex64>,
    pub(super) other: Vec<Complex64>,
    change: Vec<Complex64>,
    stages: Vec<Vec<Complex64>>,
    weights: Vec<f64>,
}

/// Receives a ket, not normalised, at times of which the first is the one numbered.
pub(super) type Seen<'a> = dyn FnMut(usize, &Ket, &[Complex64]) + 'a;

/// Times that are to be shown.
pub(super) struct Outputs<'a, 'b> {
    pub(super) times: &'a [f64],
    pub(super) next: usize,
    pub(super) seen: &'b mut Seen<'b>,
}

impl Outputs<'_, '_> {
    /// The next time before an end, or at it where that counts as well.
    fn due(&self, end: f64, included: bool) -> Option<f64> {
        let due = |time: &f64| *time < end || (included && *time == end);
        self.times.get(self.next).copied().filter(due)
    }

    fn show(&mut self, ket: &Ket, psi: &[Complex64]) {
        (self.seen)(self.next, ket, psi);
        self.next += 1;
    }

    /// Shows a ket as it is at all times up to one.
    pub(super) fn show_until(&mut self, time: f64, ket: &Ket) {
        while self.due(time, true).is_some() {
            self.show(ket, &ket.psi);
        }
    }
}

pub(super) fn uniform(random: &mut ChaCha8Rng) -> f64 {
    StandardUniform.sample(random)
}

impl Ket {
    pub(super) fn new(block: usize, psi: Vec<Complex64>, fields: usize, random: &mut ChaCha8Rng) -> Self {
        let mut ket = Ket { block, psi, threshold: 0.0, jumps: 0, fields: vec![0.0; fields] };
        ket.normalise(random);
        ket
    }

    /// A norm of 1, and a new threshold.
    fn normalise(&mut self, random: &mut ChaCha8Rng) {
        self.threshold = uniform(random);
        let scale = 1.0 / norm_sqr(&self.psi).sqrt();
        self.psi.iter_mut().for_each(|x| *x *= scale);
    }
}

impl Blocks {
    /// Moves a ket from one time to another, showing it at times in between and at the end.
    pub(super) fn flow(
        &self,
        ket: &mut Ket,
        (from, to): (f64, f64),
        random: &mut ChaCha8Rng,
        scratch: &mut Scratch,
        outputs: Option<&mut Outputs<'_, '_>>,
    ) {
        match self.shapes.is_empty() {
            true => self.by_series(ket, (from, to), random, scratch, outputs),
            false => self.by_steps(ket, (from, to), random, scratch, outputs),
        }
    }

    fn by_series(
        &self,
        ket: &mut Ket,
        (from, to): (f64, f64),
        random: &mut ChaCha8Rng,
        scratch: &mut Scratch,
        mut outputs: Option<&mut Outputs<'_, '_>>,
    ) {
        let mut t = from;
        while t < to {
            let block = &self.list[ket.block];
            let mut norm = block.norm;
            for noise in block.noises.iter().filter(|noise| ket.fields[noise.place] != 0.0) {
                norm += ket.fields[noise.place].abs() * noise.norm;
            }
            let left = to - t;
            let h = left.min(REACH / norm).min(JUMPS / block.rate);
            // The last step ends where it should.
            let (h, end) = if h >= 0.999_999 * left { (left, to) } else { (h, t + h) };
            let count = series(block, ket, h, scratch);
            series_at(&scratch.terms[..count], 1.0, &mut scratch.next);
            let whole = norm_sqr(&scratch.next);
            let (share, jumps) = match whole < ket.threshold {
                true => {
                    let Scratch { terms, other, change, .. } = scratch;
                    (crossing(&terms[..count], ket.threshold, whole, [other, change]), true)
                }
                false => (1.0, false),
            };
            if let Some(outputs) = outputs.as_deref_mut() {
                let last = if jumps { t + share * h } else { end };
                while let Some(time) = outputs.due(last, !jumps) {
                    if time == end {
                        outputs.show(ket, &scratch.next);
                    } else {
                        let share = ((time - t) / h).clamp(0.0, 1.0);
                        series_at(&scratch.terms[..count], share, &mut scratch.other);
                        outputs.show(ket, &scratch.other);
                    }
                }
            }
            if jumps {
                series_at(&scratch.terms[..count], share, &mut ket.psi);
                self.jump(ket, random, scratch);
                t += share * h;
            } else {
                ket.psi.copy_from_slice(&scratch.next);
                t = end;
            }
        }
    }

    /// One jump.
    pub(super) fn jump(&self, ket: &mut Ket, random: &mut ChaCha8Rng, scratch: &mut Scratch) {
        let block = &self.list[ket.block];
        let Scratch { weights, next, .. } = scratch;
        weights.clear();
        weights.extend(block.jumps.iter().map(|jump| jump.weight(&ket.psi, next)));
        let mut left = uniform(random) * weights.iter().sum::<f64>();
        let mut chosen = weights.iter().rposition(|weight| *weight > 0.0);
        for (k, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                chosen = Some(k);
                break;
            }
        }
        // Without any rate the norm stays: it crosses by rounding alone.
        let Some((jump, weight)) = chosen.map(|k| (&block.jumps[k], weights[k])) else {
            return ket.normalise(random);
        };
        next.resize(jump.map.rows(), Complex64::ZERO);
        jump.map.apply(1.0 / weight.sqrt(), &ket.psi, next);
        std::mem::swap(&mut ket.psi, next);
        ket.block = jump.target;
        ket.jumps += 1;
        ket.threshold = uniform(random);
    }

    fn by_steps(
        &self,
        ket: &mut Ket,
        (from, to): (f64, f64),
        random: &mut ChaCha8Rng,
        scratch: &mut Scratch,
        mut outputs: Option<&mut Outputs<'_, '_>>,
    ) {
        let mut t = from;
        let mut h = f64::INFINITY;
        while t < to {
            let block = &self.list[ket.block];
            let size = ket.psi.len();
            h = h.min(0.5 / block.norm).min(JUMPS / block.rate);
            let next_break =
                self.breakpoints.iter().copied().find(|point| *point > t).unwrap_or(f64::INFINITY);
            let limit = to.min(next_break);
            let step = self.shapes.iter().fold(h.min(limit - t), |h, shape| shape.longest_step(t, h));
            let (step, end) =
                if step >= 0.999_999 * (limit - t) { (limit - t, limit) } else { (step, t + step) };
            scratch.stages.resize_with(7, Vec::new);
            scratch.stages.iter_mut().for_each(|stage| stage.resize(size, Complex64::ZERO));
            scratch.next.resize(size, Complex64::ZERO);
            scratch.other.resize(size, Complex64::ZERO);
            // At a breakpoint a step sees H as it was before.
            let seen = |time: f64| if end == next_break { time.min(end.next_down()) } else { time };
            for i in 0..7 {
                let (done, rest) = scratch.stages.split_at_mut(i);
                combine(&ket.psi, step, &A[i][..i.min(6)], done, &mut scratch.next);
                self.rate_of(ket, seen(t + C[i] * step), &scratch.next, &mut rest[0]);
            }
            let error = step * error_of(&scratch.stages);
            if error > TOLERANCE {
                h = step * (0.9 * (TOLERANCE / error).powf(0.2)).clamp(0.1, 0.9);
                continue;
            }
            let whole = norm_sqr(&scratch.next);
            let jumps = whole < ket.threshold;
            let at = |x: f64, stages: &[Vec<Complex64>], out: &mut Vec<Complex64>| {
                combine(&ket.psi, step, &interpolant(x), stages, out);
            };
            let share = match jumps {
                false => 1.0,
                true => {
                    let (mut low, mut high) = (0.0, 1.0);
                    for _ in 0..50 {
                        let x = 0.5 * (low + high);
                        at(x, &scratch.stages, &mut scratch.other);
                        if norm_sqr(&scratch.other) < ket.threshold { high = x } else { low = x }
                    }
                    0.5 * (low + high)
                }
            };
            if let Some(outputs) = outputs.as_deref_mut() {
                let last = if jumps { t + share * step } else { end };
                while let Some(time) = outputs.due(last, !jumps) {
                    at(((time - t) / step).clamp(0.0, 1.0), &scratch.stages, &mut scratch.other);
                    outputs.show(ket, if time == end { &scratch.next } else { &scratch.other });
                }
            }
            if jumps {
                at(share, &scratch.stages, &mut scratch.other);
                ket.psi.copy_from_slice(&scratch.other);
                self.jump(ket, random, scratch);
                t += share * step;
            } else {
                ket.psi.copy_from_slice(&scratch.next);
                t = end;
                h = step * (0.9 * (TOLERANCE / error.max(1e-3 * TOLERANCE)).powf(0.2)).clamp(0.2, 5.0);
            }
        }
    }

    /// (-iH(t) - G/2 - i sum_j b_j L_j) psi.
    fn rate_of(&self, ket: &Ket, time: f64, psi: &[Complex64], out: &mut [Complex64]) {
        let block = &self.list[ket.block];
        block.drift.apply(1.0, psi, out);
        for (part, shape) in block.parts.iter().zip(&self.shapes) {
            let f = shape.at(time);
            if f != 0.0 {
                part.add(f, psi, out);
            }
        }
        for noise in block.noises.iter().filter(|noise| ket.fields[noise.place] != 0.0) {
            noise.turn.add(ket.fields[noise.place], psi, out);
        }
    }
}

/// Terms of the series over a step; how many there are.
fn series(block: &Block, ket: &Ket, h: f64, scratch: &mut Scratch) -> usize {
    scratch.next.resize(ket.psi.len(), Complex64::ZERO);
    scratch.other.resize(ket.psi.len(), Complex64::ZERO);
    series_of(&ket.psi, 1.0, &mut scratch.terms, |factor, x, y| {
        block.drift.apply(factor * h, x, y);
        for noise in block.noises.iter().filter(|noise| ket.fields[noise.place] != 0.0) {
            noise.turn.add(factor * h * ket.fields[noise.place], x, y);
        }
    })
}

/// v_k = (1/k) A v_{k-1} from v_0 = psi, as many as count in sum_k s^k v_k for |s| up to `longest`; `apply` makes y = factor A x.
pub(super) fn series_of(
    psi: &[Complex64],
    longest: f64,
    terms: &mut Vec<Vec<Complex64>>,
    mut apply: impl FnMut(f64, &[Complex64], &mut [Complex64]),
) -> usize {
    if terms.len() < TERMS {
        terms.resize_with(TERMS, Vec::new);
    }
    terms[0].clear();
    terms[0].extend_from_slice(psi);
    let bound = NEGLIGIBLE * NEGLIGIBLE * norm_sqr(psi);
    let mut scale = 1.0;
    for k in 1..TERMS {
        let (done, rest) = terms.split_at_mut(k);
        let term = &mut rest[0];
        term.resize(psi.len(), Complex64::ZERO);
        apply(1.0 / k as f64, &done[k - 1], term);
        scale *= longest * longest;
        // Two together: one term may vanish by symmetry while later ones do not.
        if k % 2 == 0 && scale * norm_sqr(term) <= bound && scale * norm_sqr(&done[k - 1]) <= bound {
            return k + 1;
        }
    }
    TERMS
}

/// The share s of a step at which ||psi||^2 falls to a threshold: Newton's steps, kept between ends that enclose it.
fn crossing(terms: &[Vec<Complex64>], threshold: f64, end: f64, scratch: [&mut Vec<Complex64>; 2]) -> f64 {
    let [psi, change] = scratch;
    let size = terms[0].len();
    psi.resize(size, Complex64::ZERO);
    change.resize(size, Complex64::ZERO);
    let start = norm_sqr(&terms[0]);
    let (mut low, mut high) = (0.0, 1.0);
    // The norm decays about exponentially.
    let mut s = if end > 0.0 { ((threshold / start).ln() / (end / start).ln()).clamp(0.0, 1.0) } else { 0.5 };
    for _ in 0..60 {
        series_and_slope_at(terms, s, psi, change);
        let (value, slope) = (norm_sqr(psi), 2.0 * dot(flat(psi), flat(change)));
        if value < threshold {
            high = s
        } else {
            low = s
        }
        let newton = s - (value - threshold) / slope;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        let close = (next - s).abs() <= 1e-15;
        s = next;
        if close || high - low <= 1e-15 {
            break;
        }
    }
    s
}

fn combine(y: &[Complex64], h: f64, weights: &[f64], k: &[Vec<Complex64>], out: &mut [Complex64]) {
    out.copy_from_slice(y);
    for (weight, k) in weights.iter().zip(k).filter(|(weight, _)| **weight != 0.0) {
        let factor = h * weight;
        out.iter_mut().zip(k).for_each(|(x, k)| *x += factor * k);
    }
}

/// ||sum_i e_i k_i||.
fn error_of(k: &[Vec<Complex64>]) -> f64 {
    let at = |p: usize| E.iter().zip(k).map(|(e, k)| *e * k[p]).sum::<Complex64>().norm_sqr();
    (0..k[0].len()).map(at).sum::<f64>().sqrt()
}
