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
fn plateaus_are_said_with_their_times() {
    let text = said(&["run", &shipped("detuned-pair.toml")]);
    lines_are(
        &text,
        &[
            "title         A detuned pair: a plateau that leaks",
            "method        exponential (4 levels",
            "at t = end    t = 3000.00: energy 0.500000, ergotropy 6.4466",
            "t -> infinity energy 0.500000, ergotropy 0.0, 1 conserved quantities",
            "plateau       energy 0.500000, ergotropy 0.249963 from t = 2.88483 until 283.943",
            "charging time settling 2.28860, first 2.28860, spectral 2.85683",
            "best power    average 0.140821 at t = 2.52619",
        ],
    );
    assert!(text.contains("\nchecks        trace ") && text.contains("\nwrote leyden-out/"), "{text}");
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
    assert!(lines[last].contains("from t = 4.5") && lines[last].contains("e8 until "), "{text}");
    assert_eq!(lines[last + 1], "              and 6 more, in result.json");
}

#[test]
fn engines_say_what_they_do() {
    let engine = "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\n";
    let warning = "warning       the largest bath rate is ";
    lines_are(
        &said_of("run", &format!("title = \"maser\"\n{engine}drive = 0.3\n")),
        &[
            "title         maser",
            "method        closed-form (",
            "engine        engine, ratio 2.22554, beta_e -0.800000, populations 0.393976, 0.488733, 0.117291",
            "currents      heat 0.437332 (hot), -0.393599 (cold), power 0.0437332, entropy production 0.0349865",
            "efficiency    0.100000",
            warning,
        ],
    );
    lines_are(
        &said_of("run", &format!("{}drive = 0.3\n", engine.replace("= 10.0\ncold", "= 5.2\ncold"))),
        &[
            "title         untitled",
            "method        closed-form (",
            "engine        refrigerator, ratio 0.884196, beta_e 0.123077, populations 0.466334, 0.461406",
            "currents      heat -0.0480429 (hot), 0.0432386 (cold), power -0.00480429, entropy production 0.00059129",
            "performance   coefficient 9.00000",
            warning,
        ],
    );
    lines_are(
        &said(&["run", &shipped("engine-charging.toml"), "--set", "charging.compare=false"]),
        &[
            "title         Ten cells charged by ten heat engines",
            "method        effective-ladder (",
            "engine        engine, ratio 2.22554, beta_e -0.800000, populations 0.278286, 0.619338, 0.102376",
            "              effective rate 0.0142709",
            "efficiency    0.100000",
            warning,
            "warning       Gamma_e N |x - 1| is 0.448 ",
            "warning       the battery would draw 0.566 ",
            "at t = end    t = 300.000: energy 9.18569, ergotropy 8.73645",
            "t -> infinity energy 9.18569, ergotropy 8.73645, 1 conserved quantities",
            "charging      collective, effective model: 0.99 of the limit at t = 46.4802, average power 0.195650",
            "enhancement   2.86551 over individual charging",
            "peak power    0.442566 at t = 6.43316",
            "limit         locked energy 0.449246, fluctuation 1.20976, efficiency 0.100000",
            "charging time settling 14.6025, first 14.6025, spectral 8.03389",
            "best power    average 0.411358 at t = 10.0097",
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
            "title         cycle",
            "method        stages (",
            "dimension     4 levels of charger and battery",
            "stages        3 repeated 3 times",
        ],
    );
    let text = said_of("run", text);
    for (name, what) in [
        ("cycles        after 3: energy ", ", ergotropy "),
        ("stage 1       evolve for 2.00000: energy ", ", ergotropy "),
        ("stage 2       measure for 0.0: energy ", ", daemonic ergotropy "),
        ("stage 3       extract for 0.0: energy ", ", extracted "),
        ("fixed point   energy ", " per cycle"),
    ] {
        assert!(text.lines().any(|line| line.starts_with(name) && line.contains(what)), "{name}\n{text}");
    }
    assert!(!text.contains("charging time"), "{text}");
}

#[test]
fn check_says_axes_and_points_of_a_study() {
    let base = "[charger]\ndephasing = 1.4\n[drive]\namplitude = 0.5\n";
    let head = [
        "title         untitled",
        "method        rabi-blocks (",
        "dimension     4 levels of charger and battery",
    ];
    let times = "times         long times only";
    let sweep = "[sweep]\n\"drive.amplitude\" = [0.1, 0.12345678901, 3.0]\n\"charger.dephasing\" = { from = 0.3333333333, to = 12.0, points = 5 }\n";
    let axes = [
        "axis          drive.amplitude: 3 values from 0.1 to 3",
        "axis          charger.dephasing: 5 values from 0.333333 to 12",
        "points        15; dimension and memory are those of the first",
    ];
    lines_are(&said_of("check", &format!("{base}{sweep}")), &[&head[..], &[times], &axes].concat());
    let search = "[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"drive.amplitude\" = { from = 0.1, to = 1.0 } }\n";
    let over = "search        ergotropy.limit over drive.amplitude";
    lines_are(&said_of("check", &format!("{base}{search}")), &[&head[..], &[times, over]].concat());
    let both = format!("{base}{search}[sweep]\n\"battery.cells\" = [1, 2]\n");
    let axes = ["axis          battery.cells: 2 values from 1 to 2", "points        2; dimension and memory"];
    lines_are(&said_of("check", &both), &[&head[..], &[times], &axes, &[over]].concat());
    let tied =
        format!("{base}[sweep]\n\"coupling.strength\" = \"1/battery.cells\"\n\"battery.cells\" = [1, 2]\n");
    let tie = ["tied          coupling.strength = 1/battery.cells"];
    lines_are(&said_of("check", &tied), &[&head[..], &[times], &axes[..1], &tie, &axes[1..]].concat());
    let run = format!("{base}[time]\nend = 40.0\n");
    lines_are(&said_of("check", &run), &[&head[..], &["times         401 from 0 to 40"]].concat());
}
