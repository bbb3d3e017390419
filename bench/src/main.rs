//! How long cases that nobody tuned for take, in CPU time of one process.
//!
//! - `leyden-bench cases [NAME..]`: every file of `bench/cases`, states by every method that applies, and the run with its long times.
//! - `leyden-bench regret [COUNT [SEED]]`: random systems, how much longer the method takes that `auto` picks than the best one.
//! - `leyden-bench calibrate`: what pieces of the methods take, from which their costs are estimated.
//! - `leyden-bench roofline`: how far applications of generators are from the limits of the processor.

mod calibrate;
mod cases;
mod clock;
mod random;
mod regret;
mod roofline;

use std::error::Error;
use std::process::ExitCode;

const USAGE: &str = "usage: leyden-bench cases [NAME..] | regret [COUNT [SEED]] | calibrate | roofline";

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
        Some((what, numbers)) if what == "regret" => {
            let number = |k: usize, otherwise: u64| numbers.get(k).map_or(Ok(otherwise), |text| text.parse());
            regret::run(number(0, 300)?, number(1, 1)?)
        }
        Some((what, [])) if what == "calibrate" => calibrate::run(),
        Some((what, [])) if what == "roofline" => roofline::run(),
        _ => Err(USAGE.into()),
    }
}
