//! `covibe-server audit`: reading and verifying the record of calls.

mod export_verification;
mod list;
mod verify;

use crate::cli::Audit;

pub(crate) use verify::verify_against;

/// Runs one of the commands on the audit.
pub(crate) async fn run(command: Audit) -> anyhow::Result<()> {
    match command {
        Audit::List { tenant, since, key, tool, limit, json } => {
            list::run(list::Options { tenant, since, key, tool, limit, json }).await
        }
        Audit::Verify { json, expect, since, export } => {
            verify::run(verify::Options { json, expect, since, export }).await
        }
    }
}
