//! Stages written out as maps of the joint state.
//!
//! *Flows*: evolve, wait and a load; d rho/dt = Z rho for a time. *At once*, all linear but the division by a probability and the last:
//! - reset: rho -> sigma (x) Tr_part rho: correlations are gone;
//! - pulse: rho -> U rho U^dag;
//! - measure: rho -> sum_e P_e rho P_e with the projectors on the energies of the part; coherences inside a degenerate energy stay;
//! - measure with an outcome: rho -> P rho P/Tr[P rho] with the projector P on all levels of the part with so many excitations;
//! - dephase: rho_kl -> 0 between any two different levels of the part. For several equal qubits these are the levels of the total
//!   spins, or product states where the battery lives in the product of its cells;
//! - extract: energy leaves the battery by a unitary, see `extraction`. Correlations with the charger stay.

use super::extraction::{among_all_levels, within_sectors};
use super::part::reduced;
use super::pulse::{battery_rotation, rotation};
use super::setting::Setting;
use super::stage::{Extraction, Part, Stage, StageRecord, Task};
use crate::lindblad::{Generator, Lindbladian};
use crate::model::ModelError;
use crate::operator::{Hermitian, Operator};
use crate::space::{BatterySpace, Cells};

/// One stage, ready to run.
pub(crate) struct Stroke {
    kind: &'static str,
    pub(crate) duration: f64,
    /// How many times are shown.
    pub(crate) points: usize,
    pub(crate) action: Action,
}

pub(crate) enum Action {
    /// Takes time.
    Flow(Box<Flow>),
    /// Takes none.
    Instant(Instant),
}

/// A constant or modulated generator that acts for a time.
pub(crate) struct Flow {
    pub(crate) generator: Generator,
    /// L^dag(H_B): the power is its expectation.
    pub(crate) power: Hermitian,
    /// Energy per time into the load, where there is one.
    pub(crate) load: Option<Hermitian>,
    /// The way back to the common frame, at the end.
    pub(crate) back: Option<Operator>,
}

/// A map at one instant.
pub(crate) enum Instant {
    /// A part is prepared anew.
    Reset { target: Part, state: Hermitian },
    /// A unitary of the joint state that acts on one part.
    Unitary { target: Part, unitary: Operator },
    /// Coherences between joint levels with different labels vanish; `of` is the part that is looked at.
    Decohere { labels: Vec<usize>, of: Part, measured: bool },
    /// Joint levels that a selected outcome leaves.
    Select { kept: Vec<bool> },
    /// The unitary of the observed part that takes most energy, which depends on the state; `symmetric`: the same for all copies of a
    /// sector.
    Extract { symmetric: bool },
}

/// What happens in a stage, before a method makes something of it.
pub(crate) enum Acting {
    /// Takes time: what acts, energy per time into the load where there is one, and the way back to the common frame.
    Flow { lindbladian: Lindbladian, load: Option<Operator>, back: Option<Operator> },
    /// Takes none.
    Instant(Instant),
}

impl Acting {
    /// What a stage does, and how long it takes.
    ///
    /// # Errors
    /// [`ModelError`] when something cannot be written down.
    pub(crate) fn new(stage: &Stage, setting: &Setting<'_>) -> Result<(f64, Self), ModelError> {
        let at_once = |instant| (0.0, Acting::Instant(instant));
        Ok(match &stage.task {
            Task::Evolve { duration, system } => {
                let duration = duration.unwrap_or(0.0);
                let (lindbladian, back) = setting.evolving(system.as_deref(), duration)?;
                (duration, Acting::Flow { lindbladian, load: None, back })
            }
            Task::Wait { duration, system } => {
                let (lindbladian, _) = setting.waiting(system.as_deref(), None)?;
                (*duration, Acting::Flow { lindbladian, load: None, back: None })
            }
            Task::Extract(Extraction::Load { rate, duration }) => {
                let (lindbladian, load) = setting.waiting(None, Some(*rate))?;
                (*duration, Acting::Flow { lindbladian, load, back: None })
            }
            Task::Extract(by @ (Extraction::Unitary | Extraction::SymmetricUnitary)) => {
                at_once(Instant::Extract { symmetric: *by == Extraction::SymmetricUnitary })
            }
            &Task::Reset { target, ref state } => {
                at_once(Instant::Reset { target, state: setting.prepared(target, state)? })
            }
            &Task::Pulse { target, angle } => {
                let turn = match target {
                    Part::Charger => rotation(setting.levels.charger, angle),
                    Part::Battery => battery_rotation(&setting.space, angle),
                };
                at_once(Instant::Unitary { target, unitary: setting.joint(target, &turn) })
            }
            &Task::Measure { target, outcome: Some(outcome) } => {
                at_once(Instant::Select { kept: setting.levels_with(target, outcome) })
            }
            &Task::Measure { target, outcome: None } | &Task::Dephase { target } => {
                let measured = matches!(stage.task, Task::Measure { .. });
                let labels = labels(setting, target, measured);
                at_once(Instant::Decohere { labels, of: target, measured })
            }
        })
    }
}

impl Stroke {
    /// # Errors
    /// [`ModelError`] when something cannot be written down.
    pub(crate) fn new(stage: &Stage, setting: &Setting<'_>) -> Result<Self, ModelError> {
        let (duration, acting) = Acting::new(stage, setting)?;
        let kind = stage.task.kind();
        Ok(match acting {
            Acting::Instant(instant) => {
                Stroke { kind, duration, points: 1, action: Action::Instant(instant) }
            }
            Acting::Flow { lindbladian, load, back } => {
                let power = Hermitian::from_operator(&lindbladian.adjoint(&setting.energy()));
                let load = load.as_ref().map(Hermitian::from_operator);
                let generator = Generator::new(&lindbladian);
                let flow = Flow { generator, power, load, back };
                Stroke { kind, duration, points: stage.points, action: Action::Flow(Box::new(flow)) }
            }
        })
    }

    /// The generator and all that goes with it, where the stage takes time.
    pub(crate) fn flow(&self) -> Option<&Flow> {
        match &self.action {
            Action::Flow(flow) => Some(flow),
            Action::Instant(_) => None,
        }
    }

    /// What is to be said of the stage in `cycles` cycles, where `observed` is the battery.
    pub(crate) fn record(&self, observed: Part, cycles: usize) -> StageRecord {
        // The result of measuring the part that is not observed could be used.
        let measures_other = match &self.action {
            Action::Instant(Instant::Decohere { of, measured: true, .. }) => *of != observed,
            _ => false,
        };
        let record =
            StageRecord::empty(self.kind, self.duration, self.kind == "extract", measures_other, cycles);
        StageRecord { probability: self.selects().then(|| Vec::with_capacity(cycles)), ..record }
    }

    /// Shown times since the start of the stage.
    pub(crate) fn times(&self) -> Vec<f64> {
        times(self.duration, self.points)
    }

    /// Whether the map is linear, but for the division by a probability.
    pub(crate) fn is_linear(&self) -> bool {
        !matches!(self.action, Action::Instant(Instant::Extract { .. }))
    }

    /// Whether one outcome of a measurement is selected.
    pub(crate) fn selects(&self) -> bool {
        matches!(self.action, Action::Instant(Instant::Select { .. }))
    }

    /// Whether it may take equal cells out of every symmetric subspace.
    pub(crate) fn leaves_symmetry(&self, setting: &Setting<'_>) -> bool {
        matches!(self.action, Action::Instant(Instant::Extract { symmetric: false }))
            && matches!(setting.observed().space.cells(), Cells::SpinSectors { .. })
    }

    /// Whether the energy of the observed part may jump.
    pub(crate) fn jumps(&self, observed: Part) -> bool {
        match &self.action {
            Action::Flow(_) => false,
            Action::Instant(instant) => instant.jumps(observed),
        }
    }
}

/// So many times since the start of a stage, its end included.
pub(crate) fn times(duration: f64, points: usize) -> Vec<f64> {
    (1..=points).map(|k| duration * (k as f64 / points as f64)).collect()
}

impl Flow {
    /// The state at the end of the flow, in the common frame.
    pub(crate) fn to_common(&self, rho: Hermitian) -> Hermitian {
        match &self.back {
            Some(back) => rho.conjugated_by(back),
            None => rho,
        }
    }
}

/// Labels of joint levels, different where coherences vanish.
fn labels(setting: &Setting<'_>, target: Part, measured: bool) -> Vec<usize> {
    let (levels, size) = (setting.levels.charger, setting.space.dim());
    match target {
        Part::Charger => (0..levels * size).map(|joint| joint / size).collect(),
        Part::Battery if measured => energy_labels(&setting.space).repeat(levels),
        Part::Battery => (0..levels * size).map(|joint| joint % size).collect(),
    }
}

fn largest_energy(space: &BatterySpace) -> f64 {
    space.energies().fold(0.0_f64, |a, b| a.max(b.abs()))
}

/// The same number for levels of equal energy in one sector.
fn energy_labels(space: &BatterySpace) -> Vec<usize> {
    let scale = largest_energy(space);
    let mut labels = Vec::with_capacity(space.dim());
    for sector in space.sectors() {
        for (k, energy) in sector.energies.iter().enumerate() {
            let equal = sector.energies[..k].iter().position(|e| (e - energy).abs() <= 1e-10 * scale);
            labels.push(sector.offset + equal.unwrap_or(k));
        }
    }
    labels
}

impl Instant {
    /// Whether the energy of the observed part may jump.
    pub(crate) fn jumps(&self, observed: Part) -> bool {
        match self {
            Instant::Decohere { .. } => false,
            Instant::Reset { target, .. } | Instant::Unitary { target, .. } => *target == observed,
            Instant::Select { .. } | Instant::Extract { .. } => true,
        }
    }

    /// The state afterwards; linear in `rho` but for the extraction. A selected outcome has its probability as its trace.
    pub(crate) fn apply(&self, rho: &Hermitian, setting: &Setting<'_>) -> Hermitian {
        let size = setting.space.dim();
        match self {
            Instant::Reset { target: Part::Charger, state } => state.kron(&reduced(rho, Part::Battery, size)),
            Instant::Reset { target: Part::Battery, state } => reduced(rho, Part::Charger, size).kron(state),
            Instant::Unitary { unitary, .. } => rho.conjugated_by(unitary),
            Instant::Decohere { labels, .. } => {
                let n = rho.dim();
                let mut kept = rho.clone();
                for (p, x) in kept.s_mut().iter_mut().enumerate() {
                    if labels[p / n] != labels[p % n] {
                        *x = 0.0;
                    }
                }
                kept
            }
            Instant::Select { kept } => {
                let n = rho.dim();
                let mut left = rho.clone();
                for (p, x) in left.s_mut().iter_mut().enumerate() {
                    if !(kept[p / n] && kept[p % n]) {
                        *x = 0.0;
                    }
                }
                left
            }
            Instant::Extract { symmetric } => {
                let observed = setting.observed();
                if let (false, Cells::SpinSectors { .. }) = (symmetric, observed.space.cells()) {
                    return among_all_levels(rho, observed.space).unwrap_or_else(|| rho.clone());
                }
                match within_sectors(&observed.reduced(rho), observed.space) {
                    Some(u) => rho.conjugated_by(&setting.joint(observed.part, &u)),
                    None => rho.clone(),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_energies_share_a_label() {
        let labels = energy_labels(&BatterySpace::product(2, &[1.0, 1.0]));
        assert_eq!(labels, [0, 1, 1, 3]);
        // 0.1 + 0.2 and 0.3 are one energy.
        let labels = energy_labels(&BatterySpace::product(2, &[0.1, 0.2, 0.3]));
        assert_eq!(labels, [0, 1, 2, 3, 4, 5, 1, 7]);
    }
}
