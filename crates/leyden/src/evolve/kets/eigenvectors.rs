//! `eigenvectors`: state vectors by the eigenvectors of every block of a constant Hamiltonian.
//!
//! H = V diag(E) V^dag, psi(t) = V e^{-iEt} V^dag psi(0): every time costs as much as another. Eigenvectors that the start does not hold are
//! left out.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par, Side};
use num_complex::Complex64;

use super::blocks::{Block, Blocks};
use super::{KetSink, KetSnapshot, rounding};
use crate::evolve::Outcome;

/// Norm of what may be left out of a ket.
const NEGLIGIBLE: f64 = 1e-17;
/// Bytes of the vectors of several times at once.
const AT_ONCE: f64 = 16e6;
/// Most times at once.
const MOST_TIMES: usize = 256;

/// Eigenvectors of a block that its kets hold.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    /// E, nondecreasing.
    pub(crate) energies: Vec<f64>,
    /// Levels x eigenvectors.
    vectors: Vectors,
    /// Eigenvectors x kets.
    pub(crate) amplitudes: Mat<Complex64>,
}

#[derive(Clone, Debug)]
enum Vectors {
    Real(Mat<f64>),
    Complex(Mat<Complex64>),
}

impl Carried {
    /// `None` where the iteration does not converge.
    fn of(block: &Block) -> Option<Self> {
        let (n, count) = (block.levels.len(), block.kets.len());
        let start = Mat::from_fn(n, count, |level, ket| {
            let at = 2 * level * count + ket;
            Complex64::new(block.start[at], block.start[at + count])
        });
        let (energies, vectors, amplitudes) = if block.is_real {
            let mut dense = Mat::<f64>::zeros(n, n);
            block.matrix.entries().for_each(|(i, j, x)| dense[(i, j)] += x);
            let eigen = dense.self_adjoint_eigen(Side::Lower).ok()?;
            let v = eigen.U();
            let part =
                |of: fn(Complex64) -> f64| v.transpose() * Mat::from_fn(n, count, |i, j| of(start[(i, j)]));
            let (re, im) = (part(|x| x.re), part(|x| x.im));
            let amplitudes = Mat::from_fn(n, count, |i, j| Complex64::new(re[(i, j)], im[(i, j)]));
            let energies: Vec<f64> = eigen.S().column_vector().iter().copied().collect();
            (energies, Vectors::Real(v.to_owned()), amplitudes)
        } else {
            let mut dense = Mat::<Complex64>::zeros(n, n);
            // Rows 2i hold P and -Q.
            for (i, j, x) in block.matrix.entries().filter(|(i, ..)| i % 2 == 0) {
                dense[(i / 2, j / 2)] +=
                    if j % 2 == 0 { Complex64::new(x, 0.0) } else { Complex64::new(0.0, -x) };
            }
            let eigen = dense.self_adjoint_eigen(Side::Lower).ok()?;
            let amplitudes = eigen.U().adjoint() * &start;
            let energies = eigen.S().column_vector().iter().map(|x: &Complex64| x.re).collect();
            (energies, Vectors::Complex(eigen.U().to_owned()), amplitudes)
        };
        let held = |k: usize| (0..count).map(|ket| amplitudes[(k, ket)].norm_sqr()).sum::<f64>();
        let kept: Vec<usize> = (0..n).filter(|&k| held(k) > NEGLIGIBLE * NEGLIGIBLE / n as f64).collect();
        let vectors = match vectors {
            Vectors::Real(v) => Vectors::Real(Mat::from_fn(n, kept.len(), |i, k| v[(i, kept[k])])),
            Vectors::Complex(v) => Vectors::Complex(Mat::from_fn(n, kept.len(), |i, k| v[(i, kept[k])])),
        };
        Some(Carried {
            energies: kept.iter().map(|&k| energies[k]).collect(),
            vectors,
            amplitudes: Mat::from_fn(kept.len(), count, |k, ket| amplitudes[(kept[k], ket)]),
        })
    }
}

impl Carried {
    /// The k-th eigenvector at a level of the block.
    fn vector(&self, level: usize, k: usize) -> Complex64 {
        match &self.vectors {
            Vectors::Real(v) => v[(level, k)].into(),
            Vectors::Complex(v) => v[(level, k)],
        }
    }
}

/// The eigenvectors of all blocks; `None` where an iteration does not converge.
pub(super) fn decompose(blocks: &Blocks) -> Option<Vec<Carried>> {
    blocks.list.iter().map(Carried::of).collect()
}

/// Evolves what the blocks hold through times in any order.
pub(super) fn run(blocks: &Blocks, carried: &[Carried], times: &[f64], sink: &mut KetSink<'_>) -> Outcome {
    let largest = blocks.largest_energy();
    let mut kets = blocks.empty_kets();
    let batch = ((AT_ONCE / (8.0 * blocks.numbers().max(1) as f64)) as usize).clamp(1, MOST_TIMES);
    for (number, now) in times.chunks(batch).enumerate() {
        let results: Vec<Results> = blocks
            .list
            .iter()
            .zip(carried)
            .map(|(block, carried)| Results::of(block, carried, now))
            .collect();
        for (k, &time) in now.iter().enumerate() {
            for (block, result) in blocks.list.iter().zip(&results) {
                result.scatter(block, k, &mut kets);
            }
            if sink(KetSnapshot {
                index: number * batch + k,
                time,
                kets: &kets,
                error: rounding(largest * time),
                integrals: &[],
            })
            .is_break()
            {
                return Outcome::Stopped;
            }
        }
    }
    Outcome::Converged
}

/// Energies that differ by less than this part of the largest one are equal: rounding.
const EQUAL: f64 = 1e-12;

/// Hands on P_E psi of all kets, energy after energy: lim (1/T) int_0^T |psi><psi| dt = sum_E P_E |psi><psi| P_E.
///
/// Equal energies of different blocks are one.
pub(super) fn by_energy(blocks: &Blocks, carried: &[Carried], visit: &mut dyn FnMut(&[Vec<Complex64>])) {
    let mut all: Vec<(f64, usize, usize)> = Vec::new();
    for (block, carried) in carried.iter().enumerate() {
        all.extend(carried.energies.iter().enumerate().map(|(k, e)| (*e, block, k)));
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let equal = EQUAL * blocks.largest_energy();
    let mut kets = blocks.empty_kets();
    for level in all.chunk_by(|a, b| b.0 - a.0 <= equal) {
        for &(_, at, k) in level {
            let (block, carried) = (&blocks.list[at], &carried[at]);
            for (column, &ket) in block.kets.iter().enumerate() {
                let amplitude = carried.amplitudes[(k, column)];
                for (row, &joint) in block.levels.iter().enumerate() {
                    kets[ket][joint] += amplitude * carried.vector(row, k);
                }
            }
        }
        visit(&kets);
        for &(_, at, _) in level {
            for &ket in &blocks.list[at].kets {
                blocks.list[at].levels.iter().for_each(|&joint| kets[ket][joint] = Complex64::ZERO);
            }
        }
    }
}

/// sum_k <psi_k(t)|diag(values)|psi_k(t)> = mean + sum Re(amplitude e^{i frequency t}): values are numbers of the joint levels, so that they do not
/// join blocks.
pub(crate) fn cosines(blocks: &Blocks, carried: &[Carried], values: &[f64]) -> (f64, Vec<(Complex64, f64)>) {
    let (mut mean, mut terms) = (0.0, Vec::new());
    for (block, carried) in blocks.list.iter().zip(carried) {
        let size = carried.energies.len();
        for j in 0..size {
            for k in 0..=j {
                let levels = block.levels.iter().enumerate();
                let element: Complex64 = levels
                    .map(|(row, &joint)| {
                        values[joint] * carried.vector(row, j).conj() * carried.vector(row, k)
                    })
                    .sum();
                let held: Complex64 = (0..block.kets.len())
                    .map(|ket| carried.amplitudes[(j, ket)].conj() * carried.amplitudes[(k, ket)])
                    .sum();
                let amplitude = element * held;
                match j == k {
                    true => mean += amplitude.re,
                    false => terms.push((2.0 * amplitude, carried.energies[j] - carried.energies[k])),
                }
            }
        }
    }
    (mean, terms)
}

/// Vectors of a block at several times.
enum Results {
    /// Levels x (real parts, imaginary parts) of all kets, time by time.
    Real(Mat<f64>),
    /// Levels x kets, time by time.
    Complex(Mat<Complex64>),
}

impl Results {
    fn of(block: &Block, carried: &Carried, times: &[f64]) -> Self {
        let (n, count, size) = (block.levels.len(), block.kets.len(), carried.energies.len());
        let turned = |k: usize, t: f64, ket: usize| {
            Complex64::from_polar(1.0, -carried.energies[k] * t) * carried.amplitudes[(k, ket)]
        };
        match &carried.vectors {
            Vectors::Real(v) => {
                let mut factors = Mat::zeros(size, 2 * count * times.len());
                for (at, &t) in times.iter().enumerate() {
                    for k in 0..size {
                        let phase = Complex64::from_polar(1.0, -carried.energies[k] * t);
                        for ket in 0..count {
                            let x = phase * carried.amplitudes[(k, ket)];
                            factors[(k, 2 * count * at + ket)] = x.re;
                            factors[(k, 2 * count * at + count + ket)] = x.im;
                        }
                    }
                }
                let mut out = Mat::zeros(n, factors.ncols());
                matmul(&mut out, Accum::Replace, v, &factors, 1.0, Par::Seq);
                Results::Real(out)
            }
            Vectors::Complex(v) => {
                let factors =
                    Mat::from_fn(size, count * times.len(), |k, at| turned(k, times[at / count], at % count));
                let mut out = Mat::zeros(n, factors.ncols());
                matmul(&mut out, Accum::Replace, v, &factors, Complex64::ONE, Par::Seq);
                Results::Complex(out)
            }
        }
    }

    fn scatter(&self, block: &Block, at: usize, kets: &mut [Vec<Complex64>]) {
        let count = block.kets.len();
        for (column, &ket) in block.kets.iter().enumerate() {
            for (row, &level) in block.levels.iter().enumerate() {
                kets[ket][level] = match self {
                    Results::Real(out) => {
                        let at = 2 * count * at + column;
                        Complex64::new(out[(row, at)], out[(row, at + count)])
                    }
                    Results::Complex(out) => out[(row, count * at + column)],
                };
            }
        }
    }
}
