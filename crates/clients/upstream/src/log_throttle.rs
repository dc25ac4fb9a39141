//! Logging the same thing once a minute.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// The time for which a logged message is not logged again.
const PAUSE: Duration = Duration::from_mins(1);

/// The maximum number of things that are logged in a minute; the others are only counted.
const CAPACITY: usize = 1_000;

/// The time at which each thing, by its key, was last logged.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<Logged>);

#[derive(Debug, Default)]
struct Logged {
    at: HashMap<String, Instant>,
    /// The number of times that something was left out since this was last logged.
    left_out: u64,
    told_at: Option<Instant>,
}

impl Throttle {
    /// Returns whether to log now: if the last time is a minute ago, or there was none, and fewer than 1,000
    /// other things were logged in this minute. Logs once a minute how many were not for that reason.
    pub fn is_due(&self, key: String) -> bool {
        self.is_due_at(key, Instant::now())
    }

    fn is_due_at(&self, key: String, now: Instant) -> bool {
        let is_recent = |at: &Instant| now.duration_since(*at) < PAUSE;
        let mut logged = self.0.lock();
        if logged.at.get(&key).is_some_and(is_recent) {
            return false;
        }
        if logged.at.len() >= CAPACITY {
            logged.at.retain(|_, at| is_recent(at));
        }
        if logged.at.len() >= CAPACITY && !logged.at.contains_key(&key) {
            logged.leave_out(now);
            return false;
        }
        logged.at.insert(key, now);
        true
    }
}

impl Logged {
    fn leave_out(&mut self, now: Instant) {
        self.left_out += 1;
        if self.told_at.is_none_or(|at| now.duration_since(at) >= PAUSE) {
            tracing::warn!(
                count = self.left_out,
                "too many different messages in a minute: some were not logged"
            );
            (self.left_out, self.told_at) = (0, Some(now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_logged_at_most_once_a_minute() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let is_due = |key: &str, at| throttle.is_due_at(key.to_owned(), at);
        assert!(is_due("a", start));
        assert!(!is_due("a", start + PAUSE / 2));
        assert!(is_due("b", start + PAUSE / 2), "another key");
        assert!(is_due("a", start + PAUSE));
        assert!(!is_due("a", start + PAUSE + PAUSE / 2));
    }

    #[test]
    fn a_bounded_number_of_keys_is_logged_per_minute() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let due = |at| (0..3 * CAPACITY).filter(|n| throttle.is_due_at(n.to_string(), at)).count();
        assert_eq!((due(start), due(start + PAUSE / 2)), (CAPACITY, 0));
        assert_eq!(throttle.0.lock().left_out, 4 * CAPACITY as u64 - 1);
        assert_eq!(due(start + PAUSE), CAPACITY);
    }
}
