//! Changing a domain of the account. Every change is one that may be made twice with the same result, and
//! none is repeated by itself.

use std::collections::BTreeSet;

use covibe_domain::boxed;

use super::attributes;
use super::domain_details::{Renewal, hosts};
use crate::client::{Client, Command};
use crate::domain_and_order_names;
use crate::error::Error;
use crate::response_codes::{CommandKind, CommandOutcome, Reason};
use crate::tld::tld_of;
use crate::xml::{Assoc, Ops};

static MODIFY: Command =
    Command { name: "modify", action: "MODIFY", object: "DOMAIN", kind: CommandKind::Write };

static NAMESERVERS: Command = Command {
    name: "advanced_update_nameservers",
    action: "ADVANCED_UPDATE_NAMESERVERS",
    object: "DOMAIN",
    kind: CommandKind::Nameservers,
};

impl Client {
    /// Locks or unlocks a domain; returns whether it has taken effect already. Fails where the registry has
    /// no lock, because OpenSRS would say success.
    #[boxed]
    pub async fn set_lock(&self, domain: &str, locked: bool) -> Result<bool, Error> {
        if !tld_of(domain).lockable {
            return Err(Error::invalid_value(
                "domain",
                "must have a top-level domain that supports the registrar lock",
            ));
        }
        self.modify(domain, [("data", "status".into()), ("lock_state", locked.into())]).await
    }

    /// Turns WHOIS privacy on or off; returns whether it has taken effect already.
    #[boxed]
    pub async fn set_privacy(&self, domain: &str, is_on: bool) -> Result<bool, Error> {
        if is_on && !tld_of(domain).privacy {
            return Err(Error::invalid_value(
                "whoisPrivacy",
                "must be off: the top-level domain does not support it",
            ));
        }
        let state = if is_on { "enable" } else { "disable" };
        self.modify(domain, [("data", "whois_privacy_state".into()), ("state", state.into())]).await
    }

    /// Sets the renewal of a domain at its expiry; returns whether it has taken effect already.
    #[boxed]
    pub async fn set_renewal(&self, domain: &str, renewal: Renewal) -> Result<bool, Error> {
        let change = [
            ("data", "expire_action".into()),
            ("auto_renew", renewal.automatic.into()),
            ("let_expire", renewal.expires.into()),
        ];
        self.modify(domain, change).await
    }

    /// Replaces a domain's nameservers; returns whether it has taken effect already. A locked
    /// domain fails with [`Reason::Locked`]. Where OpenSRS says that one is set already, the call
    /// succeeds if all are.
    #[boxed]
    pub async fn set_nameservers(&self, domain: &str, names: &[String]) -> Result<bool, Error> {
        let names = domain_and_order_names::nameservers(names)?;
        let wanted: BTreeSet<_> = names.iter().cloned().collect();
        let change = [("op_type", "assign".into()), ("assign_ns", hosts(names))];
        let outcome = self.change(&NAMESERVERS, domain, attributes(change)).await;
        let Err(error) = &outcome else { return outcome };
        if error.reason() != Some(Reason::MappedNameserver) {
            return outcome;
        }
        let present = self.nameservers(domain).await?.unwrap_or_default();
        if present.into_iter().collect::<BTreeSet<_>>() == wanted { Ok(true) } else { outcome }
    }

    async fn modify<const N: usize>(
        &self,
        domain: &str,
        change: [(&str, Ops); N],
    ) -> Result<bool, Error> {
        let mut change = attributes(change);
        // Otherwise OpenSRS changes all domains of the registrant's account.
        change.insert("affect_domains".to_owned(), false.into());
        self.change(&MODIFY, domain, change).await
    }

    async fn change(
        &self,
        command: &'static Command,
        domain: &str,
        mut change: Assoc,
    ) -> Result<bool, Error> {
        change.insert("domain".to_owned(), domain_and_order_names::domain(domain)?.into());
        self.ask(command, change, |ending, _| Some(ending == CommandOutcome::Done)).await
    }
}
