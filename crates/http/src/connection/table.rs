//! The table of all connections: who may have another one, and which one is closed for it.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Context;
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;

use super::limits::{ConnectionLimits, counted};

/// How often the operator is told that there are too many connections.
const WARN_EVERY: Duration = Duration::from_mins(1);

/// The connections of a server, over all of its workers.
#[derive(Debug)]
pub(crate) struct Table {
    limits: ConnectionLimits,
    places: Mutex<Places>,
    /// The bytes of answers that wait for their clients.
    waiting: AtomicUsize,
    is_stopping: AtomicBool,
}

#[derive(Debug, Default)]
struct Places {
    total: usize,
    next: u64,
    /// When the operator was last told that there are too many.
    warned: Option<Instant>,
    /// The connections of each address, the oldest first.
    regular: HashMap<IpAddr, BTreeMap<u64, Arc<Holder>>>,
    reserve: HashMap<IpAddr, usize>,
    /// The requests of clients behind trusted proxies.
    requests: HashMap<IpAddr, usize>,
}

/// What the table knows of a connection.
#[derive(Debug, Default)]
struct Holder {
    /// Whether a request is being answered. Others may be closed to make room.
    is_busy: AtomicBool,
    is_evicted: AtomicBool,
    waker: AtomicWaker,
}

/// A connection's place in the table. Dropping it frees the place.
#[derive(Debug)]
pub(super) struct Place {
    table: Arc<Table>,
    address: IpAddr,
    /// `None` in the reserve.
    id: Option<u64>,
    holder: Arc<Holder>,
}

/// A request of a client behind a trusted proxy, which is counted until this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    table: Arc<Table>,
    address: IpAddr,
}

/// The bytes of an answer that are counted until this is dropped.
#[derive(Debug)]
pub(super) struct Waiting {
    table: Arc<Table>,
    bytes: usize,
}

impl Table {
    /// Creates an empty table.
    pub(crate) fn new(limits: ConnectionLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            places: Mutex::default(),
            waiting: AtomicUsize::new(0),
            is_stopping: AtomicBool::new(false),
        })
    }

    /// Makes clients that receive nothing lose their connections soon, because the server stops.
    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Whether there are no connections.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        let places = self.places.lock();
        places.regular.is_empty() && places.reserve.is_empty()
    }

    /// Returns the limits.
    pub(super) fn limits(&self) -> &ConnectionLimits {
        &self.limits
    }

    /// Returns how long a client may receive nothing at present.
    pub(super) fn stall_limit(&self) -> Duration {
        let is_hurried = self.is_stopping.load(Ordering::Relaxed)
            || self.waiting.load(Ordering::Relaxed) > self.limits.waiting_bytes;
        let hurried = if is_hurried { ConnectionLimits::HURRIED } else { Duration::MAX };
        self.limits.stall.min(hurried)
    }

    /// Gives a new connection a place. If its address or the server has as many as it may have, the
    /// oldest one without a request is closed for it: of this address, or of the one that has the
    /// most. If all have requests, it gets a place in the reserve; `None` if that is taken as well.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let address = counted(peer);
        let mut places = self.places.lock();
        let is_limited = !self.limits.proxies.contain(peer);
        let is_full_for =
            |places: &Places| is_limited && places.of(address) >= self.limits.per_address;
        if is_full_for(&places) {
            places.evict_of(address);
        }
        if places.total >= self.limits.connections
            && let Some(most) = places.largest()
        {
            places.evict_of(most);
        }
        let is_regular = !is_full_for(&places) && places.total < self.limits.connections;
        if !is_regular {
            places.warn(address);
        }
        let holder = Arc::<Holder>::default();
        let id = match is_regular {
            true => Some(places.insert(address, &holder)),
            false if places.reserve(address) => None,
            false => return None,
        };
        Some(Place { table: Arc::clone(self), address, id, holder })
    }

    /// Counts a request of a client behind a trusted proxy; `None` if it has too many.
    pub(super) fn turn(self: &Arc<Self>, client: IpAddr) -> Option<Turn> {
        let address = counted(client);
        let most = self.limits.per_address;
        let is_counted = increment(&mut self.places.lock().requests, address, most);
        is_counted.then(|| Turn { table: Arc::clone(self), address })
    }

    /// Counts bytes of an answer.
    pub(super) fn wait(self: &Arc<Self>, bytes: usize) -> Waiting {
        self.waiting.fetch_add(bytes, Ordering::Relaxed);
        Waiting { table: Arc::clone(self), bytes }
    }
}

impl Places {
    fn of(&self, address: IpAddr) -> usize {
        self.regular.get(&address).map_or(0, BTreeMap::len)
    }

    fn largest(&self) -> Option<IpAddr> {
        let largest = self.regular.iter().max_by_key(|(_, holders)| holders.len());
        largest.map(|(address, _)| *address)
    }

    fn insert(&mut self, address: IpAddr, holder: &Arc<Holder>) -> u64 {
        self.next += 1;
        self.total += 1;
        self.regular.entry(address).or_default().insert(self.next, Arc::clone(holder));
        self.next
    }

    fn remove(&mut self, address: IpAddr, id: u64) {
        let Some(holders) = self.regular.get_mut(&address) else { return };
        if holders.remove(&id).is_some() {
            self.total -= 1;
        }
        if holders.is_empty() {
            self.regular.remove(&address);
        }
    }

    /// Closes the oldest connection of an address that has no request, if there is one.
    fn evict_of(&mut self, address: IpAddr) {
        let holders = self.regular.get(&address).into_iter().flatten();
        let idle = |holder: &Holder| !holder.is_busy.load(Ordering::Relaxed);
        let Some((id, holder)) = holders.into_iter().find(|(_, holder)| idle(holder)) else {
            return;
        };
        holder.is_evicted.store(true, Ordering::Release);
        holder.waker.wake();
        let id = *id;
        self.remove(address, id);
    }

    fn warn(&mut self, address: IpAddr) {
        if self.warned.is_some_and(|warned| warned.elapsed() < WARN_EVERY) {
            return;
        }
        self.warned = Some(Instant::now());
        let (total, own) = (self.total, self.of(address));
        tracing::warn!(total, %address, own, "too many connections; a further one was refused");
    }

    fn reserve(&mut self, address: IpAddr) -> bool {
        let taken: usize = self.reserve.values().sum();
        taken < ConnectionLimits::RESERVE
            && increment(&mut self.reserve, address, ConnectionLimits::RESERVE_PER_ADDRESS)
    }
}

impl Place {
    /// Whether this is a place in the reserve.
    pub(super) fn is_reserve(&self) -> bool {
        self.id.is_none()
    }

    /// Returns the table.
    pub(super) fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// Tells whether a request is being answered.
    pub(super) fn set_busy(&self, is_busy: bool) {
        self.holder.is_busy.store(is_busy, Ordering::Relaxed);
    }

    /// Whether the connection is to be closed for another one; otherwise the task is woken once it is.
    pub(super) fn is_evicted(&self, cx: &Context<'_>) -> bool {
        self.holder.waker.register(cx.waker());
        self.holder.is_evicted.load(Ordering::Acquire)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.table.places.lock();
        match self.id {
            Some(id) => places.remove(self.address, id),
            None => decrement(&mut places.reserve, self.address),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        decrement(&mut self.table.places.lock().requests, self.address);
    }
}

impl Drop for Waiting {
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
