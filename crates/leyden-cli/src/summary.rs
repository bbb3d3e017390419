//! What a sweep says in a few lines.

use std::path::Path;

use leyden::Method;
use leyden::charge::{Contents, Validity};
use leyden_results::extent;
use leyden_results::summary::{Lines, axis_text, number};
use leyden_scenario::Scenario;
use serde_json::Value;

use leyden_study::{MOST_DRAWN, Progress, Status, StoreError, StoreReader, study_data};

/// The summary of a sweep whose first point runs by `method`.
pub(crate) fn sweep(
    scenario: &Scenario,
    method: Option<Method>,
    store: &StoreReader,
    progress: Progress,
    folder: &Path,
    drawn: bool,
) -> Result<String, StoreError> {
    let mut out = Lines::new();
    let mut line = |name: &str, value: String| out.line(name, value);
    line("title", scenario.title.clone());
    for axis in &scenario.axes {
        line("axis", axis_text(axis, &scenario.units));
    }
    if let Some(disorder) = &scenario.disorder {
        line(
            "samples",
            format!("{} of every point (seed {}); numbers are means", disorder.samples, disorder.seed),
        );
    }
    let whole = progress.total == store.points() * (store.samples() + 1);
    let missing = if whole { progress.missing() } else { store.missing()? };
    let counted = if store.samples() > 0 { "runs" } else { "points" };
    line(counted, format!("{} of {} done, {} failed", progress.done, progress.total, progress.failed));
    if missing > 0 {
        line("", format!("{missing} points belong to other shards and are not there yet"));
    }
    if progress.failed > 0 {
        let failed = store.status()?.iter().position(|status| *status == Some(Status::Failed));
        if let Some(point) = failed {
            line("first failure", format!("point {point}: {}", store.reasons()?[point]));
        }
    }
    let ranges = if store.points() > MOST_DRAWN { 0 } else { 4 };
    let contents = scenario.contents();
    let shown: &[(&str, &str)] = match contents {
        Contents { cycles: true, .. } => {
            &[("last cycle", "cycles_last_energy"), ("fixed point", "cycles_fixed_point")]
        }
        Contents { charging: true, .. } => &[
            ("limit energy", "asymptote_energy"),
            ("charging time", "charging_time"),
            ("enhancement", "charging_enhancement"),
        ],
        Contents { engine: true, .. } => {
            &[("power", "engine_power"), ("entropy", "engine_entropy_production")]
        }
        _ => &[
            ("limit energy", "asymptote_energy"),
            ("limit ergotropy", "asymptote_ergotropy_global"),
            ("settling time", "charging_time_settling"),
        ],
    };
    let found = scenario.optimise.is_some().then_some(("optimum", "optimum_value"));
    let disorder = scenario.disorder.as_ref().filter(|_| ranges > 0);
    let means = disorder.map(|_| study_data(store, false)).transpose()?;
    for (name, array) in shown.iter().copied().chain(found).take(ranges) {
        let values = means.as_ref().map_or_else(|| store.read(array), |data| Ok(data.everywhere(array)))?;
        if let Some((least, most)) = extent(&values) {
            let unit = store.variables().iter().find(|variable| variable.name == array);
            let unit = unit.map_or("", |variable| &*variable.units);
            line(name, ranged(least, most, unit));
        }
    }
    if contents.charging && method != Some(Method::Permutation) && ranges > 0 {
        let ratios = ["engine_validity_battery_rate", "engine_validity_current"];
        let [rates, currents] = [store.read(ratios[0])?, store.read(ratios[1])?];
        let doubtful = rates.iter().zip(&currents).filter(|(a, b)| a.max(**b) > Validity::LARGE).count();
        if doubtful > 0 {
            line(
                "warning",
                format!(
                    "at {doubtful} of {} points the engines do not keep up with the battery: the effective model \
                     overstates power there (engine.validity)",
                    rates.len()
                ),
            );
        }
    }
    if !drawn && missing == 0 && store.points() > MOST_DRAWN {
        line("figure", format!("on demand: leyden figure {}", folder.display()));
    }
    let figure = if drawn { ", figure.svg, figure.png" } else { "" };
    line("store", format!("{}/ (Zarr v3{figure})", folder.display()));
    Ok(out.text())
}

/// From the least to the largest number of an array, which is one number where they do not differ.
fn ranged(least: f64, most: f64, unit: &str) -> String {
    // What rounding leaves of nothing.
    const NOTHING: f64 = 1e-13;
    let [least, most] = [least, most].map(|x| number(if x.abs() < NOTHING { 0.0 } else { x }));
    let range = if least == most { most } else { format!("{least} to {most}") };
    match unit {
        "" | "1" => range,
        unit => format!("{range} ({unit})"),
    }
}

/// Laws that the summary says.
const MOST_LAWS: usize = 4;

/// Laws in the number of cells, a line each.
pub(crate) fn fits(fits: &[Value]) -> String {
    let mut out = Lines::new();
    for fit in fits.iter().take(MOST_LAWS) {
        let at = |name: &str| number(fit[name].as_f64().unwrap_or(f64::NAN));
        let text = |name: &str| fit[name].as_str().unwrap_or_default();
        let law = match fit.get("a") {
            Some(_) => format!("1 - R = {}/N", at("a")),
            None => {
                let unit = match text("unit") {
                    "1" => String::new(),
                    "" => " (in the units of the file)".into(),
                    unit => format!(" ({unit})"),
                };
                format!("{} = {} N^{}{unit}", text("quantity"), at("prefactor"), at("exponent"))
            }
        };
        let others = fit["at"].as_object().into_iter().flatten();
        let others: Vec<String> =
            others.map(|(key, x)| format!("{key} = {}", number(x.as_f64().unwrap_or(f64::NAN)))).collect();
        let others = if others.is_empty() { String::new() } else { format!(", {}", others.join(", ")) };
        out.line("law", format!("{law} for N = {} to {}{others}", at("from"), at("to")));
        if let Some(said) = exponents(fit) {
            out.line("", said);
        }
    }
    if fits.len() > MOST_LAWS {
        out.line("", format!("and {} more laws, in the group `fits` of the store", fits.len() - MOST_LAWS));
    }
    out.text()
}

/// Between which exponents the power of a fit lies, where they differ, and what many cells follow.
fn exponents(fit: &Value) -> Option<String> {
    let said = |x: &Value| number(x.as_f64().unwrap_or(f64::NAN));
    let (between, many) = (&fit["local_exponents"], &fit["many_cells"]);
    let [least, most] = [said(&between[0]), said(&between[1])];
    let between = (least != most).then(|| format!("exponents between neighbours {least} to {most}"));
    let many = many
        .is_object()
        .then(|| format!("{} N^{} for many cells", said(&many["prefactor"]), said(&many["exponent"])));
    between.into_iter().chain(many).reduce(|a, b| format!("{a}; {b}"))
}
