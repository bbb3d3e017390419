//! Stores in the units of their files: of a run they hold what its document says, of a sweep what single runs say, and the document of a sweep
//! keeps multiples of the reference.

use leyden_results::rows_kept;
use leyden_results::table::{Dimension, Read};
use leyden_results::{Document, FOUND, StudyData, is_series, read, request, run};
use leyden_scenario::{Scenario, with_overrides};
use leyden_study::{
    Folder, Shard, Status, Store, StoreReader, has_run_store, study_data, study_document, sweep,
    write_run_store,
};
use serde_json::Value;
use tempfile::TempDir;

const MEMORY: f64 = 1e9;

fn parse(text: &str) -> Scenario {
    read("test.toml", text).unwrap_or_else(|report| panic!("{report}\n{text}"))
}

fn single(text: &str) -> Document {
    let scenario = parse(text);
    run(&scenario, &request(&scenario, false, MEMORY)).unwrap()
}

fn swept(text: &str) -> (Scenario, StoreReader, TempDir) {
    let (scenario, folder) = (parse(text), folder());
    sweep(&scenario, folder.path(), Shard::ALL, 1, MEMORY, &leyden::Progress::default(), &|_| ()).unwrap();
    let store = Store::open_read(folder.path()).unwrap();
    (scenario, store, folder)
}

/// In memory where the system has such a folder: every file of a store waits for the disk.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

const DEVICE: &str =
    "[units]\nreference = \"5 GHz\"\n[coupling]\nstrength = \"10 MHz\"\n[battery]\nfrequency = \"4 GHz\"\n";
const DRIVEN: &str = "[charger]\ndephasing = \"80 1/us\"\n[drive]\namplitude = \"5 MHz\"\n";
const TIMES: &str = "[time]\nvalues = [0.0, \"30 ns\", \"0.4 us\"]\n";
const ENGINE: &str = "[units]\nreference = \"5 GHz\"\n[engine]\nhot_frequency = \"50 GHz\"\nsignal_frequency = \"4 GHz\"\n\
    hot_temperature = \"2 K\"\ncold_temperature = \"100 mK\"\nhot_rate = \"100 1/us\"\ncold_rate = \"100 1/us\"\n";
const STAGES: &str = "[[stage]]\nkind = \"evolve\"\nduration = \"20 ns\"\npoints = 3\n[[stage]]\nkind = \"extract\"\n\
    [[stage]]\nkind = \"evolve\"\nduration = \"9 ns\"\n[[stage]]\nkind = \"measure\"\ntarget = \"charger\"\n\
    [[stage]]\nkind = \"extract\"\n[cycle]\nrepeat = 3\n";
const DEPHASING: &str =
    "\"charger.dephasing\" = { from = \"0.1 1/us\", to = \"5000 1/us\", spacing = \"log\" }";

fn search(objective: &str, variable: &str) -> String {
    format!("[optimise]\nobjective = \"{objective}\"\nvariables = {{ {variable} }}\n")
}

/// Scenarios with an axis of one point that changes nothing.
fn cases() -> Vec<(String, &'static str)> {
    let cell = "\"battery.cells\" = [1]";
    let detuned = DEVICE.replace("frequency = \"4 GHz\"", "detuning = \"0.5 MHz\"");
    let drive = "[drive]\namplitude = \"5 MHz\"\n";
    vec![
        (format!("{DEVICE}{DRIVEN}{TIMES}"), cell),
        (format!("{DRIVEN}{TIMES}").replace("80 1/us", "3 1/us").replace("[charger]", "[units]\nreference = \"1 GHz\"\n[charger]"), cell),
        (format!("{detuned}{DRIVEN}frequency = \"4 GHz\"\n{TIMES}"), cell),
        // Several plateaus.
        (
            "[units]\nreference = \"10 MHz\"\n[charger]\ndephasing = 1.4\n[battery]\ncells = 40\n[drive]\namplitude = 4.0\n[time]\nend = \"1 us\"\npoints = 2\n".into(),
            "\"battery.cells\" = [40]",
        ),
        // In nothing at all.
        ("[charger]\ndephasing = 1.0\n[battery]\ndetuning = 0.05\n[drive]\namplitude = 0.5\n[time]\nend = 10.0\npoints = 3\n".into(), cell),
        (format!("{DEVICE}{drive}{}", search("charging_time.settling", DEPHASING)), cell),
        (format!("{DEVICE}{drive}{TIMES}{}", search("asymptote.log10_slowest_rate", DEPHASING)), cell),
        (format!("{DEVICE}{DRIVEN}{STAGES}"), cell),
        (format!("{ENGINE}drive = \"1 MHz\"\n"), "\"engine.signal_frequency\" = [\"4 GHz\"]"),
        (format!("{ENGINE}[charging]\n[coupling]\nstrength = \"2 MHz\"\n{TIMES}"), cell),
        ("[nmr]\nchargers = 4\ncoupling = 2.0\nbattery_frequency = \"500 MHz\"\n[time]\nend = \"300 ms\"\npoints = 3\n".into(), "\"nmr.chargers\" = [4]"),
    ]
}

#[test]
fn a_run_is_a_sweep_of_one_point() {
    for (text, axis) in cases() {
        let mut run = StudyData::of_run(&single(&text));
        let (_, store, _folder) = swept(&format!("{text}[sweep]\n{axis}\n"));
        let sweep = study_data(&store, true).unwrap();
        assert_eq!(sweep.objective, run.objective, "{text}");
        // Sweeps over stages have no times of their own.
        if store.times().is_empty() {
            run.times.clear();
        }
        assert_eq!((&sweep.times, &sweep.time_unit), (&run.times, &run.time_unit), "{text}");
        // Sweeps keep ledger and bounds where they are asked for.
        let timeless = |name: &str| is_series(name) && run.times.is_empty();
        let of_sweep =
            |name: &&str| !(name.starts_with("ledger_") || name.starts_with("bounds_") || timeless(name));
        let names: Vec<&str> = run.names().into_iter().filter(of_sweep).collect();
        // Per cell is a matter of studies over cells.
        let per_cell = |name: &&str| ["energy_per_cell", "ergotropy_per_cell"].contains(name);
        let swept: Vec<&str> = sweep.names().into_iter().filter(|name| !per_cell(name)).collect();
        assert_eq!(swept, names, "{text}");
        for name in names {
            // An engine alone has its frequency as the unit of energies, which a sweep over it has not.
            if !axis.contains("signal") {
                assert_eq!(sweep.unit(name), run.unit(name), "{name} of {text}");
                let count = if is_series(name) { run.times.len() } else { 1 };
                for time in 0..count {
                    let [a, b] = [sweep.value(name, &vec![0], time), run.value(name, &vec![], time)];
                    assert!(same(a, b), "{name} is {a:e} in the sweep and {b:e} alone: {text}");
                }
            }
        }
    }
}

#[test]
fn the_store_of_a_run_holds_what_its_document_says() {
    let mut ledgers = 0;
    for (text, _) in cases() {
        let (scenario, document, folder) = (parse(&text), single(&text), folder());
        let at = Folder::at(folder.path());
        assert!(!has_run_store(&at, &scenario, &document));
        write_run_store(&at, &scenario, &document).unwrap();
        let (store, data) = (Store::open_read(folder.path()).unwrap(), StudyData::of_run(&document));
        assert_eq!((store.points(), store.times()), (1, &*data.times));
        assert!(store.times().is_empty() || store.time_units() == data.time_unit, "{text}");
        assert_eq!(store.methods().unwrap(), [document.text("method.name").unwrap()]);
        assert_eq!(store.status().unwrap(), [Some(Status::Done)]);
        let mut found = 0;
        for variable in store.variables() {
            let (name, values) = (&variable.name, store.read(&variable.name).unwrap());
            assert_eq!(values.len(), if is_series(name) { data.times.len() } else { 1 }, "{name}");
            for (time, x) in values.iter().enumerate() {
                assert!(same(*x, data.value(name, &vec![], time)), "{name} of {text}");
                found += usize::from(x.is_finite());
            }
            assert!(
                !variable.units.is_empty()
                    && (!data.has(name) || variable.units == data.unit(name) || name.contains("log10")),
                "{name}"
            );
        }
        assert!(found > 8, "{found} numbers of {text}");
        let of_ledger =
            store.variables().iter().filter(|variable| variable.name.starts_with("ledger_")).count();
        let known = !document.numbers("ledger.drive_work").is_empty();
        assert_eq!(of_ledger > 8, known, "{of_ledger} arrays of the ledger of {text}");
        ledgers += usize::from(known);
        // As it is read again from its text, and only that.
        let again = Document::parse(&document.to_json()).unwrap();
        assert!(has_run_store(&at, &scenario, &again), "{text}");
        let other = single(
            &text
                .replace("80 1/us", "81 1/us")
                .replace("2 K", "2.1 K")
                .replace("[drive]\namplitude = \"5", "[drive]\namplitude = \"6"),
        );
        assert!(other == document || !has_run_store(&at, &scenario, &other), "{text}");
    }
    assert!(ledgers > 1, "{ledgers} ledgers");
}

#[test]
fn a_run_that_did_not_converge_says_so_in_its_store() {
    let text = "[battery]\nkind = \"oscillator\"\ncutoff = 4\n[charger]\nkind = \"oscillator\"\ncutoff = 4\n[coupling]\nform = \"dipole\"\n\
        [drive]\namplitude = 2.0\n[time]\nend = 10.0\npoints = 5\n";
    let (scenario, document, folder) = (parse(text), single(text), folder());
    write_run_store(&Folder::at(folder.path()), &scenario, &document).unwrap();
    let store = Store::open_read(folder.path()).unwrap();
    assert_eq!(store.status().unwrap(), [Some(Status::Failed)]);
    assert!(store.reasons().unwrap()[0].starts_with("cutoff-too-small; "), "{:?}", store.reasons());
    assert!(has_run_store(&Folder::at(folder.path()), &scenario, &document));
}

#[test]
fn a_damaged_store_of_a_run_is_told_and_made_again() {
    let text = format!("{DEVICE}{DRIVEN}{TIMES}");
    let (scenario, document, folder) = (parse(&text), single(&text), folder());
    let at = Folder::at(folder.path());
    write_run_store(&at, &scenario, &document).unwrap();
    let spoil = |name: &str| {
        let path = folder.path().join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(path, bytes).unwrap();
    };
    let drop = |name: &str| std::fs::remove_file(folder.path().join(name)).unwrap();
    type Damage<'a> = (&'a str, &'a dyn Fn(&str));
    let damages: [Damage<'_>; 10] = [
        ("ledger_drive_work/c.0", &drop),
        ("ledger_drive_work/zarr.json", &drop),
        ("zarr.json", &drop),
        ("zarr.json", &spoil),
        ("energy/c.0", &drop),
        ("energy/c.0", &spoil),
        ("time/c.0", &drop),
        ("status/c", &drop),
        ("reason/c", &spoil),
        ("asymptote_energy/c", &spoil),
    ];
    for (name, damage) in damages {
        assert!(has_run_store(&at, &scenario, &document), "before {name}");
        damage(name);
        assert!(!has_run_store(&at, &scenario, &document), "{name}");
        write_run_store(&at, &scenario, &document).unwrap();
    }
    assert!(has_run_store(&at, &scenario, &document));
}

/// JSON of runs and of sweeps in multiples, stores in units: one physics, point by point.
#[test]
fn the_document_of_a_sweep_is_that_of_single_runs_and_the_store_times_factors() {
    let drive = "[drive]\namplitude = \"5 MHz\"\n";
    let axes = [
        (format!("{DEVICE}{DRIVEN}{TIMES}"), "drive.amplitude", vec!["\"1 MHz\"", "\"5 MHz\"", "0.0007"]),
        (
            format!("{DEVICE}{DRIVEN}{TIMES}").replace("frequency = \"4 GHz\"\n", ""),
            "battery.frequency",
            vec!["\"4 GHz\"", "\"5.1 GHz\""],
        ),
        (
            format!("{DEVICE}[battery2]\n{DRIVEN}{TIMES}").replace("[battery2]\n", ""),
            "charger.dephasing",
            vec!["\"30 1/us\"", "\"0.08 1/ns\""],
        ),
        (format!("{DEVICE}{DRIVEN}{TIMES}"), "charger.t1", vec!["\"3 us\"", "\"900 ns\""]),
        (format!("{ENGINE}drive = \"1 MHz\"\n"), "engine.hot_temperature", vec!["\"1 K\"", "\"2500 mK\""]),
        (format!("{DEVICE}{DRIVEN}{STAGES}"), "stage.1.duration", vec!["\"20 ns\"", "\"0.03 us\""]),
        (
            format!("{DEVICE}{drive}{}", search("charging_time.settling", DEPHASING)),
            "coupling.strength",
            vec!["\"9 MHz\"", "\"10 MHz\""],
        ),
    ];
    for (text, key, values) in axes {
        let (scenario, store, _folder) =
            swept(&format!("{text}[sweep]\n\"{key}\" = [{}]\n", values.join(", ")));
        let document = study_document(&scenario, &store, "auto", "").unwrap();
        let (units, name) = (&scenario.units, |path: &str| path.replace('.', "_"));
        let unit = units.of_key(key);
        assert!(unit.factor != 1.0, "{key}");
        for (axis, document) in
            store.axes()[0].values.iter().zip(document["axes"][0]["values"].as_array().unwrap())
        {
            assert!((axis / (document.as_f64().unwrap() * unit.factor) - 1.0).abs() < 1e-13, "{key}");
        }
        for (k, t) in store.times().iter().enumerate() {
            assert!((t - document["times"][k].as_f64().unwrap() * units.time.factor).abs() <= 1e-13 * t);
        }
        // A document number, the store's, and that of the single run.
        let check =
            |path: &str, dimension: Dimension, at: usize, kept: f64, inside: &Value, alone: Option<f64>| {
                let inside = inside.as_f64().unwrap_or(f64::NAN);
                let factor = dimension.unit(units).factor;
                let shown = if dimension.is_logarithm() { inside + factor.log10() } else { inside * factor };
                let size = kept.abs().max(if dimension.is_logarithm() { 1.0 } else { 0.0 });
                assert!(
                    (kept - shown).abs() <= 1e-14 * size || (kept.is_nan() && shown.is_nan()),
                    "{path} {at}: {kept:e}, {shown:e}"
                );
                if let Some(alone) = alone {
                    let size = alone.abs().max(if dimension.is_logarithm() { 1.0 } else { 0.0 });
                    let near = (inside - alone).abs() <= 1e-14 * size || (inside.is_nan() && alone.is_nan());
                    assert!(near, "{path} {at} of {key}: {inside:e} in the sweep and {alone:e} alone");
                }
            };
        for (point, value) in values.iter().enumerate() {
            let alone = single(&with_overrides(&text, &[format!("{key}={value}")]).unwrap());
            for row in rows_kept(&scenario) {
                if row.over_time() && store.times().is_empty() {
                    continue;
                }
                let array = store.read(&name(row.path)).unwrap();
                let inside = row.path.split('.').fold(&document, |value, part| &value[part]);
                let width = array.len() / values.len();
                for at in point * width..(point + 1) * width {
                    let one = match (row.read, row.role) {
                        (Read::OverTime(_), _) => alone.numbers(row.path).get(at - point * width).copied(),
                        (_, leyden_results::table::Role::Everywhere) if row.is_number() => {
                            Some(alone.number(row.path).unwrap_or(f64::NAN))
                        }
                        _ => None,
                    };
                    let inside = match &inside[at] {
                        Value::Bool(truth) => f64::from(u8::from(*truth)).into(),
                        other => other.clone(),
                    };
                    check(row.path, row.dimension, at, array[at], &inside, one);
                }
            }
            if let Some(found) = alone.optimum() {
                let numbers = found.numbers();
                for ((path, ..), x) in FOUND.iter().zip(&numbers) {
                    let of_objective = path.ends_with("value") || path.ends_with("value_at_jump");
                    let dimension = if of_objective { Dimension::Time } else { Dimension::Number };
                    let inside = match &path.split('.').fold(&document, |value, part| &value[part])[point] {
                        Value::Bool(truth) => f64::from(u8::from(*truth)).into(),
                        other => other.clone(),
                    };
                    check(path, dimension, point, store.read(&name(path)).unwrap()[point], &inside, Some(*x));
                }
                let (best, factor) = (numbers[FOUND.len()], units.of_key("charger.dephasing").factor);
                let kept = store.read("optimum_charger_dephasing").unwrap()[point];
                assert!((kept / (best * factor) - 1.0).abs() < 1e-14 && factor != 1.0);
                let inside = document["optimum"]["variables"]["charger.dephasing"][point].as_f64().unwrap();
                assert!((inside / best - 1.0).abs() < 1e-14);
            }
        }
    }
}
