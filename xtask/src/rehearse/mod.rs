//! `cargo xtask rehearse`: what customers will do, tried with an operator's own accounts before they do it.
//!
//! Those of domains and storage start `covibe-server sandbox` with the credentials of this process's environment;
//! upstreams that have none are simulated. That of signing in starts `covibe-rehearsal`, whose WorkOS client is the
//! server's. Each prints a line for each step: `passed`, `failed`, or `skipped` with the reason.

mod dns_queries;
mod domains;
mod rehearsed_server;
mod sign_in;
mod step_outcomes;
mod storage;

use anyhow::Result;
use clap::Subcommand;

/// The part to rehearse.
#[derive(Subcommand)]
pub(crate) enum Rehearsal {
    /// Search, buy and attach a domain: at OpenSRS' system for tests, with a zone at a real provider of DNS
    ///
    /// The registrar is the one of OPENSRS_USERNAME, OPENSRS_API_KEY and OPENSRS_ENVIRONMENT=horizon; the live
    /// system is refused. The provider of DNS is the one of COVIBE_CLOUD_DNS_PROJECT or
    /// COVIBE_DNS_UPDATE_SERVER. The zone is removed at the end.
    Domains(domains::Arguments),
    /// Create, use and remove a bucket: in a Google Cloud project, over S3
    ///
    /// The project is the one of COVIBE_STORAGE_PROJECT. The bucket, its account and its keys are removed at the
    /// end. This requires curl 7.88 or newer.
    Storage(storage::Arguments),
    /// Sign a person in with WorkOS, renew and end their session, invite somebody, and remove all of it
    ///
    /// The environment is the one of WORKOS_CLIENT_ID and WORKOS_API_KEY; everything that is created there is named
    /// after the rehearsal. A step checks whether NEXT_PUBLIC_WORKOS_REDIRECT_URI leads to the page for signing in.
    SignIn(sign_in::Arguments),
}

/// Runs a rehearsal; fails if a step does.
pub(crate) fn run(rehearsal: &Rehearsal) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match rehearsal {
        Rehearsal::Domains(arguments) => runtime.block_on(domains::run(arguments)),
        Rehearsal::Storage(arguments) => runtime.block_on(storage::run(arguments)),
        Rehearsal::SignIn(arguments) => runtime.block_on(sign_in::run(arguments)),
    }
}
