//! Shares of the places where passwords are hashed: nobody takes all of them.

use std::net::IpAddr;

use covibe_domain::{KeyedPermit, KeyedPermits, TenantId, UserId};

use crate::attempt_limits::{client_network, client_site};

/// The number of callers of one client's network that may wait or be served: others sign in meanwhile.
const OF_A_NETWORK: usize = 6;

/// The same of all networks of one site of IPv6, a /48: 65,536 networks, which one customer may have.
const OF_A_SITE: usize = 10;

/// The same of one person, who needs one at a time.
const OF_A_PERSON: usize = 2;

/// The same of all people of one company, whose admin may have any number of accounts.
const OF_A_COMPANY: usize = 10;

/// Somebody who takes a place in a share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sharer {
    /// The clients of a network.
    Network(IpAddr),
    /// A person, in all browsers that they know: the flood of a network that they are in keeps them out of none. With
    /// their companies, whose people have a share together; that of one company suffices, so that a company which they
    /// were invited to doesn't keep them out of another one.
    Person(UserId, Vec<TenantId>),
}

impl Sharer {
    /// Returns the network of a client.
    pub fn of_client(address: IpAddr) -> Self {
        Self::Network(client_network(address))
    }

    /// Returns whether it is somebody who is known: only they get the last places.
    pub(crate) const fn is_known(&self) -> bool {
        matches!(self, Self::Person(..))
    }
}

/// Those who have one share of the places together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Group {
    Network(IpAddr),
    /// The networks of a site of IPv6, each of which has a share of its own, too.
    Site(IpAddr),
    Person(UserId),
    /// The people of a company, or all those without one.
    Company(Option<TenantId>),
}

impl Group {
    /// Returns the group that a sharer is in.
    fn of_sharer(sharer: &Sharer) -> Self {
        match sharer {
            Sharer::Network(network) => Self::Network(*network),
            Sharer::Person(user, _) => Self::Person(user.clone()),
        }
    }

    /// Returns the larger groups that a sharer is in, who needs a place in one of them, if there are any.
    fn larger_than(sharer: &Sharer) -> Vec<Self> {
        match sharer {
            Sharer::Network(IpAddr::V4(_)) => Vec::new(),
            Sharer::Network(network) => vec![Self::Site(client_site(*network))],
            Sharer::Person(_, companies) if companies.is_empty() => vec![Self::Company(None)],
            Sharer::Person(_, companies) => {
                companies.iter().map(|company| Self::Company(Some(company.clone()))).collect()
            }
        }
    }

    const fn most(&self) -> usize {
        match self {
            Self::Network(_) => OF_A_NETWORK,
            Self::Site(_) => OF_A_SITE,
            Self::Person(_) => OF_A_PERSON,
            Self::Company(_) => OF_A_COMPANY,
        }
    }
}

/// The callers that wait or are served, by their share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sharers(KeyedPermits<Group>);

/// A place that a sharer and their site or company have, which is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    _own: KeyedPermit<Group>,
    _around: Option<KeyedPermit<Group>>,
}

impl Sharers {
    /// Takes a place for a sharer; none if they have all that they may have.
    pub(crate) fn take(&self, sharer: &Sharer) -> Option<Share> {
        let take = |group: &Group| self.0.take(group, |own, _| own < group.most());
        let own = take(&Group::of_sharer(sharer))?;
        let groups = Group::larger_than(sharer);
        let around = match groups.as_slice() {
            [] => None,
            groups => Some(groups.iter().find_map(take)?),
        };
        Some(Share { _own: own, _around: around })
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

    fn person(number: usize, companies: &[&str]) -> Sharer {
        let companies = companies.iter().map(|company| company.parse().unwrap()).collect();
        Sharer::Person(format!("usr_{number:04}").parse().unwrap(), companies)
    }

    #[test]
    fn the_people_of_a_company_have_a_share_together() {
        for company in [&["ten_acme"][..], &[]] {
            let sharers = Sharers::default();
            let own: Vec<_> =
                (0..20).filter_map(|number| sharers.take(&person(number, company))).collect();
            assert_eq!(own.len(), OF_A_COMPANY);
            assert!(sharers.take(&person(30, &["ten_beta"])).is_some(), "another one has its own");
            let of_both = person(30, &["ten_acme", "ten_beta"]);
            assert!(sharers.take(&of_both).is_some(), "the one share suffices");
            drop(own);
            assert!(sharers.take(&person(30, company)).is_some());
            assert!(sharers.is_empty());
        }
    }
}
