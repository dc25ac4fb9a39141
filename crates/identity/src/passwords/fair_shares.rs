//! Shares of the places where passwords are hashed: nobody takes all of them.

use std::net::IpAddr;

use covibe_domain::{KeyedPermit, KeyedPermits, UserId};

use crate::attempt_limits::{client_network, client_site};

/// The number of callers of one client's network that may wait or be served: others sign in meanwhile.
const OF_A_NETWORK: usize = 6;

/// The same of all networks of one site of IPv6, a /48: 65,536 networks, which one customer may have.
const OF_A_SITE: usize = 10;

/// The same of one person, who needs one at a time: a few accounts of one company leave places for others.
const OF_A_PERSON: usize = 2;

/// Those who have one share of the places together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Sharer {
    /// The clients of a network.
    Network(IpAddr),
    /// The networks of a site, each of which has a share of its own, too.
    Site(IpAddr),
    /// A person, in all browsers that they know: the flood of a network that they are in keeps them out of none.
    Person(UserId),
}

impl Sharer {
    /// Returns the network of a client.
    pub fn of_client(address: IpAddr) -> Self {
        Self::Network(client_network(address))
    }

    /// Returns the site of a network of IPv6.
    fn site(&self) -> Option<Self> {
        match self {
            Self::Network(network @ IpAddr::V6(_)) => Some(Self::Site(client_site(*network))),
            _ => None,
        }
    }

    /// Returns whether it is somebody who is known: only they get the last places.
    pub(crate) const fn is_known(&self) -> bool {
        matches!(self, Self::Person(_))
    }

    pub(crate) const fn most(&self) -> usize {
        match self {
            Self::Network(_) => OF_A_NETWORK,
            Self::Site(_) => OF_A_SITE,
            Self::Person(_) => OF_A_PERSON,
        }
    }
}

/// The callers that wait or are served, by their share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sharers(KeyedPermits<Sharer>);

/// A place that a sharer and their site have, which is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    _own: KeyedPermit<Sharer>,
    _of_site: Option<KeyedPermit<Sharer>>,
}

impl Sharers {
    /// Takes a place for a sharer; none if they have all that they may have.
    pub(crate) fn take(&self, sharer: &Sharer) -> Option<Share> {
        let take = |sharer: &Sharer| self.0.take(sharer, |own, _| own < sharer.most());
        let own = take(sharer)?;
        let of_site = match sharer.site() {
            Some(site) => Some(take(&site)?),
            None => None,
        };
        Some(Share { _own: own, _of_site: of_site })
    }

    /// Returns whether nobody waits or is served.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_networks_of_a_site_have_a_share_together() {
        let sharers = Sharers::default();
        let network = |text: &str| Sharer::of_client(text.parse().unwrap());
        let own: Vec<_> =
            (0..20).filter_map(|n| sharers.take(&network(&format!("2001:db8:1:{n}::1")))).collect();
        assert_eq!(own.len(), OF_A_SITE);
        assert!(sharers.take(&network("2001:db8:2::1")).is_some(), "another site has its own");
        drop(own);
        assert!(sharers.take(&network("2001:db8:1::1")).is_some());
        assert!(sharers.is_empty());
    }
}
