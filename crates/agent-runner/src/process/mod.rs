//! Processes: by their pid and start, watched without polling, and ended with all that they have started.

mod identity;
mod tree;
mod watched;

pub(crate) use identity::ProcessId;
pub(crate) use tree::{kill_descendants, kill_marked, kill_marked_in, reap_orphans};
pub(crate) use watched::Watched;
