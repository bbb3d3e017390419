//! The matrix of a generator without rounding: every entry as a sum of products of its input numbers.
//!
//! With H = P + iQ, sum_k gamma_k L_k^dag L_k = G and L_k = X_k + iY_k, and S' = K S + S K^T - M T + T M^T + sum_k gamma_k (X S X^T + Y S Y^T + Y T X^T - X T Y^T),
//! T = S^T, K = Q - G_r/2, M = P + G_i/2 (see `generator`). Rates stay what they are: no square root is taken.

use num_complex::Complex64;

use super::{Channel, Lindbladian};
use crate::numerics::Term;

impl Lindbladian {
    /// Entries of the n^2 x n^2 matrix Z with vec(S)' = Z vec(S), vec row-major; those at one place add up. Modulated parts are left out.
    pub(crate) fn terms(&self) -> Vec<Term> {
        let n = self.dim();
        let mut terms = Vec::new();
        let mut drift = |i: usize, l: usize, factors: [f64; 3]| {
            for j in 0..n {
                terms.push((i * n + j, l * n + j, factors)); // K_il S_lj
                terms.push((j * n + i, j * n + l, factors)); // S_jl K_il
            }
        };
        // The lower half of H follows from the upper one.
        let upper = || self.hamiltonian.entries().filter(|(i, j, _)| i <= j);
        let products = || self.channels.iter().flat_map(Channel::weight);
        for (i, j, x) in upper().filter(|(i, j, _)| i < j) {
            drift(i, j, [x.im, 1.0, 1.0]);
            drift(j, i, [-x.im, 1.0, 1.0]);
        }
        for (i, l, rate, a, b) in products() {
            drift(i, l, [-0.5 * rate, a.re, b.re]);
            drift(i, l, [-0.5 * rate, a.im, b.im]);
        }
        let mut twist = |i: usize, l: usize, [a, b, c]: [f64; 3]| {
            for j in 0..n {
                terms.push((i * n + j, j * n + l, [-a, b, c])); // -M_il T_lj
                terms.push((j * n + i, l * n + j, [a, b, c])); // T_jl M_il
            }
        };
        for (i, j, x) in upper() {
            twist(i, j, [x.re, 1.0, 1.0]);
            if i < j {
                twist(j, i, [x.re, 1.0, 1.0]);
            }
        }
        for (i, l, rate, a, b) in products() {
            twist(i, l, [0.5 * rate, a.re, b.im]);
            twist(i, l, [-0.5 * rate, a.im, b.re]);
        }
        for Channel { rate, jump } in &self.channels {
            for (i, l, a) in jump.entries() {
                for (j, m, b) in jump.entries() {
                    let (row, straight, flipped) = (i * n + j, l * n + m, m * n + l);
                    terms.push((row, straight, [*rate, a.re, b.re]));
                    terms.push((row, straight, [*rate, a.im, b.im]));
                    terms.push((row, flipped, [*rate, a.im, b.re]));
                    terms.push((row, flipped, [-*rate, a.re, b.im]));
                }
            }
        }
        terms.retain(|(.., [a, b, c])| *a != 0.0 && *b != 0.0 && *c != 0.0);
        terms
    }
}

impl Channel {
    /// gamma conj(L_mi) L_ml as (i, l, gamma, L_mi, L_ml): what sums up to gamma L^dag L.
    fn weight(&self) -> impl Iterator<Item = (usize, usize, f64, Complex64, Complex64)> + '_ {
        self.jump.entries().flat_map(move |(m, i, a)| {
            let row = self.jump.entries().filter(move |(row, ..)| *row == m);
            row.map(move |(_, l, b)| (i, l, self.rate, a, b))
        })
    }
}

/// The numbers that become different from 0 when those of `start` are, and the terms between them.
pub(crate) fn reached(terms: &[Term], start: &[f64]) -> (Vec<usize>, Vec<Term>) {
    let mut place: Vec<Option<usize>> = start.iter().map(|x| (*x != 0.0).then_some(0)).collect();
    loop {
        let new = terms.iter().find(|(i, j, _)| place[*i].is_none() && place[*j].is_some());
        let Some((i, ..)) = new else { break };
        place[*i] = Some(0);
    }
    let kept: Vec<usize> = (0..start.len()).filter(|&p| place[p].is_some()).collect();
    kept.iter().enumerate().for_each(|(k, &p)| place[p] = Some(k));
    let inside = terms.iter().filter_map(|&(i, j, factors)| Some((place[i]?, place[j]?, factors)));
    let inside = inside.collect();
    (kept, inside)
}
