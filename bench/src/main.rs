//! How long cases that nobody tuned for take, in CPU time of one process.
//!
//! `leyden-bench cases [NAME..]`: every file of `bench/cases`, states by every method that applies, and the run with its long times.

mod cases;
mod clock;

use std::error::Error;
use std::process::ExitCode;

const USAGE: &str = "usage: leyden-bench cases [NAME..]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("leyden-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    match arguments.split_first() {
        Some((what, names)) if what == "cases" => cases::run(names),
        _ => Err(USAGE.into()),
    }
}
