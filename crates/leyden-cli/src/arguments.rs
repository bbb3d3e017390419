//! The command line as data.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use leyden_study::{Folder, Shard};

/// Simulate quantum batteries: how fast they charge, how much comes back as work, what noise does.
#[derive(Debug, Parser)]
#[command(name = "leyden", version, about)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a scenario and write its result folder
    Run(Run),
    /// Say what would run: dimension, method and why, memory
    Check(Source),
    /// Write a commented scenario to start from
    New {
        /// Name of the new scenario; NAME.toml is written
        #[arg(default_value = "battery")]
        name: String,
    },
    /// Draw the figure of a result folder again
    Figure {
        /// The result folder
        store: PathBuf,
        /// What to draw instead of what the axes suggest: a TOML file
        #[arg(long, value_name = "FILE")]
        spec: Option<PathBuf>,
    },
    /// Join the shards of a sweep; nothing to do where they share one folder
    Merge {
        /// The result folder that receives the points
        into: PathBuf,
        /// Result folders of other shards of the same sweep
        others: Vec<PathBuf>,
    },
}

/// Where a scenario comes from.
#[derive(Debug, Args)]
pub(crate) struct Source {
    /// Scenario file; without one, two qubits at the published optimum
    pub(crate) file: Option<PathBuf>,
    /// Set a key, e.g. --set charger.dephasing=1.4
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Method of solution instead of the scenario's
    #[arg(long, value_name = "NAME")]
    pub(crate) method: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Result folder (default: leyden-out and the title)
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Run a second, independent method and compare
    #[arg(long)]
    pub(crate) verify: bool,
    /// Print one JSON document on standard output and nothing else; no folder unless --out is given
    #[arg(long)]
    pub(crate) json: bool,
    /// Threads for the points of a sweep (default: all cores); a single point uses one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Compute only part I of N of a sweep, e.g. --shard 2/3
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub(crate) shard: Option<Shard>,
}

impl Run {
    /// Where the result goes: nowhere if it is only printed.
    pub(crate) fn folder(&self, title: &str) -> Option<Folder> {
        match &self.out {
            Some(path) => Some(Folder::at(path)),
            None => (!self.json).then(|| Folder::for_title(title)),
        }
    }
}

fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    let (index, count) = parts.ok_or("must have the form I/N, for example 2/3")?;
    Shard::new(index, count).map_err(|error| error.to_string())
}
