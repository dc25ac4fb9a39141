//! What the auditor and the writers of its lanes share.

use covibe_domain::measure::Count;
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
    /// The number of entries that were lost since the start.
    pub(super) lost: Count,
    pub(super) trouble: Trouble,
    pub(super) remover: Remover,
}

impl Shared {
    /// Counts an entry that cannot be written.
    pub(super) fn lose(&self, entry: &AuditEntry) {
        tracing::error!("an audit entry was lost");
        self.lost.add(self.losses.add(entry));
    }
}
