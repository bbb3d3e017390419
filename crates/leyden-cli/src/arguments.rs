//! The command line as data.

use std::path::PathBuf;

use clap::{Args, ColorChoice, Parser, Subcommand};
use clap_complete::Shell;
use leyden_study::{Folder, Shard};

use crate::cluster::{Asked, Submit};

/// What every word of the summary means.
pub(crate) const WORDS: &str = include_str!("words.txt");

const EXAMPLES: &str = "\
Examples:
  leyden new --from star && leyden run star.toml
  leyden run star.toml --set drive.amplitude=4 --json > star.json
  leyden figure leyden-out/my-first-battery --output figure.pdf

What the words of a summary mean: leyden help words";

/// Simulate quantum batteries: how fast they charge, how much comes back as work, what noise does.
#[derive(Debug, Parser)]
#[command(name = "leyden", version, about, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) manner: Manner,
}

/// How much is said, and how it looks.
#[derive(Debug, Args)]
pub(crate) struct Manner {
    /// Say nothing but errors and what was asked for as data
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say what is done, how long it takes and which files there are, on standard error
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Colours: on a terminal unless NO_COLOR is set, always, or never
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a scenario and write its result folder
    Run(Run),
    /// Say what would run: dimension, method and why, memory
    Check(Check),
    /// Write a commented scenario to start from
    New(New),
    /// Draw the figure of a result folder again, or another one
    Figure(Figure),
    /// Write the numbers of a result folder as CSV
    #[command(long_about = EXPORT)]
    Export(Export),
    /// Join the shards of a sweep; nothing to do where they share one folder
    Merge {
        /// The result folder that receives the points
        into: PathBuf,
        /// Result folders of other shards of the same sweep
        others: Vec<PathBuf>,
    },
    /// Recompute published figures and claims, and write them as a page
    #[command(long_about = ATLAS)]
    Atlas(Atlas),
    /// Hand the shards of a sweep to a cluster
    #[command(long_about = SUBMIT)]
    Submit(Submit),
    /// Say how far a sweep is, and who computes it
    Status(Asked),
    /// Say what the words of a summary mean
    #[command(long_about = WORDS)]
    Words,
    /// Print the JSON schema of a scenario, with which editors complete and check its keys
    #[command(long_about = SCHEMA)]
    Schema,
    /// Print completions for a shell
    #[command(long_about = COMPLETIONS)]
    Completions {
        /// The shell that will read them
        shell: Shell,
    },
    /// Print the manual page, with all commands
    #[command(after_help = "To read it: leyden man | man -l -")]
    Man,
}

const ATLAS: &str = "\
Recompute published figures and claims of quantum batteries, and write them as a page with claim beside measurement.

The folder gets index.html, claims.json and papers.json, and of every figure the picture (SVG, PNG), its numbers (CSV) and its scenarios (TOML). Results are
kept in its folder results: the same command goes on where a killed one stopped. Exit code 1: a number disagrees with its second one, or a verdict has changed.";

/// What of the atlas is made, and where to.
#[derive(Debug, Args)]
pub(crate) struct Atlas {
    /// The folder that receives the page
    #[arg(long, value_name = "FOLDER", default_value = "atlas")]
    pub(crate) out: PathBuf,
    /// Only these claims (C1, C2, ..), figures and papers, by their names
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub(crate) only: Vec<String>,
    /// Figures over coarser grids; claims in full
    #[arg(long)]
    pub(crate) quick: bool,
    /// Threads for the points of sweeps (default: all cores)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

const SUBMIT: &str = "\
Hand the shards of a sweep to Slurm: a job array with a task of one core for each, and a merge after it.

The same command again submits what is missing. The scenario is kept in the result folder as it is now; script and logs are in its folder slurm.";

const EXPORT: &str = "\
Write the numbers of a result folder as CSV, in the units of the scenario, which stand in the titles.

Of a run FILE.csv has a line per time, FILE-numbers.csv everything else; of a sweep FILE.csv has a line per point, FILE-series.csv one per
point and time.";

/// What is written as CSV, and where to.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The result folder
    pub(crate) folder: PathBuf,
    /// Write FILE.csv instead of result.csv in the folder; - is standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

const SCHEMA: &str = "\
Print the JSON schema of a scenario, with which editors complete and check its keys.

Editors with taplo (Even Better TOML and others) follow the first line of a scenario:
  leyden schema > leyden.schema.json
  #:schema leyden.schema.json";

const COMPLETIONS: &str = "\
Print completions for a shell, for example:
  leyden completions bash > ~/.local/share/bash-completion/completions/leyden
  leyden completions zsh > ~/.zfunc/_leyden
  leyden completions fish > ~/.config/fish/completions/leyden.fish";

/// Which scenario is written.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// Name of the new scenario; NAME.toml is written (default: battery, or that of --from)
    pub(crate) name: Option<String>,
    /// Start from one of the scenarios that come with leyden
    #[arg(long, value_name = "SCENARIO")]
    pub(crate) from: Option<String>,
    /// List the scenarios that come with leyden
    #[arg(long, conflicts_with_all = ["name", "from"])]
    pub(crate) list: bool,
}

/// What is drawn, and where to.
#[derive(Debug, Args)]
pub(crate) struct Figure {
    /// The result folder; several are drawn side by side, into the file of --output
    #[arg(required = true)]
    pub(crate) folders: Vec<PathBuf>,
    /// What to draw instead of what the axes suggest: a TOML file
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    /// Write this file alone: NAME.svg, NAME.png or NAME.pdf (default: figure.svg and figure.png in the folder)
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace files that leyden did not draw
    #[arg(long)]
    pub(crate) force: bool,
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
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Print the model as a scenario in the language of [parts] instead
    #[arg(long)]
    pub(crate) as_text: bool,
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
    /// Put the energy ledger of a run into its summary and its figure; points of a sweep keep theirs with method.ledger
    #[arg(long)]
    pub(crate) ledger: bool,
    /// Put bounds on power, work and speed of a run into its summary and its figure; points of a sweep keep theirs with method.bounds
    #[arg(long)]
    pub(crate) bounds: bool,
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
