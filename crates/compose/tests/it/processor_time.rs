//! The processor time of some work, for tests of inputs that are made to take long. Other crates include this file.

use std::time::{Duration, Instant};

/// Returns the result of some work on this thread, and the time for which it used a processor: on a busy machine, a test
/// waits for its turn. Where the system does not report that time, it is the one that passed.
pub(crate) fn measure<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let used = || {
        let reported = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        reported.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    };
    let (begun, before) = (Instant::now(), used());
    let result = work();
    let took = used().zip(before).map(|(now, before)| now.saturating_sub(before));
    (result, took.unwrap_or_else(|| begun.elapsed()))
}
