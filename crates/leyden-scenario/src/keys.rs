//! The keys of a scenario file.

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// An integer in this range.
    Count(i64, i64),
    /// A positive angular frequency: a number or "5 GHz".
    Frequency,
    /// An angular frequency of any sign.
    Detuning,
    /// A rate, at least 0: a number or "3 1/us".
    Rate,
    /// A time, at least 0: a number or "2 ns".
    Time,
    /// A number, at least 0.
    Number,
    /// A number above 0.
    Positive,
    /// One frequency or one per cell.
    Frequencies,
    /// One coupling of any sign or one per cell.
    Couplings,
    /// Times in increasing order.
    Times,
    /// "auto" or a number of levels.
    Cutoff,
    /// An initial state.
    State,
    /// true or false.
    Truth,
    /// Numeric keys with their ranges.
    Ranges,
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its table; empty at the top of the file.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// What it means, one line.
    pub doc: &'static str,
}

const fn key(table: &'static str, name: &'static str, takes: Takes, doc: &'static str) -> Key {
    Key { table, name, takes, doc }
}

/// Every key of a charger-battery scenario.
pub const KEYS: &[Key] = &[
    key("", "title", Takes::Text, "names the run and its folder"),
    key(
        "units",
        "reference",
        Takes::Frequency,
        "what plain numbers are multiples of; needed once a value carries a unit",
    ),
    key("charger", "kind", Takes::Word(&["qubit", "oscillator"]), "what the charger is (qubit)"),
    key("charger", "frequency", Takes::Frequency, "omega_C (the battery's)"),
    key("charger", "detuning", Takes::Detuning, "omega_C - omega_B, instead of a frequency"),
    key("charger", "dephasing", Takes::Rate, "gamma_C of D[n_C] (0)"),
    key("charger", "relaxation", Takes::Rate, "k: down at k(n+1), up at k n (0)"),
    key("charger", "thermal_occupation", Takes::Number, "n of the charger's bath (0)"),
    key("charger", "cutoff", Takes::Cutoff, "Fock levels kept of an oscillator (auto)"),
    key("battery", "kind", Takes::Word(&["qubit", "oscillator", "qudit"]), "what a cell is (qubit)"),
    key("battery", "levels", Takes::Count(2, 64), "d of a qudit"),
    key("battery", "cells", Takes::Count(1, 1_000_000), "N (1)"),
    key("battery", "frequency", Takes::Frequencies, "omega_B, one number or one per cell (1)"),
    key("battery", "detuning", Takes::Detuning, "omega_B - omega_d, instead of a frequency"),
    key("battery", "dephasing", Takes::Rate, "gamma of D[n] (0)"),
    key("battery", "relaxation", Takes::Rate, "k of the cells (0)"),
    key("battery", "thermal_occupation", Takes::Number, "n of the cells' bath (0)"),
    key(
        "battery",
        "noise",
        Takes::Word(&["local", "collective"]),
        "one channel per cell, or one for all (local)",
    ),
    key("battery", "cutoff", Takes::Cutoff, "Fock levels kept of an oscillator (auto)"),
    key("coupling", "strength", Takes::Couplings, "g, one number or one per cell (1)"),
    key(
        "coupling",
        "form",
        Takes::Word(&["exchange", "dipole"]),
        "c^dag b + h.c., or (c + c^dag)(b + b^dag) (exchange)",
    ),
    key("coupling", "scaling", Takes::Word(&["none", "inverse-sqrt-cells"]), "g or g/sqrt(N) (none)"),
    key("drive", "amplitude", Takes::Detuning, "F"),
    key(
        "drive",
        "frequency",
        Takes::Frequency,
        "omega_d (the battery's; 1 where the battery is given by its detuning)",
    ),
    key("initial", "charger", Takes::State, "state of the charger at t = 0 (ground)"),
    key("initial", "battery", Takes::State, "state of the battery at t = 0 (ground)"),
    key("time", "start", Takes::Time, "first time shown; the initial state belongs to t = 0 (0)"),
    key("time", "end", Takes::Time, "last time"),
    key("time", "points", Takes::Count(1, 10_000_000), "number of times (401)"),
    key("time", "spacing", Takes::Word(&["linear", "log"]), "how they are spaced (linear)"),
    key("time", "values", Takes::Times, "the times themselves, instead of start, end and points"),
    key("method", "name", Takes::Word(&leyden::charge::METHODS), "method of solution (auto)"),
    key("method", "tolerance", Takes::Positive, "accuracy of the states (1e-8)"),
    key("optimise", "objective", Takes::Word(&OBJECTIVES), "what is optimised"),
    key("optimise", "minimise", Takes::Truth, "least instead of most (true for charging times, else false)"),
    key("optimise", "time", Takes::Time, "time of ergotropy.at, or at which power.average is taken"),
    key("optimise", "variables", Takes::Ranges, "numeric keys with their ranges"),
];

/// The table whose keys are other keys: the axes of a sweep.
pub(crate) const SWEEP: &str = "sweep";

/// Objectives of `[optimise]`.
pub(crate) const OBJECTIVES: [&str; 6] = [
    "charging_time.settling",
    "charging_time.first",
    "charging_time.spectral",
    "ergotropy.limit",
    "ergotropy.at",
    "power.average",
];

/// Tables that belong to the format but that this version does not run.
pub(crate) const LATER: &[&str] = &["engine", "charging", "nmr", "stage", "cycle"];

/// Names of the tables, in order.
pub(crate) fn tables() -> Vec<&'static str> {
    let mut names: Vec<&str> = KEYS.iter().map(|key| key.table).filter(|table| !table.is_empty()).collect();
    names.push(SWEEP);
    names.dedup();
    names
}

/// A key that takes one number, which a sweep or a search may set; `state` is the number inside an initial state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NumericKey {
    /// Its table.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// "fock", "coherent", "squeezed" or "thermal" for an initial state.
    pub state: Option<&'static str>,
}

/// Initial states that carry a number.
pub(crate) const STATES: [&str; 4] = ["fock", "coherent", "squeezed", "thermal"];

impl NumericKey {
    /// Every numeric key but times and units, which are the same at every point of a study.
    pub(crate) fn all() -> impl Iterator<Item = NumericKey> {
        KEYS.iter().filter(|key| !matches!(key.table, "time" | "units" | "optimise")).flat_map(|key| {
            let states: &[Option<&str>] = match key.takes {
                Takes::State => &[Some("fock"), Some("coherent"), Some("squeezed"), Some("thermal")],
                Takes::Text | Takes::Word(_) | Takes::Truth | Takes::Ranges | Takes::Times => &[],
                _ => &[None],
            };
            states.iter().map(|&state| NumericKey { table: key.table, name: key.name, state })
        })
    }

    pub(crate) fn find(path: &str) -> Option<NumericKey> {
        NumericKey::all().find(|key| key.to_string() == path)
    }

    /// The key of the file that it sets.
    pub fn key(&self) -> &'static Key {
        find(self.table, self.name)
    }

    /// Whether its values are whole numbers.
    pub fn is_whole(&self) -> bool {
        matches!(self.key().takes, Takes::Count(..) | Takes::Cutoff) || self.state == Some("fock")
    }
}

impl std::fmt::Display for NumericKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.table, self.name)?;
        self.state.map_or(Ok(()), |state| write!(f, ".{state}"))
    }
}

/// The keys of one table.
pub(crate) fn keys_of(table: &str) -> impl Iterator<Item = &'static Key> + '_ {
    KEYS.iter().filter(move |key| key.table == table)
}

/// The key of this table and name, which must exist.
pub(crate) fn find(table: &str, name: &str) -> &'static Key {
    KEYS.iter()
        .find(|key| key.table == table && key.name == name)
        .expect("readers ask for keys of the list only")
}

/// The candidate most like `word`, if any is close.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word.to_lowercase(), candidate), candidate))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_documented_and_grouped() {
        for (i, a) in KEYS.iter().enumerate() {
            assert!(!a.doc.is_empty() && !a.doc.ends_with('.'), "{}.{}", a.table, a.name);
            assert!(KEYS[i + 1..].iter().all(|b| (a.table, a.name) != (b.table, b.name)));
        }
        let names = tables();
        assert!(names.iter().enumerate().all(|(i, name)| !names[i + 1..].contains(name)));
    }

    #[test]
    fn slips_of_the_pen_find_their_key() {
        assert_eq!(nearest("dephasin", keys_of("charger").map(|k| k.name)), Some("dephasing"));
        assert_eq!(nearest("batery", tables()), Some("battery"));
        assert_eq!(nearest("zzz", tables()), None);
    }

    #[test]
    fn the_reference_lists_every_key() {
        let reference = include_str!("../../../docs/reference.md");
        let starter = include_str!("../../../scenarios/starter.toml");
        for Key { table, name, doc, .. } in KEYS {
            let path = if table.is_empty() { name.to_string() } else { format!("{table}.{name}") };
            let row = reference.lines().find(|line| line.starts_with(&format!("| `{path}` |")));
            assert!(
                row.is_some_and(|row| row.contains(doc)),
                "docs/reference.md lacks `{path}` or its meaning"
            );
            assert!(starter.contains(name), "scenarios/starter.toml lacks {name}");
        }
    }
}
