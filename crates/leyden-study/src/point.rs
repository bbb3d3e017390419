//! One point of a study: its values on the axes in, a record of numbers out.

use leyden::asymptote::Detail;
use leyden::charge::{Charging, Request, Workspace};
use leyden::evolve::Outcome;
use leyden_scenario::{Scenario, Template};

use crate::quantities::{Dimension, Quantity, Take, quantities};
use crate::search::{self, Found};
use crate::store::{Record, Status, Variable};

/// Runs points of one scenario; shared by threads.
pub(crate) struct Points<'a> {
    scenario: &'a Scenario,
    template: Template<'a>,
    quantities: Vec<&'static Quantity>,
    workspace: Workspace,
    memory_limit: f64,
}

/// What a search adds to a point, apart from its variables.
pub(crate) const FOUND: [(&str, &str, Dimension); 4] = [
    ("optimum.value", "best value of the objective", Dimension::Number),
    ("optimum.interior", "whether the optimum lies inside all ranges", Dimension::Truth),
    (
        "optimum.jump",
        "side of the jump on which the optimum sits (1 above, -1 below, 0 no jump)",
        Dimension::Count,
    ),
    ("optimum.value_at_jump", "value of the objective at the jump", Dimension::Number),
];

impl<'a> Points<'a> {
    pub(crate) fn new(scenario: &'a Scenario, memory_limit: f64) -> Self {
        let no_times = scenario.times.is_empty();
        Points {
            scenario,
            template: scenario.template(),
            quantities: quantities(&scenario.model)
                .filter(|quantity| !(no_times && quantity.over_time()))
                .collect(),
            workspace: Workspace::default(),
            memory_limit,
        }
    }

    /// The arrays of the store, in the order of the numbers of a record.
    pub(crate) fn variables(&self) -> Vec<Variable> {
        let mut list: Vec<Variable> = self
            .quantities
            .iter()
            .map(|quantity| Variable {
                name: quantity.name(),
                units: quantity.dimension.units().into(),
                long_name: quantity.long_name.into(),
                over_time: quantity.over_time(),
            })
            .collect();
        if let Some(optimise) = &self.scenario.optimise {
            let plain = |path: &str, long_name: String, units: &str| Variable {
                name: path.replace('.', "_"),
                units: units.into(),
                long_name,
                over_time: false,
            };
            list.extend(FOUND.iter().map(|(path, long_name, dimension)| {
                plain(path, format!("{long_name}: {}", optimise.name), dimension.units())
            }));
            list.extend(optimise.variables.iter().map(|variable| {
                let key = variable.key.to_string();
                plain(&format!("optimum.{key}"), format!("best value of {key}"), axis_units(&variable.key))
            }));
        }
        list
    }

    /// Runs one point. What goes wrong is in the record.
    pub(crate) fn run(&self, values: &[f64]) -> Record {
        let (charging, found) = match self.charge(values) {
            Ok(done) => done,
            Err(reason) => return Record { status: Status::Failed, values: Vec::new(), reason },
        };
        let mut numbers = Vec::new();
        for quantity in &self.quantities {
            match quantity.take {
                Take::One(read) => numbers.push(read(&charging)),
                Take::OverTime(read) => match read(&charging) {
                    Some(values) if values.len() == self.scenario.times.len() => {
                        numbers.extend_from_slice(values)
                    }
                    _ => numbers.extend(std::iter::repeat_n(f64::NAN, self.scenario.times.len())),
                },
            }
        }
        let mut reasons = Vec::new();
        if let Some(found) = found {
            let jump = found.jump.as_ref();
            numbers.extend([
                found.value,
                f64::from(u8::from(found.interior)),
                jump.map_or(0.0, |jump| if jump.side == "above" { 1.0 } else { -1.0 }),
                jump.map_or(f64::NAN, |jump| jump.value_at_jump),
            ]);
            numbers.extend(found.variables.values().map(|x| x.as_f64().unwrap_or(f64::NAN)));
            reasons.extend(found.why);
        }
        let status = match failure(&charging.outcome) {
            Some(why) => {
                reasons.insert(0, why);
                Status::Failed
            }
            None => Status::Done,
        };
        if let Some(engine) = &charging.engine {
            let large = engine.validity.large().map(|(name, ratio)| format!("{name} {ratio:.2}"));
            let large: Vec<String> = large.collect();
            if !large.is_empty() {
                reasons.push(format!("warning: engine.validity is not small: {}", large.join(", ")));
            }
        }
        if let Err(why) = &charging.charging_time {
            reasons.push(format!("charging_time: {why}"));
        } else if let Some(why) = &charging.asymptote.why {
            reasons.push(format!("asymptote: {why}"));
        }
        Record { status, values: numbers, reason: reasons.join("; ") }
    }

    /// The result of one point, after its search if there is one.
    pub(crate) fn charge(&self, values: &[f64]) -> Result<(Charging, Option<Found>), String> {
        let Some(optimise) = &self.scenario.optimise else {
            return Ok((self.charge_at(values, &[], &self.scenario.times, Detail::Plateaus)?, None));
        };
        let times = search::times(optimise.objective, &self.scenario.times);
        let (optimum, found) = search::search(optimise, &mut |chosen| {
            self.charge_at(values, chosen, &times, search::detail(optimise.objective))
        })?;
        let charging = self.charge_at(values, &optimum.at, &self.scenario.times, Detail::Plateaus)?;
        Ok((charging, Some(found)))
    }

    fn charge_at(
        &self,
        values: &[f64],
        chosen: &[f64],
        times: &[f64],
        detail: Detail,
    ) -> Result<Charging, String> {
        let point = self
            .template
            .at(values, chosen)
            .map_err(|report| report.titles().collect::<Vec<_>>().join("; "))?;
        let request = Request {
            times: times.to_vec(),
            method: self.scenario.method.clone(),
            tolerance: point.tolerance,
            verify: false,
            detail,
            memory_limit: self.memory_limit,
        };
        point.model.charge_in(&request, &self.workspace).map_err(|error| error.to_string())
    }
}

/// Units of the values of a key.
pub(crate) fn axis_units(key: &leyden_scenario::NumericKey) -> &'static str {
    use leyden_scenario::Takes;
    match key.key().takes {
        Takes::Frequency
        | Takes::Detuning
        | Takes::Frequencies
        | Takes::Couplings
        | Takes::Rate
        | Takes::Load
        | Takes::Temperature => "reference frequency",
        Takes::Time | Takes::Duration => "1/(reference frequency)",
        _ => "1",
    }
}

/// Why a run that ended has no result to rely on.
fn failure(outcome: &Outcome) -> Option<String> {
    match *outcome {
        Outcome::Converged => None,
        Outcome::Stopped => Some("the evolution was stopped".into()),
        Outcome::StepTooSmall { time, step } => Some(format!("step-too-small: step {step:e} at t = {time}")),
        Outcome::TooManySteps { time } => Some(format!("too-many-steps: t = {time} was reached")),
        Outcome::Inaccurate { trace, smallest_eigenvalue } => {
            Some(format!("inaccurate: trace off by {trace:e}, smallest eigenvalue {smallest_eigenvalue:e}"))
        }
        Outcome::CutoffTooSmall { population } => {
            Some(format!("cutoff-too-small: the highest level holds {population:e}"))
        }
    }
}
