//! `[[stage]]` and `[cycle]`: protocols.

use leyden::model::ChargerBattery;
use leyden::protocol::{Extraction, Part, ProtocolSystem, ResetState, Stage, Task};
use leyden::space::InitialState;

use super::charger_battery::charger_battery;
use crate::keys::{IN_STAGE, STAGE};
use crate::read::Reader;

/// Which keys each kind takes, beside `kind` and `points`.
const TAKES: [(&str, &[&str]); 7] = [
    ("evolve", &["duration"]),
    ("wait", &["duration"]),
    ("reset", &["target", "excitation", "state"]),
    ("pulse", &["target", "angle"]),
    ("measure", &["target"]),
    ("dephase", &["target"]),
    ("extract", &["by", "rate", "duration"]),
];
const KEYS: [&str; 8] = ["duration", "points", "target", "excitation", "state", "angle", "by", "rate"];

/// The stages and how often they are repeated; `None` where there are none.
pub(super) fn stages(reader: &mut Reader<'_>, system: &ProtocolSystem) -> Option<(Vec<Stage>, usize)> {
    if reader.stages.is_empty() {
        if reader.has_table("cycle") {
            let title = "a cycle without stages: [cycle] repeats [[stage]]s, but there are none".to_string();
            let help = Some("add [[stage]] with kind = \"evolve\" and duration = 1.0".into());
            let span = reader.entries("cycle").map_or(0..0, |(span, _)| span);
            reader.problem(span, title, "repeats nothing", help);
        }
        return None;
    }
    if reader.has_table("time") {
        let title = "[time] has no meaning beside [[stage]]: stages bring their own times".to_string();
        let help = Some("remove it; `points` of a stage says how many times are shown of it".into());
        let span = reader.entries("time").map_or(0..0, |(span, _)| span);
        reader.problem(span, title, "remove it", help);
    }
    if reader.has_table("optimise") {
        let span = reader.entries("optimise").map_or(0..0, |(span, _)| span);
        let title =
            "[optimise] does not go with [[stage]]: none of its objectives belongs to a protocol".to_string();
        reader.problem(span, title, "no objective here", Some("sweep over the key instead: [sweep]".into()));
    }
    let repeat = reader.count("cycle", "repeat").unwrap_or(1);
    let mut list = Vec::with_capacity(reader.stages.len());
    for index in 0..reader.stages.len() {
        reader.stage = Some(index);
        if let Some(stage) = stage(reader, system) {
            list.push(stage);
        }
    }
    reader.stage = None;
    Some((list, repeat))
}

fn stage(reader: &mut Reader<'_>, system: &ProtocolSystem) -> Option<Stage> {
    let place = reader.place(STAGE, "");
    if !reader.has(STAGE, "kind") {
        let help = Some("add kind = \"evolve\"".into());
        reader.problem(place, "a stage needs `kind`".into(), "what happens here?", help);
        return None;
    }
    let kind = reader.word(STAGE, "kind")?;
    let takes = TAKES.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, keys)| *keys);
    for name in KEYS {
        let timed = ["evolve", "wait", "extract"].contains(&kind);
        if reader.has(STAGE, name) && !takes.contains(&name) && !(name == "points" && timed) {
            let title = format!("`{name}` has no meaning in a stage of kind \"{kind}\"");
            reader.problem_at(
                STAGE,
                name,
                title,
                "remove it",
                Some(format!("{kind} takes {}", takes.join(", "))),
            );
        }
    }
    let changes =
        IN_STAGE.iter().any(|table| reader.stages[reader.stage.unwrap_or(0)].1.contains_key(*table))
            || reader
                .assignments
                .iter()
                .any(|a| a.key.stage == reader.stage.map(|i| i + 1) && a.key.table != STAGE);
    let own = changed_system(reader, system, kind, changes)?;
    let task = match kind {
        "evolve" => {
            let duration = needed_duration(reader, kind)?;
            if duration.is_none() && !matches!(system, ProtocolSystem::NmrStar(_)) {
                let title = "duration = \"optimal\" is for NMR stars".to_string();
                reader.problem_at(STAGE, "duration", title, "how long?", Some("give a time".into()));
                return None;
            }
            Task::Evolve { duration, system: own }
        }
        "wait" => Task::Wait { duration: plain_duration(reader, kind)?, system: own },
        "reset" => reset(reader)?,
        "pulse" => {
            if !reader.has(STAGE, "angle") {
                let title = "a pulse needs `angle`".to_string();
                reader.problem(place, title, "by how much?", Some("add angle = \"pi\"".into()));
            }
            Task::Pulse { target: target(reader, kind)?, angle: reader.angle(STAGE, "angle")? }
        }
        "measure" => Task::Measure { target: target(reader, kind)? },
        "dephase" => Task::Dephase { target: target(reader, kind)? },
        _ => Task::Extract(extraction(reader)?),
    };
    Some(Stage { task, points: reader.count(STAGE, "points").unwrap_or(1) })
}

/// The system of a stage, `Some(None)` where it is that of the protocol.
fn changed_system(
    reader: &mut Reader<'_>,
    system: &ProtocolSystem,
    kind: &str,
    changes: bool,
) -> Option<Option<Box<ChargerBattery>>> {
    if !changes {
        return Some(None);
    }
    let mut refuse = |title: &str| {
        let place = reader.place(STAGE, "");
        reader.problem(place, title.into(), "changes the system", None);
        None
    };
    let base = match system {
        ProtocolSystem::ChargerBattery(base) => base,
        ProtocolSystem::NmrStar(_) => return refuse("stages of an NMR star cannot change it"),
        ProtocolSystem::EngineBattery(_) => {
            return refuse(
                "stages of engines cannot change them: engines act in \"evolve\" and rest in all other stages",
            );
        }
    };
    if !["evolve", "wait"].contains(&kind) {
        let place = reader.place(STAGE, "");
        let title = format!("a stage of kind \"{kind}\" takes no charger, battery, coupling or drive");
        reader.problem(place, title, "changes the system", Some("\"evolve\" and \"wait\" do".into()));
        return None;
    }
    let mut own = charger_battery(reader);
    // Who starts how is said once.
    own.initial = base.initial;
    Some(Some(Box::new(own)))
}

fn needed_duration(reader: &mut Reader<'_>, kind: &str) -> Option<Option<f64>> {
    if !reader.has(STAGE, "duration") {
        let place = reader.place(STAGE, "");
        let help = Some("add duration = 1.0".into());
        reader.problem(place, format!("a stage of kind \"{kind}\" needs `duration`"), "how long?", help);
        return None;
    }
    reader.duration(STAGE, "duration")
}

fn plain_duration(reader: &mut Reader<'_>, kind: &str) -> Option<f64> {
    let duration = needed_duration(reader, kind)?;
    if duration.is_none() {
        let title = format!("a stage of kind \"{kind}\" has no optimal duration");
        reader.problem_at(STAGE, "duration", title, "not a time", Some("give a time".into()));
    }
    duration
}

fn target(reader: &mut Reader<'_>, kind: &str) -> Option<Part> {
    if !reader.has(STAGE, "target") {
        let place = reader.place(STAGE, "");
        let help = Some("add target = \"charger\" or target = \"battery\"".into());
        reader.problem(place, format!("a stage of kind \"{kind}\" needs `target`"), "of what?", help);
        return None;
    }
    match reader.word(STAGE, "target")? {
        "battery" => Some(Part::Battery),
        _ => Some(Part::Charger),
    }
}

fn reset(reader: &mut Reader<'_>) -> Option<Task> {
    let target = target(reader, "reset")?;
    if reader.has(STAGE, "state") && reader.has(STAGE, "excitation") {
        let title =
            "`state` and `excitation` both say what a reset prepares; only one may be given".to_string();
        reader.problem_at(STAGE, "excitation", title, "remove one of the two", None);
        return None;
    }
    let state = match reader.has(STAGE, "excitation") {
        true => ResetState::Excitation(reader.number(STAGE, "excitation")?),
        false if reader.has(STAGE, "state") => ResetState::State(reader.state(STAGE, "state")?),
        false => ResetState::State(InitialState::Ground),
    };
    Some(Task::Reset { target, state })
}

fn extraction(reader: &mut Reader<'_>) -> Option<Extraction> {
    let by = reader.word(STAGE, "by");
    if by != Some("load") {
        for name in ["rate", "duration"] {
            if reader.has(STAGE, name) {
                let title =
                    format!("`{name}` has no meaning for an extraction by a unitary, which takes no time");
                reader.problem_at(STAGE, name, title, "remove it", Some("or add by = \"load\"".into()));
            }
        }
        return Some(Extraction::Unitary);
    }
    if !reader.has(STAGE, "rate") {
        let place = reader.place(STAGE, "");
        let help = Some("add rate = 0.1".into());
        reader.problem(place, "an extraction into a load needs `rate`".into(), "how fast?", help);
    }
    let duration = plain_duration(reader, "extract");
    Some(Extraction::Load { rate: reader.number(STAGE, "rate")?, duration: duration? })
}
