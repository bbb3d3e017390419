//! Charging by engines once more, by a method for any master equation on the product space.
//!
//! Effective: jumps S^- and S^+ at Gamma_e and x Gamma_e on the ladder. Full: engines (x) ladder, in the frame that turns at omega_0 on
//! signals and cells, H = delta n + i (g/sqrt N) [A_+ S^- - A_- S^+], baths on every engine.

use std::ops::ControlFlow;

use num_complex::Complex64;

use super::super::{Charging, Recorder, Request, Verification};
use crate::asymptote::{Detail, LongTimes, settle};
use crate::evolve::{NotApplicable, choose};
use crate::lindblad::{Channel, Generator, LindbladError, Lindbladian};
use crate::merit::{BatteryState, ChargingTime};
use crate::model::{EngineBattery, EngineModel, EngineRates, EngineStart, Engines, HeatEngine, JointSystem};
use crate::operator::{Hermitian, Operator};
use crate::space::BatterySpace;
use crate::why::{EngineTrouble, TooLarge};
use crate::{Known, Why};

/// Why there is no second method.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotVerified {
    #[error("the master equation is integrated up to {most} cells")]
    Cells { most: usize },
    #[error("{states} stationary states to rounding")]
    Stationary { states: usize },
    #[error(transparent)]
    Generator(#[from] LindbladError),
    #[error(transparent)]
    Method(#[from] NotApplicable),
    #[error(transparent)]
    Unknown(#[from] Why),
}

/// Cells of an effective ladder up to which its master equation is integrated.
const MOST_LADDER: usize = 60;
/// Cells and engines of the full model up to which their product space is.
const MOST_PRODUCT: usize = 2;
/// Cells and engines of the full model up to which all modes of their product space are computed.
const MOST_MODES: usize = 1;

impl EngineBattery {
    /// Differences to a run on the product space.
    ///
    /// # Errors
    /// A sentence where there is no second method.
    pub(super) fn verification(
        &self,
        charging: &Charging,
        request: &Request,
    ) -> Result<Verification, NotVerified> {
        Ok(Verification::of(charging, &self.charge_product(request)?))
    }

    /// Slowest rate and charging times of the full model where its modes are few: those of one cell are those of N copies.
    ///
    /// # Errors
    /// A sentence where they are not known.
    pub(super) fn product_long_times(&self, detail: Detail) -> Known<(Known<f64>, ChargingTime)> {
        let cells = self.cells_together();
        if cells > MOST_MODES {
            return Err(TooLarge::EngineModes { most: MOST_MODES }.into());
        }
        let Ok(system) = self.product() else {
            return Err(EngineTrouble::NotLookedFor.into());
        };
        let JointSystem { lindbladian, rho0, space, .. } = &system;
        let energy = Hermitian::from_operator(&system.energy());
        let generator = Generator::new(lindbladian);
        let settled = settle(lindbladian, &generator, rho0)?;
        let found = LongTimes::of(&settled, &generator, rho0, &energy, space, detail);
        Ok((found.asymptote.slowest_rate.map(|slowest| slowest.rate), found.times?))
    }

    fn charge_product(&self, request: &Request) -> Result<Charging, NotVerified> {
        let cells = self.cells_together();
        let most = if self.model == EngineModel::Full { MOST_PRODUCT } else { MOST_LADDER };
        if cells > most {
            return Err(NotVerified::Cells { most });
        }
        let system = self.product()?;
        let JointSystem { lindbladian, rho0, space, .. } = &system;
        let flow = Hermitian::from_operator(&lindbladian.adjoint(&system.energy()));
        let start = if self.excited { self.cell_frequency() * cells as f64 } else { 0.0 };
        let generator = Generator::new(lindbladian);
        let choice = choose(&generator, &request.times, request.tolerance);
        let mut recorder = Recorder::of_states(start, request.times.len());
        let outcome = choice.method.evolve(&generator, rho0, &request.times, &mut |_, time, s| {
            let rho = Hermitian::from_s(rho0.dim(), s.to_vec());
            let reduced = [rho.trace_out_first(cells + 1)];
            recorder.record(time, &BatteryState::new(space, &reduced), rho.expect(&flow));
            ControlFlow::Continue(())
        })?;
        let outcome = recorder.outcome(outcome, request.tolerance);
        let (method, reason) = (choice.method.method(), choice.reason);
        let mut other = Charging::new(method, reason, outcome, system.levels(), self.cells, recorder);
        if self.cells > cells {
            other.series.repeat(self.cells);
        }
        Ok(other)
    }

    /// Engines (x) ladder.
    fn product(&self) -> Result<JointSystem, LindbladError> {
        let cells = self.cells_together();
        let lowering = Operator::spin_lowering(cells + 1);
        let (lindbladian, engines) = match (&self.engines, self.model) {
            (Engines::Maser(engine), EngineModel::Full) => self.full_product(engine, &lowering)?,
            _ => {
                let rate = self.gamma_e();
                let up = Channel { rate: rate * self.ln_ratio().exp(), jump: lowering.adjoint() };
                let channels = vec![Channel { rate, jump: lowering }, up];
                (Lindbladian::new(Operator::zero(cells + 1), channels)?, Hermitian::level(1, 0))
            }
        };
        let battery = Hermitian::level(cells + 1, if self.excited { cells } else { 0 });
        let (charger_levels, rho0) = (engines.dim(), engines.kron(&battery));
        let space = BatterySpace::ladder(cells, 2, self.cell_frequency());
        Ok(JointSystem { lindbladian, charger_levels, rho0, space })
    }

    /// The master equation of the full model, and the state of its engines at t = 0.
    fn full_product(
        &self,
        engine: &HeatEngine,
        lowering: &Operator,
    ) -> Result<(Lindbladian, Hermitian), LindbladError> {
        let (cells, levels) = (self.cells_together(), lowering.dim());
        let entry = |row, column| Operator::from_entries(3, [(row, column, Complex64::from(1.0))]);
        let on = |which: usize, operator: &Operator| {
            let factors =
                (0..cells).map(|j| if j == which { operator.clone() } else { Operator::identity(3) });
            let engines = factors.reduce(|a, b| a.kron(&b)).unwrap_or_else(|| Operator::identity(1));
            engines.kron(&Operator::identity(levels))
        };
        let below = Operator::identity(3_usize.pow(cells as u32)).kron(lowering);
        let EngineRates { a, b, c, d } = engine.bath_rates();
        let mut raising = Operator::zero(below.dim());
        let mut channels = Vec::new();
        for j in 0..cells {
            raising = &raising + &on(j, &entry(1, 0));
            for (rate, row, column) in [(a, 2, 0), (b, 0, 2), (c, 1, 2), (d, 2, 1)] {
                channels.push(Channel { rate, jump: on(j, &entry(row, column)) });
            }
        }
        let strength = self.coupling / (cells as f64).sqrt();
        let exchange = (&raising * &below).scaled(Complex64::new(0.0, strength)).plus_adjoint();
        let number = Operator::identity(3_usize.pow(cells as u32)).kron(&Operator::number(levels));
        let lindbladian = Lindbladian::new(&exchange + &(self.detuning() * &number), channels)?;
        let one = match self.start {
            EngineStart::Steady => Hermitian::diagonal(&engine.open_populations()),
            EngineStart::Ground => Hermitian::level(3, 0),
        };
        let engines = (1..cells).fold(one.clone(), |all, _| all.kron(&one));
        Ok((lindbladian, engines))
    }
}
