//! The writer of the audit.
//!
//! The entry of a change is durable before its call continues. Entries of reads are committed in
//! groups, so that a read costs no write transaction of its own.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Failure, TenantId};
use covibe_store::{AuditEntry, Error, Store};
use tokio::sync::{Notify, mpsc, oneshot};

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

/// An entry, or none to wait for all earlier ones; and the channel that reports whether it was
/// written.
type Item = (Option<AuditEntry>, Option<oneshot::Sender<bool>>);

/// The writer of the audit.
#[derive(Clone, Debug)]
pub struct Auditor {
    queue: mpsc::Sender<Item>,
    /// Notified when the writer must not wait for further entries.
    hurry: Arc<Notify>,
}

impl Auditor {
    /// Starts the writer on the current runtime; it stops when every clone of the `Auditor` is dropped.
    pub(crate) fn start(store: Store) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let hurry = Arc::<Notify>::default();
        tokio::spawn(write_all(store, waiting, Arc::clone(&hurry)));
        Self { queue, hurry }
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

/// Writes the entries in groups. The writer sleeps while a group grows, instead of waiting for each of
/// its entries: waking a thread costs more than the rest of a call's audit.
async fn write_all(store: Store, mut waiting: mpsc::Receiver<Item>, hurry: Arc<Notify>) {
    let mut has_backlog = false;
    while let Some(first) = waiting.recv().await {
        if first.1.is_none() && !has_backlog {
            let _ended = tokio::time::timeout(GROUPED_FOR, hurry.notified()).await;
        }
        let mut group = vec![first];
        while group.len() < BATCH
            && let Ok(next) = waiting.try_recv()
        {
            group.push(next);
        }
        has_backlog = group.len() == BATCH;
        write_group(&store, group).await;
    }
}

async fn write_group(store: &Store, group: Vec<Item>) {
    let entries: Vec<_> = group.iter().filter_map(|(entry, _)| entry.clone()).collect();
    let refused = match write_with_retries(store, &entries).await {
        Ok(()) => Vec::new(),
        Err(_) => write_by_tenant(store, entries).await,
    };
    let is_written = |entry: &Option<AuditEntry>| match entry {
        Some(entry) => !refused.contains(&entry.tenant),
        None => refused.is_empty(),
    };
    for (entry, done) in group {
        if let Some(done) = done {
            let _gone = done.send(is_written(&entry));
        }
    }
}

/// Writes the entries of each tenant separately, so that a broken chain of one tenant does not stop
/// the others. Returns the tenants whose entries were not written.
async fn write_by_tenant(store: &Store, mut entries: Vec<AuditEntry>) -> Vec<TenantId> {
    entries.sort_by(|a, b| a.tenant.cmp(&b.tenant));
    let mut refused = Vec::new();
    for group in entries.chunk_by(|a, b| a.tenant == b.tenant) {
        if let (Err(error), [first, ..]) = (store.append_audit(group).await, group) {
            tracing::error!(%error, tenant = %first.tenant, "the audit of a tenant was not written");
            refused.push(first.tenant.clone());
        }
    }
    refused
}

async fn write_with_retries(store: &Store, entries: &[AuditEntry]) -> Result<(), Error> {
    let mut attempt = 1;
    loop {
        match store.append_audit(entries).await {
            Err(error) if attempt < TRIES && !matches!(error, Error::BrokenChain) => {
                tracing::error!(%error, attempt, "the audit was not written");
            }
            ended => return ended,
        }
        tokio::time::sleep(Duration::from_millis(50) * attempt).await;
        attempt += 1;
    }
}
