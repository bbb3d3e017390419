//! The levels that trajectories reach, in blocks that hold one ket each at any time.
//!
//! H and the rates of jumps connect levels; a jump takes a block to one other block, so what one jump reaches from one block is one block. With fields and
//! diffusion, where noise acts all the time, whatever a noise operator connects is one block.

use num_complex::Complex64;

use super::map::Map;
use super::{Error, Memory, Picture};
use crate::lindblad::{Channel, Lindbladian, Shape};
use crate::numerics::lanes::{flat, weighted_norm};
use crate::operator::Operator;

/// A part of a ket's space.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Its levels.
    pub(super) levels: Vec<usize>,
    /// -i(H - c) - G/2 with G = sum_k r_k L_k^dag L_k of the channels that jump.
    pub(super) drift: Map,
    /// A bound on its norm.
    pub(super) norm: f64,
    /// -iV of every part f(t) V of H.
    pub(super) parts: Vec<Map>,
    /// G.
    pub(super) loss: Map,
    /// Jumps out of this block.
    pub(super) jumps: Vec<Jump>,
    /// A bound on the rate of jumps.
    pub(super) rate: f64,
    /// What fields and diffusion act with.
    pub(super) noises: Vec<Noise>,
}

/// What a channel that jumps does to the kets of a block.
#[derive(Clone, Debug)]
pub(super) struct Jump {
    /// The block where they come to lie.
    pub(super) target: usize,
    /// sqrt(r) L.
    pub(super) map: Map,
    /// The diagonal of r L^dag L, twice for real and imaginary part, where nothing lies beside it.
    weights: Option<Vec<f64>>,
}

impl Jump {
    fn new(target: usize, rows: usize, levels: usize, entries: Vec<(usize, usize, Complex64)>) -> Self {
        // Columns that share no row are orthogonal.
        let mut held = vec![false; rows];
        let alone = entries.iter().all(|(row, ..)| !std::mem::replace(&mut held[*row], true));
        let weights = alone.then(|| {
            let mut weights = vec![0.0; 2 * levels];
            entries.iter().for_each(|(_, column, x)| {
                weights[2 * column] += x.norm_sqr();
                weights[2 * column + 1] += x.norm_sqr();
            });
            weights
        });
        Jump { target, map: Map::new(rows, entries), weights }
    }

    /// r ||L psi||^2; `other` is worked on.
    pub(super) fn weight(&self, psi: &[Complex64], other: &mut Vec<Complex64>) -> f64 {
        match &self.weights {
            Some(weights) => weighted_norm(flat(psi), weights),
            None => self.map.weight(psi, other),
        }
    }
}

/// sqrt(r) L of a channel that is no jump.
#[derive(Clone, Debug)]
pub(super) struct Noise {
    /// Its place among all such channels.
    pub(super) place: usize,
    /// The operator.
    pub(super) map: Map,
    /// Its diagonal, where it is real and diagonal.
    pub(super) diagonal: Option<Vec<f64>>,
    /// -i times it.
    pub(super) turn: Map,
    /// A bound on its norm.
    pub(super) norm: f64,
    /// L^dag L times the rate.
    pub(super) square: Map,
}

/// All of a system.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    pub(super) list: Vec<Block>,
    /// Kets at t = 0: block, amplitudes, weight in the norm.
    pub(super) starts: Vec<(usize, Vec<Complex64>)>,
    pub(super) shapes: Vec<Shape>,
    pub(super) breakpoints: Vec<f64>,
    /// How the field of every noise moves.
    pub(super) memories: Vec<Memory>,
}

impl Blocks {
    pub(super) fn new(
        lindbladian: &Lindbladian,
        kets: &[Vec<Complex64>],
        picture: Picture,
        memories: &[(usize, Memory)],
    ) -> Result<Self, Error> {
        let dim = lindbladian.dim();
        let channels: Vec<(usize, &Channel)> =
            lindbladian.channels().iter().enumerate().filter(|(_, channel)| channel.rate > 0.0).collect();
        let (mut jumps, mut noises, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
        for (place, channel) in channels {
            let scaled = channel.jump.scaled(channel.rate.sqrt().into());
            let memory = memories.iter().find(|(of, _)| *of == place).map(|(_, memory)| *memory);
            let hermitian = scaled.hermiticity_error() <= ROUNDING * scaled.norm_bound();
            match picture {
                _ if memory.is_some_and(|memory| memory != Memory::White) && picture != Picture::Field => {
                    return Err(Error::HasMemory);
                }
                Picture::Jumps => jumps.push(scaled),
                Picture::Flips if !hermitian => jumps.push(scaled),
                Picture::Flips => jumps.push(flip(&scaled).ok_or(Error::NoFlip { channel: place })?),
                Picture::Field if !hermitian => jumps.push(scaled),
                Picture::Field => {
                    noises.push(scaled);
                    kinds.push(memory.unwrap_or(Memory::White));
                }
                Picture::Diffusion => {
                    noises.push(scaled);
                    kinds.push(Memory::White);
                }
            }
        }
        let h = lindbladian.hamiltonian();
        let modulations = lindbladian.modulations();
        let weights: Vec<Operator> = jumps.iter().map(|jump| &jump.adjoint() * jump).collect();
        let mut of = Union::new(dim);
        let connecting = modulations.iter().map(|part| &part.operator).chain(&weights).chain(&noises);
        let squares: Vec<Operator> = noises.iter().map(|noise| &noise.adjoint() * noise).collect();
        for operator in std::iter::once(h).chain(connecting).chain(&squares) {
            operator.entries().for_each(|(i, j, _)| of.join(i, j));
        }
        // A ket is in one block.
        for psi in kets {
            let held: Vec<usize> = (0..dim).filter(|level| psi[*level] != Complex64::ZERO).collect();
            held.windows(2).for_each(|pair| of.join(pair[0], pair[1]));
        }
        of.join_images(&jumps);
        let mut blocks = Parting::new(dim);
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); dim];
        (0..dim).for_each(|level| members[of.root(level)].push(level));
        let mut targets: Vec<Vec<usize>> = vec![Vec::new(); dim];
        for jump in &jumps {
            for (i, j, _) in jump.entries() {
                let (from, to) = (of.root(j), of.root(i));
                if !targets[from].contains(&to) {
                    targets[from].push(to);
                }
            }
        }
        let mut waiting: Vec<usize> = kets
            .iter()
            .filter_map(|psi| psi.iter().position(|x| *x != Complex64::ZERO))
            .map(|level| of.root(level))
            .collect();
        while let Some(root) = waiting.pop() {
            if blocks.of_root(root).is_none() {
                blocks.add(root, &members[root]);
                waiting.extend(&targets[root]);
            }
        }
        let mut starts = Vec::new();
        for psi in kets {
            let Some(level) = psi.iter().position(|x| *x != Complex64::ZERO) else { continue };
            let block = blocks.of_root(of.root(level)).unwrap_or(0);
            starts.push((block, blocks.levels[block].iter().map(|level| psi[*level]).collect()));
        }
        let list = blocks.made(
            h,
            &weights,
            &modulations.iter().map(|m| &m.operator).collect::<Vec<_>>(),
            &jumps,
            &noises,
            &squares,
        );
        Ok(Blocks {
            list,
            starts,
            shapes: modulations.iter().map(|m| m.shape.clone()).collect(),
            breakpoints: lindbladian.breakpoints(),
            memories: kinds,
        })
    }

    /// Levels of all blocks.
    pub(super) fn largest(&self) -> usize {
        self.list.iter().map(|block| block.levels.len()).max().unwrap_or(0)
    }
}

/// Entries below this part of the largest are rounding.
const ROUNDING: f64 = 1e-13;

/// L - c with (L - c)^2 a multiple of 1, of a Hermitian L with two eigenvalues: sigma_z/2 of a qubit's number.
fn flip(jump: &Operator) -> Option<Operator> {
    let dim = jump.dim();
    let diagonal: Vec<f64> = (0..dim).map(|k| jump.get(k, k).re).collect();
    let is_diagonal = jump.entries().all(|(i, j, x)| i == j || x == Complex64::ZERO);
    let (low, high) = diagonal.iter().fold((f64::MAX, f64::MIN), |(a, b), x| (a.min(*x), b.max(*x)));
    let near = |x: f64, y: f64| (x - y).abs() <= ROUNDING * low.abs().max(high.abs());
    if is_diagonal {
        return diagonal.iter().all(|x| near(*x, low) || near(*x, high)).then(|| {
            Operator::diagonal(&diagonal.iter().map(|x| x - 0.5 * (low + high)).collect::<Vec<_>>())
        });
    }
    // Not diagonal: (L - c)^2 = s has one c only, c = (L^2 - s)/2L at any entry beside the diagonal.
    let square = jump * jump;
    let (i, j, x) =
        jump.entries().filter(|(i, j, _)| i != j).max_by(|a, b| a.2.norm().total_cmp(&b.2.norm()))?;
    let c = 0.5 * (square.get(i, j) / x).re;
    let shifted = jump + &Operator::identity(dim).scaled((-c).into());
    let squared = &shifted * &shifted;
    let s = squared.get(0, 0);
    let off = &squared + &Operator::identity(dim).scaled(-s);
    (off.norm_bound() <= 1e-12 * s.norm()).then_some(shifted)
}

/// Disjoint sets of levels.
struct Union {
    parent: Vec<usize>,
    count: usize,
}

impl Union {
    fn new(dim: usize) -> Self {
        Union { parent: (0..dim).collect(), count: dim }
    }

    fn root(&mut self, mut level: usize) -> usize {
        while self.parent[level] != level {
            self.parent[level] = self.parent[self.parent[level]];
            level = self.parent[level];
        }
        level
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            self.parent[a.max(b)] = a.min(b);
            self.count -= 1;
        }
    }

    /// What one jump makes of one set becomes one set.
    fn join_images(&mut self, jumps: &[Operator]) {
        loop {
            let before = self.count;
            for jump in jumps {
                let mut image = vec![usize::MAX; jump.dim()];
                for (i, j, _) in jump.entries() {
                    let root = self.root(j);
                    match image[root] {
                        usize::MAX => image[root] = i,
                        known => self.join(known, i),
                    }
                }
            }
            if self.count == before {
                break;
            }
        }
    }
}

/// Blocks that are reached, and where every level is.
struct Parting {
    roots: Vec<usize>,
    levels: Vec<Vec<usize>>,
    /// Block and place of every level.
    place: Vec<(usize, usize)>,
}

impl Parting {
    fn new(dim: usize) -> Self {
        Parting { roots: Vec::new(), levels: Vec::new(), place: vec![(usize::MAX, 0); dim] }
    }

    fn of_root(&self, root: usize) -> Option<usize> {
        self.roots.iter().position(|known| *known == root)
    }

    fn add(&mut self, root: usize, levels: &[usize]) {
        let block = self.roots.len();
        self.roots.push(root);
        levels.iter().enumerate().for_each(|(k, level)| self.place[*level] = (block, k));
        self.levels.push(levels.to_vec());
    }

    fn made(
        &self,
        h: &Operator,
        weights: &[Operator],
        modulations: &[&Operator],
        jumps: &[Operator],
        noises: &[Operator],
        squares: &[Operator],
    ) -> Vec<Block> {
        let count = self.levels.len();
        type Entries = Vec<(usize, usize, Complex64)>;
        // Entries inside every block.
        let inside = |operators: &[(&Operator, Complex64)]| {
            let mut found: Vec<Entries> = vec![Vec::new(); count];
            for (operator, factor) in operators {
                for (i, j, x) in operator.entries() {
                    let ((to, i), (from, j)) = (self.place[i], self.place[j]);
                    if to == from && to != usize::MAX {
                        found[to].push((i, j, factor * x));
                    }
                }
            }
            found
        };
        let mut list: Vec<Block> = inside(&[(h, Complex64::ONE)])
            .into_iter()
            .zip(&self.levels)
            .map(|(mut energies, levels)| {
                // The middle of the energies turns phases alone.
                let mut diagonal = vec![0.0; levels.len()];
                energies.iter().filter(|(i, j, _)| i == j).for_each(|(i, _, x)| diagonal[*i] += x.re);
                let (low, high) =
                    diagonal.iter().fold((f64::MAX, f64::MIN), |(a, b), x| (a.min(*x), b.max(*x)));
                energies.extend((0..levels.len()).map(|k| (k, k, Complex64::from(-0.5 * (low + high)))));
                energies.iter_mut().for_each(|(.., x)| *x *= -Complex64::I);
                Block {
                    levels: levels.clone(),
                    drift: Map::new(levels.len(), energies),
                    norm: 0.0,
                    loss: Map::new(levels.len(), Vec::new()),
                    parts: Vec::new(),
                    jumps: Vec::new(),
                    rate: 0.0,
                    noises: Vec::new(),
                }
            })
            .collect();
        let damping: Vec<(&Operator, Complex64)> =
            weights.iter().map(|w| (w, Complex64::from(-0.5))).collect();
        for (block, more) in list.iter_mut().zip(inside(&damping)) {
            let size = block.levels.len();
            let rates = Map::new(size, more.clone());
            block.rate = 2.0 * rates.norm_bound();
            block.loss = Map::new(size, more.iter().map(|(i, j, x)| (*i, *j, -2.0 * x)).collect());
            let mut entries = block.drift.entries();
            entries.extend(more);
            block.drift = Map::new(size, entries);
        }
        for part in modulations {
            for (block, entries) in list.iter_mut().zip(inside(&[(part, -Complex64::I)])) {
                let map = Map::new(block.levels.len(), entries);
                block.parts.push(map);
            }
        }
        for jump in jumps {
            let mut between: Vec<(usize, Entries)> = vec![(usize::MAX, Vec::new()); count];
            for (i, j, x) in jump.entries() {
                let ((to, i), (from, j)) = (self.place[i], self.place[j]);
                if from != usize::MAX && to != usize::MAX {
                    between[from].0 = to;
                    between[from].1.push((i, j, x));
                }
            }
            for (from, (to, entries)) in between.into_iter().enumerate().filter(|(_, x)| !x.1.is_empty()) {
                let (rows, levels) = (self.levels[to].len(), self.levels[from].len());
                list[from].jumps.push(Jump::new(to, rows, levels, entries));
            }
        }
        for (place, (noise, square)) in noises.iter().zip(squares).enumerate() {
            let maps = inside(&[(noise, Complex64::ONE)]).into_iter();
            let turns = inside(&[(noise, -Complex64::I)]).into_iter();
            let squares = inside(&[(square, Complex64::ONE)]).into_iter();
            for (block, ((map, turn), square)) in list.iter_mut().zip(maps.zip(turns).zip(squares)) {
                let size = block.levels.len();
                let map = Map::new(size, map);
                let diagonal = map.real_diagonal();
                let (turn, square) = (Map::new(size, turn), Map::new(size, square));
                let norm = turn.norm_bound();
                block.noises.push(Noise { place, map, diagonal, turn, norm, square });
            }
        }
        for block in &mut list {
            let parts: f64 = block.parts.iter().map(Map::norm_bound).sum();
            block.norm = block.drift.norm_bound() + parts;
        }
        list
    }
}
