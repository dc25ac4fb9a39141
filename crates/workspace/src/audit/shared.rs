//! What the auditor and the writers of its lanes share.

use covibe_store::{AuditEntry, Store};

use super::lane::Lanes;
use super::losses::Losses;
use super::retention::Remover;
use super::trouble::Trouble;

/// What the auditor and the writers of its lanes share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) store: Store,
    pub(super) lanes: Lanes,
    pub(super) losses: Losses,
    pub(super) trouble: Trouble,
    pub(super) remover: Remover,
}

impl Shared {
    /// Counts an entry that cannot be written.
    pub(super) fn lose(&self, entry: &AuditEntry) {
        tracing::error!("an audit entry was lost");
        self.losses.add(entry);
    }
}
