//! Project chores: `cargo xtask test` runs every check, `quick` and `affected` what a change can break, `bench` the comparison
//! with peers, `python` the wheel and its tests, `mutants` whether tests notice wrong sources, `gallery` draws the pictures of docs/gallery.md,
//! `book` makes the pages of docs a folder of HTML.

mod affected;
mod book;
mod environment;
mod gallery;
mod order;
mod python;
mod slurm;

use std::path::Path;
use std::process::{Command, ExitCode};

const TEST: &[&str] = &[
    "cargo fmt --all --check",
    "cargo clippy --release --workspace --all-targets -- -D warnings",
    "cargo test --release --workspace",
    "cargo run --release --quiet --example driven_kerr",
    "cargo run --release --quiet --example jaynes_cummings",
    "cargo run --release --quiet --example own_state",
    "cargo run --release --quiet --example from_text",
    "cargo run --release --quiet --example spin_chain",
    "cargo doc --release --workspace --no-deps",
];

/// From text to figure in a browser, where the target is installed.
fn wasm() -> Option<&'static &'static str> {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().ok()?;
    let sysroot = String::from_utf8(sysroot.stdout).ok()?;
    let installed = Path::new(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown/lib").is_dir();
    installed.then_some(
        &"cargo build --release --target wasm32-unknown-unknown --package leyden-draw --example from_text",
    )
}

/// `bench`: peers side by side; with a name, what `leyden-bench` knows under it.
fn bench(words: impl Iterator<Item = String>) -> Vec<String> {
    let words: Vec<String> = words.collect();
    match words.is_empty() {
        true => vec!["python3 peers/compare.py".into()],
        false => vec![format!("cargo run --release --quiet --package leyden-bench -- {}", words.join(" "))],
    }
}

fn main() -> ExitCode {
    let steps: Vec<String> = match std::env::args().nth(1).as_deref() {
        Some("test") => {
            slurm::prepare();
            let rust = TEST.iter().chain(wasm()).map(|step| step.to_string());
            rust.chain(python::steps()).chain(book::steps()).collect()
        }
        Some("python") => python::steps(),
        Some("book") => book::steps(),
        Some("bench") => bench(std::env::args().skip(2)),
        Some("quick") => affected::unit_tests(),
        Some("affected") => affected::all_tests(),
        Some("gallery") => gallery::steps(),
        Some("mutants") => {
            let arguments: String = std::env::args().skip(2).map(|word| format!(" {word}")).collect();
            vec![format!("cargo run --release --quiet --package leyden-mutants --{arguments}")]
        }
        _ => {
            eprintln!(
                "usage: cargo xtask test | quick | affected | python | book | bench | mutants | gallery"
            );
            return ExitCode::from(2);
        }
    };
    for step in steps {
        eprintln!("xtask: {step}");
        let mut words = step.split(' ');
        let mut command = Command::new(words.next().unwrap_or_default());
        // What an example writes stays with what is built.
        let folder = if step.starts_with("cargo run") { "target" } else { "." };
        command.args(words).env("RUSTDOCFLAGS", "-D warnings").current_dir(folder);
        if !command.status().is_ok_and(|status| status.success()) {
            eprintln!("xtask: failed: {step}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
