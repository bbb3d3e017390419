//! `[optimise]`: the best values of some keys for one objective.

use leyden::charge::{Charging, Request};
use leyden::merit::{End, Optimum, SearchRange, Side, grid_points, minimise, refining_points};
use leyden::progress::{Doing, Progress};
use leyden_scenario::{Optimise, Scenario};
use serde::{Deserialize, Serialize};

use crate::objective::Objective;
use crate::run::RunError;
use crate::table::Dimension;

/// What a search adds to a point of a study, apart from its variables: path, long name, dimension; a number is one of the objective,
/// whose dimension it has.
pub const FOUND: [(&str, &str, Dimension); 4] = [
    ("optimum.value", "best value of the objective", Dimension::Number),
    ("optimum.interior", "whether the optimum lies inside all ranges", Dimension::Truth),
    (
        "optimum.jump",
        "side of the jump on which the optimum sits (1 above, -1 below, 0 no jump)",
        Dimension::Count,
    ),
    ("optimum.value_at_jump", "value of the objective at the jump", Dimension::Number),
];

impl Found {
    /// The numbers of [`FOUND`], then the best values of the variables.
    pub fn numbers(&self) -> Vec<f64> {
        let jump = self.jump.as_ref();
        let mut numbers = vec![
            self.value,
            f64::from(u8::from(self.interior)),
            jump.map_or(0.0, |jump| if jump.side == "above" { 1.0 } else { -1.0 }),
            jump.and_then(|jump| jump.value_at_jump).unwrap_or(f64::NAN),
        ];
        numbers.extend(self.variables.values().map(|x| x.as_f64().unwrap_or(f64::NAN)));
        numbers
    }
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Name of the objective.
    pub objective: String,
    /// Whether the least value was wanted.
    pub minimise: bool,
    /// The best value; where the objective jumps, its limit from the better side.
    pub value: f64,
    /// The best values of the variables.
    pub variables: serde_json::Map<String, serde_json::Value>,
    /// Whether it lies inside all ranges.
    pub interior: bool,
    /// The jump on which it sits.
    pub jump: Option<FoundJump>,
    /// What else must be said.
    pub why: Option<String>,
}

/// A jump of the objective at the optimum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoundJump {
    /// The key that is moved.
    pub variable: String,
    /// Where.
    pub position: f64,
    /// "above" or "below": from where the best value is approached.
    pub side: String,
    /// Limit from that side.
    pub limit: f64,
    /// The value at the jump, which is the limit from the other side; `None` where the objective has no value there.
    pub value_at_jump: Option<f64>,
}

/// A run of the system with the given variables.
type Charge<'a, E> = &'a mut dyn FnMut(&[f64], &Request) -> Result<Charging, E>;

/// The run of the system as `request` asks, at the optimum of its search if it has one, and what was found. `charge` runs it
/// with the given variables.
///
/// # Errors
/// What `charge` says of the optimum, [`RunError::NoOptimum`] when the objective has no value anywhere, or [`RunError::Scenario`]
/// when there is no such objective.
pub fn searched<E: std::fmt::Display + From<RunError>>(
    scenario: &Scenario,
    request: &Request,
    charge: Charge<'_, E>,
) -> Result<(Charging, Option<Found>), E> {
    let Some(optimise) = &scenario.optimise else { return Ok((charge(&[], request)?, None)) };
    let objective = Objective::of(scenario, optimise).map_err(RunError::Scenario)?;
    let request = &Request { extrema: request.extrema || objective.is_extremum(), ..request.clone() };
    let short = Request {
        times: objective.times(&request.times),
        verify: false,
        detail: objective.detail(),
        ledger: objective.row.is_of_ledger(),
        bounds: objective.row.needs_bounds(),
        progress: Progress::default(),
        ..request.clone()
    };
    let (grid, mut runs) = (grid_points(optimise.variables.len()), 0);
    request.progress.begin(Doing::SearchGrid, grid as f64);
    let (optimum, found) = search(optimise, &objective, &mut |chosen| {
        if runs == grid {
            request.progress.begin(Doing::SearchBest, refining_points(optimise.variables.len()) as f64);
        }
        runs += 1;
        request.progress.reach(if runs > grid { runs - grid } else { runs } as f64);
        charge(chosen, &short).map_err(|error| error.to_string())
    })
    .map_err(|why| RunError::NoOptimum { why })?;
    Ok((charge(&optimum.at, request)?, Some(found)))
}

fn search(
    optimise: &Optimise,
    objective: &Objective,
    charge: &mut dyn FnMut(&[f64]) -> Result<Charging, String>,
) -> Result<(Optimum, Found), String> {
    let ranges: Vec<SearchRange> = optimise
        .variables
        .iter()
        .map(|variable| SearchRange { from: variable.from, to: variable.to, log: variable.log })
        .collect();
    let sign = if objective.minimise { 1.0 } else { -1.0 };
    let mut last_reason = None;
    let found = minimise(&ranges, &mut |x| match charge(x) {
        Ok(charging) => {
            let value = objective.value(&charging);
            if value.is_nan() {
                let own = objective.row.why(&charging).map(|why| why.to_string());
                last_reason = own.or(charging.asymptote.why()).or(last_reason.take());
            }
            sign * value
        }
        Err(why) => {
            last_reason = Some(why);
            f64::NAN
        }
    });
    let Some(optimum) = found else {
        let why = last_reason.map_or(String::new(), |why| format!(": {why}"));
        return Err(format!("{} has no value anywhere in the ranges{why}", optimise.objective));
    };
    let name = |i: usize| optimise.variables[i].key.to_string();
    let mut reasons: Vec<String> = optimum
        .ends
        .iter()
        .map(|&(i, end)| {
            let which = if end == End::From { "lower" } else { "upper" };
            let best = format!("{} is best at the {which} end of `{}`", optimise.objective, name(i));
            format!("no optimum inside the range: {best}")
        })
        .collect();
    let jump = optimum.jump.map(|jump| FoundJump {
        variable: name(jump.variable),
        position: jump.position,
        side: if jump.side == Side::Above { "above" } else { "below" }.into(),
        limit: sign * optimum.value,
        value_at_jump: Some(sign * jump.beyond).filter(|value| value.is_finite()),
    });
    if let Some(jump) = &jump {
        reasons.push(format!(
            "{} jumps at `{}` = {:?}: the best value is its limit from {} and is not taken there",
            optimise.objective, jump.variable, jump.position, jump.side
        ));
    }
    let found = Found {
        objective: optimise.objective.clone(),
        minimise: objective.minimise,
        value: sign * optimum.value,
        variables: (0..ranges.len()).map(|i| (name(i), optimum.at[i].into())).collect(),
        interior: optimum.ends.is_empty(),
        jump,
        why: (!reasons.is_empty()).then(|| reasons.join("; ")),
    };
    Ok((optimum, found))
}

#[cfg(test)]
mod tests {
    use leyden::merit::grid_points;
    use leyden::progress::Doing;
    use leyden_scenario::Scenario;

    #[test]
    fn a_search_says_where_it_is() {
        let text = "drive.amplitude = 0.5\n[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"charger.dephasing\" = { from = 0.1, to = 10.0 } }\n";
        let scenario = Scenario::parse("s.toml", text).unwrap();
        let request = crate::request(&scenario, false, 1e9);
        crate::run(&scenario, &request).unwrap();
        let (doing, done, total) = request.progress.now();
        // The last run, at the optimum itself, tells its own place.
        assert_ne!(doing, Doing::SearchGrid);
        assert!(doing != Doing::SearchBest || done < total.unwrap());
        let progress = &request.progress;
        let mut seen = Vec::new();
        let mut charge = |chosen: &[f64], request: &leyden::Request| {
            let (doing, done, total) = progress.now();
            seen.push((doing, done, total));
            let point = scenario.template().at(&[], chosen).map_err(crate::RunError::Scenario)?;
            Ok::<_, crate::RunError>(leyden::System::charge(&point.system, request)?)
        };
        super::searched(&scenario, &request, &mut charge).unwrap();
        let grid = grid_points(1);
        assert_eq!(seen[0], (Doing::SearchGrid, 1.0, Some(grid as f64)));
        assert_eq!(seen[grid - 1], (Doing::SearchGrid, grid as f64, Some(grid as f64)));
        assert_eq!(seen[grid], (Doing::SearchBest, 1.0, Some(552.0)));
    }
}
