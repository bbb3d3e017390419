//! One scenario through the corridor.

use leyden::asymptote::Detail;
use leyden::charge::{ChargeError, Request, Workspace};
use leyden_scenario::{Report, Scenario};
use thiserror::Error;

use crate::Document;
use crate::search::{detail, search, times};

/// Why a run has no result.
#[derive(Debug, Error)]
pub enum RunError {
    /// The run could not start.
    #[error(transparent)]
    Charge(#[from] ChargeError),
    /// The search found nothing.
    #[error("{why}")]
    NoOptimum {
        /// A sentence for the user.
        why: String,
    },
    /// The optimum does not make a scenario.
    #[error(transparent)]
    Scenario(#[from] Report),
}

impl RunError {
    /// Shows the reason at the key that decides it.
    pub fn locate(self, scenario: &Scenario) -> Report {
        match self {
            RunError::Charge(error) => scenario.locate(&error),
            RunError::NoOptimum { why } => scenario.point_at("optimise.objective", why),
            RunError::Scenario(report) => report,
        }
    }
}

/// What `scenario` asks of the physics.
pub fn request(scenario: &Scenario, verify: bool, memory_limit: f64) -> Request {
    Request {
        times: scenario.times.clone(),
        method: scenario.method.clone(),
        tolerance: scenario.tolerance,
        verify,
        detail: Detail::Spectrum,
        memory_limit,
    }
}

/// Runs `scenario`, at its optimum if it has a search; `memory_limit` in bytes.
///
/// # Errors
/// [`RunError`] when there is no result.
pub fn run(scenario: &Scenario, verify: bool, memory_limit: f64) -> Result<Document, RunError> {
    let request = request(scenario, verify, memory_limit);
    let Some(optimise) = &scenario.optimise else {
        return Ok(Document::of(scenario, &scenario.model.charge_in(&request, &Workspace::default())?, None));
    };
    let (template, workspace) = (scenario.template(), Workspace::default());
    let short = Request {
        times: times(optimise.objective, &scenario.times),
        verify: false,
        detail: detail(optimise.objective),
        ..request.clone()
    };
    let (optimum, found) = search(optimise, &mut |chosen| {
        let point = template.at(&[], chosen).map_err(|report| report.to_string())?;
        point.model.charge_in(&short, &workspace).map_err(|error| error.to_string())
    })
    .map_err(|why| RunError::NoOptimum { why })?;
    let point = template.at(&[], &optimum.at)?;
    Ok(Document::of(scenario, &point.model.charge_in(&request, &workspace)?, Some(found)))
}
