//! Further things of a resource on its docker host: the proxy of a public database, and the
//! network of a compose app.

use covibe_docker_host::{Conflict, Error};
use covibe_domain::{Failure, boxed};

use super::errors::{change_failure, failure};
use super::{OnHost, OwnContainer};

/// The container through which a public database is reached from the internet.
#[derive(Debug)]
pub enum DatabaseProxy {
    /// It is there, running or not.
    There(OwnContainer),
    /// There is none.
    Missing,
    /// The gate of the host is older than the server, and does not tell.
    Untold,
}

impl OnHost {
    /// Looks for the proxy of the resource, which only a public database has.
    #[boxed]
    pub async fn proxy(&self) -> Result<DatabaseProxy, Failure> {
        match self.host.proxy(&self.uuid).await {
            Ok(Some(found)) => Ok(DatabaseProxy::There(OwnContainer(found))),
            Ok(None) => Ok(DatabaseProxy::Missing),
            Err(Error::Refused) => Ok(DatabaseProxy::Untold),
            Err(error) => Err(failure(&error)),
        }
    }

    /// Removes the network that Coolify made for the resource, which is gone; Coolify's proxy is taken off it. Returns
    /// its name if another container is on it, so that it stays.
    ///
    /// A gate that is older than the server refuses that. Then nothing is known of the network.
    #[boxed]
    pub async fn remove_network(&self) -> Result<Option<String>, Failure> {
        match self.try_remove_network().await {
            Ok(is_there) => Ok(is_there.then(|| self.uuid.clone())),
            Err(Error::Refused) => Ok(None),
            Err(error) => Err(change_failure(&error)),
        }
    }

    /// Returns whether it is still there.
    async fn try_remove_network(&self) -> Result<bool, Error> {
        let Some(found) = self.host.network(&self.uuid).await? else { return Ok(false) };
        if found.is_used {
            return Ok(true);
        }
        if found.has_proxy {
            self.host.disconnect_proxy(&self.uuid).await?;
        }
        match self.host.remove_network(&self.uuid).await {
            Err(Error::Conflict(Conflict::NetworkInUse)) => Ok(true),
            removed => removed.map(|()| false),
        }
    }
}
