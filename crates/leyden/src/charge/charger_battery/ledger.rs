//! The ledger of an exact method, and bounds on its power.
//!
//! Exact methods carry what the battery needs; the ledger needs the charger, the coupling and the drive as well. Two oscillators have all of it in
//! their moments, without a cutoff (`exact::oscillator_ledger`). Else a general method runs beside the exact one, where that takes half a second at most.

use super::super::bounds::{LONGEST_HOURS_FOR_BOUNDS, of_beside as bounds_of_beside};
use super::super::ledger::{ACCURACY_BESIDE, Books, Flows, LONGEST_HOURS_BESIDE, beside, of_beside};
use super::super::{Charging, Error, Request};
use crate::charge::Ledger;
use crate::exact::{LedgerMode, OscillatorAccounts, OscillatorLedger, mode_moments};
use crate::method::Method;
use crate::model::{BATTERY, CHARGER, ChargerBattery, CouplingForm, NoiseRates};
use crate::space::InitialState;
use crate::why::{Elsewhere, Failure, TooLarge};
use crate::{Known, Why};

/// Levels beyond which its matrices alone would take more memory than the exact method.
const MOST_LEVELS: f64 = 1000.0;

impl ChargerBattery {
    /// Ledger and bounds beside a run by an exact method, where they are asked for.
    pub(super) fn add_beside(&self, charging: &mut Charging, request: &Request) {
        let ledger = request.ledger && charging.ledger == Err(Why::NotAsked);
        let bounds = request.bounds && charging.rate_bounds == Err(Why::NotAsked);
        if !(ledger || bounds) {
            return;
        }
        let oscillators =
            matches!(charging.method, Method::Gaussian | Method::Moments | Method::NumberSectors);
        let request = Request { ledger: ledger && !oscillators, bounds, ..request.clone() };
        if self.memory().is_some() {
            charging.ledger = if ledger { Err(Elsewhere::Memory.into()) } else { Err(Why::NotAsked) };
            charging.rate_bounds = if bounds { Err(TooLarge::Bounds.into()) } else { Err(Why::NotAsked) };
            return;
        }
        let beside = (request.ledger || bounds).then(|| self.run_beside(&request));
        if ledger {
            charging.ledger = match &beside {
                Some(run) if request.ledger => of_beside(run),
                _ => self.ledger_of_oscillators(&request),
            };
        }
        if bounds && let Some(run) = &beside {
            charging.rate_bounds = bounds_of_beside(run);
        }
    }

    fn ledger_of_oscillators(&self, request: &Request) -> Known<Ledger> {
        if request.times.is_empty() {
            return Err(Why::NoTimes);
        }
        let dipole = self.coupling.form == CouplingForm::Dipole;
        let mode = |frame: f64, laboratory: f64, noise: &NoiseRates, start: &InitialState| {
            let m = mode_moments(start).map_err(|_| Failure::Ledger)?;
            let up = noise.relaxation * noise.thermal_occupation + noise.pumping;
            let down = noise.relaxation * (noise.thermal_occupation + 1.0);
            let start = [m[0][1], m[0][2], m[1][1]];
            Known::Ok(LedgerMode { frame, laboratory, dephasing: noise.dephasing, down, up, start })
        };
        let (charger, battery) = (&self.charger, &self.battery);
        let omega = charger.frequency + charger.detuning;
        let drive = self.active_drive();
        let exact = OscillatorLedger {
            modes: [
                mode(self.charger_detuning(), omega, &charger.noise, &self.initial.charger)?,
                mode(self.battery_detuning(), self.cell_frequency(), &battery.noise, &self.initial.battery)?,
            ],
            coupling: self.coupling.strengths[0],
            counter_rotating: dipole,
            amplitude: drive.map_or(0.0, |drive| drive.amplitude),
            drive: drive.map_or(0.0, |drive| drive.frequency),
            turning: drive.filter(|_| dipole).map_or(0.0, |drive| drive.frequency),
        };
        let open = [
            charger.noise.dephasing > 0.0,
            charger.noise.exchanges(),
            battery.noise.dephasing > 0.0,
            battery.noise.exchanges(),
        ];
        let names = CHARGER.iter().chain(&BATTERY).zip(open).filter(|(_, open)| *open);
        let names: Vec<(String, bool)> = names.map(|(name, _)| (name.to_string(), true)).collect();
        let mut books: Option<Books> = None;
        let mut write = |accounts: OscillatorAccounts, shown: bool| {
            let OscillatorAccounts { energies, work, channels } = accounts;
            let named = names.iter().map(|(name, _)| name.clone());
            let books = books.get_or_insert_with(|| Books::open(named.collect(), &energies));
            let channels = channels.into_iter().zip(open).filter(|(_, open)| *open);
            let flows = Flows { work, channels: channels.map(|(flow, _)| flow).collect() };
            if shown {
                books.write(&energies, &flows, &names);
            }
        };
        let times: Vec<f64> = std::iter::once(0.0).chain(request.times.iter().copied()).collect();
        exact.at(&times, &mut |index, _, accounts| write(accounts, index > 0));
        books.map(Books::close).ok_or(Why::NoTimes)
    }

    fn run_beside(&self, request: &Request) -> Result<Charging, Error> {
        if request.times.is_empty() {
            return Err(Why::NoTimes.into());
        }
        if self.dim(self.first_levels()) > MOST_LEVELS {
            return Err(Why::from(TooLarge::Ledger).into());
        }
        let longest = if request.ledger { LONGEST_HOURS_BESIDE } else { LONGEST_HOURS_FOR_BOUNDS };
        self.charge_within(&beside(request, ACCURACY_BESIDE), None, longest)
    }
}
