//! Coherences that no channel damps.
//!
//! For Z(1) = 0 an X with Z(X) = i w X has ||e^{Zt} X|| constant, so (see `commutant`) it commutes with all L_k and L_k^dag at all times
//! of its rotation by H: it lies in N = {e^{iHt} L_k e^{-iHt}, adjoint : all t}'. N contains the commutant of H and the channels, and
//! both are equal exactly where nothing oscillates for ever. Few times give an algebra that contains N: where it is no larger than
//! the commutant, or keeps no more of rho(0), all is proven. What it keeps beyond that must commute with the channels at other
//! times before it counts as an oscillation.
//!
//! A trivial commutant leaves no oscillation: X^dag X is stationary, so X is unitary up to a factor, and X^dag H X = H + w has the trace of
//! H only for w = 0.

use faer::{Mat, Side};
use num_complex::Complex64;

use super::commutant::{Commutant, dense, unit};
use crate::Known;
use crate::lindblad::Lindbladian;
use crate::numerics::distance;
use crate::operator::Hermitian;
use crate::why::{Doubt, Failure, Undamped};

/// Times in units of the inverse spread of H; more where few do not suffice.
const FEW: [f64; 4] = [0.0, 0.83, 2.17, 3.71];
const MORE: [f64; 9] = [0.0, 0.41, 1.13, 1.97, 2.89, 4.03, 5.21, 7.79, 11.3];
const OTHER: [f64; 3] = [0.29, 6.13, 17.9];
/// Distance of rho(0)'s two projections above which it oscillates.
const OSCILLATES: f64 = 1e-9;

/// Whether the part of `rho0` in N comes to rest in `limit`, its projection on the commutant of dimension `dimension`.
///
/// # Errors
/// A sentence for the user when it oscillates for ever or nothing is certain.
pub(super) fn comes_to_rest(
    lindbladian: &Lindbladian,
    rho0: &Hermitian,
    limit: &Hermitian,
    dimension: usize,
) -> Known<()> {
    let n = lindbladian.dim();
    if dimension == 1 {
        return Ok(());
    }
    if lindbladian.channels().is_empty() {
        return match distance(rho0.s(), limit.s()) > OSCILLATES {
            true => Err(Undamped::NoChannel.into()),
            false => Ok(()),
        };
    }
    let eigen =
        dense(lindbladian.hamiltonian()).self_adjoint_eigen(Side::Lower).map_err(|_| Failure::Eigenvalues)?;
    let energies: Vec<f64> = eigen.S().column_vector().iter().map(|x| x.re).collect();
    let vectors = eigen.U();
    let spread = (energies[n - 1] - energies[0]).max(f64::MIN_POSITIVE);
    let jumps: Vec<Mat<Complex64>> =
        lindbladian.channels().iter().map(|c| vectors.adjoint() * unit(&c.jump) * vectors).collect();
    // In the eigenbasis of H a rotation is a phase on every entry.
    let inside = vectors.adjoint() * rho0.to_complex() * vectors;
    let resting = vectors.adjoint() * limit.to_complex() * vectors;
    let rotated = |l: &Mat<Complex64>, t: f64| {
        let angle = |i: usize, j: usize| (energies[i] - energies[j]) * t * std::f64::consts::PI / spread;
        Mat::from_fn(n, n, |i, j| l[(i, j)] * Complex64::cis(angle(i, j)))
    };
    for times in [&FEW[..], &MORE[..]] {
        let pairs = times.iter().flat_map(|&t| jumps.iter().map(move |l| (l, t)));
        let all: Vec<_> = pairs.map(|(l, t)| rotated(l, t)).collect();
        let free = Commutant::of(n, &all)?;
        if free.dimension() <= dimension {
            return Ok(());
        }
        let (kept, _) = free.project(&Hermitian::from_complex(&inside));
        let mut largest = (0.0, 0.0);
        let extra = kept.to_complex() - &resting;
        for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
            if extra[(i, j)].norm() > largest.0 {
                largest = (extra[(i, j)].norm(), (energies[i] - energies[j]).abs());
            }
        }
        if extra.norm_l2() <= OSCILLATES {
            return Ok(());
        }
        let stays = OTHER.iter().all(|&t| {
            jumps.iter().all(|l| {
                let l = rotated(l, t);
                (&l * &extra - &extra * &l).norm_l2() <= 1e-9 * l.norm_l2() * extra.norm_l2()
            })
        });
        if stays {
            return Err(Undamped::Coherences { frequency: largest.1 }.into());
        }
    }
    Err(Doubt::Coherences.into())
}
