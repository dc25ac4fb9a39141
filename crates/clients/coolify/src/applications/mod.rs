//! Applications: one container each, built from a repository or pulled as an image.

mod built_image;
mod clone_url;
mod compose_domains;
mod create;
mod health_check;
mod lifecycle;
mod patch;
mod source_commit;

use covibe_domain::{AppUuid, boxed};
use covibe_upstream::{Bounds, Error, LongText, optional};

pub use clone_url::{CloneUrl, InvalidCloneUrl};
pub use compose_domains::DomainsError;
pub use create::{NewImageApplication, NewRepositoryApplication};
pub use health_check::{HealthCheck, HealthTiming};
pub use patch::ApplicationPatch;
pub use source_commit::BuildSource;

use crate::answer_reading::Listing;
use crate::client::Client;
use crate::records::Application;

/// The bounds of the list of all applications: texts up to the length that domains have.
const BOUNDS: Bounds =
    Bounds { body: 1 << 30, kept: 64 << 20, text: 32 * 1024, long: LongText::Length };

impl Client {
    /// Returns every application of the team, without compose files. It takes Coolify up to two seconds for each
    /// 1,000 (4.3.11): for one project, [`Client::contents`] is quicker.
    #[boxed]
    pub async fn applications(&self) -> Result<Vec<Application>, Error> {
        let request = self.transport.get("/applications");
        let found = request.streamed::<Listing<Application>>(BOUNDS).await?.0;
        Ok(found.into_iter().map(Application::without_file).collect())
    }

    /// Returns one application, as it is now.
    #[boxed]
    pub async fn application(&self, uuid: &AppUuid) -> Result<Application, Error> {
        self.transport.get("/applications/{uuid}").segment(uuid.as_str()).json_asked().await
    }

    /// Returns the same; `None` when it does not exist.
    #[boxed]
    pub async fn find_application(&self, uuid: &AppUuid) -> Result<Option<Application>, Error> {
        optional(self.application(uuid).await)
    }
}
