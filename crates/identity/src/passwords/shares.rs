//! Shares of the places where passwords are hashed: nobody takes all of them.

use std::net::IpAddr;

use covibe_domain::{KeyedPermit, KeyedPermits, UserId};

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

/// The callers that wait or are served, by their share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sharers(KeyedPermits<Sharer>);

/// A place that a sharer has, which is given back when this is dropped.
pub(crate) type Share = KeyedPermit<Sharer>;

impl Sharers {
    /// Takes a place for a sharer; none if they have all that they may have.
    pub(crate) fn take(&self, sharer: &Sharer) -> Option<Share> {
        self.0.take(sharer, |own, _| own < sharer.most())
    }

    /// Returns whether nobody waits or is served.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
