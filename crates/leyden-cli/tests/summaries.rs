//! What `run` and `check` say in a few lines.

use std::path::Path;
use std::process::Command;

fn said(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_leyden")).args(arguments).current_dir(&folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// With a text as the scenario.
fn said_of(command: &str, text: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, text).unwrap();
    said(&[command, file.path().to_str().unwrap()])
}

fn shipped(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name).to_str().unwrap().into()
}

/// The lines begin as expected, and there are no others but those of checks, which rounding decides, of memory, and of the folder.
fn lines_are(text: &str, expected: &[&str]) {
    let others = ["checks ", "memory ", "wrote "];
    let lines = text.lines().filter(|line| !others.iter().any(|other| line.starts_with(other)));
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), expected.len(), "{text}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{expected}\nfor\n{line}");
    }
}

#[test]
fn a_warm_oscillator_keeps_its_displacement_as_work() {
    let text = said(&["run", &shipped("lossy-oscillators.toml")]);
    lines_are(
        &text,
        &[
            "title           A lossy oscillator in a warm bath charges another",
            "method          gaussian (solved exactly: two oscillators without dephasing",
            "units           energy in omega_B, time in 1/g, power in g omega_B",
            "at the end      t = 60/g: energy 0.597769, ergotropy 0.0990364",
            "t -> infinity   energy 0.59, ergotropy 0.09; unique steady state",
            "charging time   settling 7.97077/g, first 2.45206/g, spectral 20/g",
            "best power      average 0.153843 at t = 2.63127/g",
        ],
    );
}

#[test]
fn plateaus_are_said_with_their_times() {
    let text = said(&["run", &shipped("detuned-pair.toml")]);
    lines_are(
        &text,
        &[
            "title           A detuned pair: a plateau that leaks",
            "method          taylor (Taylor series of the generator on 4 levels",
            "units           energy in omega_B, time in 1/g, power in g omega_B",
            "at the end      t = 3000/g: energy 0.5, ergotropy 6.4466",
            "t -> infinity   energy 0.5, ergotropy 0; unique steady state",
            "plateau         energy 0.5, ergotropy 0.249963 from t = 2.88483/g until about 283.943/g",
            "charging time   settling 2.2886/g, first 2.2886/g, spectral 2.85683/g",
            "best power      average 0.140821 at t = 2.52619/g",
        ],
    );
    assert!(
        text.contains("\nchecks          passed (worst ") && text.contains("\nwrote leyden-out/"),
        "{text}"
    );
    // Of many the first four.
    let text = said(&[
        "run",
        "--set",
        "battery.cells=40",
        "--set",
        "drive.amplitude=4.0",
        "--set",
        "time={ end = 10.0, points = 11 }",
    ]);
    let lines: Vec<&str> = text.lines().collect();
    let plateaus = lines.iter().filter(|line| line.starts_with("plateau "));
    assert_eq!(plateaus.count(), 4, "{text}");
    let last = lines.iter().rposition(|line| line.starts_with("plateau ")).unwrap();
    assert!(lines[last].contains("from t = 4.5") && lines[last].contains("e8/g until about "), "{text}");
    assert_eq!(lines[last + 1], "                and 6 more, in result.json");
}

#[test]
fn engines_say_what_they_do() {
    let engine = "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\n";
    let warning = "warning         bath rate / min(omega_0, omega_c) = 1.";
    lines_are(
        &said_of("run", &format!("title = \"maser\"\n{engine}drive = 0.3\n")),
        &[
            "title           maser",
            "method          closed-form (",
            "units           power in gamma_h omega_0, rates in gamma_h",
            "regime          engine: the baths offer n_1/n_0 = 2.22554 (population inversion, effective temperature negative; beta_e = -0.8)",
            "populations     n_0 = 0.393976, n_1 = 0.488733, n_2 = 0.117291",
            "currents        heat from the hot bath 0.437332, from the cold bath -0.393599, power 0.0437332, entropy production 0.0349865",
            "efficiency      0.1",
            warning,
        ],
    );
    lines_are(
        &said_of("run", &format!("{}drive = 0.3\n", engine.replace("= 10.0\ncold", "= 5.2\ncold"))),
        &[
            "title           untitled",
            "method          closed-form (",
            "units           power in gamma_h omega_0, rates in gamma_h",
            "regime          refrigerator: the baths offer n_1/n_0 = 0.884196 (no population inversion, effective temperature positive; beta_e = 0.123077)",
            "populations     n_0 = 0.466334, n_1 = 0.461406",
            "currents        heat from the hot bath -0.0480429, from the cold bath 0.0432386, power -0.00480429, entropy production 0.00059129",
            "performance     coefficient 9",
            warning,
        ],
    );
    lines_are(
        &said(&["run", &shipped("engine-charging.toml"), "--set", "charging.compare=false"]),
        &[
            "title           Ten cells charged by ten heat engines",
            "method          effective-ladder (",
            "units           energy in omega_B, time in 1/gamma_h, power in gamma_h omega_B",
            "regime          engine: the baths offer n_1/n_0 = 2.22554 (population inversion, ",
            "populations     n_0 = 0.278286, n_1 = 0.619338, n_2 = 0.102376",
            "effective rate  Gamma_e = 0.0142709",
            "efficiency      0.1",
            warning,
            "warning         Gamma_e N |x - 1| / G_p = 0.45 > 0.1: ",
            "warning         current into the battery / J_max = 0.57 > 0.1: ",
            "at the end      t = 300/gamma_h: energy 9.18569, ergotropy 8.73645",
            "t -> infinity   energy 9.18569, ergotropy 8.73645; unique steady state",
            "charging        collective, engines by the effective model",
            "                time to 99 % of the limit 46.4802/gamma_h, average power until then 0.19565",
            "enhancement     2.86551 times the power of individual charging",
            "peak power      0.442566 at t = 6.43316/gamma_h",
            "limit           energy that stays locked 0.449246, fluctuation 1.20976, efficiency 0.1",
            "charging time   settling 14.6025/gamma_h, first 14.6025/gamma_h, spectral 8.03389/gamma_h",
            "best power      average 0.411358 at t = 10.0097/gamma_h",
        ],
    );
}

#[test]
fn protocols_say_their_stages() {
    let text = "title = \"cycle\"\n[charger]\ndephasing = 1.4\n[drive]\namplitude = 0.5\n\
        [[stage]]\nkind = \"evolve\"\nduration = 2.0\n[[stage]]\nkind = \"measure\"\ntarget = \"charger\"\n\
        [[stage]]\nkind = \"extract\"\n[cycle]\nrepeat = 3\n";
    lines_are(
        &said_of("check", text),
        &[
            "title           cycle",
            "method          stages (",
            "dimension       4 levels of charger and battery",
            "stages          3 repeated 3 times",
        ],
    );
    let text = said_of("run", text);
    for (name, what) in [
        ("cycles          after 3 cycles: energy ", ", ergotropy "),
        ("stage 1         evolve for 2/g: energy ", ", ergotropy "),
        ("stage 2         measure: energy ", ", daemonic ergotropy "),
        ("stage 3         extract: energy ", ", extracted "),
        ("fixed point     energy ", " per cycle"),
    ] {
        assert!(text.lines().any(|line| line.starts_with(name) && line.contains(what)), "{name}\n{text}");
    }
    assert!(!text.contains("charging time"), "{text}");
}

/// What was typed in us comes back in us; the document keeps multiples of the reference.
#[test]
fn numbers_come_back_in_the_units_of_the_file() {
    let text = "title = \"pair\"\n[units]\nreference = \"5 GHz\"\n[charger]\ndephasing = \"20 1/us\"\n\
        [battery]\nfrequency = \"5 GHz\"\n[coupling]\nstrength = \"10 MHz\"\n[drive]\namplitude = \"4 MHz\"\n\
        [time]\nend = \"0.4 us\"\npoints = 41\n";
    let said = said_of("run", text);
    for line in [
        "units           energy in hbar omega_B, time in us, power in hbar omega_B/us",
        "at the end      t = 0.4 us: energy 0.430119, ergotropy 0.158551",
        "charging time   settling 0.16721 us, first 0.0357647 us, spectral 0.2 us",
        "best power      average 9.44975 at t = 0.042101 us",
    ] {
        assert!(said.lines().any(|found| found == line), "{line}\n{said}");
    }
    let check = said_of("check", &format!("{text}[sweep]\n\"drive.amplitude\" = [\"1 MHz\", \"7 MHz\"]\n"));
    assert!(check.contains("\ntimes           41 from 0 us to 0.4 us\n"), "{check}");
    assert!(check.contains("\naxis            drive.amplitude: 2 values from 1 to 7 MHz\n"), "{check}");
}

/// Neither an energy of rounding nor the power of a battery that only loses is shown as physics.
#[test]
fn rounding_is_no_physics() {
    let decay = "[charger]\nrelaxation = 1.0\n[coupling]\nstrength = 1.0\n[initial]\nbattery = \"excited\"\n\
        [time]\nend = 500.0\npoints = 11\n";
    let said = said_of("run", decay);
    for line in [
        "at the end      t = 500/g: energy 0, ergotropy 0",
        "t -> infinity   energy 0, ergotropy 0; unique steady state",
    ] {
        assert!(said.contains(line), "{said}");
    }
    assert!(said.contains("best power      none: the battery is never above its first energy"), "{said}");
    assert!(!said.contains("0e0") && !said.contains("-0,"), "{said}");
}

#[test]
fn check_says_axes_and_points_of_a_study() {
    let base = "[charger]\ndephasing = 1.4\n[drive]\namplitude = 0.5\n";
    let head = [
        "title           untitled",
        "method          rabi-blocks (",
        "dimension       4 levels of charger and battery",
    ];
    let times = "times           long times only";
    let sweep = "[sweep]\n\"drive.amplitude\" = [0.1, 0.12345678901, 3.0]\n\"charger.dephasing\" = { from = 0.3333333333, to = 12.0, points = 5 }\n";
    let axes = [
        "axis            drive.amplitude: 3 values from 0.1 to 3",
        "axis            charger.dephasing: 5 values from 0.333333 to 12",
        "points          15; method, dimension and memory are those of the largest",
    ];
    lines_are(&said_of("check", &format!("{base}{sweep}")), &[&head[..], &[times], &axes].concat());
    let search = "[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"drive.amplitude\" = { from = 0.1, to = 1.0 } }\n";
    let over = "search          ergotropy.limit over drive.amplitude";
    lines_are(&said_of("check", &format!("{base}{search}")), &[&head[..], &[times, over]].concat());
    // Two cells are more than one.
    let two = [head[0], head[1], "dimension       6 levels of charger and battery"];
    let both = format!("{base}{search}[sweep]\n\"battery.cells\" = [1, 2]\n");
    let axes = [
        "axis            battery.cells: 2 values from 1 to 2",
        "points          2; method, dimension and memory",
    ];
    lines_are(&said_of("check", &both), &[&two[..], &[times], &axes, &[over]].concat());
    let tied =
        format!("{base}[sweep]\n\"coupling.strength\" = \"1/battery.cells\"\n\"battery.cells\" = [1, 2]\n");
    let tie = ["tied            coupling.strength = 1/battery.cells"];
    lines_are(&said_of("check", &tied), &[&two[..], &[times], &axes[..1], &tie, &axes[1..]].concat());
    let run = format!("{base}[time]\nend = 40.0\n");
    lines_are(&said_of("check", &run), &[&head[..], &["times           401 from 0/g to 40/g"]].concat());
}

/// A search says its place in the unit of its range; the same physics in multiples says the same numbers, and its checks are equally good.
#[test]
fn a_search_and_checks_do_not_depend_on_units() {
    let text = |units: &str, coupling: &str, drive: &str, from: &str, to: &str| {
        format!(
            "{units}[coupling]\nstrength = {coupling}\n[drive]\namplitude = {drive}\n[optimise]\nobjective = \"charging_time.settling\"\n\
             variables = {{ \"charger.dephasing\" = {{ from = {from}, to = {to}, spacing = \"log\" }} }}\n"
        )
    };
    let line = |said: &str, name: &str| {
        let found =
            said.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}\n{said}"));
        found.to_string()
    };
    let plain = said_of("run", &text("", "1.0", "0.5", "0.001", "100.0"));
    assert_eq!(
        line(&plain, "optimum "),
        "optimum         charging_time.settling 1.91084 at charger.dephasing = 0.42582; value at the jump 9.60664"
    );
    let units = "[units]\nreference = \"10 Mrad/s\"\n";
    let typed =
        said_of("run", &text(units, "\"10 Mrad/s\"", "\"5 Mrad/s\"", "\"0.01 1/us\"", "\"1000 1/us\""));
    assert_eq!(
        line(&typed, "optimum "),
        "optimum         charging_time.settling 0.191084 at charger.dephasing = 4.2582/us; value at the jump 0.960664"
    );
    assert!(
        line(&typed, "charging time ")
            .starts_with("charging time   settling 0.191084 us, first 0.191084 us, ")
    );
    let check =
        said_of("check", &text(units, "\"10 Mrad/s\"", "\"5 Mrad/s\"", "\"0.01 1/us\"", "\"1000 1/us\""));
    assert_eq!(line(&check, "search "), "search          charging_time.settling over charger.dephasing");
    // A power in hbar omega_B/us would make a check of 1e-16 one of 1e-12.
    let run = |units: &str, coupling: &str, end: &str| {
        let text = format!(
            "{units}[charger]\ndephasing = 0.001\n[coupling]\nstrength = {coupling}\n[drive]\namplitude = 0.0005\n[time]\nend = {end}\npoints = 5\n"
        );
        said_of("run", &text)
    };
    let plain = run("", "0.001", "4000.0");
    let typed = run("[units]\nreference = \"100 Trad/s\"\n", "\"0.1 Trad/s\"", "\"40 ps\"");
    assert_eq!(line(&plain, "checks "), line(&typed, "checks "));
    assert_eq!(line(&typed, "at the end "), line(&plain, "at the end ").replace("4000/omega_B", "40 ps"));
}

/// A run that cannot be relied on says so before its numbers, a second method what it disagrees in.
#[test]
fn what_did_not_converge_says_so() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = "[battery]\nkind = \"oscillator\"\ncutoff = 4\n[charger]\nkind = \"oscillator\"\ncutoff = 4\nrelaxation = 0.1\n\
        [coupling]\nform = \"dipole\"\n[drive]\namplitude = 2.0\n[time]\nend = 10.0\npoints = 5\n";
    std::fs::write(&file, text).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_leyden"))
        .arg("run")
        .arg(file.path())
        .current_dir(&folder)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[3], "outcome         cutoff-too-small: the numbers below are not to be relied on");
    let checks = lines.iter().find(|line| line.starts_with("checks ")).unwrap();
    assert!(
        checks.starts_with("checks          not passed: trace ") && checks.contains(", energy balance "),
        "{said}"
    );
    assert!(!said.contains("0e0"), "{said}");
    // Only rounding is shown as nothing: what is wrong is seen.
    assert!(lines[4].starts_with("at the end      t = 10/g: energy 1.45841, ergotropy 0.318702"), "{said}");
}

#[test]
fn a_closed_battery_has_maxima_instead_of_a_limit() {
    let text = said_of("run", "[initial]\ncharger = \"excited\"\n[time]\nend = 4.0\n");
    lines_are(
        &text,
        &[
            "title           untitled",
            "method          rabi-blocks (solved exactly: only the charger dephases",
            "units           energy in omega_B, time in 1/g, power in g omega_B",
            "at the end      t = 4/g: energy 0.57275, ergotropy 0.1455",
            "t -> infinity   not known: nothing damps the oscillation",
            "charging time   settling none, first none, spectral none",
            "                nothing damps the oscillation",
            "maxima          energy 1 at t = 1.5708/g, the first maximum and the largest",
            "                ergotropy 1 at t = 1.5708/g, the first maximum and the largest",
            "average state   energy 0.5, ergotropy 0",
            "best power      average 0.724611 at t = 1.16556/g",
        ],
    );
}
