//! Project chores: `cargo xtask test` runs every check, `cargo xtask bench` the comparison with peers.

use std::process::{Command, ExitCode};

/// One step: what it is called, the program and its arguments.
type Step = (&'static str, &'static str, &'static [&'static str]);

const TEST: &[Step] = &[
    ("format", "cargo", &["fmt", "--all", "--check"]),
    ("clippy", "cargo", &["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    ("tests", "cargo", &["test", "--release", "--workspace"]),
    (
        "examples",
        "cargo",
        &["run", "--release", "--quiet", "--package", "leyden", "--example", "driven_kerr"],
    ),
    (
        "examples",
        "cargo",
        &["run", "--release", "--quiet", "--package", "leyden", "--example", "jaynes_cummings"],
    ),
    ("docs", "cargo", &["doc", "--workspace", "--no-deps"]),
];
const BENCH: &[Step] = &[("peers", "python3", &["peers/compare.py"])];

fn main() -> ExitCode {
    let steps = match std::env::args().nth(1).as_deref() {
        Some("test") => TEST,
        Some("bench") => BENCH,
        _ => {
            eprintln!("usage: cargo xtask test | bench");
            return ExitCode::from(2);
        }
    };
    for (name, program, arguments) in steps {
        eprintln!("xtask: {name}: {program} {}", arguments.join(" "));
        let status = Command::new(program).args(*arguments).env("RUSTDOCFLAGS", "-D warnings").status();
        if !status.is_ok_and(|status| status.success()) {
            eprintln!("xtask: {name} failed");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
