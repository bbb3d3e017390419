//! What `check` says of memory is right within a factor of 2 and 50 MB, and `check` itself takes none.

use std::process::{Command, Stdio};
use std::time::Duration;

const DEPHASED: &str = "charger.dephasing = 1.0\ndrive.amplitude = 0.5\n";
const RELAXING: &str = "charger.relaxation = 1.0\ndrive.amplitude = 0.5\n";
const MIB: f64 = 1024.0 * 1024.0;

fn time(end: f64, points: usize) -> String {
    format!("time = {{ end = {end:?}, points = {points} }}\n")
}

fn engines(model: &str, cells: usize, end: f64, points: usize) -> String {
    format!(
        "{}[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\n[charging]\nmodel = \"{model}\"\n[battery]\ncells = {cells}\n[coupling]\nstrength = 0.1\n",
        time(end, points)
    )
}

fn oscillators(charger: &str, battery: &str) -> String {
    format!(
        "charger = {{ kind = \"oscillator\"{charger} }}\nbattery = {{ kind = \"oscillator\"{battery} }}\n"
    )
}

/// Quick ones.
fn few() -> Vec<String> {
    let star = |cells: usize| format!("battery.cells = {cells}\n");
    let unequal =
        |list: &str, cells: usize| format!("battery = {{ cells = {cells}, frequency = [{list}] }}\n");
    let seven = "1.0, 1.1, 1.2, 1.3, 0.9, 0.8, 0.7";
    vec![
        DEPHASED.to_string() + &time(40.0, 10),
        DEPHASED.to_string() + &time(40.0, 100_000),
        RELAXING.to_string() + &time(40.0, 100_000),
        star(100) + DEPHASED + &time(5.0, 50),
        star(2000) + DEPHASED + &time(2.0, 2),
        star(100_000) + DEPHASED + &time(2.0, 2),
        star(1_000_000) + DEPHASED + &time(1.0, 2),
        star(20) + RELAXING + &time(5.0, 20),
        star(119) + RELAXING + &time(0.2, 3),
        unequal(seven, 7) + RELAXING + &time(1.0, 5),
        "charger = { kind = \"oscillator\", cutoff = 60, dephasing = 0.5 }\ndrive.amplitude = 0.5\n"
            .to_string()
            + &time(5.0, 20),
        oscillators(", cutoff = 100, dephasing = 0.5", ", cutoff = 100")
            + "initial.charger = { fock = 50 }\n"
            + &time(3.0, 5),
        "[nmr]\nchargers = 100000\ncoupling = 1.0\n[time]\nend = 0.001\npoints = 5\n".into(),
        engines("effective", 100_000, 0.01, 5),
        engines("full", 10, 10.0, 20),
        format!("{DEPHASED}cycle.repeat = 100000\n[[stage]]\nkind = \"evolve\"\nduration = 1.0\n"),
    ]
}

/// Those that take long, or much.
fn many() -> Vec<String> {
    let star = |cells: usize| format!("battery.cells = {cells}\n");
    let strong = |cells: usize, share: f64| {
        let amplitude = share * cells as f64;
        format!(
            "battery.cells = {cells}\ncharger.dephasing = 1.0\ndrive.amplitude = {amplitude:?}\n{}",
            time(0.01, 5)
        )
    };
    let noisy = "battery.relaxation = 0.1\n";
    let eight = "battery = { cells = 8, frequency = [1.0, 1.1, 1.2, 1.3, 0.9, 0.8, 0.7, 0.75] }\n";
    let driven = |cutoff: usize| {
        let cut = format!(", cutoff = {cutoff}");
        oscillators(&format!("{cut}, dephasing = 0.5"), &cut)
            + "method.name = \"taylor\"\ndrive.amplitude = 0.5\n"
    };
    vec![
        DEPHASED.to_string() + &time(40.0, 1_000_000),
        star(10) + DEPHASED + &time(40.0, 200_000),
        star(400) + DEPHASED + &time(2.0, 5),
        star(10_000) + DEPHASED + &time(2.0, 2),
        strong(2000, 0.24),
        strong(20_000, 0.1),
        strong(20_000, 0.24),
        strong(20_000, 0.9),
        star(60) + RELAXING + &time(1.0, 5),
        star(10) + noisy + DEPHASED + &time(3.0, 10),
        star(20) + noisy + DEPHASED + &time(0.5, 3),
        eight.to_string() + RELAXING + &time(0.3, 3),
        "charger = { kind = \"oscillator\", cutoff = 300, dephasing = 0.5 }\ndrive.amplitude = 0.5\n"
            .to_string()
            + &time(0.3, 3),
        "charger = { kind = \"oscillator\", dephasing = 0.3 }\ninitial.charger = { coherent = 3.0 }\n"
            .to_string()
            + &time(5.0, 10),
        driven(20) + &time(1.0, 5),
        driven(40) + &time(0.1, 3),
        oscillators(", dephasing = 0.5", "") + "initial.charger = { fock = 300 }\n" + &time(1.0, 3),
        oscillators(", dephasing = 0.3", ", relaxation = 0.1")
            + "method.name = \"moments\"\ninitial.charger = { fock = 1 }\n"
            + &time(10.0, 1_000_000),
        format!("{DEPHASED}cycle.repeat = 1000000\n[[stage]]\nkind = \"evolve\"\nduration = 1.0\n"),
        format!(
            "battery.cells = 5\n{DEPHASED}cycle.repeat = 100000\n[[stage]]\nkind = \"evolve\"\nduration = 1.0\n"
        ),
        "[nmr]\nchargers = 5\ncoupling = 1.0\n[time]\nend = 10.0\npoints = 1000000\n".into(),
        "[nmr]\nchargers = 20\ncoupling = 1.0\ncorrelations = \"kept\"\n[time]\nend = 1.0\npoints = 5\n"
            .into(),
        engines("effective", 3, 100.0, 1_000_000),
        engines("effective", 1_000_000, 0.0001, 2),
        engines("full", 24, 1.0, 3),
        star(11) + RELAXING + "method.name = \"exponential\"\n" + &time(30.0, 50),
        format!(
            "battery.cells = 8\ncharger = {{ dephasing = 1e5, relaxation = 0.1 }}\ndrive.amplitude = 0.5\n{}",
            time(300.0, 5)
        ),
        format!(
            "{DEPHASED}{}[sweep]\ncharger.dephasing = {{ from = 0.1, to = 10.0, points = 100 }}\ndrive.amplitude = {{ from = 0.1, to = 1.0, points = 100 }}\n",
            time(10.0, 5)
        ),
    ]
}

/// Runs a command to its end: its peak of memory in bytes, and what it printed.
fn peak(folder: &std::path::Path, arguments: &[&str]) -> (f64, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_leyden"))
        .args(arguments)
        .current_dir(folder)
        .stdout(std::fs::File::create(folder.join("said")).unwrap())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let (status, mut most) = (format!("/proc/{}/status", child.id()), 0.0_f64);
    let code = loop {
        // The high-water mark only rises: the last look before the end sees it.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        most = most.max(1024.0 * kib.unwrap_or(0.0));
        if let Some(code) = child.try_wait().unwrap() {
            break code;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    assert!(code.success(), "{arguments:?}: {code}");
    (most, std::fs::read_to_string(folder.join("said")).unwrap())
}

/// "memory about 12.3 MiB" in bytes.
fn said(text: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with("memory")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    let power = ["B", "KiB", "MiB", "GiB"].iter().position(|unit| *unit == words[3]).unwrap();
    words[2].parse::<f64>().unwrap() * 1024_f64.powi(power as i32)
}

fn estimates_hold(scenarios: &[String]) {
    for text in scenarios {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("s.toml"), text).unwrap();
        let (of_check, output) = peak(folder.path(), &["check", "s.toml"]);
        let (of_run, _) = peak(folder.path(), &["run", "s.toml", "--out", "out"]);
        let said = said(&output);
        let what = format!("said {:.1} MiB, took {:.1} MiB:\n{text}", said / MIB, of_run / MIB);
        assert!(of_run <= 2.0 * said + 50e6 && said <= 2.0 * of_run + 50e6, "{what}");
        assert!(of_check < 50e6, "check took {:.1} MiB:\n{text}", of_check / MIB);
    }
}

#[test]
fn memory_is_what_check_says() {
    estimates_hold(&few());
}

#[test]
#[ignore = "takes a minute and 2 GB"]
fn memory_is_what_check_says_of_large_runs() {
    estimates_hold(&many());
}
