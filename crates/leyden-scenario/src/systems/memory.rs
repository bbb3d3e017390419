//! `charger.dephasing_noise`, `charger.correlation_time`, `charger.noise_start`: the memory of what dephases a charger; and of what a channel of parts is.

use std::ops::Range;

use leyden::model::{FieldMemory, FieldNoise};
use toml::de::DeTable;

use super::Kind;
use crate::keys::{self, CHANNEL};
use crate::read::Reader;

const NOISE: &str = "dephasing_noise";
const TIME: &str = "correlation_time";
const START: &str = "noise_start";

/// The memory; `dephasing` is gamma.
pub(super) fn memory(reader: &mut Reader<'_>, dephasing: f64) -> Option<FieldMemory> {
    // Stages have none of their own, and what is wrong is said of the file.
    if reader.stage.is_some() {
        return None;
    }
    let misspelt = reader.has("charger", NOISE);
    let noise = match reader.word("charger", NOISE) {
        None if misspelt => return None,
        word => word.and_then(named),
    };
    let noise = match noise {
        Some(noise) => noise,
        None => {
            for name in
                [TIME, START].into_iter().filter(|name| reader.has("charger", name)).collect::<Vec<_>>()
            {
                let title = format!("`charger.{name}` belongs to noise with memory, but the noise is white");
                let help = "add dephasing_noise = \"ornstein-uhlenbeck\" or \"telegraph\", or remove it";
                reader.problem_at("charger", name, title, "which memory?", Some(help.into()));
            }
            return None;
        }
    };
    if !["dephasing", "tphi", "t2"].iter().any(|name| reader.has("charger", name)) {
        let title = "`charger.dephasing` is missing: how strong is the noise?";
        let help = "add dephasing = 1.0, the integrated strength gamma, or remove `dephasing_noise`";
        reader.problem_at("charger", NOISE, title, "of no strength", Some(help.into()));
    }
    let start = reader.number("charger", START);
    if !reader.has("charger", TIME) {
        let title = "`charger.correlation_time` is missing: how long does the noise remember?";
        reader.problem_at("charger", NOISE, title, "needs a time", Some("add correlation_time = 1.0".into()));
        return None;
    }
    let correlation_time = reader.number("charger", TIME)?;
    if correlation_time == 0.0 {
        let title = "`charger.correlation_time` must be above 0, but is 0";
        let help = "noise without memory is dephasing_noise = \"white\"";
        reader.problem_at("charger", TIME, title, "no memory", Some(help.into()));
        return None;
    }
    let sigma = (0.5 * dephasing / correlation_time).sqrt();
    if let Some(start) = start
        && sigma > 0.0
        && noise == FieldNoise::Telegraph
        && start.abs() > sigma * (1.0 + 1e-12)
    {
        let title = format!(
            "`charger.noise_start` must lie between -{sigma:?} and {sigma:?}, the two values of this telegraph noise, but is {start:?}"
        );
        let help = "they are -+sqrt(dephasing/(2 correlation_time))";
        reader.problem_at("charger", START, title, "never there", Some(help.into()));
    }
    Some(FieldMemory { noise, correlation_time, start })
}

/// The noise of a word, where it remembers.
fn named(word: &str) -> Option<FieldNoise> {
    FieldNoise::ALL.into_iter().find(|noise| noise.word() == word)
}

/// The memory of a channel of parts of so large a rate: `noise`, `correlation_time`, `noise_start`; `number` reads an expression.
///
/// # Errors
/// Nothing, once what is wrong has been told.
pub(super) fn of_channel(
    reader: &mut Reader<'_>,
    entries: &DeTable<'_>,
    place: &Range<usize>,
    rate: f64,
    mut number: impl FnMut(&mut Reader<'_>, &str) -> Option<f64>,
) -> Result<Option<FieldMemory>, ()> {
    let word = match entries.get("noise") {
        None => None,
        Some(value) => Some(reader.word_of(keys::find(CHANNEL, "noise"), value).ok_or(())?),
    };
    let Some(noise) = word.and_then(named) else {
        for name in [TIME, START].into_iter().filter(|name| entries.contains_key(*name)) {
            let title = format!("`{name}` belongs to noise with memory, but that of this channel is white");
            let help = "add noise = \"ornstein-uhlenbeck\" or \"telegraph\", or remove it";
            reader.problem(place.clone(), title, "which memory?", Some(help.into()));
        }
        return Ok(None);
    };
    if !entries.contains_key(TIME) {
        let title = "a channel with memory needs `correlation_time`";
        reader.problem(place.clone(), title, "in this channel", Some("add correlation_time = 1.0".into()));
        return Err(());
    }
    let correlation_time = number(reader, TIME).ok_or(())?;
    let start = match entries.contains_key(START) {
        true => Some(number(reader, START).ok_or(())?),
        false => None,
    };
    let memory = FieldMemory { noise, correlation_time, start };
    match memory.validate(rate) {
        Err(error) if rate > 0.0 => {
            reader.problem(place.clone(), error.to_string(), "in this channel", None);
            Err(())
        }
        _ => Ok(Some(memory)),
    }
}

/// What has no hierarchy of its own.
pub(super) fn refuse_beside(reader: &mut Reader<'_>, kind: Kind) {
    let remembers = reader.has("charger", TIME) || reader.has("charger", START);
    let named = matches!(reader.said("charger", NOISE).as_str(), "\"ornstein-uhlenbeck\"" | "\"telegraph\"");
    if kind != Kind::ChargerBattery || !(remembers || named) {
        return;
    }
    let beside = match () {
        () if super::is_protocol(reader) => "[[stage]]",
        () if super::has_envelopes(reader) => "an `envelope`",
        () => return,
    };
    let name = if named { NOISE } else { TIME };
    let title = format!("noise with memory does not go with {beside}");
    let help =
        "remove `charger.dephasing_noise` and `charger.correlation_time`: white noise goes with everything";
    reader.problem_at("charger", name, title, "not with memory", Some(help.into()));
}
