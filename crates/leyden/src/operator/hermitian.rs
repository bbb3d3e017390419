//! Hermitian matrices carried by one real matrix.
//!
//! rho = A + iB with A symmetric and B antisymmetric is stored as S = A + B = Re rho + Im rho. The map is an
//! isometry: Tr(O rho) = sum_ij S^O_ij S^rho_ij, so Tr rho^2 is the squared Frobenius norm of S; and it is
//! kept by real matrices: U rho U^T has S -> U S U^T. Half the memory of a complex matrix, and the
//! hermiticity of rho cannot be lost.

use faer::{Mat, MatRef, Side};
use num_complex::Complex64;

use super::{Operator, add_projector};
use crate::numerics::{Spectra, low_rank_eigenvalues};

/// From this many levels on it pays to look for a low rank first.
const LARGE: usize = 64;
/// Up to this many levels complex matrices are small.
const SMALL: usize = 128;

/// A Hermitian matrix (density matrix or observable) in the form S = Re rho + Im rho, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Hermitian {
    dim: usize,
    s: Vec<f64>,
}

impl Hermitian {
    /// The zero matrix.
    pub fn zero(dim: usize) -> Self {
        Hermitian { dim, s: vec![0.0; dim * dim] }
    }

    /// A diagonal matrix, for example the populations of a thermal state.
    pub fn diagonal(values: &[f64]) -> Self {
        let mut matrix = Self::zero(values.len());
        for (i, &x) in values.iter().enumerate() {
            matrix.s[i * values.len() + i] = x;
        }
        matrix
    }

    /// |psi><psi| of a ket, not normalised.
    pub fn projector(psi: &[Complex64]) -> Self {
        let mut matrix = Self::zero(psi.len());
        add_projector(&mut matrix.s, 1.0, psi);
        matrix
    }

    /// |n><n|.
    ///
    /// # Panics
    /// When `n` is not below `dim`.
    pub fn level(dim: usize, n: usize) -> Self {
        assert!(n < dim, "level {n} is outside {dim} levels");
        let mut matrix = Self::zero(dim);
        matrix.s[n * dim + n] = 1.0;
        matrix
    }

    /// The Hermitian part (A + A^dag)/2 of an operator.
    pub fn from_operator(operator: &Operator) -> Self {
        let dim = operator.dim();
        let mut matrix = Self::zero(dim);
        for (i, j, x) in operator.entries() {
            matrix.s[i * dim + j] += 0.5 * (x.re + x.im);
            matrix.s[j * dim + i] += 0.5 * (x.re - x.im);
        }
        matrix
    }

    /// From the matrix S itself, row-major, `dim * dim` numbers.
    ///
    /// # Panics
    /// When the length is not a square of `dim`.
    pub fn from_s(dim: usize, s: Vec<f64>) -> Self {
        assert_eq!(s.len(), dim * dim, "S must hold dim * dim numbers");
        Hermitian { dim, s }
    }

    /// From a dense complex matrix that is Hermitian up to rounding.
    pub(crate) fn from_complex(matrix: &Mat<Complex64>) -> Self {
        let dim = matrix.nrows();
        let places = (0..dim).flat_map(|i| (0..dim).map(move |j| (i, j)));
        Hermitian { dim, s: places.map(|at| matrix[at].re + matrix[at].im).collect() }
    }

    /// As a dense complex matrix.
    pub(crate) fn to_complex(&self) -> Mat<Complex64> {
        Mat::from_fn(self.dim, self.dim, |i, j| self.get(i, j))
    }

    /// Number of levels.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// S, row-major.
    pub fn s(&self) -> &[f64] {
        &self.s
    }

    /// S, row-major, to write into.
    pub fn s_mut(&mut self) -> &mut [f64] {
        &mut self.s
    }

    /// S, row-major, without the matrix around it.
    pub(crate) fn into_s(self) -> Vec<f64> {
        self.s
    }

    /// The complex entry <i|rho|j>.
    pub fn get(&self, i: usize, j: usize) -> Complex64 {
        let (a, b) = (self.s[i * self.dim + j], self.s[j * self.dim + i]);
        Complex64::new(0.5 * (a + b), 0.5 * (a - b))
    }

    /// <n|rho|n>.
    pub fn population(&self, n: usize) -> f64 {
        self.s[n * self.dim + n]
    }

    /// The diagonal.
    pub fn populations(&self) -> impl Iterator<Item = f64> + '_ {
        self.s.iter().step_by(self.dim + 1).copied()
    }

    /// Tr rho.
    pub fn trace(&self) -> f64 {
        self.populations().sum()
    }

    /// Tr(O rho) for Hermitian O.
    pub fn expect(&self, observable: &Hermitian) -> f64 {
        self.s.iter().zip(&observable.s).map(|(a, b)| a * b).sum()
    }

    /// Tr rho^2.
    pub fn purity(&self) -> f64 {
        self.s.iter().map(|x| x * x).sum()
    }

    /// Whether nothing but the diagonal is occupied.
    fn is_diagonal(&self) -> bool {
        self.s
            .chunks_exact(self.dim)
            .enumerate()
            .all(|(i, row)| row[..i].iter().chain(&row[i + 1..]).all(|x| *x == 0.0))
    }

    /// Whether every entry is real, up to rounding of the largest one.
    pub(crate) fn is_real(&self) -> bool {
        let scale = self.populations().fold(0.0_f64, |a, b| a.max(b.abs()));
        (0..self.dim).all(|i| {
            (0..i).all(|j| (self.s[i * self.dim + j] - self.s[j * self.dim + i]).abs() <= 1e-14 * scale)
        })
    }

    /// rho_C (x) rho_B, this factor on the slow index.
    pub fn kron(&self, other: &Hermitian) -> Self {
        let (n, m) = (self.dim, other.dim);
        let mut product = Self::zero(n * m);
        for i in 0..n {
            for j in 0..n {
                let a = self.get(i, j);
                if a == Complex64::ZERO {
                    continue;
                }
                for k in 0..m {
                    let row = (i * m + k) * n * m + j * m;
                    for l in 0..m {
                        let x = a * other.get(k, l);
                        product.s[row + l] = x.re + x.im;
                    }
                }
            }
        }
        product
    }

    /// Eigenvalues in nondecreasing order; NaN for every one when an entry is not finite.
    pub fn eigenvalues(&self) -> Vec<f64> {
        let mut values = Hermitian::eigenvalues_of([self]);
        values.sort_by(f64::total_cmp);
        values
    }

    /// The eigenvalues of several matrices, in no order; those of small complex ones are found together.
    pub(crate) fn eigenvalues_of<'a>(matrices: impl IntoIterator<Item = &'a Hermitian>) -> Vec<f64> {
        let (mut values, mut small) = (Vec::new(), Spectra::default());
        matrices.into_iter().for_each(|matrix| matrix.add_eigenvalues(&mut values, &mut small));
        values.extend(small.eigenvalues());
        values
    }

    /// Adds the eigenvalues to those that are known, or the matrix to those that are left.
    fn add_eigenvalues(&self, values: &mut Vec<f64>, left: &mut Spectra) {
        let n = self.dim;
        if self.s.iter().any(|x| !x.is_finite()) {
            return values.extend(vec![f64::NAN; n]);
        }
        if n <= 1 {
            return values.extend(&self.s);
        }
        if n == 2 {
            let mean = 0.5 * (self.s[0] + self.s[3]);
            let half = 0.5 * (self.s[0] - self.s[3]);
            // |rho_01|^2 = (S_01^2 + S_10^2)/2
            let radius = (half * half + 0.5 * (self.s[1] * self.s[1] + self.s[2] * self.s[2])).sqrt();
            return values.extend([mean - radius, mean + radius]);
        }
        if self.is_diagonal() {
            return values.extend(self.populations());
        }
        if let Some(blocks) = self.blocks() {
            return blocks.iter().for_each(|levels| self.on(levels).add_eigenvalues(values, left));
        }
        let real = self.is_real();
        if real
            && n >= LARGE
            && let Some(found) = low_rank_eigenvalues(n, &self.s)
        {
            return values.extend(found);
        }
        if !real && n <= SMALL {
            return left.add_hermitian(n, |i, j| {
                let (a, b) = (self.s[i * n + j], self.s[j * n + i]);
                (0.5 * (a + b), 0.5 * (a - b))
            });
        }
        let found = if real {
            MatRef::from_row_major_slice(&self.s, n, n).self_adjoint_eigenvalues(Side::Lower)
        } else {
            self.to_complex().self_adjoint_eigenvalues(Side::Lower)
        };
        // The iteration fails only on entries that are not finite, which are handled above.
        values.extend(found.unwrap_or_else(|_| vec![f64::NAN; n]));
    }

    /// Sets of levels without an entry between them; `None` where all hang together.
    fn blocks(&self) -> Option<Vec<Vec<usize>>> {
        let n = self.dim;
        let mut known = vec![false; n];
        let mut blocks: Vec<Vec<usize>> = Vec::new();
        for first in 0..n {
            if known[first] {
                continue;
            }
            known[first] = true;
            let mut levels = vec![first];
            let mut next = 0;
            while let Some(&i) = levels.get(next) {
                for j in 0..n {
                    if !known[j] && (self.s[i * n + j] != 0.0 || self.s[j * n + i] != 0.0) {
                        known[j] = true;
                        levels.push(j);
                    }
                }
                if levels.len() == n {
                    return None;
                }
                next += 1;
            }
            blocks.push(levels);
        }
        Some(blocks)
    }

    /// The matrix on some levels.
    fn on(&self, levels: &[usize]) -> Hermitian {
        let s = levels.iter().flat_map(|&i| levels.iter().map(move |&j| self.s[i * self.dim + j])).collect();
        Hermitian { dim: levels.len(), s }
    }

    /// X^T rho X for a real matrix X; rows of rho that are zero cost nothing.
    pub(crate) fn congruence(&self, x: MatRef<'_, f64>) -> Mat<f64> {
        let n = self.dim;
        let occupied = self.occupied();
        if let [only] = occupied[..] {
            let p = self.population(only);
            return Mat::from_fn(x.ncols(), x.ncols(), |i, j| p * x[(only, i)] * x[(only, j)]);
        }
        let core = Mat::from_fn(occupied.len(), occupied.len(), |i, j| self.s[occupied[i] * n + occupied[j]]);
        let rows = Mat::from_fn(occupied.len(), x.ncols(), |i, j| x[(occupied[i], j)]);
        rows.transpose() * (core * &rows)
    }

    /// <x_i|rho|x_i> for the columns x_i of a real matrix.
    pub(crate) fn diagonal_congruence(&self, x: MatRef<'_, f64>) -> Vec<f64> {
        let n = self.dim;
        let occupied = self.occupied();
        (0..x.ncols())
            .map(|c| {
                let row = |i: usize| occupied.iter().map(|&j| self.s[i * n + j] * x[(j, c)]).sum::<f64>();
                occupied.iter().map(|&i| x[(i, c)] * row(i)).sum()
            })
            .collect()
    }

    /// Real and imaginary part of X^T rho Y for real matrices X and Y.
    pub(crate) fn mixed_congruence(&self, x: MatRef<'_, f64>, y: MatRef<'_, f64>) -> (Mat<f64>, Mat<f64>) {
        let real = Mat::from_fn(self.dim, self.dim, |i, j| self.get(i, j).re);
        let imaginary = Mat::from_fn(self.dim, self.dim, |i, j| self.get(i, j).im);
        (x.transpose() * real * y, x.transpose() * imaginary * y)
    }

    /// The diagonal block of `size` levels that starts at `offset`.
    pub fn block(&self, offset: usize, size: usize) -> Hermitian {
        let row = |i: usize| (offset + i) * self.dim + offset;
        let s = (0..size).flat_map(|i| self.s[row(i)..row(i) + size].iter().copied()).collect();
        Hermitian { dim: size, s }
    }

    fn occupied(&self) -> Vec<usize> {
        let n = self.dim;
        (0..n).filter(|&i| (0..n).any(|j| self.s[i * n + j] != 0.0 || self.s[j * n + i] != 0.0)).collect()
    }

    /// Tr_C of a state on C (x) B: sum of the `dim_b` sized diagonal blocks.
    ///
    /// # Panics
    /// When the dimension is not a multiple of `dim_b`.
    pub fn trace_out_first(&self, dim_b: usize) -> Hermitian {
        assert_eq!(self.dim % dim_b, 0, "the dimension must be a multiple of the second factor's");
        let mut reduced = Hermitian::zero(dim_b);
        for c in 0..self.dim / dim_b {
            for i in 0..dim_b {
                let start = (c * dim_b + i) * self.dim + c * dim_b;
                for (r, x) in
                    reduced.s[i * dim_b..(i + 1) * dim_b].iter_mut().zip(&self.s[start..start + dim_b])
                {
                    *r += x;
                }
            }
        }
        reduced
    }

    /// Tr_B of a state on C (x) B: the trace of every block of `dim_b` levels.
    ///
    /// # Panics
    /// When the dimension is not a multiple of `dim_b`.
    pub(crate) fn trace_out_second(&self, dim_b: usize) -> Hermitian {
        assert_eq!(self.dim % dim_b, 0, "the dimension must be a multiple of the second factor's");
        let levels = self.dim / dim_b;
        let mut reduced = Hermitian::zero(levels);
        for i in 0..levels {
            for j in 0..levels {
                reduced.s[i * levels + j] =
                    (0..dim_b).map(|b| self.s[(i * dim_b + b) * self.dim + j * dim_b + b]).sum();
            }
        }
        reduced
    }

    /// U rho U^dag.
    ///
    /// # Panics
    /// When U acts on another number of levels.
    pub(crate) fn conjugated_by(&self, u: &Operator) -> Hermitian {
        let n = self.dim;
        assert_eq!(u.dim(), n, "the operator acts on another number of levels");
        let mut left = vec![Complex64::ZERO; n * n];
        for (i, k, x) in u.entries() {
            for j in 0..n {
                left[i * n + j] += x * self.get(k, j);
            }
        }
        // (U rho U^dag)_ij = sum_k (U rho)_ik conj(U_jk)
        let mut result = Hermitian::zero(n);
        for (j, k, x) in u.entries() {
            for i in 0..n {
                let y = left[i * n + k] * x.conj();
                result.s[i * n + j] += y.re + y.im;
            }
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Hermitian {
        let psi = [Complex64::new(0.6, 0.1), Complex64::new(-0.2, 0.5), Complex64::new(0.3, -0.4)];
        let mut rho = Hermitian::projector(&psi);
        rho.s_mut()[4] += 0.25;
        rho
    }

    #[test]
    fn the_real_form_is_an_isometry() {
        let rho = sample();
        let direct: f64 = (0..3).map(|i| (0..3).map(|j| rho.get(i, j).norm_sqr()).sum::<f64>()).sum();
        assert!((rho.purity() - direct).abs() < 1e-15);
        let o = Hermitian::projector(&[Complex64::I, Complex64::ONE, Complex64::new(0.5, 0.5)]);
        let trace: Complex64 =
            (0..3).map(|i| (0..3).map(|j| o.get(i, j) * rho.get(j, i)).sum::<Complex64>()).sum();
        assert!((rho.expect(&o) - trace.re).abs() < 1e-15 && trace.im.abs() < 1e-15);
    }

    #[test]
    fn eigenvalues_sum_to_the_trace_and_square_to_the_purity() {
        let rho = sample();
        let values = rho.eigenvalues();
        assert!((values.iter().sum::<f64>() - rho.trace()).abs() < 1e-14);
        assert!((values.iter().map(|x| x * x).sum::<f64>() - rho.purity()).abs() < 1e-14);
    }

    #[test]
    fn conjugation_moves_kets() {
        // U |psi><psi| U^dag = |U psi><U psi|, for a U that is neither real nor symmetric.
        let psi = [Complex64::new(0.6, 0.1), Complex64::new(-0.2, 0.5), Complex64::new(0.3, -0.4)];
        let entry = |i: usize, j: usize| Complex64::new(0.3 * i as f64 - 0.2, 0.5 * j as f64 + 0.1);
        let u = Operator::from_entries(3, (0..3).flat_map(|i| (0..3).map(move |j| (i, j, entry(i, j)))));
        let moved: Vec<Complex64> = (0..3).map(|i| (0..3).map(|j| u.get(i, j) * psi[j]).sum()).collect();
        let (a, b) = (Hermitian::projector(&psi).conjugated_by(&u), Hermitian::projector(&moved));
        assert!(a.s().iter().zip(b.s()).all(|(x, y)| (x - y).abs() < 1e-15));
    }

    #[test]
    fn partial_trace_undoes_kron() {
        let charger = Hermitian::projector(&[Complex64::new(0.6, 0.0), Complex64::new(0.0, 0.8)]);
        let reduced = charger.kron(&sample()).trace_out_first(3);
        for (a, b) in reduced.s().iter().zip(sample().s()) {
            assert!((a - b).abs() < 1e-15);
        }
        let first = charger.kron(&sample()).trace_out_second(3);
        for (a, b) in first.s().iter().zip(charger.s()) {
            assert!((a - sample().trace() * b).abs() < 1e-15);
        }
    }

    #[test]
    fn entries_are_real_up_to_rounding_of_the_largest() {
        let with = |imaginary: f64, population: f64| {
            let mut rho = Hermitian::zero(3);
            rho.s_mut()[0] = -population;
            rho.s_mut()[4] = 0.5 * population;
            (rho.s_mut()[5], rho.s_mut()[7]) = (0.3 + imaginary, 0.3 - imaginary);
            rho.is_real()
        };
        assert!(with(0.0, 1.0) && with(4e-15, 1.0) && with(-4e-15, 1.0));
        assert!(!with(6e-15, 1.0) && !with(-6e-15, 1.0) && !with(4e-15, 0.5));
        assert!(Hermitian::zero(3).is_real());
    }
}
