//! `leyden export`: every cell is the number of the document or of the store, in the unit of its title.

use std::path::Path;
use std::process::{Command, Output};

use leyden_results::{Document, StudyData, is_series};
use leyden_study::{Folder, Store, study_data};

fn leyden(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_leyden")).args(arguments).current_dir(folder).output().unwrap()
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = leyden(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = leyden(folder, arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

/// The cells of a table as any reader of CSV takes them.
fn table(text: &str) -> Vec<Vec<String>> {
    let (mut lines, mut line, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cell.push(letters.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => line.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                line.push(std::mem::take(&mut cell));
                lines.push(std::mem::take(&mut line));
            }
            letter => cell.push(letter),
        }
    }
    assert!(cell.is_empty() && line.is_empty() && !quoted, "{text}");
    assert!(lines.iter().all(|line| line.len() == lines[0].len()), "{text}");
    lines
}

fn read(folder: &Path, name: &str) -> Vec<Vec<String>> {
    table(&std::fs::read_to_string(folder.join(name)).unwrap())
}

/// To the last bit; a number that does not exist is an empty cell.
fn is(cell: &str, x: f64, context: &str) {
    match x.is_finite() {
        true => assert_eq!(cell.parse::<f64>().ok(), Some(x), "{context}"),
        false => assert_eq!(cell, "", "{context}"),
    }
    assert!(!cell.ends_with(".0") && !cell.starts_with("-0,") && cell != "-0", "{context}: {cell}");
}

const DEVICE: &str = "title = \"device\"\n[units]\nreference = \"5 GHz\"\n[charger]\ndephasing = \"80 1/us\"\n[battery]\nfrequency = \"4 GHz\"\n\
    [coupling]\nstrength = \"10 MHz\"\n[drive]\namplitude = \"5 MHz\"\n[time]\nvalues = [0.0, \"30 ns\", \"0.4 us\"]\n";

#[test]
fn a_run_over_time_and_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, "device.toml", DEVICE);
    let document = Document::parse(&done(at, &["run", "device.toml", "--json"])).unwrap();
    done(at, &["run", "device.toml", "--out", "out"]);
    let said = done(at, &["export", "out"]);
    assert_eq!(said, "wrote out/result.csv (3 lines) and out/result-numbers.csv (29 lines)\n");
    let (units, lines) = (document.units(), read(at, "out/result.csv"));
    assert_eq!(lines[0][..2], ["time (ns)", "energy (hbar omega_B)"]);
    assert!(
        lines[0].contains(&"power_average (hbar omega_B/ns)".into()) && lines[0].contains(&"purity".into())
    );
    for (column, title) in lines[0].iter().enumerate() {
        let name = title.split(" (").next().unwrap();
        let path = match name {
            "time" => "times".into(),
            // Sums over the channels of a list.
            name if name.starts_with("ledger_channel") => continue,
            name if name.starts_with("bounds_") => {
                name.replacen("bounds_", "bounds.", 1).replacen("speed_limit_", "speed_limit.", 1)
            }
            name => name
                .replacen("ergotropy_", "ergotropy.", 1)
                .replacen("power_", "power.", 1)
                .replacen("ledger_", "ledger.", 1),
        };
        let shown = document.shown().numbers(&path);
        let factor = document.unit(&path).factor;
        for (k, x) in document.numbers(&path).iter().enumerate() {
            is(&lines[k + 1][column], shown[k], title);
            assert!(x.is_nan() || (shown[k] - x * factor).abs() <= 1e-13 * shown[k].abs(), "{title}");
        }
    }
    // Typed times come back as they were typed.
    let times: Vec<&str> = lines[1..].iter().map(|line| &*line[0]).collect();
    assert_eq!(times, ["0", "30", "400"]);
    let average = lines[0].iter().position(|title| title.starts_with("power_average")).unwrap();
    assert_eq!(lines[1][average], "", "the average power at t = 0");
    let numbers = read(at, "out/result-numbers.csv");
    assert_eq!(numbers[0], ["name", "value", "unit"]);
    let line = |name: &str| {
        numbers.iter().find(|line| line[0] == name).unwrap_or_else(|| panic!("{name}: {numbers:?}"))
    };
    for (name, path, factor, unit) in [
        ("charging_time_settling", "charging_time.settling", units.time.factor, "ns"),
        ("asymptote_energy", "asymptote.energy", 1.25, "hbar omega_B"),
        (
            "power_maximum_average_value",
            "power.maximum_average.value",
            1.25 / units.time.factor,
            "hbar omega_B/ns",
        ),
        ("asymptote_slowest_rate", "asymptote.slowest_rate", 1.0 / units.time.factor, "1/ns"),
        ("asymptote_purity", "asymptote.purity", 1.0, "1"),
    ] {
        let found: f64 = line(name)[1].parse().unwrap();
        assert!((found / (document.number(path).unwrap() * factor) - 1.0).abs() < 1e-15, "{name}");
        assert_eq!(line(name)[2], unit);
    }
    // Whole numbers, truths, logarithms.
    assert_eq!(line("asymptote_conserved")[1..], ["2", "1"]);
    assert_eq!(line("asymptote_unique")[1..], ["0", "1"]);
    let [rate, log] = ["asymptote_slowest_rate", "asymptote_log10_slowest_rate"]
        .map(|name| line(name)[1].parse::<f64>().unwrap());
    assert!((rate.log10() - log).abs() < 1e-13);
    assert_eq!(line("asymptote_log10_slowest_rate")[2], "log10(1/ns)");
    assert!(numbers.iter().all(|line| line[0] != "asymptote_plateau_energy"), "what is null is left out");
    // To standard output goes the first table; elsewhere both.
    assert_eq!(table(&done(at, &["export", "out", "-o", "-"])), lines);
    done(at, &["export", "out", "--output", "there.csv"]);
    assert_eq!((read(at, "there.csv"), read(at, "there-numbers.csv")), (lines, numbers));
    // Once more what the result says, not what stands in an old table.
    assert_eq!(
        done(at, &["run", "device.toml", "--out", "out"]).lines().last(),
        Some("complete already: out")
    );
}

#[test]
fn an_engine_alone_is_one_table() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(
        at,
        "maser.toml",
        "title = \"maser\"\n[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\ndrive = 0.3\n",
    );
    done(at, &["run", "maser.toml", "--out", "out"]);
    assert!(done(at, &["export", "out"]).starts_with("wrote out/result.csv ("));
    let lines = read(at, "out/result.csv");
    assert!(lines[1..].iter().all(|line| line[0].starts_with("engine_")), "{lines:?}");
    let power = lines.iter().find(|line| line[0] == "engine_power").unwrap();
    assert!((power[1].parse::<f64>().unwrap() - 0.043_733_2).abs() < 1e-6);
    assert_eq!(power[2], "gamma_h omega_0");
    assert_eq!(lines.iter().find(|line| line[0] == "engine_beta_e").unwrap()[1..], ["-0.8", "1/omega_0"]);
    assert!(!at.join("out/result-numbers.csv").exists());
}

#[test]
fn a_sweep_has_its_points_and_their_series() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // The last coupling is so weak that its times are huge.
    let axes = "[sweep]\n\"coupling.strength\" = [\"10 MHz\", \"1e-9 MHz\"]\n\"battery.cells\" = [1, 2, 3]\n";
    write(at, "sweep.toml", &format!("{DEVICE}{axes}"));
    done(at, &["run", "sweep.toml", "--out", "out"]);
    assert_eq!(
        done(at, &["export", "out"]),
        "wrote out/result.csv (6 lines) and out/result-series.csv (18 lines)\n"
    );
    let store = Store::open_read(at.join("out")).unwrap();
    let data = study_data(&store, true).unwrap();
    let points = read(at, "out/result.csv");
    assert_eq!(points[0][..2], ["coupling_strength (MHz)", "battery_cells"]);
    assert_eq!(points[0][points[0].len() - 3..], ["method", "status", "reason"]);
    let places: Vec<[&str; 2]> = points[1..].iter().map(|line| [&*line[0], &*line[1]]).collect();
    assert_eq!(places, [["10", "1"], ["10", "2"], ["10", "3"], ["1e-9", "1"], ["1e-9", "2"], ["1e-9", "3"]]);
    holds(&points, &data, 1);
    for (point, line) in points[1..].iter().enumerate() {
        let texts = [&store.methods().unwrap()[point], "done", &store.reasons().unwrap()[point]];
        assert_eq!(line[line.len() - 3..], texts);
    }
    let series = read(at, "out/result-series.csv");
    assert_eq!(series[0][..3], ["coupling_strength (MHz)", "battery_cells", "time (ns)"]);
    holds(&series, &data, 3);
    let huge = points.iter().flatten().filter_map(|cell| cell.parse::<f64>().ok()).any(|x| x.abs() > 1e15);
    let tiny = points
        .iter()
        .flatten()
        .filter_map(|cell| cell.parse::<f64>().ok())
        .any(|x| x != 0.0 && x.abs() < 1e-13);
    assert!(huge && tiny, "{points:?}");
    assert_eq!(table(&done(at, &["export", "out", "-o", "-"])), points);
}

/// All numbers of a table of a sweep; `times` lines for each point.
fn holds(lines: &[Vec<String>], data: &StudyData, times: usize) {
    let named = |title: &str| {
        data.names()
            .into_iter()
            .find(|name| title == *name || title.starts_with(&format!("{name} (")))
            .map(String::from)
    };
    let mut found = 0;
    for (column, title) in lines[0].iter().enumerate() {
        let Some(name) = named(title) else { continue };
        assert_eq!(is_series(&name), times > 1, "{name}");
        let unit = match data.unit(&name) {
            "1" => String::new(),
            unit if name.contains("log10") => format!(" (log10({unit}))"),
            unit => format!(" ({unit})"),
        };
        assert_eq!(*title, format!("{name}{unit}"));
        for (i, line) in lines[1..].iter().enumerate() {
            let (point, time) = (i / times, i % times);
            is(&line[column], data.value(&name, &vec![point / 3, point % 3], time), title);
        }
        found += 1;
    }
    assert!(found > 9 && lines.len() == 1 + 6 * times, "{:?}", lines[0]);
}

#[test]
fn points_that_are_missing_or_have_failed_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let text = "title = \"half\"\n[battery]\nkind = \"oscillator\"\n[charger]\nkind = \"oscillator\"\ncutoff = 4\nrelaxation = 0.1\n[drive]\namplitude = 0.1\n\
        [method]\nname = \"explicit\"\ntolerance = 1e-3\n[time]\nend = 1.0\npoints = 2\n[sweep]\n\"drive.amplitude\" = [0.01, 0.1, 5.0, 0.3]\n";
    write(at, "half.toml", text);
    leyden(at, &["run", "half.toml", "--out", "out", "--shard", "1/2"]);
    done(at, &["export", "out"]);
    let lines = read(at, "out/result.csv");
    let status: Vec<&str> = lines[1..].iter().map(|line| &*line[line.len() - 2]).collect();
    assert!(status.contains(&"not computed") && status.contains(&"done"), "{status:?}");
    let statuses = Store::open_read(at.join("out")).unwrap().status().unwrap();
    for (line, status) in lines[1..].iter().zip(statuses) {
        let (numbers, texts) = (&line[1..line.len() - 3], &line[line.len() - 3..]);
        match status {
            None => {
                assert!(numbers.iter().all(String::is_empty) && texts == ["", "not computed", ""], "{line:?}")
            }
            Some(leyden_study::Status::Done) => assert_eq!(texts[1], "done"),
            Some(leyden_study::Status::Failed) => {
                assert!(texts[1] == "failed" && !texts[2].is_empty(), "{line:?}");
            }
        }
    }
}

#[test]
fn what_follows_from_a_result_is_made_again_where_it_got_lost() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, "device.toml", DEVICE);
    let first = done(at, &["run", "device.toml", "--out", "out"]);
    let read = |name: &str| std::fs::read(at.join("out").join(name)).unwrap();
    let files = ["zarr.json", "energy/c.0", "status/c", "time/c.0", "figure.svg", "result.json"];
    let before = files.map(read);
    for lost in &files[..5] {
        std::fs::remove_file(at.join("out").join(lost)).unwrap();
        // A figure alone may have been taken away on purpose.
        if *lost == "figure.svg" {
            std::fs::remove_file(at.join("out/zarr.json")).unwrap();
        }
        let again = done(at, &["run", "device.toml", "--out", "out"]);
        assert_eq!(again.lines().last(), Some("complete already: out"), "{lost}");
        assert_eq!(first.lines().count(), again.lines().count());
        assert!(files.map(read) == before, "{lost}");
    }
    // Whole, nothing is touched.
    let modified = |name: &str| std::fs::metadata(at.join("out").join(name)).unwrap().modified().unwrap();
    let times = files.map(modified);
    done(at, &["run", "device.toml", "--out", "out"]);
    assert_eq!(files.map(modified), times);
    // Killed after the document: the store of an earlier document stands there.
    let verified = done(at, &["run", "device.toml", "--out", "out", "--verify"]);
    assert!(verified.contains("verified by"));
    assert!(Folder::at(at.join("out")).read().unwrap().has("verify") && read("energy/c.0") == before[1]);
}

#[test]
fn single_runs_and_sweeps_keep_apart() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, "device.toml", DEVICE);
    write(at, "sweep.toml", &format!("{DEVICE}[sweep]\n\"battery.cells\" = [1, 2]\n"));
    done(at, &["run", "device.toml", "--out", "one"]);
    done(at, &["run", "sweep.toml", "--out", "many"]);
    let other = "holds the results of another scenario; choose another folder with --out";
    assert!(refused(at, &["run", "sweep.toml", "--out", "one"]).contains(&format!("one {other}")));
    assert!(refused(at, &["run", "device.toml", "--out", "many"]).contains(&format!("many {other}")));
    for (into, from) in [("one", "many"), ("many", "one"), ("new", "one")] {
        let said = refused(at, &["merge", into, from]);
        assert_eq!(said, "error: one holds a single run, and merge joins shards of a sweep\n");
    }
    assert!(!at.join("new").exists());
    for name in ["one", "many"] {
        done(at, &["figure", name]);
        done(at, &["export", name]);
    }
    assert_eq!(refused(at, &["export", "none"]), refused(at, &["figure", "none"]));
}

/// Laws in the number of cells are a group of the store, from one run or from merged shards, and its metadata list it.
#[test]
fn laws_are_kept_with_their_store() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let text = DEVICE.replace("5 MHz\"\n[time]\nvalues = [0.0, \"30 ns\", \"0.4 us\"]", "400 MHz\"");
    write(at, "laws.toml", &format!("{text}[sweep]\n\"battery.cells\" = [8, 16, 32, 64]\n"));
    let said = done(at, &["run", "laws.toml", "--out", "whole"]);
    let document: serde_json::Value =
        serde_json::from_str(&done(at, &["run", "laws.toml", "--json"])).unwrap();
    let json = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(at.join(name)).unwrap()).unwrap()
    };
    let kept = json("whole/fits/zarr.json");
    let fits = &kept["attributes"]["fits"];
    assert_eq!(
        (fits, &json("whole/zarr.json")["consolidated_metadata"]["metadata"]["fits"]),
        (&document["fits"], &kept)
    );
    // 1 - R = a/N against least squares by hand, of N = 32 and 64.
    let r = |n: usize| {
        let [w, e] = ["ergotropy", "energy"].map(|name| match name {
            "energy" => document["asymptote"]["energy"][n].as_f64().unwrap(),
            _ => document["asymptote"]["ergotropy"]["global"][n].as_f64().unwrap(),
        });
        w / e
    };
    let a = ((1.0 - r(2)) / 32.0 + (1.0 - r(3)) / 64.0) / (1.0 / 32f64.powi(2) + 1.0 / 64f64.powi(2));
    assert!((fits[0]["a"].as_f64().unwrap() / a - 1.0).abs() < 1e-12, "{fits}");
    assert_eq!(
        (&fits[0]["law"], &fits[0]["from"], &fits[0]["to"]),
        (&"1 - R = a/N".into(), &32.0.into(), &64.0.into())
    );
    assert!(said.contains("\nlaw             1 - R = 1.7"), "{said}");
    // A power law by hand, in the unit that is said.
    let power = fits.as_array().unwrap().iter().find(|fit| fit["unit"] == "us").unwrap();
    let name = power["quantity"].as_str().unwrap();
    let y = Store::open_read(at.join("whole")).unwrap().read(name).unwrap();
    let x: Vec<f64> = [8.0_f64, 16.0, 32.0, 64.0].iter().map(|n| n.ln()).collect();
    let y: Vec<f64> = y.iter().map(|y| y.ln()).collect();
    let [mx, my] = [&x, &y].map(|list| list.iter().sum::<f64>() / 4.0);
    let slope = x.iter().zip(&y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>()
        / x.iter().map(|x| (x - mx).powi(2)).sum::<f64>();
    assert!((power["exponent"].as_f64().unwrap() - slope).abs() < 1e-12, "{power}");
    assert!((power["prefactor"].as_f64().unwrap().ln() - (my - slope * mx)).abs() < 1e-12, "{power}");
    assert!(said.contains(&format!("law             {name} = ")), "{said}");
    // A part has none; the whole of merged parts has those of one run.
    for shard in ["1/2", "2/2"] {
        let out = format!("part-{}", &shard[..1]);
        done(at, &["run", "laws.toml", "--out", &out, "--shard", shard]);
        assert!(!at.join(&out).join("fits").exists());
    }
    done(at, &["merge", "merged", "part-1", "part-2"]);
    for name in ["zarr.json", "fits/zarr.json"] {
        assert!(
            std::fs::read(at.join("merged").join(name)).unwrap()
                == std::fs::read(at.join("whole").join(name)).unwrap()
        );
    }
    // What is there already is not written again, and what is wrong is.
    let modified = || {
        ["zarr.json", "fits/zarr.json"]
            .map(|name| std::fs::metadata(at.join("whole").join(name)).unwrap().modified().unwrap())
    };
    let times = modified();
    done(at, &["run", "laws.toml", "--out", "whole"]);
    assert_eq!(modified(), times);
    write(at, "whole/fits/zarr.json", "{}");
    done(at, &["run", "laws.toml", "--out", "whole"]);
    assert_eq!(json("whole/fits/zarr.json"), kept);
}
