//! Long times of a system that splits into Rabi blocks: nothing here is a matter of rounding.

use super::RabiBlocks;
use crate::asymptote::{Asymptote, COUNTED, Decaying, Detail, MOST_VALUES, SlowestRate, plateaus, spectrum};
use crate::merit::{BatteryState, ChargingTime, EnergyCurve};
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
        let limit = BatteryState::new(space, &sectors);
        let rest = if space.is_oscillator() { Infinite::Rates.into() } else { Why::NotAsked };
        let found = Asymptote::of_state(&limit, detail, rest);
        let mut asymptote = Asymptote { unique: Some(false), conserved, ..found };
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

#[cfg(test)]
mod tests {
    use faer::Mat;
    use num_complex::Complex64;

    use super::*;
    use crate::exact::RabiBasis;

    /// The average is that of many states, from a charger with coherence, with and without detuning.
    #[test]
    fn averages_are_those_of_long_times() {
        let levels = 4;
        let space = BatterySpace::ladder(levels - 1, 2, 1.0);
        let charger = Mat::from_fn(2, 2, |i, j| match (i, j) {
            (0, 0) => Complex64::new(0.3, 0.0),
            (1, 1) => Complex64::new(0.7, 0.0),
            (1, 0) => Complex64::new(0.2, 0.3),
            _ => Complex64::new(0.2, -0.3),
        });
        let battery = Mat::from_fn(levels, levels, |i, j| {
            let amplitude = |k: usize| Complex64::from_polar([0.6, 0.5, 0.4, 0.48][k], 0.7 * (k * k) as f64);
            amplitude(i) * amplitude(j).conj() / 1.0004
        });
        let [charger, battery] = [&charger, &battery].map(Hermitian::from_complex);
        for (drive, detuning) in [(0.5, 0.0), (0.5, 0.8), (0.0, -0.6), (0.0, 0.0)] {
            let basis = RabiBasis::ladder(levels, drive, 0.9).unwrap();
            let blocks = RabiBlocks::new(0.0, detuning, vec![basis], &space, &charger, &battery);
            // sin^8 from end to end leaves less than 1e-9 of whatever turns.
            let count = 40_000;
            let times: Vec<f64> = (0..count).map(|k| 0.1 * k as f64).collect();
            let (mut mean, mut sum) = (Hermitian::zero(levels), 0.0);
            blocks.states(&times, &mut |k, _, states, _, _| {
                let weight = (std::f64::consts::PI * k as f64 / count as f64).sin().powi(8);
                sum += weight;
                mean.s_mut().iter_mut().zip(states[0].s()).for_each(|(x, s)| *x += weight * s);
            });
            let average = blocks.average().unwrap();
            for (x, y) in mean.s().iter().zip(average[0].s()) {
                assert!((x / sum - y).abs() < 1e-9, "{drive} {detuning}: {} {y}", x / sum);
            }
        }
    }
}
