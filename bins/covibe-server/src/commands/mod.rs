//! The commands, one file each, and the parts that `serve` and `sandbox` have in common: the listener of the metrics,
//! and background work.

pub(crate) mod api_keys;
pub(crate) mod audit;
mod background_tasks;
pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod connect;
pub(crate) mod deployment_queue;
mod dns_provider;
pub(crate) mod generated_documents;
pub(crate) mod health;
mod metrics_listener;
pub(crate) mod migrate;
pub(crate) mod move_to_postgres;
mod object_storage;
pub(crate) mod offboarding;
pub(crate) mod people;
pub(crate) mod provision;
pub(crate) mod reconcile;
mod remove_zone;
#[cfg(feature = "sandbox")]
pub(crate) mod sandbox;
pub(crate) mod secrets_rotation;
pub(crate) mod serve;
pub(crate) mod support;
pub(crate) mod tenant;
#[cfg(any(test, not(feature = "sandbox")))]
pub(crate) mod without_sandbox;

use std::path::Path;

use covibe_config::{Config, Sources};

#[cfg(not(feature = "sandbox"))]
pub(crate) use self::without_sandbox as sandbox;
use crate::{logging, print};

/// Reads the variables that this process was started with.
fn environment() -> Sources {
    Sources::new(std::env::vars_os())
}

/// Likewise, with those in the `.env` files of this directory. Warns at once of files that are ignored: the mistakes in a
/// configuration may be variables that are only there.
fn read_sources() -> anyhow::Result<Sources> {
    let sources = environment().with_files(Path::new("."))?;
    for warning in sources.ignored_files() {
        print::error(&format!("warning: {warning}"));
    }
    Ok(sources)
}

/// Reads the configuration of this process and directory, and starts logging accordingly.
fn configured() -> anyhow::Result<Config> {
    configured_for(logging::DEFAULT)
}

/// Likewise, with this filter of logs unless `RUST_LOG` has another one.
fn configured_for(filter: &str) -> anyhow::Result<Config> {
    let sources = read_sources()?;
    Ok(start_log(Config::read(&sources)?, &sources, filter))
}

/// Likewise, for a server, which starts without a complete configuration to say what is missing.
fn configured_to_serve(filter: &str) -> anyhow::Result<Config> {
    let sources = read_sources()?;
    Ok(start_log(Config::read_to_serve(&sources)?, &sources, filter))
}

fn start_log(config: Config, sources: &Sources, filter: &str) -> Config {
    logging::start(&config, filter);
    warn_of_unknown(sources);
    config
}

/// Warns of variables that look like settings and have no effect.
fn warn_of_unknown(sources: &Sources) {
    for warning in sources.unknown() {
        print::error(&format!("warning: {warning}"));
    }
}
