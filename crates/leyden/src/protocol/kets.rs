//! What happens at once, for kets: a map rho -> sum_k K_k rho K_k^dag leads psi to K_k psi, normalised, with the probability ||K_k psi||^2, so that the mean
//! over draws is the map.
//!
//! - reset: K = sqrt(s_k) |s_k><l| for the levels l of the part and the kets sqrt(s_k) |s_k> of what is prepared: the part is measured in its levels, and one of the
//!   kets takes its place;
//! - pulse: one unitary;
//! - measure, dephase: the projectors on joint levels with one label;
//! - measure with an outcome: its projector, or the trajectory ends there. Those that go on are the state given the outcome.
//!
//! An extraction by the best unitary is not linear: U depends on the mean state, which no ket knows.
//!
//! Source: @wiseman2009, section 1.4.

use num_complex::Complex64;

use super::setting::Setting;
use super::stage::{Part, Stage};
use super::stroke::{Acting, Instant};
use crate::evolve::Walker;
use crate::lindblad::Lindbladian;
use crate::model::ModelError;
use crate::numerics::lanes::norm_sqr;
use crate::operator::Operator;

/// One stage of kets on all joint levels.
pub(crate) enum KetStroke {
    /// What acts for a time, and the way back to the common frame.
    Flow { lindbladian: Lindbladian, back: Option<Operator> },
    /// What happens at once.
    Instant(KetMap),
    /// An extraction that depends on the mean state.
    OfMean,
}

/// A map at one instant, between the levels that kets reach.
pub(crate) enum KetMap {
    /// A ket of the target takes the place of one of its levels.
    Prepare {
        /// Kets of the part, weights in their norms.
        kets: Vec<Vec<Complex64>>,
        /// For every level of the part: places of the joint levels that have it, by the level of the other part.
        places: Vec<Vec<Option<usize>>>,
    },
    /// Entries (row, column, value).
    Unitary(Vec<(usize, usize, Complex64)>),
    /// One of the sets of levels with the same label.
    Project {
        /// Of every level.
        labels: Vec<usize>,
        /// How many there are.
        count: usize,
    },
    /// Levels that a selected outcome leaves.
    Select(Vec<bool>),
}

impl KetStroke {
    /// The stage on all joint levels, how long it lasts, and whether the energy of the observed part may jump in it.
    ///
    /// # Errors
    /// [`ModelError`] when something cannot be written down.
    pub(crate) fn new(stage: &Stage, setting: &Setting<'_>) -> Result<(f64, Self, bool), ModelError> {
        let (duration, acting) = Acting::new(stage, setting)?;
        let jumps = match &acting {
            Acting::Flow { .. } => false,
            Acting::Instant(instant) => instant.jumps(setting.observed().part),
        };
        let stroke = match acting {
            Acting::Flow { lindbladian, back, .. } => KetStroke::Flow { lindbladian, back },
            Acting::Instant(Instant::Unitary { unitary, .. }) => {
                KetStroke::Instant(KetMap::turning(&unitary))
            }
            Acting::Instant(Instant::Decohere { labels, .. }) => {
                let count = labels.iter().max().map_or(0, |label| label + 1);
                KetStroke::Instant(KetMap::Project { labels, count })
            }
            Acting::Instant(Instant::Select { kept }) => KetStroke::Instant(KetMap::Select(kept)),
            Acting::Instant(Instant::Reset { target, state }) => {
                let (levels, size) = (setting.levels.charger, setting.space.dim());
                let [own, other, step, stride] = match target {
                    Part::Charger => [levels, size, size, 1],
                    Part::Battery => [size, levels, 1, size],
                };
                let of_level = |k: usize| (0..other).map(|l| Some(k * step + l * stride)).collect();
                KetStroke::Instant(KetMap::Prepare {
                    kets: state.kets(),
                    places: (0..own).map(of_level).collect(),
                })
            }
            Acting::Instant(Instant::Extract { .. }) => KetStroke::OfMean,
        };
        Ok((duration, stroke, jumps))
    }
}

impl KetMap {
    /// A unitary.
    pub(crate) fn turning(unitary: &Operator) -> Self {
        KetMap::Unitary(unitary.entries().collect())
    }

    /// Adds the levels to which those that are `reached` lead.
    pub(crate) fn reach(&self, reached: &mut [bool]) {
        match self {
            KetMap::Project { .. } | KetMap::Select(_) => {}
            KetMap::Unitary(entries) => {
                let to: Vec<usize> =
                    entries.iter().filter(|(_, j, _)| reached[*j]).map(|(i, ..)| *i).collect();
                to.into_iter().for_each(|level| reached[level] = true);
            }
            KetMap::Prepare { kets, places } => {
                let others = places.first().map_or(0, Vec::len);
                let held = |other: usize| places.iter().flat_map(|of| of[other]).any(|joint| reached[joint]);
                let left: Vec<bool> = (0..others).map(held).collect();
                for (level, of_level) in places.iter().enumerate() {
                    if kets.iter().all(|psi| psi[level] == Complex64::ZERO) {
                        continue;
                    }
                    let all = of_level.iter().zip(&left).filter(|(_, left)| **left);
                    all.filter_map(|(place, _)| *place).for_each(|joint| reached[joint] = true);
                }
            }
        }
    }

    /// The same between the levels that are reached, where `place` says which of them a joint level is.
    pub(crate) fn on(self, place: &[Option<usize>]) -> Self {
        let kept =
            |all: usize| place.iter().take(all).enumerate().filter(|(_, at)| at.is_some()).map(|(k, _)| k);
        match self {
            KetMap::Prepare { kets, places } => {
                let within = |of_level: &Vec<Option<usize>>| {
                    of_level.iter().map(|joint| joint.and_then(|joint| place[joint])).collect()
                };
                KetMap::Prepare { kets, places: places.iter().map(within).collect() }
            }
            KetMap::Unitary(entries) => {
                let within = entries.into_iter().filter_map(|(i, j, x)| Some((place[i]?, place[j]?, x)));
                KetMap::Unitary(within.collect())
            }
            KetMap::Project { labels, count } => {
                KetMap::Project { labels: kept(labels.len()).map(|k| labels[k]).collect(), count }
            }
            KetMap::Select(all) => KetMap::Select(kept(all.len()).map(|k| all[k]).collect()),
        }
    }

    /// Leads a ket to what becomes of it; false where it does not go on, but where it must `always`.
    pub(crate) fn act(&self, walker: &mut Walker, scratch: &mut KetScratch, always: bool) -> bool {
        let KetScratch { weights, psi } = scratch;
        match self {
            KetMap::Unitary(entries) => {
                psi.clear();
                psi.resize(walker.psi.len(), Complex64::ZERO);
                entries.iter().for_each(|(i, j, x)| psi[*i] += x * walker.psi[*j]);
                std::mem::swap(psi, &mut walker.psi);
            }
            KetMap::Project { labels, count } => {
                weights.clear();
                weights.resize(*count, 0.0);
                labels.iter().zip(&walker.psi).for_each(|(label, x)| weights[*label] += x.norm_sqr());
                let found = walker.chosen(weights.iter().copied());
                let lost = labels.iter().zip(&mut walker.psi).filter(|(label, _)| **label != found);
                lost.for_each(|(_, x)| *x = Complex64::ZERO);
            }
            KetMap::Select(_) if always => {}
            KetMap::Select(kept) => {
                let weight = |wanted: bool| {
                    let held = kept.iter().zip(&walker.psi).filter(|(kept, _)| **kept == wanted);
                    held.map(|(_, x)| x.norm_sqr()).sum::<f64>()
                };
                let weights = [weight(true), weight(false)];
                if walker.chosen(weights.into_iter()) != 0 || weights[0] == 0.0 {
                    return false;
                }
                let lost = kept.iter().zip(&mut walker.psi).filter(|(kept, _)| !**kept);
                lost.for_each(|(_, x)| *x = Complex64::ZERO);
            }
            KetMap::Prepare { kets, places } => {
                let of_level = |places: &Vec<Option<usize>>| {
                    places.iter().flatten().map(|place| walker.psi[*place].norm_sqr()).sum::<f64>()
                };
                weights.clear();
                weights.extend(places.iter().map(of_level));
                let level = walker.chosen(weights.iter().copied());
                let prepared = &kets[walker.chosen(kets.iter().map(|psi| norm_sqr(psi)))];
                psi.clear();
                psi.resize(walker.psi.len(), Complex64::ZERO);
                for (to, x) in places.iter().zip(prepared).filter(|(_, x)| **x != Complex64::ZERO) {
                    for (to, from) in to.iter().zip(&places[level]) {
                        if let (Some(to), Some(from)) = (to, from) {
                            psi[*to] = x * walker.psi[*from];
                        }
                    }
                }
                std::mem::swap(psi, &mut walker.psi);
            }
        }
        walker.normalise();
        true
    }
}

/// What maps work on.
#[derive(Default)]
pub(crate) struct KetScratch {
    weights: Vec<f64>,
    psi: Vec<Complex64>,
}
