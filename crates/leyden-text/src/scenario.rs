//! A system of parts -> the tables of a scenario that hold it.

use leyden::model::{Cutoff, FieldMemory};
use leyden::parts::{Part, PartKind, Parts, PartsChannel, Terms};
use leyden::space::InitialState;

use crate::print::{FileNames, addends, joined};
use crate::sums;

/// Lines of a longer Hamiltonian are broken between its addends.
const WIDE: usize = 100;

/// Title, `[parts]`, `[hamiltonian]` and `[[channel]]` of a scenario, all numbers put in and all sums written out; samples are named by
/// `files`. `[time]` is for whoever knows it.
///
/// ```
/// use leyden::parts::{Letter, Part, PartKind, Parts};
///
/// let parts = vec![Part::new("cell", PartKind::Qubit, 1)];
/// let parts = Parts::new(parts, Letter::Z.on(0) * 0.5, Letter::X.on(0)).with_channel(0.1, Letter::Lower.on(0));
/// let text = leyden_text::scenario_of(&parts, "One spin", &|_| "samples.csv".into());
/// assert!(text.contains("charging = \"X(cell)\"") && text.contains("operator = \"sm(cell)\""));
/// ```
pub fn scenario_of(parts: &Parts, title: &str, files: FileNames<'_>) -> String {
    let mut text = format!("title = {}\n\n[parts]\n", quoted(title));
    parts.parts().iter().for_each(|part| text += &format!("{} = {}\n", part.name, written(part)));
    text += &format!("\n[hamiltonian]\nbattery = {}\n", hamiltonian(parts.battery(), parts, files));
    if !parts.charging().is_empty() {
        text += &format!("charging = {}\n", hamiltonian(parts.charging(), parts, files));
    }
    for Written { operator, each, channel: PartsChannel { rate, memory, .. } } in channels(parts, files) {
        let each = each.map_or(String::new(), |part| format!("each = \"{part}\"\n"));
        let memory = memory.map_or(String::new(), remembering);
        text += &format!("\n[[channel]]\noperator = {operator}\n{each}rate = {rate:?}\n{memory}");
    }
    text
}

/// `noise = "telegraph"` with its times.
fn remembering(FieldMemory { noise, correlation_time, start }: FieldMemory) -> String {
    let start = start.map_or(String::new(), |start| format!("noise_start = {start:?}\n"));
    format!("noise = \"{}\"\ncorrelation_time = {correlation_time:?}\n{start}", noise.word())
}

/// A channel as text, or one for every member of a part.
struct Written<'a> {
    operator: String,
    each: Option<String>,
    channel: &'a PartsChannel,
}

/// Channels, those of every member of a part as one.
fn channels<'a>(parts: &'a Parts, files: FileNames<'_>) -> Vec<Written<'a>> {
    let index = sums::indices(parts).0;
    // What acts on one member alone: its part, and the operator on an index.
    let pattern = |channel: &PartsChannel| {
        let [site] = channel.operator.sites()[..] else { return None };
        let mut first = 0;
        let part = parts.parts().iter().find(|part| {
            first += part.count;
            site < first
        })?;
        let on_index = hamiltonian(&channel.operator, parts, files).replace(&parts.site_name(site), &index);
        (part.count > 1).then(|| (part.name.clone(), on_index, site, part.count))
    };
    let patterns: Vec<_> = parts.channels().iter().map(pattern).collect();
    let mut written = vec![false; patterns.len()];
    let mut list = Vec::new();
    for (k, channel) in parts.channels().iter().enumerate() {
        if written[k] {
            continue;
        }
        if let Some((part, operator, _, count)) = &patterns[k] {
            let alike = |other: &usize| {
                let same = patterns[*other].as_ref().is_some_and(|p| (&p.0, &p.1) == (part, operator));
                let other_channel = &parts.channels()[*other];
                same && !written[*other]
                    && other_channel.rate == channel.rate
                    && other_channel.memory == channel.memory
            };
            let family: Vec<usize> = (k..patterns.len()).filter(alike).collect();
            let mut sites: Vec<usize> =
                family.iter().filter_map(|other| Some(patterns[*other].as_ref()?.2)).collect();
            sites.sort_unstable();
            sites.dedup();
            if sites.len() == *count && family.len() == *count {
                family.iter().for_each(|other| written[*other] = true);
                list.push(Written { operator: operator.clone(), each: Some(part.clone()), channel });
                continue;
            }
        }
        list.push(Written { operator: hamiltonian(&channel.operator, parts, files), each: None, channel });
    }
    list
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", c as u32),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// No character of the language needs an escape in quotes.
fn hamiltonian(terms: &Terms, parts: &Parts, files: FileNames<'_>) -> String {
    let addends = addends(terms, parts, files);
    let length: usize = addends.iter().map(|(_, addend)| addend.len() + 3).sum();
    match length > WIDE {
        true => format!("\"\"\"\n{}\"\"\"", joined(addends, "\n")),
        false => format!("\"{}\"", joined(addends, " ")),
    }
}

/// `{ kind = "qubit", count = 8 }`
fn written(part: &Part) -> String {
    let mut entries = vec![format!("kind = \"{}\"", part.kind.name())];
    match part.kind {
        PartKind::Qubit | PartKind::Oscillator(Cutoff::Auto) => {}
        PartKind::Qudit(levels) | PartKind::Spin(levels) => entries.push(format!("levels = {levels}")),
        PartKind::Oscillator(Cutoff::Levels(levels)) => entries.push(format!("cutoff = {levels}")),
    }
    if part.count != 1 {
        entries.push(format!("count = {}", part.count));
    }
    let one = |c: &leyden::Complex64| match c.im == 0.0 {
        true => format!("{:?}", c.re),
        false => format!("[{:?}, {:?}]", c.re, c.im),
    };
    let initial = match &part.initial {
        InitialState::Ground => None,
        InitialState::Excited => Some("\"excited\"".into()),
        InitialState::Fock(n) => Some(format!("{{ fock = {n} }}")),
        InitialState::Coherent(x) => Some(format!("{{ coherent = {x:?} }}")),
        InitialState::Squeezed(x) => Some(format!("{{ squeezed = {x:?} }}")),
        InitialState::Thermal(x) => Some(format!("{{ thermal = {x:?} }}")),
        InitialState::Superposition(list) => {
            let list: Vec<String> = list.iter().map(one).collect();
            Some(format!("{{ superposition = [{}] }}", list.join(", ")))
        }
    };
    entries.extend(initial.map(|state| format!("initial = {state}")));
    format!("{{ {} }}", entries.join(", "))
}
