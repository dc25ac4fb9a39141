//! Callers that were looked up within the last second.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{KeyDigest, KeyId, Timestamp, WorkspaceId};
use covibe_policy::Principal;

use crate::{Caller, now};

/// How long a look-up is believed: a revocation elsewhere reaches this instance within it.
const LIFETIME: Duration = Duration::from_secs(1);

/// How many callers are kept; past that the cache is emptied, which costs a look-up each.
const CAPACITY: usize = 10_000;

#[derive(Debug)]
struct Entry {
    caller: Caller,
    until: Instant,
    expires: Option<Timestamp>,
}

/// When a look-up began: what it read is believed from then on, however long it took.
#[derive(Debug)]
pub(crate) struct LookUp {
    generation: u64,
    until: Instant,
}

/// A short memory of good keys.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    entries: Mutex<HashMap<KeyDigest, Entry>>,
    /// Grows with each forgetting, so that a look-up begun before one is not kept after it.
    generation: AtomicU64,
}

impl Cache {
    /// The caller of this digest, if it was looked up lately and its key has not expired since.
    pub(crate) fn get(&self, digest: &KeyDigest) -> Option<Caller> {
        let entries = self.lock();
        let entry = entries.get(digest).filter(|entry| entry.until > Instant::now())?;
        entry.expires.is_none_or(|at| at > now()).then(|| entry.caller.clone())
    }

    /// What to hand to [`Cache::put`] after a look-up that begins now.
    pub(crate) fn begin(&self) -> LookUp {
        LookUp {
            generation: self.generation.load(Ordering::Acquire),
            until: Instant::now() + LIFETIME,
        }
    }

    /// Keeps a look-up's result, unless something was forgotten since it began. A workspace that is
    /// not ready is not kept: the first call after its set-up is to find it ready.
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
        entries.insert(digest, Entry { caller, until: look_up.until, expires });
    }

    /// Forgets a key at once.
    pub(crate) fn forget_key(&self, key: &KeyId) {
        self.retain(|principal| principal.actor.key() != Some(key));
    }

    /// Forgets all callers of a workspace at once.
    pub(crate) fn forget_workspace(&self, workspace: &WorkspaceId) {
        self.retain(|principal| principal.workspace != *workspace);
    }

    fn retain(&self, keep: impl Fn(&Principal) -> bool) {
        let mut entries = self.lock();
        self.generation.fetch_add(1, Ordering::AcqRel);
        entries.retain(|_, entry| keep(&entry.caller.principal));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<KeyDigest, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
