//! The keys and sessions that were valid lately, each on a surface.

use std::collections::{BTreeMap, HashMap};

use covibe_domain::KeyDigest;

/// The number of keys that are remembered; beyond it, one of those that were valid the longest ago is
/// forgotten.
const CAPACITY: usize = 10_000;

/// The number of others that may follow a key in the order before its next request moves it to the end. Most requests
/// change nothing that way.
const FRESH: u64 = 5_000;

/// The keys that were valid lately, roughly in the order in which they last were.
#[derive(Debug, Default)]
pub(super) struct ValidKeys {
    /// The number of each key in the order.
    numbers: HashMap<KeyDigest, u64>,
    in_order: BTreeMap<u64, KeyDigest>,
    next: u64,
}

impl ValidKeys {
    pub(super) fn contains(&self, key: &KeyDigest) -> bool {
        self.numbers.contains_key(key)
    }

    pub(super) fn insert(&mut self, key: KeyDigest) {
        if self.numbers.get(&key).is_some_and(|number| self.next - number < FRESH) {
            return;
        }
        self.remove(&key);
        self.numbers.insert(key, self.next);
        self.in_order.insert(self.next, key);
        self.next += 1;
        if self.numbers.len() > CAPACITY
            && let Some((_, oldest)) = self.in_order.pop_first()
        {
            self.numbers.remove(&oldest);
        }
    }

    pub(super) fn remove(&mut self, key: &KeyDigest) {
        if let Some(number) = self.numbers.remove(key) {
            self.in_order.remove(&number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> KeyDigest {
        covibe_crypto::digest(&number.to_string())
    }

    #[test]
    fn the_number_of_remembered_keys_is_bounded() {
        let mut keys = ValidKeys::default();
        for number in 0..3 * CAPACITY {
            keys.insert(key(number));
            assert!(keys.contains(&key(number)));
        }
        assert_eq!((keys.numbers.len(), keys.in_order.len()), (CAPACITY, CAPACITY));
        keys.remove(&key(3 * CAPACITY - 1));
        assert!(!keys.contains(&key(3 * CAPACITY - 1)));
    }

    #[test]
    fn the_key_that_was_valid_the_longest_ago_is_forgotten_first() {
        let mut keys = ValidKeys::default();
        for number in 0..CAPACITY {
            keys.insert(key(number));
        }
        keys.insert(key(0));
        keys.insert(key(CAPACITY - 1));
        assert_eq!(keys.next, u64::try_from(CAPACITY).unwrap() + 1, "a fresh key keeps its number");
        keys.insert(key(CAPACITY));
        assert!(keys.contains(&key(0)) && !keys.contains(&key(1)));
        assert!((2..=CAPACITY).all(|number| keys.contains(&key(number))));
    }
}
