//! The collections that a test can list.

use crate::core::Listable;
use crate::opensrs::model::{Domain, OpenSrsState};

/// A collection of objects that a simulated OpenSRS keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// The reseller's domains by name.
    Domains,
    /// The reseller's orders as `domain/status`.
    Orders,
    /// The payments, one entry for each order that was paid, as `domain/cents`.
    Payments,
    /// The lock and the name servers of the reseller's domains, as `domain locked ns1,ns2` or `domain unlocked
    /// ns1,ns2`.
    Delegations,
}

impl Listable for Collection {}

impl Collection {
    /// Returns the names in the collection; orders and payments oldest first.
    pub(super) fn names(self, state: &OpenSrsState) -> Vec<String> {
        match self {
            Self::Domains => {
                let ours = state.domains.iter().filter(|(_, domain)| domain.is_ours);
                ours.map(|(name, _)| name.clone()).collect()
            }
            Self::Orders => {
                let orders = state.orders.iter();
                orders.map(|order| format!("{}/{}", order.domain, order.status)).collect()
            }
            Self::Delegations => {
                let ours = state.domains.iter().filter(|(_, domain)| domain.is_ours);
                let told = |(name, domain): (&String, &Domain)| {
                    let lock = if domain.is_locked { "locked" } else { "unlocked" };
                    format!("{name} {lock} {}", domain.nameservers.join(","))
                };
                ours.map(told).collect()
            }
            Self::Payments => {
                let paid = state.orders.iter().filter(|order| order.is_paid);
                paid.map(|order| format!("{}/{}", order.domain, order.cost)).collect()
            }
        }
    }
}
