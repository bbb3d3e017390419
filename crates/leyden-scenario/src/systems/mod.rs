//! From keys to a system, one file per kind of system.

mod charger_battery;
mod engine;
mod memory;
mod nmr;
mod noise;
mod parts;
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
    Parts,
}

/// The tables of systems of parts.
const OF_PARTS: [&str; 4] = [keys::PARTS, keys::PARAMETERS, "hamiltonian", keys::CHANNEL];

fn kind(reader: &Reader<'_>) -> Kind {
    match () {
        // Parameters of envelopes.
        () if has_envelopes(reader) && !reader.spans.contains_key(keys::PARTS) => Kind::ChargerBattery,
        () if OF_PARTS.iter().any(|table| reader.spans.contains_key(*table)) => Kind::Parts,
        () if reader.has_table("engine") || reader.has_table("charging") => Kind::Engine,
        () if reader.has_table("nmr") => Kind::Nmr,
        () => Kind::ChargerBattery,
    }
}

/// Whether drive or coupling is multiplied by a function of time.
fn has_envelopes(reader: &Reader<'_>) -> bool {
    charger_battery::ENVELOPES.iter().any(|table| reader.has(table, "envelope"))
}

/// Whether there are stages, or should be.
fn is_protocol(reader: &Reader<'_>) -> bool {
    reader.spans.contains_key(keys::STAGE) || reader.has_table("cycle")
}

/// Whether the system needs [time]: stages bring their own times, an engine alone has none.
pub(crate) fn needs_times(reader: &Reader<'_>) -> bool {
    match kind(reader) {
        Kind::Parts => true,
        _ if is_protocol(reader) => false,
        Kind::Engine => engine::charges(reader),
        Kind::Nmr | Kind::ChargerBattery => true,
    }
}

/// The system; what is wrong is filled in with harmless values: a problem on record keeps the result from being used.
pub(crate) fn system(reader: &mut Reader<'_>) -> AnySystem {
    let kind = kind(reader);
    refuse_foreign_tables(reader, kind);
    let system = match kind {
        Kind::Parts => return AnySystem::Parts(parts::parts(reader)),
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
    memory::refuse_beside(reader, kind);
    let envelopes = charger_battery::envelopes(reader);
    if let Some((stages, repeat, shown)) = stages::stages(reader, &system) {
        return AnySystem::Protocol(Protocol { system, stages, repeat, shown });
    }
    match system {
        ProtocolSystem::ChargerBattery(system) => match envelopes {
            Some((drive, coupling)) => AnySystem::Parts(system.with_envelopes(drive, coupling)),
            None => AnySystem::ChargerBattery(system),
        },
        ProtocolSystem::NmrStar(star) => AnySystem::NmrStar(star),
        ProtocolSystem::EngineBattery(system) => AnySystem::EngineBattery(system),
    }
}

/// Tables of other systems are slips.
fn refuse_foreign_tables(reader: &mut Reader<'_>, kind: Kind) {
    const OTHERS: [&str; 10] = [
        "charger",
        "battery",
        "coupling",
        "drive",
        "initial",
        "engine",
        "charging",
        "nmr",
        keys::STAGE,
        "cycle",
    ];
    let (lead, foreign): (&str, &[&str]) = match kind {
        Kind::ChargerBattery => return,
        Kind::Engine => ("engines", &["charger", "drive", "nmr"]),
        Kind::Nmr => ("[nmr]", &["charger", "battery", "coupling", "drive", "initial"]),
        Kind::Parts => ("[parts]", &OTHERS),
    };
    if kind == Kind::Parts && !reader.spans.contains_key(keys::PARTS) {
        let found =
            OF_PARTS.iter().find(|table| reader.spans.contains_key(**table)).copied().unwrap_or_default();
        let title = format!("`{found}` belongs to a system of [parts], but the file has none");
        let help = Some("add [parts] with cells = { kind = \"qubit\", count = 4 }".into());
        return reader.problem_at(found, "", title, "of which parts?", help);
    }
    for table in foreign {
        if reader.has_table(table) || reader.spans.contains_key(*table) {
            let title = format!("[{table}] does not go with {lead}");
            let cure = match (kind, *table) {
                (Kind::Parts, keys::STAGE | "cycle") => "remove it: stages are of the built-in systems",
                (Kind::Parts, "initial") => "give `initial` in the parts",
                (Kind::Parts, "charger" | "battery") => "write it as a part: q = { kind = \"qubit\" }",
                (Kind::Parts, "coupling" | "drive") => "write it into `hamiltonian.charging`",
                _ => "remove it",
            };
            reader.problem_at(table, "", title, "of another system", Some(cure.into()));
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
