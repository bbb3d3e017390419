//! Propagators of a constant drift A = -iH - G/2 that all trajectories share, where times are even.
//!
//! With g between two times and h = g/2^K so short that ||A|| h is moderate: e^{A g/2^k} for k = 0..K, and e^{A j d} at the nodes j d of one piece h = m d.
//! A ket between nodes is the nearest node's, moved by a short series in A: any time is one product with a matrix and a few terms away.
//!
//! A step that is taken whole where ||psi||^2 stays above the threshold costs one product. Where it falls below, halves are taken, down to a piece. There the
//! crossing is expected from two derivatives of ln ||psi||^2, or, where the norm at the end is known, from a cubic through both ends; Newton's steps at
//! the nearest node find it.
//!
//! Matrices are used where a product is less work than the series over a piece, and as long as they are small.

use num_complex::Complex64;
use rand_chacha::ChaCha8Rng;

use super::blocks::{Block, Blocks};
use super::flow::{Ket, Outputs, Scratch};
use crate::numerics::lanes::norm_sqr;
use crate::numerics::{Dense, Diagonals, Terms};

/// ||A|| times the longest piece, and times the distance of nodes.
const REACH: f64 = 16.0;
const NODES: f64 = 0.4;
/// Expected jumps, by the rate at its start, with which a step is still tried whole.
const TRIED: f64 = 2.0;
/// Bytes of all matrices of one system.
const BYTES: f64 = 32e6;
/// Halvings of a step at most.
const MOST_HALVINGS: usize = 60;
/// How far the series around a node reaches beyond where a threshold is expected, in units of the distance of nodes.
const BESIDE: f64 = 0.1;
/// Newton's step, in the same units, whose square is rounding.
const SMALL: f64 = 1e-7;
/// Those of one block.
#[derive(Clone, Debug)]
struct OfBlock {
    /// A.
    drift: Diagonals,
    /// e^{A j d}, j = 1..m.
    nodes: Vec<Dense>,
    /// e^{A h 2^k}, k = 1..K.
    doubled: Vec<Dense>,
}

/// Those of a system.
#[derive(Clone, Debug)]
pub(super) struct Propagators {
    /// h.
    piece: f64,
    /// K.
    halvings: usize,
    blocks: Vec<OfBlock>,
}

/// The distance of times that begin at 0 or one distance after it, where it is the same for all within their rounding.
fn distance(times: &[f64]) -> Option<f64> {
    let end = *times.last()?;
    let first = if times[0] == 0.0 { 0 } else { 1 };
    let count = times.len() + first - 1;
    let gap = end / count as f64;
    let even = |(k, time): (usize, &f64)| (time - (k + first) as f64 * gap).abs() <= 4.0 * f64::EPSILON * end;
    (count > 0 && gap > 0.0 && times.iter().enumerate().all(even)).then_some(gap)
}

impl Propagators {
    /// For times that are even, where products are less work than series.
    pub(super) fn new(blocks: &Blocks, times: &[f64]) -> Option<Self> {
        let gap = distance(times)?;
        let norm = blocks.list.iter().map(|block| block.norm).fold(0.0, f64::max);
        if !blocks.shapes.is_empty() || !(gap * norm).is_finite() {
            return None;
        }
        let halvings = (gap * norm / REACH).log2().ceil().max(0.0) as usize;
        let piece = gap * 0.5_f64.powi(halvings as i32);
        let nodes = |block: &Block| (block.norm * piece / NODES).ceil().max(1.0);
        let bytes = |block: &Block| {
            (nodes(block) + halvings as f64) * 8.0 * Dense::numbers(block.levels.len()) as f64
        };
        let pays = |block: &Block| {
            // Terms of the series over a piece.
            let terms = 1.5 * block.norm * piece + 12.0;
            let size = block.levels.len();
            // A product multiplies twice as many numbers for every entry as a list of weights does.
            let lists = Diagonals::new(size, &block.drift.entries()).lists();
            size as f64 <= terms * (1.0 + 0.5 * lists as f64)
        };
        let small = blocks.list.iter().map(bytes).sum::<f64>() <= BYTES && halvings <= MOST_HALVINGS;
        (small && blocks.list.iter().all(pays)).then(|| {
            let of = |block: &Block| OfBlock::new(block, piece, nodes(block) as usize, halvings);
            Propagators { piece, halvings, blocks: blocks.list.iter().map(of).collect() }
        })
    }
}

impl OfBlock {
    fn new(block: &Block, piece: f64, count: usize, halvings: usize) -> Self {
        let size = block.levels.len();
        let distance = piece / count as f64;
        let drift = Diagonals::new(size, &block.drift.entries());
        let mut terms = Terms::default();
        let mut column = |j: usize| {
            let mut unit = vec![Complex64::ZERO; size];
            unit[j] = Complex64::ONE;
            terms.find(&drift, distance, 1.0, &unit);
            terms.at(1.0, &mut unit);
            unit
        };
        let first = Dense::new(&(0..size).map(&mut column).collect::<Vec<_>>());
        let mut nodes = Vec::with_capacity(count);
        nodes.push(first);
        for j in 1..count {
            // j + 1 = i + k of about the same size, so that rounding stays small.
            let (i, k) = (j.div_ceil(2), j + 1 - j.div_ceil(2));
            nodes.push(nodes[i - 1].times(&nodes[k - 1]));
        }
        let mut doubled: Vec<Dense> = Vec::with_capacity(halvings);
        for _ in 0..halvings {
            let last = doubled.last().unwrap_or(&nodes[count - 1]);
            doubled.push(last.times(last));
        }
        OfBlock { drift, nodes, doubled }
    }

    /// e^{A h 2^k}.
    fn step(&self, k: usize) -> &Dense {
        match k {
            0 => &self.nodes[self.nodes.len() - 1],
            _ => &self.doubled[k - 1],
        }
    }
}

/// When ||psi||^2 will be the threshold, from two derivatives of its logarithm; infinite where it does not fall so.
fn expected(block: &Block, ket: &Ket, scratch: &mut Scratch) -> f64 {
    let next = &mut scratch.next;
    block.drift.apply(1.0, &ket.psi, next);
    let norm = norm_sqr(&ket.psi);
    let slope = -block.loss.expect(&ket.psi) / norm;
    let second = -2.0 * block.loss.between(&ket.psi, next) / norm - slope * slope;
    let fall = (norm / ket.threshold).ln();
    let time = 2.0 * fall / ((slope * slope - 2.0 * second * fall).sqrt() - slope);
    if time >= 0.0 { time } else { f64::INFINITY }
}

/// When ||psi||^2 is the threshold, from its values and slopes here and after `left`, where psi is `end`.
fn between(block: &Block, left: f64, ket: &Ket, end: &[Complex64]) -> f64 {
    let (first, last) = (norm_sqr(&ket.psi), norm_sqr(end));
    let slopes = [-left * block.loss.expect(&ket.psi) / first, -left * block.loss.expect(end) / last];
    left * guess(ket.threshold / first, last / first, slopes)
}

/// Where in (0, 1) a quantity falls from 1 to `last` by way of `threshold`, from its logarithmic slopes at both ends.
fn guess(threshold: f64, last: f64, slopes: [f64; 2]) -> f64 {
    let (end, target) = (last.ln(), threshold.ln());
    let secant = target / end;
    let [a, b] = slopes;
    // Hermite's cubic c_1 x + c_2 x^2 + c_3 x^3.
    let (second, third) = (3.0 * end - 2.0 * a - b, a + b - 2.0 * end);
    let (mut low, mut high, mut x) = (0.0, 1.0, secant);
    for _ in 0..4 {
        let value = x * (a + x * (second + x * third)) - target;
        let slope = a + x * (2.0 * second + 3.0 * x * third);
        if value > 0.0 {
            low = x
        } else {
            high = x
        }
        let newton = x - value / slope;
        x = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
    }
    if x.is_finite() { x } else { 0.5 }
}

impl Propagators {
    /// A ket through all its times.
    pub(super) fn run(
        &self,
        blocks: &Blocks,
        ket: &mut Ket,
        random: &mut ChaCha8Rng,
        scratch: &mut Scratch,
        outputs: &mut Outputs<'_, '_>,
    ) {
        while let Some(&time) = outputs.times.get(outputs.next) {
            self.step(self.halvings, blocks, ket, random, scratch);
            outputs.show_until(time, ket);
        }
    }

    /// A ket through h 2^k.
    fn step(&self, k: usize, blocks: &Blocks, ket: &mut Ket, random: &mut ChaCha8Rng, scratch: &mut Scratch) {
        if k == 0 {
            return self.through_piece(blocks, ket, random, scratch);
        }
        let length = self.piece * (k as f64).exp2();
        if blocks.list[ket.block].loss.expect(&ket.psi) * length <= TRIED * norm_sqr(&ket.psi) {
            scratch.next.resize(ket.psi.len(), Complex64::ZERO);
            self.blocks[ket.block].step(k).apply(&ket.psi, &mut scratch.next);
            if norm_sqr(&scratch.next) >= ket.threshold {
                ket.psi.copy_from_slice(&scratch.next);
                return;
            }
        }
        (0..2).for_each(|_| self.step(k - 1, blocks, ket, random, scratch));
    }

    fn through_piece(&self, blocks: &Blocks, ket: &mut Ket, random: &mut ChaCha8Rng, scratch: &mut Scratch) {
        let mut left = self.piece;
        let mut whole = true;
        while left > 0.0 {
            let (block, own) = (&blocks.list[ket.block], &self.blocks[ket.block]);
            scratch.next.resize(ket.psi.len(), Complex64::ZERO);
            scratch.other.resize(ket.psi.len(), Complex64::ZERO);
            let expected = expected(block, ket, scratch);
            let found = match expected < left {
                true => self.to_threshold(block, own, (expected, left), false, ket, scratch),
                false => None,
            };
            let time = match found {
                Some(time) => time,
                None => {
                    match whole {
                        true => own.step(0).apply(&ket.psi, &mut scratch.next),
                        false => self.advanced(own, left, &ket.psi, scratch),
                    }
                    if norm_sqr(&scratch.next) >= ket.threshold {
                        ket.psi.copy_from_slice(&scratch.next);
                        return;
                    }
                    let guess = between(block, left, ket, &scratch.next);
                    // The norm is below the threshold at the end.
                    self.to_threshold(block, own, (guess, left), true, ket, scratch).unwrap_or(left)
                }
            };
            left -= time;
            blocks.jump(ket, random, scratch);
            whole = false;
        }
    }

    /// `next` becomes psi after some time within a piece.
    fn advanced(&self, own: &OfBlock, time: f64, psi: &[Complex64], scratch: &mut Scratch) {
        let distance = self.piece / own.nodes.len() as f64;
        let node = ((time / distance).round() as usize).min(own.nodes.len());
        let rest = time - node as f64 * distance;
        scratch.series.find_ray(&own.drift, rest, 1.0, psi);
        scratch.series.at(1.0, &mut scratch.next);
        if node > 0 {
            own.nodes[node - 1].apply(&scratch.next, &mut scratch.other);
            std::mem::swap(&mut scratch.next, &mut scratch.other);
        }
    }

    /// Moves a ket to where its norm falls to the threshold, which is looked for around a time; how long that takes. `None`, with the ket as it was, where it lies beyond the end
    /// and was not known to lie before it.
    fn to_threshold(
        &self,
        block: &Block,
        own: &OfBlock,
        (mut time, end): (f64, f64),
        known: bool,
        ket: &mut Ket,
        scratch: &mut Scratch,
    ) -> Option<f64> {
        let Scratch { series, next, other, .. } = scratch;
        let distance = self.piece / own.nodes.len() as f64;
        let (mut low, mut high, mut known) = (0.0_f64, end, known);
        loop {
            let node = ((time / distance).round() as usize).min(own.nodes.len());
            let at = |time: f64| time / distance - node as f64;
            let mut s = at(time);
            let around = s.abs() + BESIDE;
            {
                let psi = match node {
                    0 => &ket.psi,
                    _ => {
                        own.nodes[node - 1].apply(&ket.psi, other);
                        &*other
                    }
                };
                series.find_ray(&own.drift, distance, around, psi);
            }
            loop {
                let value = series.at(s, next);
                let here = (node as f64 + s) * distance;
                if value < ket.threshold {
                    (high, known) = (high.min(here), true);
                } else {
                    low = low.max(here);
                }
                // Newton's step for the logarithm, which is about linear: ln(a/b) = 2 (a - b)/(a + b) up to third order.
                let slope = -distance * block.loss.expect(next);
                let newton = s - 2.0 * value * (value - ket.threshold) / ((value + ket.threshold) * slope);
                if !known && !(newton <= at(high)) {
                    return None;
                }
                let inside =
                    newton.abs() <= around && newton >= at(low) - SMALL && newton <= at(high) + SMALL;
                if (inside && (newton - s).abs() <= SMALL) || high - low <= 4.0 * f64::EPSILON * end {
                    time = if inside { (node as f64 + newton) * distance } else { 0.5 * (low + high) };
                    series.at(at(time), &mut ket.psi);
                    return Some(time.clamp(0.0, end));
                }
                // Beyond the series Newton's step still tells which node is next; where it leads out of the ends, halves are taken.
                let hinted = (node as f64 + newton) * distance;
                time = if hinted > low && hinted < high { hinted } else { 0.5 * (low + high) };
                s = at(time);
                if s.abs() > around {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evolve::Picture;
    use crate::lindblad::{Channel, Lindbladian};
    use crate::operator::Operator;
    use rand_chacha::rand_core::SeedableRng as _;

    fn level(levels: usize, n: usize) -> Vec<Complex64> {
        (0..levels).map(|k| Complex64::from(if k == n { 1.0 } else { 0.0 })).collect()
    }

    /// Level n under damping has ||psi||^2 = e^{-n kappa t}: the time at which it reaches a threshold, and the norm there, to rounding.
    #[test]
    fn crossings_are_exact() {
        let (levels, kappa, n) = (20, 0.8, 7.0);
        let a = Operator::annihilation(levels);
        let h = 0.3 * (&a.adjoint() * &a);
        let system = Lindbladian::new(h, vec![Channel { rate: kappa, jump: a }]).unwrap();
        let blocks = Blocks::new(&system, &[level(levels, 7)], Picture::Jumps, &[]).unwrap();
        let made = Propagators::new(&blocks, &[0.0, 0.6]).unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for k in 0..200 {
            let (place, psi) = blocks.starts[0].clone();
            let mut ket = Ket::new(place, psi, 0, &mut random);
            let wanted = made.piece * (k as f64 + 0.5) / 200.0;
            ket.threshold = (-n * kappa * wanted).exp();
            let mut scratch = Scratch::default();
            let (block, own) = (&blocks.list[place], &made.blocks[place]);
            scratch.next.resize(ket.psi.len(), Complex64::ZERO);
            scratch.other.resize(ket.psi.len(), Complex64::ZERO);
            own.step(0).apply(&ket.psi, &mut scratch.next);
            let (threshold, end) = (ket.threshold, made.piece);
            // From anywhere, and from what is expected.
            let guess = match k % 3 {
                0 => 0.3 * end,
                1 => between(block, end, &ket, &scratch.next),
                _ => expected(block, &ket, &mut scratch),
            };
            let found = made.to_threshold(block, own, (guess, end), true, &mut ket, &mut scratch).unwrap();
            assert!((found - wanted).abs() < 2e-14, "{found} {wanted}");
            assert!((norm_sqr(&ket.psi) / threshold - 1.0).abs() < 1e-13);
        }
    }

    /// A threshold that is met to the last bit where a piece ends is crossed at the begin of the next one, once.
    #[test]
    fn jumps_at_times_that_are_shown_are_counted_once() {
        let a = Operator::annihilation(2);
        let system = Lindbladian::new(Operator::zero(2), vec![Channel { rate: 1.0, jump: a }]).unwrap();
        let blocks = Blocks::new(&system, &[level(2, 1)], Picture::Jumps, &[]).unwrap();
        let made = Propagators::new(&blocks, &[0.0, 0.5]).unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let (place, psi) = blocks.starts[0].clone();
        let mut ket = Ket::new(place, psi, 0, &mut random);
        let mut scratch = Scratch::default();
        let mut end = vec![Complex64::ZERO; ket.psi.len()];
        made.blocks[place].step(made.halvings).apply(&ket.psi, &mut end);
        ket.threshold = norm_sqr(&end);
        made.step(made.halvings, &blocks, &mut ket, &mut random, &mut scratch);
        assert_eq!(ket.jumps, 0);
        (0..3).for_each(|_| made.step(made.halvings, &blocks, &mut ket, &mut random, &mut scratch));
        assert_eq!(ket.jumps, 1);
        // Just above: inside, at the very end.
        let (place, psi) = blocks.starts[0].clone();
        let mut ket = Ket::new(place, psi, 0, &mut random);
        ket.threshold = norm_sqr(&end).next_up();
        made.step(made.halvings, &blocks, &mut ket, &mut random, &mut scratch);
        assert_eq!(ket.jumps, 1);
    }
}
