//! The docker hosts of a cell: one for each of Coolify's servers.

use std::collections::HashMap;

use covibe_docker_host::DockerHost;
use covibe_domain::{Failure, ServerUuid};

/// The docker hosts of a cell. A Coolify server without one is used through Coolify alone.
#[derive(Debug, Default)]
pub struct DockerHosts {
    /// The host of the server that Coolify deploys to.
    pub usual: Option<DockerHost>,
    /// The hosts of servers by their uuids, which precede `usual`.
    pub of_servers: HashMap<ServerUuid, DockerHost>,
}

impl DockerHosts {
    /// Returns whether none is configured.
    pub(crate) fn is_empty(&self) -> bool {
        self.usual.is_none() && self.of_servers.is_empty()
    }

    /// Returns all of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &DockerHost> {
        self.usual.iter().chain(self.of_servers.values())
    }

    /// Returns the host of a server; the host of the default server for a resource whose server Coolify does not report
    /// (before 4.0.0-beta.461, whose resources name no destination).
    pub(crate) async fn for_server(
        &self,
        server: Option<&ServerUuid>,
        coolify: &covibe_coolify::Client,
    ) -> Result<Option<&DockerHost>, Failure> {
        let usual = match (server.and_then(|uuid| self.of_servers.get(uuid)), &self.usual) {
            (Some(host), _) => return Ok(Some(host)),
            (None, None) => return Ok(None),
            (None, Some(usual)) => usual,
        };
        let is_usual = match server {
            Some(server) => *server == coolify.server().await?,
            None => true,
        };
        Ok(is_usual.then_some(usual))
    }
}
