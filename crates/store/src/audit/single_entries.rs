//! Single entries of a chain.

use diesel::dsl::max;
use diesel::prelude::*;

use super::audit_entry::Row;
use super::chain::{Head, digest};
use super::stored_row::Stored;
use crate::error::Result;
use crate::schema::audit_log as table;
use crate::tx::{RunQueryDsl, Tx};

impl Tx {
    /// Returns the highest number of an entry up to this one.
    pub(super) async fn last_up_to(&mut self, number: i64) -> Result<Option<i64>> {
        on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::seq.le(number))
            .select(max(table::seq))
            .first(conn).await)
    }

    /// Returns the entry with this number, or the next one if it is missing.
    pub(super) async fn entry_from(&mut self, seq: i64) -> Result<Option<Row>> {
        let row: Option<Stored> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::seq.ge(seq))
            .order(table::seq)
            .select(Stored::as_select())
            .first(conn).await.optional())?;
        Ok(row.map(Row::from))
    }

    /// Returns the first number from `low` to `high` whose entry is not earlier than `since`, in milliseconds;
    /// `high` if there is none. Reads a few entries: each step halves what is left. Where entries are not in
    /// the order of time, an earlier number may have such an entry too.
    pub(super) async fn first_since(
        &mut self,
        mut low: i64,
        mut high: i64,
        since: i64,
    ) -> Result<i64> {
        while low < high {
            let middle = low + (high - low) / 2;
            match self.entry_from(middle).await? {
                Some(row) if row.at < since => {
                    low = row.seq.unwrap_or(middle).max(middle).saturating_add(1);
                }
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// Returns whether the chain has an entry with this number and digest whose content has that digest.
    pub(super) async fn has_entry(&mut self, head: &Head) -> Result<bool> {
        match self.entry_from(head.seq).await? {
            Some(row) if row.seq == Some(head.seq) => self.is_valid(row, &head.digest).await,
            _ => Ok(false),
        }
    }

    /// Returns whether an entry has this digest and continues the entry before it.
    pub(super) async fn is_valid(&mut self, mut row: Row, expected: &str) -> Result<bool> {
        row.previous = self.digest_before(row.seq.unwrap_or_default()).await?;
        Ok(row.digest.as_deref() == Some(expected) && digest(&row) == expected)
    }

    /// Returns the digest of the entry before this number, which may have been removed.
    async fn digest_before(&mut self, seq: i64) -> Result<Option<String>> {
        let cut = self.cut().await?;
        if cut.seq == seq.saturating_sub(1) {
            return Ok(Some(cut.digest));
        }
        let before = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::seq.eq(seq.saturating_sub(1)))
            .select(table::digest)
            .first::<Vec<u8>>(conn).await.optional())?;
        Ok(before.map(hex::encode))
    }
}
