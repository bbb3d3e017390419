//! Files that hold one key, with all that its reader asks for beside it.

use leyden_scenario::{Key, Scenario};

const ENGINE: &str =
    "hot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\n";

/// What is said of a text; empty where it is accepted.
pub(crate) fn report(text: &str) -> String {
    Scenario::parse("test.toml", text).err().map_or(String::new(), |report| report.to_string())
}

/// A file whose key has this value. What else is wrong with it is said of other keys.
pub(crate) fn file_with(key: &Key, value: &str) -> String {
    let line = format!("{} = {value}\n", key.name);
    let others = |all: &str| -> String {
        all.lines().filter(|line| !line.starts_with(key.name)).map(|line| format!("{line}\n")).collect()
    };
    let head = "[units]\nreference = \"1 rad/s\"\n";
    match key.table {
        "engine" => {
            let drive = if key.name == "detuning" { "drive = 0.3\n" } else { "" };
            format!("{head}[engine]\n{line}{drive}{}", others(ENGINE))
        }
        "charging" if key.name == "fraction" => {
            format!(
                "{head}[engine]\n{ENGINE}[coupling]\nstrength = 0.1\n[time]\nend = 1.0\n[charging]\n{line}"
            )
        }
        "charging" => {
            let rest = others("effective_rate = 1.0\neffective_exponent = -1.0\n");
            format!("{head}[time]\nend = 1.0\n[charging]\n{line}{rest}")
        }
        "nmr" => {
            format!("{head}[time]\nend = 1.0\n[nmr]\n{line}{}", others("chargers = 3\ncoupling = 1.0\n"))
        }
        "cycle" => {
            let rest = if key.name == "shown" { "repeat = 1000000\n" } else { "" };
            format!("{head}[cycle]\n{line}{rest}[[stage]]\nkind = \"wait\"\nduration = 1.0\n")
        }
        "stage" => {
            let (kind, rest) = match key.name {
                "duration" => ("wait", ""),
                "points" => ("wait", "duration = 1.0\n"),
                "rate" => ("extract", "by = \"load\"\nduration = 1.0\n"),
                "angle" => ("pulse", "target = \"battery\"\n"),
                _ => ("reset", "target = \"battery\"\n"),
            };
            format!("{head}[[stage]]\nkind = \"{kind}\"\n{line}{rest}")
        }
        "time" => {
            let end = if ["start", "points"].contains(&key.name) { "end = 5.0\n" } else { "" };
            format!("{head}[time]\n{line}{end}")
        }
        "parts.NAME" => {
            let kind = match key.name {
                "levels" => "kind = \"spin\"\n",
                "cutoff" => "kind = \"oscillator\"\n",
                _ => "",
            };
            format!(
                "{head}[time]\nend = 1.0\n[parts.NAME]\n{line}{kind}[hamiltonian]\nbattery = \"n(NAME[1])\"\n"
            )
        }
        "charger" if ["correlation_time", "noise_start"].contains(&key.name) => {
            let time = if key.name == "noise_start" { "correlation_time = 1.0\n" } else { "" };
            format!(
                "{head}[time]\nend = 1.0\n[charger]\ndephasing = 1.0\ndephasing_noise = \"ornstein-uhlenbeck\"\n{time}{line}"
            )
        }
        "trajectories" => {
            format!("{head}[time]\nend = 1.0\n[method]\nname = \"trajectories\"\n[trajectories]\n{line}")
        }
        table => format!("{head}[time]\nend = 1.0\n[{table}]\n{line}"),
    }
}
