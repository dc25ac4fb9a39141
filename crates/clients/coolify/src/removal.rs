//! Removing applications, databases and services.

use covibe_domain::{AppUuid, DatabaseUuid, ServiceUuid};
use covibe_upstream::{Request, gone};

use crate::{Client, Error};

/// What becomes of the volumes of something that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Volumes {
    /// They stay on the server, with all that is in them.
    Keep,
    /// They go, and cannot be had back.
    Delete,
}

impl Client {
    /// Queues the removal of an application; one that is gone is no error.
    ///
    /// Coolify answers at once and works afterwards: the application is listed for a while, then it
    /// is gone. What fails on the server is told to nobody, so that containers and volumes can
    /// outlive it (4.3.11).
    pub async fn delete_application(&self, uuid: &AppUuid, volumes: Volumes) -> Result<(), Error> {
        let _changing = self.shared.applications.changing();
        let request = self.transport.delete("/applications/{uuid}").segment(uuid.as_str());
        gone(switched(request, volumes).done().await)
    }

    /// Queues the removal of a database, as [`Client::delete_application`].
    pub async fn delete_database(
        &self,
        uuid: &DatabaseUuid,
        volumes: Volumes,
    ) -> Result<(), Error> {
        let _changing = self.shared.databases.changing();
        let request = self.transport.delete("/databases/{uuid}").segment(uuid.as_str());
        gone(switched(request, volumes).done().await)
    }

    /// Queues the removal of a service, as [`Client::delete_application`].
    pub async fn delete_service(&self, uuid: &ServiceUuid, volumes: Volumes) -> Result<(), Error> {
        let _changing = self.shared.services.changing();
        let request = self.transport.delete("/services/{uuid}").segment(uuid.as_str());
        gone(switched(request, volumes).done().await)
    }
}

/// All four switches, each of which Coolify takes for on when it is left out; `docker_cleanup`
/// prunes the whole server, whose other containers are other tenants'.
fn switched(request: Request, volumes: Volumes) -> Request {
    request
        .query("delete_configurations", true)
        .query("delete_volumes", volumes == Volumes::Delete)
        .query("docker_cleanup", false)
        .query("delete_connected_networks", true)
        .repeatable()
}
