//! How arrays of a study are written in figures: those of the table, those that follow from them, and those of a search.

use leyden_scenario::symbol;

use super::{Group, Role, rows};
use crate::fits::CELLS;
use crate::{MEAN, STANDARD_ERROR, StudyData};

/// How a quantity is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// What it can share an axis with.
    pub group: Group,
    /// Beside a line, where the axis names the group.
    pub short: String,
    /// On an axis of its own.
    pub full: String,
}

/// A quantity that follows from two others, or from one and the number of cells where that is an axis.
pub struct Derived {
    /// Its name.
    pub name: &'static str,
    /// Names of the two that it is made of.
    pub parts: [&'static str; 2],
    /// How.
    pub how: fn(f64, f64) -> f64,
    group: Group,
    symbol: &'static str,
    label: &'static str,
}

impl Derived {
    /// The unit of a ratio, or of a difference.
    pub(crate) fn unit<'a>(&self, data: &'a StudyData) -> &'a str {
        match self.group {
            Group::Ratio | Group::Fraction => "1",
            _ => data.unit(self.parts[0]),
        }
    }
}

/// Quantities of figures that follow from others.
pub const DERIVED: [Derived; 7] = [
    Derived {
        name: "asymptote_ratio",
        parts: ["asymptote_ergotropy_global", "asymptote_energy"],
        how: |w, e| w / e,
        group: Group::Ratio,
        symbol: "*R*",
        label: "*R* = *W*(∞)/*E*_{B}(∞)",
    },
    Derived {
        name: "asymptote_passive",
        parts: ["asymptote_energy", "asymptote_ergotropy_global"],
        how: |e, w| e - w,
        group: Group::Energy,
        symbol: "*E*_{B}(∞) - *W*(∞)",
        label: "*E*_{B}(∞) - *W*(∞)",
    },
    Derived {
        name: "energy_per_cell",
        parts: ["energy", CELLS],
        how: |e, n| e / n,
        group: Group::Energy,
        symbol: "*E*_{B} per cell",
        label: "energy *E*_{B}@ per cell",
    },
    Derived {
        name: "ergotropy_per_cell",
        parts: ["ergotropy_global", CELLS],
        how: |w, n| w / n,
        group: Group::Energy,
        symbol: "*W* per cell",
        label: "ergotropy *W*@ per cell",
    },
    Derived {
        name: "ergotropy_global_ratio",
        parts: ["ergotropy_global", "energy"],
        how: |w, e| w / e,
        group: Group::Fraction,
        symbol: "*R* = *W*/*E*_{B}",
        label: "*R* = *W*/*E*_{B}",
    },
    Derived {
        name: "ergotropy_collective_ratio",
        parts: ["ergotropy_collective", "energy"],
        how: |w, e| w / e,
        group: Group::Fraction,
        symbol: "*W*_{coll}/*E*_{B}",
        label: "*W*_{coll}/*E*_{B}",
    },
    Derived {
        name: "ergotropy_local_ratio",
        parts: ["ergotropy_local", "energy"],
        how: |w, e| w / e,
        group: Group::Fraction,
        symbol: "*W*_{loc}/*E*_{B}",
        label: "*W*_{loc}/*E*_{B}",
    },
];

/// Arrays that a search adds.
const OF_SEARCH: [(&str, Group, &str, &str); 3] = [
    ("optimum_value", Group::Optimum, "optimum", "optimum"),
    ("optimum_value_at_jump", Group::Optimum, "at the jump", "value at the jump"),
    ("optimum_jump", Group::Place, "jump", "side of the jump"),
];

/// How the array of this name is written.
pub fn name_of(name: &str) -> Name {
    let of = |group, short: &str, full: &str| Name { group, short: short.into(), full: full.into() };
    if let Some(row) = rows().find(|row| row.role != Role::Run && row.name() == name) {
        return of(row.group, row.symbol, row.label);
    }
    if let Some(derived) = DERIVED.iter().find(|derived| derived.name == name) {
        return of(derived.group, derived.symbol, derived.label);
    }
    if let Some((_, group, short, full)) = OF_SEARCH.iter().find(|(known, ..)| *known == name) {
        return of(*group, short, full);
    }
    // The place of an optimum, `optimum_<table>_<key>` or `optimum_stage_<number>_<key>`.
    if let Some(path) = name.strip_prefix("optimum_").filter(|path| path.contains('_')) {
        let key = path.replacen('_', ".", if path.starts_with("stage_") { 3 } else { 1 });
        let symbol = symbol(&key).unwrap_or_else(|| literal(&key));
        return Name { group: Group::Place, short: symbol.clone(), full: format!("optimal {symbol}@") };
    }
    for (prefix, what) in [(MEAN, "mean"), (STANDARD_ERROR, "standard error")] {
        if let Some(of) = name.strip_prefix(prefix) {
            let Name { group, short, full } = name_of(of);
            return Name { group, short: format!("{what} of {short}"), full: format!("{what} of {full}") };
        }
    }
    let name = literal(name);
    Name { group: Group::Optimum, short: name.clone(), full: name }
}

/// A text as markup that draws it as it stands.
pub fn literal(text: &str) -> String {
    let special = |c: char| matches!(c, '*' | '_' | '^' | '\\' | '{' | '}');
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}
