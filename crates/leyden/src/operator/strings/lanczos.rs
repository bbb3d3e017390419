//! The lowest eigenvalues of a sum of strings, from products alone.
//!
//! Lanczos' recurrence beta_{k+1} v_{k+1} = A v_k - alpha_k v_k - beta_k v_{k-1} makes A a tridiagonal matrix T; theta of T with eigenvector s lies within
//! |beta_{k+1} s_k| of an eigenvalue of A. Vectors lose their orthogonality where an eigenvalue has converged, which repeats it and spoils none.
//! What is found is kept away from by projection, so that equal eigenvalues are found one after the other.
//! Source: @paige1972.

use faer::{Mat, Side};

use super::{Aligned, Applied, Strings, Threads};
use crate::numerics::sum_of;

/// What an eigenvector may leave, relative to the spread of the eigenvalues.
const RESIDUAL: f64 = 1e-10;
/// Steps between two looks, and at most.
const LOOK: usize = 20;
const MOST: usize = 1500;
/// Numbers in one sum, whatever the number of threads.
const PART: usize = 1 << 14;

impl Strings {
    /// The `count` lowest eigenvalues, equal ones as often as they occur; `None` where they do not converge.
    pub(crate) fn lowest(&self, count: usize, threads: Threads) -> Option<Vec<f64>> {
        let (low, high) = self.bounds();
        let middle = 0.5 * (low + high);
        let applied = Applied::new(self, 1.0, middle);
        let levels = 1 << self.qubits();
        let size = if applied.is_real() { levels } else { 2 * levels };
        let mut found: Vec<Aligned> = Vec::new();
        let mut values = Vec::new();
        while values.len() < count {
            let search = Search { applied: &applied, size, found: &found, threads, spread: high - low };
            let (value, s) = search.value(values.len() as u64)?;
            if values.len() + 1 < count {
                let vector = search.vector(values.len() as u64, &s);
                // Of a complex vector i times it has the same eigenvalue in real numbers.
                if !applied.is_real() {
                    let mut turned = Aligned::zeros(size);
                    (0..levels)
                        .for_each(|r| (turned[r], turned[levels + r]) = (-vector[levels + r], vector[r]));
                    found.push(turned);
                }
                found.push(vector);
            }
            values.push(value + middle);
        }
        values.sort_by(f64::total_cmp);
        Some(values)
    }
}

struct Search<'a> {
    applied: &'a Applied,
    size: usize,
    found: &'a [Aligned],
    threads: Threads,
    spread: f64,
}

impl Search<'_> {
    /// The lowest eigenvalue away from those found, and its eigenvector of T.
    fn value(&self, seed: u64) -> Option<(f64, Vec<f64>)> {
        let (mut alphas, mut betas): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        let mut answer = None;
        self.steps(seed, &mut |alpha, beta, _| {
            alphas.push(alpha);
            betas.push(beta);
            let k = alphas.len();
            let over = beta <= f64::EPSILON * self.spread;
            if !over && !k.is_multiple_of(LOOK) {
                return k < MOST;
            }
            let element = |i: usize, j: usize| match i.abs_diff(j) {
                0 => alphas[i],
                1 => betas[i.min(j)],
                _ => 0.0,
            };
            let Ok(eigen) = Mat::from_fn(k, k, element).self_adjoint_eigen(Side::Lower) else { return false };
            let s: Vec<f64> = (0..k).map(|i| eigen.U()[(i, 0)]).collect();
            if over || beta * s[k - 1].abs() <= RESIDUAL * self.spread {
                answer = Some((eigen.S()[0], s));
                return false;
            }
            k < MOST
        });
        answer
    }

    /// The eigenvector of A that belongs to one of T.
    fn vector(&self, seed: u64, s: &[f64]) -> Aligned {
        let mut sum = Aligned::zeros(self.size);
        let mut k = 0;
        self.steps(seed, &mut |_, _, v| {
            sum.iter_mut().zip(v).for_each(|(sum, v)| *sum += s[k] * v);
            k += 1;
            k < s.len()
        });
        let norm = self.dot(&sum, &sum).sqrt();
        sum.iter_mut().for_each(|x| *x /= norm);
        sum
    }

    /// Hands on alpha_k, beta_{k+1} and v_k, until nothing more is wanted.
    fn steps(&self, seed: u64, more: &mut dyn FnMut(f64, f64, &[f64]) -> bool) {
        // Numbers without a pattern (splitmix64), the same in every run.
        let mut state = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut random = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let x = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        };
        let mut v = Aligned::zeros(self.size);
        v.iter_mut().for_each(|x| *x = random());
        self.project(&mut v);
        let norm = self.dot(&v, &v).sqrt();
        v.iter_mut().for_each(|x| *x /= norm);
        let (mut before, mut next, mut beta) = (Aligned::zeros(self.size), Aligned::zeros(self.size), 0.0);
        loop {
            self.threads
                .fill(self.applied.block(), &mut next, |index, y| self.applied.block_of(index, &v, None, y));
            let alpha = self.dot(&next, &v);
            self.threads.fill(PART, &mut next, |index, y| {
                let others = v[index * PART..].iter().zip(&before[index * PART..]);
                y.iter_mut().zip(others).for_each(|(y, (v, before))| *y -= alpha * v + beta * before);
            });
            self.project(&mut next);
            beta = self.dot(&next, &next).sqrt();
            if !more(alpha, beta, &v) {
                return;
            }
            next.iter_mut().for_each(|x| *x /= beta);
            std::mem::swap(&mut before, &mut v);
            std::mem::swap(&mut v, &mut next);
        }
    }

    fn project(&self, v: &mut [f64]) {
        for found in self.found {
            let overlap = self.dot(found, v);
            v.iter_mut().zip(&found[..]).for_each(|(v, found)| *v -= overlap * found);
        }
    }

    fn dot(&self, a: &[f64], b: &[f64]) -> f64 {
        self.threads.sum(a.len().div_ceil(PART), |part| {
            let place = part * PART..((part + 1) * PART).min(a.len());
            sum_of(&a[place.clone()], &b[place], |a, b| a * b)
        })
    }
}
