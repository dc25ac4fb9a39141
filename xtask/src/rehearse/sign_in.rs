//! `cargo xtask rehearse sign-in`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use super::step_outcomes::Report;
use crate::shell;

/// The variables of an environment. Without the first two there is none.
const VARIABLES: [&str; 4] =
    ["WORKOS_CLIENT_ID", "WORKOS_API_KEY", "WORKOS_API_URL", "NEXT_PUBLIC_WORKOS_REDIRECT_URI"];

/// The options of the rehearsal.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The domain of the addresses of the people that are made up. WorkOS sends one of them an invitation
    #[arg(long, default_value = "example.com")]
    domain: String,
    /// Rehearse with a simulator if there are no credentials
    #[arg(long)]
    simulated: bool,
    /// The program that takes the steps, which is built otherwise
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// A line of the program.
#[derive(Deserialize)]
struct Line {
    step: String,
    outcome: String,
    detail: String,
}

/// Rehearses in the environment whose credentials exist.
pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let environment = environment(|name| std::env::var(name).ok());
    let mut report = Report::default();
    if environment.is_none() {
        let instead = if arguments.simulated { "simulated: set " } else { "set " };
        let names = format!("{instead}{} and {}", VARIABLES[0], VARIABLES[1]);
        report.skip("a WorkOS environment", &names);
        if !arguments.simulated {
            return report.finish();
        }
    }
    let program = shell::given_or_built_program(arguments.program.as_ref(), "covibe-rehearsal")?;
    let mut further = vec![arguments.domain.as_str()];
    if environment.is_none() {
        further.push("--simulated");
    }
    take(&program, &further, environment.unwrap_or_default(), &mut report).await?;
    report.finish()
}

/// Returns the variables of the environment, if there is one.
fn environment(variable: impl Fn(&str) -> Option<String>) -> Option<BTreeMap<String, String>> {
    let set = |name: &&str| Some(((*name).to_owned(), variable(name)?));
    let set: BTreeMap<_, _> =
        VARIABLES.iter().filter_map(set).filter(|(_, value)| !value.is_empty()).collect();
    VARIABLES[..2].iter().all(|name| set.contains_key(*name)).then_some(set)
}

/// Runs the program, and prints its steps as they are taken.
async fn take(
    program: &Path,
    arguments: &[&str],
    variables: BTreeMap<String, String>,
    report: &mut Report,
) -> Result<()> {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(variables);
    command.env("PATH", std::env::join_paths(shell::folders())?);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().with_context(|| program.display().to_string())?;
    let mut lines = BufReader::new(child.stdout.take().context("no stdout")?).lines();
    while let Some(line) = lines.next_line().await? {
        let Line { step, outcome, detail } =
            serde_json::from_str(&line).context("the rehearsal printed an unexpected line")?;
        report.pass_on(&step, &outcome, &detail);
    }
    let status = child.wait().await?;
    ensure!(status.success(), "the rehearsal ended early ({status})");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_variables(set: &[(&str, &str)]) -> Option<BTreeMap<String, String>> {
        let set: BTreeMap<_, _> = set.iter().copied().collect();
        environment(|name| set.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn only_variables_of_a_complete_environment_are_passed_on() {
        let (id, key) = (("WORKOS_CLIENT_ID", "client_1"), ("WORKOS_API_KEY", "sk_1"));
        assert_eq!(read_variables(&[]), None);
        assert_eq!(read_variables(&[id, ("WORKOS_API_KEY", "")]), None);
        let set =
            read_variables(&[id, key, ("WORKOS_COOKIE_PASSWORD", "p"), ("WORKOS_API_URL", "")]);
        let set = set.unwrap();
        assert_eq!(set.keys().collect::<Vec<_>>(), ["WORKOS_API_KEY", "WORKOS_CLIENT_ID"]);
    }
}
