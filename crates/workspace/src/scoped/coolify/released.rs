//! The needs of a deployment of an application that runs several containers of its own code.

use covibe_coolify::Application;
use covibe_domain::Failure;
use covibe_policy::Owned;

use super::Coolify;
use crate::judged_commit::Build;
use crate::scoped::errors::unjudged_application;
use crate::scoped::releases::{Release, not_released, release_of};

impl Coolify {
    /// Prepares the release repository of an application that runs several containers of its own code: Coolify reads
    /// its compose file there when the deployment begins.
    pub(super) async fn release(
        &self,
        app: &Owned<Application>,
        build: Build<'_>,
    ) -> Result<(), Failure> {
        if !app.is_compose() {
            return Ok(());
        }
        let Build::Commit(judged) = build else { return Err(unjudged_application()) };
        let (source, file) = judged.released_file().ok_or_else(unjudged_application)?;
        let owner = self.cell.gitea()?.username();
        let name = release_of(owner, app).ok_or_else(not_released)?;
        let release = Release {
            cell: &self.cell,
            record: &self.origins.record,
            name: &name,
            branch: app.git_branch.as_deref().unwrap_or_default(),
            source,
            commit: judged.source().commit.as_str(),
            file,
            limit: self.release_limit,
        };
        release.publish().await
    }
}

/// Returns whether the containers of a compose file have to be on the network of the workspace's databases.
pub(super) fn needs_network(build: Build<'_>) -> bool {
    let Build::Commit(judged) = build else { return false };
    judged.released_file().is_some_and(|(_, file)| file.needs_network)
}
