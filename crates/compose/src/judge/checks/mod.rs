//! The checks of each key's value.

pub(crate) mod commands;
pub(crate) mod environment;
pub(crate) mod files;
pub(crate) mod image;
pub(crate) mod names;
pub(crate) mod networks;
pub(crate) mod runtime;
pub(crate) mod scalars;
pub(crate) mod sizes;
pub(crate) mod volumes;
