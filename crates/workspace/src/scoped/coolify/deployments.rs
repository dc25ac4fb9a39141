//! Deployments of the workspace's applications.

use std::collections::HashSet;

use covibe_coolify::{Application, ApplicationPatch, Cause, DeployOutcome, Deployment, Error};
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{AppUuid, DeploymentUuid, Failure, HostedUuid, KeyedTurn, Kind, boxed};
use covibe_policy::Owned;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::Coolify;
use super::compose_release::changed_network;
use super::queue::{as_deployment, complete_list, with_queued};
use crate::cells::RecentIds;
use crate::commit_source::Build;
use crate::scoped::resource_access_errors::{
    begun_deployment, deleted_app, foreign_deployment, missing_resource, unjudged_application,
};

/// The number of deployments of an application that are read first if the list of all cannot be read: one in progress,
/// one that waits, and those that ended meanwhile.
const NEWEST: u32 = 4;

/// The maximum number of deployments that are read at once. Those that were cancelled while they waited have short logs.
const MOST: u32 = 256;

/// The number of applications whose deployments are read concurrently.
const CONCURRENCY: usize = 4;

/// Returns whether a list of deployments failed as a whole. Coolify answers 500 if the logs of all deployments under
/// way, of any tenant, exceed its memory (4.3.11).
pub(super) fn is_unreadable(error: &Error) -> bool {
    matches!(error.cause, Cause::TooLarge | Cause::Failed { status: 500 })
}

/// Returns whether a deployment ran to its end. Those of an application run one after the other, in the order of their
/// creation, so all older ones have ended too.
const fn has_run(status: DeploymentStatus) -> bool {
    matches!(status, DeploymentStatus::Finished | DeploymentStatus::Failed)
}

/// An application that refuses further deployments.
#[derive(Debug)]
pub struct DeploymentBar<'a> {
    deleted: &'a RecentIds,
    app: AppUuid,
    is_kept: bool,
}

impl DeploymentBar<'_> {
    /// Continues to refuse deployments for five minutes, because Coolify deletes the application.
    pub fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for DeploymentBar<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            self.deleted.forget(self.app.as_str());
        }
    }
}

impl Coolify {
    /// Has Coolify queue a deployment; `None` if its queue is full. Before, sets an application that is built from a
    /// repository to the judged commit if it has another one, and turns the restart limit off if it has one. The files
    /// that Coolify reads for an application of several containers have to be released before.
    ///
    /// # Errors
    ///
    /// Conflict if the application became one that is built from a repository, or is being deleted. Rejected if its
    /// containers were ended because of a label, and it would run the same version again.
    pub(super) async fn deploy(
        &self,
        app: &Owned<Application>,
        build: Build<'_>,
        force: bool,
    ) -> Result<Option<DeployOutcome>, Failure> {
        if self.cell.deployments.deleted_apps.contains(app.uuid.as_str()) {
            return Err(deleted_app());
        }
        let source = match build {
            Build::Image if app.runs_image() => None,
            Build::Image => return Err(unjudged_application()),
            Build::Commit(judged) => Some(judged.source()).filter(|source| !app.has_source(source)),
        };
        self.check_build(app, build).await?;
        let restart_limit = self.restart_limit().await?;
        let patch = ApplicationPatch {
            source: source.cloned(),
            restart_limit: restart_limit.filter(|limit| !app.has_restart_limit(*limit)),
            connect_to_docker_network: changed_network(app, build),
            ..ApplicationPatch::default()
        };
        self.client.update_application(&app.uuid, &patch).await?;
        self.cell.resources.acted_on.note(app.uuid.as_str());
        self.cell.deployments.polled.note_change(&app.uuid);
        let queued = self.client.deploy(&app.uuid, force).await;
        self.cell.deployments.polled.note_change(&app.uuid);
        match queued {
            Err(error) if matches!(error.cause, Cause::QueueFull) => Ok(None),
            queued => Ok(Some(queued?)),
        }
    }

    /// Returns the deployments of an application that are queued or in progress.
    #[boxed]
    pub async fn deployments_under_way(
        &self,
        app: &Owned<Application>,
    ) -> Result<Vec<Deployment>, Failure> {
        let queued = self.queued_of(&app.uuid).await?;
        let open = self.open_deployments(&app.uuid).await?;
        let all = with_queued(open, &queued).into_iter();
        Ok(all.filter(|each| each.status.is_open()).collect())
    }

    /// Refuses further deployments of an application until the result is dropped, or longer if it is kept.
    #[boxed]
    pub async fn bar_deployments<'a>(&'a self, app: &Owned<Application>) -> DeploymentBar<'a> {
        // A call that has the turn may be queueing one.
        let _turn = self.deployment_turn().await;
        self.cell.deployments.deleted_apps.note(app.uuid.as_str());
        DeploymentBar {
            deleted: &self.cell.deployments.deleted_apps,
            app: app.uuid.clone(),
            is_kept: false,
        }
    }

    /// Waits until no other call of this process queues a deployment of the tenant. A call that refuses further
    /// deployments of an application needs this, to not miss one that is being queued.
    #[boxed]
    pub async fn deployment_turn(&self) -> KeyedTurn {
        self.cell.deployments.turns.acquire(&self.origins.record.tenant).await
    }

    /// Waits until no other call of this process changes the source of an application, or deploys it: a commit is
    /// judged for the application's places, which must not change before the commit is built.
    pub async fn source_turn(&self, uuid: impl Into<HostedUuid>) -> KeyedTurn {
        self.cell.apps.source_turns.acquire(&(self.origins.record.id.clone(), uuid.into())).await
    }

    /// Waits until no other call of this process writes the variables of an app: each call verifies that its own values
    /// were stored.
    pub async fn variable_turn(&self, uuid: impl Into<HostedUuid>) -> KeyedTurn {
        self.cell.apps.variable_turns.acquire(&(self.origins.record.id.clone(), uuid.into())).await
    }

    /// Returns the deployments of all workspaces of the tenant that are queued or in progress.
    #[boxed]
    pub async fn tenants_deployments(&self) -> Result<Vec<Deployment>, Failure> {
        let mut deployments = match self.client.deployments_under_way().await {
            Err(error) if is_unreadable(&error) => return self.deployments_by_application().await,
            read => read?,
        };
        deployments.retain(|each| each.status.is_open());
        if deployments.is_empty() {
            return Ok(deployments);
        }
        let projects = self.origins.projects_of_tenant().await?;
        deployments.retain(|each| {
            each.link.project.as_ref().is_some_and(|project| projects.contains(project))
        });
        Ok(deployments)
    }

    /// Returns the deployments of the tenant's applications that are queued or in progress, for use when the list of
    /// all cannot be read.
    async fn deployments_by_application(&self) -> Result<Vec<Deployment>, Failure> {
        let applications = self.tenants_applications().await?;
        let open = stream::iter(applications)
            .map(async |app| self.open_deployments(&app).await)
            .buffered(CONCURRENCY);
        open.try_concat().await
    }

    /// Returns the applications of all workspaces of the tenant.
    async fn tenants_applications(&self) -> Result<Vec<AppUuid>, Failure> {
        let mut applications = Vec::new();
        for project in self.origins.projects_of_tenant().await? {
            let slug = &self.origins.record.slug;
            let territory =
                match self.cell.boundaries.for_project(slug, &project, &self.client).await {
                    Ok(territory) => territory,
                    // It was deleted by hand, or is of another cell.
                    Err(failure) if failure.kind == Kind::Unready => continue,
                    Err(failure) => return Err(failure),
                };
            let contents = self.client.contents(&project, &territory.keys()).await?;
            applications.extend(contents.applications.iter().map(|app| app.uuid.clone()));
        }
        Ok(applications)
    }

    /// Returns the deployments of an application that are queued or in progress.
    async fn open_deployments(&self, app: &AppUuid) -> Result<Vec<Deployment>, Failure> {
        let (mut open, mut seen, mut skip, mut take) = (Vec::new(), HashSet::new(), 0, NEWEST);
        loop {
            let page = match self.client.deployments(app, skip, take).await {
                // The application was deleted meanwhile.
                Err(error) if error.is_not_found() => return Ok(open),
                page => page?,
            };
            // A Coolify that ignores the page would answer the same without end.
            let fresh = page.iter().filter(|each| seen.insert(each.uuid.clone())).count();
            if fresh == 0 {
                return Ok(open);
            }
            let is_last = page.iter().any(|each| has_run(each.status));
            skip += u32::try_from(page.len()).unwrap_or(u32::MAX);
            open.extend(page.into_iter().filter(|each| each.status.is_open()));
            if is_last {
                return Ok(open);
            }
            take = (take * 4).min(MOST);
        }
    }

    /// Returns the newest deployments of an application, without their logs.
    #[boxed]
    pub async fn deployments(
        &self,
        app: &Owned<Application>,
        take: u32,
    ) -> Result<Vec<Deployment>, Failure> {
        let listed = self.client.deployments(&app.uuid, 0, take).await?;
        complete_list(&self.origins.store, &self.origins.record, &app.uuid, listed).await
    }

    /// Returns a deployment of one of the workspace's applications, without its log.
    #[boxed]
    pub async fn deployment(
        &self,
        uuid: &DeploymentUuid,
    ) -> Result<(Deployment, Owned<Application>), Failure> {
        let found = self.read_deployment(uuid, false).await;
        self.admit_deployment(uuid, found).await
    }

    /// Returns a deployment of one of the workspace's applications, with its log.
    #[boxed]
    pub async fn deployment_with_log(&self, uuid: &DeploymentUuid) -> Result<Deployment, Failure> {
        let found = self.read_deployment(uuid, true).await;
        Ok(self.admit_deployment(uuid, found).await?.0)
    }

    /// Reads a deployment by the id that its caller knows: Coolify's, or the one that this server gave it in the queue.
    async fn read_deployment(
        &self,
        uuid: &DeploymentUuid,
        with_log: bool,
    ) -> Result<Deployment, Failure> {
        let read = |uuid: DeploymentUuid| async move {
            if with_log {
                self.client.deployment_with_log(&uuid).await
            } else {
                self.client.deployment(&uuid).await
            }
        };
        if !uuid.is_queued() {
            return Ok(read(uuid.clone()).await?);
        }
        let queued = self.queued(uuid).await?;
        let queued = queued.ok_or_else(|| Failure::not_found("The deployment was not found."))?;
        match queued.deployment.clone() {
            Some(known) => Ok(Deployment { uuid: uuid.clone(), ..read(known).await? }),
            None => Ok(as_deployment(&queued)),
        }
    }

    /// Returns a deployment with its application.
    ///
    /// A deployment has no environment, so the boundary checks its application.
    async fn admit_deployment(
        &self,
        uuid: &DeploymentUuid,
        found: Result<Deployment, Failure>,
    ) -> Result<(Deployment, Owned<Application>), Failure> {
        let not_found =
            |failure| missing_resource(failure, "Deployment", uuid.as_str(), "apps.deployments");
        let deployment = found.map_err(not_found)?;
        let Some(app) = &deployment.link.application else {
            return Err(foreign_deployment(uuid, &self.placement.project));
        };
        match self.read_application(app).await {
            Ok(app) => Ok((deployment, self.unless_hand_made(app).await?)),
            Err(failure) if failure.kind == Kind::Forbidden => {
                Err(foreign_deployment(uuid, &self.placement.project))
            }
            Err(failure) => Err(not_found(failure)),
        }
    }

    /// Returns a deployment of this application without its log, or `None` if Coolify has no record
    /// of it.
    #[boxed]
    pub async fn deployment_of(
        &self,
        app: &Owned<Application>,
        uuid: &DeploymentUuid,
    ) -> Result<Option<Deployment>, Failure> {
        let found = match self.read_deployment(uuid, false).await {
            Ok(found) => found,
            Err(failure) if failure.kind == Kind::NotFound => return Ok(None),
            Err(failure) => return Err(failure),
        };
        match &found.link.application {
            Some(other) if *other != app.uuid => {
                Err(foreign_deployment(uuid, &self.placement.project))
            }
            _ => Ok(Some(found)),
        }
    }

    /// Cancels a deployment of an application that has not begun. It may begin during the call.
    ///
    /// # Errors
    ///
    /// Conflict if it has begun: Coolify would kill any process of the host with the same number as one of its own.
    #[boxed]
    pub async fn cancel_deployment(&self, deployment: &Deployment) -> Result<(), Failure> {
        let is_queued = deployment.uuid.is_queued();
        let queued = if is_queued { self.queued(&deployment.uuid).await? } else { None };
        if let Some(queued) = &queued
            && self.cancel_waiting(&queued.id).await?
        {
            queued.application().inspect(|app| self.cell.deployments.polled.note_change(app));
            return Ok(());
        }
        // It may have been handed over meanwhile.
        let uuid = match queued {
            Some(queued) => self.queued(&queued.id).await?.and_then(|queued| queued.deployment),
            None => Some(deployment.uuid.clone()),
        };
        let uuid = uuid.ok_or_else(|| begun_deployment(&deployment.uuid))?;
        let now = self.client.deployment(&uuid).await?;
        if now.has_process || now.status == DeploymentStatus::InProgress {
            return Err(begun_deployment(&deployment.uuid));
        }
        let cancelled = self.client.cancel_deployment(&uuid).await;
        if let Some(app) = &deployment.link.application {
            self.cell.deployments.polled.note_change(app);
        }
        cancelled?;
        // Its place is free.
        self.end_handed(&uuid).await
    }
}
