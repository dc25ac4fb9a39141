//! Verifying a tenant's chain: that no entry was changed and none is missing.

mod chain_walk;
mod export;
mod extent;

use covibe_domain::{TenantId, Timestamp, boxed};

use self::chain_walk::Problem;
use self::chain_walk::Walk;
use self::extent::Extent;

pub use self::export::VerifiedExport;
use super::audit_entry::Row;
use super::chain::Head;
use crate::error::{Error, Result};
use crate::store::{Backend, Store};

/// The maximum number of entries in memory at once, twice: a page is read while another is verified. On PostgreSQL
/// each page begins with a look into the index of every month.
const PAGE: i64 = 4000;

/// Limits and expectations of a verification. The default verifies the whole chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyOptions {
    /// Verify only the entries of this time and later ones; the others are trusted.
    pub since: Option<Timestamp>,
    /// The number and digest of an entry that the chain must have: the head of an earlier time.
    pub expected: Option<(i64, String)>,
}

/// The result of verifying a tenant's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The number of valid entries, from the first one on that is verified.
    pub entries: i64,
    /// The number of entries before these that were not verified because they are earlier than the requested time.
    pub earlier: i64,
    /// The number of entries that were removed before these because they were too old.
    pub removed: i64,
    /// The digest of the chain's head in hexadecimal digits; zeros if there is no entry. The same
    /// head means the same entries.
    pub head: String,
    /// The number of the entry that is the head.
    pub seq: i64,
    /// The number of the first invalid entry, and what is wrong with it.
    pub problem: Option<(i64, String)>,
}

impl Store {
    /// Verifies the tenant's whole chain up to its current head. Reads one page of entries at a time and
    /// does not block writers.
    #[boxed]
    pub async fn verify_audit(&self, tenant: &TenantId) -> Result<Verified> {
        self.verify_audit_with(tenant, &VerifyOptions::default()).await
    }

    /// Verifies the tenant's chain up to its current head.
    #[boxed]
    pub async fn verify_audit_with(
        &self,
        tenant: &TenantId,
        options: &VerifyOptions,
    ) -> Result<Verified> {
        loop {
            let mut tx = self.tenant_read(tenant).await?;
            let extent = tx.extent().await?;
            let start = match options.since {
                Some(since) => tx.before(&extent, since).await?,
                None => extent.cut.clone(),
            };
            tx.commit().await?;
            let (reached, mut problem) = self.walk(tenant, &extent, start.clone()).await?;
            if problem.is_none() {
                problem =
                    self.check_surroundings(tenant, &extent, options.expected.as_ref()).await?;
            }
            // Entries that are removed meanwhile are missing too.
            if problem.is_some() && self.cut_of(tenant).await? != extent.cut {
                continue;
            }
            let Extent { head, cut, .. } = extent;
            return Ok(Verified {
                entries: reached.seq - start.seq,
                earlier: start.seq - cut.seq,
                removed: cut.seq,
                head: head.digest,
                seq: head.seq,
                problem,
            });
        }
    }

    /// Walks a chain to its end or to the first problem. Returns the last valid entry.
    async fn walk(
        &self,
        tenant: &TenantId,
        extent: &Extent,
        start: Head,
    ) -> Result<(Head, Option<Problem>)> {
        // Before another start, everything is trusted. PostgreSQL removes what was cut a moment later.
        let is_first = start == extent.cut && (start.seq == 0 || self.backend() == Backend::Sqlite);
        let after = if is_first { i64::MIN } else { start.seq + 1 };
        let mut walk = Walk { reached: start };
        let mut page = self.page(tenant, (after, String::new()), extent.head.seq).await?;
        while let Some(last) = page.last() {
            let after = (last.seq.unwrap_or_default(), last.id.clone());
            let steps = tokio::task::spawn_blocking(move || {
                let problem = walk.steps(&mut page);
                (walk, problem)
            });
            let next = self.page(tenant, after, extent.head.seq);
            let (next, stepped) = futures_util::future::join(next, steps).await;
            let (walked, problem) =
                stepped.map_err(|_| Error::Unavailable("the verification panicked".to_owned()))?;
            if problem.is_some() {
                return Ok((walked.reached, problem));
            }
            (walk, page) = (walked, next?);
        }
        let problem = walk.check_end(extent);
        Ok((walk.reached, problem))
    }

    async fn page(&self, tenant: &TenantId, after: (i64, String), up_to: i64) -> Result<Vec<Row>> {
        let mut tx = self.tenant_read(tenant).await?;
        let page = tx.chained_entries(&after, up_to, PAGE).await?;
        tx.commit().await?;
        Ok(page)
    }

    /// Compares a chain whose entries are valid with what is known beside them.
    async fn check_surroundings(
        &self,
        tenant: &TenantId,
        extent: &Extent,
        expected: Option<&(i64, String)>,
    ) -> Result<Option<Problem>> {
        let mut tx = self.tenant_read(tenant).await?;
        let Extent { cut, head, last } = extent;
        let mut problem = None;
        if cut.seq > 0 && !tx.has_cut_entry(tenant, cut).await? {
            let what = format!("no entry records that the entries up to {} were removed", cut.seq);
            problem = Some((cut.seq + 1, what));
        } else if *last == 0 && head.seq == 0 && tx.has_history().await? {
            let what = "the tenant has workspaces or API keys, and no entries".to_owned();
            problem = Some((1, what));
        } else if let Some((seq, digest)) = expected {
            // Entries that were removed can't be compared, except for the last one.
            let kept = Head { seq: *seq, digest: digest.clone() };
            let is_there = kept.seq < cut.seq || kept == *cut || tx.has_entry(&kept).await?;
            let what = || format!("entry {seq} is not the entry that was the head earlier");
            problem = (kept.seq > 0 && !is_there).then(|| (*seq, what()));
        }
        tx.commit().await?;
        Ok(problem)
    }

    async fn cut_of(&self, tenant: &TenantId) -> Result<Head> {
        let mut tx = self.tenant_read(tenant).await?;
        let cut = tx.cut().await?;
        tx.commit().await?;
        Ok(cut)
    }
}
