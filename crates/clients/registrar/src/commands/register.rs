//! Buying a domain.

use std::fmt;

use covibe_domain::{Secret, boxed};
use covibe_upstream::{Cause, Effect};

use super::attributes;
use crate::client::{Client, Command, refused_command, unusable_answer};
use crate::contact::Contact;
use crate::domain_and_order_names;
use crate::error::{Complaint, Error};
use crate::reply::Reply;
use crate::response_codes::{self, CommandKind, CommandOutcome};
use crate::tld::{Ca, CaFields, Extra, Tld, ca_fields, tld_of};
use crate::xml::{Assoc, Ops};
use covibe_domain::Money;

static REGISTER: Command = Command {
    name: "sw_register",
    action: "SW_REGISTER",
    object: "DOMAIN",
    kind: CommandKind::Write,
};

/// The registrant's account at OpenSRS that a domain belongs to.
#[derive(Clone)]
pub struct Credentials {
    /// 3 to 20 letters and digits. Derived from the buyer and the domain, it shows whose a domain is.
    pub username: String,
    /// 10 to 20 characters of `A-Za-z0-9!@$^,.~|=-+_{}#`.
    pub password: Secret,
}

/// A registration.
#[derive(Clone)]
pub struct Registration {
    /// The domain.
    pub domain: String,
    /// The term in years, which is sent as it is; see [`Tld::term`].
    pub years: u8,
    /// The registrant's account.
    pub credentials: Credentials,
    /// The owner.
    pub contact: Contact,
    /// The nameservers; those of OpenSRS where there are none.
    pub nameservers: Vec<String>,
    /// True if WHOIS privacy is bought.
    pub privacy: bool,
    /// The price of a premium domain, which OpenSRS compares with its own.
    pub premium_price: Option<Money>,
    /// The data that `.ca` requires.
    pub ca: Option<Ca>,
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("domain", &self.domain)
            .field("years", &self.years)
            .finish_non_exhaustive()
    }
}

impl Registration {
    /// Checks everything that can be checked before anything is sent.
    ///
    /// # Errors
    ///
    /// [`Error::Unfit`] with every invalid field.
    pub fn check(&self) -> Result<(), Error> {
        checked_attributes(self).map(drop)
    }
}

/// The outcome of an order so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderOutcome {
    /// The domain is registered.
    Active,
    /// The registry, or `.ca`'s owner, has still to confirm it; nothing may be attached yet.
    Waiting,
    /// The order is held back, mostly because the balance does not suffice: OpenSRS says success, and the
    /// domain is not registered. See [`Client::cancel`] and [`Client::process`].
    Held,
}

/// An order that OpenSRS has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The order's id.
    pub order: String,
    /// The outcome so far.
    pub standing: OrderOutcome,
}

impl Client {
    /// Registers a domain, unlocked and without automatic renewal.
    ///
    /// OpenSRS knows no idempotency key: a registration that may have happened must not be repeated before
    /// [`Client::orders_of`] and [`Client::belongs`] were asked.
    #[boxed]
    pub async fn register(&self, registration: &Registration) -> Result<Registered, Error> {
        let sent = checked_attributes(registration)?;
        let (ending, reply) = self.run(&REGISTER, sent).await?;
        let standing = read_outcome(&REGISTER, ending, &reply)?;
        let order = reply.attribute("id").and_then(domain_and_order_names::order);
        let order = order.ok_or_else(|| unusable_answer(&REGISTER, Cause::Malformed))?;
        Ok(Registered { order, standing })
    }
}

/// Returns the standing of an order that was made or processed, from the answer's attributes beside
/// its code.
pub(super) fn read_outcome(
    command: &Command,
    ending: CommandOutcome,
    reply: &Reply,
) -> Result<OrderOutcome, Error> {
    let is_set = |name: &str| reply.attribute(name).is_some_and(|value| value != "0");
    let code = match reply.attribute("registration_code") {
        Some(code) => code.parse().map_err(|_| unusable_answer(command, Cause::Malformed))?,
        None => 200,
    };
    if !matches!(code, 200 | 250) {
        let told = reply.attribute("registration_text").unwrap_or_default();
        let reason = response_codes::reason(command.kind, code, told);
        // The rest of the answer says success: the order may be kept, and made later.
        return Err(refused_command(command, code, reason, Effect::Possible));
    }
    let waits = ending == CommandOutcome::Accepted || code == 250;
    Ok(match () {
        () if is_set("forced_pending") => {
            tracing::error!(
                upstream = "OpenSRS",
                command = command.name,
                "the order is on hold; check the balance"
            );
            OrderOutcome::Held
        }
        () if waits || is_set("async_reason") || is_set("queue_request_id") => {
            OrderOutcome::Waiting
        }
        () => OrderOutcome::Active,
    })
}

/// Returns the attributes of a registration, or all complaints about it.
fn checked_attributes(registration: &Registration) -> Result<Assoc, Error> {
    let domain = domain_and_order_names::domain(&registration.domain)?;
    let tld = tld_of(&domain);
    let hosts = match registration.nameservers.as_slice() {
        [] => Vec::new(),
        given => domain_and_order_names::nameservers(given)?,
    };
    let mut complaints = find_complaints(registration, tld);
    let ca = match tld.extra {
        Extra::Ca => ca_fields(registration.ca.as_ref()).map_err(|all| complaints.extend(all)).ok(),
        Extra::None | Extra::Unsupported => None,
    };
    complaints.extend(registration.contact.complaints(tld, ca.as_ref()));
    if !complaints.is_empty() {
        return Err(Error::Unfit(complaints));
    }
    Ok(order(registration, domain, &hosts, ca.as_ref()))
}

/// Returns the complaints about everything but the contact and the data for `.ca`.
fn find_complaints(registration: &Registration, tld: Tld) -> Vec<Complaint> {
    let Registration { years, privacy, premium_price, credentials, .. } = registration;
    let (name, password) = (&credentials.username, credentials.password.expose());
    let is_password = |byte: u8| byte.is_ascii_alphanumeric() || b"!@$^,.~|=-+_{}#".contains(&byte);
    let checks = [
        (
            "domain",
            tld.extra != Extra::Unsupported,
            "must have a top-level domain that needs no further data",
        ),
        (
            "period",
            (tld.min_years..=tld.max_years).contains(years),
            "must be a term that the top-level domain offers",
        ),
        (
            "whoisPrivacy",
            tld.privacy || !privacy,
            "must be off: the top-level domain does not support it",
        ),
        ("maxPrice", premium_price.is_none_or(|price| price.minor > 0), "must be above zero"),
        (
            "username",
            (3..=20).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric()),
            "must be 3 to 20 letters and digits",
        ),
        (
            "password",
            (10..=20).contains(&password.len()) && password.bytes().all(is_password),
            "must be 10 to 20 letters, digits and signs",
        ),
    ];
    let failed = checks.into_iter().filter(|(_, fits, _)| !fits);
    failed.map(|(field, _, wants)| Complaint { field, wants }).collect()
}

/// Returns the attributes. Everything with a default is sent: some defaults are the account's, and that of
/// the term is two years.
fn order(
    registration: &Registration,
    domain: String,
    hosts: &[String],
    ca: Option<&CaFields>,
) -> Assoc {
    let mut order = attributes([
        ("domain", domain.into()),
        ("reg_type", "new".into()),
        ("handle", "process".into()),
        ("period", registration.years.to_string().into()),
        ("reg_username", registration.credentials.username.clone().into()),
        ("reg_password", registration.credentials.password.expose().into()),
        ("custom_nameservers", (!hosts.is_empty()).into()),
        ("custom_tech_contact", true.into()),
        ("contact_set", registration.contact.set()),
        ("f_lock_domain", false.into()),
        ("f_whois_privacy", registration.privacy.into()),
        ("auto_renew", false.into()),
        ("link_domains", false.into()),
    ]);
    if !hosts.is_empty() {
        order.insert("nameserver_list".to_owned(), nameserver_list(hosts));
    }
    if let Some(price) = registration.premium_price {
        order.insert("premium_price_to_verify".to_owned(), price.to_string().into());
    }
    if let Some(ca) = ca {
        order.insert("legal_type".to_owned(), ca.legal_type.into());
        order.insert("isa_trademark".to_owned(), ca.is_trademark.into());
        order.insert("lang_pref".to_owned(), "EN".into());
    }
    order
}

fn nameserver_list(hosts: &[String]) -> Ops {
    let one = |(at, host): (usize, &String)| {
        Ops::from_members([
            ("name", host.clone().into()),
            ("sortorder", (at + 1).to_string().into()),
        ])
    };
    Ops::Array(hosts.iter().enumerate().map(one).collect())
}
