//! The link to a host's engine: connecting, a bounded number of calls at once, and kept
//! connections.

mod call_queue;
mod call_slot;
mod connection_pool;
mod engine_link;
mod engine_version;
mod local_socket;
mod ssh;

pub(crate) use call_queue::Lane;
pub(crate) use call_slot::Slot;
pub(crate) use engine_link::Link;
pub(crate) use ssh::{ApiProgram, Master};
