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
        line(
            "currents",
            format!(
                "heat {} (hot), {} (cold), power {}, entropy production {}{load}",
                known(at("heat_hot")),
                known(at("heat_cold")),
                known(at("power")),
                known(at("entropy_production"))
            ),
        );
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
    line(
        "charging",
        format!(
            "{}, {} model: {} of the limit at t = {}, average power {}",
            text("mode"),
            text("model"),
            at("fraction").unwrap_or(f64::NAN),
            known(at("time")),
            known(at("average_power"))
        ),
    );
    line("enhancement", format!("{} over individual charging", known(at("enhancement"))));
    if let (Some(value), Some(time)) = (at("peak_power.value"), at("peak_power.time")) {
        line("peak power", format!("{} at t = {}", number(value), number(time)));
    }
    line(
        "limit",
        format!(
            "locked energy {}, fluctuation {}, efficiency {}",
            known(at("limit.locked")),
            known(at("limit.fluctuation")),
            known(at("limit.efficiency"))
        ),
    );
    for other in document.list::<Comparison>("charging.comparison") {
        let why = other.why.as_ref().map_or(String::new(), |why| format!(" ({why})"));
        line(
            "beside it",
            format!(
                "{}, {}: t = {}, average power {}, enhancement {}{why}",
                other.mode,
                other.model,
                known(other.time),
                known(other.average_power),
                known(other.enhancement)
            ),
        );
    }
    why(document, "charging.why", line);
}

pub(super) fn cycles(document: &Document, line: &mut impl FnMut(&str, String)) {
    let (energy, ergotropy) = (document.numbers("cycles.energy"), document.numbers("cycles.ergotropy"));
    let n = energy.len();
    if let (Some(energy), Some(ergotropy)) = (energy.last(), ergotropy.last()) {
        line("cycles", format!("after {n}: energy {}, ergotropy {}", number(*energy), number(*ergotropy)));
    }
    for (i, stage) in document.list::<Stage>("cycles.stages").iter().enumerate() {
        let last =
            |list: &[Option<f64>]| list.last().map_or("none".into(), |x| number(x.unwrap_or(f64::NAN)));
        let mut text = format!(
            "{} for {}: energy {}, ergotropy {}",
            stage.kind,
            number(stage.duration),
            last(&stage.energy),
            last(&stage.ergotropy)
        );
        if let Some(extracted) = &stage.extracted {
            text += &format!(", extracted {}", last(extracted));
        }
        if let Some(daemonic) = &stage.daemonic {
            text += &format!(", daemonic ergotropy {}", last(daemonic));
        }
        line(&format!("stage {}", i + 1), text);
    }
    if let Some(energy) = document.number("cycles.fixed_point") {
        line(
            "fixed point",
            format!(
                "energy {}, ergotropy {}; rate {} per cycle",
                number(energy),
                known(document.number("cycles.fixed_point_ergotropy")),
                known(document.number("cycles.rate"))
            ),
        );
    }
    why(document, "cycles.why", line);
}
