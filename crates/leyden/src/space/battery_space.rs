//! The Hilbert space of a battery as a direct sum of sectors with multiplicities.
//!
//! Every battery is written as H = (+)_s H_s (x) C^{m_s}: states keep to rho = (+)_s rho_s (x) 1/m_s, where
//! rho_s carries the weight Tr rho_s of its sector and m_s is the *multiplicity*. Nonlinear quantities
//! (ergotropy, purity, entropy) need m_s and the spectrum of H_B in the full space; the space keeps both.
//!
//! | battery | sectors | multiplicity |
//! | --- | --- | --- |
//! | oscillator | one, cut at `levels` | 1 |
//! | uniform ladder | one | 1 |
//! | N equal d-level cells, symmetric states | one ladder of N(d-1)+1 levels | 1 |
//! | N equal qubits, permutation-invariant states | spins j = N/2, N/2-1, ... | C(N,N/2-j) - C(N,N/2-j-1) |
//! | N unequal cells | one, of d^N levels | 1 |

use num_complex::Complex64;

use super::apart::{CellFactor, factor_of, of_factors};
use super::{SymmetricFock, spin_sectors};
use crate::operator::{Hermitian, Operator};

/// One term of the direct sum.
#[derive(Clone, Debug, PartialEq)]
pub struct Sector {
    /// Index of the sector's first level in the direct sum.
    pub offset: usize,
    /// Energies of its levels under H_B.
    pub energies: Vec<f64>,
    /// Number of equal copies in the full space.
    pub multiplicity: f64,
}

/// Operators of cells that are apart or coupled stand in the system that they come from.
const ONLY_ENERGIES: &str = "of these cells only the energies are known";

/// One energy of H_B in the full space of the battery.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Energy, in the unit of the frequencies.
    pub energy: f64,
    /// Number of states at this energy (infinite where it exceeds the range of `f64`).
    pub degeneracy: f64,
}

/// Matrix elements <n-1|B|n> of the lowering operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ladder {
    /// sqrt(n(2j-n+1)), of every cell or of all.
    Spin,
    /// sqrt(n).
    Oscillator,
    /// 1.
    Uniform,
}

/// How the cells hang together.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// The battery is one cell (an oscillator or one d-level system).
    Single,
    /// N equal d-level cells restricted to symmetric states.
    Symmetric {
        /// Number of cells N.
        count: usize,
        /// Levels d of each.
        levels: usize,
    },
    /// N equal qubits in permutation-invariant states.
    SpinSectors {
        /// Number of cells N.
        count: usize,
    },
    /// A tensor product of d-level cells, the first on the slow index.
    Product {
        /// Levels d of each cell.
        levels: usize,
        /// Frequency of each cell.
        frequencies: Vec<f64>,
    },
    /// A tensor product of cells of any levels, or of symmetric states of equal ones, that H_B does not couple.
    Apart(Vec<CellFactor>),
    /// Several cells that H_B couples.
    Whole {
        /// Number of cells.
        count: usize,
    },
}

/// What a noise channel does to a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noise {
    /// L = level number of the cell.
    Dephasing,
    /// L = lowering operator.
    Loss,
    /// L = raising operator.
    Gain,
}

impl Noise {
    /// L of a system with this number and lowering operator.
    pub(crate) fn jump(self, number: &Operator, lower: &Operator) -> Operator {
        match self {
            Noise::Dephasing => number.clone(),
            Noise::Loss => lower.clone(),
            Noise::Gain => lower.adjoint(),
        }
    }
}

/// A battery's Hilbert space, its bare Hamiltonian and its cells.
#[derive(Clone, Debug, PartialEq)]
pub struct BatterySpace {
    pub(super) sectors: Vec<Sector>,
    pub(super) spectrum: Vec<Level>,
    pub(super) symmetric_spectrum: Vec<Level>,
    pub(super) cells: Cells,
    pub(super) ladder: Ladder,
    /// Levels that every state treats alike: see `mirrored`.
    pub(super) mirror: Option<Vec<usize>>,
}

impl BatterySpace {
    /// One oscillator cut to `levels` Fock states, H_B = omega b^dag b.
    pub fn oscillator(levels: usize, omega: f64) -> Self {
        let energies: Vec<f64> = (0..levels).map(|n| omega * n as f64).collect();
        let spectrum = energies.iter().map(|&energy| Level { energy, degeneracy: 1.0 }).collect();
        BatterySpace { ladder: Ladder::Oscillator, ..BatterySpace::single(energies, spectrum) }
    }

    /// One ladder of equally spaced levels whose lowering operator is sum_n |n><n+1|.
    pub fn uniform_ladder(levels: usize, omega: f64) -> Self {
        BatterySpace { ladder: Ladder::Uniform, ..BatterySpace::ladder(1, levels, omega) }
    }

    /// N equal d-level cells in symmetric states: a spin ladder of N(d-1)+1 levels.
    pub fn ladder(count: usize, levels: usize, omega: f64) -> Self {
        let top = count * (levels - 1);
        let energies = (0..=top).map(|n| omega * n as f64).collect();
        let (cells, symmetric_spectrum) = match count {
            1 => (Cells::Single, Vec::new()),
            _ => (Cells::Symmetric { count, levels }, symmetric_spectrum(count, levels, omega)),
        };
        let single = BatterySpace::single(energies, equal_cells_spectrum(count, levels, omega));
        BatterySpace { symmetric_spectrum, cells, ..single }
    }

    /// N equal qubits in permutation-invariant states: spins j = N/2, N/2-1, ... with their multiplicities.
    pub fn spin_sectors(count: usize, omega: f64) -> Self {
        let mut offset = 0;
        let mut sectors = Vec::new();
        for lost in 0..=count / 2 {
            // lost = N/2 - j; the sector holds n = lost ..= N - lost excitations.
            let energies: Vec<f64> = (lost..=count - lost).map(|n| omega * n as f64).collect();
            let multiplicity = spin_sectors::multiplicity(count, lost);
            offset += energies.len();
            sectors.push(Sector { offset: offset - energies.len(), energies, multiplicity });
        }
        BatterySpace {
            sectors,
            spectrum: equal_cells_spectrum(count, 2, omega),
            symmetric_spectrum: symmetric_spectrum(count, 2, omega),
            cells: Cells::SpinSectors { count },
            ladder: Ladder::Spin,
            mirror: None,
        }
    }

    /// A tensor product of d-level cells with their own frequencies: d^N levels.
    pub fn product(levels: usize, frequencies: &[f64]) -> Self {
        let mut energies = vec![0.0];
        for omega in frequencies {
            energies = energies.iter().flat_map(|e| (0..levels).map(move |n| e + omega * n as f64)).collect();
        }
        let cells = match frequencies.len() {
            1 => Cells::Single,
            _ => Cells::Product { levels, frequencies: frequencies.to_vec() },
        };
        BatterySpace { cells, ..BatterySpace::of_levels(energies) }
    }

    /// One system with these energies, in any order.
    pub(crate) fn of_levels(energies: Vec<f64>) -> Self {
        let mut sorted = energies.clone();
        sorted.sort_by(f64::total_cmp);
        let level = |equal: &[f64]| Level { energy: equal[0], degeneracy: equal.len() as f64 };
        let spectrum = sorted.chunk_by(|a, b| a == b).map(level).collect();
        BatterySpace::single(energies, spectrum)
    }

    /// The same battery on a part of its levels, with these energies.
    pub(crate) fn with_levels(&self, energies: Vec<f64>) -> Self {
        let sectors = vec![Sector { offset: 0, energies, multiplicity: 1.0 }];
        // Cells cannot be told on a part of the levels of all.
        let cells = match &self.cells {
            Cells::Apart(factors) => Cells::Whole { count: factors.iter().map(|factor| factor.count).sum() },
            cells => cells.clone(),
        };
        BatterySpace { sectors, cells, mirror: None, ..self.clone() }
    }

    /// One cell with one sector.
    pub(super) fn single(energies: Vec<f64>, spectrum: Vec<Level>) -> Self {
        let sectors = vec![Sector { offset: 0, energies, multiplicity: 1.0 }];
        BatterySpace {
            sectors,
            spectrum,
            symmetric_spectrum: Vec::new(),
            cells: Cells::Single,
            ladder: Ladder::Spin,
            mirror: None,
        }
    }

    /// The sectors of the direct sum.
    pub fn sectors(&self) -> &[Sector] {
        &self.sectors
    }

    /// Number of levels in the direct sum.
    pub fn dim(&self) -> usize {
        self.sectors.iter().map(|sector| sector.energies.len()).sum()
    }

    /// Levels of H_B in the full space, in nondecreasing order.
    pub(crate) fn spectrum(&self) -> &[Level] {
        &self.spectrum
    }

    /// Levels of H_B in the permutation-symmetric subspace of equal cells, in nondecreasing order; empty where the cells
    /// differ or there is one.
    pub(crate) fn symmetric_spectrum(&self) -> &[Level] {
        &self.symmetric_spectrum
    }

    /// How the cells hang together.
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// Whether the battery is an oscillator, whose space is cut at a highest level.
    pub(crate) fn is_oscillator(&self) -> bool {
        self.ladder == Ladder::Oscillator
    }

    /// Whether all matrix elements of the lowering operator are equal.
    pub(crate) fn is_uniform(&self) -> bool {
        self.ladder == Ladder::Uniform
    }

    /// Energy of every level of the direct sum.
    pub fn energies(&self) -> impl Iterator<Item = f64> + '_ {
        self.sectors.iter().flat_map(|sector| sector.energies.iter().copied())
    }

    /// The lowest and the highest energy.
    pub(crate) fn extremes(&self) -> (f64, f64) {
        self.energies().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), e| (a.min(e), b.max(e)))
    }

    /// H_B on the direct sum.
    pub(crate) fn hamiltonian(&self) -> Operator {
        Operator::diagonal(&self.energies().collect::<Vec<_>>())
    }

    /// Total excitation number on the direct sum.
    pub fn number(&self) -> Operator {
        match &self.cells {
            Cells::Product { frequencies, .. } => self.numbers(&vec![1.0; frequencies.len()]),
            _ => self.numbers(&[1.0]),
        }
    }

    /// sum_i x_i n_i with one number per cell; where the cells are equal the first one counts.
    ///
    /// # Panics
    /// When a product of cells gets another number of weights than it has cells.
    pub(crate) fn numbers(&self, weights: &[f64]) -> Operator {
        match &self.cells {
            Cells::SpinSectors { count } => {
                let sectors = 0..self.sectors.len();
                let numbers = sectors.flat_map(|lost| (lost..=count - lost).map(|n| weights[0] * n as f64));
                Operator::diagonal(&numbers.collect::<Vec<_>>())
            }
            Cells::Product { levels, frequencies } => {
                assert_eq!(weights.len(), frequencies.len(), "one number per cell");
                let number = Operator::number(*levels);
                weights.iter().enumerate().map(|(i, &x)| x * number.on_site(i, weights.len())).sum()
            }
            Cells::Single | Cells::Symmetric { .. } => weights[0] * Operator::number(self.dim()),
            Cells::Apart(_) | Cells::Whole { .. } => unreachable!("{ONLY_ENERGIES}"),
        }
    }

    /// sum_i g_i B_i with one coupling per cell; where the cells are equal the first one counts.
    ///
    /// # Panics
    /// When a product of cells gets another number of couplings than it has cells.
    pub(crate) fn lowering(&self, couplings: &[f64]) -> Operator {
        match &self.cells {
            _ if self.is_oscillator() => couplings[0] * Operator::annihilation(self.dim()),
            _ if self.is_uniform() => couplings[0] * Operator::uniform_lowering(self.dim()),
            Cells::Single | Cells::Symmetric { .. } => couplings[0] * Operator::spin_lowering(self.dim()),
            Cells::SpinSectors { .. } => couplings[0] * self.by_sector(Operator::spin_lowering),
            Cells::Apart(_) | Cells::Whole { .. } => unreachable!("{ONLY_ENERGIES}"),
            Cells::Product { levels, frequencies } => {
                assert_eq!(couplings.len(), frequencies.len(), "one coupling per cell");
                let lower = Operator::spin_lowering(*levels);
                couplings.iter().enumerate().map(|(i, &g)| g * lower.on_site(i, couplings.len())).sum()
            }
        }
    }

    /// Jump operators of one noise channel per cell, all at the same rate.
    ///
    /// # Panics
    /// For several cells restricted to symmetric states: local noise leaves that subspace.
    pub(crate) fn local_channels(&self, noise: Noise) -> Vec<Operator> {
        match &self.cells {
            Cells::Single => vec![self.collective_channel(noise)],
            Cells::Symmetric { .. } => panic!("local noise leaves the symmetric subspace"),
            Cells::SpinSectors { count } => spin_sectors::local_channels(*count, noise),
            Cells::Apart(_) | Cells::Whole { .. } => unreachable!("{ONLY_ENERGIES}"),
            Cells::Product { levels, frequencies } => {
                let count = frequencies.len();
                let cell = noise.jump(&Operator::number(*levels), &Operator::spin_lowering(*levels));
                (0..count).map(|i| cell.on_site(i, count)).collect()
            }
        }
    }

    /// Jump operator of one channel shared by all cells: sum_i n_i, sum_i B_i or its adjoint.
    pub(crate) fn collective_channel(&self, noise: Noise) -> Operator {
        let ones = match &self.cells {
            Cells::Product { frequencies, .. } => vec![1.0; frequencies.len()],
            _ => vec![1.0],
        };
        noise.jump(&self.number(), &self.lowering(&ones))
    }

    /// Reduced states of the cells, from the states of the sectors, with how many cells share each and the energies of their levels.
    ///
    /// Empty where the battery is one cell, or several that are coupled.
    pub(crate) fn cell_states(&self, sectors: &[Hermitian]) -> Vec<(Hermitian, f64, Vec<f64>)> {
        let ladder = |levels: usize, omega: f64| (0..levels).map(|k| omega * k as f64).collect();
        let step = || self.spectrum[1].energy - self.spectrum[0].energy;
        match &self.cells {
            Cells::Single | Cells::Whole { .. } => Vec::new(),
            Cells::Symmetric { count, levels } => {
                let cell = spin_sectors::symmetric_cell(&sectors[0], *count, *levels);
                vec![(cell, *count as f64, ladder(*levels, step()))]
            }
            Cells::SpinSectors { count } => {
                vec![(spin_sectors::invariant_cell(sectors, *count), *count as f64, ladder(2, step()))]
            }
            Cells::Product { levels, frequencies } => {
                let of = |(i, &omega): (usize, &f64)| {
                    let stride = levels.pow((frequencies.len() - 1 - i) as u32);
                    (factor_of(&sectors[0], *levels, stride), 1.0, ladder(*levels, omega))
                };
                frequencies.iter().enumerate().map(of).collect()
            }
            Cells::Apart(factors) => {
                of_factors(factors, |levels, stride| factor_of(&sectors[0], levels, stride))
            }
        }
    }

    /// A block of zeros for every sector.
    pub(crate) fn empty_blocks(&self) -> Vec<Hermitian> {
        self.sectors.iter().map(|sector| Hermitian::zero(sector.energies.len())).collect()
    }

    /// The direct sum of what `block` makes of so many levels in every sector.
    pub(crate) fn by_sector(&self, block: impl Fn(usize) -> Operator) -> Operator {
        let entries = self.sectors.iter().flat_map(|Sector { offset, energies, .. }| {
            let block = block(energies.len());
            block.entries().map(|(i, j, x)| (offset + i, offset + j, x)).collect::<Vec<_>>()
        });
        Operator::from_entries(self.dim(), entries)
    }
}

/// Degeneracies of N equal d-level cells: the coefficients of (1 + z + ... + z^{d-1})^N.
fn equal_cells_spectrum(count: usize, levels: usize, omega: f64) -> Vec<Level> {
    let mut degeneracy = vec![1.0];
    if levels == 2 {
        for k in 0..count {
            let previous: f64 = degeneracy[k];
            degeneracy.push((previous * (count - k) as f64 / (k + 1) as f64).round());
        }
    } else {
        for _ in 0..count {
            let mut next = vec![0.0; degeneracy.len() + levels - 1];
            for (k, x) in degeneracy.iter().enumerate() {
                next[k..k + levels].iter_mut().for_each(|y| *y += x);
            }
            degeneracy = next;
        }
    }
    // Beyond the range of f64 the recurrence gives inf or inf * 0; by symmetry both ends are finite.
    let top = degeneracy.len() - 1;
    (0..=top)
        .map(|k| {
            let x = degeneracy[k.min(top - k)];
            Level { energy: omega * k as f64, degeneracy: if x.is_finite() { x } else { f64::INFINITY } }
        })
        .collect()
}

/// Levels of the permutation-symmetric subspace: k excitations in N bosons over d modes, the coefficient of z^k in
/// prod_{i=1}^{d-1} (1 - z^{N+i})/(1 - z^i). One per k for qubits; more for qudits, whose ladder is only a part of it.
fn symmetric_spectrum(count: usize, levels: usize, omega: f64) -> Vec<Level> {
    let top = count * (levels - 1);
    let mut degeneracy = vec![0.0; top + 1];
    degeneracy[0] = 1.0;
    for i in 1..levels {
        for k in (count + i..=top).rev() {
            degeneracy[k] -= degeneracy[k - count - i];
        }
        for k in i..=top {
            degeneracy[k] += degeneracy[k - i];
        }
    }
    degeneracy
        .iter()
        .enumerate()
        .map(|(k, &degeneracy)| Level { energy: omega * k as f64, degeneracy })
        .collect()
}

impl BatterySpace {
    /// The ket of the symmetric state with n excitations.
    pub(crate) fn symmetric_level(&self, n: usize) -> Vec<Complex64> {
        if let Cells::Product { levels, frequencies } = &self.cells {
            let (count, levels) = (frequencies.len(), *levels);
            return SymmetricFock { count, levels, excitations: n }.of_members();
        }
        // The largest spin comes first among the sectors.
        let mut psi = vec![Complex64::ZERO; self.dim()];
        psi[n] = Complex64::ONE;
        psi
    }

    /// Highest excitation number of a symmetric state.
    pub(crate) fn top_number(&self) -> usize {
        match &self.cells {
            Cells::Product { levels, frequencies } => frequencies.len() * (levels - 1),
            Cells::SpinSectors { count } => *count,
            Cells::Single | Cells::Symmetric { .. } => self.dim() - 1,
            Cells::Apart(_) | Cells::Whole { .. } => unreachable!("{ONLY_ENERGIES}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degeneracies_count_the_full_space() {
        for (count, levels) in [(1, 2), (5, 2), (3, 3), (4, 5)] {
            let total: f64 =
                BatterySpace::ladder(count, levels, 1.0).spectrum().iter().map(|l| l.degeneracy).sum();
            assert_eq!(total, (levels as f64).powi(count as i32));
        }
        let large = BatterySpace::ladder(2000, 2, 1.0);
        assert_eq!(large.spectrum()[1].degeneracy, 2000.0);
        assert_eq!(large.spectrum()[1999].degeneracy, 2000.0);
        assert!(large.spectrum().iter().all(|l| l.degeneracy >= 1.0));
    }

    #[test]
    fn spin_sectors_count_the_full_space() {
        for count in 1..9 {
            let space = BatterySpace::spin_sectors(count, 1.0);
            let total: f64 = space.sectors().iter().map(|s| s.multiplicity * s.energies.len() as f64).sum();
            assert_eq!(total, 2f64.powi(count as i32));
        }
    }

    #[test]
    fn cells_of_a_dicke_state_agree_between_ladder_and_product() {
        // The same symmetric state written in both spaces has the same reduced cell.
        for (count, levels) in [(3, 2), (2, 3), (3, 3)] {
            let ladder = BatterySpace::ladder(count, levels, 1.0);
            let product = BatterySpace::product(levels, &vec![1.0; count]);
            let amplitudes: Vec<f64> = (0..ladder.dim()).map(|n| 1.0 / (1.0 + n as f64)).collect();
            let mix = |space: &BatterySpace| {
                let mut psi = vec![Complex64::ZERO; space.dim()];
                for (n, a) in amplitudes.iter().enumerate() {
                    for (x, y) in psi.iter_mut().zip(space.symmetric_level(n)) {
                        *x += Complex64::from_polar(*a, 0.3 * n as f64) * y;
                    }
                }
                space.cell_states(&[Hermitian::projector(&psi)])[0].0.clone()
            };
            let (a, b) = (mix(&ladder), mix(&product));
            for (x, y) in a.s().iter().zip(b.s()) {
                assert!((x - y).abs() < 1e-13, "{count} {levels}: {x} {y}");
            }
        }
    }
}
