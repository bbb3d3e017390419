//! Sweeps on a cluster: `leyden submit` hands the shards to Slurm, `leyden status` says how far they are.

mod jobs;
mod needs;
mod report;
mod script;
mod slurm;
mod status;
mod submit;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::arguments::Source;

pub(crate) use status::status;
pub(crate) use submit::submit;

/// Where the script, the logs and the numbers of the jobs stand, in the result folder.
const FOLDER: &str = "slurm";

/// What hands out the nodes of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scheduler {
    /// Slurm
    Slurm,
}

/// What is submitted, and with which limits.
#[derive(Debug, Args)]
pub(crate) struct Submit {
    #[command(flatten)]
    pub(crate) source: Source,
    /// What hands out the nodes
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Scheduler::Slurm)]
    pub(crate) scheduler: Scheduler,
    /// Shards of the sweep, each a task of one core
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4_000_000))]
    pub(crate) tasks: u32,
    /// Result folder, on a file system that all nodes share (default: leyden-out and the title)
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Time limit of every task as Slurm writes it, e.g. 2:00:00 (default: an estimate)
    #[arg(long, value_name = "LIMIT")]
    pub(crate) time: Option<String>,
    /// Memory of every task as Slurm writes it, e.g. 2G (default: an estimate)
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory: Option<String>,
    /// Partition of the cluster
    #[arg(long, value_name = "NAME")]
    pub(crate) partition: Option<String>,
    /// Account that pays
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Print the script and submit nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What is asked about.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// The result folder of a sweep
    pub(crate) folder: PathBuf,
    /// Print one JSON document on standard output and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}
