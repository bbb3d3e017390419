//! What a study keeps of every point: one list for the store, the JSON document and the figures.

use leyden::charge::Charging;
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

fn truth(value: Option<bool>) -> f64 {
    value.map_or(f64::NAN, |value| f64::from(u8::from(value)))
}

use Dimension::{Count, Energy, Number, Power, Rate, Time, Truth};

/// Everything that a study keeps, in the order of the store.
pub const QUANTITIES: &[Quantity] = &[
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
        let names: Vec<String> = QUANTITIES.iter().map(Quantity::name).collect();
        assert!(names.iter().enumerate().all(|(i, name)| !names[i + 1..].contains(name)));
    }
}
