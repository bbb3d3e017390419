//! The maxima of closed systems: what a run looks for on its own, and what waits until it is asked for.
//!
//! Work is counted in multiplications. A search is made where it is asked for, and otherwise where it takes a part of the run, or next to nothing.

use super::Request;
use crate::asymptote::Detail;
use crate::merit::{Cosines, EnergyCurve, Extrema, Maxima, Sampler, Wanted, certified, search};
use crate::why::{Elsewhere, TooLarge};
use crate::{Known, Why};

/// Part of the work of a run that a search may add.
const SHARE: f64 = 0.3;
/// Work that nobody notices: about a millisecond.
const UNNOTICED: f64 = 1e6;
/// Spacing of a dense curve in units of the inverse of the fastest frequency.
const SPACING: f64 = 0.25;

/// Whether a search that takes `work` beside a run of the work `run` is made.
///
/// # Errors
/// There are no times, nobody asked, or it costs too much to be made unasked.
pub(super) fn affordable(request: &Request, work: f64, run: f64) -> Known<()> {
    match request.end() > 0.0 {
        false => Err(Why::NoTimes),
        true if request.extrema => Ok(()),
        true if request.detail < Detail::Limit => Err(Why::NotAsked),
        true if work <= (SHARE * run).max(UNNOTICED) => Ok(()),
        true => Err(TooLarge::Extrema { times: work / run }.into()),
    }
}

/// The maxima of an energy that is a sum of cosines.
pub(super) fn of_curve(curve: &EnergyCurve, request: &Request, run: f64) -> Known<Maxima> {
    let cosines = Cosines::of(curve).ok_or(Elsewhere::Methods)?;
    affordable(request, cosines.work(request.end()), run)?;
    Ok(certified(&cosines, request.end()))
}

/// A battery whose curves are sampled: how fast it moves, what a sample and a run cost.
pub(super) struct Sampling<'a> {
    pub(super) sampler: &'a mut dyn Sampler,
    /// The fastest frequency.
    pub(super) fastest: f64,
    /// Work of one sample, and of the run.
    pub(super) work: f64,
    pub(super) run: f64,
}

impl Sampling<'_> {
    /// The maxima of the energy.
    pub(super) fn energy(&mut self, request: &Request) -> Known<Maxima> {
        self.affordable(request)?;
        search(self.sampler, request.end(), SPACING / self.fastest, Wanted::Energy).energy
    }

    /// The maxima of the global ergotropy.
    pub(super) fn ergotropy(&mut self, request: &Request) -> Known<Maxima> {
        self.affordable(request)?;
        search(self.sampler, request.end(), SPACING / self.fastest, Wanted::Ergotropy).ergotropy
    }

    /// The maxima of both.
    pub(super) fn both(&mut self, request: &Request) -> Extrema {
        match self.affordable(request) {
            Ok(()) => search(self.sampler, request.end(), SPACING / self.fastest, Wanted::Both),
            Err(why) => Extrema::unknown(why),
        }
    }

    fn affordable(&self, request: &Request) -> Known<()> {
        let samples = REFINED + (request.end() * self.fastest / SPACING).ceil();
        affordable(request, samples * self.work, self.run)
    }
}

/// Samples that refine a maximum, about, of several.
const REFINED: f64 = 60.0;
