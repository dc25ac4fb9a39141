//! One file per command.

pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod migrate;
pub(crate) mod sandbox;
pub(crate) mod serve;
pub(crate) mod surface;

use std::path::Path;

use crate::config::{Config, Sources};
use crate::logging;

/// The configuration of this directory and process, with logging started as it says.
fn configured() -> anyhow::Result<Config> {
    let config = Config::read(&Sources::load(Path::new("."))?)?;
    logging::start(config.log_filter.as_deref(), config.log_format);
    Ok(config)
}
