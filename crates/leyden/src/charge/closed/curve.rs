//! The energy of a closed system between the times shown: the largest average power, maxima, and the average over all times.
//!
//! Between two samples (time, E, dE/dt) lies the cubic through both; what it says of a sample between two others tells how true it is.

use std::borrow::Cow;
use std::ops::ControlFlow;

use num_complex::Complex64;

use super::super::extrema::{SPACING, Sampling, affordable, of_curve};
use super::super::{Request, Series};
use super::reader::Reader;
use super::{ClosedRun, WATCHED};
use crate::asymptote::Average;
use crate::evolve::kets::{Blocks, KetMethod, by_energy, cosines, nanoseconds, nanoseconds_more};
use crate::merit::{
    BatteryState, EnergyCurve, Extrema, KetFigures, MaximumPower, Mode, PowerSamples, Sample, Sampler,
    Wanted, search,
};
use crate::method::Method;
use crate::numerics::{cubic, nan_max};
use crate::why::{Failure, TooLarge};
use crate::{Known, Why};

/// Error of cubics between samples, relative to the spread of H_B, and rounds of finer ones.
const RESOLVED: f64 = 1e-7;
const ROUNDS: usize = 14;
/// Most samples of the energy.
const MOST_SAMPLES: usize = 20_000;
/// The same of the dense curve that is searched for maxima, each of which is looked at more closely.
const SEEN: f64 = 1e-4;
/// Most levels of a block that is averaged unasked.
const AVERAGED: usize = 800;
/// Most frequencies of an energy whose maxima are proven.
const MOST_FREQUENCIES: usize = 2000;
/// Times at which kets are kept at most, and their bytes.
const MOST_KEPT: usize = 256;
const KEPT_BYTES: usize = 64 << 20;
/// ns for each level of H, to write it down.
const BUILT: f64 = 2000.0;
/// Looks at one time that refine the maxima, about.
const REFINED: f64 = 60.0;

/// A sample: time, energy, power.
pub(in crate::charge) type At = (f64, f64, f64);

impl ClosedRun<'_> {
    /// The largest average power between and at samples (time, energy, power).
    pub(super) fn largest_power(
        &self,
        method: &KetMethod,
        reader: &Reader,
        start: f64,
        samples: Vec<At>,
    ) -> Known<MaximumPower> {
        largest_power(self.system.space.extremes(), start, samples, &mut |times| {
            let mut more = Vec::with_capacity(times.len());
            method.run(self.blocks, times, &mut |at| {
                more.push((at.time, reader.energy(at.kets), reader.power(at.time, at.kets)));
                ControlFlow::Continue(())
            });
            Some(more)
        })
    }

    /// The maxima of energy and ergotropy until the last time; `samples` are those of the run, `series` what is shown.
    pub(super) fn extrema(
        &self,
        method: &KetMethod,
        reader: &Reader,
        samples: &[At],
        series: &Series,
        shown: Shown,
        request: &Request,
    ) -> Extrema {
        if !self.blocks.is_constant() {
            return Extrema::unknown(Why::TimeDependent);
        }
        let (low, high) = self.system.space.extremes();
        let figures = self.figures();
        let count = request.times.len().max(1) as f64;
        let of_state = self.nanoseconds_of_state();
        let evolved = nanoseconds(self.choice.method, self.blocks, &request.times);
        let run = evolved + count * of_state + BUILT * self.blocks.dim as f64;
        let fine = spacing(samples, SEEN * (high - low)).min(request.end());
        let by_series = KetMethod::Chebyshev;
        let (method, name) = match method {
            KetMethod::Eigenvectors(_) => (method, Method::Eigenvectors),
            _ => (&by_series, Method::Chebyshev),
        };
        let energy = self.cosines(method, reader).map(|curve| of_curve(&curve, request, run));
        // What is shown is the dense curve where it is fine enough: what a maximum is looked at with is all that it costs.
        let even = shown.even().filter(|gap| *gap <= fine);
        let mut sampler =
            KetSampler { blocks: self.blocks, method, reader, figures, shown, known: Vec::new() };
        if let Some(gap) = even {
            let of = |k: usize| Sample {
                energy: series.merits[k].energy,
                power: series.power[k],
                ergotropy: series.merits[k].ergotropy.global,
            };
            sampler.known = (0..series.merits.len()).map(of).collect();
            let one = nanoseconds_more(name, self.blocks, &[sampler.shown.gap()]) + of_state;
            if let Err(why) = affordable(request, REFINED * one, run) {
                return Extrema { energy: energy.unwrap_or(Err(why)), ergotropy: Err(why) };
            }
            // As many intervals as there are between the times shown.
            let spacing = gap * (1.0 + 1e-9);
            return match energy {
                Some(energy) => {
                    let found = search(&mut sampler, request.end(), spacing, Wanted::Ergotropy);
                    Extrema { energy, ergotropy: found.ergotropy }
                }
                None => search(&mut sampler, request.end(), spacing, Wanted::Both),
            };
        }
        // Another dense curve costs what the run does, time by time.
        let dense: Vec<f64> = (1..=WATCHED).map(|k| request.end() * k as f64 / WATCHED as f64).collect();
        let work = nanoseconds_more(name, self.blocks, &dense) / WATCHED as f64 + of_state;
        let mut search = Sampling { sampler: &mut sampler, fastest: SPACING / fine, work, run };
        match energy {
            Some(energy) => Extrema { energy, ergotropy: search.ergotropy(request) },
            None => search.both(request),
        }
    }

    /// The energy as a sum of cosines, where few frequencies are in it.
    fn cosines(&self, method: &KetMethod, reader: &Reader) -> Option<EnergyCurve> {
        let frequencies: usize = self.blocks.sizes().map(|n| n * (n - 1) / 2).sum();
        match method {
            KetMethod::Eigenvectors(carried) if frequencies <= MOST_FREQUENCIES => {
                let (mean, terms) = cosines(self.blocks, carried, &reader.energies);
                let mut curve = EnergyCurve::standing(mean);
                for (amplitude, frequency) in terms {
                    let rate = Complex64::new(0.0, frequency);
                    curve.push(Mode::Exponential { amplitude, rate });
                }
                Some(curve)
            }
            _ => None,
        }
    }

    /// About how long it takes to read the state of the battery at one time.
    fn nanoseconds_of_state(&self) -> f64 {
        let (n, columns) =
            (self.system.space.dim() as f64, (self.system.charger_levels * self.blocks.kets) as f64);
        2.0 * columns * n * n.min(columns) + 10.0 * n * n.min(columns).powi(2) + 2000.0
    }

    /// The state of the battery averaged over all times.
    pub(super) fn average(&self, method: &KetMethod, request: &Request) -> Known<Average> {
        let levels = self.blocks.sizes().max().unwrap_or(0);
        if !self.blocks.is_constant() {
            return Err(Why::TimeDependent);
        }
        if !request.looks_between() {
            return Err(Why::NotAsked);
        }
        let space = &self.system.space;
        if !request.extrema && (levels > AVERAGED || space.dim() > AVERAGED) {
            return Err(TooLarge::Average { most: AVERAGED, levels: levels.max(space.dim()) }.into());
        }
        let (mut blocks, figures) = (space.empty_blocks(), self.figures());
        by_energy(method, self.blocks, &mut |kets| figures.add_up(kets, &mut blocks))
            .ok_or(Failure::Eigenvalues)?;
        Ok(Average::of(&BatteryState::new(space, &blocks)))
    }
}

/// Kets at the times shown, here and there: series go on from them.
pub(super) struct Shown {
    times: Vec<f64>,
    every: usize,
    kept: Vec<(f64, Vec<Vec<Complex64>>)>,
}

impl Shown {
    /// Nothing is kept but the start where nobody `looks` at it.
    pub(super) fn of(times: &[f64], blocks: &Blocks, looks: bool) -> Self {
        let most = (KEPT_BYTES / (16 * blocks.dim * blocks.kets).max(1)).clamp(2, MOST_KEPT);
        let every = if looks { times.len().div_ceil(most).max(1) } else { usize::MAX };
        Shown { times: times.to_vec(), every, kept: Vec::new() }
    }

    /// The kets at the k-th time.
    pub(super) fn keep(&mut self, k: usize, kets: &[Vec<Complex64>]) {
        if k.is_multiple_of(self.every) {
            self.kept.push((self.times[k], kets.to_vec()));
        }
    }

    /// Spacing of the times where they are evenly spaced from 0.
    fn even(&self) -> Option<f64> {
        let (count, end) = (self.times.len().checked_sub(1)?, *self.times.last()?);
        let gap = end / count as f64;
        let even = |(k, t): (usize, &f64)| (t - k as f64 * gap).abs() <= 1e-9 * gap;
        (count >= 2 && self.times.iter().enumerate().all(even)).then_some(gap)
    }

    /// Time between kets that are kept.
    fn gap(&self) -> f64 {
        let end = self.times.last().copied().unwrap_or(0.0);
        end * self.every as f64 / self.times.len().max(1) as f64
    }
}

/// A closed system at times asked for.
struct KetSampler<'a> {
    blocks: &'a Blocks,
    method: &'a KetMethod,
    reader: &'a Reader,
    figures: KetFigures<'a>,
    shown: Shown,
    /// What is known at the times shown.
    known: Vec<Sample>,
}

impl Sampler for KetSampler<'_> {
    fn sample(&mut self, times: &[f64], wanted: Wanted) -> Known<Vec<Sample>> {
        if times.len() > 1 && times.len() == self.known.len() {
            return Ok(self.known.clone());
        }
        let mut samples = Vec::with_capacity(times.len());
        let (reader, figures) = (self.reader, &self.figures);
        let read = |time: f64, kets: &[Vec<Complex64>]| {
            let ergotropy = if wanted.ergotropy() { figures.of(kets).0.ergotropy.global } else { f64::NAN };
            Sample { energy: reader.energy(kets), power: reader.power(time, kets), ergotropy }
        };
        let first = times.first().copied().unwrap_or(0.0);
        let before = self.shown.kept.partition_point(|(time, _)| *time <= first);
        let (since, blocks) = match self.method {
            KetMethod::Chebyshev if before > 0 => {
                let (since, kets) = &self.shown.kept[before - 1];
                (*since, Cow::Owned(self.blocks.starting_from(kets)))
            }
            _ => (0.0, Cow::Borrowed(self.blocks)),
        };
        let later: Vec<f64> = times.iter().map(|time| time - since).collect();
        self.method.run(&blocks, &later, &mut |at| {
            samples.push(read(since + at.time, at.kets));
            ControlFlow::Continue(())
        });
        Ok(samples)
    }
}

/// The largest average power between and at samples, which are refined until cubics between them are true; `look` gives more of them, or none where that
/// is too much. H_B lies between `low` and `high`.
pub(in crate::charge) fn largest_power(
    (low, high): (f64, f64),
    start: f64,
    mut samples: Vec<At>,
    look: &mut dyn FnMut(&[f64]) -> Option<Vec<At>>,
) -> Known<MaximumPower> {
    let mut missed = None;
    let most = samples.len() + MOST_SAMPLES;
    for round in 0..=ROUNDS {
        let best = maximum(start, &samples).ok_or(Why::NoTimes)?;
        // Nothing beyond is larger: the energy has a highest level.
        let horizon = if best.value > 0.0 { (high - start) / best.value } else { f64::INFINITY };
        let finer = rough(&samples, RESOLVED * (high - low), horizon);
        missed = finer.first().copied();
        if finer.is_empty() || round == ROUNDS || samples.len() + finer.len() > most {
            break;
        }
        let Some(more) = look(&finer) else { break };
        samples.extend(more);
        // Stable: both sides of a breakpoint keep their order.
        samples.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    if let Some(time) = missed {
        return Err(TooLarge::PowerSamples { time }.into());
    }
    let mut best = maximum(start, &samples).ok_or(Why::NoTimes)?;
    if best.time > 0.0 {
        // The cubic says where; how much it is, is computed.
        if let Some([(time, energy, _)]) = look(&[best.time]).as_deref() {
            best.value = (energy - start) / time;
        }
    }
    Ok(best)
}

/// Spacing of samples on which cubics err by at most `allowed`, from what they do on those that are there.
pub(in crate::charge) fn spacing(samples: &[At], allowed: f64) -> f64 {
    let mut least = f64::INFINITY;
    for k in 1..samples.len() {
        let h = samples[k].0 - samples[k - 1].0;
        if h > 0.0 {
            let error = error_between(samples, k).max(f64::MIN_POSITIVE);
            least = least.min(h * (allowed / error).powf(0.25).clamp(1e-3, 2.0));
        }
    }
    least
}

fn maximum(start: f64, samples: &[At]) -> Option<MaximumPower> {
    let mut search = PowerSamples::new(start);
    for &(time, energy, power) in samples {
        search.push(time, energy, power);
    }
    search.maximum()
}

/// The error of the cubic between samples k - 1 and k, from what the cubic through both neighbours says of each.
fn error_between(samples: &[At], k: usize) -> f64 {
    let h = samples[k].0 - samples[k - 1].0;
    let of = |middle: usize| {
        let Some(&[(a, e_a, p_a), (t, e, _), (b, e_b, p_b)]) =
            middle.checked_sub(1).and_then(|first| samples[first..].first_chunk())
        else {
            return 0.0;
        };
        let (whole, x) = (b - a, (t - a) / (b - a));
        // Neighbours of so different distance say little.
        if !(x > 0.02 && x < 0.98) {
            return 0.0;
        }
        // E H^4 x^2 (1-x)^2/24, and E h^4/384 at most inside.
        let weight = (x * (1.0 - x)).powi(2);
        let between = e_a + cubic(e_b - e_a, whole * p_a, whole * p_b, x);
        (between - e).abs() / (16.0 * weight) * (h / whole).powi(4)
    };
    nan_max(of(k - 1), of(k))
}

/// The middles of the intervals before `horizon` on which a cubic may be off by more than `allowed`.
fn rough(samples: &[At], allowed: f64, horizon: f64) -> Vec<f64> {
    let mut middles = Vec::new();
    for k in 1..samples.len() {
        let (a, b) = (samples[k - 1].0, samples[k].0);
        if b > a && a <= horizon && !(error_between(samples, k) <= allowed) {
            middles.push(0.5 * (a + b));
        }
    }
    middles
}
