//! The workspace's applications.

use covibe_coolify::{
    Application, ApplicationPatch, Env, EnvWrite, NewImageApplication, NewRepositoryApplication,
    Volumes,
};
use covibe_domain::{AppUuid, EnvUuid, Failure, boxed};
use covibe_policy::Owned;

use super::Coolify;
use super::resource_origin::marked_description;
use crate::scoped::release_repositories::{self, release_of};

impl Coolify {
    /// Returns the workspace's applications.
    #[boxed]
    pub async fn applications(&self) -> Result<Vec<Owned<Application>>, Failure> {
        let contents = self.contents().await?;
        self.without_strays(self.territory.boundary.keep(contents.applications.iter().cloned()))
            .await
    }

    /// Returns an application of the workspace.
    #[boxed]
    pub async fn application(&self, uuid: &AppUuid) -> Result<Owned<Application>, Failure> {
        self.unless_hand_made(self.read_application(uuid).await?).await
    }

    /// Returns an application of the workspace, even for a change of one that was created by hand.
    pub(super) async fn read_application(
        &self,
        uuid: &AppUuid,
    ) -> Result<Owned<Application>, Failure> {
        self.admit(self.client.application(uuid).await, uuid.as_str(), "apps.list")
    }

    /// Returns the restart limit that an application is to have: none, if the release can set it. An image of another
    /// tenant can name any application in a label, and Coolify would count the restarts of that container and stop the
    /// application because of them (4.3.11).
    #[boxed]
    pub async fn restart_limit(&self) -> Result<Option<u32>, Failure> {
        Ok(self.cell.features().await?.sets_restart_limit.then_some(0))
    }

    /// Creates an application from a repository, and writes the settings that a creation does not take, such as its
    /// clone URL with the credentials. The application shows whether they were written.
    #[boxed]
    pub async fn create_repository_application(
        &self,
        new: &NewRepositoryApplication,
        rest: &ApplicationPatch,
    ) -> Result<AppUuid, Failure> {
        let uuid = self.client.create_repository_application(self.place()?, new).await?;
        // The uuid is Coolify's answer to a creation in the workspace's own project, so nothing need be read to
        // know whose it is. The creation happened, whatever becomes of this.
        if let Err(error) = self.client.update_application(&uuid, rest).await {
            tracing::info!(%error, app = %uuid, "a new application does not have all of its settings yet");
        }
        Ok(uuid)
    }

    /// Creates an application from an image.
    #[boxed]
    pub async fn create_image_application(
        &self,
        new: &NewImageApplication,
    ) -> Result<AppUuid, Failure> {
        Ok(self.client.create_image_application(self.place()?, new).await?)
    }

    /// Updates an application.
    #[boxed]
    pub async fn update_application(
        &self,
        app: &Owned<Application>,
        patch: &ApplicationPatch,
    ) -> Result<(), Failure> {
        let description = marked_description(&app.description, patch.description.as_ref())?;
        let patch = ApplicationPatch { description, ..patch.clone() };
        Ok(self.client.update_application(&app.uuid, &patch).await?)
    }

    /// Returns the variables of an application.
    #[boxed]
    pub async fn envs(&self, app: &Owned<Application>) -> Result<Vec<Env>, Failure> {
        Ok(self.client.envs(&app.uuid).await?)
    }

    /// Creates or updates variables of an application.
    #[boxed]
    pub async fn upsert_envs(
        &self,
        app: &Owned<Application>,
        writes: &[EnvWrite],
    ) -> Result<(), Failure> {
        self.client.upsert_envs(&app.uuid, writes).await?;
        Ok(())
    }

    /// Deletes a variable of an application.
    #[boxed]
    pub async fn delete_env(&self, app: &Owned<Application>, env: &EnvUuid) -> Result<(), Failure> {
        Ok(self.client.delete_env(&app.uuid, env).await?)
    }

    /// Replaces the domains of an application that is built from a compose file in its repository.
    #[boxed]
    pub async fn set_compose_domains(
        &self,
        app: &Owned<Application>,
        domains: &[(String, Vec<String>)],
    ) -> Result<(), Failure> {
        Ok(self.client.set_compose_domains(&app.uuid, domains).await?)
    }

    /// Queues the deletion of an application.
    #[boxed]
    pub async fn delete_application(
        &self,
        app: &Owned<Application>,
        volumes: Volumes,
    ) -> Result<(), Failure> {
        self.note_deletion(app.uuid.as_str(), app.server.as_ref()).await?;
        self.cell.deployments.polled.note_change(&app.uuid);
        // Before Coolify deletes the application: afterwards nothing leads to its release repository, so a killed process
        // would leave that behind. If Coolify refuses, the next deployment makes it again.
        let owner = self.cell.gitea().ok().map(covibe_gitea::Client::username);
        if let Some(name) = owner.and_then(|owner| release_of(owner, app)) {
            release_repositories::remove(&self.cell, &name).await;
        }
        self.client.delete_application(&app.uuid, volumes).await?;
        self.forget_rejection(app.uuid.as_str()).await.map_err(Failure::in_doubt)
    }

    /// Returns whether an application of the workspace still exists.
    #[boxed]
    pub async fn has_application(&self, app: &Owned<Application>) -> Result<bool, Failure> {
        Ok(self.client.find_application(&app.uuid).await?.is_some())
    }
}
