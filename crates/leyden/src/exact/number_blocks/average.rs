//! The state of the cells averaged over all times.
//!
//! With psi_{K,n}(t) = sum_i C_ni e^{-i E_i t} in the frame of the cells, E_i = w_i + Delta K for block K, only equal energies are left of each product:
//!   p_n = sum_K P_K sum_i C_ni^2,   rho_nm = sqrt(P_K P_K') sum_{E_i = E'_j} C_ni C'_mj where n - m = K - K'.
//! The eigenvalues of one block differ, as those of every tridiagonal matrix without zeros beside its diagonal; those of different blocks may be equal: on
//! resonance all blocks with an odd number of levels share E = 0. There the rows of `turns` are T cos wt for even and T sin wt for odd n - m, whose products
//! leave T T'/2 of equal parities, and T T' for w = 0.

use super::turns::Turns;
use super::{Block, NumberBlocks};
use crate::operator::Hermitian;

/// Energies that differ by less than this fraction of the largest are equal.
const EQUAL: f64 = 1e-12;

impl NumberBlocks {
    /// The populations of the average; its only elements from a mixture of photon numbers.
    pub fn average_populations(&self) -> Vec<f64> {
        let mut p = vec![0.0; self.ladder.top + 1];
        for block in &self.blocks {
            for i in 0..block.frequencies.len() {
                block.pairs(i, block, i, &mut |n, _, x| p[n] += block.probability * x);
            }
        }
        p
    }

    /// The average from a superposition of photon numbers, up to phases of its levels.
    pub fn average(&self) -> Hermitian {
        let levels = self.ladder.top + 1;
        let mut rho = Hermitian::zero(levels);
        let detuning = self.ladder.detuning;
        let mut energies: Vec<(f64, &Block, usize)> = Vec::new();
        for block in &self.blocks {
            let energy = |w: f64| w + detuning * block.excitations as f64;
            energies.extend(block.frequencies.iter().enumerate().map(|(i, w)| (energy(*w), block, i)));
        }
        energies.sort_by(|a, b| a.0.total_cmp(&b.0));
        let largest = energies.iter().map(|(energy, ..)| energy.abs()).fold(0.0, f64::max);
        for equal in energies.chunk_by(|a, b| b.0 - a.0 <= EQUAL * largest) {
            for &(_, first, i) in equal {
                for &(_, second, j) in equal {
                    let same = first.excitations == second.excitations;
                    if same && i != j {
                        continue;
                    }
                    let weight = (first.probability * second.probability).sqrt();
                    first.pairs(i, second, j, &mut |n, m, x| rho.s_mut()[n * levels + m] += weight * x);
                }
            }
        }
        rho
    }
}

impl Block {
    /// (n, m, mean of psi_n psi'_m over the i-th energy here and the j-th there), with as many photons left.
    fn pairs(&self, i: usize, other: &Block, j: usize, add: &mut dyn FnMut(usize, usize, f64)) {
        let ahead = self.excitations as i64 - other.excitations as i64;
        // From a row of one table to the level, and to the row of the other.
        let mut all = |here: &[f64], there: &[f64], first: usize, step: usize, factor: f64| {
            for (r, x) in here.iter().enumerate() {
                let n = first + step * r;
                let m = n as i64 - ahead;
                if m >= first as i64
                    && let Some(y) = there.get((m as usize - first) / step)
                {
                    add(n, m as usize, factor * x * y);
                }
            }
        };
        match (&self.turns, &other.turns) {
            (Turns::Detuned { all: here }, Turns::Detuned { all: there }) => {
                all(here.column(i), there.column(j), 0, 1, 1.0);
            }
            (Turns::Resonant { even, odd }, Turns::Resonant { even: to_even, odd: to_odd })
                if ahead % 2 == 0 =>
            {
                let first = self.start % 2;
                if self.frequencies[i] == 0.0 && other.frequencies[j] == 0.0 {
                    all(even.column(i), to_even.column(j), first, 2, 1.0);
                } else {
                    all(even.column(i), to_even.column(j), first, 2, 0.5);
                    all(odd.column(i), to_odd.column(j), 1 - first, 2, 0.5);
                }
            }
            _ => {}
        }
    }
}
