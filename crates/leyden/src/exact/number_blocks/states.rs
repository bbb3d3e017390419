//! rho_B = sum A^T A^* over what is followed together, for many times at once.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use super::block::{Amplitudes, Block};
use super::{Blocks, Excitations, MOST_TIMES, NumberBlocks, evolve};
use crate::operator::Hermitian;

/// Bytes of the amplitudes A of several times at once.
const AT_ONCE: usize = 128 << 20;

/// Times that evolve at once, with so many numbers each.
pub(super) fn batch(numbers: usize) -> usize {
    (AT_ONCE / (8 * numbers)).clamp(1, MOST_TIMES)
}

/// Real and imaginary part of the amplitudes A of one member; the latter is missing on resonance.
struct Joint {
    parts: Vec<Vec<f64>>,
}

/// Products of amplitudes, with their work space.
struct Gram {
    real: Mat<f64>,
    mixed: Mat<f64>,
}

impl NumberBlocks {
    /// States of the cells at `times`, one for each ladder, and their excitations.
    ///
    /// # Panics
    /// From a mixture of numbers, whose [`populations`](Self::populations) are all there is.
    pub fn states(&self, times: &[f64], sink: &mut dyn FnMut(f64, &[Hermitian], Excitations)) {
        assert!(!self.is_diagonal(), "a mixture of numbers has no amplitudes");
        let parts = if self.blocks().all(Block::is_real) { 1 } else { 2 };
        let size = self.members.iter().map(|member| self.size(member)).max().unwrap_or(1);
        // One member needs one state at a time, several are added up for all of them.
        let alone = self.members.len() == 1;
        let kept = if alone { 0 } else { self.ladders.iter().map(|ladder| (ladder.top + 1).pow(2)).sum() };
        let batch = batch(size * parts + kept).min(times.len());
        let zero = || self.ladders.iter().map(|ladder| Hermitian::zero(ladder.top + 1)).collect::<Vec<_>>();
        let mut states: Vec<_> = (0..if alone { 1 } else { batch }).map(|_| zero()).collect();
        let mut joint = Joint { parts: vec![vec![0.0; size * batch]; parts] };
        let (mut amplitudes, mut gram) =
            (Amplitudes::default(), Gram { real: Mat::new(), mixed: Mat::new() });
        for times in times.chunks(batch.max(1)) {
            let mut found = vec![Excitations::default(); times.len()];
            for (i, member) in self.members.iter().enumerate() {
                let size = self.size(member);
                joint.fill(member, size, !alone, times, &mut amplitudes, &mut found);
                for (k, &time) in times.iter().enumerate() {
                    let state = &mut states[if alone { 0 } else { k }];
                    if i == 0 {
                        state.iter_mut().for_each(|rho| rho.s_mut().fill(0.0));
                    }
                    let rows = member.photons.1;
                    gram.add(&joint, k * size..(k + 1) * size, rows, &mut state[member.ladder]);
                    if i + 1 == self.members.len() {
                        sink(time, state, found[k]);
                    }
                }
            }
        }
    }

    /// Numbers of A.
    fn size(&self, member: &Blocks) -> usize {
        member.photons.1 * (self.ladders[member.ladder].top + 1)
    }
}

impl Joint {
    /// A at every time: `size` numbers each, of which those in no block are 0.
    fn fill(
        &mut self,
        member: &Blocks,
        size: usize,
        used: bool,
        times: &[f64],
        amplitudes: &mut Amplitudes,
        found: &mut [Excitations],
    ) {
        let (lowest, rows) = member.photons;
        if used {
            self.parts.iter_mut().for_each(|part| part.fill(0.0));
        }
        evolve(&member.blocks, times, amplitudes, found, &mut |block, k, real, imaginary| {
            let amplitude = block.probability.sqrt();
            for (joint, part) in self.parts.iter_mut().zip([real, imaginary]) {
                let joint = &mut joint[k * size..(k + 1) * size];
                for (n, x) in part.iter().enumerate() {
                    joint[n * rows + block.excitations - n - lowest] = amplitude * x;
                }
            }
        });
    }
}

impl Gram {
    /// Adds A^T A^*, A being there in `joint`.
    fn add(&mut self, joint: &Joint, there: std::ops::Range<usize>, rows: usize, rho: &mut Hermitian) {
        let levels = rho.dim();
        if self.real.nrows() != levels {
            (self.real, self.mixed) = (Mat::zeros(levels, levels), Mat::zeros(levels, levels));
        }
        let part = |i: usize| MatRef::from_column_major_slice(&joint.parts[i][there.clone()], rows, levels);
        let Gram { real: gram, mixed } = self;
        let real = part(0);
        matmul(gram.as_mut(), Accum::Replace, real.transpose(), real, 1.0, Par::Seq);
        if joint.parts.len() == 2 {
            let imaginary = part(1);
            matmul(gram.as_mut(), Accum::Add, imaginary.transpose(), imaginary, 1.0, Par::Seq);
            matmul(mixed.as_mut(), Accum::Replace, imaginary.transpose(), real, 1.0, Par::Seq);
        }
        for n in 0..levels {
            for m in 0..=n {
                let (even, odd) = (gram[(n, m)], mixed[(n, m)] - mixed[(m, n)]);
                rho.s_mut()[n * levels + m] += even + odd;
                if m != n {
                    rho.s_mut()[m * levels + n] += even - odd;
                }
            }
        }
    }
}
