//! What a search optimises: a number of the [`table`](crate::table), by its path or by one of three names of its own.

use leyden::asymptote::Detail;
use leyden::charge::Charging;
use leyden_scenario::{Optimise, Report, Scenario, did_you_mean};

use crate::table::{Dimension, Read, Row, of_contents, rows};

/// The objective of a search.
#[derive(Clone, Copy)]
pub struct Objective {
    /// The number.
    pub row: &'static Row,
    /// Whether the least value is wanted: of times, unless the file says otherwise.
    pub minimise: bool,
    time: Option<f64>,
}

/// Names of objectives that are no paths, and the paths that they stand for.
const NAMES: [(&str, &str); 2] =
    [("ergotropy.limit", "asymptote.ergotropy.global"), ("ergotropy.at", "ergotropy.global")];

/// The number that an objective of this name is; "power.average" without a time is the largest one instead.
pub fn objective_row(name: &str) -> Option<&'static Row> {
    let path = NAMES.iter().find(|(known, _)| *known == name).map_or(name, |(_, path)| path);
    rows().find(|row| row.path == path && can_be_best(row))
}

/// What the values of an objective of this name are measured in.
pub(crate) fn dimension_of(name: &str) -> Dimension {
    objective_row(name).map_or(Dimension::Number, |row| row.dimension)
}

/// Dimension of a number of [`FOUND`](crate::FOUND): plain ones are those of the objective of this name.
pub fn found_dimension(objective: &str, dimension: Dimension) -> Dimension {
    if dimension == Dimension::Number { dimension_of(objective) } else { dimension }
}

/// Checks and resolutions say how good a run is, not how good a battery.
fn can_be_best(row: &Row) -> bool {
    let checks = row.path.starts_with("checks.") || row.path == "ledger.residual";
    row.is_number() && !checks && !row.path.ends_with(".resolution")
}

impl Objective {
    /// The objective of the search of a scenario.
    ///
    /// # Errors
    /// A [`Report`] at `optimise.objective` or `optimise.time` when the result has no such number, or has it at other times.
    pub fn of(scenario: &Scenario, optimise: &Optimise) -> Result<Self, Report> {
        let (name, time, contents) = (&*optimise.objective, optimise.time, scenario.contents());
        let at = |key: &str, title: String, help: Option<&str>| scenario.point_at(key, title, help);
        let refused = |title: String, help: Option<&str>| Err(at("optimise.objective", title, help));
        let untimed = time.is_none() && !contents.cycles;
        let row = match name {
            "power.average" if untimed => objective_row("power.maximum_average.value"),
            name => objective_row(name),
        };
        let Some(row) = row else {
            let paths = of_contents(contents).filter(|row| can_be_best(row)).map(|row| row.path);
            let help = did_you_mean(name, paths.chain(NAMES.map(|(name, _)| name)), '"')
                .unwrap_or("objectives are the numbers of a result, listed in docs/reference.md".into());
            return refused(format!("\"{name}\" is no objective"), Some(&help));
        };
        if of_contents(contents).all(|known| known.path != row.path) {
            let (who, help) = match row.path.split('.').next() {
                Some("cycles") => ("protocols", "add [[stage]]"),
                Some("engine") => ("engines", "add [engine]"),
                Some("charging") => ("charging by engines", "add [engine] and [battery]"),
                _ => ("batteries", "add [battery]"),
            };
            return refused(format!("objective \"{name}\" is a number of {who} alone"), Some(help));
        }
        match time {
            Some(_) if !row.over_time() => {
                let title = format!("`optimise.time` has no meaning for objective \"{name}\"");
                return Err(at("optimise.time", title, Some("remove it")));
            }
            Some(_) if contents.cycles => {
                let title =
                    "`optimise.time` has no meaning beside [[stage]]: objectives are taken at the end";
                return Err(at("optimise.time", title.into(), Some("remove it")));
            }
            Some(0.0) if row.path == "power.average" => {
                let title = "`optimise.time` must be above 0 for an average power";
                return Err(at("optimise.time", title.into(), None));
            }
            None if row.over_time() && untimed => {
                let title = format!("objective \"{name}\" needs `optimise.time`");
                return refused(title, Some("add time = 10.0"));
            }
            _ => {}
        }
        if needs_times(row) && scenario.times.is_empty() && !contents.cycles {
            let title = match name {
                "power.average" => "objective \"power.average\" needs `optimise.time` or [time]".into(),
                name => format!("objective \"{name}\" needs [time]"),
            };
            let help = if name == "power.average" { "add time = 10.0" } else { "add [time] with end = 10.0" };
            return refused(title, Some(help));
        }
        let minimise = optimise.minimise.unwrap_or(row.dimension == Dimension::Time);
        Ok(Objective { row, minimise, time })
    }

    /// The times that it needs, of a scenario with these times.
    pub(crate) fn times(&self, times: &[f64]) -> Vec<f64> {
        if needs_times(self.row) { times.to_vec() } else { self.time.into_iter().collect() }
    }

    /// Whether it is a maximum of a closed system, which must then be looked for at any cost.
    pub(crate) fn is_extremum(&self) -> bool {
        self.row.path.starts_with("extrema.")
    }

    /// What must be found out about long times for it; a search runs many systems, so no more than that.
    pub(crate) fn detail(&self) -> Detail {
        match self.row.path {
            _ if self.row.over_time() => Detail::States,
            "cycles.last_energy"
            | "cycles.last_ergotropy"
            | "cycles.largest_energy"
            | "cycles.duration"
            | "cycles.extracted" => Detail::States,
            path if path.starts_with("engine.") || path.starts_with("passage.") => Detail::States,
            path if path.starts_with("asymptote.plateau.") => Detail::Plateaus,
            path if path.starts_with("charging") || path.ends_with("slowest_rate") => Detail::Times,
            _ => Detail::Limit,
        }
    }

    /// Its value; NaN where it does not exist.
    pub(crate) fn value(&self, charging: &Charging) -> f64 {
        let value = match self.row.read {
            Read::One(read) => read(charging).ok(),
            // At the one time asked for, or at the end of a protocol.
            Read::OverTime(read) => read(charging).ok().and_then(|values| values.last().copied()),
            Read::Json(_) => None,
        };
        value.filter(|value| value.is_finite()).unwrap_or(f64::NAN)
    }
}

/// Whether it depends on the times of the scenario, up to which it is looked for.
fn needs_times(row: &Row) -> bool {
    ["power.maximum_average.", "parallel.", "passage.", "extrema."]
        .iter()
        .any(|start| row.path.starts_with(start))
}

#[cfg(test)]
mod tests {
    use leyden::charge::Request;

    use super::*;
    use leyden::charge::System;

    const SYSTEMS: [&str; 11] = [
        // Of parts.
        "[parts]\ncells = { kind = \"qubit\", count = 2 }\n[hamiltonian]\nbattery = \"n(cells[1])\"\ncharging = \"0.3*X(cells[1])*X(cells[2]) + cos(t)*X(cells[2])\"\n[time]\nvalues = [0.0, 3.0]\n",
        "[charger]\nkind = \"oscillator\"\n[battery]\ncells = 3\n[initial]\ncharger = { coherent = 1.5 }\n[time]\nvalues = [0.0, 3.0]\n",
        "[charger]\ndephasing = 1.4\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 3.0]\n",
        // With a plateau.
        // Closed; the ergotropy is looked for on samples.
        "[charger]\ndephasing = 0.0\n[drive]\namplitude = 0.5\n[method]\nextrema = true\n[time]\nvalues = [0.0, 9.0]\n",
        "[charger]\ndephasing = 1.0\n[battery]\ndetuning = 0.05\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 3.0]\n",
        "[nmr]\nchargers = 3\ncoupling = 1.0\n[time]\nvalues = [0.0, 3.0]\n",
        // A refrigerator.
        "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 5.2\ncold_temperature = 5.0\nload = { down = 0.1, up = 0.2 }\n",
        "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\ndrive = 0.3\n",
        "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\n[battery]\ncells = 2\n[coupling]\nstrength = 0.1\n[time]\nvalues = [0.0, 3.0]\n",
        "[charger]\ndephasing = 1.4\n[drive]\namplitude = 0.5\n[[stage]]\nkind = \"evolve\"\nduration = 2.0\npoints = 3\n[[stage]]\nkind = \"extract\"\nby = \"load\"\nrate = 0.2\nduration = 1.0\n[cycle]\nrepeat = 2\n",
        "[nmr]\nchargers = 3\ncoupling = 1.0\nbattery_t1 = 5.0\n[[stage]]\nkind = \"wait\"\nduration = 1.0\n[[stage]]\nkind = \"reset\"\ntarget = \"chargers\"\nexcitation = 0.9\n[[stage]]\nkind = \"evolve\"\nduration = \"optimal\"\n[cycle]\nrepeat = 2\n",
    ];

    /// What a search asks for is enough: every number is that of a run that asks for everything.
    #[test]
    fn a_search_asks_for_what_its_objective_needs() {
        let (mut met, mut null) = (Vec::new(), Vec::new());
        for text in SYSTEMS {
            let scenario = Scenario::parse("test.toml", text).unwrap_or_else(|report| panic!("{report}"));
            let whole = crate::request(&scenario, false, 1e9);
            let everything = scenario.system.charge(&whole).unwrap();
            for row in of_contents(scenario.contents()).filter(|row| can_be_best(row)) {
                let time = scenario.times.last().copied().filter(|_| row.over_time());
                let objective = Objective { row, minimise: false, time };
                let (times, detail) = (objective.times(&scenario.times), objective.detail());
                let extrema = objective.is_extremum();
                let (ledger, bounds) = (row.is_of_ledger(), row.needs_bounds());
                let least = Request { times, detail, extrema, ledger, bounds, ..whole.clone() };
                let least = scenario.system.charge(&least).unwrap();
                let [found, expected] = [&least, &everything].map(|charging| objective.value(charging));
                let same = (found - expected).abs() <= 1e-7 * expected.abs()
                    || found.is_nan() == expected.is_nan() && found.is_nan();
                assert!(same, "{} is {found} for {expected} in\n{text}", row.path);
                if found.is_nan() { null.push(row.path) } else { met.push(row.path) }
            }
        }
        null.retain(|path| !met.contains(path));
        assert_eq!(null, [""; 0], "without a number in any of the systems");
    }
}
