//! The workspace's applications.

use covibe_coolify::{
    Application, ApplicationPatch, Deploy, Deployment, Env, EnvWrite, NewImageApplication,
    NewRepositoryApplication, Volumes,
};
use covibe_domain::{AppUuid, DeploymentUuid, EnvUuid, Failure, Kind};
use covibe_policy::Owned;

use super::{Coolify, missing};

impl Coolify {
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
        Ok(self.client.create_repository_application(&self.placement, new).await?)
    }

    /// Makes an application of an image.
    pub async fn create_image_application(
        &self,
        new: &NewImageApplication,
    ) -> Result<AppUuid, Failure> {
        Ok(self.client.create_image_application(&self.placement, new).await?)
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

    /// A deployment of this application, while Coolify has a record of it.
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
        match &found.application {
            Some(other) if *other != app.uuid => Err(self.foreign_deployment(uuid)),
            _ => Ok(Some(found)),
        }
    }

    fn foreign_deployment(&self, uuid: &DeploymentUuid) -> Failure {
        let project = &self.placement.project;
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

    /// Removes a variable of an application.
    pub async fn delete_env(&self, app: &Owned<Application>, env: &EnvUuid) -> Result<(), Failure> {
        Ok(self.client.delete_env(&app.uuid, env).await?)
    }

    /// Replaces the domains of an application that is built from a compose file in its repository.
    pub async fn set_compose_domains(
        &self,
        app: &Owned<Application>,
        domains: &[(String, Vec<String>)],
    ) -> Result<(), Failure> {
        Ok(self.client.set_compose_domains(&app.uuid, domains).await?)
    }

    /// Queues the removal of an application.
    pub async fn delete_application(
        &self,
        app: &Owned<Application>,
        volumes: Volumes,
    ) -> Result<(), Failure> {
        Ok(self.client.delete_application(&app.uuid, volumes).await?)
    }

    /// Whether an application that was the workspace's is still there.
    pub async fn has_application(&self, app: &Owned<Application>) -> Result<bool, Failure> {
        Ok(self.client.find_application(&app.uuid).await?.is_some())
    }
}
