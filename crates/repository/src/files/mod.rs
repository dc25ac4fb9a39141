//! The files whose content is judged.

pub(crate) mod dockerfile;
pub(crate) mod exposed_port;
pub(crate) mod gitattributes;
pub(crate) mod nixpacks;
pub(crate) mod submodules;
mod toml_nesting;
