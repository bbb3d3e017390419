//! What blocks cost, before they are made.

use std::collections::BTreeSet;

use super::block::{Block, DENSE};
use super::carried;
use super::starts::{CellStarts, Member, Start};
use super::states::batch;
use super::{MOST_TIMES, Photons};

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
    /// Of blocks not made yet, for so many times.
    pub fn of(cells: &CellStarts, photons: &Photons, detuned: bool, times: usize) -> Self {
        let members = cells.members(photons);
        let top = |member: &Member| cells.ladders[member.ladder].top;
        let blocks =
            || members.iter().flat_map(|member| member.blocks.iter().map(move |block| (member, block)));
        let levels = |(member, excitations): (&Member, usize)| Block::levels(top(member), excitations);
        let superposed = blocks().any(|(_, block)| matches!(block.start, Start::Vector(_)));
        let (mut matrices, mut largest, mut dense) = (0.0, 1, 1);
        let mut distinct = BTreeSet::new();
        for (member, block) in blocks() {
            let n = levels((member, block.excitations));
            let square = (n * n) as f64;
            let (kept, whole) = match block.start {
                Start::Vector(_) => (2.0 * square, n),
                Start::Level(_) if detuned => (square, n),
                Start::Level(m) if n > DENSE => {
                    (n as f64 * carried::expected(top(member), m, block.excitations), DENSE)
                }
                Start::Level(_) => (0.5 * square, n),
            };
            matrices += kept;
            (largest, dense) = (largest.max(n), dense.max(whole));
            distinct.insert((member.ladder, block.excitations, n));
        }
        // Vectors and work space of one decomposition.
        let work = 4.0 * (dense * dense) as f64;
        let parts = if detuned || superposed { 2 } else { 1 };
        let diagonal = members.iter().all(|member| member.diagonal);
        let widest = cells.ladders.iter().map(|ladder| ladder.top + 1).max().unwrap_or(1);
        let joint = |member: &Member| member.photons(top(member)).1 * (top(member) + 1);
        let joint = members.iter().map(joint).max().unwrap_or(1);
        let kept = match members.len() {
            1 => 0,
            _ => cells.ladders.iter().map(|ladder| (ladder.top + 1).pow(2)).sum(),
        };
        let numbers = joint * parts + kept;
        let batch = if diagonal { MOST_TIMES } else { batch(numbers) }.min(times);
        let state = if diagonal { widest } else { numbers };
        // The state, and the amplitudes of a block with their phases.
        let evolving = (batch * (state + 3 * parts * widest)) as f64;
        let levels = distinct.iter().map(|(_, _, n)| n).sum();
        BlockSizes { count: distinct.len(), largest, levels, bytes: 8.0 * (matrices + work + evolving) }
    }
}
