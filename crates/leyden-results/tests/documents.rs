//! Whole documents of runs, held against kept ones: every key in its order, every number, text, null and reason.
//!
//! After a change that is meant, look at the new documents that
//! `cargo test --release --test documents -- --ignored` writes into tests/documents.

use std::path::PathBuf;

use leyden_results::{Document, RunError, request, run};
use leyden_scenario::Scenario;
use serde_json::Value;

const ENGINE: &str = "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\n";

/// Name, scenario, whether it is verified.
fn cases() -> Vec<(&'static str, String, bool)> {
    let plain = |name, text: &str| (name, text.to_string(), false);
    vec![
        plain("pair", "title = \"pair\"\n[units]\nreference = \"5 GHz\"\n[charger]\ndephasing = 1.4\n[battery]\ncells = 2\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 1.0, 20.0]\n"),
        plain("undamped", "title = \"undamped\"\n[initial]\ncharger = \"excited\"\n[time]\nvalues = [0.0, 1.0]\n"),
        plain("thermal", "title = \"thermal\"\n[charger]\ndephasing = 1.0\n[battery]\ncells = 2\n[initial]\nbattery = { thermal = 0.2 }\n[drive]\namplitude = 0.3\n[time]\nvalues = [0.0, 2.0]\n"),
        plain("detuned", "title = \"detuned\"\n[charger]\ndephasing = 1.0\n[battery]\ndetuning = 0.05\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 10.0]\n"),
        ("verified", "title = \"verified\"\n[charger]\ndephasing = 1.4\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 1.0]\n".into(), true),
        plain("search", "title = \"search\"\n[drive]\namplitude = 0.5\n[optimise]\nobjective = \"charging_time.settling\"\nvariables = { \"charger.dephasing\" = { from = 0.1, to = 10.0, spacing = \"log\" } }\n"),
        ("maser", format!("title = \"maser\"\n{ENGINE}drive = 0.3\n"), false),
        ("refrigerator", format!("title = \"refrigerator\"\n{}load = {{ down = 0.1, up = 0.2 }}\n", ENGINE.replace("hot_temperature = 10.0", "hot_temperature = 5.2")), false),
        ("charging", format!("title = \"charging\"\n{ENGINE}[charging]\nmode = \"individual\"\ncompare = true\n[battery]\ncells = 2\n[coupling]\nstrength = 0.1\n[time]\nvalues = [0.0, 50.0]\n"), false),
        plain("star", "title = \"star\"\n[nmr]\nchargers = 4\ncoupling = 2.0\ncharger_excitation = 0.9\nbattery_t1 = 20.0\nbattery_equilibrium = 0.1\n[[stage]]\nkind = \"wait\"\nduration = 1.0\n[[stage]]\nkind = \"reset\"\ntarget = \"chargers\"\nexcitation = 0.9\n[[stage]]\nkind = \"evolve\"\nduration = 0.5\n[cycle]\nrepeat = 3\n"),
        plain("protocol", "title = \"protocol\"\n[charger]\ndephasing = 1.4\n[drive]\namplitude = 0.5\n[[stage]]\nkind = \"evolve\"\nduration = 2.0\npoints = 2\n[[stage]]\nkind = \"measure\"\ntarget = \"charger\"\n[[stage]]\nkind = \"extract\"\n[cycle]\nrepeat = 2\n"),
    ]
}

fn document((name, text, verify): &(&str, String, bool)) -> Value {
    let scenario = Scenario::parse(name, text).unwrap_or_else(|report| panic!("{report}"));
    let document: Document = run(&scenario, &request(&scenario, *verify, 1e9)).unwrap();
    serde_json::from_str(&document.to_json()).unwrap()
}

fn kept(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/documents").join(name).with_extension("json")
}

/// What rounding alone decides: how far off a check is, or a second method.
const ROUNDING: [&str; 5] = [
    "checks.error",
    "asymptote.residual",
    "verify.differences",
    "checks.energy_balance",
    "checks.smallest_eigenvalue",
];

fn compare(path: &str, found: &Value, expected: &Value) {
    match (found, expected) {
        (Value::Object(a), Value::Object(b)) => {
            assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "keys of {path}");
            for (key, value) in a {
                compare(&if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, value, &b[key]);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "length of {path}");
            a.iter().zip(b).enumerate().for_each(|(i, (a, b))| compare(&format!("{path}[{i}]"), a, b));
        }
        (Value::Number(a), Value::Number(b)) => {
            assert_eq!(a.is_i64(), b.is_i64(), "{path} is {a} for {b}");
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            let rounding = ROUNDING.iter().any(|known| path.contains(known));
            let allowed = if rounding { 1e-7 } else { 1e-12 * b.abs().max(1.0) };
            // Optima of a search are as flat as they are.
            let allowed = if path.starts_with("optimum.") { 1e-9 * b.abs().max(1.0) } else { allowed };
            assert!((a - b).abs() <= allowed, "{path} is {a} for {b}");
        }
        _ if path == "version" => assert_eq!(found, env!("CARGO_PKG_VERSION")),
        _ => assert_eq!(found, expected, "{path}"),
    }
}

#[test]
fn documents_are_the_kept_ones() {
    for case in cases() {
        let expected: Value = serde_json::from_str(&std::fs::read_to_string(kept(case.0)).unwrap()).unwrap();
        println!("{}", case.0);
        compare("", &document(&case), &expected);
    }
}

/// The kept documents hold what a reader must tell apart: numbers, truths, nulls with reasons, lists of plateaus and stages.
#[test]
fn kept_documents_are_of_every_kind() {
    let all: Vec<Value> = cases().iter().map(document).collect();
    let has = |pointer: &str, test: fn(&Value) -> bool| {
        assert!(all.iter().any(|document| document.pointer(pointer).is_some_and(test)), "{pointer}");
    };
    for pointer in ["/asymptote/why", "/charging_time/why", "/ergotropy/why", "/charging/why", "/cycles/why"]
    {
        has(pointer, Value::is_null);
    }
    for pointer in [
        "/asymptote/why",
        "/charging_time/why",
        "/checks/why",
        "/optimum/why",
        "/engine/regime",
        "/charging/mode",
    ] {
        has(pointer, Value::is_string);
    }
    has("/asymptote/unique", Value::is_boolean);
    has("/asymptote/conserved", Value::is_u64);
    has("/asymptote/plateaus/0/lifetime", Value::is_f64);
    has("/asymptote/rates/0/rate", Value::is_f64);
    has("/cycles/stages/0/energy/0", Value::is_f64);
    has("/charging/comparison/0/time", Value::is_f64);
    has("/engine/cop", Value::is_f64);
    has("/verify/method", Value::is_string);
    has("/reference", Value::is_f64);
}

fn of(text: &str) -> Result<Document, RunError> {
    let scenario = Scenario::parse("test.toml", text).unwrap_or_else(|report| panic!("{report}"));
    run(&scenario, &request(&scenario, false, 1e9))
}

/// A rate that floating-point numbers do not hold has a reason and a logarithm; zero would say that nothing decays.
#[test]
fn a_rate_below_the_range_of_numbers_is_no_zero() {
    let text = "[charger]\ndephasing = 1.0\n[drive]\namplitude = 1e-200\n[time]\nend = 1.0\n";
    let document = of(text).unwrap();
    let value: Value = serde_json::from_str(&document.to_json()).unwrap();
    assert_eq!(value["asymptote"]["slowest_rate"], Value::Null);
    let why = document.text("asymptote.why").unwrap();
    assert!(why.contains("below the range of floating-point numbers"), "{why}");
    let log10 = document.number("asymptote.log10_slowest_rate").unwrap();
    assert!(log10 < -700.0 && log10.is_finite());
    // Where it can be held the two agree.
    let document = of(&text.replace("1e-200", "0.01")).unwrap();
    let rate = document.number("asymptote.slowest_rate").unwrap();
    assert!((rate.log10() - document.number("asymptote.log10_slowest_rate").unwrap()).abs() < 1e-12);
}

/// Without dephasing nothing settles; the line that asks for it is shown.
#[test]
fn a_search_that_finds_nothing_points_at_what_it_was_to_find() {
    let text = "[drive]\namplitude = 0.5\n[optimise]\nvariables = { \"coupling.strength\" = { from = 0.5, to = 2.0 } }\nobjective = \"charging_time.settling\"\n";
    let scenario = Scenario::parse("test.toml", text).unwrap();
    let error = run(&scenario, &request(&scenario, false, 1e9)).unwrap_err();
    assert!(matches!(error, RunError::NoOptimum { .. }), "{error}");
    let (why, report) = (error.to_string(), error.locate(&scenario).to_string());
    for part in [&*why, "test.toml:5:13", "`optimise.objective` decides this"] {
        assert!(report.contains(part), "{part} in\n{report}");
    }
}

#[test]
#[ignore = "writes the documents to be kept"]
fn keep_the_documents() {
    std::fs::create_dir_all(kept("any").parent().unwrap()).unwrap();
    for case in cases() {
        let text = serde_json::to_string_pretty(&document(&case)).unwrap();
        std::fs::write(kept(case.0), text + "\n").unwrap();
    }
}
