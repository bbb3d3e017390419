//! Stages written out as maps of the joint state.
//!
//! *Flows*: evolve, wait and a load; d rho/dt = Z rho for a time. *At once*, all linear but the last:
//! - reset: rho -> sigma (x) Tr_part rho: correlations are gone;
//! - pulse: rho -> U rho U^dag;
//! - measure: rho -> sum_e P_e rho P_e with the projectors on the energies of the part; coherences inside a degenerate energy stay;
//! - dephase: rho_kl -> 0 between any two different levels of the part. For several equal qubits these are the levels of the total
//!   spins, or product states where the battery lives in the product of its cells;
//! - extract: rho -> U_B rho U_B^dag with the U_B that leaves least energy among those that keep the sectors of the battery's space:
//!   in every sector eigenvalues in nonincreasing go to energies in nondecreasing order. On a product of cells and for
//!   one cell the energy taken is the global ergotropy, on the ladder the collective one of qubits. A passive state is left alone.
//!   Correlations with the charger stay: U_B acts on the joint state.
//!
//! Source of the extraction: Allahverdyan et al., EPL 67, 565 (2004).

use faer::{Mat, Side};
use num_complex::Complex64;

use super::part::reduced;
use super::pulse::{battery_rotation, rotation};
use super::setting::Setting;
use super::stage::{Extraction, Part, Stage, StageRecord, Task};
use crate::lindblad::{Generator, Lindbladian};
use crate::model::ModelError;
use crate::operator::{Hermitian, Operator};
use crate::space::BatterySpace;

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
    /// The unitary of the observed part that takes most energy, which depends on the state.
    Extract,
}

impl Stroke {
    /// # Errors
    /// [`ModelError`] when something cannot be written down.
    pub(crate) fn new(stage: &Stage, setting: &Setting<'_>) -> Result<Self, ModelError> {
        let energy = setting.energy();
        let flow = |lindbladian: Lindbladian, load, back| {
            let power = Hermitian::from_operator(&lindbladian.adjoint(&energy));
            Action::Flow(Box::new(Flow { generator: Generator::new(&lindbladian), power, load, back }))
        };
        let at_once = |instant| (0.0, Action::Instant(instant));
        let (duration, action) = match &stage.task {
            Task::Evolve { duration, system } => {
                let duration = duration.unwrap_or(0.0);
                let (lindbladian, back) = setting.evolving(system.as_deref(), duration)?;
                (duration, flow(lindbladian, None, back))
            }
            Task::Wait { duration, system } => {
                let (lindbladian, _) = setting.waiting(system.as_deref(), None)?;
                (*duration, flow(lindbladian, None, None))
            }
            Task::Extract(Extraction::Load { rate, duration }) => {
                let (lindbladian, load) = setting.waiting(None, Some(*rate))?;
                (*duration, flow(lindbladian, load, None))
            }
            Task::Extract(Extraction::Unitary) => at_once(Instant::Extract),
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
            &Task::Measure { target } | &Task::Dephase { target } => {
                let measured = matches!(stage.task, Task::Measure { .. });
                let labels = labels(setting, target, measured);
                at_once(Instant::Decohere { labels, of: target, measured })
            }
        };
        let points = if matches!(action, Action::Instant(_)) { 1 } else { stage.points };
        Ok(Stroke { kind: stage.task.kind(), duration, points, action })
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
        StageRecord::empty(self.kind, self.duration, self.kind == "extract", measures_other, cycles)
    }

    /// Shown times since the start of the stage.
    pub(crate) fn times(&self) -> Vec<f64> {
        (1..=self.points).map(|k| self.duration * (k as f64 / self.points as f64)).collect()
    }

    /// Whether the map is linear.
    pub(crate) fn is_linear(&self) -> bool {
        !matches!(self.action, Action::Instant(Instant::Extract))
    }

    /// Whether the energy of the observed part may jump.
    pub(crate) fn jumps(&self, observed: Part) -> bool {
        match &self.action {
            Action::Flow(_) | Action::Instant(Instant::Decohere { .. }) => false,
            Action::Instant(Instant::Reset { target, .. } | Instant::Unitary { target, .. }) => {
                *target == observed
            }
            Action::Instant(Instant::Extract) => true,
        }
    }
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
    /// The state afterwards; linear in `rho` but for the extraction.
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
            Instant::Extract => {
                let observed = setting.observed();
                match extraction(&observed.reduced(rho), observed.space) {
                    Some(u) => rho.conjugated_by(&setting.joint(observed.part, &u)),
                    None => rho.clone(),
                }
            }
        }
    }
}

/// Energies that a unitary may take, relative to the largest, below which a state counts as passive.
const PASSIVE: f64 = 1e-14;

/// The unitary that leaves least energy in every sector; `None` for a passive state.
fn extraction(rho: &Hermitian, space: &BatterySpace) -> Option<Operator> {
    let mut entries = Vec::new();
    let mut taken = 0.0;
    for sector in space.sectors() {
        let (offset, size) = (sector.offset, sector.energies.len());
        let block = rho.block(offset, size);
        let matrix = Mat::from_fn(size, size, |i, j| block.get(i, j));
        let eigen = matrix.self_adjoint_eigen(Side::Lower).ok()?;
        let values: Vec<f64> = eigen.S().column_vector().iter().map(|x| x.re).collect();
        let mut order: Vec<usize> = (0..size).collect();
        order.sort_by(|&i, &j| sector.energies[i].total_cmp(&sector.energies[j]));
        // Eigenvalues come in nondecreasing order: the last goes to the lowest level.
        for (k, &level) in order.iter().enumerate() {
            let column = size - 1 - k;
            taken += sector.energies[level] * (block.population(level) - values[column]);
            let ket = (0..size).map(|i| (i, eigen.U()[(i, column)].conj()));
            entries.extend(ket.map(|(i, x): (usize, Complex64)| (offset + level, offset + i, x)));
        }
    }
    (taken > PASSIVE * largest_energy(space)).then(|| Operator::from_entries(space.dim(), entries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merit::{BatteryState, ergotropy_of};

    #[test]
    fn the_extraction_takes_the_ergotropy_of_what_it_may_use() {
        // Global on one qudit, collective on the ladder of qubits, for states with complex coherences.
        for space in [BatterySpace::ladder(1, 4, 1.3), BatterySpace::ladder(3, 2, 1.3)] {
            let psi: Vec<_> = (0..4).map(|n| Complex64::from_polar(0.3 + 0.1 * n as f64, n as f64)).collect();
            let mut rho = Hermitian::projector(&psi);
            rho.s_mut()[10] += 1.0 - rho.trace();
            let before = ergotropy_of(&BatteryState::new(&space, std::slice::from_ref(&rho)));
            let energy = |rho: &Hermitian| -> f64 {
                rho.populations().zip(space.energies()).map(|(p, e)| p * e).sum()
            };
            let left = rho.conjugated_by(&extraction(&rho, &space).unwrap());
            assert!((energy(&rho) - energy(&left) - before.collective.unwrap()).abs() < 1e-14);
            assert!((left.trace() - 1.0).abs() < 1e-14);
            assert!(extraction(&left, &space).is_none());
        }
    }

    #[test]
    fn equal_energies_share_a_label() {
        let labels = energy_labels(&BatterySpace::product(2, &[1.0, 1.0]));
        assert_eq!(labels, [0, 1, 1, 3]);
    }
}
