//! Starting, stopping and removing containers.

use std::time::Duration;

use covibe_domain::boxed;
use serde_json::Value;

use crate::container_owner::ContainerId;
use crate::engine_http::{Call, Query, container_error};
use crate::error::{Conflict, Error, Result};
use crate::host::DockerHost;

/// The longest grace: longer ones would keep a place among the calls for too long.
const LONGEST_GRACE: Duration = Duration::from_mins(5);

impl DockerHost {
    /// Stops a container: its stop signal first, and SIGKILL after `grace` (whole seconds, at most
    /// 300). Succeeds if it does not run.
    #[boxed]
    pub async fn stop(&self, id: &ContainerId, grace: Duration) -> Result<()> {
        self.control(id, "stop", Some(grace)).await
    }

    /// Starts a container. Succeeds if it runs.
    #[boxed]
    pub async fn start(&self, id: &ContainerId) -> Result<()> {
        self.control(id, "start", None).await
    }

    /// Stops a container as [`Self::stop`] does and starts it.
    #[boxed]
    pub async fn restart(&self, id: &ContainerId, grace: Duration) -> Result<()> {
        self.control(id, "restart", Some(grace)).await
    }

    /// Removes a container, running or not. Succeeds if it does not exist. With `anonymous`, its
    /// volumes without a name are removed too, unless another container uses them.
    #[boxed]
    pub async fn remove(&self, id: &ContainerId, anonymous: bool) -> Result<()> {
        let anonymous = if anonymous { "true" } else { "false" };
        let query = Query::default().with("v", anonymous).with("force", "true");
        let removed = self.ask(Call::delete(format!("/containers/{id}"), &query)).await?.accepted();
        match removed {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn control(&self, id: &ContainerId, verb: &str, grace: Option<Duration>) -> Result<()> {
        let grace = grace.map(|grace| grace.min(LONGEST_GRACE));
        let query = grace.map_or_else(Query::default, |grace| {
            Query::default().with("t", &grace.as_secs().to_string())
        });
        let path = format!("/containers/{id}/{verb}{}", query.as_str());
        let call = Call::post(path, &Value::Null).longer(grace.unwrap_or_default());
        let done = self.ask(call).await?.accepted().map(drop).map_err(container_error);
        match done {
            // Docker 20.10 refuses to start a container that is being removed or is paused.
            Err(Error::Conflict(Conflict::Other)) => {
                Err(Error::NotRunning(self.container(id).await?.status))
            }
            done => done,
        }
    }
}
