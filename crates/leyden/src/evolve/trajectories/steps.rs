//! Noise that acts all the time: fields and diffusion, in steps between which H acts.
//!
//! One step of length h (Strang): H for h/2, noise, H for h/2. What noise does in a step is exact for every operator that is diagonal, so that the mean is the
//! Strang splitting of the master equation, of second order in h.
//!
//! **Field**, psi -> e^{-i L I} psi with I the integral of B over the step and L = sqrt(r) L_k, so that B has r = 1:
//! - white: I = sqrt(h) xi;
//! - Ornstein-Uhlenbeck, e = e^{-h/t_c}, s^2 = 1/(2 t_c): B' = B e + x with x ~ N(0, s^2 (1 - e^2)), I = B t_c (1 - e) + x t_c (1 - e)/(1 + e) + y,
//!   y ~ N(0, s^2 t_c [2h - 4 t_c tanh(h/2 t_c)]), where the bracket is h^3/(6 t_c^2) for h << t_c;
//! - telegraph: B stays +-s between flips, at the rate 1/(2 t_c): it is a part of H there, and no step is needed.
//!
//! **Diffusion** with L diagonal and real, l_n: n is drawn from |psi_n|^2, dy = 2 l_n h + sqrt(h) xi, and psi -> e^{l dy - l^2 h} psi, normalised: the record of a
//! measurement that never leaves the set of states. Other L: dy = `<L + L^dag>` h + sqrt(h) xi and
//! psi -> (1 + L dy + L^2 (dy^2 - h)/2 - L^dag L h/2) psi, normalised, of strong order 1 for one channel (Milstein's; @rouchon2015).

use num_complex::Complex64;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

use super::blocks::{Blocks, Noise};
use super::flow::{Ket, Outputs, Scratch, uniform};
use super::{Memory, Picture};
use crate::numerics::lanes::{dot, flat, norm_sqr};

/// The fields of a trajectory.
pub(super) struct Fields {
    picture: Picture,
    /// B of every noise with memory, in units in which L has its rate.
    values: Vec<f64>,
    /// When telegraph fields flip next.
    flips: Vec<f64>,
}

fn normal(random: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(random)
}

/// A waiting time at a rate.
fn waiting(rate: f64, random: &mut ChaCha8Rng) -> f64 {
    -(1.0 - uniform(random)).ln() / rate
}

impl Fields {
    /// At t = 0, stationary.
    pub(super) fn new(blocks: &Blocks, picture: Picture, random: &mut ChaCha8Rng) -> Self {
        let (mut values, mut flips) = (Vec::new(), Vec::new());
        for memory in &blocks.memories {
            let (value, flip) = match *memory {
                Memory::White => (0.0, f64::INFINITY),
                Memory::OrnsteinUhlenbeck { time, start } => {
                    let stationary = normal(random) / (2.0 * time).sqrt();
                    (start.unwrap_or(stationary), f64::INFINITY)
                }
                Memory::Telegraph { time, start } => {
                    let share = 0.5 * (1.0 + start.unwrap_or(0.0) * (2.0 * time).sqrt());
                    let sign = if uniform(random) < share { 1.0 } else { -1.0 };
                    (sign / (2.0 * time).sqrt(), waiting(0.5 / time, random))
                }
            };
            values.push(value);
            flips.push(flip);
        }
        Fields { picture, values, flips }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn all_telegraph(&self, blocks: &Blocks) -> bool {
        blocks.memories.iter().all(|memory| matches!(memory, Memory::Telegraph { .. }))
    }

    /// A ket to the end, shown at the times on the way.
    #[allow(clippy::too_many_arguments)] // All of them change on the way.
    pub(super) fn run(
        &mut self,
        blocks: &Blocks,
        ket: &mut Ket,
        end: f64,
        step: f64,
        random: &mut ChaCha8Rng,
        scratch: &mut Scratch,
        outputs: &mut Outputs<'_, '_>,
    ) {
        for (j, memory) in blocks.memories.iter().enumerate() {
            if let Memory::Telegraph { .. } = memory {
                ket.fields[j] = self.values[j];
            }
        }
        let mut t = 0.0;
        if self.all_telegraph(blocks) {
            while t < end {
                let next = self.flips.iter().copied().fold(end, f64::min);
                blocks.flow(ket, (t, next), random, scratch, Some(outputs));
                t = next;
                self.flip(blocks, ket, t, random);
            }
            return;
        }
        while let Some(&target) = outputs.times.get(outputs.next) {
            let gap = target - t;
            let count = (gap / step).ceil().max(1.0);
            let h = gap / count;
            // H for half a step, then for whole ones between kicks, then for half a step again.
            let (from, mut start) = (t, t);
            for k in 0..count as usize {
                let middle = from + (k as f64 + 0.5) * h;
                self.between(blocks, ket, (start, middle), random, scratch);
                for j in 0..blocks.memories.len() {
                    self.kick(blocks, ket, j, h, random, scratch);
                }
                start = middle;
            }
            self.between(blocks, ket, (start, target), random, scratch);
            t = target;
            outputs.show_until(target, ket);
        }
    }

    /// The same in steps that are made of two halves' noise: of the halves themselves, or of both together.
    #[allow(clippy::too_many_arguments)] // As `run`.
    pub(super) fn compare(
        &mut self,
        blocks: &Blocks,
        ket: &mut Ket,
        step: f64,
        halves: usize,
        random: &mut ChaCha8Rng,
        scratch: &mut Scratch,
        outputs: &mut Outputs<'_, '_>,
    ) {
        let mut t = 0.0;
        while let Some(&target) = outputs.times.get(outputs.next) {
            let gap = target - t;
            let count = (gap / step).ceil().max(1.0) as usize;
            let h = gap / count as f64;
            for k in 0..count {
                let start = t + k as f64 * h;
                // What the field, or the Wiener process of the record, does in each half.
                let drawn: Vec<[f64; 2]> = (0..blocks.memories.len())
                    .map(|j| [0, 1].map(|_| self.increment(blocks, j, 0.5 * h, random)))
                    .collect();
                let pieces: Vec<(f64, f64, Vec<f64>)> = match halves {
                    2 => (0..2)
                        .map(|i| (start + 0.5 * i as f64 * h, 0.5 * h, drawn.iter().map(|x| x[i]).collect()))
                        .collect(),
                    _ => vec![(start, h, drawn.iter().map(|x| x[0] + x[1]).collect())],
                };
                for (from, length, increments) in pieces {
                    let middle = from + 0.5 * length;
                    blocks.flow(ket, (from, middle), random, scratch, None);
                    for (j, increment) in increments.iter().enumerate() {
                        let block = &blocks.list[ket.block];
                        let noise = &block.noises[j];
                        match self.picture {
                            Picture::Diffusion => {
                                scratch.next.resize(ket.psi.len(), Complex64::ZERO);
                                noise.map.apply(1.0, &ket.psi, &mut scratch.next);
                                let mean =
                                    2.0 * dot(flat(&ket.psi), flat(&scratch.next)) / norm_sqr(&ket.psi);
                                measured(noise, ket, mean * length + increment, length, scratch);
                            }
                            _ => turned(noise, ket, *increment, scratch),
                        }
                    }
                    blocks.flow(ket, (middle, from + length), random, scratch, None);
                }
            }
            t = target;
            outputs.show_until(target, ket);
        }
    }

    /// H alone, with telegraph fields that may flip.
    fn between(
        &mut self,
        blocks: &Blocks,
        ket: &mut Ket,
        (from, to): (f64, f64),
        random: &mut ChaCha8Rng,
        scratch: &mut Scratch,
    ) {
        let mut t = from;
        while t < to {
            let next = self.flips.iter().copied().fold(to, f64::min);
            blocks.flow(ket, (t, next), random, scratch, None);
            t = next;
            self.flip(blocks, ket, t, random);
        }
    }

    /// Flips the fields whose time has come.
    fn flip(&mut self, blocks: &Blocks, ket: &mut Ket, t: f64, random: &mut ChaCha8Rng) {
        for (j, memory) in blocks.memories.iter().enumerate() {
            if let Memory::Telegraph { time, .. } = *memory
                && self.flips[j] <= t
            {
                self.values[j] = -self.values[j];
                ket.fields[j] = self.values[j];
                self.flips[j] = t + waiting(0.5 / time, random);
            }
        }
    }

    /// The integral of a field over a step, or the Wiener increment of a record.
    fn increment(&mut self, blocks: &Blocks, j: usize, h: f64, random: &mut ChaCha8Rng) -> f64 {
        match blocks.memories[j] {
            Memory::White => h.sqrt() * normal(random),
            Memory::OrnsteinUhlenbeck { time, .. } => {
                let share = h / time;
                // 1 - e^{-x} and 1 - e^{-2x} without cancellation.
                let (lost, lost_twice) = (-(-share).exp_m1(), -(-2.0 * share).exp_m1());
                let x = (lost_twice / (2.0 * time)).sqrt() * normal(random);
                // 2x - 4 tanh(x/2) = x^3/6 - x^5/60 + ..
                let rest = match share < 0.02 {
                    true => share.powi(3) / 6.0 * (1.0 - 0.1 * share * share),
                    false => 2.0 * share - 4.0 * (0.5 * share).tanh(),
                };
                let y = (0.5 * time * rest.max(0.0)).sqrt() * normal(random);
                let integral = self.values[j] * time * lost + x * time * (0.5 * share).tanh() + y;
                self.values[j] = self.values[j] * (1.0 - lost) + x;
                integral
            }
            Memory::Telegraph { .. } => 0.0,
        }
    }

    /// What one noise does in a step.
    fn kick(
        &mut self,
        blocks: &Blocks,
        ket: &mut Ket,
        j: usize,
        h: f64,
        random: &mut ChaCha8Rng,
        scratch: &mut Scratch,
    ) {
        let noise = &blocks.list[ket.block].noises[j];
        if self.picture != Picture::Diffusion {
            if !matches!(blocks.memories[j], Memory::Telegraph { .. }) {
                let integral = self.increment(blocks, j, h, random);
                turned(noise, ket, integral, scratch);
            }
            return;
        }
        let drift = match &noise.diagonal {
            Some(l) => {
                let mut left = uniform(random) * norm_sqr(&ket.psi);
                let mut drawn = l.len() - 1;
                for (n, x) in ket.psi.iter().enumerate() {
                    left -= x.norm_sqr();
                    if left < 0.0 {
                        drawn = n;
                        break;
                    }
                }
                2.0 * l[drawn]
            }
            None => {
                scratch.next.resize(ket.psi.len(), Complex64::ZERO);
                noise.map.apply(1.0, &ket.psi, &mut scratch.next);
                2.0 * dot(flat(&ket.psi), flat(&scratch.next)) / norm_sqr(&ket.psi)
            }
        };
        let dy = drift * h + h.sqrt() * normal(random);
        measured(noise, ket, dy, h, scratch);
    }
}

/// e^{-i L I} psi.
fn turned(noise: &Noise, ket: &mut Ket, integral: f64, scratch: &mut Scratch) {
    if let Some(l) = &noise.diagonal {
        for (x, l) in ket.psi.iter_mut().zip(l).filter(|(_, l)| **l != 0.0) {
            *x *= Complex64::cis(-l * integral);
        }
        return;
    }
    // A series in pieces of modest size.
    let pieces = (noise.norm * integral.abs()).ceil().max(1.0);
    for _ in 0..pieces as usize {
        scratch.next.clone_from(&ket.psi);
        scratch.other.resize(ket.psi.len(), Complex64::ZERO);
        for k in 1..40 {
            noise.turn.apply(integral / pieces / k as f64, &scratch.next, &mut scratch.other);
            std::mem::swap(&mut scratch.next, &mut scratch.other);
            ket.psi.iter_mut().zip(&scratch.next).for_each(|(x, y)| *x += y);
            if norm_sqr(&scratch.next) <= 1e-32 {
                break;
            }
        }
    }
}

/// What a record dy over h leaves of psi, normalised; `next` is L psi.
fn measured(noise: &Noise, ket: &mut Ket, dy: f64, h: f64, scratch: &mut Scratch) {
    let before = norm_sqr(&ket.psi);
    match &noise.diagonal {
        Some(l) => ket.psi.iter_mut().zip(l).for_each(|(x, l)| *x *= (l * dy - l * l * h).exp()),
        None => {
            let Scratch { next, other, .. } = scratch;
            other.resize(ket.psi.len(), Complex64::ZERO);
            noise.square.apply(-0.5 * h, &ket.psi, other);
            noise.map.add(0.5 * (dy * dy - h), next, other);
            let psi = ket.psi.iter_mut();
            psi.zip(next).zip(other).for_each(|((x, first), rest)| *x += dy * *first + *rest);
        }
    }
    // The norm tells of jumps alone.
    let scale = (before / norm_sqr(&ket.psi)).sqrt();
    ket.psi.iter_mut().for_each(|x| *x *= scale);
}
