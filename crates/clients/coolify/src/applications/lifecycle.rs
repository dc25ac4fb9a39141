//! Stopping applications.

use covibe_domain::{AppUuid, boxed};

use crate::client::Client;
use covibe_upstream::Error;

impl Client {
    /// Stops an application without removing images from the host. Its containers are removed, with
    /// their logs and the files that are not in a volume (4.3.11). Succeeds when it does not run.
    #[boxed]
    pub async fn stop_application(&self, uuid: &AppUuid) -> Result<(), Error> {
        let _changing = self.changing();
        let request = self.transport.post("/applications/{uuid}/stop").segment(uuid.as_str());
        request.query("docker_cleanup", false).execute().await
    }
}
