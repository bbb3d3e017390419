//! Bounds on the energies of a sum of strings from pairs of qubits.
//!
//! H = c + sum_P h_P with one h_P for each pair of qubits that strings act on, strings of one qubit shared equally among its pairs, and others for themselves:
//! the eigenvalues of H lie between the sums of the lowest and of the highest eigenvalues of the h_P. Source: @anderson1951.

use std::collections::BTreeMap;

use faer::{Mat, Side};
use num_complex::Complex64;

use super::{Strings, parity};

/// Numbers between which all eigenvalues lie.
pub(super) fn bounds(strings: &Strings) -> (f64, f64) {
    let mut constant = 0.0;
    // Strings on the same two qubits, on one, and on more.
    let mut pairs: BTreeMap<usize, Vec<(usize, usize, Complex64)>> = BTreeMap::new();
    let mut single: BTreeMap<usize, Vec<(usize, usize, Complex64)>> = BTreeMap::new();
    let mut more = 0.0;
    for (flips, signs, c) in strings.iter() {
        let support = flips | signs;
        match support.count_ones() {
            0 => constant += c.re,
            1 => single.entry(support).or_default().push((flips, signs, c)),
            2 => pairs.entry(support).or_default().push((flips, signs, c)),
            _ => more += c.norm(),
        }
    }
    let mut sharing: BTreeMap<usize, f64> = BTreeMap::new();
    for qubit in single.keys() {
        let count = pairs.keys().filter(|pair| *pair & qubit != 0).count();
        sharing.insert(*qubit, count as f64);
        if count == 0 {
            pairs.insert(*qubit, Vec::new());
            sharing.insert(*qubit, 1.0);
        }
    }
    let (mut low, mut high) = (constant - more, constant + more);
    for (support, own) in &pairs {
        let shared = single.iter().filter(|(qubit, _)| *qubit & support != 0);
        let shared =
            shared.flat_map(|(qubit, list)| list.iter().map(|&(f, s, c)| (f, s, c / sharing[qubit])));
        let all: Vec<(usize, usize, Complex64)> = own.iter().copied().chain(shared).collect();
        let (a, b) = extremes(*support, &all);
        (low, high) = (low + a, high + b);
    }
    (low, high)
}

/// The lowest and the highest eigenvalue of strings on at most two qubits.
fn extremes(support: usize, list: &[(usize, usize, Complex64)]) -> (f64, f64) {
    let levels: Vec<usize> = match support.count_ones() {
        1 => vec![0, support],
        _ => {
            let low = support & support.wrapping_neg();
            vec![0, low, support ^ low, support]
        }
    };
    let element = |row: usize, column: usize| -> Complex64 {
        let of = list.iter().filter(|(flips, ..)| levels[row] ^ flips == levels[column]);
        of.map(|(_, signs, c)| if parity(levels[row] & signs) { -c } else { *c }).sum()
    };
    let matrix = Mat::from_fn(levels.len(), levels.len(), element);
    match matrix.self_adjoint_eigenvalues(Side::Lower) {
        Ok(values) => (values[0], values[values.len() - 1]),
        // What norms say.
        Err(_) => {
            let norm: f64 = list.iter().map(|(.., c)| c.norm()).sum();
            (-norm, norm)
        }
    }
}
