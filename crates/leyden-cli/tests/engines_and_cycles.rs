//! Engines, NMR stars and protocols as a user meets them: shipped scenarios, folders, sweeps into stages.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn leyden(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_leyden")).args(arguments).output().unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = leyden(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn shipped(name: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name);
    path.to_str().unwrap().into()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

#[test]
fn an_engine_alone_is_drawn_only_in_a_sweep() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("maser");
    let out = folder.to_str().unwrap();
    let text = std::fs::read_to_string(shipped("maser.toml")).unwrap();
    let alone = scratch.path().join("alone.toml");
    std::fs::write(&alone, text.split("[sweep]").next().unwrap()).unwrap();
    let output = leyden(&["run", alone.to_str().unwrap(), "--out", out]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("(scenario.toml, result.json)"), "{said}");
    assert!(
        said.contains("regime          engine: the baths offer n_1/n_0 = 2.22554 (population inversion,"),
        "{said}"
    );
    assert!(folder.join("result.json").exists() && !folder.join("figure.svg").exists());
    let again = leyden(&["run", alone.to_str().unwrap(), "--out", out]);
    assert!(String::from_utf8_lossy(&again.stdout).contains("complete already"));
    let figure = leyden(&["figure", out]);
    assert_eq!(figure.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&figure.stderr).contains("nothing that changes with time"));
}

#[test]
fn engine_stall_and_refrigerator_meet_at_carnot() {
    let document = json(&["run", &shipped("maser.toml"), "--json"]);
    let temperatures = numbers(&document["axes"][0]["values"]);
    let power = numbers(&document["engine"]["power"]);
    let entropy = numbers(&document["engine"]["entropy_production"]);
    // T_h = 50/9: 1 - T_c/T_h = omega_0/omega_h.
    for ((t, power), entropy) in temperatures.iter().zip(&power).zip(&entropy) {
        assert_eq!(*power > 0.0, *t > 50.0 / 9.0, "{t}: {power}");
        assert!(*entropy >= 0.0);
    }
}

/// Power of N engines on N cells to 99 per cent over that of one on one, all levels of the engines carried.
#[test]
fn collective_enhancement_is_what_independent_calculations_give() {
    let document = json(&["run", &shipped("collective-enhancement.toml"), "--json"]);
    let found = numbers(&document["charging"]["enhancement"]);
    let cells = numbers(&document["axes"][1]["values"]);
    assert_eq!(cells, (1..=16).map(f64::from).collect::<Vec<_>>());
    let at = |coupling: usize, cells: usize| found[coupling * 16 + cells - 1];
    for (coupling, cells, expected) in
        [(1, 2, 1.036), (1, 4, 1.206), (1, 8, 1.650), (1, 12, 2.104), (2, 3, 0.855)]
    {
        assert!(
            (at(coupling, cells) - expected).abs() <= 5.1e-4,
            "{coupling} {cells}: {}",
            at(coupling, cells)
        );
    }
    assert!((2..=8).all(|cells| at(2, cells) < 1.0), "slower together");
    // Weak coupling nears the effective model: 1.137, 1.477, 2.364, 3.381.
    for (cells, effective) in [(2, 1.137), (4, 1.477), (8, 2.364), (12, 3.381)] {
        assert!(at(0, cells) < effective && at(0, cells) > 0.97 * effective, "{cells}: {}", at(0, cells));
    }
}

/// P'/C_eq after many cycles of 36 weakly polarised chargers, and after the first.
#[test]
fn the_star_reaches_the_balance_of_its_cycle() {
    let document = json(&["run", &shipped("nmr-star.toml"), "--json"]);
    let waits = numbers(&document["axes"][0]["values"]);
    let (fixed, last) =
        (numbers(&document["cycles"]["fixed_point"]), numbers(&document["cycles"]["last_energy"]));
    let ratio = |energy: f64| (2.0 * energy - 1.0) / 1e-3;
    for (wait, expected) in [(5.0, 0.6470), (17.0, 1.0222)] {
        let at = waits.iter().position(|x| (x - wait).abs() < 1e-9).unwrap();
        assert!((ratio(fixed[at]) - expected).abs() < 1e-4, "{wait}: {}", ratio(fixed[at]));
        assert!((fixed[at] - last[at]).abs() < 1e-12);
    }
    for largest in numbers(&document["cycles"]["largest_energy"]) {
        assert!((ratio(largest) - 1.3020).abs() < 1e-4, "{}", ratio(largest));
    }
}

#[test]
fn charge_store_discharge_keeps_the_books() {
    let file = shipped("charge-store-discharge.toml");
    let document = json(&["run", &file, "--json"]);
    let stage = |i: usize, key: &str| document["cycles"]["stages"][i][key][0].as_f64().unwrap();
    // T1 in storage: E decays with the rate of relaxation.
    assert!((stage(2, "energy") - stage(1, "energy") * (-0.02_f64 * 10.0).exp()).abs() < 1e-10);
    // One cell: the unitary takes the whole ergotropy.
    assert!((stage(3, "extracted") - stage(2, "ergotropy")).abs() < 1e-12);
    assert!((stage(4, "extracted") + stage(4, "energy") - stage(3, "energy")).abs() < 1e-10);
    let times = numbers(&document["times"]);
    assert_eq!((times.len(), times[0], *times.last().unwrap()), (356, 0.0, 35.0));
    // Keys of stages can be set and swept.
    let longer = json(&["run", &file, "--json", "--set", "stage.3.duration=20"]);
    let stored = longer["cycles"]["stages"][2]["energy"][0].as_f64().unwrap();
    assert!((stored - stage(1, "energy") * (-0.4_f64).exp()).abs() < 1e-10);
    let swept = json(&["run", &file, "--json", "--set", "sweep={\"stage.3.battery.relaxation\"=[0.0,0.02]}"]);
    assert_eq!(swept["shape"], serde_json::json!([2]));
    assert!(numbers(&swept["cycles"]["extracted"])[0] > numbers(&swept["cycles"]["extracted"])[1]);
}

/// Dephasing closes the gap between charger and battery: without it a load gets less than a third.
#[test]
fn charging_of_a_protocol_is_optimised() {
    let file = shipped("optimal-protocol.toml");
    let optimum =
        |arguments: &[&str]| json(&[&["run", &file, "--json"], arguments].concat())["optimum"].take();
    let found = optimum(&[]);
    let at = |key: &str| found["variables"][key].as_f64().unwrap();
    assert!((found["value"].as_f64().unwrap() - 0.600_041).abs() < 1e-6, "{found}");
    assert!(
        (at("stage.1.duration") - 93.3432).abs() < 1e-3
            && (at("stage.1.charger.dephasing") - 1.0583).abs() < 1e-4
    );
    assert_eq!(
        (&found["objective"], &found["minimise"], &found["interior"]),
        (&"cycles.extracted".into(), &false.into(), &true.into())
    );
    let quiet =
        optimum(&["--set", "optimise.variables={ \"stage.1.duration\" = { from = 1.0, to = 200.0 } }"]);
    assert!(quiet["value"].as_f64().unwrap() < 0.2, "{quiet}");
    let check = leyden(&["check", &file]);
    let said = String::from_utf8_lossy(&check.stdout);
    assert!(said.contains("cycles.extracted over stage.1.charger.dephasing, stage.1.duration"), "{said}");
    let slip = leyden(&["check", &file, "--set", "optimise.objective=\"cycles.extract\""]);
    let said = String::from_utf8_lossy(&slip.stderr);
    assert!(slip.status.code() == Some(2) && said.contains("did you mean \"cycles.extracted\"?"), "{said}");
}

#[test]
fn an_engine_alone_says_its_optimum() {
    let scratch = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(shipped("maser.toml")).unwrap();
    let search = "[optimise]\nobjective = \"engine.power\"\nvariables = { \"engine.signal_frequency\" = { from = 0.1, to = 9.0 } }\n";
    let file = scratch.path().join("search.toml");
    std::fs::write(&file, format!("{}{search}", text.split("[sweep]").next().unwrap())).unwrap();
    let out = scratch.path().join("out");
    let run = leyden(&["run", file.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(said.contains("\noptimum         engine.power 0."), "{said}");
}
