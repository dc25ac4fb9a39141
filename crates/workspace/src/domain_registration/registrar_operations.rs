//! The operations of a registrar that the protocol uses.

use std::future::Future;

use covibe_domain::{DomainName, Timestamp};
use covibe_registrar::{Client, Error, Order, OrderLine, OrderOutcome, Registered, Registration};

/// The maximum number of pages of a domain's orders that are read. Nobody orders one domain two hundred times.
const PAGES: u32 = 5;

/// The number of orders on a page.
const PAGE: usize = 40;

/// A registrar, for buying domains.
pub(super) trait Registrar: Sync {
    /// Orders a domain. Must not be repeated if it may have had an effect.
    fn place(
        &self,
        registration: &Registration,
    ) -> impl Future<Output = Result<Registered, Error>> + Send;

    /// Processes a held order now.
    fn process(&self, order: &str) -> impl Future<Output = Result<OrderOutcome, Error>> + Send;

    /// Returns an order of the account.
    fn order(&self, id: &str) -> impl Future<Output = Result<Option<Order>, Error>> + Send;

    /// Returns the registrations of a domain that were ordered at `since` or later, possibly with earlier ones.
    fn orders(
        &self,
        name: &DomainName,
        since: Timestamp,
    ) -> impl Future<Output = Result<Vec<OrderLine>, Error>> + Send;

    /// Returns whether the account has the domain, for any workspace.
    fn has(&self, name: &DomainName) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Returns the time when the domain expires, if the account has it.
    fn expiry(
        &self,
        name: &DomainName,
    ) -> impl Future<Output = Result<Option<Timestamp>, Error>> + Send;
}

impl Registrar for Client {
    async fn place(&self, registration: &Registration) -> Result<Registered, Error> {
        self.register(registration).await
    }

    async fn process(&self, order: &str) -> Result<OrderOutcome, Error> {
        self.process(order).await
    }

    async fn order(&self, id: &str) -> Result<Option<Order>, Error> {
        self.order(id).await
    }

    async fn orders(&self, name: &DomainName, since: Timestamp) -> Result<Vec<OrderLine>, Error> {
        let mut orders = Vec::new();
        for page in 1..=PAGES {
            let found = self.orders_of(name.as_str(), since, page).await?;
            let is_last = found.len() < PAGE;
            orders.extend(found);
            if is_last {
                break;
            }
        }
        Ok(orders)
    }

    async fn has(&self, name: &DomainName) -> Result<bool, Error> {
        Ok(self.belongs(name.as_str()).await?.is_some())
    }

    async fn expiry(&self, name: &DomainName) -> Result<Option<Timestamp>, Error> {
        Ok(self.details(name.as_str()).await?.and_then(|details| details.expires))
    }
}
