//! A value that is fetched once for all who wait for it, and kept for a short time.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use covibe_domain::{Failure, Kind};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::{Cause, Error};

/// An error of a fetch, which several callers may get.
pub trait Shared: Clone {
    /// Returns whether those who waited for the fetch get this error too. Otherwise each of them
    /// fetches.
    fn is_shared(&self) -> bool;
}

/// Where the rate budget is exhausted, each caller has a turn of its own.
impl Shared for Error {
    fn is_shared(&self) -> bool {
        !matches!(self.cause, Cause::Limited { .. })
    }
}

/// As the error of an upstream.
impl Shared for Failure {
    fn is_shared(&self) -> bool {
        self.kind != Kind::Limited
    }
}

/// A value that is fetched at most once at a time, and at most once in its lifetime.
///
/// A caller that arrives during a fetch waits for its outcome. A failure serves only those callers.
/// A write that changes the value ends its lifetime: see [`SingleFlight::changing`].
pub struct SingleFlight<T, E> {
    lifetime: Duration,
    generation: AtomicU64,
    slot: Mutex<Option<Fetched<T, E>>>,
}

struct Fetched<T, E> {
    generation: u64,
    ended: Instant,
    outcome: Result<T, E>,
}

/// Makes a value stale when it is dropped, however the write ended.
#[must_use = "it must be held during the write"]
pub struct Changing<'a>(&'a AtomicU64);

impl<T: Clone, E: Shared> SingleFlight<T, E> {
    /// Creates an empty cache that keeps a value for `lifetime`; with none, a value serves only the
    /// callers that arrived during its fetch.
    pub fn new(lifetime: Duration) -> Self {
        Self { lifetime, generation: AtomicU64::new(0), slot: Mutex::new(None) }
    }

    /// Returns the value, from `fetch` where there is none that is fresh.
    pub async fn get(&self, fetch: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let arrived = Instant::now();
        let mut slot = self.slot.lock().await;
        let generation = self.generation.load(Ordering::Acquire);
        if let Some(fetched) = slot.as_ref().filter(|it| it.generation == generation)
            && fetched.serves(arrived, self.lifetime)
        {
            return fetched.outcome.clone();
        }
        let outcome = fetch.await;
        *slot = Some(Fetched { generation, ended: Instant::now(), outcome: outcome.clone() });
        outcome
    }

    /// Returns the value if there is one that is fresh, without waiting for a fetch that is under way.
    pub fn fresh_value(&self) -> Option<T> {
        self.read_fresh(T::clone)
    }

    /// Returns the value that was fetched last, even if it is stale; `None` during a fetch.
    pub fn last_value(&self) -> Option<T> {
        self.slot.try_lock().ok()?.as_ref()?.outcome.as_ref().ok().cloned()
    }

    /// Returns whether there is a fresh value.
    fn is_fresh(&self) -> bool {
        self.read_fresh(|_| ()).is_some()
    }

    fn read_fresh<U>(&self, take: impl FnOnce(&T) -> U) -> Option<U> {
        let slot = self.slot.try_lock().ok()?;
        let fetched = slot.as_ref().filter(|it| it.ended.elapsed() < self.lifetime)?;
        let is_current = fetched.generation == self.generation.load(Ordering::Acquire);
        fetched.outcome.as_ref().ok().filter(|_| is_current).map(take)
    }

    /// Returns a guard to be held during a write that changes the value.
    pub fn changing(&self) -> Changing<'_> {
        Changing(&self.generation)
    }

    /// Makes the value stale.
    pub fn forget(&self) {
        drop(self.changing());
    }
}

impl<T, E: Shared> Fetched<T, E> {
    fn serves(&self, arrived: Instant, lifetime: Duration) -> bool {
        match &self.outcome {
            Ok(_) => arrived < self.ended || self.ended.elapsed() < lifetime,
            Err(error) => error.is_shared() && arrived < self.ended,
        }
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

impl<T, E> fmt::Debug for SingleFlight<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleFlight").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// A bounded number of [`SingleFlight`]s, by their key.
pub struct SingleFlights<K, T, E> {
    lifetime: Duration,
    capacity: usize,
    known: parking_lot::Mutex<Known<K, T, E>>,
}

struct Known<K, T, E> {
    flights: HashMap<K, Arc<SingleFlight<T, E>>>,
    /// When stale values were dropped last.
    swept: Instant,
}

/// Makes the value of a key stale when it is dropped, as [`Changing`].
#[must_use = "it must be held during the write"]
pub struct ChangingOf<'a, K: Clone + Eq + Hash, T: Clone, E: Shared> {
    flights: &'a SingleFlights<K, T, E>,
    key: K,
}

impl<K: Clone + Eq + Hash, T: Clone, E: Shared> SingleFlights<K, T, E> {
    /// Creates an empty cache. Above `capacity` keys all are forgotten, which costs a fetch each.
    pub fn new(lifetime: Duration, capacity: usize) -> Self {
        let known = Known { flights: HashMap::new(), swept: Instant::now() };
        Self { lifetime, capacity, known: parking_lot::Mutex::new(known) }
    }

    /// Returns the value of a key, from `fetch` where there is none that is fresh.
    pub async fn get(&self, key: &K, fetch: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let flight = self.flight(key);
        flight.get(fetch).await
    }

    /// Returns the value of a key if there is one that is fresh, so that a caller need not build
    /// the large future of its fetch.
    pub fn fresh_value(&self, key: &K) -> Option<T> {
        let flight = Arc::clone(self.known.lock().flights.get(key)?);
        flight.fresh_value()
    }

    /// Returns the value of a key that was fetched last, even if it is stale, where it is still kept.
    pub fn last_value(&self, key: &K) -> Option<T> {
        let flight = Arc::clone(self.known.lock().flights.get(key)?);
        flight.last_value()
    }

    /// Forgets a key's value. The outcome of a fetch that is under way serves those who wait for
    /// it, and is not kept.
    pub fn forget(&self, key: &K) {
        self.known.lock().flights.remove(key);
    }

    /// Returns a guard to be held during a write that changes the value of a key.
    pub fn changing(&self, key: &K) -> ChangingOf<'_, K, T, E> {
        ChangingOf { flights: self, key: key.clone() }
    }

    fn flight(&self, key: &K) -> Arc<SingleFlight<T, E>> {
        let mut known = self.known.lock();
        if let Some(flight) = known.flights.get(key) {
            return Arc::clone(flight);
        }
        known.sweep(self.lifetime);
        if known.flights.len() >= self.capacity {
            known.flights.clear();
        }
        let flight = Arc::new(SingleFlight::new(self.lifetime));
        known.flights.insert(key.clone(), Arc::clone(&flight));
        flight
    }
}

impl<K: Eq + Hash, T: Clone, E: Shared> Known<K, T, E> {
    /// Drops what is neither fresh nor in use, once in a lifetime of values: they may be large.
    fn sweep(&mut self, lifetime: Duration) {
        if self.swept.elapsed() >= lifetime {
            self.swept = Instant::now();
            self.flights.retain(|_, flight| Arc::strong_count(flight) > 1 || flight.is_fresh());
        }
    }
}

impl<K: Clone + Eq + Hash, T: Clone, E: Shared> Drop for ChangingOf<'_, K, T, E> {
    fn drop(&mut self) {
        self.flights.forget(&self.key);
    }
}

impl<K, T, E> fmt::Debug for SingleFlights<K, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleFlights").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const LIFETIME: Duration = Duration::from_secs(2);

    fn broken(kind: Kind) -> Failure {
        Failure::new(kind, "No.")
    }

    async fn slow<T>(calls: &Cell<u32>, outcome: T) -> T {
        calls.set(calls.get() + 1);
        tokio::time::sleep(Duration::from_millis(100)).await;
        outcome
    }

    #[tokio::test(start_paused = true)]
    async fn fresh_value_returns_only_a_fetched_unexpired_and_unchanged_value() {
        let (flights, calls) = (SingleFlights::<u8, u8, Failure>::new(LIFETIME, 9), Cell::new(0));
        assert_eq!(flights.fresh_value(&1), None);
        let fetch = flights.get(&1, slow(&calls, Ok(7)));
        let (fetched, meanwhile) = tokio::join!(fetch, async { flights.fresh_value(&1) });
        assert_eq!((fetched, meanwhile, flights.fresh_value(&1)), (Ok(7), None, Some(7)));
        assert_eq!(flights.fresh_value(&2), None);
        drop(flights.changing(&1));
        assert_eq!(flights.fresh_value(&1), None);
        let _failed = flights.get(&1, slow(&calls, Err(broken(Kind::Upstream)))).await;
        assert_eq!(flights.fresh_value(&1), None, "a failure is for those who waited");
        assert_eq!(flights.get(&1, slow(&calls, Ok(8))).await, Ok(8));
        tokio::time::sleep(LIFETIME).await;
        assert_eq!((flights.fresh_value(&1), flights.last_value(&1)), (None, Some(8)));
        flights.forget(&1);
        assert_eq!(flights.last_value(&1), None);
    }

    #[tokio::test(start_paused = true)]
    async fn concurrent_callers_share_one_fetch_and_a_stale_value_is_fetched_again() {
        let (flight, calls) = (SingleFlight::<u8, Failure>::new(LIFETIME), Cell::new(0));
        let (one, other) =
            tokio::join!(flight.get(slow(&calls, Ok(1))), flight.get(slow(&calls, Ok(2))));
        assert_eq!((one, other, calls.get()), (Ok(1), Ok(1), 1));
        tokio::time::sleep(LIFETIME).await;
        assert_eq!(flight.get(slow(&calls, Ok(3))).await, Ok(3));
        drop(flight.changing());
        assert_eq!(flight.get(slow(&calls, Ok(4))).await, Ok(4));
        let during = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            flight.forget();
        };
        flight.forget();
        let (begun, ()) = tokio::join!(flight.get(slow(&calls, Ok(5))), during);
        assert_eq!(begun, Ok(5));
        assert_eq!(flight.get(slow(&calls, Ok(6))).await, Ok(6), "changed during the fetch");
    }

    #[tokio::test(start_paused = true)]
    async fn a_value_without_a_lifetime_is_shared_only_by_concurrent_callers() {
        let (flight, calls) = (SingleFlight::<u8, Failure>::new(Duration::ZERO), Cell::new(0));
        let (one, other) =
            tokio::join!(flight.get(slow(&calls, Ok(1))), flight.get(slow(&calls, Ok(2))));
        assert_eq!((one, other, calls.get()), (Ok(1), Ok(1), 1));
        assert_eq!(flight.get(slow(&calls, Ok(3))).await, Ok(3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_other_than_a_rate_limit_is_shared_only_by_concurrent_callers() {
        for (kind, fetches) in [(Kind::Upstream, 1), (Kind::Limited, 2)] {
            let (flight, calls) = (SingleFlight::<u8, Failure>::new(LIFETIME), Cell::new(0));
            let fail = || slow(&calls, Err(broken(kind)));
            let (one, other) = tokio::join!(flight.get(fail()), flight.get(fail()));
            assert_eq!((one.is_err(), other.is_err(), calls.get()), (true, true, fetches));
            assert_eq!(flight.get(slow(&calls, Ok(1))).await, Ok(1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn values_of_a_bounded_number_of_keys_are_kept() {
        let flights = SingleFlights::<u8, u8, Failure>::new(LIFETIME, 2);
        let calls = Cell::new(0);
        for (key, value, expected) in [(1, 1, 1), (2, 2, 2), (1, 9, 1), (3, 3, 3), (1, 4, 4)] {
            assert_eq!(flights.get(&key, slow(&calls, Ok(value))).await, Ok(expected), "{key}");
        }
        assert_eq!(calls.get(), 4);
        drop(flights.changing(&1));
        assert_eq!(flights.get(&1, slow(&calls, Ok(5))).await, Ok(5));
    }

    #[tokio::test(start_paused = true)]
    async fn stale_values_of_other_keys_are_dropped_at_the_next_fetch() {
        let (flights, calls) =
            (SingleFlights::<u8, Arc<u8>, Failure>::new(LIFETIME, 9), Cell::new(0));
        let value = Arc::new(1);
        flights.get(&1, slow(&calls, Ok(Arc::clone(&value)))).await.unwrap();
        assert_eq!(Arc::strong_count(&value), 2);
        tokio::time::sleep(LIFETIME).await;
        flights.get(&2, slow(&calls, Ok(Arc::new(2)))).await.unwrap();
        assert_eq!(Arc::strong_count(&value), 1);
    }
}
