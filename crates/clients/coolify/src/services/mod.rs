//! Services: compose stacks, of Coolify's templates or of a file.

mod containers;
mod create;
mod envs;
mod lifecycle;
mod patch;
mod request_body;

use covibe_domain::{ServiceUuid, boxed};
use covibe_upstream::{Error, optional};

pub use create::{NewComposeService, NewService};
pub use lifecycle::{StartOutcome, StopOutcome};
pub use patch::ServicePatch;

use crate::client::Client;
use crate::records::Service;

impl Client {
    /// Returns one service with its containers, as it is now.
    #[boxed]
    pub async fn service(&self, uuid: &ServiceUuid) -> Result<Service, Error> {
        self.transport.get("/services/{uuid}").segment(uuid.as_str()).json_asked().await
    }

    /// Returns the same; `None` when it does not exist.
    #[boxed]
    pub async fn find_service(&self, uuid: &ServiceUuid) -> Result<Option<Service>, Error> {
        optional(self.service(uuid).await)
    }
}
