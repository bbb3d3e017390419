//! What figures of studies are drawn from: arrays over axes, wherever they were stored.

use std::collections::BTreeMap;

use crate::fits::CELLS;
use crate::table::{DERIVED, Derived, Role, rows};
use crate::{AxisMark, Law, averaged};

/// A study: quantities over the axes of its sweep.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StudyData {
    /// Title of the study.
    pub title: String,
    /// Axes of the sweep, slowest first.
    pub axes: Vec<StudyAxis>,
    /// Times of the series; empty where only limits and charging times were computed.
    pub times: Vec<f64>,
    /// Their unit, such as "us" or "1/g"; empty where it is not known.
    pub time_unit: String,
    /// What a search optimised, if there was one.
    pub objective: Option<String>,
    /// Values of axes that are worth a mark.
    pub marks: Vec<AxisMark>,
    /// Laws for many cells that its numbers approach.
    pub laws: Vec<Law>,
    /// Samples of `[disorder]` whose means its numbers are; 0 without.
    pub samples: usize,
    /// Points without a result.
    pub failed: usize,
    /// Points that are not computed yet.
    pub missing: usize,
    arrays: BTreeMap<String, Array>,
}

/// What rounding leaves of nothing, in units in which energies are of the order of 1.
pub const NOTHING: f64 = 1e-13;

/// One quantity at every point.
#[derive(Clone, Debug, PartialEq)]
struct Array {
    /// Row by row over the axes, then over time for series; NaN where missing.
    values: Vec<f64>,
    /// Whether there is one number per time at every point.
    over_time: bool,
    /// Its unit, such as "hbar omega_B".
    unit: String,
}

/// One axis of a study.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StudyAxis {
    /// Key of the scenario, such as `charger.dephasing`.
    pub key: String,
    /// Its values.
    pub values: Vec<f64>,
    /// Neighbours have a constant ratio.
    pub log: bool,
    /// What it means; labels axes whose symbol is not known.
    pub long_name: String,
    /// Its unit, such as "MHz"; empty where it is not known.
    pub unit: String,
    /// Whether it is the number of cells of the battery.
    pub counts_cells: bool,
}

impl StudyAxis {
    /// An axis, logarithmic where the values say so.
    pub fn new(key: impl Into<String>, values: Vec<f64>, long_name: impl Into<String>) -> Self {
        let (key, log) = (key.into(), constant_ratio(&values));
        let counts_cells = key == CELLS;
        Self { key, values, log, long_name: long_name.into(), unit: String::new(), counts_cells }
    }

    /// The same in a unit.
    pub fn measured(self, unit: impl Into<String>) -> Self {
        Self { unit: unit.into(), ..self }
    }

    /// The place of the value nearest to `wanted`.
    pub fn nearest(&self, wanted: f64) -> usize {
        nearest(&self.values, wanted)
    }
}

/// At least three positive values whose neighbours have one ratio, up to the rounding of printed numbers.
fn constant_ratio(values: &[f64]) -> bool {
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return false };
    let steps = values.len().saturating_sub(1);
    if steps < 2 || !values.iter().all(|v| *v > 0.0 && v.is_finite()) {
        return false;
    }
    let step = (last / first).ln() / steps as f64;
    step != 0.0 && values.windows(2).all(|pair| ((pair[1] / pair[0]).ln() - step).abs() <= 1e-3 * step.abs())
}

/// The place of the value nearest to `wanted`.
pub fn nearest(values: &[f64], wanted: f64) -> usize {
    let distance = |i: usize| (values[i] - wanted).abs();
    (0..values.len()).reduce(|best, i| if distance(i) < distance(best) { i } else { best }).unwrap_or(0)
}

/// A place in a study: an index along every axis.
pub type Place = Vec<usize>;

impl StudyData {
    /// A study without arrays.
    pub fn new(title: impl Into<String>, axes: Vec<StudyAxis>, times: Vec<f64>) -> Self {
        let time_unit = String::new();
        Self { title: title.into(), axes, times, time_unit, ..Self::default() }
    }

    /// Adds an array: one number per point of the study, or per point and time for what [`is_series`]. What does not exist
    /// at a point is NaN. An array of any other length is no array of this study and is left out.
    pub fn insert(&mut self, name: impl Into<String>, values: Vec<f64>, unit: impl Into<String>) {
        let name = name.into();
        let over_time = is_series(&name);
        if values.len() == self.points() * if over_time { self.times.len() } else { 1 } {
            self.arrays.insert(name, Array { values, over_time, unit: unit.into() });
        }
    }

    /// Leaves a point without numbers.
    pub fn blank(&mut self, point: usize) {
        let points = self.points().max(1);
        for Array { values, .. } in self.arrays.values_mut() {
            let numbers = values.len() / points;
            values[point * numbers..(point + 1) * numbers].fill(f64::NAN);
        }
    }

    /// The unit of a quantity; of a logarithm, that of the number behind it.
    pub fn unit(&self, name: &str) -> &str {
        match self.arrays.get(name) {
            Some(array) => &array.unit,
            None => derived(name).map_or("", |derived| derived.unit(self)),
        }
    }

    /// Number of points of the sweep.
    pub fn points(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// Whether `name` has a number anywhere.
    pub fn has(&self, name: &str) -> bool {
        let finite = |array: &Array| array.values.iter().any(|value| value.is_finite());
        let known = |name: &str| match name {
            CELLS => self.cells_axis().is_some(),
            name => self.arrays.get(name).is_some_and(finite),
        };
        known(name) || derived(name).is_some_and(|derived| derived.parts.iter().all(|part| known(part)))
    }

    /// Whether `name` is more than the rounding of zeros anywhere.
    pub fn matters(&self, name: &str) -> bool {
        let more = |value: &f64| value.is_finite() && value.abs() > NOTHING;
        self.arrays.get(name).is_none_or(|array| array.values.iter().any(more))
    }

    /// Names of everything that has a number anywhere.
    pub fn names(&self) -> Vec<&str> {
        let names = self.arrays.keys().map(String::as_str).chain(DERIVED.iter().map(|derived| derived.name));
        let mut names: Vec<&str> = names.filter(|name| self.has(name)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The place of the axis called `key`.
    pub fn axis(&self, key: &str) -> Option<usize> {
        self.axes.iter().position(|axis| axis.key == key)
    }

    /// The place of the axis of the number of cells, whatever its key.
    pub fn cells_axis(&self) -> Option<usize> {
        self.axes.iter().position(|axis| axis.counts_cells)
    }

    /// One number; `time` is the place in the times and counts for series only.
    pub fn value(&self, name: &str, place: &Place, time: usize) -> f64 {
        if let Some(Array { values, over_time, .. }) = self.arrays.get(name) {
            let flat = self.flat(place);
            let at = if *over_time { flat * self.times.len() + time } else { flat };
            let inside = !over_time || time < self.times.len();
            return values.get(at).copied().filter(|_| inside).unwrap_or(f64::NAN);
        }
        if name == CELLS {
            return self.cells_axis().map_or(f64::NAN, |axis| self.axes[axis].values[place[axis]]);
        }
        match derived(name) {
            Some(Derived { parts: [a, b], how, .. }) => {
                // What rounding leaves of nothing is nothing, and a ratio of two of that says nothing.
                let something = |part: f64| if part.abs() < NOTHING { 0.0 } else { part };
                let parts = [a, b].map(|part| something(self.value(part, place, time)));
                if parts == [0.0; 2] { f64::NAN } else { how(parts[0], parts[1]) }
            }
            None => f64::NAN,
        }
    }

    /// The numbers of all points, or of all points and times; empty where there are none.
    pub fn everywhere(&self, name: &str) -> Vec<f64> {
        self.arrays.get(name).map_or_else(Vec::new, |array| array.values.clone())
    }

    /// The numbers along one axis, the others fixed at `place`.
    pub fn along(&self, name: &str, axis: usize, place: &Place, time: usize) -> Vec<f64> {
        let mut place = place.clone();
        (0..self.axes[axis].values.len())
            .map(|i| {
                place[axis] = i;
                self.value(name, &place, time)
            })
            .collect()
    }

    /// The numbers over time at one place.
    pub fn over_time(&self, name: &str, place: &Place) -> Vec<f64> {
        (0..self.times.len()).map(|time| self.value(name, place, time)).collect()
    }

    /// All places, row by row.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place> {
        let sizes: Vec<usize> = self.axes.iter().map(|axis| axis.values.len()).collect();
        places(&sizes).collect::<Vec<Place>>().into_iter()
    }

    fn flat(&self, place: &Place) -> usize {
        self.axes.iter().zip(place).fold(0, |flat, (axis, i)| flat * axis.values.len() + i)
    }
}

/// All places of axes with so many values, row by row.
pub(crate) fn places(sizes: &[usize]) -> impl Iterator<Item = Place> {
    let points: usize = sizes.iter().product();
    (0..points).map(|point| {
        let mut rest = point;
        let mut place: Place = sizes
            .iter()
            .rev()
            .map(|&n| {
                let at = rest % n;
                rest /= n;
                at
            })
            .collect();
        place.reverse();
        place
    })
}

/// Whether an array of this name runs over time, or follows from one that does.
pub fn is_series(name: &str) -> bool {
    let name = averaged(name).unwrap_or(name);
    derived(name).is_some_and(|derived| is_series(derived.parts[0]))
        || rows().any(|row| row.role != Role::Run && row.over_time() && row.name() == name)
}

fn derived(name: &str) -> Option<&'static Derived> {
    DERIVED.iter().find(|derived| derived.name == name)
}

/// Smallest and largest of the finite numbers.
pub fn extent(values: &[f64]) -> Option<(f64, f64)> {
    values.iter().filter(|v| v.is_finite()).map(|&v| (v, v)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// Whether the positive numbers are all there are and span more than `ratio`.
pub fn wide(values: &[f64], ratio: f64) -> bool {
    extent(values).is_some_and(|(low, high)| low > 0.0 && high / low > ratio)
}

/// Whether the numbers are one number up to rounding.
pub fn constant(values: &[f64]) -> Option<f64> {
    let (low, high) = extent(values)?;
    (high - low <= 1e-7 * high.abs().max(low.abs()).max(1e-12)).then_some((low + high) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn study() -> StudyData {
        let axes = vec![
            StudyAxis::new("battery.cells", vec![1.0, 2.0], ""),
            StudyAxis::new("charger.dephasing", vec![0.1, 1.0, 10.0], ""),
        ];
        let mut data = StudyData::new("", axes, vec![0.0, 1.0]);
        data.insert("energy", (0..12).map(f64::from).collect(), "");
        data.insert("asymptote_energy", (0..6).map(|i| f64::from(i) + 1.0).collect(), "");
        data.insert("asymptote_ergotropy_global", vec![0.5; 6], "");
        data.insert("purity", vec![1.0; 7], "");
        data.insert("asymptote_purity", vec![f64::NAN; 6], "");
        data
    }

    #[test]
    fn arrays_run_over_the_axes_then_over_time() {
        let data = study();
        assert_eq!(data.value("energy", &vec![1, 2], 0), 10.0);
        assert_eq!(data.over_time("energy", &vec![0, 1]), [2.0, 3.0]);
        assert_eq!(data.along("energy", 0, &vec![0, 1], 1), [3.0, 9.0]);
        assert_eq!(data.along("asymptote_energy", 1, &vec![1, 0], 1), [4.0, 5.0, 6.0]);
        assert_eq!(data.value("asymptote_ratio", &vec![0, 1], 0), 0.25);
        assert_eq!(data.along("energy_per_cell", 0, &vec![0, 1], 1), [3.0, 4.5]);
        assert!(data.value("energy", &vec![0, 0], 2).is_nan() && data.value("none", &vec![0, 0], 0).is_nan());
    }

    #[test]
    fn what_has_no_number_or_no_proper_length_is_left_out() {
        let asymptote =
            ["energy", "ergotropy_global", "passive", "ratio"].map(|name| format!("asymptote_{name}"));
        let energy = ["energy", "energy_per_cell"].map(String::from);
        assert_eq!(study().names(), [&asymptote[..], &energy].concat());
    }

    #[test]
    fn an_axis_of_constant_ratios_is_logarithmic() {
        let log = |values: &[f64]| StudyAxis::new("", values.to_vec(), "").log;
        assert!(log(&[0.01, 0.1, 1.0]) && log(&[1.0, 1.7783, 3.1623, 5.6234]) && log(&[8.0, 4.0, 2.0]));
        assert!(!log(&[1.0, 2.0, 3.0]) && !log(&[0.0; 3]) && !log(&[1.0, 10.0]) && !log(&[-1.0, -1.0]));
        assert!(!log(&[]) && !log(&[2.0, 2.0, 2.0]) && !log(&[f64::NAN, 1.0, 2.0]));
    }
}
