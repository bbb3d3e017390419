//! Vectors of complex numbers as lists of real ones, and the loops over them that cost most.
//!
//! Every loop is compiled for all processors, for those with AVX2 and FMA, and for those with AVX-512.

use num_complex::Complex64;

use super::vectors::array;

/// A function for all processors and for those with wider registers, from one body that is told whether it may fuse products and sums.
macro_rules! widened {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $of:ty),* $(,)?) $(-> $found:ty)? = $body:ident) => {
        $(#[$meta])*
        $vis fn $name($($arg: $of),*) $(-> $found)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx2,fma")]
                fn wider($($arg: $of),*) $(-> $found)? {
                    $body::<true>($($arg),*)
                }
                #[target_feature(enable = "avx2,fma")]
                fn wide($($arg: $of),*) $(-> $found)? {
                    $body::<true>($($arg),*)
                }
                if std::is_x86_feature_detected!("avx512vl") && std::is_x86_feature_detected!("fma") {
                    // SAFETY: the processor has these features; AVX-512 VL comes with the other two.
                    return unsafe { wider($($arg),*) };
                }
                if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
                    // SAFETY: the processor has the two features that the function is compiled for.
                    return unsafe { wide($($arg),*) };
                }
            }
            $body::<false>($($arg),*)
        }
    };
}
pub(crate) use widened;

/// a b + c.
#[inline(always)]
pub(crate) fn madd<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

#[inline(always)]
fn add_scaled_of<const FMA: bool>(factor: f64, v: &[f64], x: &[f64], y: &mut [f64]) {
    for ((y, v), x) in y.iter_mut().zip(v).zip(x) {
        *y = madd::<FMA>(factor * v, *x, *y);
    }
}

widened! {
    /// y_k += factor v_k x_k.
    pub(crate) fn add_scaled(factor: f64, v: &[f64], x: &[f64], y: &mut [f64]) = add_scaled_of
}

/// y_k += factor v_k x_l of pairs of numbers (k, l) and (l, k).
pub(crate) fn add_turned(factor: f64, v: &[f64], x: &[f64], y: &mut [f64]) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
        // SAFETY: the processor has the two features that the function is compiled for.
        return unsafe { add_turned_wide(factor, v, x, y) };
    }
    add_turned_of::<false>(factor, v, x, y);
}

#[inline(always)]
fn add_turned_of<const FMA: bool>(factor: f64, v: &[f64], x: &[f64], y: &mut [f64]) {
    for ((y, v), x) in y.chunks_exact_mut(2).zip(v.chunks_exact(2)).zip(x.chunks_exact(2)) {
        y[0] = madd::<FMA>(factor * v[0], x[1], y[0]);
        y[1] = madd::<FMA>(factor * v[1], x[0], y[1]);
    }
}

/// What compilers make of pairs is three times as slow.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn add_turned_wide(factor: f64, v: &[f64], x: &[f64], y: &mut [f64]) {
    use std::arch::x86_64::{
        _mm256_fmadd_pd, _mm256_loadu_pd, _mm256_mul_pd, _mm256_permute_pd, _mm256_set1_pd, _mm256_storeu_pd,
    };
    let factors = _mm256_set1_pd(factor);
    let (mut ys, mut vs, mut xs) = (y.chunks_exact_mut(4), v.chunks_exact(4), x.chunks_exact(4));
    for ((y, v), x) in ys.by_ref().zip(vs.by_ref()).zip(xs.by_ref()) {
        // SAFETY: all three hold four numbers.
        unsafe {
            let turned = _mm256_permute_pd::<0b0101>(_mm256_loadu_pd(x.as_ptr()));
            let weights = _mm256_mul_pd(factors, _mm256_loadu_pd(v.as_ptr()));
            let sum = _mm256_fmadd_pd(weights, turned, _mm256_loadu_pd(y.as_ptr()));
            _mm256_storeu_pd(y.as_mut_ptr(), sum);
        }
    }
    add_turned_of::<true>(factor, vs.remainder(), xs.remainder(), ys.into_remainder());
}

/// One diagonal of a matrix on some rows: weights, where it reads, and whether of every pair it reads the other number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pass<'a> {
    pub(crate) weights: &'a [f64],
    pub(crate) from: &'a [f64],
    pub(crate) turned: bool,
}

/// Passes that are added up in registers at most.
pub(crate) const MOST_PASSES: usize = 6;

/// y_k = factor sum_p v_pk x_pk, up to [`MOST_PASSES`] at once; whether the processor can, for so many numbers.
pub(crate) fn summed(factor: f64, passes: &[Pass<'_>], y: &mut [f64]) -> bool {
    #[cfg(target_arch = "x86_64")]
    if y.len() >= 8 && std::is_x86_feature_detected!("avx512f") {
        // SAFETY: the processor has the feature that the functions are compiled for.
        unsafe {
            match passes.len() {
                1 => summed_wide::<1>(factor, passes, y),
                2 => summed_wide::<2>(factor, passes, y),
                3 => summed_wide::<3>(factor, passes, y),
                4 => summed_wide::<4>(factor, passes, y),
                5 => summed_wide::<5>(factor, passes, y),
                6 => summed_wide::<6>(factor, passes, y),
                _ => return false,
            }
        }
        return true;
    }
    false
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn summed_wide<const N: usize>(factor: f64, passes: &[Pass<'_>], y: &mut [f64]) {
    use std::arch::x86_64::{
        _mm512_fmadd_pd, _mm512_loadu_pd, _mm512_mul_pd, _mm512_permutevar_pd, _mm512_set1_pd,
        _mm512_setr_epi64, _mm512_setzero_pd, _mm512_storeu_pd,
    };
    let n = y.len();
    assert!(passes.len() == N && passes.iter().all(|pass| pass.weights.len() >= n && pass.from.len() >= n));
    let passes: [Pass<'_>; N] = std::array::from_fn(|p| passes[p]);
    let (as_is, turned) =
        (_mm512_setr_epi64(0, 2, 0, 2, 0, 2, 0, 2), _mm512_setr_epi64(2, 0, 2, 0, 2, 0, 2, 0));
    let mut order = [as_is; N];
    for p in 0..N {
        if passes[p].turned {
            order[p] = turned;
        }
    }
    let factors = _mm512_set1_pd(factor);
    let mut k = 0;
    while k < n {
        // The last eight overlap those before, which gives the same numbers again.
        let at = k.min(n - 8);
        let mut sum = _mm512_setzero_pd();
        for p in 0..N {
            // SAFETY: weights and numbers have at least n >= at + 8 entries.
            let (v, x) = unsafe {
                (
                    _mm512_loadu_pd(passes[p].weights.as_ptr().add(at)),
                    _mm512_loadu_pd(passes[p].from.as_ptr().add(at)),
                )
            };
            sum = _mm512_fmadd_pd(v, _mm512_permutevar_pd(x, order[p]), sum);
        }
        // SAFETY: y has n >= at + 8 entries.
        unsafe { _mm512_storeu_pd(y.as_mut_ptr().add(at), _mm512_mul_pd(factors, sum)) };
        k += 8;
    }
}

/// Real and imaginary parts in turn.
#[inline(always)]
pub(crate) fn flat(x: &[Complex64]) -> &[f64] {
    // SAFETY: a complex number is two real ones, `repr(C)`.
    unsafe { std::slice::from_raw_parts(x.as_ptr().cast(), 2 * x.len()) }
}

/// The same to be written.
#[inline(always)]
pub(crate) fn flat_mut(x: &mut [Complex64]) -> &mut [f64] {
    // SAFETY: a complex number is two real ones, `repr(C)`.
    unsafe { std::slice::from_raw_parts_mut(x.as_mut_ptr().cast(), 2 * x.len()) }
}

/// Numbers that are added at once: two registers of eight, or more that are narrower.
const LANES: usize = 8;
const SUMS: usize = 2;

/// Their sum. What compilers make of sums of pairs is twice as slow.
#[inline(always)]
fn total(sums: [[f64; LANES]; SUMS]) -> f64 {
    let mut one = sums[0];
    for k in 0..LANES {
        one[k] += sums[1][k];
    }
    one.iter().sum()
}

/// sum_k a_k b_k.
#[inline(always)]
fn dot_of<const FMA: bool>(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [[0.0; LANES]; SUMS];
    let (mut a, mut b) = (a.chunks_exact(SUMS * LANES), b.chunks_exact(SUMS * LANES));
    for (a, b) in a.by_ref().zip(b.by_ref()) {
        for h in 0..SUMS {
            for k in 0..LANES {
                sums[h][k] = madd::<FMA>(a[h * LANES + k], b[h * LANES + k], sums[h][k]);
            }
        }
    }
    let mut rest = 0.0;
    for (a, b) in a.remainder().iter().zip(b.remainder()) {
        rest = madd::<FMA>(*a, *b, rest);
    }
    total(sums) + rest
}

widened! {
    /// sum_k a_k b_k.
    pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 = dot_of
}

/// sum_k w_k a_k b_k.
#[inline(always)]
pub(crate) fn weighted_of<const FMA: bool>(weights: &[f64], a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [[0.0; LANES]; SUMS];
    let size = SUMS * LANES;
    let (mut w, mut a, mut b) = (weights.chunks_exact(size), a.chunks_exact(size), b.chunks_exact(size));
    for ((w, a), b) in w.by_ref().zip(a.by_ref()).zip(b.by_ref()) {
        for h in 0..SUMS {
            for k in 0..LANES {
                let at = h * LANES + k;
                sums[h][k] = madd::<FMA>(w[at] * a[at], b[at], sums[h][k]);
            }
        }
    }
    let mut rest = 0.0;
    for ((w, a), b) in w.remainder().iter().zip(a.remainder()).zip(b.remainder()) {
        rest = madd::<FMA>(w * a, *b, rest);
    }
    total(sums) + rest
}

#[inline(always)]
fn weighted_norm_of<const FMA: bool>(x: &[f64], weights: &[f64]) -> f64 {
    weighted_of::<FMA>(weights, x, x)
}

widened! {
    /// sum_k w_k x_k^2.
    pub(crate) fn weighted_norm(x: &[f64], weights: &[f64]) -> f64 = weighted_norm_of
}

/// ||psi||^2.
pub(crate) fn norm_sqr(psi: &[Complex64]) -> f64 {
    dot(flat(psi), flat(psi))
}

#[inline(always)]
fn sum_of<const FMA: bool>(terms: &[Vec<Complex64>], s: f64, out: &mut [Complex64]) {
    let (last, rest) = terms.split_last().expect("a series has a first term");
    out.copy_from_slice(last);
    for term in rest.iter().rev() {
        for (x, v) in flat_mut(out).iter_mut().zip(flat(term)) {
            *x = madd::<FMA>(s, *x, *v);
        }
    }
}

widened! {
    /// out = sum_k s^k v_k.
    pub(crate) fn series_at(terms: &[Vec<Complex64>], s: f64, out: &mut [Complex64]) = sum_of
}

#[inline(always)]
fn sums_of<const FMA: bool>(
    terms: &[Vec<Complex64>],
    s: f64,
    out: &mut [Complex64],
    slope: &mut [Complex64],
) {
    let (last, rest) = terms.split_last().expect("a series has a first term");
    out.copy_from_slice(last);
    slope.fill(Complex64::ZERO);
    for term in rest.iter().rev() {
        for ((x, y), v) in flat_mut(out).iter_mut().zip(flat_mut(slope)).zip(flat(term)) {
            *y = madd::<FMA>(s, *y, *x);
            *x = madd::<FMA>(s, *x, *v);
        }
    }
}

widened! {
    /// The same with its derivative by s.
    pub(crate) fn series_and_slope_at(
        terms: &[Vec<Complex64>],
        s: f64,
        out: &mut [Complex64],
        slope: &mut [Complex64],
    ) = sums_of
}

/// Amplitudes of one ket, real and imaginary parts in turn, and all Re - Im, then all Re + Im.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Amplitudes<'a> {
    pub(crate) psi: &'a [f64],
    pub(crate) parts: &'a [f64],
}

/// Kets that [`add_pure`] adds at once.
pub(crate) const MOST_KETS: usize = 4;

/// W columns from one on, of all rows.
#[inline(always)]
fn add_columns<const FMA: bool, const K: usize, const W: usize>(
    kets: &[Amplitudes<'_>; K],
    column: usize,
    stride: usize,
    out: &mut [f64],
) {
    let size = kets[0].psi.len() / 2;
    let (mut minus, mut plus) = ([[0.0; W]; K], [[0.0; W]; K]);
    for k in 0..K {
        minus[k] = *array::<W>(kets[k].parts, column);
        plus[k] = *array::<W>(kets[k].parts, size + column);
    }
    for i in 0..size {
        let row: &mut [f64; W] = (&mut out[i * stride + column..][..W]).try_into().expect("W numbers");
        for k in 0..K {
            let (re, im) = (kets[k].psi[2 * i], kets[k].psi[2 * i + 1]);
            for j in 0..W {
                row[j] = madd::<FMA>(re, minus[k][j], madd::<FMA>(im, plus[k][j], row[j]));
            }
        }
    }
}

#[inline(always)]
fn add_kets<const FMA: bool, const K: usize>(kets: &[Amplitudes<'_>], stride: usize, out: &mut [f64]) {
    let kets: &[Amplitudes<'_>; K] = kets.try_into().expect("K kets");
    let (size, mut column) = (kets[0].psi.len() / 2, 0);
    while column + 8 <= size {
        add_columns::<FMA, K, 8>(kets, column, stride, out);
        column += 8;
    }
    if column + 4 <= size {
        add_columns::<FMA, K, 4>(kets, column, stride, out);
        column += 4;
    }
    if column + 2 <= size {
        add_columns::<FMA, K, 2>(kets, column, stride, out);
        column += 2;
    }
    if column < size {
        add_columns::<FMA, K, 1>(kets, column, stride, out);
    }
}

#[inline(always)]
fn add_pure_of<const FMA: bool>(kets: &[Amplitudes<'_>], stride: usize, out: &mut [f64]) {
    match kets.len() {
        1 => add_kets::<FMA, 1>(kets, stride, out),
        2 => add_kets::<FMA, 2>(kets, stride, out),
        3 => add_kets::<FMA, 3>(kets, stride, out),
        MOST_KETS => add_kets::<FMA, 4>(kets, stride, out),
        count => assert_eq!(count, 0, "no more kets than {MOST_KETS} at once"),
    }
}

widened! {
    /// S += A + B of |psi><psi| = A + iB of every ket, from rows of S that lie `stride` apart.
    pub(crate) fn add_pure(kets: &[Amplitudes<'_>], stride: usize, out: &mut [f64]) = add_pure_of
}
