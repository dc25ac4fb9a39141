//! The extent of a chain, and single entries of it.

use covibe_domain::{TenantId, Timestamp};
use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::audit::audit_entry::Row;
use crate::audit::chain::Head;
use crate::audit::stored_row::Stored;
use crate::error::Result;
use crate::schema::{api_keys, audit_heads as heads, audit_log as table, vibn_workspaces};
use crate::tx::{RunQueryDsl, Tx};

/// The extent of a chain.
pub(super) struct Extent {
    /// The highest number of an entry.
    pub(super) last: i64,
    /// The recorded head.
    pub(super) head: Head,
    /// The last entry that was removed.
    pub(super) cut: Head,
}

impl Tx {
    pub(super) async fn extent(&mut self) -> Result<Extent> {
        // The cut is read first: entries that are removed meanwhile would be missing.
        let cut = self.cut().await?;
        // Entries before the head: an entry that is written between the two statements moves the head too.
        let last = self.last_up_to(i64::MAX).await?;
        let head: Option<(i64, String)> = on!(self, conn => heads::table
            .filter(heads::tenant_id.eq(self.scope.tenant()))
            .select((heads::seq, heads::digest))
            .first(conn).await.optional())?;
        let head = head.map_or_else(Head::default, |(seq, digest)| Head { seq, digest });
        Ok(Extent { last: last.unwrap_or(0), head, cut })
    }

    /// Returns the next page of entries up to this number, after the one with this number and id: two
    /// entries may have the same number.
    pub(super) async fn chained_entries(
        &mut self,
        after: &(i64, String),
        up_to: i64,
        page: i64,
    ) -> Result<Vec<Row>> {
        let rows: Vec<Stored> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::seq.ge(after.0))
            .filter(table::seq.le(up_to))
            .order((table::seq, table::id))
            // The one after which the page begins is among them. Of more with its number, one is enough to
            // be found. A condition that leaves it out makes SQLite read and sort the whole rest.
            .limit(page.saturating_add(1))
            .select(Stored::as_select())
            .load(conn).await)?;
        let is_after = |row: &Row| (row.seq.unwrap_or_default(), &row.id) > (after.0, &after.1);
        Ok(rows.into_iter().map(Row::from).filter(is_after).collect())
    }

    /// Returns whether the audit has the entry that records the removal up to `cut`.
    pub(super) async fn has_cut_entry(&mut self, tenant: &TenantId, cut: &Head) -> Result<bool> {
        let row: Option<Stored> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::id.eq(crate::audit::chain_truncation::entry_id(tenant, cut)))
            .select(Stored::as_select())
            .first(conn).await.optional())?;
        let says = crate::audit::chain_truncation::resource(cut);
        let row = row.map(Row::from);
        let row = row.filter(|row| row.resource.as_ref() == Some(&says) && row.seq > Some(cut.seq));
        Ok(self.valid(row).await?.is_some())
    }

    /// Returns the last entry before those of this time and later ones, which instances may write a moment
    /// too late. If there is none, returns the last entry that was removed.
    pub(super) async fn before(&mut self, extent: &Extent, since: Timestamp) -> Result<Head> {
        let begin = extent.cut.seq + 1;
        let first = self.first_since(begin, extent.head.seq + 1, since.as_millis()).await?;
        let last = if first > begin { self.entry_from(first - 1).await? } else { None };
        let valid = self.valid(last.filter(|row| row.seq == Some(first - 1))).await?;
        // From an entry that is not valid, everything is verified.
        Ok(valid.unwrap_or_else(|| extent.cut.clone()))
    }

    /// Returns the number and digest of an entry that has the content of its digest.
    async fn valid(&mut self, row: Option<Row>) -> Result<Option<Head>> {
        let Some((row, digest)) = row.and_then(|row| row.digest.clone().map(|it| (row, it))) else {
            return Ok(None);
        };
        let seq = row.seq.unwrap_or_default();
        Ok(self.is_valid(row, &digest).await?.then_some(Head { seq, digest }))
    }

    /// Returns whether the tenant has anything that its audit must mention: an API key, or a workspace
    /// that was provisioned.
    pub(super) async fn has_history(&mut self) -> Result<bool> {
        let keys: i64 = on!(self, conn => api_keys::table
            .filter(api_keys::tenant_id.eq(self.scope.tenant()))
            .select(count_star())
            .first(conn).await)?;
        let workspaces: i64 = on!(self, conn => vibn_workspaces::table
            .filter(vibn_workspaces::tenant_id.eq(self.scope.tenant()))
            .filter(vibn_workspaces::provision_status.ne("pending"))
            .select(count_star())
            .first(conn).await)?;
        Ok(keys + workspaces > 0)
    }
}
