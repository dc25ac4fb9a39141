//! Deployments for callers that ask for the same ones again and again.

use std::time::Instant;

use covibe_coolify::{Deployment, Priority};
use covibe_domain::{AppUuid, Failure};
use covibe_store::WorkspaceRecord;

use super::{AnyApp, Coolify};
use crate::cells::{Kept, Needs};
use crate::platform::Platform;

/// The calls that a list takes: the project, the application and the list itself.
const CALLS: u32 = 3;

/// When what is kept is good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reuse {
    /// If the rate budget has no calls to spare.
    WhenSpent,
    /// Whatever the rate budget has.
    Always,
}

impl Coolify {
    /// Returns the newest deployments of an app, without their logs; `None` for a compose app.
    pub(crate) async fn listed_deployments(
        &self,
        uuid: &AppUuid,
        take: u32,
    ) -> Result<Option<Vec<Deployment>>, Failure> {
        let asked_at = Instant::now();
        let AnyApp::Application(app) = self.app(uuid).await? else { return Ok(None) };
        let listed = self.deployments(&app, take).await?;
        let kept = Kept::new(&self.placement.project, asked_at, &listed);
        self.cell.deployments.keep(uuid, kept);
        Ok(Some(listed))
    }
}

/// Returns the newest deployments of an application of this workspace as they were at most a few
/// seconds ago, by a list that is one for all applications; `None` if that is not known.
pub(crate) async fn kept_deployments(
    platform: &Platform,
    record: &WorkspaceRecord,
    (uuid, take): (&AppUuid, u32),
    reuse: Reuse,
) -> Result<Option<Vec<Deployment>>, Failure> {
    let cell = platform.cell(record)?;
    let client = cell.coolify_for(Needs::READ)?;
    let known = record.coolify_project_uuid.as_ref();
    let Some(kept) = known.and_then(|project| cell.deployments.of(uuid, project)) else {
        return Ok(None);
    };
    if reuse == Reuse::WhenSpent && client.spare_calls() >= CALLS {
        return Ok(None);
    }
    let under_way = cell.deployments.under_way(client).await?;
    if let Some(updated) = kept.updated(uuid, &under_way) {
        return Ok(Some(updated));
    }
    let asked_at = Instant::now();
    let client = client.for_share(record.slug.as_str()).at_priority(Priority::Poll);
    match client.deployments(uuid, 0, take).await {
        Ok(listed) => {
            cell.deployments.keep(uuid, kept.again(asked_at, &listed));
            Ok(Some(listed))
        }
        Err(error) if error.is_not_found() => {
            cell.deployments.changed(uuid);
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
