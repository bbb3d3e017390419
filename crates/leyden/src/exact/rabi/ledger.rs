//! What the energy ledger reads from Rabi blocks: the charger, the coupling and the drive, which rho_B does not tell.
//!
//! With M_eg = (X - iY)/2, R_ij = `<v_i|u_j>`, R_s and R_a its symmetric and antisymmetric part, and S-forms x, y of X, Y
//!   `<n_C>` = sum_i (s_ii + z_ii)/2,   `<V + H_d>` = sum_i d_i X_ii,
//!   `<H_d>` = 2F Re `<sigma^->` = F sum_ij (x_ij R_s,ij - y_ij R_a,ij),
//!   P_d = -2 omega_d F Im `<sigma^->` = omega_d F sum_ij (x_ij R_a,ij + y_ij R_s,ij),
//! and dephasing takes J = -(gamma/2) `<V + H_d>`. For Delta_C = 0, with h, f of `response` and a = int f,
//!   x = s_0 w_- f + x_0 (h - gamma f/2),   int x = s_0 w_- a + x_0 f,
//!   y = -z_0 w_+ f + y_0 (h - gamma f/2),   int y = -z_0 w_+ a + y_0 f,
//! so that the work of the drive is integrated, and X_ii decays as e^{-gamma t/2}. For Delta_C != 0 the balance of H_rot = Delta_C n_C + V + H_d,
//! d`<H_rot>`/dt = J, is the flow, and n_C + n, which dephasing and coupling conserve, is what the drive adds.
//! Derived from the equations of `rabi`.

use faer::Mat;

use super::flow::Flow;
use super::{RabiBlocks, SectorBlocks};
use crate::numerics::{accumulated, one_step};

/// What the ledger reads at one time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RabiAccounts {
    /// `<n_C>`.
    pub(crate) number: f64,
    /// `<V + H_d>`.
    pub(crate) joint: f64,
    /// `<H_d>`.
    pub(crate) drive: f64,
    /// int P_d/omega_d since t = 0; `None` where the charger is detuned.
    pub(crate) absorbed: Option<f64>,
    /// What dephasing put in since t = 0.
    pub(crate) dephased: f64,
}

impl RabiBlocks {
    /// Accounts at nondecreasing `times` >= 0 under a drive of this amplitude, which is that of the blocks; the first entry is that of t = 0.
    pub(crate) fn accounts(&self, times: &[f64], amplitude: f64) -> Vec<RabiAccounts> {
        let times = std::iter::once(0.0).chain(times.iter().copied());
        let overlaps: Vec<Mat<f64>> =
            self.sectors.iter().map(|sector| sector.basis.v.transpose() * &sector.basis.u).collect();
        let mut flows: Vec<Flow> = match self.detuning == 0.0 {
            true => Vec::new(),
            false => self.sectors.iter().map(|sector| Flow::new(self, sector)).collect(),
        };
        let mut first = None;
        let mut at = |time: f64| {
            let mut found = RabiAccounts::default();
            for (k, (sector, overlap)) in self.sectors.iter().zip(&overlaps).enumerate() {
                match flows.get_mut(k) {
                    None => sector.resonant_accounts(self.gamma, time, (amplitude, overlap), &mut found),
                    Some(flow) => {
                        flow.advance(time);
                        let now = flow.chains().unwrap_or_default();
                        sector.detuned_accounts(now, (amplitude, overlap), &mut found);
                    }
                }
            }
            if self.detuning != 0.0 {
                let start: RabiAccounts = *first.get_or_insert(found);
                found.dephased = self.detuning * (found.number - start.number) + found.joint - start.joint;
            }
            found
        };
        times.map(&mut at).collect()
    }
}

impl RabiBlocks {
    /// E_B at t = 0 and at nondecreasing `times`, by the sums over pairs.
    pub(crate) fn stored(&self, times: &[f64]) -> Vec<f64> {
        let mut flows: Vec<Flow> = self.sectors.iter().map(|sector| Flow::new(self, sector)).collect();
        let mut at = |time: &f64| flows.iter_mut().map(|flow| flow.advance(*time).0).sum::<f64>();
        std::iter::once(self.energy_at_start()).chain(times.iter().map(&mut at)).collect()
    }
}

/// Symmetric and antisymmetric part of an entry.
fn parts(overlap: &Mat<f64>, i: usize, j: usize) -> (f64, f64) {
    let (x, y) = (overlap[(i, j)], overlap[(j, i)]);
    (0.5 * (x + y), 0.5 * (x - y))
}

impl SectorBlocks {
    fn resonant_accounts(
        &self,
        gamma: f64,
        time: f64,
        (amplitude, overlap): (f64, &Mat<f64>),
        found: &mut RabiAccounts,
    ) {
        let [s0, x0, y0, z0] = &self.start;
        let k = self.size();
        let faded = (-0.5 * gamma * time).exp_m1();
        for i in 0..k {
            let w = self.plus(i, i);
            let [h, f, ..] = one_step(w, gamma, time);
            found.number += 0.5 * (s0[(i, i)] + z0[(i, i)] * h + w * y0[(i, i)] * f);
            let joint = self.basis.d[i] * x0[(i, i)];
            found.joint += joint * (1.0 + faded);
            found.dephased += joint * faded;
        }
        let absorbed = found.absorbed.get_or_insert(0.0);
        if amplitude == 0.0 {
            return;
        }
        for (i, j) in (0..k).flat_map(|j| (0..k).map(move |i| (i, j))) {
            let (symmetric, antisymmetric) = parts(overlap, i, j);
            let of = |w: f64, value: f64, beside: f64| {
                let [_, f, _, v] = one_step(w, gamma, time);
                let a = accumulated(w, gamma, time);
                (value * w * f + beside * v, value * w * a + beside * f)
            };
            // x is kept as X_ji.
            let (x, x_sum) = of(self.minus(i, j), s0[(i, j)], x0[(i, j)]);
            let (y, y_sum) = of(-self.plus(i, j), z0[(i, j)], y0[(i, j)]);
            found.drive += amplitude * (x * symmetric - y * antisymmetric);
            *absorbed += amplitude * (y_sum * symmetric - x_sum * antisymmetric);
        }
    }

    fn detuned_accounts(
        &self,
        now: &[[f64; 4]],
        (amplitude, overlap): (f64, &Mat<f64>),
        found: &mut RabiAccounts,
    ) {
        let k = self.size();
        for (p, &[s, x, y, z]) in now.iter().enumerate() {
            let (i, j) = (p % k, p / k);
            if i == j {
                found.number += 0.5 * (s + z);
                found.joint += self.basis.d[i] * x;
            }
            // X_ji and Y_ji.
            let (symmetric, antisymmetric) = parts(overlap, j, i);
            found.drive += amplitude * (x * symmetric - y * antisymmetric);
        }
    }
}
