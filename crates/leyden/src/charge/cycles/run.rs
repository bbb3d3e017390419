//! Cycle after cycle through the stages of a protocol, with the figures of merit of every shown time.

use std::ops::ControlFlow;

use faer::{Col, Mat};

use super::super::cutoff::{Cutoffs, Tops, larger, top_of_cut, tops_of};
use super::super::{Charging, Error, Recorder};
use crate::Known;
use crate::evolve::{Choice, Outcome, choose};
use crate::merit::{BatteryState, global_ergotropy};
use crate::method::Method;
use crate::model::ChargerKind;
use crate::operator::Hermitian;
use crate::protocol::{
    Action, Cycles, DenseCycle, DenseStroke, Flow, Observed, Part, Setting, StageRecord, Stroke, absorbed,
    given, reduced,
};
use crate::why::{CycleTrouble, Still};

/// What is walked through.
pub(super) struct CycleRun<'a> {
    pub(super) strokes: &'a [Stroke],
    pub(super) dense: Option<&'a DenseCycle>,
    pub(super) choices: &'a [Option<Choice>],
    pub(super) setting: &'a Setting<'a>,
    pub(super) observed: Observed<'a>,
    /// Number of cells whose energy is counted.
    pub(super) cells: usize,
    pub(super) repeat: usize,
    pub(super) tolerance: f64,
    pub(super) cutoffs: &'a Cutoffs,
}

/// What is collected on the way.
struct Collected {
    recorder: Recorder,
    tops: Tops,
    rate: Vec<f64>,
    scratch: Vec<f64>,
    energy: f64,
    ergotropy: f64,
}

impl CycleRun<'_> {
    /// All cycles from `rho0`; the outcome is `Stopped` where a cutoff must grow. Also the largest populations of the highest levels.
    pub(super) fn run(
        &self,
        rho0: &Hermitian,
        reason: String,
        shown: usize,
    ) -> Result<(Charging, Tops), Error> {
        let (n, part) = (rho0.s().len(), self.observed.part);
        let (start, _) = self.merit(rho0);
        let mut seen = Collected {
            recorder: Recorder::of_states(start, shown),
            tops: (0.0, 0.0),
            rate: vec![0.0; n],
            scratch: vec![0.0; n],
            energy: start,
            ergotropy: f64::NAN,
        };
        let mut records: Vec<StageRecord> =
            self.strokes.iter().map(|s| record(s, part, self.repeat)).collect();
        let (mut energies, mut ergotropies) = (Vec::new(), Vec::new());
        let (mut rho, mut time) = (rho0.clone(), 0.0);
        let first = match &self.strokes[0].action {
            Action::Flow(flow) => Some(&**flow),
            Action::Instant(_) => None,
        };
        let mut outcome = match self.show_time(&mut seen, 0.0, 0.0, &rho, first) {
            ControlFlow::Continue(()) => Outcome::Converged,
            ControlFlow::Break(()) => Outcome::Stopped,
        };
        'cycles: for _ in 0..self.repeat {
            if outcome != Outcome::Converged {
                break;
            }
            for (index, stroke) in self.strokes.iter().enumerate() {
                let extracted;
                match &stroke.action {
                    Action::Flow(flow) => {
                        let (after, taken, ended) = self.flow(&mut seen, index, flow, rho, time)?;
                        (rho, extracted, outcome) = (after, taken, ended);
                        time += stroke.duration;
                    }
                    Action::Instant(instant) => {
                        if let Some(daemonic) = &mut records[index].daemonic {
                            daemonic.push(self.daemonic(&rho));
                        }
                        rho = instant.apply(&rho, self.setting);
                        let before = seen.energy;
                        if self.show_time(&mut seen, time, 0.0, &rho, None).is_break() {
                            outcome = Outcome::Stopped;
                        }
                        extracted = before - seen.energy;
                    }
                }
                if outcome != Outcome::Converged {
                    break 'cycles;
                }
                let record = &mut records[index];
                record.energy.push(seen.energy);
                record.ergotropy.push(seen.ergotropy);
                record.charger.push(self.setting.charger_excitation(&rho));
                if let Some(all) = &mut record.extracted {
                    all.push(extracted);
                }
            }
            energies.push(seen.energy);
            ergotropies.push(seen.ergotropy);
        }
        let Collected { mut recorder, tops, .. } = seen;
        let top = top_of_cut(self.cut(), tops);
        recorder.checks.top_population = top;
        let outcome = match (outcome, top) {
            (Outcome::Converged, Some(population))
                if !(population <= self.cutoffs.allowed.max(self.tolerance)) =>
            {
                Outcome::CutoffTooSmall { population }
            }
            (outcome, _) => recorder.checks.outcome(&recorder.series, outcome, self.tolerance),
        };
        let levels = self.setting.levels;
        let mut charging = Charging::new(Method::Stages, reason, outcome, levels, self.cells, recorder);
        // Where the battery's energy jumps, the average over a vanishing time has no largest value.
        let jumps = self.strokes.iter().any(|stroke| stroke.jumps(part));
        if jumps {
            charging.maximum_power = Err(Still::Jumps.into());
        }
        charging.cycles = Some(Cycles {
            energy: energies,
            ergotropy: ergotropies,
            fixed_point: Err(CycleTrouble::Ended.into()),
            convergence: Err(CycleTrouble::Ended.into()),
            duration: self.strokes.iter().map(|stroke| stroke.duration).sum(),
            stages: records,
        });
        Ok((charging, tops))
    }

    /// A flow with its shown times: the state at its end, what a load absorbed, and how it ended.
    fn flow(
        &self,
        seen: &mut Collected,
        index: usize,
        flow: &Flow,
        rho: Hermitian,
        start: f64,
    ) -> Result<(Hermitian, f64, Outcome), Error> {
        let stroke = &self.strokes[index];
        seen.recorder.sample(start, seen.energy, rho.expect(&flow.power));
        let times = stroke.times();
        if let Some((dense, matrices)) = self.dense.and_then(|dense| Some((dense, dense.stroke(index)?))) {
            let mut taken = 0.0;
            let mut x = Col::from_iter(dense.restrict(&rho));
            for &time in &times {
                if let Some(load) = &matrices.load {
                    taken += load.iter().zip(x.iter()).map(|(a, b)| a * b).sum::<f64>();
                }
                x = &matrices.step * x;
                let now = dense.extend(x.iter().copied().collect::<Vec<_>>().as_slice());
                if self.show_time(seen, start + time, time, &now, Some(flow)).is_break() {
                    return Ok((now, taken, Outcome::Stopped));
                }
            }
            if let Some(back) = &matrices.back {
                x = back * x;
            }
            let end = dense.extend(x.iter().copied().collect::<Vec<_>>().as_slice());
            return Ok((end, taken, Outcome::Converged));
        }
        let choice = self.choices[index].as_ref().expect("every flow has a method");
        let taken = absorbed(flow, &*choice.method, &rho, stroke.duration, self.tolerance)?;
        let mut end = rho.clone();
        let outcome = choice.method.evolve(&flow.generator, &rho, &times, &mut |_, time, s| {
            end.s_mut().copy_from_slice(s);
            self.show_time(seen, start + time, time, &end, Some(flow))
        })?;
        Ok((flow.to_common(end), taken, outcome))
    }

    /// Takes the figures of merit of one shown time; `local` is the time since the stage began.
    fn show_time(
        &self,
        seen: &mut Collected,
        time: f64,
        local: f64,
        rho: &Hermitian,
        flow: Option<&Flow>,
    ) -> ControlFlow<()> {
        seen.tops = larger(seen.tops, self.tops(rho));
        if self.cutoffs.is_filled(seen.tops) {
            return ControlFlow::Break(());
        }
        let dim_b = self.setting.space.dim();
        let sectors = self.observed.sectors(rho, dim_b);
        let power = flow.map_or(f64::NAN, |flow| rho.expect(&flow.power));
        seen.recorder.record(time, &BatteryState::new(self.observed.space, &sectors), power);
        (seen.energy, seen.ergotropy) = seen.recorder.last();
        if let Some(flow) = flow {
            flow.generator.apply(local, rho.s(), &mut seen.rate, &mut seen.scratch);
            let change = Hermitian::from_s(rho.dim(), std::mem::take(&mut seen.rate));
            let direct: f64 = reduced(&change, self.observed.part, dim_b)
                .populations()
                .zip(self.observed.space.energies())
                .map(|(rate, energy)| rate * energy)
                .sum();
            seen.rate = change.into_s();
            seen.recorder.balance(direct - power);
        }
        ControlFlow::Continue(())
    }

    fn merit(&self, rho: &Hermitian) -> (f64, f64) {
        let sectors = self.observed.sectors(rho, self.setting.space.dim());
        let state = BatteryState::new(self.observed.space, &sectors);
        (state.energy(), global_ergotropy(&state))
    }

    /// sum_k p_k W(rho_B given k) over the energies of the charger.
    fn daemonic(&self, rho: &Hermitian) -> f64 {
        let dim_b = self.setting.space.dim();
        let outcomes = self.setting.outcomes();
        outcomes
            .iter()
            .map(|levels| {
                // Unnormalised, because the ergotropy is homogeneous.
                let sectors = self.observed.blocks(given(rho, self.observed.part, dim_b, levels));
                global_ergotropy(&BatteryState::new(self.observed.space, &sectors))
            })
            .sum()
    }

    /// Whether a state fills the highest levels of a cut oscillator.
    pub(super) fn overflows(&self, state: &Hermitian) -> bool {
        let (cut, tops) = (self.cut(), self.tops(state));
        (cut.0 && tops.0 > self.cutoffs.allowed) || (cut.1 && tops.1 > self.cutoffs.allowed)
    }

    /// Populations of the two highest levels of charger and battery.
    fn tops(&self, rho: &Hermitian) -> Tops {
        tops_of(rho, self.setting.levels.charger, self.setting.space.dim())
    }

    /// Whether charger and battery are cut.
    fn cut(&self) -> (bool, bool) {
        (self.setting.charger_kind() != ChargerKind::Qubit, self.setting.space.is_oscillator())
    }

    /// Stage matrices from start to end, for many cycles.
    pub(super) fn wholes(&self) -> Vec<Option<Mat<f64>>> {
        let whole = |index| self.dense.and_then(|dense| dense.stroke(index)).map(DenseStroke::whole);
        (0..self.strokes.len()).map(whole).collect()
    }

    /// One cycle, nothing recorded; by stage matrices where they are given, else integrated to `tolerance`.
    pub(super) fn cycle(
        &self,
        rho: &Hermitian,
        wholes: Option<&[Option<Mat<f64>>]>,
        tolerance: f64,
    ) -> Known<Hermitian> {
        let mut rho = rho.clone();
        for (index, stroke) in self.strokes.iter().enumerate() {
            rho = match (&stroke.action, wholes.and_then(|wholes| wholes[index].as_ref()), self.dense) {
                (Action::Flow(_), Some(whole), Some(dense)) => {
                    let x = whole * Col::from_iter(dense.restrict(&rho));
                    dense.extend(x.iter().copied().collect::<Vec<_>>().as_slice())
                }
                _ => state_after(stroke, &rho, self.setting, tolerance)?,
            };
        }
        Ok(rho)
    }
}

/// The state after a stroke; flows are integrated to `tolerance`.
pub(in crate::charge) fn state_after(
    stroke: &Stroke,
    rho: &Hermitian,
    setting: &Setting<'_>,
    tolerance: f64,
) -> Known<Hermitian> {
    match &stroke.action {
        Action::Flow(flow) => integrated(flow, rho, stroke.duration, tolerance),
        Action::Instant(instant) => Ok(instant.apply(rho, setting)),
    }
}

fn integrated(flow: &Flow, rho: &Hermitian, duration: f64, tolerance: f64) -> Known<Hermitian> {
    let times = [duration];
    let choice = choose(&flow.generator, &times, tolerance);
    let mut end = rho.clone();
    let outcome = choice
        .method
        .evolve(&flow.generator, rho, &times, &mut |_, _, s| {
            end.s_mut().copy_from_slice(s);
            ControlFlow::Continue(())
        })
        .map_err(|_| CycleTrouble::Integration)?;
    match outcome {
        Outcome::Converged => Ok(flow.to_common(end)),
        _ => Err(CycleTrouble::Integration.into()),
    }
}

fn record(stroke: &Stroke, observed: Part, repeat: usize) -> StageRecord {
    let room = || Vec::with_capacity(repeat);
    StageRecord {
        kind: stroke.kind,
        duration: stroke.duration,
        energy: room(),
        ergotropy: room(),
        charger: room(),
        extracted: stroke.extracts().then(room),
        daemonic: stroke.measures_other_than(observed).then(room),
    }
}
