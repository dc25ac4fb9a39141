//! The domains of a workspace, as operations see them.

use std::time::Instant;

use covibe_domain::{DomainName, Failure, Money, boxed};
use covibe_policy::{Namespace, Principal};
use covibe_registrar::{Ca, Client, Contact, Credentials, Registration};
use covibe_store::{DomainEvent, DomainRecord, NewRegistration};

use super::errors::{above_agreed_limit, claimed_name, taken_domain, too_expensive};
use super::purchase_protocol::Protocol;
use super::registration_store::{DailyLimits, StoredBook};
use crate::audit::random_id;
use crate::domain_attachment::Attaching;
use crate::journal::lease_times::Patience;
use crate::platform::Platform;
use crate::registrar::domain_events::unknown_domain;
use crate::registrar::{Quote, TenantRegistrar};

/// The maximum number of events of a domain that are returned.
const EVENTS: u32 = 20;

/// An order for a domain.
#[derive(Debug)]
pub struct WantedDomain {
    /// The domain.
    pub name: DomainName,
    /// The term in years, which is raised to the minimum of the ending.
    pub years: u8,
    /// The owner.
    pub contact: Contact,
    /// The nameservers; empty for those of the registrar.
    pub nameservers: Vec<String>,
    /// True if WHOIS privacy is bought.
    pub privacy: bool,
    /// The additional data that `.ca` requires.
    pub ca: Option<Ca>,
    /// The maximum price that the caller accepts, in place of the operator's usual limit.
    pub max_price: Option<Money>,
}

/// The domains of this workspace.
#[derive(Clone, Copy, Debug)]
pub struct Domains<'a> {
    platform: &'a Platform,
    principal: &'a Principal,
    deadline: Instant,
}

impl<'a> Domains<'a> {
    /// Restricts the store and the account to the principal's workspace.
    pub(crate) const fn new(
        platform: &'a Platform,
        principal: &'a Principal,
        deadline: Instant,
    ) -> Self {
        Self { platform, principal, deadline }
    }

    /// Returns the availability and the price of a domain, at most two minutes old.
    ///
    /// # Errors
    ///
    /// Rejected for a name of the installation; those of the registrar.
    #[boxed]
    pub async fn quote(&self, name: &DomainName, years: u8) -> Result<Quote, Failure> {
        self.platform.installation().check_domain(name)?;
        self.account()?.quote(name, years).await
    }

    /// Buys a domain and returns it. Repeated calls buy it only once.
    ///
    /// # Errors
    ///
    /// Invalid with the invalid fields; rejected for a name of the installation, and with the price if it is above the
    /// limit of the caller or the operator; conflict if somebody else has the domain; unready while the outcome is
    /// unknown, which the next call finds out.
    #[boxed]
    pub async fn register(&self, wanted: WantedDomain) -> Result<DomainRecord, Failure> {
        self.platform.installation().check_domain(&wanted.name)?;
        let account = self.account()?;
        let mut registration = self.registration(&wanted);
        registration.check()?;
        let book = self.book();
        let protocol = self.protocol(&account.client, &book);
        let until = Patience(self.deadline).until();
        if let Some(present) = protocol.present(&wanted.name, until).await? {
            return Ok(present);
        }
        let quote = self.fresh_quote(&account, &wanted).await?;
        let price = match self.agreed_price(&wanted, &quote) {
            Ok(price) => price,
            // A call that began before this one asked may have bought it.
            Err(refused) => return protocol.present(&wanted.name, until).await?.ok_or(refused),
        };
        registration.years = quote.years;
        registration.premium_price = quote.price.filter(|_| quote.is_premium);
        let new = NewRegistration {
            workspace: self.principal.workspace.clone(),
            name: wanted.name.clone(),
            registrar: account.source().to_owned(),
            attempt: random_id(),
            years: quote.years,
            price,
            is_private: wanted.privacy,
        };
        let bought = protocol.buy(&new, &registration, until).await?;
        // Another workspace may have had it before.
        self.platform.detachment_wanted.notify_one();
        Ok(bought)
    }

    /// Asks the registrar for the price of a domain. A tenant asks one at a time, as for searches, because an order that is
    /// refused for its price costs nothing and could be repeated at any rate.
    async fn fresh_quote(
        &self,
        account: &TenantRegistrar<'_>,
        wanted: &WantedDomain,
    ) -> Result<Quote, Failure> {
        let _turn = self.platform.turns.domain_searches.acquire(&self.principal.tenant).await;
        account.fresh_quote(&wanted.name, wanted.years).await
    }

    /// Begins to attach a domain, after waiting for another call that does. `detail` is recorded in the domain's
    /// events.
    ///
    /// # Errors
    ///
    /// Not found if the workspace has no such domain; conflict if it is not registered; unready while another call
    /// attaches it; rejected for a name of the installation.
    #[boxed]
    pub async fn attach(&self, name: &DomainName, detail: &str) -> Result<Attaching<'a>, Failure> {
        self.platform.installation().check_domain(name)?;
        Attaching::begin(self.platform, self.principal, self.deadline, (name, detail)).await
    }

    /// Checks that hosts of this namespace may point to a host.
    ///
    /// # Errors
    ///
    /// Rejected for a host that is not in the internet, and for a host of the installation that is not the workspace's.
    pub fn check_target(&self, target: &DomainName, own: &Namespace) -> Result<(), Failure> {
        self.platform.installation().check_target(target, own)
    }

    /// Returns the domains of this list that the workspace has attached.
    #[boxed]
    pub async fn attached_among(&self, among: &[DomainName]) -> Result<Vec<DomainName>, Failure> {
        if among.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.platform.store.tenant_read(&self.principal.tenant).await?;
        let attached = tx.attached_domains(&self.principal.workspace, among).await?;
        tx.commit().await?;
        Ok(attached)
    }

    /// Returns at most this many domains after a name, sorted by name.
    #[boxed]
    pub async fn list(&self, after: &str, take: u32) -> Result<Vec<DomainRecord>, Failure> {
        let mut tx = self.platform.store.tenant_read(&self.principal.tenant).await?;
        let domains = tx.domains(&self.principal.workspace, after, take).await?;
        tx.commit().await?;
        Ok(domains)
    }

    /// Returns a domain and its latest events, the last one first.
    #[boxed]
    pub async fn get(
        &self,
        name: &DomainName,
    ) -> Result<(DomainRecord, Vec<DomainEvent>), Failure> {
        let workspace = &self.principal.workspace;
        let mut tx = self.platform.store.tenant_read(&self.principal.tenant).await?;
        let found = tx.domain(workspace, name.as_str()).await?;
        let found = found.ok_or_else(|| unknown_domain(name))?;
        let events = tx.domain_events(workspace, name, EVENTS).await?;
        tx.commit().await?;
        Ok((found, events))
    }

    /// Returns the price if it is within the limits of the caller and the operator.
    fn agreed_price(&self, wanted: &WantedDomain, quote: &Quote) -> Result<Money, Failure> {
        let Some(price) = quote.price else { return Err(taken_domain(&wanted.name)) };
        let settings = self.platform.settings();
        let privacy = settings.domain_privacy_price.times(quote.years.into());
        let price = if wanted.privacy { price.plus(privacy) } else { price };
        if quote.has_claim {
            return Err(claimed_name(&wanted.name));
        }
        let limit = settings.domain_price_limit;
        let agreed_limit = settings.domain_agreed_price_limit.filter(|most| !most.covers(price));
        if let Some(most) = agreed_limit
            && !limit.covers(price)
        {
            let most = if most.covers(limit) { most } else { limit };
            return Err(above_agreed_limit(&wanted.name, quote, price, most));
        }
        let usual = (!quote.is_premium).then_some(limit);
        match wanted.max_price.or(usual) {
            Some(most) if most.covers(price) => Ok(price),
            _ => Err(too_expensive(&wanted.name, quote, price)),
        }
    }

    /// Returns the order of a domain, with credentials that prove its owner.
    fn registration(&self, wanted: &WantedDomain) -> Registration {
        let derived = |purpose: &str| {
            let of = format!("{purpose} {} {}", self.principal.workspace, wanted.name);
            self.platform.fingerprint(of.as_bytes())
        };
        let cut = |text: String| text.chars().take(20).collect::<String>();
        let credentials = Credentials {
            username: cut(derived("registrant's name")),
            password: cut(derived("registrant's password")).into(),
        };
        let tld = covibe_registrar::tld_of(wanted.name.as_str());
        Registration {
            domain: wanted.name.to_string(),
            years: tld.term(wanted.years).unwrap_or(wanted.years),
            credentials,
            contact: wanted.contact.clone(),
            nameservers: wanted.nameservers.clone(),
            privacy: wanted.privacy,
            premium_price: None,
            ca: wanted.ca.clone(),
        }
    }

    fn account(&self) -> Result<TenantRegistrar<'a>, Failure> {
        self.platform.registrar_of(&self.principal.tenant)
    }

    fn book(&self) -> StoredBook<'a> {
        let Principal { tenant, workspace, .. } = self.principal;
        let lease = Patience(self.deadline).lease();
        let settings = self.platform.settings();
        let limits = DailyLimits {
            of_tenant: settings.domain_daily_limit,
            of_all: settings.domain_daily_limit_of_all,
        };
        StoredBook { store: &self.platform.store, tenant, workspace, lease, limits }
    }

    fn protocol<'b>(
        &self,
        registrar: &'b Client,
        book: &'b StoredBook<'a>,
    ) -> Protocol<'b, Client, StoredBook<'a>> {
        let settle_after = self.platform.settings().settle_orders;
        Protocol { registrar, book, settle_after }
    }
}
