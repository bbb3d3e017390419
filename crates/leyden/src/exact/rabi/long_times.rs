//! Long times of a system that splits into Rabi blocks: nothing here is a matter of rounding.

use super::RabiBlocks;
use crate::asymptote::{Asymptote, COUNTED, Decaying, Detail, Limit, MOST_VALUES, plateaus, spectrum};
use crate::merit::{BatteryState, ChargingTime, EnergyCurve};
use crate::operator::Hermitian;
use crate::space::BatterySpace;

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
}
