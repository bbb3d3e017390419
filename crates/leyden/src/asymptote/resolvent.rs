//! Sparse solves with sigma - Z on the part of the space of states that matters.
//!
//! As a matrix on the n^2 numbers of S the generator falls into blocks that never meet (coherences between spin sectors,
//! parities). Kept are the blocks that hold populations or the initial state. Where permutations of levels leave all states as they are
//! (`lindblad/images.rs`), the m places of S that they exchange hold one number x, kept as sqrt(m) x: the map stays an isometry.

use faer::prelude::Solve;
use faer::sparse::linalg::solvers::Lu;
use faer::sparse::{SparseColMat, Triplet};
use faer::{Col, Mat};

use crate::lindblad::Generator;
use crate::numerics::Forest;
use crate::operator::Hermitian;
use crate::why::{Failure, TooLarge};
use crate::{Known, Why};

/// Most unknowns: a second or so for the LU decomposition of one qubit and a ladder.
const MOST_UNKNOWNS: usize = 10_000;
/// Most numbers of S for which the matrix is written down at all.
const MOST_ENTRIES: usize = 45_000;

/// Z on the kept numbers of S.
pub(super) struct Reached {
    dim: usize,
    /// Positions in S with the number that each holds.
    places: Vec<(usize, usize)>,
    /// sqrt(m) of every number.
    roots: Vec<f64>,
    entries: Vec<(usize, usize, f64)>,
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
        let roots: Vec<f64> = count.iter().map(|count| (*count as f64).sqrt()).collect();
        let entries: Vec<(usize, usize, f64)> = generator
            .superoperator()
            .into_iter()
            .filter(|(p, ..)| first[number[*p]] == *p)
            .map(|(p, q, x)| (number[p], number[q], x * roots[number[p]] / roots[number[q]]))
            .collect();
        let mut blocks = Forest::new(first.len());
        for &(i, j, _) in &entries {
            blocks.join(i, j);
        }
        let mut wanted = vec![false; first.len()];
        for p in (0..n * n).filter(|p| p % (n + 1) == 0 || rho0.s()[*p] != 0.0) {
            wanted[blocks.root(number[p])] = true;
        }
        let kept: Vec<usize> = (0..first.len()).filter(|&k| wanted[blocks.root(k)]).collect();
        if kept.len() > MOST_UNKNOWNS {
            return Err(too_many(kept.len()));
        }
        let mut place = vec![usize::MAX; first.len()];
        kept.iter().enumerate().for_each(|(k, &p)| place[p] = k);
        let entries = entries.into_iter().filter(|&(i, ..)| place[i] != usize::MAX);
        let entries = entries.map(|(i, j, x)| (place[i], place[j], x)).collect();
        let places = (0..n * n).map(|p| (p, place[number[p]])).filter(|(_, k)| *k != usize::MAX).collect();
        let roots = kept.iter().map(|&k| roots[k]).collect();
        let norm = generator.norm_bound().max(f64::MIN_POSITIVE);
        Ok(Reached { dim: n, places, roots, entries, norm })
    }

    pub(super) fn len(&self) -> usize {
        self.roots.len()
    }

    /// The kept numbers of a matrix.
    pub(super) fn restrict(&self, matrix: &Hermitian) -> Vec<f64> {
        let mut x = vec![0.0; self.len()];
        self.places.iter().for_each(|&(p, k)| x[k] += matrix.s()[p] / self.roots[k]);
        x
    }

    /// The matrix with these numbers, 0 elsewhere.
    pub(super) fn extend(&self, x: &[f64]) -> Hermitian {
        let mut matrix = Hermitian::zero(self.dim);
        self.places.iter().for_each(|&(p, k)| matrix.s_mut()[p] = x[k] / self.roots[k]);
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

    /// LU of sigma - Z.
    pub(super) fn shifted(&self, sigma: f64) -> Known<Resolvent> {
        let size = self.len();
        let triplets: Vec<_> = self
            .entries
            .iter()
            .map(|&(i, j, x)| Triplet::new(i, j, -x))
            .chain((0..size).map(|i| Triplet::new(i, i, sigma)))
            .collect();
        let matrix = SparseColMat::<usize, f64>::try_new_from_triplets(size, size, &triplets)
            .map_err(|_| Failure::SparseMatrix)?;
        let lu = matrix.sp_lu().map_err(|_| Failure::Decomposition)?;
        Ok(Resolvent { lu })
    }
}

/// (sigma - Z)^{-1}.
pub(super) struct Resolvent {
    lu: Lu<usize, f64>,
}

impl Resolvent {
    pub(super) fn solve(&self, x: &[f64]) -> Vec<f64> {
        self.lu.solve(Col::from_fn(x.len(), |i| x[i])).iter().copied().collect()
    }

    /// (sigma - Z^dag)^{-1}, for observables.
    pub(super) fn solve_adjoint(&self, x: &[f64]) -> Vec<f64> {
        self.lu.solve_transpose(Col::from_fn(x.len(), |i| x[i])).iter().copied().collect()
    }
}
