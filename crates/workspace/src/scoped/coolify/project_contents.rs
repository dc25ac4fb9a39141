//! The contents of the workspace's project, read once for all of its lists.

use std::sync::Arc;

use covibe_coolify::{Cause, Contents};
use covibe_domain::Failure;

use super::Coolify;

impl Coolify {
    /// Returns the contents of the project, at most about two seconds old.
    ///
    /// # Errors
    ///
    /// Conflict if the project no longer exists.
    pub(in crate::scoped) async fn contents(&self) -> Result<Arc<Contents>, Failure> {
        let project = &self.placement.project;
        match self.client.contents(project, &self.territory.keys()).await {
            // The project or one of its environments was deleted by hand.
            Err(error) if error.is_not_found() || matches!(error.cause, Cause::Operator(_)) => {
                self.cell.boundaries.forget(project);
                let present = self
                    .cell
                    .boundaries
                    .for_project(&self.origins.record.slug, project, &self.client)
                    .await?;
                Ok(self.client.contents(project, &present.keys()).await?)
            }
            found => Ok(found?),
        }
    }
}
