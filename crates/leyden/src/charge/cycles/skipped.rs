//! Cycles that are not shown: powers of the map of one cycle where it is linear and small enough, else one after the other.

use super::super::Error;
use super::ReadyCycle;
use super::run::{select, state_after};
use crate::operator::Hermitian;
use crate::protocol::{Action, Collisions};

impl ReadyCycle<'_> {
    /// The state at the end of cycle `to`, from that at the end of cycle `from`.
    pub(super) fn skipped(&self, rho: Hermitian, from: usize, to: usize) -> Result<Hermitian, Error> {
        if let Some(powers) = &self.powers {
            let mut powers = powers.borrow_mut();
            if let Some(collisions) = &self.collisions {
                // The powers begin right after the reset of the first cycle.
                return Ok(self.after_collisions(collisions, &powers.at(to - 1)));
            }
            if let Some(dense) = &self.dense {
                return Ok(dense.extend(&powers.at(to)));
            }
        }
        let wholes = self.dense.as_ref().map(|dense| self.wholes(dense));
        (from..to).try_fold(rho, |rho, cycle| self.unseen(rho, cycle + 1, wholes.as_deref()))
    }

    /// One cycle, nothing recorded.
    fn unseen(
        &self,
        mut rho: Hermitian,
        cycle: usize,
        wholes: Option<&[Option<faer::Mat<f64>>]>,
    ) -> Result<Hermitian, Error> {
        for (index, stroke) in self.strokes.iter().enumerate() {
            let whole = wholes.and_then(|wholes| wholes[index].as_ref());
            rho = match (&stroke.action, whole, &self.dense) {
                (Action::Flow(_), Some(whole), Some(dense)) => {
                    dense.extend((whole * faer::Col::from_iter(dense.restrict(&rho))).iter())
                }
                (Action::Flow(_), ..) => state_after(stroke, &rho, &self.setting)?,
                (Action::Instant(instant), ..) => {
                    let mut after = instant.apply(&rho, &self.setting);
                    if stroke.selects() {
                        select(&mut after, index + 1, cycle)?;
                    }
                    after
                }
            };
        }
        Ok(rho)
    }

    /// The state at the end of a cycle, from the numbers right after its reset.
    pub(super) fn after_collisions(&self, collisions: &Collisions, x: &[f64]) -> Hermitian {
        let after = collisions.reset + 1;
        (after..self.strokes.len()).fold(collisions.extend(x), |rho, index| {
            match &self.strokes[index].action {
                Action::Instant(instant) => instant.apply(&rho, &self.setting),
                Action::Flow(_) => collisions.after(index, 1.0, &rho).unwrap_or(rho),
            }
        })
    }
}
