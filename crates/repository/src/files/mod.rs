//! The files whose content is judged.

pub(crate) mod attributes;
pub(crate) mod dockerfile;
pub(crate) mod exposed_port;
pub(crate) mod nixpacks;
pub(crate) mod submodules;
