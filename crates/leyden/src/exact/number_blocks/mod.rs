//! A cavity that charges N equal cells without losses: one block per number of excitations.
//!
//! H = omega_C a^dag a + omega_B n + g (a J^+ + a^dag J^-) on cells in symmetric states, a ladder of T + 1 levels with
//! <n+1|J^+|n> = sqrt((n+1)(T-n)), T = N(d-1). K = a^dag a + n is conserved, and in every block |K-n>|n> the Hamiltonian is a real symmetric
//! tridiagonal matrix: its decomposition serves every time (see `block`). From sum_k c_k |k> (x) |m>, with psi of block K = k + m,
//!   A_kn = c_{k+n-m} psi_{k+n,n},   rho_B = A^T A^*,
//! and from a mixture of photon numbers rho_B is diagonal, p_n = sum_K P_K |psi_{K,n}|^2. Other starts of the cells, superpositions of levels and
//! thermal cells, are sums over more vectors in such blocks (see `starts`). Nothing is cut: a block ends by itself, and photon numbers are left
//! out that weigh less than 1e-16 together (see `photons`).
//!
//! Sources: @tavis1968; @andolina2019b.

mod average;
mod block;
mod bounds;
mod carried;
mod phases;
mod photons;
mod power;
mod sizes;
mod starts;
mod states;
mod turns;

pub(crate) use bounds::NumberCurve;
pub use photons::{Coherence, Photons};
pub use sizes::BlockSizes;
pub use starts::{CellStarts, Rungs};

use block::{Amplitudes, Block, Ladder};
use starts::Member;

/// Part of a multiplication that one in a product of matrices takes.
const IN_PRODUCTS: f64 = 0.2;
/// Most times at once.
const MOST_TIMES: usize = 256;

/// Takes a block, which of the times, and real and imaginary part of its amplitudes.
type Visit<'a> = &'a mut dyn FnMut(&Block, usize, &[f64], &[f64]);

/// The blocks of a cavity and its cells.
#[derive(Clone, Debug)]
pub struct NumberBlocks {
    ladders: Vec<Rungs>,
    members: Vec<Blocks>,
    coupling: f64,
    /// `<n>` at t = 0.
    start: f64,
    dropped: f64,
}

/// Blocks that are followed together.
#[derive(Clone, Debug)]
struct Blocks {
    /// Index of their ladder.
    ladder: usize,
    /// Each photon number for itself.
    diagonal: bool,
    blocks: Vec<Block>,
    /// The smallest photon number, and how many.
    photons: (usize, usize),
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

impl NumberBlocks {
    /// Blocks of a cavity and cells; `None` where an eigenvalue iteration does not converge.
    pub fn new(cells: &CellStarts, coupling: f64, detuning: f64, photons: &Photons) -> Option<Self> {
        let made = |member: Member| {
            let Rungs { lowest, top } = cells.ladders[member.ladder];
            Some(Blocks {
                ladder: member.ladder,
                diagonal: member.diagonal,
                blocks: member.made(Ladder { lowest, top, coupling, detuning })?,
                photons: member.photons(top),
            })
        };
        let members = cells.members(photons).into_iter().map(made).collect::<Option<_>>()?;
        let dropped = photons.dropped + cells.dropped;
        Some(NumberBlocks { ladders: cells.ladders.clone(), members, coupling, start: cells.number, dropped })
    }

    /// Bound on the weight of what is left out.
    pub fn dropped(&self) -> f64 {
        self.dropped
    }

    /// `<n>` at t = 0.
    pub fn number_at_start(&self) -> f64 {
        self.start
    }

    fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.members.iter().flat_map(|member| &member.blocks)
    }

    /// Largest angle of a phase at time t.
    pub fn largest_angle(&self, t: f64) -> f64 {
        self.blocks().map(Block::fastest).fold(0.0, f64::max) * t
    }

    /// Multiplications that the energy at one time takes, about, and those that a state takes.
    pub(crate) fn work(&self) -> (f64, f64) {
        let energy = |(levels, frequencies): (usize, usize)| {
            let (levels, frequencies) = (levels as f64, frequencies as f64);
            0.5 * IN_PRODUCTS * levels * frequencies + 6.0 * (levels + frequencies)
        };
        let energy: f64 = self.blocks().map(|block| energy(block.size())).sum();
        let state = |member: &Blocks| {
            let (levels, rows) = ((self.ladders[member.ladder].top + 1) as f64, member.photons.1 as f64);
            if self.is_diagonal() {
                40.0 * levels
            } else {
                levels * levels * (IN_PRODUCTS * rows + 4.0 * levels)
            }
        };
        (energy, energy + self.members.iter().map(state).sum::<f64>())
    }

    /// Whether the states are diagonal: no superposition of photon numbers, and none of levels.
    pub fn is_diagonal(&self) -> bool {
        self.members.iter().all(|member| member.diagonal)
    }

    /// Whether nothing ever moves: no coupling, or nothing to exchange.
    pub fn is_still(&self) -> bool {
        self.coupling == 0.0 || self.blocks().all(Block::is_single)
    }

    /// Populations of the cells at `times`, ladder by ladder, and their excitations.
    pub fn populations(&self, times: &[f64], sink: &mut dyn FnMut(f64, &[f64], Excitations)) {
        let offsets = self.offsets();
        let levels = offsets[self.ladders.len()];
        let mut amplitudes = Amplitudes::default();
        let mut populations = vec![0.0; levels * MOST_TIMES.min(times.len())];
        for times in times.chunks(MOST_TIMES) {
            populations.fill(0.0);
            let mut found = vec![Excitations::default(); times.len()];
            for Blocks { ladder, blocks, .. } in &self.members {
                evolve(blocks, times, &mut amplitudes, &mut found, &mut |block, k, real, imaginary| {
                    let here = &mut populations[k * levels + offsets[*ladder]..(k + 1) * levels];
                    for part in [real, imaginary] {
                        here.iter_mut().zip(part).for_each(|(p, x)| *p += block.probability * x * x);
                    }
                });
            }
            for (k, (&time, found)) in times.iter().zip(found).enumerate() {
                sink(time, &populations[k * levels..(k + 1) * levels], found);
            }
        }
    }

    /// Excitations of the cells at `times`.
    pub fn excitations(&self, times: &[f64]) -> Vec<Excitations> {
        let mut amplitudes = Amplitudes::default();
        let mut found = Vec::with_capacity(times.len());
        for times in times.chunks(MOST_TIMES) {
            let mut here = vec![Excitations::default(); times.len()];
            for member in &self.members {
                evolve(&member.blocks, times, &mut amplitudes, &mut here, &mut |_, _, _, _| {});
            }
            found.extend(here);
        }
        found
    }

    /// Where each ladder begins among all levels, and where the last ends.
    fn offsets(&self) -> Vec<usize> {
        let ends = self.ladders.iter().scan(0, |end, ladder| {
            *end += ladder.top + 1;
            Some(*end)
        });
        std::iter::once(0).chain(ends).collect()
    }
}

/// Every block at every time, summed in the order of the blocks.
fn evolve(
    blocks: &[Block],
    times: &[f64],
    amplitudes: &mut Amplitudes,
    found: &mut [Excitations],
    visit: Visit<'_>,
) {
    for block in blocks {
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
