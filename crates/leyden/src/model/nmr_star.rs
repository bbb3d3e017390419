//! One battery spin among N charger spins: H = J (S_x I_x + S_y I_y), I = sum_k I_k, spin-1/2 operators, J in rad/s.
//!
//! Chargers start excited with probability q each: all total spins j = N/2, N/2 - 1, ... with their multiplicities. Each spin
//! relaxes to its equilibrium b with T1: rates (1 - b)/T1 down and b/T1 up; T2 <= 2 T1 (2 T1 where nothing else is said).

use super::charger_battery::{ChargerBattery, NoiseRates};
use super::parts::{Letter, Part, PartKind, Parts, Terms, jump_of};
use crate::space::InitialState;

/// Relaxation of one species.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpinRelaxation {
    /// T1; infinite for no relaxation.
    pub t1: f64,
    /// T2 <= 2 T1.
    pub t2: f64,
    /// Excited population of the equilibrium.
    pub equilibrium: f64,
}

/// Whether correlations between spins are kept from one `evolve` to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Correlations {
    /// Spins enter every `evolve` as a product with the populations that they have; no relaxation during `evolve`.
    #[default]
    Dropped,
    /// The joint state of all spins is carried, with relaxation at all times.
    Kept,
}

/// The star.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NmrStar {
    /// N.
    pub chargers: usize,
    /// J.
    pub coupling: f64,
    /// Energy of the battery's excited state.
    pub frequency: f64,
    /// q at t = 0.
    pub charger_excitation: f64,
    /// p at t = 0.
    pub battery_excitation: f64,
    /// Relaxation of every charger.
    pub charger: SpinRelaxation,
    /// Relaxation of the battery.
    pub battery: SpinRelaxation,
    /// What is carried from stage to stage.
    pub correlations: Correlations,
}

messages! {
    /// Why a star cannot be written down or run.
    #[derive(Clone, Debug, PartialEq)]
    pub enum NmrStarError {
        Chargers = "`chargers` must be at least 1, but is 0";
        Coupling { coupling: f64 } = "`coupling` must be finite and not 0, but is {coupling}";
        Frequency { frequency: f64 } = "`frequency` must be finite, but is {frequency}";
        Population { field: &'static str, population: f64 } =
            "`{field}` must be between 0 and 1, but is {population}";
        NotPositive { field: &'static str, time: f64 } = "`{field}` must be positive, but is {time}";
        TooCoherent { field: &'static str, limit: f64, time: f64 } =
            "`{field}` must be at most 2 T1 = {limit}, but is {time}";
        PhaseLost { time: f64, limit: f64 } =
            "times must be at most {limit:.1e}, but one is {time:.1e}: the phases J t keep fewer digits there than the tolerance asks for";
        RelaxationWithoutWait { field: &'static str, time: f64 } =
            "`{field}` = {time} does not act during an evolution; add stages that wait, or keep the correlations";
        NoBath { field: &'static str, equilibrium: f64 } =
            "`{field}` must be below 1/2 where correlations are kept, but is {equilibrium}: an equilibrium of 1/2 or more has no thermal bath; drop the correlations";
    }
}

impl NmrStarError {
    /// The field that is wrong.
    pub fn field(&self) -> &'static str {
        match self {
            NmrStarError::Chargers => "chargers",
            NmrStarError::PhaseLost { .. } => "times",
            NmrStarError::Coupling { .. } => "coupling",
            NmrStarError::Frequency { .. } => "frequency",
            NmrStarError::Population { field, .. }
            | NmrStarError::NotPositive { field, .. }
            | NmrStarError::TooCoherent { field, .. }
            | NmrStarError::NoBath { field, .. }
            | NmrStarError::RelaxationWithoutWait { field, .. } => field,
        }
    }
}

impl SpinRelaxation {
    /// The channels: relaxation (1 - 2b)/T1 at occupation b/(1 - 2b), that is (1 - b)/T1 down and b/T1 up, which takes coherence
    /// at 1/(2 T1); dephasing `D[n]` at 2/T2 - 1/T1 for the rest of 1/T2.
    fn noise(&self, field: &'static str) -> Result<NoiseRates, NmrStarError> {
        let (rate, equilibrium) = (1.0 / self.t1, self.equilibrium);
        // T2 = 2 T1 up to rounding.
        let dephasing = 2.0 / self.t2 - rate;
        let dephasing = if dephasing > 1e-12 * rate { dephasing } else { 0.0 };
        if rate == 0.0 {
            return Ok(NoiseRates { dephasing, ..NoiseRates::default() });
        }
        if equilibrium >= 0.5 {
            return Err(NmrStarError::NoBath { field, equilibrium });
        }
        let cold = 1.0 - 2.0 * equilibrium;
        let (relaxation, thermal_occupation) = (cold * rate, equilibrium / cold);
        Ok(NoiseRates { dephasing, relaxation, thermal_occupation, ..NoiseRates::default() })
    }
}

impl NmrStar {
    /// The star as a system of parts, `battery` and `chargers`, in the frame that rotates with all of them, correlations kept; `None` where spins
    /// start with more than half of them excited but not all, or have no bath.
    pub fn as_parts(&self) -> Option<Parts> {
        let state = |excited: f64| match excited {
            0.0 => Some(InitialState::Ground),
            1.0 => Some(InitialState::Excited),
            // The mean number of excitations of one qubit.
            q if q <= 0.5 => Some(InitialState::Thermal(q)),
            _ => None,
        };
        let spin = |name: &str, count: usize, excited: f64| {
            Some(Part::new(name, PartKind::Qubit, count).starting_in(state(excited)?))
        };
        let parts = vec![
            spin("battery", 1, self.battery_excitation)?,
            spin("chargers", self.chargers, self.charger_excitation)?,
        ];
        let energy = Letter::Number.on(0) * self.frequency;
        let flip =
            |k: usize| Letter::Raise.on(0) * Letter::Lower.on(k) + Letter::Lower.on(0) * Letter::Raise.on(k);
        let exchange = (1..=self.chargers).map(|k| flip(k) * (0.5 * self.coupling)).sum::<Terms>();
        let mut star = Parts::new(parts, energy.clone(), exchange - energy);
        let battery = self.battery.noise("battery.equilibrium").ok()?;
        let letter = |noise| jump_of(noise, PartKind::Qubit);
        for (noise, rate) in battery.jumps() {
            star = star.with_channel(rate, letter(noise).on(0));
        }
        let chargers = self.charger.noise("charger.equilibrium").ok()?;
        for (noise, rate) in chargers.jumps() {
            star = star.with_channel_of_each(rate, (1..=self.chargers).map(|site| letter(noise).on(site)));
        }
        Some(star)
    }

    /// The star as a charger-battery system with exchanged roles: its battery is the charger, its chargers are N equal cells,
    /// H = (J/2)(S^+ I^- + S^- I^+) in the frame that rotates with all of them. Initial states are left empty.
    ///
    /// # Errors
    /// [`NmrStarError::NoBath`].
    pub(crate) fn as_charger_battery(&self) -> Result<ChargerBattery, NmrStarError> {
        // A frequency that all spins share drops out of the equations, and counts in the ledger.
        let mut star = ChargerBattery::star(self.chargers);
        star.charger.frequency = self.frequency;
        star.battery.frequencies = vec![self.frequency; self.chargers];
        star.charger.noise = self.battery.noise("battery.equilibrium")?;
        star.battery.noise = self.charger.noise("charger.equilibrium")?;
        star.coupling.strengths = vec![0.5 * self.coupling; self.chargers];
        Ok(star)
    }

    /// Whether the star can be written down.
    ///
    /// # Errors
    /// [`NmrStarError`] with the first field that is wrong.
    pub fn validate(&self) -> Result<(), NmrStarError> {
        if self.chargers == 0 {
            return Err(NmrStarError::Chargers);
        }
        if !(self.coupling.is_finite() && self.coupling != 0.0) {
            return Err(NmrStarError::Coupling { coupling: self.coupling });
        }
        if !self.frequency.is_finite() {
            return Err(NmrStarError::Frequency { frequency: self.frequency });
        }
        let populations = [
            ("charger_excitation", self.charger_excitation),
            ("battery_excitation", self.battery_excitation),
            ("charger.equilibrium", self.charger.equilibrium),
            ("battery.equilibrium", self.battery.equilibrium),
        ];
        if let Some(&(field, population)) = populations.iter().find(|(_, x)| !(0.0..=1.0).contains(x)) {
            return Err(NmrStarError::Population { field, population });
        }
        for times in self.relaxation_times() {
            if let Some((field, time)) = times.into_iter().find(|(_, time)| !(*time > 0.0)) {
                return Err(NmrStarError::NotPositive { field, time });
            }
            let [(_, t1), (field, time)] = times;
            let limit = 2.0 * t1;
            // Both may come from rates.
            if time > limit * (1.0 + 1e-12) {
                return Err(NmrStarError::TooCoherent { field, limit, time });
            }
        }
        Ok(())
    }

    /// Whether nothing relaxes.
    ///
    /// # Errors
    /// [`NmrStarError::RelaxationWithoutWait`] with the first finite T1 or T2.
    pub(crate) fn require_no_relaxation(&self) -> Result<(), NmrStarError> {
        match self.relaxation_times().into_iter().flatten().find(|(_, time)| time.is_finite()) {
            Some((field, time)) => Err(NmrStarError::RelaxationWithoutWait { field, time }),
            None => Ok(()),
        }
    }

    /// T1 and T2 of chargers and battery with their fields.
    fn relaxation_times(&self) -> [[(&'static str, f64); 2]; 2] {
        [
            [("charger.t1", self.charger.t1), ("charger.t2", self.charger.t2)],
            [("battery.t1", self.battery.t1), ("battery.t2", self.battery.t2)],
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_keys_and_cures() {
        let free = SpinRelaxation { t1: f64::INFINITY, t2: f64::INFINITY, equilibrium: 0.0 };
        let star = NmrStar {
            chargers: 36,
            coupling: 1.0,
            frequency: 1.0,
            charger_excitation: 1.0,
            battery_excitation: 0.0,
            charger: free,
            battery: free,
            correlations: Correlations::Dropped,
        };
        assert_eq!(star.validate(), Ok(()));
        let message = |change: &dyn Fn(&mut NmrStar)| {
            let mut star = star;
            change(&mut star);
            star.validate().unwrap_err().to_string()
        };
        assert_eq!(message(&|s| s.chargers = 0), "`chargers` must be at least 1, but is 0");
        assert_eq!(message(&|s| s.coupling = 0.0), "`coupling` must be finite and not 0, but is 0");
        assert_eq!(message(&|s| s.frequency = f64::INFINITY), "`frequency` must be finite, but is inf");
        assert_eq!(
            message(&|s| s.charger_excitation = 1.1),
            "`charger_excitation` must be between 0 and 1, but is 1.1"
        );
        assert_eq!(
            message(&|s| s.battery.equilibrium = f64::NAN),
            "`battery.equilibrium` must be between 0 and 1, but is NaN"
        );
        assert_eq!(message(&|s| s.charger.t1 = 0.0), "`charger.t1` must be positive, but is 0");
        assert_eq!(
            message(&|s| (s.battery.t1, s.battery.t2) = (2.0, 5.0)),
            "`battery.t2` must be at most 2 T1 = 4, but is 5"
        );
        let mut slow = star;
        slow.charger.t1 = 3.3;
        assert_eq!(
            slow.require_no_relaxation().unwrap_err().to_string(),
            "`charger.t1` = 3.3 does not act during an evolution; add stages that wait, or keep the correlations"
        );
        assert_eq!(star.require_no_relaxation(), Ok(()));
    }
}
