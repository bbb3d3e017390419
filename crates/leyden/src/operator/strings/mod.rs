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
        self.list
            .iter()
            .filter(|(_, c)| **c != Complex64::ZERO)
            .map(|(&(flips, signs), &c)| (flips, signs, c))
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

#[cfg(test)]
mod tests {
    use super::*;
    use faer::{Mat, Side};

    fn random(qubits: usize, count: usize, real: bool, rng: &mut fastrand::Rng) -> Strings {
        let mut strings = Strings::new(qubits);
        for _ in 0..count {
            let (flips, signs) = (rng.usize(0..1 << qubits), rng.usize(0..1 << qubits));
            // Y where both meet: i for each.
            let phase = match parity(flips & signs) {
                true if real => continue,
                true => Complex64::I,
                false => Complex64::ONE,
            };
            strings.add(flips, signs, phase * (rng.f64() - 0.5));
        }
        strings
    }

    fn matrix(strings: &Strings) -> Mat<Complex64> {
        let n = 1 << strings.qubits();
        let mut found = Mat::zeros(n, n);
        for (flips, signs, c) in strings.iter() {
            (0..n).for_each(|r: usize| found[(r, r ^ flips)] += if parity(r & signs) { -c } else { c });
        }
        found
    }

    #[test]
    fn products_are_those_of_the_matrix() {
        let mut rng = fastrand::Rng::with_seed(1);
        // More than one block, and one that is not full.
        for (qubits, real) in [(4, true), (4, false), (9, false), (12, true), (12, false)] {
            let strings = random(qubits, 60, real, &mut rng);
            let n = 1usize << qubits;
            let applied = Applied::new(&strings, 0.7, 0.2);
            assert_eq!(applied.is_real(), real);
            let psi: Vec<Complex64> =
                (0..n).map(|_| Complex64::new(rng.f64() - 0.5, rng.f64() - 0.5)).collect();
            let before: Vec<f64> = (0..2 * n).map(|_| rng.f64()).collect();
            let numbers: Vec<f64> = psi.iter().map(|x| x.re).chain(psi.iter().map(|x| x.im)).collect();
            let mut y = Aligned::zeros(2 * n);
            Threads::exactly(2).fill(applied.block(), &mut y, |index, y| {
                applied.block_of(index, &numbers, Some(&before), y);
            });
            for r in 0..n {
                let mut expected = -0.2 * psi[r];
                for (flips, signs, c) in strings.iter() {
                    expected += if parity(r & signs) { -c } else { c } * psi[r ^ flips];
                }
                let found = Complex64::new(y[r] + before[r], y[n + r] + before[n + r]);
                assert!((found - 0.7 * expected).norm() < 1e-13, "{qubits} {real} {r}");
            }
        }
    }

    #[test]
    fn commutators_are_those_of_matrices() {
        let mut rng = fastrand::Rng::with_seed(2);
        let (a, b) = (random(4, 20, false, &mut rng), random(4, 20, false, &mut rng));
        let (x, y) = (matrix(&a), matrix(&b));
        let expected = &x * &y - &y * &x;
        let found = matrix(&a.commutator(&b));
        let error = Mat::from_fn(16, 16, |i, j| found[(i, j)] - Complex64::I * expected[(i, j)]);
        assert!(error.norm_l2() < 1e-13);
    }

    #[test]
    fn eigenvalues_lie_between_the_bounds_and_the_lowest_are_found() {
        let mut rng = fastrand::Rng::with_seed(3);
        let mut several = vec![random(6, 30, true, &mut rng), random(6, 30, false, &mut rng)];
        // XX + YY + ZZ in a ring: equal eigenvalues; fields alone.
        let mut ring = Strings::new(6);
        for i in 0..6 {
            let pair = 1 << i | 1 << ((i + 1) % 6);
            ring.add(pair, 0, 1.0.into());
            ring.add(pair, pair, (-1.0).into());
            ring.add(0, pair, 1.0.into());
        }
        several.push(ring);
        let mut fields = Strings::new(6);
        (0..6).for_each(|i| (fields.add(1 << i, 0, 0.3.into()), fields.add(0, 1 << i, 0.4.into())).0);
        assert!((fields.bounds().0 + 3.0).abs() < 1e-13 && (fields.bounds().1 - 3.0).abs() < 1e-13);
        several.push(fields);
        for (k, strings) in several.iter().enumerate() {
            let values = matrix(strings).self_adjoint_eigenvalues(Side::Lower).unwrap();
            let (low, high) = strings.bounds();
            assert!(low <= values[0] + 1e-12 && high >= values[63] - 1e-12, "{k}");
            let found = strings.lowest(6, Threads::exactly(1)).unwrap();
            for (found, expected) in found.iter().zip(&values) {
                assert!((found - expected).abs() < 1e-10, "{k}: {found} {expected}");
            }
        }
    }
}
