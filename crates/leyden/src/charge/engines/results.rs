//! What engines add to a run.

use super::super::{Charging, Error};
use crate::Known;
use crate::model::{EngineMode, EngineModel};

/// What a maser is, by the population ratio that its baths offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regime {
    /// x > 1.
    Engine,
    /// x = 1 to rounding.
    Stall,
    /// x < 1.
    Refrigerator,
}

impl Regime {
    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Regime::Engine => "engine",
            Regime::Stall => "stall",
            Regime::Refrigerator => "refrigerator",
        }
    }
}

/// Ratios that must be small for the equations to hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Validity {
    /// Largest bath rate over min(omega_0, omega_c): rotating-wave and local baths.
    pub bath_rates: Option<f64>,
    /// Gamma_e N |x - 1|/G_p: engines faster than the collective battery.
    pub battery_rate: Option<f64>,
    /// 0.196 N Gamma_e |x - 1|/J_max: engines deliver what the battery takes.
    pub current: Option<f64>,
    /// One sentence for every ratio above 0.1.
    pub warnings: Vec<String>,
}

/// The engine itself.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineReport {
    /// Steady populations n_0, n_1, n_2 with its signal as it is.
    pub populations: Option<[f64; 3]>,
    /// x = e^{-beta_e omega_0}: what the baths offer the signal.
    pub ratio: f64,
    /// beta_e.
    pub beta_e: f64,
    /// What it is.
    pub regime: Regime,
    /// Cycle current J.
    pub current: Option<f64>,
    /// Heat current from the hot bath, omega_h J.
    pub heat_hot: Option<f64>,
    /// Heat current from the cold bath, -omega_c J.
    pub heat_cold: Option<f64>,
    /// Delivered power.
    pub power: Option<f64>,
    /// omega_0/omega_h: power over heat from the hot bath on resonance; `None` for a refrigerator.
    pub efficiency: Option<f64>,
    /// omega_c/omega_0 of a refrigerator: heat from the cold bath over the power put in, on resonance.
    pub cop: Option<f64>,
    /// -beta_h Q_h - beta_c Q_c.
    pub entropy_production: Option<f64>,
    /// J ln(R_d/R_u): what a load with two rates adds to it.
    pub entropy_load: Option<f64>,
    /// Gamma_e, where cells are charged.
    pub gamma_e: Option<f64>,
    /// Ratios that must be small.
    pub validity: Validity,
}

/// One way of charging in a comparison.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Collective or individual.
    pub mode: EngineMode,
    /// Effective or full.
    pub model: EngineModel,
    /// Its run, or why there is none.
    pub run: Result<Box<Charging>, NotCompared>,
}

/// Why a way of charging is not compared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum NotCompared {
    /// It would take long.
    #[error("the full model is compared up to {most} cells")]
    Cells { most: usize },
    /// It does not run.
    #[error(transparent)]
    Error(#[from] Error),
}

/// Charging by engines.
#[derive(Clone, Debug)]
pub struct EngineCharging {
    /// Collective or individual.
    pub mode: EngineMode,
    /// Effective or full.
    pub model: EngineModel,
    /// e_N = E_B/(N omega_B) over time.
    pub per_cell: Vec<f64>,
    /// sigma/(N omega_B) over time.
    pub relative_fluctuation: Vec<f64>,
    /// Heat drawn from the hot baths since t = 0, over time.
    pub heat_hot: Vec<f64>,
    /// (E_B(t) - E_B(0))/heat over time; NaN where no heat was drawn.
    pub efficiency: Vec<f64>,
    /// f.
    pub fraction: f64,
    /// Time at which E_B - E_B(0) reaches f of its limit.
    pub time: Known<f64>,
    /// Average power up to that time.
    pub average_power: Known<f64>,
    /// Largest dE_B/dt and its time.
    pub peak_power: Known<(f64, f64)>,
    /// Average power over that of individual charging, each to its own fraction.
    pub enhancement: Known<f64>,
    /// Largest fluctuation on the way and its time.
    pub peak_fluctuation: Known<(f64, f64)>,
    /// E_B - ergotropy of the limit.
    pub locked: f64,
    /// sigma of the limit.
    pub limit_fluctuation: f64,
    /// (E_B(inf) - E_B(0))/heat(inf).
    pub limit_efficiency: Known<f64>,
    /// The other ways of charging.
    pub comparison: Vec<Compared>,
}
