//! Searches for any number of a result: against closed forms, scans and other ways to the same optimum, and what is refused.

use leyden_results::{Found, Objective, read, request, run};

const ENGINE: &str = "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\n";
const CHARGE: &str = "[initial]\ncharger = \"excited\"\n[[stage]]\nkind = \"evolve\"\nduration = 1.0\n";

fn search(system: &str, objective: &str, variables: &str) -> String {
    format!("{system}[optimise]\nobjective = \"{objective}\"\nvariables = {{ {variables} }}\n")
}

fn number(text: &str, path: &str) -> Option<f64> {
    let scenario = read("test.toml", text).unwrap_or_else(|report| panic!("{report}"));
    run(&scenario, &request(&scenario, false, 1e9)).unwrap().number(path)
}

fn found(text: &str) -> Found {
    let scenario = read("test.toml", text).unwrap_or_else(|report| panic!("{report}"));
    run(&scenario, &request(&scenario, false, 1e9)).unwrap().optimum().unwrap()
}

fn at(found: &Found, key: &str) -> f64 {
    found.variables[key].as_f64().unwrap()
}

fn near(found: &Found, key: &str, place: f64, value: f64) {
    assert!((found.value - value).abs() < 1e-12, "{} is best {} for {value}", found.objective, found.value);
    // Where a maximum is flat, its place is known to half the digits.
    assert!((at(found, key) - place).abs() < 3e-7, "{key} = {} for {place}", at(found, key));
    assert!(found.interior && found.jump.is_none() && found.why.is_none(), "{found:?}");
}

/// On resonance and without noise a pair of qubits holds sin^2(g t).
#[test]
fn the_best_duration_of_a_stage_is_a_quarter_of_a_period() {
    let variable = "\"stage.1.duration\" = { from = 0.1, to = 3.0 }";
    let half = std::f64::consts::FRAC_PI_2;
    for objective in ["cycles.last_energy", "cycles.last_ergotropy", "cycles.largest_energy", "energy"] {
        near(&found(&search(CHARGE, objective, variable)), "stage.1.duration", half, 1.0);
    }
    let twice = format!("[coupling]\nstrength = 2.0\n{CHARGE}");
    near(&found(&search(&twice, "cycles.last_energy", variable)), "stage.1.duration", half / 2.0, 1.0);
    // A load takes up the part 1 - e^{-r t}.
    let load = "[[stage]]\nkind = \"extract\"\nby = \"load\"\nrate = 0.3\nduration = 2.0\n";
    let text = search(&format!("{CHARGE}{load}"), "cycles.extracted", variable);
    near(&found(&text), "stage.1.duration", half, -(-0.6_f64).exp_m1());
}

/// A pulse by an angle from the ground state: sin^2(angle/2).
#[test]
fn the_best_pulse_is_one_of_pi() {
    let pulse = "[[stage]]\nkind = \"pulse\"\ntarget = \"battery\"\nangle = 0.1\n";
    let text = search(pulse, "cycles.last_energy", "\"stage.1.angle\" = { from = 0.2, to = 5.0 }");
    near(&found(&text), "stage.1.angle", std::f64::consts::PI, 1.0);
}

#[test]
fn the_best_maser_is_that_of_a_scan() {
    let maser = |signal: f64| {
        let engine = ENGINE.replace("signal_frequency = 1.0", &format!("signal_frequency = {signal}"));
        number(&format!("{engine}drive = 0.3\n"), "engine.power").unwrap()
    };
    let best = found(&search(
        &format!("{ENGINE}drive = 0.3\n"),
        "engine.power",
        "\"engine.signal_frequency\" = { from = 0.1, to = 9.0 }",
    ));
    let scan = (1..1780).map(|i| 0.1 + 0.005 * f64::from(i)).map(|signal| (maser(signal), signal));
    let (power, signal) = scan.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
    assert!(!best.minimise && best.interior && best.value >= power && best.value < power * (1.0 + 1e-5));
    assert!((at(&best, "engine.signal_frequency") - signal).abs() < 0.005, "{best:?} for {signal}");
}

/// `duration = "optimal"` is the first maximum of the same energy.
#[test]
fn the_best_duration_of_an_nmr_star_is_its_optimal_one() {
    let star = |duration: &str| {
        format!("[nmr]\nchargers = 3\ncoupling = 1.0\n[[stage]]\nkind = \"evolve\"\nduration = {duration}\n")
    };
    let scenario = read("test.toml", &star("\"optimal\"")).unwrap();
    let optimal = run(&scenario, &request(&scenario, false, 1e9)).unwrap();
    let (energy, duration) =
        (optimal.numbers("cycles.energy")[0], optimal.number("cycles.duration").unwrap());
    let text = search(
        &star("1.0"),
        "cycles.last_energy",
        &format!("\"stage.1.duration\" = {{ from = 0.1, to = {} }}", 1.5 * duration),
    );
    near(&found(&text), "stage.1.duration", duration, energy);
}

/// Names of their own are those of the rows that they stand for.
#[test]
fn names_and_paths_find_the_same() {
    let system = "[charger]\ndephasing = 1.4\n[time]\nvalues = [0.0, 3.0]\n";
    let variable = "\"drive.amplitude\" = { from = 0.1, to = 2.0 }";
    for (name, path, time) in [
        ("ergotropy.limit", "asymptote.ergotropy.global", ""),
        ("ergotropy.at", "ergotropy.global", "time = 2.0\n"),
        ("power.average", "power.maximum_average.value", ""),
    ] {
        let [a, b] = [name, path].map(|objective| {
            let found = found(&format!("{}{time}", search(system, objective, variable)));
            (found.value, found.variables)
        });
        assert_eq!(a, b, "{name}");
    }
}

/// Times are wanted short, all else large, unless the file says otherwise.
#[test]
fn every_objective_has_its_direction() {
    let pair = "[time]\nend = 4.0\n";
    let engines = format!("{ENGINE}[battery]\ncells = 2\n[time]\nend = 4.0\n");
    for (system, objective, least) in [
        (pair, "charging_time.settling", true),
        (pair, "charging_time.first", true),
        (pair, "charging_time.spectral", true),
        (pair, "power.maximum_average.time", true),
        (pair, "ergotropy.limit", false),
        (pair, "power.average", false),
        (pair, "asymptote.slowest_rate", false),
        (&engines, "charging.time", true),
        (&engines, "charging.enhancement", false),
        (CHARGE, "cycles.duration", true),
        (CHARGE, "cycles.fixed_point", false),
    ] {
        for (said, minimise) in [("", least), ("minimise = true\n", true), ("minimise = false\n", false)] {
            let variable = "\"coupling.strength\" = { from = 0.1, to = 2.0 }";
            let text = format!("{}{said}", search(system, objective, variable));
            let scenario = read("test.toml", &text).unwrap_or_else(|report| panic!("{report}"));
            let found = Objective::of(&scenario, scenario.optimise.as_ref().unwrap()).unwrap();
            assert_eq!(found.minimise, minimise, "{text}");
        }
    }
}

#[test]
fn what_cannot_be_optimised_is_refused_with_the_cure() {
    let pair = "[drive]\namplitude = 0.5\n";
    for (system, objective, more, phrases) in [
        (
            pair,
            "charging_time.setling",
            "",
            ["^^^ `optimise.objective`", "did you mean \"charging_time.settling\"?"],
        ),
        (pair, "ergotropy.att", "", ["is no objective", "did you mean \"ergotropy.at\"?"]),
        (pair, "speed", "", ["\"speed\" is no objective", "docs/reference.md"]),
        (pair, "checks.error", "", ["is no objective", "docs/reference.md"]),
        (pair, "asymptote.unique", "", ["is no objective", "help"]),
        (pair, "cycles.energy", "", ["is no objective", "help"]),
        (pair, "cycles.last_energy", "", ["is a number of protocols alone", "add [[stage]]"]),
        (pair, "engine.power", "", ["is a number of engines alone", "add [engine]"]),
        (
            pair,
            "charging.time",
            "",
            ["is a number of charging by engines alone", "add [engine] and [battery]"],
        ),
        (ENGINE, "asymptote.energy", "", ["is a number of batteries alone", "add [battery]"]),
        (pair, "ergotropy.at", "", ["needs `optimise.time`", "add time = 10.0"]),
        (pair, "purity", "", ["\"purity\" needs `optimise.time`", "add time = 10.0"]),
        (pair, "power.average", "", ["needs `optimise.time` or [time]", "add time = 10.0"]),
        (
            pair,
            "power.average",
            "time = 0.0\n",
            ["must be above 0 for an average power", "^^^ `optimise.time`"],
        ),
        (pair, "power.maximum_average.time", "", ["needs [time]", "add [time]"]),
        (
            pair,
            "ergotropy.limit",
            "time = 1.0\n",
            ["has no meaning for objective \"ergotropy.limit\"", "^^^ `optimise.time`"],
        ),
        (CHARGE, "energy", "time = 1.0\n", ["has no meaning beside [[stage]]", "^^^ `optimise.time`"]),
    ] {
        let variable = "\"coupling.strength\" = { from = 0.1, to = 2.0 }";
        let variable = if system == ENGINE {
            "\"engine.hot_temperature\" = { from = 9.0, to = 12.0 }"
        } else {
            variable
        };
        let drive = if system == ENGINE { "drive = 0.3\n" } else { "" };
        let text = format!("{}{more}", search(&format!("{system}{drive}"), objective, variable));
        let report = read("test.toml", &text).err().unwrap_or_else(|| panic!("accepted: {text}")).to_string();
        for phrase in phrases {
            assert!(report.contains(phrase), "{phrase:?} not in\n{report}");
        }
        // One suggestion, no list.
        assert!(report.lines().count() < 10, "{report}");
    }
}

/// Where the number is null there is no candidate; where it always is, a reason is said.
#[test]
fn nulls_are_no_candidates() {
    // A maser has an efficiency, a refrigerator has none: T_h = 50/9 parts them.
    let range = |from: f64, to: f64| {
        let variable = format!("\"engine.hot_temperature\" = {{ from = {from}, to = {to} }}");
        search(&format!("{ENGINE}drive = 0.3\n"), "engine.cop", &variable)
    };
    let best = found(&range(5.1, 10.0));
    assert!((best.value - 9.0).abs() < 1e-12 && at(&best, "engine.hot_temperature") < 50.0 / 9.0, "{best:?}");
    let fails = |text: &str| {
        let scenario = read("test.toml", text).unwrap();
        run(&scenario, &request(&scenario, false, 1e9)).unwrap_err().to_string()
    };
    let why = fails(&range(8.0, 10.0));
    assert!(why.starts_with("engine.cop has no value anywhere in the ranges: "), "{why}");
    // The reason is that of the number itself: nothing is drawn from baths that are not given, while the limit is known.
    let effective = "[charging]\neffective_rate = 0.1\neffective_exponent = -1.0\n[battery]\ncells = 2\n[time]\nend = 4.0\n";
    let range = "\"charging.effective_rate\" = { from = 0.1, to = 1.0 }";
    let why = fails(&search(effective, "charging.limit.efficiency", range));
    assert!(why.contains("heat"), "{why}");
    let why = fails(&search(CHARGE, "cycles.rate", "\"stage.1.duration\" = { from = 0.1, to = 3.0 }"));
    assert!(why.contains("the cycle does not settle"), "{why}");
}

/// A closed pair driven at F reaches its first maximum earlier the harder it is driven; the search asks for it by itself, whatever it costs.
#[test]
fn first_maxima_of_closed_systems_are_objectives() {
    let pair =
        "[charger]\ndephasing = 0.0\n[initial]\ncharger = \"excited\"\n[time]\nend = 9.0\npoints = 5\n";
    let variable = "\"coupling.strength\" = { from = 0.2, to = 1.7 }";
    // sin^2 gt first at gt = pi/2.
    let best = found(&search(pair, "extrema.energy.first.time", variable));
    assert!(best.minimise && (best.value - std::f64::consts::FRAC_PI_2 / 1.7).abs() < 1e-9, "{best:?}");
    let cavity = "[charger]\nkind = \"oscillator\"\n[battery]\ncells = 8\n[initial]\ncharger = { coherent = 3.0 }\n[time]\nend = 20.0\npoints = 3\n";
    assert_eq!(number(cavity, "extrema.ergotropy.first.value"), None);
    let asked = format!("{cavity}[method]\nextrema = true\n");
    let first = number(&asked, "extrema.ergotropy.first.value").unwrap();
    let detuned = "\"charger.detuning\" = { from = -0.5, to = 0.5 }";
    let best = found(&search(cavity, "extrema.ergotropy.first.value", detuned));
    assert!(best.value >= first - 1e-9, "{best:?} {first}");
}
