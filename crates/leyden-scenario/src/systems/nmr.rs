//! `[nmr]`: one battery spin among charger spins.

use leyden::model::{Correlations, NmrStar, SpinRelaxation};

use super::need;
use crate::read::Reader;

pub(super) fn nmr_star(reader: &mut Reader<'_>) -> NmrStar {
    need(reader, "nmr", "chargers", "36");
    need(reader, "nmr", "coupling", "\"69 Hz\"");
    let coupling = reader.number("nmr", "coupling").unwrap_or(1.0);
    if coupling == 0.0 {
        let title = "`nmr.coupling` must not be 0: nothing would be charged";
        reader.problem_at("nmr", "coupling", title, "zero", None);
    }
    let kept = ("kept", Correlations::Kept);
    NmrStar {
        chargers: reader.count("nmr", "chargers").unwrap_or(1),
        coupling,
        frequency: reader.number("nmr", "battery_frequency").unwrap_or(1.0),
        charger_excitation: reader.number("nmr", "charger_excitation").unwrap_or(1.0),
        battery_excitation: reader.number("nmr", "battery_excitation").unwrap_or(0.0),
        charger: relaxation(reader, ["charger_t1", "charger_t2", "charger_equilibrium"]),
        battery: relaxation(reader, ["battery_t1", "battery_t2", "battery_equilibrium"]),
        correlations: reader.choice("nmr", "correlations", kept, Correlations::Dropped),
    }
}

fn relaxation(reader: &mut Reader<'_>, [t1, t2, equilibrium]: [&str; 3]) -> SpinRelaxation {
    let mut time = |name: &str, otherwise: f64| {
        let time = reader.number("nmr", name);
        if time == Some(0.0) {
            let title = format!("`nmr.{name}` must be above 0, but is 0");
            reader.problem_at("nmr", name, title, "zero", None);
        }
        time.unwrap_or(otherwise)
    };
    let long = time(t1, f64::INFINITY);
    let short = time(t2, 2.0 * long);
    // Units may round both.
    if short > 2.0 * long * (1.0 + 1e-12) {
        let title = format!("`nmr.{t2}` must be at most 2 T1 = {:?}, but is {short:?}", 2.0 * long);
        let help = Some("relaxation alone already destroys coherence with T2 = 2 T1".into());
        reader.problem_at("nmr", t2, title, "no state stays coherent that long", help);
    }
    if reader.has("nmr", equilibrium) && !reader.has("nmr", t1) {
        let title = format!("`nmr.{equilibrium}` has no meaning without `nmr.{t1}`");
        let help = Some(format!("add {t1} = \"3.3 s\""));
        reader.problem_at("nmr", equilibrium, title, "nothing relaxes", help);
    }
    SpinRelaxation {
        t1: long,
        t2: short.min(2.0 * long),
        equilibrium: reader.number("nmr", equilibrium).unwrap_or(0.0),
    }
}
