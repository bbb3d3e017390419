//! Long times: the limit reached from the initial state, what is conserved, and how slow the way there is.

mod commutant;
mod limit;
mod long_times;
mod modes;
mod null_space;
mod plateau;
mod relaxation;
mod resolvent;
mod stationary;
mod undamped;

pub(crate) use limit::{Settled, settle};
pub(crate) use long_times::{LongTimes, MOST_VALUES, NOT_ASKED};
pub use null_space::{MOST_LEVELS, NullSpace};
pub use plateau::Plateau;
pub(crate) use plateau::plateaus;
pub use relaxation::Relaxation;
pub(crate) use relaxation::{COUNTED, Decay, Decaying, spectrum};

use crate::merit::{BatteryState, ChargingTime, Ergotropy, ergotropy_of};

/// How much is wanted to know about long times; each level costs more than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Nothing beyond the times asked for.
    States,
    /// The limit, and the energy at all times.
    Limit,
    /// And charging times with the slowest rate.
    Times,
    /// And plateaus.
    Plateaus,
    /// And what every slow mode carries of energy and ergotropy.
    Spectrum,
}

/// Figures of merit of the limit state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// E_B(inf).
    pub energy: f64,
    /// Its ergotropies and extreme eigenvalues.
    pub ergotropy: Ergotropy,
    /// Tr rho_B^2.
    pub purity: f64,
    /// sqrt(<H_B^2> - <H_B>^2).
    pub fluctuation: f64,
}

impl Limit {
    /// Evaluates the limit state.
    pub fn of(state: &BatteryState<'_>) -> Self {
        Limit {
            energy: state.energy(),
            ergotropy: ergotropy_of(state),
            purity: state.purity(),
            fluctuation: state.fluctuation(),
        }
    }
}

/// What is known about t -> infinity. Fields that are not known are `None`, and `why` says the reason.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asymptote {
    /// The limit reached from this initial state.
    pub limit: Option<Limit>,
    /// Whether every initial state of the representation used (for equal cells: symmetric ones) reaches the same limit.
    pub unique: Option<bool>,
    /// Number of conserved quantities in the representation used.
    pub conserved: Option<usize>,
    /// Values of conserved quantities in the initial state, at most 64: weights of the blocks that keep to themselves;
    /// where m blocks are alike, the m^2 numbers (in the form S) of the state on their copies, which depend on the basis chosen.
    pub conserved_values: Vec<f64>,
    /// Whether the limit is proven by the method (not extrapolated).
    pub certified: bool,
    /// ||Z rho(inf)|| / ||Z|| where the limit is numerical.
    pub residual: Option<f64>,
    /// Slowest rate on the way to the limit, among modes that the initial state excites; for stars beyond the size of plateaus
    /// and for two oscillators among those that carry energy.
    pub slowest_rate: Option<f64>,
    /// Its decimal logarithm, also where the rate underflows.
    pub log10_slowest_rate: Option<f64>,
    /// The slowest modes that the battery's state holds, slowest first, at most 32; `None` where they are not known.
    pub rates: Option<Vec<Relaxation>>,
    /// Plateaus before the limit in the order of time; `None` where they are not known.
    pub plateaus: Option<Vec<Plateau>>,
    /// Why something above is missing.
    pub why: Option<String>,
}

impl Asymptote {
    /// The slowest rate that carries energy, from the spectral charging time.
    pub(crate) fn fill_rates(&mut self, times: &Result<ChargingTime, String>) {
        match times.as_ref().map(|times| &times.spectral) {
            Ok(Ok(spectral)) => {
                self.slowest_rate = (spectral.rate > 0.0).then_some(spectral.rate);
                self.log10_slowest_rate = Some(spectral.log10_rate);
                if self.slowest_rate.is_none() {
                    self.add_reason("the slowest rate is below the range of floating-point numbers".into());
                }
            }
            Ok(Err(why)) | Err(why) => self.add_reason(why.clone()),
        }
    }

    pub(crate) fn add_reason(&mut self, reason: String) {
        self.why = Some(match self.why.take() {
            Some(why) => format!("{why}; {reason}"),
            None => reason,
        });
    }
}
