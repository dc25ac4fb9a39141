//! Domains of apps of either kind.

mod append;
mod domain_target;
mod errors;
pub(in crate::apps) mod list;
mod present_domains;
mod removal;
mod requested_domains;
pub(in crate::apps) mod set;

pub(crate) use append::{Appended, append_hosts};
pub(in crate::apps) use removal::{hosts_below, remove_hosts_below};
