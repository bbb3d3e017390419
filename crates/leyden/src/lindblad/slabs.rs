//! The pass over carried numbers: a sparse matrix in slabs of eight rows, each a sum of weights times eight neighbouring numbers.
//!
//! x'_{p..p+8} = sum_k w_k u_{q_k..q_k+8}, u = x or its mirror image. Within blocks a level moves to the next and a row to the next row, so that
//! eight rows mostly read eight neighbours, without a list of places; equal weights are kept once.

use std::collections::HashMap;

use super::kernel::Start;
use crate::numerics::lanes::widened;
use crate::numerics::{array, madd};

/// Rows of a slab: two AVX2 registers.
const WIDE: usize = 8;

/// One number of the matrix: weight times number `column` of x, or of its mirror image.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) mirrored: bool,
    pub(super) column: usize,
    pub(super) weight: f64,
}

/// weights times the eight numbers from `from` on.
#[derive(Clone, Copy, Debug)]
struct Step {
    from: u32,
    weights: u32,
}

/// The compiled matrix.
#[derive(Clone, Debug, Default)]
pub(super) struct Slabs {
    steps: Vec<Step>,
    /// Of every slab: where its steps on x end, and those on its mirror image.
    ends: Vec<[u32; 2]>,
    weights: Vec<[f64; WIDE]>,
    /// What no slab holds: the last rows, and what would read beyond the ends.
    single: Vec<(usize, Entry)>,
    /// Whether the mirror image is read at all.
    mirrors: bool,
}

#[inline(always)]
fn rows_of<const FMA: bool>(slabs: &Slabs, x: &[f64], y: &[f64], scale: f64, start: Start, out: &mut [f64]) {
    slabs.apply_slabs::<FMA>(x, y, scale, start, out);
}

widened! {
    fn rows(slabs: &Slabs, x: &[f64], y: &[f64], scale: f64, start: Start, out: &mut [f64]) = rows_of
}

impl Slabs {
    /// From the entries of one row after the other; entries at one place add up.
    pub(super) fn new(rows: usize, mut entries: impl FnMut(usize, &mut Vec<Entry>)) -> Self {
        let mut slabs = Slabs::default();
        let mut known: HashMap<[u64; WIDE], u32> = HashMap::new();
        let (mut row, mut slab) = (Vec::new(), Vec::new());
        let whole = rows - rows % WIDE;
        for p in (0..whole).step_by(WIDE) {
            slab.clear();
            for lane in 0..WIDE {
                row.clear();
                entries(p + lane, &mut row);
                slab.extend(row.iter().map(|entry| {
                    // Where the slab begins to read, WIDE added so that it is no negative number.
                    (entry.mirrored, entry.column + WIDE - lane, lane, *entry)
                }));
            }
            // Stable: what adds up keeps its order.
            slab.sort_by_key(|&(mirrored, from, ..)| (mirrored, from));
            let mut end = [slabs.steps.len() as u32; 2];
            for together in slab.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
                let (mirrored, from) = (together[0].0, together[0].1);
                slabs.mirrors |= mirrored;
                if from < WIDE || from > rows {
                    slabs.single.extend(together.iter().map(|&(.., lane, entry)| (p + lane, entry)));
                    continue;
                }
                let mut weights = [0.0; WIDE];
                together.iter().for_each(|&(.., lane, entry)| weights[lane] += entry.weight);
                let weights = *known.entry(weights.map(f64::to_bits)).or_insert_with(|| {
                    slabs.weights.push(weights);
                    slabs.weights.len() as u32 - 1
                });
                slabs.steps.push(Step { from: (from - WIDE) as u32, weights });
                end[1] = slabs.steps.len() as u32;
                if !mirrored {
                    end[0] = end[1];
                }
            }
            slabs.ends.push(end);
        }
        for p in whole..rows {
            row.clear();
            entries(p, &mut row);
            slabs.mirrors |= row.iter().any(|entry| entry.mirrored);
            slabs.single.extend(row.iter().map(|entry| (p, *entry)));
        }
        slabs
    }

    /// Whether [`apply`](Self::apply) reads the mirror image.
    pub(super) fn mirrors(&self) -> bool {
        self.mirrors
    }

    /// Multiplications of one application.
    pub(super) fn products(&self) -> usize {
        self.steps.len() * WIDE + self.single.len()
    }

    /// scale times the matrix on `x` with the mirror image `y`.
    pub(super) fn apply(&self, x: &[f64], y: &[f64], scale: f64, start: Start, out: &mut [f64]) {
        rows(self, x, y, scale, start, out);
    }

    #[inline(always)]
    fn apply_slabs<const FMA: bool>(&self, x: &[f64], y: &[f64], scale: f64, start: Start, out: &mut [f64]) {
        let mut done = 0;
        let mut slabs = out.chunks_exact_mut(WIDE);
        for (rows, &[middle, end]) in slabs.by_ref().zip(&self.ends) {
            let mut sum = self.add::<FMA>([0.0; WIDE], &self.steps[done..middle as usize], x);
            sum = self.add::<FMA>(sum, &self.steps[middle as usize..end as usize], y);
            done = end as usize;
            match start {
                Start::Zero => rows.iter_mut().zip(sum).for_each(|(x, s)| *x = scale * s),
                Start::Here => rows.iter_mut().zip(sum).for_each(|(x, s)| *x += scale * s),
            }
        }
        if start == Start::Zero {
            slabs.into_remainder().fill(0.0);
        }
        for &(row, Entry { mirrored, column, weight }) in &self.single {
            out[row] += scale * weight * if mirrored { y[column] } else { x[column] };
        }
    }

    // The sum goes by value: behind a reference the compiler keeps it in memory.
    #[inline(always)]
    fn add<const FMA: bool>(&self, mut sum: [f64; WIDE], steps: &[Step], u: &[f64]) -> [f64; WIDE] {
        for step in steps {
            let (w, u) = (&self.weights[step.weights as usize], array::<WIDE>(u, step.from as usize));
            for l in 0..WIDE {
                sum[l] = madd::<FMA>(w[l], u[l], sum[l]);
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_matrix_on_numbers_and_mirror_image() {
        let mut random = fastrand::Rng::with_seed(8);
        for rows in 1..40 {
            let mut any = |filled: f64| -> Vec<f64> {
                let value = |_| if random.f64() < filled { random.f64() - 0.5 } else { 0.0 };
                (0..rows * rows).map(value).collect()
            };
            let (straight, mirrored) = (any(0.3), any(if rows % 3 == 0 { 0.0 } else { 0.3 }));
            let slabs = Slabs::new(rows, |row, entries| {
                for (matrix, mirrored) in [(&straight, false), (&mirrored, true)] {
                    let filled = (0..rows).filter(|column| matrix[row * rows + column] != 0.0);
                    // In two halves, which add up.
                    let both = filled.flat_map(|column| [column; 2]);
                    entries.extend(both.map(|column| Entry {
                        mirrored,
                        column,
                        weight: 0.5 * matrix[row * rows + column],
                    }));
                }
            });
            assert_eq!(slabs.mirrors(), mirrored.iter().any(|x| *x != 0.0));
            let (x, y, before) = (any(1.0), any(1.0), any(1.0));
            let (x, y, before) = (&x[..rows], &y[..rows], &before[..rows]);
            for (start, kept) in [(Start::Zero, 0.0), (Start::Here, 1.0)] {
                let mut out = before.to_vec();
                slabs.apply(x, y, 0.7, start, &mut out);
                for row in 0..rows {
                    let part = |matrix: &[f64], u: &[f64]| -> f64 {
                        matrix[row * rows..(row + 1) * rows].iter().zip(u).map(|(a, b)| a * b).sum()
                    };
                    let expected = kept * before[row] + 0.7 * (part(&straight, x) + part(&mirrored, y));
                    assert!((out[row] - expected).abs() < 1e-14, "{rows} {row}");
                }
            }
        }
    }
}
