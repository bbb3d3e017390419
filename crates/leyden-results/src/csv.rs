//! Results as comma-separated values: one table of what changes with time, one of everything else. The first line names the columns with their
//! units, cells of numbers that do not exist are empty.

use std::fmt::Write;

use crate::is_series;
use crate::study_data::{Place, StudyData};
use crate::table::{DERIVED, rows};

/// What stands beside the numbers of a point: a name, and a text per point.
pub type Texts<'a> = (&'a str, &'a [String]);

impl StudyData {
    /// A line per point, with its place on the axes; of a single run, which has none, a line per number: name, value, unit.
    pub fn points_as_csv(&self, texts: &[Texts<'_>]) -> String {
        let names: Vec<String> = self.in_order().filter(|name| !is_series(name)).collect();
        let mut out = String::new();
        if self.axes.is_empty() {
            out += "name,value,unit\n";
            for name in names {
                let unit = cell(&self.said_unit(&name));
                let _ = writeln!(out, "{name},{},{unit}", number(self.value(&name, &Place::new(), 0)));
            }
            return out;
        }
        let titles =
            names.iter().map(|name| self.title(name)).chain(texts.iter().map(|(name, _)| name.to_string()));
        line(&mut out, self.axis_titles().chain(titles));
        for (point, place) in self.places().enumerate() {
            let numbers = names.iter().map(|name| number(self.value(name, &place, 0)));
            let texts =
                texts.iter().map(|(_, texts)| texts.get(point).map_or(String::new(), |text| cell(text)));
            line(&mut out, self.coordinates(&place).chain(numbers).chain(texts));
        }
        out
    }

    /// A line per point and time; `None` where nothing was computed over time.
    pub fn series_as_csv(&self) -> Option<String> {
        let names: Vec<String> = self.in_order().filter(|name| is_series(name)).collect();
        if names.is_empty() || self.times.is_empty() {
            return None;
        }
        let mut out = String::new();
        let time = titled("time", &self.time_unit);
        line(&mut out, self.axis_titles().chain([time]).chain(names.iter().map(|name| self.title(name))));
        for place in self.places() {
            for (k, &t) in self.times.iter().enumerate() {
                let numbers = names.iter().map(|name| number(self.value(name, &place, k)));
                line(&mut out, self.coordinates(&place).chain([number(t)]).chain(numbers));
            }
        }
        Some(out)
    }

    /// Names of everything that has a number anywhere, in the order of the table.
    fn in_order(&self) -> impl Iterator<Item = String> {
        let known: Vec<String> = rows().map(|row| row.name()).filter(|name| self.has(name)).collect();
        let derived = |name: &str| DERIVED.iter().any(|derived| derived.name == name);
        let of_search =
            self.names().into_iter().filter(|name| !known.iter().any(|k| k == name) && !derived(name));
        let of_search: Vec<String> = of_search.map(String::from).collect();
        known.into_iter().chain(of_search)
    }

    fn title(&self, name: &str) -> String {
        titled(name, &self.said_unit(name))
    }

    /// The unit of a number; a logarithm has none itself, and says that of the number behind it: "log10(us)".
    fn said_unit(&self, name: &str) -> String {
        let is_logarithm = rows().any(|row| row.dimension.is_logarithm() && row.name() == name);
        match self.unit(name) {
            unit if is_logarithm && !unit.is_empty() => format!("log10({unit})"),
            unit => unit.into(),
        }
    }

    fn axis_titles(&self) -> impl Iterator<Item = String> {
        self.axes.iter().map(|axis| titled(&axis.key.replace('.', "_"), &axis.unit))
    }

    fn coordinates(&self, place: &Place) -> impl Iterator<Item = String> {
        self.axes.iter().zip(place).map(|(axis, &i)| number(axis.values[i]))
    }
}

fn titled(name: &str, unit: &str) -> String {
    match unit {
        "" | "1" => name.into(),
        unit => cell(&format!("{name} ({unit})")),
    }
}

fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.push(',');
        }
        *out += &cell;
    }
    out.push('\n');
}

/// The number with all its digits, empty where there is none.
fn number(x: f64) -> String {
    match x {
        x if !x.is_finite() => String::new(),
        x if x == 0.0 || (1e-5..1e15).contains(&x.abs()) => format!("{}", x + 0.0),
        x => format!("{x:e}"),
    }
}

/// A text as one cell.
fn cell(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StudyAxis;

    #[test]
    fn a_sweep_has_a_line_per_point_and_one_per_time() {
        let axes = vec![
            StudyAxis::new("battery.cells", vec![1.0, 2.0], "").measured("1"),
            StudyAxis::new("drive.amplitude", vec![0.1, 0.2], "").measured("MHz"),
        ];
        let mut data = StudyData::new("", axes, vec![0.0, 0.5]);
        data.time_unit = "us".into();
        data.insert("asymptote_energy", vec![0.1, f64::NAN, 1e-20, -0.0], "hbar omega_B");
        data.insert("energy", (0..8).map(f64::from).collect(), "hbar omega_B");
        let reasons = ["".into(), "no, \"none\"".into(), "".into(), "".into()];
        assert_eq!(
            data.points_as_csv(&[("reason", &reasons)]),
            "battery_cells,drive_amplitude (MHz),asymptote_energy (hbar omega_B),reason\n\
             1,0.1,0.1,\n1,0.2,,\"no, \"\"none\"\"\"\n2,0.1,1e-20,\n2,0.2,0,\n"
        );
        let series = data.series_as_csv().unwrap();
        let lines: Vec<&str> = series.lines().collect();
        assert_eq!(lines[0], "battery_cells,drive_amplitude (MHz),time (us),energy (hbar omega_B)");
        assert_eq!((lines.len(), lines[4], lines[8]), (9, "1,0.2,0.5,3", "2,0.2,0.5,7"));
    }

    #[test]
    fn numbers_have_all_digits_and_no_long_tails() {
        for (x, cell) in [
            (1.0, "1"),
            (-2.0, "-2"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e-5, "0.00001"),
            (9e-6, "9e-6"),
            (1e14, "100000000000000"),
            (1e15, "1e15"),
            (-1e300, "-1e300"),
            (5e-324, "5e-324"),
            (f64::NAN, ""),
            (f64::INFINITY, ""),
            (f64::NEG_INFINITY, ""),
        ] {
            assert_eq!(number(x), cell);
        }
    }

    #[test]
    fn a_run_has_a_line_per_number() {
        let mut data = StudyData::new("", Vec::new(), Vec::new());
        data.insert("asymptote_energy", vec![0.5], "omega_B");
        assert_eq!(data.points_as_csv(&[]), "name,value,unit\nasymptote_energy,0.5,omega_B\n");
        assert_eq!(data.series_as_csv(), None);
    }
}
