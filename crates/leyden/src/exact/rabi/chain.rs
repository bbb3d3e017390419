//! The four numbers of a pair of Rabi blocks under a detuned charger, in modes.
//!
//! s' = -w_- x,  x' = w_- s - (gamma/2) x - Delta_C y,  y' = Delta_C x - (gamma/2) y - w_+ z,  z' = w_+ y.
//! An eigenvalue iteration finds rates to rounding of the largest one; a frequency w far below gamma leaves a rate
//! ~ 2 w^2/gamma that such rounding would drown. Eliminating x, y, z from the eigenvalue equation gives
//!   lambda = -w_-^2 / (lambda + gamma/2 + Delta_C^2 lambda/(lambda^2 + gamma lambda/2 + w_+^2))
//! (with w_- and w_+ exchanged for the mode of z), a fixed point that keeps the relative accuracy of slow rates.

use faer::Mat;
use num_complex::Complex64;

use crate::numerics::{Coalescing, Expansion, coalescing};
use crate::why::Failure;
use crate::{Known, Why};

/// The matrix of the chain (s_ij, x_ij, y_ji, z_ji).
pub(super) fn chain(minus: f64, plus: f64, gamma: f64, detuning: f64) -> Mat<f64> {
    let half = 0.5 * gamma;
    faer::mat![
        [0.0, -minus, 0.0, 0.0],
        [minus, -half, -detuning, 0.0],
        [0.0, detuning, -half, -plus],
        [0.0, 0.0, plus, 0.0],
    ]
}

/// What one exponential of a pair carries at t = 0; `rate` is exactly 0 where it stands still.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChainMode {
    pub(super) rate: Complex64,
    /// Power of t beside it: above 0 where modes coalesce.
    pub(super) power: u32,
    pub(super) s: Complex64,
    pub(super) z: Complex64,
}

/// Real rates below this fraction of the largest are refined.
const SLOW: f64 = 1e-3;

/// s(t) and z(t) of the chain from (s, x, y, z) at t = 0.
///
/// # Errors
/// A sentence for the user when the chain has no expansion in exponentials.
pub(super) fn chain_modes(
    minus: f64,
    plus: f64,
    gamma: f64,
    detuning: f64,
    start: &[f64; 4],
) -> Known<Vec<ChainMode>> {
    let mut modes = Vec::new();
    let standing = |s: f64, z: f64| ChainMode { rate: Complex64::ZERO, power: 0, s: s.into(), z: z.into() };
    // What no frequency touches stands still and is cut off, so that no other rate is confused with it.
    let (first, last) = (usize::from(minus == 0.0), if plus == 0.0 { 3 } else { 4 });
    if first == 1 {
        modes.push(standing(start[0], 0.0));
    }
    if last == 3 {
        modes.push(standing(0.0, start[3]));
    }
    if start[first..last].iter().all(|x| *x == 0.0) || (first, last) == (1, 3) {
        return Ok(modes);
    }
    let matrix = chain(minus, plus, gamma, detuning);
    let part = matrix.submatrix(first, first, last - first, last - first);
    let expansion = match Expansion::new(part, &start[first..last]) {
        Err(Why::ExceptionalPoint | Why::Failed(Failure::Eigenvectors)) => {
            for Coalescing { rate, vectors, .. } in coalescing(part, &start[first..last], 0.0)? {
                for (power, vector) in (0..).zip(&vectors) {
                    let read = |row: usize| {
                        if (first..last).contains(&row) { vector[row - first] } else { Complex64::ZERO }
                    };
                    modes.push(ChainMode { rate, power, s: read(0), z: read(3) });
                }
            }
            return Ok(modes);
        }
        found => found?,
    };
    let scale = expansion.rates.iter().map(|rate| rate.norm()).fold(0.0, f64::max);
    for (k, &rate) in expansion.rates.iter().enumerate() {
        let read = |row: usize| {
            if (first..last).contains(&row) {
                expansion.weights[k] * expansion.vectors[(row - first, k)]
            } else {
                Complex64::ZERO
            }
        };
        let slow = rate.re.abs() < SLOW * scale && rate.im.abs() <= 1e-12 * scale;
        let rate = if slow { refined(rate.re, minus, plus, gamma, detuning, scale).into() } else { rate };
        modes.push(ChainMode { rate, power: 0, s: read(0), z: read(3) });
    }
    Ok(modes)
}

/// The slow rate near `found` by the fixed point; never 0, because no part of this chain stands still.
fn refined(found: f64, minus: f64, plus: f64, gamma: f64, detuning: f64, scale: f64) -> f64 {
    let half = 0.5 * gamma;
    let fixed_point = |of: f64, other: f64| {
        if of == 0.0 {
            return None;
        }
        let mut lambda = found;
        for _ in 0..100 {
            let behind = if other == 0.0 {
                detuning * detuning / (lambda + half)
            } else {
                detuning * detuning * lambda / (lambda * lambda + half * lambda + other * other)
            };
            let next = -of * of / (lambda + half + behind);
            if (next - lambda).abs() <= 4e-16 * next.abs() {
                return Some(next);
            }
            lambda = next;
        }
        None
    };
    let candidates = [fixed_point(minus, plus), fixed_point(plus, minus)];
    let near = candidates.into_iter().flatten().filter(|x| (x - found).abs() <= 1e-12 * scale);
    let best = near.min_by(|a, b| (a - found).abs().total_cmp(&(b - found).abs()));
    best.unwrap_or(found).min(-f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_rates_keep_their_digits() {
        // s follows 2 w_-^2/gamma, z follows w_+^2 (gamma/2)/((gamma/2)^2 + Delta^2) where w_- = 0.
        for w in [1e-4, 1e-7, 1e-20] {
            let slow = |modes: Vec<ChainMode>| {
                modes.iter().map(|m| -m.rate.re).filter(|r| *r > 0.0).fold(f64::INFINITY, f64::min)
            };
            let of_s = slow(chain_modes(w, 1.3, 1.4, 0.3, &[1.0, 0.1, 0.0, 0.2]).unwrap());
            assert!((of_s / (2.0 * w * w / 1.4) - 1.0).abs() < 3.0 * w * w + 1e-14, "{w}: {of_s}");
            let of_z = slow(chain_modes(0.0, w, 1.4, 0.3, &[1.0, 0.1, 0.0, 0.2]).unwrap());
            let expected = w * w * 0.7 / (0.49 + 0.09);
            assert!((of_z / expected - 1.0).abs() < 3.0 * w * w + 1e-14, "{w}: {of_z}");
        }
    }
}
