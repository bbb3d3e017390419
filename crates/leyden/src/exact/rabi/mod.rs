//! `rabi-blocks`: a dephased qubit charger on a battery resonant with the drive, exactly.
//!
//! H = Delta_C sigma^+ sigma^- + sigma^+ A + sigma^- A^dag, A = F + sum_i g_i B_i; A v_i = d_i u_i splits H into blocks
//! {|e,u_i>, |g,v_i>} and charger dephasing acts inside each pair (i,j) of blocks. With M the 2 x 2 matrix of a pair,
//! s = M_ee + M_gg, z = M_ee - M_gg, X = M_eg + M_ge, Y = i(M_eg - M_ge) and w_-+ = d_i -+ d_j, the real form
//! S = Re + Im of these Hermitian matrices obeys, with x_ij = X_ji, for each (i,j) a chain of four
//!   s_ij' = -w_- x_ij,  x_ij' = w_- s_ij - (gamma/2) x_ij - Delta_C y_ji,
//!   y_ji' = Delta_C x_ij - (gamma/2) y_ji - w_+ z_ji,  z_ji' = w_+ y_ji:
//! two damped oscillators, coupled by the detuning of the charger alone. For Delta_C = 0 they are solved in closed form
//! (see `damped`). rho_B = sum_ij M_ee |u_i><u_j| + M_gg |v_i><v_j|.
//!
//! Blocks with equal d keep s_ij for ever: the limit depends on the initial state, and there are as many conserved
//! quantities as such pairs. Derived from the master equation; compare @shastri2025.

mod basis;
mod chain;
mod decays;
mod flipped_ladder;
mod flow;
mod ledger;
mod long_times;
mod members;

pub use basis::RabiBasis;
pub use flipped_ladder::FlippedLadder;
pub(crate) use ledger::RabiAccounts;

use std::sync::Arc;

use faer::{Mat, MatRef};
use num_complex::Complex64;

use crate::Known;
use crate::exact::dense::to_state;
use crate::merit::{EnergyCurve, Mode};
use crate::numerics::norm;
use crate::operator::Hermitian;
use crate::space::BatterySpace;
use crate::why::{Undamped, Unresolved};
use chain::chain_modes;

/// Charger, its noise and the product initial state of a problem that splits into Rabi blocks.
#[derive(Clone, Debug)]
pub struct RabiBlocks {
    pub(super) gamma: f64,
    pub(super) detuning: f64,
    pub(super) sectors: Arc<[SectorBlocks]>,
    conserved: Option<usize>,
}

/// Receives (index of the time, time, states of the sectors, dE_B/dt, E_B).
pub type StateSink<'a> = dyn FnMut(usize, f64, &[Hermitian], f64, f64) + 'a;

/// One sector of the battery, restricted to the blocks that carry weight.
#[derive(Clone, Debug)]
pub(super) struct SectorBlocks {
    pub(super) basis: RabiBasis,
    /// Initial S-forms of s, x, y, z, each k x k.
    pub(super) start: [Mat<f64>; 4],
    /// (U^T H_B U + V^T H_B V)/2 and (U^T H_B U - V^T H_B V)/2: what s and z contribute to the energy.
    pub(super) energy_s: Mat<f64>,
    pub(super) energy_z: Mat<f64>,
}

/// Blocks with less weight than this change nothing at double precision (amplitudes enter as its square root).
const WEIGHT: f64 = 1e-34;
/// gamma t at which e^{-gamma t/4} is rounding.
const DAMPED: f64 = 150.0;
/// ln of frequencies whose squares leave the range of floating-point numbers.
const LN_TINY: f64 = -340.0;
/// Weight of a pair below which an unresolved splitting does not matter.
const CARRIED: f64 = 1e-12;

impl RabiBlocks {
    /// Prepares the blocks: one decomposition per sector.
    ///
    /// `bases` holds one [`RabiBasis`] per sector of `space`; `charger0` is 2 x 2 with the ground state first,
    /// `battery0` lives on the direct sum of the sectors.
    ///
    /// # Panics
    /// When the number of bases or the dimensions of the states do not match the space.
    pub fn new(
        gamma: f64,
        detuning: f64,
        bases: Vec<RabiBasis>,
        space: &BatterySpace,
        charger0: &Hermitian,
        battery0: &Hermitian,
    ) -> Self {
        assert_eq!(bases.len(), space.sectors().len(), "one basis per sector");
        assert!(
            charger0.dim() == 2 && battery0.dim() == space.dim(),
            "states must live on charger and battery"
        );
        let conserved =
            if space.is_oscillator() { None } else { Some(bases.iter().map(count_conserved).sum()) };
        let sectors = bases
            .into_iter()
            .zip(space.sectors())
            .map(|(basis, sector)| {
                let size = sector.energies.len();
                let rho = if space.sectors().len() == 1 {
                    battery0.clone()
                } else {
                    battery0.block(sector.offset, size)
                };
                SectorBlocks::new(basis, &sector.energies, charger0, &rho)
            })
            .collect();
        RabiBlocks { gamma, detuning, sectors, conserved }
    }

    /// The same blocks with another dephasing and detuning of the charger: both enter after the decomposition, which is shared.
    pub(crate) fn with_charger(&self, gamma: f64, detuning: f64) -> Self {
        RabiBlocks { gamma, detuning, ..self.clone() }
    }

    /// Number of conserved quantities in the representation used; `None` for an oscillator, which has infinitely many.
    pub(crate) fn conserved(&self) -> Option<usize> {
        self.conserved
    }

    /// Largest population, over all times, outside the part of a cut oscillator where the blocks are right.
    pub fn top_weight(&self) -> f64 {
        self.sectors.iter().map(SectorBlocks::top_weight).fold(0.0, f64::max)
    }

    /// The largest angle that a phase turns by until t, or until it is damped away.
    pub(crate) fn largest_angle(&self, t: f64) -> f64 {
        let frequencies = self.sectors.iter().flat_map(|sector| sector.basis.d.iter());
        let fastest = 2.0 * frequencies.copied().fold(0.0, f64::max) + self.detuning.abs();
        fastest * t.min(DAMPED / self.gamma)
    }

    /// E_B(0).
    pub(crate) fn energy_at_start(&self) -> f64 {
        self.sectors.iter().map(SectorBlocks::energy_at_start).sum()
    }

    /// The limit t -> infinity from this initial state; `Err` says why there is none that is certain.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn limit(&self) -> Known<Vec<Hermitian>> {
        if self.gamma == 0.0 && !self.sectors.iter().all(|sector| sector.is_stationary(self.detuning)) {
            return Err(Undamped::NoDephasing.into());
        }
        self.sectors.iter().map(|sector| Ok(sector.state(&sector.standing()?))).collect()
    }

    /// The states of the sectors averaged over all times without dephasing.
    ///
    /// # Errors
    /// Two Rabi frequencies cannot be told apart, or one not from zero.
    pub(crate) fn average(&self) -> Known<Vec<Hermitian>> {
        self.sectors.iter().map(|sector| Ok(sector.state(&sector.average(self.detuning)?))).collect()
    }

    /// Weights of the blocks that the initial state occupies: conserved, with sum 1.
    pub fn weights(&self) -> Vec<f64> {
        self.sectors.iter().flat_map(SectorBlocks::weights).collect()
    }

    /// E_B(t) on all t >= 0 as a limit and damped modes; `Err` says why it is not available.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn curve(&self) -> Known<EnergyCurve> {
        let mut curve = EnergyCurve::standing(0.0);
        for sector in self.sectors.iter() {
            sector.collect_modes(self.gamma, self.detuning, &mut curve)?;
        }
        curve.drop_negligible_modes();
        Ok(curve)
    }

    /// E_B at nondecreasing `times`, from the modes alone: no state is formed.
    ///
    /// # Errors
    /// A sentence for the user when the modes are not available.
    pub fn energies(&self, times: &[f64]) -> Known<Vec<f64>> {
        Ok(self.curve()?.energies(times))
    }
}

fn count_conserved(basis: &RabiBasis) -> usize {
    let n = basis.d.len();
    if proven_simple(basis) {
        return n;
    }
    let mut count = 0;
    for i in 0..n {
        for j in 0..n {
            let same = (basis.d[i] - basis.d[j]).abs() <= basis.resolution;
            if same {
                // A pair of blocks with d = 0 keeps z as well, where both partners exist.
                let idle = basis.d[i] + basis.d[j] <= if basis.invertible { 0.0 } else { basis.resolution };
                count += if idle && has_partner(basis, i) && has_partner(basis, j) { 2 } else { 1 };
            }
        }
    }
    count
}

/// A bidiagonal A without zeros has simple singular values above 0; only the flipped ladder has both marks.
fn proven_simple(basis: &RabiBasis) -> bool {
    basis.exact_degeneracies && basis.signs.is_some()
}

fn has_partner(basis: &RabiBasis, i: usize) -> bool {
    (0..basis.u.nrows()).any(|n| basis.u[(n, i)] != 0.0)
}

impl SectorBlocks {
    fn new(basis: RabiBasis, energies: &[f64], charger0: &Hermitian, rho: &Hermitian) -> Self {
        let (p_g, p_e) = (charger0.population(0), charger0.population(1));
        let [of_v, of_u] = [&basis.v, &basis.u].map(|x| rho.diagonal_congruence(x.as_ref()));
        let weight = |i: usize| p_g * of_v[i].abs() + p_e * of_u[i].abs();
        let carried: Vec<usize> = (0..basis.d.len()).filter(|&i| weight(i) > WEIGHT).collect();
        let basis = if carried.len() == basis.d.len() { basis } else { basis.restricted(&carried) };
        let (uu, vv) = (rho.congruence(basis.u.as_ref()), rho.congruence(basis.v.as_ref()));
        let k = carried.len();
        let combine = |sign: f64| Mat::from_fn(k, k, |i, j| p_e * uu[(i, j)] + sign * p_g * vv[(i, j)]);
        let (s, z) = (combine(1.0), combine(-1.0));
        let coherence = charger0.get(1, 0);
        let (x, y) = if coherence.norm() == 0.0 {
            (Mat::zeros(k, k), Mat::zeros(k, k))
        } else {
            // M_eg(i,j) = c <u_i|rho|v_j> with c = <e|rho_C|g>; X = M_eg + h.c., Y = i(M_eg - h.c.).
            let (re, im) = rho.mixed_congruence(basis.u.as_ref(), basis.v.as_ref());
            let part = |a: f64, b: f64| Mat::from_fn(k, k, |i, j| a * re[(i, j)] + b * im[(i, j)]);
            let (r, m) = (part(coherence.re, -coherence.im), part(coherence.im, coherence.re));
            // The chain of (i,j) holds x_ij = X_ji.
            let x = Mat::from_fn(k, k, |j, i| r[(i, j)] + r[(j, i)] + m[(i, j)] - m[(j, i)]);
            let y = Mat::from_fn(k, k, |i, j| r[(i, j)] - r[(j, i)] - m[(i, j)] - m[(j, i)]);
            (x, y)
        };
        let (energy_s, energy_z) = energy_matrices(&basis, energies);
        SectorBlocks { basis, start: [s, x, y, z], energy_s, energy_z }
    }

    pub(super) fn size(&self) -> usize {
        self.basis.d.len()
    }

    /// d_i - d_j; never 0 where the difference is known to be tiny but finite.
    pub(super) fn minus(&self, i: usize, j: usize) -> f64 {
        let difference = self.basis.d[i] - self.basis.d[j];
        match self.ln_close(i, j) {
            Some(ln) => ln.exp().max(f64::MIN_POSITIVE).copysign(difference),
            None => difference,
        }
    }

    /// d_i + d_j.
    pub(super) fn plus(&self, i: usize, j: usize) -> f64 {
        let sum = self.basis.d[i] + self.basis.d[j];
        if proven_simple(&self.basis) { sum.max(f64::MIN_POSITIVE) } else { sum }
    }

    pub(super) fn ln_close(&self, i: usize, j: usize) -> Option<f64> {
        let wanted = (i.min(j), i.max(j));
        self.basis.close_pairs.iter().find(|(a, b, _)| (*a, *b) == wanted).map(|(_, _, ln)| *ln)
    }

    fn energy_at_start(&self) -> f64 {
        let sum = |x: &Mat<f64>, y: &Mat<f64>| {
            x.col_iter().zip(y.col_iter()).map(|(x, y)| x.transpose() * y).sum::<f64>()
        };
        sum(&self.start[0], &self.energy_s) + sum(&self.start[3], &self.energy_z)
    }

    /// rho = U (s+z)/2 U^T + V (s-z)/2 V^T
    pub(super) fn assemble(
        &self,
        s: impl Fn(usize, usize) -> f64,
        z: impl Fn(usize, usize) -> f64,
        rho: &mut Hermitian,
    ) {
        let k = self.size();
        let half = |sign: f64| Mat::from_fn(k, k, |i, j| 0.5 * (s(i, j) + sign * z(i, j)));
        let sandwich = |x: MatRef<'_, f64>, m: Mat<f64>| (x * m) * x.transpose();
        let total = sandwich(self.basis.u.as_ref(), half(1.0)) + sandwich(self.basis.v.as_ref(), half(-1.0));
        to_state(&total, rho);
    }

    /// The state of given s and z.
    pub(super) fn state(&self, [s, z]: &[Mat<f64>; 2]) -> Hermitian {
        let mut rho = Hermitian::zero(self.basis.v.nrows());
        self.assemble(|i, j| s[(i, j)], |i, j| z[(i, j)], &mut rho);
        rho
    }

    /// Whether s_ij and z_ij stand still for all that is known about d_i and d_j.
    pub(super) fn stands(&self, i: usize, j: usize) -> (bool, bool) {
        let simple = proven_simple(&self.basis);
        let s = i == j || (!simple && self.minus(i, j).abs() <= self.basis.resolution);
        let small = if self.basis.invertible { 0.0 } else { self.basis.resolution };
        (s, !simple && self.plus(i, j) <= small)
    }

    /// s and z of the limit.
    pub(super) fn standing(&self) -> Known<[Mat<f64>; 2]> {
        self.average(0.0)
    }

    /// s and z averaged over all times without dephasing: what the antisymmetric matrix of each chain sends to 0. Without detuning that is what stands
    /// still; else a chain with w_- = 0 keeps Delta_C/(w_+^2 + Delta_C^2) (w_+ x_ij + Delta_C z_ji) in z_ji, and one with w_+ = 0 likewise in s_ij.
    fn average(&self, detuning: f64) -> Known<[Mat<f64>; 2]> {
        let k = self.size();
        let (mut s, mut z) = (Mat::<f64>::zeros(k, k), Mat::<f64>::zeros(k, k));
        let [s0, x0, y0, z0] = &self.start;
        let mixed = |w: f64, of: f64, beside: f64| {
            let square = w * w + detuning * detuning;
            if detuning == 0.0 { 0.0 } else { detuning * (detuning * of + w * beside) / square }
        };
        for (i, j) in (0..k).flat_map(|i| (0..k).map(move |j| (i, j))) {
            let (minus, plus) = (self.minus(i, j).abs(), self.plus(i, j));
            let (s_stands, z_stands) = self.stands(i, j);
            match (s_stands, z_stands) {
                (true, false) => z[(j, i)] = mixed(plus, z0[(j, i)], x0[(i, j)]),
                (false, true) => s[(i, j)] = mixed(self.minus(i, j), s0[(i, j)], y0[(j, i)]),
                _ => {}
            }
            if s_stands {
                s[(i, j)] = s0[(i, j)];
                if i != j && minus != 0.0 && s[(i, j)].abs() > CARRIED {
                    return Err(Unresolved::RabiFrequencies { difference: minus }.into());
                }
            }
            if z_stands {
                // Of the chain of (i,j) it is z_ji.
                z[(j, i)] = z0[(j, i)];
                if plus != 0.0 && z[(j, i)].abs() > CARRIED {
                    return Err(Unresolved::RabiFrequency { frequency: plus }.into());
                }
            }
        }
        Ok([s, z])
    }

    /// Whether nothing moves where nothing dephases.
    fn is_stationary(&self, detuning: f64) -> bool {
        let [s, x, y, z] = &self.start;
        let pairs = (0..self.size()).flat_map(|i| (0..self.size()).map(move |j| (i, j)));
        pairs.into_iter().all(|(i, j)| {
            let (minus, plus) = (self.minus(i, j), self.plus(i, j));
            let flows = [minus * s[(i, j)], minus * x[(i, j)], plus * z[(j, i)], plus * y[(j, i)]];
            flows.iter().all(|flow| *flow == 0.0)
                && detuning * x[(i, j)] == 0.0
                && detuning * y[(j, i)] == 0.0
        })
    }

    /// s_ii(0): the conserved weights of the blocks that the initial state occupies.
    pub(super) fn weights(&self) -> impl Iterator<Item = f64> + '_ {
        (0..self.size()).map(|i| self.start[0][(i, i)])
    }

    /// Weight of the blocks whose vectors reach the highest level.
    fn top_weight(&self) -> f64 {
        let top = self.basis.v.nrows() - 1;
        (0..self.size())
            .map(|i| {
                let reach = self.basis.v[(top, i)].abs().max(self.basis.u[(top, i)].abs());
                self.start[0][(i, i)].abs().sqrt() * reach
            })
            .fold(0.0, f64::max)
            .powi(2)
    }

    fn collect_modes(&self, gamma: f64, detuning: f64, curve: &mut EnergyCurve) -> Known<()> {
        let k = self.size();
        curve.resolution = curve.resolution.max(self.basis.resolution);
        let [s0, x0, y0, z0] = &self.start;
        let scale: f64 =
            self.energy_s.col_iter().flat_map(|c| c.iter()).fold(0.0, |a: f64, b| a.max(b.abs()));
        // Frequencies that may underflow, with what they carry: their overdamped rate is 2 w^2/gamma.
        let doubled =
            self.basis.ln_smallest.map(|(i, ln)| (i, i, ln + 2f64.ln(), self.energy_z[(i, i)] * z0[(i, i)]));
        let close =
            self.basis.close_pairs.iter().map(|&(i, j, ln)| (i, j, ln, self.energy_s[(i, j)] * s0[(i, j)]));
        for (i, j, ln, weight) in doubled.into_iter().chain(close) {
            if ln < LN_TINY && weight.abs() > CARRIED * scale {
                let rate = ln_slow_rate(ln, i == j, gamma, detuning);
                curve.ln_rate_floor = Some(curve.ln_rate_floor.map_or(rate, |floor| floor.min(rate)));
            }
        }
        for i in 0..k {
            for j in 0..=i {
                let (minus, plus) = (self.minus(i, j), self.plus(i, j));
                if detuning == 0.0 {
                    // (i,j) and (j,i) together; w_- changes sign between them.
                    let copies = if i == j { 0.5 } else { 1.0 };
                    let (es, ez) = (copies * self.energy_s[(i, j)], copies * self.energy_z[(i, j)]);
                    curve.push(Mode::Oscillator {
                        w: minus.abs(),
                        gamma,
                        value: es * (s0[(i, j)] + s0[(j, i)]),
                        slope: -es * minus * (x0[(i, j)] - x0[(j, i)]),
                    });
                    curve.push(Mode::Oscillator {
                        w: plus,
                        gamma,
                        value: ez * (z0[(i, j)] + z0[(j, i)]),
                        slope: ez * plus * (y0[(i, j)] + y0[(j, i)]),
                    });
                    continue;
                }
                for (i, j, minus) in [(i, j, minus), (j, i, -minus)] {
                    let start = [s0[(i, j)], x0[(i, j)], y0[(j, i)], z0[(j, i)]];
                    let read = [self.energy_s[(i, j)], 0.0, 0.0, self.energy_z[(j, i)]];
                    let relevant =
                        read[0].abs() * start[0].abs() + (read[0].abs() + read[3].abs()) * norm(&start);
                    if relevant > 1e-18 * scale {
                        for mode in chain_modes(minus, plus, gamma, detuning, &start)? {
                            let amplitude = read[0] * mode.s + read[3] * mode.z;
                            if mode.rate == Complex64::ZERO {
                                curve.limit += amplitude.re;
                            } else if amplitude.norm() > 1e-18 * scale {
                                let (rate, power) = (mode.rate, mode.power);
                                curve.modes.push(match power {
                                    0 => Mode::Exponential { amplitude, rate },
                                    _ => Mode::Secular { amplitude, power, rate },
                                });
                            }
                        }
                    }
                    if i == j {
                        break;
                    }
                }
            }
        }
        Ok(())
    }
}

/// ln of the rate of a mode whose frequency e^{ln} is far below gamma: 2 w^2/gamma, for the mode of z with w_- = 0 less
/// by 1 + (2 Delta_C/gamma)^2.
pub(super) fn ln_slow_rate(ln: f64, doubled: bool, gamma: f64, detuning: f64) -> f64 {
    let behind = if doubled { (2.0 * detuning / gamma).powi(2).ln_1p() } else { 0.0 };
    2.0 * ln - (0.5 * gamma).ln() - behind
}

/// (a^u + a^v)/2 and (a^u - a^v)/2 with a^x = X^T H_B X.
fn energy_matrices(basis: &RabiBasis, energies: &[f64]) -> (Mat<f64>, Mat<f64>) {
    let product = |x: &Mat<f64>| {
        let k = x.ncols();
        if k <= 4 {
            // A general product costs more than these few numbers.
            return Mat::from_fn(k, k, |i, j| {
                energies.iter().enumerate().map(|(n, e)| e * x[(n, i)] * x[(n, j)]).sum()
            });
        }
        let weighted = Mat::from_fn(x.nrows(), x.ncols(), |n, i| energies[n] * x[(n, i)]);
        x.transpose() * weighted
    };
    let k = basis.d.len();
    let v = product(&basis.v);
    let u = match &basis.signs {
        // P H_B P = E_top - H_B makes the parts that must vanish vanish exactly.
        Some(signs) => {
            let top = energies[0] + energies[energies.len() - 1];
            Mat::from_fn(k, k, |i, j| signs[i] * signs[j] * (if i == j { top } else { 0.0 } - v[(i, j)]))
        }
        None => product(&basis.u),
    };
    let half = |sign: f64| Mat::from_fn(k, k, |i, j| 0.5 * (u[(i, j)] + sign * v[(i, j)]));
    (half(1.0), half(-1.0))
}
