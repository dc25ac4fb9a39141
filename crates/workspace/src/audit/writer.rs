//! The writer of the audit.
//!
//! The entry of a change is durable before its call continues. Entries of reads are committed in
//! groups, so that a read costs no write transaction of its own.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Failure, Kind, TenantId};
use covibe_store::{AuditEntry, Error, Store};
use tokio::sync::{Notify, mpsc, oneshot};

use super::retention::Remover;
use super::trouble::Trouble;
use crate::settings::Retention;

/// The maximum time that the entry of a read waits for others.
const GROUPED_FOR: Duration = Duration::from_millis(150);

/// The maximum number of entries in one transaction.
const BATCH: usize = 4000;

/// The maximum number of pending entries; a call that adds another one waits.
const QUEUE: usize = 8192;

/// The number of free places below which the writer does not wait for more entries.
const SCARCE: usize = QUEUE / 2;

/// The number of attempts to write a group, with a growing pause between them.
const TRIES: u32 = 4;

/// The outcome of the entry that precedes a change.
const STARTED: &str = "started";

/// The pause between attempts to write entries that could not be written before.
const RETRY: Duration = Duration::from_secs(1);

/// An entry, or none to wait for all earlier ones; and the channel that reports whether it was
/// written.
type Item = (Option<AuditEntry>, Option<oneshot::Sender<bool>>);

/// The writer of the audit.
#[derive(Clone, Debug)]
pub struct Auditor {
    queue: mpsc::Sender<Item>,
    /// Notified when the writer must not wait for further entries.
    hurry: Arc<Notify>,
    trouble: Arc<Trouble>,
}

/// Whether the audit can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditHealth {
    /// It can.
    Ok,
    /// The chain of a tenant cannot be continued; the others can.
    Broken,
    /// It cannot.
    Failing,
}

impl Auditor {
    /// Starts the writer on the current runtime; it stops when every clone of the `Auditor` is dropped.
    pub(crate) fn start(store: Store, retention: Retention) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (hurry, trouble) = (Arc::<Notify>::default(), Arc::<Trouble>::default());
        let writer = Writer {
            remover: Remover::new(store.clone(), retention),
            store,
            trouble: Arc::clone(&trouble),
            backlog: VecDeque::new(),
        };
        tokio::spawn(writer.write_all(waiting, Arc::clone(&hurry)));
        Self { queue, hurry, trouble }
    }

    /// Returns whether the audit can be written.
    pub fn health(&self) -> AuditHealth {
        match self.trouble.is_whole() {
            (false, _) => AuditHealth::Failing,
            (true, false) => AuditHealth::Broken,
            (true, true) => AuditHealth::Ok,
        }
    }

    /// Fails if the entries of a tenant could not be written for longer than `grace`.
    ///
    /// # Errors
    ///
    /// Unready.
    pub fn check(&self, tenant: &TenantId, grace: Duration) -> Result<(), Failure> {
        if self.trouble.lasts_for(tenant).is_none_or(|lasts| lasts <= grace) {
            return Ok(());
        }
        Err(Failure::unready("The audit log cannot be written, so no calls are allowed.")
            .hint("Retry in a moment. If the problem persists, tell the operator.")
            .retry_after(RETRY))
    }

    /// Adds an entry that need not be durable at once. Waits if too many are pending.
    pub async fn note(&self, entry: AuditEntry) {
        if self.queue.send((Some(entry), None)).await.is_err() {
            tracing::error!("the audit writer has stopped");
        }
        self.hurry_if_scarce();
    }

    /// Adds an entry without waiting; it is lost if too many are pending.
    pub fn note_now(&self, entry: AuditEntry) {
        if self.queue.try_send((Some(entry), None)).is_err() {
            tracing::warn!("an audit entry of a read was lost");
        }
        self.hurry_if_scarce();
    }

    /// Adds an entry and returns when it is durable.
    ///
    /// # Errors
    ///
    /// Unready if it could not be written.
    pub async fn record(&self, entry: AuditEntry) -> Result<(), Failure> {
        if self.written(Some(entry)).await {
            return Ok(());
        }
        Err(Failure::unready("The audit log cannot be written, so no changes are allowed.")
            .hint("Retry in a moment. If the problem persists, tell the operator."))
    }

    /// Waits until all earlier entries are written.
    pub async fn flush(&self) {
        if !self.written(None).await {
            tracing::error!("the last audit entries were not written");
        }
    }

    async fn written(&self, entry: Option<AuditEntry>) -> bool {
        let (done, durable) = oneshot::channel();
        let sent = self.queue.send((entry, Some(done))).await;
        self.hurry.notify_one();
        sent.is_ok() && durable.await.unwrap_or(false)
    }

    fn hurry_if_scarce(&self) {
        if self.queue.capacity() < SCARCE {
            self.hurry.notify_one();
        }
    }
}

/// What writes the entries.
struct Writer {
    store: Store,
    remover: Remover,
    trouble: Arc<Trouble>,
    /// Entries that could not be written, to be written later.
    backlog: VecDeque<AuditEntry>,
}

impl Writer {
    /// Writes the entries in groups. The writer sleeps while a group grows, instead of waiting for each of
    /// its entries: waking a thread costs more than the rest of a call's audit.
    async fn write_all(mut self, mut waiting: mpsc::Receiver<Item>, hurry: Arc<Notify>) {
        let mut is_full = false;
        loop {
            let first = match self.next(&mut waiting).await {
                Ok(Some(first)) => first,
                Ok(None) => return,
                Err(_) => {
                    self.write_group(Vec::new()).await;
                    continue;
                }
            };
            if first.1.is_none() && !is_full {
                let _ended = tokio::time::timeout(GROUPED_FOR, hurry.notified()).await;
            }
            let mut group = vec![first];
            while group.len() < BATCH
                && let Ok(next) = waiting.try_recv()
            {
                group.push(next);
            }
            is_full = group.len() == BATCH;
            self.write_group(group).await;
        }
    }

    /// Returns the next item, or an error when it is time to write the backlog again.
    async fn next(
        &self,
        waiting: &mut mpsc::Receiver<Item>,
    ) -> Result<Option<Item>, tokio::time::error::Elapsed> {
        let patience = if self.backlog.is_empty() { Duration::MAX } else { RETRY };
        tokio::time::timeout(patience, waiting.recv()).await
    }

    async fn write_group(&mut self, group: Vec<Item>) {
        let fresh = group.iter().filter_map(|(entry, _)| entry.clone());
        let entries: Vec<_> = self.backlog.drain(..).chain(fresh).collect();
        let refused = match self.write_with_retries(&entries).await {
            Ok(()) => BTreeSet::new(),
            Err(_) => self.write_by_tenant(&entries).await,
        };
        let tenants: BTreeSet<_> = entries.iter().map(|entry| &entry.tenant).collect();
        let written: BTreeSet<_> = tenants.into_iter().filter(|it| !refused.contains(it)).collect();
        self.trouble.wrote(written.iter().copied());
        self.remover.look(written.into_iter().cloned());
        for (entry, done) in group {
            if let Some(done) = done {
                let is_written = match &entry {
                    Some(entry) => !refused.contains(&entry.tenant),
                    None => refused.is_empty(),
                };
                let _gone = done.send(is_written);
            }
        }
        self.keep(entries.into_iter().filter(|entry| refused.contains(&entry.tenant)));
    }

    /// Keeps entries for later, at most as many as may be pending. While there are any, the writer tries
    /// again on its own, so that it notices when the audit can be written.
    fn keep(&mut self, entries: impl Iterator<Item = AuditEntry>) {
        self.backlog.extend(entries.map(not_started));
        let lost = self.backlog.len().saturating_sub(QUEUE);
        if lost > 0 {
            tracing::error!(lost, "audit entries were lost");
            self.backlog.drain(..lost);
        }
    }

    /// Writes the entries of each tenant separately, so that a broken chain of one tenant does not stop
    /// the others. Returns the tenants whose entries were not written.
    async fn write_by_tenant(&self, entries: &[AuditEntry]) -> BTreeSet<TenantId> {
        let mut entries: Vec<_> = entries.to_vec();
        entries.sort_by(|a, b| a.tenant.cmp(&b.tenant));
        let (mut refused, mut is_down) = (BTreeSet::new(), false);
        for group in entries.chunk_by(|a, b| a.tenant == b.tenant) {
            if let (Err(error), [first, ..]) = (self.store.append_audit(group).await, group) {
                let tenant = &first.tenant;
                tracing::error!(%error, %tenant, "the audit of a tenant was not written");
                if matches!(error, Error::BrokenChain) {
                    self.trouble.broke(tenant);
                } else {
                    is_down = true;
                    self.trouble.failed();
                }
                refused.insert(tenant.clone());
            }
        }
        if !is_down {
            self.trouble.ended();
        }
        refused
    }

    async fn write_with_retries(&self, entries: &[AuditEntry]) -> Result<(), Error> {
        let mut attempt = 1;
        loop {
            match self.store.append_audit(entries).await {
                Err(error) if attempt < TRIES && !matches!(error, Error::BrokenChain) => {
                    tracing::error!(%error, attempt, "the audit was not written");
                }
                ended => return ended,
            }
            tokio::time::sleep(Duration::from_millis(50) * attempt).await;
            attempt += 1;
        }
    }
}

/// Returns the entry to keep in place of one that was not written. A change does not start unless the
/// entry that precedes it is written, so it becomes the entry of a refused call.
fn not_started(entry: AuditEntry) -> AuditEntry {
    if entry.outcome != STARTED {
        return entry;
    }
    let outcome = Kind::Unready.code();
    let id = entry.id.strip_suffix(STARTED).map(|id| id.trim_end_matches('_'));
    let id = format!("{}_{outcome}", id.unwrap_or(&entry.id));
    AuditEntry { id, outcome: outcome.to_owned(), ..entry }
}
