//! What engines add to the document of a run.

use leyden::charge::{Compared, EngineCharging, EngineReport, Regime, Validity};
use leyden::model::{EngineMode, EngineModel};
use serde::{Deserialize, Serialize};

use super::{finite, nullable};

/// The engine itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Engine {
    /// Steady populations of |0>, |1>, |2>, with its signal as it is.
    pub populations: Option<[f64; 3]>,
    /// x = e^{-beta_e omega_0}: the ratio n_1/n_0 that its baths offer.
    pub ratio: Option<f64>,
    /// beta_e.
    pub beta_e: Option<f64>,
    /// engine, stall or refrigerator.
    pub regime: String,
    /// Cycle current J.
    pub current: Option<f64>,
    /// Heat current from the hot bath.
    pub heat_hot: Option<f64>,
    /// Heat current from the cold bath.
    pub heat_cold: Option<f64>,
    /// Delivered power.
    pub power: Option<f64>,
    /// omega_0/omega_h: power over heat from the hot bath on resonance; null for a refrigerator.
    pub efficiency: Option<f64>,
    /// omega_c/omega_0 of a refrigerator: heat from the cold bath over power on resonance.
    pub cop: Option<f64>,
    /// Of the two baths.
    pub entropy_production: Option<f64>,
    /// What a load with two rates adds to it.
    pub entropy_load: Option<f64>,
    /// Gamma_e, where cells are charged.
    pub gamma_e: Option<f64>,
    /// Ratios that must be small for the equations to hold.
    pub validity: EngineValidity,
}

/// Ratios that must be small.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EngineValidity {
    /// Largest bath rate over min(omega_0, omega_c).
    pub bath_rates: Option<f64>,
    /// Collective rate of the battery over the decay of the engines' coherence.
    pub battery_rate: Option<f64>,
    /// Current into the battery over what the engines deliver at most.
    pub current: Option<f64>,
    /// A sentence for each ratio that is not small.
    pub warnings: Vec<String>,
}

/// A value and when it is reached.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Peak {
    /// The value.
    pub value: f64,
    /// Its time.
    pub time: f64,
}

/// Charging by engines.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EngineChargingDocument {
    /// collective or individual.
    pub mode: String,
    /// effective or full.
    pub model: String,
    /// E_B/(N omega_B).
    #[serde(with = "nullable")]
    pub per_cell: Vec<f64>,
    /// Fluctuation over N omega_B.
    #[serde(with = "nullable")]
    pub relative_fluctuation: Vec<f64>,
    /// Heat drawn from the hot baths since t = 0.
    #[serde(with = "nullable")]
    pub heat_hot: Vec<f64>,
    /// (E_B(t) - E_B(0))/heat.
    #[serde(with = "nullable")]
    pub efficiency: Vec<f64>,
    /// f.
    pub fraction: f64,
    /// Charging time to the fraction f of the limit.
    pub time: Option<f64>,
    /// Average power up to that time.
    pub average_power: Option<f64>,
    /// Largest dE_B/dt.
    pub peak_power: Option<Peak>,
    /// Average power over that of individual charging.
    pub enhancement: Option<f64>,
    /// Largest fluctuation on the way.
    pub peak_fluctuation: Option<Peak>,
    /// The limit.
    pub limit: ChargingLimit,
    /// The other ways of charging.
    pub comparison: Vec<OtherCharging>,
    /// Why something is null.
    pub why: Option<String>,
}

/// The limit of charging by engines.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ChargingLimit {
    /// E_B - ergotropy.
    pub locked: Option<f64>,
    /// Fluctuation.
    pub fluctuation: Option<f64>,
    /// Energy gained over the heat drawn.
    pub efficiency: Option<f64>,
}

/// One other way of charging.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OtherCharging {
    /// collective or individual.
    pub mode: String,
    /// effective or full.
    pub model: String,
    /// E_B over time.
    #[serde(with = "nullable")]
    pub energy: Vec<f64>,
    /// Fluctuation over time.
    #[serde(with = "nullable")]
    pub fluctuation: Vec<f64>,
    /// Global ergotropy over time.
    #[serde(with = "nullable")]
    pub ergotropy: Vec<f64>,
    /// Charging time to the fraction.
    pub time: Option<f64>,
    /// Average power up to that time.
    pub average_power: Option<f64>,
    /// Average power over that of individual charging.
    pub enhancement: Option<f64>,
    /// Why something is null.
    pub why: Option<String>,
}

pub(super) fn engine(report: &EngineReport) -> Engine {
    let Validity { bath_rates, battery_rate, current, warnings } = &report.validity;
    let some = |x: Option<f64>| x.and_then(finite);
    Engine {
        populations: report.populations,
        ratio: finite(report.ratio),
        beta_e: finite(report.beta_e),
        regime: match report.regime {
            Regime::Engine => "engine",
            Regime::Stall => "stall",
            Regime::Refrigerator => "refrigerator",
        }
        .into(),
        current: some(report.current),
        heat_hot: some(report.heat_hot),
        heat_cold: some(report.heat_cold),
        power: some(report.power),
        efficiency: some(report.efficiency),
        cop: some(report.cop),
        entropy_production: some(report.entropy_production),
        entropy_load: some(report.entropy_load),
        gamma_e: some(report.gamma_e),
        validity: EngineValidity {
            bath_rates: some(*bath_rates),
            battery_rate: some(*battery_rate),
            current: some(*current),
            warnings: warnings.clone(),
        },
    }
}

fn mode(mode: EngineMode) -> String {
    match mode {
        EngineMode::Collective => "collective",
        EngineMode::Individual => "individual",
    }
    .into()
}

fn model(model: EngineModel) -> String {
    match model {
        EngineModel::Effective => "effective",
        EngineModel::Full => "full",
    }
    .into()
}

fn peak(found: Option<(f64, f64)>) -> Option<Peak> {
    found.map(|(value, time)| Peak { value, time })
}

pub(super) fn charging(found: &EngineCharging) -> EngineChargingDocument {
    let reasons = [("time", &found.time), ("enhancement", &found.enhancement)];
    let reasons: Vec<String> = (reasons.iter())
        .filter_map(|(name, value)| value.as_ref().err().map(|why| format!("{name}: {why}")))
        .collect();
    let mut reasons = reasons;
    if found.limit_efficiency.is_none() {
        reasons.push("heat_hot, efficiency: an effective rate says nothing of the heat".into());
    }
    EngineChargingDocument {
        mode: mode(found.mode),
        model: model(found.model),
        per_cell: found.per_cell.clone(),
        relative_fluctuation: found.relative_fluctuation.clone(),
        heat_hot: found.heat_hot.clone(),
        efficiency: found.efficiency.clone(),
        fraction: found.fraction,
        time: found.time.as_ref().ok().copied(),
        average_power: found.average_power,
        peak_power: peak(found.peak_power),
        enhancement: found.enhancement.as_ref().ok().copied(),
        peak_fluctuation: peak(found.peak_fluctuation),
        limit: ChargingLimit {
            locked: Some(found.locked),
            fluctuation: Some(found.limit_fluctuation),
            efficiency: found.limit_efficiency,
        },
        comparison: found.comparison.iter().map(other).collect(),
        why: (!reasons.is_empty()).then(|| reasons.join("; ")),
    }
}

fn other(found: &Compared) -> OtherCharging {
    OtherCharging {
        mode: mode(found.mode),
        model: model(found.model),
        energy: found.energy.clone(),
        fluctuation: found.fluctuation.clone(),
        ergotropy: found.ergotropy.clone(),
        time: found.time,
        average_power: found.power,
        enhancement: found.enhancement,
        why: found.why.clone(),
    }
}
