//! Parallel charging: N separate pairs of one cell and one cavity, beside all cells in one cavity.
//!
//! Every pair has the coupling, the detuning and the times of the whole, the coupling before any scaling with N, and a start of the same kind with
//! 1/N of the mean photon number: n/N photons, amplitude alpha/sqrt(N), sinh^2 r' = sinh^2(r)/N, nbar/N. With P_1 the largest average
//! power of a pair, the collective advantage of a whole that reaches P is Gamma = P/(N P_1). One photon each: P_1 = g omega max_t sin^2(t)/t =
//! 0.7246 g omega, and Gamma -> 0.8040 sqrt(N); coherent states of amplitude 1: P_1 = 0.5257 g omega, and Gamma -> 1.1082 sqrt(N). The two
//! differ by the weak coherent state of a pair alone.
//!
//! Source: @ferraro2018.

use crate::asymptote::Detail;
use crate::charge::{Charging, Parallel, Request};
use crate::merit::MaximumPower;
use crate::model::{ChargerBattery, ChargerKind, Cutoff, Initial, Levels};
use crate::space::InitialState;
use crate::why::NoParallel;
use crate::{Known, Why};

impl ChargerBattery {
    /// The largest average power on [0, end] of N separate pairs of one cell and one cavity together.
    ///
    /// # Errors
    /// Where this is no lossless cavity that charges equal cells, or its start cannot be dealt out to N of them.
    pub fn parallel_power(&self, end: f64) -> Known<MaximumPower> {
        let cells = self.cells() as f64;
        let best = self.pair()?.number_power(end)?;
        match best.value > 0.0 {
            true => Ok(MaximumPower { value: cells * best.value, ..best }),
            false => Err(NoParallel::Power.into()),
        }
    }

    /// Parallel charging beside a run of the whole.
    pub(super) fn parallel(&self, whole: &Charging, request: &Request) -> Known<Parallel> {
        if request.detail < Detail::Limit {
            return Err(Why::NotAsked);
        }
        if !(request.end() > 0.0) {
            return Err(Why::NoTimes);
        }
        let power = self.parallel_power(request.end())?;
        Ok(Parallel { power, advantage: whole.maximum_power?.value / power.value })
    }

    /// One of the pairs.
    fn pair(&self) -> Known<ChargerBattery> {
        let cells = self.cells();
        let share = cells as f64;
        let mut whole = self.clone();
        if let ChargerKind::Oscillator(_) = whole.charger.kind {
            whole.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
        }
        whole.number_blocks_apply().map_err(|_| NoParallel::NoCavity)?;
        let charger = match self.initial.charger.clone() {
            InitialState::Superposition(_) if cells > 1 => return Err(NoParallel::Superposition.into()),
            InitialState::Fock(n) if n % cells != 0 => {
                return Err(NoParallel::Photons { photons: n, cells }.into());
            }
            InitialState::Fock(n) => InitialState::Fock(n / cells),
            InitialState::Coherent(alpha) => InitialState::Coherent(alpha / share.sqrt()),
            InitialState::Squeezed(r) => InitialState::Squeezed((r.sinh() / share.sqrt()).asinh()),
            InitialState::Thermal(mean) => InitialState::Thermal(mean / share),
            state => state,
        };
        let full = self.battery_dim(Levels { charger: 1, battery: 1 }) - 1.0;
        let battery = match self.initial.battery.clone() {
            InitialState::Fock(0) => InitialState::Ground,
            InitialState::Fock(n) if n as f64 == full => InitialState::Excited,
            InitialState::Fock(_) | InitialState::Superposition(_) if cells > 1 => {
                return Err(NoParallel::Excitations.into());
            }
            state => state,
        };
        whole.battery.frequencies.truncate(1);
        whole.coupling.strengths.truncate(1);
        whole.coupling.strengths[0] /= whole.coupling.scaling;
        whole.coupling.scaling = 1.0;
        whole.initial = Initial { charger, battery };
        Ok(whole)
    }
}
