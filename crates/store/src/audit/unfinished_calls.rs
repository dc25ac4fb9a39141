//! Calls that began and have no outcome in the audit.

use std::collections::HashSet;

use covibe_domain::{TenantId, Timestamp, boxed};
use diesel::prelude::*;

use super::audit_entry::{AuditEntry, AuditRecord};
use super::stored_row::{Stored, records};
use crate::error::Result;
use crate::schema::audit_log as table;
use crate::store::Store;
use crate::tx::{RunQueryDsl, Tx};

/// The number of entries of a tenant, the newest ones, among which calls without an outcome are looked for.
const NEWEST: i64 = 20_000;

/// The maximum number of such calls that are returned.
const MOST: usize = 500;

impl Store {
    /// Returns the entries of a tenant's calls that started before this time and have no other entry, the
    /// oldest first, at most 500.
    #[boxed]
    pub async fn unfinished_audit(
        &self,
        tenant: &TenantId,
        before: Timestamp,
    ) -> Result<Vec<AuditRecord>> {
        let mut tx = self.tenant_read(tenant).await?;
        let ids = tx.unfinished(before).await?;
        let entries = if ids.is_empty() { Vec::new() } else { tx.entries_of(&ids).await? };
        tx.commit().await?;
        Ok(entries)
    }
}

impl Tx {
    async fn unfinished(&mut self, before: Timestamp) -> Result<Vec<String>> {
        let last = self.last_up_to(i64::MAX).await?.unwrap_or(0);
        let after = last.saturating_sub(NEWEST);
        let newest: Vec<(String, String, i64)> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::seq.gt(after))
            .order(table::seq)
            .select((table::id, table::outcome, table::at))
            .load(conn).await)?;
        let ended: HashSet<&str> = newest
            .iter()
            .filter(|(_, outcome, _)| outcome != AuditEntry::STARTED)
            .filter_map(|(id, outcome, _)| id.strip_suffix(outcome.as_str()))
            .collect();
        let is_open = |(id, outcome, at): &&(String, String, i64)| {
            let call =
                id.strip_suffix(AuditEntry::STARTED).filter(|_| outcome == AuditEntry::STARTED);
            *at < before.as_millis() && call.is_some_and(|call| !ended.contains(call))
        };
        Ok(newest.iter().filter(is_open).take(MOST).map(|(id, ..)| id.clone()).collect())
    }

    async fn entries_of(&mut self, ids: &[String]) -> Result<Vec<AuditRecord>> {
        let rows: Vec<Stored> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::id.eq_any(ids))
            .order(table::seq)
            .select(Stored::as_select())
            .load(conn).await)?;
        records(rows)
    }
}
