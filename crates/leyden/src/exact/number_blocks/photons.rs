//! Photon numbers of a cavity at t = 0, without those that weigh nothing.
//!
//! p(n+s)/p(n) = alpha^2/(n+1) of a coherent state, tanh(r)^2 (n+1)/(n+2) with s = 2 of a squeezed vacuum, nbar/(nbar+1) of a thermal
//! state: from the most probable number outwards no factor overflows, and the sum is 1. Behind a last number n with ratios of at most q
//! lies at most p(n) q/(1-q). Phases linear in n, which are all that these states have, turn cells that start in one level as a whole.

use num_complex::Complex64;

use crate::space::{InitialState, normalised};

/// Weight that is left out on either side.
const LEFT_OUT: f64 = 5e-17;

/// What there is between photon numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Coherence {
    /// A mixture.
    Mixed,
    /// A superposition with amplitudes sqrt(p_n) u^n.
    Even(Complex64),
    /// A superposition with these amplitudes.
    Free(Vec<Complex64>),
}

/// A distribution of photon numbers `first`, `first + step`, ...
#[derive(Clone, Debug, PartialEq)]
pub struct Photons {
    /// The first number kept.
    pub first: usize,
    /// From one to the next.
    pub step: usize,
    /// Their probabilities.
    pub populations: Vec<f64>,
    /// A superposition or a mixture.
    pub coherence: Coherence,
    /// Bound on the weight of the numbers left out.
    pub dropped: f64,
}

impl Photons {
    /// Of a state; `None` where an oscillator has no such state.
    pub fn of(state: &InitialState) -> Option<Self> {
        let single = |n| Photons {
            first: n,
            step: 1,
            populations: vec![1.0],
            coherence: Coherence::Mixed,
            dropped: 0.0,
        };
        let sign = |x: f64| Complex64::from(if x < 0.0 { -1.0 } else { 1.0 });
        let usual = |x: f64| x.is_finite() && x >= 0.0;
        match *state {
            InitialState::Ground => Some(single(0)),
            InitialState::Fock(n) => Some(single(n)),
            InitialState::Excited => None,
            InitialState::Coherent(alpha) => {
                let mean = alpha * alpha;
                let up = |n: usize| mean / (n + 1) as f64;
                usual(mean)
                    .then(|| Photons::around(mean.floor() as usize, 1, Coherence::Even(sign(alpha)), up, up))
            }
            InitialState::Squeezed(r) => {
                let fall = r.tanh().powi(2);
                let up = |n: usize| fall * (n + 1) as f64 / (n + 2) as f64;
                // (-tanh r)^k of 2k photons
                let turn = if r > 0.0 { Complex64::I } else { Complex64::ONE };
                usual(r.abs()).then(|| Photons::around(0, 2, Coherence::Even(turn), up, |_| fall))
            }
            InitialState::Thermal(mean) => {
                let fall = mean / (mean + 1.0);
                usual(mean).then(|| Photons::around(0, 1, Coherence::Mixed, |_| fall, |_| fall))
            }
            InitialState::Superposition(ref coefficients) => {
                let amplitudes = normalised(coefficients).ok()?;
                let populations: Vec<f64> = amplitudes.iter().map(Complex64::norm_sqr).collect();
                let mut occupied = (0..populations.len()).filter(|n| populations[*n] > 0.0);
                match (occupied.next(), occupied.next()) {
                    (Some(n), None) => Some(single(n)),
                    _ => {
                        let coherence = Coherence::Free(amplitudes);
                        Some(Photons { first: 0, step: 1, populations, coherence, dropped: 0.0 })
                    }
                }
            }
        }
    }

    /// About how many numbers carry weight, before any is written down.
    pub fn expected(state: &InitialState) -> f64 {
        // ln(1e17), and as many standard deviations as that takes.
        let (log, deviations) = (39.1, 8.8);
        match *state {
            InitialState::Coherent(alpha) => 2.0 * deviations * alpha.abs() + 20.0,
            InitialState::Squeezed(r) => log / (-2.0 * r.abs().tanh().ln()),
            InitialState::Thermal(mean) => log / (1.0 / mean).ln_1p() + 1.0,
            InitialState::Superposition(ref coefficients) => coefficients.len() as f64,
            _ => 1.0,
        }
    }

    /// How many numbers are kept.
    pub fn count(&self) -> usize {
        self.populations.len()
    }

    /// The largest number kept.
    pub fn last(&self) -> usize {
        self.first + self.step * (self.populations.len() - 1)
    }

    /// The i-th number.
    pub(super) fn number(&self, i: usize) -> usize {
        self.first + i * self.step
    }

    /// Numbers with their amplitudes; the phases of a mixture mean nothing.
    pub(super) fn amplitudes(&self) -> impl Iterator<Item = (usize, Complex64)> + '_ {
        self.populations.iter().enumerate().map(|(i, p)| {
            let n = self.number(i);
            let amplitude = match &self.coherence {
                Coherence::Free(amplitudes) => amplitudes[i],
                Coherence::Even(turn) => turn.powu(n as u32) * p.sqrt(),
                Coherence::Mixed => p.sqrt().into(),
            };
            (n, amplitude)
        })
    }

    /// From `mode` on, with p(n+step)/p(n) = `up`(n), from n on at most `bound`(n).
    fn around(
        mode: usize,
        step: usize,
        coherence: Coherence,
        up: impl Fn(usize) -> f64,
        bound: impl Fn(usize) -> f64,
    ) -> Self {
        let behind = |last: f64, ratio: f64| last * ratio / (1.0 - ratio).max(0.0);
        let (mut sum, mut below, mut above) = (1.0, Vec::new(), vec![1.0]);
        let (mut n, mut p) = (mode, 1.0);
        while n > 0 && !(behind(p, 1.0 / up(n - 1)) <= LEFT_OUT * sum) {
            n -= 1;
            p /= up(n);
            sum += p;
            below.push(p);
        }
        let rest_below = if n > 0 { behind(p, 1.0 / up(n - 1)) } else { 0.0 };
        let first = n;
        (n, p) = (mode, 1.0);
        while !(behind(p, bound(n)) <= LEFT_OUT * sum) {
            p *= up(n);
            n += step;
            sum += p;
            above.push(p);
        }
        let rest = rest_below + behind(p, bound(n));
        below.reverse();
        let populations = below.into_iter().chain(above).map(|p| p / (sum + rest)).collect();
        Photons { first, step, populations, coherence, dropped: rest / (sum + rest) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_1e_16_of_every_state_is_kept() {
        let squeezed = |mean: f64| InitialState::Squeezed(-mean.sqrt().asinh());
        for mean in [0.0_f64, 1e-9, 0.3, 1.0, 9.0, 100.0, 2500.0] {
            let states = [InitialState::Coherent(-mean.sqrt()), squeezed(mean), InitialState::Thermal(mean)];
            for state in states {
                let photons = Photons::of(&state).unwrap();
                let number = |k: usize| (photons.first + k * photons.step) as f64;
                let sum: f64 = photons.populations.iter().sum();
                let found: f64 = photons.populations.iter().enumerate().map(|(k, p)| p * number(k)).sum();
                assert!((sum - 1.0).abs() < 1e-14 && photons.dropped <= 1e-16, "{state:?}: {sum}");
                assert!((found - mean).abs() <= 1e-13 * mean + 1e-16, "{state:?}: {found}");
                let (count, expected) = (photons.populations.len() as f64, Photons::expected(&state));
                assert!(
                    count <= expected + 20.0 && expected <= 1.5 * count + 30.0,
                    "{state:?}: {count} {expected}"
                );
            }
        }
    }

    #[test]
    fn states_that_an_oscillator_has() {
        let two = Photons::of(&InitialState::Fock(2)).unwrap();
        assert_eq!((two.first, two.last(), &two.coherence, two.dropped), (2, 2, &Coherence::Mixed, 0.0));
        // e^{-1/4}/sqrt(n!) 2^{-n}, squared; and 1/cosh r (tanh r)^2/2 for two photons.
        let coherent = Photons::of(&InitialState::Coherent(0.5)).unwrap();
        assert!((coherent.populations[2] - (-0.25_f64).exp() / 32.0).abs() < 1e-17);
        assert_eq!(coherent.coherence, Coherence::Even(Complex64::ONE));
        let squeezed = Photons::of(&InitialState::Squeezed(0.7)).unwrap();
        let expected = 0.5 * 0.7_f64.tanh().powi(2) / 0.7_f64.cosh();
        assert!((squeezed.populations[1] - expected).abs() < 1e-16 && squeezed.step == 2);
        assert_eq!(squeezed.coherence, Coherence::Even(Complex64::I));
        for state in [InitialState::Excited, InitialState::Thermal(-0.1), InitialState::Coherent(f64::NAN)] {
            assert_eq!(Photons::of(&state), None);
        }
    }
}
