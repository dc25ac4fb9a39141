//! Background tasks of a program, which are started again after a panic.
//!
//! A panic ends only the task in which it happens, and nobody waits for a task that runs as long as its program. Without a
//! restart, its work would end silently, while the program answers calls as before.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep};

/// The pause after the first panic. Each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// The longest pause. After a task has run for longer than this, its next panic counts as the first one.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// The numbers of panics of the tasks that were started, by name.
static PANICS: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

/// Runs the task that `start` returns. After a panic, runs the next one that it returns, some seconds later. Returns when
/// a task ends without a panic. Requires a Tokio runtime.
///
/// The state of the task itself is lost with it. If the task marks work in shared state as begun, the next one has to
/// begin this work again.
pub async fn run_with_restarts<F: Future<Output = ()>>(name: &'static str, start: impl Fn() -> F) {
    PANICS.lock().entry(name).or_default();
    let mut pause = FIRST_PAUSE;
    loop {
        let begun = Instant::now();
        // Nothing of a task is used after its panic but what it shares with others, who live on after a panic anyway.
        if AssertUnwindSafe(start()).catch_unwind().await.is_ok() {
            return;
        }
        *PANICS.lock().entry(name).or_default() += 1;
        if begun.elapsed() > LONGEST_PAUSE {
            pause = FIRST_PAUSE;
        }
        tracing::error!(
            task = name,
            ?pause,
            "a background task panicked and will be started again"
        );
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Returns the number of panics of each background task since the program started, by the task's name.
pub fn count_panics() -> Vec<(&'static str, u64)> {
    PANICS.lock().iter().map(|(name, panics)| (*name, *panics)).collect()
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    /// Returns the number of panics of a task; `None` if it was never started.
    fn panics(name: &str) -> Option<u64> {
        count_panics().into_iter().find(|(task, _)| *task == name).map(|(_, panics)| panics)
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_is_started_again_after_each_panic_until_it_ends() {
        let (starts, begun) = (Mutex::new(0), Instant::now());
        let start = || async {
            *starts.lock() += 1;
            let number = *starts.lock();
            assert!(number > 2, "the first two tasks fail");
        };
        run_with_restarts("test.restarted", start).await;
        assert_eq!((*starts.lock(), begun.elapsed().as_secs()), (3, 15));
        assert_eq!(panics("test.restarted"), Some(2));
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_with_panics_and_begin_anew_after_a_long_run() {
        let (starts, begun) = (Mutex::new(Vec::new()), Instant::now());
        let start = || async {
            starts.lock().push(begun.elapsed().as_secs());
            let number = starts.lock().len();
            if number == 9 {
                sleep(LONGEST_PAUSE * 2).await;
            }
            assert!(number > 100, "all of these tasks fail");
        };
        let hour = Duration::from_hours(1);
        let ended = timeout(hour, run_with_restarts("test.failing", start)).await;
        assert!(ended.is_err(), "it is started again and again");
        let starts = starts.into_inner();
        let pauses: Vec<_> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(pauses[..10], [5, 10, 20, 40, 80, 160, 300, 300, 605, 10]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_without_panics_is_counted_from_its_start() {
        let endless = run_with_restarts("test.endless", std::future::pending::<()>);
        assert!(timeout(Duration::from_secs(1), endless).await.is_err());
        assert_eq!(panics("test.endless"), Some(0));
    }
}
