//! Restarting databases.

use covibe_domain::DatabaseUuid;

use crate::client::Client;
use covibe_upstream::Error;

impl Client {
    /// Stops a database and starts it with its present configuration; only starts it where it does
    /// not run.
    pub async fn restart_database(&self, uuid: &DatabaseUuid) -> Result<(), Error> {
        let (_changing, _listed) = (self.changing(), self.shared.databases.changing());
        let request = self.transport.post("/databases/{uuid}/restart").segment(uuid.as_str());
        request.done().await
    }
}
