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
mod tests {
    use super::*;
    use crate::Times;
    use crate::merit::Merits;
    use crate::model::parts::{Letter, Part, PartKind, Terms};
    use crate::space::InitialState;
    use num_complex::Complex64;

    const PAULI: [Letter; 3] = [Letter::X, Letter::Y, Letter::Z];

    /// Random strings of up to four letters; an even number of Y in each where H is to be real.
    fn random(sites: usize, count: usize, real: bool, rng: &mut fastrand::Rng) -> Terms {
        let one = |rng: &mut fastrand::Rng| loop {
            let mut factors: Vec<(usize, Letter)> = Vec::new();
            for _ in 0..rng.usize(1..=4) {
                let site = rng.usize(0..sites);
                if factors.iter().all(|factor| factor.0 != site) {
                    factors.push((site, PAULI[rng.usize(0..3)]));
                }
            }
            if !real || factors.iter().filter(|factor| factor.1 == Letter::Y).count() % 2 == 0 {
                let product = factors.iter().map(|(site, letter)| letter.on(*site)).reduce(|a, b| a * b);
                return product.unwrap() * (rng.f64() - 0.5);
            }
        };
        (0..count).map(|_| one(rng)).sum()
    }

    fn field(sites: usize, letters: &[Letter], rng: &mut fastrand::Rng) -> Terms {
        let on = |site: usize, rng: &mut fastrand::Rng| {
            letters.iter().map(|letter| letter.on(site) * (0.2 + rng.f64())).sum::<Terms>()
        };
        (0..sites).map(|site| on(site, rng)).sum()
    }

    /// Qubits of two parts: the first ones in a superposition, two others as given.
    fn parts(sites: usize, other: InitialState, battery: Terms, charging: Terms) -> Parts {
        let tilted = InitialState::Superposition(vec![Complex64::new(0.6, 0.0), Complex64::new(0.0, 0.8)]);
        let first = Part::new("a", PartKind::Qubit, sites - 2).starting_in(tilted);
        let last = Part::new("b", PartKind::Qubit, 2).starting_in(other);
        Parts::new(vec![first, last], battery, charging)
    }

    fn request() -> Request {
        Times::even(0.0, 4.0, 9).into()
    }

    /// Largest differences of all figures, with those that must exist.
    fn difference(a: &Charging, b: &Charging, whole_spectrum: bool) -> f64 {
        type Read = fn(&Merits) -> f64;
        let reads: [Read; 9] = [
            |m| m.energy,
            |m| m.passive,
            |m| m.ergotropy.global,
            |m| m.purity,
            |m| m.fluctuation,
            |m| m.ergotropy.largest_eigenvalue,
            |m| m.ergotropy.local,
            |m| m.ergotropy.incoherent,
            |m| m.ergotropy.coherent,
        ];
        let reads = if whole_spectrum { &reads[..] } else { &reads[..6] };
        let columns = reads.iter().map(|read| (a.series.column(*read), b.series.column(*read)));
        let all = columns.chain([(a.series.power.clone(), b.series.power.clone())]);
        let pairs = all.flat_map(|(x, y)| {
            assert_eq!(x.len(), y.len());
            x.into_iter().zip(y)
        });
        pairs.filter(|(x, y)| !(x.is_nan() && y.is_nan())).map(|(x, y)| (x - y).abs()).fold(
            0.0,
            |a: f64, b| {
                if b.is_nan() { b } else { a.max(b) }
            },
        )
    }

    #[test]
    fn strings_are_what_matrices_are() {
        let mut rng = fastrand::Rng::with_seed(7);
        for sites in 6..=10 {
            for real in [true, false] {
                let thermal = InitialState::Thermal(0.2);
                let batteries = [
                    field(sites, &[Letter::Z], &mut rng),
                    field(sites, &[Letter::Z, Letter::X], &mut rng),
                    field(sites, &PAULI, &mut rng) + Terms::number(0.3),
                    // Coupled, but diagonal.
                    field(sites, &[Letter::Z], &mut rng) + Letter::Z.on(0) * Letter::Z.on(3) * 0.7,
                    field(sites, &[Letter::Z], &mut rng) + random(sites, 6, real, &mut rng),
                ];
                for (k, battery) in batteries.into_iter().enumerate() {
                    // The matrices of a coupled battery are full.
                    if sites > 8 && k != 1 {
                        continue;
                    }
                    let start = if k % 2 == 0 { InitialState::Excited } else { thermal.clone() };
                    let system = parts(sites, start, battery, random(sites, 30, real, &mut rng));
                    let run = system.charge_qubits(&request(), Threads::exactly(1)).unwrap();
                    let matrix = system.charge_closed(&request()).unwrap();
                    assert_eq!(run.outcome, Outcome::Converged);
                    let error = difference(&run, &matrix, k != 4);
                    assert!(error < 1e-10, "{sites} {real} {k}: {error:e}");
                    let (a, b) = (run.maximum_power.unwrap(), matrix.maximum_power.unwrap());
                    assert!((a.value - b.value).abs() < 1e-6, "{a:?} {b:?}");
                    assert_eq!(run.last().ergotropy.incoherent.is_nan(), k == 4);
                }
            }
        }
    }

    fn chain(n: usize) -> Parts {
        let both = |letter: Letter, a: usize, b: usize| letter.on(a) * letter.on(b);
        let pair = |a: usize, b: usize| {
            (both(Letter::X, a, b) + both(Letter::Y, a, b) + both(Letter::Z, a, b) * 0.5)
                * (-0.2 / (b - a) as f64)
        };
        let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| pair(a, b))).sum::<Terms>();
        let sum = |letter: Letter| (0..n).map(|i| letter.on(i)).sum::<Terms>();
        Parts::new(vec![Part::new("cells", PartKind::Qubit, n)], sum(Letter::Z) * 0.5, pairs + sum(Letter::X))
    }

    #[test]
    fn chains_store_what_an_independent_program_found() {
        for (n, expected) in [(8, 6.627211), (12, 10.013945)] {
            let request = Times::even(0.0, 5.0, 101).into();
            let run = chain(n).charge_qubits(&request, Threads::exactly(1)).unwrap();
            let energies = run.series.energy();
            let stored = energies.iter().map(|e| e - energies[0]).fold(f64::MIN, f64::max);
            assert!((stored - expected).abs() < 1e-6, "{n}: {stored}");
        }
        let run = chain(12).charge(&request()).unwrap();
        assert!(run.reason.contains("without a matrix"), "{}", run.reason);
    }

    #[test]
    fn numbers_do_not_depend_on_the_number_of_threads() {
        let n = 17;
        let mut rng = fastrand::Rng::with_seed(3);
        let system = parts(
            n,
            InitialState::Ground,
            field(n, &[Letter::Z, Letter::X], &mut rng),
            random(n, 20, false, &mut rng),
        );
        let request = Request { detail: Detail::States, ..Times::even(0.0, 0.2, 3).into() };
        let of = |threads: usize| system.charge_qubits(&request, Threads::exactly(threads)).unwrap().series;
        let (one, two, three) = (of(1), of(2), of(3));
        for other in [two, three] {
            assert_eq!(one.merits, other.merits);
            assert_eq!(one.power, other.power);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_numbers() {
        for n in [40, 70] {
            let refused = chain(n).plan(&request()).unwrap_err();
            let Error::TooLarge { levels, gib, .. } = refused else { panic!("{refused}") };
            assert_eq!(levels, 2.0_f64.powi(n as i32));
            assert!(gib > 1e4, "{gib}");
            assert!(chain(n).charge(&request()).is_err());
        }
        let plan = chain(20).plan(&request()).unwrap();
        assert!(plan.memory > 2e8 && plan.memory < 6e8, "{}", plan.memory);
    }

    #[test]
    fn a_state_that_h_only_turns_has_a_limit() {
        // All down is an eigenstate without the transverse field, and nothing else is reached: matrices where there are few levels.
        let z = |n: usize| (0..n).map(|i| Letter::Z.on(i)).sum::<Terms>();
        let hops = |n: usize| {
            let pair =
                |i: usize| Letter::X.on(i) * Letter::X.on(i + 1) + Letter::Y.on(i) * Letter::Y.on(i + 1);
            (0..n - 1).map(pair).sum::<Terms>()
        };
        let of = |n: usize| Parts::new(vec![Part::new("q", PartKind::Qubit, n)], z(n) * 0.5, hops(n));
        let run = of(8).charge_qubits(&request(), Threads::exactly(1)).unwrap();
        assert!((run.limit().unwrap().energy + 4.0).abs() < 1e-12);
        assert!(!of(12).charge(&request()).unwrap().reason.contains("without a matrix"));
    }

    #[test]
    fn coupled_batteries_are_known_by_their_lowest_energy() {
        // Six pairs with H_B = J ZZ + h (X + X), whose lowest energy is -sqrt(J^2 + 4 h^2), and a qubit with 0.3 Y.
        let (n, j, h) = (13, 0.7, 0.4);
        let pair = |i: usize| {
            Letter::Z.on(2 * i) * Letter::Z.on(2 * i + 1) * j
                + (Letter::X.on(2 * i) + Letter::X.on(2 * i + 1)) * h
        };
        let battery = (0..6).map(pair).sum::<Terms>() + Letter::Y.on(12) * 0.3;
        let lowest = -6.0 * (j * j + 4.0 * h * h).sqrt() - 0.3;
        let hops = |i: usize| Letter::X.on(i) * Letter::X.on(i + 1) * 0.5 + Letter::Z.on(i) * 0.2;
        let charging = (0..n - 1).map(hops).sum::<Terms>();
        let system = Parts::new(vec![Part::new("q", PartKind::Qubit, n)], battery, charging);
        let request = Request { detail: Detail::States, ..Times::even(0.0, 1.0, 5).into() };
        let run = system.charge(&request).unwrap();
        assert!(run.reason.contains("without a matrix"), "{}", run.reason);
        for merits in &run.series.merits {
            let found = merits.energy - merits.ergotropy.global;
            assert!((found - lowest).abs() < 1e-9, "{found} {lowest}");
            assert!(merits.ergotropy.incoherent.is_nan() && merits.ergotropy.local.is_nan());
        }
        // <H_B> of all down is 6 J.
        assert!((run.series.merits[0].energy - 6.0 * j).abs() < 1e-12);
        // Power is the slope of the energy.
        let of = |t: f64| {
            let request = Request { detail: Detail::States, ..Times::even(t, t, 1).into() };
            system.charge(&request).unwrap().last().energy
        };
        let slope = (of(0.5 + 1e-4) - of(0.5 - 1e-4)) / 2e-4;
        assert!((run.series.power[2] - slope).abs() < 1e-6, "{} {slope}", run.series.power[2]);
    }

    #[test]
    fn maxima_are_found_where_they_are_asked_for() {
        let request = Request { extrema: true, ..Times::even(0.0, 2.0, 5).into() };
        let system = chain(6);
        let run = system.charge_qubits(&request, Threads::exactly(1)).unwrap();
        let matrix = system.charge_closed(&request).unwrap();
        let (a, b) = (run.extrema.energy.unwrap(), matrix.extrema.energy.unwrap());
        assert!((a.largest.value - b.largest.value).abs() < 1e-9, "{a:?} {b:?}");
        assert!((a.largest.time - b.largest.time).abs() < 1e-5);
        assert!(run.asymptote.average.is_err());
    }
}
