//! Cycles that are not shown: powers of the map of one cycle where it is linear and small enough, else one after the other.
//!
//! What the ledger holds is affine: with x_k the numbers of the state at the start of cycle k, one cycle adds R x_k, so that n of them add R sum_k x_k. The sum is
//! one of powers, and a column of R is what a cycle adds that starts in one number alone.

use std::ops::ControlFlow;

use faer::Col;

use super::super::Error;
use super::ReadyCycle;
use super::ledger::{CycleRows, ProtocolLedger};
use super::run::{FIXED_POINT_TOLERANCE, select, state_after};
use crate::evolve::{Choice, Outcome, Problem, choose};
use crate::operator::Hermitian;
use crate::protocol::{Action, Collisions, DenseCycle, Flow, Passed};
use crate::why::{CycleTrouble, Why};

impl ReadyCycle<'_> {
    /// The state at the end of cycle `to`, from that at the end of cycle `from`.
    pub(super) fn skipped(
        &self,
        rho: Hermitian,
        (from, to): (usize, usize),
        mut ledger: Option<&mut ProtocolLedger>,
    ) -> Result<Hermitian, Error> {
        if let Some(powers) = &self.powers {
            if let Some(collisions) = &self.collisions {
                if let Some(ledger) = ledger {
                    self.count_collisions(ledger, collisions, to)?;
                }
                // The powers begin right after the reset of the first cycle.
                return Ok(self.after_collisions(collisions, &powers.borrow_mut().at(to - 1)));
            }
            if let Some(dense) = &self.dense {
                if let Some(ledger) = ledger {
                    self.count_cycles(ledger, dense, to)?;
                }
                return Ok(dense.extend(&powers.borrow_mut().at(to)));
            }
        }
        let wholes = self.dense.as_ref().map(|dense| self.wholes(dense));
        (from..to).try_fold(rho, |rho, cycle| match &mut ledger {
            Some(ledger) => (0..self.strokes.len())
                .try_fold(rho, |rho, index| self.counted(ledger, index, &rho, cycle + 1)),
            None => self.unseen(rho, cycle + 1, wholes.as_deref()),
        })
    }

    /// What the ledger holds after so many cycles of matrices.
    fn count_cycles(&self, ledger: &mut ProtocolLedger, dense: &DenseCycle, to: usize) -> Result<(), Error> {
        let Some(powers) = &self.powers else { return Ok(()) };
        if ledger.cycle.is_none() {
            let nothing = vec![0.0; ledger.opening().len()];
            let mut columns = Vec::with_capacity(dense.size());
            for k in 0..dense.size() {
                let one: Vec<f64> = (0..dense.size()).map(|l| if k == l { 1.0 } else { 0.0 }).collect();
                ledger.hold(&nothing);
                let through = |rho: Hermitian, index| self.counted(ledger, index, &rho, 1);
                (0..self.strokes.len()).try_fold(dense.extend(&one), through)?;
                columns.push(ledger.held());
            }
            ledger.cycle = Some(CycleRows::new(&columns));
        }
        let mut powers = powers.borrow_mut();
        let (sum, last) = (powers.sum(to), powers.at(to - 1));
        let held = ledger.cycle.as_ref().map(|rows| rows.after(ledger.opening(), &sum, &last));
        ledger.hold(&held.unwrap_or_default());
        Ok(())
    }

    /// The same where one part alone is carried, from one reset to the next.
    fn count_collisions(
        &self,
        ledger: &mut ProtocolLedger,
        collisions: &Collisions,
        to: usize,
    ) -> Result<(), Error> {
        let Some(powers) = &self.powers else { return Ok(()) };
        if ledger.cycle.is_none() {
            let nothing = vec![0.0; ledger.opening().len()];
            let mut columns = Vec::with_capacity(collisions.size());
            for k in 0..collisions.size() {
                let one: Vec<f64> = (0..collisions.size()).map(|l| if k == l { 1.0 } else { 0.0 }).collect();
                ledger.hold(&nothing);
                collisions.walk(&one, true, &mut |passed| passed.into_ledger(ledger));
                columns.push(ledger.held());
            }
            ledger.cycle = Some(CycleRows::new(&columns));
        }
        // To right after the reset of the first cycle, from there to that of the last one, and on to its end.
        let opening = ledger.opening().to_vec();
        ledger.hold(&opening);
        let through = |rho: Hermitian, index| self.counted(ledger, index, &rho, 1);
        (0..=collisions.reset).try_fold(self.rho0.clone(), through)?;
        let mut powers = powers.borrow_mut();
        if to > 1 {
            let (sum, last) = (powers.sum(to - 1), powers.at(to - 2));
            let held = ledger.cycle.as_ref().map(|rows| rows.after(&ledger.held(), &sum, &last));
            ledger.hold(&held.unwrap_or_default());
        }
        collisions.walk(&powers.at(to - 1), false, &mut |passed| passed.into_ledger(ledger));
        Ok(())
    }

    /// The state after one stage of a cycle, with its flows in the ledger and nothing written.
    fn counted(
        &self,
        ledger: &mut ProtocolLedger,
        index: usize,
        rho: &Hermitian,
        cycle: usize,
    ) -> Result<Hermitian, Error> {
        let stroke = &self.strokes[index];
        ledger.begin(index, rho);
        let Flow { generator, .. } = match &stroke.action {
            Action::Flow(flow) => &**flow,
            Action::Instant(instant) => {
                let mut after = instant.apply(rho, &self.setting);
                if stroke.selects() {
                    select(&mut after, index + 1, cycle)?;
                }
                ledger.count_map(index, &after);
                return Ok(after);
            }
        };
        let dense = self.dense.as_ref().and_then(|dense| Some((dense, dense.stroke(index)?)));
        let end = match dense {
            Some((dense, matrices)) => {
                let mut x = Col::from_iter(dense.restrict(rho));
                for _ in 0..stroke.points {
                    ledger.step(index, &x);
                    x = &matrices.step * x;
                }
                dense.extend(x.iter())
            }
            None => {
                let times = [stroke.duration];
                let Choice { method, .. } = choose(generator, &times, FIXED_POINT_TOLERANCE);
                let flows = ledger.flows(index).to_vec();
                let problem = Problem { flows: &flows, ..Problem::new(generator, rho, &times) };
                let mut end = rho.clone();
                let outcome = method.run(&problem, &mut |at| {
                    end.s_mut().copy_from_slice(&at.state.density());
                    ledger.integrated(at.integrals);
                    ControlFlow::Continue(())
                });
                match outcome {
                    Ok(Outcome::Converged) => end,
                    _ => return Err(Why::from(CycleTrouble::Integration).into()),
                }
            }
        };
        ledger.count(index, stroke.duration, &end);
        ledger.end(index);
        Ok(match &stroke.action {
            Action::Flow(flow) => flow.to_common(end),
            Action::Instant(_) => end,
        })
    }

    /// One cycle, nothing recorded.
    fn unseen(
        &self,
        mut rho: Hermitian,
        cycle: usize,
        wholes: Option<&[Option<faer::Mat<f64>>]>,
    ) -> Result<Hermitian, Error> {
        for (index, stroke) in self.strokes.iter().enumerate() {
            let whole = wholes.and_then(|wholes| wholes[index].as_ref());
            rho = match (&stroke.action, whole, &self.dense) {
                (Action::Flow(_), Some(whole), Some(dense)) => {
                    dense.extend((whole * Col::from_iter(dense.restrict(&rho))).iter())
                }
                (Action::Flow(_), ..) => state_after(stroke, &rho, &self.setting)?,
                (Action::Instant(instant), ..) => {
                    let mut after = instant.apply(&rho, &self.setting);
                    if stroke.selects() {
                        select(&mut after, index + 1, cycle)?;
                    }
                    after
                }
            };
        }
        Ok(rho)
    }

    /// The state at the end of a cycle, from the numbers right after its reset.
    pub(super) fn after_collisions(&self, collisions: &Collisions, x: &[f64]) -> Hermitian {
        let after = collisions.reset + 1;
        (after..self.strokes.len()).fold(collisions.extend(x), |rho, index| {
            match &self.strokes[index].action {
                Action::Instant(instant) => instant.apply(&rho, &self.setting),
                Action::Flow(_) => collisions.after(index, 1.0, &rho).map_or(rho, |[after, _]| after),
            }
        })
    }
}

impl Passed<'_> {
    fn into_ledger(self, ledger: &mut ProtocolLedger) {
        match self {
            Passed::Begun { index, rho } => ledger.begin(index, rho),
            Passed::Flowed { index, duration, rho, integral } => {
                ledger.integrated_state(index, integral);
                ledger.count(index, duration, rho);
                ledger.end(index);
            }
            Passed::Mapped { index, rho } => {
                ledger.count_map(index, rho);
            }
        }
    }
}
