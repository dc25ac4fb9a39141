//! Permits by key: the number of them that one key, and all keys together, hold at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;

/// The permits that are held, by key. A key that holds none is not kept. A clone has the same permits.
#[derive(Debug)]
pub struct KeyedPermits<K>(Arc<Mutex<Held<K>>>);

#[derive(Debug)]
struct Held<K> {
    by_key: HashMap<K, usize>,
    all: usize,
}

/// A permit of a key, until it is dropped.
#[derive(Debug)]
pub struct KeyedPermit<K: Eq + Hash> {
    permits: KeyedPermits<K>,
    key: K,
}

impl<K: Clone + Eq + Hash> KeyedPermits<K> {
    /// Returns one more permit for a key, if `is_allowed` returns true for the number of permits that the key holds and
    /// the number of all.
    pub fn take(
        &self,
        key: &K,
        is_allowed: impl FnOnce(usize, usize) -> bool,
    ) -> Option<KeyedPermit<K>> {
        let mut held = self.0.lock();
        let own = held.by_key.get(key).copied().unwrap_or(0);
        if !is_allowed(own, held.all) {
            return None;
        }
        held.by_key.insert(key.clone(), own + 1);
        held.all += 1;
        Some(KeyedPermit { permits: self.clone(), key: key.clone() })
    }
}

impl<K> KeyedPermits<K> {
    /// Returns whether no key holds a permit.
    pub fn is_empty(&self) -> bool {
        self.0.lock().by_key.is_empty()
    }
}

impl<K> Clone for KeyedPermits<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K> Default for KeyedPermits<K> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Held { by_key: HashMap::new(), all: 0 })))
    }
}

impl<K: Eq + Hash> Drop for KeyedPermit<K> {
    fn drop(&mut self) {
        let mut held = self.permits.0.lock();
        held.all -= 1;
        match held.by_key.get_mut(&self.key) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(held.by_key.remove(&self.key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permits_are_counted_by_key_and_in_all_until_they_are_dropped() {
        let permits = KeyedPermits::default();
        let first = permits.take(&"a", |own, all| (own, all) == (0, 0)).unwrap();
        let second = permits.take(&"a", |own, all| (own, all) == (1, 1)).unwrap();
        let other = permits.clone().take(&"b", |own, all| (own, all) == (0, 2)).unwrap();
        assert!(permits.take(&"a", |own, _| own < 2).is_none());
        drop(first);
        assert!(permits.take(&"a", |own, all| (own, all) == (1, 2)).is_some());
        drop((second, other));
        assert!(permits.is_empty());
        assert!(permits.take(&"b", |own, all| (own, all) == (0, 0)).is_some());
    }
}
