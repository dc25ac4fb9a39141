//! The output of containers, by Coolify's own routes, and the docker host for the rest.

use std::time::Duration;

use covibe_coolify::{Application, ContainerLog, Service};
use covibe_docker_host::DockerHost;
use covibe_domain::{Failure, ServerUuid, boxed};
use covibe_policy::Owned;

use super::Coolify;
use crate::cells::Listing;

impl Coolify {
    /// Returns the last lines that the running container of an application printed.
    #[boxed]
    pub async fn application_log(
        &self,
        app: &Owned<Application>,
        lines: u32,
    ) -> Result<ContainerLog, Failure> {
        Ok(self.client.application_log(&app.uuid, lines).await?)
    }

    /// Returns the last lines that the running container of one service of a compose file printed;
    /// `None` if this release of Coolify cannot do so.
    #[boxed]
    pub async fn container_log(
        &self,
        service: &Owned<Service>,
        name: &str,
        lines: u32,
    ) -> Result<Option<ContainerLog>, Failure> {
        Ok(self.client.container_log(&service.uuid, name, lines).await?)
    }

    /// Returns the docker host of a server, for calls in the tenant's share; `None` if none is configured for it.
    pub(in crate::scoped) async fn docker_host(
        &self,
        server: Option<&ServerUuid>,
    ) -> Result<Option<DockerHost>, Failure> {
        let host = self.shared_docker_host(server).await?;
        Ok(host.map(|host| host.for_party(self.origins.record.tenant.as_str())))
    }

    /// Returns the docker host of a server, for a list that tenants share; `None` if none is configured for it.
    pub(in crate::scoped) async fn shared_docker_host(
        &self,
        server: Option<&ServerUuid>,
    ) -> Result<Option<&DockerHost>, Failure> {
        self.cell.docker_host(server, &self.client).await
    }

    /// Returns all docker hosts of the workspace's cell, for lists that tenants share.
    pub(in crate::scoped) fn docker_hosts(&self) -> impl Iterator<Item = &DockerHost> {
        self.cell.docker_hosts()
    }

    /// Returns the containers of a docker host from a list that is at most this old.
    pub(in crate::scoped) async fn listing(
        &self,
        host: &DockerHost,
        max_age: Duration,
    ) -> Result<Listing, covibe_docker_host::Error> {
        self.cell.containers.listings.read(host, max_age).await
    }
}
