//! What every figure of a study is drawn from: its data, what the user wants to see, and where the axes without a role stand.

use leyden_figures::text::plain;
use leyden_figures::{DOUBLE_COLUMN, Figure, Reference, SINGLE_COLUMN};
use leyden_results::table::{Group, literal, name_of};
use leyden_results::{NOTHING, Place, StudyAxis, StudyData, extent, is_series, nearest, objective_row};

use super::disorder::realisations;
use super::markup::{self, with_unit};
use super::spec::{Spec, Width};

/// What every figure of a study is drawn from.
pub(super) struct StudyFigure<'a> {
    pub(super) data: &'a StudyData,
    pub(super) spec: &'a Spec,
    /// Where the axes without a role are fixed.
    pub(super) place: Place,
    /// The place of the time at which series are shown as one number.
    pub(super) time: usize,
}

impl<'a> StudyFigure<'a> {
    pub(super) fn new(data: &'a StudyData, spec: &'a Spec) -> Self {
        let fixed = |axis: &StudyAxis| spec.at.get(&axis.key).map_or(0, |&value| axis.nearest(value));
        let place = data.axes.iter().map(fixed).collect();
        let last = data.times.len().saturating_sub(1);
        let time = spec.at.get("time").map_or(last, |&time| nearest(&data.times, time));
        Self { data, spec, place, time }
    }

    /// The quantities asked for, or those of a list that exist.
    pub(super) fn quantities(&self, default: &[&str]) -> Vec<String> {
        if self.asked() {
            return self.spec.quantities.clone();
        }
        default.iter().filter(|name| self.data.has(name)).map(|name| name.to_string()).collect()
    }

    /// Whether the specification names quantities.
    pub(super) fn asked(&self) -> bool {
        !self.spec.quantities.is_empty()
    }

    /// The quantities asked for, those that can share an axis together.
    pub(super) fn asked_groups(&self) -> Vec<Vec<String>> {
        let mut groups: Vec<Vec<String>> = Vec::new();
        for name in &self.spec.quantities {
            let of = name_of(name).group;
            match groups.iter_mut().find(|group| name_of(&group[0]).group == of) {
                Some(group) => group.push(name.clone()),
                None => groups.push(vec![name.clone()]),
            }
        }
        groups
    }

    /// The numbers of a quantity along an axis; what rounding leaves of no energy or power is 0.
    pub(super) fn along(&self, name: &str, axis: usize, place: &Place) -> Vec<f64> {
        rounded(name, self.data.along(name, axis, place, self.time))
    }

    /// The same over time.
    pub(super) fn over_time(&self, name: &str, place: &Place) -> Vec<f64> {
        rounded(name, self.data.over_time(name, place))
    }

    /// Energies at the only time, if there is only one: they are no lines over time.
    pub(super) fn at_the_time(&self) -> Vec<String> {
        match self.data.times[..] {
            [_] => self.quantities(&["energy", "ergotropy_global"]),
            _ => Vec::new(),
        }
    }

    /// The names of the places of an optimum.
    pub(super) fn optimal_places(&self) -> Vec<&str> {
        self.data.names().into_iter().filter(|name| is_place(name)).collect()
    }

    /// The fixed place, moved along one axis.
    pub(super) fn moved(&self, axis: usize, to: usize) -> Place {
        let mut place = self.place.clone();
        place[axis] = to;
        place
    }

    /// The axes without a role and where they are fixed, as markup.
    fn fixed(&self, shown: &[usize]) -> String {
        let axes = self.data.axes.iter().enumerate().filter(|(i, _)| !shown.contains(i));
        let equation =
            |(i, axis): (usize, &StudyAxis)| Some(markup::equation(axis, *axis.values.get(self.place[i])?));
        axes.filter_map(equation).collect::<Vec<String>>().join(", ")
    }

    /// The label of a quantity, with the time at which a series is shown.
    pub(super) fn label(&self, name: &str) -> String {
        let full = match &self.data.objective {
            Some(objective) if name == "optimum_value" => {
                let best =
                    objective_row(objective).map_or_else(|| literal(objective), |row| row.label.into());
                format!("best {}", best.replace("charging time ", ""))
            }
            _ => name_of(name).full,
        };
        self.at_time(name, with_unit(&full, self.data.unit(name)))
    }

    /// A label with the time at which a series is shown.
    fn at_time(&self, name: &str, label: String) -> String {
        match self.data.times.get(self.time) {
            Some(&time) if is_series(name) => {
                format!("{label} at {}", markup::equals(&with_unit("@*t*", &self.data.time_unit), time))
            }
            _ => label,
        }
    }

    /// The label of an axis of these quantities, which can share it.
    pub(super) fn label_of_all(&self, quantities: &[String]) -> String {
        match quantities {
            [only] => self.label(only),
            [best, ..] if best == "optimum_value" => self.label(best),
            _ => {
                let first = &quantities[0];
                self.at_time(first, with_unit(name_of(first).group.label(), self.data.unit(first)))
            }
        }
    }

    /// Marks of an axis as upright lines.
    pub(super) fn marks(&self, axis: &StudyAxis) -> Vec<Reference> {
        let marks = self.data.marks.iter().filter(|mark| mark.key == axis.key);
        marks.map(|mark| Reference::vertical(mark.value, &mark.label)).collect()
    }

    /// What its numbers are, and what of the study is not in the figure.
    fn left_out(&self) -> Vec<String> {
        let points = self.data.points();
        let said =
            |count: usize, what: &str| (count > 0).then(|| format!("{count} of {points} points {what}"));
        let realised = (self.data.samples > 0).then(|| realisations(self.data.samples));
        [realised, said(self.data.failed, "failed"), said(self.data.missing, "not computed yet")]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Title, heading and width, which are the same for every kind of figure.
    pub(super) fn finish(&self, figure: Figure, shown: &[usize]) -> Figure {
        let fixed = self.fixed(shown);
        let title = self.spec.title.clone();
        let said = [fixed.clone(), figure.heading.clone()].into_iter().chain(self.left_out());
        let said = said.filter(|said| !said.is_empty()).collect::<Vec<String>>().join("; ");
        let lines = title.iter().cloned().chain([said]).filter(|line| !line.is_empty());
        let heading = lines.collect::<Vec<String>>().join("\n");
        let mut description = figure.description.clone();
        if !fixed.is_empty() {
            description = format!("{description} {}.", plain(&fixed));
        }
        Figure {
            title: title.map_or_else(|| self.data.title.clone(), |title| plain(&title)),
            description,
            heading,
            width: match self.spec.width {
                Some(Width::Single) => SINGLE_COLUMN,
                Some(Width::Double) => DOUBLE_COLUMN,
                None => figure.width,
            },
            ..figure
        }
    }
}

/// The numbers of a quantity, with 0 for what rounding leaves of no energy or power.
fn rounded(name: &str, values: Vec<f64>) -> Vec<f64> {
    let group = name_of(name).group;
    if matches!(group, Group::Energy | Group::Power) { without_rounding(&values) } else { values }
}

/// Zeros where all numbers are what rounding leaves of nothing: an axis would show their digits.
pub(super) fn without_rounding(values: &[f64]) -> Vec<f64> {
    let nothing = extent(values).is_some_and(|(low, high)| low.abs().max(high.abs()) <= NOTHING);
    values.iter().map(|x| if nothing && x.is_finite() { 0.0 } else { *x }).collect()
}

/// Whether an array says where a search found its optimum; `optimum_jump` is the side of a jump (1, -1 or
/// 0), no place.
fn is_place(name: &str) -> bool {
    name != "optimum_jump" && name_of(name).group == Group::Place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_value_is_labelled_as_what_it_is() {
        for (objective, label) in [
            ("charging_time.settling", "best *τ* (settling)"),
            ("ergotropy.limit", "best ergotropy *W*(∞)"),
            ("ergotropy.at", "best ergotropy *W*"),
            ("cycles.extracted", "best extracted energy"),
            ("an_older_name", "best an\\_older\\_name"),
        ] {
            let mut data = StudyData::default();
            data.objective = Some(objective.into());
            assert_eq!(StudyFigure::new(&data, &Spec::default()).label("optimum_value"), label);
        }
    }
}
