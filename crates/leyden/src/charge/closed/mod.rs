//! The corridor of a closed system: kets through time, read as the state of the battery.
//!
//! E_B = sum_k <psi_k|H_B|psi_k>, dE_B/dt = sum_k <psi_k|i[H, H_B]|psi_k>, rho_B = sum_k Tr_C |psi_k><psi_k|. Cutoffs that grow suffice where what
//! leaves them (see `model::closed`) adds up to less than the tolerance.

mod choice;
mod curve;
mod reader;

pub(super) use choice::{KetChoice, takes_kets};

use std::ops::ControlFlow;

use num_complex::Complex64;

use super::bounds::{Bounding, KetRates, rate_of_blocks};
use super::cutoff::{Cut, highest};
use super::ledger::{Expected, Reader as Account, Written};
use super::master_equation::COARSER;
use super::{Charging, Error, Recorder, Request};
use crate::Why;
use crate::asymptote::{Detail, LongTimes};
use crate::evolve::Outcome;
use crate::evolve::kets::{Blocks, KetMethod};
use crate::merit::{KetFigures, Merits};
use crate::model::{Accounts, ClosedSystem};
use crate::numerics::nan_max;
use crate::progress::Doing;
use crate::why::Undamped;
use curve::Shown;
pub(super) use curve::{At, largest_power, spacing};
use reader::Reader;

/// Times at which cuts and curves are watched at least.
const WATCHED: usize = 64;
/// Most levels on which a mixed state is compared with what H makes of it.
const COMPARED_LEVELS: usize = 300;

/// One run of kets.
pub(super) struct ClosedRun<'a> {
    pub(super) cells: usize,
    pub(super) system: &'a ClosedSystem,
    pub(super) blocks: &'a Blocks,
    pub(super) choice: &'a KetChoice,
    /// Oscillators that are cut.
    pub(super) cuts: &'a [Cut],
    /// What the ledger reads, where it is asked for.
    pub(super) accounts: Option<&'a Accounts>,
}

impl ClosedRun<'_> {
    /// The run; `Stopped` where more leaves the cuts than the tolerance. Also the largest populations of the highest levels.
    pub(super) fn charge(&self, request: &Request) -> Result<(Charging, Vec<f64>), Error> {
        let ClosedSystem { space, kets, leak, .. } = self.system;
        let grows = self.cuts.iter().any(|cut| cut.grows);
        let method = KetMethod::made(self.choice.method, self.blocks, self.choice.accuracy)?;
        let (reader, figures) = (Reader::new(self.system), self.shown_figures());
        let start = reader.energy(kets);
        let mut recorder = Recorder::of_states(start, request.times.len());
        let mut tops = vec![0.0; self.cuts.len()];
        let end = request.end();
        let breaks: Vec<f64> = self.blocks.breakpoints().filter(|t| *t > 0.0 && *t < end).collect();
        let unfolded = self.system.unfolded.as_ref();
        let seen = unfolded.map_or(space, |unfolded| &unfolded.space);
        let mut bounds = match request.bounds && !request.times.is_empty() {
            true => {
                let known = [request.times.as_slice(), &breaks].concat();
                let energy = self.system.energy();
                Some(Bounding::of_kets(
                    &self.system.lindbladian,
                    (space, seen),
                    (&known, request.whole_path),
                    &energy,
                )?)
            }
            false => None,
        };
        let mut ket_rates = bounds.as_ref().map(|_| KetRates::new(&self.system.lindbladian, kets));
        let reduce = |kets: &[Vec<Complex64>]| {
            let mut blocks = seen.empty_blocks();
            match unfolded {
                Some(unfolded) => figures.add_up(&unfolded.kets(kets), &mut blocks),
                None => figures.add_up(kets, &mut blocks),
            }
            blocks
        };
        let times = self.watched(request, &breaks);
        let mut samples: Vec<At> = Vec::with_capacity(times.len());
        let mut shown = Shown::of(&request.times, self.blocks, request.looks_between());
        let (mut leaked, mut last_leak) = (leak.start, (0.0, f64::NAN));
        let (low, high) = space.extremes();
        request.progress.begin(Doing::Evolving, end);
        let mut ledger =
            self.accounts.map(|accounts| Written::new(Account::of_kets(accounts), kets.as_slice()));
        let flows = ledger.as_mut().map_or(Vec::new(), |ledger| std::mem::take(&mut ledger.reader.flows));
        let rates = |time: f64, kets: &[Vec<Complex64>], rates: &mut [f64]| {
            rates.iter_mut().zip(&flows).for_each(|(rate, flow)| *rate = flow.at(time, kets));
        };
        let outcome = method.run_with(self.blocks, &times, (flows.len(), &rates), &mut |at| {
            let (time, kets) = (at.time, at.kets);
            if !leak.is_exact() {
                let rate = leak.rate(kets);
                if last_leak.1.is_finite() {
                    leaked += 0.5 * (rate + last_leak.1) * (time - last_leak.0);
                }
                last_leak = (time, rate);
                if grows && leaked > request.tolerance {
                    return ControlFlow::Break(());
                }
            }
            let (energy, power) = (reader.energy(kets), reader.power(time, kets));
            if breaks.contains(&time) {
                samples.push((time, energy, reader.power(time.next_down(), kets)));
            }
            samples.push((time, energy, power));
            while request.times.get(recorder.times.len()) == Some(&time) {
                let population = |joint: usize| kets.iter().map(|psi| psi[joint].norm_sqr()).sum();
                tops = highest(self.cuts, &tops, self.blocks.dim, population);
                let (merits, trace) = self.merits(&figures, kets);
                recorder.check(trace, merits.ergotropy.smallest_eigenvalue);
                recorder.balance(merits.energy - energy);
                if let Some(ledger) = &mut ledger {
                    ledger.write(time, kets, at.integrals);
                }
                if let (Some(bounds), Some(rates)) = (&mut bounds, &mut ket_rates) {
                    let (levels, moved) = (space.dim(), rates.of(time, kets));
                    let of_level = |b: usize| {
                        let rows = kets
                            .iter()
                            .zip(moved)
                            .flat_map(|(psi, rate)| psi.iter().zip(rate).skip(b).step_by(levels));
                        rows.fold((0.0, 0.0), |(p, change), (a, da)| {
                            (p + a.norm_sqr(), change + 2.0 * (a.re * da.re + a.im * da.im))
                        })
                    };
                    let populations = (0..levels).map(of_level);
                    bounds.write(time, populations, merits.fluctuation, kets);
                }
                shown.keep(recorder.times.len(), kets);
                recorder.push(time, merits, power);
            }
            request.progress.reach(time);
            ControlFlow::Continue(())
        });
        recorder.rounded(self.blocks.largest_energy() * end);
        if let KetMethod::Explicit(tolerance) = method
            && outcome == Outcome::Converged
        {
            recorder.checks.error += self.error_by_coarser_steps(tolerance, &reader, &recorder, request);
        }
        recorder.checks.error += (high - low) * leaked.min(1.0);
        let top = if leak.is_exact() { None } else { tops.iter().copied().reduce(nan_max) };
        // Where cutoffs grow, what leaves them is what counts.
        let allowed = if grows { f64::INFINITY } else { 0.0 };
        let outcome = recorder.outcome_of_cut(outcome, top, allowed, request.tolerance);
        let levels = self.system.levels();
        let mut charging = Charging::new(
            self.choice.method,
            self.choice.reason.clone(),
            outcome,
            levels,
            self.cells,
            recorder,
        );
        if let Some(ledger) = ledger {
            charging.ledger = Ok(ledger.close());
        }
        if let (Some(bounds), Some(rates)) = (&mut bounds, &mut ket_rates) {
            let on_the_way = bounds.on_the_way().to_vec();
            let mut waiting = request.times.iter().peekable();
            method.run(self.blocks, &on_the_way, &mut |at| {
                let (time, kets) = (at.time, at.kets);
                let mut rate_at = |time: f64| rate_of_blocks(kets, rates.of(time, kets), &reduce);
                let before = breaks.contains(&time).then(|| rate_at(time.next_down()));
                let (state, after) = (reduce(kets), rate_at(time));
                bounds.pass(time, state.clone(), before, after);
                while waiting.next_if_eq(&&time).is_some() {
                    bounds.arrive(&state);
                }
                ControlFlow::Continue(())
            });
        }
        charging.rate_bounds = match bounds {
            Some(bounds) => Ok(bounds.close()),
            None if request.bounds => Err(Why::NoTimes),
            None => charging.rate_bounds,
        };
        if outcome != Outcome::Stopped {
            let LongTimes { asymptote, times, .. } = self.long_times(request);
            charging.asymptote = asymptote;
            charging.asymptote.average = self.average(&method, request);
            charging.charging_time = times;
            if end > 0.0 && request.looks_between() {
                request.progress.begin(Doing::LargestPower, f64::NAN);
                charging.extrema = self.extrema(&method, &reader, &samples, &charging.series, shown, request);
            }
            if end > 0.0 && request.detail >= Detail::Limit {
                charging.maximum_power = self.largest_power(&method, &reader, start, samples);
            }
        }
        Ok((charging, tops))
    }

    /// What reads the figures that are shown, of all levels.
    fn shown_figures(&self) -> KetFigures<'_> {
        match &self.system.unfolded {
            Some(unfolded) => KetFigures::new(&unfolded.space, self.system.kets.len()),
            None => self.figures(),
        }
    }

    fn merits(&self, figures: &KetFigures<'_>, kets: &[Vec<Complex64>]) -> (Merits, f64) {
        match &self.system.unfolded {
            Some(unfolded) => figures.of(&unfolded.kets(kets)),
            None => figures.of(kets),
        }
    }

    fn figures(&self) -> KetFigures<'_> {
        KetFigures::new(&self.system.space, self.system.charger_levels * self.system.kets.len())
    }

    /// The times shown and those at which cuts and curves are watched beside them.
    fn watched(&self, request: &Request, breaks: &[f64]) -> Vec<f64> {
        let end = request.end();
        let mut times = [request.times.as_slice(), breaks].concat();
        times.sort_by(f64::total_cmp);
        times.dedup();
        let watched = request.looks_between() || !self.system.leak.is_exact();
        if end > 0.0 && watched {
            // Where no time is near.
            let near = 0.4 * end / WATCHED as f64;
            let far = |time: &f64| {
                let next = times.partition_point(|known| known < time);
                let gap = |known: Option<&f64>| known.is_none_or(|known| (known - time).abs() > near);
                gap(times.get(next)) && gap(next.checked_sub(1).and_then(|before| times.get(before)))
            };
            let more: Vec<f64> = (0..WATCHED).map(|k| end * k as f64 / WATCHED as f64).filter(far).collect();
            times.extend(more);
            times.sort_by(f64::total_cmp);
        }
        times
    }

    /// A run at a tolerance that takes half as many steps differs by 2^5 times the error, less 1.
    fn error_by_coarser_steps(
        &self,
        tolerance: f64,
        reader: &Reader,
        recorder: &Recorder,
        request: &Request,
    ) -> f64 {
        let mut largest = 0.0_f64;
        KetMethod::Explicit(COARSER * tolerance).run(self.blocks, &request.times, &mut |at| {
            let energy = recorder.series.merits[at.index].energy;
            largest = nan_max(largest, (reader.energy(at.kets) - energy).abs());
            ControlFlow::Continue(())
        });
        0.25 * largest
    }

    /// Nothing is damped: only what stands still has a limit.
    fn long_times(&self, request: &Request) -> LongTimes {
        if request.detail < Detail::Limit {
            return LongTimes::unknown(Why::NotAsked);
        }
        if !self.blocks.is_constant() {
            return LongTimes::unknown(Why::TimeDependent);
        }
        if !self.blocks.stands_still(COMPARED_LEVELS) {
            return LongTimes::unknown(Undamped::NoChannel.into());
        }
        LongTimes::standing(self.merits(&self.shown_figures(), &self.system.kets).0)
    }
}
