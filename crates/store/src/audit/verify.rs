//! Verifying a tenant's chain: that no entry was changed and none is missing.

use covibe_domain::TenantId;
use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::chain::{Head, digest};
use super::entry::Row;
use crate::error::Result;
use crate::schema::{audit_heads as heads, audit_log as table};
use crate::store::Store;
use crate::tx::Tx;

/// The maximum number of entries in memory at once.
const PAGE: i64 = 500;

/// The result of verifying a tenant's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The number of valid entries, from the first one on.
    pub entries: i64,
    /// The number of entries that were removed before these because they were too old.
    pub removed: i64,
    /// The number of entries that are not in the chain because they are older than it.
    pub unchained: i64,
    /// The digest of the chain's head in hexadecimal digits; zeros if there is no entry. The same
    /// head means the same entries.
    pub head: String,
    /// The number of the first invalid entry, and what is wrong with it.
    pub problem: Option<(i64, String)>,
}

impl Store {
    /// Verifies the tenant's chain up to its present head. Reads one page of entries at a time and
    /// does not block writers.
    pub async fn verify_audit(&self, tenant: &TenantId) -> Result<Verified> {
        loop {
            let mut tx = self.tenant_read(tenant).await?;
            let extent = tx.extent().await?;
            tx.commit().await?;
            let (reached, problem) = self.walk(tenant, &extent).await?;
            // Entries that are removed meanwhile are missing too.
            if problem.is_some() && self.cut_of(tenant).await? != extent.cut {
                continue;
            }
            let Extent { head, unchained, cut, .. } = extent;
            let (entries, removed) = (reached.seq - cut.seq, cut.seq);
            return Ok(Verified { entries, removed, unchained, head: head.digest, problem });
        }
    }

    /// Walks a chain to its end or to the first problem. Returns the last valid entry.
    async fn walk(
        &self,
        tenant: &TenantId,
        extent: &Extent,
    ) -> Result<(Head, Option<(i64, String)>)> {
        let mut walk = Walk::after(extent.cut.clone());
        loop {
            let mut tx = self.tenant_read(tenant).await?;
            let page = tx.chained(&walk, extent.head.seq).await?;
            tx.commit().await?;
            let problem = if page.is_empty() {
                walk.end(extent)
            } else {
                page.iter().find_map(|row| walk.step(row))
            };
            if problem.is_some() || page.is_empty() {
                return Ok((walk.reached, problem));
            }
        }
    }

    async fn cut_of(&self, tenant: &TenantId) -> Result<Head> {
        let mut tx = self.tenant_read(tenant).await?;
        let cut = tx.cut().await?;
        tx.commit().await?;
        Ok(cut)
    }
}

/// How far a chain extends.
struct Extent {
    /// The highest number of an entry.
    last: i64,
    /// The recorded head.
    head: Head,
    /// The end of what was removed.
    cut: Head,
    unchained: i64,
}

impl Tx {
    async fn extent(&mut self) -> Result<Extent> {
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

    /// Returns the next page of entries, up to this number.
    async fn chained(&mut self, walk: &Walk, up_to: i64) -> Result<Vec<Row>> {
        let later = table::seq.gt(walk.seen.0);
        let beside = table::seq.eq(walk.seen.0).and(table::id.gt(&walk.seen.1));
        Ok(on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::seq.le(up_to))
            .filter(later.or(beside))
            .order((table::seq, table::id))
            .limit(PAGE)
            .select(Row::as_select())
            .load(conn).await)?)
    }
}

/// The part of the chain that has been verified.
struct Walk {
    reached: Head,
    /// The number and id of the last entry that was read; two entries may have the same number.
    seen: (i64, String),
}

impl Walk {
    /// Begins after the entries that were removed.
    fn after(cut: Head) -> Self {
        Self { reached: cut, seen: (i64::MIN, String::new()) }
    }

    /// Verifies the next entry. Returns the problem if it does not continue the chain.
    fn step(&mut self, row: &Row) -> Option<(i64, String)> {
        let seq = row.seq.unwrap_or_default();
        let expected = self.reached.seq.saturating_add(1);
        self.seen = (seq, row.id.clone());
        let problem = if seq > expected {
            return Some((expected, missing(expected, seq.saturating_sub(1))));
        } else if seq < expected {
            "has the same number as another one"
        } else if row.digest.as_deref() != Some(&digest(row)) {
            "was changed or moved: its digest does not match its content"
        } else if row.previous.as_deref() != Some(&self.reached.digest) {
            "does not continue the entry before it: one of the two was replaced"
        } else {
            self.reached = Head { seq, digest: row.digest.clone().unwrap_or_default() };
            return None;
        };
        Some((seq, format!("entry {seq} {problem}")))
    }

    /// Returns the problem of a chain whose entries are valid but do not end at its head.
    fn end(&self, extent: &Extent) -> Option<(i64, String)> {
        let Head { seq, digest } = &self.reached;
        let next = seq.saturating_add(1);
        if *seq < extent.head.seq {
            return Some((next, missing(next, extent.head.seq)));
        }
        if *digest != extent.head.digest {
            return Some((*seq, format!("entry {seq} does not match the chain's head")));
        }
        let beyond = || format!("entry {} is beyond the chain's head", extent.last);
        (extent.last > *seq).then(|| (extent.last, beyond()))
    }
}

fn missing(from: i64, to: i64) -> String {
    if from == to {
        format!("entry {from} is missing")
    } else {
        format!("entries {from} to {to} are missing")
    }
}
