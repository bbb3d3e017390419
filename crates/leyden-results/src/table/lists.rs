//! Lists of a document: what is no single number.

use leyden::asymptote;
use leyden::charge::{ChannelFlow, Compared};
use leyden::protocol::StageRecord;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A state kept for long, but not for ever.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Plateau {
    /// E_B.
    pub energy: f64,
    /// Global ergotropy.
    pub ergotropy: f64,
    /// Collective ergotropy.
    pub collective: Option<f64>,
    /// Local ergotropy.
    pub local: f64,
    /// Time at which it is reached; null beyond the range of numbers.
    pub from: Option<f64>,
    /// How long it lasts; null beyond the range of numbers.
    pub lifetime: Option<f64>,
    /// Decimal logarithm of the lifetime.
    pub log10_lifetime: f64,
    /// Charging time against the plateau, last crossing; for the first plateau only.
    pub settling: Option<f64>,
    /// The same, first crossing.
    pub first: Option<f64>,
}

/// An eigenvalue of the limit.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PassiveLevel {
    /// The eigenvalue r of rho_B.
    pub eigenvalue: f64,
    /// How often it occurs in the full space of the battery.
    pub multiplicity: f64,
    /// Mean energy of the levels that it fills in the passive state.
    pub energy: f64,
}

/// One stage in every cycle; NaN where a number does not exist.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stage {
    /// evolve, wait, reset, pulse, measure, dephase or extract.
    pub kind: String,
    /// Its duration.
    pub duration: f64,
    /// E_B at its end.
    pub energy: Vec<Option<f64>>,
    /// Global ergotropy at its end.
    pub ergotropy: Vec<Option<f64>>,
    /// Mean excitation of a charger at its end.
    pub charger: Vec<Option<f64>>,
    /// Energy taken out of the battery.
    pub extracted: Option<Vec<Option<f64>>>,
    /// Ergotropy when the result of measuring the charger is used.
    pub daemonic: Option<Vec<Option<f64>>>,
    /// Probability of the outcome that is selected.
    pub probability: Option<Vec<Option<f64>>>,
}

/// Energy through a channel since t = 0, per time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Channel {
    /// charger.dephasing, charger.relaxation, battery.dephasing, battery.relaxation or load; channel.1, .. of parts.
    pub name: String,
    /// With the whole Hamiltonian.
    pub energy: Vec<Option<f64>>,
    /// With that of charger and battery alone; of parts with that of the battery.
    pub bare: Vec<Option<f64>>,
}

/// One other way of charging by engines.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Comparison {
    /// collective or individual.
    pub mode: String,
    /// effective or full.
    pub model: String,
    /// E_B over time.
    pub energy: Vec<Option<f64>>,
    /// Fluctuation over time.
    pub fluctuation: Vec<Option<f64>>,
    /// Global ergotropy over time.
    pub ergotropy: Vec<Option<f64>>,
    /// Charging time to the fraction.
    pub time: Option<f64>,
    /// Average power up to that time.
    pub average_power: Option<f64>,
    /// Average power over that of individual charging.
    pub enhancement: Option<f64>,
    /// Why something is null.
    pub why: Option<String>,
}

/// JSON has neither NaN nor infinity: they are written as null.
fn numbers(list: &[f64]) -> Vec<Option<f64>> {
    list.iter().copied().map(Some).collect()
}

fn list<T: Serialize>(items: impl Iterator<Item = T>) -> Value {
    json!(items.collect::<Vec<T>>())
}

pub(super) fn plateaus(found: &[asymptote::Plateau]) -> Value {
    list(found.iter().map(|plateau| Plateau {
        energy: plateau.energy,
        ergotropy: plateau.ergotropy.global,
        collective: plateau.ergotropy.collective.ok(),
        local: plateau.ergotropy.local,
        from: Some(plateau.from),
        lifetime: Some(plateau.lifetime),
        log10_lifetime: plateau.log10_lifetime,
        settling: plateau.settling,
        first: plateau.first,
    }))
}

pub(super) fn spectrum(found: &[leyden::merit::PassiveLevel]) -> Value {
    list(found.iter().map(|&leyden::merit::PassiveLevel { eigenvalue, multiplicity, energy }| PassiveLevel {
        eigenvalue,
        multiplicity,
        energy,
    }))
}

pub(super) fn relaxations(found: &[asymptote::Relaxation]) -> Value {
    list(found.iter().map(|&asymptote::Relaxation { rate, log10_rate, frequency, energy, ergotropy }| {
        json!({
            "rate": rate, "log10_rate": log10_rate, "frequency": frequency, "energy": energy, "ergotropy": ergotropy
        })
    }))
}

pub(super) fn channels(found: &[ChannelFlow]) -> Value {
    list(found.iter().map(|channel| Channel {
        name: channel.name.clone(),
        energy: numbers(&channel.energy),
        bare: numbers(&channel.bare),
    }))
}

pub(super) fn stages(found: &[StageRecord]) -> Value {
    list(found.iter().map(|stage| Stage {
        kind: stage.kind.into(),
        duration: stage.duration,
        energy: numbers(&stage.energy),
        ergotropy: numbers(&stage.ergotropy),
        charger: numbers(&stage.charger),
        extracted: stage.extracted.as_deref().map(numbers),
        daemonic: stage.daemonic.as_deref().map(numbers),
        probability: stage.probability.as_deref().map(numbers),
    }))
}

pub(super) fn comparison(found: &[Compared]) -> Value {
    list(found.iter().map(|Compared { mode, model, run }| {
        let charging = run.as_ref().ok().and_then(|run| run.engine_charging.as_ref());
        let series = run.as_ref().ok().map(|run| &run.series);
        let column = |read: fn(&leyden::merit::Merits) -> f64| {
            series.map_or(Vec::new(), |series| numbers(&series.column(read)))
        };
        let why = match (run, charging) {
            (Err(error), _) => Some(error.to_string()),
            (Ok(_), Some(found)) => found.time.err().or(found.enhancement.err()).map(|why| why.to_string()),
            (Ok(_), None) => None,
        };
        Comparison {
            mode: mode.name().into(),
            model: model.name().into(),
            energy: column(|m| m.energy),
            fluctuation: column(|m| m.fluctuation),
            ergotropy: column(|m| m.ergotropy.global),
            time: charging.and_then(|found| found.time.ok()),
            average_power: charging.and_then(|found| found.average_power.ok()),
            enhancement: charging.and_then(|found| found.enhancement.ok()),
            why,
        }
    }))
}
