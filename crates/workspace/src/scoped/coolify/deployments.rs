//! Deployments of the workspace's applications.

use covibe_coolify::{Application, ApplicationPatch, Cause, Deploy, Deployment, Error};
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{DeploymentUuid, Failure, Kind};
use covibe_policy::Owned;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::OwnedMutexGuard;

use super::Coolify;
use crate::judged::Build;
use crate::scoped::errors::{begun_deployment, foreign_deployment, missing_resource, unjudged};

/// How many deployments of an application are read where the list of all cannot be: one in progress and one
/// that waits, and those that ended meanwhile.
const NEWEST: u32 = 4;

/// The number of applications whose deployments are read concurrently.
const CONCURRENCY: usize = 4;

/// Returns whether a list of deployments failed as a whole. Coolify answers 500 where the logs of all that are
/// under way exceed its memory (4.3.11), whoever they belong to.
pub(super) fn is_unreadable(error: &Error) -> bool {
    matches!(error.cause, Cause::TooLarge | Cause::Failed { status: 500 })
}

impl Coolify {
    /// Queues a deployment. An application that is built from a repository is set to the judged commit
    /// first, if it names another one.
    ///
    /// # Errors
    ///
    /// Conflict if the application became one that is built from a repository.
    pub async fn deploy(
        &self,
        app: &Owned<Application>,
        build: Build<'_>,
        force: bool,
    ) -> Result<Deploy, Failure> {
        match build {
            Build::Image if app.runs_image() => {}
            Build::Image => return Err(unjudged()),
            Build::Commit(judged) => {
                let source = judged.source();
                if !app.has_source(source) {
                    let source = Some(source.clone());
                    let patch = ApplicationPatch { source, ..ApplicationPatch::default() };
                    self.client.update_application(&app.uuid, &patch).await?;
                }
            }
        }
        self.cell.recent.note(app.uuid.as_str());
        self.cell.deployments.changed(&app.uuid);
        let queued = self.client.deploy(&app.uuid, force).await;
        self.cell.deployments.changed(&app.uuid);
        Ok(queued?)
    }

    /// Waits until no other call of this process queues a deployment of the tenant. Otherwise two calls
    /// at once would see the same number of deployments.
    pub async fn deployment_turn(&self) -> OwnedMutexGuard<()> {
        self.cell.turns.take(&self.origins.record.tenant).await
    }

    /// Returns the deployments of all workspaces of the tenant that are queued or in progress.
    pub async fn tenants_deployments(&self) -> Result<Vec<Deployment>, Failure> {
        let mut deployments = match self.client.deployments_under_way().await {
            Err(error) if is_unreadable(&error) => return self.workspaces_deployments().await,
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

    /// Returns the deployments of the workspace's applications that are queued or in progress, for when the
    /// list of all cannot be read.
    async fn workspaces_deployments(&self) -> Result<Vec<Deployment>, Failure> {
        let applications = self.applications().await?;
        let newest = stream::iter(applications)
            .map(async |app| self.client.deployments(&app.uuid, 0, NEWEST).await)
            .buffered(CONCURRENCY);
        let mut deployments = newest.try_concat().await?;
        deployments.retain(|each| each.status.is_open());
        Ok(deployments)
    }

    /// Returns the newest deployments of an application, without their logs.
    pub async fn deployments(
        &self,
        app: &Owned<Application>,
        take: u32,
    ) -> Result<Vec<Deployment>, Failure> {
        Ok(self.client.deployments(&app.uuid, 0, take).await?)
    }

    /// Returns a deployment of one of the workspace's applications, without its log.
    pub async fn deployment(
        &self,
        uuid: &DeploymentUuid,
    ) -> Result<(Deployment, Owned<Application>), Failure> {
        let found = self.client.deployment(uuid).await;
        self.admit_deployment(uuid, found).await
    }

    /// Returns a deployment of one of the workspace's applications, with its log.
    pub async fn deployment_with_log(&self, uuid: &DeploymentUuid) -> Result<Deployment, Failure> {
        let found = self.client.deployment_with_log(uuid).await;
        Ok(self.admit_deployment(uuid, found).await?.0)
    }

    /// Returns a deployment with its application.
    ///
    /// A deployment has no environment. The boundary checks the application that it names.
    async fn admit_deployment(
        &self,
        uuid: &DeploymentUuid,
        found: Result<Deployment, covibe_upstream::Error>,
    ) -> Result<(Deployment, Owned<Application>), Failure> {
        let not_found =
            |failure| missing_resource(failure, "Deployment", uuid.as_str(), "apps.deployments");
        let deployment = found.map_err(|error| not_found(error.into()))?;
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
    pub async fn deployment_of(
        &self,
        app: &Owned<Application>,
        uuid: &DeploymentUuid,
    ) -> Result<Option<Deployment>, Failure> {
        let found = match self.client.deployment(uuid).await.map_err(Failure::from) {
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

    /// Cancels a deployment of an application that has not begun. It may begin while it is cancelled.
    ///
    /// # Errors
    ///
    /// Conflict if it has begun: Coolify would kill any process of the host that has the same number as
    /// one of its own.
    pub async fn cancel_deployment(&self, deployment: &Deployment) -> Result<(), Failure> {
        let now = self.client.deployment(&deployment.uuid).await?;
        if now.has_process || now.status == DeploymentStatus::InProgress {
            return Err(begun_deployment(&deployment.uuid));
        }
        let cancelled = self.client.cancel_deployment(&deployment.uuid).await;
        if let Some(app) = &deployment.link.application {
            self.cell.deployments.changed(app);
        }
        Ok(cancelled?)
    }
}
