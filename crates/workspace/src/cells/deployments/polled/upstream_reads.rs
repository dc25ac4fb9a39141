//! The upstream reads of polls.

use std::collections::HashSet;

use covibe_coolify::{Deployment, Error, Priority};
use covibe_domain::AppUuid;

use crate::cells::Territory;

/// Reads one workspace's applications and deployments.
pub(crate) trait PollSource: Sync {
    /// Returns the number of polls that could be made now without waiting for the rate budget.
    fn spare_calls(&self) -> u32;

    /// Returns the deployments of the team that are under way.
    fn under_way(&self) -> impl Future<Output = Result<Vec<Deployment>, Error>> + Send;

    /// Returns the newest deployments of an application.
    fn deployments(
        &self,
        app: &AppUuid,
        priority: Priority,
    ) -> impl Future<Output = Result<Vec<Deployment>, Error>> + Send;

    /// Returns the applications that are in the workspace's project, with the priority of a poll.
    fn applications(
        &self,
        territory: &Territory,
    ) -> impl Future<Output = Result<HashSet<AppUuid>, Error>> + Send;
}
