//! Powers of the map of a cycle: M^n x_0 by repeated squaring, for any n.
//!
//! Squares are made until twice as many cycles change M^{2^k} x_0 by no more than the rounding of as many: from there on it is the state to
//! which cycles lead.

use faer::Mat;

use super::fixed_point::times;
use crate::numerics::{distance, norm};

/// Squarings until 2^40 cycles.
const SQUARINGS: usize = 40;
/// Change of the state by the rounding of one cycle, relative to it.
const ROUNDING: f64 = 1e-15;

/// A map, its squares and the numbers that it starts from.
pub(crate) struct Powers {
    start: Vec<f64>,
    /// M^{2^k}.
    squares: Vec<Mat<f64>>,
    /// M^{2^k} x_0 for the last k, where it no longer changes.
    settled: Option<Vec<f64>>,
}

impl Powers {
    pub(crate) fn new(matrix: Mat<f64>, start: Vec<f64>) -> Self {
        Powers { start, squares: vec![matrix], settled: None }
    }

    /// How many squares there are.
    pub(crate) fn squarings(&self) -> usize {
        self.squares.len()
    }

    /// M.
    pub(crate) fn matrix(&self) -> &Mat<f64> {
        &self.squares[0]
    }

    /// M^n x_0.
    pub(crate) fn at(&mut self, n: usize) -> Vec<f64> {
        let bits = (usize::BITS - n.leading_zeros()) as usize;
        while self.squares.len() < bits && self.settled.is_none() {
            self.square();
        }
        match &self.settled {
            Some(settled) if bits >= self.squares.len() => settled.clone(),
            _ => {
                let mut x = self.start.clone();
                for (k, square) in self.squares.iter().enumerate().take(bits) {
                    if n >> k & 1 == 1 {
                        x = times(square, &x);
                    }
                }
                x
            }
        }
    }

    /// sum_{k < n} M^k x_0, from s_{j+1} = s_j + M^{2^j} s_j for the first 2^j of them.
    pub(crate) fn sum(&mut self, n: usize) -> Vec<f64> {
        let end = self.at(n);
        let first = |of: &Self, k: usize, from: &[f64]| {
            of.squares[..k].iter().fold(from.to_vec(), |sum, square| {
                let more = times(square, &sum);
                sum.iter().zip(more).map(|(x, y)| x + y).collect()
            })
        };
        let bits = (usize::BITS - n.leading_zeros()) as usize;
        if let Some(settled) = self.settled.as_ref().filter(|_| bits >= self.squares.len()) {
            let last = self.squares.len() - 1;
            let rest = (n - (1 << last)) as f64;
            return first(self, last, &self.start).iter().zip(settled).map(|(x, y)| x + rest * y).collect();
        }
        let mut x = self.start.clone();
        let mut sum = vec![0.0; end.len()];
        for (k, square) in self.squares.iter().enumerate().take(bits).filter(|(k, _)| n >> k & 1 == 1) {
            sum.iter_mut().zip(first(self, k, &x)).for_each(|(sum, x)| *sum += x);
            x = times(square, &x);
        }
        sum
    }

    /// Where M^n x_0 leads, and by how much M still changes it.
    pub(crate) fn limit(&mut self) -> (Vec<f64>, f64) {
        let change = |x: &[f64], map: &Mat<f64>| distance(&times(map, x), x);
        let mut best = (f64::INFINITY, self.start.clone());
        while self.settled.is_none() && self.squares.len() < SQUARINGS {
            self.square();
            let x = times(&self.squares[self.squares.len() - 1], &self.start);
            let now = change(&x, &self.squares[0]);
            // Later powers only add their rounding, which the change does not show.
            if now < 0.5 * best.0 {
                best = (now, x);
            }
        }
        match &self.settled {
            Some(settled) => (settled.clone(), change(settled, &self.squares[0])),
            None => (best.1, best.0),
        }
    }

    fn square(&mut self) {
        let k = self.squares.len();
        let last = &self.squares[k - 1];
        let square = last * last;
        let x = times(&square, &self.start);
        let change = distance(&x, &times(last, &self.start));
        if change <= ROUNDING * (1_u64 << k) as f64 * norm(&x) {
            self.settled = Some(x);
        }
        self.squares.push(square);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map that turns and shrinks two numbers and keeps a third, before and after it has settled.
    #[test]
    fn sums_of_powers_are_those_of_terms() {
        for shrink in [0.5, 0.999] {
            let (s, c) = 0.3_f64.sin_cos();
            let rows = [[shrink * c, -shrink * s, 0.0], [shrink * s, shrink * c, 0.0], [0.1, 0.2, 1.0]];
            let map = Mat::from_fn(3, 3, |i, j| rows[i][j]);
            for n in [0, 1, 2, 3, 7, 8, 100, 1023, 5000] {
                let mut powers = Powers::new(map.clone(), vec![1.0, -0.4, 0.3]);
                let (mut x, mut sum) = (vec![1.0, -0.4, 0.3], vec![0.0; 3]);
                for _ in 0..n {
                    sum.iter_mut().zip(&x).for_each(|(sum, x)| *sum += x);
                    x = times(&map, &x);
                }
                // Where the state has settled to rounding, every term brings that of its 2^k cycles.
                for found in [powers.sum(n), powers.sum(n)] {
                    assert!(
                        distance(&found, &sum) <= 1e-13 * (1.0 + n as f64),
                        "{shrink} {n}: {found:?} {sum:?}"
                    );
                }
                assert!(distance(&powers.at(n), &x) <= 1e-14 * (1.0 + n as f64), "{shrink} {n}");
            }
        }
    }
}
