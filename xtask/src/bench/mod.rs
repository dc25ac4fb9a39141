//! `cargo xtask bench`: the server beside a bare handler, measured interleaved in one run.

mod costs;
mod figures;
mod floods;
mod http;
mod lanes;
mod load;
mod process;
mod report;
mod server;
mod starts;
mod stats;
mod usage;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use cargo_metadata::MetadataCommand;

use crate::shell;
use lanes::Subjects;
use server::Programs;

/// The options of the benchmark.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The number of rounds; each takes every measurement once
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// The duration of one measurement, in seconds
    #[arg(long, default_value_t = 3.0, value_parser = seconds)]
    seconds: f64,
    /// The number of server starts to time on each database
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    starts: u32,
    /// Print only what operations, provisioning and polling cost in upstream calls and statements
    #[arg(long)]
    figures: bool,
    /// Print only what the server needs, and how long callers wait, while it is flooded
    #[arg(long)]
    floods: bool,
    /// The cargo profile of the measured programs; `dev` is for trying out the benchmark itself
    #[arg(long, value_enum, default_value_t = Profile::Release)]
    profile: Profile,
}

/// A cargo profile.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Profile {
    Release,
    Dev,
}

impl Profile {
    const fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "dev",
        }
    }

    /// The folder under cargo's target folder.
    const fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "debug",
        }
    }
}

/// Parses a duration from a tenth of a second to an hour.
fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let sensible = (0.1..=3600.0).contains(&seconds);
    if sensible { Ok(seconds) } else { Err("expected 0.1 to 3600".to_owned()) }
}

/// Builds the programs, measures them and prints the results.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let built = build(arguments.profile)?;
    if arguments.profile == Profile::Release && cfg!(debug_assertions) {
        // The load generator shares the processors with the server, so it has to be optimised as
        // well.
        return shell::run(Command::new(built.join("xtask")).args(std::env::args_os().skip(1)));
    }
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        tokio::select! {
            outcome = Box::pin(measure(arguments, built)) => outcome,
            _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        }
    })
}

/// Builds the server, this program, the bare handler and the database starter; returns the folder
/// of the programs.
fn build(profile: Profile) -> Result<PathBuf> {
    let build = ["build", "--profile", profile.name()];
    // In one command: separate ones would build the dependencies again with other features.
    let packages = ["covibe-server", "xtask", "covibe-http", "covibe-testkit"];
    let packages = packages.iter().flat_map(|name| ["-p", *name]);
    let targets = ["--bins", "--example", "bare", "--example", "figures", "--example", "costs"];
    let targets = targets.into_iter().chain(["--example", "postgres"]);
    shell::run(shell::cargo(build).args(packages).args(targets))?;
    let metadata = MetadataCommand::new().current_dir(shell::root()).no_deps().exec()?;
    Ok(metadata.target_directory.into_std_path_buf().join(profile.folder()))
}

async fn measure(arguments: &Arguments, built: PathBuf) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let programs = Programs { built, scratch: scratch.path().to_owned() };
    if arguments.floods {
        floods::report(&floods::take(&programs).await?);
        return Ok(());
    }
    report::costs(&costs::take(&programs).await?);
    report::figures(&figures::take(&programs).await?);
    if arguments.figures {
        return Ok(());
    }
    let postgres = programs.postgres().await.context("failed to start a throwaway PostgreSQL")?;
    report::starts(&starts::time(&programs, &postgres, arguments.starts).await?);
    let subjects = Subjects::start(&programs, &postgres).await?;
    let idle = subjects.resident()?;
    let lanes = subjects.lanes();
    let duration = Duration::from_secs_f64(arguments.seconds);
    let series = lanes::rounds(&lanes, arguments.rounds, duration).await?;
    report::series(&series);
    report::resident(&idle, &subjects.resident()?);
    Ok(())
}
