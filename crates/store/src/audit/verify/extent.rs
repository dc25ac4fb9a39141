//! How far a chain extends, and single entries of it.

use covibe_domain::{TenantId, Timestamp};
use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::audit::chain::{Head, digest};
use crate::audit::entry::Row;
use crate::error::Result;
use crate::schema::{api_keys, audit_heads as heads, audit_log as table, vibn_workspaces};
use crate::tx::Tx;

/// How far a chain extends.
pub(super) struct Extent {
    /// The highest number of an entry.
    pub(super) last: i64,
    /// The recorded head.
    pub(super) head: Head,
    /// The end of what was removed.
    pub(super) cut: Head,
    pub(super) unchained: i64,
}

impl Tx {
    pub(super) async fn extent(&mut self) -> Result<Extent> {
        // What was removed first: entries that are removed meanwhile would be missing.
        let cut = self.cut().await?;
        // Entries before the head: an entry that is written between the two statements moves the head too.
        let last: Option<i64> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .select(max(table::seq))
            .first(conn).await)?;
        let head: Option<(i64, String)> = on!(self, conn => heads::table
            .filter(heads::tenant_id.eq(self.scope.tenant()))
            .select((heads::seq, heads::digest))
            .first(conn).await.optional())?;
        let unchained: i64 = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::seq.is_null())
            .select(count_star())
            .first(conn).await)?;
        let head = head.map_or_else(Head::default, |(seq, digest)| Head { seq, digest });
        Ok(Extent { last: last.unwrap_or(0), head, cut, unchained })
    }

    /// Returns the next page of entries up to this number, after the one with this number and id: two
    /// entries may have the same number.
    pub(super) async fn chained(
        &mut self,
        after: &(i64, String),
        up_to: i64,
        page: i64,
    ) -> Result<Vec<Row>> {
        let mut rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::seq.ge(after.0))
            .filter(table::seq.le(up_to))
            .order((table::seq, table::id))
            // The one after which the page begins is among them. Of more with its number, one is enough to
            // be found. A condition that leaves it out makes SQLite read and sort the whole rest.
            .limit(page.saturating_add(1))
            .select(Row::as_select())
            .load(conn).await)?;
        rows.retain(|row| (row.seq.unwrap_or_default(), &row.id) > (after.0, &after.1));
        Ok(rows)
    }

    /// Returns the entry with this number, or the next one if it is missing.
    async fn entry_from(&mut self, seq: i64) -> Result<Option<Row>> {
        Ok(on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::seq.ge(seq))
            .order(table::seq)
            .select(Row::as_select())
            .first(conn).await.optional())?)
    }

    /// Whether the chain has an entry with this number, digest and a content of this digest.
    pub(crate) async fn has_entry(&mut self, head: &Head) -> Result<bool> {
        let row = self.entry_from(head.seq).await?;
        Ok(row.is_some_and(|row| row.seq == Some(head.seq) && is_valid(&row, &head.digest)))
    }

    /// Whether the audit has the entry of the removal up to this one.
    pub(super) async fn has_cut_entry(&mut self, tenant: &TenantId, cut: &Head) -> Result<bool> {
        let row: Option<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::id.eq(crate::audit::cut::entry_id(tenant, cut)))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        let says = crate::audit::cut::resource(cut);
        Ok(row.is_some_and(|row| {
            row.resource.as_ref() == Some(&says)
                && row.seq > Some(cut.seq)
                && row.digest.as_ref().is_some_and(|digest| is_valid(&row, digest))
        }))
    }

    /// Returns the last entry before those of this time and later ones, which instances may write a moment
    /// too late; the end of what was removed if there is none.
    pub(super) async fn before(&mut self, extent: &Extent, since: Timestamp) -> Result<Head> {
        let (mut low, mut high) = (extent.cut.seq + 1, extent.head.seq + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.entry_from(middle).await? {
                Some(row) if row.at < since.as_millis() => {
                    low = row.seq.unwrap_or(middle).max(middle) + 1;
                }
                _ => high = middle,
            }
        }
        let last = if low > extent.cut.seq + 1 { self.entry_from(low - 1).await? } else { None };
        let valid = last.filter(|row| {
            row.seq == Some(low - 1)
                && row.digest.as_ref().is_some_and(|digest| is_valid(row, digest))
        });
        // From an entry that is not valid, everything is verified.
        Ok(valid.map_or_else(
            || extent.cut.clone(),
            |row| Head { seq: low - 1, digest: row.digest.unwrap_or_default() },
        ))
    }

    /// Whether the tenant has something of which its audit must have entries: an API key, or a workspace
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

fn is_valid(row: &Row, expected: &str) -> bool {
    row.digest.as_deref() == Some(expected) && digest(row) == expected
}
