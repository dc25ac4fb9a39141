//! Since when resources are missing in Coolify whose containers run.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// The maximum number of resources; beyond it all are forgotten, which makes their containers run on for longer.
const CAPACITY: usize = 10_000;

/// The resources that looks did not find, by their uuids.
#[derive(Debug, Default)]
pub(crate) struct MissingResources(Mutex<HashMap<String, Instant>>);

impl MissingResources {
    /// Notes that a look did not find a resource. Returns for how long none has; `None` if the last one did.
    pub(crate) fn note(&self, uuid: &str) -> Option<Duration> {
        let mut missing = self.0.lock();
        if let Some(since) = missing.get(uuid) {
            return Some(since.elapsed());
        }
        if missing.len() >= CAPACITY {
            missing.clear();
        }
        missing.insert(uuid.to_owned(), Instant::now());
        None
    }

    /// Notes that a look found a resource.
    pub(crate) fn forget(&self, uuid: &str) {
        self.0.lock().remove(uuid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn a_resource_is_missing_since_the_first_of_consecutive_failed_reads() {
        let missing = MissingResources::default();
        assert_eq!(missing.note("a"), None);
        tokio::time::advance(MINUTE).await;
        assert_eq!((missing.note("a"), missing.note("b")), (Some(MINUTE), None));
        missing.forget("a");
        assert_eq!(missing.note("a"), None);
    }

    #[test]
    fn the_number_of_remembered_missing_resources_is_bounded() {
        let missing = MissingResources::default();
        for number in 0..=CAPACITY {
            missing.note(&number.to_string());
        }
        assert_eq!(missing.0.lock().len(), 1);
    }
}
