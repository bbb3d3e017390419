//! Points and chunks: pure functions of the layout.
//!
//! A chunk (tile) is a box of points. All variables share the grid; times are whole in a chunk. The shape balances three
//! wishes: few files (at most [`MOST_POINTS`] points in a chunk, at least [`FEWEST_CHUNKS`] chunks if the points allow, for
//! shards to share), little memory (at most [`MOST_BYTES`] per chunk in progress), and the fast axis in one piece.

use super::Layout;

/// Points in a chunk.
const MOST_POINTS: usize = 4096;
/// Bytes of all variables of a chunk, before compression.
const MOST_BYTES: usize = 16 << 20;
/// Chunks that shards can share.
const FEWEST_CHUNKS: usize = 16;

/// The chunk grid over the axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    /// Points along every axis.
    pub(super) lengths: Vec<usize>,
    /// Points of a chunk along every axis.
    pub(super) shape: Vec<usize>,
}

impl Grid {
    /// The grid of a valid layout.
    pub(super) fn of(layout: &Layout) -> Self {
        let lengths = layout.lengths();
        let points: usize = lengths.iter().product();
        let bytes = size_of::<f64>() * layout.numbers_per_point();
        let most = MOST_POINTS.min(MOST_BYTES / bytes.max(1)).max(1);
        let mut shape = vec![1; lengths.len()];
        let mut room = most.min(points.div_ceil(FEWEST_CHUNKS));
        if let Some(fast) = layout.fast_axis {
            shape[fast] = even(lengths[fast], most);
            room /= shape[fast];
        }
        for axis in (0..lengths.len()).rev().filter(|&axis| Some(axis) != layout.fast_axis) {
            shape[axis] = even(lengths[axis], room);
            room = if shape[axis] == lengths[axis] { room / lengths[axis] } else { 1 };
        }
        Grid { lengths, shape }
    }

    /// Points of the study.
    pub(super) fn points(&self) -> usize {
        self.lengths.iter().product()
    }

    /// Chunks of the study.
    pub(super) fn chunks(&self) -> usize {
        (0..self.shape.len()).map(|axis| self.chunks_along(axis)).product()
    }

    /// Places in a chunk: those at the edges have more places than points.
    pub(super) fn places(&self) -> usize {
        self.shape.iter().product()
    }

    fn chunks_along(&self, axis: usize) -> usize {
        self.lengths[axis].div_ceil(self.shape[axis])
    }

    /// The chunk of a point, and its place there, row by row.
    pub(super) fn locate(&self, point: usize) -> (usize, usize) {
        let (mut chunk, mut place) = (0, 0);
        for (axis, at) in indices(point, &self.lengths).into_iter().enumerate() {
            chunk = chunk * self.chunks_along(axis) + at / self.shape[axis];
            place = place * self.shape[axis] + at % self.shape[axis];
        }
        (chunk, place)
    }

    /// Indices of a chunk along the axes.
    pub(super) fn indices(&self, chunk: usize) -> Vec<usize> {
        let chunks: Vec<usize> = (0..self.shape.len()).map(|axis| self.chunks_along(axis)).collect();
        indices(chunk, &chunks)
    }

    /// Points of a chunk with their places, in order of both.
    pub(super) fn members(&self, chunk: usize) -> impl Iterator<Item = (usize, usize)> {
        let chunk = self.indices(chunk);
        (0..self.places()).filter_map(move |place| {
            // From the last axis to the first, as they are numbered row by row.
            let (mut left, mut point, mut stride) = (place, 0, 1);
            for ((along, length), chunk) in self.shape.iter().zip(&self.lengths).zip(&chunk).rev() {
                let at = chunk * along + left % along;
                if at >= *length {
                    return None;
                }
                (left, point, stride) = (left / along, point + at * stride, stride * length);
            }
            Some((point, place))
        })
    }
}

/// Indices of a point of a box, whose points are numbered row by row.
pub(super) fn indices(mut point: usize, lengths: &[usize]) -> Vec<usize> {
    let mut indices = vec![0; lengths.len()];
    for (index, length) in indices.iter_mut().zip(lengths).rev() {
        (*index, point) = (point % length, point / length);
    }
    indices
}

/// The length of the fewest even pieces of `length` of at most `most`.
fn even(length: usize, most: usize) -> usize {
    length.div_ceil(length.div_ceil(most.max(1)))
}

#[cfg(test)]
mod tests {
    use super::super::{Axis, Layout, Variable};
    use super::*;

    fn layout(lengths: &[usize], fast_axis: Option<usize>, times: usize) -> Layout {
        let axis = |&length: &usize| Axis { values: vec![0.0; length], ..Axis::default() };
        Layout {
            axes: lengths.iter().map(axis).collect(),
            times: vec![0.0; times],
            variables: vec![Variable { over_time: times > 0, ..Variable::default() }],
            fast_axis,
            ..Layout::default()
        }
    }

    #[test]
    fn shapes() {
        for (lengths, fast, times, shape) in [
            (&[][..], None, 0, &[][..]),
            (&[1], None, 0, &[1]),
            (&[7], None, 0, &[1]),
            (&[200], None, 0, &[13]),
            (&[200], Some(0), 0, &[200]),
            (&[5000], Some(0), 0, &[2500]),
            (&[200, 200], None, 0, &[12, 200]),
            (&[200, 200], Some(0), 0, &[200, 12]),
            (&[1000, 1000], None, 0, &[4, 1000]),
            (&[1000, 1000], Some(0), 0, &[1000, 4]),
            (&[3, 200], Some(1), 0, &[1, 200]),
            (&[100, 100], None, 4010, &[5, 100]),
            (&[100, 100], Some(0), 401_000, &[5, 1]),
            (&[10], None, 4_000_000, &[1]),
        ] {
            let grid = Grid::of(&layout(lengths, fast, times));
            assert_eq!(grid.shape, shape, "{lengths:?} {fast:?} {times}");
        }
    }

    #[test]
    fn every_point_has_one_place() {
        for (lengths, shape) in
            [(vec![], vec![]), (vec![7], vec![3]), (vec![5, 4, 3], vec![2, 4, 2]), (vec![2, 9], vec![1, 4])]
        {
            let grid = Grid { lengths, shape };
            let mut seen = vec![0; grid.points()];
            for chunk in 0..grid.chunks() {
                let mut before = None;
                for (point, place) in grid.members(chunk) {
                    assert_eq!(grid.locate(point), (chunk, place));
                    assert!(before < Some((point, place)) && place < grid.places());
                    before = Some((point, place));
                    seen[point] += 1;
                }
            }
            assert!(seen.iter().all(|&times| times == 1), "{grid:?}");
        }
    }
}
