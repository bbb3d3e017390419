//! A star of many equal qubit cells, started in its ground state, from the few Rabi blocks that carry it.
//!
//! With the blocks (lambda_i, v_i) of [`CarriedLadder`], c_i = v_i(0), p_i = c_i^2, d_i = |lambda_i|, u_i = sgn(lambda_i) P v_i and h of `response`,
//!   rho_B(t) = sum_ij c_i c_j [ (h(d_i-d_j) - h(d_i+d_j))/2 |u_i><u_j| + (h(d_i-d_j) + h(d_i+d_j))/2 |v_i><v_j| ].
//! *Energy.* P n P = N - n: opposite signs of lambda leave d_i - d_j only, equal ones d_i + d_j only, both |lambda_i + lambda_j|:
//!   E_B(t)/omega = N/2 + sum_ij c_i c_j (n_ij - delta_ij N/2) h(|lambda_i + lambda_j|).
//! *Limit.* rho_B(inf) = sum_i p_i (|u_i><u_i| + |v_i><v_i|)/2 = (D + P D P)/2 commutes with P. On the states of parity +-1 its eigenvalues are those of
//! the k x k bands (p_i delta_ij +- c_i c_j P_ij)/2, and no N x N matrix is formed. E_B(inf) = N omega/2. The rank never exceeds
//! N+1, so all eigenvalues but the largest fit into the N states of the first level: ergotropy = E_B - omega (1 - r_1). With A = P T,
//!   g <J_x> = sum_i p_i lambda_i P_ii - F gives the coherence <J_x>/N of every cell.
//! Derived from the blocks of [`RabiBlocks`](crate::exact::RabiBlocks), with which it agrees.

mod bands;
mod carried;
mod figures;
mod ledger;
mod search;
mod skyline;

pub use carried::CarriedLadder;
pub use figures::MOST_BLOCKS;
pub(crate) use ledger::StarAccounts;
pub use skyline::Skyline;

use skyline::Band;

use crate::Known;
use crate::merit::{EnergyCurve, Ergotropy, Merits, Mode, SPECTRAL_THRESHOLD, WorkBounds, entropy_of};
use crate::numerics::decay_rate;
use crate::why::{Failure, Undamped};

/// A dephased qubit charger on N equal qubit cells, all on resonance with the drive and in their ground states at t = 0.
#[derive(Clone, Debug)]
pub struct LargeStar {
    cells: usize,
    amplitude: f64,
    coupling: f64,
    gamma: f64,
    frequency: f64,
    /// `None` where nothing reaches the battery.
    ladder: Option<CarriedLadder>,
}

/// ln of frequencies whose squares leave the range of floating-point numbers.
const LN_TINY: f64 = -340.0;
/// Weight of a pair, relative to the energy, below which its rate does not matter.
const CARRIED: f64 = 1e-12;
/// Elements of the bands of the limit that change none of its eigenvalues.
const NEGLIGIBLE: f64 = 1e-18;

impl LargeStar {
    /// Finds the blocks of N = `cells` cells of frequency omega, for drive amplitude F, coupling g of every cell and dephasing rate gamma.
    ///
    /// Returns `None` when there is no cell, a number is not finite, gamma < 0, or the blocks could not be found.
    pub fn new(cells: usize, amplitude: f64, coupling: f64, gamma: f64, frequency: f64) -> Option<Self> {
        let finite = [amplitude, coupling, gamma, frequency].iter().all(|x| x.is_finite());
        if cells == 0 || !finite || gamma < 0.0 {
            return None;
        }
        let ladder = if amplitude == 0.0 || coupling == 0.0 {
            None
        } else {
            Some(CarriedLadder::new(cells, amplitude, coupling)?)
        };
        Some(LargeStar { cells, amplitude, coupling, gamma, frequency, ladder })
    }

    /// Bytes that the blocks of such a star take to find, about.
    pub(crate) fn bytes(cells: usize, amplitude: f64, coupling: f64) -> f64 {
        if amplitude == 0.0 || coupling == 0.0 { 0.0 } else { search::bytes(cells, amplitude, coupling) }
    }

    /// The blocks; `None` where F = 0 or g = 0 and the battery stays empty.
    pub fn ladder(&self) -> Option<&CarriedLadder> {
        self.ladder.as_ref()
    }

    /// Number of conserved quantities on the symmetric subspace, N+1 for F, g != 0.
    pub(crate) fn conserved(&self) -> Option<usize> {
        self.ladder.as_ref().map(|ladder| ladder.cells + 1)
    }

    /// Figures of merit of the limit t -> infinity; `Err` says why there is none.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn limit(&self) -> Known<Merits> {
        if self.gamma == 0.0 {
            return Err(Undamped::NoDephasing.into());
        }
        self.at_rest()
    }

    /// Figures of merit of what stands still, which dephasing leaves in the limit: without dephasing the average over all times.
    ///
    /// # Errors
    /// [`Failure::Eigenvalues`] when an eigenvalue iteration fails.
    pub(crate) fn at_rest(&self) -> Known<Merits> {
        let Some(ladder) = &self.ladder else { return Ok(self.empty()) };
        let (cells, omega) = (self.cells as f64, self.frequency);
        let spectrum = limit_spectrum(ladder).ok_or(Failure::Eigenvalues)?;
        let energy = 0.5 * cells;
        let largest_eigenvalue = spectrum[0];
        let global = energy - (1.0 - largest_eigenvalue);
        // At most N+1 eigenvalues differ from zero.
        let ranked = spectrum.iter().take(self.cells + 1).enumerate();
        let passive: f64 = ranked.map(|(k, r)| k as f64 * r).sum();
        let lowered = ladder.weights().enumerate();
        let lowered: f64 = lowered.map(|(i, p)| p * ladder.lambda[i] * ladder.flip.diagonal(i)).sum();
        let coherence = (lowered - self.amplitude) / self.coupling;
        let most = ladder.populations.iter().copied().fold(0.0, f64::max);
        let incoherent = energy - (1.0 - most);
        let variance: f64 = ladder
            .populations
            .iter()
            .enumerate()
            .map(|(n, population)| {
                let ends = if 2 * n == self.cells { 1.0 } else { 2.0 };
                ends * population * (n as f64 - energy).powi(2)
            })
            .sum();
        // Of one cell both are the global one: passive = 1 - r_0, and the limit is a mixture with <sigma^-> alone.
        let ergotropy = Ergotropy {
            global: omega * global,
            collective: Ok(omega * (energy - passive)),
            local: omega * coherence.abs(),
            incoherent: omega * incoherent,
            coherent: omega * (global - incoherent),
            largest_eigenvalue,
            smallest_eigenvalue: spectrum.last().copied().unwrap_or(0.0).min(0.0),
        };
        let energy = omega * energy;
        Ok(Merits {
            energy,
            passive: energy - ergotropy.global,
            ergotropy,
            purity: spectrum.iter().map(|r| r * r).sum(),
            fluctuation: omega.abs() * variance.sqrt(),
            bounds: WorkBounds::of_ladder(
                self.cells,
                omega,
                (largest_eigenvalue, entropy_of(&spectrum)),
                omega * (1.0 - largest_eigenvalue),
            ),
        })
    }

    /// The limit of a battery that nothing reaches.
    pub(super) fn empty(&self) -> Merits {
        let ergotropy = Ergotropy {
            global: 0.0,
            collective: Ok(0.0),
            local: 0.0,
            incoherent: 0.0,
            coherent: 0.0,
            largest_eigenvalue: 1.0,
            smallest_eigenvalue: 0.0,
        };
        let of_ladder = WorkBounds::of_ladder(self.cells, self.frequency, (1.0, 0.0), 0.0);
        let bounds = WorkBounds { coherence: 0.0, ..of_ladder };
        Merits { energy: 0.0, passive: 0.0, ergotropy, purity: 1.0, fluctuation: 0.0, bounds }
    }

    /// E_B(t) on all t >= 0 as a limit and damped modes.
    pub fn curve(&self) -> EnergyCurve {
        let mut curve = EnergyCurve::standing(0.0);
        if self.ladder.is_some() {
            curve.limit = 0.5 * self.cells as f64 * self.frequency;
            let least = CARRIED * curve.limit.abs();
            self.each_mode(|value, ln_w, w| {
                if ln_w < LN_TINY && value.abs() > least {
                    let rate = 2.0 * ln_w - (0.5 * self.gamma).ln();
                    curve.ln_rate_floor = Some(curve.ln_rate_floor.map_or(rate, |floor| floor.min(rate)));
                }
                curve.push(Mode::Oscillator { w, gamma: self.gamma, value, slope: 0.0 });
            });
        }
        curve.drop_negligible_modes();
        curve
    }

    /// E_B at nondecreasing `times` >= 0.
    pub fn energies(&self, times: &[f64]) -> Vec<f64> {
        self.curve().energies(times)
    }

    /// ln of the slowest decay rate among modes that carry more than [`SPECTRAL_THRESHOLD`] of E_B(inf), also where the rate
    /// underflows; `None` without dephasing or without modes.
    pub fn ln_slowest_rate(&self) -> Option<f64> {
        if self.gamma == 0.0 {
            return None;
        }
        let least = SPECTRAL_THRESHOLD * (0.5 * self.cells as f64 * self.frequency).abs();
        let mut slowest: Option<f64> = None;
        self.each_mode(|value, ln_w, w| {
            if value.abs() > least {
                let ln = if ln_w < LN_TINY {
                    2.0 * ln_w - (0.5 * self.gamma).ln()
                } else {
                    decay_rate(w, self.gamma).ln()
                };
                slowest = Some(slowest.map_or(ln, |x| x.min(ln)));
            }
        });
        slowest
    }

    /// Calls with (energy carried at t = 0, ln w, w) for every pair i >= j inside the bands; w is never 0.
    fn each_mode(&self, mut visit: impl FnMut(f64, f64, f64)) {
        let Some(ladder) = &self.ladder else { return };
        let half = 0.5 * self.cells as f64;
        for i in 0..ladder.lambda.len() {
            let (first, row) = ladder.level.row(i);
            for (j, level) in (first..).zip(row) {
                let (copies, level) = if i == j { (1.0, level - half) } else { (2.0, *level) };
                let value = self.frequency * copies * ladder.overlap[i] * ladder.overlap[j] * level;
                let w = self.splitting(i, j);
                visit(value, ladder.ln_sum(i, j).unwrap_or_else(|| w.ln()), w);
            }
        }
    }

    /// |lambda_i + lambda_j|; never 0, where it is too small for a number.
    pub(super) fn splitting(&self, i: usize, j: usize) -> f64 {
        let Some(ladder) = &self.ladder else { return 0.0 };
        match ladder.ln_sum(i, j) {
            Some(ln) => ln.exp().max(f64::MIN_POSITIVE),
            None => (ladder.lambda[i] + ladder.lambda[j]).abs().max(f64::MIN_POSITIVE),
        }
    }
}

/// Nonincreasing eigenvalues of sum_i p_i (|u_i><u_i| + |v_i><v_i|)/2: twice as many as blocks, all others vanish.
fn limit_spectrum(ladder: &CarriedLadder) -> Option<Vec<f64>> {
    let k = ladder.lambda.len();
    let element = |i: usize, j: usize, x: f64| 0.5 * ladder.overlap[i] * ladder.overlap[j] * x;
    let width = (0..k).map(|i| {
        let (first, row) = ladder.flip.row(i);
        let start = (first..i).zip(row).find(|(j, x)| element(i, *j, **x).abs() > NEGLIGIBLE);
        start.map_or(0, |(j, _)| i - j)
    });
    let width = width.max().unwrap_or(0);
    let parity = |sign: f64, flip: &Skyline| {
        let entry = |i: usize, j: usize| {
            let own = if i == j { 1.0 } else { 0.0 };
            element(i, j, own + sign * flip.get(i, j))
        };
        Band::from_fn(k, width, entry).eigenvalues()
    };
    let mut spectrum = parity(1.0, &ladder.flip)?;
    // Without the end of the ladder S P S = -P, and S maps the blocks onto each other: both parities are alike.
    let odd = if ladder.rows <= ladder.cells { spectrum.clone() } else { parity(-1.0, &ladder.flip)? };
    spectrum.extend(odd);
    spectrum.sort_by(|a, b| b.total_cmp(a));
    Some(spectrum)
}
