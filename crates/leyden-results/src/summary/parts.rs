//! What `leyden check` says of a system of parts: what was read, all numbers put in and all sums written out.

use leyden::model::Cutoff;
use leyden::parts::{Part, PartKind, Parts, Terms};
use leyden_scenario::Scenario;

use super::Lines;
use super::numbers::short;

/// Products of operators that are written out; of more their number is said.
const MOST_TERMS: usize = 40;
/// Channels that are listed.
const MOST_CHANNELS: usize = 12;
/// Longest line of a Hamiltonian.
const WIDE: usize = 100;

pub(super) fn parts(scenario: &Scenario, parts: &Parts, out: &mut Lines) {
    for (index, (part, inside)) in parts.parts().iter().zip(parts.in_battery()).enumerate() {
        let role = if inside { "battery" } else { "charges it" };
        out.line(if index == 0 { "parts" } else { "" }, format!("{}: {}, {role}", part.name, kind(part)));
    }
    hamiltonian("H_B", parts.battery(), scenario, parts, out);
    hamiltonian("charging", parts.charging(), scenario, parts, out);
    let channels = parts.channels();
    for (index, channel) in channels.iter().take(MOST_CHANNELS).enumerate() {
        let operator = match channel.operator.len() {
            0..=MOST_TERMS => written(&channel.operator, scenario, parts).join(" "),
            count => format!("{count} products of operators"),
        };
        let name = if index == 0 { "channels" } else { "" };
        let memory = channel.memory.map_or(String::new(), |memory| {
            format!(", {} noise that remembers {}", memory.noise.name(), short(memory.correlation_time))
        });
        out.line(name, format!("rate {} of {operator}{memory}", short(channel.rate)));
    }
    if let more @ 1.. = channels.len().saturating_sub(MOST_CHANNELS) {
        out.line("", format!("and {more} more"));
    }
}

/// "8 qubits", "oscillator, 12 levels kept".
fn kind(part: &Part) -> String {
    let several = if part.count == 1 { String::new() } else { format!("{} times ", part.count) };
    match part.kind {
        PartKind::Qubit if part.count > 1 => format!("{} qubits", part.count),
        PartKind::Qubit => "qubit".into(),
        PartKind::Qudit(levels) => format!("{several}qudit of {levels} levels"),
        PartKind::Spin(levels) if levels % 2 == 1 => {
            format!("{several}spin {} of {levels} levels", levels / 2)
        }
        PartKind::Spin(levels) => format!("{several}spin {}/2 of {levels} levels", levels - 1),
        PartKind::Oscillator(Cutoff::Auto) => format!("{several}oscillator, as many levels as it takes"),
        PartKind::Oscillator(Cutoff::Levels(levels)) => format!("{several}oscillator cut to {levels} levels"),
    }
}

fn hamiltonian(name: &str, terms: &Terms, scenario: &Scenario, parts: &Parts, out: &mut Lines) {
    match terms.len() {
        0 => out.line(name, "0"),
        1..=MOST_TERMS => {
            for (index, line) in written(terms, scenario, parts).into_iter().enumerate() {
                out.line(if index == 0 { name } else { "" }, line);
            }
        }
        count => out.line(name, format!("{count} products of operators")),
    }
}

/// In lines that begin with a sign.
fn written(terms: &Terms, scenario: &Scenario, parts: &Parts) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for term in terms.list() {
        let text =
            leyden_text::printed(&Terms::of(vec![term.clone()]), parts, &|samples| scenario.file_of(samples));
        let text = match (lines.is_empty(), text.strip_prefix('-')) {
            (true, _) => text,
            (false, Some(positive)) => format!("- {positive}"),
            (false, None) => format!("+ {text}"),
        };
        match lines.last_mut() {
            Some(line) if line.len() + text.len() < WIDE => *line += &format!(" {text}"),
            _ => lines.push(text),
        }
    }
    lines
}
