//! `[disorder]` against closed forms and against single runs with the numbers that were drawn; the same bits whoever computes, and after kills.

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use leyden::Progress as Told;
use leyden::charge::System;
use leyden_results::rows_kept;
use leyden_results::table::Role;
use leyden_results::{Document, base, request, run};
use leyden_scenario::{Scenario, with_overrides};
use leyden_study::{Shard, Store, StoreReader, merge, run_samples, study_document, sweep, write_means};
use serde_json::Value;

use common::files;

const MEMORY: f64 = 1e9;

fn parse(text: &str) -> Scenario {
    leyden_results::read("test.toml", text).unwrap_or_else(|report| panic!("{report}"))
}

fn ran(text: &str) -> Document {
    let scenario = parse(text);
    run(&scenario, &request(&scenario, false, MEMORY)).unwrap()
}

fn swept(text: &str, folder: &Path, shard: Shard, threads: usize) -> StoreReader {
    sweep(&parse(text), folder, shard, threads, MEMORY, &Told::default(), &|_| ()).unwrap();
    Store::open_read(folder).unwrap()
}

/// The document with samples over threads, whose journal lies below `folder`.
fn sampled(text: &str, folder: &Path, threads: usize) -> Document {
    let scenario = parse(text);
    let document = base(&scenario, &request(&scenario, false, MEMORY)).unwrap();
    run_samples(&scenario, &document, folder, threads, MEMORY, &Told::default(), &|_| ()).unwrap().unwrap()
}

/// Two resonant qubits of coupling g, the charger excited: E = sin^2(g t), and W = max(0, 2 E - 1). Over normal g
///
/// ```text
/// <E> = (1 - cos(2 m t) e^{-2 s^2 t^2})/2,
/// ```
///
/// over uniform g on [a, b] <E> = (1 - (sin(2 b t) - sin(2 a t))/(2 (b - a) t))/2.
#[test]
fn means_of_random_couplings_are_closed_integrals() {
    let text = |distribution: &str, seed: usize| {
        format!(
            "initial.charger = \"excited\"\ntime.values = [0.3, 1.0, 2.5, 7.0]\n[disorder]\nsamples = 2000\nseed = {seed}\n\"coupling.strength\" = {distribution}\n"
        )
    };
    let (m, s, a, b) = (1.0, 0.2, 0.7, 1.5);
    type Exact<'a> = &'a dyn Fn(f64) -> f64;
    let normal: Exact<'_> = &|t| (1.0 - (2.0 * m * t).cos() * (-2.0 * s * s * t * t).exp()) / 2.0;
    let uniform: Exact<'_> =
        &|t| (1.0 - ((2.0 * b * t).sin() - (2.0 * a * t).sin()) / (2.0 * (b - a) * t)) / 2.0;
    for (distribution, exact) in [("{ normal = [1.0, 0.2] }", normal), ("{ uniform = [0.7, 1.5] }", uniform)]
    {
        for seed in [1, 2, 3] {
            let document = ran(&text(distribution, seed));
            let [mean, error] =
                ["mean", "standard_error"].map(|of| document.numbers(&format!("disorder.{of}.energy")));
            for (k, t) in document.numbers("times").into_iter().enumerate() {
                let off = (mean[k] - exact(t)).abs() / error[k];
                assert!(off < 4.0, "{distribution}, seed {seed}, t = {t}: {off} standard errors");
            }
            // The fields of the file are those of the mean coupling.
            let g = if distribution.contains("normal") { m } else { (a + b) / 2.0 };
            assert!((document.numbers("energy")[1] - f64::sin(g).powi(2)).abs() < 1e-10);
        }
    }
}

/// Scenarios of every kind with random keys, and the text of one sample.
const SCENARIOS: [(&str, &[&str]); 7] = [
    // Cells one by one.
    (
        "battery.cells = 2\nbattery.frequency = 1.0\ncharger.frequency = 1.0\ncharger.dephasing = 0.3\ndrive.amplitude = 0.5\ntime.values = [0.0, 1.0, 3.0]\n[disorder]\nsamples = 6\nseed = 4\n\"battery.frequency\" = { normal = [1.0, 0.1] }\n\"coupling.strength\" = { uniform = [0.8, 1.2] }\n\"drive.amplitude\" = { normal = [0.5, 0.05] }\n",
        &["battery.frequency", "coupling.strength", "drive.amplitude"],
    ),
    // Units; limits that not all samples have.
    (
        "units.reference = \"5 GHz\"\nbattery.frequency = \"5 GHz\"\ncoupling.strength = \"10 MHz\"\ndrive.amplitude = \"5 MHz\"\ntime = { end = \"0.1 us\", points = 5 }\n[disorder]\nsamples = 5\n\"charger.dephasing\" = { uniform = [0.0, \"20 1/us\"] }\n",
        &["charger.dephasing"],
    ),
    // A cavity, whole numbers, a start.
    (
        "charger = { kind = \"oscillator\" }\nbattery.cells = 2\ntime.values = [0.5, 1.0]\n[disorder]\nsamples = 5\n\"initial.charger.fock\" = { uniform = [0, 3] }\n\"battery.cells\" = { uniform = [1, 3] }\n",
        &["battery.cells", "initial.charger.fock"],
    ),
    // Stages, whose times are random too.
    (
        "charger.dephasing = 1.4\ndrive.amplitude = 0.5\n[[stage]]\nkind = \"evolve\"\nduration = 1.0\npoints = 3\n[[stage]]\nkind = \"extract\"\nby = \"unitary\"\n[cycle]\nrepeat = 3\n[disorder]\nsamples = 4\n\"stage.1.duration\" = { uniform = [0.9, 1.1] }\n\"stage.1.drive.amplitude\" = { normal = [0.5, 0.1] }\n",
        &["stage.1.drive.amplitude", "stage.1.duration"],
    ),
    // A search in every sample.
    (
        "charger.dephasing = 1.4\ntime.values = [0.0, 5.0]\n[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"drive.amplitude\" = { from = 0.1, to = 1.0 } }\n[disorder]\nsamples = 3\n\"coupling.strength\" = { uniform = [0.8, 1.2] }\n",
        &["coupling.strength"],
    ),
    // An engine alone, with a load.
    (
        "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 20.0\ncold_temperature = 5.0\nload = { down = 0.1, up = 0.05 }\n[disorder]\nsamples = 4\n\"engine.hot_temperature\" = { normal = [20.0, 1.0] }\n\"engine.load.up\" = { uniform = [0.01, 0.05] }\n",
        &["engine.hot_temperature", "engine.load.up"],
    ),
    // Engines on equal cells, and spins.
    (
        "[nmr]\nchargers = 3\ncoupling = 1.0\n[[stage]]\nkind = \"evolve\"\nduration = 1.0\npoints = 2\n[disorder]\nsamples = 4\n\"nmr.coupling\" = { normal = [1.0, 0.1] }\n\"nmr.charger_excitation\" = { uniform = [0.6, 0.9] }\n",
        &["nmr.charger_excitation", "nmr.coupling"],
    ),
];

/// The documents of single runs with what is drawn for each sample.
fn single_runs(text: &str, keys: &[&str], more: &[String]) -> Vec<Document> {
    let scenario = parse(text);
    let disorder = scenario.disorder.as_ref().unwrap();
    assert_eq!(disorder.keys.iter().map(|random| random.key.to_string()).collect::<Vec<_>>(), keys);
    let (plain, _) = text.split_once("[disorder]").unwrap();
    let one = |sample: usize| {
        let cells = scenario.system.cells();
        let set = keys.iter().enumerate().map(|(place, key)| {
            let draws = disorder.draws(sample, place, cells);
            match &draws[..] {
                [x] if key.ends_with("cells") || key.ends_with("fock") => format!("{key}={x}"),
                [x] => format!("{key}={x:?}"),
                list => format!("{key}={list:?}"),
            }
        });
        let set: Vec<String> = set.chain(more.iter().cloned()).collect();
        let text = with_overrides(plain, &set).unwrap();
        let scenario = parse(&text);
        run(&scenario, &request(&scenario, false, MEMORY)).unwrap()
    };
    (1..=disorder.samples).map(one).collect()
}

fn numbers_at(document: &Document, path: &str, over_time: bool) -> Vec<f64> {
    let truth = |value: &Value| value.as_bool().map(f64::from).or(value.as_f64());
    match over_time {
        true => document.numbers(path),
        false => vec![document.get(path).and_then(truth).unwrap_or(f64::NAN)],
    }
}

#[test]
fn means_are_those_of_single_runs() {
    let mut compared = 0;
    for (text, keys) in SCENARIOS {
        let scenario = parse(text);
        let document = ran(text);
        let singles = single_runs(text, keys, &[]);
        let n = singles.len() as f64;
        let same_times = singles.iter().all(|single| single.numbers("times") == document.numbers("times"));
        for row in rows_kept(&scenario).filter(|row| row.role == Role::Everywhere) {
            let all: Vec<Vec<f64>> =
                singles.iter().map(|one| numbers_at(one, row.path, row.over_time())).collect();
            let [mean, error] = ["mean", "standard_error"]
                .map(|of| numbers_at(&document, &format!("disorder.{of}.{}", row.path), row.over_time()));
            let has_reason = document.get("disorder.why").is_some_and(|why| why.get(row.path).is_some());
            if row.over_time() && !same_times {
                assert!(mean.iter().all(|x| x.is_nan()) && has_reason, "{}", row.path);
                continue;
            }
            for k in 0..mean.len() {
                let x: Vec<f64> = all.iter().map(|one| *one.get(k).unwrap_or(&f64::NAN)).collect();
                let expected = x.iter().sum::<f64>() / n;
                let spread = (x.iter().map(|x| (x - expected).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt();
                let scale = 1e-12 * x.iter().fold(1e-3_f64, |a, b| a.max(b.abs()));
                assert_eq!(mean[k].is_nan(), expected.is_nan(), "{} of {text}: {x:?}", row.path);
                if expected.is_nan() {
                    assert!(has_reason || k == 0, "{} of {text} has no reason", row.path);
                    continue;
                }
                // What rounding leaves of equal numbers has the root of its square.
                let close = (mean[k] - expected).abs() <= scale && (error[k] - spread).abs() <= 10.0 * scale;
                assert!(
                    close,
                    "{} of {text}: {} +- {}, not {expected} +- {spread}",
                    row.path, mean[k], error[k]
                );
                compared += 1;
            }
        }
        if scenario.optimise.is_some() {
            let found: Vec<f64> = singles.iter().map(|one| one.optimum().unwrap().value).collect();
            let mean = document.get("disorder.mean.optimum").unwrap();
            assert!((mean["value"].as_f64().unwrap() - found.iter().sum::<f64>() / n).abs() < 1e-12);
            let at: Vec<f64> = singles.iter().map(|one| one.optimum().unwrap().numbers()[4]).collect();
            let found = mean["variables"]["drive.amplitude"].as_f64().unwrap();
            assert!((found - at.iter().sum::<f64>() / n).abs() < 1e-12);
        }
    }
    assert!(compared > 250, "{compared}");
}

/// A sample that lacks a number is told with its own reason.
#[test]
fn what_some_samples_lack_has_its_reason() {
    let text = "charger.dephasing = 1.0\ndrive.amplitude = 0.5\ntime.values = [0.0, 1.0]\n[disorder]\nsamples = 6\n\"charger.dephasing\" = { uniform = [0.5, 1.5] }\n\"battery.cells\" = { uniform = [1, 2] }\n\"battery.levels\" = { uniform = [2, 3] }\nseed = 1\n";
    let text = format!("battery.kind = \"qudit\"\nbattery.levels = 2\n{text}");
    let document = ran(&text);
    let why = document.get("disorder.why").unwrap().as_object().unwrap();
    for (path, why) in why {
        let why = why.as_str().unwrap();
        assert!(
            why.starts_with("no sample has it: ") || why.contains("of 6 samples lack it, the first of them "),
            "{path}: {why}"
        );
        assert!(document.get(&format!("disorder.mean.{path}")).is_none_or(|x| x.is_array()), "{path}");
    }
}

/// The fields of a run beside `disorder` are those of the file, also where a key stands in a stage or beside another one.
#[test]
fn the_base_is_what_the_file_says() {
    for (plain, disorder) in [
        (
            "charger.dephasing = 1.4\ndrive.amplitude = 0.5\n[[stage]]\nkind = \"evolve\"\nduration = 1.0\npoints = 3\ndrive.amplitude = 0.8\n",
            "\"stage.1.drive.amplitude\" = { normal = [0.3, 0.1] }\n\"stage.1.duration\" = { uniform = [2.0, 3.0] }\n",
        ),
        (
            "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 20.0\ncold_temperature = 5.0\nload = { down = 0.1, up = 0.05 }\n",
            "\"engine.load.up\" = { uniform = [0.2, 0.3] }\n",
        ),
    ] {
        let of = |text: &str| -> Value { serde_json::from_str(&ran(text).to_json()).unwrap() };
        let (base, with) = (of(plain), of(&format!("{plain}[disorder]\nsamples = 2\n{disorder}")));
        for field in ["times", "energy", "ergotropy", "engine"] {
            assert_eq!(base[field], with[field], "{field}");
        }
        assert!(!base["energy"].is_null() || !base["engine"].is_null());
        assert!(!with["disorder"].is_null());
    }
}

/// What the base lacks by its nature, as the average power at t = 0, needs no reason.
#[test]
fn what_nothing_has_is_not_missed() {
    let document = ran(
        "initial.charger = \"excited\"\ntime.values = [0.0, 1.0, 2.0]\n[disorder]\nsamples = 3\n\"coupling.strength\" = { uniform = [0.9, 1.1] }\n",
    );
    let why = document.get("disorder.why").unwrap();
    assert!(why.get("power.average").is_none(), "{why}");
    assert!(document.numbers("disorder.mean.power.average")[0].is_nan());
}

#[test]
fn one_sample_has_no_error() {
    let document = ran(
        "time.values = [1.0]\ninitial.charger = \"excited\"\n[disorder]\nsamples = 1\n\"coupling.strength\" = { normal = [1.0, 0.1] }\n",
    );
    assert!(document.numbers("disorder.mean.energy")[0] > 0.0);
    assert!(document.numbers("disorder.standard_error.energy")[0].is_nan());
}

#[test]
fn documents_are_the_same_bits_over_threads() {
    for (text, _) in SCENARIOS {
        let folder = tempfile::tempdir().unwrap();
        let expected = ran(text).to_json();
        for threads in [1, 2] {
            assert_eq!(
                sampled(text, &folder.path().join(threads.to_string()), threads).to_json(),
                expected,
                "{text}"
            );
        }
    }
}

/// A sweep beside what its points share, over cells as well: the first cells keep their numbers.
const SWEEP: &str = "charger.frequency = 1.0\nbattery.frequency = 1.0\ndrive.amplitude = 0.5\nbattery.cells = 1\n[time]\nvalues = [0.5, 2.0]\n[sweep]\n\"charger.dephasing\" = [0.1, 1.0, 3.0]\n\"battery.cells\" = [1, 2]\n[disorder]\nsamples = 5\nseed = 2\n\"battery.frequency\" = { normal = [1.0, 0.1] }\n\"drive.amplitude\" = { uniform = [0.4, 0.6] }\n";

#[test]
fn points_of_a_sweep_have_their_means() {
    let folder = tempfile::tempdir().unwrap();
    let store = swept(SWEEP, &folder.path().join("s"), Shard::ALL, 2);
    let kept_text = format!("{SWEEP}keep = true\n");
    let keep = swept(&kept_text, &folder.path().join("k"), Shard::ALL, 2);
    write_means(keep.path()).unwrap();
    write_means(keep.path()).unwrap();
    let document = study_document(&parse(SWEEP), &store, "", "").unwrap();
    let document_of_kept = study_document(&parse(&kept_text), &keep, "", "").unwrap();
    assert_eq!(document["disorder"], document_of_kept["disorder"]);
    let axes: Vec<_> = keep.axes().iter().map(|axis| (axis.key.as_str(), axis.values.len())).collect();
    assert_eq!(axes, [("charger.dephasing", 3), ("battery.cells", 2), ("disorder.sample", 5)]);
    assert_eq!(document_of_kept["axes"][2]["values"], Value::from(vec![1, 2, 3, 4, 5]));
    assert_eq!(document_of_kept["shape"], Value::from(vec![3, 2, 5]));
    let means = Store::open_read(keep.path().join("disorder")).unwrap();
    for (i, dephasing) in ["0.1", "1.0", "3.0"].iter().enumerate() {
        for (j, cells) in ["1", "2"].iter().enumerate() {
            let point = 2 * i + j;
            let more = [format!("charger.dephasing={dephasing}"), format!("battery.cells={cells}")];
            // The single run has no axes.
            let (head, rest) = SWEEP.split_once("[sweep]").unwrap();
            let alone = format!("{head}[disorder]{}", rest.split_once("[disorder]").unwrap().1);
            let alone = with_overrides(&alone, &more).unwrap();
            let singles = single_runs(&alone, &["battery.frequency", "drive.amplitude"], &more);
            let base = parse(&with_overrides(alone.split_once("[disorder]").unwrap().0, &more).unwrap());
            let base = run(&base, &request(&base, false, MEMORY)).unwrap();
            for (path, over_time) in
                [("energy", true), ("ergotropy.global", true), ("asymptote.energy", false), ("purity", true)]
            {
                let name = path.replace('.', "_");
                let width = if over_time { 2 } else { 1 };
                let read = |store: &StoreReader, name: &str| {
                    store.read(name).unwrap()[point * width..][..width].to_vec()
                };
                let expected = numbers_at(&base, path, over_time);
                let close = |a: &[f64], b: &[f64], t: f64| {
                    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= t || a.is_nan() && b.is_nan())
                };
                assert!(close(&read(&store, &name), &expected, 1e-12), "{path} at {more:?}");
                let (mut mean, mut error) = (Vec::new(), Vec::new());
                for k in 0..width {
                    let x: Vec<f64> = singles.iter().map(|one| numbers_at(one, path, over_time)[k]).collect();
                    let m = x.iter().sum::<f64>() / 5.0;
                    mean.push(m);
                    error.push((x.iter().map(|x| (x - m).powi(2)).sum::<f64>() / 20.0).sqrt());
                    for (sample, x) in x.iter().enumerate() {
                        let at = (point * 5 + sample) * width + k;
                        assert!(close(&[keep.read(&name).unwrap()[at]], &[*x], 1e-11));
                    }
                }
                for (prefix, expected) in [("mean", &mean), ("standard_error", &error)] {
                    let name = format!("disorder_{prefix}_{name}");
                    let found = read(&store, &name);
                    assert!(
                        close(&found, expected, 1e-11),
                        "{name} at {more:?}: {found:?}, not {expected:?}"
                    );
                    assert_eq!(
                        found.iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
                        read(&means, &name).iter().map(|x| x.to_bits()).collect::<Vec<_>>()
                    );
                }
            }
        }
    }
}

#[test]
fn stores_are_the_same_bytes_over_threads_shards_and_executors() {
    for text in [SWEEP.to_string(), format!("{SWEEP}keep = true\n")] {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        swept(&text, &at("1"), Shard::ALL, 1);
        let expected = files(&at("1"));
        swept(&text, &at("2"), Shard::ALL, 2);
        assert!(files(&at("2")) == expected, "threads");
        for i in 1..=3 {
            swept(&text, &at("shared"), Shard::new(i, 3).unwrap(), 2);
            swept(&text, &at(&format!("part-{i}")), Shard::new(i, 3).unwrap(), 1);
        }
        assert!(files(&at("shared")) == expected, "shards");
        merge(at("merged"), &[at("part-3"), at("part-1"), at("part-2")]).unwrap();
        assert!(files(&at("merged")) == expected, "merged");
        let scenario = parse(&text);
        let mut handout = leyden_study::Handout::open(&scenario, &at("handed")).unwrap();
        while let Some(piece) = handout.next(4) {
            handout
                .take(&leyden_study::computed(&scenario, &piece, MEMORY, &Told::default()).unwrap())
                .unwrap();
        }
        handout.finish().unwrap();
        assert!(files(&at("handed")) == expected, "handed out");
    }
}

/// Means over samples that are kept fail with one of them.
#[test]
fn a_kept_sample_that_failed_fails_its_mean() {
    let folder = tempfile::tempdir().unwrap();
    // A Fock state of 30 in 16 levels.
    let text = "charger = { kind = \"oscillator\", cutoff = 16 }\ntime = { end = 1.0, points = 2 }\n[sweep]\n\"initial.charger.fock\" = [1, 30]\n[disorder]\nsamples = 3\nkeep = true\n\"coupling.strength\" = { normal = [1.0, 0.1] }\n";
    swept(text, folder.path(), Shard::ALL, 1);
    write_means(folder.path()).unwrap();
    let means = Store::open_read(leyden_study::means_folder(folder.path())).unwrap();
    let status = means.status().unwrap();
    assert_eq!(status, [leyden_study::Status::Done, leyden_study::Status::Failed].map(Some));
    assert!(means.reasons().unwrap()[1].starts_with("3 of 3 samples failed, sample 1: "));
    assert!(means.read("disorder_mean_energy").unwrap()[..2].iter().all(|x| x.is_finite()));
}

/// A run that is slow enough to be killed in its midst.
const SLOW: &str = "battery.cells = 4\nbattery.frequency = 1.0\ncharger.frequency = 1.0\ncharger.dephasing = 1.0\ndrive.amplitude = 0.5\n[time]\nend = 2.0\npoints = 11\n[disorder]\nsamples = 40\n\"coupling.strength\" = { normal = [1.0, 0.1] }\n";

fn slow_sweep() -> String {
    SLOW.replace(
        "[disorder]\nsamples = 40",
        "[sweep]\n\"drive.amplitude\" = [0.3, 0.4, 0.6]\n[disorder]\nsamples = 13",
    )
}

#[test]
fn samples_in_a_child_process() {
    let Some(folder) = std::env::var_os("LEYDEN_DISORDER_FOLDER") else { return };
    let folder = Path::new(&folder);
    let report = |progress: leyden_study::Progress| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "\nkept {}", progress.done + progress.failed).unwrap();
        out.flush().unwrap();
    };
    if std::env::var("LEYDEN_DISORDER_KIND").unwrap() == "run" {
        let scenario = parse(SLOW);
        let document = base(&scenario, &request(&scenario, false, MEMORY)).unwrap();
        let document = run_samples(&scenario, &document, folder, 2, MEMORY, &Told::default(), &report);
        fs::write(folder.join("document.json"), document.unwrap().unwrap().to_json()).unwrap();
    } else {
        sweep(&parse(&slow_sweep()), folder, Shard::ALL, 2, MEMORY, &Told::default(), &report).unwrap();
    }
}

/// kill -9 costs the samples that were being computed, and nothing else.
#[test]
#[cfg(unix)]
fn killed_runs_and_sweeps_go_on_where_they_were() {
    let child = |folder: &Path, kind: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "samples_in_a_child_process", "--nocapture", "--test-threads=1"])
            .env("LEYDEN_DISORDER_FOLDER", folder)
            .env("LEYDEN_DISORDER_KIND", kind)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let mut random = fastrand::Rng::with_seed(7);
    for kind in ["run", "sweep"] {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let whole = at("whole");
        fs::create_dir(&whole).unwrap();
        assert!(child(&whole, kind).wait_with_output().unwrap().status.success());
        let (mut kills, mut hits) = (0, 0);
        for round in 0.. {
            assert!(round < 20, "{hits} of {kills} kills came in the midst");
            let path = at(&round.to_string());
            fs::create_dir(&path).unwrap();
            let mut done = 0;
            loop {
                let mut child = child(&path, kind);
                let output = child.stdout.take().unwrap();
                // So many samples later, and somewhat later than that.
                let (target, later) = (random.usize(1..20), Duration::from_micros(random.u64(0..3000)));
                let mut kept: Vec<usize> = Vec::new();
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    kept.extend(line.strip_prefix("kept ").and_then(|count| count.parse::<usize>().ok()));
                    if kept.len() == target {
                        std::thread::sleep(later);
                        // It may have come to its end.
                        let _ = child.kill();
                    }
                }
                let finished = child.wait().unwrap().success();
                // What was kept is there again; that of a complete journal that was cut is counted from its chunks.
                if let Some(&first) = kept.first() {
                    assert!(first >= done, "{kind}: {done} were kept, {first} are there");
                    done = kept.into_iter().max().unwrap_or(done);
                }
                if finished {
                    break;
                }
                kills += 1;
                hits += usize::from(done > 2);
            }
            if kind == "run" {
                assert_eq!(
                    fs::read_to_string(path.join("document.json")).unwrap(),
                    fs::read_to_string(whole.join("document.json")).unwrap()
                );
            } else {
                assert!(files(&path) == files(&whole));
            }
            if kills >= 6 && hits >= 3 {
                break;
            }
        }
    }
}
