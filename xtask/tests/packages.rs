//! What is published says what it is, holds all that it needs, and costs one build of its dependencies.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Categories of crates.io.
const CATEGORIES: &[&str] = &[
    "command-line-utilities",
    "mathematics",
    "parser-implementations",
    "science",
    "simulation",
    "visualization",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The packages that are published, as `cargo metadata` shows them.
fn published() -> Vec<Value> {
    let metadata = cargo(&["metadata", "--no-deps", "--format-version", "1", "--offline"]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages.filter(|package| package["publish"].is_null()).cloned().collect()
}

fn words<'a>(package: &'a Value, key: &str) -> Vec<&'a str> {
    package[key].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

#[test]
fn packages_say_what_they_are() {
    let packages = published();
    assert_eq!(packages.len(), std::fs::read_dir(root().join("crates")).unwrap().count());
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        let folder = Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap();
        assert!(package["description"].as_str().is_some_and(|text| !text.ends_with('.')), "{name}");
        assert_eq!(package["license"], "MIT OR Apache-2.0", "{name}");
        let keywords = words(package, "keywords");
        assert!((1..=5).contains(&keywords.len()) && keywords.iter().all(|word| word.len() <= 20), "{name}");
        let categories = words(package, "categories");
        assert!(!categories.is_empty() && categories.iter().all(|c| CATEGORIES.contains(c)), "{name}");
        for file in [package["readme"].as_str().unwrap(), "LICENSE-MIT", "LICENSE-APACHE"] {
            assert!(folder.join(file).is_file(), "{name} has no {file}");
        }
        // A package has no paths: what it uses of ours, it uses by version.
        for used in package["dependencies"].as_array().unwrap().iter().filter(|used| !used["path"].is_null())
        {
            let version = format!("={}", package["version"].as_str().unwrap());
            assert_eq!(used["req"], version, "{name} uses {}", used["name"]);
        }
    }
}

#[test]
fn manifests_have_no_addresses() {
    let folders = std::fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    for folder in folders.chain([root()]) {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        assert!(!manifest.contains("://"), "{}", folder.display());
    }
}

#[test]
fn the_citation_is_that_of_this_version() {
    let citation = std::fs::read_to_string(root().join("CITATION.cff")).unwrap();
    let version = published()[0]["version"].as_str().unwrap().to_string();
    assert!(citation.lines().any(|line| line == format!("version: {version}")), "{version}");
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        let short = licence.replace("LICENSE-", "").replace("APACHE", "Apache-2.0");
        assert!(root().join(licence).is_file() && citation.contains(&format!("  - {short}\n")), "{licence}");
    }
}

/// A path without `..`, links followed nowhere.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// What the sources of a crate include lies in its folder, so that its package has it; unit tests stay behind.
#[test]
fn what_a_crate_includes_is_in_its_package() {
    let mut found = 0;
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let mut files = vec![folder.join("src")];
        while let Some(path) = files.pop() {
            if path.is_dir() {
                files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let included = ["include_str!(\"", "include_bytes!(\""].map(|call| code.split(call).skip(1));
            for rest in included.into_iter().flatten() {
                let file = plain(&path.with_file_name(rest.split('"').next().unwrap_or_default()));
                assert!(file.starts_with(&folder), "{} includes {}", path.display(), file.display());
                found += 1;
            }
        }
    }
    assert!(found > 0);
}

/// What `cargo build` makes of the dependencies is what the tests and examples use: dev-dependencies ask for no more features.
#[test]
fn tests_and_examples_use_the_dependencies_of_the_command() {
    let shown = ["--offline", "--prefix", "none", "--no-dedupe", "--format", "{p} {f}"];
    let tree = |of: &[&str]| -> BTreeSet<String> {
        cargo(&[&["tree"], of, &shown].concat())
            .lines()
            .map(|line| line.trim_end_matches(" (*)").into())
            .collect()
    };
    let command = tree(&["--edges", "no-dev"]);
    let all = tree(&["--workspace"]);
    let again: Vec<&String> = command.difference(&all).collect();
    assert!(command.len() > 100 && again.is_empty(), "built twice: {again:#?}");
}
