//! The corridor of a closed system: kets through time, read as the state of the battery.
//!
//! E_B = sum_k <psi_k|H_B|psi_k>, dE_B/dt = sum_k <psi_k|i[H, H_B]|psi_k>, rho_B = sum_k Tr_C |psi_k><psi_k|. Cutoffs that grow suffice where what
//! leaves them (see `model::closed`) adds up to less than the tolerance.

use std::ops::ControlFlow;

use num_complex::Complex64;

use super::cutoff::{Tops, larger, top_of_cut, top_two};
use super::{Charging, Error, Lower, Plan, Recorder, Request, guard_memory};
use crate::asymptote::{Asymptote, Detail, LongTimes};
use crate::evolve::kets::{Blocks, KetMethod, cheaper, nanoseconds, products, work_numbers};
use crate::evolve::{BY_NAME, Outcome};
use crate::lindblad::Shape;
use crate::merit::{EnergyCurve, KetFigures, MaximumPower, PowerSamples, charging_time};
use crate::method::Method;
use crate::model::ClosedSystem;
use crate::numerics::nan_max;
use crate::operator::Operator;
use crate::progress::Doing;
use crate::why::{Infinite, Still, TooLarge, Undamped};
use crate::{Known, Why};

/// Whether kets are evolved by the method that was asked for.
pub(super) fn takes_kets(method: Option<Method>) -> bool {
    method.is_none_or(|method| KetMethod::METHODS.contains(&method))
}

/// A method for kets, before anything is decomposed, and why it is taken.
#[derive(Clone, Debug)]
pub(super) struct KetChoice {
    pub(super) method: Method,
    pub(super) reason: String,
    /// What states should be accurate to.
    accuracy: f64,
}

impl KetChoice {
    pub(super) fn new(system: &ClosedSystem, blocks: &Blocks, request: &Request) -> Self {
        let method = request.method.unwrap_or_else(|| cheaper(blocks, &request.times));
        let reason = match request.method {
            Some(_) => BY_NAME.into(),
            None => described(system, blocks, method),
        };
        KetChoice { method, reason, accuracy: request.tolerance }
    }

    /// A method independent of this one.
    pub(super) fn other(&self, blocks: &Blocks, request: &Request) -> Self {
        let quick = blocks.sizes().max().unwrap_or(0) <= QUICKLY_DECOMPOSED;
        let method = match self.method {
            Method::Eigenvectors => Method::Chebyshev,
            Method::Chebyshev if quick => Method::Eigenvectors,
            _ => Method::Explicit,
        };
        KetChoice { method, reason: "independent of the first".into(), accuracy: 0.1 * request.tolerance }
    }

    /// What would run.
    pub(super) fn plan(&self, system: &ClosedSystem, blocks: &Blocks, request: &Request) -> Plan {
        let seconds = 1e-9 * nanoseconds(self.method, blocks, &request.times);
        Plan {
            method: self.method,
            reason: self.reason.clone(),
            dimension: blocks.dim,
            memory: bytes(self.method, blocks),
            levels: system.levels(),
            seconds: (seconds > SHOWN_SECONDS).then_some(seconds),
        }
    }

    /// Refuses what does not fit.
    pub(super) fn guard(&self, blocks: &Blocks, request: &Request, lower: Lower, longest: f64) -> Result<(), Error> {
        guard_memory(request, blocks.dim as f64, bytes(self.method, blocks), lower)?;
        let hours = 1e-9 * nanoseconds(self.method, blocks, &request.times) / 3600.0;
        match hours < longest {
            true => Ok(()),
            false => {
                let applications = products(self.method, blocks, &request.times);
                Err(Error::TooLong { applications, levels: blocks.dim, hours, lower: Lower::LastTime })
            }
        }
    }
}

/// Bytes of kets and of what the method works on.
fn bytes(method: Method, blocks: &Blocks) -> f64 {
    16.0 * (blocks.dim * blocks.kets) as f64 * 2.0 + 8.0 * (3.0 * blocks.numbers() as f64 + work_numbers(method, blocks))
}

fn described(system: &ClosedSystem, blocks: &Blocks, method: Method) -> String {
    let kets = match blocks.kets {
        1 => "a pure state stays one".to_string(),
        count => format!("{count} state vectors"),
    };
    let how = match method {
        Method::Eigenvectors => "their eigenvectors",
        Method::Chebyshev => "Chebyshev series",
        _ => "the Hamiltonian depends on time",
    };
    let exact = match system.leak.is_exact() {
        true => "; nothing is cut off",
        false => "",
    };
    format!("no channel is open: {kets}, on {} that H connects; {how}{exact}", blocks.described())
}

/// Times at which cuts and curves are watched at least.
const WATCHED: usize = 64;
/// Levels of a block that are decomposed beside a first method.
const QUICKLY_DECOMPOSED: usize = 1200;
/// Seconds above which a plan says how long a run takes.
const SHOWN_SECONDS: f64 = 1.0;
/// Error of cubics between samples, relative to the spread of H_B, and rounds of finer ones.
const RESOLVED: f64 = 1e-7;
const ROUNDS: usize = 14;
/// Most samples of the energy.
const MOST_SAMPLES: usize = 20_000;
/// Most levels on which a mixed state is compared with what H makes of it.
const COMPARED_LEVELS: usize = 300;

/// Energy and power of kets.
struct Reader {
    /// H_B of every joint level.
    energies: Vec<f64>,
    /// 2 i[H, H_B] above its diagonal, which vanishes.
    flow: Vec<(u32, u32, Complex64)>,
    moved: Vec<(Shape, Vec<(u32, u32, Complex64)>)>,
}

impl Reader {
    fn new(system: &ClosedSystem) -> Self {
        let of_battery: Vec<f64> = system.space.energies().collect();
        let energies: Vec<f64> = (0..system.charger_levels).flat_map(|_| of_battery.iter().copied()).collect();
        let flow = |operator: &Operator| -> Vec<(u32, u32, Complex64)> {
            let upper = operator.entries().filter(|(i, j, _)| i < j && energies[*i] != energies[*j]);
            let twice = |i: usize, j: usize| 2.0 * (energies[j] - energies[i]);
            upper.map(|(i, j, x)| (i as u32, j as u32, Complex64::I * x * twice(i, j))).collect()
        };
        let modulations = system.lindbladian.modulations().iter();
        let moved = modulations.map(|m| (m.shape, flow(&m.operator))).filter(|(_, flow)| !flow.is_empty()).collect();
        Reader { flow: flow(system.lindbladian.hamiltonian()), moved, energies }
    }

    fn energy(&self, kets: &[Vec<Complex64>]) -> f64 {
        let of = |psi: &Vec<Complex64>| psi.iter().zip(&self.energies).map(|(x, e)| e * x.norm_sqr()).sum::<f64>();
        kets.iter().map(of).sum()
    }

    fn power(&self, time: f64, kets: &[Vec<Complex64>]) -> f64 {
        let expect = |flow: &[(u32, u32, Complex64)]| {
            let of = |psi: &Vec<Complex64>| {
                let term = |&(i, j, f): &(u32, u32, Complex64)| {
                    let (a, b) = (psi[i as usize], psi[j as usize]);
                    f.re * (a.re * b.re + a.im * b.im) - f.im * (a.re * b.im - a.im * b.re)
                };
                flow.iter().map(term).sum::<f64>()
            };
            kets.iter().map(of).sum::<f64>()
        };
        expect(&self.flow) + self.moved.iter().map(|(shape, flow)| shape.at(time) * expect(flow)).sum::<f64>()
    }
}

/// One run of kets.
pub(super) struct ClosedRun<'a> {
    pub(super) cells: usize,
    pub(super) system: &'a ClosedSystem,
    pub(super) blocks: &'a Blocks,
    pub(super) choice: &'a KetChoice,
    /// Whether charger and battery are oscillators.
    pub(super) cut: (bool, bool),
    /// Whether their cutoffs grow.
    pub(super) grows: bool,
}

impl ClosedRun<'_> {
    /// The run; `Stopped` where more leaves the cuts than the tolerance. Also the largest populations of the highest levels.
    pub(super) fn charge(&self, request: &Request) -> Result<(Charging, Tops), Error> {
        let ClosedSystem { charger_levels, space, kets, leak, .. } = self.system;
        let method = KetMethod::asked(Some(self.choice.method), self.blocks, &request.times, self.choice.accuracy)?;
        let (reader, figures, n_b) = (Reader::new(self.system), self.figures(), space.dim());
        let start = reader.energy(kets);
        let mut recorder = Recorder::of_states(start, request.times.len());
        let mut tops = (0.0, 0.0);
        let end = request.end();
        let breaks: Vec<f64> = self.blocks.breakpoints().filter(|t| *t > 0.0 && *t < end).collect();
        let times = self.watched(request, &breaks);
        let mut samples: Vec<(f64, f64, f64)> = Vec::with_capacity(times.len());
        let (mut leaked, mut last_leak) = (leak.start, (0.0, f64::NAN));
        let (low, high) = space.extremes();
        request.progress.begin(Doing::Evolving, end);
        let outcome = method.run(self.blocks, &times, &mut |at| {
            let (time, kets) = (at.time, at.kets);
            if !leak.is_exact() {
                let rate = leak.rate(kets);
                if last_leak.1.is_finite() {
                    leaked += 0.5 * (rate + last_leak.1) * (time - last_leak.0);
                }
                last_leak = (time, rate);
                if self.grows && leaked > request.tolerance {
                    return ControlFlow::Break(());
                }
            }
            let (energy, power) = (reader.energy(kets), reader.power(time, kets));
            if breaks.contains(&time) {
                samples.push((time, energy, reader.power(time.next_down(), kets)));
            }
            samples.push((time, energy, power));
            while request.times.get(recorder.times.len()) == Some(&time) {
                tops = larger(tops, tops_of_kets(kets, *charger_levels, n_b));
                let (merits, trace) = figures.of(kets);
                recorder.check(trace, merits.ergotropy.smallest_eigenvalue);
                recorder.balance(merits.energy - energy);
                recorder.push(time, merits, power);
            }
            request.progress.reach(time);
            ControlFlow::Continue(())
        });
        recorder.rounded(self.blocks.largest_energy() * end);
        if let KetMethod::Explicit(tolerance) = method
            && outcome == Outcome::Converged
        {
            recorder.checks.error += self.error_by_coarser_steps(tolerance, &reader, &recorder, request);
        }
        recorder.checks.error += (high - low) * leaked.min(1.0);
        let top = if leak.is_exact() { None } else { top_of_cut(self.cut, tops) };
        // Where cutoffs grow, what leaves them is what counts.
        let allowed = if self.grows { f64::INFINITY } else { 0.0 };
        let outcome = recorder.outcome_of_cut(outcome, top, allowed, request.tolerance);
        let levels = self.system.levels();
        let mut charging =
            Charging::new(self.choice.method, self.choice.reason.clone(), outcome, levels, self.cells, recorder);
        if outcome != Outcome::Stopped {
            let LongTimes { asymptote, times, .. } = self.long_times(start, request);
            charging.asymptote = asymptote;
            charging.charging_time = times;
            if end > 0.0 && request.detail >= Detail::Limit {
                request.progress.begin(Doing::LargestPower, f64::NAN);
                charging.maximum_power = self.largest_power(&method, &reader, start, samples);
            }
        }
        Ok((charging, tops))
    }

    fn figures(&self) -> KetFigures<'_> {
        KetFigures::new(&self.system.space, self.system.charger_levels * self.system.kets.len())
    }

    /// The times shown and those at which cuts and curves are watched beside them.
    fn watched(&self, request: &Request, breaks: &[f64]) -> Vec<f64> {
        let end = request.end();
        let mut times = [request.times.as_slice(), breaks].concat();
        times.sort_by(f64::total_cmp);
        times.dedup();
        if end > 0.0 && (request.detail >= Detail::Limit || !self.system.leak.is_exact()) {
            // Where no time is near.
            let near = 0.4 * end / WATCHED as f64;
            let far = |time: &f64| {
                let next = times.partition_point(|known| known < time);
                let gap = |known: Option<&f64>| known.is_none_or(|known| (known - time).abs() > near);
                gap(times.get(next)) && gap(next.checked_sub(1).and_then(|before| times.get(before)))
            };
            let more: Vec<f64> = (0..WATCHED).map(|k| end * k as f64 / WATCHED as f64).filter(far).collect();
            times.extend(more);
            times.sort_by(f64::total_cmp);
        }
        times
    }

    /// A run at a tolerance that takes half as many steps differs by 2^5 times the error, less 1.
    fn error_by_coarser_steps(
        &self,
        tolerance: f64,
        reader: &Reader,
        recorder: &Recorder,
        request: &Request,
    ) -> f64 {
        let mut largest = 0.0_f64;
        KetMethod::Explicit(COARSER * tolerance).run(self.blocks, &request.times, &mut |at| {
            let energy = recorder.series.merits[at.index].energy;
            largest = nan_max(largest, (reader.energy(at.kets) - energy).abs());
            ControlFlow::Continue(())
        });
        0.25 * largest
    }

    /// Nothing is damped: only what stands still has a limit.
    fn long_times(&self, energy: f64, request: &Request) -> LongTimes {
        if request.detail < Detail::Limit {
            return LongTimes::unknown(Why::NotAsked);
        }
        if !self.blocks.is_constant() {
            return LongTimes::unknown(Why::TimeDependent);
        }
        if !self.blocks.stands_still(COMPARED_LEVELS) {
            return LongTimes::unknown(Undamped::NoChannel.into());
        }
        let (limit, _) = self.figures().of(&self.system.kets);
        let asymptote = Asymptote {
            unique: Some(false),
            conserved: Err(Infinite::Conserved.into()),
            ..Asymptote::certified(limit, Still::State)
        };
        LongTimes { asymptote, times: Ok(charging_time(&EnergyCurve::standing(energy))), curve: None }
    }

    /// The largest average power between and at samples (time, energy, power), which are refined until cubics between them are true.
    fn largest_power(
        &self,
        method: &KetMethod,
        reader: &Reader,
        start: f64,
        mut samples: Vec<(f64, f64, f64)>,
    ) -> Known<MaximumPower> {
        let (low, high) = self.system.space.extremes();
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
            method.run(self.blocks, &finer, &mut |at| {
                samples.push((at.time, reader.energy(at.kets), reader.power(at.time, at.kets)));
                ControlFlow::Continue(())
            });
            // Stable: both sides of a breakpoint keep their order.
            samples.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        if let Some(time) = missed {
            return Err(TooLarge::PowerSamples { time }.into());
        }
        let mut best = maximum(start, &samples).ok_or(Why::NoTimes)?;
        if best.time > 0.0 {
            // The cubic says where; how much it is, is computed.
            method.run(self.blocks, &[best.time], &mut |at| {
                best.value = (reader.energy(at.kets) - start) / at.time;
                ControlFlow::Continue(())
            });
        }
        Ok(best)
    }
}

/// Tolerance of a second run of explicit steps, relative to the first.
const COARSER: f64 = 32.0;

fn maximum(start: f64, samples: &[(f64, f64, f64)]) -> Option<MaximumPower> {
    let mut search = PowerSamples::new(start);
    for &(time, energy, power) in samples {
        search.push(time, energy, power);
    }
    search.maximum()
}

/// The middles of the intervals before `horizon` on which a cubic may be off by more than `allowed`.
fn rough(samples: &[(f64, f64, f64)], allowed: f64, horizon: f64) -> Vec<f64> {
    let mut middles = Vec::new();
    // What the cubic through both neighbours says of a sample, 16 times as much as on half the interval.
    let defect = |k: usize, h: f64| {
        let [(a, e_a, p_a), (t, e, _), (b, e_b, p_b)] = samples[k - 1..=k + 1] else { return 0.0 };
        let (whole, x) = (b - a, (t - a) / (b - a));
        // Neighbours of so different distance say little.
        if !(x > 0.02 && x < 0.98) {
            return 0.0;
        }
        let (d, m) = (e_b - e_a, whole * p_a);
        let (c2, c3) = (3.0 * d - 2.0 * m - whole * p_b, m + whole * p_b - 2.0 * d);
        let weight = (x * (1.0 - x)).powi(2);
        (e_a + x * (m + x * (c2 + x * c3)) - e).abs() / (16.0 * weight) * (h / whole).powi(4)
    };
    for k in 1..samples.len() {
        let (a, b) = (samples[k - 1].0, samples[k].0);
        if b <= a || a > horizon {
            continue;
        }
        let before = if k > 1 { defect(k - 1, b - a) } else { 0.0 };
        let after = if k + 1 < samples.len() { defect(k, b - a) } else { 0.0 };
        if !(nan_max(before, after) <= allowed) {
            middles.push(0.5 * (a + b));
        }
    }
    middles
}

/// Populations of the two highest levels of charger and battery.
fn tops_of_kets(kets: &[Vec<Complex64>], charger_levels: usize, dim_b: usize) -> Tops {
    let held = |c: usize, b: usize| kets.iter().map(|psi| psi[c * dim_b + b].norm_sqr()).sum::<f64>();
    (
        top_two(charger_levels, |c| (0..dim_b).map(|b| held(c, b)).sum()),
        top_two(dim_b, |b| (0..charger_levels).map(|c| held(c, b)).sum()),
    )
}
