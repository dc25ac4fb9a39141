//! Callers that were looked up within the last second.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use covibe_domain::{KeyDigest, KeyId, Timestamp};

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
    /// Grows with each revocation, so that a look-up begun before one is not kept after it.
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

    /// Keeps a look-up's result, unless a key was revoked since it began.
    pub(crate) fn put(
        &self,
        digest: KeyDigest,
        caller: Caller,
        expires: Option<Timestamp>,
        look_up: &LookUp,
    ) {
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
    pub(crate) fn forget(&self, key: &KeyId) {
        let mut entries = self.lock();
        self.generation.fetch_add(1, Ordering::AcqRel);
        entries.retain(|_, entry| entry.caller.principal.key != *key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<KeyDigest, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
