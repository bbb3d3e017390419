//! What a study keeps of every point: one list for the store, the JSON document and the figures.

use leyden::charge::{Charging, Model};
use leyden::merit::ChargingTime;

/// What a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Multiples of the reference frequency.
    Energy,
    /// Multiples of its inverse.
    Time,
    /// Multiples of the reference frequency.
    Rate,
    /// Multiples of its square.
    Power,
    /// A pure number.
    Number,
    /// A whole number.
    Count,
    /// 0 or 1.
    Truth,
}

impl Dimension {
    /// For the `units` attribute of an array.
    pub fn units(self) -> &'static str {
        match self {
            Dimension::Energy | Dimension::Rate => "reference frequency",
            Dimension::Time => "1/(reference frequency)",
            Dimension::Power => "(reference frequency)^2",
            Dimension::Number | Dimension::Count | Dimension::Truth => "1",
        }
    }
}

/// How a quantity is taken from a result.
#[derive(Clone, Copy)]
pub(crate) enum Take {
    /// One number; NaN where it does not exist.
    One(fn(&Charging) -> f64),
    /// One number per time; `None` where it does not exist.
    OverTime(fn(&Charging) -> Option<&[f64]>),
}

/// One quantity.
#[derive(Clone, Copy)]
pub struct Quantity {
    /// Its place in the JSON document, parts joined by dots.
    pub path: &'static str,
    /// What it is.
    pub long_name: &'static str,
    /// What it is measured in.
    pub dimension: Dimension,
    pub(crate) take: Take,
}

impl Quantity {
    /// Its name in the store: the path with underscores.
    pub fn name(&self) -> String {
        self.path.replace('.', "_")
    }

    /// Whether there is one number per time.
    pub fn over_time(&self) -> bool {
        matches!(self.take, Take::OverTime(_))
    }
}

const fn one(
    path: &'static str,
    dimension: Dimension,
    long_name: &'static str,
    take: fn(&Charging) -> f64,
) -> Quantity {
    Quantity { path, long_name, dimension, take: Take::One(take) }
}

const fn series(
    path: &'static str,
    dimension: Dimension,
    long_name: &'static str,
    take: fn(&Charging) -> Option<&[f64]>,
) -> Quantity {
    Quantity { path, long_name, dimension, take: Take::OverTime(take) }
}

fn limit(charging: &Charging, read: impl Fn(&leyden::asymptote::Limit) -> Option<f64>) -> f64 {
    charging.asymptote.limit.as_ref().and_then(read).unwrap_or(f64::NAN)
}

fn time(charging: &Charging, read: impl Fn(&ChargingTime) -> Option<f64>) -> f64 {
    charging.charging_time.as_ref().ok().and_then(read).unwrap_or(f64::NAN)
}

/// The last plateau before the limit.
fn plateau(charging: &Charging, read: impl Fn(&leyden::asymptote::Plateau) -> f64) -> f64 {
    charging.asymptote.plateaus.as_ref().and_then(|plateaus| plateaus.last()).map_or(f64::NAN, read)
}

/// A number of engines.
fn engine(charging: &Charging, read: impl Fn(&leyden::charge::EngineReport) -> Option<f64>) -> f64 {
    charging.engine.as_ref().and_then(read).unwrap_or(f64::NAN)
}

/// A number of charging by engines.
fn by_engines(charging: &Charging, read: impl Fn(&leyden::charge::EngineCharging) -> Option<f64>) -> f64 {
    charging.engine_charging.as_ref().and_then(read).unwrap_or(f64::NAN)
}

/// A number of cycles.
fn cycles(charging: &Charging, read: impl Fn(&leyden::protocol::Cycles) -> Option<f64>) -> f64 {
    charging.cycles.as_ref().and_then(read).unwrap_or(f64::NAN)
}

fn truth(value: Option<bool>) -> f64 {
    value.map_or(f64::NAN, |value| f64::from(u8::from(value)))
}

use Dimension::{Count, Energy, Number, Power, Rate, Time, Truth};

/// What engines add.
pub(crate) const OF_ENGINES: &[Quantity] = &[
    one("engine.ratio", Number, "population ratio x that the baths offer", |c| engine(c, |e| Some(e.ratio))),
    one("engine.beta_e", Number, "effective inverse temperature", |c| engine(c, |e| Some(e.beta_e))),
    one("engine.current", Rate, "cycle current", |c| engine(c, |e| e.current)),
    one("engine.heat_hot", Power, "heat current from the hot bath", |c| engine(c, |e| e.heat_hot)),
    one("engine.heat_cold", Power, "heat current from the cold bath", |c| engine(c, |e| e.heat_cold)),
    one("engine.power", Power, "delivered power", |c| engine(c, |e| e.power)),
    one("engine.efficiency", Number, "efficiency of the engine", |c| engine(c, |e| e.efficiency)),
    one("engine.cop", Number, "coefficient of performance", |c| engine(c, |e| e.cop)),
    one("engine.entropy_production", Rate, "entropy production of the baths", |c| {
        engine(c, |e| e.entropy_production)
    }),
    one("engine.entropy_load", Rate, "entropy production of the load", |c| engine(c, |e| e.entropy_load)),
    one("engine.gamma_e", Rate, "effective rate of charging", |c| engine(c, |e| e.gamma_e)),
    one("engine.validity.bath_rates", Number, "bath rates over transition frequencies", |c| {
        engine(c, |e| e.validity.bath_rates)
    }),
    one("engine.validity.battery_rate", Number, "collective rate over decay of the engines", |c| {
        engine(c, |e| e.validity.battery_rate)
    }),
    one("engine.validity.current", Number, "current into the battery over the engines' most", |c| {
        engine(c, |e| e.validity.current)
    }),
];

/// What charging by engines adds.
pub(crate) const OF_CHARGING: &[Quantity] = &[
    one("charging.time", Time, "charging time to the fraction", |c| {
        by_engines(c, |e| e.time.as_ref().ok().copied())
    }),
    one("charging.average_power", Power, "average power to the fraction", |c| {
        by_engines(c, |e| e.average_power)
    }),
    one("charging.enhancement", Number, "enhancement over individual charging", |c| {
        by_engines(c, |e| e.enhancement.as_ref().ok().copied())
    }),
    one("charging.peak_power.value", Power, "largest power", |c| {
        by_engines(c, |e| e.peak_power.map(|p| p.0))
    }),
    one("charging.peak_power.time", Time, "time of the largest power", |c| {
        by_engines(c, |e| e.peak_power.map(|p| p.1))
    }),
    one("charging.peak_fluctuation.value", Energy, "largest fluctuation", |c| {
        by_engines(c, |e| e.peak_fluctuation.map(|p| p.0))
    }),
    one("charging.peak_fluctuation.time", Time, "time of the largest fluctuation", |c| {
        by_engines(c, |e| e.peak_fluctuation.map(|p| p.1))
    }),
    one("charging.limit.locked", Energy, "locked energy of the limit", |c| by_engines(c, |e| Some(e.locked))),
    one("charging.limit.fluctuation", Energy, "fluctuation of the limit", |c| {
        by_engines(c, |e| Some(e.limit_fluctuation))
    }),
    one("charging.limit.efficiency", Number, "energy of the limit over heat drawn", |c| {
        by_engines(c, |e| e.limit_efficiency)
    }),
    series("charging.per_cell", Number, "energy per cell over its frequency", |c| {
        c.engine_charging.as_ref().map(|e| &e.per_cell[..])
    }),
    series("charging.heat_hot", Energy, "heat drawn from the hot baths", |c| {
        c.engine_charging.as_ref().map(|e| &e.heat_hot[..])
    }),
    series("charging.efficiency", Number, "stored energy over heat drawn", |c| {
        c.engine_charging.as_ref().map(|e| &e.efficiency[..])
    }),
];

/// What protocols add.
pub(crate) const OF_CYCLES: &[Quantity] = &[
    one("cycles.last_energy", Energy, "energy at the end of the last cycle", |c| {
        cycles(c, |cycles| cycles.energy.last().copied())
    }),
    one("cycles.last_ergotropy", Energy, "global ergotropy at the end of the last cycle", |c| {
        cycles(c, |cycles| cycles.ergotropy.last().copied())
    }),
    one("cycles.largest_energy", Energy, "largest energy at the end of a cycle", |c| {
        cycles(c, |cycles| cycles.energy.iter().copied().reduce(|a, b| if a >= b { a } else { b }))
    }),
    one("cycles.fixed_point", Energy, "energy to which cycles converge", |c| {
        cycles(c, |cycles| cycles.fixed_point.as_ref().ok().map(|point| point.energy))
    }),
    one("cycles.fixed_point_ergotropy", Energy, "global ergotropy to which cycles converge", |c| {
        cycles(c, |cycles| cycles.fixed_point.as_ref().ok().map(|point| point.ergotropy))
    }),
    one("cycles.rate", Number, "convergence rate per cycle", |c| {
        cycles(c, |cycles| cycles.convergence.as_ref().ok().map(|found| found.rate))
    }),
    one("cycles.multiplier.re", Number, "real part of the multiplier of a cycle", |c| {
        cycles(c, |cycles| cycles.convergence.as_ref().ok().map(|found| found.multiplier.re))
    }),
    one("cycles.multiplier.im", Number, "imaginary part of the multiplier of a cycle", |c| {
        cycles(c, |cycles| cycles.convergence.as_ref().ok().map(|found| found.multiplier.im))
    }),
    one("cycles.duration", Time, "duration of a cycle", |c| cycles(c, |cycles| Some(cycles.duration))),
    one("cycles.extracted", Energy, "energy extracted in the last cycle", |c| {
        cycles(c, |cycles| {
            let parts = cycles.stages.iter().filter_map(|stage| stage.extracted.as_ref()?.last().copied());
            parts.reduce(|a, b| a + b)
        })
    }),
];

/// Everything that a study of this system keeps, in the order of the store.
pub fn quantities(model: &Model) -> impl Iterator<Item = &'static Quantity> + Clone {
    let (charger, engine, charging, cycles) = match model {
        Model::ChargerBattery(_) | Model::NmrStar(_) => (true, false, false, false),
        Model::HeatEngine(_) => (false, true, false, false),
        Model::EngineBattery(_) => (true, true, true, false),
        Model::Protocol(_) => (true, false, false, true),
    };
    let of = |there: bool, list: &'static [Quantity]| if there { list } else { &[] };
    of(charger, QUANTITIES)
        .iter()
        .chain(of(engine, OF_ENGINES))
        .chain(of(charging, OF_CHARGING))
        .chain(of(cycles, OF_CYCLES))
}

/// What a study of any battery keeps, in the order of the store.
pub(crate) const QUANTITIES: &[Quantity] = &[
    series("energy", Energy, "energy E_B of the battery", |c| Some(&c.series.energy)),
    series("ergotropy.global", Energy, "global ergotropy", |c| Some(&c.series.global)),
    series("ergotropy.collective", Energy, "collective ergotropy", |c| c.series.collective.as_deref()),
    series("ergotropy.local", Energy, "local ergotropy", |c| Some(&c.series.local)),
    series("ergotropy.coherent", Energy, "coherent part of the global ergotropy", |c| {
        Some(&c.series.coherent)
    }),
    series("ergotropy.incoherent", Energy, "incoherent part of the global ergotropy", |c| {
        Some(&c.series.incoherent)
    }),
    series("passive", Energy, "passive (locked) energy", |c| Some(&c.series.passive)),
    series("purity", Number, "purity of the battery", |c| Some(&c.series.purity)),
    series("fluctuation", Energy, "fluctuation of the energy", |c| Some(&c.series.fluctuation)),
    series("power.instantaneous", Power, "power dE_B/dt", |c| Some(&c.series.power)),
    series("power.average", Power, "average power", |c| Some(&c.series.average_power)),
    one("power.maximum_average.value", Power, "largest average power", |c| {
        c.maximum_power.map_or(f64::NAN, |found| found.value)
    }),
    one("power.maximum_average.time", Time, "time of the largest average power", |c| {
        c.maximum_power.map_or(f64::NAN, |found| found.time)
    }),
    one("asymptote.energy", Energy, "energy for t to infinity", |c| limit(c, |l| Some(l.energy))),
    one("asymptote.ergotropy.global", Energy, "global ergotropy for t to infinity", |c| {
        limit(c, |l| Some(l.ergotropy.global))
    }),
    one("asymptote.ergotropy.collective", Energy, "collective ergotropy for t to infinity", |c| {
        limit(c, |l| l.ergotropy.collective)
    }),
    one("asymptote.ergotropy.local", Energy, "local ergotropy for t to infinity", |c| {
        limit(c, |l| Some(l.ergotropy.local))
    }),
    one("asymptote.passive", Energy, "locked energy for t to infinity", |c| {
        limit(c, |l| Some(l.energy - l.ergotropy.global))
    }),
    one("asymptote.purity", Number, "purity for t to infinity", |c| limit(c, |l| Some(l.purity))),
    one("asymptote.largest_eigenvalue", Number, "largest eigenvalue r_1 for t to infinity", |c| {
        limit(c, |l| Some(l.ergotropy.largest_eigenvalue))
    }),
    one("asymptote.unique", Truth, "whether every initial state has this limit", |c| {
        truth(c.asymptote.unique)
    }),
    one("asymptote.conserved", Count, "number of conserved quantities", |c| {
        c.asymptote.conserved.map_or(f64::NAN, |n| n as f64)
    }),
    one("asymptote.certified", Truth, "whether the limit is proven", |c| truth(Some(c.asymptote.certified))),
    one("asymptote.slowest_rate", Rate, "slowest carried rate", |c| {
        c.asymptote.slowest_rate.unwrap_or(f64::NAN)
    }),
    one("asymptote.log10_slowest_rate", Number, "decimal logarithm of the slowest carried rate", |c| {
        c.asymptote.log10_slowest_rate.unwrap_or(f64::NAN)
    }),
    one("asymptote.plateau.energy", Energy, "energy on the last plateau", |c| plateau(c, |p| p.energy)),
    one("asymptote.plateau.ergotropy", Energy, "global ergotropy on the last plateau", |c| {
        plateau(c, |p| p.ergotropy.global)
    }),
    one("asymptote.plateau.from", Time, "time at which the last plateau is reached", |c| {
        plateau(c, |p| p.from)
    }),
    one("asymptote.plateau.lifetime", Time, "lifetime of the last plateau", |c| plateau(c, |p| p.lifetime)),
    one(
        "asymptote.plateau.log10_lifetime",
        Number,
        "decimal logarithm of the lifetime of the last plateau",
        |c| plateau(c, |p| p.log10_lifetime),
    ),
    one("charging_time.settling", Time, "charging time (last crossing)", |c| {
        time(c, |t| t.settling.as_ref().ok().copied())
    }),
    one("charging_time.first", Time, "charging time (first crossing)", |c| {
        time(c, |t| t.first.as_ref().ok().copied())
    }),
    one("charging_time.spectral", Time, "charging time (inverse of the slowest carried rate)", |c| {
        time(c, |t| t.spectral.as_ref().ok().map(|found| found.time).filter(|time| time.is_finite()))
    }),
    one("charging_time.spectral_weight", Number, "weight of the slowest carried mode", |c| {
        time(c, |t| t.spectral.as_ref().ok().map(|found| found.weight))
    }),
    one("checks.trace", Number, "largest deviation of the trace from 1", |c| c.checks.trace),
    one("checks.smallest_eigenvalue", Number, "smallest eigenvalue met", |c| c.checks.smallest_eigenvalue),
    one("checks.energy_balance", Power, "disagreement between two ways to the same energy flow", |c| {
        c.checks.energy_balance
    }),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let all = [QUANTITIES, OF_ENGINES, OF_CHARGING, OF_CYCLES];
        let names: Vec<String> = all.iter().flat_map(|list| list.iter()).map(Quantity::name).collect();
        assert!(names.iter().enumerate().all(|(i, name)| !names[i + 1..].contains(name)));
    }
}
