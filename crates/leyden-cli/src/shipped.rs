//! The scenarios that come with leyden, and `leyden new`, which writes one of them.

use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use crate::arguments::New;
use crate::outcome::{Code, Failure, say};
use crate::suggest::nearest;
use crate::voice::tell;

/// Name and text of a scenario.
type Shipped = (&'static str, &'static str);

macro_rules! shipped {
    ($name:literal) => {
        ($name, include_str!(concat!("../scenarios/", $name, ".toml")))
    };
}

const STARTER: &str = "starter";
/// What runs without a file.
pub(crate) const DEFAULT: Shipped = shipped!("two-qubits");

pub(crate) const SHIPPED: &[Shipped] = &[
    shipped!("starter"),
    shipped!("asymptotic-freedom"),
    shipped!("cavity"),
    shipped!("charge-store-discharge"),
    shipped!("collective-enhancement"),
    shipped!("dephasing-drive-map"),
    shipped!("detuned-pair"),
    shipped!("engine-charging"),
    shipped!("freedom-coherent"),
    shipped!("freedom-fock"),
    shipped!("freedom-squeezed"),
    shipped!("freedom-thermal"),
    shipped!("lossy-cavity"),
    shipped!("lossy-oscillators"),
    shipped!("maser"),
    shipped!("mean-field-cavity"),
    shipped!("nmr-star"),
    shipped!("noisy-cells"),
    shipped!("optimal-dephasing"),
    shipped!("optimal-protocol"),
    shipped!("parallel-collective"),
    shipped!("robustness"),
    shipped!("shock-absorber"),
    shipped!("star"),
    shipped!("star-thresholds"),
    shipped!("tavis-cummings-power"),
    shipped!("two-qubits"),
];

pub(crate) fn new(arguments: &New) -> Result<Code, Failure> {
    if arguments.list {
        return say(&list()).map(|()| Code::Good);
    }
    let from = arguments.from.as_deref();
    let text = find(from.unwrap_or(STARTER))?;
    let name = arguments.name.as_deref().or(from).unwrap_or("battery");
    let path = PathBuf::from(format!("{}.toml", name.trim_end_matches(".toml")));
    let shown = path.display();
    let mut file = std::fs::File::create_new(&path).map_err(|source| match source.kind() {
        ErrorKind::AlreadyExists => {
            let from = from.map_or(String::new(), |from| format!(" --from {from}"));
            Failure::new(format_args!("{shown} exists already; choose another name: leyden new NAME{from}"))
        }
        _ => Failure::writing(&path)(source),
    })?;
    file.write_all(text.as_bytes()).map_err(Failure::writing(&path))?;
    tell(&format!("wrote {shown}; next: leyden run {shown}\n")).map(|()| Code::Good)
}

/// The text of the scenario of this name, which may end in .toml.
fn find(name: &str) -> Result<&'static str, Failure> {
    let name = name.trim_end_matches(".toml");
    let found = SHIPPED.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| *text).ok_or_else(|| {
        let known = SHIPPED.iter().map(|(known, _)| *known);
        let near = nearest(name, known.clone()).map(|near| format!("; did you mean {near}?"));
        let known: Vec<&str> = known.collect();
        Failure::new(format_args!(
            "no scenario {name} comes with leyden{}\nthere are {}",
            near.unwrap_or_default(),
            known.join(", ")
        ))
    })
}

fn list() -> String {
    let mut out = String::new();
    for (name, text) in SHIPPED {
        let _ = writeln!(out, "{name:<24}{}", title(text));
    }
    out
}

/// The title of a scenario, which is its first line.
fn title(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("title = \"").and_then(|rest| rest.strip_suffix('"')).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use leyden_scenario::Scenario;

    #[test]
    fn every_shipped_scenario_is_there_with_its_title() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".toml")?.to_string()))
            .collect();
        let mut known: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
        there.sort();
        known.sort();
        assert_eq!(known, there);
        for (name, text) in SHIPPED {
            assert_eq!(title(text), Scenario::parse(name, text).unwrap().title);
        }
    }
}
