//! What engines and protocols add to a summary.

use leyden_study::{Cycles, Engine, EngineChargingDocument};

use super::number;

fn known(x: Option<f64>) -> String {
    x.map_or("none".into(), number)
}

pub(super) fn engine(engine: &Engine, line: &mut impl FnMut(&str, String)) {
    let populations = engine.populations.map_or(String::new(), |[n0, n1, n2]| {
        format!(", populations {}, {}, {}", number(n0), number(n1), number(n2))
    });
    line(
        "engine",
        format!(
            "{}, ratio {}, beta_e {}{populations}",
            engine.regime,
            known(engine.ratio),
            known(engine.beta_e)
        ),
    );
    if let Some(gamma) = engine.gamma_e {
        line("", format!("effective rate {}", number(gamma)));
    }
    if engine.current.is_some() {
        let load = engine.entropy_load.map_or(String::new(), |x| format!(" (baths), {} (load)", number(x)));
        line(
            "currents",
            format!(
                "heat {} (hot), {} (cold), power {}, entropy production {}{load}",
                known(engine.heat_hot),
                known(engine.heat_cold),
                known(engine.power),
                known(engine.entropy_production)
            ),
        );
    }
    match (engine.efficiency, engine.cop) {
        (_, Some(cop)) => line("performance", format!("coefficient {}", number(cop))),
        (Some(efficiency), None) => line("efficiency", number(efficiency)),
        (None, None) => {}
    }
    for warning in &engine.validity.warnings {
        line("warning", warning.clone());
    }
}

pub(super) fn charging(found: &EngineChargingDocument, line: &mut impl FnMut(&str, String)) {
    line(
        "charging",
        format!(
            "{}, {} model: {} of the limit at t = {}, average power {}",
            found.mode,
            found.model,
            found.fraction,
            known(found.time),
            known(found.average_power)
        ),
    );
    line("enhancement", format!("{} over individual charging", known(found.enhancement)));
    if let Some(peak) = found.peak_power {
        line("peak power", format!("{} at t = {}", number(peak.value), number(peak.time)));
    }
    line(
        "limit",
        format!(
            "locked energy {}, fluctuation {}, efficiency {}",
            known(found.limit.locked),
            known(found.limit.fluctuation),
            known(found.limit.efficiency)
        ),
    );
    for other in &found.comparison {
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
    if let Some(why) = &found.why {
        line("", why.clone());
    }
}

pub(super) fn cycles(found: &Cycles, line: &mut impl FnMut(&str, String)) {
    let n = found.energy.len();
    if let (Some(energy), Some(ergotropy)) = (found.energy.last(), found.ergotropy.last()) {
        line("cycles", format!("after {n}: energy {}, ergotropy {}", number(*energy), number(*ergotropy)));
    }
    for (i, stage) in found.stages.iter().enumerate() {
        let last = |list: &[f64]| list.last().map_or("none".into(), |x| number(*x));
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
    if let Some(energy) = found.fixed_point {
        line(
            "fixed point",
            format!(
                "energy {}, ergotropy {}; rate {} per cycle",
                number(energy),
                known(found.fixed_point_ergotropy),
                known(found.rate)
            ),
        );
    }
    if let Some(why) = &found.why {
        line("", why.clone());
    }
}
