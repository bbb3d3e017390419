//! Permutation-invariant states of N qubits: spins j = N/2, N/2-1, ... and local noise between them.
//!
//! Local noise sum_k L_k rho L_k^dag with L_k = sigma^-_k, sigma^+_k or s_z of each cell maps the sector j to j and
//! j +- 1, and the map is one Kraus operator for each step of j:
//!   j -> j:   sqrt((N+2)/(4j(j+1))) A,   j -> j-1: sqrt((N/2+j+1)/(2j(2j+1))) B,
//!   j -> j+1: sqrt((N/2-j)/((2j+1)(2j+2))) D,
//! with the matrix elements A, B, D of a rank-one tensor operator between spins j and j, j-1, j+1.
//! Source: @chase2008, with their sums over multiplicities carried out.

use num_complex::Complex64;

use super::Noise;
use crate::operator::{Hermitian, Operator};

/// C(N, lost) - C(N, lost-1) = C(N, lost) (N - 2 lost + 1)/(N - lost + 1), lost = N/2 - j.
pub(super) fn multiplicity(count: usize, lost: usize) -> f64 {
    let binomial = (0..lost).fold(1.0, |x: f64, k| (x * (count - k) as f64 / (k + 1) as f64).round());
    (binomial * (count - 2 * lost + 1) as f64 / (count - lost + 1) as f64).round()
}

/// The three Kraus operators of a local channel (only those that are not zero).
pub(super) fn local_channels(count: usize, noise: Noise) -> Vec<Operator> {
    let half = count as f64 / 2.0;
    let sizes: Vec<usize> = (0..=count / 2).map(|lost| count - 2 * lost + 1).collect();
    let offsets: Vec<usize> = sizes
        .iter()
        .scan(0, |offset, size| {
            *offset += size;
            Some(*offset - size)
        })
        .collect();
    let dim = sizes.iter().sum();
    let step = match noise {
        Noise::Dephasing => 0.0,
        Noise::Loss => -1.0,
        Noise::Gain => 1.0,
    };
    [0.0, -1.0, 1.0]
        .into_iter()
        .map(|spin_step| {
            let mut entries = Vec::new();
            for lost in 0..sizes.len() {
                let j = half - lost as f64;
                let target = j + spin_step;
                if target < 0.0 || target > half {
                    continue;
                }
                for level in 0..sizes[lost] {
                    let m = level as f64 - j;
                    if (m + step).abs() > target {
                        continue;
                    }
                    let element = element(half, j, m, spin_step, step);
                    if element != 0.0 {
                        let row = offsets[(half - target) as usize] + (m + step + target) as usize;
                        entries.push((row, offsets[lost] + level, Complex64::from(element)));
                    }
                }
            }
            Operator::from_entries(dim, entries)
        })
        .filter(|operator| operator.entries().next().is_some())
        .collect()
}

/// Matrix element up to the sign of a whole Kraus operator, which cancels in K rho K^dag.
fn element(half: f64, j: f64, m: f64, spin_step: f64, step: f64) -> f64 {
    // The raising elements follow from the lowering ones by m -> -m.
    let q = if step > 0.0 { -m } else { m };
    if spin_step == 0.0 {
        if j == 0.0 {
            return 0.0;
        }
        let a = if step == 0.0 { m } else { ((j + q) * (j - q + 1.0)).sqrt() };
        a * ((half + 1.0) / (2.0 * j * (j + 1.0))).sqrt()
    } else if spin_step < 0.0 {
        let b = if step == 0.0 { (j + m) * (j - m) } else { (j + q) * (j + q - 1.0) };
        (b * (half + j + 1.0) / (2.0 * j * (2.0 * j + 1.0))).sqrt()
    } else {
        let d = if step == 0.0 { (j + m + 1.0) * (j - m + 1.0) } else { (j - q + 1.0) * (j - q + 2.0) };
        (d * (half - j) / ((2.0 * j + 1.0) * (2.0 * j + 2.0))).sqrt()
    }
}

/// Reduced state of one of N qubits from the sectors: populations from <n>/N, coherence <sigma^-> = <J^->/N.
pub(super) fn invariant_cell(sectors: &[Hermitian], count: usize) -> Hermitian {
    let mut excitations = 0.0;
    let mut lowering = Complex64::ZERO;
    for (lost, rho) in sectors.iter().enumerate() {
        let levels = rho.dim();
        for k in 0..levels {
            excitations += (lost + k) as f64 * rho.population(k);
            if k > 0 {
                lowering += ((k * (levels - k)) as f64).sqrt() * rho.get(k, k - 1);
            }
        }
    }
    let (p, c) = (excitations / count as f64, lowering / count as f64);
    // <sigma^-> = rho_eg.
    Hermitian::from_s(2, vec![1.0 - p, c.re - c.im, c.re + c.im, p])
}

/// Reduced state of one of N d-level cells in a symmetric state on the ladder of N(d-1)+1 levels.
///
/// |n> = sum_a sqrt(C(d-1,a) C(N(d-1)-d+1, n-a) / C(N(d-1),n)) |a>|n-a>, from which the rest is traced out.
pub(super) fn symmetric_cell(rho: &Hermitian, count: usize, levels: usize) -> Hermitian {
    let (cell, total) = (levels - 1, count * (levels - 1));
    let rest = total - cell;
    // One row of amplitudes per n; the ratio C(rest, n-a)/C(total, n) as a product of few factors.
    let amplitude = |n: usize, a: usize| -> f64 {
        if a > n || n - a > rest {
            return 0.0;
        }
        let mut weight = 1.0;
        for i in 0..a {
            weight *= (cell - i) as f64 / (i + 1) as f64 * (n - i) as f64 / (total - i) as f64;
        }
        for i in 0..cell - a {
            weight *= (total - n - i) as f64 / (total - a - i) as f64;
        }
        weight.sqrt()
    };
    let mut reduced = Hermitian::zero(levels);
    for a in 0..levels {
        for b in 0..levels {
            let mut sum = 0.0;
            for n in a..=total {
                // n - a = m - b
                let m = n - a + b;
                if m <= total {
                    sum += amplitude(n, a) * amplitude(m, b) * rho.s()[n * rho.dim() + m];
                }
            }
            reduced.s_mut()[a * levels + b] = sum;
        }
    }
    reduced
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::BatterySpace;

    #[test]
    fn kraus_operators_are_complete() {
        // sum_k L_k^dag L_k is n for loss, N - n for gain and N/4 for s_z.
        for count in 1..8 {
            let space = BatterySpace::spin_sectors(count, 1.0);
            let identity = Operator::identity(space.dim());
            let n = count as f64;
            for (noise, expected) in [
                (Noise::Loss, space.number()),
                (Noise::Gain, &(n * &identity) - &space.number()),
                (Noise::Dephasing, 0.25 * n * &identity),
            ] {
                let total = local_channels(count, noise)
                    .iter()
                    .fold(Operator::zero(space.dim()), |sum, k| &sum + &(&k.adjoint() * k));
                assert!((&total - &expected).norm_bound() < 1e-12, "N = {count}, {noise:?}");
            }
        }
    }
}
