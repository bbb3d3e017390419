//! The units in which people see numbers.
//!
//! Documents hold multiples of the reference frequency. Summaries, figures, tables and stores show the units of the file: a time in us where
//! us was typed, an energy over that of an excited cell. Where nothing carries a unit, numbers stay as they are and are named by the
//! frequency that is 1: g t, F/g, E_B/omega_B.

use std::collections::BTreeMap;
use std::ops::Range;

use leyden::charge::AnySystem;
use leyden::model::{Battery, ChargerBattery, EngineBattery};
use leyden::protocol::ProtocolSystem;
use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue};

use crate::keys::{KEYS, NumericKey, Takes};
use crate::read::{Reader, Value};
use crate::sweep::short;
use crate::units::{self, Dimension};

/// One unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// How it is written in plain text: "us", "1/g", "hbar omega_B", "1" for pure numbers, "" where nothing is known.
    pub symbol: String,
    /// What a number of the document is multiplied with.
    pub factor: f64,
}

impl Unit {
    fn new(symbol: impl Into<String>, factor: f64) -> Self {
        Unit { symbol: symbol.into(), factor }
    }

    /// The unit of pure numbers.
    pub fn one() -> Self {
        Unit::new("1", 1.0)
    }

    /// The unit of the inverse.
    pub fn inverse(&self) -> Self {
        let symbol = match self.symbol.strip_prefix("1/") {
            _ if self.symbol.is_empty() => String::new(),
            Some(rest) => rest.to_string(),
            None if self.symbol.contains(' ') => format!("1/({})", self.symbol),
            None => format!("1/{}", self.symbol),
        };
        Unit { symbol, factor: 1.0 / self.factor }
    }

    /// Whether it is one of metrology rather than a frequency of the scenario.
    pub fn is_physical(&self) -> bool {
        use Dimension::{Frequency, Rate, Temperature, Time};
        let symbol = self.symbol.strip_prefix("h ").unwrap_or(&self.symbol);
        [Time, Frequency, Rate, Temperature].into_iter().any(|of| units::measured(1.0, symbol, of).is_some())
    }

    /// A number of the document in this unit.
    pub fn of(&self, x: f64) -> f64 {
        if self.factor == 1.0 { x } else { x * self.factor }
    }

    /// The same for numbers that somebody typed, without the rounding of a unit that was taken out and put in again.
    pub fn typed(&self, x: f64) -> f64 {
        if self.factor == 1.0 { x } else { short(x * self.factor) }
    }

    /// A number of the document, from one in this unit.
    pub fn undone(&self, x: f64) -> f64 {
        if self.factor == 1.0 { x } else { x / self.factor }
    }
}

/// The units of the numbers of a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Units {
    /// Of times.
    pub time: Unit,
    /// Of energies.
    pub energy: Unit,
    /// Of powers.
    pub power: Unit,
    /// Of rates.
    pub rate: Unit,
    /// Of the keys that a sweep or a search sets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, Unit>,
}

impl Units {
    /// Of numbers about which nothing is known.
    pub fn unknown() -> Self {
        let unit = || Unit::new("", 1.0);
        Units { time: unit(), energy: unit(), power: unit(), rate: unit(), keys: BTreeMap::new() }
    }

    /// The unit of a key of a sweep or a search.
    pub fn of_key(&self, key: &str) -> Unit {
        self.keys.get(key).cloned().unwrap_or_else(|| Unit::new("", 1.0))
    }
}

/// Frequencies by which plain numbers are named where they are 1: key, symbol, and the value where it is left out.
type Natural = (&'static str, &'static str, &'static str);
/// Of times, rates and couplings.
const SLOW: [Natural; 4] = [
    ("coupling", "strength", "g"),
    ("nmr", "coupling", "J"),
    ("charging", "effective_rate", "Gamma_e"),
    ("engine", "hot_rate", "gamma_h"),
];
/// Of energies and frequencies of parts.
const FAST: [Natural; 5] = [
    ("battery", "frequency", "omega_B"),
    ("engine", "signal_frequency", "omega_0"),
    ("nmr", "battery_frequency", "omega_B"),
    ("drive", "frequency", "omega_d"),
    ("charger", "frequency", "omega_C"),
];
/// The frequency whose multiples plain numbers are, where none of them is 1.
const REFERENCE: &str = "omega_ref";

/// A file in search of its units.
struct File<'a, 'b> {
    reader: &'b mut Reader<'a>,
    text: &'b str,
    system: &'b AnySystem,
}

/// The units of a scenario; `set` are the keys of its sweep and its search with the places of their values.
pub(crate) fn units_of(
    reader: &mut Reader<'_>,
    text: &str,
    system: &AnySystem,
    set: &[(NumericKey, Range<usize>)],
) -> Units {
    let mut file = File { reader, text, system };
    let of_parts = matches!(system, AnySystem::Parts(_));
    if of_parts && file.reader.reference.is_none() {
        // Plain numbers, of no unit that anybody named.
        let keys = set.iter().map(|(key, _)| (key.to_string(), Unit::one())).collect();
        return Units { keys, ..Units::unknown() };
    }
    let (slow, fast) = (file.natural([&SLOW, &FAST]), file.natural([&FAST, &SLOW]));
    let time = file.time(&slow, set);
    let energy = file.energy(&fast, set);
    let rate = time.inverse();
    let power = Unit::new(product(&energy.symbol, &rate.symbol), energy.factor * rate.factor);
    let keys = set.iter().map(|(key, span)| (key.to_string(), file.of_key(key, span, &time, &slow, &fast)));
    let keys = keys.collect();
    Units { time, energy, power, rate, keys }
}

/// Energy per time: "hbar omega_B/us", "g omega_B", "omega_B^2", "hbar g omega_B".
fn product(energy: &str, rate: &str) -> String {
    match (rate.strip_prefix("1/"), energy.strip_prefix("hbar ")) {
        (Some(time), _) => format!("{energy}/{time}"),
        (None, Some(frequency)) => format!("hbar {}", product(frequency, rate)),
        (None, None) if energy == rate => format!("{rate}^2"),
        (None, None) => format!("{rate} {energy}"),
    }
}

/// hbar times an angular frequency, h times cycles.
fn quantum(unit: &Unit, reference: f64) -> Unit {
    if unit.symbol.ends_with("Hz") {
        return Unit::new(format!("h {}", unit.symbol), unit.factor);
    }
    const PER_TIME: [(&str, &str); 4] =
        [("1/ms", "krad/s"), ("1/us", "Mrad/s"), ("1/ns", "Grad/s"), ("1/ps", "Trad/s")];
    let angular = PER_TIME.iter().find(|(per_time, _)| *per_time == unit.symbol).map(|(_, angular)| *angular);
    match angular.or(Some(&*unit.symbol).filter(|symbol| symbol.ends_with("rad/s"))) {
        Some(angular) => Unit::new(format!("hbar {angular}"), unit.factor),
        None => Unit::new("hbar rad/s", reference),
    }
}

/// All texts of a value, in the order in which they stand.
fn texts(value: &DeValue<'_>) -> Vec<String> {
    match value {
        DeValue::String(text) => vec![text.to_string()],
        DeValue::Array(list) => list.iter().flat_map(|item| texts(item.get_ref())).collect(),
        DeValue::Table(entries) => entries.iter().flat_map(|(_, item)| texts(item.get_ref())).collect(),
        _ => Vec::new(),
    }
}

impl File<'_, '_> {
    /// The first frequency that is 1 and stays so.
    fn natural(&mut self, lists: [&[Natural]; 2]) -> String {
        if matches!(self.system, AnySystem::Parts(_)) {
            return REFERENCE.into();
        }
        let found = lists.into_iter().flatten().find(|(table, name, _)| self.is_one(table, name));
        found.map_or(REFERENCE, |(.., symbol)| symbol).into()
    }

    /// Whether a frequency is 1 in everything that the file runs.
    fn is_one(&mut self, table: &str, name: &str) -> bool {
        if !self.is_fixed(table, name) {
            return false;
        }
        if self.reader.has(table, name) {
            return match self.reader.raw(table, name).map(|value| value.get_ref().is_array()) {
                Some(true) => false,
                _ => self.reader.number(table, name) == Some(1.0),
            };
        }
        let (engines, nmr) = (self.reader.has_table("engine"), self.reader.has_table("nmr"));
        let charging = self.reader.has_table("charging") || self.reader.has_table("battery");
        let plain = !engines && !nmr && !self.reader.has_table("charging");
        match (table, name) {
            ("coupling", "strength") => plain,
            ("battery", "frequency") if nmr || self.reader.has("battery", "detuning") => false,
            // That of the signal.
            ("battery", "frequency") if engines => charging && self.is_one("engine", "signal_frequency"),
            ("battery", "frequency") => true,
            ("drive", "frequency") => plain && self.reader.has("battery", "detuning"),
            ("engine", "hot_rate") => engines,
            ("nmr", "battery_frequency") => nmr,
            _ => false,
        }
    }

    /// Whether no sweep, search or stage sets the key.
    fn is_fixed(&self, table: &str, name: &str) -> bool {
        let set = self.reader.assignments.iter().any(|a| a.key.table == table && a.key.name == name);
        let inner =
            |entries: &DeTable<'_>| entries.get(table)?.get_ref().as_table().map(|t| t.contains_key(name));
        !set && !self.reader.stages.iter().any(|(_, stage)| inner(stage) == Some(true))
    }

    /// The unit of `dimension` that is written in a place of the text, as multiples of it are shown.
    fn written(&self, place: Range<usize>, dimension: Dimension) -> Option<Unit> {
        let reference = self.reader.reference?;
        let value = format!("value = {}", self.text.get(place)?);
        let value = DeTable::parse(&value).ok()?;
        let texts = texts(value.get_ref().get("value")?.get_ref());
        texts.iter().find_map(|text| {
            let (_, unit) = units::split(text)?;
            let one = units::measured(1.0, unit, dimension)?;
            let factor = if dimension == Dimension::Time { 1.0 / (one * reference) } else { reference / one };
            Some(Unit::new(unit.replace(['µ', 'μ'], "u"), factor))
        })
    }

    fn written_at(&self, value: Option<&Value<'_>>, dimension: Dimension) -> Option<Unit> {
        self.written(value?.span(), dimension)
    }

    /// Values of all keys that measure `dimension`.
    fn any_written(&self, dimension: Dimension) -> Option<Unit> {
        let mut keys = KEYS.iter().filter(|key| key.takes.dimension() == Some(dimension));
        keys.find_map(|key| self.written_at(self.reader.raw(key.table, key.name), dimension))
    }

    fn time(&mut self, natural: &str, set: &[(NumericKey, Range<usize>)]) -> Unit {
        let plain = Unit::new(format!("1/{natural}"), 1.0);
        let Some(reference) = self.reader.reference else { return plain };
        let second = Unit::new("s", 1.0 / reference);
        let of_time = ["end", "values", "start"].map(|name| self.reader.raw("time", name));
        let of_stages = self.reader.stages.iter().map(|(_, stage)| stage.get("duration"));
        let given: Vec<_> = of_time.into_iter().chain(of_stages).flatten().collect();
        let of_axes = set.iter().filter(|(key, _)| key.key().takes.dimension() == Some(Dimension::Time));
        let mut places = given.iter().map(|value| value.span()).chain(of_axes.map(|(_, span)| span.clone()));
        if let Some(unit) = places.find_map(|place| self.written(place, Dimension::Time)) {
            return unit;
        }
        if self.is_plain_star() {
            return second;
        }
        // "optimal" is no number.
        let is_plain = given.iter().any(|value| !value.get_ref().is_str());
        if is_plain || set.iter().any(|(key, _)| key.key().takes == Takes::Duration) {
            return plain;
        }
        // Nobody typed a time: that of a rate, else what suits the frequencies.
        let rate = set.iter().find_map(|(key, span)| {
            let is_rate = key.key().takes.dimension() == Some(Dimension::Rate);
            is_rate.then(|| self.written(span.clone(), Dimension::Rate)).flatten()
        });
        let typed = self.any_written(Dimension::Time);
        let rate = rate.or_else(|| self.any_written(Dimension::Rate)).map(|unit| unit.inverse());
        typed.or(rate).unwrap_or_else(|| {
            let unit = match reference {
                x if x > 1e12 => ("ps", 1e12),
                x if x > 1e9 => ("ns", 1e9),
                x if x > 1e6 => ("us", 1e6),
                x if x > 1e3 => ("ms", 1e3),
                _ => ("s", 1.0),
            };
            Unit::new(unit.0, unit.1 / reference)
        })
    }

    /// A star of spins without units of its own: plain numbers are seconds and rad/s.
    fn is_plain_star(&self) -> bool {
        self.reader.has_table("nmr") && !self.reader.has_table("units")
    }

    fn energy(&mut self, natural: &str, set: &[(NumericKey, Range<usize>)]) -> Unit {
        let populations = self.is_plain_star() && self.is_one("nmr", "battery_frequency");
        let (Some(reference), false) = (self.reader.reference, populations) else {
            return Unit::new(natural, 1.0);
        };
        const DECIDE: [(&str, &str); 4] = [
            ("battery", "frequency"),
            ("engine", "signal_frequency"),
            ("nmr", "battery_frequency"),
            ("drive", "frequency"),
        ];
        let by_drive = self.reader.has("battery", "detuning");
        let decide: Vec<_> = DECIDE.into_iter().filter(|(table, _)| *table != "drive" || by_drive).collect();
        let mut splittings = decide.iter().copied().chain([("battery", "detuning")]);
        let is_fixed = splittings.all(|(table, name)| self.is_fixed(table, name));
        // That of parts may follow from any parameter.
        let is_fixed = is_fixed && (set.is_empty() || !matches!(self.system, AnySystem::Parts(_)));
        if let (Some(splitting), true) = (splitting(self.system), is_fixed) {
            let of_signal = matches!(self.system, AnySystem::HeatEngine(_));
            return Unit::new(if of_signal { "hbar omega_0" } else { "hbar omega_B" }, 1.0 / splitting);
        }
        // That in which such a frequency is written.
        let typed = decide.iter().find_map(|&(table, name)| {
            let of_set = set.iter().filter(|(key, _)| (key.table, key.name) == (table, name));
            let raw = self.reader.raw(table, name).map(Value::span);
            let mut places = of_set.map(|(_, span)| span.clone()).chain(raw);
            places.find_map(|place| self.written(place, Dimension::Frequency))
        });
        let written = || self.written_at(self.reader.raw("units", "reference"), Dimension::Frequency);
        quantum(&typed.or_else(written).unwrap_or_else(|| Unit::new("rad/s", reference)), reference)
    }

    fn of_key(&self, key: &NumericKey, span: &Range<usize>, time: &Unit, slow: &str, fast: &str) -> Unit {
        let Some(dimension) =
            key.key().takes.dimension().filter(|_| key.state.is_none() || key.name == "load")
        else {
            return Unit::one();
        };
        let base = self.reader.raw(key.table, key.name);
        if let Some(unit) = self.written(span.clone(), dimension).or_else(|| self.written_at(base, dimension))
        {
            return unit;
        }
        let of_parts = key.name.ends_with("frequency") || dimension == Dimension::Temperature;
        match dimension {
            Dimension::Time => time.clone(),
            Dimension::Rate if self.is_plain_star() => Unit::new("1/s", 1.0),
            _ if self.is_plain_star() => Unit::new("rad/s", 1.0),
            _ => Unit::new(if of_parts { fast } else { slow }, 1.0),
        }
    }
}

/// The energy of one excitation of the battery, or of the signal of an engine; `None` where cells differ.
fn splitting(system: &AnySystem) -> Option<f64> {
    let of_cells = |system: &ChargerBattery| {
        let Battery { frequencies, detuning, .. } = &system.battery;
        let first = *frequencies.first()?;
        frequencies.iter().all(|f| *f == first).then_some(first + detuning)
    };
    let of_engines = |system: &EngineBattery| Some(system.frequency + system.detuning);
    match system {
        AnySystem::ChargerBattery(system) => of_cells(system),
        AnySystem::NmrStar(star) => Some(star.frequency),
        AnySystem::EngineBattery(system) => of_engines(system),
        AnySystem::Protocol(protocol) => match &protocol.system {
            ProtocolSystem::ChargerBattery(system) => of_cells(system),
            ProtocolSystem::NmrStar(star) => Some(star.frequency),
            ProtocolSystem::EngineBattery(system) => of_engines(system),
        },
        AnySystem::HeatEngine(engine) => Some(engine.signal_frequency),
        AnySystem::Parts(parts) => parts.splitting(),
        AnySystem::MasterEquation(_) => None,
    }
}
