//! The domains of a workspace, as operations see them.

use std::time::Instant;

use covibe_domain::{DomainName, Failure, Money, boxed};
use covibe_policy::{Namespace, Principal};
use covibe_registrar::{Ca, Client, Contact, Credentials, Registration};
use covibe_store::{DomainEvent, DomainRecord, NewRegistration};

use super::book::StoredBook;
use super::errors::{claimed, taken, too_expensive};
use super::protocol::Protocol;
use crate::attachment::Attaching;
use crate::audit::random_id;
use crate::platform::Platform;
use crate::registrar::{Patience, Quote, RegistrarAccount, missing, no_registrar};

/// How many events of a domain are told.
const EVENTS: u32 = 20;

/// A domain that somebody wants to buy.
#[derive(Debug)]
pub struct Wanted {
    /// The domain.
    pub name: DomainName,
    /// The term in years, which is raised to the shortest one that the ending has.
    pub years: u8,
    /// The owner.
    pub contact: Contact,
    /// The nameservers; those of the registrar where there are none.
    pub nameservers: Vec<String>,
    /// Whether WHOIS privacy is bought.
    pub privacy: bool,
    /// What `.ca` needs.
    pub ca: Option<Ca>,
    /// The price that the caller agrees to, whatever the operator's limit is.
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

    /// Returns whether a domain can be bought, and for how much, as it was at most two minutes ago.
    ///
    /// # Errors
    ///
    /// Rejected for a name of the installation; those of the registrar.
    #[boxed]
    pub async fn quote(&self, name: &DomainName, years: u8) -> Result<Quote, Failure> {
        self.platform.installation().check_domain(name)?;
        self.account()?.quote(name, years).await
    }

    /// Buys a domain once, however often it is called, and returns it.
    ///
    /// # Errors
    ///
    /// Invalid with the fields that are; rejected for a name of the installation, and with the price if it is
    /// above what the caller or the operator agreed to; conflict if somebody else has it; unready while the outcome is not known, which
    /// the next call finds out.
    #[boxed]
    pub async fn register(&self, wanted: Wanted) -> Result<DomainRecord, Failure> {
        self.platform.installation().check_domain(&wanted.name)?;
        let account = self.account()?;
        let mut registration = self.registration(&wanted);
        registration.check()?;
        let (book, client) = (self.book(), account.client());
        let protocol = self.protocol(client, &book);
        let until = Patience(self.deadline).until();
        if let Some(present) = protocol.present(&wanted.name, until).await? {
            return Ok(present);
        }
        let quote = account.fresh_quote(&wanted.name, wanted.years).await?;
        let price = match self.agreed(&wanted, &quote) {
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
        protocol.buy(&new, &registration, until).await
    }

    /// Begins to attach a domain, and waits for a call that does. `detail` is told with the domain's events.
    ///
    /// # Errors
    ///
    /// Not found without such a domain, conflict if it is not registered, unready while another call attaches it;
    /// rejected for a name of the installation.
    #[boxed]
    pub async fn attach(&self, name: &DomainName, detail: &str) -> Result<Attaching<'a>, Failure> {
        self.platform.installation().check_domain(name)?;
        Attaching::begin(self.platform, self.principal, self.deadline, (name, detail)).await
    }

    /// Checks that hosts with this namespace may lead to a host.
    ///
    /// # Errors
    ///
    /// Rejected for a host that is not in the internet, and for one of the installation that is not the workspace's.
    pub fn check_target(&self, target: &DomainName, own: &Namespace) -> Result<(), Failure> {
        self.platform.installation().check_target(target, own)
    }

    /// Returns those of these domains that the workspace has and has attached.
    #[boxed]
    pub async fn attached(&self, among: &[DomainName]) -> Result<Vec<DomainName>, Failure> {
        if among.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.platform.store.tenant_read(&self.principal.tenant).await?;
        let attached = tx.attached_domains(&self.principal.workspace, among).await?;
        tx.commit().await?;
        Ok(attached)
    }

    /// Returns at most this many of the domains after a name, by name.
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
        let found = found.ok_or_else(|| missing(name))?;
        let events = tx.domain_events(workspace, name, EVENTS).await?;
        tx.commit().await?;
        Ok((found, events))
    }

    /// Returns the price if the caller or the operator agreed to it.
    fn agreed(&self, wanted: &Wanted, quote: &Quote) -> Result<Money, Failure> {
        let Some(price) = quote.price else { return Err(taken(&wanted.name)) };
        let privacy = self.platform.settings().domain_privacy_price.times(quote.years.into());
        let price = if wanted.privacy { price.plus(privacy) } else { price };
        if quote.has_claim {
            return Err(claimed(&wanted.name));
        }
        let usual = (!quote.is_premium).then_some(self.platform.settings().domain_price_limit);
        match wanted.max_price.or(usual) {
            Some(most) if most.covers(price) => Ok(price),
            _ => Err(too_expensive(&wanted.name, quote, price)),
        }
    }

    /// Returns the order of a domain, with credentials by which its owner can be proven.
    fn registration(&self, wanted: &Wanted) -> Registration {
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

    fn account(&self) -> Result<&'a RegistrarAccount, Failure> {
        self.platform.registrar().ok_or_else(no_registrar)
    }

    fn book(&self) -> StoredBook<'a> {
        let Principal { tenant, workspace, .. } = self.principal;
        let lease = Patience(self.deadline).lease();
        let daily_limit = self.platform.settings().domain_daily_limit;
        StoredBook { store: &self.platform.store, tenant, workspace, lease, daily_limit }
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
