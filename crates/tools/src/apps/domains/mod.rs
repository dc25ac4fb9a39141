//! Domains of apps of either kind.

mod append;
mod domain_target;
mod errors;
pub(super) mod list;
mod present_domains;
mod requested_domains;
pub(super) mod set;

pub(crate) use append::{Appended, append_hosts};
