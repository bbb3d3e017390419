//! From keys to a system, one file per kind of system.

mod charger_battery;
mod engine;
mod nmr;
mod noise;
mod stages;

use leyden::charge::AnySystem;
use leyden::protocol::{Protocol, ProtocolSystem};

use crate::keys;
use crate::read::Reader;

/// The kinds of systems, by the tables that lead them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    ChargerBattery,
    Engine,
    Nmr,
}

fn kind(reader: &Reader<'_>) -> Kind {
    match () {
        () if reader.has_table("engine") || reader.has_table("charging") => Kind::Engine,
        () if reader.has_table("nmr") => Kind::Nmr,
        () => Kind::ChargerBattery,
    }
}

/// Whether there are stages, or should be.
fn is_protocol(reader: &Reader<'_>) -> bool {
    reader.spans.contains_key(keys::STAGE) || reader.has_table("cycle")
}

/// Whether the system needs [time]: stages bring their own times, an engine alone has none.
pub(crate) fn needs_times(reader: &Reader<'_>) -> bool {
    !is_protocol(reader) && (kind(reader) != Kind::Engine || engine::charges(reader))
}

/// The system; what is wrong is filled in with harmless values: a problem on record keeps the result from being used.
pub(crate) fn system(reader: &mut Reader<'_>) -> AnySystem {
    let kind = kind(reader);
    refuse_foreign_tables(reader, kind);
    let system = match kind {
        Kind::Engine => match engine::engine(reader) {
            AnySystem::EngineBattery(system) if is_protocol(reader) => ProtocolSystem::EngineBattery(system),
            other => return other,
        },
        Kind::Nmr => ProtocolSystem::NmrStar(nmr::nmr_star(reader)),
        Kind::ChargerBattery => {
            if reader.has("initial", "engine") {
                let title = "`initial.engine` has no meaning without [engine]";
                reader.problem_at("initial", "engine", title, "no engine here", None);
            }
            ProtocolSystem::ChargerBattery(charger_battery::charger_battery(reader))
        }
    };
    if let Some((stages, repeat)) = stages::stages(reader, &system) {
        return AnySystem::Protocol(Protocol { system, stages, repeat });
    }
    match system {
        ProtocolSystem::ChargerBattery(system) => AnySystem::ChargerBattery(system),
        ProtocolSystem::NmrStar(star) => AnySystem::NmrStar(star),
        ProtocolSystem::EngineBattery(system) => AnySystem::EngineBattery(system),
    }
}

/// Tables of other systems are slips.
fn refuse_foreign_tables(reader: &mut Reader<'_>, kind: Kind) {
    let (lead, foreign): (&str, &[&str]) = match kind {
        Kind::ChargerBattery => return,
        Kind::Engine => ("engines", &["charger", "drive", "nmr"]),
        Kind::Nmr => ("[nmr]", &["charger", "battery", "coupling", "drive", "initial"]),
    };
    for table in foreign {
        if reader.has_table(table) {
            let title = format!("[{table}] does not go with {lead}");
            reader.problem_at(table, "", title, "of another system", Some("remove it".into()));
        }
    }
}

/// Refuses a table that lacks a key which it needs.
pub(crate) fn need(reader: &mut Reader<'_>, table: &str, name: &str, example: &str) {
    if !reader.has(table, name) {
        let help = Some(format!("add {name} = {example}"));
        reader.problem_at(table, name, format!("`{table}.{name}` is missing"), "needs this key", help);
    }
}
