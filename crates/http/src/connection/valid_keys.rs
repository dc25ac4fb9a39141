//! The keys and sessions that were valid lately, each on a surface.

use std::collections::HashSet;

use covibe_domain::KeyDigest;

/// The number of keys that are remembered; beyond it, they are forgotten.
const CAPACITY: usize = 10_000;

/// The keys that were valid lately.
#[derive(Debug, Default)]
pub(super) struct ValidKeys(HashSet<KeyDigest>);

impl ValidKeys {
    pub(super) fn contains(&self, key: &KeyDigest) -> bool {
        self.0.contains(key)
    }

    pub(super) fn insert(&mut self, key: KeyDigest) {
        if self.0.len() >= CAPACITY && !self.0.contains(&key) {
            self.0.clear();
        }
        self.0.insert(key);
    }

    pub(super) fn remove(&mut self, key: &KeyDigest) {
        self.0.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_remembered_keys_is_bounded() {
        let mut keys = ValidKeys::default();
        let key = |number: usize| covibe_crypto::digest(&number.to_string());
        for number in 0..3 * CAPACITY {
            keys.insert(key(number));
            assert!(keys.contains(&key(number)));
        }
        assert!(keys.0.len() <= CAPACITY);
        keys.remove(&key(3 * CAPACITY - 1));
        assert!(!keys.contains(&key(3 * CAPACITY - 1)));
    }
}
