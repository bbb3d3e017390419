//! Long times of a general method's system: limit, modes, plateaus, charging times.

use super::modes::{Modes, sectors};
use super::resolvent::Reached;
use super::{Asymptote, Detail, Limit, Settled, plateaus, spectrum};
use crate::lindblad::Generator;
use crate::merit::{BatteryState, ChargingTime, EnergyCurve, charging_time};
use crate::operator::Hermitian;
use crate::space::BatterySpace;

/// Most conserved values kept.
pub(crate) const MOST_VALUES: usize = 64;
/// Why there is nothing about long times in a run that was not asked for it.
pub(crate) const NOT_ASKED: &str = "not asked for";

/// What is known about a system at long times.
pub(crate) struct LongTimes {
    pub(crate) asymptote: Asymptote,
    pub(crate) times: Result<ChargingTime, String>,
    /// E_B(t) on all t >= 0, where all its modes are known.
    pub(crate) curve: Option<EnergyCurve>,
}

impl LongTimes {
    /// Nothing is known, for this reason.
    pub(crate) fn unknown(why: String) -> Self {
        let asymptote = Asymptote { why: Some(why.clone()), ..Asymptote::default() };
        LongTimes { asymptote, times: Err(why), curve: None }
    }

    /// Takes rates, plateaus and times from `known`, which has them.
    pub(crate) fn complete(&mut self, known: LongTimes) {
        let why = self.asymptote.why.take().unwrap_or_default();
        let Asymptote { slowest_rate, log10_slowest_rate, rates, plateaus, why: more, .. } = known.asymptote;
        self.asymptote = Asymptote {
            slowest_rate,
            log10_slowest_rate,
            rates,
            plateaus,
            why: more,
            ..self.asymptote.clone()
        };
        self.asymptote.add_reason(format!("rates and plateaus by rabi-blocks, because of {why}"));
        (self.times, self.curve) = (known.times, known.curve);
    }

    /// From the limit; `energy` is H_B on charger (x) battery.
    pub(crate) fn of(
        settled: &Settled,
        generator: &Generator,
        rho0: &Hermitian,
        energy: &Hermitian,
        space: &BatterySpace,
        detail: Detail,
    ) -> Self {
        let reduced = sectors(&settled.state.trace_out_first(space.dim()), space);
        let mut asymptote = Asymptote {
            limit: Some(Limit::of(&BatteryState::new(space, &reduced))),
            unique: Some(settled.conserved == 1),
            conserved: Some(settled.conserved),
            conserved_values: settled.values.iter().copied().take(MOST_VALUES).collect(),
            certified: true,
            residual: Some(settled.residual),
            ..Asymptote::default()
        };
        // The limit stands without modes; rates, plateaus and times do not.
        let modes = Reached::new(generator, rho0)
            .and_then(|reached| Modes::new(&reached, rho0, &settled.state, energy, space, settled.conserved));
        let modes = match modes {
            Ok(modes) => modes,
            Err(why) => {
                asymptote.add_reason(format!("rates and plateaus: {why}"));
                return LongTimes { asymptote, times: Err(why), curve: None };
            }
        };
        asymptote.slowest_rate = modes.slowest;
        asymptote.log10_slowest_rate = modes.slowest.map(f64::log10);
        asymptote.rates = (detail >= Detail::Spectrum).then(|| spectrum(space, &modes));
        asymptote.plateaus =
            (detail >= Detail::Plateaus).then(|| plateaus(space, &modes, modes.curve.as_ref().ok()));
        if modes.slowest.is_none() {
            asymptote.add_reason("slowest_rate: the initial state is stationary".into());
        }
        match modes.curve {
            Ok(curve) if detail < Detail::Times => {
                LongTimes { asymptote, times: Err(NOT_ASKED.into()), curve: Some(curve) }
            }
            Ok(curve) => LongTimes { asymptote, times: Ok(charging_time(&curve)), curve: Some(curve) },
            Err(why) => {
                asymptote.add_reason(format!("rates and plateaus: {why}"));
                LongTimes { asymptote, times: Err(why), curve: None }
            }
        }
    }
}
