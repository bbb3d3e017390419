//! The command `leyden`: glue between scenarios, studies and figures.

mod arguments;
mod atlas;
mod cleanup;
mod cluster;
mod commands;
mod export;
mod figure;
mod outcome;
mod pace;
mod shell;
mod shipped;
mod study;
mod suggest;
mod summary;
mod voice;
mod watch;

use std::io::Write;

use clap::Parser;

use arguments::Arguments;

fn main() -> std::process::ExitCode {
    // Results are written whole or not at all and points of a sweep are on disk once finished, so an interrupted run loses
    // nothing.
    // Without a handler the signal still ends the run, only with another exit code.
    let _ = ctrlc::set_handler(|| {
        // No file is left half written.
        let _alone = leyden_study::stop_writing();
        leyden_study::remove_locks();
        let hint = match cleanup::run() {
            true => "type the same command to go on",
            false => "nothing is kept; with --out the same command goes on",
        };
        // Standard error may be closed.
        let _ = writeln!(std::io::stderr(), "\ninterrupted: {hint}");
        std::process::exit(130)
    });
    voice::color(std::env::args_os());
    let arguments = Arguments::parse();
    voice::set(&arguments.manner);
    match commands::dispatch(arguments) {
        Ok(code) => code.into(),
        Err(failure) => {
            failure.say();
            outcome::Code::Input.into()
        }
    }
}
