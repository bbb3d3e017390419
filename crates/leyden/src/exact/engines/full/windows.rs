//! Windows of time, one series each.
//!
//! A window computes psi_j rho once, keeps populations, engines and flow of every term, and sums up the state at its end. All times inside
//! cost a sum over terms. It ends where the remaining weights times the largest sum |W| met are below 1e-5 of the tolerance; as
//! the master equation contracts the trace norm, errors of windows add up and are never amplified. Windows grow with the time
//! passed, up to as many terms as stay small for a state without structure: where psi_j grows, so does rounding.

use std::sync::Arc;

use super::faber::Ellipse;
use super::generator::{Generator, Step};
use super::stationary;
use crate::Known;
use crate::exact::EngineRun;
use crate::model::EngineRates;
use crate::why::EngineTrouble;

/// Terms of the shortest and of the longest window.
pub(super) const TERMS: [f64; 2] = [80.0, 20_000.0];
/// Share of the tolerance that one window may use.
const SHARE: f64 = 1e-5;
/// Growth of sum |W| that a series may show; rounding grows as much.
const GROWTH: f64 = 1e3;
/// Share of the tolerance within which a state is its limit, and what rounding leaves of the distance.
const NEAR: f64 = 1e-3;
const ROUNDING: f64 = 1e-11;
/// What rounding leaves of a product state.
const ROUNDING_OF_START: f64 = 1e-15;
/// Ellipses tried.
const TRIALS: usize = 40;

/// Re W and, with a detuning, Im W.
pub(super) type Parts = [Vec<f64>; 2];

fn zeros_like(parts: &Parts) -> Parts {
    std::array::from_fn(|i| vec![0.0; parts[i].len()])
}

/// One series; `end` belongs to time `from + span`.
#[derive(Clone, Debug)]
struct Window {
    from: f64,
    span: f64,
    ellipse: Ellipse,
    /// p_0..p_N, n_0, n_1, n_2 and flow of every term.
    terms: Arc<Vec<f64>>,
    end: Arc<Parts>,
    /// Estimates of the errors of the states at its begin and at its end, in the sum of all |W|, and the largest sum of a term.
    errors: [f64; 2],
    size: f64,
}

/// Engines and cells on their way.
#[derive(Clone, Debug)]
pub struct FullRun {
    generator: Generator,
    detuning: f64,
    tolerance: f64,
    /// The ellipse of the next window.
    ellipse: Ellipse,
    /// Terms that are known to stay small.
    probed: f64,
    /// Whether later ones are known to grow.
    bounded: bool,
    window: Window,
    time: f64,
    /// p_0..p_N, n_0, n_1, n_2, flow now.
    values: Vec<f64>,
    gamma: Vec<f64>,
    /// Estimate of the error now, in the sum of all |W|.
    error: f64,
    saved: Option<(Window, f64, Vec<f64>)>,
    applications: usize,
    /// Windows of the longest kind, and the one after which the state is next compared with its limit.
    long: usize,
    compare_at: usize,
}

impl FullRun {
    pub(super) fn new(
        generator: Generator,
        detuning: f64,
        ellipse: Ellipse,
        start: Parts,
        tolerance: f64,
    ) -> Self {
        let values = observed(&generator, &start);
        let (terms, end) = (Arc::new(values.clone()), Arc::new(start));
        let errors = [ROUNDING_OF_START; 2];
        let window = Window { from: 0.0, span: 0.0, ellipse, terms, end, errors, size: 1.0 };
        FullRun {
            generator,
            detuning,
            tolerance,
            ellipse,
            probed: 0.0,
            bounded: false,
            window,
            time: 0.0,
            values,
            gamma: Vec::new(),
            error: ROUNDING_OF_START,
            saved: None,
            applications: 0,
            long: 0,
            compare_at: 1,
        }
    }

    /// The trace now; 1 but for rounding.
    pub fn trace(&self) -> f64 {
        self.populations().iter().sum()
    }

    /// Goes on to the next window, which may end before `time`.
    fn next_window(&mut self, time: f64) -> Known<()> {
        let from = self.window.from + self.window.span;
        let wanted = (0.5 * from).max(time - from);
        if from > 0.0 && wanted > self.ellipse.span(self.probed) {
            self.long += 1;
            if self.long >= self.compare_at {
                self.compare_at = 2 * self.long;
                if let Some(distance) =
                    self.distance_to_limit().filter(|x| *x <= (NEAR * self.tolerance).max(ROUNDING))
                {
                    self.window.errors = [self.window.errors[1] + distance; 2];
                    self.window.from = from;
                    self.window.span = f64::INFINITY;
                    self.window.terms = Arc::new(observed(&self.generator, &self.window.end));
                    return Ok(());
                }
            }
        }
        for _ in 0..TRIALS {
            let more = (2.0 * self.probed).clamp(2.0 * TERMS[0], TERMS[1]);
            let pays = self.applications as f64 > 4.0 * more && wanted > self.ellipse.span(self.probed);
            if self.probed == 0.0 || (!self.bounded && more > self.probed && pays) {
                let reached = self.probe(more as usize) as f64;
                self.bounded = reached < more;
                if reached < TERMS[0] {
                    self.raise();
                } else {
                    self.probed = if self.bounded { self.probed.max(0.9 * reached) } else { more };
                }
                continue;
            }
            let [shortest, longest] = [TERMS[0].min(self.probed), self.probed].map(|n| self.ellipse.span(n));
            let span = wanted.min(longest).max(shortest);
            if !(from + span > from) {
                return Err(EngineTrouble::Steps { time: from }.into());
            }
            if let Some(window) = self.try_window(from, span)? {
                self.window = window;
                return Ok(());
            }
            self.raise();
        }
        Err(EngineTrouble::Series { time: from }.into())
    }

    /// How far the limit is at most: where that is very little, nothing more is to be seen, because the master equation contracts the
    /// distance, which the sum of all |W| bounds. The trace does not change either, and keeps what rounding did to it.
    fn distance_to_limit(&self) -> Option<f64> {
        let letters = &self.generator.letters;
        let mut difference = stationary(letters, self.generator.rates)?;
        let [re, im] = &*self.window.end;
        let trace: f64 = observed(&self.generator, &self.window.end)[..=letters.cells].iter().sum();
        difference.iter_mut().zip(re).for_each(|(w, state)| *w = state - trace * *w);
        let turning = if im.is_empty() { 0.0 } else { letters.norm(im) };
        Some(letters.norm(&difference) + turning)
    }

    /// A higher ellipse, of which nothing is known yet.
    fn raise(&mut self) {
        self.ellipse = self.ellipse.raised(1.25);
        (self.probed, self.bounded) = (0.0, false);
    }

    /// How many psi_j of a state without structure stay small, at most `terms`. A state near its limit hides growth: only its rounding grows.
    fn probe(&mut self, terms: usize) -> usize {
        let cells = self.generator.letters.cells;
        let mut begin = zeros_like(&self.window.end);
        // A linear congruence: numbers in -1..1 without an order.
        let mut seed = 1_u64;
        for (part, values) in begin.iter_mut().enumerate().filter(|(_, values)| !values.is_empty()) {
            for block in self.generator.letters.blocks().filter(|block| part == 0 || block.shift() > 0) {
                let runs = values[block.start..].chunks_exact_mut(block.stride).take(block.patterns());
                for x in runs.flat_map(|run| run.iter_mut().take(cells + 1 - block.shift())) {
                    seed =
                        seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    *x = (seed >> 33) as f64 / (1_u64 << 30) as f64 - 1.0;
                }
            }
        }
        let most = GROWTH * self.norm(&begin);
        let (mut before, mut unused) = (zeros_like(&begin), zeros_like(&begin));
        let mut here = begin;
        for j in 0..terms {
            self.step(self.ellipse.step(j, 0.0), &here, &mut before, &mut unused);
            std::mem::swap(&mut here, &mut before);
            if j % 8 == 7 && !(self.norm(&here) <= most) {
                return j - 7;
            }
        }
        terms
    }

    /// `None` where terms grow.
    fn try_window(&mut self, from: f64, span: f64) -> Known<Option<Window>> {
        let ellipse = self.ellipse;
        let begin = self.window.end.clone();
        let mut gamma = vec![0.0; ellipse.most(span)];
        ellipse.weights(span, &mut gamma);
        let mut tail = gamma.clone();
        for j in (1..tail.len()).rev() {
            tail[j - 1] += tail[j];
        }
        let allowed = (SHARE * self.tolerance).max(1e-15);
        let start_norm = self.norm(&begin);
        let mut largest = start_norm;
        let mut terms = observed(&self.generator, &begin);
        let [mut end, mut here, mut before] = std::array::from_fn(|_| zeros_like(&begin));
        for j in 0..gamma.len() - 1 {
            self.step(ellipse.step(j, gamma[j]), if j == 0 { &begin } else { &here }, &mut before, &mut end);
            std::mem::swap(&mut here, &mut before);
            if j == 0 {
                // psi_0 stands before psi_1.
                before.iter_mut().zip(begin.iter()).for_each(|(to, from)| to.copy_from_slice(from));
            }
            terms.extend(observed(&self.generator, &here));
            let ending = tail[j + 1] * largest < 1e3 * allowed;
            if ending || j % 8 == 7 {
                let norm = self.norm(&here);
                if !norm.is_finite() && !start_norm.is_finite() {
                    return Err(EngineTrouble::Range { time: from }.into());
                }
                if !(norm <= 10.0 * GROWTH * start_norm) {
                    return Ok(None);
                }
                largest = largest.max(norm);
            }
            let remaining = tail.get(j + 2).copied().unwrap_or(0.0);
            if ending && remaining * largest <= allowed {
                end.iter_mut().zip(&here).for_each(|(sum, x)| {
                    sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += gamma[j + 1] * x);
                });
                let rounding = f64::EPSILON * largest * (j as f64 + 1.0).sqrt();
                let [_, before] = self.window.errors;
                let errors = [before, before + remaining * largest + rounding];
                let (terms, end, size) = (Arc::new(terms), Arc::new(end), largest);
                return Ok(Some(Window { from, span, ellipse, terms, end, errors, size }));
            }
        }
        Ok(None)
    }

    /// One step of the recurrence with the detuning.
    fn step(&mut self, step: Step, x: &Parts, y: &mut Parts, sum: &mut Parts) {
        self.applications += 1;
        let generator = &self.generator;
        for part in 0..2 {
            if !x[part].is_empty() {
                generator.step(step, part == 1, &x[part], &mut y[part], &mut sum[part]);
            }
        }
        if x[1].is_empty() {
            return;
        }
        let [y_re, y_im] = y;
        for block in generator.letters.blocks() {
            let turn = step.scale * self.detuning * block.shift() as f64;
            let range = block.start..block.start + block.patterns() * block.stride;
            let of_x = x[0][range.clone()].iter().zip(&x[1][range.clone()]);
            for ((re, im), (x_re, x_im)) in y_re[range.clone()].iter_mut().zip(&mut y_im[range]).zip(of_x) {
                *re -= turn * x_im;
                *im += turn * x_re;
            }
        }
    }

    fn norm(&self, parts: &Parts) -> f64 {
        parts.iter().filter(|part| !part.is_empty()).map(|part| self.generator.letters.norm(part)).sum()
    }

    /// Values at `time`, inside the present window.
    fn evaluate(&mut self, time: f64) {
        let width = self.values.len();
        let terms = self.window.terms.chunks_exact(width);
        self.gamma.resize(terms.len(), 0.0);
        self.window.ellipse.weights(time - self.window.from, &mut self.gamma);
        if let [.., before, last] = self.gamma[..] {
            // Weights beyond the last term fall at least geometrically.
            let tail = if before > last { last * last / (before - last) } else { last };
            let rounding = f64::EPSILON * (self.gamma.len() as f64).sqrt();
            self.error = self.window.errors[0] + self.window.size * (tail + rounding);
        } else {
            self.error = self.window.errors[0];
        }
        self.values.fill(0.0);
        for (gamma, term) in self.gamma.iter().zip(terms) {
            // Most terms of a long series weigh nothing at an early time.
            if gamma.abs() < 1e-19 {
                continue;
            }
            self.values.iter_mut().zip(term).for_each(|(value, x)| *value += gamma * x);
        }
        self.time = time;
    }
}

/// p_n = sum W(k; n) at p = q = 0, n_x = sum k_x W/N and d<n>/dt = -2 kappa sum lambda_{n+1} Re W(k; n) at p = 0, q = 1.
fn observed(generator: &Generator, [w, _]: &Parts) -> Vec<f64> {
    let letters = &generator.letters;
    let cells = letters.cells;
    let mut values = vec![0.0; cells + 5];
    let block = letters.block(0, 0);
    let (populations, rest) = values.split_at_mut(cells + 1);
    for k2 in 0..=cells {
        for k0 in 0..=cells - k2 {
            let at = block.at(k2, k0);
            let mut weight = 0.0;
            for (p, w) in populations.iter_mut().zip(&w[at..]) {
                *p += w;
                weight += w;
            }
            for (value, k) in rest.iter_mut().zip([k0, cells - k0 - k2, k2]) {
                *value += weight * k as f64;
            }
        }
    }
    rest[..3].iter_mut().for_each(|value| *value /= cells as f64);
    if cells > 0 {
        let block = letters.block(0, 1);
        for pattern in w[block.start..].chunks_exact(block.stride).take(block.patterns()) {
            let carried = pattern.iter().zip(&generator.ladder[1..=cells]);
            rest[3] -= 2.0 * carried.map(|(w, lambda)| w * lambda).sum::<f64>();
        }
    }
    values
}

impl EngineRun for FullRun {
    fn time(&self) -> f64 {
        self.time
    }

    fn populations(&self) -> &[f64] {
        &self.values[..=self.generator.letters.cells]
    }

    fn flow(&self) -> f64 {
        self.values[self.generator.letters.cells + 4]
    }

    fn engines(&self) -> Option<[f64; 3]> {
        let at = self.generator.letters.cells + 1;
        (at > 1).then(|| [self.values[at], self.values[at + 1], self.values[at + 2]])
    }

    fn advance_to(&mut self, time: f64) -> Known<()> {
        if !(time >= self.time && time.is_finite()) {
            return Err(EngineTrouble::Backwards { from: self.time, to: time }.into());
        }
        while time > self.window.from + self.window.span {
            self.next_window(time)?;
        }
        if time > self.time {
            self.evaluate(time);
        }
        let error = (self.trace() - 1.0).abs();
        if !(error <= self.tolerance.max(1e-11)) {
            return Err(EngineTrouble::Trace { error, time }.into());
        }
        Ok(())
    }

    fn error(&self) -> f64 {
        self.generator.letters.cells as f64 * (self.error + (self.trace() - 1.0).abs())
    }

    fn stride(&self) -> f64 {
        // sin^2 of this angle moves: sqrt(N) kappa max lambda is the fastest exchange of a quantum.
        const ANGLE: f64 = 0.2;
        // e^{-LOST} of coherences is left; so many strides are taken for them at most, and later ones grow with time.
        const LOST: f64 = 12.0;
        const MOST_TURNS: f64 = 600.0;
        const GROWTH: f64 = 0.1;
        let cells = self.generator.letters.cells.max(1) as f64;
        let exchange =
            cells.sqrt() * self.generator.ladder.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        if !(exchange > 0.0) {
            let EngineRates { a, b, c, d } = self.generator.rates;
            let rate = a + b + c + d;
            return if rate > 0.0 { ANGLE / rate } else { 1.0 };
        }
        let flow = self.flow().abs().max(1e-300);
        // Engines that lose their coherence before it turns by this angle: the square of the exchange over their decay.
        let EngineRates { a, b, c, d } = self.generator.rates;
        let decay = 0.5 * (a + d);
        let damped = ANGLE * ANGLE * decay / (exchange * exchange);
        let settled = (ANGLE / exchange).max(damped).min(ANGLE * ANGLE * cells / flow);
        // Before that engines find their populations, and coherences turn at the detuning until they are lost.
        let quick = ANGLE / (a + b + c + d + exchange + self.detuning.abs());
        let turning = self.time * decay < LOST && self.time < MOST_TURNS * quick;
        settled.min(if turning { quick } else { quick.max(GROWTH * self.time) })
    }

    fn save(&mut self) {
        self.saved = Some((self.window.clone(), self.time, self.values.clone()));
    }

    fn restore(&mut self) {
        if let Some((window, time, values)) = &self.saved {
            self.window = window.clone();
            self.time = *time;
            self.values.copy_from_slice(values);
        }
    }
}
