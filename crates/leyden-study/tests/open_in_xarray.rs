//! Stores open in xarray without a warning: before, amidst and after a study.
//!
//! The Python environment is made under target/ from requirements.txt, once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use leyden_results::request;
use leyden_scenario::Scenario;
use leyden_study::store::{Axis, Layout, Record, Shard, Status, Store, Variable};
use leyden_study::{Folder, study_data, sweep, write_fits, write_run_store};
use serde_json::json;

fn layout(axes: bool) -> Layout {
    let axis = |key: &str, values: &[f64], units: &str, long_name: &str| Axis {
        key: key.into(),
        values: values.into(),
        whole: key == "battery.cells",
        units: units.into(),
        long_name: long_name.into(),
    };
    let variable = |name: &str, units: &str, long_name: &str, over_time| Variable {
        name: name.into(),
        units: units.into(),
        long_name: long_name.into(),
        over_time,
    };
    let mut layout = Layout {
        scenario: "title = \"Ladezeit für drei Zellen\"\n".into(),
        axes: vec![
            axis("charger.dephasing", &[0.1, 0.2, 0.4, 0.8, 1.6], "g", "dephasing of the charger"),
            axis("battery.cells", &(1..=11).map(f64::from).collect::<Vec<_>>(), "1", "cells"),
        ],
        times: vec![0.0, 0.5, 1.0, 1.5],
        time_units: "1/g".into(),
        variables: vec![
            variable("power", "g^2", "largest power", false),
            variable("energy", "g", "energy of the battery", true),
        ],
        samples: 0,
        fast_axis: None,
        attributes: json!({ "version": "0.1.0", "method": "rabi-blocks", "tolerance": 1e-8, "seed": null })
            .as_object()
            .unwrap()
            .clone(),
    };
    if !axes {
        layout.axes.clear();
    }
    layout
}

fn record(layout: &Layout, point: usize) -> Record {
    if point % 4 == 1 {
        let reason = format!("Schrittweite zu klein, größter Wert 10⁻³ (point {point})");
        return Record { status: Status::Failed, values: vec![], reason, method: String::new() };
    }
    let energy = layout.times.iter().map(|t| (point as f64 + t).sin());
    let values = [(point as f64).sqrt()].into_iter().chain(energy).collect();
    Record { status: Status::Done, values, reason: String::new(), method: "rabi-blocks".into() }
}

/// Folders as the command makes them: of a single run, of one over stages, of a sweep with laws in the number of cells.
fn results(root: &Path) {
    let device = "title = \"device\"\n[units]\nreference = \"5 GHz\"\n[charger]\ndephasing = \"20 1/us\"\n[battery]\nfrequency = \"4 GHz\"\n\
        [coupling]\nstrength = \"10 MHz\"\n[drive]\namplitude = \"4 MHz\"\n";
    let run = |name: &str, rest: &str, verify: bool| {
        let scenario = Scenario::parse(name, &format!("{device}{rest}")).unwrap();
        let document = leyden_results::run(&scenario, &request(&scenario, verify, 1e9)).unwrap();
        let folder = Folder::at(root.join(name));
        folder.write(&scenario, &document).unwrap();
        write_run_store(&folder, &scenario, &document).unwrap();
    };
    let times = "[time]\nend = \"0.4 us\"\npoints = 5\n";
    run("run", times, false);
    // Written again, as after --verify.
    run("run", times, true);
    run("stages", "[[stage]]\nkind = \"wait\"\nduration = \"20 ns\"\n[[stage]]\nkind = \"extract\"\n", false);
    let text = format!("{device}[sweep]\n\"battery.cells\" = [8, 16, 32, 64]\n").replace("4 MHz", "400 MHz");
    let (scenario, path) = (Scenario::parse("laws", &text).unwrap(), root.join("laws"));
    sweep(&scenario, &path, Shard::ALL, 1, 1e9, &leyden::Progress::default(), &|_| ()).unwrap();
    let fits = study_data(&Store::open_read(&path).unwrap(), false).unwrap().fits();
    write_fits(&Folder::at(&path), &fits).unwrap();
    // Without laws there is no group.
    sweep(&scenario, &root.join("no-laws"), Shard::ALL, 1, 1e9, &leyden::Progress::default(), &|_| ())
        .unwrap();
    write_fits(&Folder::at(root.join("no-laws")), &fits).unwrap();
    write_fits(&Folder::at(root.join("no-laws")), &[]).unwrap();
}

/// The interpreter of an environment with requirements.txt installed.
fn python() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("xarray");
    let python = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let wanted = fs::read_to_string(here.join("tests/requirements.txt")).unwrap();
    let installed = environment.join("requirements.txt");
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return python;
    }
    let step = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let base = if cfg!(windows) { "python" } else { "python3" };
    step(Path::new(base), &["-m", "venv", "--clear", environment.to_str().unwrap()]);
    let requirements = here.join("tests/requirements.txt");
    step(&python, &["-m", "pip", "install", "--quiet", "--requirement", requirements.to_str().unwrap()]);
    fs::write(installed, wanted).unwrap();
    python
}

#[test]
fn stores_open_in_xarray_without_warnings() {
    let folder = tempfile::tempdir().unwrap();
    for (name, points) in [("empty", 0..0), ("half", 0..30), ("full", 0..55), ("single", 0..1)] {
        let layout = layout(name != "single");
        let mut store = Store::open(folder.path().join(name), &layout, Shard::ALL).unwrap();
        for point in points {
            store.append(point, &record(&layout, point)).unwrap();
        }
        // Amidst a study there is a journal, and a lock; other files stand beside.
        if name == "half" {
            for file in ["shard-1-of-1.lock", "scenario.toml", "figure.svg"] {
                fs::write(folder.path().join(name).join(file), "").unwrap();
            }
        }
        store.finish().unwrap();
    }
    results(folder.path());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/open_in_xarray.py");
    let output = Command::new(python())
        .args(["-W", "error"])
        .args([script.as_path(), folder.path()])
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&text));
    assert!(text.is_empty(), "{}", String::from_utf8_lossy(&text));
}
