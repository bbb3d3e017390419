//! What is added up of trajectories: one list of numbers, so that batches can be kept, sent and added.
//!
//! [count, per time 8 sums, then what is kept of the cells, of the battery's state, of cut oscillators, of the charger of stages, and the paths of the first trajectories].

use num_complex::Complex64;

use crate::charge::cutoff::Cut;
use crate::merit::passive_energy;
use crate::numerics::lanes::{Amplitudes, MOST_KETS, add_pure, flat, weighted_norm};
use crate::space::{BatterySpace, Cells};

/// Sums at one time.
pub(super) const SUMS: usize = 8;
/// Their places.
pub(super) const ENERGY: usize = 0;
pub(super) const ENERGY_SQUARED: usize = 1;
/// `<H_B^2>`.
pub(super) const SQUARE: usize = 2;
pub(super) const POWER: usize = 3;
pub(super) const RECORDED: usize = 4;
pub(super) const RECORDED_SQUARED: usize = 5;
pub(super) const JUMPS: usize = 6;
/// Trajectories that count: all, or those that have jumped.
pub(super) const COUNT: usize = 7;

/// Where what is in a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) times: usize,
    /// Numbers of the cells at one time, where no state is kept.
    pub(super) cells: usize,
    /// Numbers of the battery's state at one time.
    pub(super) state: usize,
    pub(super) cuts: usize,
    /// 1 where the excitations of the charger are kept.
    pub(super) charger: usize,
    /// Paths in a batch that keeps some.
    pub(super) paths: usize,
}

impl Layout {
    pub(super) fn sums(&self, time: usize) -> usize {
        1 + SUMS * time
    }

    pub(super) fn cells_at(&self, time: usize) -> usize {
        1 + SUMS * self.times + self.cells * time
    }

    pub(super) fn state_at(&self, time: usize) -> usize {
        1 + (SUMS + self.cells) * self.times + self.state * time
    }

    pub(super) fn cuts_at(&self, time: usize) -> usize {
        1 + (SUMS + self.cells + self.state) * self.times + self.cuts * time
    }

    pub(super) fn charger_at(&self, time: usize) -> usize {
        self.cuts_at(self.times) + self.charger * time
    }

    /// Numbers that add up.
    pub(super) fn added(&self) -> usize {
        self.charger_at(self.times)
    }

    pub(super) fn path_at(&self, path: usize) -> usize {
        self.added() + path * self.times
    }

    pub(super) fn numbers(&self) -> usize {
        self.path_at(self.paths)
    }
}

/// Levels that share a level of the others and a sector: (place in the block, level in the sector).
type Column = Vec<(usize, usize)>;

/// How the kets of one block are read.
pub(super) struct Reader {
    /// Energies of the levels and their squares, each twice: for real and imaginary part.
    energies: [Vec<f64>; 2],
    /// Levels of the battery that share a level of the others and a sector: sector, (place in the block, level in the sector).
    columns: Vec<(usize, Column)>,
    /// Sectors that the block holds, each with its columns.
    sectors: Vec<(usize, Vec<usize>)>,
    /// Levels that are the highest ones of every cut.
    tops: Vec<Vec<usize>>,
}

/// What readers work on.
#[derive(Default)]
pub(super) struct Scratch {
    spectrum: Vec<(f64, f64)>,
    column: Vec<Complex64>,
    parts: Vec<f64>,
}

impl Reader {
    pub(super) fn new(space: &BatterySpace, levels: &[usize], cuts: &[Cut]) -> Self {
        let dim = space.dim();
        let energies: Vec<f64> = space.energies().collect();
        let mut columns: Vec<((usize, usize), Column)> = Vec::new();
        let mut place = std::collections::HashMap::new();
        for (local, &joint) in levels.iter().enumerate() {
            let (other, battery) = (joint / dim, joint % dim);
            let sector = space.sectors().partition_point(|sector| sector.offset <= battery) - 1;
            let within = battery - space.sectors()[sector].offset;
            let column = *place.entry((other, sector)).or_insert_with(|| {
                columns.push(((other, sector), Vec::new()));
                columns.len() - 1
            });
            columns[column].1.push((local, within));
        }
        let mut sectors: Vec<(usize, Vec<usize>)> = Vec::new();
        for (column, ((_, sector), _)) in columns.iter().enumerate() {
            match sectors.iter_mut().find(|(known, _)| known == sector) {
                Some((_, list)) => list.push(column),
                None => sectors.push((*sector, vec![column])),
            }
        }
        Reader {
            energies: [1, 2].map(|power| {
                levels.iter().flat_map(|joint| [energies[joint % dim].powi(power); 2]).collect()
            }),
            columns: columns.into_iter().map(|((_, sector), entries)| (sector, entries)).collect(),
            sectors,
            tops: cuts.iter().map(|cut| cut.tops(levels)).collect(),
        }
    }

    /// Levels of the block.
    pub(super) fn levels(&self) -> usize {
        self.energies[0].len() / 2
    }

    /// What the highest levels of a cut hold.
    pub(super) fn top(&self, cut: usize, psi: &[Complex64]) -> f64 {
        self.tops[cut].iter().map(|local| psi[*local].norm_sqr()).sum()
    }

    /// `<H_B>` and `<H_B^2>`.
    pub(super) fn energy(&self, psi: &[Complex64]) -> (f64, f64) {
        let [energies, squares] = &self.energies;
        (weighted_norm(flat(psi), energies), weighted_norm(flat(psi), squares))
    }

    /// Adds the states of the battery in kets of this block, sector by sector, `offsets` in a list of numbers.
    pub(super) fn add_states(
        &self,
        space: &BatterySpace,
        offsets: &[usize],
        kets: &[Complex64],
        scratch: &mut Scratch,
        out: &mut [f64],
    ) {
        for kets in kets.chunks(MOST_KETS * self.levels()) {
            for (sector, entries) in &self.columns {
                let n = space.sectors()[*sector].energies.len();
                let (Some(&(_, low)), Some(&(_, high))) = (entries.first(), entries.last()) else { continue };
                let size = high + 1 - low;
                let Scratch { column, parts, .. } = scratch;
                column.clear();
                parts.clear();
                for psi in kets.chunks(self.levels()) {
                    let begin = column.len();
                    column.resize(begin + size, Complex64::ZERO);
                    let column = &mut column[begin..];
                    entries.iter().for_each(|&(local, level)| column[level - low] = psi[local]);
                    parts.extend(column.iter().map(|x| x.re - x.im));
                    parts.extend(column.iter().map(|x| x.re + x.im));
                }
                let mut amplitudes = [Amplitudes::default(); MOST_KETS];
                let count = column.len() / size;
                let lists = flat(column).chunks(2 * size).zip(parts.chunks(2 * size));
                amplitudes
                    .iter_mut()
                    .zip(lists)
                    .for_each(|(ket, (psi, parts))| *ket = Amplitudes { psi, parts });
                let block = &mut out[offsets[*sector]..offsets[*sector] + n * n];
                add_pure(&amplitudes[..count], n, &mut block[low * (n + 1)..]);
            }
        }
    }

    /// Adds what is known of the cells: their states one after the other; of equal qubits number of excitations and `<J^->` as in `space/spin_sectors`.
    pub(super) fn add_cells(
        &self,
        space: &BatterySpace,
        cells: &CellReader,
        psi: &[Complex64],
        out: &mut [f64],
    ) {
        match cells {
            CellReader::Equal => {
                for (sector, entries) in &self.columns {
                    let levels = space.sectors()[*sector].energies.len();
                    let mut below: Option<(usize, Complex64)> = None;
                    for &(local, level) in entries {
                        let x = psi[local];
                        out[0] += x.norm_sqr() * (sector + level) as f64;
                        if let Some((known, y)) = below
                            && known + 1 == level
                        {
                            let lowered = ((level * (levels - level)) as f64).sqrt() * x * y.conj();
                            out[1] += lowered.re;
                            out[2] += lowered.im;
                        }
                        below = Some((level, x));
                    }
                }
            }
            CellReader::Factors(factors) => {
                for (_, entries) in &self.columns {
                    let mut at = 0;
                    for &(d, stride) in factors {
                        for &(local, level) in entries {
                            let (x, digit) = (psi[local], level / stride % d);
                            let base = level - digit * stride;
                            for other in 0..d {
                                let target = base + other * stride;
                                // Entries are sorted by their levels.
                                if let Ok(found) = entries.binary_search_by_key(&target, |(_, level)| *level)
                                {
                                    let y = psi[entries[found].0];
                                    out[at + digit * d + other] +=
                                        x.re * (y.re - y.im) + x.im * (y.im + y.re);
                                }
                            }
                        }
                        at += d * d;
                    }
                }
            }
        }
    }

    /// Ergotropy of the battery's state in one trajectory.
    pub(super) fn ergotropy(
        &self,
        space: &BatterySpace,
        energy: f64,
        psi: &[Complex64],
        scratch: &mut Scratch,
    ) -> f64 {
        let scratch = &mut scratch.spectrum;
        scratch.clear();
        for (sector, columns) in &self.sectors {
            let m = space.sectors()[*sector].multiplicity;
            let entries = |column: usize| &self.columns[columns[column]].1;
            match columns.len() {
                1 => scratch
                    .push((entries(0).iter().map(|(local, _)| psi[*local].norm_sqr()).sum::<f64>() / m, m)),
                2 => {
                    let weight =
                        |k: usize| entries(k).iter().map(|(local, _)| psi[*local].norm_sqr()).sum::<f64>();
                    let (a, b) = (weight(0), weight(1));
                    let overlap = overlap(entries(0), entries(1), psi);
                    let radius = (0.25 * (a - b).powi(2) + overlap.norm_sqr()).sqrt();
                    let middle = 0.5 * (a + b);
                    scratch.push(((middle + radius) / m, m));
                    scratch.push(((middle - radius).max(0.0) / m, m));
                }
                count => {
                    let matrix =
                        faer::Mat::from_fn(count, count, |k, l| overlap(entries(k), entries(l), psi));
                    let found = matrix.self_adjoint_eigenvalues(faer::Side::Lower);
                    let values = found.unwrap_or_else(|_| vec![f64::NAN; count]);
                    let n = space.sectors()[*sector].energies.len();
                    // No more than the battery has levels differ from 0.
                    scratch.extend(values.iter().rev().take(n).map(|r| (r.max(0.0) / m, m)));
                }
            }
        }
        energy - passive_energy(scratch, space.spectrum())
    }
}

/// `<phi_k|phi_l>` of two columns.
fn overlap(a: &[(usize, usize)], b: &[(usize, usize)], psi: &[Complex64]) -> Complex64 {
    let (mut i, mut j, mut sum) = (0, 0, Complex64::ZERO);
    while i < a.len() && j < b.len() {
        match a[i].1.cmp(&b[j].1) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += psi[a[i].0].conj() * psi[b[j].0];
                i += 1;
                j += 1;
            }
        }
    }
    sum
}

/// What is kept of the cells where the state of the battery is not.
#[derive(Clone, Debug)]
pub(super) enum CellReader {
    /// Equal qubits: one mean state.
    Equal,
    /// Factors of a product: levels and stride of each.
    Factors(Vec<(usize, usize)>),
}

impl CellReader {
    /// How the cells of a battery are read; `None` where there is one, or they are coupled.
    pub(super) fn new(space: &BatterySpace) -> Option<Self> {
        match space.cells() {
            Cells::Single | Cells::Whole { .. } => None,
            Cells::Symmetric { levels: 2, .. } | Cells::SpinSectors { .. } => Some(CellReader::Equal),
            Cells::Symmetric { .. } => None,
            Cells::Product { levels, frequencies } => {
                let count = frequencies.len();
                Some(CellReader::Factors(
                    (0..count).map(|i| (*levels, levels.pow((count - 1 - i) as u32))).collect(),
                ))
            }
            Cells::Apart(factors) if factors.iter().all(|factor| factor.count == 1) => {
                let mut stride: usize = factors.iter().map(|factor| factor.levels).product();
                let of = |factor: &crate::space::CellFactor| {
                    stride /= factor.levels;
                    (factor.levels, stride)
                };
                Some(CellReader::Factors(factors.iter().map(of).collect()))
            }
            Cells::Apart(_) => None,
        }
    }

    /// Numbers at one time.
    pub(super) fn numbers(&self) -> usize {
        match self {
            CellReader::Equal => 3,
            CellReader::Factors(factors) => factors.iter().map(|(d, _)| d * d).sum(),
        }
    }
}
