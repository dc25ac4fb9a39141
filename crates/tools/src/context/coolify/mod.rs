//! Coolify, as far as it is the workspace's.

mod app;
mod applications;
mod databases;
mod room;
mod services;

use std::sync::Arc;

use covibe_coolify::{Client, Placement};
use covibe_domain::{Failure, Kind, Placed};
use covibe_policy::{Boundary, Owned};
use covibe_store::WorkspaceRecord;

use super::Platform;
use super::unready::unready;

pub use app::AnyApp;

/// A Coolify in which there is only this workspace.
#[derive(Debug)]
pub struct Coolify {
    client: Client,
    boundary: Arc<Boundary>,
    place: Placement,
}

impl Coolify {
    /// Enters the workspace's project.
    pub(crate) async fn enter(
        platform: &Platform,
        record: &WorkspaceRecord,
    ) -> Result<Self, Failure> {
        let project = record.coolify_project_uuid.clone();
        let missing = || unready(&record.slug, "The workspace has no Coolify project yet.");
        let project = project.ok_or_else(missing)?;
        let client = platform.coolify()?.for_share(record.slug.as_str());
        let boundary = platform.boundaries.of(&record.slug, &project, &client).await?;
        let environment = record.coolify_environment_name.clone();
        Ok(Self { client, boundary, place: Placement { project, environment } })
    }

    /// The same Coolify, whose lists are as they are now instead of two seconds ago.
    #[must_use]
    pub fn now(self) -> Self {
        self.client.forget_lists();
        self
    }

    fn admit<T: Placed>(
        &self,
        found: Result<T, covibe_upstream::Error>,
        id: &str,
        list: &str,
    ) -> Result<Owned<T>, Failure> {
        self.boundary.admit(found.map_err(|error| missing(error.into(), T::NOUN, id, list))?)
    }
}

/// An upstream's 404 in words of ours, with the tool that lists what there is.
fn missing(failure: Failure, noun: &str, id: &str, list: &str) -> Failure {
    if failure.kind != Kind::NotFound {
        return failure;
    }
    Failure::not_found(format!("{noun} {id} was not found."))
        .hint(format!("Use {list} to find the right uuid."))
}
