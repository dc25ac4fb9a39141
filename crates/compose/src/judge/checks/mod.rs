//! The checks of each key's value.

pub(crate) mod build;
pub(crate) mod commands;
pub(crate) mod deploy;
pub(crate) mod environment;
pub(crate) mod files;
pub(crate) mod health;
pub(crate) mod image;
pub(crate) mod logging;
pub(crate) mod names;
pub(crate) mod networks;
pub(crate) mod pairs;
pub(crate) mod scalars;
pub(crate) mod sizes;
pub(crate) mod sysctls;
pub(crate) mod volumes;
