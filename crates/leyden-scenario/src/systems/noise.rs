//! Noise of a charger or of a cell: as the rates of the equations, or in the words of devices.
//!
//! `D[L]` with rate gamma is (gamma/2)(2 L rho L^dag - {L^dag L, rho}). For a qubit dephasing, L = n, takes coherence at gamma/2;
//! relaxation k at occupation n, down at k(n+1) and up at k n, brings populations to e^{-omega/T}/(1 + e^{-omega/T}) at k(2n+1) and
//! takes coherence at half of that. So
//!
//!   1/T1 = k(2n+1),   1/T2 = 1/(2 T1) + 1/Tphi,   1/Tphi = gamma/2,   n = 1/(e^{omega/T} - 1),
//!
//! of which k = 1/(T1 (2n+1)) and gamma = 2/Tphi = 2/T2 - 1/T1 are asked for here. Oscillators and qudits have an occupation at a
//! temperature, but no one T1 and T2: every pair of their levels decays differently.

use leyden::model::NoiseRates;

use crate::read::Reader;
use crate::values::LARGEST;

/// Who is noisy.
pub(super) struct Noisy<'a> {
    pub(super) table: &'static str,
    /// Empty for a misspelt one, of which nothing is said.
    pub(super) kind: &'a str,
    /// Of every one of them, detuning included.
    pub(super) frequencies: &'a [f64],
    /// Whether several cells share their channels.
    pub(super) collective: bool,
}

/// The words of qubits, and the rate that each stands for.
const TIMES: [(&str, &str); 3] = [("t1", "relaxation"), ("t2", "dephasing"), ("tphi", "dephasing")];

pub(super) fn noise(reader: &mut Reader<'_>, who: &Noisy<'_>) -> NoiseRates {
    let table = who.table;
    refuse_times(reader, who);
    let thermal_occupation = match reader.one_of(table, &["thermal_occupation", "temperature"]) {
        Some("temperature") => occupation(reader, who),
        _ => reader.number(table, "thermal_occupation").unwrap_or(0.0),
    };
    let exchange = 2.0 * thermal_occupation + 1.0;
    let relaxation = match reader.one_of(table, &["relaxation", "t1"]) {
        Some("t1") => inverse(reader, table, "t1") / exchange,
        _ => reader.number(table, "relaxation").unwrap_or(0.0),
    };
    let dephasing = match reader.one_of(table, &["dephasing", "tphi", "t2"]) {
        Some("tphi") => 2.0 * inverse(reader, table, "tphi"),
        Some("t2") => beside_relaxation(reader, table, relaxation * exchange),
        _ => reader.number(table, "dephasing").unwrap_or(0.0),
    };
    NoiseRates { dephasing, relaxation, thermal_occupation, ..NoiseRates::default() }
}

/// Times are those of one qubit.
fn refuse_times(reader: &mut Reader<'_>, who: &Noisy<'_>) {
    let table = who.table;
    for (name, rate) in TIMES.into_iter().filter(|_| !who.kind.is_empty()) {
        if !reader.has(table, name) {
            continue;
        }
        if who.kind != "qubit" {
            let (of, an) = (who.kind, if who.kind == "oscillator" { "an" } else { "a" });
            let title = format!("`{table}.{name}` is a time of qubits, but `{table}.kind` is \"{of}\"");
            let label = format!("levels of {an} {of} decay at many rates");
            reader.problem_at(table, name, title, &label, Some(format!("give `{table}.{rate}`")));
        } else if who.collective {
            let title =
                format!("`{table}.{name}` is a time of single cells, which collective noise does not have");
            let help = format!("give `{table}.{rate}`, the rate of the channel of all, or noise = \"local\"");
            reader.problem_at(table, name, title, "whose time?", Some(help));
        }
    }
}

/// 1/t; 0 where there is no time.
fn inverse(reader: &mut Reader<'_>, table: &str, name: &str) -> f64 {
    // Twice its inverse is a rate, and rates have a largest one.
    const LEAST: f64 = 2.0 / LARGEST;
    let Some(time) = reader.number(table, name) else { return 0.0 };
    if time == 0.0 {
        let title = format!("`{table}.{name}` must be above 0, but is 0");
        let help = Some("leave it out for no noise; a short time is a fast decay".into());
        reader.problem_at(table, name, title, "zero", help);
        return 0.0;
    }
    if time < LEAST {
        let title = format!("`{table}.{name}` must be at least {LEAST:e}, but is {time:e}");
        reader.problem_at(table, name, title, "faster than any rate", None);
        return 0.0;
    }
    1.0 / time
}

/// gamma = 2/T2 - 1/T1.
fn beside_relaxation(reader: &mut Reader<'_>, table: &str, decay: f64) -> f64 {
    // Units round T2 = 2 T1.
    const ROUNDING: f64 = 1e-12;
    let dephasing = 2.0 * inverse(reader, table, "t2") - decay;
    if dephasing.abs() <= ROUNDING * decay {
        return 0.0;
    }
    if dephasing < 0.0 && reader.problems.is_empty() {
        let t1 = match reader.one_of(table, &["relaxation", "t1"]) {
            Some("t1") => format!("`{table}.t1` = {}", reader.said(table, "t1")),
            _ => format!("t1 = {:?} by `{table}.relaxation`", 1.0 / decay),
        };
        let t2 = reader.said(table, "t2");
        let title = format!("`{table}.t2` must be at most 2 t1, but is {t2} beside {t1}");
        let help = "relaxation alone takes coherence with t2 = 2 t1: lower t2, or raise t1";
        reader.problem_at(table, "t2", title, "no qubit stays coherent that long", Some(help.into()));
    }
    dephasing.max(0.0)
}

/// n = 1/(e^{omega/T} - 1), which is 0 at T = 0.
fn occupation(reader: &mut Reader<'_>, who: &Noisy<'_>) -> f64 {
    let table = who.table;
    let Some(temperature) = reader.number(table, "temperature") else { return 0.0 };
    let frequency = who.frequencies[0];
    if who.frequencies.iter().any(|other| *other != frequency) {
        let title = format!("`{table}.temperature` needs cells of one frequency: they share one occupation");
        let help = Some(format!("give `{table}.thermal_occupation`, or equal frequencies"));
        reader.problem_at(table, "temperature", title, "cells differ", help);
        return 0.0;
    }
    let occupation = (frequency / temperature).exp_m1().recip();
    if occupation > LARGEST {
        let title = format!(
            "`{table}.temperature` must leave an occupation of at most {LARGEST:e}, but gives {occupation:e}"
        );
        reader.problem_at(table, "temperature", title, "too hot", None);
        return 0.0;
    }
    occupation
}
