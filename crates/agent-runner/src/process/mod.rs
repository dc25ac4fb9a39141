//! Processes: by their pid and start, watched without polling, and ended with all that they have started.

mod identity;
mod process_exit;
mod process_tree_end;

pub(crate) use identity::ProcessId;
pub(crate) use process_exit::Watched;
pub(crate) use process_tree_end::{kill_descendants, kill_marked, kill_marked_in, reap_orphans};
