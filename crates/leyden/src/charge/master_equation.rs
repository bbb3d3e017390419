//! A general method on other (x) battery: evolution, reduction to the battery, and long times; of the library's systems and of
//! master equations of one's own.

use std::ops::ControlFlow;

use super::bounds::{Bounding, LONGEST_HOURS_FOR_BOUNDS};
use super::charger_battery::{LONGEST_FOR_STATES, diverges};
use super::closed::{ClosedRun, KetChoice, takes_kets};
use super::cutoff::{Cut, highest};
use super::estimate::beside;
use super::largest_power::{PowerSearch, Stretch};
use super::ledger::Written;
use super::system::and_general;
use super::trajectories::{self, Batches};
use super::{
    Charging, Error, LONGEST_HOURS, Lower, Plan, Recorder, Request, System, Verification, Workspace,
    guard_applications, guard_memory, guard_time, guard_times,
};
use crate::Why;
use crate::asymptote::{Detail, LongTimes, MOST_SETTLED, Remark, sectors, settle};
use crate::evolve::kets::Blocks;
use crate::evolve::{Carried, Choice, Outcome, Problem, Reading};
use crate::lindblad::{Channel, Generator, Lindbladian, Pairs};
use crate::merit::{BatteryState, Extrema, maximum_average};
use crate::method::Method;
use crate::model::{Accounts, ChargerBattery, ClosedSystem, JointSystem, MasterEquation};
use crate::numerics::{dot, nan_max};
use crate::operator::{Hermitian, Operator};
use crate::progress::Doing;
use crate::why::{Doubt, Unresolved};

impl System for MasterEquation {
    fn name(&self) -> &'static str {
        "master equation"
    }

    fn cells(&self) -> usize {
        1
    }

    fn methods(&self) -> Vec<Method> {
        and_general(&[])
    }

    fn dimension_counts(&self) -> &'static str {
        "levels"
    }

    fn plan(&self, request: &Request) -> Result<Plan, Error> {
        if request.method == Some(Method::Trajectories) {
            let plan = self.plan_trajectories(request)?;
            return Ok(Plan { memory: plan.memory + guard_times(request)?, ..plan });
        }
        if self.by_kets(request) {
            let (system, blocks, choice) = self.closed_and_guarded(request)?;
            let plan = choice.plan(&system, &blocks, request);
            return Ok(Plan { memory: plan.memory + guard_times(request)?, ..plan });
        }
        let (system, generator, choice) = self.guarded(request)?;
        let plan = Plan::general(choice, &generator, system.levels(), request);
        Ok(Plan { memory: plan.memory + guard_times(request)?, ..plan })
    }

    fn draw(&self, request: &Request, batches: &mut Batches<'_>) -> Result<Charging, Error> {
        trajectories::drawn(&self.ensemble(request)?, request, batches, &|other| self.charge(other))
    }

    fn charge_in(&self, request: &Request, _workspace: &Workspace) -> Result<Charging, Error> {
        if request.method == Some(Method::Trajectories) {
            return self.draw(request, &mut trajectories::in_turn(request));
        }
        if self.by_kets(request) {
            return self.charge_closed(request);
        }
        let (system, generator, choice) = self.guarded(request)?;
        let accounts = match request.ledger {
            true => Some(accounts_of_own(&system.lindbladian, system.energy())?),
            false => None,
        };
        let run = GeneralRun { accounts: accounts.as_ref(), ..GeneralRun::alone(&system, &generator, 1) };
        run.charge_verified(choice, request)
    }
}

impl MasterEquation {
    /// Whether the system is closed and its kets are evolved.
    fn by_kets(&self, request: &Request) -> bool {
        let lindbladian = || self.prepared().ok().map(|system| system.lindbladian);
        self.is_closed() && takes_kets(request, self.dim() as f64, lindbladian)
    }

    fn closed_and_guarded(&self, request: &Request) -> Result<(ClosedSystem, Blocks, KetChoice), Error> {
        request.validate_times()?;
        guard_times(request)?;
        guard_memory(request, self.dim() as f64, 1000.0 * self.dim() as f64, Lower::Levels)?;
        let system = self.closed_system()?;
        let blocks = Blocks::new(&system.lindbladian, &system.kets);
        let choice = KetChoice::new(&system, &blocks, request);
        choice.guard(&blocks, request, Lower::Levels, LONGEST_HOURS)?;
        Ok((system, blocks, choice))
    }

    fn charge_closed(&self, request: &Request) -> Result<Charging, Error> {
        let (system, blocks, choice) = self.closed_and_guarded(request)?;
        let accounts = match request.ledger {
            true => Some(accounts_of_own(&system.lindbladian, system.energy())?),
            false => None,
        };
        let run = |choice: &KetChoice| {
            let accounts = accounts.as_ref();
            let run = ClosedRun { cells: 1, system: &system, blocks: &blocks, choice, cuts: &[], accounts };
            run.charge(request).map(|(charging, _)| charging)
        };
        let mut charging = run(&choice)?;
        if request.verify {
            charging.verification = Some(Verification::of(&charging, &run(&choice.other(&blocks, request))?));
        }
        Ok(charging)
    }

    fn guarded(&self, request: &Request) -> Result<(JointSystem, Generator, Choice), Error> {
        request.validate_times()?;
        guard_times(request)?;
        let levels = self.dim() as f64;
        let guard = |bytes: f64| guard_memory(request, levels, bytes, Lower::Levels);
        guard(8.0 * levels * levels)?;
        let system = self.prepared()?;
        let pairs = carried(&system);
        guard(bytes_of_run(self.dim(), pairs.as_ref()))?;
        let generator = Generator::on(&system.lindbladian, pairs);
        let choice = Choice::asked(request.method, &generator, &request.times, request.tolerance)?;
        guard_time(&choice, &generator, LONGEST_HOURS)?;
        Ok((system, generator, choice))
    }
}

/// The accounts of H_B and the rest, each channel for itself.
fn accounts_of_own(lindbladian: &Lindbladian, energy: Operator) -> Result<Accounts, Error> {
    let named = |(k, channel): (usize, &Channel)| (format!("channel.{}", k + 1), vec![channel.clone()]);
    let channels: Vec<_> = lindbladian.channels().iter().enumerate().map(named).collect();
    Ok(Accounts::of_parts(lindbladian, energy, &channels)?)
}

/// The numbers that the battery's states need from the start of a system, where they are not all: those diagonal in the charger, within
/// each sector of the battery.
pub(super) fn carried(system: &JointSystem) -> Option<Pairs> {
    let (space, n_b) = (&system.space, system.space.dim());
    let mut sector = vec![0; n_b];
    for (k, part) in space.sectors().iter().enumerate() {
        sector[part.offset..part.offset + part.energies.len()].fill(k);
    }
    let read = |i: usize, j: usize| i / n_b == j / n_b && sector[i % n_b] == sector[j % n_b];
    Pairs::new(&system.lindbladian, &system.rho0, read)
}

/// The generator on all numbers where one on some is to be verified and that takes minutes at most.
pub(super) fn whole_to_verify(
    system: &JointSystem,
    generator: &Generator,
    request: &Request,
) -> Option<Generator> {
    let (levels, lindbladian) = (system.rho0.dim(), &system.lindbladian);
    let fits = bytes_of_run(levels, None) <= request.memory_limit;
    let quick = guard_applications(
        lindbladian.norm_bound(),
        levels,
        levels * levels,
        &request.times,
        LONGEST_FOR_STATES,
    );
    (!generator.is_whole() && fits && quick.is_ok()).then(|| Generator::new(lindbladian))
}

/// Bytes that a run takes at least: thirteen vectors, and what is beside carried numbers.
pub(super) fn bytes_of_run(levels: usize, pairs: Option<&Pairs>) -> f64 {
    let numbers = pairs.map_or(levels * levels, Pairs::len);
    8.0 * 13.0 * numbers as f64 + beside(numbers, levels)
}

/// Tolerance of a second run, relative to the first, where its steps are as long again.
pub(super) const COARSER: f64 = 32.0;
/// What counts of the sum of the errors of single steps where both runs are limited by stability.
const EMBEDDED: f64 = 1e-4;

/// One run of a general method.
pub(super) struct GeneralRun<'a> {
    /// What else is known of the system; `None` where it is nothing but a master equation.
    pub(super) model: Option<&'a ChargerBattery>,
    pub(super) cells: usize,
    pub(super) system: &'a JointSystem,
    pub(super) generator: &'a Generator,
    /// Oscillators that are cut, and what their highest levels may hold.
    pub(super) cuts: &'a [Cut],
    pub(super) allowed: f64,
    /// What the ledger reads, where it is asked for.
    pub(super) accounts: Option<&'a Accounts>,
}

impl<'a> GeneralRun<'a> {
    /// A master equation on levels that nothing is cut from.
    pub(super) fn alone(system: &'a JointSystem, generator: &'a Generator, cells: usize) -> Self {
        GeneralRun {
            model: None,
            cells,
            system,
            generator,
            cuts: &[],
            allowed: f64::INFINITY,
            accounts: None,
        }
    }

    /// The run, with a second method beside it where that is asked for.
    pub(super) fn charge_verified(&self, choice: Choice, request: &Request) -> Result<Charging, Error> {
        let (mut charging, _) = self.charge(&choice, request)?;
        if request.verify {
            let whole = whole_to_verify(self.system, self.generator, request);
            let run = GeneralRun { generator: whole.as_ref().unwrap_or(self.generator), ..*self };
            let choice = choice.other(run.generator, &request.times, request.tolerance);
            let (other, _) = run.charge(&choice, request)?;
            charging.verification = Some(Verification::of(&charging, &other));
        }
        Ok(charging)
    }

    /// The run; `Stopped` where a cutoff must grow. Also the largest populations of the highest levels.
    pub(super) fn charge(&self, choice: &Choice, request: &Request) -> Result<(Charging, Vec<f64>), Error> {
        let JointSystem { lindbladian, rho0, space, .. } = self.system;
        let n_b = space.dim();
        let energy = self.system.energy();
        let flow = lindbladian.flow(&energy).carried_by(self.generator);
        // Where the generator changes its form the power has two sides, which the largest average power has to see.
        let inside = |point: &&f64| **point > 0.0 && **point < request.end();
        let breaks: Vec<f64> = self.generator.breakpoints().iter().filter(inside).copied().collect();
        let mut known = [request.times.as_slice(), &breaks].concat();
        let mut bounds = match request.bounds && !request.times.is_empty() {
            true => {
                let known = (&known[..], request.whole_path);
                Some(Bounding::of_density(lindbladian, self.generator, space, known, &energy)?)
            }
            false => None,
        };
        let energy = Hermitian::from_operator(&energy);
        let observable = self.generator.carried(energy.s());
        let mut recorder = Recorder::of_states(rho0.expect(&energy), request.times.len());
        recorder.checks.error = 0.0;
        let mut tops = vec![0.0; self.cuts.len()];
        let (mut rate, mut scratch) = (vec![0.0; observable.len()], vec![0.0; observable.len()]);
        // What is not carried is not read.
        let mut rho = Hermitian::zero(rho0.dim());
        let mut moved = Hermitian::zero(if bounds.is_some() { rho0.dim() } else { 0 });
        known.sort_by(f64::total_cmp);
        let times = known;
        let start = Carried::Density(rho0.s());
        let (low, high) = space.extremes();
        let reading = Some(Reading { observable: &observable, range: high - low });
        let mut ledger = self.accounts.map(|accounts| {
            let reader = super::ledger::Reader::of_density(accounts, self.generator);
            Written::new(reader, &*start.numbers(self.generator))
        });
        let flows = ledger.as_mut().map_or(Vec::new(), |ledger| std::mem::take(&mut ledger.reader.flows));
        let problem = Problem {
            generator: self.generator,
            start,
            times: &times,
            reading,
            flows: &flows,
            seed: request.seed,
            progress: Some(&request.progress),
        };
        request.progress.begin(Doing::Evolving, request.end());
        let outcome = choice.method.run(&problem, &mut |at| {
            let (time, s) = (at.time, at.state.numbers(self.generator));
            self.generator.place(&s, rho.s_mut());
            let mut state_and_rate = |time: f64| {
                self.generator.apply(time, &s, &mut rate, &mut scratch);
                self.generator.place(&rate, moved.s_mut());
                let reduced = |joint: &Hermitian| sectors(joint.trace_out_first(n_b), space);
                (reduced(&rho), reduced(&moved))
            };
            tops = highest(self.cuts, &tops, rho.dim(), |joint| rho.population(joint));
            if self.cuts.iter().zip(&tops).any(|(cut, top)| cut.grows && *top > self.allowed) {
                return ControlFlow::Break(());
            }
            let power = flow.at(time, &s);
            if breaks.contains(&time) {
                let stored = dot(&s, &observable);
                recorder.sample(time, stored, flow.at(time.next_down(), &s));
                recorder.sample(time, stored, power);
            }
            if request.times.get(recorder.times.len()) != Some(&time) {
                return ControlFlow::Continue(());
            }
            let (state, rates) = match bounds {
                None => (sectors(rho.trace_out_first(n_b), space), None),
                Some(_) => {
                    let (state, rates) = state_and_rate(time);
                    (state, Some(rates))
                }
            };
            recorder.record(time, &BatteryState::new(space, &state), power);
            if let (Some(bounds), Some(rates)) = (&mut bounds, &rates) {
                let both = state.iter().zip(rates);
                let levels = both.flat_map(|(state, rate)| state.populations().zip(rate.populations()));
                let deviation = recorder.series.merits.last().map_or(f64::NAN, |merits| merits.fluctuation);
                bounds.write(time, levels, deviation, &*s);
            }
            if let Some(ledger) = &mut ledger {
                ledger.write(time, &*s, at.integrals);
            }
            recorder.checks.error = nan_max(recorder.checks.error, at.errors.reading);
            if bounds.is_none() {
                self.generator.apply(time, &s, &mut rate, &mut scratch);
            }
            recorder.balance(dot(&rate, &observable) - power);
            ControlFlow::Continue(())
        })?;
        let top = tops.iter().copied().reduce(nan_max);
        let outcome = recorder.outcome_of_cut(outcome, top, self.allowed, request.tolerance);
        if !self.generator.is_constant() && outcome != Outcome::Stopped {
            recorder.checks.error = self.error_by_coarser_steps(choice, &problem, &recorder, request)?;
        }
        // What leaks into levels that are cut off.
        recorder.checks.error += top.map_or(0.0, |population| 2.0 * population * (high - low));
        let (method, reason) = (choice.method.method(), choice.reason.clone());
        let mut charging = Charging::new(method, reason, outcome, self.system.levels(), self.cells, recorder);
        if let Some(ledger) = ledger {
            charging.ledger = Ok(ledger.close());
        }
        if let Some(bounds) = &mut bounds {
            let longest = if request.whole_path { LONGEST_HOURS } else { LONGEST_HOURS_FOR_BOUNDS };
            if guard_time(choice, self.generator, longest).is_err() {
                bounds.without_path();
            }
            let on_the_way = bounds.on_the_way().to_vec();
            let problem = Problem { times: &on_the_way, reading: None, flows: &[], ..problem };
            let mut shown = request.times.iter().peekable();
            choice.method.run(&problem, &mut |at| {
                let (time, s) = (at.time, at.state.numbers(self.generator));
                let mut blocks_of = |numbers: &[f64]| {
                    self.generator.place(numbers, moved.s_mut());
                    sectors(moved.trace_out_first(n_b), space)
                };
                let state = blocks_of(&s);
                let mut rate_at = |time: f64| {
                    self.generator.apply(time, &s, &mut rate, &mut scratch);
                    blocks_of(&rate)
                };
                let before = breaks.contains(&time).then(|| rate_at(time.next_down()));
                let after = rate_at(time);
                bounds.pass(time, state.clone(), before, after);
                while shown.next_if_eq(&&time).is_some() {
                    bounds.arrive(&state);
                }
                ControlFlow::Continue(())
            })?;
        }
        charging.rate_bounds = match bounds {
            Some(bounds) => Ok(bounds.close()),
            None if request.bounds => Err(Why::NoTimes),
            None => charging.rate_bounds,
        };
        if outcome != Outcome::Stopped {
            request.progress.begin(Doing::LongTimes, f64::NAN);
            let found = match (self.generator.memory(), self.model) {
                (None, _) => self.long_times(&energy, request),
                (Some(_), _) if request.detail < Detail::Limit => LongTimes::unknown(Why::NotAsked),
                (Some(_), Some(model)) => self.long_times_with_memory(model, &energy, request.detail),
                (Some(_), None) => self.limit_with_memory(),
            };
            let LongTimes { asymptote, times, curve } = found;
            charging.maximum_power = match curve {
                _ if request.end() == 0.0 => charging.maximum_power,
                Some(curve) => maximum_average(&curve, request.end()).ok_or(Why::NoTimes),
                None if request.detail < Detail::Limit => charging.maximum_power,
                // Moments know the curve, and are asked next.
                None if self
                    .model
                    .is_some_and(|model| model.memory().is_none() && model.moments_apply().is_ok()) =>
                {
                    charging.maximum_power
                }
                None => {
                    request.progress.begin(Doing::LargestPower, f64::NAN);
                    let mut search = PowerSearch::new(rho0.expect(&energy), high);
                    search.along(&Stretch {
                        method: &*choice.method,
                        generator: self.generator,
                        rho: rho0,
                        seed: request.seed,
                        energy: &observable,
                        flow: &|time, s| flow.at(time, s),
                        from: 0.0,
                        duration: request.end(),
                    })?;
                    search.found()
                }
            };
            charging.asymptote = asymptote;
            charging.charging_time = times;
            let why = match (lindbladian.channels().is_empty(), self.generator.is_constant()) {
                (true, true) => None,
                (true, false) => Some(Why::TimeDependent),
                (false, _) => Some(Why::Open),
            };
            if let Some(why) = why {
                charging.extrema = Extrema::unknown(why);
                charging.asymptote.average = Err(why);
            }
        }
        Ok((charging, tops))
    }

    /// Where the generator depends on time: a run at a tolerance that takes half as many steps differs by 2^5 times the error, less 1.
    fn error_by_coarser_steps(
        &self,
        choice: &Choice,
        problem: &Problem<'_>,
        recorder: &Recorder,
        request: &Request,
    ) -> Result<f64, Error> {
        let Some(reading) = problem.reading else { return Ok(f64::NAN) };
        let coarser = COARSER * request.tolerance;
        let method =
            Choice::asked(Some(choice.method.method()), self.generator, problem.times, coarser)?.method;
        let problem = Problem { reading: None, flows: &[], times: &request.times, ..*problem };
        let mut largest = 0.0_f64;
        method.run(&problem, &mut |at| {
            let energy = dot(reading.observable, &at.state.numbers(self.generator));
            largest = nan_max(largest, (energy - recorder.series.merits[at.index].energy).abs());
            ControlFlow::Continue(())
        })?;
        let rounding = 10.0 * f64::EPSILON * reading.range;
        Ok(0.25 * largest + EMBEDDED * recorder.checks.error + rounding)
    }

    fn long_times(&self, energy: &Hermitian, request: &Request) -> LongTimes {
        if request.detail < Detail::Limit {
            return LongTimes::unknown(Why::NotAsked);
        }
        if let Some(why) = self.model.and_then(diverges) {
            return LongTimes::unknown(why);
        }
        let JointSystem { lindbladian, rho0, space, .. } = self.system;
        // Limits are those of all starts.
        let whole = !self.generator.is_whole() && rho0.dim() <= MOST_SETTLED;
        let whole =
            whole.then(|| Generator::with_images(lindbladian, None, self.generator.images().cloned()));
        let generator = whole.as_ref().unwrap_or(self.generator);
        let long_times = |settled| LongTimes::of(&settled, generator, rho0, energy, space, request.detail);
        let settled = settle(lindbladian, generator, rho0).and_then(|settled| {
            let state = &settled.state;
            let top = |cut: &Cut| cut.top(state.dim(), |joint| state.population(joint));
            if self.cuts.iter().any(|cut| top(cut) > self.allowed) {
                Err(Why::CutOff { what: "limit" })
            } else {
                Ok(settled)
            }
        });
        // Couplings below rounding look like conserved quantities; the Rabi blocks count them.
        let settled = settled.and_then(|settled| match self.model.and_then(ChargerBattery::rabi_conserved) {
            Some(exact) if exact != settled.conserved => {
                Err(Doubt::Conserved { rounded: settled.conserved, exact }.into())
            }
            _ => Ok(settled),
        });
        // Rates far below rounding are zero to any general analysis; the Rabi blocks know better. A verifying run (no method asked
        // for where Rabi blocks apply) keeps to its own.
        let blocks = || {
            let model = self.model.filter(|_| request.method.is_some());
            model.and_then(|model| model.rabi_long_times(request.detail))
        };
        match settled {
            Ok(settled) if !settled.copies => {
                let mut found = long_times(settled);
                if found.curve.is_none()
                    && let Some(known) = blocks()
                {
                    let why = found.times.as_ref().err().copied().unwrap_or(Unresolved::Blocks.into());
                    found.complete(known, why);
                }
                found
            }
            settled => match (blocks(), settled) {
                (Some(mut known), settled) => {
                    let why = settled.err().unwrap_or(Unresolved::Blocks.into());
                    known.asymptote.remarks.push(Remark::LimitByRabiBlocks(why));
                    known
                }
                (None, Ok(settled)) => long_times(settled),
                (None, Err(why)) => LongTimes::unknown(why),
            },
        }
    }
}
