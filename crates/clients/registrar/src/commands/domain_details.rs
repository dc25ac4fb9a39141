//! Reading a domain of the account.

use covibe_domain::{Secret, Timestamp, boxed};

use super::attributes;
use crate::client::{Client, Command};
use crate::domain_and_order_names;
use crate::error::Error;
use crate::reply::{Reply, text_of};
use crate::response_codes::{CommandKind, Reason};
use crate::xml::Ops;

static GET: Command =
    Command { name: "get", action: "GET", object: "DOMAIN", kind: CommandKind::Read };

static BELONGS: Command = Command {
    name: "belongs_to_rsp",
    action: "BELONGS_TO_RSP",
    object: "DOMAIN",
    kind: CommandKind::Read,
};

/// A domain of the account; its contacts are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// When it expires. OpenSRS names no time zone; it is read as UTC.
    pub expires: Option<Timestamp>,
    /// When the registry lets it expire.
    pub registry_expires: Option<Timestamp>,
    /// When the registry created it.
    pub registry_created: Option<Timestamp>,
    /// Its nameservers in their order, in lower case and without a dot at the end.
    pub nameservers: Vec<String>,
    /// The renewal at its expiry.
    pub renewal: Renewal,
}

/// The renewal of a domain at its expiry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    /// True if OpenSRS renews it, paid by the account.
    pub automatic: bool,
    /// True if it is let go.
    pub expires: bool,
}

/// The state of a domain's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// True if the registrar lock is on; `None` where the registry has none.
    pub locked: Option<bool>,
    /// True if OpenSRS lets the lock be changed.
    pub can_modify: bool,
    /// True if it is being transferred away.
    pub leaving: bool,
}

/// A domain that is in the reseller's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owned {
    /// When it expires.
    pub expires: Option<Timestamp>,
}

impl Client {
    /// Returns a domain of the account; `None` if it has no such domain.
    #[boxed]
    pub async fn details(&self, domain: &str) -> Result<Option<Details>, Error> {
        optional(self.get(domain, "all_info", details).await)
    }

    /// Returns the state of a domain's lock, which [`Self::details`] does not have.
    #[boxed]
    pub async fn status(&self, domain: &str) -> Result<Option<Status>, Error> {
        let read = |reply: &Reply| {
            Some(Status {
                locked: reply.switch("lock_state"),
                can_modify: reply.switch("can_modify")?,
                leaving: reply.switch("transfer_away_in_progress").unwrap_or_default(),
            })
        };
        optional(self.get(domain, "status", read).await)
    }

    /// Returns a domain's nameservers in their order.
    #[boxed]
    pub async fn nameservers(&self, domain: &str) -> Result<Option<Vec<String>>, Error> {
        optional(self.get(domain, "nameservers", nameservers).await)
    }

    /// Returns the renewal of a domain at its expiry.
    #[boxed]
    pub async fn renewal(&self, domain: &str) -> Result<Option<Renewal>, Error> {
        optional(self.get(domain, "expire_action", renewal).await)
    }

    /// Returns whether WHOIS privacy is on.
    #[boxed]
    pub async fn privacy(&self, domain: &str) -> Result<Option<bool>, Error> {
        let read = |reply: &Reply| {
            let state = reply.attribute("state")?;
            // It is on for all but `disabled`: `enabled`, `enabling` and `disabling`.
            Some(state != "disabled")
        };
        optional(self.get(domain, "whois_privacy_state", read).await)
    }

    /// Returns the code with which a domain is transferred to another registrar.
    #[boxed]
    pub async fn auth_code(&self, domain: &str) -> Result<Option<Secret>, Error> {
        let read = |reply: &Reply| reply.attribute("domain_auth_info").map(Secret::new);
        optional(self.get(domain, "domain_auth_info", read).await)
    }

    /// Returns a domain if it is in the reseller's account, whoever of its customers bought it; `None` if
    /// it is free or a stranger's.
    #[boxed]
    pub async fn belongs(&self, domain: &str) -> Result<Option<Owned>, Error> {
        let asked = attributes([("domain", domain_and_order_names::domain(domain)?.into())]);
        self.ask(&BELONGS, asked, |_, reply| {
            let expires = date(reply.attribute("domain_expdate"));
            Some(reply.switch("belongs_to_rsp")?.then_some(Owned { expires }))
        })
        .await
    }

    async fn get<T>(
        &self,
        domain: &str,
        part: &'static str,
        read: impl FnOnce(&Reply) -> Option<T>,
    ) -> Result<T, Error> {
        let asked = attributes([
            ("domain", domain_and_order_names::domain(domain)?.into()),
            ("type", part.into()),
        ]);
        self.ask(&GET, asked, |_, reply| read(reply)).await
    }
}

/// Turns "not found" into `None`.
pub(super) fn optional<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.reason() == Some(Reason::Unknown) => Ok(None),
        Err(error) => Err(error),
    }
}

fn details(reply: &Reply) -> Option<Details> {
    Some(Details {
        expires: date(reply.attribute("expiredate")),
        registry_expires: date(reply.attribute("registry_expiredate")),
        registry_created: date(reply.attribute("registry_createdate")),
        nameservers: nameservers(reply)?,
        renewal: renewal(reply)?,
    })
}

fn renewal(reply: &Reply) -> Option<Renewal> {
    let automatic = reply.switch("auto_renew")?;
    Some(Renewal { automatic, expires: reply.switch("let_expire").unwrap_or_default() })
}

fn nameservers(reply: &Reply) -> Option<Vec<String>> {
    let mut hosts = Vec::new();
    for item in reply.list("nameserver_list")? {
        let item = item.assoc()?;
        let order: u32 = text_of(item, "sortorder").unwrap_or("0").parse().ok()?;
        let name = text_of(item, "name")?.trim_end_matches('.').to_ascii_lowercase();
        hosts.push((order, name));
    }
    hosts.sort_by_key(|(order, _)| *order);
    Some(hosts.into_iter().map(|(_, name)| name).collect())
}

/// Reads `2027-11-22 17:03:04`.
fn date(text: Option<&str>) -> Option<Timestamp> {
    let (day, time) = text?.split_once(' ')?;
    Timestamp::parse(&format!("{day}T{time}Z"))
}

/// Returns a list of hosts as the commands that set them want it.
pub(super) fn hosts(names: Vec<String>) -> Ops {
    Ops::Array(names.into_iter().map(Ops::from).collect())
}
