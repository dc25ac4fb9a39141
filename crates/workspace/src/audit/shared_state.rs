//! State that the auditor and the writers of its lanes share.

use covibe_domain::counters::Count;
use covibe_store::{AuditEntry, Store};

use super::audit_health::Trouble;
use super::audit_lanes::Lanes;
use super::lost_entries::Losses;
use super::unfinished_calls::UnfinishedSettler;

/// State that the auditor and the writers of its lanes share.
#[derive(Debug)]
pub(super) struct AuditShared {
    pub(super) store: Store,
    pub(super) lanes: Lanes,
    pub(super) losses: Losses,
    /// The number of entries that were lost since the start.
    pub(super) lost: Count,
    pub(super) trouble: Trouble,
    pub(super) settler: UnfinishedSettler,
}

impl AuditShared {
    /// Counts an entry that cannot be written.
    pub(super) fn lose(&self, entry: &AuditEntry) {
        tracing::error!("an audit entry was lost");
        self.lost.add(self.losses.add(entry));
    }
}
