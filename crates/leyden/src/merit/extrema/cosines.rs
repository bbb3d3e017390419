//! An energy that nothing damps: E(t) = c + sum_k a_k cos w_k t + b_k sin w_k t.

use super::certified::{Bounded, Jet, intervals};
use crate::merit::{EnergyCurve, Mode};
use crate::numerics::Oscillators;

/// A finite sum of cosines and sines.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cosines {
    mean: f64,
    terms: Vec<Term>,
}

/// a cos wt + b sin wt.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Term {
    w: f64,
    cos: f64,
    sin: f64,
}

/// Frequencies that differ by less than this fraction are one.
const SAME: f64 = 4.0 * f64::EPSILON;
/// Multiplications of a step of a recurrence, with what halved intervals add.
const MULTIPLICATIONS: f64 = 8.0;
/// A rate of a decay below this fraction of the fastest is rounding.
const UNDAMPED: f64 = 1e-12;

impl Cosines {
    /// The curve as a sum of cosines; `None` where a mode decays or grows.
    pub(crate) fn of(curve: &EnergyCurve) -> Option<Self> {
        let fastest = curve.modes.iter().map(|mode| match *mode {
            Mode::Oscillator { w, .. } => w,
            Mode::Exponential { rate, .. } | Mode::Secular { rate, .. } => rate.norm(),
        });
        let fastest = fastest.fold(0.0, f64::max);
        let term = |mode: &Mode| match *mode {
            Mode::Oscillator { w, gamma: 0.0, value, slope: 0.0 } => Some(Term { w, cos: value, sin: 0.0 }),
            Mode::Oscillator { w, gamma: 0.0, value, slope } => Some(Term { w, cos: value, sin: slope / w }),
            Mode::Exponential { amplitude, rate } if rate.re.abs() <= UNDAMPED * fastest => {
                let sin = -amplitude.im * rate.im.signum();
                Some(Term { w: rate.im.abs(), cos: amplitude.re, sin })
            }
            _ => None,
        };
        let mut terms: Vec<Term> = curve.modes.iter().map(term).collect::<Option<_>>()?;
        if terms.iter().any(|term| !(term.cos.is_finite() && term.sin.is_finite())) {
            return None;
        }
        terms.sort_by(|a, b| a.w.total_cmp(&b.w));
        let mut sum = Cosines { mean: curve.limit, terms: Vec::with_capacity(terms.len()) };
        for term in terms {
            match sum.terms.last_mut() {
                Some(last) if term.w - last.w <= SAME * term.w => {
                    (last.cos, last.sin) = (last.cos + term.cos, last.sin + term.sin);
                }
                _ => sum.terms.push(term),
            }
        }
        Some(sum)
    }

    /// The mean over all times.
    pub(crate) fn mean(&self) -> f64 {
        let standing = self.terms.iter().filter(|term| term.w == 0.0).map(|term| term.cos);
        self.mean + standing.sum::<f64>()
    }

    /// Multiplications that a search until `end` takes, about.
    pub(crate) fn work(&self, end: f64) -> f64 {
        intervals(self, end) * self.terms.len() as f64 * MULTIPLICATIONS
    }

    pub(super) fn at(&self, time: f64) -> Jet {
        let mut jet = Jet { time, energy: self.mean, power: 0.0, bend: 0.0 };
        for &Term { w, cos, sin } in &self.terms {
            let (s, c) = (w * time).sin_cos();
            let value = cos * c + sin * s;
            jet.energy += value;
            jet.power += w * (sin * c - cos * s);
            jet.bend -= w * w * value;
        }
        jet
    }
}

impl Bounded for Cosines {
    fn bound(&self, n: i32) -> f64 {
        self.terms.iter().map(|term| term.cos.hypot(term.sin) * term.w.powi(n)).sum()
    }

    /// Of the terms, and of their phases.
    fn rounding(&self, end: f64) -> f64 {
        f64::EPSILON * (128.0 * (self.mean.abs() + self.bound(0)) + 8.0 * self.bound(1) * end)
    }

    fn jets(&self, times: &[f64]) -> Vec<Jet> {
        times.iter().map(|&time| self.at(time)).collect()
    }

    fn along(&self, end: f64, count: usize, sink: &mut dyn FnMut(Jet)) {
        let starts = self.terms.iter().map(|term| (term.w, term.cos, term.w * term.sin));
        let mut bank = Oscillators::new(0.0, starts);
        for k in 0..=count {
            let time = end * (k as f64 / count as f64);
            bank.advance(time);
            let mut jet = Jet { time, energy: self.mean, power: 0.0, bend: 0.0 };
            for ((value, slope), term) in bank.now().iter().zip(&self.terms) {
                jet.energy += value;
                jet.power += slope;
                jet.bend -= term.w * term.w * value;
            }
            sink(jet);
        }
    }
}
