//! `[engine]`, `[charging]`: a three-level maser, alone or as a charger of cells.

use leyden::charge::AnySystem;
use leyden::model::{
    BathRates, EngineBattery, EngineMode, EngineModel, EngineStart, Engines, HeatEngine, Signal,
};
use leyden::space::InitialState;

use super::charger_battery::{detuned, exclusive};
use super::need;
use crate::keys::{DISORDER, SWEEP};
use crate::read::Reader;

/// Whether cells are charged.
pub(super) fn charges(reader: &Reader<'_>) -> bool {
    ["charging", "battery", "coupling"].iter().any(|table| reader.has_table(table))
}

pub(super) fn engine(reader: &mut Reader<'_>) -> AnySystem {
    let engine = reader.has_table("engine").then(|| maser(reader));
    if charges(reader) {
        return AnySystem::EngineBattery(battery(reader, engine));
    }
    for name in ["battery", "charger", "engine"] {
        if reader.has("initial", name) {
            let title = format!("`initial.{name}` has no meaning for an engine alone");
            reader.problem_at("initial", name, title, "the steady state does not depend on it", None);
        }
    }
    if reader.has_table("time") {
        let title = "[time] has no meaning for an engine alone: its steady state is computed";
        let help = Some("remove it, or add [charging] and [battery] for cells to charge".into());
        reader.problem_at("time", "", title, "no evolution here", help);
    }
    AnySystem::HeatEngine(engine.unwrap_or(HARMLESS))
}

/// Stands in for what cannot be read.
const HARMLESS: HeatEngine = HeatEngine {
    hot_frequency: 10.0,
    signal_frequency: 1.0,
    hot_temperature: 10.0,
    cold_temperature: 5.0,
    hot_rate: 1.0,
    cold_rate: 1.0,
    rates: BathRates::Bosonic,
    signal: Signal::Open,
};

fn maser(reader: &mut Reader<'_>) -> HeatEngine {
    let mut needed = |name: &str, example: &str, harmless: f64| {
        need(reader, "engine", name, example);
        reader.number("engine", name).unwrap_or(harmless)
    };
    let hot_frequency = needed("hot_frequency", "10.0", HARMLESS.hot_frequency);
    let signal_frequency = needed("signal_frequency", "1.0", 0.1 * hot_frequency);
    let hot_temperature = needed("hot_temperature", "10.0", HARMLESS.hot_temperature);
    let cold_temperature = needed("cold_temperature", "5.0", HARMLESS.cold_temperature);
    if signal_frequency >= hot_frequency {
        let title = format!(
            "`engine.signal_frequency` must be below `engine.hot_frequency`, {hot_frequency:?}, \
             but is {signal_frequency:?}"
        );
        reader.problem_at("engine", "signal_frequency", title, "leaves no cold transition", None);
    }
    let cold = hot_frequency - signal_frequency;
    if let Some(given) = reader.number("engine", "cold_frequency")
        && (given - cold).abs() > 1e-12 * hot_frequency
    {
        let title = format!(
            "`engine.cold_frequency` must be hot_frequency - signal_frequency = {cold:?}, but is {given:?}"
        );
        let help = Some("the three transitions share three levels: leave it out".into());
        reader.problem_at("engine", "cold_frequency", title, "does not close the triangle", help);
    }
    let mut rate = |name: &str| {
        let rate = reader.number("engine", name).unwrap_or(1.0);
        if rate == 0.0 {
            let title = format!("`engine.{name}` must be above 0, but is 0: the engine has no steady state");
            reader.problem_at("engine", name, title, "zero", None);
        }
        rate
    };
    let (hot_rate, cold_rate) = (rate("hot_rate"), rate("cold_rate"));
    let balance = ("detailed-balance", BathRates::DetailedBalance);
    let rates = reader.choice("engine", "rates", balance, BathRates::Bosonic);
    let signal = signal(reader, signal_frequency);
    HeatEngine {
        hot_frequency,
        signal_frequency,
        hot_temperature,
        cold_temperature,
        hot_rate,
        cold_rate,
        rates,
        signal,
    }
}

/// The cure for a detuning from the signal.
fn above(signal: f64) -> String {
    format!("it is measured from the signal: give one above {:?}", -signal)
}

fn signal(reader: &mut Reader<'_>, signal_frequency: f64) -> Signal {
    let (driven, loaded) = (reader.has("engine", "drive"), reader.has("engine", "load"));
    if driven && loaded {
        let title = "`engine.drive` and `engine.load` both act on the signal; only one may be given";
        reader.problem_at("engine", "load", title, "remove one of the two", None);
    }
    if reader.has("engine", "detuning") && !driven {
        let title = "`engine.detuning` is that of `engine.drive`, which is not given";
        let help = Some("add drive = 0.3; engine and cells are detuned by `battery.detuning`".into());
        reader.problem_at("engine", "detuning", title, "of which drive?", help);
    }
    if driven {
        let amplitude = reader.number("engine", "drive").unwrap_or(0.0);
        let detuning = reader.number("engine", "detuning").unwrap_or(0.0);
        detuned(reader, "engine", signal_frequency, detuning, |_| above(signal_frequency));
        return Signal::Drive { amplitude, detuning };
    }
    match loaded.then(|| reader.load("engine", "load")).flatten() {
        Some([down, up]) => Signal::Load { down, up },
        None => Signal::Open,
    }
}

fn battery(reader: &mut Reader<'_>, engine: Option<HeatEngine>) -> EngineBattery {
    refuse_foreign_keys(reader);
    let cells = reader.count("battery", "cells").unwrap_or(1);
    let compare = reader.truth("charging", "compare").unwrap_or(false);
    if let Some(table) = [SWEEP, DISORDER].into_iter().find(|table| compare && reader.has_table(table)) {
        let title = format!("`charging.compare` does not go with [{table}], which keeps one way of charging");
        let once = if table == SWEEP { "sweep" } else { "run" };
        let help = Some(format!("remove it; {once} once for each mode and model"));
        reader.problem_at("charging", "compare", title, "no room for others", help);
    }
    let model = reader.choice("charging", "model", ("full", EngineModel::Full), EngineModel::Effective);
    let individual = ("individual", EngineMode::Individual);
    let mode = reader.choice("charging", "mode", individual, EngineMode::Collective);
    let start = reader.choice("initial", "engine", ("ground", EngineStart::Ground), EngineStart::Steady);
    let engines = engines(reader, engine, model);
    let coupling = coupling(reader, cells, mode);
    let fraction = reader.number("charging", "fraction").unwrap_or(0.99);
    if fraction <= 0.0 || fraction >= 1.0 {
        let title = format!("`charging.fraction` must be above 0 and below 1, but is {fraction:?}");
        reader.problem_at("charging", "fraction", title, "is reached at once, or never", None);
    }
    if reader.has("initial", "engine") && model == EngineModel::Effective && !compare {
        let title = "`initial.engine` has no meaning in the effective model";
        let help = Some("add model = \"full\" to [charging], or remove it".into());
        reader.problem_at("initial", "engine", title, "engines are always steady here", help);
    }
    let (frequency, detuning) =
        frequency(reader, cells, engine.map_or(1.0, |engine| engine.signal_frequency));
    let excited = excited(reader);
    EngineBattery {
        cells,
        frequency,
        detuning,
        engines,
        coupling,
        mode,
        model,
        start,
        excited,
        fraction,
        compare,
    }
}

fn refuse_foreign_keys(reader: &mut Reader<'_>) {
    for (table, name) in [
        ("battery", "levels"),
        ("battery", "dephasing"),
        ("battery", "relaxation"),
        ("battery", "thermal_occupation"),
        ("battery", "t1"),
        ("battery", "t2"),
        ("battery", "tphi"),
        ("battery", "temperature"),
        ("battery", "noise"),
        ("battery", "cutoff"),
        ("coupling", "form"),
        ("initial", "charger"),
    ] {
        if reader.has(table, name) {
            let title = format!("`{table}.{name}` does not go with engines");
            reader.problem_at(table, name, title, "not part of this system", Some("remove it".into()));
        }
    }
    if let Some(kind) = reader.word("battery", "kind")
        && kind != "qubit"
    {
        let title = format!("`battery.kind` must be \"qubit\" where engines charge, but is \"{kind}\"");
        reader.problem_at("battery", "kind", title, "not a qubit", None);
    }
}

fn engines(reader: &mut Reader<'_>, engine: Option<HeatEngine>, model: EngineModel) -> Engines {
    let (rate, exponent) = effective(reader, engine.is_some());
    let Some(engine) = engine else {
        if model == EngineModel::Full {
            let title = "model = \"full\" needs [engine]: an effective rate says nothing of its levels";
            reader.problem_at("charging", "model", title, "full, but of what?", None);
        }
        if reader.has_table("coupling") {
            let title = "[coupling] has no meaning beside `charging.effective_rate`, which holds it";
            reader.problem_at("coupling", "strength", title, "remove it", None);
        }
        return Engines::Effective { rate, exponent };
    };
    if engine.signal != Signal::Open {
        let name = if let Signal::Load { .. } = engine.signal { "load" } else { "drive" };
        let title = format!("`engine.{name}` does not go with cells: they are what the signal acts on");
        reader.problem_at("engine", name, title, "the signal charges cells", Some("remove it".into()));
    }
    if !reader.has("coupling", "strength") {
        let title = "`coupling.strength` is missing";
        let label = "how strongly do engines and cells couple?";
        let help = Some("add [coupling] with strength = 0.1, well below the rates of the baths".into());
        reader.problem_at("coupling", "strength", title, label, help);
    }
    Engines::Maser(engine)
}

/// The one number of a key that could have one per cell.
fn same_for_all(reader: &mut Reader<'_>, table: &str, name: &str, cells: usize) -> Option<f64> {
    // Equal cells share what a study sets, or [disorder] draws.
    if reader.assigned(table, name).is_some() {
        return reader.number(table, name);
    }
    let list = reader.per_cell(table, name, cells)?;
    if list.windows(2).any(|pair| pair[0] != pair[1]) {
        let title = format!("`{table}.{name}` must be one number where engines charge");
        return reader.refuse(reader.place(table, name), title, "cells differ", None);
    }
    Some(list[0])
}

fn coupling(reader: &mut Reader<'_>, cells: usize, mode: EngineMode) -> f64 {
    let coupling = same_for_all(reader, "coupling", "strength", cells).unwrap_or(1.0);
    if coupling == 0.0 {
        let title = "`coupling.strength` must not be 0 where engines charge: nothing would be charged";
        reader.problem_at("coupling", "strength", title, "zero", None);
    }
    // g/sqrt(N) is part of the collective coupling; "none" asks for g.
    match reader.word("coupling", "scaling") {
        Some("none") if mode == EngineMode::Collective => coupling * (cells as f64).sqrt(),
        _ => coupling,
    }
}

/// Gamma_e and beta_e omega_0.
fn effective(reader: &mut Reader<'_>, has_engine: bool) -> (f64, f64) {
    const KEYS: [&str; 2] = ["effective_rate", "effective_exponent"];
    for name in KEYS {
        match (has_engine, reader.has("charging", name)) {
            (true, true) => {
                let title = format!("`charging.{name}` follows from [engine]; only one of them may be given");
                reader.problem_at("charging", name, title, "given twice", None);
            }
            (false, false) => {
                let title = format!("`charging.{name}` is missing, and so is [engine]");
                let help = Some("add effective_rate = 0.1 and effective_exponent = -0.8, or [engine]".into());
                reader.problem_at("charging", name, title, "what charges the cells?", help);
            }
            _ => {}
        }
    }
    let rate = reader.number("charging", KEYS[0]).unwrap_or(1.0);
    if rate == 0.0 {
        let title = "`charging.effective_rate` must be above 0, but is 0";
        reader.problem_at("charging", KEYS[0], title, "nothing is charged", None);
    }
    let exponent = reader.number("charging", KEYS[1]).unwrap_or(-1.0);
    if exponent.abs() > MOST_EXPONENT {
        let title =
            format!("`charging.effective_exponent` must be within +-{MOST_EXPONENT}, but is {exponent:?}");
        reader.problem_at("charging", KEYS[1], title, "e to this power leaves the range of rates", None);
    }
    (rate, exponent)
}

/// e^{this} times N^2 stays far inside the range of numbers.
const MOST_EXPONENT: f64 = 500.0;

/// The frequency less the detuning, and the detuning.
fn frequency(reader: &mut Reader<'_>, cells: usize, signal: f64) -> (f64, f64) {
    exclusive(reader, "battery");
    let given = same_for_all(reader, "battery", "frequency", cells);
    match reader.number("battery", "detuning") {
        Some(detuning) => {
            detuned(reader, "battery", signal, detuning, |_| above(signal));
            (signal, detuning)
        }
        None => (given.unwrap_or(signal), 0.0),
    }
}

fn excited(reader: &mut Reader<'_>) -> bool {
    match reader.state("initial", "battery") {
        None | Some(InitialState::Ground) => false,
        Some(InitialState::Excited) => true,
        Some(_) => {
            let title = "`initial.battery` must be \"ground\" or \"excited\" where engines charge";
            reader.problem_at("initial", "battery", title, "not one of the two", None);
            false
        }
    }
}
