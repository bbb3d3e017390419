//! A noisy field with memory on the charger, H + B(t) n_C.
//!
//! `<B(t) B(t')> = sigma^2 e^{-|t-t'|/t_c}` with sigma^2 = gamma/(2 t_c), so that `int <B(t) B(0)> dt = gamma`: for t_c -> 0 the field is white,
//! `<B B'> = gamma delta(t - t')`, and its mean over realisations is the channel gamma `D[n_C]`. Alone it takes the coherence of levels m
//! and n at e^{-(gamma/2)(m-n)^2 [t - t_c (1 - e^{-t/t_c})]} where the field is Gaussian. (A field on sigma_z = 2 n_C - 1 is half of this one:
//! `<B B'> = (gamma/4) delta`.)
//! Source: Kubo, J. Math. Phys. 4, 174 (1963).

use super::{Charger, ChargerBattery, ModelError, NoiseRates};
use crate::lindblad::Memory;

/// What kind of noise remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldNoise {
    /// Gaussian: dB = -B dt/t_c + sqrt(2 sigma^2/t_c) dW.
    OrnsteinUhlenbeck,
    /// B = +-sigma, turned over at the rate 1/(2 t_c) each way.
    Telegraph,
}

/// The memory of the field that dephases a charger.
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
    /// As in "Ornstein-Uhlenbeck noise".
    pub(crate) fn name(self) -> &'static str {
        match self {
            FieldNoise::OrnsteinUhlenbeck => "Ornstein-Uhlenbeck",
            FieldNoise::Telegraph => "telegraph",
        }
    }
}

impl ChargerBattery {
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

    /// sigma of the field.
    pub(crate) fn field_deviation(&self, memory: &FieldMemory) -> f64 {
        (0.5 * self.charger.noise.dephasing / memory.correlation_time).sqrt()
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
        let sigma = self.field_deviation(memory);
        let number = (0..levels).flat_map(|n| std::iter::repeat_n(n as f64, n_b));
        Memory {
            diagonal: number.collect(),
            sigma,
            correlation_time: memory.correlation_time,
            members,
            ends: memory.noise == FieldNoise::Telegraph,
            start: memory.start.map(|b| b / sigma),
        }
    }

    /// # Errors
    /// [`ModelError`] where a field is none.
    pub(crate) fn require_field(&self) -> Result<(), ModelError> {
        let Some(memory) = self.memory() else { return Ok(()) };
        let time = memory.correlation_time;
        if !(time > 0.0 && time.is_finite()) {
            return Err(ModelError::CorrelationTime { time });
        }
        let sigma = self.field_deviation(&memory);
        match memory.start {
            Some(start) if !start.is_finite() => Err(ModelError::FieldStart { start }),
            Some(start) if memory.noise == FieldNoise::Telegraph && start.abs() > sigma * (1.0 + 1e-12) => {
                Err(ModelError::TelegraphStart { start, sigma })
            }
            _ => Ok(()),
        }
    }
}
