//! What a run, and what would run, says in a few lines.

mod bounds;
mod check;
mod engines_and_cycles;
mod ledger;
mod numbers;
mod parts;

pub use bounds::bounds;
pub use check::{axis_text, plan};
pub use ledger::ledger;
pub use numbers::{duration, number};

use std::fmt::{Display, Write};

use leyden_scenario::Units;

use crate::table::Plateau;
use crate::{Document, FoundJump};

use numbers::{known, time, time_of_text};

/// Plateaus that the summary names.
const MOST_PLATEAUS: usize = 4;

/// Writes lines of a name and what is said.
#[derive(Debug, Default)]
pub struct Lines(String);

impl Lines {
    /// No lines yet.
    pub fn new() -> Self {
        Lines::default()
    }

    /// One more.
    pub fn line(&mut self, name: &str, value: impl Display) {
        let _ = writeln!(self.0, "{name:<16}{value}");
    }

    /// All of them.
    pub fn text(self) -> String {
        self.0
    }
}

/// A result as people see it.
struct Shown<'a> {
    document: &'a Document,
    units: Units,
    /// What energies may be wrong by: less is nothing.
    error: f64,
}

impl Shown<'_> {
    fn energy(&self, x: f64) -> String {
        number(if x.abs() <= self.error { 0.0 } else { x })
    }

    fn time(&self, x: f64) -> String {
        time(x, &self.units.time)
    }

    fn time_at(&self, path: &str) -> Option<String> {
        self.document.number(path).map(|x| self.time(x))
    }

    fn energy_at(&self, path: &str) -> String {
        self.document.number(path).map_or("not known".into(), |x| self.energy(x))
    }
}

/// The summary of a result: what it has, in the order in which one asks.
pub fn text(document: &Document) -> String {
    let (kept, document) = (document, &document.shown());
    // What is below both its error and anything that could be read off a figure is nothing.
    let largest = document.numbers("energy").into_iter().map(f64::abs).fold(0.0, f64::max);
    let error = document.number("checks.error").unwrap_or(0.0).min(READABLE * largest).max(ROUNDING);
    let result = Shown { document, units: document.units(), error };
    let mut out = Lines::new();
    let text = |path: &str| document.text(path).unwrap_or_default().to_string();
    out.line("title", text("title"));
    out.line("method", format!("{} ({})", text("method.name"), text("method.reason")));
    let (engine, charging, cycles) =
        (document.has("engine"), document.has("charging"), document.has("cycles"));
    let alone = engine && !charging && !cycles;
    units(&result.units, alone, &mut out);
    if !document.converged() {
        out.line("outcome", format!("{}: the numbers below are not to be relied on", text("outcome")));
    }
    if engine {
        engines_and_cycles::engine(document, &mut out);
        if alone {
            if let Some(said) = samples(&result) {
                out.line("samples", said);
                if let Some(power) = mean(&result, "engine.power") {
                    out.line("mean power", power);
                }
            }
            optimum(&result, &mut out);
            return out.text();
        }
    }
    means(&result, &mut out);
    at_the_end(&result, &mut out);
    limit(&result, &mut out);
    if charging {
        engines_and_cycles::charging(&result, &mut out);
    }
    if cycles {
        engines_and_cycles::cycles(&result, &mut out);
    }
    plateaus(&result, &mut out);
    if !cycles {
        let said = ["settling", "first", "spectral"].map(|name| {
            let time = result.time_at(&format!("charging_time.{name}"));
            format!("{name} {}", time.unwrap_or_else(|| "none".into()))
        });
        out.line("charging time", said.join(", "));
        why(document, "charging_time.why", &mut out);
    }
    optimum(&result, &mut out);
    maxima(&result, &mut out);
    power(&result, &mut out);
    parallel(&result, &mut out);
    checks(document, kept, &mut out);
    out.text()
}

/// What energies of a few cells cannot tell from nothing, and what nobody reads beside the largest energy.
const ROUNDING: f64 = 1e-15;
const READABLE: f64 = 1e-10;

fn units(units: &Units, alone: bool, out: &mut Lines) {
    let Units { time, energy, power, rate, .. } = units;
    match () {
        () if energy.symbol.is_empty() => {}
        () if alone => out.line("units", format!("power in {}, rates in {}", power.symbol, rate.symbol)),
        () => {
            let said =
                format!("energy in {}, time in {}, power in {}", energy.symbol, time.symbol, power.symbol);
            out.line("units", said);
        }
    }
}

fn why(document: &Document, path: &str, out: &mut Lines) {
    if let Some(why) = document.text(path) {
        out.line("", why);
    }
}

fn at_the_end(result: &Shown<'_>, out: &mut Lines) {
    let last = |path: &str| result.document.numbers(path).last().copied();
    if let (Some(t), Some(energy), Some(ergotropy)) =
        (last("times"), last("energy"), last("ergotropy.global"))
    {
        let [energy, ergotropy] = [energy, ergotropy].map(|x| result.energy(x));
        out.line("at the end", format!("t = {}: energy {energy}, ergotropy {ergotropy}", result.time(t)));
    }
}

/// How many samples there are, where something is random.
fn samples(result: &Shown<'_>) -> Option<String> {
    let (samples, seed) =
        (result.document.number("disorder.samples")?, result.document.get("disorder.seed")?);
    let failed = result.document.number("disorder.failed").unwrap_or(0.0);
    let failed = if failed > 0.0 { format!(", {failed} failed") } else { String::new() };
    Some(format!("{samples} (seed {seed}){failed}; lines without +- are of the file as it is written"))
}

/// A mean with its standard error, of a series at the last time.
fn mean(result: &Shown<'_>, path: &str) -> Option<String> {
    let of = |table: &str| {
        let path = format!("disorder.{table}.{path}");
        let last = || result.document.numbers(&path).last().copied().filter(|x| x.is_finite());
        result.document.number(&path).or_else(last)
    };
    Some(match (of("mean")?, of("standard_error")) {
        // What rounding makes of equal samples is nothing.
        (mean, Some(error)) if error <= result.error => format!("{} +- 0", result.energy(mean)),
        (mean, Some(error)) => format!("{} +- {}", result.energy(mean), few(error)),
        (mean, None) => result.energy(mean),
    })
}

/// Means of the main numbers over samples, before the lines of the file as it is written.
fn means(result: &Shown<'_>, out: &mut Lines) {
    let Some(said) = samples(result) else { return };
    out.line("samples", said);
    let document = result.document;
    let mut line = |name: &str, at: String, [energy, ergotropy]: [&str; 2]| match (
        mean(result, energy),
        mean(result, ergotropy),
    ) {
        (Some(energy), Some(ergotropy)) => {
            out.line(name, format!("{at}energy {energy}, ergotropy {ergotropy}"));
        }
        (Some(energy), None) => out.line(name, format!("{at}energy {energy}")),
        _ => {
            let why = document.get("disorder.why").and_then(|why| why.get(energy)?.as_str());
            out.line(name, format!("not known: {}", why.unwrap_or("no reason given")));
        }
    };
    if let Some(t) = document.numbers("times").last() {
        line("mean at the end", format!("t = {}: ", result.time(*t)), ["energy", "ergotropy.global"]);
    }
    // A limit that the file does not have either has its reason below.
    if document.number("asymptote.energy").is_some() || mean(result, "asymptote.energy").is_some() {
        line("mean limit", String::new(), ["asymptote.energy", "asymptote.ergotropy.global"]);
    }
}

/// A standard error, which has no more than two digits that mean something.
fn few(error: f64) -> String {
    let digits: f64 = format!("{error:.1e}").parse().unwrap_or(error);
    number(digits)
}

fn limit(result: &Shown<'_>, out: &mut Lines) {
    let document = result.document;
    let said = match document.number("asymptote.energy") {
        Some(energy) => {
            let ergotropy = result.energy_at("asymptote.ergotropy.global");
            let steady = match document.number("asymptote.conserved") {
                Some(1.0) => "; unique steady state".into(),
                Some(n) => format!("; depends on the initial state ({n} conserved quantities)"),
                None => String::new(),
            };
            format!("energy {}, ergotropy {ergotropy}{steady}", result.energy(energy))
        }
        None => format!("not known: {}", document.text("asymptote.why").unwrap_or("no reason given")),
    };
    out.line("t -> infinity", said);
}

fn plateaus(result: &Shown<'_>, out: &mut Lines) {
    let plateaus: Vec<Plateau> = result.document.list("asymptote.plateaus");
    for plateau in plateaus.iter().take(MOST_PLATEAUS) {
        let lifetime = plateau.lifetime.map_or_else(
            || time_of_text(&format!("10^{:.1}", plateau.log10_lifetime), &result.units.time),
            |x| result.time(x),
        );
        let from = result.time(plateau.from.unwrap_or(0.0));
        let [energy, ergotropy] = [plateau.energy, plateau.ergotropy].map(|x| result.energy(x));
        let said = format!("energy {energy}, ergotropy {ergotropy} from t = {from} until about {lifetime}");
        out.line("plateau", said);
    }
    if plateaus.len() > MOST_PLATEAUS {
        out.line("", format!("and {} more, in result.json", plateaus.len() - MOST_PLATEAUS));
    }
}

/// What a closed battery has instead of a limit.
fn maxima(result: &Shown<'_>, out: &mut Lines) {
    for (name, symbol) in [("energy", "energy"), ("ergotropy", "ergotropy")] {
        let at = |which: &str| {
            let path = |part: &str| format!("extrema.{name}.{which}.{part}");
            let value = result.document.number(&path("value"))?;
            Some(format!("{} at t = {}", result.energy(value), result.time_at(&path("time"))?))
        };
        let (Some(largest), first) = (at("largest"), at("first")) else { continue };
        let said = match first {
            Some(first) if first == largest => format!("{symbol} {first}, the first maximum and the largest"),
            Some(first) => format!("{symbol} {first}, the first maximum; largest {largest}"),
            None => format!("{symbol} {largest}, the largest; no maximum before the last time"),
        };
        out.line(if name == "energy" { "maxima" } else { "" }, said);
    }
    if let Some(energy) = result.document.number("asymptote.average.energy") {
        let ergotropy = result.document.number("asymptote.average.ergotropy").map(|x| result.energy(x));
        let ergotropy = ergotropy.map_or(String::new(), |x| format!(", ergotropy {x}"));
        out.line("average state", format!("energy {}{ergotropy}", result.energy(energy)));
    }
}

fn power(result: &Shown<'_>, out: &mut Lines) {
    let Some(best) = result.document.number("power.maximum_average.value") else { return };
    // A power below the rounding of the others, or of the energies, is none.
    let largest = |path: &str| result.document.numbers(path).into_iter().map(f64::abs).fold(0.0, f64::max);
    let last = result.document.numbers("times").last().copied().unwrap_or(f64::INFINITY);
    let largest = largest("power.instantaneous").max(largest("energy") / last);
    let best = if best.abs() <= 1e-12 * largest { 0.0 } else { best };
    let at = result.time_at("power.maximum_average.time").unwrap_or_default();
    out.line(
        "best power",
        match best {
            best if best > 0.0 => format!("average {} at t = {at}", number(best)),
            0.0 => "none: the battery is never above its first energy".into(),
            best => {
                let average = number(best);
                format!("none: the battery is never above its first energy (average {average} at t = {at})")
            }
        },
    );
}

/// Separate pairs, where they are others than the whole.
fn parallel(result: &Shown<'_>, out: &mut Lines) {
    let number_at = |path: &str| result.document.number(path);
    let (power, advantage) = (number_at("parallel.power"), number_at("parallel.advantage"));
    if let (Some(power), Some(advantage), Some(cells)) = (power, advantage, number_at("cells"))
        && cells > 1.0
    {
        let [power, advantage] = [power, advantage].map(number);
        out.line(
            "in parallel",
            format!("{cells} separate pairs reach {power}; the whole reaches {advantage} times that"),
        );
    }
}

/// A size of rounding in one digit.
fn rough(x: f64) -> String {
    if x == 0.0 { "0".into() } else { format!("{x:.0e}") }
}

/// Passed or not, with the worst of what must vanish. A balance in a unit such as hbar omega_B/us would say nothing beside a trace: it is
/// compared as the document keeps it.
fn checks(document: &Document, kept: &Document, out: &mut Lines) {
    let value = |name: &str| document.number(&format!("checks.{name}"));
    let [trace, eigenvalue] = ["trace", "smallest_eigenvalue"].map(value);
    let balance = kept.number("checks.energy_balance");
    let worst = [trace, eigenvalue.map(|x| (-x).max(0.0)), balance].into_iter().flatten().reduce(f64::max);
    let mut said = match (worst, document.converged()) {
        (None, _) => "none".into(),
        (Some(worst), true) => format!("passed (worst {})", rough(worst)),
        (Some(_), false) => {
            let named = [("trace", trace), ("smallest eigenvalue", eigenvalue), ("energy balance", balance)];
            let named = named.iter().filter_map(|(name, x)| Some(format!("{name} {}", rough((*x)?))));
            format!("not passed: {}", named.collect::<Vec<String>>().join(", "))
        }
    };
    if let Some(error) = value("error").filter(|error| *error > 0.0) {
        said += &format!("; energies are right to about {}", rough(error));
    }
    if let Some(population) = value("top_population") {
        said += &format!("; the highest levels kept hold {}", rough(population));
    }
    out.line("checks", said);
    if let Some(method) = document.text("verify.method") {
        out.line("verified by", method);
        let differences = document.get("verify.differences").and_then(|found| found.as_object());
        for (quantity, difference) in differences.into_iter().flatten() {
            let difference = difference.as_f64().map_or("not comparable".into(), |x| match x {
                0.0 => "0".into(),
                x => format!("{x:.1e}"),
            });
            out.line("", format!("{quantity:<22} largest difference {difference}"));
        }
    }
}

/// The best value of a search and where it is.
fn optimum(result: &Shown<'_>, out: &mut Lines) {
    let Some(optimum) = result.document.optimum() else { return };
    let place = |(key, value): (&String, &serde_json::Value)| {
        let unit = result.units.of_key(key);
        match value.as_f64() {
            // Plain numbers carry no unit in a file either.
            Some(x) if unit.is_physical() => {
                format!("{key} = {}", time(x, &unit))
            }
            x => format!("{key} = {}", known(x)),
        }
    };
    let at: Vec<String> = optimum.variables.iter().map(place).collect();
    let value_at = |jump: &FoundJump| match jump.value_at_jump {
        Some(value) => format!("; value at the jump {}", number(value)),
        None => "; no value at the jump".into(),
    };
    let jump = optimum.jump.as_ref().map_or(String::new(), value_at);
    out.line(
        "optimum",
        format!("{} {} at {}{jump}", optimum.objective, number(optimum.value), at.join(", ")),
    );
    if let Some(jump) = &optimum.jump {
        let side = &jump.side;
        let said =
            format!("it jumps there: the best value is its limit from {side}, and is not taken itself");
        out.line("", said);
    }
    // The jump is said in the document in its numbers.
    let jumps = format!("{} jumps at ", optimum.objective);
    let others = optimum.why.iter().flat_map(|why| why.split("; ")).filter(|why| !why.starts_with(&jumps));
    others.for_each(|why| out.line("", why));
}
