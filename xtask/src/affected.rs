//! What a change can break: the crates that it touches, those that use them, and in the physics the folders that come after it.

use std::process::Command;

use crate::order::{CRATES, FOLDERS};

/// Unit tests of the crates that the working tree changes against `HEAD`; in the physics from the first changed folder on.
pub(crate) fn unit_tests() -> Vec<String> {
    let changed = changed();
    touched(&changed).into_iter().map(|name| test_of(name, &changed)).collect()
}

/// All tests of the crates that the working tree changes and of those that use them.
pub(crate) fn all_tests() -> Vec<String> {
    let touched = touched(&changed());
    let broken = CRATES.iter().filter(|(name, uses)| touched.iter().any(|t| t == name || uses.contains(t)));
    let packages: Vec<String> = broken.map(|(name, _)| format!(" --package {name}")).collect();
    let test = (!packages.is_empty()).then(|| format!("cargo test --release{}", packages.concat()));
    test.into_iter().collect()
}

/// Files that differ from `HEAD`, new ones included.
fn changed() -> Vec<String> {
    let git = Command::new("git").args(["status", "--porcelain", "--untracked-files=all"]).output();
    let text = git.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().filter_map(|line| line.get(3..)?.split(" -> ").last().map(String::from)).collect()
}

/// The folder of a crate.
fn folder_of(name: &str) -> String {
    match name {
        "leyden-peers" => "peers/".into(),
        "leyden-mutants" => "mutants/".into(),
        "xtask" => "xtask/".into(),
        name => format!("crates/{name}/"),
    }
}

/// The crates that hold a changed file.
fn touched(changed: &[String]) -> Vec<&'static str> {
    let names = CRATES.iter().map(|(name, _)| *name);
    names.filter(|name| changed.iter().any(|path| path.starts_with(&folder_of(name)))).collect()
}

fn test_of(name: &str, changed: &[String]) -> String {
    let target = if matches!(name, "leyden-cli" | "leyden-peers" | "leyden-mutants" | "xtask") {
        "--bins"
    } else {
        "--lib"
    };
    let mut command = format!("cargo test --profile quick --package {name} {target}");
    if name == "leyden" {
        let source = folder_of(name) + "src/";
        let place = |path: &str| {
            let folder = path.split_once('/').map(|(folder, _)| folder)?;
            FOLDERS.iter().position(|known| *known == folder)
        };
        // A file beside the folders is used by all of them.
        let source_files = changed.iter().filter_map(|path| path.strip_prefix(&source));
        match source_files.map(|path| place(path).unwrap_or(0)).min() {
            None | Some(0) => {}
            Some(first) => {
                command += " -- ";
                let folders: Vec<String> =
                    FOLDERS[first..].iter().map(|folder| format!("{folder}::")).collect();
                command += &folders.join(" ");
            }
        }
    }
    command
}
