//! Semaphores by key: callers with the same key wait for each other, and not for those with other keys.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A semaphore for each key, all with the same number of permits. Semaphores that nobody uses are not kept.
///
/// By default each has one permit: callers with the same key take turns.
#[derive(Debug)]
pub struct KeyedSemaphore<K> {
    permits: usize,
    used: Mutex<HashMap<K, Arc<Semaphore>>>,
}

/// A permit of a [`KeyedSemaphore`], until it is dropped.
#[derive(Debug)]
pub struct KeyedTurn {
    /// `None` only if the semaphore were closed, which it never is.
    _permit: Option<OwnedSemaphorePermit>,
}

impl<K: Clone + Eq + Hash> KeyedSemaphore<K> {
    /// Creates semaphores of so many permits for each key, at least one.
    pub fn new(permits: usize) -> Self {
        Self { permits: permits.max(1), used: Mutex::default() }
    }

    /// Waits for a permit of this key, in the order of the calls.
    pub async fn acquire(&self, key: &K) -> KeyedTurn {
        KeyedTurn { _permit: self.semaphore(key).acquire_owned().await.ok() }
    }

    fn semaphore(&self, key: &K) -> Arc<Semaphore> {
        let mut used = self.used.lock();
        if let Some(semaphore) = used.get(key) {
            return Arc::clone(semaphore);
        }
        used.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        let semaphore = Arc::new(Semaphore::new(self.permits));
        used.insert(key.clone(), Arc::clone(&semaphore));
        semaphore
    }
}

impl<K: Clone + Eq + Hash> Default for KeyedSemaphore<K> {
    fn default() -> Self {
        Self::new(1)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    async fn has_free_permit(semaphore: &KeyedSemaphore<&str>, key: &'static str) -> bool {
        timeout(Duration::from_secs(1), semaphore.acquire(&key)).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn callers_with_the_same_key_wait_for_each_other_only() {
        let semaphore = KeyedSemaphore::new(2);
        let first = semaphore.acquire(&"a").await;
        assert!(has_free_permit(&semaphore, "a").await);
        let second = semaphore.acquire(&"a").await;
        assert!(!has_free_permit(&semaphore, "a").await);
        assert!(has_free_permit(&semaphore, "b").await);
        let (third, ()) = tokio::join!(semaphore.acquire(&"a"), async { drop(first) });
        assert!(!has_free_permit(&semaphore, "a").await);
        drop((second, third));
        assert!(has_free_permit(&semaphore, "c").await);
        assert_eq!(semaphore.used.lock().len(), 1, "those that nobody uses are not kept");
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_has_one_permit_by_default() {
        let semaphore = KeyedSemaphore::default();
        let _turn = semaphore.acquire(&"a").await;
        assert!(!has_free_permit(&semaphore, "a").await);
    }
}
