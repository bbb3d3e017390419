//! What a scenario would need, before anything runs.

use leyden::Error;
use leyden::charge::{Plan, Request, System};
use leyden_scenario::{Scenario, Template};

/// Axes and variables of which both ends are tried, until one runs; and to find the largest.
const MOST_VARIED: usize = 12;
const VARIED: usize = 4;

/// What would run; of a sweep or a search, at the end of its ranges that needs most memory of those that run, else in the middle of a search.
///
/// # Errors
/// What stands against the first one, where none of them runs.
pub fn plan(scenario: &Scenario, request: &Request) -> Result<Plan, Error> {
    let template = scenario.template();
    let corner: Vec<f64> = scenario.axes.iter().map(|axis| axis.values[0]).collect();
    let first = scenario.system.plan(request);
    let first = first.and_then(|base| with_sample(&template, request, base, &corner, &[]));
    let axes: Vec<[f64; 2]> =
        (scenario.axes.iter()).map(|axis| [axis.values[0], axis.values[axis.values.len() - 1]]).collect();
    let variables = scenario.optimise.iter().flat_map(|optimise| &optimise.variables);
    let variables: Vec<[f64; 2]> = variables.map(|variable| [variable.from, variable.to]).collect();
    let ends = |list: &[[f64; 2]], choice: usize| -> Vec<f64> {
        list.iter().enumerate().map(|(i, ends)| ends[(choice >> i) & 1]).collect()
    };
    // Of very many axes the later ones stay at their first ends.
    let most = if first.is_ok() { VARIED } else { MOST_VARIED };
    let corners = 1..1_usize << (axes.len() + variables.len()).min(most);
    let at = |values: &[f64], chosen: &[f64]| {
        let point = template.at(values, chosen).ok()?;
        let plan = point.system.plan(&Request { tolerance: point.tolerance, ..request.clone() });
        plan.and_then(|base| with_sample(&template, request, base, values, chosen)).ok()
    };
    let mut planned =
        corners.filter_map(|corner| at(&ends(&axes, corner), &ends(&variables, corner >> axes.len())));
    match first {
        Ok(first) => {
            Ok(planned.fold(first, |most, plan| if plan.memory > most.memory { plan } else { most }))
        }
        Err(_) => {
            // A search may find what it looks for where no end of its ranges runs.
            let middles: Vec<f64> = variables.iter().map(|[from, to]| 0.5 * (from + to)).collect();
            planned.next().or_else(|| at(&ends(&axes, 0), &middles)).map_or(first, Ok)
        }
    }
}

/// What needs more, a point or the first sample of it: cells that are drawn one by one are not equal any more.
fn with_sample(
    template: &Template<'_>,
    request: &Request,
    base: Plan,
    values: &[f64],
    chosen: &[f64],
) -> Result<Plan, Error> {
    let Some(point) = template.first_sample(values, chosen) else { return Ok(base) };
    let plan =
        point.system.plan(&Request { tolerance: point.tolerance, verify: false, ..request.clone() })?;
    Ok(if plan.memory > base.memory { plan } else { base })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(text: &str) -> Result<Plan, Error> {
        let scenario = Scenario::parse("s.toml", text).unwrap();
        plan(&scenario, &crate::request(&scenario, false, 1e9))
    }

    #[test]
    fn the_largest_end_counts() {
        let of = |cells: &str| {
            format!(
                "charger.dephasing = 1.0\ndrive.amplitude = 0.5\nbattery.cells = 1\n[sweep]\n\"battery.cells\" = [{cells}]\n"
            )
        };
        let largest = planned(&of("40")).unwrap();
        assert!(largest.dimension > planned(&of("1")).unwrap().dimension);
        for cells in ["1, 40", "40, 1", "1, 2, 40"] {
            assert_eq!(planned(&of(cells)).unwrap(), largest, "{cells}");
        }
    }

    #[test]
    fn a_range_that_runs_in_its_middle_alone_will_do() {
        // Six levels hold a coherent state of amplitude 0.15, but none of 0.5.
        let search = |from: &str| {
            format!(
                "charger = {{ kind = \"oscillator\", cutoff = 6 }}\ndrive.amplitude = 0.5\nbattery.relaxation = 0.1\ntime.values = [0.0, 0.5]\n[optimise]\nobjective = \"power.average\"\nvariables = {{ \"initial.charger.coherent\" = {{ from = {from}, to = 0.6 }} }}\n"
            )
        };
        assert!(planned(&search("-0.5")).is_ok());
        assert!(planned(&search("0.5")).is_err());
    }

    #[test]
    fn any_end_that_runs_will_do() {
        // So strong a drive would take days.
        let sweep = |values: &str| {
            format!(
                "charger.relaxation = 1.0\nbattery.cells = 150\ntime = {{ end = 1.0, points = 2 }}\n[sweep]\ndrive.amplitude = [{values}]\n"
            )
        };
        let well = planned(&sweep("0.1, 0.2")).unwrap();
        assert_eq!(planned(&sweep("0.1, 1e13")).unwrap(), well);
        assert_eq!(planned(&sweep("1e13, 0.1")).unwrap().dimension, well.dimension);
        assert!(planned(&sweep("1e13, 0.1, 2e13")).is_err());
        let search = "charger.relaxation = 1.0\nbattery.cells = 150\ndrive.amplitude = 1.0\n[optimise]\nobjective = \"ergotropy.at\"\ntime = 1.0\nvariables = { \"coupling.strength\" = { from = -1e12, to = 1.0 } }\n";
        assert_eq!(planned(search).unwrap().dimension, well.dimension);
        let both = format!("{search}[sweep]\n\"charger.dephasing\" = [0.1, 0.2]\n");
        assert_eq!(planned(&both).unwrap().dimension, well.dimension);
    }
}
