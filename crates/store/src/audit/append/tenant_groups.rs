//! Entries of one append, grouped by tenant.

use std::collections::HashSet;

use covibe_domain::TenantId;

use super::super::audit_entry::{AuditEntry, Row};

/// The chance that some of the entries exist already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// Probably not, so the append does not check.
    Unlikely,
    /// At least one exists: existing ones are skipped.
    Known,
}

/// Entries of one tenant, in order.
pub(super) struct Group {
    pub(super) tenant: TenantId,
    pub(super) rows: Vec<Row>,
}

impl Group {
    /// Removes entries whose ids are in `present`, and repetitions.
    pub(super) fn sift(&mut self, mut present: HashSet<String>) {
        self.rows.retain(|row| present.insert(row.id.clone()));
    }
}

/// Groups entries by tenant, in the same order on every instance, so that two instances cannot wait
/// for each other's heads.
pub(super) fn groups(entries: &[AuditEntry]) -> Vec<Group> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by(|a, b| a.tenant.cmp(&b.tenant));
    let groups = entries.chunk_by(|a, b| a.tenant == b.tenant);
    let rows = |group: &[&AuditEntry]| group.iter().copied().map(Row::from).collect();
    groups
        .filter_map(|group| {
            Some(Group { tenant: group.first()?.tenant.clone(), rows: rows(group) })
        })
        .collect()
}
