//! A master equation of one's own: any Hamiltonian and channels on other (x) battery.
//!
//! d rho/dt = -i[H + sum_k f_k(t) V_k, rho] + sum_k gamma_k D[L_k] rho on other (x) battery, the other on the slow index; energy and
//! ergotropy are those of any H_B on the battery. Where H_B is not diagonal everything is turned into its eigenbasis,
//! H_B = U E U^dag, O -> (1 (x) U)^dag O (1 (x) U), in which the levels of the battery are its energies.

use num_complex::Complex64;

use super::ModelError;
use super::charger_battery::JointSystem;
use super::closed::{ClosedSystem, Leak};
use crate::lindblad::{Channel, Entries, FEW_LEVELS, Lindbladian, Modulation, Shape};
use crate::numerics::nan_max;
use crate::operator::{Hermitian, Operator};
use crate::space::BatterySpace;

/// A battery that may be charged by any other system: hbar = 1, frequencies and rates in one unit.
///
/// The battery counts as one cell, whatever it is made of: its local and its collective ergotropy are the global one.
///
/// ```
/// use leyden::{MasterEquation, Operator, System, Times};
///
/// // A qubit driven at its own frequency, in the frame of the drive, that loses energy.
/// let lower = Operator::spin_lowering(2);
/// let qubit = MasterEquation::new(0.5 * lower.plus_adjoint(), Operator::number(2)).with_channel(0.1, lower);
/// let run = qubit.charge(&Times::even(0.0, 10.0, 101).into())?;
/// assert!(run.limit()?.energy < 0.5);
/// # Ok::<(), leyden::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MasterEquation {
    hamiltonian: Operator,
    battery: Operator,
    channels: Vec<Channel>,
    parts: Vec<Modulation>,
    start: Start,
}

/// The state at t = 0.
#[derive(Clone, Debug, PartialEq)]
enum Start {
    /// Level 0 of the other, the ground state of H_B.
    Ground,
    State(Hermitian),
    Ket(Vec<Complex64>),
}

/// Everything in the eigenbasis of H_B.
struct Turned {
    lindbladian: Lindbladian,
    /// Levels of the other.
    others: usize,
    energies: Vec<f64>,
    /// The level of least energy.
    ground: usize,
    /// 1 (x) U, where H_B is not diagonal.
    basis: Option<Operator>,
}

impl MasterEquation {
    /// H on other (x) battery, `battery` = H_B on the battery alone; n_B levels of the battery must divide those of H. Where they
    /// are as many, the battery is everything. Without [`starting_in`](Self::starting_in) the other starts in its level 0 and the
    /// battery in the ground state of H_B.
    pub fn new(hamiltonian: Operator, battery: Operator) -> Self {
        MasterEquation { hamiltonian, battery, channels: Vec::new(), parts: Vec::new(), start: Start::Ground }
    }

    /// Adds gamma `D[L]` with L on other (x) battery.
    pub fn with_channel(mut self, rate: f64, jump: Operator) -> Self {
        self.channels.push(Channel { rate, jump });
        self
    }

    /// Adds f(t) V to the Hamiltonian.
    pub fn with_part(mut self, shape: Shape, operator: Operator) -> Self {
        self.parts.push(Modulation { operator, shape });
        self
    }

    /// The state of other (x) battery at t = 0.
    pub fn starting_in(mut self, rho0: Hermitian) -> Self {
        self.start = Start::State(rho0);
        self
    }

    /// The ket of other (x) battery at t = 0: without channels nothing larger than kets is ever made.
    pub fn starting_in_ket(mut self, psi: Vec<Complex64>) -> Self {
        self.start = Start::Ket(psi);
        self
    }

    /// Whether there is no channel that acts, and the start is that of some kets.
    pub(crate) fn is_closed(&self) -> bool {
        let positive = match &self.start {
            Start::State(rho0) => rho0.beside(&rho0.kets()) <= 1e-14,
            _ => true,
        };
        positive && self.channels.iter().all(|channel| channel.rate == 0.0)
    }

    /// Levels of other (x) battery.
    pub fn dim(&self) -> usize {
        self.hamiltonian.dim()
    }

    /// The system in the eigenbasis of H_B.
    pub(crate) fn prepared(&self) -> Result<JointSystem, ModelError> {
        let Turned { lindbladian, others, energies, ground, basis } = self.turned()?;
        let (levels, battery) = (lindbladian.dim(), energies.len());
        let rho0 = match &self.start {
            Start::Ground => Hermitian::level(others, 0).kron(&Hermitian::level(battery, ground)),
            Start::State(rho0) => {
                sound(rho0.dim(), levels, rho0.trace())?;
                if !(rho0.beside(&rho0.kets()) <= 1e-10) {
                    let population = -rho0.eigenvalues().into_iter().fold(0.0, |a, p| nan_max(a, -p));
                    if !(population >= -1e-10) {
                        return Err(ModelError::NegativeStart { population });
                    }
                }
                match &basis {
                    None => rho0.clone(),
                    Some(u) => rho0.conjugated_by(&u.adjoint()),
                }
            }
            Start::Ket(psi) => Hermitian::projector(&turned_ket(psi, levels, basis.as_ref())?),
        };
        let space = BatterySpace::of_levels(energies);
        Ok(JointSystem { lindbladian, charger_levels: others, rho0, space })
    }

    /// The system in the eigenbasis of H_B, where there is no channel.
    pub(crate) fn closed_system(&self) -> Result<ClosedSystem, ModelError> {
        if let Start::State(_) = self.start {
            return Ok(ClosedSystem::of(self.prepared()?).on_what_is_reached());
        }
        let Turned { lindbladian, others, energies, ground, basis } = self.turned()?;
        let levels = lindbladian.dim();
        let ket = match &self.start {
            Start::Ket(psi) => turned_ket(psi, levels, basis.as_ref())?,
            _ => (0..levels).map(|level| f64::from(u8::from(level == ground)).into()).collect(),
        };
        let (kets, space) = (vec![ket], BatterySpace::of_levels(energies));
        Ok(ClosedSystem::new(lindbladian, others, space, kets, Leak::default()).on_what_is_reached())
    }

    fn turned(&self) -> Result<Turned, ModelError> {
        let (levels, battery) = (self.hamiltonian.dim(), self.battery.dim());
        if battery == 0 || levels == 0 || !levels.is_multiple_of(battery) {
            return Err(ModelError::BatteryLevels { levels, battery });
        }
        let error = self.battery.hermiticity_error();
        if !(error <= 1e-12 * self.battery.norm_bound().max(1e-300)) {
            return Err(ModelError::BatteryHamiltonian { error });
        }
        let others = levels / battery;
        let (energies, basis) = self.battery.eigenbasis().ok_or(ModelError::Eigenvalues)?;
        let ground = energies.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(k, _)| k);
        // O -> U^dag O U, H_B's own basis needs no turning.
        let basis = basis.map(|u| Operator::identity(others).kron(&u));
        let turn = |operator: &Operator| match &basis {
            None => operator.clone(),
            Some(u) => operator.turned_by(u),
        };
        for operator in self.channels.iter().map(|c| &c.jump).chain(self.parts.iter().map(|p| &p.operator)) {
            if operator.dim() != levels {
                let found = operator.dim();
                return Err(
                    crate::lindblad::LindbladError::DimensionMismatch { expected: levels, found }.into()
                );
            }
        }
        let channels = self.channels.iter().map(|c| Channel { rate: c.rate, jump: turn(&c.jump) }).collect();
        let parts =
            self.parts.iter().map(|p| Modulation { operator: turn(&p.operator), shape: p.shape.clone() });
        let lindbladian = Lindbladian::modulated(turn(&self.hamiltonian), channels, parts.collect())?;
        // Operators of many levels are made by arithmetic, which leaves rounding where nothing should be.
        let lindbladian = match basis.is_none() && levels <= FEW_LEVELS {
            true => lindbladian,
            false => lindbladian.with_entries(Entries::Turned),
        };
        Ok(Turned { lindbladian, others, energies, ground, basis })
    }
}

/// Whether a start fits and is normalised.
fn sound(found: usize, levels: usize, trace: f64) -> Result<(), ModelError> {
    match found == levels && (trace - 1.0).abs() <= 1e-10 {
        true => Ok(()),
        false => Err(ModelError::Start { levels, found, trace }),
    }
}

/// A ket in the eigenbasis of H_B.
fn turned_ket(
    psi: &[Complex64],
    levels: usize,
    basis: Option<&Operator>,
) -> Result<Vec<Complex64>, ModelError> {
    sound(psi.len(), levels, psi.iter().map(|x| x.norm_sqr()).sum())?;
    let Some(u) = basis else { return Ok(psi.to_vec()) };
    let mut turned = vec![Complex64::ZERO; levels];
    u.entries().for_each(|(i, k, x)| turned[k] += x.conj() * psi[i]);
    Ok(turned)
}
