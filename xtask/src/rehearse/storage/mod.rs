//! `cargo xtask rehearse storage`.

mod app_bucket;
mod container_variables;
mod curl;
mod operator_account;
mod steps;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use self::operator_account::Account;
use self::steps::Steps;
use super::rehearsed_server::{Sandbox, program};
use super::step_outcomes::Report;
use crate::shell;

/// The options of the rehearsal.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Rehearse with a simulator if there are no credentials
    #[arg(long)]
    simulated: bool,
    /// The server's program, which is built otherwise
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
}

/// Rehearses with the project whose credentials exist.
pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let account = Account::read(|name| std::env::var(name).ok())?;
    let mut report = Report::default();
    account.print(&mut report, arguments.simulated);
    if !arguments.simulated && !account.has_project {
        return report.finish();
    }
    if shell::which("curl").is_none() {
        report.skip("an S3 client", "install curl");
        return report.finish();
    }
    let scratch = tempfile::tempdir()?;
    let program = program(arguments.server.as_ref())?;
    let sandbox = Sandbox::start(program, scratch.path(), account.variables).await?;
    let mut steps = Steps::new(&sandbox);
    steps.take(&mut report).await;
    steps.remove(&mut report).await;
    sandbox.stop().await?;
    report.finish()
}
