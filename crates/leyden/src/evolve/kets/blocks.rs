//! What kets reach under a Hamiltonian: connected components of the graph of its nonzero matrix elements.
//!
//! A component keeps to itself: it is a sector of conserved numbers and parities, found and not declared. Only components in which a
//! ket starts are carried, each with the kets that start there.

use num_complex::Complex64;

use super::rows::Rows;
use crate::lindblad::{Lindbladian, Shape, connected};
use crate::numerics::Forest;

/// A component with the kets that live in it.
///
/// Vectors hold, level by level, the real parts of all kets and then their imaginary parts. A real matrix has one row for each level, a
/// complex one P + iQ is the real one (P, -Q; Q, P) with two.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// Joint levels, increasing.
    pub(super) levels: Vec<usize>,
    /// Which kets.
    pub(super) kets: Vec<usize>,
    pub(super) matrix: Rows,
    /// V_k of the parts f_k(t) V_k.
    pub(super) parts: Vec<Rows>,
    pub(super) is_real: bool,
    /// Numbers between which the eigenvalues of the matrix lie.
    pub(super) bounds: (f64, f64),
    pub(super) start: Vec<f64>,
}

impl Block {
    /// Numbers for each row of the matrix.
    pub(super) fn width(&self) -> usize {
        if self.is_real { 2 * self.kets.len() } else { self.kets.len() }
    }

    /// Numbers of a vector.
    pub(super) fn size(&self) -> usize {
        2 * self.levels.len() * self.kets.len()
    }

    /// A vector's numbers into whole kets.
    pub(super) fn scatter(&self, x: &[f64], kets: &mut [Vec<Complex64>]) {
        let count = self.kets.len();
        for (&level, parts) in self.levels.iter().zip(x.chunks_exact(2 * count)) {
            for (column, &ket) in self.kets.iter().enumerate() {
                kets[ket][level] = Complex64::new(parts[column], parts[count + column]);
            }
        }
    }
}

/// What counts as standing still, relative to the largest energy.
const STILL: f64 = 1e-13;

/// All components that kets reach.
#[derive(Clone, Debug)]
pub(crate) struct Blocks {
    /// Levels of H.
    pub(crate) dim: usize,
    /// How many kets there are.
    pub(crate) kets: usize,
    pub(super) list: Vec<Block>,
    pub(super) shapes: Vec<Shape>,
    pub(super) breakpoints: Vec<f64>,
}

impl Blocks {
    /// Of a closed system and kets of its dimension, whose weights are in their norms.
    pub(crate) fn new(lindbladian: &Lindbladian, kets: &[Vec<Complex64>]) -> Self {
        let (h, modulations) = (lindbladian.hamiltonian(), lindbladian.modulations());
        let dim = h.dim();
        let operators = || std::iter::once(h).chain(modulations.iter().map(|m| &m.operator));
        let mut forest = Forest::new(dim);
        for (i, j) in connected(lindbladian) {
            forest.join(i, j);
        }
        // Components in the order of their first level, with the kets that start there.
        let mut place = vec![usize::MAX; dim];
        let mut found: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
        let mut of_root = vec![usize::MAX; dim];
        for (ket, psi) in kets.iter().enumerate() {
            for level in (0..dim).filter(|&level| psi[level] != Complex64::ZERO) {
                let root = forest.root(level);
                if of_root[root] == usize::MAX {
                    of_root[root] = found.len();
                    found.push((Vec::new(), Vec::new()));
                }
                let carried = &mut found[of_root[root]].1;
                if carried.last() != Some(&ket) {
                    carried.push(ket);
                }
            }
        }
        for level in 0..dim {
            if let Some((levels, _)) = found.get_mut(of_root[forest.root(level)]) {
                place[level] = levels.len();
                levels.push(level);
            }
        }
        // Entries go to the component of their row.
        let mut entries: Vec<Vec<Vec<(usize, usize, Complex64)>>> =
            found.iter().map(|_| vec![Vec::new(); 1 + modulations.len()]).collect();
        for (number, operator) in operators().enumerate() {
            for (i, j, x) in operator.entries().filter(|(i, ..)| place[*i] != usize::MAX) {
                entries[of_root[forest.root(i)]][number].push((place[i], place[j], x));
            }
        }
        let block = |((levels, carried), entries): ((Vec<usize>, Vec<usize>), Vec<Vec<_>>)| {
            let is_real = entries.iter().flatten().all(|(.., x): &(usize, usize, Complex64)| x.im == 0.0);
            let mut matrices = entries.iter().map(|entries| rows(levels.len(), entries, is_real));
            let matrix = matrices.next().expect("the part that does not depend on time comes first");
            let parts = matrices.collect();
            let count = carried.len();
            let mut start = vec![0.0; 2 * levels.len() * count];
            for (row, &level) in levels.iter().enumerate() {
                for (column, &ket) in carried.iter().enumerate() {
                    let at = 2 * row * count + column;
                    (start[at], start[at + count]) = (kets[ket][level].re, kets[ket][level].im);
                }
            }
            Block { levels, kets: carried, bounds: matrix.bounds(), matrix, parts, is_real, start }
        };
        Blocks {
            dim,
            kets: kets.len(),
            list: found.into_iter().zip(entries).map(block).collect(),
            shapes: modulations.iter().map(|m| m.shape.clone()).collect(),
            breakpoints: lindbladian.breakpoints(),
        }
    }

    /// The same blocks with other kets in them.
    pub(crate) fn starting_from(&self, kets: &[Vec<Complex64>]) -> Blocks {
        let mut blocks = self.clone();
        for block in &mut blocks.list {
            let count = block.kets.len();
            for (parts, &level) in block.start.chunks_exact_mut(2 * count).zip(&block.levels) {
                for (column, &ket) in block.kets.iter().enumerate() {
                    (parts[column], parts[count + column]) = (kets[ket][level].re, kets[ket][level].im);
                }
            }
        }
        blocks
    }

    /// Whether H is the same at all times.
    pub(crate) fn is_constant(&self) -> bool {
        self.shapes.is_empty()
    }

    /// Where H changes its form.
    pub(crate) fn breakpoints(&self) -> impl Iterator<Item = f64> + '_ {
        self.breakpoints.iter().copied()
    }

    /// Whether the state is stationary: a ket that H only turns, or a mixture of at most `most` levels that commutes with H.
    pub(crate) fn stands_still(&self, most: usize) -> bool {
        let total: usize = self.sizes().sum();
        let scale = self.largest_energy().max(f64::MIN_POSITIVE);
        // H psi of every ket.
        let mut kets = self.empty_kets();
        let mut images = self.empty_kets();
        for block in &self.list {
            let mut image = vec![0.0; block.size()];
            block.matrix.step(block.width(), (1.0, 0.0), &block.start, None, &mut image);
            block.scatter(&block.start, &mut kets);
            block.scatter(&image, &mut images);
        }
        let turned_only = |psi: &Vec<Complex64>, image: &Vec<Complex64>| {
            let weight: f64 = psi.iter().map(|x| x.norm_sqr()).sum();
            let mean: Complex64 =
                psi.iter().zip(image).map(|(x, y)| x.conj() * y).sum::<Complex64>() / weight;
            let rest: f64 = psi.iter().zip(image).map(|(x, y)| (y - mean * x).norm_sqr()).sum();
            rest.sqrt() <= STILL * scale * weight.sqrt()
        };
        if kets.iter().zip(&images).all(|(psi, image)| turned_only(psi, image)) {
            return true;
        }
        if self.kets == 1 || total > most {
            return false;
        }
        let levels: Vec<usize> = self.levels().collect();
        let dense = |kets: &[Vec<Complex64>]| {
            faer::Mat::from_fn(levels.len(), kets.len(), |row, ket| kets[ket][levels[row]])
        };
        let product = dense(&images) * dense(&kets).adjoint();
        (&product - product.adjoint()).norm_l2() <= STILL * scale
    }

    /// Levels of each component.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = usize> + '_ {
        self.list.iter().map(|block| block.levels.len())
    }

    /// Levels that are reached.
    pub(crate) fn levels(&self) -> impl Iterator<Item = usize> + '_ {
        self.list.iter().flat_map(|block| block.levels.iter().copied())
    }

    /// Numbers that are carried.
    pub(crate) fn numbers(&self) -> usize {
        self.list.iter().map(Block::size).sum()
    }

    /// Half the spread of the energies of the widest component at most.
    pub(crate) fn radius(&self) -> f64 {
        let of = |block: &Block| {
            let parts: f64 = block.parts.iter().map(|part| largest(part.bounds())).sum();
            0.5 * (block.bounds.1 - block.bounds.0) + parts
        };
        self.list.iter().map(of).fold(0.0, f64::max)
    }

    /// Largest modulus that an energy may have.
    pub(crate) fn largest_energy(&self) -> f64 {
        let of = |block: &Block| {
            largest(block.bounds) + block.parts.iter().map(|part| largest(part.bounds())).sum::<f64>()
        };
        self.list.iter().map(of).fold(0.0, f64::max)
    }

    /// Kets of zeros to write into.
    pub(super) fn empty_kets(&self) -> Vec<Vec<Complex64>> {
        vec![vec![Complex64::ZERO; self.dim]; self.kets]
    }

    /// What is reached of all `levels`, for the user: "2 blocks of up to 315 of 2000 levels".
    pub(crate) fn described(&self, whole: usize) -> String {
        let largest = self.sizes().max().unwrap_or(0);
        let levels = |n: usize| if n == 1 { "1 level".to_string() } else { format!("{n} levels") };
        match self.list.len() {
            1 if largest == whole => format!("all {}", levels(largest)),
            1 => format!("one block of {} of {}", levels(largest), whole),
            count => format!("{count} blocks of up to {} of {}", levels(largest), whole),
        }
    }
}

fn largest((low, high): (f64, f64)) -> f64 {
    low.abs().max(high.abs())
}

fn rows(levels: usize, entries: &[(usize, usize, Complex64)], is_real: bool) -> Rows {
    if is_real {
        return Rows::new(levels, entries.iter().map(|&(i, j, x)| (i, j, x.re)));
    }
    let mut both: Vec<(usize, usize, f64)> = Vec::with_capacity(4 * entries.len());
    for &(i, j, x) in entries {
        both.push((2 * i, 2 * j, x.re));
        both.push((2 * i + 1, 2 * j + 1, x.re));
        both.push((2 * i, 2 * j + 1, -x.im));
        both.push((2 * i + 1, 2 * j, x.im));
    }
    both.retain(|(.., x)| *x != 0.0);
    both.sort_by_key(|&(i, j, _)| (i, j));
    Rows::new(2 * levels, both)
}
