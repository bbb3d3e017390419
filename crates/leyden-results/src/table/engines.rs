//! Rows of heat engines and of charging by them.

use leyden::charge::{Charging, EngineCharging, EngineReport};
use leyden::{Known, Why};
use serde_json::json as value;

use super::Dimension::{Energy, InverseEnergy, Number, Power, Rate, Time};
use super::{Group, Row, json, lists, one, reasons, series};

fn engine(charging: &Charging, read: fn(&EngineReport) -> Option<f64>) -> Known<f64> {
    charging.engine.as_ref().and_then(read).ok_or(Why::DoesNotApply)
}

fn by_engines(charging: &Charging, read: fn(&EngineCharging) -> Known<f64>) -> Known<f64> {
    charging.engine_charging.as_ref().ok_or(Why::DoesNotApply).and_then(read)
}

fn over_time(charging: &Charging, read: fn(&EngineCharging) -> &Vec<f64>) -> Known<Vec<f64>> {
    charging.engine_charging.as_ref().map(|e| read(e).clone()).ok_or(Why::DoesNotApply)
}

/// What an engine adds.
#[rustfmt::skip] // A table.
pub(super) const ENGINE: &[Row] = &[
    json("engine.populations", "steady populations of |0>, |1>, |2>", |c|
        value!(c.engine.as_ref().map(|e| e.populations))),
    one("engine.ratio", Number, "population ratio x that the baths offer",
        (Group::Number, "*x*", "population ratio *x*"), |c| engine(c, |e| Some(e.ratio))),
    one("engine.beta_e", InverseEnergy, "effective inverse temperature",
        (Group::InverseTemperature, "*β*_{e}", "inverse temperature @*β*_{e}"),
        |c| engine(c, |e| Some(e.beta_e))),
    json("engine.regime", "engine, stall or refrigerator", |c| value!(c.engine.as_ref().map(|e| e.regime.name()))),
    one("engine.current", Rate, "cycle current",
        (Group::Rate, "*J*", "current *J*@"), |c| engine(c, |e| e.current)),
    one("engine.heat_hot", Power, "heat current from the hot bath",
        (Group::Current, "heat, hot", "heat current, hot bath"), |c| engine(c, |e| e.heat_hot)),
    one("engine.heat_cold", Power, "heat current from the cold bath",
        (Group::Current, "heat, cold", "heat current, cold bath"), |c| engine(c, |e| e.heat_cold)),
    one("engine.power", Power, "delivered power",
        (Group::Current, "power", "delivered power"), |c| engine(c, |e| e.power)),
    one("engine.efficiency", Number, "efficiency of the engine",
        (Group::Number, "efficiency", "efficiency *η*"), |c| engine(c, |e| e.efficiency)),
    one("engine.cop", Number, "coefficient of performance",
        (Group::Number, "COP", "coefficient of performance"), |c| engine(c, |e| e.cop)),
    one("engine.entropy_production", Rate, "entropy production of the baths",
        (Group::Entropy, "entropy", "entropy production"), |c| engine(c, |e| e.entropy_production)),
    one("engine.entropy_load", Rate, "entropy production of the load",
        (Group::Entropy, "load", "entropy production of the load"), |c| engine(c, |e| e.entropy_load)),
    one("engine.gamma_e", Rate, "effective rate of charging",
        (Group::Rate, "Γ_{e}", "effective rate Γ_{e}@"), |c| engine(c, |e| e.gamma_e)),
    one("engine.validity.bath_rates", Number, "bath rates over transition frequencies",
        (Group::Number, "baths", "bath rates over frequencies"), |c| engine(c, |e| e.validity.bath_rates)),
    one("engine.validity.battery_rate", Number, "collective rate over decay of the engines",
        (Group::Number, "battery", "battery's rate over engines'"), |c| engine(c, |e| e.validity.battery_rate)),
    one("engine.validity.current", Number, "current into the battery over the engines' most",
        (Group::Number, "current", "current over the engines' most"), |c| engine(c, |e| e.validity.current)),
    json("engine.validity.warnings", "one sentence for each ratio that is not small", |c|
        value!(c.engine.as_ref().map(|e| &e.validity.warnings))),
];

/// What charging by engines adds.
#[rustfmt::skip] // A table.
pub(super) const CHARGING: &[Row] = &[
    json("charging.mode", "collective or individual", |c| value!(c.engine_charging.as_ref().map(|e| e.mode.name()))),
    json("charging.model", "effective or full", |c| value!(c.engine_charging.as_ref().map(|e| e.model.name()))),
    one("charging.time", Time, "charging time to the fraction",
        (Group::Time, "*τ*_{f}", "charging time @*τ*_{f}"), |c| by_engines(c, |e| e.time)).says("time"),
    one("charging.average_power", Power, "average power to the fraction",
        (Group::Power, "*P*_{f}", "average power *P*_{f}"), |c| by_engines(c, |e| e.average_power)),
    one("charging.enhancement", Number, "enhancement over individual charging",
        (Group::Number, "enhancement", "power enhancement"),
        |c| by_engines(c, |e| e.enhancement)).says("enhancement"),
    one("charging.peak_power.value", Power, "largest power",
        (Group::Power, "peak", "peak power"), |c| by_engines(c, |e| e.peak_power.map(|peak| peak.0))),
    one("charging.peak_power.time", Time, "time of the largest power",
        (Group::PowerTime, "*t*_{peak}", "time of the peak power"),
        |c| by_engines(c, |e| e.peak_power.map(|peak| peak.1))),
    one("charging.peak_fluctuation.value", Energy, "largest fluctuation",
        (Group::Energy, "*σ*_{max}", "largest fluctuation *σ*_{max}@"),
        |c| by_engines(c, |e| e.peak_fluctuation.map(|peak| peak.0))),
    one("charging.peak_fluctuation.time", Time, "time of the largest fluctuation",
        (Group::PowerTime, "*t*_{σ}", "time of the largest fluctuation"),
        |c| by_engines(c, |e| e.peak_fluctuation.map(|peak| peak.1))),
    one("charging.limit.locked", Energy, "locked energy of the limit",
        (Group::Energy, "locked", "locked energy *E*_{B}(∞) - *W*(∞)"), |c| by_engines(c, |e| Ok(e.locked))),
    one("charging.limit.fluctuation", Energy, "fluctuation of the limit",
        (Group::Energy, "*σ*(∞)", "fluctuation *σ*(∞)@"), |c| by_engines(c, |e| Ok(e.limit_fluctuation))),
    one("charging.limit.efficiency", Number, "energy of the limit over heat drawn",
        (Group::Number, "*η*(∞)", "efficiency *η*(∞)"),
        |c| by_engines(c, |e| e.limit_efficiency)).says("heat_hot, efficiency"),
    series("charging.per_cell", Number, "energy per cell over its frequency",
        (Group::Number, "*e*_{N}", "energy per cell *e*_{N}"), |c| over_time(c, |e| &e.per_cell)),
    series("charging.relative_fluctuation", Number, "fluctuation over N omega_B",
        (Group::Number, "*σ*/*N*", "relative fluctuation"),
        |c| over_time(c, |e| &e.relative_fluctuation)).run(),
    series("charging.heat_hot", Energy, "heat drawn from the hot baths",
        (Group::Energy, "heat", "heat drawn from the hot baths"), |c| over_time(c, |e| &e.heat_hot)),
    series("charging.efficiency", Number, "stored energy over heat drawn",
        (Group::Number, "*η*", "efficiency *η*"), |c| over_time(c, |e| &e.efficiency)),
    json("charging.fraction", "the fraction of the limit that is looked for", |c|
        value!(c.engine_charging.as_ref().map(|e| e.fraction))),
    json("charging.comparison", "the other ways of charging", |c|
        c.engine_charging.as_ref().map(|e| lists::comparison(&e.comparison)).into()),
    json("charging.why", "why something about charging is null", |c| reasons(c, CHARGING, "charging")),
];
