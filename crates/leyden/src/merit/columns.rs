//! Figures of merit of a battery's state given by few columns, rho_B = sum_k |phi_k><phi_k|.
//!
//! The eigenvalues that do not vanish are those of the Gram matrix <phi_k|phi_l>; what other levels hold is 0. Dephased in energy they are those of the
//! Gram matrices of every energy. For one sector alone; r columns on n levels cost n r^2 instead of n^3.

use faer::{Mat, Side};
use num_complex::Complex64;

use super::ergotropy::{Eigenvalues, by_energy};
use super::work_bounds::coherence_of_columns;
use super::{BatteryState, Merits};
use crate::numerics::sum_of;
use crate::operator::{Hermitian, add_projector};
use crate::space::{BatterySpace, CellFactor, Cells, of_factors};

/// From this many levels on it pays to look at columns.
const LARGE: usize = 48;

/// Reads the state of a battery from kets on other (x) battery.
pub(crate) struct KetFigures<'a> {
    space: &'a BatterySpace,
    /// Levels of every energy, where columns are read.
    levels: Option<Vec<Vec<usize>>>,
}

impl<'a> KetFigures<'a> {
    /// Of so many levels of the other and so many kets.
    pub(crate) fn new(space: &'a BatterySpace, columns: usize) -> Self {
        let pays = space.sectors().len() == 1 && space.dim() >= LARGE && 3 * columns <= space.dim();
        let levels = pays.then(|| {
            let mut levels = Vec::new();
            by_energy(&space.sectors()[0].energies, &mut |level| levels.push(level.to_vec()));
            levels
        });
        KetFigures { space, levels }
    }

    /// Adds the state of the battery, block by block, to one of such blocks.
    pub(crate) fn add_up(&self, kets: &[Vec<Complex64>], blocks: &mut [Hermitian]) {
        add_sectors(kets, self.space, blocks);
    }

    /// All figures of merit, and the trace.
    pub(crate) fn of(&self, kets: &[Vec<Complex64>]) -> (Merits, f64) {
        let n = self.space.dim();
        if let Some(levels) = &self.levels {
            let columns: Vec<&[Complex64]> = kets.iter().flat_map(|psi| psi.chunks_exact(n)).collect();
            return merits_of_columns(self.space, levels, &columns);
        }
        let mut blocks = self.space.empty_blocks();
        add_sectors(kets, self.space, &mut blocks);
        let state = BatteryState::new(self.space, &blocks);
        (Merits::of(&state), state.trace())
    }
}

/// Figures of merit of the columns, with the trace.
fn merits_of_columns(space: &BatterySpace, levels: &[Vec<usize>], columns: &[&[Complex64]]) -> (Merits, f64) {
    let sector = &space.sectors()[0];
    let n = space.dim();
    let populations: Vec<f64> = match columns {
        [phi] => phi.iter().map(|x| x.norm_sqr()).collect(),
        _ => (0..n).map(|b| columns.iter().map(|phi| phi[b].norm_sqr()).sum()).collect(),
    };
    let trace = sum_of(&populations, &populations, |p, _| p);
    let energy = sum_of(&populations, &sector.energies, |p, e| p * e);
    let fluctuation = sum_of(&populations, &sector.energies, |p, e| p * (e - energy) * (e - energy)).sqrt();
    let spectrum = match columns {
        [_] => vec![trace],
        _ => gram(columns, &(0..n).collect::<Vec<_>>()),
    };
    let purity = spectrum.iter().map(|r| r * r).sum();
    let alone = |r: f64| (r, 1.0);
    let mut dephased = Vec::with_capacity(n);
    for level in levels {
        match level[..] {
            [only] => dephased.push(alone(populations[only])),
            // One column has one eigenvalue.
            _ if columns.len() == 1 => dephased.push(alone(sum_of(level, level, |b, _| populations[b]))),
            _ => dephased.extend(gram(columns, level).into_iter().map(alone)),
        }
    }
    let cells = match space.cells() {
        Cells::Single | Cells::Whole { .. } => Vec::new(),
        Cells::Product { levels, frequencies } => {
            let of = |(cell, omega): (usize, &f64)| {
                let stride = levels.pow((frequencies.len() - 1 - cell) as u32);
                let energies = (0..*levels).map(|k| omega * k as f64).collect();
                (factor_of(columns, *levels, stride), 1.0, energies)
            };
            frequencies.iter().enumerate().map(of).collect()
        }
        Cells::Apart(factors) => of_factors(factors, |levels, stride| factor_of(columns, levels, stride)),
        Cells::Symmetric { .. } | Cells::SpinSectors { .. } => {
            let mut rho = Hermitian::zero(n);
            columns.iter().for_each(|phi| add_projector(rho.s_mut(), 1.0, phi));
            space.cell_states(&[rho])
        }
    };
    let mut spectrum: Vec<(f64, f64)> = spectrum.into_iter().map(alone).collect();
    // Levels beyond the columns hold nothing.
    spectrum.push((0.0, (n - spectrum.len()) as f64));
    let symmetric = match space.cells() {
        Cells::Symmetric { .. } => true,
        Cells::Apart(factors) => matches!(factors[..], [CellFactor { count: 2.., .. }]),
        _ => false,
    };
    let eigenvalues = Eigenvalues { spectrum, dephased, symmetric, cells };
    let coherence = coherence_of_columns(levels, columns);
    (Merits::without_state(energy, fluctuation).with(space, eigenvalues, purity, coherence), trace)
}

/// Eigenvalues of the columns' matrix on some levels that do not vanish for certain: of the smaller of the two products.
fn gram(columns: &[&[Complex64]], levels: &[usize]) -> Vec<f64> {
    let r = columns.len();
    let matrix = match r <= levels.len() {
        true => Mat::from_fn(r, r, |k, l| {
            levels.iter().map(|&b| columns[k][b].conj() * columns[l][b]).sum::<Complex64>()
        }),
        false => Mat::from_fn(levels.len(), levels.len(), |i, j| {
            columns.iter().map(|phi| phi[levels[i]] * phi[levels[j]].conj()).sum::<Complex64>()
        }),
    };
    let size = matrix.nrows();
    if size == 1 {
        return vec![matrix[(0, 0)].re];
    }
    // The iteration fails only on entries that are not finite.
    matrix.self_adjoint_eigenvalues(Side::Lower).unwrap_or_else(|_| vec![f64::NAN; size])
}

/// The reduced state of one cell of a product.
fn factor_of(columns: &[&[Complex64]], d: usize, stride: usize) -> Hermitian {
    let mut cell = Hermitian::zero(d);
    for phi in columns {
        for base in (0..phi.len()).filter(|base| (base / stride).is_multiple_of(d)) {
            for a in 0..d {
                for b in 0..d {
                    let x = phi[base + a * stride] * phi[base + b * stride].conj();
                    cell.s_mut()[a * d + b] += x.re + x.im;
                }
            }
        }
    }
    cell
}

/// Adds Tr_C |psi><psi| of kets on other (x) battery to the blocks of a state.
fn add_sectors(kets: &[Vec<Complex64>], space: &BatterySpace, blocks: &mut [Hermitian]) {
    let mut filled: Vec<(usize, Complex64)> = Vec::new();
    for row in kets.iter().flat_map(|psi| psi.chunks_exact(space.dim())) {
        for (sector, block) in space.sectors().iter().zip(blocks.iter_mut()) {
            let n = sector.energies.len();
            let part = &row[sector.offset..sector.offset + n];
            filled.clear();
            filled.extend(part.iter().copied().enumerate().filter(|(_, x)| *x != Complex64::ZERO));
            for &(i, a) in &filled {
                let out = &mut block.s_mut()[i * n..(i + 1) * n];
                for &(j, b) in &filled {
                    // Re + Im of a b*.
                    out[j] += a.re * (b.re - b.im) + a.im * (b.im + b.re);
                }
            }
        }
    }
}
