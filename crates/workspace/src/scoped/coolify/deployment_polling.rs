//! Deployments for callers that poll.

use std::collections::HashSet;

use covibe_coolify::{Application, Client, Deployment, Error, Priority};
use covibe_domain::{AppUuid, Deployable, Failure, ProjectUuid};
use covibe_policy::Owned;
use covibe_store::{OpenDeployment, WorkspaceRecord};
use tokio::time::Instant;

use super::apps_of_both_kinds::is_app;
use super::deployments::is_unreadable;
use super::queue::complete_list;
use super::{AnyApp, Coolify};
use crate::cells::{
    CoolifyNeeds, KeptDeployments, PollSource, QueueSnapshot, Territory, WorkUnderWay, share_of,
};
use crate::platform::Platform;
use crate::scoped::resource_access_errors::missing_resource;

impl Coolify {
    /// Returns the work that Coolify has under way, of all tenants. Reads the states of starts only if they decide
    /// whether there is a place for this resource beside the open entries of the queue.
    pub(super) async fn under_way(
        &self,
        resource: &Deployable,
        open: &[OpenDeployment],
    ) -> Result<WorkUnderWay, Failure> {
        let asked_at = Instant::now();
        let deployments = match self.client.deployments_under_way().await {
            // The logs of all that are under way exceed Coolify's memory: what it builds has to end first.
            Err(error) if is_unreadable(&error) => self.tenants_deployments().await?,
            read => read?,
        };
        let mut under_way = self.cell.queue.note(asked_at, deployments);
        let tenant = &self.origins.record.tenant;
        if QueueSnapshot::new(open, &under_way).depends_on_starts(tenant, resource, self.places()) {
            under_way.over = self.cell.starts_over(open, self.start_look).await;
        }
        Ok(under_way)
    }

    /// Returns the newest deployments of an app, without their logs; `None` for a compose app.
    pub(crate) async fn listed_deployments(
        &self,
        uuid: &AppUuid,
        take: u32,
    ) -> Result<Option<Vec<Deployment>>, Failure> {
        let asked_at = Instant::now();
        let Some(app) = self.app_with_deployments(uuid).await? else { return Ok(None) };
        let missing =
            |failure| missing_resource(failure, "Application", uuid.as_str(), "apps.list");
        let listed = self.client.deployments(&app.uuid, 0, take).await;
        let listed = listed.map_err(|error| missing(error.into()))?;
        let kept =
            KeptDeployments::new((&self.placement.project, &self.territory), asked_at, &listed);
        self.cell.deployments.polled.keep(uuid, kept);
        complete_list(&self.origins.store, &self.origins.record, uuid, listed).await.map(Some)
    }

    /// Returns an app of the workspace; `None` for a compose app. Uses the contents of the project, at most two seconds
    /// old. An app that these lack may be newer, or another workspace's.
    async fn app_with_deployments(
        &self,
        uuid: &AppUuid,
    ) -> Result<Option<Owned<Application>>, Failure> {
        let contents = self.contents().await?;
        if let Some(app) = contents.applications.iter().find(|app| app.uuid == *uuid) {
            return self.territory.boundary.admit(app.clone()).map(Some);
        }
        let mut services = contents.services.iter().filter(|each| is_app(each));
        if services.any(|each| each.uuid.as_str() == uuid.as_str()) {
            return Ok(None);
        }
        match self.app(uuid).await? {
            AnyApp::Application(app) => Ok(Some(app)),
            AnyApp::Service(_) => Ok(None),
        }
    }
}

/// Returns the newest deployments of an application of this workspace, as new as the rate budget allows; `None` if none
/// are kept.
pub(crate) async fn polled_deployments(
    platform: &Platform,
    record: &WorkspaceRecord,
    uuid: &AppUuid,
    take: u32,
) -> Result<Option<Vec<Deployment>>, Failure> {
    let Some(project) = &record.coolify_project_uuid else { return Ok(None) };
    let cell = platform.cell(record)?;
    let all = cell.coolify_for(CoolifyNeeds::READ)?;
    let own = all.for_share(share_of(record)).in_project(project);
    let reader = Reader { all, own, project, take };
    match cell.deployments.polled.poll(&reader, (uuid, project)).await {
        // The application's own list may be readable.
        Err(error) if is_unreadable(&error) => Ok(None),
        polled => match polled? {
            Some(polled) => {
                complete_list(&platform.store, record, uuid, polled.to_vec()).await.map(Some)
            }
            None => Ok(None),
        },
    }
}

/// The upstream reads of one workspace's polls.
struct Reader<'a> {
    /// The client for lists of all workspaces.
    all: &'a Client,
    /// The client of the workspace.
    own: Client,
    /// The workspace's project.
    project: &'a ProjectUuid,
    /// The number of deployments to list.
    take: u32,
}

impl PollSource for Reader<'_> {
    fn spare_calls(&self) -> u32 {
        self.all.spare_calls()
    }

    async fn under_way(&self) -> Result<Vec<Deployment>, Error> {
        self.all.for_share("").deployments_under_way().await
    }

    async fn deployments(
        &self,
        app: &AppUuid,
        priority: Priority,
    ) -> Result<Vec<Deployment>, Error> {
        self.own.at_priority(priority).deployments(app, 0, self.take).await
    }

    async fn applications(&self, territory: &Territory) -> Result<HashSet<AppUuid>, Error> {
        let client = self.own.at_priority(Priority::Poll);
        let contents = client.contents(self.project, &territory.keys()).await?;
        let owned = territory.boundary.keep(contents.applications.iter().cloned());
        Ok(owned.iter().map(|app| app.uuid.clone()).collect())
    }
}
