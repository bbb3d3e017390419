//! The JSON document of a run: what `leyden run --json` prints and the result folder keeps.
//!
//! Energies and powers are in units of the frequencies of the scenario, times in units of their inverse. A quantity that
//! does not exist is null, and a `why` beside it says the reason.

mod cycles;
mod engine;

pub use cycles::Cycles;
pub use engine::{Engine, EngineChargingDocument, OtherCharging};

use leyden::charge::{Charging, Model};
use leyden::evolve::Outcome;
use leyden_scenario::{Scenario, Unit};
use serde::{Deserialize, Serialize};

use crate::search::Found;

/// Version of the format.
pub(crate) const SCHEMA: &str = "leyden-run/1";

/// Numbers of which some may not exist: null in JSON, NaN in memory.
type Numbers = Vec<f64>;

/// The result of one run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Document {
    /// Version of this format.
    pub schema: String,
    /// Version of leyden.
    pub version: String,
    /// Title of the scenario.
    pub title: String,
    /// rad/s of the reference frequency; null for natural units.
    pub reference: Option<f64>,
    /// Number of cells.
    pub cells: usize,
    /// Method and reason.
    pub method: MethodUsed,
    /// converged, cutoff-too-small, step-too-small, too-many-steps or inaccurate.
    pub outcome: String,
    /// Times.
    pub times: Vec<f64>,
    /// E_B.
    #[serde(with = "nullable")]
    pub energy: Numbers,
    /// Ergotropies.
    pub ergotropy: Ergotropy,
    /// E_B - global ergotropy.
    #[serde(with = "nullable")]
    pub passive: Numbers,
    /// Tr rho_B^2.
    #[serde(with = "nullable")]
    pub purity: Numbers,
    /// sqrt(<H_B^2> - <H_B>^2).
    #[serde(with = "nullable")]
    pub fluctuation: Numbers,
    /// Powers.
    pub power: Power,
    /// Long times.
    pub asymptote: Asymptote,
    /// Charging times.
    pub charging_time: ChargingTime,
    /// The heat engine, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
    /// Charging by engines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charging: Option<EngineChargingDocument>,
    /// Cycles of a protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycles: Option<Cycles>,
    /// What a search found; everything else is the system at the optimum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimum: Option<Found>,
    /// Checks of the run.
    pub checks: Checks,
    /// Comparison with a second method.
    pub verify: Option<Verification>,
}

/// Method and why it was taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MethodUsed {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// Ergotropies over time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ergotropy {
    /// All unitaries.
    #[serde(with = "nullable")]
    pub global: Numbers,
    /// Unitaries of the symmetric subspace.
    pub collective: Option<Vec<f64>>,
    /// One unitary per cell.
    #[serde(with = "nullable")]
    pub local: Numbers,
    /// Coherent part of the global one.
    #[serde(with = "nullable")]
    pub coherent: Numbers,
    /// Incoherent part.
    #[serde(with = "nullable")]
    pub incoherent: Numbers,
    /// Why `collective` is null.
    pub why: Option<String>,
}

/// Powers over time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Power {
    /// dE_B/dt.
    #[serde(with = "nullable")]
    pub instantaneous: Numbers,
    /// (E_B(t) - E_B(0))/t; null at t = 0.
    #[serde(with = "nullable")]
    pub average: Numbers,
    /// The largest average power and its time.
    pub maximum_average: Option<MaximumAverage>,
}

/// The largest average power.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct MaximumAverage {
    /// Its value.
    pub value: f64,
    /// Its time; 0 where it is the initial power.
    pub time: f64,
}

/// Long times.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Asymptote {
    /// E_B(inf).
    pub energy: Option<f64>,
    /// Ergotropies of the limit.
    pub ergotropy: LimitErgotropy,
    /// E_B(inf) - global ergotropy.
    pub passive: Option<f64>,
    /// Tr rho_B^2.
    pub purity: Option<f64>,
    /// Largest eigenvalue r_1 of rho_B.
    pub largest_eigenvalue: Option<f64>,
    /// Whether every initial state has this limit.
    pub unique: Option<bool>,
    /// Number of conserved quantities.
    pub conserved: Option<usize>,
    /// Whether the limit is proven.
    pub certified: bool,
    /// Slowest carried rate.
    pub slowest_rate: Option<f64>,
    /// Its decimal logarithm.
    pub log10_slowest_rate: Option<f64>,
    /// ||Z rho(inf)|| / ||Z|| of a numerical limit.
    pub residual: Option<f64>,
    /// Values of conserved quantities, at most 64.
    pub conserved_values: Vec<f64>,
    /// The slowest modes of the battery's state, slowest first, at most 32.
    pub rates: Option<Vec<Relaxation>>,
    /// Plateaus before the limit in the order of time; null where they could not be looked for.
    pub plateaus: Option<Vec<Plateau>>,
    /// Why something is null.
    pub why: Option<String>,
}

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

/// One mode on the way to the limit.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Relaxation {
    /// Decay rate (0 where it underflows).
    pub rate: f64,
    /// Its decimal logarithm.
    pub log10_rate: f64,
    /// Frequency at which it oscillates.
    pub frequency: f64,
    /// What it carries of E_B at t = 0.
    pub energy: f64,
    /// What it adds to the global ergotropy of the limit and all slower modes.
    pub ergotropy: f64,
}

/// Ergotropies of the limit.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct LimitErgotropy {
    /// All unitaries.
    pub global: Option<f64>,
    /// Unitaries of the symmetric subspace.
    pub collective: Option<f64>,
    /// One unitary per cell.
    pub local: Option<f64>,
}

/// Charging times to e^{-1} of the way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChargingTime {
    /// Last crossing of the threshold.
    pub settling: Option<f64>,
    /// First crossing.
    pub first: Option<f64>,
    /// Inverse of the slowest carried rate.
    pub spectral: Option<f64>,
    /// Weight of the slowest mode relative to |E_B(inf) - E_B(0)|.
    pub spectral_weight: Option<f64>,
    /// Weight above which a mode counts.
    pub spectral_threshold: f64,
    /// Why something is null.
    pub why: Option<String>,
}

/// Checks of the run; see `leyden::charge::Checks`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Checks {
    /// Largest |Tr rho - 1|.
    pub trace: Option<f64>,
    /// Largest |rho - rho^dag|.
    pub hermiticity: Option<f64>,
    /// Smallest eigenvalue of rho_B.
    pub smallest_eigenvalue: Option<f64>,
    /// Largest population of the two highest levels of a cut oscillator.
    pub top_population: Option<f64>,
    /// Disagreement between two ways to the same energy flow.
    pub energy_balance: Option<f64>,
    /// Why `top_population` is null.
    pub why: Option<String>,
}

/// Comparison with a second method.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verification {
    /// Its name.
    pub method: String,
    /// Largest difference of every quantity.
    pub differences: serde_json::Map<String, serde_json::Value>,
}

impl Document {
    /// The document of a finished run.
    pub fn of(scenario: &Scenario, charging: &Charging, optimum: Option<Found>) -> Self {
        let series = charging.series.clone();
        let equal_cells = match &scenario.model {
            Model::ChargerBattery(system) => system.equal_cells(),
            _ => true,
        };
        let collective_why = match (&series.collective, equal_cells) {
            _ if matches!(scenario.model, Model::HeatEngine(_)) => Some("there is no battery".to_string()),
            _ if charging.method == "moments" => {
                Some("moments give energies and their fluctuation, no states and no ergotropy".to_string())
            }
            _ if charging.method == "rabi-blocks" && series.collective.is_none() && equal_cells => Some(
                "collective: too many blocks carry weight for the whole spectrum at every time".to_string(),
            ),
            (Some(_), _) => None,
            (None, false) => Some("collective: the cells differ".to_string()),
            (None, true) => {
                Some("collective: the state leaves the symmetric subspace of the cells".to_string())
            }
        };
        Document {
            schema: SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            title: scenario.title.clone(),
            reference: match scenario.unit {
                Unit::Natural => None,
                Unit::Reference(omega) => Some(omega),
            },
            cells: scenario.model.cells(),
            method: MethodUsed { name: charging.method.into(), reason: charging.reason.clone() },
            outcome: match charging.outcome {
                Outcome::Converged => "converged",
                Outcome::StepTooSmall { .. } => "step-too-small",
                Outcome::CutoffTooSmall { .. } => "cutoff-too-small",
                Outcome::TooManySteps { .. } => "too-many-steps",
                Outcome::Inaccurate { .. } => "inaccurate",
                Outcome::Stopped => "stopped",
            }
            .into(),
            times: charging.times.clone(),
            energy: series.energy,
            ergotropy: Ergotropy {
                global: series.global,
                collective: series.collective,
                local: series.local,
                coherent: series.coherent,
                incoherent: series.incoherent,
                why: collective_why,
            },
            passive: series.passive,
            purity: series.purity,
            fluctuation: series.fluctuation,
            power: Power {
                instantaneous: series.power,
                average: series.average_power,
                maximum_average: charging
                    .maximum_power
                    .map(|found| MaximumAverage { value: found.value, time: found.time }),
            },
            asymptote: asymptote(charging),
            charging_time: charging_time(charging),
            engine: charging.engine.as_ref().map(engine::engine),
            charging: charging.engine_charging.as_ref().map(engine::charging),
            cycles: charging.cycles.as_ref().map(cycles::cycles),
            optimum,
            checks: Checks {
                trace: finite(charging.checks.trace),
                hermiticity: finite(charging.checks.hermiticity),
                smallest_eigenvalue: finite(charging.checks.smallest_eigenvalue),
                top_population: charging.checks.top_population,
                energy_balance: finite(charging.checks.energy_balance),
                why: match charging.checks.top_population {
                    None => Some("top_population: no oscillator is cut".into()),
                    Some(_) => None,
                },
            },
            verify: charging.verification.as_ref().map(|verification| Verification {
                method: verification.method.clone(),
                differences: verification
                    .differences
                    .iter()
                    .map(|(quantity, difference)| (quantity.to_string(), (*difference).into()))
                    .collect(),
            }),
        }
    }

    /// The text of the document.
    ///
    /// # Panics
    /// Never: all keys are texts.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a document has text keys only")
    }
}

/// JSON has no infinite numbers.
fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}

fn asymptote(charging: &Charging) -> Asymptote {
    let found = &charging.asymptote;
    let limit = found.limit;
    Asymptote {
        energy: limit.map(|limit| limit.energy),
        ergotropy: LimitErgotropy {
            global: limit.and_then(|limit| finite(limit.ergotropy.global)),
            collective: limit.and_then(|limit| limit.ergotropy.collective),
            local: limit.and_then(|limit| finite(limit.ergotropy.local)),
        },
        passive: limit.and_then(|limit| finite(limit.energy - limit.ergotropy.global)),
        purity: limit.and_then(|limit| finite(limit.purity)),
        largest_eigenvalue: limit.and_then(|limit| finite(limit.ergotropy.largest_eigenvalue)),
        unique: found.unique,
        conserved: found.conserved,
        certified: found.certified,
        slowest_rate: found.slowest_rate.and_then(finite),
        log10_slowest_rate: found.log10_slowest_rate.and_then(finite),
        residual: found.residual.and_then(finite),
        conserved_values: found.conserved_values.clone(),
        rates: found.rates.as_ref().map(|rates| rates.iter().map(relaxation).collect()),
        plateaus: found.plateaus.as_ref().map(|plateaus| plateaus.iter().map(plateau).collect()),
        why: found.why.clone(),
    }
}

fn plateau(found: &leyden::asymptote::Plateau) -> Plateau {
    Plateau {
        energy: found.energy,
        ergotropy: found.ergotropy.global,
        collective: found.ergotropy.collective,
        local: found.ergotropy.local,
        from: finite(found.from),
        lifetime: finite(found.lifetime),
        log10_lifetime: found.log10_lifetime,
        settling: found.settling,
        first: found.first,
    }
}

fn relaxation(found: &leyden::asymptote::Relaxation) -> Relaxation {
    let leyden::asymptote::Relaxation { rate, log10_rate, frequency, energy, ergotropy } = *found;
    Relaxation { rate, log10_rate, frequency, energy, ergotropy }
}

fn charging_time(charging: &Charging) -> ChargingTime {
    let mut out = ChargingTime {
        settling: None,
        first: None,
        spectral: None,
        spectral_weight: None,
        spectral_threshold: leyden::merit::SPECTRAL_THRESHOLD,
        why: None,
    };
    let found = match &charging.charging_time {
        Ok(found) => found,
        Err(why) => {
            out.why = Some(why.clone());
            return out;
        }
    };
    let mut reasons = Vec::new();
    let mut note = |name: &str, why: &str| reasons.push(format!("{name}: {why}"));
    match &found.settling {
        Ok(time) => out.settling = Some(*time),
        Err(why) => note("settling", why),
    }
    match &found.first {
        Ok(time) => out.first = Some(*time),
        Err(why) => note("first", why),
    }
    match &found.spectral {
        Ok(spectral) if spectral.time.is_finite() => {
            out.spectral = Some(spectral.time);
            out.spectral_weight = Some(spectral.weight);
        }
        Ok(spectral) => {
            out.spectral_weight = Some(spectral.weight);
            note("spectral", &format!("10^{:.1}, beyond the range of numbers", -spectral.log10_rate));
        }
        Err(why) => note("spectral", why),
    }
    out.why = (!reasons.is_empty()).then(|| reasons.join("; "));
    out
}

/// Vectors whose NaN entries are null in JSON.
mod nullable {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(numbers: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
        numbers.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
        let numbers = Vec::<Option<f64>>::deserialize(deserializer)?;
        Ok(numbers.into_iter().map(|x| x.unwrap_or(f64::NAN)).collect())
    }
}

/// The same where there may be no vector at all.
mod nullable_option {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        numbers: &Option<Vec<f64>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        numbers.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<f64>>, D::Error> {
        let numbers = Option::<Vec<Option<f64>>>::deserialize(deserializer)?;
        Ok(numbers.map(|numbers| numbers.into_iter().map(|x| x.unwrap_or(f64::NAN)).collect()))
    }
}
