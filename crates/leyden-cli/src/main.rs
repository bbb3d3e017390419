//! The command `leyden`: glue between scenarios, studies and figures.

mod arguments;
mod commands;
mod machine;
mod outcome;
mod study;
mod summary;

use clap::Parser;

fn main() -> std::process::ExitCode {
    // Results are written whole or not at all and points of a sweep are on disk once finished, so an interrupted run loses
    // nothing.
    // Without a handler the signal still ends the run, only with another exit code.
    let _ = ctrlc::set_handler(|| {
        eprintln!("\ninterrupted: type the same command to go on");
        std::process::exit(130)
    });
    match commands::dispatch(arguments::Arguments::parse()) {
        Ok(code) => code.into(),
        Err(failure) => {
            eprintln!("{failure}");
            outcome::Code::Input.into()
        }
    }
}
