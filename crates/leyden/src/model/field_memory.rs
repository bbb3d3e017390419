//! A noisy field with memory, on the charger H + B(t) n_C, on parts H + B(t) L.
//!
//! `<B(t) B(t')> = sigma^2 e^{-|t-t'|/t_c}` with sigma^2 = gamma/(2 t_c), so that `int <B(t) B(0)> dt = gamma`: for t_c -> 0 the field is white,
//! `<B B'> = gamma delta(t - t')`, and its mean over realisations is the channel gamma `D[n_C]`. Alone it takes the coherence of levels m
//! and n at e^{-(gamma/2)(m-n)^2 [t - t_c (1 - e^{-t/t_c})]} where the field is Gaussian. (A field on sigma_z = 2 n_C - 1 is half of this one:
//! `<B B'> = (gamma/4) delta`.)
//! Source: @kubo1963.

use super::{Charger, ChargerBattery, ModelError, NoiseRates};
use crate::evolve::Picture;
use crate::lindblad::Memory;

/// What kind of noise remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldNoise {
    /// Gaussian: dB = -B dt/t_c + sqrt(2 sigma^2/t_c) dW.
    OrnsteinUhlenbeck,
    /// B = +-sigma, turned over at the rate 1/(2 t_c) each way.
    Telegraph,
}

/// The memory of a field that dephases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldMemory {
    /// The noise.
    pub noise: FieldNoise,
    /// t_c.
    pub correlation_time: f64,
    /// B(0), of telegraph noise its mean; `None` where the field is stationary.
    pub start: Option<f64>,
}

impl FieldNoise {
    /// Both.
    pub const ALL: [FieldNoise; 2] = [FieldNoise::OrnsteinUhlenbeck, FieldNoise::Telegraph];

    /// What a scenario calls it.
    pub fn word(self) -> &'static str {
        match self {
            FieldNoise::OrnsteinUhlenbeck => "ornstein-uhlenbeck",
            FieldNoise::Telegraph => "telegraph",
        }
    }

    /// As in "Ornstein-Uhlenbeck noise".
    pub fn name(self) -> &'static str {
        match self {
            FieldNoise::OrnsteinUhlenbeck => "Ornstein-Uhlenbeck",
            FieldNoise::Telegraph => "telegraph",
        }
    }
}

impl FieldMemory {
    /// sigma of a field of integrated strength gamma.
    pub(crate) fn deviation(&self, gamma: f64) -> f64 {
        (0.5 * gamma / self.correlation_time).sqrt()
    }

    /// The hierarchy of so many members for the field on an operator with this diagonal.
    pub(crate) fn on(&self, gamma: f64, diagonal: Vec<f64>, members: usize) -> Memory {
        let sigma = self.deviation(gamma);
        Memory {
            diagonal,
            sigma,
            correlation_time: self.correlation_time,
            members,
            ends: self.noise == FieldNoise::Telegraph,
            start: self.start.map(|b| b / sigma),
        }
    }

    /// # Errors
    /// [`FieldError`] where a field of this strength is none.
    pub fn validate(&self, gamma: f64) -> Result<(), FieldError> {
        let time = self.correlation_time;
        if !(time > 0.0 && time.is_finite()) {
            return Err(FieldError::CorrelationTime { time });
        }
        let sigma = self.deviation(gamma);
        match self.start {
            Some(start) if !start.is_finite() => Err(FieldError::Start { start }),
            Some(start) if self.noise == FieldNoise::Telegraph && start.abs() > sigma * (1.0 + 1e-12) => {
                Err(FieldError::TelegraphStart { start, sigma })
            }
            _ => Ok(()),
        }
    }
}

/// Diagonal of n_C on levels of the charger before so many of the battery.
pub(crate) fn numbers_of_charger(levels: usize, n_b: usize) -> Vec<f64> {
    (0..levels).flat_map(|n| std::iter::repeat_n(n as f64, n_b)).collect()
}

impl ChargerBattery {
    /// Whether flips and fields of single cells tell them apart.
    pub(crate) fn drawn_on_all_cells(&self, picture: Picture) -> bool {
        let tells_apart = matches!(picture, Picture::Field | Picture::Flips);
        tells_apart
            && self.battery.noise.dephasing > 0.0
            && !self.battery.collective_noise
            && self.cells() > 1
    }

    /// With a charger whose dephasing has a memory.
    pub fn remembering(mut self, memory: FieldMemory) -> Self {
        self.charger.memory = Some(memory);
        self
    }

    /// The memory of the noise, where there is noise.
    pub(crate) fn memory(&self) -> Option<FieldMemory> {
        self.charger.memory.filter(|_| self.charger.noise.dephasing > 0.0)
    }

    /// Whether its noise is white, as channels are.
    pub fn is_markovian(&self) -> bool {
        self.memory().is_none()
    }

    /// The same with white noise of the same strength.
    pub(crate) fn with_white_noise(&self) -> Self {
        ChargerBattery { charger: Charger { memory: None, ..self.charger }, ..self.clone() }
    }

    /// The same without the field.
    pub(crate) fn without_field(&self) -> Self {
        let noise = NoiseRates { dephasing: 0.0, ..self.charger.noise };
        ChargerBattery { charger: Charger { memory: None, noise, ..self.charger }, ..self.clone() }
    }

    /// The field on levels of the charger before so many of the battery, with so many members.
    pub(crate) fn field(&self, memory: &FieldMemory, levels: usize, n_b: usize, members: usize) -> Memory {
        memory.on(self.charger.noise.dephasing, numbers_of_charger(levels, n_b), members)
    }

    /// # Errors
    /// [`ModelError`] where a field is none.
    pub(crate) fn require_field(&self) -> Result<(), ModelError> {
        let Some(memory) = self.memory() else { return Ok(()) };
        Ok(memory.validate(self.charger.noise.dephasing)?)
    }
}

messages! {
    /// Why a field is none.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum FieldError {
        CorrelationTime { time: f64 } = "the correlation time of a field must be finite and above 0, but is {time}";
        Start { start: f64 } = "the field at t = 0 must be a number, but is {start}";
        TelegraphStart { start: f64, sigma: f64 } =
            "telegraph noise is a field of +-{sigma}, whose mean at t = 0 must lie between, but is {start}";
    }
}
