//! One battery spin among N charger spins: H = J (S_x I_x + S_y I_y), I = sum_k I_k, spin-1/2 operators, J in rad/s.
//!
//! Chargers start excited with probability q each: all total spins j = N/2, N/2 - 1, ... with their multiplicities. Each spin
//! relaxes to its equilibrium b with T1: rates (1 - b)/T1 down and b/T1 up; T2 <= 2 T1 (2 T1 where nothing else is said).

/// Relaxation of one species.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpinRelaxation {
    /// T1; infinite for no relaxation.
    pub t1: f64,
    /// T2 <= 2 T1.
    pub t2: f64,
    /// Excited population of the equilibrium.
    pub equilibrium: f64,
}

/// Whether correlations between spins are kept from one `evolve` to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Correlations {
    /// Spins enter every `evolve` as a product with the populations that they have; no relaxation during `evolve`.
    #[default]
    Dropped,
    /// The joint state of all spins is carried, with relaxation at all times.
    Kept,
}

/// The star.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NmrStar {
    /// N.
    pub chargers: usize,
    /// J.
    pub coupling: f64,
    /// Energy of the battery's excited state.
    pub frequency: f64,
    /// q at t = 0.
    pub charger_excitation: f64,
    /// p at t = 0.
    pub battery_excitation: f64,
    /// Relaxation of every charger.
    pub charger: SpinRelaxation,
    /// Relaxation of the battery.
    pub battery: SpinRelaxation,
    /// What is carried from stage to stage.
    pub correlations: Correlations,
}
