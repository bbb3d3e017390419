//! `[charger]`, `[battery]`, `[coupling]`, `[drive]`, `[initial]`: a charger and its battery.

use leyden::lindblad::TimeFunction;
use leyden::model::{
    Battery, Cell, Charger, ChargerBattery, ChargerKind, Coupling, CouplingForm, Cutoff, Drive, Initial,
};
use leyden::space::InitialState;
use leyden_text::{Role, Scope};

use super::memory::memory;
use super::noise::{Noisy, noise};
use super::parts::{text_at, values_of_parameters};
use crate::read::Reader;
use crate::values::LARGEST;

/// Fills in what is wrong with harmless values: a problem on record keeps the result from being used.
pub(crate) fn charger_battery(reader: &mut Reader<'_>) -> ChargerBattery {
    let cells = reader.count("battery", "cells").unwrap_or(1);
    let drive_frequency = reader.number("drive", "frequency");
    let (frequencies, detuning) = battery_frequencies(reader, cells, drive_frequency);
    let drive = reader.has_table("drive").then(|| {
        if !reader.has("drive", "amplitude") {
            let title = "`drive.amplitude` is missing";
            let help = Some("amplitude = 0.5, or remove [drive]".into());
            reader.problem_at("drive", "amplitude", title, "needs an amplitude", help);
        }
        Drive {
            amplitude: reader.number("drive", "amplitude").unwrap_or(0.0),
            // A detuning is measured from the drive, which then is the reference.
            frequency: drive_frequency.unwrap_or(match reader.has("battery", "detuning") {
                true => DRIVE_FREQUENCY,
                false => frequencies[0],
            }),
        }
    });
    let charger = charger(reader, frequencies[0], detuning);
    let battery = battery(reader, cells, frequencies, detuning);
    let coupling = coupling(reader, cells);
    let mut state = |of: &str| reader.state("initial", of).unwrap_or(InitialState::Ground);
    let initial = Initial { charger: state("charger"), battery: state("battery") };
    ChargerBattery { charger, battery, coupling, drive, initial }
}

/// Tables that may have an envelope.
pub(super) const ENVELOPES: [&str; 2] = ["drive", "coupling"];

/// The functions of time that multiply drive and coupling, where there are some.
pub(super) fn envelopes(reader: &mut Reader<'_>) -> Option<(TimeFunction, TimeFunction)> {
    if !super::has_envelopes(reader) {
        return None;
    }
    if super::is_protocol(reader) {
        for table in ENVELOPES.into_iter().filter(|table| reader.has(table, "envelope")).collect::<Vec<_>>() {
            let title = format!("`{table}.envelope` does not go with [[stage]]");
            let help = Some("stages change amplitudes and strengths in steps; remove it".into());
            reader.problem_at(table, "envelope", title, "no envelope in stages", help);
        }
        return None;
    }
    if reader.has("drive", "envelope") && !reader.has("drive", "amplitude") {
        let title = "`drive.envelope` multiplies `drive.amplitude`, which is missing";
        reader.problem_at(
            "drive",
            "envelope",
            title,
            "of which amplitude?",
            Some("add amplitude = 0.5".into()),
        );
    }
    let parameters = values_of_parameters(reader, &[])?;
    let files = reader.files;
    let loader = |file: &str| files.samples(file);
    let scope = Scope::new([]).with_parameters(parameters).with_loader(&loader);
    let mut read = |table: &str| {
        let Some(value) = text_at(reader, table, "envelope") else { return Some(TimeFunction::ONE) };
        let text = reader.parsed_text(value)?;
        match text.function(&scope, Role::Envelope) {
            Ok(function) if function.is_real() => Some(function),
            Ok(_) => {
                let title = format!("`{table}.envelope` must be real");
                reader.refuse(value.span(), title, "complex", None)
            }
            Err(error) => {
                reader.problem_in_text(value, error);
                None
            }
        }
    };
    Some((read("drive")?, read("coupling")?))
}

/// omega_d where a battery is given by its detuning from it and nothing else is said.
const DRIVE_FREQUENCY: f64 = 1.0;

pub(super) fn exclusive(reader: &mut Reader<'_>, table: &str) {
    if reader.has(table, "frequency") && reader.has(table, "detuning") {
        let title =
            format!("`{table}.frequency` and `{table}.detuning` say the same thing; only one may be given");
        reader.problem_at(table, "detuning", title, "remove one of the two", None);
    }
}

/// Whether a frequency at this detuning from another is one.
pub(super) fn detuned(
    reader: &mut Reader<'_>,
    table: &str,
    from: f64,
    detuning: f64,
    cure: impl FnOnce(&mut Reader<'_>) -> String,
) {
    let frequency = from + detuning;
    if frequency <= 0.0 {
        let title = format!("`{table}.detuning` must leave a positive frequency, but gives {frequency:?}");
        let help = Some(cure(reader));
        reader.problem_at(table, "detuning", title, "too negative", help);
    }
}

/// A frequency from which the detunings of battery and charger leave positive ones, at every point.
fn raise(reader: &mut Reader<'_>) -> String {
    let mut least = |table: &str| reader.least(table, "detuning").unwrap_or(0.0);
    let bound = -least("battery") - least("charger").min(0.0);
    let enough = 10.0_f64.powf((2.0 * bound).log10().ceil()).min(LARGEST);
    let key = if reader.has("battery", "detuning") { "drive.frequency" } else { "battery.frequency" };
    format!(
        "give `{key}` above {bound:?}, for example {key} = {enough:?}, and move other frequencies along: with exchange coupling detunings \
         alone decide how the state evolves, and energies are multiples of the battery's frequency"
    )
}

/// Frequencies, and a detuning that comes on top of all: added up, a small one would lose its digits.
fn battery_frequencies(reader: &mut Reader<'_>, cells: usize, drive: Option<f64>) -> (Vec<f64>, f64) {
    exclusive(reader, "battery");
    let detuning = reader.number("battery", "detuning");
    let given = reader.per_cell("battery", "frequency", cells);
    match (detuning, given) {
        (Some(detuning), _) => {
            if !reader.has_table("drive") {
                let help = Some("add [drive], or give `battery.frequency`".into());
                let title = "`battery.detuning` is measured from the drive, but there is no [drive]";
                reader.problem_at("battery", "detuning", title, "from which frequency?", help);
            }
            let drive = drive.unwrap_or(DRIVE_FREQUENCY);
            detuned(reader, "battery", drive, detuning, raise);
            (vec![drive; cells], detuning)
        }
        (None, given) => (given.unwrap_or_else(|| vec![1.0; cells]), 0.0),
    }
}

/// The kind of a subsystem; empty for a misspelt one, so that nothing is said about what follows from it.
fn kind(reader: &mut Reader<'_>, table: &str) -> &'static str {
    let default = if reader.has(table, "kind") { "" } else { "qubit" };
    reader.word(table, "kind").unwrap_or(default)
}

fn charger(reader: &mut Reader<'_>, battery: f64, battery_detuning: f64) -> Charger {
    exclusive(reader, "charger");
    let kind = kind(reader, "charger");
    let cutoff = reader.cutoff("charger", "cutoff");
    if kind == "qubit" && reader.has("charger", "cutoff") {
        let title = "`charger.cutoff` is for an oscillator, but the charger is a qubit";
        reader.problem_at("charger", "cutoff", title, "a qubit has two levels", None);
    }
    let given = reader.number("charger", "frequency");
    let (frequency, detuning) = match (reader.number("charger", "detuning"), given) {
        (None, Some(frequency)) => (frequency, 0.0),
        (None, None) => (battery, battery_detuning),
        (Some(detuning), _) => {
            detuned(reader, "charger", battery + battery_detuning, detuning, raise);
            (battery, battery_detuning + detuning)
        }
    };
    let frequencies = &[frequency + detuning];
    let noise = noise(reader, &Noisy { table: "charger", kind, frequencies, collective: false });
    let kind = match kind {
        "oscillator" => ChargerKind::Oscillator(cutoff.unwrap_or(Cutoff::Auto)),
        _ => ChargerKind::Qubit,
    };
    let memory = memory(reader, noise.dephasing);
    Charger { kind, frequency, detuning, noise, memory }
}

fn battery(reader: &mut Reader<'_>, cells: usize, frequencies: Vec<f64>, detuning: f64) -> Battery {
    let kind = kind(reader, "battery");
    let cell = cell(reader, kind, cells);
    let collective_noise = reader.word("battery", "noise") == Some("collective");
    let whole: Vec<f64> = frequencies.iter().map(|frequency| frequency + detuning).collect();
    let collective = collective_noise && cells > 1;
    let noise = noise(reader, &Noisy { table: "battery", kind, frequencies: &whole, collective });
    Battery { cell, noise, collective_noise, frequencies, detuning }
}

fn cell(reader: &mut Reader<'_>, kind: &str, cells: usize) -> Cell {
    let levels = reader.count("battery", "levels");
    let cutoff = reader.cutoff("battery", "cutoff");
    if ["qubit", "qudit"].contains(&kind) && reader.has("battery", "cutoff") {
        let title = format!("`battery.cutoff` is for an oscillator, but the battery is made of {kind}s");
        reader.problem_at("battery", "cutoff", title, "nothing is cut here", None);
    }
    if ["qubit", "oscillator"].contains(&kind) && reader.has("battery", "levels") {
        let help = Some(if kind == "oscillator" { "use `cutoff`" } else { "use kind = \"qudit\"" }.into());
        let title = "`battery.levels` is for kind = \"qudit\"";
        reader.problem_at("battery", "levels", title, "no qudit here", help);
    }
    let uniform = reader.word("battery", "ladder") == Some("uniform");
    if ["qubit", "oscillator"].contains(&kind) && reader.has("battery", "ladder") {
        let help = Some("use kind = \"qudit\", or remove it".into());
        let title = format!("`battery.ladder` is for kind = \"qudit\", but the battery is made of {kind}s");
        reader.problem_at("battery", "ladder", title, "no qudit here", help);
    }
    match kind {
        "oscillator" => {
            if cells > 1 {
                let help = Some("several equal oscillators act as one with coupling g sqrt(N)".into());
                let title = format!("`battery.cells` must be 1 for an oscillator, but is {cells}");
                reader.problem_at("battery", "cells", title, "only one oscillator", help);
            }
            Cell::Oscillator(cutoff.unwrap_or(Cutoff::Auto))
        }
        "qudit" => {
            if !reader.has("battery", "levels") {
                let title = "a qudit needs `battery.levels`";
                let help = Some("add levels = 3".into());
                reader.problem_at("battery", "kind", title, "how many levels?", help);
            }
            if uniform && cells > 1 {
                let help = Some("give one battery more `levels`".into());
                let title = format!("`battery.cells` must be 1 for a uniform ladder, but is {cells}");
                reader.problem_at("battery", "cells", title, "only one ladder", help);
            }
            let cell = if uniform { Cell::UniformLadder } else { Cell::Qudit };
            cell(levels.unwrap_or(2))
        }
        _ => Cell::Qubit,
    }
}

fn coupling(reader: &mut Reader<'_>, cells: usize) -> Coupling {
    let mut strengths = reader.per_cell("coupling", "strength", cells).unwrap_or_else(|| vec![1.0; cells]);
    let scaled = reader.word("coupling", "scaling") == Some("inverse-sqrt-cells");
    let divisor = if scaled { (cells as f64).sqrt() } else { 1.0 };
    strengths.iter_mut().for_each(|g| *g /= divisor);
    let form = reader.choice("coupling", "form", ("dipole", CouplingForm::Dipole), CouplingForm::Exchange);
    Coupling { strengths, scaling: 1.0 / divisor, form }
}
