//! Sparse solves with sigma - Z on the part of the space of states that matters.
//!
//! As a matrix on the n^2 numbers of S the generator falls into blocks that never meet (coherences between spin sectors,
//! parities). Kept are the blocks that hold populations or the initial state.

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
    /// Their positions in S.
    kept: Vec<usize>,
    entries: Vec<(usize, usize, f64)>,
    /// A bound on ||Z||.
    pub(super) norm: f64,
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
        let entries = generator.superoperator();
        let mut blocks = Forest::new(n * n);
        for &(i, j, _) in &entries {
            blocks.join(i, j);
        }
        let mut wanted = vec![false; n * n];
        for p in (0..n * n).filter(|p| p % (n + 1) == 0 || rho0.s()[*p] != 0.0) {
            wanted[blocks.root(p)] = true;
        }
        let kept: Vec<usize> = (0..n * n).filter(|&p| wanted[blocks.root(p)]).collect();
        if kept.len() > MOST_UNKNOWNS {
            return Err(too_many(kept.len()));
        }
        let mut place = vec![usize::MAX; n * n];
        kept.iter().enumerate().for_each(|(k, &p)| place[p] = k);
        let entries = entries.into_iter().filter(|&(i, ..)| place[i] != usize::MAX);
        let entries = entries.map(|(i, j, x)| (place[i], place[j], x)).collect();
        Ok(Reached { dim: n, kept, entries, norm: generator.norm_bound().max(f64::MIN_POSITIVE) })
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    /// The kept numbers of a matrix.
    pub(super) fn restrict(&self, matrix: &Hermitian) -> Vec<f64> {
        self.kept.iter().map(|&p| matrix.s()[p]).collect()
    }

    /// The matrix with these numbers, 0 elsewhere.
    pub(super) fn extend(&self, x: &[f64]) -> Hermitian {
        let mut matrix = Hermitian::zero(self.dim);
        self.kept.iter().zip(x).for_each(|(&p, &x)| matrix.s_mut()[p] = x);
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
