//! The keys and sessions that were valid lately, each on a surface, and the people whose sessions these are.

use std::collections::{BTreeMap, HashMap};

use covibe_domain::{KeyDigest, UserId};

/// The number of keys that are remembered; beyond it, one of those that were valid the longest ago is
/// forgotten.
const CAPACITY: usize = 10_000;

/// The number of others that may follow a key in the order before its next request moves it to the end. Most requests
/// change nothing that way.
const FRESH: u64 = 5_000;

/// The keys that were valid lately, roughly in the order in which they last were.
#[derive(Debug, Default)]
pub(super) struct ValidKeys {
    keys: HashMap<KeyDigest, ValidKey>,
    in_order: BTreeMap<u64, KeyDigest>,
    next: u64,
}

#[derive(Debug)]
struct ValidKey {
    /// Its number in the order.
    number: u64,
    /// The person whose session it is; `None` for a key.
    person: Option<UserId>,
}

impl ValidKeys {
    pub(super) fn contains(&self, key: &KeyDigest) -> bool {
        self.keys.contains_key(key)
    }

    /// Returns the person whose session this is.
    pub(super) fn person(&self, key: &KeyDigest) -> Option<&UserId> {
        self.keys.get(key)?.person.as_ref()
    }

    /// Remembers a key, or the session of a person.
    pub(super) fn insert(&mut self, key: KeyDigest, person: Option<&UserId>) {
        if self.keys.get(&key).is_some_and(|it| self.next - it.number < FRESH) {
            return;
        }
        self.remove(&key);
        self.keys.insert(key, ValidKey { number: self.next, person: person.cloned() });
        self.in_order.insert(self.next, key);
        self.next += 1;
        if self.keys.len() > CAPACITY
            && let Some((_, oldest)) = self.in_order.pop_first()
        {
            self.keys.remove(&oldest);
        }
    }

    pub(super) fn remove(&mut self, key: &KeyDigest) {
        if let Some(ValidKey { number, .. }) = self.keys.remove(key) {
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
            keys.insert(key(number), None);
            assert!(keys.contains(&key(number)));
        }
        assert_eq!((keys.keys.len(), keys.in_order.len()), (CAPACITY, CAPACITY));
        keys.remove(&key(3 * CAPACITY - 1));
        assert!(!keys.contains(&key(3 * CAPACITY - 1)));
    }

    #[test]
    fn the_key_that_was_valid_the_longest_ago_is_forgotten_first() {
        let mut keys = ValidKeys::default();
        for number in 0..CAPACITY {
            keys.insert(key(number), None);
        }
        keys.insert(key(0), None);
        keys.insert(key(CAPACITY - 1), None);
        assert_eq!(keys.next, u64::try_from(CAPACITY).unwrap() + 1, "a fresh key keeps its number");
        keys.insert(key(CAPACITY), None);
        assert!(keys.contains(&key(0)) && !keys.contains(&key(1)));
        assert!((2..=CAPACITY).all(|number| keys.contains(&key(number))));
    }

    #[test]
    fn the_person_of_a_session_is_remembered_until_it_is_not_valid_any_more() {
        let (mut keys, person) = (ValidKeys::default(), "usr_mark".parse().unwrap());
        keys.insert(key(0), Some(&person));
        keys.insert(key(1), None);
        assert_eq!((keys.person(&key(0)), keys.person(&key(1))), (Some(&person), None));
        keys.remove(&key(0));
        assert_eq!(keys.person(&key(0)), None);
    }
}
