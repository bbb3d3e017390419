//! What protocols add to the document of a run.

use serde::{Deserialize, Serialize};

use super::{finite, nullable, nullable_option};

/// Cycles of a protocol.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cycles {
    /// E_B at the end of every cycle.
    #[serde(with = "nullable")]
    pub energy: Vec<f64>,
    /// Global ergotropy at the end of every cycle.
    #[serde(with = "nullable")]
    pub ergotropy: Vec<f64>,
    /// E_B to which the ends of cycles converge.
    pub fixed_point: Option<f64>,
    /// Its global ergotropy.
    pub fixed_point_ergotropy: Option<f64>,
    /// -ln |multiplier| per cycle; null where one cycle is enough.
    pub rate: Option<f64>,
    /// Factor by which the distance to the fixed point changes in a cycle.
    pub multiplier: Option<Multiplier>,
    /// Duration of a cycle.
    pub duration: f64,
    /// Every stage.
    pub stages: Vec<Stage>,
    /// Why something is null.
    pub why: Option<String>,
}

/// A complex number.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Multiplier {
    /// Real part.
    pub re: f64,
    /// Imaginary part.
    pub im: f64,
}

/// One stage in every cycle.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stage {
    /// evolve, wait, reset, pulse, measure, dephase or extract.
    pub kind: String,
    /// Its duration.
    pub duration: f64,
    /// E_B at its end.
    #[serde(with = "nullable")]
    pub energy: Vec<f64>,
    /// Global ergotropy at its end.
    #[serde(with = "nullable")]
    pub ergotropy: Vec<f64>,
    /// Mean excitation of a charger at its end.
    #[serde(with = "nullable")]
    pub charger: Vec<f64>,
    /// Energy taken out of the battery.
    #[serde(default, with = "nullable_option")]
    pub extracted: Option<Vec<f64>>,
    /// Ergotropy when the result of measuring the charger is used.
    #[serde(default, with = "nullable_option")]
    pub daemonic: Option<Vec<f64>>,
}

pub(super) fn cycles(found: &leyden::protocol::Cycles) -> Cycles {
    let mut reasons = Vec::new();
    if let Err(why) = &found.fixed_point {
        reasons.push(format!("fixed_point: {why}"));
    }
    match &found.convergence {
        Err(why) => reasons.push(format!("rate: {why}")),
        Ok(convergence) if convergence.rate.is_infinite() => {
            reasons.push("rate: from this initial state one cycle leads to the fixed point".into());
        }
        Ok(_) => {}
    }
    let fixed_point = found.fixed_point.as_ref().ok();
    let convergence = found.convergence.as_ref().ok();
    Cycles {
        energy: found.energy.clone(),
        ergotropy: found.ergotropy.clone(),
        fixed_point: fixed_point.map(|point| point.energy),
        fixed_point_ergotropy: fixed_point.map(|point| point.ergotropy),
        rate: convergence.and_then(|convergence| finite(convergence.rate)),
        multiplier: convergence
            .map(|convergence| Multiplier { re: convergence.multiplier.re, im: convergence.multiplier.im }),
        duration: found.duration,
        stages: found.stages.iter().map(stage).collect(),
        why: (!reasons.is_empty()).then(|| reasons.join("; ")),
    }
}

fn stage(found: &leyden::protocol::StageRecord) -> Stage {
    Stage {
        kind: found.kind.into(),
        duration: found.duration,
        energy: found.energy.clone(),
        ergotropy: found.ergotropy.clone(),
        charger: found.charger.clone(),
        extracted: found.extracted.clone(),
        daemonic: found.daemonic.clone(),
    }
}
