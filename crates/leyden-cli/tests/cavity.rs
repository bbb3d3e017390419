//! Cavities without losses as a user meets them: the shipped study, tied photons, what `check` says.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn leyden(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_leyden")).args(arguments).output().unwrap()
}

fn said(arguments: &[&str]) -> String {
    let output = leyden(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&said(arguments)).unwrap()
}

fn shipped(name: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name);
    path.to_str().unwrap().into()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// As many photons as cells: every point is the single run, and the powers are those of sectors diagonalised elsewhere.
#[test]
fn power_grows_as_three_halves_of_the_cells() {
    let scenario = shipped("tavis-cummings-power.toml");
    let study = json(&["run", &scenario, "--json"]);
    let cells = numbers(&study["axes"][0]["values"]);
    let power = &study["power"]["maximum_average"];
    let (values, times) = (numbers(&power["value"]), numbers(&power["time"]));
    assert_eq!((cells[0], *cells.last().unwrap()), (1.0, 100.0));
    for (n, value) in cells.iter().zip(&values) {
        let law = value / n.powf(1.5);
        assert!(law > 0.5831 && law < 0.72462, "{n}: {law}");
    }
    let scratch = tempfile::tempdir().unwrap();
    let alone = scratch.path().join("alone.toml");
    let text = std::fs::read_to_string(&scenario).unwrap();
    for i in [0, 7, cells.len() - 1] {
        let of = |text: &str| {
            text.split("[sweep]").next().unwrap().replace("cells = 1", &format!("cells = {}", cells[i]))
        };
        std::fs::write(&alone, of(&text) + &format!("[initial]\ncharger = {{ fock = {} }}\n", cells[i]))
            .unwrap();
        let run = json(&["run", alone.to_str().unwrap(), "--json"]);
        assert_eq!(run["method"]["name"], "number-blocks");
        let found = &run["power"]["maximum_average"];
        assert_eq!((found["value"].as_f64(), found["time"].as_f64()), (Some(values[i]), Some(times[i])));
    }
}

/// One thread or two: the same document.
#[test]
fn threads_do_not_change_a_digit() {
    let scenario = shipped("tavis-cummings-power.toml");
    let run = |threads: &str| said(&["run", &scenario, "--json", "--threads", threads]);
    assert_eq!(run("1"), run("2"));
}

#[test]
fn check_says_what_is_conserved() {
    let scenario = shipped("cavity.toml");
    let lossless = said(&["check", &scenario, "--set", "charger.relaxation=0"]);
    assert!(
        lossless.contains("number-blocks (solved exactly: the number of excitations is conserved, ")
            && lossless.contains(" sectors of up to 3 levels)"),
        "{lossless}"
    );
    let lossy = said(&["check", &scenario]);
    assert!(lossy.contains("method          taylor"), "{lossy}");
    assert!(lossy.contains("number-blocks   does not apply: the charger is noisy\n"), "{lossy}");
    let refused = leyden(&["check", &scenario, "--set", "method.name=number-blocks"]);
    let refused = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.contains("number-blocks") && refused.contains("the charger is noisy"), "{refused}");
}

fn close(found: &Value, expected: &[f64], tolerance: f64) {
    let found = numbers(found);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < tolerance, "{found} for {expected}");
    }
}

/// Least squares over few cells miss the exponent of many: both are said, and the exponents between neighbours.
#[test]
fn the_law_for_many_cells_stands_beside_the_fit() {
    let scenario = shipped("tavis-cummings-power.toml");
    let study = json(&["run", &scenario, "--json"]);
    let fits = study["fits"].as_array().unwrap();
    let of = |name: &str| fits.iter().find(|fit| fit["quantity"] == name).unwrap();
    let power = of("power_maximum_average_value");
    let many = &power["many_cells"];
    assert!((many["prefactor"].as_f64().unwrap() - 0.582_582_908_4).abs() < 1e-9, "{many}");
    assert_eq!(many["exponent"].as_f64(), Some(1.5));
    close(&power["local_exponents"], &[1.291_19, 1.498_79], 1e-5);
    assert!((power["exponent"].as_f64().unwrap() - 1.469_18).abs() < 1e-5);
    let advantage = &of("parallel_advantage")["many_cells"];
    assert!((advantage["prefactor"].as_f64().unwrap() - 0.803_994).abs() < 1e-6, "{advantage}");
    let scratch = tempfile::tempdir().unwrap();
    let text = said(&["run", &scenario, "--out", scratch.path().join("study").to_str().unwrap()]);
    let law = "law             power_maximum_average_value = 0.649488 N^1.46918 (g omega_B) for N = 1 to 100\n                \
               exponents between neighbours 1.29119 to 1.49879; 0.582583 N^1.5 for many cells\n";
    assert!(text.contains(law), "{text}");
}

#[test]
fn the_shipped_cavities_have_the_known_values() {
    let run = |name: &str, settings: &[&str]| {
        let scenario = shipped(name);
        let settings = settings.iter().flat_map(|setting| ["--set", setting]);
        json(&["run", &scenario, "--json"].into_iter().chain(settings).collect::<Vec<&str>>())
    };
    let together = run(
        "parallel-collective.toml",
        &["sweep.battery.cells=[10, 30, 60]", "sweep.charger.detuning=[0.0]"],
    );
    close(&together["parallel"]["advantage"], &[2.570_684, 4.419_040, 6.238_424], 1e-6);
    close(&together["parallel"]["power"], &[10.0, 30.0, 60.0].map(|n| n * 0.724_611_353_8), 1e-8);
    let field = run(
        "mean-field-cavity.toml",
        &["sweep.battery.cells=[30, 100, 300]", "time.end=0.8", "time.points=1"],
    );
    close(&field["energy"], &[30.0 * 0.440_197, 100.0 * 0.440_721, 300.0 * 0.440_870], 2e-4);
    // g sqrt(N) t = 0.4 sqrt(10) and 0.5 sqrt(10), by sectors in the full space of ten cells.
    let times = "time.values=[1.2649110640673518, 1.5811388300841898]";
    let free = run("freedom-coherent.toml", &["sweep.battery.cells=[10]", times]);
    close(&free["energy"], &[7.074_482_990_022, 7.944_190_476_635], 1e-11);
    close(&free["ergotropy"]["collective"], &[6.927_303_322_235, 7.541_083_549_381], 1e-11);
    close(&free["ergotropy"]["global"], &[6.945_729_766_363, 7.653_851_454_839], 1e-11);
    // Three cells, three photons, g t = 0.8.
    let times = "time.values=[1.3856406460551018]";
    for (name, energy, global, collective) in [
        ("coherent", 2.062_059_695_0, 1.894_033_835_3, 1.865_887_599_5),
        ("fock", 2.395_571_151_2, 1.967_865_878_6, 1.957_125_826_3),
        ("squeezed", 0.994_540_199_2, 0.696_175_421_3, 0.527_647_573_6),
        ("thermal", 1.424_766_096_6, 0.710_526_083_7, 0.008_509_658_5),
    ] {
        let free = run(&format!("freedom-{name}.toml"), &["sweep.battery.cells=[3]", times]);
        close(&free["energy"], &[energy], 1e-9);
        close(&free["ergotropy"]["global"], &[global], 1e-9);
        close(&free["ergotropy"]["collective"], &[collective], 1e-9);
    }
    // The light that is lost charges nothing.
    let lossy = run("lossy-cavity.toml", &["sweep.charger.relaxation=[0.0, 0.5, 5.0]"]);
    let powers = numbers(&lossy["power"]["maximum_average"]["value"]);
    assert!(powers[0] > powers[1] && powers[1] > powers[2], "{powers:?}");
    assert!(lossy["charging_time"]["settling"].as_array().unwrap().iter().all(Value::is_null));
}

/// Of a single run the summary says what separate pairs reach.
#[test]
fn separate_pairs_are_said_beside_the_best_power() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("ten.toml");
    let text = "[charger]\nkind = \"oscillator\"\n[battery]\ncells = 10\n[initial]\ncharger = { fock = 10 }\n[time]\nend = 2.0\n";
    std::fs::write(&file, text).unwrap();
    let folder = scratch.path().join("run");
    let said = said(&["run", file.to_str().unwrap(), "--out", folder.to_str().unwrap()]);
    let line = "\nin parallel     10 separate pairs reach 7.24611; the whole reaches 2.57068 times that\n";
    assert!(said.contains(line), "{said}");
    std::fs::write(&file, text.replace("fock = 10", "fock = 7")).unwrap();
    let run = json(&["run", file.to_str().unwrap(), "--json"]);
    assert_eq!(run["parallel"]["why"], "7 photons cannot be dealt out equally to 10 cavities");
    assert!(run["parallel"]["advantage"].is_null() && run["parallel"]["power"].is_null());
}
