//! The workspace's applications.

use covibe_coolify::{
    Application, ApplicationPatch, Deploy, Deployment, Env, EnvWrite, NewImageApplication,
    NewRepositoryApplication, Volumes,
};
use covibe_domain::{AppUuid, DeploymentUuid, EnvUuid, Failure, Kind};
use covibe_policy::Owned;

use super::Coolify;
use crate::scoped::errors::{foreign_deployment, missing_resource};

impl Coolify {
    /// Returns the workspace's applications.
    pub async fn applications(&self) -> Result<Vec<Owned<Application>>, Failure> {
        Ok(self.boundary.keep(self.client.applications().await?))
    }

    /// Returns an application of the workspace.
    pub async fn application(&self, uuid: &AppUuid) -> Result<Owned<Application>, Failure> {
        self.admit(self.client.application(uuid).await, uuid.as_str(), "apps.list")
    }

    /// Creates an application from a repository, without its credentials.
    pub async fn create_repository_application(
        &self,
        new: &NewRepositoryApplication,
    ) -> Result<AppUuid, Failure> {
        Ok(self.client.create_repository_application(&self.placement, new).await?)
    }

    /// Creates an application from an image.
    pub async fn create_image_application(
        &self,
        new: &NewImageApplication,
    ) -> Result<AppUuid, Failure> {
        Ok(self.client.create_image_application(&self.placement, new).await?)
    }

    /// Updates an application.
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

    /// Returns the newest deployments of an application.
    pub async fn deployments(
        &self,
        app: &Owned<Application>,
        take: u32,
    ) -> Result<Vec<Deployment>, Failure> {
        Ok(self.client.deployments(&app.uuid, 0, take).await?)
    }

    /// Returns a deployment of one of the workspace's applications.
    ///
    /// A deployment has no environment. The boundary checks the application that it names.
    pub async fn deployment(&self, uuid: &DeploymentUuid) -> Result<Deployment, Failure> {
        let not_found =
            |failure| missing_resource(failure, "Deployment", uuid.as_str(), "apps.deployments");
        let deployment =
            self.client.deployment(uuid).await.map_err(|error| not_found(error.into()))?;
        let Some(app) = &deployment.application else {
            return Err(foreign_deployment(uuid, &self.placement.project));
        };
        match self.application(app).await {
            Ok(_) => Ok(deployment),
            Err(failure) if failure.kind == Kind::Forbidden => {
                Err(foreign_deployment(uuid, &self.placement.project))
            }
            Err(failure) => Err(not_found(failure)),
        }
    }

    /// Returns a deployment of this application, or `None` if Coolify has no record of it.
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
            Some(other) if *other != app.uuid => {
                Err(foreign_deployment(uuid, &self.placement.project))
            }
            _ => Ok(Some(found)),
        }
    }

    /// Returns the variables of an application.
    pub async fn envs(&self, app: &Owned<Application>) -> Result<Vec<Env>, Failure> {
        Ok(self.client.envs(&app.uuid).await?)
    }

    /// Creates or updates variables of an application.
    pub async fn upsert_envs(
        &self,
        app: &Owned<Application>,
        writes: &[EnvWrite],
    ) -> Result<(), Failure> {
        self.client.upsert_envs(&app.uuid, writes).await?;
        Ok(())
    }

    /// Deletes a variable of an application.
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

    /// Queues the deletion of an application.
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
