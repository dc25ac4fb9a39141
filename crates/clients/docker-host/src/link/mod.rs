//! The link to a host's engine: connecting, a bounded number of calls at once, and kept
//! connections.

mod engine_link;
mod greeting;
mod local;
mod pool;
mod queue;
mod slot;
mod ssh;

pub(crate) use engine_link::Link;
pub(crate) use queue::Lane;
pub(crate) use slot::Slot;
pub(crate) use ssh::{ApiProgram, Master};
