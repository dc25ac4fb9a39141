//! The link to a host's engine: connecting, a bounded number of calls at once, and kept
//! connections.

mod greeting;
mod line;
mod local;
mod pool;
mod queue;
mod slot;
mod ssh;

pub(crate) use line::Link;
pub(crate) use queue::Lane;
pub(crate) use slot::Slot;
pub(crate) use ssh::{ApiProgram, Master};
