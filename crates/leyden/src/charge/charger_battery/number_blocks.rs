//! The corridor for a cavity that charges equal cells without losses: states by blocks of fixed number.

use super::super::extrema::{Sampling, affordable};
use super::super::{Charging, Error, Lower, Plan, Recorder, Request, guard_memory};
use super::route::DIPOLE;
use crate::asymptote::{Average, Detail, LongTimes};
use crate::evolve::{NotApplicable, Outcome};
use crate::exact::{
    BlockSizes, CellStarts, Excitations, MeanField, NumberBlocks, NumberCurve, Photons, Rungs,
};
use crate::merit::{
    BatteryState, Extrema, LadderFigures, LadderScratch, MaximumPower, Merits, Sample, Sampler, Wanted,
    certified, frequency, global_ergotropy, intervals,
};
use crate::method::Method;
use crate::model::{Cell, ChargerBattery, ChargerKind, Cutoff, Levels, Structure};
use crate::operator::Hermitian;
use crate::progress::Doing;
use crate::space::{BatterySpace, InitialState, Sector, normalised};
use crate::why::{Failure, NoParallel, Undamped};
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
    cells: CellStarts,
    /// The highest level of the cells.
    top: usize,
}

impl Parts {
    fn sizes(&self, model: &ChargerBattery, times: usize) -> BlockSizes {
        BlockSizes::of(&self.cells, &self.photons, model.charger_detuning() != 0.0, times)
    }

    /// Levels of the cavity that are reached.
    fn reached(&self) -> usize {
        self.photons.last() + self.cells.highest() + 1
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

    /// T = N(d-1), the highest level of the cells.
    pub(super) fn symmetric_top(&self) -> usize {
        (self.dim_of(Structure::Ladder, Levels { charger: 1, battery: 1 }) - 1.0).max(0.0) as usize
    }

    fn number_parts(&self) -> Result<Parts, NotApplicable> {
        let method = Method::NumberBlocks;
        let top = self.symmetric_top();
        let expected = Photons::expected(&self.initial.charger);
        let reasons = [
            (self.charger.kind == ChargerKind::Qubit, "the charger is not an oscillator"),
            (matches!(self.battery.cell, Cell::Oscillator(_)), "the battery is an oscillator"),
            (matches!(self.battery.cell, Cell::UniformLadder(_)), "the battery is a uniform ladder"),
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
        let qudits = matches!(self.initial.battery, InitialState::Thermal(_))
            && self.cells() > 1
            && self.battery.cell != Cell::Qubit;
        NotApplicable::first_of(method, &[(qudits, "thermal cells are not qubits")])?;
        let cells = self
            .cell_starts(top)
            .ok_or_else(|| refuse("cells have no such initial state as the battery's".into()))?;
        let photons = Photons::of(&self.initial.charger)
            .ok_or_else(|| refuse("an oscillator has no such initial state as the charger's".into()))?;
        let many = (photons.count() * cells.count()) as f64 > MOST_PHOTONS;
        NotApplicable::first_of(method, &[(many, "the cells and the charger start in too many levels")])?;
        let parts = Parts { photons, cells, top };
        let needed = parts.reached();
        match self.charger.kind {
            ChargerKind::Oscillator(Cutoff::Levels(levels)) if levels < needed => Err(refuse(format!(
                "{levels} levels of the charger cut off what it reaches; raise `cutoff` to {needed}"
            ))),
            _ => Ok(parts),
        }
    }

    /// How the cells start, where spins say it: in symmetric states, or as equal qubits excited with some probability.
    fn cell_starts(&self, top: usize) -> Option<CellStarts> {
        match &self.initial.battery {
            InitialState::Ground => Some(CellStarts::level(top, 0)),
            InitialState::Excited => Some(CellStarts::level(top, top)),
            InitialState::Fock(n) => (*n <= top).then(|| CellStarts::level(top, *n)),
            InitialState::Superposition(coefficients) => {
                let coefficients = normalised(coefficients).ok().filter(|c| c.len() <= top + 1)?;
                Some(CellStarts::superposition(top, &coefficients))
            }
            InitialState::Thermal(_) => {
                let space = self.battery_space(Levels { charger: 1, battery: 1 }).ok()?;
                let rho = self.initial.battery.on_battery(&space).ok()?;
                let ladders = space
                    .sectors()
                    .iter()
                    .enumerate()
                    .map(|(lost, sector)| Rungs { lowest: lost, top: sector.energies.len() - 1 });
                let levels = space.sectors().iter().enumerate().flat_map(|(lost, sector)| {
                    let weight = |level: usize| rho.population(sector.offset + level);
                    (0..sector.energies.len()).map(move |level| (lost, level, weight(level)))
                });
                Some(CellStarts::mixed(ladders.collect(), levels.collect::<Vec<_>>()))
            }
            InitialState::Coherent(_) | InitialState::Squeezed(_) => None,
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
        let reached = Levels { charger: parts.reached(), battery: 1 };
        Ok(Plan {
            method: Method::NumberBlocks,
            reason,
            dimension: levels,
            memory,
            levels: reached,
            seconds: None,
            candidates: Vec::new(),
        })
    }

    pub(super) fn charge_number_blocks(&self, request: &Request) -> Result<Charging, Error> {
        let Plan { method, reason, levels, .. } = self.plan_number_blocks(request)?;
        let Parts { photons, cells, .. } = self.number_parts()?;
        let (g, detuning, omega) =
            (self.coupling.strengths[0], self.charger_detuning(), self.cell_frequency());
        let blocks = NumberBlocks::new(&cells, g, detuning, &photons).ok_or_else(|| NotApplicable {
            method,
            because: "the eigenvalue iteration did not converge".into(),
        })?;
        let space = self.battery_space(Levels { charger: 1, battery: 1 })?;
        let mut recorder = Recorder::of_states(omega * blocks.number_at_start(), request.times.len());
        request.progress.begin(Doing::Evolving, request.end());
        let mut numbers = vec![blocks.number_at_start()];
        if blocks.is_diagonal() {
            let mut figures = Populations { model: self, space: &space, scratch: LadderScratch::default() };
            blocks.populations(&request.times, &mut |time, p, excitations| {
                let (trace, merits) = figures.of(p);
                recorder.check(trace, merits.ergotropy.smallest_eigenvalue);
                recorder.push(time, merits, omega * excitations.flow);
                numbers.push(excitations.number);
                request.progress.reach(time);
            });
        } else {
            blocks.states(&request.times, &mut |time, rho, excitations| {
                let state = BatteryState::new(&space, rho);
                recorder.record(time, &state, omega * excitations.flow);
                recorder.balance(omega * excitations.number - recorder.last().0);
                numbers.push(excitations.number);
                request.progress.reach(time);
            });
        }
        recorder.rounded(blocks.largest_angle(request.end()));
        let top_weight = Some(blocks.dropped());
        let outcome = recorder.outcome_of_cut(Outcome::Converged, top_weight, 0.0, request.tolerance);
        let mut charging = Charging::new(method, reason, outcome, levels, self.cells(), recorder);
        if request.ledger {
            charging.ledger = self.ledger_of_numbers(&numbers, &charging);
        }
        let LongTimes { asymptote, times, .. } = self.number_long_times(&blocks, &space, request.detail);
        charging.asymptote = asymptote;
        charging.charging_time = times;
        if request.end() > 0.0 && request.detail >= Detail::Limit {
            request.progress.begin(Doing::LargestPower, f64::NAN);
            let found = blocks.largest_power(request.end());
            charging.maximum_power = found.map(|best| MaximumPower { value: omega * best.value, ..best });
        }
        if request.looks_between() {
            let mut figures = Populations { model: self, space: &space, scratch: LadderScratch::default() };
            charging.asymptote.average = Ok(if blocks.is_diagonal() {
                let (_, merits) = figures.of(&blocks.average_populations());
                Average { energy: merits.energy, ergotropy: Ok(merits.ergotropy.global) }
            } else {
                Average::of(&BatteryState::new(&space, &blocks.average()))
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

    /// The largest average power on [0, end], without a state at any time.
    pub(super) fn number_power(&self, end: f64) -> Known<MaximumPower> {
        let Parts { photons, cells, .. } = self.number_parts().map_err(|_| NoParallel::NoCavity)?;
        let (g, omega) = (self.coupling.strengths[0], self.cell_frequency());
        let blocks = NumberBlocks::new(&cells, g, self.charger_detuning(), &photons);
        let best = blocks.ok_or(Failure::Eigenvalues)?.largest_power(end)?;
        Ok(MaximumPower { value: omega * best.value, ..best })
    }

    /// The classical charging that the cells approach for many of them: from Fock and coherent states, on resonance, from empty cells.
    pub fn mean_field(&self) -> Option<MeanField> {
        let photons = match self.initial.charger {
            InitialState::Fock(n) => n as f64,
            InitialState::Coherent(alpha) => alpha * alpha,
            _ => return None,
        };
        let Parts { top, .. } = self.number_parts().ok()?;
        let (g, omega) = (self.coupling.strengths[0], self.cell_frequency());
        let empty = matches!(self.initial.battery, InitialState::Ground | InitialState::Fock(0));
        let resonant = self.charger_detuning() == 0.0 && empty;
        MeanField::new(top as f64, photons, g, omega).filter(|_| resonant)
    }

    /// Nothing is damped: only what stands still has a limit.
    fn number_long_times(&self, blocks: &NumberBlocks, space: &BatterySpace, detail: Detail) -> LongTimes {
        if detail < Detail::Limit {
            return LongTimes::unknown(Why::NotAsked);
        }
        if !blocks.is_still() {
            return LongTimes::unknown(Undamped::NoChannel.into());
        }
        let mut figures = Populations { model: self, space, scratch: LadderScratch::default() };
        let mut found = None;
        match blocks.is_diagonal() {
            true => blocks.populations(&[0.0], &mut |_, p, _| found = Some(figures.of(p).1)),
            false => blocks.states(&[0.0], &mut |_, rho, _| {
                found = Some(Merits::of(&BatteryState::new(space, rho)));
            }),
        }
        LongTimes::standing(found.expect("one time has one state"))
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
                let state = BatteryState::new(self.figures.space, rho);
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
        if self.model.battery.cell == Cell::Qubit && self.space.sectors().len() == 1 {
            let figures: LadderFigures = self.scratch.figures(p);
            return (figures.trace, figures.merits(self.model.cells(), self.model.cell_frequency()));
        }
        let levels = |sector: &Sector| sector.offset..sector.offset + sector.energies.len();
        let sectors = self.space.sectors().iter();
        let rho: Vec<Hermitian> = sectors.map(|sector| Hermitian::diagonal(&p[levels(sector)])).collect();
        let state = BatteryState::new(self.space, &rho);
        (state.trace(), Merits::of(&state))
    }
}
