//! One scenario through the corridor.

use leyden::charge::{ChargeError, Request};
use leyden_scenario::Scenario;

use crate::Document;

/// What `scenario` asks of the physics.
pub fn request(scenario: &Scenario, verify: bool, memory_limit: f64) -> Request {
    Request {
        times: scenario.times.clone(),
        method: scenario.method.clone(),
        tolerance: scenario.tolerance,
        verify,
        memory_limit,
    }
}

/// Runs `scenario`; `memory_limit` in bytes.
///
/// # Errors
/// [`ChargeError`] when the run cannot start.
pub fn run(scenario: &Scenario, verify: bool, memory_limit: f64) -> Result<Document, ChargeError> {
    let charging = scenario.model.charge(&request(scenario, verify, memory_limit))?;
    Ok(Document::of(scenario, &charging))
}
