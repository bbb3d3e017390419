//! Every point of a sweep is the single run of its values, bit for bit: for every numeric key of every kind of system, alone
//! and beside a key whose points share work with it, in both orders.

use std::collections::BTreeSet;

use leyden::charge::{Charging, System};
use leyden_results::rows_kept;
use leyden_results::table::{Read, Row};
use leyden_results::{Document, SCHEMA, SWEEP_SCHEMA, request, run};
use leyden_scenario::{KEYS, Scenario, Takes, with_overrides};
use leyden_study::{Shard, Status, Store, StoreReader, study_document, sweep};
use serde_json::Value;

const MEMORY: f64 = 1e9;

/// A scenario, what its points may share, and numeric keys with values.
struct Base {
    text: &'static str,
    /// A second axis.
    partner: (&'static str, &'static [&'static str]),
    keys: &'static [(&'static str, &'static [&'static str])],
}

#[rustfmt::skip] // A table.
const BASES: [Base; 21] = [
    // Collisions: cycles that are not shown are powers of a map; a measurement with a selected outcome.
    Base {
        text: "[battery]\nkind = \"qudit\"\nlevels = 6\nladder = \"uniform\"\n[[stage]]\nkind = \"reset\"\ntarget = \"charger\"\nexcitation = 0.7\n[[stage]]\nkind = \"evolve\"\nduration = 0.4\n[[stage]]\nkind = \"measure\"\ntarget = \"charger\"\noutcome = 0\n[cycle]\nrepeat = 12\nshown = 4\n",
        partner: ("stage.2.duration", &["0.4", "0.9"]),
        keys: &[("cycle.shown", &["4", "3"]), ("stage.1.excitation", &["0.7", "0.4"])],
    },
    // Noise with memory.
    Base {
        text: "[charger]\ndephasing = 1.4\ndephasing_noise = \"ornstein-uhlenbeck\"\ncorrelation_time = 0.4\nnoise_start = 0.3\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 0.7, 2.0]\n",
        partner: ("charger.dephasing", &["0.3", "1.7"]),
        keys: &[("charger.correlation_time", &["0.2", "1.5"]), ("charger.noise_start", &["-0.4", "0.0"])],
    },
    // Rabi blocks, whose decomposition is shared.
    Base {
        text: "[charger]\ndephasing = 1.4\n[battery]\ncells = 2\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 0.7, 5.0]\n",
        partner: ("charger.dephasing", &["0.3", "1.7"]),
        keys: &[
            ("charger.detuning", &["-0.3", "0.0", "0.4"]), ("charger.frequency", &["0.8", "1.0", "1.3"]),
            ("charger.relaxation", &["0.0", "0.2"]), ("battery.cells", &["3", "1", "2"]),
            ("battery.frequency", &["0.8", "1.0", "1.2"]), ("battery.detuning", &["-0.2", "0.0", "0.3"]),
            ("battery.dephasing", &["0.0", "0.2"]), ("battery.relaxation", &["0.1", "0.0", "0.3"]),
            ("coupling.strength", &["1.0", "0.4", "-1.0"]), ("drive.amplitude", &["0.5", "0.2", "-0.5", "0.0"]),
            ("drive.frequency", &["1.0", "1.2"]), ("initial.charger.fock", &["1", "0"]),
            ("initial.charger.thermal", &["0.0", "0.2", "0.4"]), ("initial.battery.fock", &["2", "0", "1"]),
            ("initial.battery.thermal", &["0.3", "0.0", "0.1"])
        ],
    },
    Base {
        text: "[charger]\ndephasing = 1.4\n[battery]\nkind = \"qudit\"\nlevels = 3\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 2.0]\n",
        partner: ("charger.detuning", &["0.0", "0.5"]),
        keys: &[
            ("battery.levels", &["4", "2", "3"]), ("charger.dephasing", &["0.3", "3.0"]),
            ("initial.battery.fock", &["2", "0", "1"]), ("battery.frequency", &["1.0", "0.9"]),
        ],
    },
    // An oscillator takes every initial state; its levels are found or given.
    Base {
        text: "[charger]\ndephasing = 2.0\n[battery]\nkind = \"oscillator\"\n[drive]\namplitude = 0.3\n[time]\nvalues = [0.0, 1.0]\n",
        partner: ("charger.dephasing", &["1.5", "2.5"]),
        keys: &[
            ("initial.battery.coherent", &["0.0", "0.5"]), ("initial.battery.squeezed", &["0.3", "0.0"]),
            ("initial.battery.thermal", &["0.2", "0.0"]), ("initial.battery.fock", &["1", "0"]),
            ("battery.cutoff", &["24", "30"]), ("coupling.strength", &["1.0", "0.7"]),
        ],
    },
    Base {
        text: "[charger]\nkind = \"oscillator\"\n[initial]\nbattery = \"excited\"\n[time]\nvalues = [0.0, 1.0]\n",
        partner: ("battery.cells", &["1", "2"]),
        keys: &[
            ("initial.charger.fock", &["2", "1", "3"]), ("initial.charger.coherent", &["1.0", "0.5"]),
            ("initial.charger.squeezed", &["0.4", "0.2"]), ("initial.charger.thermal", &["0.05", "0.1"]),
        ],
    },
    Base {
        text: "[charger]\nkind = \"oscillator\"\n[initial]\ncharger = { coherent = 1.0 }\n[time]\nvalues = [0.0, 1.0]\n",
        partner: ("battery.cells", &["1", "2"]),
        keys: &[("coupling.strength", &["1.0", "0.5"]), ("charger.detuning", &["0.0", "0.3"])],
    },
    Base {
        text: "[charger]\nkind = \"oscillator\"\ncutoff = 5\nrelaxation = 0.5\n[drive]\namplitude = 0.05\n[time]\nvalues = [0.0, 1.0]\n[method]\ntolerance = 1e-3\n",
        partner: ("drive.amplitude", &["0.05", "0.02"]),
        keys: &[
            ("charger.cutoff", &["5", "6"]), ("charger.relaxation", &["0.5", "1.0"]),
            ("charger.thermal_occupation", &["0.0", "0.01"]), ("battery.relaxation", &["0.0", "0.3"]),
        ],
    },
    // Moments.
    Base {
        text: "[charger]\nkind = \"oscillator\"\nrelaxation = 0.5\n[battery]\nkind = \"oscillator\"\nrelaxation = 0.1\n[drive]\namplitude = 0.2\n[method]\nname = \"moments\"\n[time]\nvalues = [0.0, 1.0]\n",
        partner: ("charger.relaxation", &["0.2", "0.4"]),
        keys: &[
            ("battery.thermal_occupation", &["0.0", "0.5"]), ("charger.thermal_occupation", &["0.2", "0.0"]),
            ("initial.charger.coherent", &["0.5", "1.5"]), ("initial.battery.squeezed", &["0.2", "0.6"]),
            ("initial.charger.thermal", &["0.5", "0.1"]), ("battery.relaxation", &["0.1", "0.3"]),
            ("battery.frequency", &["1.0", "1.1"]), ("drive.frequency", &["1.0", "0.9"]),
        ],
    },
    Base {
        text: "[charger]\ndephasing = 1.0\nrelaxation = 0.3\n[battery]\ncells = 2\nrelaxation = 0.1\ndephasing = 0.1\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 1.0]\n",
        partner: ("battery.cells", &["1", "2"]),
        keys: &[
            ("charger.thermal_occupation", &["0.0", "0.7"]), ("battery.thermal_occupation", &["0.4", "0.0"]),
            ("battery.dephasing", &["0.1", "0.5"]), ("charger.relaxation", &["0.3", "0.1"]),
            ("initial.battery.fock", &["1", "0"]), ("initial.battery.thermal", &["0.1", "0.3"]),
        ],
    },
    // Devices.
    Base {
        text: "[charger]\nt1 = 3.0\n[battery]\ncells = 2\nt1 = 5.0\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 1.0]\n",
        partner: ("charger.tphi", &["2.0", "0.7"]),
        keys: &[
            ("charger.t1", &["3.0", "1.0"]), ("charger.temperature", &["0.0", "1.5"]),
            ("battery.t1", &["5.0", "2.0"]), ("battery.t2", &["4.0", "3.0"]),
            ("battery.tphi", &["4.0", "1.0"]), ("battery.temperature", &["0.0", "0.8"]),
        ],
    },
    Base {
        text: "[charger]\nt2 = 2.0\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 1.0]\n",
        partner: ("battery.cells", &["1", "2"]),
        keys: &[("charger.t2", &["2.0", "0.7"])],
    },
    // A method whose numbers follow the tolerance.
    Base {
        text: "[charger]\ndephasing = 1.0\nrelaxation = 0.3\n[drive]\namplitude = 0.5\n[method]\nname = \"explicit\"\n[time]\nvalues = [0.0, 3.0]\n",
        partner: ("charger.dephasing", &["0.5", "1.0"]),
        keys: &[("method.tolerance", &["1e-9", "1e-3"]), ("drive.amplitude", &["0.5", "0.3"])],
    },
    // Engines alone, driven and loaded.
    Base {
        text: "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\ndrive = 0.3\n",
        partner: ("engine.detuning", &["0.0", "0.2"]),
        keys: &[
            ("engine.hot_frequency", &["10.0", "12.0"]), ("engine.signal_frequency", &["1.0", "2.0"]),
            ("engine.cold_frequency", &["9.0", "9.000000000001"]), ("engine.hot_temperature", &["10.0", "4.0"]),
            ("engine.cold_temperature", &["5.0", "2.0"]), ("engine.hot_rate", &["1.0", "0.5"]),
            ("engine.cold_rate", &["1.0", "2.0"]), ("engine.drive", &["0.3", "0.1"]),
        ],
    },
    Base {
        text: "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\nload = { down = 0.1, up = 0.05 }\n",
        partner: ("engine.load.up", &["0.05", "0.2"]),
        keys: &[("engine.load.down", &["0.1", "0.3"]), ("engine.hot_rate", &["1.0", "3.0"])],
    },
    // Engines that charge cells.
    Base {
        text: "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\n[charging]\nmode = \"collective\"\n[battery]\ncells = 2\n[coupling]\nstrength = 0.1\n[time]\nvalues = [0.0, 30.0]\n",
        partner: ("battery.cells", &["1", "3"]),
        keys: &[
            ("coupling.strength", &["0.1", "0.2"]), ("charging.fraction", &["0.99", "0.5"]),
            ("battery.frequency", &["1.0", "1.05"]), ("battery.detuning", &["0.0", "0.02"]),
            ("engine.hot_temperature", &["10.0", "20.0"]), ("engine.cold_rate", &["1.0", "0.7"]),
        ],
    },
    Base {
        text: "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\n[charging]\nmodel = \"full\"\n[battery]\ncells = 2\n[coupling]\nstrength = 0.1\n[time]\nvalues = [0.0, 30.0]\n",
        partner: ("battery.cells", &["1", "2"]),
        keys: &[("coupling.strength", &["0.1", "0.3"]), ("charging.fraction", &["0.99", "0.9"])],
    },
    Base {
        text: "[charging]\neffective_rate = 0.1\neffective_exponent = -0.8\n[battery]\ncells = 3\n[time]\nvalues = [0.0, 30.0]\n",
        partner: ("battery.cells", &["1", "4"]),
        keys: &[("charging.effective_rate", &["0.1", "0.3"]), ("charging.effective_exponent", &["-0.8", "-0.3", "0.5"])],
    },
    // Stars, free and in cycles.
    Base {
        text: "[nmr]\nchargers = 3\ncoupling = 2.0\ncharger_excitation = 0.9\ncharger_t1 = 3.0\nbattery_t1 = 5.0\ncorrelations = \"kept\"\n[time]\nvalues = [0.0, 1.0]\n",
        partner: ("nmr.chargers", &["2", "4"]),
        keys: &[
            ("nmr.coupling", &["2.0", "-1.0"]), ("nmr.battery_frequency", &["1.0", "2.0"]),
            ("nmr.charger_excitation", &["0.9", "0.4"]), ("nmr.battery_excitation", &["0.0", "0.3"]),
            ("nmr.charger_t1", &["3.0", "2.0"]), ("nmr.charger_t2", &["6.0", "1.0"]),
            ("nmr.charger_equilibrium", &["0.0", "0.2"]), ("nmr.battery_t1", &["5.0", "1.0"]),
            ("nmr.battery_t2", &["10.0", "0.5"]), ("nmr.battery_equilibrium", &["0.0", "0.4"]),
        ],
    },
    Base {
        text: "[nmr]\nchargers = 5\ncoupling = 2.0\ncharger_excitation = 0.2\ncharger_equilibrium = 0.2\ncharger_t1 = 3.0\n[[stage]]\nkind = \"wait\"\nduration = 2.0\n[[stage]]\nkind = \"reset\"\ntarget = \"chargers\"\nexcitation = 0.8\n[[stage]]\nkind = \"pulse\"\ntarget = \"chargers\"\nangle = \"pi\"\n[[stage]]\nkind = \"evolve\"\nduration = \"optimal\"\n[cycle]\nrepeat = 3\n",
        partner: ("cycle.repeat", &["2", "5"]),
        keys: &[
            ("stage.1.duration", &["2.0", "7.0"]), ("stage.2.excitation", &["0.8", "0.6"]),
            ("stage.4.duration", &["0.5", "0.8"]),
        ],
    },
    Base {
        text: "[charger]\ndephasing = 1.4\n[drive]\namplitude = 0.5\n[[stage]]\nkind = \"evolve\"\nduration = 3.0\n[[stage]]\nkind = \"reset\"\ntarget = \"charger\"\n[[stage]]\nkind = \"wait\"\nduration = 2.0\nbattery.relaxation = 0.1\n[[stage]]\nkind = \"pulse\"\ntarget = \"battery\"\nangle = 0.3\n[[stage]]\nkind = \"extract\"\nby = \"load\"\nrate = 0.5\nduration = 1.0\n[cycle]\nrepeat = 2\n",
        partner: ("charger.dephasing", &["0.5", "1.4"]),
        keys: &[
            ("stage.1.duration", &["3.0", "1.0"]), ("stage.1.points", &["1", "4"]),
            ("stage.2.state.fock", &["0", "1"]), ("stage.2.state.thermal", &["0.0", "0.3"]),
            ("stage.3.battery.relaxation", &["0.1", "0.4"]), ("stage.3.battery.thermal_occupation", &["0.0", "0.5"]),
            ("stage.1.drive.amplitude", &["0.5", "0.2"]), ("stage.1.charger.detuning", &["0.0", "0.5"]),
            ("stage.1.coupling.strength", &["1.0", "0.5"]), ("stage.4.angle", &["0.3", "1.5"]),
            ("stage.5.rate", &["0.5", "0.1"]), ("stage.5.duration", &["1.0", "3.0"]), ("cycle.repeat", &["2", "1", "3"]),
        ],
    },
];

/// Keys that no number of these scenarios follows: how many levels, how often shown, and what must be so anyway.
const INERT: [&str; 3] = ["charger.cutoff", "stage.1.points", "engine.cold_frequency"];

/// Numbers of a stage that need an oscillator charger; the same reader as for initial states takes them.
const NOT_HERE: [&str; 2] = ["stage.state.coherent", "stage.state.squeezed"];

/// Every number that a store keeps of a run.
fn numbers(scenario: &Scenario, charging: &Charging) -> Vec<Vec<f64>> {
    let times = scenario.times.len();
    let read = |row: &Row| match row.read {
        Read::One(read) => vec![read(charging).unwrap_or(f64::NAN)],
        Read::OverTime(read) => read(charging).unwrap_or_else(|_| vec![f64::NAN; times]),
        Read::Json(_) => panic!("{} is kept", row.path),
    };
    rows(scenario).map(read).collect()
}

fn rows(scenario: &Scenario) -> impl Iterator<Item = &'static Row> {
    let no_times = scenario.times.is_empty();
    rows_kept(scenario).filter(move |row| !(no_times && row.over_time()))
}

fn parse(text: &str) -> Scenario {
    Scenario::parse("test.toml", text).unwrap_or_else(|report| panic!("{text}\n{report}"))
}

/// A finished sweep.
struct Swept {
    scenario: Scenario,
    store: StoreReader,
    document: Value,
    _folder: tempfile::TempDir,
}

/// A folder in memory where the system has one: every file of a store waits for the disk.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn swept(text: &str, threads: usize) -> Swept {
    let (scenario, folder) = (parse(text), folder());
    sweep(&scenario, folder.path(), Shard::ALL, threads, MEMORY, &leyden::Progress::default(), &|_| ())
        .unwrap();
    let store = Store::open_read(folder.path()).unwrap();
    let document = study_document(&scenario, &store, "auto", "").unwrap();
    Swept { scenario, store, document, _folder: folder }
}

fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

fn at<'a>(document: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(document, |value, part| &value[part])
}

/// Whether any number depends on the axis; every number of every point is compared with the run that `--set` makes.
fn compare(base: &str, axes: &[(&str, &[&str])]) -> bool {
    let lines: String =
        axes.iter().map(|(key, values)| format!("\"{key}\" = [{}]\n", values.join(", "))).collect();
    compare_with(base, axes, &lines, &|_| Vec::new())
}

/// The same where a sweep of these lines sets more than its axes; `more` says what, by what its axes set.
fn compare_with(
    base: &str,
    axes: &[(&str, &[&str])],
    lines: &str,
    more: &dyn Fn(&[String]) -> Vec<String>,
) -> bool {
    let all = swept(&format!("{base}[sweep]\n{lines}"), 2);
    let Swept { scenario, store, document, .. } = &all;
    let reasons = store.reasons().unwrap();
    let status = store.status().unwrap();
    let arrays: Vec<Vec<f64>> = rows(scenario).map(|row| store.read(&row.name()).unwrap()).collect();
    let mut different = false;
    for point in 0..store.points() {
        let (mut rest, mut sets) = (point, Vec::new());
        for (key, values) in axes.iter().rev() {
            sets.push(format!("{key}={}", values[rest % values.len()]));
            rest /= values.len();
        }
        sets.extend(more(&sets));
        let context = format!("{base}{sets:?}");
        let single = parse(&with_overrides(base, &sets).unwrap());
        let request = request(&single, false, MEMORY);
        assert_eq!(status[point], Some(Status::Done), "{context}: {}", reasons[point]);
        let charging = single.system.charge(&request).unwrap();
        let one = Document::of(&single, &charging, None);
        for ((row, array), expected) in rows(scenario).zip(&arrays).zip(numbers(&single, &charging)) {
            let width = expected.len();
            for (i, &b) in expected.iter().enumerate() {
                let a = array[point * width + i];
                assert!(same(a, b), "{} is {a} in the sweep and {b} alone: {context}", row.path);
                different |= !same(array[i], b);
                if row.role == leyden_results::table::Role::Everywhere {
                    let mut alone = one.get(row.path).cloned().unwrap_or(Value::Null);
                    if let Value::Array(list) = &alone {
                        alone = list[i].clone();
                    }
                    assert_eq!(at(document, row.path)[point * width + i], alone, "{}: {context}", row.path);
                }
            }
        }
    }
    different
}

#[test]
fn one_axis_over_every_numeric_key() {
    for Base { text, partner, keys } in &BASES {
        for &(key, values) in keys.iter().chain([partner]) {
            let different = compare(text, &[(key, values)]);
            assert!(different || INERT.contains(&key), "`{key}` changes nothing: {text}");
        }
    }
}

#[test]
fn two_axes_in_both_orders_beside_what_points_share() {
    for Base { text, partner, keys } in &BASES {
        for &(key, values) in keys.iter().filter(|(key, _)| *key != partner.0) {
            // Frequency and detuning of one thing are one key too many.
            if [key, partner.0].iter().all(|key| key.starts_with("charger.") && !key.ends_with("dephasing")) {
                continue;
            }
            compare(text, &[(key, values), *partner]);
            compare(text, &[*partner, (key, values)]);
        }
    }
}

/// N photons for N cells, with a coupling that falls with their number, beside an axis whose points share decompositions.
#[test]
fn tied_keys_are_those_of_single_runs() {
    let base = "[charger]\nkind = \"oscillator\"\n[time]\nvalues = [0.0, 0.7, 2.0]\n";
    let cells: (&str, &[&str]) = ("battery.cells", &["1", "2", "3"]);
    let ties =
        "\"initial.charger.fock\" = \"battery.cells\"\n\"coupling.strength\" = \"2/sqrt(battery.cells)\"\n";
    let more = |sets: &[String]| {
        let cells = sets.iter().find_map(|set| set.strip_prefix("battery.cells=")).unwrap();
        let strength = 2.0 / cells.parse::<f64>().unwrap().sqrt();
        vec![format!("initial.charger.fock={cells}"), format!("coupling.strength={strength:?}")]
    };
    assert!(compare_with(base, &[cells], &format!("{ties}\"battery.cells\" = [1, 2, 3]\n"), &more));
    let base = "[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 2.0]\n";
    let axes: [(&str, &[&str]); 2] = [("charger.dephasing", &["0.3", "1.7"]), ("battery.cells", &["1", "2"])];
    let lines = "\"charger.dephasing\" = [0.3, 1.7]\n\"battery.cells\" = [1, 2]\n\"charger.detuning\" = \"charger.dephasing - battery.cells/4\"\n";
    let more = |sets: &[String]| {
        let of = |key: &str| sets.iter().find_map(|set| set.strip_prefix(key)?.parse::<f64>().ok()).unwrap();
        vec![format!("charger.detuning={:?}", of("charger.dephasing=") - of("battery.cells=") / 4.0)]
    };
    assert!(compare_with(base, &axes, lines, &more));
    // A number of cells that follows an axis is no one number of the document.
    let text = "[drive]\namplitude = 0.5\n[sweep]\n\"charger.dephasing\" = [1.0, 2.0]\n\"battery.cells\" = \"charger.dephasing\"\n";
    assert_eq!(swept(text, 1).document["cells"], Value::Null);
}

#[test]
fn the_lists_hold_every_numeric_key() {
    let unstaged = |key: &str| match key.split('.').collect::<Vec<_>>()[..] {
        ["stage", _, ref rest @ ..] if rest.len() == 1 || rest[0] == "state" => {
            format!("stage.{}", rest.join("."))
        }
        ["stage", _, ref rest @ ..] => rest.join("."),
        _ => key.into(),
    };
    let mut tried: BTreeSet<String> = BTreeSet::new();
    for Base { partner, keys, .. } in &BASES {
        tried.extend(keys.iter().chain([partner]).map(|(key, _)| unstaged(key)));
    }
    // Names of parts and parameters are the user's: `parts_at_points_are_parts_alone`.
    const OTHERS: [&str; 9] = [
        "time",
        "units",
        "optimise",
        "disorder",
        "trajectories",
        "parts.NAME",
        "parameters",
        "hamiltonian",
        "channel",
    ];
    for key in KEYS.iter().filter(|key| !OTHERS.contains(&key.table)) {
        let states: &[&str] = match key.takes {
            Takes::State => &[".fock", ".coherent", ".squeezed", ".thermal"],
            Takes::Load => &[".down", ".up"],
            Takes::Text | Takes::Language | Takes::Word(_) | Takes::Truth | Takes::Ranges => &[],
            Takes::Times | Takes::Outcome => &[],
            _ => &[""],
        };
        for state in states {
            let name = format!("{key}{state}");
            assert!(tried.contains(&name) || NOT_HERE.contains(&name.as_str()), "{name} is not tried");
        }
    }
}

/// Parameters, sizes and starts of parts at points are those of files that hold them.
#[test]
fn parts_at_points_are_parts_alone() {
    let text = |j: &str, count: &str, fock: &str, cutoff: &str, levels: &str| {
        format!(
            "[parts]\no = {{ kind = \"oscillator\", cutoff = {cutoff}, initial = {{ fock = {fock} }} }}\nq = {{ count = {count} }}\n\
             s = {{ kind = \"spin\", levels = {levels}, initial = \"excited\" }}\n[parameters]\nJ = {j}\n[hamiltonian]\n\
             battery = \"sum(i in q, n(i))\"\ncharging = \"J*sum(i in q, (a(o) + sm(s))*sp(i) + h.c.) + n(o) + n(s)\"\n\
             [time]\nvalues = [0.0, 1.3]\n"
        )
    };
    let base = text("0.5", "1", "1", "6", "2");
    for (key, values, of) in [
        ("parameters.J", ["0.3", "0.7"], 0),
        ("parts.q.count", ["1", "3"], 1),
        ("parts.o.initial.fock", ["1", "3"], 2),
        ("parts.o.cutoff", ["3", "7"], 3),
        ("parts.s.levels", ["2", "4"], 4),
    ] {
        let sweep = format!("{base}[sweep]\n\"{key}\" = [{}]\n", values.join(", "));
        let document = swept(&sweep, 1).document;
        for (k, value) in values.iter().enumerate() {
            let mut all = ["0.5", "1", "1", "6", "2"];
            all[of] = value;
            let [j, count, fock, cutoff, levels] = all;
            let single = parse(&text(j, count, fock, cutoff, levels));
            let request = leyden_results::request(&single, false, 1e9);
            let alone = single.system.charge(&request).unwrap().series.column(|m| m.energy);
            assert!(alone[1] > 1e-3);
            for (t, energy) in alone.iter().enumerate() {
                let found = &document["energy"][2 * k + t];
                assert_eq!(found.as_f64(), Some(*energy), "{key} = {value}: {found}");
            }
        }
    }
}

/// A search at every point is the search alone.
#[test]
fn searches_at_points_are_searches_alone() {
    let base = "[charger]\ndephasing = 1.4\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 5.0]\n";
    let optimise = |objective: &str, variable: &str| {
        format!("{base}[optimise]\nobjective = \"{objective}\"\nvariables = {{ {variable} }}\n")
    };
    for (text, key, values) in [
        (
            optimise("ergotropy.limit", "\"drive.amplitude\" = { from = 0.1, to = 1.0 }"),
            "battery.cells",
            &["1", "2"][..],
        ),
        (
            optimise(
                "charging_time.settling",
                "\"charger.dephasing\" = { from = 0.01, to = 10.0, spacing = \"log\" }",
            ),
            "coupling.strength",
            &["1.0", "0.5"],
        ),
        (
            optimise("power.average", "\"drive.amplitude\" = { from = 0.1, to = 0.6 }"),
            "initial.battery.fock",
            &["1", "0"],
        ),
        // A key of a stage.
        (
            "[charger]\ndephasing = 1.4\n[drive]\namplitude = 0.5\n[[stage]]\nkind = \"evolve\"\nduration = 1.0\n[optimise]\nobjective = \"cycles.last_ergotropy\"\nvariables = { \"stage.1.duration\" = { from = 0.5, to = 5.0 } }\n".into(),
            "coupling.strength",
            &["1.0", "0.5"],
        ),
        // The run at the optimum has its tolerance too.
        (
            optimise("ergotropy.at", "\"method.tolerance\" = { from = 1e-8, to = 1e-2, spacing = \"log\" }")
                + "time = 3.0\n[method]\nname = \"explicit\"\n",
            "drive.amplitude",
            &["0.5", "0.3"],
        ),
    ] {
        let all = swept(&format!("{text}[sweep]\n\"{key}\" = [{}]\n", values.join(", ")), 1);
        for (point, value) in values.iter().enumerate() {
            let single = parse(&with_overrides(&text, &[format!("{key}={value}")]).unwrap());
            let alone = run(&single, &request(&single, false, MEMORY)).unwrap();
            let found = alone.optimum().unwrap();
            let variable = single.optimise.as_ref().unwrap().variables[0].key.to_string();
            let optimum = &all.document["optimum"];
            assert_eq!(optimum["value"][point], found.value, "{text}{key}={value}");
            assert_eq!(optimum["interior"][point], found.interior);
            assert_eq!(optimum["variables"][&variable][point], found.variables[&variable]);
            assert_eq!(
                (&optimum["objective"], &optimum["minimise"]),
                (&found.objective.clone().into(), &found.minimise.into())
            );
            let side = found.jump.as_ref().map_or(0, |jump| if jump.side == "above" { 1 } else { -1 });
            assert_eq!(optimum["jump"][point], side);
            assert_eq!(optimum["value_at_jump"][point].as_f64(), found.jump.and_then(|jump| jump.value_at_jump));
            for row in rows_kept(&single).filter(|row| alone_has(row)) {
                assert_eq!(
                    at(&all.document, row.path)[point],
                    alone.get(row.path).cloned().unwrap_or(Value::Null)
                );
            }
        }
    }
}

/// What a study says once is what each of its runs says; the number of cells only where it is one.
#[test]
fn the_head_of_a_study_is_that_of_its_runs() {
    let base = "title = \"head\"\n[units]\nreference = \"5 GHz\"\n[charger]\ndephasing = 1.4\n[battery]\ncells = 3\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 2.0, 5.0]\n";
    for axes in [
        &[("drive.amplitude", &["0.5", "0.2"][..])][..],
        &[("battery.cells", &["2", "1", "3"])],
        &[("drive.amplitude", &["0.5", "0.2", "0.3"]), ("battery.cells", &["2", "4"])],
    ] {
        let list = |(key, values): &(&str, &[&str])| format!("\"{key}\" = [{}]\n", values.join(", "));
        let all = swept(&format!("{base}[sweep]\n{}", axes.iter().map(list).collect::<String>()), 1);
        let alone = parse(base);
        let alone = run(&alone, &request(&alone, false, MEMORY)).unwrap();
        let alone: Value = serde_json::from_str(&alone.to_json()).unwrap();
        assert_eq!((&all.document["schema"], &alone["schema"]), (&SWEEP_SCHEMA.into(), &SCHEMA.into()));
        for name in ["version", "title", "reference", "times"] {
            assert!(!alone[name].is_null() && all.document[name] == alone[name], "{name}");
        }
        let counts = axes.iter().any(|(key, _)| *key == "battery.cells");
        assert_eq!(all.document["cells"], if counts { Value::Null } else { 3.into() });
        assert!(all.document.get("cells").is_some());
        let shape: Vec<usize> = axes.iter().map(|(_, values)| values.len()).collect();
        assert_eq!(all.document["shape"], Value::from(shape.clone()));
        let keys: Vec<&str> = axes.iter().map(|(key, _)| *key).collect();
        let found = all.document["axes"].as_array().unwrap();
        assert_eq!(found.iter().map(|axis| &axis["key"]).collect::<Vec<_>>(), keys);
        let points: usize = shape.iter().product();
        assert_eq!(all.document["outcome"], Value::from(vec!["converged"; points]));
    }
}

fn alone_has(row: &Row) -> bool {
    row.role == leyden_results::table::Role::Everywhere && !row.over_time()
}
