//! One build of all test binaries, and which mutants its errors mean.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::tree::Places;

/// A test binary with the folder in which cargo would run it.
#[derive(Clone, Debug)]
pub(crate) struct Binary {
    pub(crate) krate: String,
    /// `unit` or the name of the file of tests.
    pub(crate) target: String,
    pub(crate) folder: PathBuf,
    pub(crate) executable: PathBuf,
}

/// What became of a build.
pub(crate) enum Build {
    Done(Vec<Binary>),
    /// Families of the mutants that do not compile.
    Wrong(BTreeSet<String>),
    /// Errors that no mutant explains.
    Broken(String),
}

/// Builds the tests of `crates` in the copy.
pub(crate) fn build(copy: &Path, target: &Path, crates: &[String], places: &Places) -> io::Result<Build> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command.args([
        "test",
        "--release",
        "--lib",
        "--bins",
        "--tests",
        "--no-run",
        "--message-format=json",
        "--jobs=2",
    ]);
    command.args(crates.iter().flat_map(|name| ["--package", name]));
    command.arg("--target-dir").arg(target).current_dir(copy);
    // What cargo says of the crate that runs this is not for the copy.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_")) && name != "CARGO_HOME" {
            command.env_remove(name);
        }
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let (mut binaries, mut wrong, mut unknown) = (Vec::new(), BTreeSet::new(), String::new());
    for line in BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?).lines() {
        let Ok(message) = serde_json::from_str::<Value>(&line?) else { continue };
        if message["reason"] == "compiler-artifact" {
            binaries.extend(binary(&message));
        } else if message["message"]["level"] == "error" {
            let spans = message["message"]["spans"].as_array().cloned().unwrap_or_default();
            let meant = meant(&spans, places);
            if meant.is_empty() {
                unknown.push_str(message["message"]["rendered"].as_str().unwrap_or_default());
            }
            wrong.extend(meant);
        }
    }
    // Cargo says them in the order in which they are done.
    binaries.sort_by(|one: &Binary, other| (&one.krate, &one.target).cmp(&(&other.krate, &other.target)));
    let done = child.wait()?.success();
    Ok(match () {
        () if !wrong.is_empty() => Build::Wrong(wrong),
        () if done => Build::Done(binaries),
        () => Build::Broken(unknown),
    })
}

fn binary(artifact: &Value) -> Option<Binary> {
    if artifact["profile"]["test"] != true {
        return None;
    }
    let folder = Path::new(artifact["manifest_path"].as_str()?).parent()?.to_path_buf();
    let target = match artifact["target"]["kind"][0].as_str()? {
        "test" => artifact["target"]["name"].as_str()?.to_string(),
        _ => "unit".into(),
    };
    let krate = folder.file_name()?.to_string_lossy().into_owned();
    Some(Binary { krate, target, folder, executable: artifact["executable"].as_str()?.into() })
}

/// The mutants in whose switches an error lies; where there are none, the nearest one of its file.
fn meant(spans: &[Value], places: &Places) -> Vec<String> {
    let mut nearest: Option<(usize, String)> = None;
    let mut hit = Vec::new();
    let (primary, others): (Vec<&Value>, Vec<&Value>) =
        spans.iter().partition(|span| span["is_primary"] == true);
    for group in [primary, others] {
        for span in group {
            let number = |name: &str| span[name].as_u64().unwrap_or_default() as usize;
            let (start, end) = (number("byte_start"), number("byte_end"));
            for (range, site) in
                places.get(span["file_name"].as_str().unwrap_or_default()).into_iter().flatten()
            {
                if start < range.end && range.start < end {
                    hit.push(site.family());
                }
                let distance = range.start.saturating_sub(end).max(start.saturating_sub(range.end));
                if nearest.as_ref().is_none_or(|(least, _)| distance < *least) {
                    nearest = Some((distance, site.family()));
                }
            }
        }
        if !hit.is_empty() {
            return hit;
        }
    }
    nearest.into_iter().map(|(_, key)| key).collect()
}
