//! Products and lengths of plain vectors.

use super::lanes::widened;

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// sum of f(a_i, b_i) in four sums at once: no addition waits for the one before.
#[inline]
pub(crate) fn sum_of<A: Copy, B: Copy>(a: &[A], b: &[B], f: impl Fn(A, B) -> f64) -> f64 {
    let (quads, last) = a.as_chunks::<4>();
    let (others, last_others) = b.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (a, b) in quads.iter().zip(others) {
        for j in 0..4 {
            sums[j] += f(a[j], b[j]);
        }
    }
    let rest: f64 = last.iter().zip(last_others).map(|(a, b)| f(*a, *b)).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// a b + c, fused where the processor can.
#[inline(always)]
pub(crate) fn madd<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// W numbers from a place on.
#[inline(always)]
pub(crate) fn array<const W: usize>(x: &[f64], at: usize) -> &[f64; W] {
    x[at..at + W].try_into().expect("a slice of W numbers")
}

/// |x|.
pub(crate) fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

/// |a - b|.
pub(crate) fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

/// A maximum that keeps NaN, which `f64::max` would hide.
pub(crate) fn nan_max(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

#[inline(always)]
fn product_of<const FMA: bool>(a: &[f64], b: &[f64]) -> f64 {
    let (eights, last) = a.as_chunks::<8>();
    let (others, last_others) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (a, b) in eights.iter().zip(others) {
        (0..8).for_each(|j| sums[j] = madd::<FMA>(a[j], b[j], sums[j]));
    }
    let rest: f64 = last.iter().zip(last_others).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

widened! {
    /// a.b in eight sums at once.
    pub(crate) fn product(a: &[f64], b: &[f64]) -> f64 = product_of
}

#[inline(always)]
fn add_multiple_of<const FMA: bool>(factor: f64, x: &[f64], y: &mut [f64]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y = madd::<FMA>(factor, *x, *y));
}

widened! {
    /// y + factor x, in place of y.
    pub(crate) fn add_multiple(factor: f64, x: &[f64], y: &mut [f64]) = add_multiple_of
}

/// Takes out of x what it holds of orthonormal vectors, twice, so that nothing of them is left; returns how much it was, vector
/// by vector: a column of Arnoldi's Hessenberg matrix.
pub(crate) fn orthogonalise(basis: &[Vec<f64>], x: &mut [f64]) -> Vec<f64> {
    let mut column = vec![0.0; basis.len()];
    for _ in 0..2 {
        for (part, v) in column.iter_mut().zip(basis) {
            let overlap = product(v, x);
            add_multiple(-overlap, v, x);
            *part += overlap;
        }
    }
    column
}
