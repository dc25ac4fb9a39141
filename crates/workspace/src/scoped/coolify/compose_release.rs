//! The needs of a deployment of an application that runs several containers of its own code.

use covibe_coolify::Application;
use covibe_domain::Failure;
use covibe_policy::Owned;

use super::Coolify;
use crate::commit_source::Build;
use crate::scoped::release_repositories::{Release, not_released, release_of};
use crate::scoped::resource_access_errors::{deleted_app, unjudged_application};

impl Coolify {
    /// Prepares the release repository of an application that runs several containers of its own code: Coolify reads
    /// its compose file there when the deployment begins. Returns whether it is ready; it is not if other repositories are
    /// being copied for too long.
    ///
    /// # Errors
    ///
    /// Conflict if the application is being deleted.
    pub(super) async fn release(
        &self,
        app: &Owned<Application>,
        build: Build<'_>,
    ) -> Result<bool, Failure> {
        if !app.is_compose() {
            return Ok(true);
        }
        if self.cell.deployments.deleted_apps.contains(app.uuid.as_str()) {
            return Err(deleted_app());
        }
        self.check_build(app, build).await?;
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
            times: self.release_times,
        };
        release.publish().await
    }
}

/// Returns whether the containers of a compose file are put on the network of the workspace's databases, or taken from it;
/// `None` if they stay as they are.
pub(super) fn changed_network(app: &Application, build: Build<'_>) -> Option<bool> {
    let Build::Commit(judged) = build else { return None };
    let needed = judged.released_file().and_then(|(_, file)| file.needs_network)?;
    (app.connects_to_network().unwrap_or_default() != needed).then_some(needed)
}
