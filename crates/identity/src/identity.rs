//! The state behind authentication: the store, the cache and the pending `last_used_at` times.

use std::sync::Arc;

use covibe_store::Store;

use crate::attempts::Attempts;
use crate::cache::Cache;
use crate::last_used::LastUsed;
use crate::passwords::Passwords;

/// Recognizes who calls: API keys, which it mints, lists and revokes, and people.
#[derive(Debug)]
pub struct Identity {
    pub(crate) store: Store,
    pub(crate) cache: Cache,
    pub(crate) last_used: LastUsed,
    pub(crate) minted_a_day: u64,
    pub(crate) attempts: Attempts,
    pub(crate) passwords: Passwords,
}

impl Identity {
    /// Creates an identity service over a store, with which a workspace mints so many keys in 24 hours.
    /// Requires a Tokio runtime, on which it writes `last_used_at` until it is dropped.
    pub fn new(store: Store, minted_a_day: u64) -> Arc<Self> {
        let last_used = LastUsed::start(store.clone());
        let (attempts, passwords) = (Attempts::new(store.clone()), Passwords::default());
        let cache = Cache::default();
        Arc::new(Self { store, cache, last_used, minted_a_day, attempts, passwords })
    }

    /// Writes pending `last_used_at` times; called when the server stops.
    pub async fn flush(&self) {
        self.last_used.flush(&self.store).await;
    }
}
