//! The corridor for NMR stars.

use super::{ChargeError, Charging, Plan, Request};
use crate::evolve::NotApplicable;
use crate::model::NmrStar;
use crate::protocol::Stage;

fn missing() -> ChargeError {
    NotApplicable { method: "stages", because: "cycles of an NMR star are not available yet".into() }.into()
}

/// Cycles of a star.
pub(super) fn star_cycles(
    _star: &NmrStar,
    _stages: &[Stage],
    _repeat: usize,
    _request: &Request,
) -> Result<Charging, ChargeError> {
    Err(missing())
}

/// What would run.
pub(super) fn star_plan(
    _star: &NmrStar,
    _stages: &[Stage],
    _repeat: usize,
    _request: &Request,
) -> Result<Plan, ChargeError> {
    Err(missing())
}
