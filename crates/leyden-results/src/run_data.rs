//! A single run as a study without axes, so that figures and stores treat both alike.

use leyden::charge::Contents;
use serde_json::Value;

use crate::table::{ALL_CHANNELS, Channel, OF_CHANNELS, Plateau, Role, Stage, of_contents, rows};
use crate::{Document, FOUND, MEAN, STANDARD_ERROR, StudyData, found_dimension};

impl StudyData {
    /// The numbers of a run in the units of its file, those of [sweeps](Role::Sweep) included; what is null is left out.
    pub fn of_run(document: &Document) -> Self {
        let shown = document.shown();
        let units = shown.units();
        let title = shown.text("title").unwrap_or_default();
        let mut data = StudyData::new(title, Vec::new(), shown.numbers("times"));
        data.time_unit = units.time.symbol.clone();
        let [engine, charging, cycles] = ["engine", "charging", "cycles"].map(|part| document.has(part));
        // An engine alone has no battery, whose rows stand in every document.
        let trajectories = document.has("trajectories");
        let contents =
            Contents { battery: !engine || charging || cycles, engine, charging, cycles, trajectories };
        for row in of_contents(contents).filter(|row| row.role == Role::Everywhere) {
            let values = match row.over_time() {
                true => shown.numbers(row.path),
                false => vec![truth_or_number(&shown, row.path)],
            };
            data.insert(row.name(), values, row.dimension.unit(&units).symbol);
        }
        for (path, value) in of_lists(&shown) {
            let row = rows().find(|row| row.path == path && row.role == Role::Sweep);
            if let (Some(row), Some(value)) = (row, value) {
                data.insert(row.name(), vec![value], row.dimension.unit(&units).symbol);
            }
        }
        for (path, values) in of_channels(&shown) {
            if let Some(row) = rows().find(|row| row.path == path) {
                data.insert(row.name(), values, row.dimension.unit(&units).symbol);
            }
        }
        if document.has("disorder") {
            data.insert_averages(&shown, contents);
        }
        if let Some(found) = shown.optimum() {
            let numbers = found.numbers();
            for ((path, _, dimension), x) in FOUND.iter().zip(&numbers) {
                // The name does not say where it is a logarithm.
                let symbol = found_dimension(&found.objective, *dimension).symbol(&units);
                data.insert(path.replace('.', "_"), vec![*x], symbol);
            }
            for (key, x) in found.variables.keys().zip(&numbers[FOUND.len()..]) {
                let name = format!("optimum_{}", key.replace('.', "_"));
                data.insert(name, vec![*x], units.of_key(key).symbol);
            }
            data.objective = Some(found.objective);
        }
        data
    }
}

impl StudyData {
    /// Means and standard errors over samples.
    fn insert_averages(&mut self, shown: &Document, contents: Contents) {
        let units = shown.units();
        for (prefix, table) in [(MEAN, "disorder.mean"), (STANDARD_ERROR, "disorder.standard_error")] {
            for row in of_contents(contents).filter(|row| row.role != Role::Run) {
                let path = format!("{table}.{}", row.path);
                let values = match row.over_time() {
                    true => shown.numbers(&path),
                    false => vec![truth_or_number(shown, &path)],
                };
                let unit = row.dimension.unit(&units).symbol;
                self.insert(format!("{prefix}{}", row.name()), values, unit);
            }
            let Some(Value::Object(found)) = shown.get(&format!("{table}.optimum")) else { continue };
            let objective = shown.optimum().map_or(String::new(), |found| found.objective);
            for (path, _, dimension) in FOUND {
                let name = path.replace('.', "_");
                let x = found.get(path.rsplit('.').next().unwrap_or_default()).and_then(Value::as_f64);
                let symbol = found_dimension(&objective, dimension).symbol(&units);
                self.insert(format!("{prefix}{name}"), vec![x.unwrap_or(f64::NAN)], symbol);
            }
            for (key, x) in found.get("variables").and_then(Value::as_object).into_iter().flatten() {
                let name = format!("{prefix}optimum_{}", key.replace('.', "_"));
                self.insert(name, vec![x.as_f64().unwrap_or(f64::NAN)], units.of_key(key).symbol);
            }
        }
    }
}

fn truth_or_number(document: &Document, path: &str) -> f64 {
    match document.get(path) {
        Some(value) => {
            value.as_bool().map(|truth| f64::from(u8::from(truth))).or(value.as_f64()).unwrap_or(f64::NAN)
        }
        None => f64::NAN,
    }
}

/// What a sweep keeps of the channels of a ledger: their energies over time.
fn of_channels(shown: &Document) -> Vec<(&'static str, Vec<f64>)> {
    let channels = shown.list::<Channel>("ledger.channels");
    let numbers = |list: &[Option<f64>]| list.iter().map(|x| x.unwrap_or(f64::NAN)).collect::<Vec<_>>();
    let named = |name: &str| channels.iter().find(|channel| channel.name == name);
    let mut found: Vec<(&str, Vec<f64>)> = OF_CHANNELS
        .iter()
        .filter_map(|(path, name, is_bare)| {
            let channel = named(name)?;
            Some((*path, numbers(if *is_bare { &channel.bare } else { &channel.energy })))
        })
        .collect();
    let mut all = vec![0.0; shown.numbers("ledger.drive_work").len()];
    for channel in &channels {
        all.iter_mut().zip(numbers(&channel.energy)).for_each(|(sum, x)| *sum += x);
    }
    if !all.is_empty() {
        found.push((ALL_CHANNELS, all));
    }
    found
}

/// What a sweep keeps of lists: the last plateau, and of cycles the last one.
fn of_lists(shown: &Document) -> [(&'static str, Option<f64>); 9] {
    let plateau = shown.list::<Plateau>("asymptote.plateaus").pop();
    let plateau = |read: fn(&Plateau) -> Option<f64>| plateau.as_ref().and_then(read);
    let [energy, ergotropy] = ["cycles.energy", "cycles.ergotropy"].map(|path| shown.numbers(path));
    let stages = shown.list::<Stage>("cycles.stages");
    let extracted = stages.iter().filter_map(|stage| *stage.extracted.as_ref()?.last()?);
    [
        ("asymptote.plateau.energy", plateau(|p| Some(p.energy))),
        ("asymptote.plateau.ergotropy", plateau(|p| Some(p.ergotropy))),
        ("asymptote.plateau.from", plateau(|p| p.from)),
        ("asymptote.plateau.lifetime", plateau(|p| p.lifetime)),
        ("asymptote.plateau.log10_lifetime", plateau(|p| Some(p.log10_lifetime))),
        ("cycles.last_energy", energy.last().copied()),
        ("cycles.last_ergotropy", ergotropy.last().copied()),
        ("cycles.largest_energy", energy.iter().copied().reduce(f64::max)),
        ("cycles.extracted", extracted.reduce(|a, b| a + b)),
    ]
}
