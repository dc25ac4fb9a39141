//! Starting, stopping and restarting databases.

use covibe_domain::{DatabaseUuid, boxed};

use crate::client::Client;
use crate::services::{StartOutcome, StopOutcome};
use covibe_upstream::{Cause, Conflict, Error};

impl Client {
    /// Starts a database that does not run.
    #[boxed]
    pub async fn start_database(&self, uuid: &DatabaseUuid) -> Result<StartOutcome, Error> {
        let (_changing, _listed) = (self.changing(), self.shared.databases.changing());
        let request = self.transport.post("/databases/{uuid}/start").segment(uuid.as_str());
        match request.execute().await {
            Ok(()) => Ok(StartOutcome::Queued),
            Err(Error { cause: Cause::Conflict(Conflict::Running), .. }) => {
                Ok(StartOutcome::Running)
            }
            Err(error) => Err(error),
        }
    }

    /// Stops a database and starts it with its current configuration; only starts it where it does
    /// not run.
    #[boxed]
    pub async fn restart_database(&self, uuid: &DatabaseUuid) -> Result<(), Error> {
        let (_changing, _listed) = (self.changing(), self.shared.databases.changing());
        let request = self.transport.post("/databases/{uuid}/restart").segment(uuid.as_str());
        request.execute().await
    }

    /// Stops a database without removing images from the host. Its container is removed with its log; its
    /// volumes stay.
    ///
    /// Coolify refuses to stop a database that it takes for stopped, which it does for up to five
    /// minutes after a restart (4.3.11).
    #[boxed]
    pub async fn stop_database(&self, uuid: &DatabaseUuid) -> Result<StopOutcome, Error> {
        let (_changing, _listed) = (self.changing(), self.shared.databases.changing());
        let request = self.transport.post("/databases/{uuid}/stop").segment(uuid.as_str());
        match request.query("docker_cleanup", false).execute().await {
            Ok(()) => Ok(StopOutcome::Queued),
            Err(Error { cause: Cause::Conflict(Conflict::Stopped), .. }) => {
                Ok(StopOutcome::Refused)
            }
            Err(error) => Err(error),
        }
    }
}
