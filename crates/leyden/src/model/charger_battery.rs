//! A driven charger coupled to a battery of N cells.
//!
//! H = omega_C n_C + sum_i omega_i n_i + H_CB + F(c e^{i omega_d t} + c^dag e^{-i omega_d t}),
//!   exchange: H_CB = sum_i g_i (c^dag b_i + b_i^dag c),   dipole: H_CB = sum_i g_i (c + c^dag)(b_i + b_i^dag),
//! with c = sigma^-_C or a_C, b_i = sigma^-, spin-(d-1)/2 lowering operator, sum_n |n><n+1| or b. Channels D[L] of the charger and of
//! every cell (or of all cells together): dephasing L = n; relaxation k at occupation n: L = c at k(n+1), L = c^dag at k n.
//!
//! Exchange coupling is solved in the frame that rotates at omega_d (at the first cell's frequency without a drive),
//! where H is constant: omega_X -> Delta_X = omega_X - omega_d. E_B and ergotropy are those of H_B = sum omega_i n_i.
//! Dipole coupling stays in the laboratory frame, where a drive makes H periodic.
//! Source: Shastri et al., npj Quantum Inf. 11, 9 (2025); Purkait, Venkatesh, Watanabe, arXiv:2508.13497.

use num_complex::Complex64;

use super::closed::products;
use super::parts::PartsError;
use super::{FieldError, FieldMemory, Frame};
use crate::lindblad::{Channel, Entries, LindbladError, Lindbladian, Modulation, Shape};
use crate::operator::{Hermitian, Operator};
use crate::space::{BatterySpace, Cells, InitialState, Noise, StateError};

/// Number of Fock states kept of an oscillator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cutoff {
    /// Grown until the highest levels stay empty.
    Auto,
    /// This many levels.
    Levels(usize),
}

/// What the charger is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChargerKind {
    /// Two levels.
    Qubit,
    /// An oscillator.
    Oscillator(Cutoff),
}

/// Rates of the noise on one subsystem.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NoiseRates {
    /// Rate of `D[n]`.
    pub dephasing: f64,
    /// Rate k of relaxation.
    pub relaxation: f64,
    /// Occupation n of the bath: down at k(n+1), up at k n.
    pub thermal_occupation: f64,
    /// Rate of jumps up beyond those of the bath, as engines of negative temperature make them.
    pub pumping: f64,
}

impl NoiseRates {
    /// Whether any channel is open.
    pub fn any(&self) -> bool {
        self.dephasing > 0.0 || self.exchanges()
    }

    /// Whether energy comes and goes.
    pub(crate) fn exchanges(&self) -> bool {
        self.relaxation > 0.0 || self.pumping > 0.0
    }

    pub(in crate::model) fn channels(&self) -> [(Noise, f64); 3] {
        let (k, n) = (self.relaxation, self.thermal_occupation);
        [
            (Noise::Dephasing, self.dephasing),
            (Noise::Loss, k * (n + 1.0)),
            (Noise::Gain, k * n + self.pumping),
        ]
    }
}

/// The charger.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Charger {
    /// Qubit or oscillator.
    pub kind: ChargerKind,
    /// omega_C, less the detuning.
    pub frequency: f64,
    /// Added to the frequency: a difference to other frequencies too small for it keeps its digits here.
    pub detuning: f64,
    /// Its noise.
    pub noise: NoiseRates,
    /// The memory of what dephases it; `None` where that is white.
    pub memory: Option<FieldMemory>,
}

/// What a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Two levels.
    Qubit,
    /// d equally spaced levels.
    Qudit(usize),
    /// d equally spaced levels, all steps between them with one matrix element; only one.
    UniformLadder(usize),
    /// An oscillator; only one.
    Oscillator(Cutoff),
}

/// The battery.
#[derive(Clone, Debug, PartialEq)]
pub struct Battery {
    /// What each cell is.
    pub cell: Cell,
    /// omega_i of every cell, less the detuning.
    pub frequencies: Vec<f64>,
    /// Added to every frequency, as for a charger.
    pub detuning: f64,
    /// Noise on each cell, or on all together.
    pub noise: NoiseRates,
    /// Channels shared by all cells instead of one per cell.
    pub collective_noise: bool,
}

/// Which terms the coupling keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CouplingForm {
    /// c^dag b + b^dag c.
    Exchange,
    /// (c + c^dag)(b + b^dag).
    Dipole,
}

/// Charger-cell coupling.
#[derive(Clone, Debug, PartialEq)]
pub struct Coupling {
    /// g_i of every cell, any scaling with N already done.
    pub strengths: Vec<f64>,
    /// That scaling: 1, or 1/sqrt(N). A cell alone has g_i over it.
    pub scaling: f64,
    /// Exchange or dipole.
    pub form: CouplingForm,
}

/// The drive on the charger.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drive {
    /// F.
    pub amplitude: f64,
    /// omega_d.
    pub frequency: f64,
}

/// Product initial state.
#[derive(Clone, Debug, PartialEq)]
pub struct Initial {
    /// Of the charger.
    pub charger: InitialState,
    /// Of the battery.
    pub battery: InitialState,
}

/// A charger, its battery and what couples, drives and damps them.
#[derive(Clone, Debug, PartialEq)]
pub struct ChargerBattery {
    /// The charger.
    pub charger: Charger,
    /// The battery.
    pub battery: Battery,
    /// Their coupling.
    pub coupling: Coupling,
    /// The drive on the charger.
    pub drive: Option<Drive>,
    /// The state at t = 0.
    pub initial: Initial,
}

/// Levels kept of the oscillators (1 where there is none).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levels {
    /// Of the charger.
    pub charger: usize,
    /// Of an oscillator battery.
    pub battery: usize,
}

/// How the space of a battery is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Structure {
    /// One cut oscillator.
    Oscillator,
    /// Symmetric states of equal cells, or one cell.
    Ladder,
    /// All total spins of equal qubits.
    SpinSectors,
    /// All states of all cells.
    Product,
}

messages! {
    /// Why a system cannot be written down.
    #[derive(Clone, Debug, PartialEq)]
    pub enum ModelError {
        ChargerState(StateError) = "charger: {0}";
        BatteryState(StateError) = "battery: {0}";
        SeveralOscillators { cells: usize } =
            "an oscillator battery must have 1 cell, but has {cells}; several oscillators on one charger share one bright mode of coupling g sqrt(N)";
        SeveralLadders { cells: usize } = "a battery of uniform ladders must have 1 cell, but has {cells}";
        PerCell { frequencies: usize, couplings: usize } =
            "a battery must have one frequency and one coupling per cell, at least one, but has {frequencies} and {couplings}";
        Times { before: f64, time: f64 } =
            "times must be finite, at least 0 and nondecreasing, but {time} follows {before}";
        /// A field with memory.
        Field from FieldError;
        Tolerance { tolerance: f64 } = "`tolerance` must be finite and at least 1e-15, but is {tolerance}";
        /// The generator.
        Generator from LindbladError;
        BatteryLevels { levels: usize, battery: usize } =
            "the {battery} levels of the battery must divide the {levels} of the Hamiltonian";
        BatteryHamiltonian { error: f64 } =
            "the Hamiltonian of the battery must be Hermitian, but |H_B - H_B^dag| reaches {error:.1e}";
        Eigenvalues = "the eigenvalue iteration for the Hamiltonian of the battery did not converge";
        Start { levels: usize, found: usize, trace: f64 } =
            "the initial state must have {levels} levels and trace 1, but has {found} and trace {trace}";
        /// A system of parts.
        Parts from PartsError;
        NegativeStart { population: f64 } =
            "the populations of the initial state must not be negative, but one is {population}";
    }
}

/// A master equation on charger (x) battery, the charger on the slow index, with its initial state.
#[derive(Clone, Debug)]
pub struct JointSystem {
    /// Hamiltonian and channels.
    pub lindbladian: Lindbladian,
    /// Levels of the charger.
    pub charger_levels: usize,
    /// rho(0) on charger (x) battery.
    pub rho0: Hermitian,
    /// The battery's space.
    pub space: BatterySpace,
}

/// The same with kets in place of rho(0), weights in their norms.
#[derive(Clone, Debug)]
pub(crate) struct JointKets {
    pub(crate) lindbladian: Lindbladian,
    /// Levels of what is not the battery.
    pub(crate) others: usize,
    pub(crate) space: BatterySpace,
    pub(crate) kets: Vec<Vec<Complex64>>,
}

impl JointSystem {
    /// Levels of charger and, where it is an oscillator, battery.
    pub(crate) fn levels(&self) -> Levels {
        let battery = if self.space.is_oscillator() { self.space.dim() } else { 1 };
        Levels { charger: self.charger_levels, battery }
    }

    /// 1 (x) H_B.
    pub(crate) fn energy(&self) -> Operator {
        Operator::identity(self.charger_levels).kron(&self.space.hamiltonian())
    }
}

impl ChargerBattery {
    /// N resonant qubits around a qubit, each coupled to it by an exchange of strength g = 1, all of frequency 1 and in their ground
    /// states; no noise, no drive.
    pub fn star(cells: usize) -> Self {
        ChargerBattery {
            charger: Charger {
                kind: ChargerKind::Qubit,
                frequency: 1.0,
                detuning: 0.0,
                noise: NoiseRates::default(),
                memory: None,
            },
            battery: Battery {
                cell: Cell::Qubit,
                frequencies: vec![1.0; cells],
                detuning: 0.0,
                noise: NoiseRates::default(),
                collective_noise: false,
            },
            coupling: Coupling { strengths: vec![1.0; cells], scaling: 1.0, form: CouplingForm::Exchange },
            drive: None,
            initial: Initial { charger: InitialState::Ground, battery: InitialState::Ground },
        }
    }

    /// A resonant oscillator charged by another one, g = 1, both empty; no noise, no drive.
    pub fn oscillators() -> Self {
        let mut pair = ChargerBattery::star(1);
        pair.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
        pair.battery.cell = Cell::Oscillator(Cutoff::Auto);
        pair
    }

    /// With a dephased charger: rate gamma_C of `D[n]`.
    pub fn dephased(mut self, gamma: f64) -> Self {
        self.charger.noise.dephasing = gamma;
        self
    }

    /// With a drive of amplitude F on the charger, resonant with the first cell.
    pub fn driven(mut self, amplitude: f64) -> Self {
        let frequency = self.cell_frequencies().next().unwrap_or(1.0);
        self.drive = Some(Drive { amplitude, frequency });
        self
    }

    /// With a battery that starts in another state.
    pub fn with_battery_in(mut self, state: InitialState) -> Self {
        self.initial.battery = state;
        self
    }

    /// With a charger that starts in another state.
    pub fn with_charger_in(mut self, state: InitialState) -> Self {
        self.initial.charger = state;
        self
    }

    /// Number of cells N.
    pub fn cells(&self) -> usize {
        self.battery.frequencies.len()
    }

    /// omega_i of every cell.
    pub fn cell_frequencies(&self) -> impl Iterator<Item = f64> + '_ {
        self.battery.frequencies.iter().map(|omega| omega + self.battery.detuning)
    }

    /// omega of the first cell.
    pub(crate) fn cell_frequency(&self) -> f64 {
        self.battery.frequencies[0] + self.battery.detuning
    }

    /// # Errors
    /// [`ModelError::PerCell`].
    pub(crate) fn require_cells(&self) -> Result<(), ModelError> {
        let (frequencies, couplings) = (self.battery.frequencies.len(), self.coupling.strengths.len());
        match frequencies > 0 && frequencies == couplings {
            true => Ok(()),
            false => Err(ModelError::PerCell { frequencies, couplings }),
        }
    }

    /// Whether all cells have one frequency and one coupling.
    pub(crate) fn equal_cells(&self) -> bool {
        let equal = |x: &[f64]| x.iter().all(|y| *y == x[0]);
        equal(&self.battery.frequencies) && equal(&self.coupling.strengths)
    }

    /// The drive, where it does something.
    pub(crate) fn active_drive(&self) -> Option<Drive> {
        self.drive.filter(|drive| drive.amplitude != 0.0)
    }

    /// Steps from the lowest to the highest level of a cell; 0 of an oscillator.
    pub(crate) fn cell_steps(&self) -> usize {
        self.cell_levels().saturating_sub(1)
    }

    /// Whether the battery is an oscillator.
    pub(crate) fn battery_oscillates(&self) -> bool {
        matches!(self.battery.cell, Cell::Oscillator(_))
    }

    fn cell_levels(&self) -> usize {
        match self.battery.cell {
            Cell::Qubit => 2,
            Cell::Qudit(d) | Cell::UniformLadder(d) => d,
            Cell::Oscillator(_) => 0,
        }
    }

    /// Whether the state keeps to the symmetric subspace of the cells.
    pub(crate) fn stays_symmetric(&self) -> bool {
        let local_noise = self.battery.noise.any() && !self.battery.collective_noise;
        let symmetric_start = !matches!(self.initial.battery, InitialState::Thermal(_));
        self.equal_cells() && !local_noise && symmetric_start
    }

    /// Levels of the battery space for `battery` levels of an oscillator, without building it (may overflow to inf).
    pub(crate) fn battery_dim(&self, levels: Levels) -> f64 {
        self.dim_of(self.structure(self.stays_symmetric(), self.equal_cells()), levels)
    }

    /// Levels of charger (x) battery, without building them.
    pub fn dim(&self, levels: Levels) -> f64 {
        levels.charger as f64 * self.battery_dim(levels)
    }

    /// The smallest space that holds the dynamics of the battery.
    ///
    /// # Errors
    /// [`ModelError::SeveralOscillators`], [`ModelError::SeveralLadders`].
    pub(crate) fn battery_space(&self, levels: Levels) -> Result<BatterySpace, ModelError> {
        self.space_of(self.structure(self.stays_symmetric(), self.equal_cells()), levels)
    }

    /// The structure for states that stay symmetric or not, on cells that all stages of a run see as equal or not.
    pub(crate) fn structure(&self, symmetric: bool, equal: bool) -> Structure {
        match self.battery.cell {
            Cell::Oscillator(_) => Structure::Oscillator,
            _ if self.battery.frequencies.len() == 1 || (symmetric && equal) => Structure::Ladder,
            Cell::Qubit if equal => Structure::SpinSectors,
            _ => Structure::Product,
        }
    }

    /// The battery's space in a given structure.
    ///
    /// # Errors
    /// [`ModelError::SeveralOscillators`], [`ModelError::SeveralLadders`].
    pub(crate) fn space_of(&self, structure: Structure, levels: Levels) -> Result<BatterySpace, ModelError> {
        let omega = self.cell_frequency();
        let cells = self.battery.frequencies.len();
        Ok(match structure {
            Structure::Oscillator if cells > 1 => return Err(ModelError::SeveralOscillators { cells }),
            Structure::Oscillator => BatterySpace::oscillator(levels.battery, omega),
            _ if matches!(self.battery.cell, Cell::UniformLadder(_)) => match cells {
                1 => BatterySpace::uniform_ladder(self.cell_levels(), omega),
                _ => return Err(ModelError::SeveralLadders { cells }),
            },
            Structure::Ladder => BatterySpace::ladder(cells, self.cell_levels(), omega),
            Structure::SpinSectors => BatterySpace::spin_sectors(cells, omega),
            Structure::Product => {
                BatterySpace::product(self.cell_levels(), &self.cell_frequencies().collect::<Vec<_>>())
            }
        })
    }

    /// Levels of the battery in a given structure, without building it (may overflow to inf).
    pub(crate) fn dim_of(&self, structure: Structure, levels: Levels) -> f64 {
        let (n, d) = (self.battery.frequencies.len() as f64, self.cell_levels() as f64);
        match structure {
            Structure::Oscillator => levels.battery as f64,
            Structure::Ladder => n * (d - 1.0) + 1.0,
            Structure::SpinSectors => ((n + 2.0).powi(2) / 4.0).floor(),
            Structure::Product => d.powf(n),
        }
    }

    /// A first choice for the levels of the oscillators: room for the initial state and for what a drive
    /// displaces on resonance.
    pub(crate) fn first_levels(&self) -> Levels {
        let displaced = match self.active_drive() {
            Some(drive) => (2.0 * drive.amplitude / self.coupling_norm().max(1e-3)).abs().min(4.0),
            None => 0.0,
        };
        let carried = self.initial.charger.amplitude() + self.initial.battery.amplitude() + displaced;
        let room = |amplitude: f64| ((amplitude + 1.5).powi(2) + 6.0).ceil() as usize;
        let auto = |cutoff: Cutoff| match cutoff {
            Cutoff::Levels(levels) => levels,
            Cutoff::Auto => room(carried),
        };
        Levels {
            charger: match self.charger.kind {
                ChargerKind::Qubit => 2,
                ChargerKind::Oscillator(cutoff) => auto(cutoff),
            },
            battery: match self.battery.cell {
                Cell::Oscillator(cutoff) => auto(cutoff),
                _ => 1,
            },
        }
    }

    /// Whether the cutoff of the charger is grown as needed.
    pub(crate) fn grows_charger(&self) -> bool {
        self.charger.kind == ChargerKind::Oscillator(Cutoff::Auto)
    }

    /// Whether the cutoff of the battery is grown as needed.
    pub(crate) fn grows_battery(&self) -> bool {
        self.battery.cell == Cell::Oscillator(Cutoff::Auto)
    }

    fn coupling_norm(&self) -> f64 {
        self.coupling.strengths.iter().map(|g| g * g).sum::<f64>().sqrt()
    }

    pub(crate) fn initial_states(
        &self,
        space: &BatterySpace,
        levels: Levels,
    ) -> Result<(Hermitian, Hermitian), ModelError> {
        let charger = match self.charger.kind {
            ChargerKind::Qubit => self.initial.charger.on_levels(2),
            ChargerKind::Oscillator(_) => self.initial.charger.on_oscillator(levels.charger),
        };
        let battery = self.initial.battery.on_battery(space);
        Ok((charger.map_err(ModelError::ChargerState)?, battery.map_err(ModelError::BatteryState)?))
    }

    /// Hamiltonian, channels, spaces and initial states.
    ///
    /// # Errors
    /// [`ModelError`] when a state does not exist or a cutoff cannot hold it.
    pub fn system(&self, levels: Levels) -> Result<JointSystem, ModelError> {
        let space = self.battery_space(levels)?;
        let (charger0, battery0) = self.initial_states(&space, levels)?;
        let lindbladian = self.lindbladian(&space, levels, self.frame())?;
        let rho0 = charger0.kron(&battery0);
        Ok(JointSystem { lindbladian, charger_levels: levels.charger, rho0, space })
    }

    /// Levels of the battery on which kets are drawn: of all cells, or of the smallest space that holds the dynamics.
    pub(crate) fn drawn_dim(&self, levels: Levels, all_cells: bool) -> f64 {
        match all_cells {
            true => self.dim_of(Structure::Product, levels),
            false => self.battery_dim(levels),
        }
    }

    /// The same with kets, on the product of all cells where that is asked for.
    ///
    /// # Errors
    /// [`ModelError`] when a state does not exist, a cutoff cannot hold it, or a rate is no rate.
    pub(crate) fn joint_kets(&self, levels: Levels, all_cells: bool) -> Result<JointKets, ModelError> {
        let space = match all_cells {
            true => self.space_of(Structure::Product, levels)?,
            false => self.battery_space(levels)?,
        };
        let (charger, battery) = self.initial_kets(&space, levels)?;
        let lindbladian = self.lindbladian(&space, levels, self.frame())?;
        Ok(JointKets { lindbladian, others: levels.charger, kets: products(&charger, &battery), space })
    }

    /// The master equation of [`system`](Self::system) without its state, which holds far more numbers.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn stateless(&self, levels: Levels) -> Result<Lindbladian, ModelError> {
        let space = self.battery_space(levels)?;
        self.initial_states(&space, levels)?;
        self.lindbladian(&space, levels, self.frame())
    }

    /// Hamiltonian and channels on a space of the battery's own frequencies, in a rotating frame: at rest for a dipole
    /// coupling, the drive's frequency for a driven exchange coupling, any otherwise.
    ///
    /// # Errors
    /// [`ModelError`] when a rate is no rate.
    pub(crate) fn lindbladian(
        &self,
        space: &BatterySpace,
        levels: Levels,
        frame: Frame,
    ) -> Result<Lindbladian, ModelError> {
        let joint = self.joint_operators(space, levels);
        let c = &joint.c;
        let bare = self.charger_offset(frame) * joint.charger_number()
            + joint.on_battery(&space.numbers(&self.cell_offsets(frame)));
        let (drive, modulations) = match self.coupling.form {
            CouplingForm::Exchange => {
                let drive = self.active_drive().map(|drive| drive.amplitude * c.plus_adjoint());
                (drive, Vec::new())
            }
            CouplingForm::Dipole => {
                let modulations = self.active_drive().map_or(Vec::new(), |Drive { amplitude, frequency }| {
                    // c e^{iwt} + c^dag e^{-iwt} = cos(wt)(c + c^dag) + sin(wt) i(c - c^dag)
                    let quadrature = (c - &c.adjoint()).scaled(num_complex::Complex64::I);
                    vec![
                        Modulation {
                            operator: amplitude * c.plus_adjoint(),
                            shape: Shape::Cosine { frequency, phase: 0.0 },
                        },
                        Modulation {
                            operator: amplitude * quadrature,
                            shape: Shape::Cosine { frequency, phase: -std::f64::consts::FRAC_PI_2 },
                        },
                    ]
                });
                (None, modulations)
            }
        };
        let mut hamiltonian = bare + joint.coupling(self.coupling.form);
        if let Some(drive) = drive {
            hamiltonian = hamiltonian + drive;
        }
        let mut channels = Vec::new();
        for (noise, rate) in self.charger.noise.channels() {
            channels.push(Channel { rate, jump: joint.charger_jump(noise) });
        }
        for (noise, rate) in self.battery.noise.channels() {
            if rate == 0.0 {
                continue;
            }
            let jumps = self.battery_jumps(space, &joint, noise);
            channels.extend(jumps.into_iter().map(|jump| Channel { rate, jump }));
        }
        let generator = Lindbladian::modulated(hamiltonian, channels, modulations)?;
        let qubits = levels.charger == 2
            && (space.dim() == 2 || matches!(space.cells(), Cells::Product { levels: 2, .. }));
        Ok(if qubits { generator } else { generator.with_entries(Entries::Rounded) })
    }
}
