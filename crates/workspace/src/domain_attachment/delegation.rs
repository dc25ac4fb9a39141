//! The delegation of a domain: the name servers at the registrar.

use std::collections::BTreeSet;

use covibe_domain::entities::DomainEventKind;
use covibe_domain::{Failure, boxed};
use covibe_registrar::{Effect, Error, Reason, tld_of};

use super::attach_call::Attaching;
use super::errors::{still_locked, unknown_nameservers};
use super::zone::OwnZone;

/// The outcome of a delegation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DelegationOutcome {
    /// The registrar had these name servers already.
    Unchanged,
    /// The registrar has these name servers now.
    Changed,
    /// The registrar accepted the change, but does not show it yet.
    Later,
}

impl Attaching<'_> {
    /// Sets the zone's name servers at the registrar. A lock that prevents this is removed first.
    ///
    /// # Errors
    ///
    /// Unready if the registry does not know them; conflict if it keeps the domain locked; those of the registrar.
    #[boxed]
    pub async fn delegate(&mut self, zone: &OwnZone) -> Result<DelegationOutcome, Failure> {
        let wanted = zone.nameservers();
        if self.has_nameservers(&wanted).await? {
            return Ok(DelegationOutcome::Unchanged);
        }
        let name = self.held.name().clone();
        let status = self.client.status(name.as_str()).await?;
        if status.is_some_and(|status| status.locked == Some(true)) {
            self.unlock().await?;
        }
        let sent = match self.client.set_nameservers(name.as_str(), &wanted).await {
            // The registry's lock is not always the one that the registrar tells of.
            Err(error) if error.reason() == Some(Reason::Locked) => {
                self.unlock().await?;
                self.client.set_nameservers(name.as_str(), &wanted).await
            }
            sent => sent,
        };
        let is_named = match sent {
            Ok(is_done) => is_done && self.has_nameservers(&wanted).await?,
            Err(error)
                if error.effect() == Effect::Possible && self.has_nameservers(&wanted).await? =>
            {
                true
            }
            Err(error) => return Err(self.delegation_failure(error)),
        };
        if !is_named {
            return Ok(DelegationOutcome::Later);
        }
        let (kind, names) = (DomainEventKind::AttachNameservers, wanted.join(" "));
        self.held.note(|_| {}, Some((kind, &names))).await?;
        Ok(DelegationOutcome::Changed)
    }

    /// Returns whether the registrar has exactly these name servers, in any order and spelling.
    async fn has_nameservers(&self, wanted: &[String]) -> Result<bool, Failure> {
        let named = self.client.nameservers(self.held.name().as_str()).await?;
        Ok(named.is_some_and(|named| set(&named) == set(wanted)))
    }

    /// Removes the lock, after recording that it is off.
    async fn unlock(&mut self) -> Result<(), Failure> {
        let name = self.held.name().clone();
        if !tld_of(name.as_str()).lockable {
            return Err(still_locked(&name));
        }
        let happened = Some((DomainEventKind::AttachUnlock, ""));
        self.held.note(|it| it.is_unlocked = true, happened).await?;
        self.client.set_lock(name.as_str(), false).await?;
        Ok(())
    }

    fn delegation_failure(&self, error: Error) -> Failure {
        match error.reason() {
            Some(Reason::UnknownNameserver) => unknown_nameservers(self.held.name()),
            Some(Reason::Locked | Reason::Denied) => still_locked(self.held.name()),
            _ => error.into(),
        }
    }
}

/// Returns names without their order, case and dot at the end.
fn set(names: &[String]) -> BTreeSet<String> {
    names.iter().map(|name| name.trim_end_matches('.').to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::set;

    #[test]
    fn name_servers_are_compared_without_order_case_and_trailing_dot() {
        let of = |names: [&str; 2]| set(&names.map(str::to_owned));
        let names = of(["ns-cloud-a1.googledomains.com.", "ns-cloud-a2.googledomains.com."]);
        assert_eq!(names, of(["NS-CLOUD-A2.GOOGLEDOMAINS.COM", "ns-cloud-a1.googledomains.com"]));
        assert_ne!(names, of(["ns-cloud-a1.googledomains.com", "ns-cloud-b2.googledomains.com"]));
    }
}
