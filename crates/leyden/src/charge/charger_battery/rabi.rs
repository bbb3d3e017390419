//! The corridor by Rabi blocks.

use std::ops::ControlFlow;

use super::super::cutoff::Cutoffs;
use super::super::extrema::{Sampling, of_curve};
use super::super::{Charging, Error, Plan, Recorder, Request, Workspace};
use super::route::{DIPOLE, MEMORY};
use crate::asymptote::{Asymptote, Average, Detail, LongTimes, Remark, sectors, settle};
use crate::evolve::{Evolve, Exponential, NotApplicable, Outcome};
use crate::exact::{RabiBasis, RabiBlocks};
use crate::lindblad::{Entries, Generator};
use crate::merit::{
    BatteryState, Extrema, Sample, Sampler, Wanted, charging_time, global_ergotropy, maximum_average,
};
use crate::method::Method;
use crate::model::{Cell, ChargerBattery, ChargerKind, Cutoff, Levels, ModelError};
use crate::operator::Hermitian;
use crate::space::{BatterySpace, Cells, InitialState};
use crate::why::Infinite;
use crate::{Known, Why};

/// Most levels for which Rabi blocks are made to help another method.
const MOST_RABI_LEVELS: f64 = 1000.0;
/// Angle of a phase, in radians, from which its rounding shows.
const LONG_ANGLE: f64 = 1e4;

impl ChargerBattery {
    pub(super) fn plan_rabi(&self, request: &Request) -> Result<Plan, Error> {
        let mut cutoffs = Cutoffs::new(self, self.rabi_levels(), request.tolerance);
        let (dim, memory) = cutoffs.fitting(|levels| {
            let dim = self.battery_dim(levels);
            // Three square matrices of the decomposition, and the states.
            let memory = self.guard(2.0 * dim, 8.0 * dim * dim * 6.0, request)?;
            self.initial_states(&self.battery_space(levels)?, levels)?;
            Ok((dim, memory))
        })?;
        let levels = cutoffs.levels;
        let reason = request.reason(&rabi_reason(self));
        let dimension = 2 * dim as usize;
        Ok(Plan {
            method: Method::RabiBlocks,
            reason,
            dimension,
            memory,
            levels,
            seconds: None,
            candidates: Vec::new(),
        })
    }

    pub(super) fn charge_rabi(&self, request: &Request, workspace: &Workspace) -> Result<Charging, Error> {
        let (blocks, prepared) = workspace.rabi_blocks(self, request)?;
        let (space, levels) = (&prepared.space, prepared.levels);
        let mut recorder = Recorder::of_states(blocks.energy_at_start(), request.times.len());
        let angle = blocks.largest_angle(request.end());
        let mut reason = request.reason(&rabi_reason(self));
        if angle > LONG_ANGLE && self.record_with_all_digits(levels, request, &mut recorder)? {
            reason += "; phases at such times by as many digits as they take";
        } else {
            blocks.states(&request.times, &mut |_, time, sectors, power, energy| {
                recorder.record(time, &BatteryState::new(space, sectors), power);
                recorder.balance(energy - recorder.last().0);
            });
            recorder.rounded(angle);
        }
        let of_blocks = self.long_times_of(&blocks, space, request.detail);
        let settled = match of_blocks.asymptote.limit {
            Err(why @ Why::NotResolved(_)) => self.settled_by_commutant(why, levels, request.detail),
            _ => None,
        };
        let LongTimes { asymptote, times: charging_time, curve } = settled.unwrap_or(of_blocks);
        let top = space.is_oscillator().then(|| blocks.top_weight());
        let outcome = recorder.outcome_of_cut(Outcome::Converged, top, 0.0, request.tolerance);
        let mut charging = Charging::new(Method::RabiBlocks, reason, outcome, levels, self.cells(), recorder);
        charging.asymptote = asymptote;
        charging.charging_time = charging_time;
        if let Some(curve) = &curve {
            charging.maximum_power = maximum_average(curve, request.end()).ok_or(Why::NoTimes);
        }
        if request.ledger {
            charging.ledger = self.ledger_of_blocks(&blocks, &charging);
        }
        if self.looks_at_maxima(request) {
            charging.asymptote.average =
                blocks.average().map(|sectors| Average::of(&BatteryState::new(space, &sectors)));
            charging.extrema = maxima(&blocks, space, request);
        }
        Ok(charging)
    }

    /// The states where phases have lost digits; false where more digits are not to be had: cells that are no qubits on their own.
    fn record_with_all_digits(
        &self,
        levels: Levels,
        request: &Request,
        recorder: &mut Recorder,
    ) -> Result<bool, Error> {
        let system = self.system(levels)?;
        let generator = Generator::new(&system.lindbladian);
        if !(system.lindbladian.entries() == Entries::Input && generator.has_terms()) {
            return Ok(false);
        }
        let (energy, n_b) = (system.energy(), system.space.dim());
        let flow = system.lindbladian.flow(&energy);
        let (low, high) = system.space.extremes();
        let mut rho = system.rho0.clone();
        let outcome = Exponential { tolerance: 0.0 }.evolve(
            &generator,
            &system.rho0,
            &request.times,
            &mut |_, time, s| {
                rho.s_mut().copy_from_slice(s);
                let sectors = sectors(rho.trace_out_first(n_b), &system.space);
                recorder.record(time, &BatteryState::new(&system.space, &sectors), flow.at(time, s));
                ControlFlow::Continue(())
            },
        )?;
        recorder.checks.error = 8.0 * f64::EPSILON * (high - low);
        Ok(outcome == Outcome::Converged)
    }

    /// Long times from the blocks.
    fn long_times_of(&self, blocks: &RabiBlocks, space: &BatterySpace, detail: Detail) -> LongTimes {
        if detail < Detail::Limit {
            return LongTimes::unknown(Why::NotAsked);
        }
        let curve = blocks.curve();
        let limit = blocks.limit();
        let mut times = match (&curve, &limit) {
            (Ok(_), Ok(_)) if detail < Detail::Times => Err(Why::NotAsked),
            (Ok(curve), Ok(_)) => Ok(charging_time(curve)),
            (_, Err(why)) | (Err(why), _) => Err(*why),
        };
        if let Ok(times) = &mut times
            && space.is_oscillator()
            && (self.active_drive().is_some()
                || !matches!(
                    self.initial.battery,
                    InitialState::Ground | InitialState::Fock(_) | InitialState::Superposition(_)
                ))
        {
            // |sqrt n - sqrt m| comes as close to 0 as one likes.
            times.spectral = Err(Infinite::SlowModes.into());
        }
        let curve = curve.ok();
        let asymptote = Asymptote::of_rabi_blocks(blocks, space, limit, curve.as_ref(), &times, detail);
        LongTimes { asymptote, times, curve }
    }

    /// Long times where Rabi frequencies come too close for the blocks, which say `why`, and the commutant settles what is equal.
    fn settled_by_commutant(&self, why: Why, levels: Levels, detail: Detail) -> Option<LongTimes> {
        let system = self.system(levels).ok()?;
        let generator = Generator::new(&system.lindbladian);
        let settled = settle(&system.lindbladian, &generator, &system.rho0).ok()?;
        let energy = Hermitian::from_operator(&system.energy());
        let mut found = LongTimes::of(&settled, &generator, &system.rho0, &energy, &system.space, detail);
        found.asymptote.remarks.push(Remark::LimitByCommutant(why));
        Some(found)
    }

    /// The Rabi blocks to help another method, where there are not too many levels.
    fn helping_blocks(&self) -> Option<(RabiBlocks, BatterySpace)> {
        let levels = self.rabi_levels();
        if self.rabi_blocks_apply().is_err() || self.battery_dim(levels) > MOST_RABI_LEVELS {
            return None;
        }
        self.rabi_blocks(levels).ok()
    }

    /// Number of conserved quantities by Rabi blocks, where the system splits into finitely many and they are certain.
    pub(in crate::charge) fn rabi_conserved(&self) -> Option<usize> {
        let (blocks, _) = self.helping_blocks()?;
        blocks.limit().ok().and(blocks.conserved())
    }

    /// Long times by Rabi blocks, where the system splits into them and they are certain.
    pub(in crate::charge) fn rabi_long_times(&self, detail: Detail) -> Option<LongTimes> {
        let (blocks, space) = self.helping_blocks()?;
        let found = self.long_times_of(&blocks, &space, detail);
        found.asymptote.certified.then_some(found)
    }
}

/// The maxima without dephasing.
fn maxima(blocks: &RabiBlocks, space: &BatterySpace, request: &Request) -> Extrema {
    // Sums over pairs and products of each sector, and the eigenvalues of its state.
    let work = |states: f64| {
        let sizes = space.sectors().iter().map(|sector| sector.energies.len() as f64);
        sizes.map(|n| 200.0 + 4.0 * n * n + states * 12.0 * n.powi(3)).sum::<f64>()
    };
    let run = request.times.len() as f64 * work(2.0);
    let mut sampler = Sampled { blocks, space };
    let fastest = blocks.largest_angle(1.0);
    let mut states = Sampling { sampler: &mut sampler, fastest, work: work(1.0), run };
    let energy = blocks.curve().and_then(|curve| of_curve(&curve, request, run));
    Extrema { energy, ergotropy: states.ergotropy(request) }
}

/// Rabi blocks at times asked for.
struct Sampled<'a> {
    blocks: &'a RabiBlocks,
    space: &'a BatterySpace,
}

impl Sampler for Sampled<'_> {
    fn sample(&mut self, times: &[f64], wanted: Wanted) -> Known<Vec<Sample>> {
        let mut samples = Vec::with_capacity(times.len());
        self.blocks.states(times, &mut |_, _, sectors, power, energy| {
            let state = BatteryState::new(self.space, sectors);
            let ergotropy = if wanted.ergotropy() { global_ergotropy(&state) } else { f64::NAN };
            samples.push(Sample { energy, power, ergotropy });
        });
        Ok(samples)
    }
}

fn rabi_reason(model: &ChargerBattery) -> String {
    let kind = match model.battery.cell {
        Cell::Oscillator(_) => "the oscillator is",
        _ if model.cells() == 1 => "the cell is",
        _ if model.equal_cells() => "the equal cells are",
        _ => "the cells, of one frequency, are",
    };
    format!("solved exactly: only the charger dephases, and {kind} resonant with the drive")
}

impl ChargerBattery {
    /// Whether the system splits into Rabi blocks.
    ///
    /// # Errors
    /// [`NotApplicable`] with the first condition that fails.
    pub(crate) fn rabi_blocks_apply(&self) -> Result<(), NotApplicable> {
        let reasons = [
            (self.charger.kind != ChargerKind::Qubit, "the charger is not a qubit"),
            (!self.exchanges(), DIPOLE),
            (self.memory().is_some(), MEMORY),
            (self.charger.noise.exchanges(), "the charger relaxes"),
            (self.battery.noise.any(), "the battery is noisy"),
        ];
        NotApplicable::first_of(Method::RabiBlocks, &reasons)?;
        let refuse = |because: String| Err(NotApplicable { method: Method::RabiBlocks, because });
        if let Some(offset) = self.cell_offsets(self.frame()).into_iter().find(|offset| *offset != 0.0) {
            return match self.active_drive() {
                Some(_) => refuse(format!("the battery is detuned from the drive by {offset:e}")),
                None => refuse("the cells have different frequencies".into()),
            };
        }
        Ok(())
    }

    /// Levels at which an oscillator battery holds everything that Rabi blocks reach from here: the blocks displace it by
    /// F/g, back and forth.
    pub fn rabi_levels(&self) -> Levels {
        let battery = match self.battery.cell {
            Cell::Oscillator(Cutoff::Levels(levels)) => levels,
            Cell::Oscillator(Cutoff::Auto) => {
                let coupling = self.coupling.strengths[0];
                let displacement = if coupling == 0.0 { 0.0 } else { (self.amplitude() / coupling).abs() };
                let reach = 2.0 * displacement + self.initial.battery.amplitude() + 1.0;
                ((reach + 5.5).powi(2)).ceil().min(1e6) as usize
            }
            _ => 1,
        };
        Levels { charger: 2, battery }
    }

    /// The Rabi blocks of the system.
    ///
    /// # Errors
    /// [`NotApplicable`] where it does not split, [`ModelError`] where a state does not exist.
    pub fn rabi_blocks(&self, levels: Levels) -> Result<(RabiBlocks, BatterySpace), RabiError> {
        self.rabi_blocks_apply()?;
        let space = self.battery_space(levels)?;
        let (charger0, battery0) = self.initial_states(&space, levels)?;
        let (amplitude, coupling) = (self.amplitude(), self.coupling.strengths[0]);
        let bases: Option<Vec<RabiBasis>> = match space.cells() {
            Cells::Product { .. } => RabiBasis::product(amplitude, &space.lowering(&self.coupling.strengths))
                .map(|basis| vec![basis]),
            _ if space.is_oscillator() => {
                RabiBasis::oscillator(levels.battery, amplitude, coupling).map(|basis| vec![basis])
            }
            _ if space.is_uniform() => {
                RabiBasis::uniform(space.dim(), amplitude, coupling).map(|basis| vec![basis])
            }
            _ => space
                .sectors()
                .iter()
                .map(|sector| RabiBasis::ladder(sector.energies.len(), amplitude, coupling))
                .collect(),
        };
        let bases = bases.ok_or_else(|| NotApplicable {
            method: Method::RabiBlocks,
            because: "the eigenvalue iteration did not converge".into(),
        })?;
        let (gamma, detuning) = (self.charger.noise.dephasing, self.charger_detuning());
        Ok((RabiBlocks::new(gamma, detuning, bases, &space, &charger0, &battery0), space))
    }
}

/// Why Rabi blocks could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RabiError {
    /// The structure is missing.
    #[error(transparent)]
    NotApplicable(#[from] NotApplicable),
    /// The system cannot be written down.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl From<RabiError> for Error {
    fn from(error: RabiError) -> Self {
        match error {
            RabiError::NotApplicable(error) => error.into(),
            RabiError::Model(error) => error.into(),
        }
    }
}
