//! Where the symmetrised products of letters stand in memory.
//!
//! A pattern (k_0, k_1, k_2, p, q) counts how many of N engines show |0><0|, |1><1|, |2><2|, |0><1| and |1><0|. The charge fixes the
//! battery's |n><m|, m = n + s with s = q - p, and rho = rho^dag relates (p, q; n, m) to (q, p; m, n): only s >= 0 is kept.
//!
//! Patterns of equal (p, q) form a block, ordered by k_2 and then k_0; each holds its N+1-s numbers one after the other, filled
//! up with zeros to whole pieces. Zeros in front and behind stand for neighbours that do not exist.

/// Numbers that are worked on at once.
pub(super) const PIECE: usize = 4;

/// Cells up to which numbers are counted, far beyond any memory: a sum over N^2/4 blocks.
const MOST_SUMMED: usize = 300;
/// The count is close to a multiple of (N + this)^5.
const LOWER: f64 = 2.7;

/// The index space of N engines and N cells.
#[derive(Clone, Debug)]
pub(super) struct PatternIndex {
    pub(super) cells: usize,
    /// First number of the block (p, q) at q (N+1) + p.
    starts: Vec<usize>,
    /// Zeros at either end.
    guard: usize,
    /// Length of a vector, zeros included.
    pub(super) length: usize,
}

/// Patterns of equal (p, q), p <= q.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) p: usize,
    pub(super) q: usize,
    /// N - p - q, what is left for k_0 + k_1 + k_2.
    pub(super) rest: usize,
    /// First number.
    pub(super) start: usize,
    /// Distance between the numbers of neighbouring patterns, a multiple of [`PIECE`].
    pub(super) stride: usize,
}

impl Block {
    /// q - p.
    pub(super) fn shift(&self) -> usize {
        self.q - self.p
    }

    /// First number of the pattern (k_2, k_0).
    pub(super) fn at(&self, k2: usize, k0: usize) -> usize {
        self.start + self.stride * (row(self.rest, k2) + k0)
    }

    /// Patterns.
    pub(super) fn patterns(&self) -> usize {
        triangle(self.rest)
    }
}

/// Patterns with k_0 + k_1 + k_2 = rest.
fn triangle(rest: usize) -> usize {
    (rest + 1) * (rest + 2) / 2
}

/// Patterns in front of (k_2, k_0 = 0).
fn row(rest: usize, k2: usize) -> usize {
    k2 * (rest + 1) - k2 * k2.saturating_sub(1) / 2
}

/// N+1-s in whole pieces.
pub(super) fn stride(cells: usize, shift: usize) -> usize {
    (cells + 1 - shift).next_multiple_of(PIECE)
}

/// All (p, q) with p <= q.
fn pairs(cells: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..=cells).flat_map(move |q| (0..=q.min(cells - q)).map(move |p| (p, q)))
}

/// sum over all (p, q) of what `of` says about N cells and a pattern of shift |q - p|; beyond [`MOST_SUMMED`] cells scaled up from there.
fn sum(cells: usize, folded: bool, of: impl Fn(usize, usize) -> usize) -> f64 {
    let n = cells.min(MOST_SUMMED);
    let growth = ((cells as f64 + LOWER) / (n as f64 + LOWER)).powi(5);
    let numbers = pairs(n).map(|(p, q)| {
        let twins = if folded || p == q { 1.0 } else { 2.0 };
        twins * triangle(n - p - q) as f64 * of(n, q - p) as f64
    });
    growth * numbers.sum::<f64>()
}

/// Numbers in rho, before it is folded.
pub(super) fn dimension(cells: usize) -> f64 {
    sum(cells, false, |n, s| n + 1 - s)
}

/// Numbers in a vector.
pub(super) fn folded(cells: usize) -> f64 {
    sum(cells, true, stride)
}

impl PatternIndex {
    pub(super) fn new(cells: usize) -> Self {
        // A neighbour's piece may start one number early and end one late.
        let guard = stride(cells, 0) + PIECE;
        let mut starts = vec![0; (cells + 1) * (cells + 1)];
        let mut end = guard;
        for (p, q) in pairs(cells) {
            starts[q * (cells + 1) + p] = end;
            end += triangle(cells - p - q) * stride(cells, q - p);
        }
        PatternIndex { cells, starts, guard, length: end + guard }
    }

    /// The block (p, q); p <= q, p + q <= N.
    pub(super) fn block(&self, p: usize, q: usize) -> Block {
        let n = self.cells;
        let start = self.starts[q * (n + 1) + p];
        Block { p, q, rest: n - p - q, start, stride: stride(n, q - p) }
    }

    /// All blocks in the order of memory.
    pub(super) fn blocks(&self) -> impl Iterator<Item = Block> + '_ {
        pairs(self.cells).map(|(p, q)| self.block(p, q))
    }

    /// Where at least `stride(0) + 1` zeros start that have one more in front.
    pub(super) fn zeros(&self) -> usize {
        debug_assert!(self.guard > stride(self.cells, 0) + 2);
        1
    }

    /// sum |w| of the whole state: an upper bound of its trace norm.
    pub(super) fn norm(&self, w: &[f64]) -> f64 {
        let blocks = self.blocks().map(|block| {
            let twins = if block.shift() == 0 { 1.0 } else { 2.0 };
            let mut sums = [0.0; PIECE];
            let (pieces, _) =
                w[block.start..block.start + block.patterns() * block.stride].as_chunks::<PIECE>();
            for piece in pieces {
                sums.iter_mut().zip(piece).for_each(|(sum, x)| *sum += x.abs());
            }
            twins * sums.iter().sum::<f64>()
        });
        blocks.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_has_its_place() {
        for cells in 1..8 {
            let letters = PatternIndex::new(cells);
            let mut next = letters.guard;
            for block in letters.blocks() {
                for k2 in 0..=block.rest {
                    for k0 in 0..=block.rest - k2 {
                        assert_eq!(block.at(k2, k0), next);
                        next += block.stride;
                    }
                }
            }
            assert_eq!(next + letters.guard, letters.length);
            assert_eq!((next - letters.guard) as f64, folded(cells));
        }
    }
}
