//! The table of every number of a result: where it stands, what it is measured in, how it is written, and how it is read.
//!
//! JSON of runs and of sweeps, the store, labels of figures, the summary and the page of reference follow it: a number is one row here and
//! one line of docs/reference.md, which a test holds against it.

mod battery;
mod bounds;
mod cycles;
mod engines;
mod labels;
mod ledger;
mod lists;
mod trajectories;

pub use labels::{DERIVED, Derived, Name, literal, name_of};
pub(crate) use ledger::{ALL_CHANNELS, OF_CHANNELS};
pub use lists::{Channel, Comparison, PassiveLevel, Plateau, Stage};

use leyden::charge::{Charging, Contents};
use leyden::{Known, Why};
use leyden_scenario::{Unit, Units};
use serde_json::Value;

/// What a number is measured in.
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
    /// Multiples of the inverse of an energy: inverse temperatures.
    InverseEnergy,
    /// Decimal logarithm of a time.
    LogTime,
    /// Decimal logarithm of a rate.
    LogRate,
}

impl Dimension {
    /// For the `units` attribute of an array.
    pub fn units(self) -> &'static str {
        match self {
            Dimension::Energy | Dimension::Rate => "reference frequency",
            Dimension::Time | Dimension::InverseEnergy => "1/(reference frequency)",
            Dimension::Power => "(reference frequency)^2",
            Dimension::Number
            | Dimension::Count
            | Dimension::Truth
            | Dimension::LogTime
            | Dimension::LogRate => "1",
        }
    }

    /// The unit in which people see numbers of this dimension; of a logarithm, that of the number behind it.
    pub fn unit(self, units: &Units) -> Unit {
        match self {
            Dimension::Energy => units.energy.clone(),
            Dimension::Time | Dimension::LogTime => units.time.clone(),
            Dimension::Rate | Dimension::LogRate => units.rate.clone(),
            Dimension::Power => units.power.clone(),
            Dimension::InverseEnergy => units.energy.inverse(),
            Dimension::Number | Dimension::Count | Dimension::Truth => Unit::one(),
        }
    }

    /// Numbers of the document as people see them.
    pub fn shown(self, units: &Units) -> impl Fn(f64) -> f64 + use<> {
        let (factor, is_logarithm) = (self.unit(units).factor, self.is_logarithm());
        move |x| match is_logarithm {
            _ if factor == 1.0 => x,
            true => x + factor.log10(),
            false => x * factor,
        }
    }

    /// Numbers of the document, from those that people see.
    pub fn undone(self, units: &Units) -> impl Fn(f64) -> f64 + use<> {
        let (factor, is_logarithm) = (self.unit(units).factor, self.is_logarithm());
        move |x| match is_logarithm {
            _ if factor == 1.0 => x,
            true => x - factor.log10(),
            false => x / factor,
        }
    }

    /// The `units` of an array of these numbers: a logarithm has none.
    pub fn symbol(self, units: &Units) -> String {
        if self.is_logarithm() { Unit::one() } else { self.unit(units) }.symbol
    }

    /// Whether it is the logarithm of a number with a unit.
    pub fn is_logarithm(self) -> bool {
        matches!(self, Dimension::LogTime | Dimension::LogRate)
    }

    /// A number of this dimension in JSON, null where there is none.
    pub fn json(self, x: f64) -> Value {
        match self {
            _ if !x.is_finite() => Value::Null,
            Dimension::Truth => (x != 0.0).into(),
            Dimension::Count => (x as i64).into(),
            _ => x.into(),
        }
    }
}

/// Quantities that can stand against one axis of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Charging times.
    Time,
    /// Energies, ergotropies and their fluctuation.
    Energy,
    /// The part of the energy that is work.
    Ratio,
    /// Powers.
    Power,
    /// Purities and populations.
    Purity,
    /// Lifetime of a plateau.
    Lifetime,
    /// The time of the largest average power.
    PowerTime,
    /// Decay rates.
    Rate,
    /// Decimal logarithms of rates.
    LogRate,
    /// Number of conserved quantities.
    Count,
    /// Heat currents and delivered power of an engine.
    Current,
    /// Power over that of parallel charging.
    Advantage,
    /// Ergotropies over energies.
    Fraction,
    /// Pure numbers.
    Number,
    /// Inverse temperatures.
    InverseTemperature,
    /// Production of entropy.
    Entropy,
    /// Entropies of states.
    Information,
    /// Coherences.
    Coherence,
    /// Angles between states, and lengths of their paths.
    Angle,
    /// What a search found best.
    Optimum,
    /// Where a search found it.
    Place,
}

impl Group {
    /// Label of an axis with several quantities of the group, its unit at the `@`.
    pub fn label(self) -> &'static str {
        match self {
            Group::Time => "charging time @*τ*",
            Group::Energy => "energy@",
            Group::Ratio => "*R* = *W*(∞)/*E*_{B}(∞)",
            Group::Power => "power",
            Group::Purity => "purity",
            Group::Lifetime => "lifetime",
            Group::PowerTime => "time",
            Group::Rate => "rate@",
            Group::LogRate => "log_{10} of the rate",
            Group::Count => "conserved quantities",
            Group::Current => "power and heat currents",
            Group::Advantage => "advantage *Γ*",
            Group::Fraction => "ergotropy/energy",
            Group::Number => "ratio",
            Group::InverseTemperature => "@*β*",
            Group::Entropy => "entropy production",
            Group::Information => "entropy",
            Group::Coherence => "coherence",
            Group::Angle => "angle and length",
            Group::Optimum => "optimum",
            Group::Place => "place of the optimum",
        }
    }

    /// Whether a logarithmic axis suits where the numbers span decades.
    pub fn decades(self) -> bool {
        matches!(
            self,
            Group::Time
                | Group::Rate
                | Group::Lifetime
                | Group::PowerTime
                | Group::Advantage
                | Group::Optimum
                | Group::Place
        )
    }
}

/// Where a row is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// In runs and in sweeps.
    Everywhere,
    /// In the document of a run alone.
    Run,
    /// In stores and documents of sweeps alone.
    Sweep,
}

/// How a row is read from a result.
#[derive(Clone, Copy)]
pub enum Read {
    /// One number; truths are 0 or 1.
    One(fn(&Charging) -> Known<f64>),
    /// One number per time, NaN where one does not exist.
    OverTime(fn(&Charging) -> Known<Vec<f64>>),
    /// A list or a text, in the document of a run alone.
    Json(fn(&Charging) -> Value),
}

/// One row.
#[derive(Clone, Copy)]
pub struct Row {
    /// Its place in the JSON document, parts joined by dots.
    pub path: &'static str,
    /// What it is measured in.
    pub dimension: Dimension,
    /// What it is.
    pub long_name: &'static str,
    /// What it can share an axis with.
    pub group: Group,
    /// How it is written beside a line, where the axis names the group.
    pub symbol: &'static str,
    /// How it is written on an axis of its own; a unit that is a frequency stands at the `@`: *E*_{B}@ over it, @*τ* times it.
    pub label: &'static str,
    /// Where it is shown.
    pub role: Role,
    /// Its name in the `why` beside it, where its reason is said there.
    pub reason: Option<&'static str>,
    /// How it is read.
    pub read: Read,
}

impl Row {
    /// Its name in the store: the path with underscores.
    pub fn name(&self) -> String {
        self.path.replace('.', "_")
    }

    /// Whether there is one number per time.
    pub fn over_time(&self) -> bool {
        matches!(self.read, Read::OverTime(_))
    }

    /// Its place in the document of a run.
    pub fn value(&self, charging: &Charging) -> Value {
        match self.read {
            Read::One(read) => read(charging).map_or(Value::Null, |x| self.dimension.json(x)),
            Read::OverTime(read) => match read(charging) {
                Ok(values) => values.into_iter().map(|x| self.dimension.json(x)).collect(),
                Err(_) => Value::Null,
            },
            Read::Json(read) => read(charging),
        }
    }

    /// Whether it is one number, of a run or per time.
    pub fn is_number(&self) -> bool {
        !matches!(self.read, Read::Json(_)) && self.dimension != Dimension::Truth
    }

    /// Why it does not exist, if so.
    pub fn why(&self, charging: &Charging) -> Option<Why> {
        match self.read {
            Read::One(read) => read(charging).err(),
            Read::OverTime(read) => read(charging).err(),
            Read::Json(_) => None,
        }
    }

    /// Whether it is kept where the ledger is asked for.
    pub fn is_of_ledger(&self) -> bool {
        self.path.starts_with("ledger.")
    }

    const fn run(self) -> Row {
        Row { role: Role::Run, ..self }
    }

    const fn sweep(self) -> Row {
        Row { role: Role::Sweep, ..self }
    }

    const fn says(self, name: &'static str) -> Row {
        Row { reason: Some(name), ..self }
    }
}

const fn one(
    path: &'static str,
    dimension: Dimension,
    long_name: &'static str,
    (group, symbol, label): (Group, &'static str, &'static str),
    read: fn(&Charging) -> Known<f64>,
) -> Row {
    let (role, read) = (Role::Everywhere, Read::One(read));
    Row { path, dimension, long_name, group, symbol, label, role, reason: None, read }
}

const fn series(
    path: &'static str,
    dimension: Dimension,
    long_name: &'static str,
    (group, symbol, label): (Group, &'static str, &'static str),
    read: fn(&Charging) -> Known<Vec<f64>>,
) -> Row {
    let (role, read) = (Role::Everywhere, Read::OverTime(read));
    Row { path, dimension, long_name, group, symbol, label, role, reason: None, read }
}

/// What has no label: it is never drawn.
const fn json(path: &'static str, long_name: &'static str, read: fn(&Charging) -> Value) -> Row {
    let (dimension, group, role, read) = (Dimension::Number, Group::Number, Role::Run, Read::Json(read));
    Row { path, dimension, long_name, group, symbol: "", label: "", role, reason: None, read }
}

/// Whether a result has some rows.
type Has = fn(Contents) -> bool;

/// Groups of rows with what tells results that have them, in the order of documents and stores.
const CONTENTS: [(Has, &[Row]); 7] = [
    (|contents| contents.battery, battery::ROWS),
    (|contents| contents.battery, ledger::ROWS),
    (|contents| contents.battery, bounds::ROWS),
    (|contents| contents.engine, engines::ENGINE),
    (|contents| contents.charging, engines::CHARGING),
    (|contents| contents.cycles, cycles::ROWS),
    (|contents| contents.trajectories, trajectories::ROWS),
];

/// Every row.
pub fn rows() -> impl Iterator<Item = &'static Row> + Clone {
    CONTENTS.iter().flat_map(|(_, rows)| rows.iter())
}

/// Everything that a study of a system with these contents keeps, in the order of the store.
pub fn kept(contents: Contents) -> impl Iterator<Item = &'static Row> + Clone {
    of_contents(contents).filter(|row| row.role != Role::Run)
}

/// Everything that a result with these contents has.
pub fn of_contents(contents: Contents) -> impl Iterator<Item = &'static Row> + Clone {
    CONTENTS.iter().filter(move |(has, _)| has(contents)).flat_map(|(_, rows)| rows.iter())
}

/// The rows of the document of a run; those of a battery stand in all of them.
pub(crate) fn of_run(charging: &Charging) -> impl Iterator<Item = &'static Row> {
    let contents = Contents {
        battery: true,
        engine: charging.engine.is_some(),
        charging: charging.engine_charging.is_some(),
        cycles: charging.cycles.is_some(),
        trajectories: charging.trajectories.is_some(),
    };
    of_contents(contents).filter(|row| row.role != Role::Sweep)
}

/// Objects that are null as a whole where nothing of them exists.
pub(crate) const WHOLE: [&str; 10] = [
    "power.maximum_average",
    "extrema.energy.first",
    "extrema.energy.largest",
    "extrema.energy",
    "extrema.ergotropy.first",
    "extrema.ergotropy.largest",
    "extrema.ergotropy",
    "charging.peak_power",
    "charging.peak_fluctuation",
    "cycles.multiplier",
];

/// Reasons of the rows of a table of the document, `name: why`, those of `tables` one level below included.
fn reasons(charging: &Charging, rows: &[Row], table: &str) -> Value {
    let inside = |row: &&Row| row.path.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'));
    let said = rows.iter().filter(inside).filter(|row| row.role != Role::Sweep);
    let said: Vec<(&str, Why)> = said.filter_map(|row| Some((row.reason?, row.why(charging)?))).collect();
    // What is closed or open is so for all of a table.
    let alike = |why: &Why| said.len() > 1 && said.iter().all(|(_, other)| other == why);
    let mut said: Vec<String> = said
        .iter()
        .map(|(name, why)| {
            let whole = matches!(why, Why::NoBattery | Why::NoStates)
                || *why == Why::NoCollective(leyden::why::NoCollective::NoStates)
                || table_of_closed(table) && alike(why);
            if whole { why.to_string() } else { format!("{name}: {why}") }
        })
        .collect();
    if table_of_closed(table) {
        said.dedup();
    }
    if said.is_empty() { Value::Null } else { said.join("; ").into() }
}

/// Tables of what closed systems have.
fn table_of_closed(table: &str) -> bool {
    matches!(table, "extrema" | "asymptote.average")
}

fn truth(value: bool) -> f64 {
    f64::from(u8::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_names_are_unique() {
        for role in [Role::Run, Role::Sweep] {
            let rows: Vec<&Row> =
                rows().filter(|row| row.role == role || row.role == Role::Everywhere).collect();
            for (i, row) in rows.iter().enumerate() {
                assert!(rows[..i].iter().all(|other| other.path != row.path), "{}", row.path);
            }
        }
        let names: Vec<String> = rows().filter(|row| row.role != Role::Run).map(Row::name).collect();
        assert!(names.iter().enumerate().all(|(i, name)| !names[i + 1..].contains(name)));
    }

    #[test]
    fn parts_of_the_ergotropy_of_a_large_coupled_battery_say_why_they_are_null() {
        use leyden::Times;
        use leyden::parts::{Letter, Part, PartKind, Parts, Terms};
        let n = 13;
        let pairs = (0..n - 1).map(|i| Letter::Z.on(i) * Letter::Z.on(i + 1)).sum::<Terms>();
        let all = |letter: Letter| (0..n).map(|i| letter.on(i)).sum::<Terms>();
        let battery = pairs * 0.5 + all(Letter::X) * 0.7;
        let parts = Parts::new(vec![Part::new("cells", PartKind::Qubit, n)], battery, all(Letter::Z) * 0.3);
        let run = parts.charge(&Times::even(0.0, 0.5, 2).into()).unwrap();
        let of = |path: &str| rows().find(|row| row.path == path).map(|row| row.value(&run)).unwrap();
        assert!(of("ergotropy.coherent").is_null() && of("ergotropy.incoherent").is_null());
        assert!(of("ergotropy.global").as_array().unwrap().iter().all(Value::is_number));
        let why = of("ergotropy.why");
        let why = why.as_str().unwrap();
        assert!(
            why.contains("coherent: it takes all levels") && why.contains("incoherent: it takes all levels"),
            "{why}"
        );
    }

    #[test]
    fn every_number_that_is_kept_has_a_label() {
        for row in rows().filter(|row| row.role != Role::Run) {
            assert!(!row.symbol.is_empty() && !row.label.is_empty(), "{}", row.path);
        }
    }

    /// docs/reference.md lists every number with its unit and meaning, in the order of the document.
    #[test]
    fn the_reference_lists_every_number() {
        let shown = |role| match role {
            Role::Everywhere => "run and sweep",
            Role::Run => "run",
            Role::Sweep => "sweep",
        };
        let page = include_str!("../../../../docs/reference.md");
        let lines = page.lines().skip_while(|line| !line.starts_with("| path |")).skip(2);
        let listed: Vec<&str> = lines.take_while(|line| line.starts_with('|')).collect();
        let expected: Vec<String> = rows()
            .map(|row| {
                let unit = match row.read {
                    Read::Json(_) => "",
                    Read::One(_) | Read::OverTime(_) => row.dimension.units(),
                };
                let times = if row.over_time() { ", per time" } else { "" };
                let name = row.long_name.replace('|', "\\|");
                format!("| `{}` | {unit} | {name}{times} | {} |", row.path, shown(row.role))
            })
            .collect();
        assert_eq!(listed, expected, "\n{}", expected.join("\n"));
    }
}
