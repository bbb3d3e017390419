//! Sparse solves with sigma - Z on the part of the space of states that matters.
//!
//! As a matrix on the n^2 real numbers of a state, sqrt(2) Re rho_ij, sqrt(2) Im rho_ij (i < j) and rho_ii, the generator falls into blocks that
//! never meet: coherences between spin sectors, parities, and Re or Im of every coherence where H and L_k are real and H couples only
//! levels of different colour, as on resonance (rho -> D rho^* D, D = +-1 by colour, is a symmetry then: half of all numbers). Kept
//! are the blocks that hold populations or the initial state. Where permutations of levels leave all states as they are
//! (`lindblad/images.rs`), the m places of S that they exchange hold one number x, kept as sqrt(m) x. The map from S is an isometry.

use std::cmp::Ordering;
use std::f64::consts::FRAC_1_SQRT_2;

use faer::prelude::Solve;
use faer::sparse::linalg::solvers::Lu;
use faer::sparse::{SparseColMat, Triplet};
use faer::{Col, Mat};

use crate::lindblad::Generator;
use crate::numerics::{Entry, Forest, LayeredLu, Layers};
use crate::operator::Hermitian;
use crate::why::{Failure, TooLarge};
use crate::{Known, Why};

/// sigma relative to ||Z|| close to 0.
pub(super) const CLOSE: f64 = 1e-8;
/// Most products, a second or so, and most numbers of a decomposition by layers.
const MOST_WORK: f64 = 2e10;
const MOST_NUMBERS: f64 = 5e7;
/// Most unknowns where those are too many: a second or so for a sparse decomposition of one qubit and a ladder.
const MOST_UNKNOWNS: usize = 10_000;
/// Most numbers of S for which the matrix is written down at all.
const MOST_ENTRIES: usize = 45_000;

/// Sums of entries below this part of the sum of their sizes cancel.
const CANCELLED: f64 = 1e-15;

/// Z on the kept numbers of a state.
pub(super) struct Reached {
    dim: usize,
    size: usize,
    /// Which place of S counts how much in which number.
    places: Vec<Entry>,
    entries: Vec<Entry>,
    layers: Layers,
    /// A bound on ||Z||.
    pub(super) norm: f64,
}

/// Which positions of S hold one number.
struct Equal {
    number: Vec<usize>,
    first: Vec<usize>,
    count: Vec<usize>,
}

impl Equal {
    fn new(n: usize, permutations: &[Vec<usize>]) -> Self {
        let mut forest = Forest::new(n * n);
        for permutation in permutations {
            (0..n * n).for_each(|p| {
                forest.join(p, permutation[p / n] * n + permutation[p % n]);
            });
        }
        let mut equal = Equal { number: Vec::with_capacity(n * n), first: Vec::new(), count: Vec::new() };
        let mut of_root = vec![usize::MAX; n * n];
        for p in 0..n * n {
            let number = &mut of_root[forest.root(p)];
            if *number == usize::MAX {
                *number = equal.first.len();
                equal.first.push(p);
                equal.count.push(0);
            }
            equal.count[*number] += 1;
            equal.number.push(*number);
        }
        equal
    }
}

/// How a number of S counts in (S_ij + S_ji)/sqrt(2) = sqrt(2) Re rho_ij, kept where the smaller of both was, and in
/// (S_ij - S_ji)/sqrt(2) = sqrt(2) Im rho_ij, kept where the larger was; `mirror` is the other one.
fn parts(number: usize, mirror: usize) -> [(usize, f64); 2] {
    match number.cmp(&mirror) {
        Ordering::Equal => [(number, 1.0), (number, 0.0)],
        Ordering::Less => [(number, FRAC_1_SQRT_2), (mirror, FRAC_1_SQRT_2)],
        Ordering::Greater => [(mirror, FRAC_1_SQRT_2), (number, -FRAC_1_SQRT_2)],
    }
}

/// Entries between numbers of S, as entries between real and imaginary parts; what cancels is 0.
fn real_and_imaginary(entries: &[Entry], mirror: &[usize]) -> Vec<Entry> {
    let size = mirror.len();
    let mut first = vec![0; size + 1];
    entries.iter().for_each(|&(i, ..)| first[i + 1] += 1);
    (0..size).for_each(|i| first[i + 1] += first[i]);
    let (mut rows, mut next) = (vec![(0, 0.0); entries.len()], first.clone());
    for &(i, j, x) in entries {
        rows[next[i]] = (j, x);
        next[i] += 1;
    }
    let mut turned = Vec::with_capacity(entries.len());
    // Of one row: the sum, and the sum of sizes, of every column that was touched.
    let (mut sums, mut touched) = (vec![(0.0_f64, 0.0_f64); size], Vec::new());
    for row in 0..size {
        for (k, weight) in [row, mirror[row]].into_iter().filter_map(|k| {
            let mut parts = parts(k, mirror[k]).into_iter();
            parts.find(|&(part, weight)| part == row && weight != 0.0).map(|(_, weight)| (k, weight))
        }) {
            for &(j, x) in &rows[first[k]..first[k + 1]] {
                for (column, share) in parts(j, mirror[j]) {
                    let (sum, sizes) = &mut sums[column];
                    if *sizes == 0.0 {
                        touched.push(column);
                    }
                    *sum += weight * share * x;
                    *sizes += (weight * share * x).abs();
                }
            }
            if mirror[row] == row {
                break;
            }
        }
        for column in touched.drain(..) {
            let (sum, sizes) = std::mem::take(&mut sums[column]);
            if sum.abs() > CANCELLED * sizes {
                turned.push((row, column, sum));
            }
        }
    }
    turned
}

impl Reached {
    /// # Errors
    /// A sentence for the user when too many numbers are left.
    pub(super) fn new(generator: &Generator, rho0: &Hermitian) -> Known<Self> {
        let n = generator.dim();
        let too_many = |unknowns: usize| Why::from(TooLarge::Unknowns { unknowns, most: MOST_UNKNOWNS });
        if n * n > MOST_ENTRIES {
            return Err(too_many(n * n));
        }
        let Equal { number, first, count } =
            Equal::new(n, generator.images().map_or(&[], |images| images.permutations()));
        let mirror: Vec<usize> = first.iter().map(|p| number[p % n * n + p / n]).collect();
        let roots: Vec<f64> = count.iter().map(|count| (*count as f64).sqrt()).collect();
        let entries = generator.superoperator().into_iter().filter(|(p, ..)| first[number[*p]] == *p);
        let entries =
            entries.map(|(p, q, x)| (number[p], number[q], x * roots[number[p]] / roots[number[q]]));
        let entries = real_and_imaginary(&entries.collect::<Vec<_>>(), &mirror);
        let mut blocks = Forest::new(first.len());
        for &(i, j, _) in &entries {
            blocks.join(i, j);
        }
        let mut start = vec![0.0; first.len()];
        let mut wanted = vec![false; first.len()];
        for p in 0..n * n {
            let k = number[p];
            for (part, weight) in parts(k, mirror[k]) {
                start[part] += weight * rho0.s()[p];
            }
            if p % (n + 1) == 0 {
                wanted[blocks.root(k)] = true;
            }
        }
        for k in (0..first.len()).filter(|&k| start[k] != 0.0) {
            wanted[blocks.root(k)] = true;
        }
        let kept: Vec<usize> = (0..first.len()).filter(|&k| wanted[blocks.root(k)]).collect();
        let mut place = vec![usize::MAX; first.len()];
        kept.iter().enumerate().for_each(|(k, &part)| place[part] = k);
        let entries = entries.into_iter().filter(|&(i, ..)| place[i] != usize::MAX);
        let entries: Vec<Entry> = entries.map(|(i, j, x)| (place[i], place[j], x)).collect();
        let layers = Layers::new(kept.len(), &entries);
        if kept.len() > MOST_UNKNOWNS && !fits(&layers) {
            return Err(too_many(kept.len()));
        }
        let counted = |p: usize| {
            let (k, place) = (number[p], &place);
            let root = roots[k];
            let kept =
                parts(k, mirror[k]).into_iter().map(move |(part, weight)| (p, place[part], weight / root));
            kept.filter(|&(_, k, weight)| k != usize::MAX && weight != 0.0)
        };
        let places = (0..n * n).flat_map(counted).collect();
        let norm = generator.norm_bound().max(f64::MIN_POSITIVE);
        Ok(Reached { dim: n, size: kept.len(), places, entries, layers, norm })
    }

    pub(super) fn len(&self) -> usize {
        self.size
    }

    /// The kept numbers of a matrix.
    pub(super) fn restrict(&self, matrix: &Hermitian) -> Vec<f64> {
        let mut x = vec![0.0; self.size];
        self.places.iter().for_each(|&(p, k, weight)| x[k] += weight * matrix.s()[p]);
        x
    }

    /// The matrix with these numbers, 0 elsewhere.
    pub(super) fn extend(&self, x: &[f64]) -> Hermitian {
        let mut matrix = Hermitian::zero(self.dim);
        self.places.iter().for_each(|&(p, k, weight)| matrix.s_mut()[p] += weight * x[k]);
        matrix
    }

    pub(super) fn apply(&self, x: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; x.len()];
        self.entries.iter().for_each(|&(i, j, z)| out[i] += z * x[j]);
        out
    }

    pub(super) fn dense(&self) -> Mat<f64> {
        let mut z = Mat::zeros(self.len(), self.len());
        self.entries.iter().for_each(|&(i, j, x)| z[(i, j)] += x);
        z
    }

    /// What each number counts in which place of S of the battery, the second factor with n_b levels.
    pub(super) fn read_by(&self, n_b: usize) -> Vec<Entry> {
        let read = |&(p, k, weight): &Entry| {
            let (i, j) = (p / self.dim, p % self.dim);
            (i / n_b == j / n_b).then_some((i % n_b * n_b + j % n_b, k, weight))
        };
        self.places.iter().filter_map(read).collect()
    }

    /// LU of sigma - Z.
    pub(super) fn shifted(&self, sigma: f64) -> Known<Resolvent> {
        let entries = self.entries.iter().map(|&(i, j, x)| (i, j, -x));
        let shifted: Vec<Entry> = entries.chain((0..self.size).map(|i| (i, i, sigma))).collect();
        if fits(&self.layers)
            && let Some(lu) = LayeredLu::new(self.layers.clone(), &shifted)
        {
            return Ok(Resolvent::Layered(Box::new(lu)));
        }
        if self.size > MOST_UNKNOWNS {
            return Err(Failure::Decomposition.into());
        }
        let triplets: Vec<_> = shifted.into_iter().map(|(i, j, x)| Triplet::new(i, j, x)).collect();
        let matrix = SparseColMat::<usize, f64>::try_new_from_triplets(self.size, self.size, &triplets)
            .map_err(|_| Failure::SparseMatrix)?;
        let lu = matrix.sp_lu().map_err(|_| Failure::Decomposition)?;
        Ok(Resolvent::Sparse(Box::new(lu)))
    }
}

fn fits(layers: &Layers) -> bool {
    layers.work() <= MOST_WORK && layers.numbers() <= MOST_NUMBERS
}

/// (sigma - Z)^{-1}.
pub(super) enum Resolvent {
    Layered(Box<LayeredLu>),
    Sparse(Box<Lu<usize, f64>>),
}

impl Resolvent {
    pub(super) fn solve(&self, x: &[f64]) -> Vec<f64> {
        match self {
            Resolvent::Layered(lu) => lu.solve(x),
            Resolvent::Sparse(lu) => lu.solve(Col::from_fn(x.len(), |i| x[i])).iter().copied().collect(),
        }
    }

    /// (sigma - Z^dag)^{-1}, for observables.
    pub(super) fn solve_adjoint(&self, x: &[f64]) -> Vec<f64> {
        match self {
            Resolvent::Layered(lu) => lu.solve_transposed(x),
            Resolvent::Sparse(lu) => {
                lu.solve_transpose(Col::from_fn(x.len(), |i| x[i])).iter().copied().collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lindblad::{Channel, Lindbladian};
    use crate::numerics::{distance, norm};
    use crate::operator::Operator;
    use num_complex::Complex64;

    /// A chain of levels with losses to the next but one; `phase` of the first coupling, `energy` of the last level.
    fn chain(n: usize, phase: f64, energy: f64) -> Lindbladian {
        let coupling = |k: usize| {
            (k, k + 1, Complex64::from_polar(0.5 + 0.1 * k as f64, if k == 0 { phase } else { 0.0 }))
        };
        let mut h = Operator::from_entries(n, (0..n - 1).map(coupling).collect::<Vec<_>>()).plus_adjoint();
        h = &h + &Operator::from_entries(n, [(n - 1, n - 1, Complex64::from(energy))]);
        let jump =
            Operator::from_entries(n, (0..n - 2).map(|k| (k, k + 2, Complex64::ONE)).collect::<Vec<_>>());
        Lindbladian::new(h, vec![Channel { rate: 0.7, jump }]).unwrap()
    }

    fn image(generator: &Generator, s: &[f64]) -> Vec<f64> {
        let (mut out, mut scratch) = (vec![0.0; s.len()], vec![0.0; s.len()]);
        generator.apply(0.0, s, &mut out, &mut scratch);
        out
    }

    /// Some numbers.
    fn some(reached: &Reached) -> Vec<f64> {
        (0..reached.len()).map(|k| (1.3 * k as f64).sin() - 0.2).collect()
    }

    #[test]
    fn kept_numbers_move_as_the_state_does() {
        for (phase, energy, kept) in [(0.0, 0.0, 28), (0.0, 0.4, 49), (0.9, 0.0, 49), (0.9, 0.4, 49)] {
            let lindbladian = chain(7, phase, energy);
            let generator = Generator::new(&lindbladian);
            let reached = Reached::new(&generator, &Hermitian::level(7, 3)).unwrap();
            assert_eq!(reached.len(), kept, "{phase} {energy}");
            let x = some(&reached);
            let state = reached.extend(&x);
            assert!(distance(&reached.restrict(&state), &x) < 1e-14 * norm(&x));
            let moved = Hermitian::from_s(7, image(&generator, state.s()));
            let ours = reached.extend(&reached.apply(&x));
            assert!(distance(moved.s(), ours.s()) < 1e-13 * norm(&x), "{phase} {energy}");
            assert!((norm(&x) - norm(state.s())).abs() < 1e-13);
            let solved = reached.shifted(0.3).unwrap().solve(&x);
            let back: Vec<f64> =
                solved.iter().zip(reached.apply(&solved)).map(|(x, z)| 0.3 * x - z).collect();
            assert!(distance(&back, &x) < 1e-13 * norm(&x));
        }
    }
}
