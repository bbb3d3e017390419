//! `[[stage]]` and `[cycle]`: protocols.

use leyden::model::ChargerBattery;
use leyden::protocol::{Extraction, Part, ProtocolSystem, ResetState, Stage, Task};
use leyden::space::InitialState;

use super::charger_battery::charger_battery;
use crate::keys::{IN_STAGE, STAGE, keys_of};
use crate::read::Reader;

/// Which keys each kind takes, beside `kind` and `points`.
const TAKES: [(&str, &[&str]); 7] = [
    ("evolve", &["duration"]),
    ("wait", &["duration"]),
    ("reset", &["target", "excitation", "state"]),
    ("pulse", &["target", "angle"]),
    ("measure", &["target", "outcome"]),
    ("dephase", &["target"]),
    ("extract", &["by", "rate", "duration"]),
];

/// The stages, how often they are repeated and how many cycles are shown; `None` where there are none.
pub(super) fn stages(
    reader: &mut Reader<'_>,
    system: &ProtocolSystem,
) -> Option<(Vec<Stage>, usize, Option<usize>)> {
    if reader.stages.is_empty() {
        if reader.has_table("cycle") {
            let title = "a cycle without stages: [cycle] repeats [[stage]]s, but there are none";
            let help = Some("add [[stage]] with kind = \"evolve\" and duration = 1.0".into());
            let place = reader.spans.get("cycle").cloned().unwrap_or(0..0);
            reader.problem(place, title, "repeats nothing", help);
        }
        return None;
    }
    if reader.has_table("time") {
        let title = "[time] has no meaning beside [[stage]]: stages bring their own times";
        let help = Some("remove it; `points` of a stage says how many times are shown of it".into());
        reader.problem_at("time", "", title, "remove it", help);
    }
    let repeat = reader.count("cycle", "repeat").unwrap_or(1);
    let shown = reader.count("cycle", "shown");
    if let Some(shown) = shown.filter(|shown| *shown > repeat) {
        let title = format!("`cycle.shown` must be at most `cycle.repeat`, {repeat}, but is {shown}");
        let help = Some("leave it out to show all cycles".into());
        reader.problem_at("cycle", "shown", title, "more than there are", help);
    }
    let mut list = Vec::with_capacity(reader.stages.len());
    for index in 0..reader.stages.len() {
        reader.stage = Some(index);
        list.extend(stage(reader, system));
    }
    reader.stage = None;
    Some((list, repeat, shown))
}

/// Refuses a stage that lacks a key which it, or what it does, needs.
fn need(reader: &mut Reader<'_>, name: &str, who: &str, label: &str, example: &str) -> Option<()> {
    if reader.has(STAGE, name) {
        return Some(());
    }
    let (title, help) = (format!("{who} needs `{name}`"), Some(format!("add {example}")));
    reader.refuse(reader.place(STAGE, name), title, label, help)
}

fn stage(reader: &mut Reader<'_>, system: &ProtocolSystem) -> Option<Stage> {
    need(reader, "kind", "a stage", "what happens here?", "kind = \"evolve\"")?;
    let kind = reader.word(STAGE, "kind")?;
    let takes = TAKES.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, keys)| *keys);
    let timed = ["evolve", "wait", "extract"].contains(&kind);
    for name in keys_of(STAGE).map(|key| key.name) {
        let meant = takes.contains(&name) || name == "kind" || (name == "points" && timed);
        if reader.has(STAGE, name) && !meant {
            let title = format!("`{name}` has no meaning in a stage of kind \"{kind}\"");
            let help = Some(format!("{kind} takes {}", takes.join(", ")));
            reader.problem_at(STAGE, name, title, "remove it", help);
        }
    }
    let own = changed_system(reader, system, kind)?;
    let task = match kind {
        "evolve" => {
            let duration = needed_duration(reader, kind)?;
            if duration.is_none() && !matches!(system, ProtocolSystem::NmrStar(_)) {
                let title = "duration = \"optimal\" is for NMR stars";
                let help = Some("give a time".into());
                return reader.refuse(reader.place(STAGE, "duration"), title, "how long?", help);
            }
            Task::Evolve { duration, system: own }
        }
        "wait" => Task::Wait { duration: plain_duration(reader, kind)?, system: own },
        "reset" => reset(reader)?,
        "pulse" => {
            let has_angle = need(reader, "angle", "a pulse", "by how much?", "angle = \"pi\"");
            let target = target(reader, kind)?;
            Task::Pulse { target, angle: has_angle.and_then(|()| reader.angle(STAGE, "angle"))? }
        }
        "measure" => {
            let target = target(reader, kind)?;
            let outcome = match reader.has(STAGE, "outcome") {
                true => Some(reader.outcome(STAGE, "outcome")?),
                false => None,
            };
            Task::Measure { target, outcome }
        }
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
) -> Option<Option<Box<ChargerBattery>>> {
    if !IN_STAGE.iter().any(|table| reader.changes(table)) {
        return Some(None);
    }
    let (title, help) = match system {
        ProtocolSystem::ChargerBattery(base) if ["evolve", "wait"].contains(&kind) => {
            // Who starts how is said once.
            let own = ChargerBattery { initial: base.initial.clone(), ..charger_battery(reader) };
            return Some(Some(Box::new(own)));
        }
        ProtocolSystem::ChargerBattery(_) => {
            let title = format!("a stage of kind \"{kind}\" takes no charger, battery, coupling or drive");
            (title, Some("\"evolve\" and \"wait\" do".into()))
        }
        ProtocolSystem::NmrStar(_) => ("stages of an NMR star cannot change it".into(), None),
        ProtocolSystem::EngineBattery(_) => {
            let rule = "engines act in \"evolve\" and rest in all other stages";
            (format!("stages of engines cannot change them: {rule}"), None)
        }
    };
    reader.refuse(reader.place(STAGE, ""), title, "changes the system", help)
}

fn needed_duration(reader: &mut Reader<'_>, kind: &str) -> Option<Option<f64>> {
    need(reader, "duration", &format!("a stage of kind \"{kind}\""), "how long?", "duration = 1.0")?;
    reader.duration(STAGE, "duration")
}

fn plain_duration(reader: &mut Reader<'_>, kind: &str) -> Option<f64> {
    needed_duration(reader, kind)?.or_else(|| {
        let title = format!("a stage of kind \"{kind}\" has no optimal duration");
        reader.refuse(reader.place(STAGE, "duration"), title, "not a time", Some("give a time".into()))
    })
}

fn target(reader: &mut Reader<'_>, kind: &str) -> Option<Part> {
    let example = "target = \"charger\" or target = \"battery\"";
    need(reader, "target", &format!("a stage of kind \"{kind}\""), "of what?", example)?;
    match reader.word(STAGE, "target")? {
        "battery" => Some(Part::Battery),
        _ => Some(Part::Charger),
    }
}

fn reset(reader: &mut Reader<'_>) -> Option<Task> {
    let target = target(reader, "reset")?;
    let state = match (reader.has(STAGE, "state"), reader.has(STAGE, "excitation")) {
        (true, true) => {
            let title = "`state` and `excitation` both say what a reset prepares; only one may be given";
            return reader.refuse(reader.place(STAGE, "excitation"), title, "remove one of the two", None);
        }
        (false, true) => ResetState::Excitation(reader.number(STAGE, "excitation")?),
        (true, false) => ResetState::State(reader.state(STAGE, "state")?),
        (false, false) => ResetState::State(InitialState::Ground),
    };
    Some(Task::Reset { target, state })
}

fn extraction(reader: &mut Reader<'_>) -> Option<Extraction> {
    let by = reader.word(STAGE, "by");
    if by == Some("load") {
        let has_rate = need(reader, "rate", "an extraction into a load", "how fast?", "rate = 0.1");
        let duration = plain_duration(reader, "extract");
        let rate = has_rate.and_then(|()| reader.number(STAGE, "rate"));
        return Some(Extraction::Load { rate: rate?, duration: duration? });
    }
    for name in ["rate", "duration"] {
        if reader.has(STAGE, name) {
            let title =
                format!("`{name}` has no meaning for an extraction by a unitary, which takes no time");
            reader.problem_at(STAGE, name, title, "remove it", Some("or add by = \"load\"".into()));
        }
    }
    Some(match by {
        Some("symmetric-unitary") => Extraction::SymmetricUnitary,
        _ => Extraction::Unitary,
    })
}
