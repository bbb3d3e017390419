//! Which method treats a system: the exact one that applies, else a general one.

use super::super::cutoff::Cutoffs;
use super::super::{Error, Request, guard_applications, guard_time};
use crate::evolve::{BY_NAME, Candidate, Choice, NotApplicable};
use crate::exact::NumberSectors;
use crate::lindblad::Generator;
use crate::method::Method;
use crate::model::{Cell, ChargerBattery, ChargerKind, CouplingForm, Cutoff};
use crate::space::InitialState;

/// The way of a system through the corridor.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Route {
    RabiBlocks,
    Gaussian,
    NumberSectors,
    Moments { reason: String },
    NumberBlocks,
    Hierarchy,
    General,
}

impl ChargerBattery {
    /// The route that `request` names or else the first that applies.
    pub(super) fn route(&self, request: &Request) -> Result<Route, Error> {
        let Some(method) = request.method else { return Ok(self.automatic(request)) };
        if let Some(lacking) = method.info().lacking {
            return Err(NotApplicable { method, because: lacking.into() }.into());
        }
        Ok(match method {
            Method::RabiBlocks => {
                self.rabi_blocks_apply()?;
                self.rabi_cutoff_suffices(request.tolerance).map(|()| Route::RabiBlocks)?
            }
            Method::Gaussian => self.gaussian_applies().map(|()| Route::Gaussian)?,
            Method::NumberSectors => self.number_sectors_apply().map(|()| Route::NumberSectors)?,
            Method::NumberBlocks => self.number_blocks_apply().map(|()| Route::NumberBlocks)?,
            Method::Moments => self.moments_apply().map(|()| Route::Moments { reason: BY_NAME.into() })?,
            Method::Hierarchy => self.hierarchy_applies().map(|()| Route::Hierarchy)?,
            _ if self.memory().is_some() => Route::Hierarchy,
            _ => Route::General,
        })
    }

    /// The exact methods with why they do not apply, but the one that is taken.
    pub(super) fn exact_candidates(&self, taken: Method) -> Vec<Candidate> {
        let all = [
            (Method::RabiBlocks, self.rabi_blocks_apply()),
            (Method::Gaussian, self.gaussian_applies()),
            (Method::NumberSectors, self.number_sectors_apply()),
            (Method::NumberBlocks, self.number_blocks_apply()),
            (Method::Moments, self.moments_apply()),
            (Method::Hierarchy, self.hierarchy_applies()),
        ];
        let refused = all.into_iter().filter(|(method, _)| *method != taken);
        let refused = refused.filter_map(|(method, applies)| Some((method, applies.err()?.because)));
        refused.map(|(method, because)| Candidate { method, cost: Err(because) }).collect()
    }

    fn automatic(&self, request: &Request) -> Route {
        if self.memory().is_some() {
            Route::Hierarchy
        } else if self.rabi_blocks_apply().is_ok() && self.rabi_cutoff_suffices(request.tolerance).is_ok() {
            Route::RabiBlocks
        } else if self.gaussian_applies().is_ok() {
            Route::Gaussian
        } else if self.number_sectors_apply().is_ok() {
            Route::NumberSectors
        } else if self.number_blocks_apply().is_ok() {
            Route::NumberBlocks
        } else if self.moments_apply().is_ok()
            && !self.by_kets(request)
            && let Some(why) = self.general_would_refuse(request)
        {
            Route::Moments { reason: moments_reason(&why) }
        } else {
            Route::General
        }
    }

    /// Whether a cutoff that was given holds what Rabi blocks reach: cut off, their vectors are no basis.
    ///
    /// # Errors
    /// [`NotApplicable`] where it does not.
    fn rabi_cutoff_suffices(&self, tolerance: f64) -> Result<(), NotApplicable> {
        let Cell::Oscillator(Cutoff::Levels(levels)) = self.battery.cell else { return Ok(()) };
        let mut open = self.clone();
        open.battery.cell = Cell::Oscillator(Cutoff::Auto);
        if levels >= open.rabi_levels().battery {
            return Ok(());
        }
        let top = self.rabi_blocks(self.rabi_levels()).map_or(1.0, |(blocks, _)| blocks.top_weight());
        let because = || {
            format!(
                "{levels} levels of the battery cut off {top:.1e} of what the blocks reach; raise `cutoff`"
            )
        };
        match top <= tolerance {
            true => Ok(()),
            false => Err(NotApplicable { method: Method::RabiBlocks, because: because() }),
        }
    }

    /// Whether two oscillators stay in Gaussian states, and none is cut.
    ///
    /// # Errors
    /// [`NotApplicable`] with the first condition that fails.
    pub(crate) fn gaussian_applies(&self) -> Result<(), NotApplicable> {
        self.stays_gaussian()?;
        let cut = !(self.grows_charger() && self.grows_battery());
        NotApplicable::first_of(
            Method::Gaussian,
            &[(cut, "an oscillator is cut; leave its `cutoff` \"auto\"")],
        )
    }

    /// Whether two oscillators stay in Gaussian states as long as they are not cut.
    ///
    /// # Errors
    /// [`NotApplicable`] with the first condition that fails.
    pub(super) fn stays_gaussian(&self) -> Result<(), NotApplicable> {
        let noise = [&self.charger.noise, &self.battery.noise];
        let starts = [&self.initial.charger, &self.initial.battery];
        let reasons = [
            (!self.two_oscillators(), "charger and battery are not both oscillators"),
            (noise.iter().any(|noise| noise.dephasing > 0.0), "an oscillator dephases"),
            (noise.iter().any(|noise| noise.pumping > 0.0), "an oscillator is pumped"),
            (
                !starts.iter().all(|start| start.is_gaussian()),
                "an oscillator starts in a state that is not Gaussian",
            ),
        ];
        NotApplicable::first_of(Method::Gaussian, &reasons)
    }

    /// Whether two oscillators fall into number sectors.
    ///
    /// # Errors
    /// [`NotApplicable`] with the first condition that fails.
    pub(crate) fn number_sectors_apply(&self) -> Result<(), NotApplicable> {
        let noise = self.charger.noise.exchanges() || self.battery.noise.any();
        let detuned = self.charger_detuning() != 0.0 || self.battery_detuning() != 0.0;
        let coupling = self.coupling.strengths[0];
        let levels = NumberSectors::levels_for(coupling, self.amplitude(), &self.initial.battery);
        let reasons = [
            (!self.two_oscillators(), "charger and battery are not both oscillators"),
            (!self.exchanges(), DIPOLE),
            (self.memory().is_some(), MEMORY),
            (coupling == 0.0, "charger and battery are not coupled"),
            (noise, "there is noise other than dephasing of the charger"),
            (detuned, "charger, battery and drive are not all on resonance"),
            (self.initial.charger != InitialState::Ground, "the charger does not start in its ground state"),
            (levels > MOST_SECTOR_LEVELS, "its states hold too many excitations"),
        ];
        NotApplicable::first_of(Method::NumberSectors, &reasons)
    }

    /// Whether moments of two oscillators close.
    ///
    /// # Errors
    /// [`NotApplicable`] with the first condition that fails.
    pub(crate) fn moments_apply(&self) -> Result<(), NotApplicable> {
        let pumped = self.charger.noise.pumping > 0.0 || self.battery.noise.pumping > 0.0;
        let reasons = [
            (!self.two_oscillators(), "charger and battery are not both oscillators"),
            (!self.exchanges(), DIPOLE),
            (pumped, "an oscillator is pumped"),
        ];
        NotApplicable::first_of(Method::Moments, &reasons)
    }

    pub(super) fn exchanges(&self) -> bool {
        self.coupling.form == CouplingForm::Exchange
    }

    pub(super) fn two_oscillators(&self) -> bool {
        self.charger.kind != ChargerKind::Qubit
            && matches!(self.battery.cell, Cell::Oscillator(_))
            && self.cells() == 1
    }

    /// Why no general method would run, if so: judged at the levels that the energies will need.
    fn general_would_refuse(&self, request: &Request) -> Option<String> {
        let mut levels = self.first_levels();
        if let Some(levels) = self.closed_cut() {
            let refused = self.guarded_system(levels, request).map(|(_, generator)| generator);
            let refused = refused.and_then(|generator| {
                let choice = Choice::asked(request.method, &generator, &request.times, request.tolerance)?;
                guard_time(&choice, &generator, LONGEST_FOR_STATES)
            });
            return refused.err().filter(Error::is_too_much).map(|error| error.to_string());
        }
        let reached = self.levels_reached(&request.times).ok()?;
        if self.grows_charger() {
            levels.charger = levels.charger.max(reached);
        }
        if self.grows_battery() {
            levels.battery = levels.battery.max(reached);
        }
        let cutoffs = &mut Cutoffs::new(self, levels, request.tolerance);
        let refused = self.guard_general(levels, request).err().or_else(|| {
            let lindbladian = match self.stateless(levels) {
                Ok(lindbladian) => lindbladian,
                // The cutoff grows further, or the state does not exist.
                Err(error) => return cutoffs.widen(error).err().map(Error::from),
            };
            // Only steps that are counted are made on so many levels, and a generator there holds n^2 numbers.
            if lindbladian.dim() > MANY_LEVELS {
                let (norm_bound, times) = (lindbladian.norm_bound(), &request.times);
                let levels = lindbladian.dim();
                return guard_applications(norm_bound, levels, levels * levels, times, LONGEST_FOR_STATES)
                    .err();
            }
            let generator = Generator::new(&lindbladian);
            match Choice::asked(request.method, &generator, &request.times, request.tolerance) {
                Ok(choice) => guard_time(&choice, &generator, LONGEST_FOR_STATES).err(),
                Err(error) => Some(error.into()),
            }
        });
        refused.filter(Error::is_too_much).map(|error| error.to_string())
    }
}

/// Why energies alone are computed.
pub(super) fn moments_reason(why: &str) -> String {
    format!("moments of two oscillators close without a cutoff, and states are out of reach: {why}")
}

/// Levels beyond which neither propagators nor rational steps apply.
const MANY_LEVELS: usize = 250;
/// Hours that states of two oscillators may take before their energies alone are preferred.
pub(in crate::charge) const LONGEST_FOR_STATES: f64 = 0.05;
/// Why no exact method applies where the charger is not coupled by an exchange.
pub(super) const DIPOLE: &str = "the dipole coupling keeps counter-rotating terms";
/// Why no exact method for white noise applies.
pub(super) const MEMORY: &str = "the dephasing of the charger has memory";
/// Levels of the battery up to which number sectors are followed: each time costs a matrix of this size.
const MOST_SECTOR_LEVELS: usize = 1000;
