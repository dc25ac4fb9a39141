//! Counters and histograms of a running server: plain numbers that any thread adds to and reads. `keyed_permits` counts
//! what is held at once, `keyed_semaphore` makes callers wait, and `shared_permits` lets no caller take all.

mod keyed_permits;
mod keyed_semaphore;
mod shared_permits;

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub use self::keyed_permits::{KeyedPermit, KeyedPermits};
pub use self::keyed_semaphore::{KeyedSemaphore, KeyedTurn};
pub use self::shared_permits::{SharedPermit, SharedPermits};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Creates a count of zero.
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Adds one.
    pub fn add_one(&self) {
        self.add(1);
    }

    /// Adds a number.
    pub fn add(&self, number: u64) {
        self.0.fetch_add(number, Ordering::Relaxed);
    }

    /// Returns the number.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The longest duration that each bucket but the last counts, in microseconds.
type Bounds = [u64; 15];

/// The bounds for calls: 1 ms to 60 s.
const CALLS: Bounds = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000, 30_000_000, 60_000_000,
];

/// The bounds for waits: 1 s to a day.
const WAITS: Bounds = [
    1_000_000,
    5_000_000,
    15_000_000,
    30_000_000,
    60_000_000,
    120_000_000,
    300_000_000,
    600_000_000,
    1_200_000_000,
    1_800_000_000,
    3_600_000_000,
    7_200_000_000,
    14_400_000_000,
    28_800_000_000,
    86_400_000_000,
];

/// The number of buckets. The last one counts durations longer than all bounds.
const BUCKETS: usize = CALLS.len() + 1;

/// A histogram of durations, by default those of calls, from 1 ms to 60 s. Adding one takes some nanoseconds.
#[derive(Debug)]
pub struct Durations {
    bounds: &'static Bounds,
    buckets: [Count; BUCKETS],
    /// The sum, in microseconds.
    sum: Count,
}

impl Default for Durations {
    fn default() -> Self {
        Self::with_bounds(&CALLS)
    }
}

/// The content of [`Durations`] at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// The upper bound of each bucket, and the number of durations in this bucket alone; the last bound is
    /// [`Duration::MAX`].
    pub buckets: Vec<(Duration, u64)>,
    /// The sum of all durations.
    pub sum: Duration,
}

impl Distribution {
    /// Returns the number of durations.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|(_, count)| count).sum()
    }

    /// Adds another one with the same buckets.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        for ((_, count), (_, more)) in self.buckets.iter_mut().zip(&other.buckets) {
            *count += more;
        }
        self.sum += other.sum;
        self
    }
}

impl Durations {
    /// Creates the durations of waits, counted in buckets from 1 s to a day.
    pub fn for_waits() -> Self {
        Self::with_bounds(&WAITS)
    }

    fn with_bounds(bounds: &'static Bounds) -> Self {
        Self { bounds, buckets: array::from_fn(|_| Count::new()), sum: Count::new() }
    }

    /// Adds a duration.
    pub fn add(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let fits = self.bounds.iter().position(|bound| micros <= *bound);
        let bucket = fits.unwrap_or(self.bounds.len());
        if let Some(bucket) = self.buckets.get(bucket) {
            bucket.add_one();
        }
        self.sum.add(micros);
    }

    /// Returns the durations that were counted up to now.
    pub fn read(&self) -> Distribution {
        let bounds = self.bounds.iter().map(|bound| Duration::from_micros(*bound));
        let bounds = bounds.chain([Duration::MAX]);
        let buckets = bounds.zip(self.buckets.iter().map(Count::get)).collect();
        Distribution { buckets, sum: Duration::from_micros(self.sum.get()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duration_is_in_the_first_bucket_that_is_long_enough() {
        let durations = Durations::default();
        let added = [0, 1_000, 1_001, 60_000_000, 60_000_001, 3_600_000_000];
        for micros in added {
            durations.add(Duration::from_micros(micros));
        }
        let Distribution { buckets, sum } = durations.read();
        let in_bucket = |bound| buckets.iter().find(|(of, _)| *of == bound).unwrap().1;
        assert_eq!(in_bucket(Duration::from_millis(1)), 2);
        assert_eq!(in_bucket(Duration::from_micros(2_500)), 1);
        assert_eq!(in_bucket(Duration::from_mins(1)), 1);
        assert_eq!(in_bucket(Duration::MAX), 2);
        assert_eq!(sum, Duration::from_micros(added.into_iter().sum()));
        assert_eq!(durations.read().count(), 6);
    }

    #[test]
    fn the_bounds_of_buckets_are_in_ascending_order() {
        assert!(CALLS.is_sorted_by(|one, next| one < next));
        assert!(WAITS.is_sorted_by(|one, next| one < next));
    }

    #[test]
    fn distributions_are_added_bucket_by_bucket() {
        let (one, other) = (Durations::for_waits(), Durations::for_waits());
        one.add(Duration::from_secs(20));
        other.add(Duration::from_hours(30));
        let both = one.read().plus(&other.read());
        assert_eq!(
            (both.count(), both.sum),
            (2, Duration::from_secs(20) + Duration::from_hours(30))
        );
        let in_bucket = |bound| both.buckets.iter().find(|(of, _)| *of == bound).unwrap().1;
        assert_eq!((in_bucket(Duration::from_secs(30)), in_bucket(Duration::MAX)), (1, 1));
    }
}
