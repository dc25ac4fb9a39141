//! Callers that were looked up in the last second.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{KeyDigest, KeyId, Timestamp, WorkspaceId};
use covibe_policy::Principal;
use parking_lot::{Mutex, MutexGuard};

use crate::caller::Caller;

/// The time for which a caller is cached: a revocation on another instance takes effect here within
/// it.
const LIFETIME: Duration = Duration::from_secs(1);

/// The maximum number of cached callers; beyond it the cache is cleared, which costs a look-up each.
const CAPACITY: usize = 10_000;

#[derive(Debug)]
struct CachedCaller {
    caller: Caller,
    until: Instant,
    expires: Option<Timestamp>,
}

/// The start of a look-up: its result is cached from then on, however long it took.
#[derive(Debug)]
pub(crate) struct LookUp {
    generation: u64,
    until: Instant,
}

/// The cache of valid keys.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    entries: Mutex<HashMap<KeyDigest, CachedCaller>>,
    /// Incremented by each eviction, so that a look-up that began before it is not cached after it.
    generation: AtomicU64,
}

impl Cache {
    /// Returns the cached caller with this digest, unless its key has expired.
    pub(crate) fn get(&self, digest: &KeyDigest) -> Option<Caller> {
        let entries = self.lock();
        let entry = entries.get(digest).filter(|entry| entry.until > Instant::now())?;
        entry.expires.is_none_or(|at| at > Timestamp::now()).then(|| entry.caller.clone())
    }

    /// Starts a look-up whose result goes to [`Cache::put`].
    pub(crate) fn begin(&self) -> LookUp {
        LookUp {
            generation: self.generation.load(Ordering::Acquire),
            until: Instant::now() + LIFETIME,
        }
    }

    /// Caches the result of a look-up, unless something was evicted since it began. A workspace that
    /// is not ready is not cached, so that the first call after its provisioning finds it ready.
    pub(crate) fn put(
        &self,
        digest: KeyDigest,
        caller: Caller,
        expires: Option<Timestamp>,
        look_up: &LookUp,
    ) {
        if caller.workspace.provision_status != ProvisionStatus::Ready {
            return;
        }
        let mut entries = self.lock();
        if self.generation.load(Ordering::Acquire) != look_up.generation {
            return;
        }
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        entries.insert(digest, CachedCaller { caller, until: look_up.until, expires });
    }

    /// Evicts a key.
    pub(crate) fn forget_key(&self, key: &KeyId) {
        self.retain(|principal| principal.actor.key() != Some(key));
    }

    /// Evicts all callers of a workspace.
    pub(crate) fn forget_workspace(&self, workspace: &WorkspaceId) {
        self.retain(|principal| principal.workspace != *workspace);
    }

    fn retain(&self, keep: impl Fn(&Principal) -> bool) {
        let mut entries = self.lock();
        self.generation.fetch_add(1, Ordering::AcqRel);
        entries.retain(|_, entry| keep(&entry.caller.principal));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<KeyDigest, CachedCaller>> {
        self.entries.lock()
    }
}
