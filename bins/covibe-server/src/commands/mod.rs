//! The commands, one file each.

pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod connect;
pub(crate) mod keys;
pub(crate) mod migrate;
pub(crate) mod rewrite;
pub(crate) mod sandbox;
pub(crate) mod serve;
pub(crate) mod surface;
pub(crate) mod tenant;

use std::path::Path;

use crate::config::{Config, Sources};
use crate::logging;

/// Reads the configuration of this process and directory, and starts logging accordingly.
fn configured() -> anyhow::Result<Config> {
    let config = Config::read(&Sources::load(Path::new("."))?)?;
    logging::start(config.log_filter.as_deref(), config.log_format);
    Ok(config)
}
