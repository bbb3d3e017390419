//! `explicit` on state vectors: Runge-Kutta steps of d psi/dt = -i (H(t) - c) psi, c in the middle of the energies.

use std::ops::ControlFlow;

use num_complex::Complex64;

use super::blocks::Blocks;
use super::{KetSink, KetSnapshot, Rates, rounding};
use crate::evolve::Outcome;
use crate::evolve::tsitouras::{Field, Output, Quadrature, Watch, integrate};

/// Evolves what the blocks hold through nondecreasing times, with this error of a ket in every step.
pub(super) fn run(
    blocks: &Blocks,
    tolerance: f64,
    times: &[f64],
    rates: Rates<'_>,
    sink: &mut KetSink<'_>,
) -> Outcome {
    let mut ends = Vec::with_capacity(blocks.list.len());
    let mut y = Vec::with_capacity(blocks.numbers());
    for block in &blocks.list {
        y.extend_from_slice(&block.start);
        ends.push(y.len());
    }
    let bounds = blocks.list.iter().map(|block| block.bounds);
    let (low, high) = bounds.fold((f64::INFINITY, f64::NEG_INFINITY), |a, b| (a.0.min(b.0), a.1.max(b.1)));
    let middle = if low <= high { 0.5 * (low + high) } else { 0.0 };
    let spread = if low <= high { 0.5 * (high - low) } else { 0.0 };
    let field = Schroedinger { blocks, ends: &ends, middle, norm_bound: spread.max(blocks.radius()) };
    let norm_bound = field.norm_bound;
    let quadrature = Quadrature::new(rates.0);
    let kets = blocks.empty_kets();
    let mut watch =
        OfKets { blocks, ends: &ends, kets, quadrature, rates, norm_bound, embedded: 0.0, turn: 0.0, sink };
    integrate(&field, tolerance, y, times, &mut watch)
}

struct Schroedinger<'a> {
    blocks: &'a Blocks,
    /// Where the vector of each block ends.
    ends: &'a [usize],
    middle: f64,
    norm_bound: f64,
}

impl Field for Schroedinger<'_> {
    fn apply(&self, time: f64, y: &[f64], out: &mut [f64], scratch: &mut [f64]) {
        let factors: Vec<f64> = self.blocks.shapes.iter().map(|shape| shape.at(time)).collect();
        let mut from = 0;
        for (block, &to) in self.blocks.list.iter().zip(self.ends) {
            let (x, image, width) = (&y[from..to], &mut scratch[from..to], block.width());
            block.matrix.step(width, (1.0, self.middle), x, None, image);
            for (part, factor) in block.parts.iter().zip(&factors) {
                part.add(width, *factor, x, image);
            }
            // -i times it.
            let count = block.kets.len();
            for (out, image) in out[from..to].chunks_exact_mut(2 * count).zip(image.chunks_exact(2 * count)) {
                for j in 0..count {
                    (out[j], out[count + j]) = (image[count + j], -image[j]);
                }
            }
            from = to;
        }
    }

    fn norm_bound(&self) -> f64 {
        self.norm_bound
    }

    fn breakpoints(&self) -> &[f64] {
        &self.blocks.breakpoints
    }

    fn longest_step(&self, time: f64, h: f64) -> f64 {
        self.blocks.shapes.iter().fold(h, |h, shape| shape.longest_step(time, h))
    }
}

struct OfKets<'a, 'b> {
    blocks: &'a Blocks,
    ends: &'a [usize],
    kets: Vec<Vec<Complex64>>,
    quadrature: Quadrature,
    rates: Rates<'a>,
    norm_bound: f64,
    /// Sum of the errors of all steps, and ||H|| h of the last one.
    embedded: f64,
    turn: f64,
    sink: &'a mut KetSink<'b>,
}

impl OfKets<'_, '_> {
    fn scatter(&mut self, state: &[f64]) {
        let mut from = 0;
        for (block, &to) in self.blocks.list.iter().zip(self.ends) {
            block.scatter(&state[from..to], &mut self.kets);
            from = to;
        }
    }
}

impl Watch for OfKets<'_, '_> {
    fn output(&mut self, at: Output<'_>) -> ControlFlow<()> {
        self.scatter(at.state);
        // Embedded errors are those of order 4: a power of the step more than what is carried on.
        let error = self.embedded * self.turn.min(1.0) + rounding(0.0);
        let integrals = self.quadrature.at(at.time, at.within.map(|(_, t, h)| (t, h)));
        (self.sink)(KetSnapshot { index: at.index, time: at.time, kets: &self.kets, error, integrals })
    }

    fn stage(&mut self, i: usize, time: f64, state: &[f64]) {
        if !self.quadrature.is_empty() {
            self.scatter(state);
            (self.rates.1)(time, &self.kets, self.quadrature.stage(i));
        }
    }

    fn step(&mut self, h: f64, embedded: f64, _time: f64) {
        self.quadrature.step(h);
        self.embedded += embedded;
        self.turn = self.norm_bound * h;
    }
}

/// Products with H to the last of `times`: six for every 3.3/R.
pub(super) fn products(blocks: &Blocks, times: &[f64]) -> f64 {
    1.8 * blocks.radius() * times.last().copied().unwrap_or(0.0) + 60.0
}
