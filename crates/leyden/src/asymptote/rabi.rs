//! Long times of a system that splits into Rabi blocks: nothing here is a matter of rounding.

use super::relaxation::COUNTED;
use super::{Asymptote, Decaying, Detail, Limit, plateaus, spectrum};
use crate::exact::RabiBlocks;
use crate::merit::{BatteryState, ChargingTime, EnergyCurve};
use crate::operator::Hermitian;
use crate::space::BatterySpace;

/// Most conserved values kept.
pub(super) const MOST_VALUES: usize = 64;

impl Asymptote {
    /// From the blocks, their limit and the charging times of their energy.
    pub(crate) fn of_rabi_blocks(
        blocks: &RabiBlocks,
        space: &BatterySpace,
        limit: Result<Vec<Hermitian>, String>,
        curve: Option<&EnergyCurve>,
        times: &Result<ChargingTime, String>,
        detail: Detail,
    ) -> Self {
        let mut asymptote =
            Asymptote { conserved: blocks.conserved(), unique: Some(false), ..Asymptote::default() };
        match limit {
            Ok(sectors) => {
                asymptote.limit = Some(Limit::of(&BatteryState::new(space, &sectors)));
                asymptote.certified = true;
            }
            Err(why) => {
                asymptote.unique = None;
                asymptote.why = Some(why);
                return asymptote;
            }
        }
        asymptote.conserved_values = blocks.weights();
        asymptote.conserved_values.truncate(MOST_VALUES);
        if space.is_oscillator() {
            asymptote.why = Some(
                "infinitely many conserved quantities and rates that accumulate at 0: no slowest one, and no plateau apart from the others"
                    .into(),
            );
            return asymptote;
        }
        if detail >= Detail::Times {
            asymptote.fill_rates(times);
        }
        if detail < Detail::Plateaus {
            return asymptote;
        }
        match blocks.decaying() {
            Ok(decaying) => {
                asymptote.slow_down(&decaying);
                asymptote.rates = (detail >= Detail::Spectrum).then(|| spectrum(space, &decaying));
                asymptote.plateaus = Some(plateaus(space, &decaying, curve));
            }
            Err(why) => asymptote.add_reason(format!("plateaus: {why}")),
        }
        asymptote
    }

    /// Modes that carry no energy may be slower than those that do.
    fn slow_down(&mut self, decaying: &dyn Decaying) {
        let counted = decaying.decays().iter().filter(|decay| decay.size > COUNTED);
        let Some(ln) = counted.map(|decay| decay.ln_rate).min_by(f64::total_cmp) else { return };
        let log10 = ln / std::f64::consts::LN_10;
        if self.log10_slowest_rate.is_none_or(|known| log10 < known * (1.0 + 1e-12 * known.signum()) - 1e-12)
        {
            self.log10_slowest_rate = Some(log10);
            self.slowest_rate = Some(ln.exp()).filter(|rate| *rate > 0.0);
        }
    }

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
