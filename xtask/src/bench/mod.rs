//! `cargo xtask bench`: the server beside a bare handler, measured interleaved in one run.

mod agent_runner;
mod agent_servers;
mod closed_loop_load;
mod companion;
mod costs;
mod docker_host;
mod floods;
mod measured_programs;
mod measurements;
mod pages;
mod percentiles;
mod process_usage;
mod report;
mod scale;
mod soak;
mod startup_time;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use measured_programs::Programs;
use measurements::Subjects;

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
    /// Print only the server's starts, calls and memory
    #[arg(long, conflicts_with = "figures")]
    server: bool,
    /// Print only the memory and the times of calls during floods, or during those whose names contain this text
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    floods: Option<String>,
    /// Print only what a docker host behind SSH costs; needs root, a Docker Engine and an SSH server
    #[arg(long)]
    docker: bool,
    /// Print only what a start, a workspace and an app cost at the upstreams beside 10,000 workspaces of others
    #[arg(long)]
    scale: bool,
    /// Print only what the pages of the console take
    #[arg(long)]
    console: bool,
    /// Print only the figures of the companion on a developer's machine
    #[arg(long)]
    companion: bool,
    /// Print only the figures of the servers of sub-agents and of their runner
    #[arg(long)]
    agents: bool,
    /// Print only the memory of a server during so many minutes of calls, on each database
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..))]
    soak: Option<u32>,
    /// Print only the time that verifying a million audit entries takes
    #[arg(long)]
    verify: bool,
    /// The cargo profile of the measured programs; `dev` is for trying out the benchmark itself
    #[arg(long, value_enum, default_value_t = Profile::Release)]
    profile: Profile,
    /// The server to start, call and measure the memory of instead of the built one, such as one of
    /// `cargo xtask dist --sandbox`
    #[arg(long, value_name = "FILE", requires = "server")]
    binary: Option<PathBuf>,
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
    let built = build(arguments)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        tokio::select! {
            outcome = Box::pin(measure(arguments, built)) => outcome,
            _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        }
    })
}

/// Builds the server and the examples that are measured beside it; returns the folder of the programs. The load comes
/// from this program as it runs: built with less optimisation, it loads a bare handler with as many calls.
fn build(arguments: &Arguments) -> Result<PathBuf> {
    let profile = arguments.profile;
    let groups = match arguments {
        Arguments { companion: true, .. } => vec![&COMPANION[..]],
        Arguments { agents: true, .. } => vec![&AGENTS[..]],
        _ => vec![&PRODUCT[..], &EXAMPLES[..]],
    };
    for packages in groups {
        let build = ["build", "--profile", profile.name()];
        shell::run(shell::cargo(build).args(packages))?;
    }
    Ok(shell::target()?.join(profile.folder()))
}

/// The program for developers' machines.
const COMPANION: [&str; 2] = ["-p", "covibe-local"];

/// The programs of sub-agents: their servers, and the runner.
const AGENTS: [&str; 4] = ["-p", "covibe-agent-mcp", "-p", "covibe-agent-runner"];

/// The server and the gate.
const PRODUCT: [&str; 4] = ["-p", "covibe-server", "-p", "covibe-docker-gate"];

/// The examples, beside the server. Together they turn on the features of dependencies that the server alone
/// does, so that a build of the server is used again. Examples bring along what the tests of every package in the
/// same build need, which is why they are in a crate whose tests need almost nothing, and the gate is not here.
const EXAMPLES: [&str; 7] =
    ["-p", "covibe-server", "--bin", "covibe-server", "-p", "covibe-testkit-http", "--examples"];

async fn measure(arguments: &Arguments, built: PathBuf) -> Result<()> {
    if arguments.verify {
        return shell::run(Command::new(built.join("examples/measure")).arg("chain"));
    }
    if arguments.companion {
        companion::report(&companion::take(&built).await?);
        return Ok(());
    }
    if arguments.agents {
        agent_servers::report(&agent_servers::take(&built).await?);
        return Ok(());
    }
    let scratch = tempfile::tempdir()?;
    let server = arguments.binary.as_ref().map(std::path::absolute).transpose()?;
    let server = server.unwrap_or_else(|| built.join("covibe-server"));
    let programs = Programs { server, built, scratch: scratch.path().to_owned() };
    if let Some(name) = &arguments.floods {
        floods::report(&floods::take(&programs, name).await?);
        return Ok(());
    }
    if let Some(minutes) = arguments.soak {
        let time = Duration::from_mins(minutes.into());
        return soak::report(&soak::take(&programs, time).await?);
    }
    if arguments.scale {
        return scale::report(&scale::take(&programs).await?);
    }
    if arguments.console {
        pages::report(&pages::take(&programs).await?);
        return Ok(());
    }
    if arguments.docker {
        docker_host::report(docker_host::take(&programs).await?.as_ref());
        return Ok(());
    }
    if !arguments.server {
        report::costs(&costs::take_operations(&programs).await?);
        report::figures(&costs::take_provisioning(&programs).await?);
        report::upkeep(&costs::take_upkeep(&programs).await?);
        pages::report(&pages::take(&programs).await?);
        docker_host::report(docker_host::take(&programs).await?.as_ref());
    }
    if arguments.figures {
        return Ok(());
    }
    let mut postgres =
        programs.postgres().await.context("failed to start a throwaway PostgreSQL")?;
    report::starts(&startup_time::time(&programs, &mut postgres, arguments.starts).await?);
    let subjects = Subjects::start(&programs, &mut postgres).await?;
    let lanes = subjects.lanes();
    let duration = Duration::from_secs_f64(arguments.seconds);
    let series = measurements::rounds(&lanes, arguments.rounds, duration).await?;
    report::series(&series);
    report::resident(&subjects.idle, &subjects.resident()?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Returns the features of each package that a build of these compiles, by its name and version.
    fn features(edges: &str, packages: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
        let all = ["tree", "--prefix", "none", "--format", "{p}|{f}", "--edges"];
        let tree = shell::read_output(shell::cargo(all).arg(edges).args(packages)).unwrap();
        let mut features = BTreeMap::<_, BTreeSet<_>>::new();
        for (package, on) in tree.lines().filter_map(|line| line.split_once('|')) {
            // A package that was printed before is marked.
            let on = on.trim_end_matches(" (*)").to_owned();
            features.entry(package.to_owned()).or_default().insert(on);
        }
        features
    }

    #[test]
    fn benchmark_builds_use_the_same_features_as_the_server_build() {
        let alone = features("normal,build", &PRODUCT[..2]);
        assert!(alone.len() > 100, "{alone:?}");
        let examples = ["-p", "covibe-server", "-p", "covibe-testkit-http"];
        for (edges, packages) in [("normal,build", &PRODUCT), ("normal,build,dev", &examples)] {
            let beside = features(edges, packages);
            for (package, on) in &alone {
                assert_eq!(beside.get(package), Some(on), "{package} beside {packages:?}");
            }
        }
    }
}
