//! Logging the same thing once a minute.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How long what was logged is not logged again.
const PAUSE: Duration = Duration::from_mins(1);

/// The maximum number of remembered keys; beyond it all are forgotten, which costs a line each.
const CAPACITY: usize = 1_000;

/// When each thing, by its key, was last logged.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<String, Instant>>);

impl Throttle {
    /// Returns whether to log now: if the last time is a minute ago, or there was none.
    pub fn is_due(&self, key: String) -> bool {
        self.is_due_at(key, Instant::now())
    }

    fn is_due_at(&self, key: String, now: Instant) -> bool {
        let mut logged = self.0.lock();
        if logged.get(&key).is_some_and(|at| now.duration_since(*at) < PAUSE) {
            return false;
        }
        if logged.len() >= CAPACITY {
            logged.clear();
        }
        logged.insert(key, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_due_once_a_minute() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let is_due = |key: &str, at| throttle.is_due_at(key.to_owned(), at);
        assert!(is_due("a", start));
        assert!(!is_due("a", start + PAUSE / 2));
        assert!(is_due("b", start + PAUSE / 2), "another key");
        assert!(is_due("a", start + PAUSE));
        assert!(!is_due("a", start + PAUSE + PAUSE / 2));
    }

    #[test]
    fn the_number_of_keys_is_bounded() {
        let throttle = Throttle::default();
        for number in 0..3 * CAPACITY {
            assert!(throttle.is_due(number.to_string()));
        }
        assert!(throttle.0.lock().len() <= CAPACITY);
    }
}
