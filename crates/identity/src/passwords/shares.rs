//! Shares of the places where passwords are hashed: nobody takes all of them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use covibe_domain::UserId;
use parking_lot::Mutex;

use crate::attempt_limits::network;

/// The number of callers of one client's network that may wait or be served: others sign in meanwhile.
const OF_A_NETWORK: usize = 6;

/// The same of one person, who needs one at a time: a few accounts of one company leave places for others.
const OF_A_PERSON: usize = 2;

/// Those who have one share of the places together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Sharer {
    /// The clients of a network.
    Network(IpAddr),
    /// A person, in all browsers that they know: the flood of a network that they are in keeps them out of none.
    Person(UserId),
}

impl Sharer {
    /// Returns the network of a client.
    pub fn of_client(address: IpAddr) -> Self {
        Self::Network(network(address))
    }

    pub(crate) const fn most(&self) -> usize {
        match self {
            Self::Network(_) => OF_A_NETWORK,
            Self::Person(_) => OF_A_PERSON,
        }
    }
}

/// The number of callers that wait or are served, by their share.
#[derive(Debug, Default)]
pub(crate) struct Sharers(Mutex<HashMap<Sharer, usize>>);

#[cfg(test)]
impl Sharers {
    /// Returns whether nobody waits or is served.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }
}

/// A place that a sharer has, which is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    sharers: Arc<Sharers>,
    sharer: Sharer,
}

impl Share {
    /// Takes a place for a sharer; none if they have all that they may have.
    pub(crate) fn take(sharers: &Arc<Sharers>, sharer: Sharer) -> Option<Self> {
        let mut counts = sharers.0.lock();
        let count = counts.entry(sharer.clone()).or_default();
        if *count >= sharer.most() {
            return None;
        }
        *count += 1;
        Some(Self { sharers: Arc::clone(sharers), sharer })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut counts = self.sharers.0.lock();
        if let Some(count) = counts.get_mut(&self.sharer) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.sharer);
            }
        }
    }
}
