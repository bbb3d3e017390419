//! What a run says in a few lines.

mod check;
mod engines_and_cycles;
mod numbers;
mod sweep;

pub(crate) use check::plan;
pub(crate) use numbers::duration;
pub(crate) use sweep::{MOST_DRAWN, sweep};

use std::fmt::Write;

use leyden_results::table::Plateau;
use leyden_results::{Document, Found, FoundJump};

use numbers::{known, number};

/// Plateaus that the summary names.
const MOST_PLATEAUS: usize = 4;

/// The summary of a result: what it has, in the order in which one asks.
pub(crate) fn text(document: &Document) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(out, "{name:<14}{value}");
    };
    let text = |path: &str| document.text(path).unwrap_or_default().to_string();
    line("title", text("title"));
    line("method", format!("{} ({})", text("method.name"), text("method.reason")));
    if !document.converged() {
        line("outcome", text("outcome"));
    }
    let (charging, cycles) = (document.has("charging"), document.has("cycles"));
    if document.has("engine") {
        engines_and_cycles::engine(document, &mut line);
        if !charging && !cycles {
            best(document, &mut line);
            return out;
        }
    }
    at_the_end(document, &mut line);
    limit(document, &mut line);
    if charging {
        engines_and_cycles::charging(document, &mut line);
    }
    if cycles {
        engines_and_cycles::cycles(document, &mut line);
    }
    plateaus(document, &mut line);
    if !cycles {
        let time = |name: &str| known(document.number(&format!("charging_time.{name}")));
        let [settling, first, spectral] = ["settling", "first", "spectral"].map(time);
        line("charging time", format!("settling {settling}, first {first}, spectral {spectral}"));
        why(document, "charging_time.why", &mut line);
    }
    best(document, &mut line);
    if let Some(power) = document.number("power.maximum_average.value") {
        let time = known(document.number("power.maximum_average.time"));
        line("best power", format!("average {} at t = {time}", number(power)));
    }
    checks(document, &mut line);
    out
}

fn why(document: &Document, path: &str, line: &mut impl FnMut(&str, String)) {
    if let Some(why) = document.text(path) {
        line("", why.into());
    }
}

fn at_the_end(document: &Document, line: &mut impl FnMut(&str, String)) {
    let last = |path: &str| document.numbers(path).last().copied();
    if let (Some(t), Some(energy), Some(ergotropy)) =
        (last("times"), last("energy"), last("ergotropy.global"))
    {
        let [t, energy, ergotropy] = [t, energy, ergotropy].map(number);
        line("at t = end", format!("t = {t}: energy {energy}, ergotropy {ergotropy}"));
    }
}

fn limit(document: &Document, line: &mut impl FnMut(&str, String)) {
    let said = match document.number("asymptote.energy") {
        Some(energy) => {
            let ergotropy = document.number("asymptote.ergotropy.global");
            let ergotropy = ergotropy.map_or("not known".into(), number);
            let conserved = document.number("asymptote.conserved");
            let conserved = conserved.map_or(String::new(), |n| format!(", {n} conserved quantities"));
            format!("energy {}, ergotropy {ergotropy}{conserved}", number(energy))
        }
        None => format!("unknown: {}", document.text("asymptote.why").unwrap_or("no reason given")),
    };
    line("t -> infinity", said);
}

fn plateaus(document: &Document, line: &mut impl FnMut(&str, String)) {
    let plateaus: Vec<Plateau> = document.list("asymptote.plateaus");
    for plateau in plateaus.iter().take(MOST_PLATEAUS) {
        let until = plateau.lifetime.map_or_else(|| format!("10^{:.1}", plateau.log10_lifetime), number);
        let from = plateau.from.map_or("0".into(), number);
        let [energy, ergotropy] = [plateau.energy, plateau.ergotropy].map(number);
        line("plateau", format!("energy {energy}, ergotropy {ergotropy} from t = {from} until {until}"));
    }
    if plateaus.len() > MOST_PLATEAUS {
        line("", format!("and {} more, in result.json", plateaus.len() - MOST_PLATEAUS));
    }
}

fn checks(document: &Document, line: &mut impl FnMut(&str, String)) {
    let value = |name: &str| document.number(&format!("checks.{name}")).map(|x| format!("{x:.0e}"));
    let top = value("top_population").map_or(String::new(), |population| format!(", top level {population}"));
    let [trace, eigenvalue, balance] = ["trace", "smallest_eigenvalue", "energy_balance"]
        .map(|name| value(name).unwrap_or_else(|| "none".into()));
    line("checks", format!("trace {trace}, smallest eigenvalue {eigenvalue}, energy balance {balance}{top}"));
    if let Some(method) = document.text("verify.method") {
        line("verified by", method.into());
        let differences = document.get("verify.differences").and_then(|found| found.as_object());
        for (quantity, difference) in differences.into_iter().flatten() {
            let difference = difference.as_f64().map_or("not comparable".into(), |x| format!("{x:.1e}"));
            line("", format!("{quantity:<22} largest difference {difference}"));
        }
    }
}

/// What a search found, if there was one.
fn best(document: &Document, line: &mut impl FnMut(&str, String)) {
    let Some(optimum) = document.optimum() else { return };
    line("optimum", found(&optimum));
    if let Some(why) = optimum.why {
        line("", why);
    }
}

/// The best value of a search and where it is.
fn found(optimum: &Found) -> String {
    let at: Vec<String> =
        optimum.variables.iter().map(|(key, value)| format!("{key} = {}", known(value.as_f64()))).collect();
    let value_at = |jump: &FoundJump| format!("; value at the jump {}", number(jump.value_at_jump));
    let jump = optimum.jump.as_ref().map_or(String::new(), value_at);
    format!("{} {} at {}{jump}", optimum.objective, number(optimum.value), at.join(", "))
}
