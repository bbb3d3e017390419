//! How the cells and the cavity start: what of it lies in which block.
//!
//! - Cells in one level m: block K = k + m starts in |m> with the weight of k photons.
//! - Cells in sum_m a_m|m>, a cavity in sum_k c_k|k>: block K starts in sum_m c_{K-m} a_m|m>. Of a mixture of photon numbers each is followed alone.
//! - Equal qubits that are excited with probability q each: a mixture over total spins j = N/2 - l and levels, l + m excitations, with weights
//!   d_l q^{l+m} (1-q)^{N-l-m}, d_l = C(N,l) - C(N,l-1) copies of the spin. Every one is a start in one level of a ladder with T = 2j.

use num_complex::Complex64;

use super::block::{Block, Ladder};
use super::photons::{Coherence, Photons};

/// Weight below which a level of a mixture is left out: of 10^4 of them nothing is seen.
const LIGHT: f64 = 1e-20;

/// Levels of one spin of the cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rungs {
    /// Excitations of the lowest.
    pub lowest: usize,
    /// T, by how many the highest has more.
    pub top: usize,
}

/// One of the pure states that the cells' start is a mixture of.
#[derive(Clone, Debug, PartialEq)]
struct CellStart {
    /// Index of the ladder.
    ladder: usize,
    weight: f64,
    /// Levels above the lowest, with their amplitudes.
    levels: Vec<(usize, Complex64)>,
}

/// The cells at t = 0.
#[derive(Clone, Debug, PartialEq)]
pub struct CellStarts {
    pub(super) ladders: Vec<Rungs>,
    starts: Vec<CellStart>,
    /// `<n>`.
    pub(super) number: f64,
    /// Bound on what is left out.
    pub(super) dropped: f64,
}

impl CellStarts {
    /// In level `level` of `top` + 1.
    ///
    /// # Panics
    /// When `level` is above `top`.
    pub fn level(top: usize, level: usize) -> Self {
        CellStarts::mixed(vec![Rungs { lowest: 0, top }], [(0, level, 1.0)])
    }

    /// In sum_m a_m|m> of `top` + 1 levels.
    ///
    /// # Panics
    /// When there are more amplitudes than levels.
    pub fn superposition(top: usize, amplitudes: &[Complex64]) -> Self {
        assert!(amplitudes.len() <= top + 1, "{} amplitudes for {} levels", amplitudes.len(), top + 1);
        let occupied = |(_, a): &(usize, Complex64)| *a != Complex64::ZERO;
        let levels: Vec<_> = amplitudes.iter().copied().enumerate().filter(occupied).collect();
        if let [(level, _)] = levels[..] {
            return CellStarts::level(top, level);
        }
        let number = levels.iter().map(|(m, a)| *m as f64 * a.norm_sqr()).sum();
        let starts = vec![CellStart { ladder: 0, weight: 1.0, levels }];
        CellStarts { ladders: vec![Rungs { lowest: 0, top }], starts, number, dropped: 0.0 }
    }

    /// In a mixture of (ladder, level above its lowest, weight).
    ///
    /// # Panics
    /// When a level is above the highest of its ladder.
    pub fn mixed(ladders: Vec<Rungs>, levels: impl IntoIterator<Item = (usize, usize, f64)>) -> Self {
        let (mut starts, mut number, mut dropped) = (Vec::new(), 0.0, 0.0);
        for (ladder, level, weight) in levels {
            let Rungs { lowest, top } = ladders[ladder];
            assert!(level <= top, "level {level} is above the highest one, {top}");
            number += weight * (lowest + level) as f64;
            match weight > LIGHT {
                true => starts.push(CellStart { ladder, weight, levels: vec![(level, Complex64::ONE)] }),
                false => dropped += weight,
            }
        }
        CellStarts { ladders, starts, number, dropped }
    }

    /// How many pure states are mixed.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The highest level that is occupied, counted from the lowest of its ladder.
    pub fn highest(&self) -> usize {
        self.starts.iter().flat_map(|start| &start.levels).map(|(m, _)| *m).max().unwrap_or(0)
    }

    /// What is followed together, beside so many photons.
    pub(super) fn members(&self, photons: &Photons) -> Vec<Member> {
        let several: &dyn Fn(&CellStart) -> bool = &|start| start.levels.len() > 1;
        let free = matches!(photons.coherence, Coherence::Free(_));
        let of = |start: &CellStart| match &photons.coherence {
            Coherence::Mixed if several(start) => {
                let one =
                    |(i, p): (usize, &f64)| start.member([(photons.number(i), Complex64::from(p.sqrt()))]);
                photons.populations.iter().enumerate().map(one).collect()
            }
            _ if free || several(start) => vec![start.member(photons.amplitudes())],
            coherence => {
                let (level, _) = start.levels[0];
                let block = |(i, p): (usize, &f64)| BlockStart {
                    excitations: photons.number(i) + level,
                    probability: start.weight * p,
                    start: Start::Level(level),
                };
                let blocks = photons.populations.iter().enumerate().map(block).collect();
                vec![Member { ladder: start.ladder, diagonal: *coherence == Coherence::Mixed, blocks }]
            }
        };
        self.starts.iter().flat_map(of).collect()
    }
}

/// Blocks whose amplitudes are coherent with each other, or all of which are diagonal.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Index of the ladder.
    pub(super) ladder: usize,
    /// Each photon number for itself.
    pub(super) diagonal: bool,
    pub(super) blocks: Vec<BlockStart>,
}

/// What one block starts in.
#[derive(Clone, Debug)]
pub(super) struct BlockStart {
    /// K, counted from the lowest level of the ladder.
    pub(super) excitations: usize,
    /// The weight of the block.
    pub(super) probability: f64,
    pub(super) start: Start,
}

/// The state of the cells in one block.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Start {
    /// |m>.
    Level(usize),
    /// Of norm 1.
    Vector(Vec<(usize, Complex64)>),
}

impl CellStart {
    /// Beside a superposition of photon numbers.
    fn member(&self, photons: impl IntoIterator<Item = (usize, Complex64)>) -> Member {
        let mut vectors = std::collections::BTreeMap::<usize, Vec<(usize, Complex64)>>::new();
        for (k, c) in photons {
            for (m, a) in self.levels.iter().filter(|(_, a)| a * c != Complex64::ZERO) {
                vectors.entry(k + m).or_default().push((*m, c * a));
            }
        }
        let block = |(excitations, mut vector): (usize, Vec<(usize, Complex64)>)| {
            let square: f64 = vector.iter().map(|(_, x)| x.norm_sqr()).sum();
            vector.iter_mut().for_each(|(_, x)| *x /= square.sqrt());
            vector.sort_by_key(|(m, _)| *m);
            BlockStart { excitations, probability: self.weight * square, start: Start::Vector(vector) }
        };
        Member { ladder: self.ladder, diagonal: false, blocks: vectors.into_iter().map(block).collect() }
    }
}

impl Member {
    /// The smallest photon number that the cavity may hold, and how many there are from there on.
    pub(super) fn photons(&self, top: usize) -> (usize, usize) {
        let numbers = || self.blocks.iter().map(|block| block.excitations);
        let lowest = numbers().min().unwrap_or(0).saturating_sub(top);
        (lowest, numbers().max().unwrap_or(0) - lowest + 1)
    }

    /// Its blocks; `None` where an eigenvalue iteration does not converge.
    pub(super) fn made(&self, ladder: Ladder) -> Option<Vec<Block>> {
        self.blocks.iter().map(|block| Block::new(ladder, block)).collect()
    }
}
