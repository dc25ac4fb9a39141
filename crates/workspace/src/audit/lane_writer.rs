//! The writer of a lane: writes entries in groups, and retries those that could not be written.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::{Kind, TenantId};
use covibe_store::{AuditEntry, Error};
use tokio::sync::{mpsc, oneshot};
use tokio::time::error::Elapsed;

use super::audit_health::TroubleCause;
use super::audit_lanes::{Lane, LaneItem, UnwrittenEntries, WaitingItem};
use super::shared_state::AuditShared;

/// The maximum time that the entry of a read waits for others.
const GROUPED_FOR: Duration = Duration::from_millis(150);

/// The maximum number of new entries in one transaction on SQLite, which waits for the disk at the end of each.
const BATCH: usize = 4000;

/// The maximum number of new entries in one statement on PostgreSQL: each connection keeps buffers as large as the
/// largest statement that it has sent.
const STATEMENT: usize = 500;

/// The maximum number of entries that are kept because they could not be written.
const BACKLOG: usize = 8192;

/// The time for which a group is retried at once, with a growing pause between attempts.
const TRIES_FOR: Duration = Duration::from_millis(500);

/// The pause between attempts to write entries that could not be written before.
const RETRY: Duration = Duration::from_secs(1);

/// The time for which a lane without entries keeps its writer.
const IDLE: Duration = Duration::from_mins(1);

/// The writer of the entries of a lane.
pub(super) struct Writer {
    shared: Arc<AuditShared>,
    name: String,
    /// The only tenant of the lane; `None` if all tenants share it.
    tenant: Option<TenantId>,
    lane: Arc<Lane>,
    /// Entries that could not be written, to be written later.
    backlog: VecDeque<AuditEntry>,
    /// The time when the oldest of them was added.
    waits_since: Option<Instant>,
}

impl Writer {
    pub(super) fn new(
        shared: Arc<AuditShared>,
        name: String,
        tenant: Option<TenantId>,
        lane: Arc<Lane>,
    ) -> Self {
        Self { shared, name, tenant, lane, backlog: VecDeque::new(), waits_since: None }
    }

    /// Writes the entries in groups, until none has come for a minute. The writer sleeps while a group grows, instead
    /// of waiting for each of its entries: waking a thread costs more than the rest of a call's audit.
    pub(super) async fn write_all(mut self, mut waiting: mpsc::Receiver<WaitingItem>) {
        let most = if self.tenant.is_some() { STATEMENT } else { BATCH };
        let mut is_full = false;
        loop {
            let (first, since) = match self.next(&mut waiting).await {
                Ok(Some(first)) => first,
                Ok(None) => return,
                Err(_) if self.backlog.is_empty() => {
                    // What others add until then is still written.
                    self.shared.lanes.remove(&self.name);
                    waiting.close();
                    continue;
                }
                Err(_) => {
                    self.write_group(Vec::new()).await;
                    continue;
                }
            };
            self.hold(1, Some(since));
            if first.1.is_none() && !is_full {
                let _ended = tokio::time::timeout(GROUPED_FOR, self.lane.hurry.notified()).await;
            }
            let mut group = vec![first];
            while group.len() < most
                && let Ok((next, _)) = waiting.try_recv()
            {
                group.push(next);
            }
            is_full = group.len() == most;
            self.hold(group.len(), Some(since));
            self.write_group(group).await;
        }
    }

    /// Returns the next item, or an error when it is time to write the backlog again, or to stop.
    async fn next(
        &self,
        waiting: &mut mpsc::Receiver<WaitingItem>,
    ) -> Result<Option<WaitingItem>, Elapsed> {
        let patience = if self.backlog.is_empty() { IDLE } else { RETRY };
        tokio::time::timeout(patience, waiting.recv()).await
    }

    /// Publishes the number of entries that are not written: the backlog and a group of this many items, the oldest of
    /// which was added at `since`.
    fn hold(&mut self, group: usize, since: Option<Instant>) {
        self.waits_since = self.waits_since.or(since);
        *self.lane.held.lock() =
            UnwrittenEntries { count: self.backlog.len() + group, since: self.waits_since };
    }

    async fn write_group(&mut self, group: Vec<LaneItem>) {
        let (fresh, waiting) = split_group(group);
        let lost = self.shared.losses.take(self.tenant.as_ref());
        let entries: Vec<_> = self.backlog.drain(..).chain(lost).chain(fresh).collect();
        *self.lane.writing.lock() = Some(Instant::now());
        let refused = self.write(&entries).await;
        *self.lane.writing.lock() = None;
        let tenants: BTreeSet<_> = entries.iter().map(|entry| &entry.tenant).collect();
        let written: BTreeSet<_> = tenants.into_iter().filter(|it| !refused.contains(it)).collect();
        self.shared.trouble.record_written(written.iter().copied());
        self.shared.settler.settle_unfinished(written.into_iter().cloned());
        for (tenant, done) in waiting {
            let is_written = match &tenant {
                Some(tenant) => !refused.contains(tenant),
                None => refused.is_empty(),
            };
            let _gone = done.send(is_written);
        }
        self.keep(entries.into_iter().filter(|entry| refused.contains(&entry.tenant)));
        if self.backlog.is_empty() {
            self.waits_since = None;
        }
        self.hold(0, None);
    }

    /// Keeps entries for later, at most as many as may be pending. While there are any, the writer retries on its own,
    /// so that it notices when the audit can be written.
    fn keep(&mut self, entries: impl Iterator<Item = AuditEntry>) {
        self.backlog.extend(entries.map(not_started));
        let lost = self.backlog.len().saturating_sub(BACKLOG);
        self.backlog.drain(..lost).for_each(|entry| self.shared.lose(&entry));
    }

    /// Writes entries. Returns the tenants whose entries were not written.
    async fn write(&self, entries: &[AuditEntry]) -> BTreeSet<TenantId> {
        let Err(error) = self.write_with_retries(entries).await else { return BTreeSet::new() };
        match (&self.tenant, &error) {
            (Some(tenant), _) => {
                self.note_failure(tenant, &error);
                BTreeSet::from([tenant.clone()])
            }
            (None, Error::Unavailable(_)) => {
                tracing::error!(%error, "audit entries were not written");
                self.shared.trouble.record_failure();
                entries.iter().map(|entry| entry.tenant.clone()).collect()
            }
            (None, _) => self.write_by_tenant(entries).await,
        }
    }

    /// Writes the entries of each tenant separately, so that a broken chain of one tenant does not stop
    /// the others. Returns the tenants whose entries were not written.
    async fn write_by_tenant(&self, entries: &[AuditEntry]) -> BTreeSet<TenantId> {
        let mut entries: Vec<_> = entries.to_vec();
        entries.sort_by(|a, b| a.tenant.cmp(&b.tenant));
        let (mut refused, mut is_down) = (BTreeSet::new(), false);
        for group in entries.chunk_by(|a, b| a.tenant == b.tenant) {
            let Some(tenant) = group.first().map(|first| &first.tenant) else { continue };
            // What failed for one tenant because of the database fails for all.
            let written =
                if is_down { Ok(()) } else { self.shared.store.append_audit(group).await };
            if let Err(error) = &written {
                is_down |= !matches!(error, Error::BrokenChain | Error::HeldChain);
                self.note_failure(tenant, error);
            }
            if is_down || written.is_err() {
                refused.insert(tenant.clone());
            }
        }
        if !is_down {
            self.shared.trouble.record_recovery();
        }
        refused
    }

    fn note_failure(&self, tenant: &TenantId, error: &Error) {
        tracing::error!(%error, %tenant, "audit entries of a tenant were not written");
        match error {
            Error::BrokenChain => {
                // The database accepted what the chain does not.
                self.shared.trouble.record_recovery();
                self.shared.trouble.record_failure_for(tenant, TroubleCause::Broken);
            }
            Error::HeldChain => self.shared.trouble.record_failure_for(tenant, TroubleCause::Held),
            _ => self.shared.trouble.record_failure(),
        }
    }

    async fn write_with_retries(&self, entries: &[AuditEntry]) -> Result<(), Error> {
        let (begun, mut pause) = (Instant::now(), Duration::from_millis(50));
        loop {
            match self.shared.store.append_audit(entries).await {
                Err(Error::BrokenChain) => return Err(Error::BrokenChain),
                Err(error) if begun.elapsed() < TRIES_FOR => {
                    tracing::error!(%error, "audit entries were not written");
                }
                ended => return ended,
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }
}

/// The channels of callers who wait for an entry of a tenant, or for all earlier ones.
type Waiters = Vec<(Option<TenantId>, oneshot::Sender<bool>)>;

/// Separates the entries of a group from the channels of the callers who wait for them.
fn split_group(group: Vec<LaneItem>) -> (Vec<AuditEntry>, Waiters) {
    let (mut entries, mut waiting) = (Vec::with_capacity(group.len()), Vec::new());
    for (entry, done) in group {
        // The caller that would begin a change may have stopped waiting.
        let is_abandoned = done.as_ref().is_some_and(oneshot::Sender::is_closed);
        let tenant = || entry.as_ref().map(|entry| entry.tenant.clone());
        waiting.extend(done.map(|done| (tenant(), done)));
        entries.extend(entry.map(|entry| if is_abandoned { not_started(entry) } else { entry }));
    }
    (entries, waiting)
}

/// Returns the entry to keep in place of one that was not written. A change does not start unless the entry that
/// precedes it is written, so that entry becomes the one of a refused call.
fn not_started(entry: AuditEntry) -> AuditEntry {
    if entry.outcome != AuditEntry::STARTED {
        return entry;
    }
    let outcome = Kind::Unready.code();
    let id = entry.id.strip_suffix(AuditEntry::STARTED).map(|id| id.trim_end_matches('_'));
    let id = format!("{}_{outcome}", id.unwrap_or(&entry.id));
    AuditEntry { id, outcome: outcome.to_owned(), ..entry }
}
