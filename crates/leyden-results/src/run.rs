//! One scenario through the corridor.

use leyden::Error;
use leyden::asymptote::Detail;
use leyden::charge::{Request, System, Workspace};
use leyden_scenario::{ReadFile, Report, Scenario, in_keys};

use crate::Document;
use crate::objective::Objective;
use crate::search::searched;

/// Why a run has no result.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum RunError {
    /// The run could not start.
    #[error("{}", in_keys(.0))]
    Charge(#[from] Error),
    /// The search found nothing.
    #[error("{why}")]
    NoOptimum { why: String },
    /// The optimum does not make a scenario, or there is no such objective.
    #[error(transparent)]
    Scenario(#[from] Report),
}

impl RunError {
    /// Shows the reason at the key that decides it.
    pub fn locate(self, scenario: &Scenario) -> Report {
        match self {
            RunError::Charge(error) => scenario.locate(&error),
            RunError::NoOptimum { why } => scenario.point_at("optimise.objective", why, None),
            RunError::Scenario(report) => report,
        }
    }
}

/// Reads a scenario; `name` is shown in messages. As [`Scenario::parse`], and with an objective that its result has.
///
/// # Errors
/// A [`Report`] of what is wrong.
pub fn read(name: &str, text: &str) -> Result<Scenario, Report> {
    with_objective(Scenario::parse(name, text)?)
}

/// The same, with what reads the files that its texts name.
///
/// # Errors
/// A [`Report`] of what is wrong.
pub fn read_with(name: &str, text: &str, files: ReadFile<'_>) -> Result<Scenario, Report> {
    with_objective(Scenario::parse_with(name, text, files)?)
}

fn with_objective(scenario: Scenario) -> Result<Scenario, Report> {
    if let Some(optimise) = &scenario.optimise {
        Objective::of(&scenario, optimise)?;
    }
    Ok(scenario)
}

/// What `scenario` asks of the physics; `memory_limit` in bytes.
pub fn request(scenario: &Scenario, verify: bool, memory_limit: f64) -> Request {
    Request {
        times: scenario.times.clone(),
        method: scenario.method,
        tolerance: scenario.tolerance,
        verify,
        detail: Detail::Spectrum,
        extrema: scenario.extrema,
        memory_limit,
        ..Request::default()
    }
}

/// Runs `scenario`, at its optimum if it has a search.
///
/// # Errors
/// [`RunError`] when there is no result.
pub fn run(scenario: &Scenario, request: &Request) -> Result<Document, RunError> {
    let (workspace, template) = (Workspace::default(), scenario.template());
    let mut charge = |chosen: &[f64], request: &Request| match chosen {
        [] => Ok(scenario.system.charge_in(request, &workspace)?),
        _ => {
            let point = template.at(&[], chosen)?;
            let request = Request { tolerance: point.tolerance, ..request.clone() };
            Ok::<_, RunError>(point.system.charge_in(&request, &workspace)?)
        }
    };
    let (charging, found) = searched(scenario, request, &mut charge)?;
    Ok(Document::of(scenario, &charging, found))
}
