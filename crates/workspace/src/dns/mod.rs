//! The operator's providers of DNS, which all workspaces share.

use covibe_dns::{
    ChangeOutcome, Changes, CloudDns, Conflict, DnsName, Error, MAX_CHANGES, Owner, Provider,
    RecordChange, RecordKind, RecordSet, UpdateServer, Zone,
};
use covibe_domain::entities::DnsProvider;
use covibe_domain::{DomainName, Failure, SharedPermits, TenantId, WorkspaceId};
use covibe_upstream::{CallStatistics, Cause};

use crate::cells::{UpstreamState, share_by_ids};

use self::errors::{
    beside_other_records, changed_again, foreign_zone, no_provider, not_configured, unusable_name,
};

mod errors;

/// The maximum number of calls of all workspaces together that work at one provider at once. A tenant has at most half of
/// them, and leaves two to tenants that have none. The server's own work may have any of them.
const TURNS: usize = 8;

/// The maximum number of times that records are written until they are read as written. More than two are needed only
/// if somebody else writes too.
const TRIES: usize = 4;

/// The providers that the operator has configured.
pub struct DnsProviders {
    cloud: Option<CloudDns>,
    update: Option<UpdateServer>,
    /// The turns at each of them, so that one that does not answer keeps no call from the other.
    cloud_turns: SharedPermits<TenantId>,
    update_turns: SharedPermits<TenantId>,
}

impl std::fmt::Debug for DnsProviders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DnsProviders")
            .field("cloud", &self.cloud)
            .field("update", &self.update)
            .finish_non_exhaustive()
    }
}

impl DnsProviders {
    /// Creates the providers; a workspace without a choice of its own uses the first one.
    pub fn new(cloud: Option<CloudDns>, update: Option<UpdateServer>) -> Self {
        let (cloud_turns, update_turns) = (SharedPermits::new(TURNS), SharedPermits::new(TURNS));
        Self { cloud, update, cloud_turns, update_turns }
    }

    /// Returns the provider of workspaces without a choice of their own.
    ///
    /// # Errors
    ///
    /// Unready if none is configured.
    pub(crate) fn default_provider(&self) -> Result<DnsProvider, Failure> {
        match (&self.cloud, &self.update) {
            (Some(_), _) => Ok(DnsProvider::CloudDns),
            (None, Some(_)) => Ok(DnsProvider::Rfc2136),
            (None, None) => Err(no_provider()),
        }
    }

    /// Returns the states of the providers.
    pub(crate) fn states(&self) -> impl Iterator<Item = UpstreamState> {
        let state = |(word, observed): (DnsProvider, &CallStatistics)| UpstreamState {
            name: word.as_str(),
            observed: observed.clone(),
            load: None,
        };
        let cloud = self.cloud.as_ref().map(|it| (DnsProvider::CloudDns, it.statistics()));
        let update = self.update.as_ref().map(|it| (DnsProvider::Rfc2136, it.statistics()));
        cloud.into_iter().chain(update).map(state)
    }

    /// Returns a provider for the calls of a workspace, whose tenant takes turns with others.
    ///
    /// # Errors
    ///
    /// Unready if it is not configured.
    pub(crate) fn get(
        &self,
        word: DnsProvider,
        (tenant, workspace): (&TenantId, &WorkspaceId),
    ) -> Result<Served, Failure> {
        let served = self.get_for_server(word, (tenant, workspace))?;
        Ok(Served { tenant: Some(tenant.clone()), ..served })
    }

    /// Returns a provider for the server's own work for a workspace, such as a round over all tenants, which waits for no
    /// turn of the workspace's tenant: a tenant with many calls would delay the work for others.
    ///
    /// # Errors
    ///
    /// Unready if it is not configured.
    pub(crate) fn get_for_server(
        &self,
        word: DnsProvider,
        (tenant, workspace): (&TenantId, &WorkspaceId),
    ) -> Result<Served, Failure> {
        let share = share_by_ids(tenant, workspace);
        let provider = match word {
            DnsProvider::CloudDns => {
                self.cloud.as_ref().map(|it| boxed_provider(it.for_share(share)))
            }
            DnsProvider::Rfc2136 => self.update.clone().map(boxed_provider),
        };
        let provider = provider.ok_or_else(|| not_configured(word))?;
        let (workspace, turns) = (workspace.clone(), self.turns(word).clone());
        Ok(Served { provider, tenant: None, workspace, turns })
    }

    fn turns(&self, word: DnsProvider) -> &SharedPermits<TenantId> {
        match word {
            DnsProvider::CloudDns => &self.cloud_turns,
            DnsProvider::Rfc2136 => &self.update_turns,
        }
    }
}

fn boxed_provider(provider: impl Provider + 'static) -> Box<dyn Provider> {
    Box::new(provider)
}

/// A provider for the calls of a workspace, which wait for a turn.
pub(crate) struct Served {
    provider: Box<dyn Provider>,
    /// The tenant whose turns they are; `None` for the server's own work.
    tenant: Option<TenantId>,
    workspace: WorkspaceId,
    turns: SharedPermits<TenantId>,
}

impl Served {
    /// Returns the workspace's zone of a domain, which is created or adopted if there is none.
    ///
    /// # Errors
    ///
    /// Conflict if the zone is somebody else's; those of the provider.
    pub(crate) async fn zone(&self, domain: &DomainName) -> Result<Zone, Failure> {
        let (name, owner) = zone_and_owner(domain, &self.workspace)?;
        let _turn = self.turns.acquire(self.tenant.as_ref()).await;
        let found = self.provider.ensure_zone(&name, &owner).await;
        found.map_err(|error| zone_failure(error, domain))
    }

    /// Removes the workspace's zone of a domain with all its records; succeeds if there is none. The server of dynamic
    /// updates keeps the empty zone for its next owner.
    ///
    /// # Errors
    ///
    /// Conflict if the zone is somebody else's, or if somebody keeps writing records; those of the provider.
    pub(crate) async fn remove_zone(&self, domain: &DomainName) -> Result<(), Failure> {
        let (name, owner) = zone_and_owner(domain, &self.workspace)?;
        let _turn = self.turns.acquire(self.tenant.as_ref()).await;
        let found =
            self.provider.zone(&name, &owner).await.map_err(|error| zone_failure(error, domain))?;
        let Some(zone) = found else { return Ok(()) };
        for _ in 0..TRIES {
            self.empty(&zone).await?;
            match self.provider.delete_zone(&name, &owner).await {
                Err(Error { cause: Cause::Conflict(Conflict::NotEmpty), .. }) => {}
                deleted => return deleted.map_err(|error| zone_failure(error, domain)),
            }
        }
        Err(changed_again())
    }

    /// Removes all record sets except the zone's own.
    async fn empty(&self, zone: &Zone) -> Result<(), Failure> {
        let sets = self.provider.records(zone).await?;
        let is_zones = |set: &&RecordSet| {
            set.name() == &zone.domain && matches!(set.kind(), RecordKind::Ns | RecordKind::Soa)
        };
        let others = sets.iter().filter(|set| !is_zones(set));
        let removals: Vec<_> = others
            .map(|set| RecordChange::Remove(set.name().clone(), set.kind().clone()))
            .collect();
        for removals in removals.chunks(MAX_CHANGES) {
            let changes = Changes::new(&zone.domain, removals.to_vec())?;
            self.provider.replace(zone, &changes).await.map_err(change_failure)?;
        }
        Ok(())
    }

    /// Applies changes to record sets, and reads them again. Returns whether something changed.
    ///
    /// # Errors
    ///
    /// Conflict if other records exclude an alias, or if somebody keeps changing the same ones; those of the provider.
    pub(crate) async fn replace(&self, zone: &Zone, changes: &Changes) -> Result<bool, Failure> {
        for tried in 0..TRIES {
            // It reads what is there first, so that the last round tells what was seen.
            match self.write(zone, changes).await.map_err(change_failure)? {
                ChangeOutcome::Unchanged => return Ok(tried > 0),
                ChangeOutcome::Changed => {}
            }
        }
        Err(changed_again())
    }

    async fn write(&self, zone: &Zone, changes: &Changes) -> Result<ChangeOutcome, Error> {
        let _turn = self.turns.acquire(self.tenant.as_ref()).await;
        self.provider.replace(zone, changes).await
    }
}

/// Converts a domain name to the form for providers.
///
/// # Errors
///
/// Rejected if it is not a valid name in DNS.
pub(crate) fn dns_name(name: &DomainName) -> Result<DnsName, Failure> {
    DnsName::zone(name.as_str()).map_err(|_| unusable_name(name.as_str()))
}

/// Returns the names of a domain and of its owner.
fn zone_and_owner(
    domain: &DomainName,
    workspace: &WorkspaceId,
) -> Result<(DnsName, Owner), Failure> {
    let owner = Owner::new(workspace.as_str());
    Ok((dns_name(domain)?, owner.map_err(|_| unusable_name(workspace.as_str()))?))
}

fn zone_failure(error: Error, domain: &DomainName) -> Failure {
    match error.cause {
        Cause::Conflict(Conflict::Domain) => foreign_zone(domain),
        _ => error.into(),
    }
}

fn change_failure(error: Error) -> Failure {
    match error.cause {
        Cause::Conflict(Conflict::Exists) => beside_other_records(),
        Cause::Conflict(Conflict::Changed) => changed_again(),
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use covibe_upstream::BoxFuture;

    use super::*;

    /// The only domain about which [`Stuck`] answers.
    const ANSWERED: &str = "quiet.ca";

    /// A provider that never answers about other domains.
    struct Stuck;

    impl Provider for Stuck {
        fn ensure_zone<'a>(
            &'a self,
            domain: &'a DnsName,
            _owner: &'a Owner,
        ) -> BoxFuture<'a, Result<Zone, Error>> {
            if domain.as_str() != ANSWERED {
                return Box::pin(pending());
            }
            let (id, nameservers) = ("1".to_owned(), Vec::new());
            Box::pin(async move { Ok(Zone { id, domain: domain.clone(), nameservers }) })
        }

        fn zone<'a>(
            &'a self,
            _domain: &'a DnsName,
            _owner: &'a Owner,
        ) -> BoxFuture<'a, Result<Option<Zone>, Error>> {
            Box::pin(pending())
        }

        fn delete_zone<'a>(
            &'a self,
            _domain: &'a DnsName,
            _owner: &'a Owner,
        ) -> BoxFuture<'a, Result<(), Error>> {
            Box::pin(pending())
        }

        fn records<'a>(&'a self, _zone: &'a Zone) -> BoxFuture<'a, Result<Vec<RecordSet>, Error>> {
            Box::pin(pending())
        }

        fn replace<'a>(
            &'a self,
            _zone: &'a Zone,
            _changes: &'a Changes,
        ) -> BoxFuture<'a, Result<ChangeOutcome, Error>> {
            Box::pin(pending())
        }
    }

    fn stuck_provider(turns: &SharedPermits<TenantId>, tenant: Option<&str>) -> Served {
        let tenant = tenant.map(|tenant| tenant.parse().unwrap());
        let workspace = "ws_shop".parse().unwrap();
        Served { provider: Box::new(Stuck), tenant, workspace, turns: turns.clone() }
    }

    fn has_ended<T>(call: &mut Pin<Box<impl Future<Output = T>>>) -> bool {
        let polled = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        matches!(polled, Poll::Ready(_))
    }

    #[test]
    fn calls_of_a_tenant_that_never_end_leave_turns_to_other_tenants() {
        let turns = SharedPermits::new(TURNS);
        let of = |tenant| stuck_provider(&turns, tenant);
        let (busy, quiet, server) = (of(Some("ten_acme")), of(Some("ten_beta")), of(None));
        let [slow, fast]: [DomainName; 2] =
            ["busy.ca", ANSWERED].map(|name| name.to_owned().try_into().unwrap());
        let mut calls: Vec<_> = (0..3 * TURNS).map(|_| Box::pin(busy.zone(&slow))).collect();
        assert!(!calls.iter_mut().any(has_ended));
        assert!(has_ended(&mut Box::pin(quiet.zone(&fast))));
        assert!(!has_ended(&mut Box::pin(busy.zone(&fast))), "the tenant has its share");
        assert!(has_ended(&mut Box::pin(server.zone(&fast))), "the server waits for no tenant");
    }

    #[test]
    fn calls_that_hang_at_one_provider_keep_none_from_the_other() {
        let providers = DnsProviders::new(None, None);
        let update = providers.turns(DnsProvider::Rfc2136);
        let hanging: Vec<_> = std::iter::from_fn(|| update.take(None)).collect();
        assert_eq!(hanging.len(), TURNS);
        let tenant = "ten_acme".parse().unwrap();
        assert!(providers.turns(DnsProvider::CloudDns).take(Some(&tenant)).is_some());
    }
}
