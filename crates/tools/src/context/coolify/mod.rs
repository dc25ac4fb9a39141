//! Coolify, as far as it is the workspace's.

use std::sync::Arc;

use covibe_coolify::{
    Application, ApplicationPatch, Client, CreatedDatabase, Database, Deploy, Deployment, Env,
    EnvWrite, NewDatabase, NewImageApplication, NewRepositoryApplication, NewService, Placement,
    Service,
};
use covibe_domain::entities::Flavor;
use covibe_domain::{AppUuid, DatabaseUuid, DeploymentUuid, Failure, Kind, Placed, ServiceUuid};
use covibe_policy::{Boundary, Owned};
use covibe_store::WorkspaceRecord;

use super::Platform;

/// A Coolify in which there is only this workspace.
#[derive(Debug)]
pub struct Coolify {
    client: Client,
    boundary: Arc<Boundary>,
    place: Placement,
}

impl Coolify {
    /// Enters the workspace's project.
    pub(super) async fn enter(
        platform: &Platform,
        record: &WorkspaceRecord,
    ) -> Result<Self, Failure> {
        let project = record.coolify_project_uuid.clone();
        let project =
            project.ok_or_else(|| Failure::unready("The workspace has no Coolify project yet."))?;
        let client = platform.coolify()?.for_share(record.slug.as_str());
        let boundary = platform.boundaries.of(&project, &client).await?;
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

    /// The workspace's applications.
    pub async fn applications(&self) -> Result<Vec<Owned<Application>>, Failure> {
        Ok(self.boundary.keep(self.client.applications().await?))
    }

    /// An application of the workspace.
    pub async fn application(&self, uuid: &AppUuid) -> Result<Owned<Application>, Failure> {
        self.admit(self.client.application(uuid).await, uuid.as_str(), "apps.list")
    }

    /// Makes an application of a repository, without its credentials yet.
    pub async fn create_repository_application(
        &self,
        new: &NewRepositoryApplication,
    ) -> Result<AppUuid, Failure> {
        Ok(self.client.create_repository_application(&self.place, new).await?)
    }

    /// Makes an application of an image.
    pub async fn create_image_application(
        &self,
        new: &NewImageApplication,
    ) -> Result<AppUuid, Failure> {
        Ok(self.client.create_image_application(&self.place, new).await?)
    }

    /// Changes an application.
    pub async fn update_application(
        &self,
        app: &Owned<Application>,
        patch: &ApplicationPatch,
    ) -> Result<(), Failure> {
        Ok(self.client.update_application(&app.uuid, patch).await?)
    }

    /// Queues a deployment.
    pub async fn deploy(&self, app: &Owned<Application>, force: bool) -> Result<Deploy, Failure> {
        Ok(self.client.deploy(&app.uuid, force).await?)
    }

    /// The newest deployments of an application.
    pub async fn deployments(
        &self,
        app: &Owned<Application>,
        take: u32,
    ) -> Result<Vec<Deployment>, Failure> {
        Ok(self.client.deployments(&app.uuid, 0, take).await?)
    }

    /// A deployment of one of the workspace's applications.
    ///
    /// A deployment carries no environment; it names its application in the path that Coolify
    /// built for it, and that application is admitted.
    pub async fn deployment(&self, uuid: &DeploymentUuid) -> Result<Deployment, Failure> {
        let gone = |failure| missing(failure, "Deployment", uuid.as_str(), "apps.deployments");
        let found = self.client.deployment(uuid).await.map_err(|error| gone(error.into()))?;
        let Some(app) = &found.application else {
            return Err(self.foreign_deployment(uuid));
        };
        match self.application(app).await {
            Ok(_) => Ok(found),
            Err(failure) if failure.kind == Kind::Forbidden => Err(self.foreign_deployment(uuid)),
            Err(failure) => Err(gone(failure)),
        }
    }

    fn foreign_deployment(&self, uuid: &DeploymentUuid) -> Failure {
        let project = &self.place.project;
        Failure::forbidden(format!("Deployment {uuid} does not belong to project {project}"))
            .hint("Stop and ask the user; do not guess other ids.")
    }

    /// The variables of an application.
    pub async fn envs(&self, app: &Owned<Application>) -> Result<Vec<Env>, Failure> {
        Ok(self.client.envs(&app.uuid).await?)
    }

    /// Creates or changes variables of an application.
    pub async fn upsert_envs(
        &self,
        app: &Owned<Application>,
        writes: &[EnvWrite],
    ) -> Result<(), Failure> {
        self.client.upsert_envs(&app.uuid, writes).await?;
        Ok(())
    }

    /// The workspace's databases.
    pub async fn databases(&self) -> Result<Vec<Owned<Database>>, Failure> {
        Ok(self.boundary.keep(self.client.databases().await?))
    }

    /// A database of the workspace.
    pub async fn database(&self, uuid: &DatabaseUuid) -> Result<Owned<Database>, Failure> {
        self.admit(self.client.database(uuid).await, uuid.as_str(), "databases.list")
    }

    /// Makes a database.
    pub async fn create_database(
        &self,
        flavor: Flavor,
        new: &NewDatabase,
    ) -> Result<CreatedDatabase, Failure> {
        Ok(self.client.create_database(&self.place, flavor, new).await?)
    }

    /// The workspace's compose services.
    pub async fn services(&self) -> Result<Vec<Owned<Service>>, Failure> {
        Ok(self.boundary.keep(self.client.services().await?))
    }

    /// A compose service of the workspace.
    pub async fn service(&self, uuid: &ServiceUuid) -> Result<Owned<Service>, Failure> {
        self.admit(self.client.service(uuid).await, uuid.as_str(), "auth.list")
    }

    /// Makes a compose service.
    pub async fn create_service(&self, new: &NewService) -> Result<ServiceUuid, Failure> {
        Ok(self.client.create_service(&self.place, new).await?)
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
