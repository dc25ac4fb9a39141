//! Removing old entries from the beginning of a tenant's chain.

use covibe_domain::{TenantId, Timestamp, boxed};
use diesel::prelude::*;

use super::audit_entry::{AuditEntry, Row};
use super::chain::Head;
use super::export::ExportFolder;
use super::stored_row::Stored;
use crate::error::Result;
use crate::schema::{audit_heads as heads, audit_log as table};
use crate::store::Store;
use crate::tx::{Conn, RunQueryDsl, Tx};

/// The maximum number of entries that one transaction removes.
const PAGE: i64 = 2000;

impl Store {
    /// Cuts the tenant's entries up to the first one that is not older than `before`, or not older than
    /// 30 days. Returns the number of the last one; `None` if there was none. They no longer count; on
    /// PostgreSQL, [`Store::clear_cut_audit`] removes their rows, once those of all tenants are cut.
    ///
    /// The number and digest of the last one are kept in the chain's head, and in an entry of
    /// their own (`audit.cut`), so that the rest of the chain can be verified. With a folder, entries are
    /// cut only when they are in its files, on the disk.
    ///
    /// # Errors
    ///
    /// [`Error::Export`](crate::Error::Export) if they cannot be exported: then they stay.
    #[boxed]
    pub async fn cut_audit(
        &self,
        tenant: &TenantId,
        before: Timestamp,
        export: Option<&ExportFolder>,
    ) -> Result<Option<i64>> {
        let mut last = None;
        loop {
            let mut tx = self.tenant_read(tenant).await?;
            let before = before.min(tx.removable().await?);
            let old = tx.old(before).await?;
            tx.commit().await?;
            let Some(end) = old.last().and_then(end_with) else { return Ok(last) };
            if let Some(folder) = export {
                folder.write(old).await?;
            }
            self.append_audit(&[cut_entry(tenant, &end)]).await?;
            let mut tx = self.tenant(tenant).await?;
            // The first page also takes what an earlier removal may have left.
            tx.cut_up_to(&end, last.unwrap_or(0)).await?;
            tx.commit().await?;
            last = Some(end.seq);
        }
    }
}

impl Tx {
    /// Returns the time before which entries may be removed: 30 days ago by the clock of the database, which
    /// refuses or skips newer ones. By the clock of the server, some might be cut that stay.
    pub(super) async fn removable(&mut self) -> Result<Timestamp> {
        // The database compares with whole seconds.
        let now = self.now().await?.as_millis() / 1000;
        Ok(Timestamp::from_millis((now - 30 * 86_400) * 1000))
    }

    /// Returns the next entries to remove.
    async fn old(&mut self, before: Timestamp) -> Result<Vec<Row>> {
        let cut = self.cut().await?;
        let rows: Vec<Stored> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::seq.gt(cut.seq))
            .order(table::seq)
            .limit(PAGE)
            .select(Stored::as_select())
            .load(conn).await)?;
        let rows = rows.into_iter().map(Row::from);
        let mut old: Vec<_> = rows.take_while(|row| row.at < before.as_millis()).collect();
        let mut previous = Some(cut.digest);
        for row in &mut old {
            row.previous = std::mem::replace(&mut previous, row.digest.clone());
        }
        Ok(old)
    }

    /// Returns the end of what was removed from the tenant's chain.
    pub(crate) async fn cut(&mut self) -> Result<Head> {
        let cut: Option<(i64, String)> = on!(self, conn => heads::table
            .filter(heads::tenant_id.eq(self.scope.tenant()))
            .select((heads::cut_seq, heads::cut_digest))
            .first(conn).await.optional())?;
        Ok(cut.map_or_else(Head::default, |(seq, digest)| Head { seq, digest }))
    }

    /// Makes `end` the end of what was cut. On SQLite, removes the entries after number `after` up to it.
    async fn cut_up_to(&mut self, end: &Head, after: i64) -> Result<()> {
        on!(self, conn => diesel::update(heads::table)
            .filter(heads::tenant_id.eq(self.scope.tenant()))
            .filter(heads::cut_seq.lt(end.seq))
            .set((heads::cut_seq.eq(end.seq), heads::cut_digest.eq(&end.digest)))
            .execute(conn).await)?;
        if matches!(self.conn, Some(Conn::Postgres(_))) {
            return Ok(());
        }
        on!(self, conn => diesel::delete(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::seq.gt(after).and(table::seq.le(end.seq)))
            .execute(conn).await)?;
        Ok(())
    }
}

/// Returns the end of what is removed up to an entry.
fn end_with(row: &Row) -> Option<Head> {
    Some(Head { seq: row.seq?, digest: row.digest.clone()? })
}

/// Returns the id of the entry that says what was removed.
pub(super) fn entry_id(tenant: &TenantId, end: &Head) -> String {
    format!("aud_cut_{tenant}_{}", end.seq)
}

/// Returns the text of that entry: the number and digest of the last removed one.
pub(super) fn resource(end: &Head) -> String {
    format!("{} {}", end.seq, end.digest)
}

/// Returns the entry that says what was removed.
fn cut_entry(tenant: &TenantId, end: &Head) -> AuditEntry {
    let seq = end.seq;
    AuditEntry {
        id: entry_id(tenant, end),
        tenant: tenant.clone(),
        workspace: None,
        actor: None,
        access: None,
        call: format!("cut_{seq}"),
        tool: "audit.cut".to_owned(),
        surface: "server",
        outcome: "ok".to_owned(),
        resource: Some(resource(end)),
        params_digest: String::new(),
        at: Timestamp::now(),
        duration_ms: 0,
        repeats: None,
        detail: None,
    }
}
