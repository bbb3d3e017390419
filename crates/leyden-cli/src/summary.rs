//! What a run says in a few lines.

mod own;

use std::fmt::Write;
use std::path::Path;

use leyden::charge::{Model, Plan, Validity};
use leyden::model::{Correlations, EngineModel};
use leyden_scenario::{Axis, Scenario};
use leyden_study::{Document, Found, Progress, Status, StoreError, StoreReader};

/// Points of larger sweeps are not read back: they are drawn on demand, so that a run's memory does not grow with them.
pub(crate) const MOST_DRAWN: usize = 250_000;

/// Plateaus that the summary names.
const MOST_PLATEAUS: usize = 4;

/// The summary of a result.
pub(crate) fn text(document: &Document) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(out, "{name:<14}{value}");
    };
    line("title", document.title.clone());
    line("method", format!("{} ({})", document.method.name, document.method.reason));
    if document.outcome != "converged" {
        line("outcome", document.outcome.clone());
    }
    if let Some(engine) = &document.engine {
        own::engine(engine, &mut line);
        if document.charging.is_none() && document.cycles.is_none() {
            return out;
        }
    }
    if let (Some(t), Some(energy), Some(ergotropy)) =
        (document.times.last(), document.energy.last(), document.ergotropy.global.last())
    {
        line(
            "at t = end",
            format!("t = {}: energy {}, ergotropy {}", number(*t), number(*energy), number(*ergotropy)),
        );
    }
    let limit = &document.asymptote;
    match limit.energy {
        Some(energy) => {
            let ergotropy = limit.ergotropy.global.map_or("not known".into(), number);
            let conserved = limit.conserved.map_or(String::new(), |n| format!(", {n} conserved quantities"));
            line("t -> infinity", format!("energy {}, ergotropy {ergotropy}{conserved}", number(energy)));
        }
        None => {
            line("t -> infinity", format!("unknown: {}", limit.why.as_deref().unwrap_or("no reason given")))
        }
    }
    if let Some(charging) = &document.charging {
        own::charging(charging, &mut line);
    }
    if let Some(cycles) = &document.cycles {
        own::cycles(cycles, &mut line);
    }
    let plateaus = limit.plateaus.as_deref().unwrap_or_default();
    for plateau in plateaus.iter().take(MOST_PLATEAUS) {
        let until = match plateau.lifetime {
            Some(lifetime) => number(lifetime),
            None => format!("10^{:.1}", plateau.log10_lifetime),
        };
        let from = plateau.from.map_or("0".into(), number);
        line(
            "plateau",
            format!(
                "energy {}, ergotropy {} from t = {from} until {until}",
                number(plateau.energy),
                number(plateau.ergotropy)
            ),
        );
    }
    if plateaus.len() > MOST_PLATEAUS {
        line("", format!("and {} more, in result.json", plateaus.len() - MOST_PLATEAUS));
    }
    if document.cycles.is_none() {
        let times = &document.charging_time;
        let time = |value: Option<f64>| value.map_or("none".to_string(), number);
        line(
            "charging time",
            format!(
                "settling {}, first {}, spectral {}",
                time(times.settling),
                time(times.first),
                time(times.spectral)
            ),
        );
        if let Some(why) = &times.why {
            line("", why.clone());
        }
    }
    if let Some(optimum) = &document.optimum {
        line("optimum", found(optimum));
        if let Some(why) = &optimum.why {
            line("", why.clone());
        }
    }
    if let Some(best) = document.power.maximum_average {
        line("best power", format!("average {} at t = {}", number(best.value), number(best.time)));
    }
    let checks = &document.checks;
    let value = |x: Option<f64>| x.map_or("none".into(), |x| format!("{x:.0e}"));
    let top = checks.top_population.map_or(String::new(), |p| format!(", top level {p:.0e}"));
    line(
        "checks",
        format!(
            "trace {}, smallest eigenvalue {}, energy balance {}{top}",
            value(checks.trace),
            value(checks.smallest_eigenvalue),
            value(checks.energy_balance)
        ),
    );
    if let Some(verify) = &document.verify {
        line("verified by", verify.method.clone());
        for (quantity, difference) in &verify.differences {
            let difference = difference.as_f64().map_or("not comparable".into(), |x| format!("{x:.1e}"));
            line("", format!("{quantity:<22} largest difference {difference}"));
        }
    }
    out
}

/// The best value of a search and where it is.
fn found(optimum: &Found) -> String {
    let at: Vec<String> = optimum
        .variables
        .iter()
        .map(|(key, value)| format!("{key} = {}", value.as_f64().map_or("none".into(), number)))
        .collect();
    let jump = optimum
        .jump
        .as_ref()
        .map_or(String::new(), |jump| format!("; value at the jump {}", number(jump.value_at_jump)));
    format!("{} {} at {}{jump}", optimum.objective, number(optimum.value), at.join(", "))
}

/// The summary of a sweep.
pub(crate) fn sweep(
    scenario: &Scenario,
    store: &StoreReader,
    progress: Progress,
    folder: &Path,
    drawn: bool,
) -> Result<String, StoreError> {
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(out, "{name:<14}{value}");
    };
    line("title", scenario.title.clone());
    for axis in &scenario.axes {
        line("axis", axis_text(axis));
    }
    let whole = progress.total == store.points();
    let missing = if whole { progress.missing() } else { store.missing()? };
    line("points", format!("{} of {} done, {} failed", progress.done, progress.total, progress.failed));
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
    let shown: &[(&str, &str)] = match scenario.model {
        Model::HeatEngine(_) => &[("power", "engine_power"), ("entropy", "engine_entropy_production")],
        Model::EngineBattery(_) => &[
            ("E(inf)", "asymptote_energy"),
            ("time to f", "charging_time"),
            ("enhancement", "charging_enhancement"),
        ],
        Model::Protocol(_) => &[("last cycle", "cycles_last_energy"), ("fixed point", "cycles_fixed_point")],
        Model::ChargerBattery(_) | Model::NmrStar(_) => &[
            ("E(inf)", "asymptote_energy"),
            ("ergotropy", "asymptote_ergotropy_global"),
            ("settling", "charging_time_settling"),
        ],
    };
    let found = scenario.optimise.is_some().then_some(("optimum", "optimum_value"));
    for (name, array) in shown.iter().copied().chain(found).take(ranges) {
        let values = store.read(array)?;
        let finite = || values.iter().copied().filter(|x| x.is_finite());
        if finite().next().is_some() {
            let least = finite().fold(f64::INFINITY, f64::min);
            let most = finite().fold(f64::NEG_INFINITY, f64::max);
            line(name, format!("{} to {}", number(least), number(most)));
        }
    }
    if matches!(&scenario.model, Model::EngineBattery(system) if system.model == EngineModel::Effective)
        && ranges > 0
    {
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
    Ok(out)
}

fn axis_text(axis: &Axis) -> String {
    let (first, last) = (axis.values[0], axis.values[axis.values.len() - 1]);
    format!("{}: {} values from {} to {}", axis.key, axis.values.len(), short(first), short(last))
}

/// What `leyden check` says.
pub(crate) fn plan(scenario: &Scenario, plan: &Plan) -> String {
    let mut out = String::new();
    let times = &scenario.times;
    let _ = writeln!(out, "{:<14}{}", "title", scenario.title);
    let _ = writeln!(out, "{:<14}{} ({})", "method", plan.method, plan.reason);
    let of = match &scenario.model {
        Model::ChargerBattery(_) | Model::Protocol(_) => "levels of charger and battery",
        Model::NmrStar(star) if star.correlations == Correlations::Kept => "levels of battery and chargers",
        Model::HeatEngine(_) => "levels",
        Model::EngineBattery(_) | Model::NmrStar(_) => "numbers in the state",
    };
    let _ = writeln!(out, "{:<14}{} {of}", "dimension", plan.dimension);
    let _ = match (times.first(), times.last()) {
        (Some(first), Some(last)) => {
            writeln!(out, "{:<14}{} from {first} to {last}", "times", times.len())
        }
        _ if let Model::Protocol(protocol) = &scenario.model => {
            writeln!(out, "{:<14}{} repeated {} times", "stages", protocol.stages.len(), protocol.repeat)
        }
        _ if matches!(scenario.model, Model::HeatEngine(_)) => {
            writeln!(out, "{:<14}none: the steady state", "times")
        }
        _ => writeln!(out, "{:<14}long times only", "times"),
    };
    for axis in &scenario.axes {
        let _ = writeln!(out, "{:<14}{}", "axis", axis_text(axis));
    }
    if !scenario.axes.is_empty() {
        let points: usize = scenario.axes.iter().map(|axis| axis.values.len()).product();
        let _ = writeln!(out, "{:<14}{points}; dimension and memory are those of the first", "points");
    }
    if let Some(optimise) = &scenario.optimise {
        let keys: Vec<String> = optimise.variables.iter().map(|variable| variable.key.to_string()).collect();
        let _ = writeln!(out, "{:<14}{} over {}", "search", optimise.name, keys.join(", "));
    }
    let _ = writeln!(out, "{:<14}{}", "memory", bytes(plan.memory));
    if let Some(seconds) = plan.seconds {
        let _ = writeln!(out, "{:<14}{}", "time", duration(seconds));
    }
    out
}

/// How long a run will take, roughly.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => "less than a second".into(),
        s if s < 120.0 => format!("about {s:.0} s"),
        s if s < 7200.0 => format!("about {:.0} min", s / 60.0),
        s => format!("about {:.0} h", s / 3600.0),
    }
}

fn bytes(bytes: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB"];
    let power = ((bytes.max(1.0).log2() / 10.0) as usize).min(3);
    format!("about {:.1} {}", bytes / 1024f64.powi(power as i32), units[power])
}

/// A value of an axis: as it was written where that is short.
fn short(x: f64) -> String {
    let plain = x.to_string();
    if plain.len() <= 8 { plain } else { number(x) }
}

/// Six significant digits, in exponent form where that is shorter.
fn number(x: f64) -> String {
    if x.is_nan() {
        return "not known".into();
    }
    if x == 0.0 || (1e-4..1e7).contains(&x.abs()) {
        let digits = if x == 0.0 { 1 } else { (5 - x.abs().log10().floor() as i32).max(0) as usize };
        format!("{x:.digits$}")
    } else {
        format!("{x:.5e}")
    }
}
