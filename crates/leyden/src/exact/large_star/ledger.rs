//! What the energy ledger reads from a large star, which starts empty and on resonance.
//!
//! `<V>` = `<H_d>` = 0 at all times, so that dephasing carries no energy: H_rot changes its sign under (-1)^{n_C} with complex conjugation, and the start does
//! not change. With w_ij = lambda_i + lambda_j, a = int f of `response`,
//!   `<n_C>` = sum_i p_i (1 - h(w_ii))/2,   int P_d/omega_d = F sum_ij c_i c_j P_ij w_ij a(w_ij):
//! `<sigma^->` = sum_ij c_i c_j M_eg(i,j) `<v_j|u_i>`, where `<v_j|u_i>` = P_ij for signed lambda, and the part of M_eg in lambda_i - lambda_j is antisymmetric.

use super::LargeStar;
use crate::numerics::accumulated;

/// What the ledger reads at one time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StarAccounts {
    /// `<n_C>`.
    pub(crate) number: f64,
    /// int P_d/omega_d since t = 0.
    pub(crate) absorbed: f64,
}

impl LargeStar {
    /// Accounts at some times. Where nothing reaches the battery the charger is one block of its own, lambda = F.
    pub(crate) fn accounts(&self, times: &[f64]) -> Vec<StarAccounts> {
        let at = |&time: &f64| {
            let mut found = StarAccounts::default();
            let Some(ladder) = self.ladder() else {
                let w = 2.0 * self.amplitude;
                let gained = w * accumulated(w, self.gamma, time);
                return StarAccounts { number: 0.5 * w * gained, absorbed: self.amplitude * gained };
            };
            for i in 0..ladder.lambda.len() {
                let (first, row) = ladder.flip.row(i);
                for (j, flip) in (first..).zip(row) {
                    let w = self.splitting(i, j).copysign(ladder.lambda[i] + ladder.lambda[j]);
                    let gained = w * accumulated(w, self.gamma, time);
                    let copies = if i == j { 1.0 } else { 2.0 };
                    let weight = copies * ladder.overlap[i] * ladder.overlap[j];
                    found.absorbed += self.amplitude * weight * flip * gained;
                    if i == j {
                        found.number += 0.5 * weight * w * gained;
                    }
                }
            }
            found
        };
        times.iter().map(at).collect()
    }
}
