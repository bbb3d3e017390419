//! Sweeps over the rows of a symmetric tridiagonal matrix, several shifts at once.
//!
//! For T - x the pivots from the top are q_k = T_kk - x - b_{k-1}^2/q_{k-1}, those from the bottom r_k = T_kk - x - b_k^2/r_{k+1}.
//! The number of negative q is the number of eigenvalues below x (Sturm). With z_k = 1,
//!   z_{m-1} = -(b_{m-1}/q_{m-1}) z_m above k and z_{m+1} = -(b_m/r_{m+1}) z_m below it
//! solves (T - x) z = gamma_k e_k, gamma_k = q_k + r_k - (T_kk - x) (twisted factorisation), and x + gamma_k/|z|^2 is the
//! Rayleigh quotient of z. Norms follow within the sweeps, |z|^2 = S_k + R_k - 1 with S_k = 1 + S_{k-1} (b_{k-1}/q_{k-1})^2 and R_k alike
//! from below, so the row k with the smallest residual |gamma_k|/|z| is known without forming vectors. A diagonal of zeros
//! makes both kinds of pivots exact for a matrix whose off-diagonals are perturbed by a few relative roundings.
//!
//! Source: @dhillon2004; @fernando1997.

use crate::exact::dense::Chain;
use crate::numerics::norm;

/// Shifts that go through the rows together: divisions of different shifts overlap.
pub(super) const LANES: usize = 8;
/// One number per shift.
pub(super) type Lanes = [f64; LANES];

/// Smallest pivot: a diagonal perturbed by this is the same matrix.
const TINY: f64 = 1e-60;
/// Norms relative to one component beyond this mean that the component is not part of the vector.
const HUGE: f64 = 1e280;

/// Rows of n whose share in the vector is below 1/(SHARE n) are no rows to twist at: beyond turning points the small residual of
/// z says nothing about its small components.
const SHARE: f64 = 100.0;

/// What one twisted factorisation says about each shift.
#[derive(Clone, Copy, Debug)]
pub(super) struct Twist {
    /// Row k with the smallest residual |gamma_k|/|z|, among rows of a fair share in z.
    pub(super) row: [usize; LANES],
    /// |z|^2 with z = 1 in that row.
    pub(super) norm: Lanes,
    /// Rayleigh quotient minus shift.
    pub(super) correction: Lanes,
    /// Eigenvalues below the shift.
    pub(super) below: [usize; LANES],
}

/// Working memory of the sweeps.
#[derive(Clone, Debug, Default)]
pub(super) struct Sweeps {
    /// b_k/q_k.
    down: Vec<Lanes>,
    /// q_k and S_k.
    pivots: Vec<(Lanes, Lanes)>,
    /// b_k/r_{k+1}.
    up: Vec<Lanes>,
}

impl Sweeps {
    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        8 * LANES * (self.down.len() + self.up.len() + 2 * self.pivots.len())
    }
}

/// A group of shifts, the last of them as often as it takes.
pub(super) fn padded(group: &[f64]) -> Lanes {
    std::array::from_fn(|l| group[l.min(group.len() - 1)])
}

fn guarded(pivot: f64) -> f64 {
    if pivot.abs() < TINY { TINY.copysign(pivot) } else { pivot }
}

fn bounded(norm: f64) -> f64 {
    if norm < HUGE { norm } else { HUGE }
}

fn negative(x: f64) -> u64 {
    x.to_bits() >> 63
}

impl Chain {
    /// Eigenvalues below each shift.
    pub(super) fn counts(&self, shifts: &Lanes) -> [usize; LANES] {
        let mut pivot = shifts.map(|x| self.diagonal(0) - x);
        let mut below = [0_u64; LANES];
        for (k, b) in self.off.iter().enumerate() {
            let (square, diagonal) = (b * b, self.diagonal(k + 1));
            for l in 0..LANES {
                below[l] += negative(pivot[l]);
                pivot[l] = (diagonal - shifts[l]) - square / guarded(pivot[l]);
            }
        }
        std::array::from_fn(|l| (below[l] + negative(pivot[l])) as usize)
    }

    /// Twisted factorisation at each shift, at the row of the smallest residual.
    ///
    /// With `KEEP`, what [`Chain::vector`] needs is written down.
    pub(super) fn twist<const KEEP: bool>(&self, shifts: &Lanes, work: &mut Sweeps) -> Twist {
        let rows = self.rows();
        if KEEP {
            work.down.resize(rows, [0.0; LANES]);
            work.up.resize(rows, [0.0; LANES]);
        }
        work.pivots.resize(rows, ([0.0; LANES], [0.0; LANES]));
        let mut pivot = shifts.map(|x| self.diagonal(0) - x);
        let mut norm = [1.0; LANES];
        let mut below = [0_u64; LANES];
        work.pivots[0] = (pivot, norm);
        for (k, &b) in self.off.iter().enumerate() {
            let diagonal = self.diagonal(k + 1);
            let mut ratio = [0.0; LANES];
            for l in 0..LANES {
                below[l] += negative(pivot[l]);
                ratio[l] = b / guarded(pivot[l]);
                pivot[l] = (diagonal - shifts[l]) - b * ratio[l];
                norm[l] = bounded(1.0 + norm[l] * ratio[l] * ratio[l]);
            }
            work.pivots[k + 1] = (pivot, norm);
            if KEEP {
                work.down[k] = ratio;
            }
        }
        let most = SHARE * rows as f64;
        let (mut row, mut least, mut gamma) = ([rows - 1; LANES], norm, pivot);
        least.iter_mut().zip(&mut gamma).for_each(|(norm, gamma)| {
            if *norm > most {
                (*norm, *gamma) = (1.0, f64::MAX.sqrt());
            }
        });
        let below = std::array::from_fn(|l| (below[l] + negative(pivot[l])) as usize);
        let mut pivot = shifts.map(|x| self.last - x);
        let mut norm = [1.0; LANES];
        for (k, &b) in self.off.iter().enumerate().rev() {
            let mut ratio = [0.0; LANES];
            let (above, norm_above) = &work.pivots[k];
            for l in 0..LANES {
                ratio[l] = b / guarded(pivot[l]);
                let coupling = b * ratio[l];
                pivot[l] = -shifts[l] - coupling;
                norm[l] = bounded(1.0 + norm[l] * ratio[l] * ratio[l]);
                let (whole, rest) = (norm_above[l] + norm[l] - 1.0, above[l] - coupling);
                let better = (whole <= most) & (rest * rest * least[l] < gamma[l] * gamma[l] * whole);
                row[l] = if better { k } else { row[l] };
                least[l] = if better { whole } else { least[l] };
                gamma[l] = if better { rest } else { gamma[l] };
            }
            if KEEP {
                work.up[k] = ratio;
            }
        }
        Twist { row, norm: least, correction: std::array::from_fn(|l| gamma[l] / least[l]), below }
    }

    /// The normalised vector of one shift after [`Chain::twist`].
    pub(super) fn vector(&self, twist: &Twist, lane: usize, work: &Sweeps, out: &mut [f64]) {
        let row = twist.row[lane];
        out[row] = 1.0;
        for k in (0..row).rev() {
            out[k] = -work.down[k][lane] * out[k + 1];
        }
        for k in row..self.off.len() {
            out[k + 1] = -work.up[k][lane] * out[k];
        }
        let norm = norm(out).copysign(out[0]);
        out.iter_mut().for_each(|x| *x /= norm);
    }

    /// ln |v_last/v_row| of each eigenvector, from pivots that keep its relative accuracy however small it is.
    pub(super) fn ln_tail(&self, shifts: &Lanes, row: &[usize; LANES]) -> Lanes {
        let first = row.iter().copied().min().unwrap_or(0);
        let mut pivot = shifts.map(|x| self.last - x);
        let mut exponent = [0_i64; LANES];
        let mut product = [1.0_f64; LANES];
        for k in (first..self.off.len()).rev() {
            let b = self.off[k];
            for l in 0..LANES {
                let ratio = b / guarded(pivot[l]);
                pivot[l] = -shifts[l] - b * ratio;
                product[l] *= if k >= row[l] { ratio.abs() } else { 1.0 };
            }
            if k % 2 == 0 {
                // Powers of two apart, before they leave the range.
                for l in 0..LANES {
                    let bits = product[l].to_bits();
                    exponent[l] += (bits >> 52) as i64 - 1023;
                    product[l] = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
                }
            }
        }
        std::array::from_fn(|l| exponent[l] as f64 * std::f64::consts::LN_2 + product[l].ln())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Zero diagonal, unit off-diagonals, 12 rows: eigenvalues 2 cos(k pi/13).
    fn uniform() -> Chain {
        Chain { off: vec![1.0; 11], last: 0.0 }
    }

    fn exact(k: usize) -> f64 {
        2.0 * (std::f64::consts::PI * k as f64 / 13.0).cos()
    }

    #[test]
    fn counts_are_sturm_counts() {
        let below = uniform().counts(&std::array::from_fn(|l| exact(l + 1) + 1e-9));
        assert_eq!(below, std::array::from_fn(|l| 12 - l));
    }

    #[test]
    fn rayleigh_quotients_and_vectors() {
        let (chain, mut work) = (uniform(), Sweeps::default());
        let mut shifts: Lanes = std::array::from_fn(|l| exact(l + 1) + 0.02);
        for _ in 0..4 {
            let twist = chain.twist::<true>(&shifts, &mut work);
            shifts = std::array::from_fn(|l| shifts[l] + twist.correction[l]);
        }
        let twist = chain.twist::<true>(&shifts, &mut work);
        let tail = chain.ln_tail(&shifts, &twist.row);
        let mut v = [0.0; 12];
        for l in 0..LANES {
            assert!((shifts[l] - exact(l + 1)).abs() < 1e-15);
            chain.vector(&twist, l, &work, &mut v);
            for (m, x) in v.iter().enumerate() {
                let angle = std::f64::consts::PI * ((l + 1) * (m + 1)) as f64 / 13.0;
                assert!((x - (2.0_f64 / 13.0).sqrt() * angle.sin()).abs() < 1e-14);
            }
            assert!((tail[l] - (v[11] / v[twist.row[l]]).abs().ln()).abs() < 1e-13);
        }
    }
}
