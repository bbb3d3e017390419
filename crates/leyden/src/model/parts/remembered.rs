//! A field with memory on parts, H + B(t) X, as a hierarchy takes it: X diagonal with H_B, so that what battery and field exchange is known.

use super::{Assembled, PartsError};
use crate::lindblad::Lindbladian;
use crate::model::FieldMemory;

/// What a hierarchy is made of.
pub(crate) struct RememberedField {
    pub(crate) memory: FieldMemory,
    pub(crate) gamma: f64,
    /// Diagonal of X.
    pub(crate) diagonal: Vec<f64>,
    /// Everything but the field.
    pub(crate) without: Lindbladian,
}

/// How far X may be from diagonal, relative to it.
const DIAGONAL: f64 = 1e-13;

impl Assembled {
    /// The field of a system that has one.
    ///
    /// # Errors
    /// [`PartsError`] where there are several, or where X or H are none for a hierarchy.
    pub(crate) fn field(&self) -> Result<Option<RememberedField>, PartsError> {
        let Some(&(place, memory)) = self.fields.first() else { return Ok(None) };
        let list = |place: usize| self.groups[place] + 1;
        if let Some((second, _)) = self.fields.get(1) {
            return Err(PartsError::SeveralFields { channel: list(*second) });
        }
        let channels = self.lindbladian.channels();
        let field = &channels[place];
        let allowed = DIAGONAL * field.jump.norm_bound();
        if field.jump.entries().any(|(i, j, x)| i != j && x.norm() > allowed) {
            return Err(PartsError::FieldTurns { channel: list(place) });
        }
        if !self.lindbladian.modulations().is_empty() {
            return Err(PartsError::FieldBesideTime { channel: list(place) });
        }
        let diagonal = (0..self.lindbladian.dim()).map(|i| field.jump.get(i, i).re).collect();
        let others = channels.iter().enumerate().filter(|(k, _)| *k != place).map(|(_, other)| other.clone());
        let without = Lindbladian::new(self.lindbladian.hamiltonian().clone(), others.collect())
            .expect("a part of a master equation is one")
            .with_entries(self.lindbladian.entries());
        Ok(Some(RememberedField { memory, gamma: field.rate, diagonal, without }))
    }
}
