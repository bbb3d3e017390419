//! What engines and protocols add to a summary.

use crate::Document;
use crate::table::{Comparison, Stage};

use super::numbers::{known, number};
use super::{Lines, Shown, why};

pub(super) fn engine(document: &Document, out: &mut Lines) {
    let at = |name: &str| document.number(&format!("engine.{name}"));
    let regime = document.text("engine.regime").unwrap_or_default();
    let ratio = known(at("ratio"));
    let temperature = at("beta_e").unwrap_or(f64::NAN);
    let sign = match temperature {
        x if x < 0.0 => "population inversion, effective temperature negative",
        x if x > 0.0 => "no population inversion, effective temperature positive",
        _ => "populations equal, effective temperature infinite",
    };
    out.line(
        "regime",
        format!("{regime}: the baths offer n_1/n_0 = {ratio} ({sign}; beta_e = {})", number(temperature)),
    );
    if let [n0, n1, n2] = document.numbers("engine.populations")[..] {
        out.line("populations", format!("n_0 = {}, n_1 = {}, n_2 = {}", number(n0), number(n1), number(n2)));
    }
    if let Some(gamma) = at("gamma_e") {
        out.line("effective rate", format!("Gamma_e = {}", number(gamma)));
    }
    if at("current").is_some() {
        let load = at("entropy_load").map_or(String::new(), |x| format!(" (baths), {} (load)", number(x)));
        let [hot, cold, power, entropy] =
            ["heat_hot", "heat_cold", "power", "entropy_production"].map(|name| known(at(name)));
        let heat = format!("heat from the hot bath {hot}, from the cold bath {cold}");
        out.line("currents", format!("{heat}, power {power}, entropy production {entropy}{load}"));
    }
    match (at("efficiency"), at("cop")) {
        (_, Some(cop)) => out.line("performance", format!("coefficient {}", number(cop))),
        (Some(efficiency), None) => out.line("efficiency", number(efficiency)),
        (None, None) => {}
    }
    for warning in document.list::<String>("engine.validity.warnings") {
        out.line("warning", warning);
    }
}

/// 99 % and the like.
fn percent(fraction: f64) -> String {
    format!("{} %", number(100.0 * fraction))
}

pub(super) fn charging(result: &Shown<'_>, out: &mut Lines) {
    let document = result.document;
    let at = |name: &str| document.number(&format!("charging.{name}"));
    let time = |x: Option<f64>| x.map_or("none".into(), |x| result.time(x));
    let text = |name: &str| document.text(&format!("charging.{name}")).unwrap_or_default();
    let (mode, model, fraction) = (text("mode"), text("model"), at("fraction").unwrap_or(f64::NAN));
    let [power, enhancement, fluctuation, efficiency] =
        ["average_power", "enhancement", "limit.fluctuation", "limit.efficiency"].map(|name| known(at(name)));
    out.line("charging", format!("{mode}, engines by the {model} model"));
    let (reached, by) = (time(at("time")), percent(fraction));
    out.line("", format!("time to {by} of the limit {reached}, average power until then {power}"));
    out.line("enhancement", format!("{enhancement} times the power of individual charging"));
    if let (Some(value), Some(when)) = (at("peak_power.value"), at("peak_power.time")) {
        out.line("peak power", format!("{} at t = {}", number(value), result.time(when)));
    }
    let locked = result.energy_at("charging.limit.locked");
    out.line(
        "limit",
        format!("energy that stays locked {locked}, fluctuation {fluctuation}, efficiency {efficiency}"),
    );
    for other in document.list::<Comparison>("charging.comparison") {
        let (power, enhancement) = (known(other.average_power), known(other.enhancement));
        let why = other.why.map_or(String::new(), |why| format!(" ({why})"));
        let how = format!("{} charging ({})", other.mode, other.model);
        let when = time(other.time);
        out.line(
            "compared with",
            format!("{how}: t = {when}, average power {power}, enhancement {enhancement}{why}"),
        );
    }
    why(document, "charging.why", out);
}

pub(super) fn cycles(result: &Shown<'_>, out: &mut Lines) {
    let document = result.document;
    let (energy, ergotropy) = (document.numbers("cycles.energy"), document.numbers("cycles.ergotropy"));
    let n = document.numbers("cycles.shown").last().map_or(energy.len(), |last| *last as usize);
    if let (Some(&energy), Some(&ergotropy)) = (energy.last(), ergotropy.last()) {
        let count = if n == 1 { "1 cycle".into() } else { format!("{n} cycles") };
        let [energy, ergotropy] = [energy, ergotropy].map(|x| result.energy(x));
        out.line("cycles", format!("after {count}: energy {energy}, ergotropy {ergotropy}"));
    }
    for (i, stage) in document.list::<Stage>("cycles.stages").iter().enumerate() {
        let last = |list: &[Option<f64>]| {
            list.last().map_or("none".into(), |x| result.energy(x.unwrap_or(f64::NAN)))
        };
        let timed = if stage.duration > 0.0 {
            format!(" for {}", result.time(stage.duration))
        } else {
            String::new()
        };
        let (energy, ergotropy) = (last(&stage.energy), last(&stage.ergotropy));
        let mut text = format!("{}{timed}: energy {energy}, ergotropy {ergotropy}", stage.kind);
        for (name, list) in [("extracted", &stage.extracted), ("daemonic ergotropy", &stage.daemonic)] {
            text += &list.as_ref().map_or(String::new(), |list| format!(", {name} {}", last(list)));
        }
        if let Some(Some(probability)) = stage.probability.as_ref().and_then(|all| all.last()) {
            text += &format!(", outcome of probability {}", number(*probability));
        }
        out.line(&format!("stage {}", i + 1), text);
    }
    if let Some(energy) = document.number("cycles.fixed_point").map(|x| result.energy(x)) {
        let ergotropy = result.energy_at("cycles.fixed_point_ergotropy");
        let rate = known(document.number("cycles.rate"));
        out.line(
            "fixed point",
            format!("energy {energy}, ergotropy {ergotropy}; approached at a rate of {rate} per cycle"),
        );
    }
    why(document, "cycles.why", out);
}
