//! A closed system of qubits that are all battery, as sums of Pauli strings on all of its levels.
//!
//! Where H_B is a sum of operators of single qubits every qubit is turned so that its own is diagonal: with sigma'_k = U sigma_k U^dag
//!   sigma_j = sum_k R_jk sigma'_k,   R_jk = Tr(sigma_j sigma'_k)/2,
//! and a string of m turned qubits becomes up to 3^m. Fields in the plane of X and Z keep a real H real.

use std::collections::BTreeMap;

use num_complex::Complex64;

use super::canonical::{Basis, Monomial, canonical};
use super::layout::Grouping;
use super::start::part_kets;
use super::{PartKind, Parts, PartsError, Terms};
use crate::model::closed::products;
use crate::operator::{Aligned, Operator, Strings};
use crate::space::{BatterySpace, CellFactor};

/// H, H_B and the start on all levels, the first qubit on the highest bit.
#[derive(Debug)]
pub(crate) struct Qubits {
    pub(crate) h: Strings,
    pub(crate) h_b: Strings,
    /// The levels of H_B, where it is diagonal.
    pub(crate) space: Option<BatterySpace>,
    /// Real parts, then imaginary ones; weights are in the norms.
    pub(crate) kets: Vec<Aligned>,
}

/// What turns a qubit: R, and U with rows and columns g, e.
#[derive(Clone, Copy, Debug)]
struct Turn {
    r: [[f64; 3]; 3],
    u: [[Complex64; 2]; 2],
}

impl Parts {
    /// Whether all sites are qubits of the battery, nothing is open and H is constant.
    pub(crate) fn is_closed_qubits(&self) -> bool {
        let qubits = self.parts().iter().all(|part| part.kind == PartKind::Qubit);
        qubits && self.in_battery().iter().all(|inside| *inside) && self.is_closed() && self.is_constant()
    }

    /// Whether H_B can be made diagonal qubit by qubit, or is.
    pub(crate) fn has_diagonal_battery(&self) -> bool {
        let h_b = canonical(self.battery(), self).unwrap_or_default();
        let apart = h_b.keys().all(|monomial| monomial.len() <= 1);
        apart || h_b.keys().flatten().all(|(_, basis)| *basis == Basis::Z)
    }

    /// As strings, of a system for which [`is_closed_qubits`](Self::is_closed_qubits) holds.
    ///
    /// # Errors
    /// [`PartsError`] for states that do not exist, and for too many terms.
    pub(crate) fn qubits(&self) -> Result<Qubits, PartsError> {
        let all = |terms: &Terms, which: &'static str| {
            canonical(terms, self).ok_or(PartsError::too_many(which)).map(|found| {
                let value = |(monomial, function): (Monomial, crate::lindblad::TimeFunction)| {
                    (monomial, function.constant().unwrap_or_default())
                };
                found.into_iter().map(value).collect::<Vec<(Monomial, Complex64)>>()
            })
        };
        let h_b = all(self.battery(), "Hamiltonian of the battery")?;
        let h = all(&(self.battery().clone() + self.charging().clone()), "Hamiltonian")?;
        let apart = h_b.iter().all(|(monomial, _)| monomial.len() <= 1);
        let mut turns: BTreeMap<usize, Turn> = BTreeMap::new();
        let mut cells = Vec::new();
        for site in 0..self.sites() {
            let field = |basis: Basis| {
                let of = h_b.iter().find(|(monomial, _)| monomial[..] == [(site, basis)]);
                of.map_or(0.0, |(_, c)| c.re)
            };
            let field = [Basis::X, Basis::Y, Basis::Z].map(field);
            let size = field.iter().map(|x| x * x).sum::<f64>().sqrt();
            let energy = match field {
                [0.0, 0.0, z] => z,
                _ if !apart => continue,
                _ => {
                    turns.insert(site, Turn::along(field, size));
                    size
                }
            };
            cells.push(CellFactor { count: 1, energies: vec![-energy, energy], levels: 2 });
        }
        let strings = |list: &[(Monomial, Complex64)]| {
            let mut strings = Strings::new(self.sites());
            list.iter().for_each(|(monomial, c)| add(&mut strings, &turns, monomial, *c));
            strings
        };
        let (h, mut h_b) = (strings(&h), strings(&h_b));
        if apart {
            // What is not diagonal there is rounding.
            let mut exact = Strings::new(self.sites());
            h_b.iter().filter(|(flips, ..)| *flips == 0).for_each(|(f, s, c)| exact.add(f, s, c));
            h_b = exact;
        }
        let space = match (apart, h_b.is_diagonal()) {
            (true, _) => {
                let offset = h_b.iter().find(|(_, signs, _)| *signs == 0).map_or(0.0, |(.., c)| c.re);
                Some(BatterySpace::apart(cells, offset))
            }
            (false, true) => Some(BatterySpace::whole(self.sites(), h_b.diagonal(), None)),
            (false, false) => None,
        };
        Ok(Qubits { h, h_b, space, kets: self.kets_of_qubits(&turns)? })
    }

    /// How many kets there are at t = 0.
    pub(crate) fn count_of_kets(&self) -> f64 {
        let of = |part: &super::Part| match part.initial {
            crate::space::InitialState::Thermal(mean) if mean != 0.0 => 2.0_f64.powi(part.count as i32),
            _ => 1.0,
        };
        self.parts().iter().map(of).product()
    }

    fn kets_of_qubits(&self, turns: &BTreeMap<usize, Turn>) -> Result<Vec<Aligned>, PartsError> {
        let mut kets = vec![vec![Complex64::ONE]];
        for part in self.parts() {
            // Few kets, as the route has checked.
            let of = part_kets(part, Grouping::Sites, 2)?.unwrap_or_default();
            kets = products(&kets, &of);
        }
        let levels = 1usize << self.sites();
        let planes = |mut psi: Vec<Complex64>| {
            for (site, turn) in turns {
                let bit = 1 << (self.sites() - 1 - site);
                for g in (0..levels).filter(|r| r & bit == 0) {
                    let (a, b) = (psi[g], psi[g | bit]);
                    let of = |k: usize| turn.u[0][k].conj() * a + turn.u[1][k].conj() * b;
                    (psi[g], psi[g | bit]) = (of(0), of(1));
                }
            }
            let mut numbers = Aligned::zeros(2 * levels);
            psi.iter().enumerate().for_each(|(r, x)| (numbers[r], numbers[levels + r]) = (x.re, x.im));
            numbers
        };
        Ok(kets.into_iter().map(planes).collect())
    }
}

/// Adds c times a product of Pauli operators, on turned qubits where there are any.
fn add(strings: &mut Strings, turns: &BTreeMap<usize, Turn>, monomial: &Monomial, c: Complex64) {
    let mut list = vec![(0usize, 0usize, c)];
    for (site, basis) in monomial {
        let bit = 1usize << (strings.qubits() - 1 - site);
        let letters: Vec<(usize, f64)> = match (turns.get(site), axis(*basis)) {
            (None, axis) => vec![(axis, 1.0)],
            (Some(turn), axis) => (0..3).map(|k| (k, turn.r[axis][k])).filter(|(_, x)| *x != 0.0).collect(),
        };
        let one = |(flips, signs, c): (usize, usize, Complex64), (axis, x): (usize, f64)| match axis {
            0 => (flips | bit, signs, c * x),
            1 => (flips | bit, signs | bit, c * x * Complex64::I),
            _ => (flips, signs | bit, -c * x),
        };
        list = list
            .into_iter()
            .flat_map(|string| letters.iter().map(move |letter| one(string, *letter)))
            .collect();
    }
    list.into_iter().for_each(|(flips, signs, c)| strings.add(flips, signs, c));
}

fn axis(basis: Basis) -> usize {
    match basis {
        Basis::X => 0,
        Basis::Y => 1,
        _ => 2,
    }
}

impl Turn {
    /// To the eigenbasis of field . sigma, whose upper level lies along the field.
    fn along([x, y, z]: [f64; 3], size: f64) -> Self {
        let half = 0.5 * (z / size).clamp(-1.0, 1.0).acos();
        let (sin, cos) = half.sin_cos();
        let across = x.hypot(y);
        // A field in the plane of X and Z needs no phase but a sign.
        let phase = if across > 0.0 { Complex64::new(x / across, y / across) } else { Complex64::ONE };
        // |e'> = cos|e> + phase sin|g>, |g'> = cos|g> - phase^* sin|e>.
        let u = [[cos.into(), phase * sin], [-phase.conj() * sin, cos.into()]];
        let entries = |u: [[Complex64; 2]; 2]| {
            Operator::from_entries(2, (0..2).flat_map(|i| (0..2).map(move |j| (i, j, u[i][j]))))
        };
        let turned = entries(u);
        let pauli = [super::Letter::X, super::Letter::Y, super::Letter::Z].map(|letter| letter.matrix(2));
        let element = |j: usize, k: usize| {
            let product = &pauli[j] * &(&(&turned * &pauli[k]) * &turned.adjoint());
            let value = 0.5 * (product.get(0, 0) + product.get(1, 1)).re;
            if value.abs() < 4.0 * f64::EPSILON { 0.0 } else { value }
        };
        Turn { r: std::array::from_fn(|j| std::array::from_fn(|k| element(j, k))), u }
    }
}
