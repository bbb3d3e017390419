//! What a sweep says in a few lines.

use std::fmt::Write;
use std::path::Path;

use leyden::Method;
use leyden::charge::{Parts, System, Validity};
use leyden_results::extent;
use leyden_scenario::Scenario;
use leyden_study::{Progress, Status, StoreError, StoreReader};

use super::check::axis_text;
use super::numbers::number;

/// Points of larger sweeps are not read back: they are drawn on demand, so that a run's memory does not grow with them.
pub(crate) const MOST_DRAWN: usize = 250_000;

/// The summary of a sweep whose first point runs by `method`.
pub(crate) fn sweep(
    scenario: &Scenario,
    method: Option<Method>,
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
    let parts = scenario.system.parts();
    let shown: &[(&str, &str)] = match parts {
        Parts { cycles: true, .. } => {
            &[("last cycle", "cycles_last_energy"), ("fixed point", "cycles_fixed_point")]
        }
        Parts { charging: true, .. } => &[
            ("E(inf)", "asymptote_energy"),
            ("time to f", "charging_time"),
            ("enhancement", "charging_enhancement"),
        ],
        Parts { engine: true, .. } => &[("power", "engine_power"), ("entropy", "engine_entropy_production")],
        _ => &[
            ("E(inf)", "asymptote_energy"),
            ("ergotropy", "asymptote_ergotropy_global"),
            ("settling", "charging_time_settling"),
        ],
    };
    let found = scenario.optimise.is_some().then_some(("optimum", "optimum_value"));
    for (name, array) in shown.iter().copied().chain(found).take(ranges) {
        if let Some((least, most)) = extent(&store.read(array)?) {
            line(name, format!("{} to {}", number(least), number(most)));
        }
    }
    if parts.charging && method != Some(Method::Permutation) && ranges > 0 {
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
