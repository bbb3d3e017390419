//! The blocks of a long flipped ladder that carry the weight of its lowest level.
//!
//! T = PA of [`FlippedLadder`](crate::exact::FlippedLadder) is tridiagonal in the order 0, N, 1, N-1, 2, ... of the levels, and its first row is
//! level 0: the start of a star in its ground state. The weights p_i = v_i(0)^2 are the spectral weights of that row,
//! sum p_i = 1, sum p_i lambda_i^2 = F^2. Since A^dag A|0> = F^2|0> + F g sqrt(N)|1>, lambda^2 is spread around F^2 with
//! standard deviation |F g| sqrt(N), and like a Poisson number of mean (F/g)^2/N in units of g^2 N where that is small:
//! of N+1 blocks about 8 sqrt(N) carry all but 1e-15. They lie in +-[lo, hi]; the weights found at the ends and
//! 1 - sum p_i say whether the interval was wide enough.
//!
//! - Eigenvalues: bisection by Sturm counts until each is alone, then Rayleigh quotients of twisted factorisations.
//! - Rows: where |lambda| < g a_n - |F| all the way to the middle of the ladder, vectors decay as e^{-kappa n}; rows beyond e^{-60}
//!   are cut. The rest has a diagonal of zeros, and S = diag(1,-1,1,...) turns v of lambda into v of -lambda.
//! - Splittings: S T S = -T + 2 c |last><last| with c the last diagonal entry gives for every pair
//!   (lambda_i + lambda_j) <S v_j|v_i> = 2 c (-1)^N v_i(last) v_j(last),
//!   which keeps relative accuracy however small the sum; i = j gives the smallest |lambda|.
//! - Operators: with n the level, {T, n} = (N+1) T - F P and T^2 - P T^2 P = g^2 (2n - N), hence
//!   (lambda_i + lambda_j) n_ij = (N+1) lambda_i delta_ij - F P_ij.
//!   P moves lambda^2 by at most about g^2 N, a few neighbours in the order of |lambda|: P_ij = <v_i|P|v_j> and n_ij are narrow bands.
//!   They are summed with a sliding window of vectors, which are never all held.

use faer::Mat;

use super::search::Search;
use super::skyline::Skyline;

/// The blocks of A = F + g J^- that carry level 0, in increasing order of d = |lambda|.
#[derive(Clone, Debug)]
pub struct CarriedLadder {
    /// Number of cells N.
    pub cells: usize,
    /// Eigenvalues lambda_i of PA; d = |lambda|, u = sgn(lambda) P v.
    pub lambda: Vec<f64>,
    /// v_i(0) > 0; the weights p_i are their squares.
    pub overlap: Vec<f64>,
    /// <v_i|P|v_j>.
    pub flip: Skyline,
    /// <v_i|n|v_j>.
    pub level: Skyline,
    /// <v_i|n^2|v_i>.
    pub level_squared: Vec<f64>,
    /// Populations of the levels in sum_i p_i (|u_i><u_i| + |v_i><v_i|)/2; symmetric under n -> N - n, levels that are not listed
    /// at both ends are empty.
    pub populations: Vec<f64>,
    /// ln |lambda_i + lambda_{i-1}| where i and i-1 are a close pair; such pairs stand next to each other.
    pub ln_close: Vec<Option<f64>>,
    /// (i, ln |lambda_i|) of a smallest |lambda| of its own.
    pub ln_smallest: Option<(usize, f64)>,
    /// The vectors v_i as columns in the order 0, N, 1, N-1, ... of the levels, `rows` of them, where they are few numbers.
    pub vectors: Option<Mat<f64>>,
    /// |1 - sum p_i|: weight that was not found, and rounding.
    pub missing: f64,
    /// Rows of the vectors kept, N+1 where nothing is cut.
    pub rows: usize,
    /// Largest number of bytes held at once, nearly.
    pub bytes: usize,
}

impl CarriedLadder {
    /// The blocks of N >= 1 cells for amplitude F and coupling g.
    ///
    /// Returns `None` when F or g is 0 or not finite, or the search fails.
    pub fn new(cells: usize, amplitude: f64, coupling: f64) -> Option<Self> {
        let usable = |x: f64| x.is_finite() && x != 0.0;
        if cells == 0 || !usable(amplitude) || !usable(coupling) {
            return None;
        }
        let mut widening = 1.0;
        loop {
            let search = Search::new(cells, amplitude, coupling, widening);
            let (found, covered) = search.blocks()?;
            if covered || widening > 1e3 {
                return Some(found);
            }
            widening *= 1.5;
        }
    }

    /// Weights p_i.
    pub fn weights(&self) -> impl Iterator<Item = f64> + '_ {
        self.overlap.iter().map(|x| x * x)
    }

    /// ln |lambda_i + lambda_j| where the difference of rounded numbers would lose it: close pairs, and twice a smallest |lambda|
    /// of its own.
    pub(crate) fn ln_sum(&self, i: usize, j: usize) -> Option<f64> {
        match self.ln_smallest {
            Some((at, ln)) if i == j && at == i => Some(ln + std::f64::consts::LN_2),
            _ if i.abs_diff(j) == 1 => self.ln_close[i.max(j)],
            _ => None,
        }
    }
}
