//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use covibe_readiness_checks::Gate;

/// The command line of `covibe-readiness`.
#[derive(Debug, Parser)]
#[command(
    name = "covibe-readiness",
    version,
    about = "Check from outside whether a hosted origin is ready for customers",
    after_help = EXIT_CODES
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 passed, 1 failed, 2 invalid input (nothing was sent), 3 inconclusive (a timeout, \
                          DNS, or checks that were not run), 4 warnings with --strict, 130 interrupted.";

const ORIGINS: &str = "\
ORIGIN is the address that customers type, and nothing else:
  https://covibe.your-company.com     right
  https://covibe.your-company.com/    right, the slash is dropped
It must not contain credentials, a path such as /callback, a query or a fragment. Its scheme must be https, and its host
a public name: no IP address, localhost, private or reserved name, or domain of a tunnel. Without ORIGIN, the command
uses COVIBE_HOSTED_URL from the environment, or from .env.local or .env in the current folder. It refuses an origin from
a file if COVIBE_CANARY_TOKEN is in the environment.";

/// The gate to run.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check health, tools, the package and that private endpoints refuse strangers; takes seconds
    #[command(after_help = ORIGINS)]
    Preflight(Options),
    /// Check everything in depth; with COVIBE_CANARY_TOKEN, also as a customer's agent
    #[command(after_help = ORIGINS)]
    Canary(Canary),
    /// Check the production configuration from outside, and its variables if they are on this machine
    #[command(after_help = ORIGINS)]
    DoctorProduction(Options),
    /// Print the JSON schema of the reports
    Schema,
    /// Print the meaning of each check and the remedies for its findings, in Markdown
    Runbook,
}

/// The options of a gate.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The origin to check; the default is COVIBE_HOSTED_URL
    pub(crate) origin: Option<String>,
    /// The form of the report on stdout
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    /// Also write the report as JSON to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) json_out: Option<PathBuf>,
    /// Also write the report as JUnit XML to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) junit_out: Option<PathBuf>,
    /// Run only these checks or groups; the gate then cannot pass
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Skip these checks or groups; the gate then cannot pass
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    pub(crate) skip: Vec<String>,
    /// The maximum number of seconds for an answer
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// Exit with 4 if there are warnings
    #[arg(long)]
    pub(crate) strict: bool,
    /// List the checks and send nothing
    #[arg(long)]
    pub(crate) list: bool,
}

/// The options of the canary.
#[derive(Args, Debug)]
pub(crate) struct Canary {
    #[command(flatten)]
    pub(crate) options: Options,
    /// Accept a server on this machine, like http://127.0.0.1:8787. The result `PASS local rehearsal` does not prove
    /// that an origin is ready for customers
    #[arg(long)]
    pub(crate) local_rehearsal: bool,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Readable text.
    Text,
    /// One JSON document.
    Json,
}

impl Command {
    /// Returns the gate, its options, and whether this machine is accepted.
    pub(crate) fn gate(&self) -> Option<(Gate, &Options, bool)> {
        match self {
            Self::Preflight(options) => Some((Gate::Preflight, options, false)),
            Self::Canary(canary) => Some((Gate::Canary, &canary.options, canary.local_rehearsal)),
            Self::DoctorProduction(options) => Some((Gate::Production, options, false)),
            Self::Schema | Self::Runbook => None,
        }
    }
}

/// Returns the arguments without `--`, behind which wrappers pass options on, so that `-- --help` is `--help`.
pub(crate) fn without_separator(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    arguments.filter(|argument| argument != "--").collect()
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    match text.parse::<u64>() {
        Ok(seconds @ 1..=300) => Ok(Duration::from_secs(seconds)),
        _ => Err("expected a number of seconds from 1 to 300"),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments, clap::Error> {
        let arguments = ["covibe-readiness"].iter().chain(arguments).map(OsString::from);
        Arguments::try_parse_from(without_separator(arguments))
    }

    #[test]
    fn the_clap_definition_of_the_command_line_is_valid() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn only_the_canary_accepts_local_rehearsal() {
        assert!(parse(&["canary", "http://127.0.0.1:1", "--local-rehearsal"]).is_ok());
        for gate in ["preflight", "doctor-production"] {
            assert!(parse(&[gate, "http://127.0.0.1:1", "--local-rehearsal"]).is_err(), "{gate}");
        }
    }

    #[test]
    fn help_after_two_hyphens_prints_the_help() {
        for gate in ["preflight", "canary", "doctor-production"] {
            let help = parse(&[gate, "--", "--help"]).unwrap_err();
            assert_eq!(help.kind(), clap::error::ErrorKind::DisplayHelp);
            assert!(help.to_string().contains("https://covibe.your-company.com"), "{help}");
            assert_eq!(help.to_string().contains("--local-rehearsal"), gate == "canary");
        }
    }

    #[test]
    fn the_timeout_is_a_positive_number_of_seconds() {
        assert!(parse(&["preflight", "--timeout", "0"]).is_err());
        let parsed = parse(&["preflight", "--timeout", "3"]).unwrap();
        let (_, options, _) = parsed.command.gate().unwrap();
        assert_eq!(options.timeout, Duration::from_secs(3));
    }
}
