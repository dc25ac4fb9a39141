//! The containers of a service.

use covibe_domain::ServiceUuid;
use serde_json::json;

use crate::client::Client;
use crate::records::ServiceApplication;
use covibe_upstream::{Error, optional};

impl Client {
    /// Takes a container out of the state of its service, or back into it. Coolify goes on listing a
    /// container that the compose file lost, as exited, and has no call that removes it (4.3.11).
    /// Releases before 4.3 do not have this call either; there it has no effect.
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
        optional(request.body(body).repeatable().done().await).map(|_| ())
    }
}
