//! Which multipliers of a cycle a state carries.
//!
//! x = sum_k w_k v_k in the eigenvectors of a matrix. Where eigenvectors nearly coincide the coefficients are large and cancel: modes
//! with nearly the same multiplier are then weighed together, and nothing below the cancelled digits counts.

use faer::Mat;
use num_complex::Complex64;

use crate::Known;
use crate::numerics::{InEigenvectors, nan_max, norm};
use crate::operator::Hermitian;
use crate::protocol::part::Observed;
use crate::why::Unresolved;

/// Amplification up to which eigenvectors count as different.
const DIFFERENT: f64 = 1e6;
/// Beyond this amplification nothing is known.
const HOPELESS: f64 = 1e11;

/// x = sum_k weight_k vector_k, vectors of norm 1.
pub(super) struct Multipliers {
    pub(super) values: Vec<Complex64>,
    /// Eigenvectors as columns.
    pub(super) vectors: Mat<Complex64>,
    weights: Vec<Complex64>,
    /// Largest coefficient relative to x.
    amplified: f64,
}

impl Multipliers {
    /// # Errors
    /// A sentence for the user where eigenvectors coincide.
    pub(super) fn new(a: &Mat<f64>, x: &[f64]) -> Known<Self> {
        let InEigenvectors { values, vectors, weights, residuals } = InEigenvectors::new(a.as_ref(), x)?;
        let size = norm(x).max(f64::MIN_POSITIVE);
        let amplified = weights.iter().map(|w| w.norm()).fold(0.0, nan_max) / size;
        let scale = values.iter().map(|x| x.norm()).fold(0.0, nan_max);
        let sound = residuals.iter().all(|residual| *residual <= 1e-11 * scale.max(1.0));
        if !(amplified <= HOPELESS && sound) {
            return Err(Unresolved::CycleModes.into());
        }
        Ok(Multipliers { values, vectors, weights, amplified })
    }

    /// Whether all eigenvectors are clearly different.
    pub(super) fn are_different(&self) -> bool {
        self.amplified <= DIFFERENT
    }

    /// What some modes hold of x.
    pub(super) fn part(&self, modes: &[usize]) -> Vec<Complex64> {
        let entry = |i: usize, k: usize| self.weights[k] * self.vectors[(i, k)];
        (0..self.vectors.nrows()).map(|i| modes.iter().map(|&k| entry(i, k)).sum()).collect()
    }

    /// The largest multiplier among `candidates` of whose part the observed one shows more than `least`, 0 where there is none;
    /// `state_of` makes states of what x stands for.
    pub(super) fn largest_carried(
        &self,
        mut candidates: Vec<usize>,
        least: f64,
        observed: &Observed<'_>,
        state_of: impl Fn(&[f64]) -> Hermitian,
    ) -> Complex64 {
        let square = |x: Vec<f64>| observed.reduced(&state_of(&x)).purity();
        let size = |x: &[Complex64]| {
            let (re, im) = x.iter().map(|x| (x.re, x.im)).unzip();
            (square(re) + square(im)).sqrt()
        };
        let mu = &self.values;
        let (least, same) = match self.are_different() {
            true => (least.max(1e-15 * self.amplified), 1e-9),
            false => (least.max(1e-14 * self.amplified), 1e-5),
        };
        candidates.sort_by(|&i, &j| mu[j].norm().total_cmp(&mu[i].norm()).then(i.cmp(&j)));
        while let Some(&first) = candidates.first() {
            let (group, rest): (Vec<usize>, Vec<usize>) =
                candidates.iter().partition(|&&k| (mu[k] - mu[first]).norm() <= same);
            if size(&self.part(&group)) > least {
                return group.iter().map(|&k| mu[k]).sum::<Complex64>() / group.len() as f64;
            }
            candidates = rest;
        }
        Complex64::ZERO
    }
}
