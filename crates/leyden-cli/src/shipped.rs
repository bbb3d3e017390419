//! `leyden new`: writes one of the scenarios that come with leyden.

use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use leyden_scenario::shipped::{self, title};

use crate::arguments::New;
use crate::outcome::{Code, Failure, say};
use crate::suggest::nearest;
use crate::voice::tell;

const STARTER: &str = "starter";

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
    shipped::find(name).ok_or_else(|| {
        let known = || shipped::all().map(|(known, _)| *known);
        let near = nearest(name, known()).map(|near| format!("; did you mean {near}?"));
        let known: Vec<&str> = known().collect();
        Failure::new(format_args!(
            "no scenario {name} comes with leyden{}\nthere are {}",
            near.unwrap_or_default(),
            known.join(", ")
        ))
    })
}

fn list() -> String {
    let mut out = String::new();
    for (name, text) in shipped::all() {
        let _ = writeln!(out, "{name:<30}{}", title(text));
    }
    out
}
