//! The house keeps its order: dependencies between our crates point one way, and files hold one idea.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[path = "../src/order.rs"]
mod order;

use order::{CRATES, FOLDERS};

#[test]
fn dependencies_point_one_way() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut uses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap().to_string();
        let ours = package["dependencies"].as_array().unwrap().iter().map(|d| d["name"].as_str().unwrap());
        uses.insert(name, ours.filter(|d| d.starts_with("leyden")).map(String::from).collect());
    }
    assert_eq!(uses.len(), CRATES.len());
    for (name, allowed) in CRATES {
        for used in &uses[*name] {
            assert!(allowed.contains(&used.as_str()), "{name} must not depend on {used}");
        }
    }
}

/// A file without its unit tests.
fn without_tests(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_string()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => rust_files(&path, found),
            false if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
            false => {}
        }
    }
}

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates")
}

#[test]
fn folders_of_the_physics_are_an_order() {
    let source = crates().join("leyden/src");
    let mut wrong = Vec::new();
    let mut folders: Vec<String> = std::fs::read_dir(&source)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_string())
        .collect();
    folders.sort_by_key(|folder| FOLDERS.iter().position(|known| known == folder));
    assert_eq!(folders, FOLDERS, "every folder has a place in the order");
    for (place, folder) in FOLDERS.iter().enumerate() {
        let mut files = Vec::new();
        rust_files(&source.join(folder), &mut files);
        for file in files {
            for (number, line) in without_tests(&file).lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for used in code.split("crate::").skip(1) {
                    let used =
                        used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
                    if FOLDERS[place + 1..].contains(&used) {
                        wrong.push(format!("{}:{}: {folder} uses {used}", file.display(), number + 1));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_stay_short() {
    let mut files = Vec::new();
    rust_files(&crates(), &mut files);
    let long: Vec<String> = (files.iter())
        .filter_map(|path| {
            let lines = std::fs::read_to_string(path).unwrap().lines().count();
            (lines > 600).then(|| format!("{}: {lines} lines", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

/// The second example of the front page is the one that runs.
#[test]
fn the_front_page_shows_the_example_that_runs() {
    let page = std::fs::read_to_string(crates().join("leyden/src/lib.rs")).unwrap();
    let example = std::fs::read_to_string(crates().join("leyden-draw/examples/spin_chain.rs")).unwrap();
    let shown: Vec<&str> = (page.lines().skip_while(|line| !line.contains("```ignore")).skip(1))
        .take_while(|line| !line.contains("```"))
        .map(|line| line.trim_start_matches("//!").strip_prefix(' ').unwrap_or_default())
        .collect();
    assert_eq!(shown, example.lines().skip(2).collect::<Vec<&str>>());
}

/// A page in a browser runs these: they know no files, threads, clock, environment or printing.
#[test]
fn from_text_to_figure_needs_no_machine() {
    let mut wrong = Vec::new();
    for name in
        ["leyden", "leyden-text", "leyden-scenario", "leyden-results", "leyden-figures", "leyden-draw"]
    {
        let mut files = Vec::new();
        rust_files(&crates().join(name).join("src"), &mut files);
        for file in files {
            for (number, line) in without_tests(&file).lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                let machine = ["std::fs", "std::thread", "std::time", "std::env", "std::process", "println!"];
                // A browser has room for one thread, and there none is started.
                let may = file.ends_with("operator/strings/threads.rs") && code.contains("std::thread");
                if !may && machine.iter().any(|word| code.contains(word)) {
                    wrong.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
