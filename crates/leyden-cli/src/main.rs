//! The command `leyden`: glue between scenarios, studies and figures.

mod arguments;
mod commands;
mod draw;
mod machine;
mod summary;

use clap::Parser;

fn main() -> std::process::ExitCode {
    match commands::dispatch(arguments::Arguments::parse()) {
        Ok(code) => code.into(),
        Err(failure) => {
            eprintln!("{failure}");
            commands::Code::Input.into()
        }
    }
}
