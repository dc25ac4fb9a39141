//! `cargo xtask bench`: the server beside a bare handler, measured interleaved in one run.

mod costs;
mod docker_host;
mod figures;
mod floods;
mod lanes;
mod load;
mod pages;
mod report;
mod server;
mod starts;
mod stats;
mod upkeep;
mod usage;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use cargo_metadata::MetadataCommand;
use lanes::Subjects;
use server::Programs;

use crate::shell;

/// The options of the benchmark.
#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
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
    /// Print only the memory and the times of calls during floods
    #[arg(long)]
    floods: bool,
    /// Print only what a docker host behind SSH costs; needs root, a Docker Engine and an SSH server
    #[arg(long)]
    docker: bool,
    /// Print only what the pages of the console take
    #[arg(long)]
    console: bool,
    /// Print only the time that verifying a million audit entries takes
    #[arg(long)]
    verify: bool,
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

/// Builds the server, the examples that are measured beside it, and this program; returns the folder of
/// the programs.
fn build(profile: Profile) -> Result<PathBuf> {
    for arguments in [&PRODUCT[..], &THIS_PROGRAM[..]] {
        let build = ["build", "--profile", profile.name()];
        shell::run(shell::cargo(build).args(arguments))?;
    }
    let metadata = MetadataCommand::new().current_dir(shell::root()).no_deps().exec()?;
    Ok(metadata.target_directory.into_std_path_buf().join(profile.folder()))
}

/// The server and the examples. Together they turn on the features of dependencies that the server alone
/// does, so that a build of the server is used again. That is why the examples are in a crate whose
/// tests need no further dependencies.
const PRODUCT: [&str; 26] = [
    "-p",
    "covibe-server",
    "--bin",
    "covibe-server",
    "-p",
    "covibe-docker-gate",
    "--bin",
    "covibe-docker-gate",
    "-p",
    "covibe-testkit",
    "--example",
    "bare",
    "--example",
    "postgres",
    "--example",
    "figures",
    "--example",
    "costs",
    "--example",
    "chain",
    "--example",
    "upkeep",
    "--example",
    "pages",
    "--example",
    "docker_host",
];

/// This program, by itself: beside the server, it would turn on another feature of serde_json.
const THIS_PROGRAM: [&str; 2] = ["-p", "xtask"];

async fn measure(arguments: &Arguments, built: PathBuf) -> Result<()> {
    if arguments.verify {
        return shell::run(&mut Command::new(built.join("examples/chain")));
    }
    let scratch = tempfile::tempdir()?;
    let programs = Programs { built, scratch: scratch.path().to_owned() };
    if arguments.floods {
        floods::report(&floods::take(&programs).await?);
        return Ok(());
    }
    if arguments.console {
        pages::report(&pages::take(&programs).await?);
        return Ok(());
    }
    if arguments.docker {
        docker_host::report(docker_host::take(&programs).await?.as_ref());
        return Ok(());
    }
    report::costs(&costs::take(&programs).await?);
    report::figures(&figures::take(&programs).await?);
    report::upkeep(&upkeep::take(&programs).await?);
    pages::report(&pages::take(&programs).await?);
    docker_host::report(docker_host::take(&programs).await?.as_ref());
    if arguments.figures {
        return Ok(());
    }
    let mut postgres =
        programs.postgres().await.context("failed to start a throwaway PostgreSQL")?;
    report::starts(&starts::time(&programs, &mut postgres, arguments.starts).await?);
    let subjects = Subjects::start(&programs, &mut postgres).await?;
    let lanes = subjects.lanes();
    let duration = Duration::from_secs_f64(arguments.seconds);
    let series = lanes::rounds(&lanes, arguments.rounds, duration).await?;
    report::series(&series);
    report::resident(&subjects.idle, &subjects.resident()?);
    Ok(())
}
