//! Symmetric states of N equal d-level cells by how many cells are in each level.
//!
//! |n_0 n_1 .. n_{d-1}> with sum_k n_k = N: C(N+d-1, d-1) states, for qubits the ladder of N + 1. What acts on all cells alike is
//!   sum_i |k><l|_i = b_k^dag b_l,   b_l|.. n_l ..> = sqrt(n_l)|.. n_l - 1 ..>.
//! Source: @schwinger1952.

use std::collections::BTreeMap;

use num_complex::Complex64;

use crate::numerics::Scaled;
use crate::operator::{Hermitian, Operator};

/// The states of N cells of d levels.
#[derive(Clone, Debug)]
pub(crate) struct Occupations {
    count: usize,
    /// (n_1, .., n_{d-1}) of every state; the first is all cells in level 0.
    states: Vec<Vec<usize>>,
    place: BTreeMap<Vec<usize>, usize>,
}

impl Occupations {
    pub(crate) fn new(count: usize, levels: usize) -> Self {
        let mut states: Vec<Vec<usize>> = vec![Vec::new()];
        for _ in 1..levels {
            let longer = |state: &Vec<usize>| {
                let left = count - state.iter().sum::<usize>();
                let state = state.clone();
                (0..=left).map(move |n| [state.as_slice(), &[n]].concat())
            };
            states = states.iter().flat_map(longer).collect();
        }
        let place = states.iter().enumerate().map(|(k, state)| (state.clone(), k)).collect();
        Occupations { count, states, place }
    }

    /// How many states there are, without making them (may overflow to inf).
    pub(crate) fn how_many(count: usize, levels: usize) -> f64 {
        (1..levels).map(|k| (count + k) as f64 / k as f64).product::<f64>().round()
    }

    pub(crate) fn len(&self) -> usize {
        self.states.len()
    }

    /// n_0, n_1, .. of a state.
    pub(crate) fn numbers(&self, state: usize) -> Vec<usize> {
        let above = &self.states[state];
        let lowest = self.count - above.iter().sum::<usize>();
        [&[lowest], above.as_slice()].concat()
    }

    /// sum_i |k><l|_i.
    pub(crate) fn transition(&self, k: usize, l: usize) -> Operator {
        let entry = |state: usize| {
            let mut numbers = self.numbers(state);
            let down = numbers[l] as f64;
            if down == 0.0 {
                return None;
            }
            numbers[l] -= 1;
            numbers[k] += 1;
            let up = numbers[k] as f64;
            // A population is a whole number.
            let element = if k == l { up } else { (down * up).sqrt() };
            Some((self.place[&numbers[1..]], state, Complex64::from(element)))
        };
        Operator::from_entries(self.len(), (0..self.len()).filter_map(entry))
    }

    /// The product state of cells that are all in sum_k c_k|k>: sqrt(N!/prod n_k!) prod c_k^{n_k}.
    pub(crate) fn product_of(&self, cell: &[Complex64]) -> Vec<Complex64> {
        let amplitude = |state: usize| {
            let numbers = self.numbers(state);
            let mut weight = Scaled::ways(&numbers);
            let mut phase = Complex64::ONE;
            for (n, c) in numbers.iter().zip(cell).filter(|(n, _)| **n > 0) {
                let size = c.norm();
                if size == 0.0 {
                    return Complex64::ZERO;
                }
                weight = weight.times(Scaled::of(size * size).powi(*n));
                phase *= (c / size).powi(*n as i32);
            }
            phase * weight.value().sqrt()
        };
        (0..self.len()).map(amplitude).collect()
    }

    /// The state of one cell: rho_kl = <b_l^dag b_k>/N.
    pub(crate) fn cell(&self, rho: &Hermitian, levels: usize) -> Hermitian {
        let mut entries = Vec::new();
        for k in 0..levels {
            for l in 0..levels {
                let moved = self.transition(l, k);
                let mean: Complex64 = moved.entries().map(|(i, j, x)| x * rho.get(j, i)).sum();
                entries.push((k, l, mean / self.count as f64));
            }
        }
        Hermitian::from_operator(&Operator::from_entries(levels, entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qubits_are_the_ladder_of_a_spin() {
        for count in [1, 2, 5] {
            let symmetric = Occupations::new(count, 2);
            assert_eq!(symmetric.len(), count + 1);
            let lower = symmetric.transition(0, 1);
            assert!((&lower - &Operator::spin_lowering(count + 1)).norm_bound() < 1e-14);
            assert_eq!(symmetric.transition(1, 1), Operator::number(count + 1));
        }
    }

    /// On all d^N states: sum_i |k><l|_i between symmetrised states, and the state of the first cell.
    #[test]
    fn three_levels_are_those_of_the_full_space() {
        let (count, levels) = (3, 3);
        let symmetric = Occupations::new(count, levels);
        assert_eq!(symmetric.len() as f64, Occupations::how_many(count, levels));
        let dim = levels.pow(count as u32);
        let level = |state: usize, cell: usize| state / levels.pow((count - 1 - cell) as u32) % levels;
        let normalised = |number: usize| {
            let wanted = symmetric.numbers(number);
            let of = |state: usize| {
                (0..levels).map(|k| (0..count).filter(|&c| level(state, c) == k).count()).collect::<Vec<_>>()
            };
            let mut psi: Vec<f64> = (0..dim).map(|state| f64::from(u8::from(of(state) == wanted))).collect();
            let norm = psi.iter().map(|x| x * x).sum::<f64>().sqrt();
            psi.iter_mut().for_each(|x| *x /= norm);
            psi
        };
        let kets: Vec<Vec<f64>> = (0..symmetric.len()).map(normalised).collect();
        for (k, l) in [(0, 1), (2, 0), (1, 2), (1, 1)] {
            let one = Operator::from_entries(levels, [(k, l, Complex64::ONE)]);
            let all: Operator = (0..count).map(|cell| one.on_site(cell, count)).sum();
            let found = symmetric.transition(k, l);
            for (i, a) in kets.iter().enumerate() {
                for (j, b) in kets.iter().enumerate() {
                    let element: Complex64 = all.entries().map(|(p, q, x)| x * a[p] * b[q]).sum();
                    assert!((element - found.get(i, j)).norm() < 1e-14);
                }
            }
        }
        let cell = [Complex64::new(0.6, 0.0), Complex64::new(0.0, 0.48), Complex64::new(0.64, 0.0)];
        let psi = symmetric.product_of(&cell);
        assert!((psi.iter().map(|x| x.norm_sqr()).sum::<f64>() - 1.0).abs() < 1e-14);
        let of_one = symmetric.cell(&Hermitian::projector(&psi), levels);
        let expected = Hermitian::projector(&cell);
        assert!(of_one.s().iter().zip(expected.s()).all(|(a, b)| (a - b).abs() < 1e-14));
    }
}
