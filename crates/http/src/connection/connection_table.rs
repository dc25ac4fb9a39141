//! The table of all connections. It decides which are accepted, and which are closed for others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Context;
use std::time::{Duration, Instant};

use covibe_domain::UserId;
use covibe_identity::client_network;
use parking_lot::Mutex;

use super::connection_limits::ConnectionLimits;
use super::connections_by_address::{ConnectionPlaces, Holder};
use super::refusal_reasons::RefusedCounts;
use super::request_rates::{KeylessClients, RequestRates};
use super::valid_keys::ValidKeys;

/// The connections of a server, over all of its workers.
#[derive(Debug)]
pub(crate) struct Table {
    limits: ConnectionLimits,
    places: Mutex<ConnectionPlaces>,
    keyless: Mutex<KeylessClients>,
    /// The deliveries with wrong signatures, by the id of their hook's secret.
    pub(super) unsigned: Mutex<RequestRates<String>>,
    /// The requests of people who are signed in, in all of their sessions.
    pub(super) people: Mutex<RequestRates<UserId>>,
    pub(super) valid_keys: Mutex<ValidKeys>,
    /// The requests that were refused.
    pub(super) refused: RefusedCounts,
    /// The bytes of answers that wait for their clients.
    waiting: AtomicUsize,
    /// True if connections are closed after their next answer.
    is_draining: AtomicBool,
    is_stopping: AtomicBool,
}

/// A connection's place in the table. Dropping it frees the place.
#[derive(Debug)]
pub(super) struct ConnectionPlace {
    table: Arc<Table>,
    address: IpAddr,
    id: u64,
    is_reserve: bool,
    holder: Arc<Holder>,
}

/// A request of a client behind a trusted proxy, which is counted until this is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    table: Arc<Table>,
    address: IpAddr,
}

/// The bytes of an answer that are counted until this is dropped.
#[derive(Debug)]
pub(super) struct WaitingBytes {
    table: Arc<Table>,
    bytes: usize,
}

impl Table {
    /// Creates an empty table.
    pub(crate) fn new(limits: ConnectionLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            places: Mutex::default(),
            keyless: Mutex::default(),
            unsigned: Mutex::default(),
            people: Mutex::default(),
            valid_keys: Mutex::default(),
            refused: RefusedCounts::default(),
            waiting: AtomicUsize::new(0),
            is_draining: AtomicBool::new(false),
            is_stopping: AtomicBool::new(false),
        })
    }

    /// Ends each connection with its next answer, because the server stops soon.
    pub(crate) fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Returns whether the server stops soon.
    pub(super) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }

    /// Shortens the time without progress, because the server stops.
    pub(crate) fn stop(&self) {
        self.drain();
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Returns the number of connections.
    pub(super) fn open(&self) -> usize {
        let places = self.places.lock();
        places.total + places.reserve.len()
    }

    /// Returns whether there are no connections.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        let places = self.places.lock();
        places.regular.is_empty() && places.reserve.is_empty()
    }

    /// Returns the limits.
    pub(super) fn limits(&self) -> &ConnectionLimits {
        &self.limits
    }

    /// Returns the time that an answer may currently wait without progress.
    pub(super) fn stall_limit(&self) -> Duration {
        let is_hurried = self.is_stopping.load(Ordering::Relaxed)
            || self.waiting.load(Ordering::Relaxed) > self.limits.waiting_bytes;
        let hurried = if is_hurried { ConnectionLimits::HURRIED } else { Duration::MAX };
        self.limits.stall.min(hurried)
    }

    /// Adds a new connection. If its address or the server is at its limit, the oldest connection without
    /// a request that is answered is closed for it: that of this address, or of the one with the most connections
    /// that has such a connection. An address takes no place of one that has fewer connections, unless it is a
    /// proxy. If all have requests, the new one gets a place in the reserve, instead of the oldest one there if it is
    /// full: a client that sends nothing there keeps nobody out.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> ConnectionPlace {
        let address = client_network(peer);
        let mut places = self.places.lock();
        let is_limited = !self.limits.proxies.contain(peer);
        let is_full_for = |places: &ConnectionPlaces| {
            is_limited && places.connections_of(address) >= self.limits.per_address
        };
        let evicted = if is_full_for(&places) {
            places.evict_of(address)
        } else if places.total >= self.limits.connections {
            let own = if is_limited { places.connections_of(address) } else { 0 };
            places.evict_of_largest(own)
        } else {
            None
        };
        let is_reserve = is_full_for(&places) || places.total >= self.limits.connections;
        let holder = Arc::<Holder>::default();
        let (id, evicted) = if is_reserve {
            places.warn(address);
            places.reserve(address, &holder)
        } else {
            (places.insert(address, &holder), evicted)
        };
        drop(places);
        if let Some(evicted) = evicted {
            evicted.is_evicted.store(true, Ordering::Release);
            evicted.waker.wake();
        }
        ConnectionPlace { table: Arc::clone(self), address, id, is_reserve, holder }
    }

    /// Counts a request of a client behind a trusted proxy; `None` if it has too many.
    pub(super) fn permit(self: &Arc<Self>, client: IpAddr) -> Option<Permit> {
        let address = client_network(client);
        let most = self.limits.per_address;
        let is_counted = increment(&mut self.places.lock().requests, address, most);
        is_counted.then(|| Permit { table: Arc::clone(self), address })
    }

    /// Counts a request without a key, or returns how long its client should wait.
    pub(super) fn take_keyless(&self, client: IpAddr) -> Result<(), Duration> {
        self.keyless.lock().take(client, self.limits.keyless, Instant::now())
    }

    /// Gives a client a request back that was counted as one without a key.
    pub(super) fn give_back_keyless(&self, client: IpAddr) {
        self.keyless.lock().give_back(client, self.limits.keyless);
    }

    /// Counts bytes of an answer.
    pub(super) fn wait(self: &Arc<Self>, bytes: usize) -> WaitingBytes {
        self.waiting.fetch_add(bytes, Ordering::Relaxed);
        WaitingBytes { table: Arc::clone(self), bytes }
    }
}

impl ConnectionPlace {
    /// Returns whether this is a place in the reserve.
    pub(super) fn is_reserve(&self) -> bool {
        self.is_reserve
    }

    /// Returns the table.
    pub(super) fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// Returns whether the connection may not be closed for another one.
    pub(super) fn is_busy(&self) -> bool {
        self.holder.is_busy.load(Ordering::Relaxed)
    }

    /// Records whether the connection may not be closed for another one.
    pub(super) fn set_busy(&self, is_busy: bool) {
        self.holder.is_busy.store(is_busy, Ordering::Relaxed);
    }

    /// Returns whether the connection has to be closed for another one; otherwise wakes the task when it
    /// has.
    pub(super) fn is_evicted(&self, cx: &Context<'_>) -> bool {
        self.holder.waker.register(cx.waker());
        self.holder.is_evicted.load(Ordering::Acquire)
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        let mut places = self.table.places.lock();
        if self.is_reserve {
            places.reserve.remove(&self.id);
        } else {
            places.remove(self.address, self.id);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        decrement(&mut self.table.places.lock().requests, self.address);
    }
}

impl Drop for WaitingBytes {
    fn drop(&mut self) {
        self.table.waiting.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Adds one to a number below `most`; returns whether it was below.
fn increment(numbers: &mut HashMap<IpAddr, usize>, address: IpAddr, most: usize) -> bool {
    let number = numbers.entry(address).or_default();
    let is_below = *number < most;
    *number += usize::from(is_below);
    is_below
}

fn decrement(numbers: &mut HashMap<IpAddr, usize>, address: IpAddr) {
    let Some(number) = numbers.get_mut(&address) else { return };
    *number -= 1;
    if *number == 0 {
        numbers.remove(&address);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::task::Waker;

    use super::*;

    const ATTACKER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

    fn table(connections: usize, per_address: usize) -> Arc<Table> {
        Table::new(ConnectionLimits { connections, per_address, ..ConnectionLimits::default() })
    }

    fn is_evicted(place: &ConnectionPlace) -> bool {
        place.is_evicted(&Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_full_server_closes_the_oldest_connection_of_the_address_that_has_the_most() {
        let table = table(4, 4);
        let other = table.admit(OTHER);
        let places: Vec<_> = (0..3).map(|_| table.admit(ATTACKER)).collect();
        let further = table.admit(OTHER);
        assert!(!further.is_reserve() && !is_evicted(&other));
        assert_eq!(places.iter().map(is_evicted).collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn a_full_server_closes_an_idle_connection_although_the_largest_address_has_none() {
        let table = table(4, 4);
        let busy: Vec<_> = (0..3).map(|_| table.admit(ATTACKER)).collect();
        for place in &busy {
            place.set_busy(true);
        }
        let idle = table.admit(OTHER);
        assert!(table.admit(ATTACKER).is_reserve() && !is_evicted(&idle));
        assert!(!table.admit(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 3))).is_reserve());
        assert!(is_evicted(&idle) && !busy.iter().any(is_evicted));
    }

    #[test]
    fn an_address_whose_connections_are_all_busy_takes_no_places_of_others() {
        let table = table(2, 1);
        let (busy, other) = (table.admit(ATTACKER), table.admit(OTHER));
        busy.set_busy(true);
        assert!(table.admit(ATTACKER).is_reserve());
        assert!(!is_evicted(&busy) && !is_evicted(&other));
    }

    #[test]
    fn a_place_is_free_once_its_connection_ends() {
        let table = table(1, 1);
        for _ in 0..3 {
            let place = table.admit(OTHER);
            place.set_busy(true);
            let further: Vec<_> = (0..40).map(|_| table.admit(OTHER)).collect();
            assert!(further.iter().all(ConnectionPlace::is_reserve));
        }
        assert!(table.is_empty());
    }

    #[test]
    fn silent_connections_in_the_reserve_keep_nobody_out() {
        let table = table(1, 1);
        let busy = table.admit(OTHER);
        busy.set_busy(true);
        let silent: Vec<_> = (0..=255)
            .flat_map(|last| vec![IpAddr::V4(Ipv4Addr::new(198, 51, 100, last)); 10])
            .map(|address| table.admit(address))
            .collect();
        let open = silent.iter().filter(|place| !is_evicted(place)).count();
        assert_eq!(open, ConnectionLimits::RESERVE);
        assert!(!is_evicted(&table.admit(OTHER)));
        assert_eq!(silent.iter().filter(|place| !is_evicted(place)).count(), open - 1);
    }

    #[test]
    fn an_address_uses_at_most_its_share_of_the_reserve() {
        let table = table(1, 1);
        let busy = table.admit(OTHER);
        busy.set_busy(true);
        let other = table.admit(OTHER);
        let places: Vec<_> = (0..40).map(|_| table.admit(ATTACKER)).collect();
        let open = places.iter().filter(|place| !is_evicted(place)).count();
        assert_eq!((open, is_evicted(&other)), (ConnectionLimits::RESERVE_PER_ADDRESS, false));
    }

    #[test]
    fn a_client_behind_a_proxy_has_a_bounded_number_of_requests() {
        let table = table(8, 2);
        let permits: Vec<_> = (0..2).map(|_| table.permit(OTHER).unwrap()).collect();
        assert!(table.permit(OTHER).is_none() && table.permit(ATTACKER).is_some());
        drop(permits);
        assert!(table.permit(OTHER).is_some());
    }
}
