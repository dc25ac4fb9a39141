//! The cells of a server: each one Coolify, one Gitea and the hosts behind them.
//!
//! A workspace's record names its cell, which is the only way to an upstream's client. So an operator can add a cell
//! without a change of any operation. Caches and rate budgets belong to a cell.

mod bot_access;
mod boundaries;
mod commit_messages;
mod commit_verdicts;
mod container_listings;
mod coolify_condition;
mod coolify_inspections;
mod docker_hosts;
mod exec_limit;
mod gitea_addresses;
mod known_resources;
mod missing_resources;
mod permits;
mod polled_deployments;
mod queue;
mod rate_budget;
mod recent_ids;
mod rotations;
mod server_reach;
mod service_starts;
mod upstream_state;
mod watch_counts;
mod work_locks;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use covibe_coolify::Client as CoolifyClient;
use covibe_docker_host::{ContainerId, DockerHost};
use covibe_domain::{
    CellName, DeploymentUuid, Failure, HostedUuid, ProjectUuid, ServerUuid, TenantId, WorkspaceId,
};
use covibe_store::{OpenDeployment, WorkspaceRecord};
use tokio::time::Instant;

use self::bot_access::BotAccess;
use self::boundaries::Boundaries;
pub(crate) use self::boundaries::Territory;
use self::commit_messages::CommitMessages;
pub(crate) use self::commit_verdicts::Verdicts;
pub(crate) use self::container_listings::{Listing, Listings};
use self::coolify_condition::{CoolifyCondition, Features};
use self::coolify_inspections::CoolifyInspections;
pub(crate) use self::exec_limit::{DetachedPermit, Execs};
pub(crate) use self::known_resources::{KnownIds, KnownResources};
use self::missing_resources::Missing;
use self::polled_deployments::PolledDeployments;
pub(crate) use self::polled_deployments::{KeptDeployments, PollSource};
use self::queue::Queue;
pub(crate) use self::queue::{Places, QueuePosition, QueueSnapshot, WorkUnderWay};
pub(crate) use self::recent_ids::RecentIds;
use self::rotations::Rotations;
use self::server_reach::ServerReach;
use self::service_starts::Starts;
use self::work_locks::Turns;
use crate::settings::Ceilings;
use crate::unmanaged_access::KnownStrangers;

pub(crate) use coolify_condition::CoolifyNeeds;
pub use docker_hosts::DockerHosts;
pub use exec_limit::ExecPermit;
pub use gitea_addresses::{GiteaAddress, InvalidSshAddress, SshAddress};
pub use queue::{QueueCondition, QueueLoad};
pub use rate_budget::SharedRateBudget;
pub use service_starts::StartPermit;
pub use upstream_state::UpstreamState;
pub use watch_counts::WatchCounts;

/// The upstreams of a cell; one that is not configured is `None`.
#[derive(Debug, Default)]
pub struct Upstreams {
    /// Coolify's client.
    pub coolify: Option<CoolifyClient>,
    /// Gitea's client.
    pub gitea: Option<covibe_gitea::Client>,
    /// The address of Gitea, for credentials and clone URLs.
    pub gitea_address: Option<GiteaAddress>,
    /// The docker hosts of Coolify's servers.
    pub docker: DockerHosts,
    /// True if the operator accepts a Coolify whose proxy is Caddy, which any image can configure.
    pub accepts_caddy: bool,
}

/// One cell: its upstreams and the caches of their answers.
#[derive(Debug)]
pub(crate) struct Cell {
    upstreams: Upstreams,
    pub(crate) condition: Arc<CoolifyCondition>,
    pub(crate) boundaries: Boundaries,
    pub(crate) bot_access: BotAccess,
    /// The slugs of workspaces whose access to Gitea was found broken since they were provisioned.
    pub(crate) troubles: RecentIds,
    pub(crate) messages: CommitMessages,
    pub(crate) strangers: KnownStrangers,
    pub(crate) starts: Starts,
    pub(crate) deployments: PolledDeployments,
    pub(crate) queue: Queue,
    /// The turns to queue a deployment.
    pub(crate) turns: Turns<TenantId>,
    /// The turns to change the source of an application or to deploy it, by workspace: a turn begins unchecked.
    pub(crate) source_turns: Turns<(WorkspaceId, HostedUuid)>,
    /// The turns to write an app's variables, also by workspace.
    pub(crate) variable_turns: Turns<(WorkspaceId, HostedUuid)>,
    /// The turns to write a compose file.
    pub(crate) compose_turns: Turns<ProjectUuid>,
    pub(crate) rotations: Rotations,
    pub(crate) recent: RecentIds,
    pub(crate) server_reach: ServerReach,
    /// The resources with a recent action that is over now.
    pub(crate) changed: RecentIds,
    /// The applications whose deletion was requested recently.
    pub(crate) deleted: RecentIds,
    pub(crate) known: KnownResources,
    /// The containers that were judged and have no forbidden label: neither their labels nor their images change.
    pub(crate) admitted: KnownIds<ContainerId>,
    /// The resources whose containers run although Coolify does not have the resource.
    pub(crate) missing: Missing,
    /// The commands that are running in containers.
    pub(crate) execs: Execs,
    /// The turns to search a whole log.
    pub(crate) log_searches: Turns<WorkspaceId>,
    /// The strays whose deletion was queued recently.
    pub(crate) removed_strays: RecentIds,
    pub(crate) verdicts: Verdicts,
    pub(crate) looks: CoolifyInspections,
    pub(crate) listings: Listings,
}

impl Cell {
    /// Returns the raw Coolify client.
    pub(crate) fn coolify(&self) -> Result<&CoolifyClient, Failure> {
        self.condition.check_version()?;
        self.upstreams.coolify.as_ref().ok_or_else(|| unconfigured_upstream("Coolify"))
    }

    /// Returns the raw Coolify client for an operation with these needs.
    pub(crate) fn coolify_for(&self, needs: CoolifyNeeds) -> Result<&CoolifyClient, Failure> {
        let client = self.coolify()?;
        self.condition.check_abilities(needs)?;
        self.condition.check_proxy(needs)?;
        Ok(client)
    }

    /// Returns the features of Coolify that older ones lack.
    pub(crate) async fn features(&self) -> Result<Features, Failure> {
        self.condition.features(self.coolify()?).await
    }

    /// Returns the docker host of a server of Coolify; `None` if none is configured for it.
    pub(crate) async fn docker_host(
        &self,
        server: Option<&ServerUuid>,
        coolify: &CoolifyClient,
    ) -> Result<Option<&DockerHost>, Failure> {
        self.upstreams.docker.for_server(server, coolify).await
    }

    /// Returns all docker hosts of the cell.
    pub(crate) fn docker_hosts(&self) -> impl Iterator<Item = &DockerHost> {
        self.upstreams.docker.all()
    }

    /// Returns the server on which workspaces get Docker networks of their own, and its docker host; `None` if no host
    /// is configured for it, or if Coolify cannot create destinations.
    pub(crate) async fn network_host(&self) -> Result<Option<(ServerUuid, &DockerHost)>, Failure> {
        if self.upstreams.docker.is_empty() {
            return Ok(None);
        }
        let coolify = self.coolify()?;
        let server = coolify.server().await?;
        let Some(host) = self.docker_host(Some(&server), coolify).await? else { return Ok(None) };
        let can = self.features().await?.creates_destinations;
        Ok(can.then_some((server, host)))
    }

    /// Returns the work that Coolify has under way, of all tenants.
    pub(crate) async fn deployments_under_way(&self) -> Result<WorkUnderWay, Failure> {
        let asked_at = Instant::now();
        let deployments = self.coolify()?.for_share("").deployments_under_way().await?;
        Ok(self.queue.note(asked_at, deployments))
    }

    /// Reads the states of starts, at most once in this time, and returns the starts that are over.
    pub(crate) async fn starts_over(
        &self,
        open: &[OpenDeployment],
        pause: Duration,
    ) -> HashSet<DeploymentUuid> {
        self.queue.starts.read_over(self.coolify(), open, pause).await
    }

    /// Returns the places for a Coolify with this many workers.
    pub(crate) fn places(&self, workers: usize, ceilings: Ceilings) -> Places {
        self.queue.places(workers, self.condition.concurrent_builds(), ceilings)
    }

    /// Checks Coolify in the background, as long as this process runs.
    fn watch(&self) {
        if let Some(coolify) = &self.upstreams.coolify {
            tokio::spawn(Arc::clone(&self.condition).watch(coolify.clone()));
        }
    }

    /// Returns the raw Gitea client.
    pub(crate) fn gitea(&self) -> Result<&covibe_gitea::Client, Failure> {
        self.upstreams.gitea.as_ref().ok_or_else(|| unconfigured_upstream("Gitea"))
    }

    /// Returns the address of Gitea.
    pub(crate) fn gitea_address(&self) -> Result<&GiteaAddress, Failure> {
        self.upstreams.gitea_address.as_ref().ok_or_else(|| unconfigured_upstream("Gitea"))
    }
}

/// The cells of a server, by name.
#[derive(Debug, Default)]
pub struct Cells(HashMap<CellName, Arc<Cell>>);

impl Cells {
    /// Creates the cells of a server whose only cell, `default`, has these upstreams.
    pub fn with_default_cell(upstreams: Upstreams) -> Self {
        let mut cells = Self::default();
        cells.insert(CellName::default(), upstreams);
        cells
    }

    /// Adds a cell, or replaces the one with this name.
    pub fn insert(&mut self, name: CellName, upstreams: Upstreams) {
        let cell = Cell {
            condition: Arc::new(CoolifyCondition::new(upstreams.accepts_caddy)),
            upstreams,
            boundaries: Boundaries::default(),
            bot_access: BotAccess::default(),
            troubles: RecentIds::default(),
            messages: CommitMessages::default(),
            strangers: KnownStrangers::default(),
            starts: Starts::default(),
            deployments: PolledDeployments::default(),
            queue: Queue::default(),
            turns: Turns::default(),
            source_turns: Turns::default(),
            variable_turns: Turns::default(),
            compose_turns: Turns::default(),
            rotations: Rotations::default(),
            recent: RecentIds::default(),
            server_reach: ServerReach::default(),
            changed: RecentIds::default(),
            deleted: RecentIds::default(),
            known: KnownResources::default(),
            admitted: KnownIds::default(),
            missing: Missing::default(),
            execs: Execs::default(),
            log_searches: Turns::default(),
            removed_strays: RecentIds::default(),
            looks: CoolifyInspections::default(),
            listings: Listings::default(),
            verdicts: Verdicts::default(),
        };
        self.0.insert(name, Arc::new(cell));
    }

    /// Checks every cell's Coolify in the background, logs missing features, and lets operations that need them fail.
    pub(crate) fn watch(&self) {
        self.0.values().for_each(|cell| cell.watch());
    }

    /// Checks every cell's Coolify once.
    pub(crate) async fn check_all(&self) -> Result<(), Failure> {
        for cell in self.0.values() {
            if let Some(coolify) = &cell.upstreams.coolify {
                cell.condition.refresh(coolify).await?;
            }
        }
        Ok(())
    }

    /// Returns whether any cell has a docker host.
    pub(crate) fn have_docker_hosts(&self) -> bool {
        self.0.values().any(|cell| !cell.upstreams.docker.is_empty())
    }

    /// Returns the docker hosts of all cells.
    pub(crate) fn docker_hosts(&self) -> Vec<(Arc<Cell>, DockerHost)> {
        let of_cell = |cell: &Arc<Cell>| {
            let hosts = cell.upstreams.docker.all().cloned().collect::<Vec<_>>();
            hosts.into_iter().map(|host| (Arc::clone(cell), host)).collect::<Vec<_>>()
        };
        self.0.values().flat_map(of_cell).collect()
    }

    /// Returns the states of the upstreams of every cell.
    pub(crate) fn upstreams(&self) -> Vec<UpstreamState> {
        let states = |cell: &Arc<Cell>| {
            let Upstreams { coolify, gitea, .. } = &cell.upstreams;
            UpstreamState::from_clients(coolify.as_ref(), gitea.as_ref())
        };
        self.0.values().flat_map(states).collect()
    }

    /// Returns the hosts of the upstreams of every cell.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.0.values().flat_map(|cell| {
            let Upstreams { coolify, gitea_address, .. } = &cell.upstreams;
            let coolify = coolify.as_ref().and_then(CoolifyClient::host);
            let gitea = gitea_address.iter().flat_map(GiteaAddress::hosts);
            coolify.into_iter().chain(gitea)
        })
    }

    /// Returns all cells with their names.
    pub(crate) fn all(&self) -> Vec<(CellName, Arc<Cell>)> {
        self.0.iter().map(|(name, cell)| (name.clone(), Arc::clone(cell))).collect()
    }

    /// Returns the cell with this name.
    pub(crate) fn get(&self, name: &CellName) -> Result<&Arc<Cell>, Failure> {
        self.0.get(name).ok_or_else(|| unconfigured_upstream(&format!("The cell {name}")))
    }
}

/// Returns the share of the rate budgets of a cell's upstreams that the calls of a workspace count against. Tenants
/// take turns, regardless of the number of their workspaces.
pub(crate) fn share_of(record: &WorkspaceRecord) -> covibe_coolify::Share {
    covibe_coolify::Share::new(record.tenant.as_str(), record.slug.as_str())
}

fn unconfigured_upstream(what: &str) -> Failure {
    Failure::unready(format!("{what} is not configured on this server."))
        .hint("Tell the operator; `covibe-server check` names what is missing.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_of_an_unknown_cell_reaches_no_upstream() {
        let cells = Cells::with_default_cell(Upstreams::default());
        let failure = cells.get(&"elsewhere".parse().unwrap()).unwrap_err();
        assert_eq!(failure.message, "The cell elsewhere is not configured on this server.");
        let cell = cells.get(&CellName::default()).unwrap();
        assert!(cell.coolify().is_err() && cell.gitea().is_err() && cell.gitea_address().is_err());
    }
}
