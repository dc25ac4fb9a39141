//! The containers of a service.

use covibe_domain::{ServiceUuid, boxed};
use serde_json::json;

use crate::client::Client;
use crate::records::{Service, ServiceApplication};
use covibe_upstream::{Error, optional};

impl Client {
    /// Takes a container out of the state of its service, or back into it. Coolify goes on listing a
    /// container that the compose file lost, as exited, and has no call that removes it (4.3.11).
    /// Releases before 4.3 do not have this call either; there it has no effect.
    #[boxed]
    pub async fn exclude_container(
        &self,
        service: &ServiceUuid,
        container: &ServiceApplication,
        is_excluded: bool,
    ) -> Result<(), Error> {
        let Some(uuid) = &container.uuid else { return Ok(()) };
        let _changing = self.changing();
        let request = self.transport.patch("/services/{uuid}/applications/{part}");
        let request = request.segment(service.as_str()).segment(uuid);
        let body = json!({ "exclude_from_status": is_excluded });
        optional(request.body(body).repeatable().execute().await).map(|_| ())
    }

    /// Stops the container of one service of a compose file, whatever Coolify has seen of it. Releases
    /// before 4.3 do not have this call; there it has no effect.
    #[boxed]
    pub async fn stop_container(&self, service: &Service, name: &str) -> Result<(), Error> {
        let application = service.applications.iter().find(|one| one.name == name);
        let database = service.databases.iter().find(|one| one.name == name);
        let request = match (application, database) {
            (Some(one), _) => {
                (self.transport.post("/services/{uuid}/applications/{part}/stop"), &one.uuid)
            }
            (None, Some(one)) => {
                (self.transport.post("/services/{uuid}/databases/{part}/stop"), &one.uuid)
            }
            (None, None) => return Ok(()),
        };
        let (request, Some(part)) = request else { return Ok(()) };
        let _changing = self.changing();
        let request = request.segment(service.uuid.as_str()).segment(part);
        optional(request.execute().await).map(|_| ())
    }
}
