//! Cycle after cycle through the stages of a protocol, with the figures of merit of every shown time.

use std::ops::ControlFlow;

use faer::{Col, Mat};

use super::super::cutoff::{Cutoffs, Tops, fills, larger, top_of_cut, tops_of};
use super::super::largest_power::{PowerSearch, Stretch};
use super::super::{Charging, Error, RateBounds, Recorder};
use super::ReadyCycle;
use super::ledger::ProtocolLedger;
use crate::Known;
use crate::asymptote::Detail;
use crate::evolve::{Choice, Outcome, Problem, Reading, choose};
use crate::merit::{BatteryState, EnergySpace, global_ergotropy};
use crate::method::Method;
use crate::model::ChargerKind;
use crate::numerics::{distance, dot, nan_max};
use crate::operator::Hermitian;
use crate::progress::Doing;
use crate::protocol::{
    Action, Cycles, DenseCycle, DenseStroke, Flow, Observed, ProtocolError, Setting, Stroke, absorbed,
    shown_cycles,
};
use crate::why::{CycleTrouble, Elsewhere, Still};

/// What cycles that serve a fixed point are integrated to.
pub(super) const FIXED_POINT_TOLERANCE: f64 = 1e-12;

/// Units of the last digit that a matrix of a step, or a map at one instant, may lose, and those for ||Z|| dt = 1.
const UNITS: f64 = 8.0;
const UNITS_PER_TURN: f64 = 1.0;
/// A matrix errs in the same way at every step: what no channel damps drifts like the trace.
const DRIFT: f64 = 4.0;

/// What is collected on the way.
struct Collected<'a> {
    cutoffs: &'a Cutoffs,
    recorder: Recorder,
    /// Looks for the largest average power, where energies do not jump.
    power: Option<PowerSearch>,
    energy: &'a Hermitian,
    /// Largest less smallest energy, and the Frobenius norm of H_B at most, its middle put to 0.
    range: f64,
    reach: f64,
    /// Estimate of the error of the state, in the Frobenius norm, which all maps to come hand on: none of them amplifies.
    truncation: f64,
    /// Squares of the rounding of all maps.
    rounding: f64,
    tops: Tops,
    rate: Vec<f64>,
    scratch: Vec<f64>,
    ledger: Option<ProtocolLedger>,
    /// sqrt(Var(H_B) I_E) at every time (`merit::rate_bounds`); NaN behind what takes no time.
    bounds: Option<(EnergySpace, Vec<f64>)>,
}

impl Collected<'_> {
    /// A map with ||Z|| dt = `turn`.
    fn round(&mut self, turn: f64) {
        self.rounding += (f64::EPSILON * (UNITS + UNITS_PER_TURN * turn)).powi(2);
    }

    /// A state divided by a probability, with its errors, and that of the probability itself.
    fn condition(&mut self, probability: f64) {
        self.truncation *= 2.0 / probability;
        self.rounding *= (2.0 / probability).powi(2);
    }

    /// Takes note of an error of the energy that comes on top of what the state brings with it.
    fn note_error(&mut self, here: f64) {
        let error = here + self.reach * self.truncation + self.range * self.rounding.sqrt();
        self.recorder.checks.error = nan_max(self.recorder.checks.error, error);
    }
}

/// How fast cycles forget: the ratio of the last two changes of the state from cycle to cycle. What went wrong before is forgotten as fast.
struct Forgetting {
    state: Hermitian,
    change: f64,
}

/// Least probability of a selected outcome: what is left of less is rounding.
const LEAST_PROBABILITY: f64 = 1e-14;

/// Divides what a selected outcome of a stage leaves of a state in a cycle, both counted from 1, by its probability, which is returned.
///
/// # Errors
/// [`ProtocolError::Improbable`].
pub(super) fn select(rho: &mut Hermitian, stage: usize, cycle: usize) -> Result<f64, ProtocolError> {
    let probability = rho.trace();
    if !(probability >= LEAST_PROBABILITY) {
        return Err(ProtocolError::Improbable { stage, cycle, probability });
    }
    rho.s_mut().iter_mut().for_each(|x| *x /= probability);
    Ok(probability)
}

/// Changes that are rounding.
const NO_CHANGE: f64 = 1e-12;

impl Forgetting {
    /// The factor after one more cycle; `None` where nothing changes any more.
    fn factor(&mut self, state: &Hermitian) -> Option<f64> {
        let change = distance(state.s(), self.state.s());
        let known = change > NO_CHANGE && self.change > 0.0;
        let factor = known.then(|| (change / self.change).min(1.0));
        *self = Forgetting { state: state.clone(), change };
        factor
    }
}

impl ReadyCycle<'_> {
    /// All cycles; the outcome is `Stopped` where a cutoff must grow. Also the largest populations of the highest levels.
    pub(super) fn run(&self, cutoffs: &Cutoffs, first: bool) -> Result<(Charging, Tops), Error> {
        let ReadyCycle { course, rho0, .. } = self;
        let Observed { part, space, .. } = self.setting.observed();
        let start = BatteryState::new(space, &self.setting.observed().sectors(rho0)).energy();
        let n = rho0.s().len();
        let jumps = self.strokes.iter().any(|stroke| stroke.jumps(part));
        let (lowest, highest) = space.extremes();
        let energy = Hermitian::from_operator(&self.setting.energy());
        let mut seen = Collected {
            cutoffs,
            recorder: Recorder::of_states(start, course.shown() as usize),
            power: (!jumps && !course.skips() && self.request.detail >= Detail::Limit)
                .then(|| PowerSearch::new(start, highest)),
            energy: &energy,
            range: highest - lowest,
            reach: 0.5 * (highest - lowest) * (rho0.dim() as f64).sqrt(),
            truncation: 0.0,
            rounding: 0.0,
            tops: (0.0, 0.0),
            rate: vec![0.0; n],
            scratch: vec![0.0; n],
            ledger: if first && self.request.ledger { Some(ProtocolLedger::new(self)?) } else { None },
            bounds: (first && self.request.bounds).then(|| (EnergySpace::of_density(space), Vec::new())),
        };
        let shown = shown_cycles(course.repeat, course.shown);
        let mut cycles = Cycles {
            energy: Vec::new(),
            ergotropy: Vec::new(),
            fixed_point: Err(CycleTrouble::Ended.into()),
            convergence: Err(CycleTrouble::Ended.into()),
            duration: self.strokes.iter().map(|stroke| stroke.duration).sum(),
            stages: self.strokes.iter().map(|stroke| stroke.record(part, shown.len())).collect(),
            shown,
        };
        let total = course.repeat as f64 * self.strokes.len() as f64;
        self.request.progress.begin(Doing::Cycles, total);
        seen.recorder.checks.error = 0.0;
        seen.round(1.0);
        seen.note_error(0.0);
        let outcome = self.walk(&mut seen, &mut cycles)?;
        let Collected { mut recorder, power, tops, range, ledger, bounds, .. } = seen;
        let top = top_of_cut(self.cut(), tops);
        let leaks = top.map_or(0.0, |population| 2.0 * population * range);
        recorder.checks.error += leaks + DRIFT * recorder.checks.trace * range;
        let outcome = recorder.outcome_of_cut(outcome, top, cutoffs.allowed, self.request.tolerance);
        let (reason, levels, cells) = (self.reason(), self.setting.levels, course.cells());
        let mut charging = Charging::new(Method::Stages, reason, outcome, levels, cells, recorder);
        // Where the battery's energy jumps, the average over a vanishing time has no largest value.
        if jumps {
            charging.maximum_power = Err(Still::Jumps.into());
        } else if course.skips() {
            charging.maximum_power = Err(CycleTrouble::Skipped.into());
        } else if let Some(power) = power {
            charging.maximum_power = power.found();
        }
        charging.cycles = Some(cycles);
        if let Some(ledger) = ledger {
            charging.ledger = Ok(ledger.close());
        }
        if let Some((_, power)) = bounds {
            let (power_joint, speed_limit) = (Err(Elsewhere::Stages.into()), Err(Elsewhere::Stages.into()));
            charging.rate_bounds = Ok(RateBounds { power, power_joint, speed_limit });
        }
        Ok((charging, tops))
    }

    /// Cycle after cycle until something goes wrong, which the outcome tells.
    fn walk(&self, seen: &mut Collected<'_>, cycles: &mut Cycles) -> Result<Outcome, Error> {
        let (mut rho, mut time) = (self.rho0.clone(), 0.0);
        let mut forgetting = Forgetting { state: rho.clone(), change: 0.0 };
        let mut factor = 1.0;
        if self.show_time(seen, 0.0, 0.0, &rho, self.strokes[0].flow().map(|flow| (0, flow))).is_break() {
            return Ok(Outcome::Stopped);
        }
        if let Some(ledger) = &mut seen.ledger {
            ledger.start(&rho);
        }
        let mut last = 0;
        for number in cycles.shown.clone() {
            let cycle = number - 1;
            if cycle > last {
                rho = self.skipped(rho, (last, cycle), seen.ledger.as_mut())?;
                time = cycle as f64 * cycles.duration;
                // Rounding of what is left out adds up like that of what is shown.
                seen.rounding +=
                    (cycle - last) as f64 * self.strokes.len() as f64 * (f64::EPSILON * UNITS).powi(2);
                forgetting = Forgetting { state: rho.clone(), change: 0.0 };
            }
            last = number;
            for (index, stroke) in self.strokes.iter().enumerate() {
                let record = &mut cycles.stages[index];
                let extracted;
                if let Some(ledger) = &mut seen.ledger {
                    ledger.begin(index, &rho);
                }
                match &stroke.action {
                    Action::Flow(flow) => {
                        let outcome;
                        (rho, extracted, outcome) = self.flow(seen, index, flow, rho, time)?;
                        if outcome != Outcome::Converged {
                            return Ok(outcome);
                        }
                        time += stroke.duration;
                        if let Some(ledger) = &mut seen.ledger {
                            ledger.end(index);
                        }
                    }
                    Action::Instant(instant) => {
                        if let Some(daemonic) = &mut record.daemonic {
                            daemonic.push(self.daemonic(&rho));
                        }
                        rho = instant.apply(&rho, &self.setting);
                        if let Some(all) = &mut record.probability {
                            let probability = select(&mut rho, index + 1, number)?;
                            all.push(probability);
                            seen.condition(probability);
                        }
                        seen.round(1.0);
                        seen.note_error(0.0);
                        let (before, _) = seen.recorder.last();
                        if self.show_time(seen, time, 0.0, &rho, None).is_break() {
                            return Ok(Outcome::Stopped);
                        }
                        if let Some(ledger) = &mut seen.ledger {
                            ledger.mapped(index, &rho);
                        }
                        extracted = before - seen.recorder.last().0;
                    }
                }
                self.request.progress.reach((cycle * self.strokes.len() + index + 1) as f64);
                record.push(seen.recorder.last(), self.setting.charger_excitation(&rho), extracted);
            }
            seen.truncation *= factor;
            if self.dense.is_none()
                && let Some(now) = forgetting.factor(&rho)
            {
                factor = now;
            }
            let (energy, ergotropy) = seen.recorder.last();
            cycles.energy.push(energy);
            cycles.ergotropy.push(ergotropy);
        }
        Ok(Outcome::Converged)
    }

    /// A flow with its shown times: the state at its end, what a load absorbed, and how it ended.
    fn flow(
        &self,
        seen: &mut Collected<'_>,
        index: usize,
        flow: &Flow,
        rho: Hermitian,
        start: f64,
    ) -> Result<(Hermitian, f64, Outcome), Error> {
        let stroke = &self.strokes[index];
        let (energy, _) = seen.recorder.last();
        seen.recorder.sample(start, energy, rho.expect(&flow.power));
        let times = stroke.times();
        if let Some(search) = &mut seen.power {
            let Choice { method, .. } = choose(&flow.generator, &[stroke.duration], self.request.tolerance);
            search.along(&Stretch {
                method: &*method,
                generator: &flow.generator,
                rho: &rho,
                seed: self.request.seed,
                energy: seen.energy.s(),
                flow: &|_, s| dot(s, flow.power.s()),
                from: start,
                duration: stroke.duration,
            })?;
        }
        if let Some((dense, matrices)) =
            self.dense.as_ref().and_then(|dense| Some((dense, dense.stroke(index)?)))
        {
            let mut taken = 0.0;
            let mut x = Col::from_iter(dense.restrict(&rho));
            let turn = flow.generator.norm_bound() * stroke.duration / stroke.points as f64;
            for &time in &times {
                seen.round(turn);
                seen.note_error(0.0);
                if let Some(load) = &matrices.load {
                    taken += load.iter().zip(x.iter()).map(|(a, b)| a * b).sum::<f64>();
                }
                if let Some(ledger) = &mut seen.ledger {
                    ledger.step(index, &x);
                }
                x = &matrices.step * x;
                let now = dense.extend(x.iter());
                if self.show_time(seen, start + time, time, &now, Some((index, flow))).is_break() {
                    return Ok((now, taken, Outcome::Stopped));
                }
                if let Some(ledger) = &mut seen.ledger {
                    ledger.show(index, time, &now);
                }
            }
            if let Some(back) = &matrices.back {
                x = back * x;
            }
            return Ok((dense.extend(x.iter()), taken, Outcome::Converged));
        }
        if let Some(collisions) = self.collisions.as_ref().filter(|collisions| collisions.hold(&rho)) {
            let mut end = rho.clone();
            for (k, &time) in (1..).zip(&times) {
                let share = f64::from(k) / times.len() as f64;
                if let Some([after, integral]) = collisions.after(index, share, &rho) {
                    end = after;
                    if let Some(ledger) = &mut seen.ledger {
                        ledger.integrated_state(index, &integral);
                    }
                }
                seen.round(flow.generator.norm_bound() * time);
                seen.note_error(0.0);
                if self.show_time(seen, start + time, time, &end, Some((index, flow))).is_break() {
                    return Ok((end, 0.0, Outcome::Stopped));
                }
                if let Some(ledger) = &mut seen.ledger {
                    ledger.show(index, time, &end);
                }
            }
            return Ok((end, 0.0, Outcome::Converged));
        }
        let choice = self.choices[index].as_ref().expect("every flow has a method");
        let taken = absorbed(flow, &*choice.method, &rho, stroke.duration, self.request.tolerance)?;
        let mut end = rho.clone();
        let reading = Some(Reading { observable: seen.energy.s(), range: seen.range });
        let flows = seen.ledger.as_ref().map_or(Vec::new(), |ledger| ledger.flows(index).to_vec());
        let problem = Problem { reading, flows: &flows, ..Problem::new(&flow.generator, &rho, &times) };
        let mut left = 0.0;
        let outcome = choice.method.run(&problem, &mut |at| {
            end.s_mut().copy_from_slice(&at.state.density());
            seen.note_error(at.errors.reading);
            left = at.errors.state;
            let shown = self.show_time(seen, start + at.time, at.time, &end, Some((index, flow)));
            if let Some(ledger) = &mut seen.ledger {
                ledger.integrated(at.integrals);
                ledger.show(index, at.time, &end);
            }
            shown
        })?;
        seen.truncation += left;
        Ok((flow.to_common(end), taken, outcome))
    }

    /// Takes the figures of merit of one shown time; `local` is the time since the stage began.
    fn show_time(
        &self,
        seen: &mut Collected<'_>,
        time: f64,
        local: f64,
        rho: &Hermitian,
        flow: Option<(usize, &Flow)>,
    ) -> ControlFlow<()> {
        seen.tops = larger(seen.tops, self.tops(rho));
        if seen.cutoffs.is_filled(seen.tops) {
            return ControlFlow::Break(());
        }
        let observed = self.setting.observed();
        let sectors = observed.sectors(rho);
        let power = flow.map_or(f64::NAN, |(_, flow)| rho.expect(&flow.power));
        seen.recorder.record(time, &BatteryState::new(observed.space, &sectors), power);
        let mut bound = f64::NAN;
        if let Some((index, flow)) = flow {
            let change = match &self.collisions {
                Some(collisions) => collisions.rate(index, rho),
                None => None,
            };
            let change = change.unwrap_or_else(|| {
                flow.generator.apply(local, rho.s(), &mut seen.rate, &mut seen.scratch);
                Hermitian::from_s(rho.dim(), std::mem::take(&mut seen.rate))
            });
            let rates = observed.reduced(&change);
            let energies = observed.space.energies();
            let direct: f64 = rates.populations().zip(energies).map(|(rate, energy)| rate * energy).sum();
            if let Some((space, _)) = &mut seen.bounds {
                let deviation =
                    seen.recorder.series.merits.last().map_or(f64::NAN, |merits| merits.fluctuation);
                let state = observed.reduced(rho);
                bound = space.power(state.populations().zip(rates.populations()), deviation);
            }
            seen.rate = change.into_s();
            seen.recorder.balance(direct - power);
        }
        if let Some((_, column)) = &mut seen.bounds {
            column.push(bound);
        }
        ControlFlow::Continue(())
    }

    /// sum_k p_k W(rho_B given k) over the energies of the charger.
    fn daemonic(&self, rho: &Hermitian) -> f64 {
        let observed = self.setting.observed();
        // Unnormalised, because the ergotropy is homogeneous.
        let given = |levels: &Vec<usize>| {
            global_ergotropy(&BatteryState::new(observed.space, &observed.sectors_given(rho, levels)))
        };
        self.setting.outcomes().iter().map(given).sum()
    }

    /// Whether the highest levels of a cut oscillator hold more than is allowed.
    pub(super) fn overflows(&self, state: &Hermitian, allowed: f64) -> bool {
        let (cut, tops) = (self.cut(), self.tops(state));
        fills(cut, tops, allowed)
    }

    /// Populations of the two highest levels of charger and battery.
    fn tops(&self, rho: &Hermitian) -> Tops {
        tops_of(rho, self.setting.levels.charger, self.setting.space.dim())
    }

    /// Whether charger and battery are cut.
    fn cut(&self) -> (bool, bool) {
        (self.setting.charger_kind() != ChargerKind::Qubit, self.setting.space.is_oscillator())
    }

    /// Matrices of the flows from start to end, for many cycles.
    pub(super) fn wholes(&self, dense: &DenseCycle) -> Vec<Option<Mat<f64>>> {
        let whole = |(index, stroke): (usize, &Stroke)| {
            stroke.flow().and_then(|_| dense.stroke(index)).map(DenseStroke::whole)
        };
        self.strokes.iter().enumerate().map(whole).collect()
    }

    /// One cycle, nothing recorded, with the `wholes` of its flows.
    pub(super) fn cycle_by_matrices(
        &self,
        rho: &Hermitian,
        dense: &DenseCycle,
        wholes: &[Option<Mat<f64>>],
    ) -> Known<Hermitian> {
        let mut rho = rho.clone();
        for (stroke, whole) in self.strokes.iter().zip(wholes) {
            rho = match whole {
                Some(whole) => dense.extend((whole * Col::from_iter(dense.restrict(&rho))).iter()),
                None => state_after(stroke, &rho, &self.setting)?,
            };
        }
        Ok(rho)
    }

    /// One cycle, nothing recorded, integrated.
    pub(super) fn integrated_cycle(&self, rho: &Hermitian) -> Known<Hermitian> {
        self.strokes.iter().try_fold(rho.clone(), |rho, stroke| state_after(stroke, &rho, &self.setting))
    }
}

/// The state after a stroke, nothing recorded.
pub(in crate::charge) fn state_after(
    stroke: &Stroke,
    rho: &Hermitian,
    setting: &Setting<'_>,
) -> Known<Hermitian> {
    let flow = match &stroke.action {
        Action::Flow(flow) => flow,
        Action::Instant(instant) => {
            let mut after = instant.apply(rho, setting);
            if stroke.selects() {
                select(&mut after, 1, 1).map_err(|_| CycleTrouble::Improbable)?;
            }
            return Ok(after);
        }
    };
    let times = [stroke.duration];
    let Choice { method, .. } = choose(&flow.generator, &times, FIXED_POINT_TOLERANCE);
    let mut end = rho.clone();
    let outcome = method.evolve(&flow.generator, rho, &times, &mut |_, _, s| {
        end.s_mut().copy_from_slice(s);
        ControlFlow::Continue(())
    });
    match outcome {
        Ok(Outcome::Converged) => Ok(flow.to_common(end)),
        _ => Err(CycleTrouble::Integration.into()),
    }
}
