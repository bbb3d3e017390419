//! The state of the cells averaged over all times.
//!
//! With psi_{K,n}(t) = sum_i C_ni e^{-i E_i t} in the frame of the cells, E_i = w_i + Delta K for block K, only equal energies are left of each product:
//!   p_n = sum_K P_K sum_i C_ni^2,   rho_nm = sqrt(P_K P_K') sum_{E_i = E'_j} C_ni C'_mj where n - m = K - K'.
//! The eigenvalues of one block differ, as those of every tridiagonal matrix without zeros beside its diagonal; those of different blocks may be equal: on
//! resonance all blocks with an odd number of levels share E = 0. There the rows of `turns` are T cos wt for even and T sin wt for odd n - m, whose products
//! leave T T'/2 of equal parities, and T T' for w = 0.

use num_complex::Complex64;

use super::turns::Turns;
use super::{Block, Blocks, NumberBlocks};
use crate::operator::Hermitian;

/// Energies that differ by less than this fraction of the largest are equal.
const EQUAL: f64 = 1e-12;

impl NumberBlocks {
    /// The populations of the average, ladder by ladder; its only elements where the states are diagonal.
    pub fn average_populations(&self) -> Vec<f64> {
        let offsets = self.offsets();
        let mut p = vec![0.0; offsets[self.ladders.len()]];
        for Blocks { ladder, blocks, .. } in &self.members {
            let here = &mut p[offsets[*ladder]..];
            for block in blocks {
                for i in 0..block.frequencies.len() {
                    block.pairs(i, block, i, &mut |n, _, x| here[n] += block.probability * x.re);
                }
            }
        }
        p
    }

    /// The average, ladder by ladder, up to phases of its levels.
    pub fn average(&self) -> Vec<Hermitian> {
        let mut average: Vec<Hermitian> =
            self.ladders.iter().map(|ladder| Hermitian::zero(ladder.top + 1)).collect();
        for member in &self.members {
            member.add_average(&mut average[member.ladder]);
        }
        average
    }
}

impl Blocks {
    fn add_average(&self, rho: &mut Hermitian) {
        let levels = rho.dim();
        let mut energies: Vec<(f64, &Block, usize)> = Vec::new();
        for block in &self.blocks {
            let energy = |w: f64| w + block.detuning() * block.excitations as f64;
            energies.extend(block.frequencies.iter().enumerate().map(|(i, w)| (energy(*w), block, i)));
        }
        energies.sort_by(|a, b| a.0.total_cmp(&b.0));
        let largest = energies.iter().map(|(energy, ..)| energy.abs()).fold(0.0, f64::max);
        for equal in energies.chunk_by(|a, b| b.0 - a.0 <= EQUAL * largest) {
            for &(_, first, i) in equal {
                for &(_, second, j) in equal {
                    let same = first.excitations == second.excitations;
                    if (same && i != j) || (self.diagonal && !same) {
                        continue;
                    }
                    let weight = (first.probability * second.probability).sqrt();
                    // S = Re + Im.
                    let mut add = |n: usize, m: usize, x: Complex64| {
                        rho.s_mut()[n * levels + m] += weight * (x.re + x.im);
                    };
                    first.pairs(i, second, j, &mut add);
                }
            }
        }
    }
}

impl Block {
    /// (n, m, mean of psi_n psi'_m^* over the i-th energy here and the j-th there), with as many photons left.
    fn pairs(&self, i: usize, other: &Block, j: usize, add: &mut dyn FnMut(usize, usize, Complex64)) {
        let ahead = self.excitations as i64 - other.excitations as i64;
        // From a row of one table to the level, and to the row of the other.
        let mut all = |here: &[f64], there: &[f64], first: usize, step: usize, factor: Complex64| {
            for (r, x) in here.iter().enumerate() {
                let n = first + step * r;
                let m = n as i64 - ahead;
                if m >= first as i64
                    && let Some(y) = there.get((m as usize - first) / step)
                {
                    add(n, m as usize, factor * (x * y));
                }
            }
        };
        let one = Complex64::ONE;
        match (&self.turns, &other.turns) {
            (Turns::Detuned { all: here }, Turns::Detuned { all: there }) => {
                all(here.column(i), there.column(j), 0, 1, one);
            }
            (
                Turns::Superposed { real, imaginary },
                Turns::Superposed { real: to_real, imaginary: to_imaginary },
            ) => {
                // (a + ib)(c - id)
                all(real.column(i), to_real.column(j), 0, 1, one);
                all(imaginary.column(i), to_imaginary.column(j), 0, 1, one);
                all(imaginary.column(i), to_real.column(j), 0, 1, Complex64::I);
                all(real.column(i), to_imaginary.column(j), 0, 1, -Complex64::I);
            }
            (Turns::Resonant { even, odd, .. }, Turns::Resonant { even: to_even, odd: to_odd, .. })
                if ahead % 2 == 0 =>
            {
                let first = self.start % 2;
                if self.frequencies[i] == 0.0 && other.frequencies[j] == 0.0 {
                    all(even.column(i), to_even.column(j), first, 2, one);
                } else {
                    all(even.column(i), to_even.column(j), first, 2, 0.5 * one);
                    all(odd.column(i), to_odd.column(j), 1 - first, 2, 0.5 * one);
                }
            }
            _ => {}
        }
    }
}
