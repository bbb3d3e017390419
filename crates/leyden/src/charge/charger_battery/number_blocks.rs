//! The corridor for a cavity that charges equal cells without losses: states by blocks of fixed number.

use super::super::extrema::{Sampling, affordable};
use super::super::{Charging, Error, Lower, Plan, Recorder, Request, guard_memory};
use super::route::DIPOLE;

use crate::asymptote::{Asymptote, Average, Detail, LongTimes};
use crate::evolve::{NotApplicable, Outcome};
use crate::exact::{BlockSizes, Excitations, NumberBlocks, NumberCurve, Photons};
use crate::merit::{
    BatteryState, EnergyCurve, Extrema, LadderFigures, LadderScratch, MaximumPower, Merits, Sample, Sampler,
    Wanted, certified, charging_time, frequency, global_ergotropy, intervals,
};
use crate::method::Method;
use crate::model::{Cell, ChargerBattery, ChargerKind, Cutoff, Levels, Structure};
use crate::operator::Hermitian;
use crate::progress::Doing;
use crate::space::{BatterySpace, InitialState};
use crate::why::{Infinite, Still, Undamped};
use crate::{Known, Why};

/// Photon numbers beyond which they are not even listed.
const MOST_PHOTONS: f64 = 1e6;

/// Energies beyond the first curve, one by one, that a search of its maxima takes, in units of one among many at once.
const REFINED: f64 = 60.0;
/// How much faster ergotropies move than energies.
const FINER: f64 = 2.0;

/// What the blocks are made of.
struct Parts {
    photons: Photons,
    /// The highest level of the cells, and the one in which they start.
    top: usize,
    start: usize,
}

impl Parts {
    fn sizes(&self, model: &ChargerBattery, times: usize) -> BlockSizes {
        BlockSizes::of(self.top, self.start, &self.photons, model.charger_detuning() != 0.0, times)
    }
}

impl ChargerBattery {
    /// Whether the number of excitations is conserved, in blocks that nothing cuts.
    ///
    /// # Errors
    /// [`NotApplicable`] with the first condition that fails.
    pub(crate) fn number_blocks_apply(&self) -> Result<(), NotApplicable> {
        self.number_parts().map(|_| ())
    }

    fn number_parts(&self) -> Result<Parts, NotApplicable> {
        let method = Method::NumberBlocks;
        let levels = Levels { charger: 1, battery: 1 };
        let top = (self.dim_of(Structure::Ladder, levels) - 1.0).max(0.0) as usize;
        let start = match self.initial.battery {
            InitialState::Ground => Some(0),
            InitialState::Excited => Some(top),
            InitialState::Fock(n) => Some(n).filter(|n| *n <= top),
            _ => None,
        };
        let expected = Photons::expected(&self.initial.charger);
        let reasons = [
            (self.charger.kind == ChargerKind::Qubit, "the charger is not an oscillator"),
            (matches!(self.battery.cell, Cell::Oscillator(_)), "the battery is an oscillator"),
            (!self.exchanges(), DIPOLE),
            (self.active_drive().is_some(), "the charger is driven"),
            (self.charger.noise.any(), "the charger is noisy"),
            (self.battery.noise.any(), "the battery is noisy"),
            (!self.equal_cells(), "the cells are not equal"),
            (!(self.cell_frequency() >= 0.0), "the frequency of the cells is negative"),
            (!self.coupling.strengths[0].is_finite(), "the coupling is not finite"),
            (!(expected <= MOST_PHOTONS), "the charger starts with too many photons"),
        ];
        NotApplicable::first_of(method, &reasons)?;
        let refuse = |because: String| NotApplicable { method, because };
        let start = start.ok_or_else(|| refuse("the cells do not start together in one level".into()))?;
        let photons = Photons::of(&self.initial.charger)
            .ok_or_else(|| refuse("an oscillator has no such initial state as the charger's".into()))?;
        let needed = photons.last() + start + 1;
        match self.charger.kind {
            ChargerKind::Oscillator(Cutoff::Levels(levels)) if levels < needed => Err(refuse(format!(
                "{levels} levels of the charger cut off what it reaches; raise `cutoff` to {needed}"
            ))),
            _ => Ok(Parts { photons, top, start }),
        }
    }

    pub(super) fn plan_number_blocks(&self, request: &Request) -> Result<Plan, Error> {
        let parts = self.number_parts()?;
        let BlockSizes { count, largest, levels, bytes } = parts.sizes(self, request.times.len());
        let lower = if count > parts.top { Lower::ChargerState } else { Lower::Cells };
        let memory = guard_memory(request, levels as f64, bytes, lower)?;
        let sectors = if count == 1 { "one sector of" } else { "sectors of up to" };
        let number = if count == 1 { String::new() } else { format!("{count} ") };
        let reason = request.reason(&format!(
            "solved exactly: the number of excitations is conserved, {number}{sectors} {largest} levels"
        ));
        let reached = Levels { charger: parts.photons.last() + parts.start + 1, battery: 1 };
        Ok(Plan {
            method: Method::NumberBlocks,
            reason,
            dimension: levels,
            memory,
            levels: reached,
            seconds: None,
        })
    }

    pub(super) fn charge_number_blocks(&self, request: &Request) -> Result<Charging, Error> {
        let Plan { method, reason, levels, .. } = self.plan_number_blocks(request)?;
        let Parts { photons, top, start } = self.number_parts()?;
        let (g, detuning, omega) =
            (self.coupling.strengths[0], self.charger_detuning(), self.cell_frequency());
        let blocks = NumberBlocks::new(top, start, g, detuning, photons).ok_or_else(|| NotApplicable {
            method,
            because: "the eigenvalue iteration did not converge".into(),
        })?;
        let space = self.battery_space(Levels { charger: 1, battery: 1 })?;
        let mut recorder = Recorder::of_states(omega * start as f64, request.times.len());
        request.progress.begin(Doing::Evolving, request.end());
        if blocks.is_diagonal() {
            let mut figures = Populations { model: self, space: &space, scratch: LadderScratch::default() };
            blocks.populations(&request.times, &mut |time, p, excitations| {
                let (trace, merits) = figures.of(p);
                recorder.check(trace, merits.ergotropy.smallest_eigenvalue);
                recorder.push(time, merits, omega * excitations.flow);
                request.progress.reach(time);
            });
        } else {
            blocks.states(&request.times, &mut |time, rho, excitations| {
                let state = BatteryState::new(&space, std::slice::from_ref(rho));
                recorder.record(time, &state, omega * excitations.flow);
                recorder.balance(omega * excitations.number - recorder.last().0);
                request.progress.reach(time);
            });
        }
        recorder.rounded(blocks.largest_angle(request.end()));
        let top_weight = Some(blocks.dropped());
        let outcome = recorder.outcome_of_cut(Outcome::Converged, top_weight, 0.0, request.tolerance);
        let mut charging = Charging::new(method, reason, outcome, levels, self.cells(), recorder);
        let LongTimes { asymptote, times, .. } =
            self.number_long_times(&blocks, &space, start, request.detail);
        charging.asymptote = asymptote;
        charging.charging_time = times;
        if request.end() > 0.0 && request.detail >= Detail::Limit {
            request.progress.begin(Doing::LargestPower, f64::NAN);
            let found = blocks.largest_power(request.end());
            charging.maximum_power = found.map(|best| MaximumPower { value: omega * best.value, ..best });
        }
        if request.extrema || request.detail >= Detail::Limit {
            let mut figures = Populations { model: self, space: &space, scratch: LadderScratch::default() };
            charging.asymptote.average = Ok(if blocks.is_diagonal() {
                let (_, merits) = figures.of(&blocks.average_populations());
                Average { energy: merits.energy, ergotropy: Ok(merits.ergotropy.global) }
            } else {
                Average::of(&BatteryState::new(&space, &[blocks.average()]))
            });
            let mut sampler = Sampled { blocks: &blocks, figures, omega };
            let (of_energy, of_state) = blocks.work();
            let run = request.times.len() as f64 * of_state;
            let curve = NumberCurve::new(&blocks);
            let samples = intervals(&curve, request.end()) + REFINED;
            let energy = affordable(request, samples * of_energy, run)
                .map(|()| certified(&curve, request.end()).scaled(omega));
            // Populations have finer structure than their mean.
            let fastest = FINER * frequency(&curve);
            let mut states = Sampling { sampler: &mut sampler, fastest, work: of_state, run };
            charging.extrema = Extrema { energy, ergotropy: states.ergotropy(request) };
        }
        Ok(charging)
    }

    /// Nothing is damped: only what stands still has a limit.
    fn number_long_times(
        &self,
        blocks: &NumberBlocks,
        space: &BatterySpace,
        start: usize,
        detail: Detail,
    ) -> LongTimes {
        if detail < Detail::Limit {
            return LongTimes::unknown(Why::NotAsked);
        }
        if !blocks.is_still() {
            return LongTimes::unknown(Undamped::NoChannel.into());
        }
        let mut populations = vec![0.0; space.dim()];
        populations[start] = 1.0;
        let (_, limit) =
            Populations { model: self, space, scratch: LadderScratch::default() }.of(&populations);
        let times = charging_time(&EnergyCurve::standing(limit.energy));
        let asymptote = Asymptote {
            unique: Some(false),
            conserved: Err(Infinite::Conserved.into()),
            ..Asymptote::certified(limit, Still::State)
        };
        LongTimes { asymptote, times: Ok(times), curve: None }
    }
}

/// Number blocks at times asked for.
struct Sampled<'a> {
    blocks: &'a NumberBlocks,
    figures: Populations<'a>,
    omega: f64,
}

impl Sampler for Sampled<'_> {
    fn sample(&mut self, times: &[f64], wanted: Wanted) -> Known<Vec<Sample>> {
        let mut samples = Vec::with_capacity(times.len());
        let mut push = |found: Excitations, ergotropy: f64| {
            let (energy, power) = (self.omega * found.number, self.omega * found.flow);
            samples.push(Sample { energy, power, ergotropy });
        };
        if !wanted.ergotropy() {
            self.blocks.excitations(times).into_iter().for_each(|found| push(found, f64::NAN));
        } else if self.blocks.is_diagonal() {
            self.blocks
                .populations(times, &mut |_, p, found| push(found, self.figures.of(p).1.ergotropy.global));
        } else {
            self.blocks.states(times, &mut |_, rho, found| {
                let state = BatteryState::new(self.figures.space, std::slice::from_ref(rho));
                push(found, global_ergotropy(&state));
            });
        }
        Ok(samples)
    }
}

/// Trace and figures of merit of states without coherence.
struct Populations<'a> {
    model: &'a ChargerBattery,
    space: &'a BatterySpace,
    scratch: LadderScratch,
}

impl Populations<'_> {
    fn of(&mut self, p: &[f64]) -> (f64, Merits) {
        if self.model.battery.cell == Cell::Qubit {
            let figures: LadderFigures = self.scratch.figures(p);
            return (figures.trace, figures.merits(self.model.cells(), self.model.cell_frequency()));
        }
        let rho = [Hermitian::diagonal(p)];
        let state = BatteryState::new(self.space, &rho);
        (state.trace(), Merits::of(&state))
    }
}
