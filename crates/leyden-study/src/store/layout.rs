//! What a study stores: axes, times and variables, given by the caller.

use std::collections::HashSet;
use std::fmt;

use super::{StoreError, grid};

/// The name of the array of [`Status`].
pub(super) const STATUS: &str = "status";
/// The name of the array of reasons.
pub(super) const REASON: &str = "reason";
/// The name of the array of methods.
pub(super) const METHOD: &str = "method";
/// The dimension of times.
pub(super) const TIME: &str = "time";

/// One axis of a study.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// A key of the scenario such as "charger.dephasing"; its dimension and coordinate are called "charger_dephasing".
    pub key: String,
    /// Coordinates.
    pub values: Vec<f64>,
    /// Whether they are whole numbers, kept as such.
    pub whole: bool,
    /// Units of the coordinates, as symbols ("1/s", not "per second").
    pub units: String,
    /// Name for labels.
    pub long_name: String,
}

/// One quantity, with a number per point, or per point and time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variable {
    /// Name of its array.
    pub name: String,
    /// Units, as symbols.
    pub units: String,
    /// Name for labels.
    pub long_name: String,
    /// Whether it has a number per time.
    pub over_time: bool,
}

/// Everything a store is made from. Stores of equal layouts have equal bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// The text of the scenario; kept verbatim with its SHA-256.
    pub scenario: String,
    /// Axes; points are numbered row by row, the last axis fastest. None: one point.
    pub axes: Vec<Axis>,
    /// Times; empty if no variable depends on time.
    pub times: Vec<f64>,
    /// Units of the times.
    pub time_units: String,
    /// Variables, in the order of [`Record::values`].
    pub variables: Vec<Variable>,
    /// Samples over which every point is averaged; 0 where points are single runs. The runs of a point are then 0, its base, and 1, 2, .., its
    /// samples, with a third of the variables each: the first third is the base, then come the means, then their standard errors. Run r of
    /// point p has the number p (samples + 1) + r wherever single points have theirs.
    pub samples: usize,
    /// The axis along which points share work: whole in a chunk, unless it is longer than any chunk.
    pub fast_axis: Option<usize>,
    /// Further attributes of the group: version, method, tolerance, seed. A store with other attributes is not resumed.
    pub attributes: serde_json::Map<String, serde_json::Value>,
}

/// How a finished point ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// With values.
    Done,
    /// Without.
    Failed,
}

impl Status {
    /// The number in the array.
    pub(super) fn code(self) -> u8 {
        match self {
            Status::Done => 1,
            Status::Failed => 2,
        }
    }

    /// The status of a number; `None` is not yet computed.
    pub(super) fn of(code: u8) -> Option<Self> {
        match code {
            1 => Some(Status::Done),
            2 => Some(Status::Failed),
            _ => None,
        }
    }
}

/// The result of one point.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// How it ended.
    pub status: Status,
    /// Variables in order; one over time takes as many numbers as there are times. May be empty for a failed point.
    pub values: Vec<f64>,
    /// Why it failed, or anything worth a note; kept up to 200 bytes.
    pub reason: String,
    /// The method by which it was solved; kept up to 31 bytes.
    pub method: String,
}

/// One of `count` parts of a study, which are computed by one process each. Shard i/n owns the chunks i-1, i-1+n, ...
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// The whole study.
    pub const ALL: Shard = Shard { index: 1, count: 1 };

    /// Shard `index` of `count`, counted from 1.
    ///
    /// # Errors
    /// [`StoreError::WrongShard`] unless 1 <= index <= count.
    pub fn new(index: usize, count: usize) -> Result<Self, StoreError> {
        if !(1..=count).contains(&index) {
            return Err(StoreError::WrongShard { index, count });
        }
        Ok(Shard { index, count })
    }

    /// Its number, from 1.
    pub fn index(self) -> usize {
        self.index
    }

    /// How many there are.
    pub fn count(self) -> usize {
        self.count
    }

    /// The shard of the same division that owns `chunk`.
    pub(super) fn owner(self, chunk: usize) -> Shard {
        Shard { index: chunk % self.count + 1, count: self.count }
    }

    /// Whether it owns `chunk`.
    pub(super) fn owns(self, chunk: usize) -> bool {
        self.owner(chunk) == self
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl Axis {
    /// Name of the dimension and of its coordinate: what may stand behind a dot in Python.
    pub fn name(&self) -> String {
        self.key.replace(['.', '-'], "_")
    }
}

impl Layout {
    /// Numbers of one variable at one point.
    pub(super) fn numbers(&self, variable: &Variable) -> usize {
        if variable.over_time { self.times.len() } else { 1 }
    }

    /// Numbers of one record.
    pub(super) fn numbers_per_point(&self) -> usize {
        self.variables.iter().map(|variable| self.numbers(variable)).sum()
    }

    /// Runs of one point.
    pub(crate) fn runs(&self) -> usize {
        self.samples + 1
    }

    /// Numbers of the record of one run.
    pub(super) fn numbers_per_run(&self) -> usize {
        if self.samples == 0 { self.numbers_per_point() } else { self.numbers_per_point() / 3 }
    }

    /// The variable whose number stands at `place` in a record.
    pub(super) fn name_of_number(&self, place: usize) -> String {
        let mut end = 0;
        let found = self.variables.iter().find(|variable| {
            end += self.numbers(variable);
            place < end
        });
        found.map_or_else(String::new, |variable| variable.name.clone())
    }

    /// Lengths of the axes.
    pub(crate) fn lengths(&self) -> Vec<usize> {
        self.axes.iter().map(|axis| axis.values.len()).collect()
    }

    /// Runs of all points.
    pub(crate) fn all_runs(&self) -> usize {
        self.lengths().iter().product::<usize>() * self.runs()
    }

    /// Indices of a point along the axes.
    pub(crate) fn indices(&self, point: usize) -> Vec<usize> {
        grid::indices(point, &self.lengths())
    }

    /// Refuses what cannot be stored.
    pub(super) fn validate(&self) -> Result<(), StoreError> {
        let mut taken: HashSet<String> = [TIME, STATUS, REASON, METHOD].map(String::from).into();
        let axes = self.axes.iter().map(|axis| (axis.name(), &axis.units));
        let variables = self.variables.iter().map(|variable| (variable.name.clone(), &variable.units));
        for (name, units) in axes.chain(variables) {
            if !may_name_a_folder(&name) {
                return Err(StoreError::BadName { name });
            }
            refuse_dates(&name, units)?;
            if taken.contains(&name) {
                return Err(StoreError::NameTaken { name });
            }
            taken.insert(name);
        }
        refuse_dates(TIME, &self.time_units)?;
        if let Some(axis) = self.axes.iter().find(|axis| axis.values.is_empty()) {
            return Err(StoreError::EmptyAxis { key: axis.key.clone() });
        }
        if let Some(fast_axis) = self.fast_axis.filter(|&fast| fast >= self.axes.len()) {
            return Err(StoreError::NoSuchAxis { fast_axis, axes: self.axes.len() });
        }
        if let Some(variable) = self.variables.iter().find(|variable| self.numbers(variable) == 0) {
            return Err(StoreError::NoTimes { name: variable.name.clone() });
        }
        let points = self.lengths().iter().try_fold(1_usize, |points, &length| points.checked_mul(length));
        let runs = points.and_then(|points| points.checked_mul(self.runs()));
        let numbers = runs.and_then(|runs| runs.checked_mul(self.numbers_per_point().max(1)));
        numbers.and_then(|numbers| numbers.checked_mul(size_of::<f64>())).ok_or(StoreError::TooManyPoints)?;
        Ok(())
    }
}

/// Names of nodes by the Zarr v3 specification, section "Node names", without what file systems dislike.
fn may_name_a_folder(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
        && name.chars().any(|c| c != '.')
        && !name.starts_with("__")
        && name != "zarr.json"
}

/// xarray decodes units such as "seconds" into durations and "days since ..." into dates, with a warning.
fn refuse_dates(name: &str, units: &str) -> Result<(), StoreError> {
    const DURATIONS: [&str; 7] =
        ["days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"];
    if DURATIONS.contains(&units) || units.contains("since") {
        return Err(StoreError::UnitsOfDates { name: name.into(), units: units.into() });
    }
    Ok(())
}
