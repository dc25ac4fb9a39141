//! Coolify's inspections of containers, one after the other for each resource.
//!
//! Coolify continues with one that its caller has given up, and each holds one of the few workers that answer all calls:
//! further ones would make all of them slower.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::{Failure, KeyedSemaphore};
use covibe_upstream::{Cause, Error};
use parking_lot::Mutex;
use tokio::time::timeout;

/// The time for which Coolify may continue with an inspection that nobody waits for: 25 to 34 seconds were seen
/// (4.3.11).
const GOES_ON: Duration = Duration::from_secs(35);

/// The longest wait for the inspections of other calls.
const PATIENCE: Duration = Duration::from_secs(5);

/// The inspections of resources by Coolify in one cell that have not ended.
#[derive(Debug, Default)]
pub(crate) struct CoolifyInspections {
    turns: KeyedSemaphore<String>,
    /// The beginnings of those that Coolify has not answered, by the uuid of the resource.
    open: Mutex<HashMap<String, Instant>>,
}

impl CoolifyInspections {
    /// Inspects the resource with this uuid once no other inspection of it is under way.
    ///
    /// # Errors
    ///
    /// Unready while Coolify may be at an inspection that nobody waits for, or at those of others: nothing was seen
    /// then.
    pub(crate) async fn run<T>(
        &self,
        uuid: &str,
        inspection: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failure> {
        let turn = timeout(PATIENCE, self.turns.acquire(&uuid.to_owned())).await;
        let _turn = turn.map_err(|_| unfinished_inspection())?;
        if !self.open(uuid) {
            return Err(unfinished_inspection());
        }
        // It stays open where this future is dropped.
        let inspected = inspection.await;
        let goes_on = matches!(&inspected, Err(Error { cause: Cause::TimedOut, .. }));
        if !goes_on {
            self.open.lock().remove(uuid);
        }
        Ok(inspected?)
    }

    /// Notes that an inspection begins. Returns whether Coolify is not busy with an earlier one.
    fn open(&self, uuid: &str) -> bool {
        let mut open = self.open.lock();
        open.retain(|_, since| since.elapsed() < GOES_ON);
        let is_first = !open.contains_key(uuid);
        if is_first {
            open.insert(uuid.to_owned(), Instant::now());
        }
        is_first
    }
}

/// Coolify may be at an earlier inspection.
fn unfinished_inspection() -> Failure {
    // The caller knows whether something was changed before.
    Failure::unready("Coolify has not yet answered an earlier inspection of the containers.")
        .hint("Repeat the call in half a minute.")
        .retry_after(GOES_ON / 2)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn an_abandoned_inspection_blocks_further_ones_of_the_same_resource() {
        let inspections = CoolifyInspections::default();
        assert!(inspections.run("one", ready(Ok(1))).await.is_ok());
        assert!(inspections.run("one", ready(Ok(2))).await.is_ok(), "the first was answered");
        let given_up = inspections.run("one", pending::<Result<i32, Error>>());
        assert!(tokio::time::timeout(Duration::from_millis(10), given_up).await.is_err());
        assert!(inspections.run("one", ready(Ok(3))).await.is_err());
        assert!(inspections.run("other", ready(Ok(4))).await.is_ok());
        let long_ago = Instant::now().checked_sub(GOES_ON).unwrap();
        inspections.open.lock().insert("one".to_owned(), long_ago);
        assert!(inspections.run("one", ready(Ok(5))).await.is_ok(), "Coolify is done with it");
    }
}
