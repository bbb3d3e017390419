//! Eigenvalues of Hermitian matrices and trace norms of any, without vectors.
//!
//! Reflections P = 1 - tau v v^dag make a Hermitian matrix tridiagonal and any other bidiagonal. Phases of the elements beside the diagonal change no value, so that
//! only their squares are kept. The singular values of a bidiagonal matrix are the eigenvalues +-sigma of the tridiagonal one that has zeros on its diagonal and
//! the elements of the bidiagonal one in turn beside it. Eigenvalues of tridiagonal matrices come from the QL iteration without square roots of Pal, Walker and Kahan.
//! Errors are some units of rounding of the largest value. Sources: Golub, Van Loan, Matrix Computations, 5.4.8, 8.3.1, 8.6.1; Parlett, The Symmetric Eigenvalue
//! Problem, 8.15.

use super::vectors::{array, madd};

/// Numbers that are worked on together.
const LANES: usize = 4;
/// Squares below this have lost digits; with the largest entry near 1 they are nothing.
const NOTHING: f64 = 1e-280;
/// Steps of the iteration for every value; two are usual.
const STEPS: usize = 60;

/// Eigenvalues of a Hermitian matrix in nondecreasing order, from entries (real part, imaginary part) on and below the diagonal; NaN for every one when an entry is not
/// finite.
pub(crate) fn hermitian_eigenvalues(n: usize, entry: impl Fn(usize, usize) -> (f64, f64)) -> Vec<f64> {
    let lower = |i: usize, j: usize| if j <= i { entry(i, j) } else { (0.0, 0.0) };
    Planes::from_fn(n, n, lower).eigenvalues().unwrap_or_else(|| vec![f64::NAN; n])
}

/// The sum of the singular values of a matrix of entries (real part, imaginary part); NaN when one is not finite.
pub(crate) fn trace_norm(rows: usize, columns: usize, entry: impl Fn(usize, usize) -> (f64, f64)) -> f64 {
    let planes = match columns <= rows {
        true => Planes::from_fn(rows, columns, entry),
        false => Planes::from_fn(columns, rows, |i, j| entry(j, i)),
    };
    planes.trace_norm().unwrap_or(f64::NAN)
}

/// A complex matrix as real and imaginary parts, its rows filled up with zeros to whole pieces.
struct Planes {
    rows: usize,
    columns: usize,
    stride: usize,
    re: Vec<f64>,
    im: Vec<f64>,
}

/// The same of a vector.
struct Pair {
    re: Vec<f64>,
    im: Vec<f64>,
}

impl Pair {
    fn zero(len: usize) -> Self {
        Pair { re: vec![0.0; len], im: vec![0.0; len] }
    }
}

impl Planes {
    /// Of entries (real part, imaginary part).
    fn from_fn(rows: usize, columns: usize, entry: impl Fn(usize, usize) -> (f64, f64)) -> Self {
        let stride = columns.next_multiple_of(LANES);
        let (mut re, mut im) = (vec![0.0; rows * stride], vec![0.0; rows * stride]);
        for i in 0..rows {
            for j in 0..columns {
                (re[i * stride + j], im[i * stride + j]) = entry(i, j);
            }
        }
        Planes { rows, columns, stride, re, im }
    }

    /// Eigenvalues of a Hermitian matrix, of which the part below the diagonal is read, in nondecreasing order; `None` where an entry is not finite.
    fn eigenvalues(mut self) -> Option<Vec<f64>> {
        let scale = self.scale();
        let (mut diagonal, mut squares) = self.tridiagonal();
        if !root_free_ql(&mut diagonal, &mut squares) {
            return None;
        }
        diagonal.sort_by(f64::total_cmp);
        if scale != 1.0 {
            diagonal.iter_mut().for_each(|x| *x *= scale);
        }
        Some(diagonal)
    }

    /// The sum of the singular values of a matrix that has no more columns than rows; `None` where an entry is not finite.
    fn trace_norm(mut self) -> Option<f64> {
        debug_assert!(self.columns <= self.rows);
        let scale = self.scale();
        let mut squares = self.bidiagonal();
        let mut values = vec![0.0; squares.len()];
        root_free_ql(&mut values, &mut squares)
            .then(|| 0.5 * scale * values.iter().map(|x| x.abs()).sum::<f64>())
    }

    /// Divides by a number where squares would leave the range of `f64`.
    fn scale(&mut self) -> f64 {
        let largest = self.re.iter().chain(&self.im).fold(0.0_f64, |a, b| a.max(b.abs()));
        if largest == 0.0 || (1e-100..1e100).contains(&largest) {
            return 1.0;
        }
        self.re.iter_mut().chain(&mut self.im).for_each(|x| *x /= largest);
        largest
    }

    /// The diagonal and the squares of the elements beside it, followed by 0.
    fn tridiagonal(&mut self) -> (Vec<f64>, Vec<f64>) {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
            // SAFETY: the processor has the two features that the function is compiled for.
            return unsafe { self.tridiagonal_avx2() };
        }
        self.any_tridiagonal::<false>()
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn tridiagonal_avx2(&mut self) -> (Vec<f64>, Vec<f64>) {
        self.any_tridiagonal::<true>()
    }

    /// From the last row up: the reflection that leaves of row i only the element next to the diagonal acts on the rows before it. Rows hold what is below
    /// the diagonal, then zeros to the end of the piece.
    #[inline(always)]
    fn any_tridiagonal<const FMA: bool>(&mut self) -> (Vec<f64>, Vec<f64>) {
        let n = self.rows;
        let mut diagonal: Vec<f64> = (0..n).map(|i| self.re[i * self.stride + i]).collect();
        let mut squares = vec![0.0; n];
        for i in 0..n {
            self.clear(i, i);
        }
        let (mut v, mut p) = (Pair::zero(self.stride), Pair::zero(self.stride));
        for i in (1..n).rev() {
            let row = i * self.stride..i * self.stride + i.next_multiple_of(LANES);
            let width = row.len();
            v.re[..width].copy_from_slice(&self.re[row.clone()]);
            v.im[..width].iter_mut().zip(&self.im[row]).for_each(|(y, x)| *y = -x);
            let (square, tau) = reflector(&mut v, i - 1, 0..i - 1);
            squares[i - 1] = square;
            if tau == 0.0 {
                continue;
            }
            // p = tau A v, then q = p - tau/2 (v^dag p) v.
            p.re[..width].fill(0.0);
            p.im[..width].fill(0.0);
            for r in 0..i {
                let sum = self.turned::<FMA>(r, &v, &mut p);
                p.re[r] += madd::<FMA>(diagonal[r], v.re[r], sum.0);
                p.im[r] += madd::<FMA>(diagonal[r], v.im[r], sum.1);
            }
            let overlap: f64 = (0..i).map(|r| v.re[r] * p.re[r] + v.im[r] * p.im[r]).sum();
            let part = 0.5 * tau * tau * overlap;
            for r in 0..i {
                p.re[r] = tau * p.re[r] - part * v.re[r];
                p.im[r] = tau * p.im[r] - part * v.im[r];
            }
            // A - v q^dag - q v^dag
            for r in 0..i {
                diagonal[r] -= 2.0 * (v.re[r] * p.re[r] + v.im[r] * p.im[r]);
                self.less::<FMA>(r, &v, &p);
                self.clear(r, r);
            }
        }
        (diagonal, squares)
    }

    /// Zeros from a column on to the end of its piece.
    #[inline(always)]
    fn clear(&mut self, row: usize, column: usize) {
        let at = row * self.stride + column..row * self.stride + column.next_multiple_of(LANES);
        self.re[at.clone()].fill(0.0);
        self.im[at].fill(0.0);
    }

    /// sum_j A_rj v_j over what is before the diagonal; adds conj(A_rj) v_r to p_j.
    #[inline(always)]
    fn turned<const FMA: bool>(&self, r: usize, v: &Pair, p: &mut Pair) -> (f64, f64) {
        let (x, y) = (v.re[r], v.im[r]);
        let (mut re, mut im) = ([0.0; LANES], [0.0; LANES]);
        for at in (0..r).step_by(LANES) {
            let a = array::<LANES>(&self.re, r * self.stride + at);
            let b = array::<LANES>(&self.im, r * self.stride + at);
            let (vr, vi) = (array::<LANES>(&v.re, at), array::<LANES>(&v.im, at));
            let (mut pr, mut pi) = (*array::<LANES>(&p.re, at), *array::<LANES>(&p.im, at));
            for l in 0..LANES {
                re[l] = madd::<FMA>(a[l], vr[l], madd::<FMA>(-b[l], vi[l], re[l]));
                im[l] = madd::<FMA>(a[l], vi[l], madd::<FMA>(b[l], vr[l], im[l]));
                pr[l] = madd::<FMA>(a[l], x, madd::<FMA>(b[l], y, pr[l]));
                pi[l] = madd::<FMA>(a[l], y, madd::<FMA>(-b[l], x, pi[l]));
            }
            p.re[at..at + LANES].copy_from_slice(&pr);
            p.im[at..at + LANES].copy_from_slice(&pi);
        }
        (re.iter().sum(), im.iter().sum())
    }

    /// Row r less v_r q^dag + q_r v^dag, before the diagonal.
    #[inline(always)]
    fn less<const FMA: bool>(&mut self, r: usize, v: &Pair, q: &Pair) {
        let ((x, y), (s, t)) = ((-v.re[r], -v.im[r]), (-q.re[r], -q.im[r]));
        for at in (0..r).step_by(LANES) {
            let place = r * self.stride + at;
            let (vr, vi) = (array::<LANES>(&v.re, at), array::<LANES>(&v.im, at));
            let (qr, qi) = (array::<LANES>(&q.re, at), array::<LANES>(&q.im, at));
            let (mut a, mut b) = (*array::<LANES>(&self.re, place), *array::<LANES>(&self.im, place));
            for l in 0..LANES {
                a[l] = madd::<FMA>(x, qr[l], madd::<FMA>(y, qi[l], a[l]));
                a[l] = madd::<FMA>(s, vr[l], madd::<FMA>(t, vi[l], a[l]));
                b[l] = madd::<FMA>(y, qr[l], madd::<FMA>(-x, qi[l], b[l]));
                b[l] = madd::<FMA>(t, vr[l], madd::<FMA>(-s, vi[l], b[l]));
            }
            self.re[place..place + LANES].copy_from_slice(&a);
            self.im[place..place + LANES].copy_from_slice(&b);
        }
    }

    /// The squares of the diagonal and of what is next to it, in turn, followed by 0.
    fn bidiagonal(&mut self) -> Vec<f64> {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
            // SAFETY: the processor has the two features that the function is compiled for.
            return unsafe { self.bidiagonal_avx2() };
        }
        self.any_bidiagonal::<false>()
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn bidiagonal_avx2(&mut self) -> Vec<f64> {
        self.any_bidiagonal::<true>()
    }

    /// Reflections of rows leave of column k what is above and on the diagonal, those of columns of row k one element more.
    #[inline(always)]
    fn any_bidiagonal<const FMA: bool>(&mut self) -> Vec<f64> {
        let (m, n, stride) = (self.rows, self.columns, self.stride);
        let mut squares = vec![0.0; 2 * n];
        let (mut v, mut w) = (Pair::zero(m), Pair::zero(stride));
        for k in 0..n {
            for i in k..m {
                (v.re[i], v.im[i]) = (self.re[i * stride + k], self.im[i * stride + k]);
            }
            let (square, tau) = reflector(&mut v, k, k + 1..m);
            squares[2 * k] = square;
            if k + 1 == n {
                break;
            }
            let first = (k + 1) / LANES * LANES;
            if tau != 0.0 {
                // A - tau v (v^dag A)
                w.re.fill(0.0);
                w.im.fill(0.0);
                for i in k..m {
                    let row = i * stride;
                    let (x, y) = (v.re[i], v.im[i]);
                    for at in (first..n).step_by(LANES) {
                        let a = array::<LANES>(&self.re, row + at);
                        let b = array::<LANES>(&self.im, row + at);
                        for l in 0..LANES {
                            w.re[at + l] = madd::<FMA>(x, a[l], madd::<FMA>(y, b[l], w.re[at + l]));
                            w.im[at + l] = madd::<FMA>(x, b[l], madd::<FMA>(-y, a[l], w.im[at + l]));
                        }
                    }
                }
                for i in k..m {
                    self.add::<FMA>(i, first, (-tau * v.re[i], -tau * v.im[i]), &w, 1.0);
                }
            }
            // Row k, conjugated, and zeros elsewhere.
            w.re.fill(0.0);
            w.im.fill(0.0);
            for j in k + 1..n {
                (w.re[j], w.im[j]) = (self.re[k * stride + j], -self.im[k * stride + j]);
            }
            let (square, tau) = reflector(&mut w, k + 1, k + 2..n);
            squares[2 * k + 1] = square;
            if tau == 0.0 {
                continue;
            }
            // A - tau (A w) w^dag
            for i in k + 1..m {
                let (mut re, mut im) = ([0.0; LANES], [0.0; LANES]);
                for at in (first..n).step_by(LANES) {
                    let a = array::<LANES>(&self.re, i * stride + at);
                    let b = array::<LANES>(&self.im, i * stride + at);
                    let (wr, wi) = (array::<LANES>(&w.re, at), array::<LANES>(&w.im, at));
                    for l in 0..LANES {
                        re[l] = madd::<FMA>(a[l], wr[l], madd::<FMA>(-b[l], wi[l], re[l]));
                        im[l] = madd::<FMA>(a[l], wi[l], madd::<FMA>(b[l], wr[l], im[l]));
                    }
                }
                let sum = (-tau * re.iter().sum::<f64>(), -tau * im.iter().sum::<f64>());
                self.add::<FMA>(i, first, sum, &w, -1.0);
            }
        }
        squares
    }

    /// Adds a factor times w, or for a negative sign conj(w), to row i from a column on.
    #[inline(always)]
    fn add<const FMA: bool>(&mut self, i: usize, first: usize, (x, y): (f64, f64), w: &Pair, sign: f64) {
        let (turned, other) = (-sign * y, sign * x);
        for at in (first..self.columns).step_by(LANES) {
            let place = i * self.stride + at;
            let (wr, wi) = (array::<LANES>(&w.re, at), array::<LANES>(&w.im, at));
            let (mut a, mut b) = (*array::<LANES>(&self.re, place), *array::<LANES>(&self.im, place));
            for l in 0..LANES {
                a[l] = madd::<FMA>(x, wr[l], madd::<FMA>(turned, wi[l], a[l]));
                b[l] = madd::<FMA>(other, wi[l], madd::<FMA>(y, wr[l], b[l]));
            }
            self.re[place..place + LANES].copy_from_slice(&a);
            self.im[place..place + LANES].copy_from_slice(&b);
        }
    }
}

/// Makes of y the v of the reflection 1 - tau v v^dag that leaves of y only its element at `kept`; `others` are all others. Returns |y|^2 and tau, which
/// is 0 where the others are.
#[inline(always)]
fn reflector(y: &mut Pair, kept: usize, others: std::ops::Range<usize>) -> (f64, f64) {
    let rest: f64 = y.re[others.clone()].iter().chain(&y.im[others]).map(|x| x * x).sum();
    let (re, im) = (y.re[kept], y.im[kept]);
    let own = re * re + im * im;
    if rest <= NOTHING {
        return (own, 0.0);
    }
    let (size, norm) = (own.sqrt(), (own + rest).sqrt());
    let (cos, sin) = if size > 0.0 { (re / size, im / size) } else { (1.0, 0.0) };
    (y.re[kept], y.im[kept]) = (re + cos * norm, im + sin * norm);
    (own + rest, 1.0 / (norm * (norm + size)))
}

/// Eigenvalues of a tridiagonal matrix, in place of its diagonal; `squares` of the elements beside it, followed by 0. Whether they were found.
fn root_free_ql(d: &mut [f64], squares: &mut [f64]) -> bool {
    let n = d.len();
    let largest = d.iter().fold(0.0_f64, |a, x| a.max(x.abs()));
    let scale = squares.iter().fold(largest * largest, |a, x| a.max(*x));
    if !scale.is_finite() || d.iter().chain(squares.iter()).any(|x| x.is_nan()) {
        return false;
    }
    let least = f64::EPSILON * f64::EPSILON * scale;
    let mut left = STEPS * n;
    let mut l = 0;
    while l < n {
        // The block that starts at l.
        let m = (l..n - 1).find(|&m| squares[m] <= least).unwrap_or(n - 1);
        if m == l {
            l += 1;
            continue;
        }
        if m == l + 1 {
            let (mean, half) = (0.5 * (d[l] + d[m]), 0.5 * (d[l] - d[m]));
            let radius = (half * half + squares[l]).sqrt();
            (d[l], d[m]) = (mean - radius, mean + radius);
            l += 2;
            continue;
        }
        if left == 0 {
            return false;
        }
        left -= 1;
        // The eigenvalue of the first two rows that is nearer to d_l.
        let root = squares[l].sqrt();
        let half = (d[l + 1] - d[l]) / (2.0 * root);
        let shift = d[l] - root / (half + (half * half + 1.0).sqrt().copysign(half));
        let (mut c, mut s) = (1.0, 0.0);
        let mut gamma = d[m] - shift;
        let mut p = gamma * gamma;
        for i in (l..m).rev() {
            let square = squares[i];
            let r = p + square;
            squares[i + 1] = if i + 1 < m { s * r } else { squares[i + 1] };
            let before = c;
            // Three divisions that do not wait for each other.
            let inverse = r / p;
            (c, s) = (p / r, square / r);
            let old = gamma;
            gamma = c * (d[i] - shift) - s * old;
            d[i + 1] = old + (d[i] - gamma);
            p = if p > 0.0 { gamma * gamma * inverse } else { before * square };
        }
        squares[l] = s * p;
        d[l] = shift + gamma;
    }
    true
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

    fn planes(matrix: &Mat<Complex64>) -> Planes {
        Planes::from_fn(matrix.nrows(), matrix.ncols(), |i, j| (matrix[(i, j)].re, matrix[(i, j)].im))
    }

    fn check_eigenvalues(matrix: &Mat<Complex64>, what: &str) {
        let expected = matrix.self_adjoint_eigenvalues(Side::Lower).unwrap();
        let largest = expected.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
        let portable = {
            let mut planes = planes(matrix);
            let scale = planes.scale();
            let (mut diagonal, mut squares) = planes.any_tridiagonal::<false>();
            assert!(root_free_ql(&mut diagonal, &mut squares));
            diagonal.sort_by(f64::total_cmp);
            diagonal.iter().map(|x| scale * x).collect()
        };
        for found in [planes(matrix).eigenvalues().unwrap(), portable] {
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
            check_eigenvalues(&Mat::from_fn(n, n, |i, j| hermitian[(i, j)] * 1e-200), "small");
            check_eigenvalues(&Mat::from_fn(n, n, |i, j| hermitian[(i, j)] * 1e200), "large");
        }
    }

    #[test]
    fn trace_norms_are_those_of_the_library() {
        let check = |matrix: &Mat<Complex64>| {
            let expected: f64 = matrix.singular_values().unwrap().iter().sum();
            let portable = {
                let mut squares = planes(matrix).any_bidiagonal::<false>();
                let mut values = vec![0.0; squares.len()];
                assert!(root_free_ql(&mut values, &mut squares));
                0.5 * values.iter().map(|x| x.abs()).sum::<f64>()
            };
            for found in [planes(matrix).trace_norm().unwrap(), portable] {
                assert!((found - expected).abs() <= 1e-14 * expected, "{found} {expected}");
            }
        };
        for (rows, columns) in
            [(1, 1), (2, 1), (2, 2), (3, 2), (6, 5), (8, 4), (9, 9), (10, 9), (20, 15), (40, 33)]
        {
            check(&random(3, rows, columns));
            // Of low rank: values at 0.
            let rank = columns.div_ceil(3);
            check(&(random(4, rows, rank) * random(5, rank, columns)));
        }
        check(&Mat::from_fn(5, 5, |i, j| Complex64::new(if i == j { 0.1 * i as f64 } else { 0.0 }, 0.0)));
    }

    #[test]
    fn numbers_that_are_none_are_told() {
        assert_eq!(Planes::from_fn(3, 3, |_, _| (f64::NAN, 0.0)).eigenvalues(), None);
        assert_eq!(Planes::from_fn(3, 3, |_, _| (f64::INFINITY, 0.0)).trace_norm(), None);
        assert_eq!(Planes::from_fn(3, 3, |_, _| (0.0, 0.0)).eigenvalues(), Some(vec![0.0; 3]));
        assert_eq!(Planes::from_fn(3, 2, |_, _| (0.0, 0.0)).trace_norm(), Some(0.0));
    }
}
