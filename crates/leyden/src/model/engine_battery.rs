//! N cells charged by N three-level masers.
//!
//!   K = i (g/sqrt N) [A_+ S^- - A_- S^+],   A_+ = sum_j |1><0|_j,   S^- = sum_k sigma^-_k     (collective)
//!   K = i g sum_j [|1><0|_j sigma^-_j - h.c.]                                                  (individual)
//!
//! Where the engines are fast they act as one bath of negative temperature,
//!
//!   d rho_B/dt = -i [H_B, rho_B] + Gamma_e (D[S^-] + x D[S^+]) rho_B,   x = e^{-beta_e omega_0},
//!   Gamma_e = 2 g^2 n_0 G_p/(G_p^2 + delta^2),   G_p = (a + d)/2,   delta = omega_B - omega_0,
//!
//! with sigma^-_k in place of S^- for individual charging. Source: @ito2020.

use super::heat_engine::{finite, in_range, positive};
use super::{ChargerBattery, EngineError, HeatEngine, NoiseRates, Signal};
use crate::space::InitialState;

/// What charges the cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Engines {
    /// Masers with open signals.
    Maser(HeatEngine),
    /// Their effective bath, given directly.
    Effective {
        /// Gamma_e > 0.
        rate: f64,
        /// beta_e omega_0, negative for an engine.
        exponent: f64,
    },
}

/// Which engine charges which cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineMode {
    /// All engines act on the collective spin of all cells.
    Collective,
    /// One engine for each cell.
    Individual,
}

impl EngineMode {
    /// Its name in scenario files and results.
    pub fn name(self) -> &'static str {
        match self {
            EngineMode::Collective => "collective",
            EngineMode::Individual => "individual",
        }
    }
}

/// How engines are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineModel {
    /// As the bath that they are to a slow battery.
    Effective,
    /// With their levels, baths and coherences.
    Full,
}

impl EngineModel {
    /// Its name in scenario files and results.
    pub fn name(self) -> &'static str {
        match self {
            EngineModel::Effective => "effective",
            EngineModel::Full => "full",
        }
    }
}

/// State of every engine at t = 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineStart {
    /// Its own steady state.
    #[default]
    Steady,
    /// |0>.
    Ground,
}

/// N cells and their engines.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineBattery {
    /// N.
    pub cells: usize,
    /// omega_B, less the detuning.
    pub frequency: f64,
    /// What is added to it; kept apart so that the smallest one against the signal is not lost in a difference.
    pub detuning: f64,
    /// The engines.
    pub engines: Engines,
    /// g; the collective coupling is g/sqrt(N). Not used where Gamma_e is given.
    pub coupling: f64,
    /// Collective or individual.
    pub mode: EngineMode,
    /// Effective or full.
    pub model: EngineModel,
    /// Engines at t = 0 (full model).
    pub start: EngineStart,
    /// Cells excited at t = 0: all or none.
    pub excited: bool,
    /// Fraction f of the energy of the limit for charging time and average power.
    pub fraction: f64,
    /// Run the other modes and models beside this one.
    pub compare: bool,
}

impl EngineBattery {
    /// Whether these engines charge these cells.
    ///
    /// # Errors
    /// [`EngineError`] with the first number that is impossible.
    pub fn validate(&self) -> Result<(), EngineError> {
        if self.cells == 0 {
            return Err(EngineError::Cells(self.cells));
        }
        finite("detuning", self.detuning)?;
        positive("frequency", self.cell_frequency())?;
        if !(self.fraction > 0.0 && self.fraction < 1.0) {
            return Err(EngineError::Fraction(self.fraction));
        }
        match &self.engines {
            Engines::Maser(engine) => {
                engine.validate()?;
                match engine.signal {
                    Signal::Open => {}
                    Signal::Drive { .. } => return Err(EngineError::SignalTaken("drive")),
                    Signal::Load { .. } => return Err(EngineError::SignalTaken("load")),
                }
                finite("coupling", self.coupling)?;
            }
            Engines::Effective { rate, .. } => positive("engines.rate", *rate)?,
        }
        in_range(-self.ln_ratio(), self.deciding_exponent())?;
        let rate = self.gamma_e();
        if !(rate > 0.0 && rate.is_finite()) {
            return Err(EngineError::EffectiveRate(rate));
        }
        Ok(())
    }

    /// The field that decides beta_e omega_0: of a maser the temperature with the larger of beta_h omega_h and beta_c omega_c.
    fn deciding_exponent(&self) -> &'static str {
        match &self.engines {
            Engines::Effective { .. } => "engines.exponent",
            Engines::Maser(engine) if engine.ln_ratio() > 0.0 => "cold_temperature",
            Engines::Maser(_) => "hot_temperature",
        }
    }

    /// ln x = -beta_e omega_0.
    pub fn ln_ratio(&self) -> f64 {
        match &self.engines {
            Engines::Maser(engine) => engine.ln_ratio(),
            Engines::Effective { exponent, .. } => -exponent,
        }
    }

    /// omega_B.
    pub(crate) fn cell_frequency(&self) -> f64 {
        self.frequency + self.detuning
    }

    /// delta = omega_B - omega_0; 0 where only the effective bath is known.
    pub(crate) fn detuning(&self) -> f64 {
        match &self.engines {
            Engines::Maser(engine) => self.frequency - engine.signal_frequency + self.detuning,
            Engines::Effective { .. } => 0.0,
        }
    }

    /// Gamma_e.
    pub fn gamma_e(&self) -> f64 {
        match &self.engines {
            Engines::Maser(engine) => engine.gamma_e(self.coupling, self.detuning()),
            Engines::Effective { rate, .. } => *rate,
        }
    }

    /// Cells that one piece of the problem holds: all of them, or one of N equal pairs.
    pub(crate) fn cells_together(&self) -> usize {
        match self.mode {
            EngineMode::Collective => self.cells,
            EngineMode::Individual => 1,
        }
    }

    /// The cells in the bath that the engines are: D[S^-] with Gamma_e and D[S^+] with x Gamma_e, or one bath for each cell,
    /// beside an idle charger.
    ///
    /// # Errors
    /// [`EngineError`] when a number is wrong or the full model is asked for.
    pub fn as_bath(&self) -> Result<ChargerBattery, EngineError> {
        self.validate()?;
        if self.model == EngineModel::Full {
            return Err(EngineError::NoBath);
        }
        let rate = self.gamma_e();
        let mut bath = ChargerBattery::star(self.cells);
        bath.charger.frequency = self.cell_frequency();
        bath.battery.frequencies = vec![self.cell_frequency(); self.cells];
        bath.battery.noise =
            NoiseRates { relaxation: rate, pumping: rate * self.ln_ratio().exp(), ..NoiseRates::default() };
        bath.battery.collective_noise = self.mode == EngineMode::Collective;
        bath.coupling.strengths = vec![0.0; self.cells];
        bath.initial.battery = if self.excited { InitialState::Excited } else { InitialState::Ground };
        Ok(bath)
    }
}
