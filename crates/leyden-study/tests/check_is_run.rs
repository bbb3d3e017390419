//! What would run does run, and what is refused is refused in the same words: random scenarios through what `leyden check`
//! and `leyden run` call.

use std::collections::BTreeMap;

use fastrand::Rng;
use leyden::asymptote::Detail;
use leyden::charge::{Request, System};
use leyden_results::{RunError, read, request, run};
use leyden_scenario::{KEYS, Key, Scenario, Takes, in_keys};
use leyden_study::{Shard, Status, Store, sweep};

/// Little, so that some scenarios are too large.
const MEMORY: f64 = 2e7;

/// Tables with their keys and values, and the stages.
#[derive(Default)]
struct File {
    tables: BTreeMap<&'static str, BTreeMap<String, String>>,
    stages: Vec<BTreeMap<String, String>>,
}

impl File {
    fn set(&mut self, table: &'static str, name: &str, value: impl Into<String>) {
        self.tables.entry(table).or_default().insert(name.into(), value.into());
    }

    fn text(&self) -> String {
        let lines = |keys: &BTreeMap<String, String>| -> String {
            keys.iter().map(|(name, value)| format!("{name} = {value}\n")).collect()
        };
        let top = self.tables.get("").map_or(String::new(), lines);
        let tables = self.tables.iter().filter(|(table, _)| !table.is_empty());
        let tables: String = tables.map(|(table, keys)| format!("[{table}]\n{}", lines(keys))).collect();
        let stages: String = self.stages.iter().map(|keys| format!("[[stage]]\n{}", lines(keys))).collect();
        top + &tables + &stages
    }
}

fn pick<'a>(random: &mut Rng, list: &[&'a str]) -> &'a str {
    list[random.usize(..list.len())]
}

/// A value of a key: mostly one that it takes.
fn value(random: &mut Rng, key: &Key) -> String {
    if random.usize(..25) == 0 {
        return pick(
            random,
            &["-1.0", "\"x\"", "true", "[1.0, 2.0]", "{ fock = 1 }", "0", "1e400", "\"3 GHz\"", "2.5"],
        )
        .into();
    }
    let text = match key.takes {
        Takes::Language if key.name == "envelope" => {
            pick(random, &["\"gaussian(t - 0.2, 0.1)\"", "\"1 + 0.5*cos(t)\"", "\"2\"", "\"1i\""])
        }
        Takes::Text => "\"a title\"",
        Takes::Word(words) if random.usize(..20) > 0 => return format!("\"{}\"", pick(random, words)),
        Takes::Word(_) => "\"other\"",
        Takes::Count(least, _) => return random.i64(least..least + 4).to_string(),
        Takes::Frequency | Takes::Frequencies | Takes::Positive => {
            pick(random, &["1.0", "0.9", "1.2", "2", "[1.0, 1.1]", "\"7 rad/s\"", "0.0"])
        }
        Takes::Temperature | Takes::BathTemperature => pick(random, &["1.0", "5.0", "0.2", "\"1 K\""]),
        Takes::Detuning | Takes::Couplings => {
            pick(random, &["0.1", "-0.2", "0.5", "[0.5, 0.4]", "\"1 Hz\"", "0.0", "-3.0"])
        }
        Takes::Rate => pick(random, &["0.0", "0.1", "1.0", "3", "\"2 1/s\"", "\"2 Hz\""]),
        Takes::Time | Takes::Duration => pick(random, &["0.5", "1.0", "0.0", "2", "\"1 s\"", "\"optimal\""]),
        Takes::Number | Takes::Probability | Takes::Signed => {
            pick(random, &["0.0", "0.3", "1.0", "0.05", "1.5", "-0.5"])
        }
        Takes::Times => pick(random, &["[0.0, 1.0]", "[0.5]", "[1.0, 0.5]", "[]"]),
        Takes::Cutoff => pick(random, &["3", "4", "5", "\"auto\"", "1", "100000"]),
        Takes::Outcome => pick(random, &["\"ground\"", "\"excited\"", "1", "0", "-1", "\"up\""]),
        Takes::State => pick(
            random,
            &[
                "\"ground\"",
                "\"excited\"",
                "{ fock = 1 }",
                "{ fock = 3 }",
                "{ coherent = 0.5 }",
                "{ coherent = -1.0 }",
                "{ squeezed = 0.3 }",
                "{ squeezed = 1.5 }",
                "{ thermal = 0.1 }",
                "{ thermal = 0.7 }",
                "{ superposition = [0.6, [0.0, -0.8]] }",
                "{ superposition = [0.0, 0.6, 0.0, 0.8] }",
                "{ superposition = [1.0, 1.0] }",
                "{ cat = 1 }",
            ],
        ),
        Takes::Truth => pick(random, &["true", "false"]),
        Takes::Angle => pick(random, &["1.0", "\"pi\"", "\"90 deg\"", "\"much\""]),
        Takes::Load => {
            pick(random, &["{ down = 0.1, up = 0.2 }", "{ down = 0.1 }", "{ down = 0.0, up = 0.0 }"])
        }
        Takes::Ranges => "{}",
        Takes::Edges => pick(random, &["[[1, 2]]", "[[2, 1], [1, 3]]", "[[1, 1]]"]),
        Takes::Language => pick(random, &["\"n(o)\"", "\"n(o) + t\"", "\"1\""]),
        Takes::Expression => pick(random, &["0.3", "-1", "\"2*pi\""]),
    };
    text.into()
}

/// Keys that say the same thing in different ways.
const WAYS: [&[&str]; 4] = [
    &["frequency", "detuning"],
    &["relaxation", "t1"],
    &["dephasing", "t2", "tphi"],
    &["thermal_occupation", "temperature"],
];

fn set_any(random: &mut Rng, file: &mut File, tables: &[&str]) {
    let keys: Vec<&Key> = KEYS.iter().filter(|key| tables.contains(&key.table)).collect();
    let key = keys[random.usize(..keys.len())];
    let value = value(random, key);
    if key.table == "stage" {
        if let Some(last) = file.stages.last_mut() {
            last.insert(key.name.into(), value);
        }
    } else {
        let ways = WAYS.iter().filter(|ways| ways.contains(&key.name)).flat_map(|ways| ways.iter());
        let table = file.tables.entry(key.table).or_default();
        ways.for_each(|other| drop(table.remove(*other)));
        file.set(key.table, key.name, value);
    }
}

const PAIR: [&str; 6] = ["charger", "battery", "coupling", "drive", "initial", "method"];

/// One random file; most are good or nearly so.
fn file(random: &mut Rng) -> File {
    let mut file = File::default();
    let maser = |file: &mut File| {
        for (name, value) in [
            ("hot_frequency", "10.0"),
            ("signal_frequency", "1.0"),
            ("hot_temperature", "10.0"),
            ("cold_temperature", "5.0"),
        ] {
            file.set("engine", name, value);
        }
    };
    let own: &[&str] =
        match random.usize(..20) {
            0..=1 => {
                maser(&mut file);
                &["engine"]
            }
            2..=4 => {
                maser(&mut file);
                file.set("battery", "cells", random.i64(1..4).to_string());
                file.set("coupling", "strength", "0.1");
                file.set("time", "values", "[0.0, 3.0]");
                &["engine", "charging", "battery", "coupling", "initial", "method"]
            }
            5..=7 => {
                file.set("nmr", "chargers", random.i64(1..5).to_string());
                file.set("nmr", "coupling", "2.0");
                file.set("time", "values", "[0.0, 0.5]");
                &["nmr", "nmr", "nmr", "method"]
            }
            8..=11 => {
                file.set("drive", "amplitude", "0.5");
                for _ in 0..random.usize(1..4) {
                    let kind =
                        pick(random, &["evolve", "wait", "reset", "pulse", "measure", "dephase", "extract"]);
                    let mut keys = BTreeMap::from([("kind".to_string(), format!("\"{kind}\""))]);
                    match kind {
                        "evolve" | "wait" => drop(keys.insert("duration".into(), "1.0".into())),
                        "extract" => {}
                        _ => drop(keys.insert(
                            "target".into(),
                            format!("\"{}\"", pick(random, &["charger", "battery"])),
                        )),
                    }
                    if kind == "pulse" {
                        keys.insert("angle".into(), "\"pi/2\"".into());
                    }
                    file.stages.push(keys);
                }
                &["charger", "battery", "coupling", "drive", "initial", "stage", "cycle"]
            }
            12..=14 => {
                const MEMBERS: [&str; 6] = [
                    "{ count = 2 }",
                    "{ count = 3, graph = \"ring\", initial = \"excited\" }",
                    "{ kind = \"spin\", levels = 3, initial = { fock = 1 } }",
                    "{ kind = \"qudit\", levels = 3, count = 2, initial = { thermal = 0.5 } }",
                    "{ count = 2, initial = { superposition = [0.6, 0.8] } }",
                    "{ kind = \"qudit\", levels = 3, initial = { fock = 5 } }",
                ];
                const HAMILTONIANS: [&str; 6] = [
                    "\"J*n(o)\"",
                    "\"sum(i in cells, n(i))\"",
                    "\"sum((i, j) in edges(cells), sp(i)*sm(j) + h.c.)\"",
                    "\"J*(a(o) + ad(o))*sum(i in cells, sp(i) + h.c.)\"",
                    "\"exp(1i*t)*a(o) + h.c.\"",
                    "\"sum(i in cells, sp(i))\"",
                ];
                file.set("time", "values", "[0.0, 0.5]");
                file.set("parts", "cells", pick(random, &MEMBERS));
                file.set("parts", "o", "{ kind = \"oscillator\", cutoff = 4, initial = { fock = 1 } }");
                file.set("parameters", "J", pick(random, &["0.3", "\"2*pi\"", "0"]));
                file.set("hamiltonian", "battery", pick(random, &HAMILTONIANS[..3]));
                file.set("hamiltonian", "charging", pick(random, &HAMILTONIANS));
                &["method"]
            }
            _ => {
                file.set("time", "values", "[0.0, 0.5]");
                if random.bool() {
                    file.set("drive", "amplitude", "0.5");
                }
                if random.usize(..3) == 0 {
                    file.set("charger", "kind", "\"oscillator\"");
                    file.set("charger", "cutoff", random.i64(4..9).to_string());
                }
                match random.usize(..6) {
                    0 => {
                        file.set("battery", "kind", "\"oscillator\"");
                        file.set("battery", "cutoff", random.i64(3..6).to_string());
                    }
                    1 => {
                        file.set("battery", "kind", "\"qudit\"");
                        file.set("battery", "levels", "3");
                    }
                    _ => file.set("battery", "cells", random.i64(1..4).to_string()),
                }
                &PAIR
            }
        };
    file.set("method", "tolerance", "1e-4");
    for _ in 0..random.usize(..5) {
        set_any(random, &mut file, own);
    }
    if random.usize(..10) == 0 {
        let key = &KEYS[random.usize(..KEYS.len())];
        set_any(random, &mut file, &[key.table]);
    }
    if random.usize(..6) == 0 {
        file.set("method", "name", format!("\"{}\"", pick(random, &leyden::method::METHOD_NAMES)));
    }
    if random.usize(..2) == 0 {
        let reference = if random.usize(..10) == 0 { "1.0" } else { "\"1 rad/s\"" };
        file.set("units", "reference", reference);
    }
    let keys: &[&str] = match own[0] {
        "engine" if own.len() == 1 => &["engine.hot_temperature", "engine.hot_rate", "drive.amplitude"],
        "engine" => &["coupling.strength", "engine.hot_temperature", "charging.fraction"],
        "method" => &["parameters.J", "parts.o.initial.thermal"],
        "nmr" => &["nmr.coupling", "nmr.charger_excitation", "coupling.strength"],
        _ => &[
            "drive.amplitude",
            "coupling.strength",
            "charger.dephasing",
            "initial.charger.coherent",
            "battery.detuning",
        ],
    };
    let range = |random: &mut Rng| {
        (pick(random, keys), pick(random, &["{ from = 0.1, to = 0.5 }", "{ from = -0.2, to = 0.5 }"]))
    };
    if random.usize(..6) == 0 {
        let (key, ends) = range(random);
        let values = if random.bool() { "[0.2, 0.4]" } else { ends };
        file.set("sweep", &format!("\"{key}\""), values.replace(" }", ", points = 2 }"));
    }
    if random.usize(..8) == 0 {
        let objective =
            pick(random, &["charging_time.first", "ergotropy.limit", "ergotropy.at", "power.average"]);
        file.set("optimise", "objective", format!("\"{objective}\""));
        let (key, ends) = range(random);
        file.set("optimise", "variables", format!("{{ \"{key}\" = {ends} }}"));
        if random.bool() {
            file.set("optimise", "time", "0.5");
        }
    }
    file
}

/// How often each end was met.
#[derive(Debug, Default)]
struct Counts {
    accepted: usize,
    misread: usize,
    refused: usize,
    swept: usize,
    searched: usize,
}

#[test]
fn a_thousand_random_scenarios() {
    let mut random = Rng::with_seed(20);
    let mut counts = Counts::default();
    for number in 0..1100 {
        let text = file(&mut random).text();
        let scenario = match read("random.toml", &text) {
            Ok(scenario) => scenario,
            Err(report) => {
                counts.misread += 1;
                assert!(report.titles().all(|title| !title.is_empty()));
                continue;
            }
        };
        // Long times are no part of what is refused.
        let request = Request { detail: Detail::States, ..request(&scenario, false, MEMORY) };
        let context = format!("{number}:\n{text}");
        let checked = scenario.system.plan(&request);
        if !scenario.axes.is_empty() {
            counts.swept += 1;
            compare_sweep(&scenario, checked.err().map(|error| in_keys(&error)), &context);
            continue;
        }
        let found = run(&scenario, &request);
        if scenario.optimise.is_some() {
            counts.searched += 1;
            // A check looks at the ends of the ranges, a search between them too.
            match found {
                Ok(document) => {
                    assert!(document.optimum().is_some(), "{context}");
                    assert!(leyden_results::plan(&scenario, &request).is_ok(), "{context}");
                }
                Err(RunError::NoOptimum { why }) => {
                    assert!(why.contains("has no value anywhere in the ranges"), "{why} {context}");
                }
                Err(error) => panic!("{error} {context}"),
            }
            continue;
        }
        match (checked, found) {
            (Ok(_), Ok(_)) => counts.accepted += 1,
            (Err(checked), Err(RunError::Charge(found))) => {
                counts.refused += 1;
                let [checked, found] = [checked, found].map(|error| scenario.locate(&error).to_string());
                assert_eq!(checked, found, "{context}");
            }
            (Ok(plan), Err(error)) => panic!("check says {}, run says {error} {context}", plan.method),
            (Err(error), found) => panic!("check says {error}, run says {found:?} {context}"),
        }
    }
    let Counts { accepted, misread, refused, swept, searched } = counts;
    let enough = accepted > 200 && misread > 200 && refused > 40 && swept > 40 && searched > 10;
    assert!(enough, "too mild or too wild: {counts:?}");
}

/// A sweep records at its first point what a check says of it.
fn compare_sweep(scenario: &Scenario, checked: Option<String>, context: &str) {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    sweep(scenario, folder.path(), Shard::ALL, 1, MEMORY, &leyden::Progress::default(), &|_| ()).unwrap();
    let store = Store::open_read(folder.path()).unwrap();
    let (status, reason) = (store.status().unwrap()[0], store.reasons().unwrap().swap_remove(0));
    match checked {
        Some(why) if scenario.optimise.is_none() => {
            assert_eq!(
                (status, reason.as_str()),
                (Some(Status::Failed), &why[..why.floor_char_boundary(200)]),
                "{context}"
            );
        }
        Some(_) => {}
        None => {
            let numerical = [
                "cutoff-too-small",
                "inaccurate",
                "step-too-small",
                "too-many-steps",
                "has no value anywhere",
            ];
            let why = numerical.iter().any(|outcome| reason.contains(outcome));
            assert!(status == Some(Status::Done) || why, "{reason} {context}");
        }
    }
}
