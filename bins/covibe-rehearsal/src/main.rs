//! Signing in with WorkOS, rehearsed in a real environment, for `cargo xtask rehearse sign-in`.
//!
//! The environment is the one that `WORKOS_CLIENT_ID` and `WORKOS_API_KEY` belong to, at `WORKOS_API_URL` if that is
//! set, and
//! `NEXT_PUBLIC_WORKOS_REDIRECT_URI` is where sign-ins come back to. With the argument `--simulated`, it is a
//! simulator. The other argument is the domain of the addresses of the people that are made up. Each line that is
//! printed is a JSON object with the `step`, its `outcome` (`passed`, `failed` or `skipped`) and a `detail`.
#![expect(clippy::print_stdout, reason = "the steps on stdout are the interface")]

mod report;
mod sign_in_page;
mod sign_in_session;
mod steps;
mod workos_api;
mod workos_test_people;

use std::env;

use anyhow::{Context, Result, anyhow};
use covibe_domain::Secret;
use covibe_sandbox::Simulator;
use covibe_sandbox::workos::{self, CLIENT_ID, Options};
use covibe_workos::WorkOsConfig;
use url::Url;

use self::steps::Steps;

/// Where sign-ins at a simulator come back to; nothing has to answer there.
const CALLBACK: &str = "http://127.0.0.1:8787/callback";

#[tokio::main]
async fn main() -> Result<()> {
    let provider = rustls::crypto::ring::default_provider();
    provider.install_default().map_err(|_| anyhow!("there is a TLS provider"))?;
    let mut arguments: Vec<_> = env::args().skip(1).collect();
    let is_simulated = arguments.iter().any(|one| one == "--simulated");
    arguments.retain(|one| one != "--simulated");
    let domain = arguments.pop().unwrap_or_else(|| "example.com".to_owned());
    let simulator = if is_simulated { Some(simulator().await?) } else { None };
    let (config, callback) = match &simulator {
        Some(simulator) => of_simulator(simulator)?,
        None => of_environment()?,
    };
    Steps::new(config, callback, &domain)?.take().await;
    Ok(())
}

async fn simulator() -> Result<Simulator> {
    let redirect_uris = vec![CALLBACK.to_owned()];
    Ok(workos::start(Options { redirect_uris, ..Options::default() }).await?)
}

fn of_simulator(simulator: &Simulator) -> Result<(WorkOsConfig, Option<Url>)> {
    let mut config = WorkOsConfig::new(CLIENT_ID, simulator.token.clone())?;
    config.base = simulator.url.parse()?;
    Ok((config, Some(CALLBACK.parse()?)))
}

fn of_environment() -> Result<(WorkOsConfig, Option<Url>)> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let needed = |name: &str| set(name).with_context(|| format!("{name} is not set"));
    let address = |name: &'static str| {
        let parsed = set(name).map(|text| text.parse::<Url>());
        parsed.transpose().with_context(|| format!("{name} is not an address"))
    };
    let key = Secret::new(needed("WORKOS_API_KEY")?);
    let mut config = WorkOsConfig::new(needed("WORKOS_CLIENT_ID")?, key)?;
    config.base = address("WORKOS_API_URL")?.unwrap_or(config.base);
    Ok((config, address("NEXT_PUBLIC_WORKOS_REDIRECT_URI")?))
}
