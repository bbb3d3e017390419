//! Sums of Pauli strings on N qubits, applied to state vectors without a matrix.
//!
//! Level r has a bit for every qubit, 1 where it is excited. With Z = 2b - 1, X|b> = |1-b> and Y = -i(sp - sm) on bit b
//!   (Z psi)[r] = -(-1)^b psi[r],   (X psi)[r] = psi[r ^ bit],   (Y psi)[r] = i (-1)^b psi[r ^ bit],
//! so that every product of them has one form, with the qubits it flips and those whose bits give signs:
//!   (S psi)[r] = c (-1)^{|r & signs|} psi[r ^ flips].
//! Strings with equal flips are one term: H psi[r] = sum_f c_f(r) psi[r ^ f].
//!
//! A state is a list of real numbers: the real parts of all levels, then the imaginary parts, which the highest bit tells apart. What is imaginary of c
//! flips that bit as well: one kernel in real arithmetic serves all operators, and a real one serves real states in half the time.

mod aligned;
mod kernel;
mod lanczos;
mod pairs;
mod threads;

pub(crate) use aligned::Aligned;
pub(crate) use kernel::Applied;
pub(crate) use threads::Threads;

use std::collections::BTreeMap;

use num_complex::Complex64;

/// sum_k c_k S_k on N qubits.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Strings {
    qubits: usize,
    /// (flips, signs) -> c.
    list: BTreeMap<(usize, usize), Complex64>,
}

impl Strings {
    pub(crate) fn new(qubits: usize) -> Self {
        Strings { qubits, list: BTreeMap::new() }
    }

    /// Number of qubits.
    pub(crate) fn qubits(&self) -> usize {
        self.qubits
    }

    /// Adds c (-1)^{|r & signs|} psi[r ^ flips].
    pub(crate) fn add(&mut self, flips: usize, signs: usize, c: Complex64) {
        *self.list.entry((flips, signs)).or_default() += c;
    }

    /// (flips, signs, c) of every string.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, usize, Complex64)> + '_ {
        self.list.iter().filter(|(_, c)| **c != Complex64::ZERO).map(|(&(flips, signs), &c)| (flips, signs, c))
    }

    /// Whether it is a real matrix.
    pub(crate) fn is_real(&self) -> bool {
        self.iter().all(|(.., c)| c.im == 0.0)
    }

    /// Whether it is i times a real matrix.
    pub(crate) fn is_imaginary(&self) -> bool {
        self.iter().all(|(.., c)| c.re == 0.0)
    }

    /// Whether it is diagonal.
    pub(crate) fn is_diagonal(&self) -> bool {
        self.iter().all(|(flips, ..)| flips == 0)
    }

    /// The diagonal of a Hermitian operator.
    pub(crate) fn diagonal(&self) -> Vec<f64> {
        let mut values = vec![0.0; 1 << self.qubits];
        self.iter().filter(|(flips, ..)| *flips == 0).for_each(|(_, signs, c)| values[signs] = c.re);
        signed_sums(&mut values);
        values
    }

    /// i[self, other].
    pub(crate) fn commutator(&self, other: &Strings) -> Strings {
        let mut found = Strings::new(self.qubits);
        for (f, s, a) in self.iter() {
            for (g, t, b) in other.iter() {
                // A B psi[r] = a (-1)^{|r & s|} b (-1)^{|(r ^ f) & t|} psi[r ^ f ^ g].
                let (ab, ba) = (parity(f & t), parity(g & s));
                if ab != ba {
                    let sign = if ab { -2.0 } else { 2.0 };
                    found.add(f ^ g, s ^ t, Complex64::new(0.0, sign) * a * b);
                }
            }
        }
        let largest = found.list.values().map(|c| c.norm()).fold(0.0, f64::max);
        found.list.retain(|_, c| c.norm() > f64::EPSILON * largest);
        found
    }

    /// Numbers between which all eigenvalues lie: discs of Gershgorin, or sums of the extreme energies of pairs, whichever says more.
    pub(crate) fn bounds(&self) -> (f64, f64) {
        let (discs, pairs) = (self.discs(), pairs::bounds(self));
        (discs.0.max(pairs.0), discs.1.min(pairs.1))
    }

    fn discs(&self) -> (f64, f64) {
        let others: f64 = self.iter().filter(|(flips, ..)| *flips != 0).map(|(.., c)| c.norm()).sum();
        let ends = self.diagonal().into_iter();
        let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
        (low - others, high + others)
    }
}

/// Whether a number of bits is odd.
pub(super) fn parity(bits: usize) -> bool {
    bits.count_ones() % 2 == 1
}

/// From values v_s to sum_s (-1)^{|r & s|} v_s for all r.
pub(super) fn signed_sums(values: &mut [f64]) {
    let mut half = 1;
    while half < values.len() {
        for pair in values.chunks_exact_mut(2 * half) {
            let (low, high) = pair.split_at_mut(half);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}
