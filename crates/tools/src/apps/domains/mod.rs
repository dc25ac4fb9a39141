//! Domains of apps of either kind.

mod append;
mod errors;
pub(super) mod list;
mod present_domains;
mod requested;
pub(super) mod set;
mod target;

pub(crate) use append::{Appended, append_hosts};
