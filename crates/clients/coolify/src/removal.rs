//! Removing applications, databases and services.

use covibe_domain::{AppUuid, DatabaseUuid, ServiceUuid, boxed};
use covibe_upstream::{Error, Request, ignore_not_found};

use crate::client::Client;

/// The fate of the volumes of a deleted resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Volumes {
    /// They stay on the server with their data.
    Keep,
    /// They are deleted; their data is lost.
    Delete,
}

impl Client {
    /// Queues the removal of an application; succeeds when it does not exist.
    ///
    /// Coolify answers at once and removes the application afterwards; it is listed until then.
    /// Coolify does not report failures on the server, so that containers and volumes can remain
    /// (4.3.11).
    #[boxed]
    pub async fn delete_application(&self, uuid: &AppUuid, volumes: Volumes) -> Result<(), Error> {
        let _changing = self.changing();
        let request = self.transport.delete("/applications/{uuid}").segment(uuid.as_str());
        ignore_not_found(set_switches(request, volumes).execute().await)
    }

    /// Queues the removal of a database, as [`Client::delete_application`].
    #[boxed]
    pub async fn delete_database(
        &self,
        uuid: &DatabaseUuid,
        volumes: Volumes,
    ) -> Result<(), Error> {
        let (_changing, _listed) = (self.changing(), self.shared.databases.changing());
        let request = self.transport.delete("/databases/{uuid}").segment(uuid.as_str());
        ignore_not_found(set_switches(request, volumes).execute().await)
    }

    /// Queues the removal of a service, as [`Client::delete_application`].
    #[boxed]
    pub async fn delete_service(&self, uuid: &ServiceUuid, volumes: Volumes) -> Result<(), Error> {
        let _changing = self.changing();
        let request = self.transport.delete("/services/{uuid}").segment(uuid.as_str());
        ignore_not_found(set_switches(request, volumes).execute().await)
    }
}

/// Sets all four switches, because Coolify takes each one that is left out for on.
/// `docker_cleanup` would prune the whole server, including other tenants' resources.
fn set_switches(request: Request, volumes: Volumes) -> Request {
    request
        .query("delete_configurations", true)
        .query("delete_volumes", volumes == Volumes::Delete)
        .query("docker_cleanup", false)
        .query("delete_connected_networks", true)
        .repeatable()
}
