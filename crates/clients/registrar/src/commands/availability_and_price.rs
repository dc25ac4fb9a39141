//! The availability of a domain, its price, and suggestions of others.

use super::attributes;
use crate::client::{Client, Command};
use crate::domain_and_order_names;
use crate::error::Error;
use crate::reply::text_of;
use crate::response_codes::CommandKind;
use crate::xml::Ops;
use covibe_domain::{Money, boxed};

static LOOKUP: Command =
    Command { name: "lookup", action: "LOOKUP", object: "DOMAIN", kind: CommandKind::Lookup };

static PRICE: Command =
    Command { name: "get_price", action: "GET_PRICE", object: "DOMAIN", kind: CommandKind::Read };

static SUGGEST: Command = Command {
    name: "name_suggest",
    action: "NAME_SUGGEST",
    object: "DOMAIN",
    kind: CommandKind::Read,
};

/// The availability of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// Response code 210.
    Free,
    /// Response code 211. Premium domains of a tier that the account has not enabled look taken.
    Taken,
    /// Response code 221: taken, and waiting for its registrant.
    Waiting,
}

/// The result of a lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The availability of the domain.
    pub state: Availability,
    /// True if the registry sells it at a price of its own.
    pub premium: bool,
    /// True if a trade mark claims it, which its buyer would have to accept.
    pub has_claim: bool,
}

/// The purchase that a price is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purchase {
    /// A registration.
    New,
    /// A renewal.
    Renewal,
    /// A transfer.
    Transfer,
    /// A change of owner.
    Trade,
}

impl Purchase {
    fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Renewal => "renewal",
            Self::Transfer => "transfer",
            Self::Trade => "trade",
        }
    }
}

/// A price; it does not promise that the domain is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// The amount for the whole term, with ICANN's fee.
    pub amount: Money,
    /// True if the registry sells it at a price of its own.
    pub premium: bool,
}

impl Client {
    /// Looks up whether a domain is free: at the registry if `fresh` is true, otherwise in OpenSRS'
    /// cache.
    ///
    /// OpenSRS may charge for many lookups, so answers should be kept for a minute or more.
    #[boxed]
    pub async fn lookup(&self, domain: &str, fresh: bool) -> Result<Lookup, Error> {
        let domain = domain_and_order_names::domain(domain)?;
        let asked = attributes([("domain", domain.into()), ("no_cache", fresh.into())]);
        self.ask(&LOOKUP, asked, |_, reply| {
            let state = match reply.code {
                210 => Availability::Free,
                211 => Availability::Taken,
                221 => Availability::Waiting,
                _ => return None,
            };
            let says_premium = |reason: &str| reason.to_ascii_lowercase().contains("premium");
            let premium = reply.attribute("reason").is_some_and(says_premium);
            let has_claim = reply.switch("has_claim").unwrap_or_default();
            Some(Lookup { state, premium, has_claim })
        })
        .await
    }

    /// Returns the price of a domain for a number of years.
    #[boxed]
    pub async fn price(&self, domain: &str, years: u8, purchase: Purchase) -> Result<Price, Error> {
        let asked = attributes([
            ("domain", domain_and_order_names::domain(domain)?.into()),
            ("period", years.to_string().into()),
            ("all_periods", false.into()),
            ("reg_type", purchase.name().into()),
        ]);
        self.ask(&PRICE, asked, |_, reply| {
            let amount = reply.money("price").filter(|price| price.minor >= 0)?;
            let premium = reply.switch("is_registry_premium").unwrap_or_default();
            Some(Price { amount, premium })
        })
        .await
    }

    /// Returns free domains similar to a text, with these endings (without a dot). Few endings have
    /// any, and the system for tests has none.
    #[boxed]
    pub async fn suggest(&self, text: &str, tlds: &[&str]) -> Result<Vec<String>, Error> {
        let tlds = tlds.iter().map(|tld| Ops::from(format!(".{tld}"))).collect();
        let asked = attributes([
            ("searchstring", text.into()),
            ("services", Ops::Array(vec!["suggestion".into()])),
            ("tlds", Ops::Array(tlds)),
        ]);
        self.ask(&SUGGEST, asked, |_, reply| {
            let found = reply.attributes.get("suggestion").and_then(Ops::assoc)?;
            let items = found.get("items").map_or(Some(&[][..]), Ops::items)?;
            let free = items
                .iter()
                .filter_map(Ops::assoc)
                .filter(|item| text_of(item, "status").is_some_and(|status| status == "available"));
            let names = free
                .filter_map(|item| domain_and_order_names::domain(text_of(item, "domain")?).ok());
            Some(names.take(100).collect())
        })
        .await
    }
}
