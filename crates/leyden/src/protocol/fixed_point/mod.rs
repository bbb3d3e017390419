//! Where equal cycles lead, and how fast.
//!
//! A linear cycle is a matrix M on the numbers x of the state. With M = sum_k mu_k r_k l_k^T the initial state ends in
//!   x* = sum_{mu_k = 1} r_k (l_k^T x_0)
//! if no other mode with |mu| = 1 is carried, and comes closer by the largest carried |mu| < 1 in every cycle. Eigenvalues on
//! the unit circle have as many eigenvectors as their multiplicity, because maps of states contract the trace norm. Zero does
//! not: resets make M nilpotent there, and its eigenvalues come out as eps^{1/k}. So what is mapped to zero is peeled off first:
//!   M = A B with full rank r, M^{p+1} = A (B A)^p B,
//! where B A has the other eigenvalues of M, until no zeros are left.

mod by_powers;
mod krylov;
mod multipliers;
mod selected;

pub(crate) use by_powers::settled_by_powers;
pub(crate) use krylov::settled_krylov;
pub(crate) use selected::settled_selected;

use faer::Mat;
use num_complex::Complex64;

use super::dense_cycle::DenseCycle;
use super::part::Observed;
use super::stage::Convergence;
use crate::Known;
use crate::numerics::{distance, dot, norm};
use crate::operator::Hermitian;
use crate::why::{CycleTrouble, Failure, Unresolved};
use multipliers::Multipliers;

/// Distance from 1, or of |mu| from the unit circle, that is rounding.
const UNIT: f64 = 1e-10;
/// Weight of a mode in the state of the observed part, below which it is not carried.
const CARRIED: f64 = 1e-12;
/// Singular values below this belong to what is mapped to zero.
const ZERO: f64 = 1e-13;
/// Multipliers below this are zero.
const NOTHING: f64 = 1e-15;
/// Largest ||M rho - rho|| of a fixed point.
pub(super) const LARGEST_RESIDUAL: f64 = 1e-9;

/// A fixed point of the cycle.
pub(crate) struct CycleLimit {
    pub(crate) state: Hermitian,
    /// ||M rho - rho||.
    pub(crate) residual: f64,
    pub(crate) convergence: Known<Convergence>,
}

/// The convergence by a carried multiplier; an error where it is closer to the unit circle than `unit`: a mode that does not decay.
fn decaying(multiplier: Complex64, unit: f64) -> Known<Convergence> {
    match multiplier.norm() >= 1.0 - unit {
        true => Err(CycleTrouble::Turns { angle: multiplier.arg().abs() }.into()),
        false => Ok(converging(multiplier)),
    }
}

fn converging(multiplier: Complex64) -> Convergence {
    let size = multiplier.norm();
    if size < NOTHING {
        return Convergence { multiplier: Complex64::ZERO, rate: f64::INFINITY };
    }
    let multiplier = Complex64::new(multiplier.re, multiplier.im.abs());
    Convergence { multiplier, rate: -size.ln() }
}

/// The fixed point of a linear cycle, from its matrix.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn settled_dense(
    cycle: &DenseCycle,
    matrix: &Mat<f64>,
    rho0: &Hermitian,
    observed: &Observed<'_>,
) -> Known<CycleLimit> {
    let Peeled { out, core, into } = Peeled::new(matrix)?;
    let y = times(&into, &cycle.restrict(rho0));
    let state_of = |x: &[f64]| cycle.extend(&times(&out, x));
    let modes = Multipliers::new(&core, &y);
    let mut by_modes = None;
    let convergence = match &modes {
        Ok(modes) => {
            let (others, unit): (Vec<usize>, Vec<usize>) =
                (0..y.len()).partition(|&k| (modes.values[k] - 1.0).norm() > UNIT);
            if modes.are_different() {
                by_modes = Some(modes.part(&unit).iter().map(|x| x.re).collect());
            }
            Ok(decaying(modes.largest_carried(others, CARRIED, observed, state_of), UNIT)?)
        }
        Err(why) => Err(*why),
    };
    // Coefficients of modes that nearly coincide cancel; many cycles do not need them.
    let fixed: Vec<f64> = by_modes.map_or_else(|| by_squaring(&core, &y), Ok)?;
    let fixed = times(&out, &fixed);
    let image = times(matrix, &fixed);
    let residual = distance(&image, &fixed);
    if !(residual <= LARGEST_RESIDUAL) {
        return Err(CycleTrouble::Moves { change: residual }.into());
    }
    let state = cycle.extend(&fixed);
    let drift = (state.trace() - rho0.trace()).abs();
    if !(drift <= LARGEST_RESIDUAL) {
        return Err(CycleTrouble::Trace { drift }.into());
    }
    Ok(CycleLimit { state, residual, convergence })
}

/// M = out core into on everything that M does not map to zero after some cycles.
struct Peeled {
    out: Mat<f64>,
    core: Mat<f64>,
    into: Mat<f64>,
}

impl Peeled {
    fn new(matrix: &Mat<f64>) -> Known<Self> {
        let size = matrix.nrows();
        let (mut out, mut into) = (Mat::identity(size, size), Mat::identity(size, size));
        let mut core = matrix.clone();
        loop {
            let svd = core.svd().map_err(|_| Failure::SingularValues)?;
            let sizes: Vec<f64> = svd.S().column_vector().iter().copied().collect();
            let rank = sizes.iter().filter(|s| **s > ZERO * sizes[0]).count();
            if rank == core.nrows() || rank == 0 {
                return Ok(Peeled { out, core, into });
            }
            let a = Mat::from_fn(core.nrows(), rank, |i, j| svd.U()[(i, j)] * sizes[j]);
            let b = Mat::from_fn(rank, core.nrows(), |i, j| svd.V()[(j, i)]);
            core = &b * &a;
            out = &out * a;
            into = b * &into;
        }
    }
}

/// core^(2^k) y until it stays.
fn by_squaring(core: &Mat<f64>, y: &[f64]) -> Known<Vec<f64>> {
    let mut power = core.clone();
    let mut best = (f64::INFINITY, y.to_vec());
    for _ in 0..40 {
        let x = times(&power, y);
        let change = distance(&times(core, &x), &x);
        // Later powers only add their rounding, which the change does not show.
        if change < 0.5 * best.0 {
            best = (change, x);
        }
        if change <= 1e-15 * norm(y) {
            break;
        }
        power = &power * &power;
    }
    match best.0 <= LARGEST_RESIDUAL {
        true => Ok(best.1),
        false => Err(CycleTrouble::Squaring { change: best.0 }.into()),
    }
}

pub(super) fn times(matrix: &Mat<f64>, x: &[f64]) -> Vec<f64> {
    let column = faer::Col::from_fn(x.len(), |i| x[i]);
    (matrix * column).iter().copied().collect()
}

/// The fixed point of a cycle that is not linear, by cycles one after the other.
///
/// Late differences d_k of the observed part follow d_k = a d_{k-1} + b d_{k-2} where one real multiplier or one pair is left; the
/// multiplier is the larger root of mu^2 = a mu + b, if the last differences above rounding follow to a thousandth.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn settled_iterated(
    mut cycle: impl FnMut(&Hermitian) -> Known<Hermitian>,
    rho0: &Hermitian,
    observed: &Observed<'_>,
    most: usize,
) -> Known<CycleLimit> {
    let mut rho = rho0.clone();
    let mut differences: Vec<Vec<f64>> = Vec::new();
    let mut residual = f64::INFINITY;
    for _ in 0..most {
        let next = cycle(&rho)?;
        residual = distance(next.s(), rho.s());
        let (new, old) = (observed.reduced(&next), observed.reduced(&rho));
        let difference: Vec<f64> = new.s().iter().zip(old.s()).map(|(a, b)| a - b).collect();
        let size = norm(&difference);
        if size > CLEAR || (differences.len() < 3 && size > FAINT) || differences.is_empty() {
            if differences.len() == 3 {
                differences.remove(0);
            }
            differences.push(difference);
        }
        rho = next;
        if residual <= 1e-14 || (residual <= 1e-13 && size <= 1e-14) {
            break;
        }
    }
    if !(residual <= LARGEST_RESIDUAL) {
        return Err(CycleTrouble::Cycles { cycles: most, change: residual }.into());
    }
    let found = match &differences[..] {
        // The first cycle may differ from all others.
        [x, y, z] => last_multiplier(x, y, z).or_else(|| ratio(y, z).map(Complex64::from)),
        [x, y] => ratio(x, y).map(Complex64::from),
        // The second cycle changes nothing.
        _ => Some(Complex64::ZERO),
    };
    let convergence = found.map(converging).ok_or(Unresolved::CycleDifferences.into());
    Ok(CycleLimit { state: rho, residual, convergence })
}

/// Differences of successive cycles above this have many digits, and some above this.
const CLEAR: f64 = 1e-10;
const FAINT: f64 = 1e-13;

/// The factor from one difference to the next, if one is left: to a thousandth, or to the rounding of a faint difference.
fn ratio(x: &[f64], y: &[f64]) -> Option<f64> {
    let ratio = dot(x, y) / dot(x, x);
    let rest: Vec<f64> = x.iter().zip(y).map(|(x, y)| y - ratio * x).collect();
    let size = norm(y);
    (norm(&rest) <= (1e-3 * size).max(1e-15) && ratio.abs() < 1.0).then_some(ratio)
}

/// The larger multiplier of three successive differences.
fn last_multiplier(x: &[f64], y: &[f64], z: &[f64]) -> Option<Complex64> {
    let follows = |a: f64, b: f64| {
        let rest: Vec<f64> = (0..z.len()).map(|i| z[i] - a * y[i] - b * x[i]).collect();
        norm(&rest) <= 1e-3 * norm(z)
    };
    let ratio = dot(y, z) / dot(y, y);
    if follows(ratio, 0.0) && (ratio - dot(x, y) / dot(x, x)).abs() <= 1e-3 * ratio.abs() {
        return Some(ratio.into());
    }
    let (xx, xy, yy) = (dot(x, x), dot(x, y), dot(y, y));
    let (xz, yz) = (dot(x, z), dot(y, z));
    let determinant = xx * yy - xy * xy;
    let (a, b) = ((xx * yz - xy * xz) / determinant, (yy * xz - xy * yz) / determinant);
    let root = Complex64::from(0.25 * a * a + b).sqrt();
    let mu = if a >= 0.0 { 0.5 * a + root } else { 0.5 * a - root };
    (follows(a, b) && mu.norm() < 1.0).then_some(mu)
}
