//! Products and eigenvalue problems that several exact methods share.

use faer::diag::{Diag, DiagRef};
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd_scratch, tridiagonal_self_adjoint_evd};
use faer::{Mat, MatMut, MatRef, Par};

use crate::operator::Hermitian;

/// PA of A = F + g J^- and the flip P|n> = |N-n>, in the order 0, N, 1, N-1, 2, ... of the levels: a symmetric tridiagonal matrix
/// whose diagonal is 0 but for its last entry.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) off: Vec<f64>,
    pub(super) last: f64,
}

impl Chain {
    /// Off-diagonals F, g a_1, F, g a_2, ..., a_n = sqrt(n(N-n+1)); the last entry F (N even) or g a_{(N+1)/2} = g(N+1)/2 (N odd).
    pub(super) fn new(cells: usize, amplitude: f64, coupling: f64) -> Self {
        let a = |n: usize| coupling * (n as f64 * (cells - n + 1) as f64).sqrt();
        let off = (0..cells).map(|k| if k % 2 == 0 { amplitude } else { a(k.div_ceil(2)) }).collect();
        let last = if cells.is_multiple_of(2) { amplitude } else { coupling * cells.div_ceil(2) as f64 };
        Chain { off, last }
    }

    pub(super) fn rows(&self) -> usize {
        self.off.len() + 1
    }

    pub(super) fn diagonal(&self, k: usize) -> f64 {
        if k == self.off.len() { self.last } else { 0.0 }
    }
}

/// A x into `out`, column by column.
pub(super) fn multiply(a: MatRef<'_, f64>, x: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    for (column, &x) in a.col_iter().zip(x) {
        out.iter_mut().zip(column.iter()).for_each(|(sum, entry)| *sum += entry * x);
    }
}

/// A matrix S = Re + Im as a state.
pub(super) fn to_state(s: &Mat<f64>, rho: &mut Hermitian) {
    for (row, out) in s.row_iter().zip(rho.s_mut().chunks_exact_mut(s.ncols())) {
        out.iter_mut().zip(row.iter()).for_each(|(out, x)| *out = *x);
    }
}

/// Eigenvalues of a symmetric tridiagonal matrix, and its eigenvectors into `vectors`.
pub(super) fn tridiagonal_eigen(
    diagonal: &[f64],
    mut below: Vec<f64>,
    vectors: Option<MatMut<'_, f64>>,
) -> Option<Vec<f64>> {
    let n = diagonal.len();
    // The solver reads n entries of the subdiagonal and ignores the last.
    below.push(0.0);
    let mut values = Diag::<f64>::zeros(n);
    let wanted = if vectors.is_some() { ComputeEigenvectors::Yes } else { ComputeEigenvectors::No };
    let scratch = self_adjoint_evd_scratch::<f64>(n, wanted, Par::Seq, Default::default());
    tridiagonal_self_adjoint_evd(
        DiagRef::from_slice(diagonal),
        DiagRef::from_slice(&below),
        values.as_mut(),
        vectors,
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .ok()?;
    Some(values.column_vector().iter().copied().collect())
}
