//! Closed systems of many qubits that are all battery: kets on all levels, H applied without a matrix.

use std::ops::ControlFlow;

use super::super::closed::{At, largest_power, spacing};
use super::super::extrema::affordable;
use super::super::recorder::Recorder;
use super::super::{Charging, Error, LONGEST_HOURS, Lower, Plan, Request, guard_memory};
use super::Verifying;
use crate::asymptote::{Detail, LongTimes};
use crate::evolve::kets::Series;
use crate::evolve::{BY_NAME, Outcome};
use crate::merit::{Extrema, QubitFigures, Sample, Sampler, Wanted, search};
use crate::method::Method;
use crate::model::parts::{Layout, Parts, Qubits};
use crate::model::{Levels, ModelError};
use crate::operator::{Aligned, Threads};
use crate::progress::Doing;
use crate::why::{Failure, TooLarge, Undamped};
use crate::{Known, Why};

/// Qubits from which no matrix is made, and up to which it still is where few levels are reached.
const FEWEST: usize = 11;
const FEW_REACHED: usize = 14;
/// Part of all levels that are few.
const FEW: usize = 8;
/// Most levels of a battery that is turned into its eigenbasis as a whole.
pub(super) const DECOMPOSED: usize = 4096;
/// Bytes for each level beside kets and window: energies, their order and classes, populations, diagonals.
const BESIDE: f64 = 80.0;
/// Bytes of an entry of a matrix while it is made.
const ENTRY: f64 = 100.0;
/// What counts as standing still, relative to the largest energy.
const STILL: f64 = 1e-13;
/// Error of cubics between times that are searched for maxima, relative to the spread of H_B.
const SEEN: f64 = 1e-4;
/// Looks at one time that refine the maxima, about.
const REFINED: f64 = 60.0;
/// ns that nobody notices, for looks between the times shown.
const UNNOTICED: f64 = 1e8;
/// Seconds above which a plan says how long a run takes.
const SHOWN_SECONDS: f64 = 1.0;

/// What a run needs.
struct Ready {
    qubits: Qubits,
    series: Series,
    threads: Threads,
}

impl Parts {
    /// Whether a closed system runs on all levels without a matrix.
    pub(super) fn is_large(&self, layout: &Layout, request: &Request) -> bool {
        let sites = self.sites();
        let wanted = request.method.is_none_or(|method| method == Method::Chebyshev);
        if sites < FEWEST || !wanted || !self.is_closed_qubits() || layout.factors.len() != sites {
            return false;
        }
        let few = sites <= DECOMPOSED.ilog2() as usize;
        // The whole spectrum of H_B, or an average over all times, is worth a matrix.
        if few && (request.extrema || !self.has_diagonal_battery()) {
            return false;
        }
        sites > FEW_REACHED || self.qubits().is_ok_and(|qubits| reaches_many(&qubits))
    }

    pub(super) fn plan_large(&self, request: &Request) -> Result<Plan, Error> {
        self.guard_large(request, 0.0)?;
        let qubits = self.qubits().map_err(ModelError::from)?;
        let series = Series::new(&qubits.h);
        let real = is_real(&qubits.kets);
        let cost = series.cost(&request.times, qubits.kets.len(), real);
        let levels = 1usize << self.sites();
        let memory = self.guard_large(request, cost.bytes)?;
        let seconds = 1e-9 * cost.nanoseconds;
        guard_hours(seconds / 3600.0, cost.products, levels)?;
        Ok(Plan {
            method: Method::Chebyshev,
            reason: reason(&qubits, request),
            dimension: levels,
            memory,
            levels: Levels { charger: 1, battery: 1 },
            seconds: (seconds > SHOWN_SECONDS).then_some(seconds),
            candidates: Vec::new(),
        })
    }

    /// Bytes of a run, if they are allowed; at least two kets, one at the start and one later.
    fn guard_large(&self, request: &Request, bytes: f64) -> Result<f64, Error> {
        let levels = 2.0_f64.powi(self.sites() as i32);
        let least = 16.0 * levels * (2.0 * self.count_of_kets());
        guard_memory(request, levels, bytes.max(least) + BESIDE * levels, Lower::PartLevels)
    }

    pub(super) fn charge_large(&self, request: &Request) -> Result<Charging, Error> {
        let mut charging = self.charge_qubits(request, Threads::of_machine())?;
        if request.verify {
            charging.verification = Some(self.verify_large(request)?.of(&charging));
        }
        Ok(charging)
    }

    /// By matrices, where they fit.
    pub(super) fn verify_large(&self, request: &Request) -> Result<Verifying, Error> {
        let levels = 2.0_f64.powi(self.sites() as i32);
        let entries = (self.battery().len() + self.charging().len()) as f64 * levels;
        guard_memory(request, levels, ENTRY * entries, Lower::PartLevels)?;
        self.verify_closed(request)
    }

    fn charge_qubits(&self, request: &Request, threads: Threads) -> Result<Charging, Error> {
        self.guard_large(request, 0.0)?;
        let qubits = self.qubits().map_err(ModelError::from)?;
        let series = Series::new(&qubits.h);
        let cost = series.cost(&request.times, qubits.kets.len(), is_real(&qubits.kets));
        self.guard_large(request, cost.bytes)?;
        guard_hours(1e-9 * cost.nanoseconds / 3600.0, cost.products, 1 << self.sites())?;
        let cells = super::System::cells(self);
        Ready { qubits, series, threads }.charge(request, cells)
    }
}

/// Whether the kets are real.
fn is_real(kets: &[Aligned]) -> bool {
    kets.iter().all(|psi| psi[psi.len() / 2..].iter().all(|x| *x == 0.0))
}

fn guard_hours(hours: f64, applications: f64, levels: usize) -> Result<(), Error> {
    match hours < LONGEST_HOURS {
        true => Ok(()),
        false => Err(Error::TooLong { applications, levels, hours, lower: Lower::LastTime }),
    }
}

fn reason(qubits: &Qubits, request: &Request) -> String {
    if request.method.is_some() {
        return BY_NAME.into();
    }
    let kets = match qubits.kets.len() {
        1 => "a pure state stays one".to_string(),
        count => format!("{count} state vectors"),
    };
    let levels = 1usize << qubits.h.qubits();
    format!(
        "no channel is open: {kets}, on all {levels} levels without a matrix; Chebyshev series; nothing is cut off"
    )
}

/// Whether H leads to more than a few of all levels.
fn reaches_many(qubits: &Qubits) -> bool {
    let levels = 1usize << qubits.h.qubits();
    let mut strings: Vec<(usize, Vec<(usize, num_complex::Complex64)>)> = Vec::new();
    for (flips, signs, c) in qubits.h.iter().filter(|(flips, ..)| *flips != 0) {
        match strings.last_mut().filter(|last| last.0 == flips) {
            Some((_, list)) => list.push((signs, c)),
            None => strings.push((flips, vec![(signs, c)])),
        }
    }
    let occupied = |r: &usize| qubits.kets.iter().any(|psi| psi[*r] != 0.0 || psi[levels + *r] != 0.0);
    let mut next: Vec<usize> = (0..levels).filter(occupied).collect();
    let mut seen = vec![false; levels];
    next.iter().for_each(|r| seen[*r] = true);
    let mut count = next.len();
    while let Some(r) = next.pop() {
        if FEW * count > levels {
            return true;
        }
        for (flips, list) in &strings {
            let sign = |signs: usize| if (r & signs).count_ones() % 2 == 1 { -1.0 } else { 1.0 };
            let c: num_complex::Complex64 = list.iter().map(|(signs, c)| c * sign(*signs)).sum();
            let size: f64 = list.iter().map(|(_, c)| c.norm()).sum();
            if c.norm() > 1e-13 * size && !std::mem::replace(&mut seen[r ^ flips], true) {
                next.push(r ^ flips);
                count += 1;
            }
        }
    }
    FEW * count > levels
}

impl Ready {
    fn charge(self, request: &Request, cells: usize) -> Result<Charging, Error> {
        let Qubits { h, h_b, space, kets } = &self.qubits;
        let lowest = match space {
            Some(_) => Vec::new(),
            None => h_b.lowest(kets.len(), self.threads).ok_or(Why::Failed(Failure::Eigenvalues))?,
        };
        let flow = h.commutator(h_b);
        let figures = QubitFigures::new(space.as_ref(), h_b, lowest, &flow, kets, self.threads);
        let start = figures.energy(kets);
        let mut recorder = Recorder::of_states(start, request.times.len());
        let mut samples: Vec<At> = Vec::with_capacity(request.times.len());
        let end = request.end();
        // The energy of everything is kept.
        let (whole, radius) = self.series.scaled();
        let energy = |kets: &[Aligned]| 0.5 * radius * figures.expectation(whole, kets);
        request.progress.begin(Doing::Evolving, end);
        let outcome = self.run(request, &request.times, &mut |time, kets| {
            let ((merits, trace), power) = (figures.of(kets), figures.power(kets));
            recorder.check(trace, merits.ergotropy.smallest_eigenvalue);
            if Some(&time) == request.times.last() {
                recorder.balance(energy(kets) - energy(&self.qubits.kets));
            }
            samples.push((time, merits.energy, power));
            recorder.push(time, merits, power);
            request.progress.reach(time);
        });
        recorder.rounded(self.series.largest_energy() * end);
        let outcome = recorder.outcome(outcome, request.tolerance);
        let reason = reason(&self.qubits, request);
        let levels = Levels { charger: 1, battery: 1 };
        let mut charging = Charging::new(Method::Chebyshev, reason, outcome, levels, cells, recorder);
        let LongTimes { asymptote, times, .. } = self.long_times(&figures, request);
        charging.asymptote = asymptote;
        charging.charging_time = times;
        let most = DECOMPOSED;
        charging.asymptote.average = Err(match request.looks_between() {
            true => TooLarge::BatteryLevels { most, levels: 1 << h.qubits() }.into(),
            false => Why::NotAsked,
        });
        if end > 0.0 && request.looks_between() {
            request.progress.begin(Doing::LargestPower, f64::NAN);
            charging.extrema = self.extrema(&figures, &samples, request);
        }
        if end > 0.0 && request.detail >= Detail::Limit {
            let shown = self.cost(&request.times).nanoseconds;
            let mut spent = 0.0;
            charging.maximum_power = largest_power(figures.extremes(h_b), start, samples, &mut |times| {
                spent += self.cost(times).nanoseconds;
                (request.extrema || spent <= shown.max(UNNOTICED))
                    .then(|| self.samples(&figures, request, times))
            });
        }
        Ok(charging)
    }

    fn cost(&self, times: &[f64]) -> crate::evolve::kets::Cost {
        self.series.cost(times, self.qubits.kets.len(), is_real(&self.qubits.kets))
    }

    fn run(&self, request: &Request, times: &[f64], each: &mut dyn FnMut(f64, &[Aligned])) -> Outcome {
        self.series.run(self.qubits.kets.clone(), times, self.threads, &request.progress, &mut |at| {
            each(at.time, at.kets);
            ControlFlow::Continue(())
        })
    }

    /// Energies and powers at other times.
    fn samples(&self, figures: &QubitFigures<'_>, request: &Request, times: &[f64]) -> Vec<At> {
        let mut samples = Vec::with_capacity(times.len());
        self.run(request, times, &mut |time, kets| {
            samples.push((time, figures.energy(kets), figures.power(kets)))
        });
        samples
    }

    /// The maxima, where looking for them costs no more than the run.
    fn extrema(&self, figures: &QubitFigures<'_>, samples: &[At], request: &Request) -> Extrema {
        let (low, high) = figures.extremes(&self.qubits.h_b);
        let fine = spacing(samples, SEEN * (high - low)).min(request.end());
        let dense = (request.end() / fine).ceil().max(2.0);
        let look = self.cost(&[0.5 * request.end()]).nanoseconds;
        let run = self.cost(&request.times).nanoseconds;
        if let Err(why) = affordable(request, REFINED * look + dense / request.times.len() as f64 * run, run)
        {
            return Extrema::unknown(why);
        }
        search(&mut Looking { ready: self, figures, request }, request.end(), fine, Wanted::Both)
    }

    /// Nothing is damped: only what stands still has a limit.
    fn long_times(&self, figures: &QubitFigures<'_>, request: &Request) -> LongTimes {
        let kets = &self.qubits.kets;
        if request.detail < Detail::Limit {
            return LongTimes::unknown(Why::NotAsked);
        }
        let (h, radius) = self.series.scaled();
        let allowed = STILL * self.series.largest_energy();
        match kets.iter().all(|psi| 0.5 * radius * figures.spread(h, psi) <= allowed) {
            true => LongTimes::standing(figures.of(kets).0),
            false => LongTimes::unknown(Undamped::NoChannel.into()),
        }
    }
}

/// The battery at times asked for, each time from the start.
struct Looking<'a> {
    ready: &'a Ready,
    figures: &'a QubitFigures<'a>,
    request: &'a Request,
}

impl Sampler for Looking<'_> {
    fn sample(&mut self, times: &[f64], _: Wanted) -> Known<Vec<Sample>> {
        let samples = self.ready.samples(self.figures, self.request, times);
        let of = |(_, energy, power): At| Sample { energy, power, ergotropy: self.figures.global(energy) };
        Ok(samples.into_iter().map(of).collect())
    }
}

#[cfg(test)]
mod tests;
