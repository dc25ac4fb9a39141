//! `last_used_at`, exact to about half a minute without a write per call.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use covibe_background::run_with_restarts;
use covibe_domain::{KeyId, TenantId, Timestamp};
use covibe_policy::Principal;
use covibe_store::Store;
use parking_lot::Mutex;
use tokio::task::JoinHandle;

/// The interval between two writes.
const PERIOD: Duration = Duration::from_secs(30);

type Noted = Arc<Mutex<HashMap<KeyId, (TenantId, Timestamp)>>>;

/// The keys used since the last write.
#[derive(Debug)]
pub(crate) struct LastUsed {
    noted: Noted,
    writer: JoinHandle<()>,
}

impl LastUsed {
    /// Starts the writer.
    pub(crate) fn start(store: Store) -> Self {
        let noted = Noted::default();
        let waiting = Arc::clone(&noted);
        let start_writer = move || write_periodically(Arc::clone(&waiting), store.clone());
        let writer = tokio::spawn(run_with_restarts("last_used", start_writer));
        Self { noted, writer }
    }

    /// Notes that the key was used.
    pub(crate) fn note(&self, principal: &Principal, at: Timestamp) {
        let Some(key) = principal.actor.key() else { return };
        let mut noted = self.noted.lock();
        match noted.get_mut(key) {
            Some(entry) => entry.1 = at,
            None => {
                noted.insert(key.clone(), (principal.tenant.clone(), at));
            }
        }
    }

    /// Writes what is pending.
    pub(crate) async fn flush(&self, store: &Store) {
        write(&self.noted, store).await;
    }
}

impl Drop for LastUsed {
    fn drop(&mut self) {
        self.writer.abort();
    }
}

async fn write_periodically(noted: Noted, store: Store) {
    loop {
        tokio::time::sleep(PERIOD).await;
        write(&noted, &store).await;
    }
}

async fn write(noted: &Noted, store: &Store) {
    let taken = std::mem::take(&mut *noted.lock());
    let rows: Vec<_> = taken.into_iter().map(|(key, (tenant, at))| (tenant, key, at)).collect();
    if rows.is_empty() {
        return;
    }
    if let Err(error) = store.touch_keys(&rows).await {
        tracing::warn!(%error, keys = rows.len(), "the last uses of keys were not recorded");
    }
}
