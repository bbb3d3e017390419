//! What engines and protocols add to a summary.

use leyden_results::Document;
use leyden_results::table::{Comparison, Stage};

use super::numbers::{known, number};
use super::why;

pub(super) fn engine(document: &Document, line: &mut impl FnMut(&str, String)) {
    let at = |name: &str| document.number(&format!("engine.{name}"));
    let populations = match document.numbers("engine.populations")[..] {
        [n0, n1, n2] => format!(", populations {}, {}, {}", number(n0), number(n1), number(n2)),
        _ => String::new(),
    };
    let regime = document.text("engine.regime").unwrap_or_default();
    let (ratio, beta_e) = (known(at("ratio")), known(at("beta_e")));
    line("engine", format!("{regime}, ratio {ratio}, beta_e {beta_e}{populations}"));
    if let Some(gamma) = at("gamma_e") {
        line("", format!("effective rate {}", number(gamma)));
    }
    if at("current").is_some() {
        let load = at("entropy_load").map_or(String::new(), |x| format!(" (baths), {} (load)", number(x)));
        let [hot, cold, power, entropy] =
            ["heat_hot", "heat_cold", "power", "entropy_production"].map(|name| known(at(name)));
        let heat = format!("heat {hot} (hot), {cold} (cold)");
        line("currents", format!("{heat}, power {power}, entropy production {entropy}{load}"));
    }
    match (at("efficiency"), at("cop")) {
        (_, Some(cop)) => line("performance", format!("coefficient {}", number(cop))),
        (Some(efficiency), None) => line("efficiency", number(efficiency)),
        (None, None) => {}
    }
    for warning in document.list::<String>("engine.validity.warnings") {
        line("warning", warning);
    }
}

pub(super) fn charging(document: &Document, line: &mut impl FnMut(&str, String)) {
    let at = |name: &str| document.number(&format!("charging.{name}"));
    let text = |name: &str| document.text(&format!("charging.{name}")).unwrap_or_default();
    let (mode, model, fraction) = (text("mode"), text("model"), at("fraction").unwrap_or(f64::NAN));
    let [time, power, enhancement, locked, fluctuation, efficiency] =
        ["time", "average_power", "enhancement", "limit.locked", "limit.fluctuation", "limit.efficiency"]
            .map(|name| known(at(name)));
    let how = format!("{mode}, {model} model");
    line("charging", format!("{how}: {fraction} of the limit at t = {time}, average power {power}"));
    line("enhancement", format!("{enhancement} over individual charging"));
    if let (Some(value), Some(time)) = (at("peak_power.value"), at("peak_power.time")) {
        line("peak power", format!("{} at t = {}", number(value), number(time)));
    }
    line("limit", format!("locked energy {locked}, fluctuation {fluctuation}, efficiency {efficiency}"));
    for other in document.list::<Comparison>("charging.comparison") {
        let how = format!("{}, {}", other.mode, other.model);
        let [time, power, enhancement] = [other.time, other.average_power, other.enhancement].map(known);
        let why = other.why.map_or(String::new(), |why| format!(" ({why})"));
        line(
            "beside it",
            format!("{how}: t = {time}, average power {power}, enhancement {enhancement}{why}"),
        );
    }
    why(document, "charging.why", line);
}

pub(super) fn cycles(document: &Document, line: &mut impl FnMut(&str, String)) {
    let (energy, ergotropy) = (document.numbers("cycles.energy"), document.numbers("cycles.ergotropy"));
    let n = energy.len();
    if let (Some(&energy), Some(&ergotropy)) = (energy.last(), ergotropy.last()) {
        line("cycles", format!("after {n}: energy {}, ergotropy {}", number(energy), number(ergotropy)));
    }
    for (i, stage) in document.list::<Stage>("cycles.stages").iter().enumerate() {
        let last =
            |list: &[Option<f64>]| list.last().map_or("none".into(), |x| number(x.unwrap_or(f64::NAN)));
        let (kind, duration) = (&stage.kind, number(stage.duration));
        let (energy, ergotropy) = (last(&stage.energy), last(&stage.ergotropy));
        let mut text = format!("{kind} for {duration}: energy {energy}, ergotropy {ergotropy}");
        for (name, list) in [("extracted", &stage.extracted), ("daemonic ergotropy", &stage.daemonic)] {
            text += &list.as_ref().map_or(String::new(), |list| format!(", {name} {}", last(list)));
        }
        line(&format!("stage {}", i + 1), text);
    }
    if let Some(energy) = document.number("cycles.fixed_point").map(number) {
        let [ergotropy, rate] =
            ["cycles.fixed_point_ergotropy", "cycles.rate"].map(|path| known(document.number(path)));
        line("fixed point", format!("energy {energy}, ergotropy {ergotropy}; rate {rate} per cycle"));
    }
    why(document, "cycles.why", line);
}
