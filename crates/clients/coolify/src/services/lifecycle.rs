//! Starting, stopping and restarting services.

use covibe_domain::{ServiceUuid, boxed};

use crate::client::Client;
use covibe_upstream::{Cause, Conflict, Error};

/// The outcome of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartOutcome {
    /// It will be started.
    Queued,
    /// It is already running; its changes take effect with a restart.
    Running,
}

/// The outcome of a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopOutcome {
    /// It will be stopped.
    Queued,
    /// Coolify takes it for stopped, and does nothing.
    Refused,
}

impl Client {
    /// Starts a service that does not run.
    ///
    /// Uses the service's own route, because `/deploy` answers the same whether the service runs or
    /// not.
    #[boxed]
    pub async fn start_service(&self, uuid: &ServiceUuid) -> Result<StartOutcome, Error> {
        let _changing = self.changing();
        let request = self.transport.post("/services/{uuid}/start").segment(uuid.as_str());
        match request.execute().await {
            Ok(()) => Ok(StartOutcome::Queued),
            Err(Error { cause: Cause::Conflict(Conflict::Running), .. }) => {
                Ok(StartOutcome::Running)
            }
            Err(error) => Err(error),
        }
    }

    /// Stops a service and starts it with its current configuration; only starts it where it does
    /// not run. `pull_latest` pulls its images first.
    #[boxed]
    pub async fn restart_service(
        &self,
        uuid: &ServiceUuid,
        pull_latest: bool,
    ) -> Result<(), Error> {
        let _changing = self.changing();
        let request = self.transport.post("/services/{uuid}/restart").segment(uuid.as_str());
        request.query("latest", pull_latest).execute().await
    }

    /// Stops a service without removing images from the host.
    ///
    /// Coolify refuses to stop a service that it takes for stopped, which it does for up to five
    /// minutes after a start (4.3.11): look at the containers, and stop each that runs.
    #[boxed]
    pub async fn stop_service(&self, uuid: &ServiceUuid) -> Result<StopOutcome, Error> {
        let request = self.transport.post("/services/{uuid}/stop").segment(uuid.as_str());
        match request.query("docker_cleanup", false).execute().await {
            Ok(()) => Ok(StopOutcome::Queued),
            Err(Error { cause: Cause::Conflict(Conflict::Stopped), .. }) => {
                Ok(StopOutcome::Refused)
            }
            Err(error) => Err(error),
        }
    }
}
