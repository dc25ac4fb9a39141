//! Further things of a resource on its docker host: the proxy of a public database, the container in which Coolify
//! carries out a deployment, and the network of a compose app.

use covibe_docker_host::{Conflict, Error};
use covibe_domain::{DeploymentUuid, Failure, boxed};

use super::errors::{change_failure, failure};
use super::{OnHost, OwnContainer};

/// The proxy container of a public database, which makes it reachable from the internet.
#[derive(Debug)]
pub enum DatabaseProxy {
    /// It exists, running or not.
    There(OwnContainer),
    /// It does not exist.
    Missing,
    /// Unknown: the gate of the host is older than the server.
    Untold,
}

/// The state of the network of a resource that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Network {
    /// The network is gone.
    Gone,
    /// It stays with this name, because another container is on it.
    Used(String),
    /// It stays with this name, because the gate of the host is older than the server, and refuses to remove it.
    Refused(String),
    /// Unknown: the gate of the host is older than the server.
    Untold,
}

impl OnHost {
    /// Searches for the proxy of the resource, which only a public database has.
    #[boxed]
    pub async fn proxy(&self) -> Result<DatabaseProxy, Failure> {
        match self.host.proxy(&self.uuid).await {
            Ok(Some(found)) => Ok(DatabaseProxy::There(OwnContainer(found))),
            Ok(None) => Ok(DatabaseProxy::Missing),
            Err(Error::Refused) => Ok(DatabaseProxy::Untold),
            Err(error) => Err(failure(&error)),
        }
    }

    /// Returns whether the container runs in which Coolify carries out a deployment of the resource; `None` if the gate
    /// of the host is older than the server, and does not say.
    #[boxed]
    pub async fn has_helper(&self, deployment: &DeploymentUuid) -> Result<Option<bool>, Failure> {
        match self.host.has_deployment_helper(deployment.as_str()).await {
            Ok(runs) => Ok(Some(runs)),
            Err(Error::Refused | Error::Invalid(_)) => Ok(None),
            Err(error) => Err(failure(&error)),
        }
    }

    /// Removes the network that Coolify made for the resource, which is gone; Coolify's proxy is taken off it.
    #[boxed]
    pub async fn remove_network(&self) -> Result<Network, Failure> {
        let found = match self.host.network(&self.uuid).await {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(Network::Gone),
            Err(Error::Refused) => return Ok(Network::Untold),
            Err(error) => return Err(change_failure(&error)),
        };
        if found.is_used {
            return Ok(Network::Used(found.name));
        }
        match self.try_remove_network(found.has_proxy).await {
            Ok(()) => Ok(Network::Gone),
            Err(Error::Conflict(Conflict::NetworkInUse)) => Ok(Network::Used(found.name)),
            Err(Error::Refused) => Ok(Network::Refused(found.name)),
            Err(error) => Err(change_failure(&error)),
        }
    }

    async fn try_remove_network(&self, has_proxy: bool) -> Result<(), Error> {
        if has_proxy {
            self.host.disconnect_proxy(&self.uuid).await?;
        }
        self.host.remove_network(&self.uuid).await
    }
}
