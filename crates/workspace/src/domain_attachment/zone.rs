//! The zone of a domain, marked with the workspace as its owner.

use covibe_dns::{DnsName, Zone};
use covibe_domain::entities::{DnsProvider, DomainEventKind};
use covibe_domain::{Failure, boxed};

use super::attach_call::Attaching;
use crate::dns::Served;

/// The workspace's own zone of the domain.
#[derive(Clone, Debug)]
pub struct OwnZone {
    pub(super) provider: DnsProvider,
    pub(super) zone: Zone,
    /// True if the domain had no zone before, or another one.
    pub is_new: bool,
}

impl OwnZone {
    /// Returns the name servers to set at the registrar, in lower case and without a final dot.
    pub fn nameservers(&self) -> Vec<String> {
        self.zone.nameservers.iter().map(DnsName::as_str).map(str::to_owned).collect()
    }
}

impl Attaching<'_> {
    /// Returns the domain's zone, which is created or adopted if there is none. A domain keeps its provider.
    ///
    /// # Errors
    ///
    /// Conflict if the zone is somebody else's; unready without the provider; those of the provider.
    #[boxed]
    pub async fn zone(&mut self) -> Result<OwnZone, Failure> {
        let provider = self.provider().await?;
        let served = self.served(provider)?;
        // Whoever continues this looks for the zone where it was made.
        self.held.note(|it| it.provider = Some(provider), None).await?;
        let zone = served.zone(self.held.name()).await?;
        let is_new = self.held.attachment().zone.as_ref() != Some(&zone.id);
        let own = OwnZone { provider, zone, is_new };
        let id = own.zone.id.clone();
        let happened = is_new.then_some((DomainEventKind::AttachZone, provider.as_str()));
        self.held.note(|it| it.zone = Some(id), happened).await?;
        Ok(own)
    }

    /// Returns a provider, for calls of the domain's workspace.
    pub(super) fn served(&self, provider: DnsProvider) -> Result<Served, Failure> {
        let place = (self.held.tenant(), &self.held.record().workspace);
        self.platform.dns().get(provider, place)
    }

    /// Returns the domain's provider, or else that of its workspace, or else the operator's default.
    async fn provider(&self) -> Result<DnsProvider, Failure> {
        if let Some(provider) = self.held.attachment().provider {
            return Ok(provider);
        }
        match self.held.workspaces_provider().await? {
            Some(provider) => Ok(provider),
            None => self.platform.dns().default_provider(),
        }
    }
}
