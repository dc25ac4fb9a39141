//! The docker host behind the workspace's resources, restricted to them.

mod containerized_resources;
mod errors;
mod image_labels;
mod proxies_and_networks;
mod routed_containers;
mod running_containers;
mod running_version;
mod volume_holder;
mod volume_sizes;
mod volumes;

use std::time::Duration;

use covibe_docker_host::{
    Container, ContainerDetails, ContainerId, DockerHost, Exec, Executed, FoundLines, Judge,
    LogQuery, Logs, Running, Status, Stream,
};
use covibe_domain::{Failure, Timestamp, boxed};

use self::errors::{change_failure, failure};
use super::Coolify;

pub use containerized_resources::Hosted;
pub(crate) use errors::{change_failure as docker_change_failure, failure as docker_failure};
pub use image_labels::ForeignLabel;
pub use proxies_and_networks::{DatabaseProxy, Network};
pub use routed_containers::RoutedContainer;
pub use running_containers::{ListedResources, RunningContainer, RunningContainers};
pub use volume_holder::VolumeHolder;
pub use volumes::{Inventory, OwnVolume};

/// The time that a container's program gets to end by itself, unless the container sets another (Docker 20.10 to 28.5).
const GRACE: Duration = Duration::from_secs(10);

/// The maximum of that time, because a call has to end before its own deadline.
const LONGEST_GRACE: Duration = Duration::from_secs(30);

/// The docker host of one resource of the workspace, restricted to that resource.
#[derive(Clone, Debug)]
pub struct OnHost {
    host: DockerHost,
    uuid: String,
}

/// A container of a resource of the workspace. Only the methods of [`OnHost`] return one.
#[derive(Clone, Debug)]
pub struct OwnContainer(Container);

impl OwnContainer {
    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns its service in the compose file; without a compose file, the name of the container.
    pub fn service(&self) -> &str {
        &self.0.service
    }

    /// Returns the time when it was created.
    pub fn created_at(&self) -> Timestamp {
        self.0.created_at
    }

    /// Returns whether it ran when the containers were listed.
    pub fn is_running(&self) -> bool {
        self.0.status == Status::Running
    }

    /// Returns whether it may have run when the containers were listed, or Docker would have started it again.
    pub fn may_run(&self) -> bool {
        self.0.status.may_run()
    }

    /// Returns whether Docker was about to start it again.
    pub fn is_restarting(&self) -> bool {
        self.0.status == Status::Restarting
    }

    /// Returns its id, which no other container has, not even one of the same name.
    pub fn id(&self) -> &ContainerId {
        &self.0.id
    }
}

impl Coolify {
    /// Returns the docker host of a resource; `None` if none is configured for its server.
    #[boxed]
    pub async fn on_host(&self, resource: &Hosted) -> Result<Option<OnHost>, Failure> {
        let host = self.docker_host(resource.server()).await?;
        let uuid = resource.uuid().to_owned();
        Ok(host.map(|host| OnHost { host, uuid }))
    }
}

impl OnHost {
    /// Returns the host where containers were seen, restricted to the resource with this uuid, and this resource's
    /// containers among them.
    pub(crate) fn with_seen(
        host: &DockerHost,
        uuid: &str,
        containers: &[Running],
    ) -> (Self, Vec<OwnContainer>) {
        let own = containers.iter().filter(|one| one.uuid == uuid);
        let own = own.map(|one| OwnContainer(one.container.clone())).collect();
        (Self { host: host.clone(), uuid: uuid.to_owned() }, own)
    }

    /// Returns the same host with urgent calls, which wait neither behind those of agents nor behind background work.
    pub(crate) fn urgently(&self) -> Self {
        Self { host: self.host.as_urgent(), uuid: self.uuid.clone() }
    }

    /// Returns the resource's containers in all states, without those of previews, sorted by service, the newest of
    /// each first.
    #[boxed]
    pub async fn containers(&self) -> Result<Vec<OwnContainer>, Failure> {
        let found = self.host.containers(&self.uuid).await.map_err(|error| failure(&error))?;
        Ok(found.into_iter().map(OwnContainer).collect())
    }

    /// Returns the state of a container.
    #[boxed]
    pub async fn state(&self, container: &OwnContainer) -> Result<ContainerDetails, Failure> {
        self.host.container(container.id()).await.map_err(|error| failure(&error))
    }

    /// Returns the last lines that a container printed, running or not.
    #[boxed]
    pub async fn logs(&self, container: &OwnContainer, query: LogQuery) -> Result<Logs, Failure> {
        self.host.logs(container.id(), query).await.map_err(|error| failure(&error))
    }

    /// Returns the wanted lines of a container's log, as [`DockerHost::search`] does.
    #[boxed]
    pub async fn search<'a>(
        &'a self,
        container: &'a OwnContainer,
        query: LogQuery,
        begin: &'a (dyn Fn() -> Judge<'a> + Sync),
    ) -> Result<FoundLines, Failure> {
        self.host.search(container.id(), query, begin).await.map_err(|error| failure(&error))
    }

    /// Runs a command in a running container to its end or its deadline.
    pub async fn exec(
        &self,
        container: &OwnContainer,
        command: Exec,
        on_output: impl FnMut(Stream, &[u8]) + Send,
    ) -> Result<Executed, Failure> {
        self.host
            .exec(container.id(), command, on_output)
            .await
            .map_err(|error| change_failure(&error))
    }

    /// Stops a container: by its stop signal first, and by SIGKILL after its own grace period, at most 30 seconds, or
    /// 10 by default. If it does not run, this succeeds.
    #[boxed]
    pub async fn stop(
        &self,
        container: &OwnContainer,
        state: &ContainerDetails,
    ) -> Result<(), Failure> {
        let stopped = self.host.stop(container.id(), grace(state)).await;
        stopped.map_err(|error| change_failure(&error))
    }

    /// Kills a forbidden container, without a grace period. If it does not run, this succeeds.
    pub(crate) async fn stop_at_once(&self, container: &OwnContainer) -> Result<(), Failure> {
        let stopped = self.host.stop(container.id(), Duration::ZERO).await;
        stopped.map_err(|error| change_failure(&error))
    }

    /// Starts a container. If it runs, this succeeds.
    #[boxed]
    pub async fn start(&self, container: &OwnContainer) -> Result<(), Failure> {
        self.host.start(container.id()).await.map_err(|error| change_failure(&error))
    }

    /// Stops a container as [`Self::stop`] does, and starts it.
    #[boxed]
    pub async fn restart(
        &self,
        container: &OwnContainer,
        state: &ContainerDetails,
    ) -> Result<(), Failure> {
        let restarted = self.host.restart(container.id(), grace(state)).await;
        restarted.map_err(|error| change_failure(&error))
    }
}

fn grace(state: &ContainerDetails) -> Duration {
    state.stop_timeout.unwrap_or(GRACE).min(LONGEST_GRACE)
}
