//! Starting and restarting services.

use covibe_domain::ServiceUuid;

use crate::{Cause, Client, Conflict, Error};

/// How Coolify took a call to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// It will be started.
    Queued,
    /// It runs already, as it was when it was started: changes of it wait for a restart.
    Running,
}

impl Client {
    /// Starts a service that does not run.
    ///
    /// By its own route: `/deploy` answers the same whether the service runs or not.
    pub async fn start_service(&self, uuid: &ServiceUuid) -> Result<Start, Error> {
        let _changing = self.shared.services.changing();
        let request = self.transport.post("/services/{uuid}/start").segment(uuid.as_str());
        match request.done().await {
            Ok(()) => Ok(Start::Queued),
            Err(Error { cause: Cause::Conflict(Conflict::Running), .. }) => Ok(Start::Running),
            Err(error) => Err(error),
        }
    }

    /// Stops a service and starts it as it is written down now, or only starts it where it does not
    /// run; `pull_latest` pulls its images first.
    pub async fn restart_service(
        &self,
        uuid: &ServiceUuid,
        pull_latest: bool,
    ) -> Result<(), Error> {
        let _changing = self.shared.services.changing();
        let request = self.transport.post("/services/{uuid}/restart").segment(uuid.as_str());
        request.query("latest", pull_latest).done().await
    }
}
