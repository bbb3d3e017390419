//! Axes of sweeps and variables of searches: what is read, and what is refused.

use leyden::charge::{AnySystem, Request, System};
use leyden::model::ChargerBattery;
use leyden_scenario::{Scenario, with_overrides};

const BASE: &str = "[charger]\ndephasing = 1.4\n[drive]\namplitude = 0.5\n";

fn parse(text: &str) -> Result<Scenario, String> {
    Scenario::parse("test.toml", &format!("{BASE}{text}")).map_err(|report| report.to_string())
}

fn pair(system: AnySystem) -> ChargerBattery {
    match system {
        AnySystem::ChargerBattery(system) => system,
        other => panic!("{other:?}"),
    }
}

#[test]
fn axes_come_in_the_order_of_the_file_and_replace_what_it_says() {
    let scenario = parse(
        "[sweep]\n\"drive.amplitude\" = [0.5, 0.1]\n\"charger.dephasing\" = { from = 0.01, to = 100.0, points = 5, spacing = \"log\" }\nbattery.cells = { from = 1, to = 3 }\n",
    )
    .unwrap();
    let keys: Vec<String> = scenario.axes.iter().map(|axis| axis.key.to_string()).collect();
    assert_eq!(keys, ["drive.amplitude", "charger.dephasing", "battery.cells"]);
    assert_eq!(scenario.axes[0].values, [0.5, 0.1]);
    assert_eq!(scenario.axes[2].values, [1.0, 2.0, 3.0]);
    assert!(scenario.axes[1].log && (scenario.axes[1].values[2] - 1.0).abs() < 1e-15);
    assert!(scenario.times.is_empty());
    let point = scenario.template().at(&[0.1, 7.0, 2.0], &[]).unwrap();
    let system = pair(point.system);
    assert_eq!(system.drive.unwrap().amplitude, 0.1);
    assert_eq!((system.charger.noise.dephasing, system.cells()), (7.0, 2));
}

#[test]
fn axes_take_units_states_and_keys_that_the_file_lacks() {
    let text = "[units]\nreference = \"10 MHz\"\n[sweep]\n\"coupling.strength\" = [\"5 MHz\", 2.0]\n\"initial.battery.fock\" = [0, 1]\n\"charger.relaxation\" = { from = 0.0, to = 1.0, points = 3 }\n";
    let scenario = parse(text).unwrap();
    assert_eq!(scenario.axes[0].values, [0.5, 2.0]);
    let point = scenario.template().at(&[0.5, 1.0, 0.5], &[]).unwrap();
    let system = pair(point.system);
    assert_eq!(system.initial.battery, leyden::space::InitialState::Fock(1));
    assert_eq!(system.charger.noise.relaxation, 0.5);
}

#[test]
fn searches_know_their_objective_and_ranges() {
    let text = "[optimise]\nobjective = \"charging_time.settling\"\nvariables = { \"charger.dephasing\" = { from = 0.001, to = 100.0, spacing = \"log\" } }\n[sweep]\n\"battery.cells\" = [1, 2, 3]\n";
    let optimise = parse(text).unwrap().optimise.unwrap();
    assert_eq!(
        (optimise.objective.as_str(), optimise.time, optimise.minimise),
        ("charging_time.settling", None, None)
    );
    assert_eq!(
        (optimise.variables[0].from, optimise.variables[0].to, optimise.variables[0].log),
        (0.001, 100.0, true)
    );
    let text = "[optimise]\nobjective = \"ergotropy.at\"\ntime = 5.0\n[optimise.variables]\ndrive.amplitude = { from = 0.1, to = 2.0 }\n";
    let optimise = parse(text).unwrap().optimise.unwrap();
    assert_eq!((optimise.objective.as_str(), optimise.time), ("ergotropy.at", Some(5.0)));
}

#[test]
fn what_cannot_be_swept_is_refused_with_the_cure() {
    let cases = [
        ("[sweep]\n", "has no axis"),
        ("[sweep]\n\"charger.dephasin\" = [1.0]\n", "did you mean `charger.dephasing`?"),
        ("[sweep]\n\"charger.kind\" = [1.0]\n", "does not take a number"),
        ("[sweep]\n\"initial.charger\" = [1.0]\n", "initial.charger.fock"),
        ("[sweep]\n\"time.end\" = [1.0, 2.0]\n", "list them in `time.values`"),
        ("[sweep]\n\"charger.dephasing\" = 3.0\n", "must be a list of values or"),
        ("[sweep]\n\"charger.dephasing\" = []\n", "is empty"),
        ("[sweep]\n\"charger.dephasing\" = [1.0, 1.0]\n", "twice"),
        ("[sweep]\n\"charger.dephasing\" = [1.0, -1.0]\n", "must be at least 0, but is -1.0"),
        ("[sweep]\n\"charger.dephasing\" = [nan]\n", "not a number"),
        ("[sweep]\n\"battery.cells\" = [1.5]\n", "must be an integer"),
        ("[sweep]\n\"battery.cells\" = [0, 1]\n", "must be at least 1, but is 0"),
        ("[sweep]\n\"charger.dephasing\" = { from = 1.0 }\n", "needs `from` and `to`"),
        ("[sweep]\n\"charger.dephasing\" = { from = 2.0, to = 1.0 }\n", "must be above `from`"),
        ("[sweep]\n\"charger.dephasing\" = { from = 0.0, to = 1.0, spacing = \"log\" }\n", "must be above 0"),
        ("[sweep]\n\"charger.dephasing\" = { from = 0.1, to = 1.0, points = 0 }\n", "integer from 1"),
        (
            "[sweep]\n\"charger.dephasing\" = { from = 0.1, to = 1.0, spacin = \"log\" }\n",
            "did you mean `spacing`?",
        ),
        (
            "[sweep]\n\"initial.charger.fock\" = [0, 1]\n\"initial.charger.thermal\" = [0.1]\n",
            "set the same key",
        ),
        (
            "[sweep]\n\"charger.dephasing\" = { from = 0.1, to = 1.0, points = 100000 }\n\"drive.amplitude\" = { from = 0.1, to = 1.0, points = 100000 }\n",
            "at most 1e8 points",
        ),
        // What the file says of a swept key is read as well.
        (
            "[battery]\ncells = [[[1]]]\n[sweep]\n\"battery.cells\" = [1, 2]\n",
            "must be an integer, but is an array",
        ),
        ("[battery]\ndephasing = \"soon\"\n[sweep]\n\"battery.dephasing\" = [1.0]\n", "but is \"soon\""),
        ("[coupling]\nstrength = [1.0, \"x\"]\n[sweep]\n\"coupling.strength\" = [1.0]\n", "but is \"x\""),
        // Refused at a value of the axis, with its place.
        ("[sweep]\n\"battery.detuning\" = [0.5, -3.0]\n", "must leave a positive frequency"),
        ("[optimise]\n", "`optimise.objective` is missing"),
        ("[optimise]\nobjective = 1\n", "must be a text in quotes"),
        ("[optimise]\nobjective = \"charging_time.first\"\n", "which keys may change?"),
        (
            "[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"battery.cells\" = { from = 1, to = 9 } }\n",
            "sweep over it instead",
        ),
        (
            "[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"drive.amplitude\" = { from = 0.1, to = 9.0, points = 3 } }\n",
            "unknown key `points`",
        ),
        (
            "[sweep]\n\"drive.amplitude\" = [1.0]\n[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"drive.amplitude\" = { from = 0.1, to = 9.0 } }\n",
            "cannot be searched as well",
        ),
        (
            "[optimise]\nobjective = \"ergotropy.limit\"\nminimise = 1\nvariables = {}\n",
            "must be true or false",
        ),
    ];
    for (text, phrase) in cases {
        let report = parse(text).err().unwrap_or_else(|| panic!("accepted: {text}"));
        assert!(report.contains(phrase), "{phrase:?} not in\n{report}");
    }
}

/// The first search is a grid, which has as many dimensions as there are variables.
#[test]
fn a_search_runs_over_at_most_four_keys() {
    let keys = [
        "charger.dephasing",
        "charger.relaxation",
        "drive.amplitude",
        "coupling.strength",
        "battery.frequency",
    ];
    for (i, key) in keys.iter().enumerate() {
        let ranges = keys[..=i].iter().map(|key| format!("\"{key}\" = {{ from = 0.1, to = 2.0 }}\n"));
        let ranges: String = ranges.collect();
        let text = format!("[optimise]\nobjective = \"ergotropy.limit\"\n[optimise.variables]\n{ranges}");
        match parse(&text) {
            Ok(scenario) => {
                let found = scenario.optimise.unwrap().variables;
                let found: Vec<String> = found.iter().map(|variable| variable.key.to_string()).collect();
                assert!(i < 4 && found.len() == i + 1 && found.contains(&key.to_string()), "{found:?}");
            }
            Err(report) => {
                assert!(i == 4 && report.contains("at most 4 variables, but has 5"), "{report}");
            }
        }
    }
}

#[test]
fn detuning_of_the_battery_leaves_the_drive_where_it_is() {
    let model = parse("[battery]\ndetuning = 0.1\n[time]\nend = 1.0\n").unwrap().system;
    let model = pair(model);
    assert_eq!((model.drive.unwrap().frequency, model.cell_frequencies().next()), (1.0, Some(1.1)));
}

/// Whoever does what the cure says has a scenario that runs, at every point.
#[test]
fn the_cure_of_a_detuning_cures() {
    const DRIVE: &str = "[drive]\namplitude = 0.5\n";
    for (text, key, value) in [
        ("[battery]\ndetuning = -2.0\n", "drive.frequency", 10.0),
        ("[charger]\ndetuning = -1.0\n", "battery.frequency", 10.0),
        ("[sweep]\n\"battery.detuning\" = { from = -2.0, to = 2.0, points = 5 }\n", "drive.frequency", 10.0),
        ("[sweep]\n\"battery.detuning\" = [0.5, -3.0, -30.0]\n", "drive.frequency", 100.0),
        ("[sweep]\n\"charger.detuning\" = [-5.0, -50.0, 1.0]\n", "battery.frequency", 100.0),
        (
            "[sweep]\n\"battery.detuning\" = [-4.0, 4.0]\n\"charger.detuning\" = [-4.0, 4.0]\n",
            "drive.frequency",
            100.0,
        ),
        ("[charger]\ndetuning = -4.0\n[battery]\ndetuning = 0.5\n", "drive.frequency", 10.0),
        (
            "[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"battery.detuning\" = { from = -2.0, to = 2.0 } }\n",
            "drive.frequency",
            10.0,
        ),
    ] {
        let text = format!("{DRIVE}{text}");
        let text = if text.contains("sweep") || text.contains("optimise") {
            text
        } else {
            format!("time.end = 1.0\n{text}")
        };
        let said = Scenario::parse("test.toml", &text)
            .err()
            .unwrap_or_else(|| panic!("accepted: {text}"))
            .to_string();
        let cure = format!("for example {key} = {value:?}, and");
        assert!(said.contains(&cure) && said.contains(&format!("give `{key}` above")), "{cure}\n{said}");
        let cured = with_overrides(&text, &[format!("{key}={value:?}")]).unwrap();
        let scenario = Scenario::parse("test.toml", &cured).unwrap_or_else(|report| panic!("{report}"));
        let mut corners = vec![Vec::new()];
        for axis in &scenario.axes {
            let with = |corner: &Vec<f64>| {
                axis.values.iter().map(|x| [&corner[..], &[*x]].concat()).collect::<Vec<_>>()
            };
            corners = corners.iter().flat_map(with).collect();
        }
        for corner in corners {
            scenario.template().at(&corner, &[]).unwrap_or_else(|report| panic!("{report}"));
        }
    }
    // In an engine nothing else is to be changed.
    let engine = "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\ndrive = 0.3\ndetuning = -1.0\n";
    let said = Scenario::parse("test.toml", engine).unwrap_err().to_string();
    assert!(said.contains("it is measured from the signal: give one above -1.0"), "{said}");
}

/// With exchange coupling detunings alone decide how the state evolves; energies are multiples of the battery's frequency.
#[test]
fn only_energies_follow_the_frequency_of_the_drive() {
    let run = |frequency: f64| {
        let text = format!(
            "[charger]\ndetuning = 0.4\ndephasing = 0.3\n[battery]\ncells = 2\ndetuning = -2.0\n[drive]\namplitude = 0.5\nfrequency = {frequency:?}\n[time]\nvalues = [0.5, 3.0]\n"
        );
        let scenario = Scenario::parse("test.toml", &text).unwrap();
        scenario
            .system
            .charge(&Request { times: scenario.times, tolerance: 1e-11, ..Request::default() })
            .unwrap()
    };
    let (a, b) = (run(10.0), run(25.0));
    for (a, b) in a.series.merits.iter().zip(&b.series.merits) {
        assert!(a.energy > 1e-3 && (a.energy / 8.0 - b.energy / 23.0).abs() < 1e-10);
        assert!((a.ergotropy.global / 8.0 - b.ergotropy.global / 23.0).abs() < 1e-10);
        assert!((a.purity - b.purity).abs() < 1e-10);
    }
}

#[test]
fn many_problems_are_counted_and_long_axes_are_quick() {
    let keys: String = (0..8000).map(|k| format!("k{k} = 1\n")).collect();
    let report = parse(&keys).err().unwrap();
    assert!(report.len() < 20_000 && report.contains(" more problems"), "{}", report.len());
    // Wrong at the far end of a long axis.
    let axis = "[sweep]\n\"battery.detuning\" = { from = -2.0, to = 0.0, points = 900000 }\n";
    let report = parse(axis).err().unwrap();
    assert!(report.contains("must leave a positive frequency"), "{report}");
}

#[test]
fn axes_and_times_are_what_the_file_says() {
    let axis = |text: &str| parse(&format!("[sweep]\n{text}\n")).unwrap().axes.remove(0);
    // 50 values unless the file says otherwise, every whole number of a range.
    let gammas = axis("\"charger.dephasing\" = { from = 1.0, to = 50.0 }");
    assert_eq!((gammas.values.len(), gammas.log), (50, false));
    assert!(gammas.values.iter().zip(1..).all(|(x, i)| (x - f64::from(i)).abs() < 1e-13));
    assert_eq!(axis("\"battery.cells\" = { from = 3, to = 9 }").values, [3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    assert_eq!(axis("\"battery.cells\" = { from = 1, to = 9, points = 3 }").values, [1.0, 5.0, 9.0]);
    let decades = axis("\"charger.dephasing\" = { from = 0.01, to = 100.0, points = 5, spacing = \"log\" }");
    assert!(
        decades.log && decades.values.iter().zip(-2..).all(|(x, p)| (x / 10f64.powi(p) - 1.0).abs() < 1e-13)
    );
    let times = |text: &str| parse(&format!("[time]\n{text}\n")).unwrap().times;
    let even = times("end = 40.0");
    assert_eq!((even.len(), even[0], even[1], even[400]), (401, 0.0, 0.1, 40.0));
    assert_eq!(times("start = 1.0\nend = 3.0\npoints = 5"), [1.0, 1.5, 2.0, 2.5, 3.0]);
    assert_eq!(times("end = 3.0\npoints = 1"), [3.0]);
    let log = times("start = 0.1\nend = 10.0\npoints = 3\nspacing = \"log\"");
    assert_eq!((log[0], log[2]), (0.1, 10.0));
    assert!((log[1] - 1.0).abs() < 1e-15);
}

#[test]
fn axes_know_whether_they_are_spaced_in_the_logarithm() {
    let axes = "\"charger.dephasing\" = { from = 0.1, to = 10.0, points = 3, spacing = \"log\" }\n\"drive.amplitude\" = { from = 0.1, to = 0.3, points = 3 }\n\"charger.relaxation\" = [0.1, 1.0, 10.0]\n";
    let text = format!("[time]\nend = 1.0\n[sweep]\n{axes}");
    let scenario = parse(&text).unwrap();
    let found: Vec<bool> = scenario.axes.iter().map(|axis| axis.log).collect();
    assert_eq!(found, [true, false, false]);
}
