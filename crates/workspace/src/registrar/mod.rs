//! The operator's account at the registrar, which all workspaces share, and which tenants use in turn. `domain_events`
//! keeps the history of the domains of workspaces.

pub(crate) mod domain_events;

use std::time::Duration;

use covibe_domain::counters::Count;
use covibe_domain::{DomainName, Failure, Money, TenantId};
use covibe_registrar::{Availability, Client, Purchase, System, tld_of};
use covibe_upstream::SingleFlights;

/// The time for which a quote is cached: OpenSRS may charge for many lookups.
const LIFETIME: Duration = Duration::from_mins(2);

/// The maximum number of cached quotes.
const CAPACITY: usize = 4_096;

/// The availability and the price of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// True if nobody has registered it.
    pub is_free: bool,
    /// The term in years: at least the minimum of the ending.
    pub years: u8,
    /// The price of the whole term; `None` if the domain is not free.
    pub price: Option<Money>,
    /// True if the registry sells it at a price of its own.
    pub is_premium: bool,
    /// True if there is a claim by a trade mark, which the buyer would have to acknowledge.
    pub has_claim: bool,
}

/// The account.
pub struct RegistrarAccount {
    client: Client,
    system: System,
    /// By tenant, because whoever waits for a quote that another one fetches waits for the turn of that one.
    quotes: SingleFlights<(TenantId, DomainName, u8), Quote, Failure>,
}

impl std::fmt::Debug for RegistrarAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegistrarAccount").field("system", &self.system).finish_non_exhaustive()
    }
}

impl RegistrarAccount {
    /// Creates the account of a client on one of OpenSRS' systems.
    pub fn new(client: Client, system: System) -> Self {
        Self { client, system, quotes: SingleFlights::new(LIFETIME, CAPACITY) }
    }

    /// Returns the client for the server's own work, which takes no turns of a tenant: otherwise a tenant with many
    /// calls would delay the work on the domains of others. Calls of tenants use [`TenantRegistrar::client`].
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the account as the calls of a tenant use it.
    pub(crate) fn for_tenant(&self, tenant: &TenantId) -> TenantRegistrar<'_> {
        let client = self.client.for_share(tenant.as_str());
        TenantRegistrar { account: self, client, tenant: tenant.clone() }
    }
}

/// The account as the calls of a tenant use it: all of them together take the turns of one tenant.
#[derive(Debug)]
pub(crate) struct TenantRegistrar<'a> {
    account: &'a RegistrarAccount,
    /// The client.
    pub(crate) client: Client,
    tenant: TenantId,
}

impl TenantRegistrar<'_> {
    /// Returns the name of the system in the records of its orders.
    pub(crate) const fn source(&self) -> &'static str {
        match self.account.system {
            System::Live => "opensrs",
            System::Horizon => "opensrs-horizon",
        }
    }

    /// Returns a quote that is at most two minutes old.
    pub(crate) async fn quote(&self, name: &DomainName, years: u8) -> Result<Quote, Failure> {
        let key = (self.tenant.clone(), name.clone(), years);
        self.account.quotes.get(&key, self.ask(name, years, false)).await
    }

    /// Returns a quote that is fetched from the registry now.
    pub(crate) async fn fresh_quote(&self, name: &DomainName, years: u8) -> Result<Quote, Failure> {
        self.ask(name, years, true).await
    }

    async fn ask(&self, name: &DomainName, years: u8, is_fresh: bool) -> Result<Quote, Failure> {
        let tld = tld_of(name.as_str());
        let years = tld.term(years).ok_or_else(|| term_too_long(name, tld.max_years))?;
        let found = self.client.lookup(name.as_str(), is_fresh).await?;
        let is_free = found.state == Availability::Free;
        let price = if is_free {
            Some(self.client.price(name.as_str(), years, Purchase::New).await?)
        } else {
            None
        };
        Ok(Quote {
            is_free,
            years,
            is_premium: found.premium || price.as_ref().is_some_and(|price| price.premium),
            price: price.map(|price| price.amount),
            has_claim: found.has_claim,
        })
    }
}

/// Counts of the questions that the server has asked the registrar without a call since it started.
#[derive(Debug, Default)]
pub struct DomainCounts {
    /// The number of times that the registrar reported the outcome for a domain.
    pub settled: Count,
    /// The number of times that the outcome was still open, or that the registrar held an order
    /// back.
    pub open: Count,
    /// The number of times that the registrar could not be asked.
    pub failed: Count,
}

/// The server has no registrar.
pub(crate) fn no_registrar() -> Failure {
    Failure::unready("This server has no registrar.")
        .permanent()
        .hint("Tell the operator to configure one with OPENSRS_USERNAME and OPENSRS_API_KEY.")
}

/// The term exceeds the maximum of the ending.
fn term_too_long(name: &DomainName, most: u8) -> Failure {
    Failure::invalid(format!("{name} can be registered for at most {most} years."))
        .hint(format!("Pass `period: {most}` or less."))
}
