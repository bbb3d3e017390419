//! Eigenvalues of Hermitian matrices and singular values of any, without vectors.
//!
//! Reflections P = 1 - tau v v^dag make a Hermitian matrix tridiagonal and any other bidiagonal. Phases of the elements beside the diagonal change no value, so that
//! only their squares are kept. The singular values of a bidiagonal matrix are the eigenvalues +-sigma of the tridiagonal one that has zeros on its diagonal and
//! the elements of the bidiagonal one in turn beside it. Source: @golub2013, 5.4.8, 8.3.1, 8.6.1.

use super::tridiagonal::{NOTHING, Tridiagonals};
use super::vectors::madd;

/// Length of a piece.
const LANES: usize = 4;
/// Matrices whose values are asked for together.
#[derive(Default)]
pub(crate) struct Spectra {
    tridiagonal: Tridiagonals,
    /// The one that is worked on.
    planes: Planes,
}

impl Spectra {
    /// Adds a Hermitian matrix of entries (real part, imaginary part), of which those on and below the diagonal are read.
    pub(crate) fn add_hermitian(&mut self, n: usize, entry: impl Fn(usize, usize) -> (f64, f64)) {
        self.planes.fill(n, n, |i| i + 1, entry);
        let scale = self.planes.scale();
        self.tridiagonal.add(n, scale, |diagonal, squares| self.planes.tridiagonal(diagonal, squares));
    }

    /// Adds the matrix (0, A; A^dag, 0), whose eigenvalues that are not 0 are the singular values of A and what they are negated.
    pub(crate) fn add_both_signs(
        &mut self,
        rows: usize,
        columns: usize,
        entry: impl Fn(usize, usize) -> (f64, f64),
    ) {
        match columns <= rows {
            true => self.planes.fill(rows, columns, |_| columns, entry),
            false => self.planes.fill(columns, rows, |_| rows, |i, j| entry(j, i)),
        }
        let scale = self.planes.scale();
        self.tridiagonal.add(2 * rows.min(columns), scale, |_, squares| self.planes.bidiagonal(squares));
    }

    /// All eigenvalues, in no order; NaN for those of a matrix with an entry that is not finite.
    pub(crate) fn eigenvalues(self) -> Vec<f64> {
        self.tridiagonal.eigenvalues()
    }

    /// Half the sum of their sizes: the trace norm of matrices that were added with both signs.
    pub(crate) fn trace_norm(self) -> f64 {
        0.5 * self.eigenvalues().iter().map(|x| x.abs()).sum::<f64>()
    }
}

/// Numbers that are worked on together.
type Piece = [f64; LANES];

/// A complex matrix as real and imaginary parts, its rows filled up with zeros to whole pieces.
#[derive(Default)]
struct Planes {
    rows: usize,
    columns: usize,
    /// Pieces of a row.
    stride: usize,
    re: Vec<Piece>,
    im: Vec<Piece>,
    /// Vectors to work with.
    vectors: [Pair; 3],
}

/// The same of a vector.
#[derive(Default)]
struct Pair {
    re: Vec<Piece>,
    im: Vec<Piece>,
}

impl Pair {
    /// As many pieces of zeros.
    fn reset(&mut self, pieces: usize) {
        for part in [&mut self.re, &mut self.im] {
            part.clear();
            part.resize(pieces, [0.0; LANES]);
        }
    }

    fn clear(&mut self) {
        self.re.fill([0.0; LANES]);
        self.im.fill([0.0; LANES]);
    }

    /// Real and imaginary parts, number by number.
    fn flat(&mut self) -> (&mut [f64], &mut [f64]) {
        (self.re.as_flattened_mut(), self.im.as_flattened_mut())
    }

    fn at(&self, i: usize) -> (f64, f64) {
        (self.re.as_flattened()[i], self.im.as_flattened()[i])
    }
}

impl Planes {
    /// Takes the first entries of every row, (real part, imaginary part).
    fn fill(
        &mut self,
        rows: usize,
        columns: usize,
        taken: impl Fn(usize) -> usize,
        entry: impl Fn(usize, usize) -> (f64, f64),
    ) {
        let stride = columns.div_ceil(LANES);
        (self.rows, self.columns, self.stride) = (rows, columns, stride);
        for part in [&mut self.re, &mut self.im] {
            part.clear();
            part.resize(rows * stride, [0.0; LANES]);
        }
        self.vectors.iter_mut().for_each(|vector| vector.reset(stride.max(rows.div_ceil(LANES))));
        for i in 0..rows {
            let (re, im) = self.row_mut(i, 0, stride);
            let parts = re.as_flattened_mut().iter_mut().zip(im.as_flattened_mut());
            parts.take(taken(i)).enumerate().for_each(|(j, (x, y))| (*x, *y) = entry(i, j));
        }
    }

    /// Divides by a number where squares would leave the range of `f64`.
    fn scale(&mut self) -> f64 {
        let parts = [&mut self.re, &mut self.im].map(|part| part.as_flattened_mut());
        let largest = parts.iter().flat_map(|part| part.iter()).fold(0.0_f64, |a, b| a.max(b.abs()));
        if largest == 0.0 || (1e-100..1e100).contains(&largest) {
            return 1.0;
        }
        parts.into_iter().flatten().for_each(|x| *x /= largest);
        largest
    }

    /// Writes the diagonal and the squares of the elements beside it.
    fn tridiagonal(&mut self, diagonal: &mut [f64], squares: &mut [f64]) {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
            // SAFETY: the processor has the two features that the function is compiled for.
            return unsafe { self.tridiagonal_avx2(diagonal, squares) };
        }
        self.any_tridiagonal::<false>(diagonal, squares);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn tridiagonal_avx2(&mut self, diagonal: &mut [f64], squares: &mut [f64]) {
        self.any_tridiagonal::<true>(diagonal, squares);
    }

    /// From the last row up: the reflection that leaves of row i only the element next to the diagonal acts on the rows before it. Rows hold what is below
    /// the diagonal, then zeros to the end of the piece.
    #[inline(always)]
    fn any_tridiagonal<const FMA: bool>(&mut self, diagonal: &mut [f64], squares: &mut [f64]) {
        let (n, stride) = (self.rows, self.stride);
        for (i, d) in diagonal.iter_mut().enumerate() {
            *d = self.re[i * stride + i / LANES][i % LANES];
            self.clear(i);
        }
        let [mut v, mut p, mut sums] = std::mem::take(&mut self.vectors);
        for i in (1..n).rev() {
            let row = i * stride..i * stride + i.div_ceil(LANES);
            v.re[..row.len()].copy_from_slice(&self.re[row.clone()]);
            v.im.iter_mut().zip(&self.im[row]).for_each(|(y, x)| *y = x.map(|x| -x));
            let (square, tau) = reflector(&mut v, i - 1, 0..i - 1);
            squares[i - 1] = square;
            if tau == 0.0 {
                continue;
            }
            // p = A v, then q = tau p - tau^2/2 (v^dag p) v.
            p.clear();
            let (sr, si) = sums.flat();
            for r in (0..i - i % 2).step_by(2) {
                let [one, next] = self.turned::<FMA, 2>(r, &v, &mut p);
                ((sr[r], si[r]), (sr[r + 1], si[r + 1])) = (one, next);
            }
            if i % 2 == 1 {
                [(sr[i - 1], si[i - 1])] = self.turned::<FMA, 1>(i - 1, &v, &mut p);
            }
            let ((vr, vi), (pr, pi)) = (v.flat(), p.flat());
            let mut overlap = 0.0;
            for (r, d) in diagonal[..i].iter().enumerate() {
                pr[r] = madd::<FMA>(*d, vr[r], pr[r] + sr[r]);
                pi[r] = madd::<FMA>(*d, vi[r], pi[r] + si[r]);
                overlap = madd::<FMA>(vr[r], pr[r], madd::<FMA>(vi[r], pi[r], overlap));
            }
            // tau is 1/|v|^2: its square may be none.
            let part = -0.5 * tau * (tau * overlap);
            // A - v q^dag - q v^dag
            for (r, d) in diagonal[..i].iter_mut().enumerate() {
                pr[r] = madd::<FMA>(tau, pr[r], part * vr[r]);
                pi[r] = madd::<FMA>(tau, pi[r], part * vi[r]);
                *d -= 2.0 * (vr[r] * pr[r] + vi[r] * pi[r]);
            }
            for r in (0..i - i % 2).step_by(2) {
                self.less::<FMA, 2>(r, &v, &p);
            }
            if i % 2 == 1 {
                self.less::<FMA, 1>(i - 1, &v, &p);
            }
        }
        self.vectors = [v, p, sums];
    }

    /// Zeros in row r from the diagonal on to the end of its piece.
    #[inline(always)]
    fn clear(&mut self, r: usize) {
        let place = r * self.stride + r / LANES;
        for part in [&mut self.re[place], &mut self.im[place]] {
            *part = std::array::from_fn(|l| if l < r % LANES { part[l] } else { 0.0 });
        }
    }

    /// sum_j A_rj v_j over what is before the diagonal, for R rows from an even r on; adds conj(A_rj) v_r to p_j.
    #[inline(always)]
    fn turned<const FMA: bool, const R: usize>(&self, r: usize, v: &Pair, p: &mut Pair) -> [(f64, f64); R] {
        let pieces = r / LANES + 1;
        let rows: [(&[Piece], &[Piece]); R] = std::array::from_fn(|k| self.row(r + k, 0, pieces));
        let own: [(f64, f64); R] = std::array::from_fn(|k| v.at(r + k));
        let (vr, vi) = (&v.re[..pieces], &v.im[..pieces]);
        let (pr, pi) = (&mut p.re[..pieces], &mut p.im[..pieces]);
        let (mut re, mut im) = ([[0.0; LANES]; R], [[0.0; LANES]; R]);
        for at in 0..pieces {
            let (vr, vi, mut qr, mut qi) = (vr[at], vi[at], pr[at], pi[at]);
            for k in 0..R {
                let (a, b, (x, y)) = (rows[k].0[at], rows[k].1[at], own[k]);
                for l in 0..LANES {
                    re[k][l] = madd::<FMA>(a[l], vr[l], madd::<FMA>(-b[l], vi[l], re[k][l]));
                    im[k][l] = madd::<FMA>(a[l], vi[l], madd::<FMA>(b[l], vr[l], im[k][l]));
                    qr[l] = madd::<FMA>(a[l], x, madd::<FMA>(b[l], y, qr[l]));
                    qi[l] = madd::<FMA>(a[l], y, madd::<FMA>(-b[l], x, qi[l]));
                }
            }
            (pr[at], pi[at]) = (qr, qi);
        }
        std::array::from_fn(|k| (sum(re[k]), sum(im[k])))
    }

    /// R rows from an even r on less v_r q^dag + q_r v^dag, before the diagonal.
    #[inline(always)]
    fn less<const FMA: bool, const R: usize>(&mut self, r: usize, v: &Pair, q: &Pair) {
        let pieces = r / LANES + 1;
        let (vr, vi, qr, qi) = (&v.re[..pieces], &v.im[..pieces], &q.re[..pieces], &q.im[..pieces]);
        for row in r..r + R {
            let ((x, y), (s, t)) = (v.at(row), q.at(row));
            let (re, im) = self.row_mut(row, 0, pieces);
            for at in 0..pieces {
                let (vr, vi, qr, qi) = (vr[at], vi[at], qr[at], qi[at]);
                let (a, b) = (&mut re[at], &mut im[at]);
                for l in 0..LANES {
                    a[l] = madd::<FMA>(-x, qr[l], madd::<FMA>(-y, qi[l], a[l]));
                    a[l] = madd::<FMA>(-s, vr[l], madd::<FMA>(-t, vi[l], a[l]));
                    b[l] = madd::<FMA>(-y, qr[l], madd::<FMA>(x, qi[l], b[l]));
                    b[l] = madd::<FMA>(-t, vr[l], madd::<FMA>(s, vi[l], b[l]));
                }
            }
            self.clear(row);
        }
    }

    /// Pieces of a row.
    #[inline(always)]
    fn row(&self, r: usize, from: usize, to: usize) -> (&[Piece], &[Piece]) {
        let at = r * self.stride + from..r * self.stride + to;
        (&self.re[at.clone()], &self.im[at])
    }

    #[inline(always)]
    fn row_mut(&mut self, r: usize, from: usize, to: usize) -> (&mut [Piece], &mut [Piece]) {
        let at = r * self.stride + from..r * self.stride + to;
        (&mut self.re[at.clone()], &mut self.im[at])
    }

    /// Writes the squares of the diagonal and of what is next to it, in turn.
    fn bidiagonal(&mut self, squares: &mut [f64]) {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
            // SAFETY: the processor has the two features that the function is compiled for.
            return unsafe { self.bidiagonal_avx2(squares) };
        }
        self.any_bidiagonal::<false>(squares);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn bidiagonal_avx2(&mut self, squares: &mut [f64]) {
        self.any_bidiagonal::<true>(squares);
    }

    /// Reflections of rows leave of column k what is above and on the diagonal, those of columns of row k one element more.
    #[inline(always)]
    fn any_bidiagonal<const FMA: bool>(&mut self, squares: &mut [f64]) {
        let (m, n, stride) = (self.rows, self.columns, self.stride);
        let [mut v, mut w, other] = std::mem::take(&mut self.vectors);
        for k in 0..n {
            let (vr, vi) = v.flat();
            for i in k..m {
                let place = i * stride + k / LANES;
                (vr[i], vi[i]) = (self.re[place][k % LANES], self.im[place][k % LANES]);
            }
            let (square, tau) = reflector(&mut v, k, k + 1..m);
            squares[2 * k] = square;
            if k + 1 == n {
                break;
            }
            let first = (k + 1) / LANES;
            if tau != 0.0 {
                // A - tau v (v^dag A)
                w.clear();
                for i in k..m {
                    let (x, y) = v.at(i);
                    let (a, b) = self.row(i, first, stride);
                    let sums = w.re[first..].iter_mut().zip(&mut w.im[first..]);
                    for ((re, im), (a, b)) in sums.zip(a.iter().zip(b)) {
                        for l in 0..LANES {
                            re[l] = madd::<FMA>(x, a[l], madd::<FMA>(y, b[l], re[l]));
                            im[l] = madd::<FMA>(x, b[l], madd::<FMA>(-y, a[l], im[l]));
                        }
                    }
                }
                for i in k..m {
                    let (x, y) = v.at(i);
                    self.add::<FMA>(i, first, (-tau * x, -tau * y), &w, 1.0);
                }
            }
            // Row k, conjugated, and zeros elsewhere.
            w.clear();
            let (a, b) = self.row(k, 0, stride);
            let (wr, wi) = w.flat();
            for j in k + 1..n {
                (wr[j], wi[j]) = (a.as_flattened()[j], -b.as_flattened()[j]);
            }
            let (square, tau) = reflector(&mut w, k + 1, k + 2..n);
            squares[2 * k + 1] = square;
            if tau == 0.0 {
                continue;
            }
            // A - tau (A w) w^dag
            for i in k + 1..m {
                let (a, b) = self.row(i, first, stride);
                let (mut re, mut im) = ([0.0; LANES], [0.0; LANES]);
                for ((a, b), (wr, wi)) in a.iter().zip(b).zip(w.re[first..].iter().zip(&w.im[first..])) {
                    for l in 0..LANES {
                        re[l] = madd::<FMA>(a[l], wr[l], madd::<FMA>(-b[l], wi[l], re[l]));
                        im[l] = madd::<FMA>(a[l], wi[l], madd::<FMA>(b[l], wr[l], im[l]));
                    }
                }
                self.add::<FMA>(i, first, (-tau * sum(re), -tau * sum(im)), &w, -1.0);
            }
        }
        self.vectors = [v, w, other];
    }

    /// Adds a factor times w, or for a negative sign conj(w), to row i from a piece on.
    #[inline(always)]
    fn add<const FMA: bool>(&mut self, i: usize, first: usize, (x, y): (f64, f64), w: &Pair, sign: f64) {
        let (turned, other) = (-sign * y, sign * x);
        let (a, b) = self.row_mut(i, first, self.stride);
        for ((a, b), (wr, wi)) in a.iter_mut().zip(b).zip(w.re[first..].iter().zip(&w.im[first..])) {
            for l in 0..LANES {
                a[l] = madd::<FMA>(x, wr[l], madd::<FMA>(turned, wi[l], a[l]));
                b[l] = madd::<FMA>(other, wi[l], madd::<FMA>(y, wr[l], b[l]));
            }
        }
    }
}

/// The numbers of a piece.
#[inline(always)]
fn sum([a, b, c, d]: Piece) -> f64 {
    (a + b) + (c + d)
}

/// Makes of y the v of the reflection 1 - tau v v^dag that leaves of y only its element at `kept`; `others` are all others. Returns |y|^2 and tau, which
/// is 0 where the others are.
#[inline(always)]
fn reflector(y: &mut Pair, kept: usize, others: std::ops::Range<usize>) -> (f64, f64) {
    let (yr, yi) = y.flat();
    let rest: f64 = yr[others.clone()].iter().zip(&yi[others]).map(|(x, y)| x * x + y * y).sum();
    let (re, im) = (yr[kept], yi[kept]);
    let own = re * re + im * im;
    if rest <= NOTHING {
        return (own, 0.0);
    }
    let (size, norm) = (own.sqrt(), (own + rest).sqrt());
    let (cos, sin) = if size > 0.0 { (re / size, im / size) } else { (1.0, 0.0) };
    (yr[kept], yi[kept]) = (re + cos * norm, im + sin * norm);
    (own + rest, 1.0 / (norm * (norm + size)))
}

#[cfg(test)]
mod tests {
    use faer::{Mat, Side};
    use num_complex::Complex64;

    use super::*;

    fn random(seed: u64, rows: usize, columns: usize) -> Mat<Complex64> {
        let mut random = fastrand::Rng::with_seed(seed);
        Mat::from_fn(rows, columns, |_, _| Complex64::new(random.f64() - 0.5, random.f64() - 0.5))
    }

    fn entry(matrix: &Mat<Complex64>) -> impl Fn(usize, usize) -> (f64, f64) {
        |i, j| (matrix[(i, j)].re, matrix[(i, j)].im)
    }

    fn planes(matrix: &Mat<Complex64>) -> (Planes, f64) {
        let mut planes = Planes::default();
        planes.fill(matrix.nrows(), matrix.ncols(), |_| matrix.ncols(), entry(matrix));
        let scale = planes.scale();
        (planes, scale)
    }

    /// Of both codes: the one for this machine and the one for any.
    fn eigenvalues_of(matrix: &Mat<Complex64>) -> [Vec<f64>; 2] {
        let mut spectra = Spectra::default();
        spectra.add_hermitian(matrix.nrows(), entry(matrix));
        let (mut planes, scale) = planes(matrix);
        let mut portable = Tridiagonals::default();
        portable.add(matrix.nrows(), scale, |diagonal, squares| {
            planes.any_tridiagonal::<false>(diagonal, squares);
        });
        [spectra.eigenvalues(), portable.eigenvalues()].map(|mut values| {
            values.sort_by(f64::total_cmp);
            values
        })
    }

    fn check_eigenvalues(matrix: &Mat<Complex64>, what: &str) {
        let expected = matrix.self_adjoint_eigenvalues(Side::Lower).unwrap();
        let largest = expected.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
        for found in eigenvalues_of(matrix) {
            assert_eq!(found.len(), expected.len());
            let error = found.iter().zip(&expected).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
            assert!(error <= 1e-14 * largest, "{what}: {error:e}");
        }
    }

    #[test]
    fn eigenvalues_are_those_of_the_library() {
        for n in [1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 64] {
            let any = random(n as u64, n, n);
            let hermitian = &any + any.adjoint();
            check_eigenvalues(&hermitian, "indefinite");
            // Low rank, with many eigenvalues at 0.
            let some = random(n as u64, n, n.div_ceil(3));
            check_eigenvalues(&(&some * some.adjoint()), "low rank");
            // Many equal ones.
            let column = random(7, n, 1);
            check_eigenvalues(&(Mat::<Complex64>::identity(n, n) + &column * column.adjoint()), "degenerate");
            // Sizes from 1 to 1e-14.
            let small = |i: usize| 10.0_f64.powf(-14.0 * i as f64 / n as f64);
            check_eigenvalues(&Mat::from_fn(n, n, |i, j| hermitian[(i, j)] * small(i) * small(j)), "graded");
            check_eigenvalues(
                &Mat::from_fn(n, n, |i, j| {
                    hermitian[(n - 1 - i, n - 1 - j)] * small(n - 1 - i) * small(n - 1 - j)
                }),
                "graded upwards",
            );
            // The far levels of an oscillator.
            let far = |i: usize| 10.0_f64.powf(-150.0 * i as f64 / n as f64);
            check_eigenvalues(&Mat::from_fn(n, n, |i, j| hermitian[(i, j)] * far(i) * far(j)), "far levels");
            check_eigenvalues(&Mat::from_fn(n, n, |i, j| hermitian[(i, j)] * 1e-99), "within range");
            check_eigenvalues(&Mat::from_fn(n, n, |i, j| hermitian[(i, j)] * 1e-200), "small");
            check_eigenvalues(&Mat::from_fn(n, n, |i, j| hermitian[(i, j)] * 1e200), "large");
        }
    }

    /// Of both codes.
    fn trace_norms_of(matrix: &Mat<Complex64>) -> [f64; 2] {
        let mut spectra = Spectra::default();
        spectra.add_both_signs(matrix.nrows(), matrix.ncols(), entry(matrix));
        let (mut planes, scale) = planes(matrix);
        let mut portable = Spectra::default();
        portable
            .tridiagonal
            .add(2 * matrix.ncols(), scale, |_, squares| planes.any_bidiagonal::<false>(squares));
        [spectra.trace_norm(), portable.trace_norm()]
    }

    #[test]
    fn trace_norms_are_those_of_the_library() {
        let check = |matrix: &Mat<Complex64>| {
            let expected: f64 = matrix.singular_values().unwrap().iter().sum();
            for found in trace_norms_of(matrix) {
                assert!((found - expected).abs() <= 1e-14 * expected, "{found} {expected}");
            }
            let turned = matrix.adjoint().to_owned();
            let mut spectra = Spectra::default();
            spectra.add_both_signs(turned.nrows(), turned.ncols(), |i, j| {
                (turned[(i, j)].re, turned[(i, j)].im)
            });
            assert!((spectra.trace_norm() - expected).abs() <= 1e-14 * expected);
        };
        for (rows, columns) in
            [(1, 1), (2, 1), (2, 2), (3, 2), (6, 5), (8, 4), (9, 9), (10, 9), (20, 15), (40, 33)]
        {
            check(&random(3, rows, columns));
            // Of low rank: values at 0.
            let rank = columns.div_ceil(3);
            check(&(random(4, rows, rank) * random(5, rank, columns)));
        }
        let far = random(6, 9, 7);
        check(&Mat::from_fn(9, 7, |i, j| far[(i, j)] * 10.0_f64.powf(-12.0 * (i + j) as f64)));
        check(&Mat::from_fn(9, 7, |i, j| far[(i, j)] * 1e-99));
        check(&Mat::from_fn(5, 5, |i, j| Complex64::new(if i == j { 0.1 * i as f64 } else { 0.0 }, 0.0)));
    }

    #[test]
    fn many_together_are_what_each_is_alone() {
        let sizes = [5, 1, 12, 2, 0, 31, 3, 8];
        let matrices = sizes.map(|n| {
            let any = random(n as u64, n, n);
            &any + any.adjoint()
        });
        let mut together = Spectra::default();
        let mut alone = Vec::new();
        for matrix in &matrices {
            together.add_hermitian(matrix.nrows(), entry(matrix));
            let mut spectra = Spectra::default();
            spectra.add_hermitian(matrix.nrows(), entry(matrix));
            alone.extend(spectra.eigenvalues());
        }
        assert_eq!(together.eigenvalues(), alone);
    }

    #[test]
    fn numbers_that_are_none_are_told() {
        let mut spectra = Spectra::default();
        spectra.add_hermitian(3, |_, _| (f64::NAN, 0.0));
        spectra.add_hermitian(2, |_, _| (1.0, 0.0));
        spectra.add_hermitian(3, |_, _| (f64::INFINITY, 0.0));
        spectra.add_both_signs(3, 2, |_, _| (0.0, 0.0));
        let values = spectra.eigenvalues();
        assert!(values[..3].iter().chain(&values[5..8]).all(|x| x.is_nan()), "{values:?}");
        assert!(values[3].abs() < 1e-15 && (values[4] - 2.0).abs() < 1e-15, "{values:?}");
        assert_eq!(values[8..], [0.0; 4]);
    }
}
