//! Full complex matrices that are multiplied with vectors many times.
//!
//! Slabs of eight rows are held column by column, so that a product reads the matrix once, in order, and keeps its sums in registers:
//! of every entry u the products u Re x and u Im x are added up, and turned into (u x) at the end.

use num_complex::Complex64;

use super::lanes::flat;

/// Rows of a slab.
const ROWS: usize = 8;

/// A square matrix.
#[derive(Clone, Debug)]
pub(crate) struct Dense {
    size: usize,
    /// Real and imaginary parts in turn; rows beyond the last are 0.
    slabs: Vec<f64>,
}

impl Dense {
    /// From its columns.
    pub(crate) fn new(columns: &[Vec<Complex64>]) -> Self {
        let size = columns.len();
        let mut made = Dense { size, slabs: vec![0.0; Self::numbers(size)] };
        for (j, column) in columns.iter().enumerate() {
            for (i, x) in column.iter().enumerate() {
                let at = made.place(i, j);
                (made.slabs[at], made.slabs[at + 1]) = (x.re, x.im);
            }
        }
        made
    }

    /// How many real numbers are held.
    pub(crate) fn numbers(size: usize) -> usize {
        2 * size.div_ceil(ROWS) * ROWS * size
    }

    fn place(&self, i: usize, j: usize) -> usize {
        2 * ((i / ROWS * self.size + j) * ROWS + i % ROWS)
    }

    fn columns(&self) -> Vec<Vec<Complex64>> {
        let number = |i: usize, j: usize| {
            let at = self.place(i, j);
            Complex64::new(self.slabs[at], self.slabs[at + 1])
        };
        (0..self.size).map(|j| (0..self.size).map(|i| number(i, j)).collect()).collect()
    }

    /// The product with another one.
    pub(crate) fn times(&self, other: &Dense) -> Dense {
        let mut columns = other.columns();
        let mut product = vec![Complex64::ZERO; self.size];
        for column in &mut columns {
            self.apply(column, &mut product);
            column.copy_from_slice(&product);
        }
        Dense::new(&columns)
    }

    /// y = A x.
    pub(crate) fn apply(&self, x: &[Complex64], y: &mut [Complex64]) {
        assert!(x.len() == self.size && y.len() == self.size, "a square matrix needs vectors of its size");
        let slabs = self.slabs.chunks_exact(2 * ROWS * self.size.max(1));
        for (slab, y) in slabs.zip(y.chunks_mut(ROWS)) {
            let found = slab_product(slab, flat(x));
            y.iter_mut().zip(found.chunks_exact(2)).for_each(|(y, z)| *y = Complex64::new(z[0], z[1]));
        }
    }
}

fn slab_product(slab: &[f64], x: &[f64]) -> [f64; 2 * ROWS] {
    #[cfg(target_arch = "x86_64")]
    {
        if std::is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has the feature that the function is compiled for.
            return unsafe { with_avx512(slab, x) };
        }
        if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
            // SAFETY: the processor has the two features that the function is compiled for.
            return unsafe { with_avx2(slab, x) };
        }
    }
    plain(slab, x)
}

fn plain(slab: &[f64], x: &[f64]) -> [f64; 2 * ROWS] {
    let (mut by_re, mut by_im) = ([0.0; 2 * ROWS], [0.0; 2 * ROWS]);
    for (x, column) in x.chunks_exact(2).zip(slab.chunks_exact(2 * ROWS)) {
        for ((re, im), u) in by_re.iter_mut().zip(&mut by_im).zip(column) {
            *re += u * x[0];
            *im += u * x[1];
        }
    }
    std::array::from_fn(|k| if k % 2 == 0 { by_re[k] - by_im[k + 1] } else { by_re[k] + by_im[k - 1] })
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2(slab: &[f64], x: &[f64]) -> [f64; 2 * ROWS] {
    use std::arch::x86_64::{
        _mm256_addsub_pd, _mm256_fmadd_pd, _mm256_loadu_pd, _mm256_permute_pd, _mm256_set1_pd,
        _mm256_setzero_pd, _mm256_storeu_pd,
    };
    let (mut by_re, mut by_im) = ([_mm256_setzero_pd(); 4], [_mm256_setzero_pd(); 4]);
    for (x, column) in x.chunks_exact(2).zip(slab.chunks_exact(2 * ROWS)) {
        let (re, im) = (_mm256_set1_pd(x[0]), _mm256_set1_pd(x[1]));
        for k in 0..4 {
            // SAFETY: a column holds four times four numbers.
            let u = unsafe { _mm256_loadu_pd(column.as_ptr().add(4 * k)) };
            by_re[k] = _mm256_fmadd_pd(u, re, by_re[k]);
            by_im[k] = _mm256_fmadd_pd(u, im, by_im[k]);
        }
    }
    let mut found = [0.0; 2 * ROWS];
    for k in 0..4 {
        let sum = _mm256_addsub_pd(by_re[k], _mm256_permute_pd::<0b0101>(by_im[k]));
        // SAFETY: there is room for four times four numbers.
        unsafe { _mm256_storeu_pd(found.as_mut_ptr().add(4 * k), sum) };
    }
    found
}

/// Even and odd columns have sums of their own, so that none waits for the one before.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn with_avx512(slab: &[f64], x: &[f64]) -> [f64; 2 * ROWS] {
    use std::arch::x86_64::{
        _mm512_add_pd, _mm512_fmadd_pd, _mm512_fmaddsub_pd, _mm512_loadu_pd, _mm512_permute_pd,
        _mm512_set1_pd, _mm512_setzero_pd, _mm512_storeu_pd,
    };
    let (mut by_re, mut by_im) = ([[_mm512_setzero_pd(); 2]; 2], [[_mm512_setzero_pd(); 2]; 2]);
    let (mut pairs, mut numbers) = (slab.chunks_exact(4 * ROWS), x.chunks_exact(4));
    for (columns, x) in pairs.by_ref().zip(numbers.by_ref()) {
        for c in 0..2 {
            let (re, im) = (_mm512_set1_pd(x[2 * c]), _mm512_set1_pd(x[2 * c + 1]));
            for k in 0..2 {
                // SAFETY: two columns hold four times eight numbers.
                let u = unsafe { _mm512_loadu_pd(columns.as_ptr().add(8 * (2 * c + k))) };
                by_re[c][k] = _mm512_fmadd_pd(u, re, by_re[c][k]);
                by_im[c][k] = _mm512_fmadd_pd(u, im, by_im[c][k]);
            }
        }
    }
    for (column, x) in pairs.remainder().chunks_exact(2 * ROWS).zip(numbers.remainder().chunks_exact(2)) {
        let (re, im) = (_mm512_set1_pd(x[0]), _mm512_set1_pd(x[1]));
        for k in 0..2 {
            // SAFETY: a column holds two times eight numbers.
            let u = unsafe { _mm512_loadu_pd(column.as_ptr().add(8 * k)) };
            by_re[0][k] = _mm512_fmadd_pd(u, re, by_re[0][k]);
            by_im[0][k] = _mm512_fmadd_pd(u, im, by_im[0][k]);
        }
    }
    let mut found = [0.0; 2 * ROWS];
    for k in 0..2 {
        let (re, im) = (_mm512_add_pd(by_re[0][k], by_re[1][k]), _mm512_add_pd(by_im[0][k], by_im[1][k]));
        let sum = _mm512_fmaddsub_pd(_mm512_set1_pd(1.0), re, _mm512_permute_pd::<0b0101_0101>(im));
        // SAFETY: there is room for two times eight numbers.
        unsafe { _mm512_storeu_pd(found.as_mut_ptr().add(8 * k), sum) };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All kernels against sums over entries, for sizes that fill slabs and pairs of columns and that do not.
    #[test]
    fn products_are_sums_over_entries() {
        for size in [1, 2, 7, 8, 9, 16, 21, 50] {
            let entry = |i: usize, j: usize| Complex64::new((i + 3 * j) as f64, (2 * i) as f64 - j as f64);
            let columns: Vec<Vec<Complex64>> =
                (0..size).map(|j| (0..size).map(|i| entry(i, j)).collect()).collect();
            let matrix = Dense::new(&columns);
            let x: Vec<Complex64> =
                (0..size).map(|j| Complex64::new(1.0 + j as f64, 3.0 - j as f64)).collect();
            let wanted: Vec<Complex64> =
                (0..size).map(|i| (0..size).map(|j| entry(i, j) * x[j]).sum()).collect();
            // Small integers: exact.
            let mut found = vec![Complex64::ZERO; size];
            matrix.apply(&x, &mut found);
            assert_eq!(found, wanted, "{size}");
            for (slab, wanted) in matrix.slabs.chunks_exact(2 * ROWS * size).zip(wanted.chunks(ROWS)) {
                assert_eq!(&plain(slab, flat(&x))[..2 * wanted.len()], flat(wanted), "{size}");
                #[cfg(target_arch = "x86_64")]
                if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
                    // SAFETY: the processor has both.
                    let found = unsafe { with_avx2(slab, flat(&x)) };
                    assert_eq!(&found[..2 * wanted.len()], flat(wanted), "{size}");
                }
            }
            assert_eq!(matrix.times(&matrix).columns()[0], {
                let mut twice = vec![Complex64::ZERO; size];
                matrix.apply(&columns[0], &mut twice);
                twice
            });
        }
    }
}
