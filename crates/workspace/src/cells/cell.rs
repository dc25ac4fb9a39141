//! One cell: its upstreams, and the state that this process keeps of them, by the resource that it is about.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use covibe_background::run_with_restarts;
use covibe_coolify::Client as CoolifyClient;
use covibe_docker_host::DockerHost;
use covibe_domain::{DeploymentUuid, Failure, ServerUuid};
use covibe_store::OpenDeployment;
use tokio::time::Instant;

use super::apps::Apps;
use super::containers::Containers;
use super::deployments::Deployments;
use super::queue::{Places, Queue, WorkUnderWay};
use super::repositories::Repositories;
use super::resources::Resources;
use super::running_commands::Commands;
use super::tenant_boundaries::Boundaries;
use super::upstreams::{CoolifyCondition, CoolifyNeeds, Features, GiteaAddress, Upstreams};
use crate::settings::Ceilings;

/// One cell: its upstreams and the caches of their answers.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(super) upstreams: Upstreams,
    /// The version and the features of Coolify, and the abilities of the token.
    pub(crate) coolify_condition: Arc<CoolifyCondition>,
    /// The boundaries of the workspaces' projects.
    pub(crate) boundaries: Boundaries,
    /// The queue of deployments and starts before Coolify.
    pub(crate) queue: Queue,
    /// The deployments of applications.
    pub(crate) deployments: Deployments,
    /// The apps: their services, and the turns to write compose files, sources and variables.
    pub(crate) apps: Apps,
    /// The resources of all kinds: their names, recent actions, and removed strays.
    pub(crate) resources: Resources,
    /// The containers on the docker hosts.
    pub(crate) containers: Containers,
    /// The commands in containers.
    pub(crate) commands: Commands,
    /// The repositories at Gitea: the access to them, and their commits.
    pub(crate) repositories: Repositories,
}

impl Cell {
    /// Creates the cell with these upstreams, of which nothing is known yet.
    pub(super) fn new(upstreams: Upstreams) -> Self {
        Self {
            coolify_condition: Arc::new(CoolifyCondition::new(upstreams.accepts_caddy)),
            upstreams,
            boundaries: Boundaries::default(),
            queue: Queue::default(),
            deployments: Deployments::default(),
            apps: Apps::default(),
            resources: Resources::default(),
            containers: Containers::default(),
            commands: Commands::default(),
            repositories: Repositories::default(),
        }
    }

    /// Returns the raw Coolify client.
    pub(crate) fn coolify(&self) -> Result<&CoolifyClient, Failure> {
        self.coolify_condition.check_version()?;
        self.upstreams.coolify.as_ref().ok_or_else(|| unconfigured_upstream("Coolify"))
    }

    /// Returns the raw Coolify client for an operation with these needs.
    pub(crate) fn coolify_for(&self, needs: CoolifyNeeds) -> Result<&CoolifyClient, Failure> {
        let client = self.coolify()?;
        self.coolify_condition.check_abilities(needs)?;
        self.coolify_condition.check_proxy(needs)?;
        Ok(client)
    }

    /// Returns the features of Coolify that older ones lack.
    pub(crate) async fn features(&self) -> Result<Features, Failure> {
        self.coolify_condition.features(self.coolify()?).await
    }

    /// Returns the docker host of a Coolify server; `None` if none is configured for it.
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
        self.queue.places(workers, self.coolify_condition.concurrent_builds(), ceilings)
    }

    /// Checks Coolify in the background, as long as this process runs.
    pub(super) fn watch(&self) {
        if let Some(coolify) = self.upstreams.coolify.clone() {
            let condition = Arc::clone(&self.coolify_condition);
            let start = move || Arc::clone(&condition).watch(coolify.clone());
            tokio::spawn(run_with_restarts("coolify_condition", start));
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

/// The failure of a call that needs an upstream or a cell which the server does not have.
pub(super) fn unconfigured_upstream(what: &str) -> Failure {
    Failure::unready(format!("{what} is not configured on this server."))
        .hint("Tell the operator; `covibe-server check` names what is missing.")
}
