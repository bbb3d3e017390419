//! `chebyshev`: state vectors by Chebyshev series of a constant Hamiltonian.
//!
//! With the energies of a block between c - R and c + R and h = (H - c)/R,
//!   e^{-iHt} psi = e^{-ict} sum_k (2 - delta_k0) (-i)^k J_k(Rt) T_k(h) psi,   T_{k+1} = 2 h T_k - T_{k-1}.
//! J_k(x) falls faster than exponentially beyond k = x: about R t products with H and a few more give all digits. A real H acts on real
//! and imaginary parts alone, so that one product with the T_k of a stretch gives all times in it.
//! Source: @talezer1984.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use super::bessel::bessel;
use super::blocks::{Block, Blocks};
use super::{KetSink, KetSnapshot, rounding};
use crate::evolve::Outcome;

/// Bytes of the vectors T_k of one stretch.
const MOST_BYTES: f64 = 48e6;
/// R t of the longest and of the shortest stretch, and products beyond R t that its series takes about.
const LONGEST: f64 = 400.0;
const SHORTEST: f64 = 6.0;
const BEYOND: f64 = 24.0;
/// What an entry of H costs in a product, relative to a number in a sum of vectors.
const ENTRY: f64 = 2.5;
/// Most times in one stretch.
const MOST_TIMES: usize = 256;

/// Evolves what the blocks hold through nondecreasing times.
pub(super) fn run(blocks: &Blocks, times: &[f64], sink: &mut KetSink<'_>) -> Outcome {
    let radius = blocks.radius();
    let largest = blocks.largest_energy();
    let mut kets = blocks.empty_kets();
    let mut states: Vec<Vec<f64>> = blocks.list.iter().map(|block| block.start.clone()).collect();
    let mut results: Vec<Mat<f64>> = blocks.list.iter().map(|_| Mat::new()).collect();
    let mut work = Vec::new();
    let (mut t, mut next) = (0.0, 0);
    while next < times.len() {
        // The stretch whose products and sums cost least together, with its times.
        let spacing = times[(next + 8).min(times.len() - 1)] - times[next];
        let turn = stretch(blocks, radius * spacing / 8.0);
        let longest = if radius > 0.0 { turn / radius } else { f64::INFINITY };
        let inside = times[next..].iter().take(MOST_TIMES).take_while(|time| **time - t <= longest).count();
        let mut ends: Vec<f64> = times[next..next + inside].iter().map(|time| time - t).collect();
        if inside == 0 {
            ends.push(longest);
        }
        let duration = ends[ends.len() - 1];
        for ((block, state), result) in blocks.list.iter().zip(&mut states).zip(&mut results) {
            series(block, state, &ends, result, &mut work);
            let last = result.ncols() - 1;
            state.copy_from_slice(
                result.col(last).try_as_col_major().expect("columns are contiguous").as_slice(),
            );
        }
        for (k, index) in (next..next + inside).enumerate() {
            for (block, result) in blocks.list.iter().zip(&results) {
                let column = result.col(k).try_as_col_major().expect("columns are contiguous");
                block.scatter(column.as_slice(), &mut kets);
            }
            if sink(KetSnapshot {
                index,
                time: times[index],
                kets: &kets,
                error: rounding(largest * times[index]),
                integrals: &[],
            })
            .is_break()
            {
                return Outcome::Stopped;
            }
        }
        t = if inside > 0 { times[next + inside - 1] } else { t + duration };
        next += inside;
    }
    Outcome::Converged
}

/// R t of the stretch that costs least where times are `turn` apart.
fn stretch(blocks: &Blocks, turn: f64) -> f64 {
    let most = (MOST_BYTES / (8.0 * blocks.numbers() as f64) - BEYOND).clamp(SHORTEST, LONGEST);
    let (entries, rows) = blocks.list.iter().fold((0, 0), |(entries, rows), block| {
        (entries + block.matrix.filled(), rows + block.matrix.count())
    });
    let product = ENTRY * entries as f64 / rows.max(1) as f64;
    (BEYOND * product * turn.max(1e-3)).sqrt().clamp(SHORTEST, most)
}

/// The vector of one block at all `ends` after it was `x`, one column each.
fn series(block: &Block, x: &[f64], ends: &[f64], result: &mut Mat<f64>, work: &mut Vec<f64>) {
    let (low, high) = block.bounds;
    let (middle, radius) = (0.5 * (low + high), 0.5 * (high - low));
    let coefficients: Vec<Vec<f64>> = ends.iter().map(|t| bessel(radius * t)).collect();
    let terms = coefficients.iter().map(Vec::len).max().unwrap_or(1);
    let (size, width) = (x.len(), block.width());
    work.resize(terms.max(2) * size, 0.0);
    work[..size].copy_from_slice(x);
    if terms > 1 {
        let (first, rest) = work.split_at_mut(size);
        block.matrix.step(width, (1.0 / radius, middle), first, None, &mut rest[..size]);
    }
    for k in 2..terms {
        let (before, rest) = work.split_at_mut(k * size);
        let (older, last) = before[(k - 2) * size..].split_at(size);
        block.matrix.step(width, (2.0 / radius, middle), last, Some(older), &mut rest[..size]);
    }
    // Even terms are real multiples, odd ones multiples of -i.
    let sum = |parity: usize| {
        let count = (terms + 1 - parity) / 2;
        let factors = Mat::from_fn(count, ends.len(), |row, column| {
            let k = 2 * row + parity;
            let sign = if row % 2 == 0 { 1.0 } else { -1.0 };
            let twice = if k == 0 { 1.0 } else { 2.0 };
            sign * twice * coefficients[column].get(k).copied().unwrap_or(0.0)
        });
        let mut sums = Mat::zeros(size, ends.len());
        if count > 0 {
            let stride = 2 * size;
            let vectors =
                MatRef::from_column_major_slice_with_stride(&work[parity * size..], size, count, stride);
            matmul(&mut sums, Accum::Replace, vectors, &factors, 1.0, Par::Seq);
        }
        sums
    };
    let (even, odd) = (sum(0), sum(1));
    let count = block.kets.len();
    if (result.nrows(), result.ncols()) != (size, ends.len()) {
        *result = Mat::zeros(size, ends.len());
    }
    for (column, t) in ends.iter().enumerate() {
        let (sin, cos) = (-middle * t).sin_cos();
        let even = even.col(column).try_as_col_major().expect("columns are contiguous").as_slice();
        let odd = odd.col(column).try_as_col_major().expect("columns are contiguous").as_slice();
        let out =
            result.col_mut(column).try_as_col_major_mut().expect("columns are contiguous").as_slice_mut();
        // even - i odd, turned by e^{-ict}.
        let turned = |even: [f64; 2], odd: [f64; 2]| {
            let (re, im) = (even[0] + odd[1], even[1] - odd[0]);
            [cos * re - sin * im, sin * re + cos * im]
        };
        if count == 1 {
            let out = out.as_chunks_mut::<2>().0.iter_mut();
            let sums = even.as_chunks::<2>().0.iter().zip(odd.as_chunks::<2>().0);
            out.zip(sums).for_each(|(out, (even, odd))| *out = turned(*even, *odd));
            continue;
        }
        let levels = out
            .chunks_exact_mut(2 * count)
            .zip(even.chunks_exact(2 * count))
            .zip(odd.chunks_exact(2 * count));
        for ((out, even), odd) in levels {
            for j in 0..count {
                [out[j], out[count + j]] = turned([even[j], even[count + j]], [odd[j], odd[count + j]]);
            }
        }
    }
}

/// Numbers of the vectors of one stretch.
pub(super) fn work_numbers(blocks: &Blocks) -> f64 {
    let largest = blocks.list.iter().map(Block::size).max().unwrap_or(0) as f64;
    (MOST_BYTES / 8.0).min(largest * (LONGEST + 2.0 * BEYOND)).max(largest * (SHORTEST + 2.0 * BEYOND))
}

/// Products with H to the last of `times`, and terms in the sums for each.
pub(super) fn products(blocks: &Blocks, times: &[f64]) -> (f64, f64) {
    let angle = blocks.radius() * times.last().copied().unwrap_or(0.0);
    let turn = stretch(blocks, angle / times.len().max(1) as f64);
    let terms = turn.min(angle) + BEYOND;
    ((angle / turn).ceil().max(1.0) * terms, terms)
}
