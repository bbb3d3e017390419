//! What stands beside the numbers of a store: unit, long name and dimensions of every array, read from the files
//! themselves and held against docs/reference.md.

use std::collections::BTreeMap;
use std::path::Path;

use leyden_scenario::Scenario;
use leyden_study::{Shard, sweep};
use serde_json::{Value, json};

/// Path, unit, what it is, whether per time, of every number that a sweep keeps.
fn reference() -> BTreeMap<String, (String, String, bool)> {
    let page = include_str!("../../../docs/reference.md");
    let lines = page.lines().skip_while(|line| !line.starts_with("| path |")).skip(2);
    let rows = lines.take_while(|line| line.starts_with('|')).filter_map(|line| {
        let line = line.replace("\\|", "\u{1}");
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [path, unit, long_name, shown] = cells[..] else { panic!("{line}") };
        let over_time = long_name.ends_with(", per time");
        let long_name = long_name.trim_end_matches(", per time").replace('\u{1}', "|");
        let name = path.trim_matches('`').replace('.', "_");
        shown.contains("sweep").then(|| (name, (unit.to_string(), long_name, over_time)))
    });
    rows.collect()
}

fn metadata(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("zarr.json")).unwrap()).unwrap()
}

/// Unit and long name of a number of the reference in units of times, energies, powers and rates; the unit behind a logarithm is in its name.
fn shown(
    name: &str,
    unit: &str,
    long_name: &str,
    [time, energy, power, rate]: [&str; 4],
) -> (String, String) {
    let is_rate = ["rate", "current", "entropy", "gamma_e"].iter().any(|part| name.contains(part));
    let is_rate = is_rate && !name.contains("validity");
    let unit = match unit {
        "1/(reference frequency)" if name == "engine_beta_e" => format!("1/{energy}"),
        "1/(reference frequency)" => time.into(),
        "(reference frequency)^2" => power.into(),
        "reference frequency" => if is_rate { rate } else { energy }.into(),
        other => other.into(),
    };
    let behind = match name {
        _ if !name.contains("log10") => String::new(),
        _ if is_rate => format!(" (in {rate})"),
        _ => format!(" (in {time})"),
    };
    (unit, format!("{long_name}{behind}"))
}

struct Expected<'a> {
    text: &'a str,
    /// Units of times, energies, powers and rates.
    units: [&'a str; 4],
    /// Key, unit, long name, length.
    axes: &'a [(&'a str, &'a str, &'a str, usize)],
    times: usize,
    /// Beside those of the table.
    others: &'a [(&'a str, &'a str, &'a str)],
    some: &'a [&'a str],
}

const CASES: [Expected<'static>; 7] = [
    Expected {
        text: "title = \"drawn\"\n[charger]\ndephasing = 1.0\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 1.0]\n[method]\nname = \"trajectories\"\n[trajectories]\ncount = 6\n[sweep]\n\"charger.dephasing\" = [0.5, 1.0]\n",
        units: ["1/g", "omega_B", "g omega_B", "g"],
        axes: &[("charger.dephasing", "g", "gamma_C of D[n_C]", 2)],
        times: 2,
        others: &[],
        some: &["trajectories_standard_error_energy", "trajectories_count", "trajectories_jumps"],
    },
    Expected {
        text: "title = \"books\"\n[charger]\ndephasing = 1.0\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 1.0]\n[method]\nledger = true\n[sweep]\n\"charger.dephasing\" = [0.5, 1.0]\n",
        units: ["1/g", "omega_B", "g omega_B", "g"],
        axes: &[("charger.dephasing", "g", "gamma_C of D[n_C]", 2)],
        times: 2,
        others: &[],
        some: &["ledger_drive_work", "ledger_residual"],
    },
    Expected {
        text: "title = \"bounds\"\n[charger]\ndephasing = 1.0\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 1.0]\n[method]\nbounds = true\n[sweep]\n\"charger.dephasing\" = [0.5, 1.0]\n",
        units: ["1/g", "omega_B", "g omega_B", "g"],
        axes: &[("charger.dephasing", "g", "gamma_C of D[n_C]", 2)],
        times: 2,
        others: &[],
        some: &[
            "bounds_power",
            "bounds_capacity",
            "bounds_speed_limit_length",
            "coherence",
            "asymptote_entropy",
        ],
    },
    Expected {
        text: "title = \"pair\"\n[drive]\namplitude = 0.5\n[time]\nvalues = [0.0, 1.0, 2.5]\n[sweep]\n\"charger.dephasing\" = [0.5, 1.0]\n\"battery.cells\" = [1, 2, 3]\n\"initial.battery.fock\" = [0, 1]\n",
        units: ["1/g", "omega_B", "g omega_B", "g"],
        axes: &[
            ("charger.dephasing", "g", "gamma_C of D[n_C]", 2),
            ("battery.cells", "1", "N", 3),
            ("initial.battery.fock", "1", "fock number of the initial state of the battery", 2),
        ],
        times: 3,
        others: &[],
        some: &["energy", "asymptote_energy", "charging_time_settling", "power_average", "checks_trace"],
    },
    Expected {
        text: "title = \"search\"\n[drive]\namplitude = 0.5\n[optimise]\nobjective = \"charging_time.settling\"\nvariables = { \"charger.dephasing\" = { from = 0.1, to = 9.0 }, \"initial.battery.thermal\" = { from = 0.0, to = 0.1 } }\n[sweep]\n\"drive.amplitude\" = [0.5, 1.0]\n",
        units: ["1/g", "omega_B", "g omega_B", "g"],
        axes: &[("drive.amplitude", "g", "F", 2)],
        times: 0,
        others: &[
            ("optimum_value", "1/g", "best value of the objective: charging_time.settling"),
            ("optimum_interior", "1", "whether the optimum lies inside all ranges: charging_time.settling"),
            (
                "optimum_jump",
                "1",
                "side of the jump on which the optimum sits (1 above, -1 below, 0 no jump): charging_time.settling",
            ),
            ("optimum_value_at_jump", "1/g", "value of the objective at the jump: charging_time.settling"),
            ("optimum_charger_dephasing", "g", "best value of charger.dephasing"),
            ("optimum_initial_battery_thermal", "1", "best value of initial.battery.thermal"),
        ],
        some: &["asymptote_energy"],
    },
    Expected {
        text: "title = \"engines\"\n[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\n[battery]\ncells = 2\n[coupling]\nstrength = 0.1\n[time]\nvalues = [0.0, 30.0]\n[sweep]\n\"engine.hot_temperature\" = [10.0, 12.0]\n\"charging.fraction\" = [0.5]\n",
        units: ["1/gamma_h", "omega_B", "gamma_h omega_B", "gamma_h"],
        axes: &[
            ("engine.hot_temperature", "omega_B", "T_h, k_B = 1", 2),
            ("charging.fraction", "1", "f of charging time and average power", 1),
        ],
        times: 2,
        others: &[],
        some: &["engine_power", "charging_time", "charging_per_cell", "energy"],
    },
    Expected {
        text: "title = \"cycles\"\n[[stage]]\nkind = \"evolve\"\nduration = 1.0\ndrive.amplitude = 0.5\n[[stage]]\nkind = \"extract\"\nby = \"load\"\nrate = 0.1\nduration = 2.0\n[sweep]\n\"stage.1.duration\" = [1.0, 2.0]\n\"stage.2.rate\" = [0.1]\n\"cycle.repeat\" = [2]\n",
        units: ["1/g", "omega_B", "g omega_B", "g"],
        axes: &[
            ("stage.1.duration", "1/g", "how long; \"optimal\" in an NMR star: to the first maximum", 2),
            ("stage.2.rate", "g", "rate at which a load takes up energy from every cell", 1),
            ("cycle.repeat", "1", "how often the stages are repeated", 1),
        ],
        times: 0,
        others: &[],
        some: &["cycles_fixed_point", "cycles_rate", "cycles_extracted"],
    },
];

/// What a search found best has the unit of its objective.
#[test]
fn optima_have_the_unit_of_their_objective() {
    for (objective, units) in [
        ("purity", "1"),
        ("asymptote.slowest_rate", "g"),
        ("charging_time.first", "1/g"),
        ("charging_time.spectral", "1/g"),
        ("ergotropy.limit", "omega_B"),
        ("ergotropy.at", "omega_B"),
        ("power.average", "g omega_B"),
    ] {
        let time = if ["purity", "ergotropy.at", "power.average"].contains(&objective) {
            "time = 2.0\n"
        } else {
            ""
        };
        let text = format!(
            "[charger]\ndephasing = 1.0\n[optimise]\nobjective = \"{objective}\"\n{time}variables = {{ \"drive.amplitude\" = {{ from = 0.4, to = 0.6 }} }}\n[sweep]\n\"battery.cells\" = [1]\n"
        );
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let scenario = Scenario::parse("test.toml", &text).unwrap_or_else(|report| panic!("{report}"));
        sweep(&scenario, folder.path(), Shard::ALL, 1, 1e9, &leyden::Progress::default(), &|_| ()).unwrap();
        for name in ["optimum_value", "optimum_value_at_jump"] {
            let attributes = &metadata(&folder.path().join(name))["attributes"];
            assert_eq!(attributes["units"], units, "{name} of {objective}");
        }
    }
}

#[test]
fn every_array_says_what_it_is_and_in_what() {
    let reference = reference();
    assert!(reference.len() > 60, "{} numbers in docs/reference.md", reference.len());
    let mut met: Vec<String> = Vec::new();
    for Expected { text, units: of, axes, times, others, some } in CASES {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let scenario = Scenario::parse("test.toml", text).unwrap_or_else(|report| panic!("{report}"));
        sweep(&scenario, folder.path(), Shard::ALL, 1, 1e9, &leyden::Progress::default(), &|_| ()).unwrap();
        let group = metadata(folder.path());
        let arrays = group["consolidated_metadata"]["metadata"].as_object().unwrap();
        let underscored = |key: &str| key.replace('.', "_");
        let names: Vec<String> = axes.iter().map(|(key, ..)| underscored(key)).collect();
        let lengths: Vec<usize> = axes.iter().map(|(.., length)| *length).collect();
        let with_time = |list: Value, time: Value| {
            Value::Array(list.as_array().unwrap().iter().cloned().chain([time]).collect())
        };
        let mut left: Vec<&str> = Vec::new();
        for (name, consolidated) in arrays {
            // What is gathered is what stands in the array's own folder.
            assert_eq!(&metadata(&folder.path().join(name)), consolidated, "{name}");
            let said = (&consolidated["attributes"]["units"], &consolidated["attributes"]["long_name"]);
            let (shape, dimensions) = (&consolidated["shape"], &consolidated["dimension_names"]);
            let axis = axes.iter().find(|(key, ..)| underscored(key) == *name);
            let other = others.iter().find(|(key, ..)| key == name);
            if let Some((key, units, long_name, length)) = axis {
                assert_eq!(said, (&json!(units), &json!(long_name)), "{name}");
                assert_eq!((shape, dimensions), (&json!([length]), &json!([underscored(key)])));
                assert_eq!(consolidated["attributes"]["key"], *key);
                let whole = ["cells", "fock", "repeat"].iter().any(|whole| key.ends_with(whole));
                assert_eq!(consolidated["data_type"], if whole { "int64" } else { "float64" }, "{name}");
            } else if name == "time" {
                assert_eq!(said, (&json!(of[0]), &json!("time")));
                assert_eq!((shape, dimensions), (&json!([times]), &json!(["time"])));
            } else if let Some((_, units, long_name)) = other {
                assert_eq!(said, (&json!(units), &json!(long_name)), "{name}");
                assert_eq!((shape, dimensions), (&json!(lengths), &json!(names)));
            } else if ["status", "reason", "method"].contains(&name.as_str()) {
                let long_name = match name.as_str() {
                    "status" => "state of the computation",
                    "method" => "method of solution",
                    _ => "why a point failed, or what else is to be said of it",
                };
                assert_eq!(said, (&Value::Null, &json!(long_name)));
                assert_eq!((shape, dimensions), (&json!(lengths), &json!(names)));
            } else {
                let (units, long_name, over_time) = reference.get(name).unwrap_or_else(|| panic!("{name}"));
                let (units, long_name) = shown(name, units, long_name, of);
                assert_eq!(said, (&json!(units), &json!(long_name)), "{name}");
                let (mut expected, mut along) = (json!(lengths), json!(names));
                if *over_time {
                    (expected, along) = (with_time(expected, json!(times)), with_time(along, json!("time")));
                }
                assert_eq!((shape, dimensions), (&expected, &along), "{name}");
                met.push(name.clone());
                left.push(name);
            }
        }
        assert_eq!(arrays.contains_key("time"), times > 0);
        assert!(others.iter().all(|(name, ..)| arrays.contains_key(*name)));
        assert!(some.iter().all(|name| left.contains(name)), "{left:?}");
        let flags = &arrays["status"]["attributes"];
        assert_eq!(
            (&flags["flag_values"], &flags["flag_meanings"]),
            (&json!([0, 1, 2]), &json!("not_computed done failed"))
        );
        let root = &group["attributes"];
        assert_eq!(root["scenario"], text);
        assert_eq!((&root["schema"], &root["title"]), (&json!("leyden-store/1"), &json!(scenario.title)));
        assert_eq!(
            (&root["tolerance"], &root["method"], &root["reference"]),
            (&json!(1e-8), &json!(scenario.method.map_or("auto", |method| method.name())), &Value::Null)
        );
        let swept = text.contains("\"battery.cells\" =");
        let cells = if swept { Value::Null } else { json!(leyden::charge::System::cells(&scenario.system)) };
        assert_eq!(root["cells"], cells);
    }
    let missed: Vec<&String> = reference.keys().filter(|name| !met.contains(name)).collect();
    assert!(missed.is_empty(), "in no store: {missed:?}");
}
