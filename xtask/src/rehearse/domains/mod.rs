//! `cargo xtask rehearse domains`.

mod operator_accounts;
mod steps;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use self::operator_accounts::Accounts;
use self::steps::Steps;
use super::rehearsed_server::{Sandbox, program};
use super::step_outcomes::{Report, passed_with};

/// The options of the rehearsal.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The domain to buy; a random one otherwise. A server that accepts dynamic updates must have an empty zone of it
    #[arg(long)]
    domain: Option<String>,
    /// Rehearse with simulators the parts that have no credentials
    #[arg(long)]
    simulated: bool,
    /// The server's program, which is built otherwise
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
}

/// Rehearses with the accounts whose credentials exist.
pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let accounts = Accounts::read(|name| std::env::var(name).ok())?;
    let mut report = Report::default();
    accounts.print(&mut report, arguments.simulated);
    if !arguments.simulated && !accounts.has_registrar {
        return report.finish();
    }
    let domain = arguments.domain.clone().map_or_else(random, Ok)?;
    let scratch = tempfile::tempdir()?;
    let program = program(arguments.server.as_ref())?;
    let sandbox = Sandbox::start(program, scratch.path(), accounts.variables.clone()).await?;
    // A server of dynamic updates makes no zones.
    let has_zone = arguments.domain.is_some() || accounts.update_server.is_none();
    let steps = Steps { sandbox: &sandbox, accounts: &accounts, domain: &domain, has_zone };
    let is_attached = steps.take(&mut report).await;
    let is_zone_left = is_attached && accounts.has_dns;
    let stopped = sandbox.stop().await?;
    if is_zone_left {
        report.print_step("the zone is removed", stopped.remove_zone(&domain).map(passed_with));
    }
    report.finish()
}

/// Returns a domain that nobody has.
fn random() -> Result<String> {
    let mut bytes = [0; 8];
    std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut bytes)?;
    Ok(format!("covibe-rehearsal-{}.com", hex::encode(bytes)))
}
