//! The ledger of an exact method, and bounds on its power.
//!
//! Exact methods carry what the battery needs; the ledger needs the charger, the coupling and the drive as well. Rabi blocks have all of it
//! (`exact::rabi::ledger`, `exact::large_star::ledger`), two oscillators have it in their moments, without a cutoff (`exact::oscillator_ledger`), and number
//! blocks by what is conserved: from K = n_C + n and `<H - omega_B K>` = Delta `<n_C>` + `<V>`
//!   E_C = omega_C (K_0 - `<n>`),   E_V = E_V(0) + Delta (`<n>` - `<n>`(0)),   E_V(0) = 2g Re(`<a>`^* `<J^->`),
//! without work or flows. Elsewhere, and for bounds, a general method runs beside the exact one, where that takes half a second at most.

use super::super::bounds::{LONGEST_HOURS_ASKED, LONGEST_HOURS_FOR_BOUNDS, of_beside as bounds_of_beside};
use super::super::ledger::{
    ACCURACY_BESIDE, Books, Flows, LONGEST_HOURS_BESIDE, at_energies, beside, of_beside,
};
use super::super::{Charging, Error, Request};
use crate::charge::Ledger;
use crate::exact::{
    LargeStar, LedgerMode, OscillatorAccounts, OscillatorLedger, RabiAccounts, RabiBlocks, mode_moments,
};
use crate::method::Method;
use crate::model::{BATTERY, CHARGER, ChargerBattery, CouplingForm, NoiseRates};
use crate::space::{InitialState, normalised};
use crate::why::{Failure, TooLarge};
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
            charging.ledger = if ledger { Err(TooLarge::Ledger.into()) } else { Err(Why::NotAsked) };
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

    /// omega_C.
    fn charger_frequency(&self) -> f64 {
        self.charger.frequency + self.charger.detuning
    }

    /// Of Rabi blocks, beside their run.
    pub(super) fn ledger_of_blocks(&self, blocks: &RabiBlocks, charging: &Charging) -> Known<Ledger> {
        let drive = self.active_drive().map_or(0.0, |drive| drive.frequency);
        let accounts = blocks.accounts(&charging.times, self.amplitude());
        let energies = std::iter::once(blocks.energy_at_start()).chain(charging.series.energy());
        // What blocks say of E_B, for quanta that are not integrated.
        let stored = blocks.stored(&charging.times);
        let start = (accounts[0].number, stored[0]);
        let of = |((found, energy), stored): ((&RabiAccounts, f64), &f64)| {
            let absorbed = match found.absorbed {
                Some(absorbed) => drive * absorbed,
                None if drive == 0.0 => 0.0,
                // The cells are resonant with the drive.
                None => drive * (found.number - start.0) + stored - start.1,
            };
            let energies =
                [self.charger_frequency() * found.number, energy, found.joint - found.drive, found.drive];
            (energies, absorbed, found.dephased)
        };
        self.dephased_books(accounts.iter().zip(energies).zip(&stored).map(of))
    }

    /// Of a large star.
    pub(super) fn ledger_of_star(&self, star: &LargeStar, charging: &Charging) -> Known<Ledger> {
        let drive = self.active_drive().map_or(0.0, |drive| drive.frequency);
        let accounts = star.accounts(&charging.times);
        let of = |(found, energy): (crate::exact::StarAccounts, f64)| {
            let energies = [self.charger_frequency() * found.number, energy, 0.0, 0.0];
            (energies, drive * found.absorbed, 0.0)
        };
        let start = std::iter::once(([0.0; 4], 0.0, 0.0));
        self.dephased_books(start.chain(accounts.into_iter().zip(charging.series.energy()).map(of)))
    }

    /// Of (energies, work, energy through the dephasing of the charger), that of t = 0 first.
    fn dephased_books(&self, at: impl Iterator<Item = ([f64; 4], f64, f64)>) -> Known<Ledger> {
        let dephases = self.charger.noise.dephasing > 0.0;
        let names: Vec<(String, bool)> = dephases.then(|| (CHARGER[0].into(), false)).into_iter().collect();
        at_energies(
            &names,
            at.map(|(energies, work, dephased)| {
                let channels = if dephases { vec![(dephased, 0.0)] } else { Vec::new() };
                (energies, Flows { work, channels })
            }),
        )
    }

    /// Of number blocks: `<n>` of the cells at t = 0 and at every time.
    pub(super) fn ledger_of_numbers(&self, numbers: &[f64], charging: &Charging) -> Known<Ledger> {
        let moments = mode_moments(&self.initial.charger).map_err(|_| Failure::Ledger)?;
        let (photons, start) = (moments[1][1].re, numbers[0]);
        // <J^-> of what is no superposition vanishes.
        let lowered = match &self.initial.battery {
            InitialState::Superposition(coefficients) => {
                let c = normalised(coefficients).map_err(|_| Failure::Ledger)?;
                let top = self.symmetric_top() as f64;
                let element = |n: usize| ((n + 1) as f64 * (top - n as f64)).sqrt();
                (0..c.len() - 1).map(|n| element(n) * c[n].conj() * c[n + 1]).sum()
            }
            _ => num_complex::Complex64::ZERO,
        };
        let coupled = 2.0 * self.coupling.strengths[0] * (moments[0][1].conj() * lowered).re;
        let energies = std::iter::once(self.cell_frequency() * start).chain(charging.series.energy());
        let of = |(n, energy): (&f64, f64)| {
            let coupling = coupled + self.charger_detuning() * (n - start);
            let charger = self.charger_frequency() * (photons + start - n);
            ([charger, energy, coupling, 0.0], Flows::default())
        };
        at_energies(&[], numbers.iter().zip(energies).map(of))
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
        let longest = match self.two_oscillators() {
            _ if request.whole_path => LONGEST_HOURS_ASKED,
            true => LONGEST_HOURS_FOR_BOUNDS,
            false => LONGEST_HOURS_BESIDE,
        };
        self.charge_within(&beside(request, ACCURACY_BESIDE), None, longest)
    }
}
