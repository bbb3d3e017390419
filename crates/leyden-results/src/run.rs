//! One scenario through the corridor.

use leyden::Error;
use leyden::asymptote::Detail;
use leyden::charge::{Request, System, Workspace};
use leyden_scenario::{ReadFile, Report, Scenario, in_keys};

use crate::Document;
use crate::columns::Columns;
use crate::disorder::{Samples, disorder_object};
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
    /// The reason in the keys of the scenario, without its lines.
    pub fn in_words(&self) -> String {
        match self {
            RunError::Scenario(report) => report.titles().collect::<Vec<_>>().join("; "),
            error => error.to_string(),
        }
    }

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
    let objective = scenario.optimise.as_ref().map(|optimise| &*optimise.objective);
    Request {
        times: scenario.times.clone(),
        method: scenario.method,
        tolerance: scenario.tolerance,
        verify,
        detail: Detail::Spectrum,
        extrema: scenario.extrema,
        seed: scenario.drawing.seed,
        trajectories: scenario.drawing.how,
        ledger: true,
        bounds: true,
        whole_path: scenario.bounds || objective.is_some_and(|name| name.starts_with("bounds.speed_limit")),
        memory_limit,
        ..Request::default()
    }
}

/// Runs `scenario`, at its optimum if it has a search, and all samples of its `[disorder]`.
///
/// # Errors
/// [`RunError`] when there is no result.
pub fn run(scenario: &Scenario, request: &Request) -> Result<Document, RunError> {
    let mut document = base(scenario, request)?;
    if scenario.disorder.is_some() {
        let columns = Columns::new(scenario, &document.numbers("times"));
        let samples = Samples::new(scenario, request);
        let means = samples.means(&columns);
        document.set_disorder(disorder_object(scenario, &document, &columns, &means, &samples));
    }
    Ok(document)
}

/// The same without samples of `[disorder]`: the file as it is written.
///
/// # Errors
/// [`RunError`] when there is no result, or its first sample cannot run.
pub fn base(scenario: &Scenario, request: &Request) -> Result<Document, RunError> {
    let (workspace, template) = (Workspace::default(), scenario.template());
    if scenario.optimise.is_none()
        && let Some(sample) = template.first_sample(&[], &[])
    {
        // What no sample can do is said before the first one.
        sample.system.plan(&Request { tolerance: sample.tolerance, verify: false, ..request.clone() })?;
    }
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
