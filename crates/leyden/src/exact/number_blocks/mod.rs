//! A cavity that charges N equal cells without losses: one block per number of excitations.
//!
//! H = omega_C a^dag a + omega_B n + g (a J^+ + a^dag J^-) on cells in symmetric states, a ladder of T + 1 levels with
//! <n+1|J^+|n> = sqrt((n+1)(T-n)), T = N(d-1). K = a^dag a + n is conserved, and in every block |K-n>|n> the Hamiltonian is a real symmetric
//! tridiagonal matrix: its decomposition serves every time (see `block`). From sum_k c_k |k> (x) |m>, with psi of block K = k + m,
//!   A_kn = c_{k+n-m} psi_{k+n,n},   rho_B = A^T A^*,
//! and from a mixture of photon numbers rho_B is diagonal, p_n = sum_K P_K |psi_{K,n}|^2. Nothing is cut: a block ends by itself, and
//! photon numbers are left out that weigh less than 1e-16 together (see `photons`).
//!
//! Sources: Tavis, Cummings, Phys. Rev. 170, 379 (1968); Andolina et al., Phys. Rev. B 99, 205437 (2019).

mod average;
mod block;
mod bounds;
mod carried;
mod phases;
mod photons;
mod power;
mod turns;

pub(crate) use bounds::NumberCurve;
pub use photons::Photons;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use crate::operator::Hermitian;
use block::{Amplitudes, Block, DENSE, Ladder};

/// Bytes of the amplitudes A of several times at once.
const AT_ONCE: usize = 128 << 20;
/// Part of a multiplication that one in a product of matrices takes.
const IN_PRODUCTS: f64 = 0.2;
/// Most times at once.
const MOST_TIMES: usize = 256;

/// Takes a block, which of the times, and real and imaginary part of its amplitudes.
type Visit<'a> = &'a mut dyn FnMut(&Block, usize, &[f64], &[f64]);

/// The blocks of a cavity and its cells.
#[derive(Clone, Debug)]
pub struct NumberBlocks {
    ladder: Ladder,
    photons: Photons,
    blocks: Vec<Block>,
}

/// Excitations of the cells at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Excitations {
    /// `<n>`.
    pub number: f64,
    /// d`<n>`/dt.
    pub flow: f64,
    /// d^2`<n>`/dt^2.
    pub curvature: f64,
}

/// Numbers that say what blocks cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockSizes {
    /// How many blocks.
    pub count: usize,
    /// Levels of the largest.
    pub largest: usize,
    /// Levels of all.
    pub levels: usize,
    /// Bytes of all, with what evolves at once.
    pub bytes: f64,
}

impl BlockSizes {
    /// Of blocks not made yet, for cells of `top` + 1 levels that start in level `start`, and so many times.
    pub fn of(top: usize, start: usize, photons: &Photons, detuned: bool, times: usize) -> Self {
        let sizes =
            || (0..photons.populations.len()).map(|i| Block::levels(top, photons.excitations(i, start)));
        let largest = sizes().max().unwrap_or(1);
        let matrix = |(i, n): (usize, usize)| match detuned {
            true => (n * n) as f64,
            false if n > DENSE => n as f64 * carried::expected(top, start, photons.excitations(i, start)),
            false => 0.5 * (n * n) as f64,
        };
        let matrices: f64 = sizes().enumerate().map(matrix).sum();
        // Vectors and work space of one decomposition.
        let dense = if detuned { largest } else { largest.min(DENSE) };
        let work = 4.0 * (dense * dense) as f64;
        let (rows, parts) = (photon_rows(top, start, photons), if detuned { 2 } else { 1 });
        let batch = batch(top, rows, parts, photons.pure).min(times);
        let state = if photons.pure { rows * parts } else { 1 };
        // The state, and the amplitudes of a block with their phases.
        let evolving = (batch * (state + 3 * parts) * (top + 1)) as f64;
        let (count, levels) = (photons.populations.len(), sizes().sum());
        BlockSizes { count, largest, levels, bytes: 8.0 * (matrices + work + evolving) }
    }
}

/// Photon numbers that the cavity may hold later.
fn photon_rows(top: usize, start: usize, photons: &Photons) -> usize {
    photons.last() + start - (photons.first + start).saturating_sub(top) + 1
}

/// Times that evolve at once.
fn batch(top: usize, rows: usize, parts: usize, pure: bool) -> usize {
    match pure {
        true => (AT_ONCE / (8 * rows * (top + 1) * parts)).clamp(1, MOST_TIMES),
        false => MOST_TIMES,
    }
}

impl NumberBlocks {
    /// Blocks of cells of `top` + 1 levels that start in level `start`; `None` where an eigenvalue iteration does not converge.
    ///
    /// # Panics
    /// When `start` is above `top`.
    pub fn new(top: usize, start: usize, coupling: f64, detuning: f64, photons: Photons) -> Option<Self> {
        assert!(start <= top, "level {start} is above the highest one, {top}");
        // g -> -g turns the cells by pi.
        let ladder = Ladder { top, start, coupling: coupling.abs(), detuning };
        let block = |(i, p): (usize, &f64)| Block::new(ladder, photons.excitations(i, start), *p);
        let blocks = photons.populations.iter().enumerate().map(block).collect::<Option<_>>()?;
        Some(NumberBlocks { ladder, photons, blocks })
    }

    /// Bound on the weight of the photon numbers that are left out.
    pub fn dropped(&self) -> f64 {
        self.photons.dropped
    }

    /// Largest angle of a phase at time t.
    pub fn largest_angle(&self, t: f64) -> f64 {
        self.blocks.iter().map(Block::fastest).fold(0.0, f64::max) * t
    }

    /// Multiplications that the energy at one time takes, about, and those that a state takes.
    pub(crate) fn work(&self) -> (f64, f64) {
        let energy = |(levels, frequencies): (usize, usize)| {
            let (levels, frequencies) = (levels as f64, frequencies as f64);
            0.5 * IN_PRODUCTS * levels * frequencies + 6.0 * (levels + frequencies)
        };
        let energy: f64 = self.blocks.iter().map(|block| energy(block.size())).sum();
        let levels = (self.ladder.top + 1) as f64;
        let state = match self.photons.pure {
            true => {
                let rows = photon_rows(self.ladder.top, self.ladder.start, &self.photons) as f64;
                levels * levels * (IN_PRODUCTS * rows + 4.0 * levels)
            }
            false => 40.0 * levels,
        };
        (energy, energy + state)
    }

    /// Whether the states are diagonal: no superposition of photon numbers.
    pub fn is_diagonal(&self) -> bool {
        !self.photons.pure
    }

    /// Whether nothing ever moves: no coupling, or nothing to exchange.
    pub fn is_still(&self) -> bool {
        self.ladder.coupling == 0.0 || self.blocks.iter().all(|block| block.excitations == 0)
    }

    /// Populations of the cells at `times`, and their excitations.
    pub fn populations(&self, times: &[f64], sink: &mut dyn FnMut(f64, &[f64], Excitations)) {
        let levels = self.ladder.top + 1;
        let mut amplitudes = Amplitudes::default();
        let mut populations = vec![0.0; levels * MOST_TIMES.min(times.len())];
        for times in times.chunks(MOST_TIMES) {
            populations.fill(0.0);
            let mut found = vec![Excitations::default(); times.len()];
            self.evolve(times, &mut amplitudes, &mut found, &mut |block, k, real, imaginary| {
                let here = &mut populations[k * levels..(k + 1) * levels];
                for part in [real, imaginary] {
                    here.iter_mut().zip(part).for_each(|(p, x)| *p += block.probability * x * x);
                }
            });
            for (k, (&time, found)) in times.iter().zip(found).enumerate() {
                sink(time, &populations[k * levels..(k + 1) * levels], found);
            }
        }
    }

    /// States of the cells at `times`, and their excitations, from a superposition of photon numbers.
    ///
    /// # Panics
    /// From a mixture, whose [`populations`](Self::populations) are all there is.
    pub fn states(&self, times: &[f64], sink: &mut dyn FnMut(f64, &Hermitian, Excitations)) {
        assert!(self.photons.pure, "a mixture of photon numbers has no amplitudes");
        let Ladder { top, start, detuning, .. } = self.ladder;
        let levels = top + 1;
        let rows = photon_rows(top, start, &self.photons);
        let lowest = (self.photons.first + start).saturating_sub(top);
        let parts = if detuning == 0.0 { 1 } else { 2 };
        let size = rows * levels;
        let batch = batch(top, rows, parts, self.photons.pure).min(times.len());
        let mut joint = vec![vec![0.0; size * batch]; parts];
        let mut amplitudes = Amplitudes::default();
        let (mut gram, mut mixed) = (Mat::zeros(levels, levels), Mat::zeros(levels, levels));
        let mut rho = Hermitian::zero(levels);
        for times in times.chunks(batch.max(1)) {
            let mut found = vec![Excitations::default(); times.len()];
            self.evolve(times, &mut amplitudes, &mut found, &mut |block, k, real, imaginary| {
                let amplitude = block.probability.sqrt();
                for (joint, part) in joint.iter_mut().zip([real, imaginary]) {
                    let joint = &mut joint[k * size..(k + 1) * size];
                    for (n, x) in part.iter().enumerate() {
                        joint[n * rows + block.excitations - n - lowest] = amplitude * x;
                    }
                }
            });
            for (k, (&time, found)) in times.iter().zip(found).enumerate() {
                let part = |i: usize| {
                    MatRef::from_column_major_slice(&joint[i][k * size..(k + 1) * size], rows, levels)
                };
                let real = part(0);
                matmul(gram.as_mut(), Accum::Replace, real.transpose(), real, 1.0, Par::Seq);
                if parts == 2 {
                    let imaginary = part(1);
                    matmul(gram.as_mut(), Accum::Add, imaginary.transpose(), imaginary, 1.0, Par::Seq);
                    matmul(mixed.as_mut(), Accum::Replace, imaginary.transpose(), real, 1.0, Par::Seq);
                }
                for n in 0..levels {
                    for m in 0..=n {
                        let (even, odd) = (gram[(n, m)], mixed[(n, m)] - mixed[(m, n)]);
                        rho.s_mut()[n * levels + m] = even + odd;
                        rho.s_mut()[m * levels + n] = even - odd;
                    }
                }
                sink(time, &rho, found);
            }
        }
    }

    /// Excitations of the cells at `times`.
    pub fn excitations(&self, times: &[f64]) -> Vec<Excitations> {
        let mut amplitudes = Amplitudes::default();
        let mut found = Vec::with_capacity(times.len());
        for times in times.chunks(MOST_TIMES) {
            let mut here = vec![Excitations::default(); times.len()];
            self.evolve(times, &mut amplitudes, &mut here, &mut |_, _, _, _| {});
            found.extend(here);
        }
        found
    }

    /// Every block at every time, summed in the order of the blocks.
    fn evolve(
        &self,
        times: &[f64],
        amplitudes: &mut Amplitudes,
        found: &mut [Excitations],
        visit: Visit<'_>,
    ) {
        for block in &self.blocks {
            block.evolve(times, amplitudes);
            for (k, found) in found.iter_mut().enumerate() {
                let (real, imaginary) = amplitudes.at(k);
                let here = block.excitations_of(real, imaginary);
                found.number += block.probability * here.number;
                found.flow += block.probability * here.flow;
                found.curvature += block.probability * here.curvature;
                visit(block, k, real, imaginary);
            }
        }
    }
}
