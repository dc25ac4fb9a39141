//! The contributor's commands: `cargo xtask test`, `ci`, `tidy`, `contracts`, `bench`,
//! `rehearse`, the gates of a hosted origin, `mcp`, `dist`, `package`.
//!
//! This crate depends on no other crate of the workspace, so that it runs while those do not
//! compile.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the commands print to the terminal"
)]

mod agent_servers;
mod bench;
mod cargo_tools;
mod ci;
mod compose_corpus;
mod contracts;
mod dependencies;
mod dist;
mod http_client;
mod openapi;
mod package;
mod process;
mod readiness;
mod rehearse;
mod required_programs;
mod sandbox_first_line;
mod shell;
mod test;
mod tidy;
mod vendor_software;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Work on Co-Vibe")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install the programs that the tests require, then run all tests
    Test(test::Arguments),
    /// Run every gate: fmt, tidy, build, deny, unused, test, openapi, smoke-mcp
    Ci(ci::Arguments),
    /// Check the project's rules that the compiler does not check
    Tidy(tidy::Arguments),
    /// Derive the contracts that the tests read from the vendors' API descriptions
    Contracts(contracts::Arguments),
    /// Judge the compose files of a folder, and print the results by kind
    ComposeCorpus(compose_corpus::Arguments),
    /// Measure the server and a bare handler, and print the results
    Bench(bench::Arguments),
    /// Rehearse with an operator's own accounts what customers will do
    #[command(subcommand)]
    Rehearse(rehearse::Rehearsal),
    /// Check a hosted origin quickly, before anything slow
    ReadinessHandoffPreflight(readiness::Passed),
    /// Check a hosted origin in depth
    CanaryHosted(readiness::Passed),
    /// Check the configuration of production
    DoctorProduction(readiness::Passed),
    /// Run every gate of the pipeline, and install the companion into an empty repository
    Readiness,
    /// Build the image of a hosted server, and check that it serves nothing without the WorkOS variables, and works
    /// with them
    ReadinessImage,
    /// Run `readiness`, and the image of a hosted server; it needs Docker and the WorkOS variables
    ReadinessCustomer,
    /// Run `doctor-production` and the canary on a hosted origin
    ReadinessHosted(readiness::Hosted),
    /// Prove that a hosted origin can be handed to a customer: all of the gates, on that origin
    ReadinessHandoff(readiness::Hosted),
    /// Serve the tools of a sub-agent to an MCP client on stdin and stdout, in simulated surroundings if no variables are
    /// set
    Mcp(agent_servers::Serve),
    /// Try the servers of sub-agents: PASS or FAIL for each step, in simulated surroundings if no variables are set
    SmokeMcp(agent_servers::Smoke),
    /// Build binaries of the server and the gate to hand out, with their checksums
    Dist(dist::Arguments),
    /// Write the npm package of the companion, which the server hands out
    Package(package::Arguments),
    /// Note how to start a test binary; `test` makes cargo call this
    #[command(hide = true, name = test::Record::NAME)]
    RecordTest(test::Record),
}

fn main() -> ExitCode {
    let arguments = readiness::with_hyphens(std::env::args_os());
    let outcome = match Arguments::parse_from(arguments).command {
        Command::Test(arguments) => test::run(&arguments),
        Command::Ci(arguments) => ci::run(&arguments),
        Command::Tidy(arguments) => tidy::run(&arguments),
        Command::Contracts(arguments) => contracts::run(&arguments),
        Command::ComposeCorpus(arguments) => compose_corpus::run(&arguments),
        Command::Rehearse(rehearsal) => rehearse::run(&rehearsal),
        Command::ReadinessHandoffPreflight(passed) => {
            return exit_code(readiness::run("preflight", &passed));
        }
        Command::CanaryHosted(passed) => return exit_code(readiness::run("canary", &passed)),
        Command::DoctorProduction(passed) => {
            return exit_code(readiness::run("doctor-production", &passed));
        }
        Command::Readiness => return readiness::application(),
        Command::ReadinessImage => return exit_code(readiness::image_alone()),
        Command::ReadinessCustomer => return readiness::customer(),
        Command::ReadinessHosted(origin) => return exit_code(readiness::run_hosted(&origin)),
        Command::ReadinessHandoff(origin) => return exit_code(readiness::handoff(&origin)),
        Command::Mcp(arguments) => return exit_code(agent_servers::serve(&arguments)),
        Command::SmokeMcp(arguments) => return exit_code(agent_servers::smoke(&arguments)),
        Command::Dist(arguments) => dist::run(&arguments),
        Command::Package(arguments) => package::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::RecordTest(record) => record.run(),
    };
    exit_code(outcome.map(|()| ExitCode::SUCCESS))
}

/// Prints why a command could not be run. The gates have exit codes of their own.
fn exit_code(outcome: anyhow::Result<ExitCode>) -> ExitCode {
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_clap_definition_of_the_command_line_is_valid() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn passes_further_arguments_to_the_test_runner() {
        let parsed =
            Arguments::try_parse_from(["xtask", "test", "isolation", "--no-fail-fast"]).unwrap();
        let Command::Test(arguments) = parsed.command else { panic!("not `test`") };
        assert_eq!(arguments.further, ["isolation", "--no-fail-fast"]);
    }
}
