//! Long times: the limit reached from the initial state, what is conserved, and how slow the way there is.

mod commutant;
mod exact;
mod limit;
mod long_times;
mod members;
mod modes;
mod null_space;
mod plateau;
mod relaxation;
mod resolvent;
mod stationary;
mod undamped;

pub(crate) use commutant::is_unital;
pub(crate) use limit::{MOST_SETTLED, Settled, settle};
pub(crate) use long_times::{LongTimes, MOST_VALUES};
pub(crate) use members::{curve_of_members, steady_members};
pub(crate) use modes::sectors;
pub(crate) use null_space::MOST_LEVELS;
pub use null_space::NullSpace;
pub use plateau::Plateau;
pub(crate) use plateau::plateaus;
pub use relaxation::Relaxation;
pub(crate) use relaxation::{COUNTED, Decay, Decaying, spectrum};

use crate::merit::{BatteryState, ChargingTime, Merits, PassiveLevel, global_ergotropy, passive_levels};
use crate::why::{Elsewhere, Unresolved};
use crate::{Known, Why};

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

/// The slowest rate on the way to the limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlowestRate {
    /// The rate; 0 where it underflows.
    pub rate: f64,
    /// Its decimal logarithm.
    pub log10: f64,
}

messages! {
    /// How something was found where the system's own way did not lead to it.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Remark {
        LimitByCommutant(Why) = "limit by the commutant of the generator, because {0}";
        LimitByRabiBlocks(Why) = "limit and rates by rabi-blocks, because {0}";
        RatesByRabiBlocks(Why) = "rates and plateaus by rabi-blocks, because {0}";
        PeriodAverages { period: f64 } =
            "limit: averages over one period, {period}, of the cycle that is reached (Floquet)";
        Members { members: usize } = "charging times and slowest rate of the energy by {members} members";
        SlowModesOnly(Why) = "rates and plateaus: {0}";
    }
}

/// What is known about t -> infinity.
#[derive(Clone, Debug, PartialEq)]
pub struct Asymptote {
    /// The limit reached from this initial state.
    pub limit: Known<Merits>,
    /// Eigenvalues of the limit rho_B with the energies that they fill in its passive state, largest first, at most 64.
    pub spectrum: Known<Vec<PassiveLevel>>,
    /// Whether every initial state of the representation used (for equal cells: symmetric ones) reaches the same limit;
    /// `None` where there is no limit.
    pub unique: Option<bool>,
    /// Number of conserved quantities in the representation used.
    pub conserved: Known<usize>,
    /// Values of conserved quantities in the initial state, at most 64: weights of the blocks that keep to themselves;
    /// where m blocks are alike, the m^2 numbers (in the form S) of the state on their copies, which depend on the basis chosen.
    pub conserved_values: Vec<f64>,
    /// Whether the limit is proven by the method (not extrapolated).
    pub certified: bool,
    /// ||Z rho(inf)|| / ||Z|| where the limit is numerical.
    pub residual: Option<f64>,
    /// Slowest rate on the way to the limit, among modes that the initial state excites; for stars beyond the size of plateaus
    /// and for two oscillators among those that carry energy.
    pub slowest_rate: Known<SlowestRate>,
    /// The slowest modes that the battery's state holds, slowest first, at most 32.
    pub rates: Known<Vec<Relaxation>>,
    /// Plateaus before the limit in the order of time.
    pub plateaus: Known<Vec<Plateau>>,
    /// The state averaged over all times, where the system is closed.
    pub average: Known<Average>,
    /// How something was found where the system's own way did not lead to it.
    pub remarks: Vec<Remark>,
}

/// The battery's state averaged over all times, lim (1/T) int_0^T rho_B dt, of a closed system: what of rho(0) commutes with H, sum_E P_E rho(0) P_E, in the
/// frame in which H is constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Average {
    /// Its energy, the mean of E_B over all times.
    pub energy: f64,
    /// Its global ergotropy, at most the mean of W over all times.
    pub ergotropy: Known<f64>,
}

impl Average {
    /// Of a state of the battery.
    pub(crate) fn of(state: &BatteryState<'_>) -> Self {
        Average { energy: state.energy(), ergotropy: Ok(global_ergotropy(state)) }
    }
}

impl SlowestRate {
    pub(crate) fn of(rate: f64) -> Self {
        SlowestRate { rate, log10: rate.log10() }
    }
}

impl Asymptote {
    /// Nothing is known, for this reason.
    pub(crate) fn unknown(why: Why) -> Self {
        Asymptote {
            limit: Err(why),
            spectrum: Err(why),
            unique: None,
            conserved: Err(why),
            conserved_values: Vec::new(),
            certified: false,
            residual: None,
            slowest_rate: Err(why),
            rates: Err(why),
            plateaus: Err(why),
            average: Err(Elsewhere::Methods.into()),
            remarks: Vec::new(),
        }
    }

    /// A limit that is proven; `why` the rest is not known.
    pub(crate) fn certified(limit: Merits, why: impl Into<Why>) -> Self {
        let spectrum = Err(Elsewhere::Eigenvalues.into());
        Asymptote { limit: Ok(limit), spectrum, certified: true, ..Asymptote::unknown(why.into()) }
    }

    /// The same of the state of the battery, with its spectrum where so much is wanted.
    pub(crate) fn of_state(limit: &BatteryState<'_>, detail: Detail, why: impl Into<Why>) -> Self {
        let spectrum = match detail {
            Detail::Spectrum => {
                let mut levels = passive_levels(limit);
                levels.truncate(MOST_VALUES);
                Ok(levels)
            }
            _ => Err(Why::NotAsked),
        };
        Asymptote { spectrum, ..Asymptote::certified(Merits::of(limit), why) }
    }

    /// Why something is missing or was found another way: one sentence for each reason; `None` where nothing is missing.
    pub fn why(&self) -> Option<String> {
        let mut said: Vec<(Why, Vec<&str>)> = Vec::new();
        let mut missing = |name: &'static str, why: Option<&Why>| match why {
            None | Some(Why::NotAsked) => {}
            Some(why) => match said.iter_mut().find(|(known, _)| known == why) {
                Some((_, names)) => names.push(name),
                None => said.push((*why, vec![name])),
            },
        };
        let limit = self.limit.as_ref().err();
        if limit == Some(&Why::NotAsked) {
            return Some(Why::NotAsked.to_string());
        }
        let underflow = self.slowest_rate.is_ok_and(|slowest| slowest.rate == 0.0);
        let underflow = underflow.then_some(Why::NotResolved(Unresolved::Underflow));
        missing("limit", limit);
        missing("conserved", self.conserved.as_ref().err());
        missing("slowest_rate", self.slowest_rate.as_ref().err().or(underflow.as_ref()));
        missing("rates", self.rates.as_ref().err());
        missing("plateaus", self.plateaus.as_ref().err());
        let sentence = |(why, names): (Why, Vec<&str>)| {
            // Whole sentences need no subject.
            let whole = match why {
                Why::Infinite(_) | Why::Elsewhere(_) | Why::NoStates => true,
                why => why == Why::NotResolved(Unresolved::Underflow) || names[0] == "limit",
            };
            if whole {
                return why.to_string();
            }
            let names = match names[..] {
                ["slowest_rate", "rates", "plateaus"] | ["rates", "plateaus"] => "rates and plateaus".into(),
                _ => names.join(", "),
            };
            format!("{names}: {why}")
        };
        let reasons = said.into_iter().map(sentence).chain(self.remarks.iter().map(Remark::to_string));
        let reasons: Vec<String> = reasons.collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }

    /// The slowest rate that carries energy, from the spectral charging time.
    pub(crate) fn slowest_of(times: &Known<ChargingTime>) -> Known<SlowestRate> {
        let spectral = times.as_ref().map_err(|why| *why)?.spectral?;
        Ok(SlowestRate { rate: spectral.rate, log10: spectral.log10_rate })
    }
}
