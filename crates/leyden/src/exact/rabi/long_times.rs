//! Long times of a system that splits into Rabi blocks: nothing here is a matter of rounding.

use super::RabiBlocks;
use crate::asymptote::{Asymptote, COUNTED, Decaying, Detail, MOST_VALUES, SlowestRate, plateaus, spectrum};
use crate::merit::{BatteryState, ChargingTime, EnergyCurve, Merits};
use crate::operator::Hermitian;
use crate::space::BatterySpace;
use crate::why::Infinite;
use crate::{Known, Why};

impl Asymptote {
    /// From the blocks, their limit and the charging times of their energy.
    pub(crate) fn of_rabi_blocks(
        blocks: &RabiBlocks,
        space: &BatterySpace,
        limit: Known<Vec<Hermitian>>,
        curve: Option<&EnergyCurve>,
        times: &Known<ChargingTime>,
        detail: Detail,
    ) -> Self {
        let conserved = blocks.conserved().ok_or(Infinite::Rates.into());
        let sectors = match limit {
            Ok(sectors) => sectors,
            // What is too close to tell apart cannot be counted.
            Err(why @ Why::NotResolved(_)) => return Asymptote::unknown(why),
            Err(why) => return Asymptote { conserved, ..Asymptote::unknown(why) },
        };
        let limit = Merits::of(&BatteryState::new(space, &sectors));
        let rest = if space.is_oscillator() { Infinite::Rates.into() } else { Why::NotAsked };
        let mut asymptote = Asymptote { unique: Some(false), conserved, ..Asymptote::certified(limit, rest) };
        asymptote.conserved_values = blocks.weights();
        asymptote.conserved_values.truncate(MOST_VALUES);
        if space.is_oscillator() {
            return asymptote;
        }
        if detail >= Detail::Times {
            asymptote.slowest_rate = Asymptote::slowest_of(times);
        }
        if detail < Detail::Plateaus {
            return asymptote;
        }
        match blocks.decaying() {
            Ok(decaying) => {
                asymptote.slow_down(&decaying);
                if detail >= Detail::Spectrum {
                    asymptote.rates = Ok(spectrum(space, &decaying));
                }
                asymptote.plateaus = Ok(plateaus(space, &decaying, curve));
            }
            Err(why) => (asymptote.rates, asymptote.plateaus) = (Err(why), Err(why)),
        }
        asymptote
    }

    /// Modes that carry no energy may be slower than those that do.
    fn slow_down(&mut self, decaying: &dyn Decaying) {
        let counted = decaying.decays().iter().filter(|decay| decay.size > COUNTED);
        let Some(ln) = counted.map(|decay| decay.ln_rate).min_by(f64::total_cmp) else { return };
        let log10 = ln / std::f64::consts::LN_10;
        let slower = |known: f64| log10 < known * (1.0 + 1e-12 * known.signum()) - 1e-12;
        if self.slowest_rate.as_ref().map_or(true, |known| slower(known.log10)) {
            self.slowest_rate = Ok(SlowestRate { rate: ln.exp(), log10 });
        }
    }
}
