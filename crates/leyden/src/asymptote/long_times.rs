//! Long times of a general method's system: limit, modes, plateaus, charging times.

use super::limit::Solved;
use super::modes::{Modes, sectors};
use super::resolvent::Reached;
use super::{Asymptote, Detail, Remark, Settled, SlowestRate, plateaus, spectrum};
use crate::lindblad::Generator;
use crate::merit::{BatteryState, ChargingTime, EnergyCurve, Merits, NO_DISTANCE, charging_time};
use crate::operator::Hermitian;
use crate::space::BatterySpace;
use crate::why::{Infinite, Still};
use crate::{Known, Why};

/// Most conserved values, and eigenvalues of the limit, kept.
pub(crate) const MOST_VALUES: usize = 64;

/// What is known about a system at long times.
pub(crate) struct LongTimes {
    pub(crate) asymptote: Asymptote,
    pub(crate) times: Known<ChargingTime>,
    /// E_B(t) on all t >= 0, where all its modes are known.
    pub(crate) curve: Option<EnergyCurve>,
}

impl LongTimes {
    /// Nothing is known, for this reason.
    pub(crate) fn unknown(why: Why) -> Self {
        LongTimes { asymptote: Asymptote::unknown(why), times: Err(why), curve: None }
    }

    /// Of a closed system that stands still in a state with these figures, one of infinitely many.
    pub(crate) fn standing(limit: Merits) -> Self {
        let times = charging_time(&EnergyCurve::standing(limit.energy));
        let asymptote = Asymptote {
            unique: Some(false),
            conserved: Err(Infinite::Conserved.into()),
            ..Asymptote::certified(limit, Still::State)
        };
        LongTimes { asymptote, times: Ok(times), curve: None }
    }

    /// Takes rates, plateaus and times from the Rabi blocks, which have them; here they are not known for the reason `why`.
    pub(crate) fn complete(&mut self, known: LongTimes, why: Why) {
        let Asymptote { slowest_rate, rates, plateaus, .. } = known.asymptote;
        let remarks = vec![Remark::RatesByRabiBlocks(why)];
        self.asymptote = Asymptote { slowest_rate, rates, plateaus, remarks, ..self.asymptote.clone() };
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
        let reduced = sectors(settled.state.trace_out_first(space.dim()), space);
        let limit = BatteryState::new(space, &reduced);
        // The sum of all modes at t = 0 is less accurate.
        let distance = (rho0.expect(energy) - limit.energy()).abs();
        let mut asymptote = Asymptote {
            unique: Some(settled.conserved == 1),
            conserved: Ok(settled.conserved),
            conserved_values: settled.values.iter().copied().take(MOST_VALUES).collect(),
            residual: Some(settled.residual),
            ..Asymptote::of_state(&limit, detail, Why::NotAsked)
        };
        // The limit stands without modes; rates, plateaus and times do not.
        let modes_of =
            |reached: &Reached| Modes::new(reached, settled, rho0, energy, space, detail >= Detail::Plateaus);
        let modes = match &settled.solved {
            Some(Solved { reached, .. }) => modes_of(reached),
            None => Reached::new(generator, rho0).and_then(|reached| modes_of(&reached)),
        };
        let modes = match modes {
            Ok(modes) => modes,
            Err(why) => {
                asymptote.slowest_rate = Err(why);
                (asymptote.rates, asymptote.plateaus) = (Err(why), Err(why));
                return LongTimes { asymptote, times: Err(why), curve: None };
            }
        };
        asymptote.slowest_rate = modes.slowest.map(SlowestRate::of).ok_or(Still::State.into());
        if detail >= Detail::Spectrum {
            asymptote.rates = Ok(spectrum(space, &modes));
        }
        if detail >= Detail::Plateaus {
            asymptote.plateaus = Ok(plateaus(space, &modes, modes.curve.as_ref().ok()));
        }
        if detail >= Detail::Plateaus && modes.curve.is_ok() {
            asymptote.remarks.extend(modes.only.map(Remark::SlowModesOnly));
        }
        match modes.curve {
            Ok(curve) if detail < Detail::Times => {
                LongTimes { asymptote, times: Err(Why::NotAsked), curve: Some(curve) }
            }
            Ok(curve) if distance <= NO_DISTANCE * curve.largest_weight() => {
                LongTimes { asymptote, times: Ok(ChargingTime::without_threshold()), curve: Some(curve) }
            }
            Ok(curve) => LongTimes { asymptote, times: Ok(charging_time(&curve)), curve: Some(curve) },
            Err(why) => {
                asymptote.remarks.push(Remark::SlowModesOnly(why));
                LongTimes { asymptote, times: Err(why), curve: None }
            }
        }
    }
}
