//! The places of connections in the table.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;

use super::connection_limits::ConnectionLimits;

/// The shortest interval between two warnings about too many connections.
const WARN_EVERY: Duration = Duration::from_mins(1);

#[derive(Debug, Default)]
pub(super) struct ConnectionPlaces {
    pub(super) total: usize,
    next: u64,
    /// When the last warning about too many connections was logged.
    warned: Option<Instant>,
    /// The connections of each address, the oldest first.
    pub(super) regular: HashMap<IpAddr, BTreeMap<u64, Arc<Holder>>>,
    /// The connections beyond the others, the oldest first.
    pub(super) reserve: BTreeMap<u64, (IpAddr, Arc<Holder>)>,
    /// The requests of clients behind trusted proxies.
    pub(super) requests: HashMap<IpAddr, usize>,
}

/// The state of a connection in the table.
#[derive(Debug, Default)]
pub(super) struct Holder {
    /// True if a whole request is being answered whose client waits, or whose caller is known. Others may be closed to
    /// make room.
    pub(super) is_busy: AtomicBool,
    pub(super) is_evicted: AtomicBool,
    pub(super) waker: AtomicWaker,
}

impl Holder {
    /// Returns whether the connection may be closed to make room.
    fn is_idle(&self) -> bool {
        !self.is_busy.load(Ordering::Relaxed)
    }
}

impl ConnectionPlaces {
    pub(super) fn connections_of(&self, address: IpAddr) -> usize {
        self.regular.get(&address).map_or(0, BTreeMap::len)
    }

    fn next(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(super) fn insert(&mut self, address: IpAddr, holder: &Arc<Holder>) -> u64 {
        let id = self.next();
        self.total += 1;
        self.regular.entry(address).or_default().insert(id, Arc::clone(holder));
        id
    }

    pub(super) fn remove(&mut self, address: IpAddr, id: u64) {
        let Some(holders) = self.regular.get_mut(&address) else { return };
        if holders.remove(&id).is_some() {
            self.total -= 1;
        }
        if holders.is_empty() {
            self.regular.remove(&address);
        }
    }

    /// Takes the place of the oldest connection of an address that has no request that is answered, if there is one.
    pub(super) fn evict_of(&mut self, address: IpAddr) -> Option<Arc<Holder>> {
        let holders = self.regular.get(&address)?;
        let (id, holder) = holders.iter().find(|(_, holder)| holder.is_idle())?;
        let (id, holder) = (*id, Arc::clone(holder));
        self.remove(address, id);
        Some(holder)
    }

    /// Takes the place of the oldest connection that has no request that is answered, of the address that has the most
    /// connections. Passes over addresses whose connections all have such a request, and those with fewer connections
    /// than `least`. Looks at each connection at most twice.
    pub(super) fn evict_of_largest(&mut self, least: usize) -> Option<Arc<Holder>> {
        let idle = self.regular.iter().filter(|(_, holders)| {
            holders.len() >= least && holders.values().any(|holder| holder.is_idle())
        });
        let address = *idle.max_by_key(|(_, holders)| holders.len())?.0;
        self.evict_of(address)
    }

    pub(super) fn warn(&mut self, address: IpAddr) {
        if self.warned.is_some_and(|warned| warned.elapsed() < WARN_EVERY) {
            return;
        }
        self.warned = Some(Instant::now());
        let (total, own) = (self.total, self.connections_of(address));
        tracing::warn!(total, %address, own, "too many connections: additional ones get answers only to health checks");
    }

    /// Adds a connection to the reserve. If the reserve or its address's part of it is full, the oldest
    /// connection there loses its place, and is returned.
    pub(super) fn reserve(
        &mut self,
        address: IpAddr,
        holder: &Arc<Holder>,
    ) -> (u64, Option<Arc<Holder>>) {
        let own = || self.reserve.iter().filter(|(_, (of, _))| *of == address).map(|(id, _)| *id);
        let oldest = if own().count() >= ConnectionLimits::RESERVE_PER_ADDRESS {
            own().next()
        } else if self.reserve.len() >= ConnectionLimits::RESERVE {
            self.reserve.keys().next().copied()
        } else {
            None
        };
        let evicted = oldest.and_then(|id| self.reserve.remove(&id)).map(|(_, holder)| holder);
        let id = self.next();
        self.reserve.insert(id, (address, Arc::clone(holder)));
        (id, evicted)
    }
}
