//! One space and one frame for all stages of a protocol.
//!
//! *Space.* States keep to the smallest space that holds what any stage does: cells that differ in any stage need their tensor
//! product; local noise, local loads and mixed preparations of several cells leave the symmetric states.
//!
//! *Frame.* The state is carried in the frame rho = e^{i w t n} rho_lab e^{-i w t n}, n = n_C + n_B, of the protocol's own system
//! (w = 0, the laboratory, where any stage has a dipole coupling). Exchange couplings and channels commute with the rotation. A drive
//! F(c e^{i w_d t} + h.c.) is constant in its own frame, w_1 = w_d. A stage that it acts in runs there and ends with the way back,
//!   rho -> e^{i (w - w_1) T n} rho e^{-i (w - w_1) T n}, T its duration.
//! So in every stage time starts at 0: a drive starts in phase with the common frame, and all cycles are equal. Pulses act in
//! the common frame, too. E_B and ergotropy are those of the protocol's own H_B and do not depend on the frame.

use num_complex::Complex64;

use super::error::ProtocolError;
use super::part::{Observed, reduced};
use super::slots::Slots;
use super::stage::{Extraction, MeasurementOutcome, Part, ResetState, Stage, Task};
use crate::evolve::Picture;
use crate::lindblad::{Channel, Lindbladian};
use crate::model::{
    Accounts, Battery, Cell, ChargerBattery, ChargerKind, Coupling, CouplingForm, Cutoff, Frame, Levels,
    ModelError, Structure,
};
use crate::operator::{Hermitian, Operator};
use crate::space::{BatterySpace, InitialState, Noise};

/// What all stages share.
pub(crate) struct Setting<'a> {
    slots: &'a Slots,
    /// How many levels are kept of oscillators.
    pub(crate) levels: Levels,
    /// The battery's space, with the energies of the protocol's own H_B.
    pub(crate) space: BatterySpace,
    structure: Structure,
    frame: Frame,
}

/// The systems of the stages that have their own.
fn systems(stages: &[Stage]) -> impl Iterator<Item = (usize, &ChargerBattery)> {
    (1..).zip(stages).filter_map(|(number, stage)| Some((number, stage.task.own_system()?)))
}

/// Whether stages make sense for a system.
///
/// # Errors
/// [`ProtocolError`] with the first thing that does not.
pub(crate) fn validate(base: &ChargerBattery, stages: &[Stage], repeat: usize) -> Result<(), ProtocolError> {
    if stages.is_empty() {
        return Err(ProtocolError::NoStages);
    }
    if repeat == 0 {
        return Err(ProtocolError::NoCycles);
    }
    if !base.is_markovian() || systems(stages).any(|(_, own)| !own.is_markovian()) {
        return Err(ProtocolError::Memory);
    }
    for (stage, own) in systems(stages) {
        let differs = |key| Err(ProtocolError::OtherSystem { stage, key });
        if own.charger.kind != base.charger.kind {
            return differs("charger.kind");
        }
        if own.battery.cell != base.battery.cell {
            return differs("battery.cell");
        }
        if own.cells() != base.cells() || own.coupling.strengths.len() != base.cells() {
            return differs("battery.frequencies");
        }
    }
    for (stage, Stage { task, points }) in (1..).zip(stages) {
        if *points == 0 {
            return Err(ProtocolError::NoPoints { stage });
        }
        let at_least_0 = |key, value: f64| match value >= 0.0 && value.is_finite() {
            true => Ok(()),
            false => Err(ProtocolError::Value { stage, key, range: "finite and at least 0", value }),
        };
        match task {
            Task::Evolve { duration: None, .. } => return Err(ProtocolError::NoDuration { stage }),
            Task::Evolve { duration: Some(duration), .. } | Task::Wait { duration, .. } => {
                at_least_0("duration", *duration)?;
            }
            Task::Extract(Extraction::Load { rate, duration }) => {
                at_least_0("duration", *duration)?;
                at_least_0("rate", *rate)?;
            }
            Task::Pulse { target, angle } => {
                if !angle.is_finite() {
                    let range = "finite";
                    return Err(ProtocolError::Value { stage, key: "angle", range, value: *angle });
                }
                qubits(base, stage, *target, "a pulse")?;
            }
            Task::Measure { target, outcome: Some(outcome) } => match (*outcome, most_excited(base, *target))
            {
                (MeasurementOutcome::Excitations(found), Some(most)) if found > most => {
                    return Err(ProtocolError::Outcome { stage, found, most });
                }
                (MeasurementOutcome::Excited, None) => return Err(ProtocolError::NoHighestLevel { stage }),
                _ => {}
            },
            Task::Reset { target, state: ResetState::Excitation(q) } => {
                if !(0.0..=1.0).contains(q) {
                    let range = "between 0 and 1";
                    return Err(ProtocolError::Value { stage, key: "excitation", range, value: *q });
                }
                qubits(base, stage, *target, "an excitation")?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn qubits(base: &ChargerBattery, stage: usize, part: Part, what: &'static str) -> Result<(), ProtocolError> {
    let refuse = |part, found| Err(ProtocolError::NeedsQubits { stage, what, part, found });
    match (part, base.charger.kind, base.battery.cell) {
        (Part::Charger, ChargerKind::Oscillator(_), _) => refuse("charger", "oscillators"),
        (Part::Battery, _, Cell::Oscillator(_)) => refuse("battery", "oscillators"),
        (Part::Battery, _, Cell::Qudit(d) | Cell::UniformLadder(d)) if d != 2 => refuse("battery", "qudits"),
        _ => Ok(()),
    }
}

/// The excitations of the highest level of a part; `None` where it is an oscillator whose cutoff grows.
fn most_excited(base: &ChargerBattery, part: Part) -> Option<usize> {
    let kept = |cutoff| match cutoff {
        Cutoff::Auto => None,
        Cutoff::Levels(levels) => Some(levels - 1),
    };
    match (part, base.charger.kind, base.battery.cell) {
        (Part::Charger, ChargerKind::Qubit, _) => Some(1),
        (Part::Charger, ChargerKind::Oscillator(cutoff), _) => kept(cutoff),
        (Part::Battery, _, Cell::Oscillator(cutoff)) => kept(cutoff),
        (Part::Battery, ..) => Some(base.cells() * base.cell_steps()),
    }
}

impl ResetState {
    /// Whether equal cells are then in a symmetric state.
    pub(super) fn is_symmetric(&self) -> bool {
        match self {
            ResetState::Excitation(q) => *q == 0.0 || *q == 1.0,
            ResetState::State(state) => !matches!(state, InitialState::Thermal(_)),
        }
    }
}

/// Whether the battery keeps to symmetric states in all stages.
fn symmetric(slots: &Slots, stages: &[Stage]) -> bool {
    let local_noise = |battery: &Battery| battery.noise.any() && !battery.collective_noise;
    slots.system.stays_symmetric()
        && slots.start.1.is_symmetric()
        && systems(stages).all(|(_, own)| !local_noise(&own.battery))
        && stages.iter().all(|stage| slots.keeps_symmetry(&stage.task))
}

impl<'a> Setting<'a> {
    /// # Errors
    /// [`ModelError::SeveralOscillators`].
    pub(crate) fn new(slots: &'a Slots, stages: &[Stage], levels: Levels) -> Result<Self, ModelError> {
        Setting::within(slots, stages, levels, structure(slots, stages))
    }

    /// The same for kets, on the product of all cells where that is asked for.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(crate) fn drawn(
        slots: &'a Slots,
        stages: &[Stage],
        levels: Levels,
        all_cells: bool,
    ) -> Result<Self, ModelError> {
        let structure = if all_cells { Structure::Product } else { structure(slots, stages) };
        Setting::within(slots, stages, levels, structure)
    }

    fn within(
        slots: &'a Slots,
        stages: &[Stage],
        levels: Levels,
        structure: Structure,
    ) -> Result<Self, ModelError> {
        let base = &slots.system;
        let dipole = |system: &ChargerBattery| system.coupling.form == CouplingForm::Dipole;
        let laboratory = dipole(base) || systems(stages).any(|(_, own)| dipole(own));
        let frame = if laboratory { Frame::LABORATORY } else { base.frame() };
        Ok(Setting { slots, levels, space: base.space_of(structure, levels)?, structure, frame })
    }

    /// rho(0).
    ///
    /// # Errors
    /// [`ModelError`] when a state does not exist or a cutoff cannot hold it.
    pub(crate) fn start(&self) -> Result<Hermitian, ModelError> {
        let (charger, battery) = self.starts()?;
        Ok(charger.kron(&battery))
    }

    /// What the slots of charger and battery start from.
    ///
    /// # Errors
    /// As `start`.
    pub(crate) fn starts(&self) -> Result<(Hermitian, Hermitian), ModelError> {
        let (charger, battery) = &self.slots.start;
        Ok((self.prepared(Part::Charger, charger)?, self.prepared(Part::Battery, battery)?))
    }

    /// The kets of charger (x) battery at t = 0, weights in their norms.
    ///
    /// # Errors
    /// As `start`.
    pub(crate) fn start_kets(&self) -> Result<Vec<Vec<Complex64>>, ModelError> {
        let (charger, battery) = &self.slots.start;
        let battery = self.prepared_kets(Part::Battery, battery)?;
        let mut kets = Vec::new();
        for psi in self.prepared_kets(Part::Charger, charger)? {
            kets.extend(
                battery.iter().map(|phi| psi.iter().flat_map(|x| phi.iter().map(move |y| x * y)).collect()),
            );
        }
        Ok(kets)
    }

    /// The part whose energy is counted, with its space.
    pub(crate) fn observed(&self) -> Observed<'_> {
        let space = self.slots.qubit.as_ref().unwrap_or(&self.space);
        Observed { part: self.slots.observed, space, dim_b: self.space.dim() }
    }

    /// n_B of every level in the battery's slot.
    fn numbers(&self) -> Vec<f64> {
        let number = self.space.number();
        (0..self.space.dim()).map(|b| number.get(b, b).re).collect()
    }

    /// Mean excitations of what is not observed: of the charger, or of each of the cells that charge one qubit.
    pub(crate) fn charger_excitation(&self, rho: &Hermitian) -> f64 {
        let part = self.slots.observed.other();
        let state = reduced(rho, part, self.space.dim());
        match part {
            Part::Charger => state.populations().enumerate().map(|(n, p)| n as f64 * p).sum(),
            Part::Battery => {
                let total: f64 = state.populations().zip(self.numbers()).map(|(p, n)| n * p).sum();
                total / self.slots.system.cells() as f64
            }
        }
    }

    /// The same of single joint levels.
    pub(crate) fn charger_excitations(&self) -> Vec<f64> {
        let battery = self.numbers();
        let cells = self.slots.system.cells() as f64;
        let charger = (0..self.levels.charger).map(|n| n as f64);
        match self.slots.observed {
            Part::Battery => charger.flat_map(|n| vec![n; battery.len()]).collect(),
            Part::Charger => {
                charger.flat_map(|_| battery.iter().map(|n| n / cells).collect::<Vec<_>>()).collect()
            }
        }
    }

    /// Whether joint levels have the excitations of a part that an outcome names.
    pub(super) fn levels_with(&self, target: Part, outcome: MeasurementOutcome) -> Vec<bool> {
        let numbers: Vec<usize> = match target {
            Part::Charger => (0..self.levels.charger).collect(),
            Part::Battery => self.numbers().iter().map(|n| n.round() as usize).collect(),
        };
        let wanted = match outcome {
            MeasurementOutcome::Ground => 0,
            MeasurementOutcome::Excited => numbers.iter().copied().max().unwrap_or(0),
            MeasurementOutcome::Excitations(number) => number,
        };
        let of_part = numbers.iter().map(|number| *number == wanted);
        match target {
            Part::Charger => of_part.flat_map(|kept| vec![kept; self.space.dim()]).collect(),
            Part::Battery => of_part.collect::<Vec<_>>().repeat(self.levels.charger),
        }
    }

    /// What a measurement of the part that is not observed tells apart: its levels of equal energy.
    pub(crate) fn outcomes(&self) -> Vec<Vec<usize>> {
        match self.slots.observed.other() {
            Part::Charger => (0..self.levels.charger).map(|level| vec![level]).collect(),
            Part::Battery => {
                let mut outcomes = vec![Vec::new(); self.space.top_number() + 1];
                self.numbers().iter().enumerate().for_each(|(b, n)| outcomes[n.round() as usize].push(b));
                outcomes
            }
        }
    }

    pub(crate) fn charger_kind(&self) -> ChargerKind {
        self.slots.system.charger.kind
    }

    /// H_B on the joint space.
    pub(crate) fn energy(&self) -> Operator {
        self.joint(self.slots.observed, &self.observed().space.hamiltonian())
    }

    /// An operator of a part on the joint space.
    pub(super) fn joint(&self, part: Part, operator: &Operator) -> Operator {
        match part {
            Part::Charger => operator.kron(&Operator::identity(self.space.dim())),
            Part::Battery => Operator::identity(self.levels.charger).kron(operator),
        }
    }

    /// Generator of an evolution in the frame where it is as constant as can be, and the way back to the common frame.
    pub(crate) fn evolving(
        &self,
        own: Option<&ChargerBattery>,
        duration: f64,
    ) -> Result<(Lindbladian, Option<Operator>), ModelError> {
        let system = own.unwrap_or(&self.slots.system);
        let driven = system.active_drive().filter(|_| system.coupling.form == CouplingForm::Exchange);
        let frame = driven.map_or(self.frame, |drive| Frame::of(drive.frequency));
        let space = system.space_of(self.structure, self.levels)?;
        let lindbladian = system.lindbladian(&space, self.levels, frame)?;
        let turn = self.frame.ahead_of(frame) * duration;
        let back = (turn != 0.0).then(|| {
            let battery = self.numbers();
            let joint = (0..self.levels.charger).flat_map(|c| battery.iter().map(move |n| c as f64 + n));
            let phases = joint.enumerate().map(|(i, n)| (i, i, Complex64::from_polar(1.0, turn * n)));
            Operator::from_entries(self.levels.charger * battery.len(), phases)
        });
        Ok((lindbladian, back))
    }

    /// A system without coupling and drive.
    fn idle(&self, own: Option<&ChargerBattery>) -> ChargerBattery {
        let system = own.unwrap_or(&self.slots.system);
        ChargerBattery {
            coupling: Coupling {
                strengths: vec![0.0; system.cells()],
                scaling: 1.0,
                form: CouplingForm::Exchange,
            },
            drive: None,
            ..system.clone()
        }
    }

    /// What the energy ledger reads in a stage; `None` where that is what it reads before it.
    ///
    /// # Errors
    /// [`ModelError`] when something cannot be written down.
    pub(crate) fn accounts(&self, task: &Task) -> Result<Option<Accounts>, ModelError> {
        let (system, load) = match task {
            Task::Evolve { system, .. } => (system.as_deref().unwrap_or(&self.slots.system).clone(), None),
            Task::Wait { system, .. } => (self.idle(system.as_deref()), None),
            Task::Extract(Extraction::Load { rate, .. }) => (self.idle(None), Some(*rate)),
            // An extraction is one of the battery alone.
            Task::Extract(_) => (self.idle(None), None),
            _ => return Ok(None),
        };
        let space = system.space_of(self.structure, self.levels)?;
        let mut accounts = system.accounts(&space, self.levels)?;
        if let Some(rate) = load {
            accounts.open_load(&self.absorbing(&space, rate))?;
        }
        Ok(Some(match self.slots.observed {
            Part::Battery => accounts,
            Part::Charger => accounts.exchanged(),
        }))
    }

    /// The same without coupling and drive.
    ///
    /// # Errors
    /// As `accounts`.
    pub(crate) fn accounts_at_rest(&self) -> Result<Accounts, ModelError> {
        let accounts = self.idle(None).accounts(&self.space, self.levels)?;
        Ok(if self.slots.observed == Part::Battery { accounts } else { accounts.exchanged() })
    }

    /// Generator without coupling and drive, with the channels of `own` and of a load; and the flow of energy into the load,
    /// - rate sum_i Tr[H_B D[B_i] rho].
    pub(super) fn waiting(
        &self,
        own: Option<&ChargerBattery>,
        load: Option<f64>,
    ) -> Result<(Lindbladian, Option<Operator>), ModelError> {
        let idle = self.idle(own);
        let space = idle.space_of(self.structure, self.levels)?;
        let lindbladian = idle.lindbladian(&space, self.levels, self.frame)?;
        let Some(rate) = load else { return Ok((lindbladian, None)) };
        let absorbing = self.absorbing(&space, rate);
        let alone = Lindbladian::new(Operator::zero(lindbladian.dim()), absorbing.clone())?;
        let flow = -&alone.adjoint(&self.energy());
        let channels = lindbladian.channels().iter().cloned().chain(absorbing).collect();
        let whole = Lindbladian::new(lindbladian.hamiltonian().clone(), channels)?;
        Ok((whole, Some(flow)))
    }

    /// The channels of a load.
    fn absorbing(&self, space: &BatterySpace, rate: f64) -> Vec<Channel> {
        let jumps = match (self.slots.observed, self.slots.system.battery.collective_noise) {
            (Part::Charger, _) => vec![Operator::spin_lowering(self.levels.charger)],
            (Part::Battery, true) => vec![space.collective_channel(Noise::Loss)],
            (Part::Battery, false) => space.local_channels(Noise::Loss),
        };
        let joint = |jump| self.joint(self.slots.observed, jump);
        jumps.iter().map(|jump| Channel { rate, jump: joint(jump) }).collect()
    }

    /// The kets of what a part starts from, weights in their norms.
    ///
    /// # Errors
    /// As `prepared`.
    fn prepared_kets(&self, target: Part, state: &ResetState) -> Result<Vec<Vec<Complex64>>, ModelError> {
        match (target, state) {
            // Of many levels a density matrix is large.
            (Part::Battery, ResetState::State(state)) => {
                let named = if target == self.slots.observed {
                    ModelError::BatteryState
                } else {
                    ModelError::ChargerState
                };
                state.kets_on_battery(&self.space).map_err(named)
            }
            _ => Ok(self.prepared(target, state)?.kets()),
        }
    }

    /// The state that a reset prepares.
    ///
    /// # Errors
    /// [`ModelError`] when it does not exist or a cutoff cannot hold it.
    pub(super) fn prepared(&self, target: Part, state: &ResetState) -> Result<Hermitian, ModelError> {
        let named =
            if target == self.slots.observed { ModelError::BatteryState } else { ModelError::ChargerState };
        match (target, state) {
            (_, ResetState::Excitation(q)) => Ok(match target {
                Part::Charger => Hermitian::diagonal(&[1.0 - q, *q]),
                Part::Battery => self.space.equally_excited(*q),
            }),
            (Part::Charger, ResetState::State(state)) => match self.charger_kind() {
                ChargerKind::Qubit => state.on_levels(2),
                ChargerKind::Oscillator(_) => state.on_oscillator(self.levels.charger),
            }
            .map_err(named),
            (Part::Battery, ResetState::State(state)) => state.on_battery(&self.space).map_err(named),
        }
    }
}

fn structure(slots: &Slots, stages: &[Stage]) -> Structure {
    let base = &slots.system;
    let equal = base.equal_cells() && systems(stages).all(|(_, own)| own.equal_cells());
    base.structure(symmetric(slots, stages), equal)
}

/// The same for kets, on the product of all cells where that is asked for.
pub(crate) fn drawn_dimension(slots: &Slots, stages: &[Stage], levels: Levels, all_cells: bool) -> f64 {
    match all_cells {
        true => levels.charger as f64 * slots.system.dim_of(Structure::Product, levels),
        false => dimension(slots, stages, levels),
    }
}

/// Whether a picture that acts on single cells tells them apart in some stage: local dephasing of several of them.
pub(crate) fn tells_cells_apart(slots: &Slots, stages: &[Stage], picture: Picture) -> bool {
    let apart = |system: &ChargerBattery| system.drawn_on_all_cells(picture);
    apart(&slots.system) || systems(stages).any(|(_, own)| apart(own))
}

/// Levels of charger (x) battery, without building them.
pub(crate) fn dimension(slots: &Slots, stages: &[Stage], levels: Levels) -> f64 {
    levels.charger as f64 * slots.system.dim_of(structure(slots, stages), levels)
}

/// Levels of oscillators with room for what every stage starts from and drives.
pub(crate) fn first_levels(base: &ChargerBattery, stages: &[Stage]) -> Levels {
    let mut levels = base.first_levels();
    let mut cover = |system: &ChargerBattery| {
        let other = system.first_levels();
        levels.charger = levels.charger.max(other.charger);
        levels.battery = levels.battery.max(other.battery);
    };
    for (_, own) in systems(stages) {
        cover(&ChargerBattery { initial: base.initial.clone(), ..own.clone() });
    }
    for stage in stages {
        let (target, state) = match &stage.task {
            Task::Reset { target, state: ResetState::State(state) } => (target, state.clone()),
            &Task::Measure { ref target, outcome: Some(MeasurementOutcome::Excitations(n)) } => {
                (target, InitialState::Fock(n))
            }
            _ => continue,
        };
        let mut fresh = base.clone();
        match target {
            Part::Charger => fresh.initial.charger = state,
            Part::Battery => fresh.initial.battery = state,
        }
        cover(&fresh);
    }
    levels
}
