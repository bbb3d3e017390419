//! The only stationary state of a relaxing system, with a proof that it is the only one.
//!
//! (1) sigma (sigma - Z)^{-1} applied again and again leaves the stationary part of a state: rho_s with Z(rho_s) = 0 to rounding.
//! (2) The support of a stationary state is an enclosure: kept by all L_k and by G = -iH - sum gamma_k L_k^dag L_k/2. So it contains
//!     R, the smallest enclosure around the clearly occupied eigenvectors of rho_s; and rho_s restricted to R is faithful.
//! (3) On R a faithful stationary state makes the fixed points of the adjoint semigroup the commutant of H, L_k, L_k^dag (Frigerio). If that
//!     is trivial, rho_s is the only stationary state on R, and in continuous time every state on R reaches it.
//! (4) The complement D of R is left for good: p(t) = e^{Z^dag t}(P_D) is the probability to be in D at time t, and where
//!     sigma (sigma - Z^dag)^{-1} P_D = sigma int e^{-sigma t} p(t) dt < 1/2 every state leaves D with probability
//!     at least 1/2, hence, starting again, with probability 1.
//! Source: @frigerio1978; @baumgartner2012.

use faer::{Mat, Side};
use num_complex::Complex64;

use super::commutant::{Commutant, dense, generators};
use super::resolvent::{CLOSE, Reached, Resolvent};
use crate::Known;
use crate::lindblad::Lindbladian;
use crate::numerics::norm;
use crate::operator::Hermitian;
use crate::why::{Doubt, Failure};

/// Eigenvalues of rho_s above this are not rounding.
const OCCUPIED: f64 = 1e-6;
/// Parts of vectors below this are rounding, above [`CLEAR`] they are not.
const ROUNDING: f64 = 1e-10;
const CLEAR: f64 = 1e-7;
/// Largest error of the limit that counts as certified.
const LARGEST_ERROR: f64 = 1e-8;
/// Applications of the resolvent that leave the slowest mode.
const SLOWEST_BY: usize = 3;
/// Rates below this fraction of sigma are not known to be different from 0.
const UNKNOWN: f64 = 1e-6;

/// A stationary state and how well it is one.
pub(super) struct Stationary {
    pub(super) state: Hermitian,
    /// ||Z rho|| / ||Z||.
    pub(super) residual: f64,
    /// (sigma - Z)^{-1} close to 0.
    pub(super) resolvent: Resolvent,
}

/// The stationary state that every initial state reaches; Z may be wrong by `rounding` of its norm.
///
/// # Errors
/// A sentence for the user when uniqueness or accuracy cannot be certified.
pub(super) fn unique(
    lindbladian: &Lindbladian,
    reached: &Reached,
    rho0: &Hermitian,
    rounding: f64,
) -> Known<Stationary> {
    let n = lindbladian.dim();
    let sigma = CLOSE * reached.norm;
    let resolvent = reached.shifted(sigma)?;
    let mut x = reached.restrict(&Hermitian::diagonal(&vec![1.0 / n as f64; n]));
    let mut residual = f64::INFINITY;
    for _ in 0..40 {
        x = resolvent.solve(&x);
        let trace = reached.extend(&x).trace();
        x.iter_mut().for_each(|x| *x /= trace);
        let now = norm(&reached.apply(&x)) / reached.norm;
        if !(now < 0.5 * residual) {
            break;
        }
        residual = residual.min(now);
    }
    if !(residual <= 1e-13) {
        return Err(Doubt::StationaryResidual { residual }.into());
    }
    let state = reached.extend(&x);
    let support = enclosure(lindbladian, &state)?;
    let r = support.ncols();
    let mut inside = generators(lindbladian);
    if r < n {
        inside.iter_mut().for_each(|g| *g = support.adjoint() * &*g * &support);
    }
    let dimension = Commutant::of(r, &inside)?.dimension();
    if dimension != 1 {
        return Err(Doubt::Several { conserved: dimension, levels: r, residual }.into());
    }
    if r < n {
        let outside =
            Hermitian::from_complex(&(Mat::<Complex64>::identity(n, n) - &support * support.adjoint()));
        let kept = reached.restrict(&outside);
        let left: Vec<f64> = resolvent.solve_adjoint(&kept).iter().map(|x| sigma * x).collect();
        let longest = reached.extend(&left).eigenvalues().last().copied().unwrap_or(f64::NAN);
        let lost = outside.purity() - norm(&kept).powi(2);
        if !(longest < 0.5 && lost.abs() <= 1e-9) {
            return Err(Doubt::Kept { levels: n - r, residual }.into());
        }
    }
    // A residual grows by the inverse of the slowest rate that the initial state excites, and what Z may be wrong by, which may excite anything, by that of
    // the slowest of all.
    let of_start: Vec<f64> = reached.restrict(rho0).iter().zip(&x).map(|(a, b)| a - b).collect();
    let mut error = residual * reached.norm / slowest_rate(reached, &resolvent, sigma, of_start, &x);
    if rounding > 0.0 {
        let anything = (0..reached.len()).map(|k| (1.7 * k as f64).sin()).collect();
        error += rounding * reached.norm / slowest_rate(reached, &resolvent, sigma, anything, &x);
    }
    if !(error <= LARGEST_ERROR) {
        return Err(Doubt::Magnified { residual, error }.into());
    }
    Ok(Stationary { state, residual, resolvent })
}

/// The rate of the slowest mode in numbers of a matrix, beside the limit `x`; infinite where there is none, 0 where it is not known to be different from 0.
/// (sigma - Z)^{-1} leaves that mode, which is divided by sigma + rate; the limit, whose left partner is the trace, is taken out.
fn slowest_rate(reached: &Reached, resolvent: &Resolvent, sigma: f64, mut slow: Vec<f64>, x: &[f64]) -> f64 {
    let mut rate = f64::INFINITY;
    if norm(&slow) == 0.0 {
        return rate;
    }
    for _ in 0..SLOWEST_BY {
        let size = norm(&slow);
        slow = resolvent.solve(&slow);
        let trace = reached.extend(&slow).trace();
        slow.iter_mut().zip(x).for_each(|(slow, x)| *slow -= trace * x);
        if norm(&slow) == 0.0 {
            break;
        }
        rate = size / norm(&slow) - sigma;
    }
    if rate > UNKNOWN * sigma { rate } else { 0.0 }
}

/// An orthonormal basis of the smallest enclosure around the clearly occupied eigenvectors.
fn enclosure(lindbladian: &Lindbladian, state: &Hermitian) -> Known<Mat<Complex64>> {
    let n = state.dim();
    let eigen = state.to_complex().self_adjoint_eigen(Side::Lower).map_err(|_| Failure::Eigenvalues)?;
    let values: Vec<f64> = eigen.S().column_vector().iter().map(|x| x.re).collect();
    let largest = values[n - 1];
    let mut columns: Vec<Vec<Complex64>> = (0..n)
        .filter(|&k| values[k] > OCCUPIED * largest)
        .map(|k| eigen.U().col(k).iter().copied().collect())
        .collect();
    let mut drift = dense(lindbladian.hamiltonian()) * faer::Scale(-Complex64::I);
    let mut maps = Vec::new();
    for channel in lindbladian.channels() {
        let l = dense(&channel.jump);
        drift -= l.adjoint() * &l * faer::Scale(Complex64::from(0.5 * channel.rate));
        maps.push(l);
    }
    maps.push(drift);
    for map in &mut maps {
        let scale = map.norm_l2().max(f64::MIN_POSITIVE);
        *map = &*map * faer::Scale(Complex64::from(1.0 / scale));
    }
    // Images of all known vectors less what is known; the longest joins first, so that no direction enters by a weak way
    // that also has a strong one.
    let mut images: Vec<Vec<Complex64>> = Vec::new();
    let mut used = 0;
    while columns.len() < n {
        for image in &mut images {
            columns[used..].iter().for_each(|known| remove(image, known));
        }
        for column in &columns[used..] {
            let vector = faer::Col::from_fn(n, |i| column[i]);
            for map in &maps {
                let mut image: Vec<Complex64> = (map * &vector).iter().copied().collect();
                columns.iter().for_each(|known| remove(&mut image, known));
                images.push(image);
            }
        }
        used = columns.len();
        images.retain(|image| length(image) > 1e-14);
        let Some(longest) = images.iter_mut().max_by(|a, b| length(a).total_cmp(&length(b))) else { break };
        // Rounding counts by how much was taken out.
        columns.iter().for_each(|known| remove(longest, known));
        let left = length(longest);
        if left > CLEAR {
            columns.push(longest.iter().map(|x| x / left).collect());
        } else if left > ROUNDING {
            return Err(Doubt::WayOut { size: left }.into());
        } else {
            break;
        }
    }
    Ok(Mat::from_fn(n, columns.len(), |i, j| columns[j][i]))
}

fn length(x: &[Complex64]) -> f64 {
    x.iter().map(|x| x.norm_sqr()).sum::<f64>().sqrt()
}

/// Takes the part along the unit vector `known` out of `x`.
fn remove(x: &mut [Complex64], known: &[Complex64]) {
    let overlap: Complex64 = known.iter().zip(x.iter()).map(|(a, b)| a.conj() * b).sum();
    x.iter_mut().zip(known).for_each(|(x, k)| *x -= overlap * k);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Why;
    use crate::lindblad::{Channel, Generator};
    use crate::operator::Operator;

    /// The stationary state that is said to be the only one where `slow` levels decay one into the next at `rate`, below one that
    /// decays at 1; all end in the lowest.
    fn cascade(slow: usize, rate: f64) -> Known<Stationary> {
        let levels = slow + 2;
        let jump = |k: usize| Operator::from_entries(levels, [(k, k + 1, Complex64::ONE)]);
        let channel = |k: usize| Channel { rate: if k < slow { rate } else { 1.0 }, jump: jump(k) };
        let lindbladian =
            Lindbladian::new(Operator::zero(levels), (0..=slow).map(channel).collect()).unwrap();
        let generator = Generator::new(&lindbladian);
        let rho0 = Hermitian::level(levels, levels - 1);
        let reached = Reached::new(&generator, &rho0).unwrap();
        unique(&lindbladian, &reached, &rho0, 0.0)
    }

    fn doubt(found: Known<Stationary>) -> Option<Doubt> {
        match found.err()? {
            Why::NotCertified(doubt) => Some(doubt),
            _ => None,
        }
    }

    #[test]
    fn a_cascade_ends_in_its_lowest_level_or_nothing_is_certain() {
        for slow in 1..8 {
            for exponent in 1..20 {
                let rate = 10_f64.powi(-exponent);
                match cascade(slow, rate) {
                    Ok(found) => {
                        let (left, residual) = (1.0 - found.state.population(0), found.residual);
                        assert!(left.abs() <= 1e-8 && residual <= 1e-13, "{slow} {rate:e}: {left:e}");
                        assert!(exponent < 8, "{slow} {rate:e}: nobody can know");
                    }
                    Err(_) => assert!(exponent >= 7, "{slow} {rate:e}: clear enough"),
                }
            }
        }
    }

    #[test]
    fn a_long_way_out_is_no_proof_that_everything_leaves() {
        // Five levels, each left at 5 sigma: more than half of the time 1/sigma is spent on the way, and what is left is far below what
        // counts as occupied. Two of them, or ten times the rate, are left in time.
        assert!(matches!(doubt(cascade(5, 1e-7)), Some(Doubt::Kept { levels: 6, .. })));
        assert!(doubt(cascade(2, 1e-7)).is_none() && doubt(cascade(5, 1e-6)).is_none());
    }

    #[test]
    fn residuals_count_by_what_the_slowest_rate_makes_of_them() {
        // Nothing leaves within the shift: a residual of 1e-9 is one, and one of 1e-14 says nothing.
        assert!(matches!(doubt(cascade(1, 2e-9)), Some(Doubt::StationaryResidual { .. })));
        for rate in [2e-14, 2e-16, 2e-18] {
            let Some(Doubt::Magnified { residual, error }) = doubt(cascade(1, rate)) else {
                panic!("{rate:e}")
            };
            assert!(residual <= 1e-13 && error > 1e-8, "{rate:e}: {residual:e} {error:e}");
        }
    }
}
