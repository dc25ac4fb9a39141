//! The keys by which Coolify clones the workspace's repositories over SSH.

use covibe_coolify::{Cause, Mark, PrivateKey};
use covibe_domain::{AppUuid, Failure, PrivateKeyUuid, Secret, names};

use super::Coolify;

impl Coolify {
    /// Gives Coolify a private key, with this description.
    pub(crate) async fn make_clone_key(
        &self,
        description: &str,
        private: &Secret,
    ) -> Result<PrivateKeyUuid, Failure> {
        Ok(self.client.create_private_key(&self.clone_key_name(), description, private).await?)
    }

    /// Replaces a key in place, for the application that has it. Returns whether Coolify has it.
    pub(crate) async fn replace_clone_key(
        &self,
        uuid: &PrivateKeyUuid,
        description: &str,
        private: &Secret,
    ) -> Result<bool, Failure> {
        let name = self.clone_key_name();
        match self.client.update_private_key(uuid, &name, description, private).await {
            Err(error) if error.cause == Cause::NotFound => Ok(false),
            replaced => Ok(replaced.map(|()| true)?),
        }
    }

    fn clone_key_name(&self) -> String {
        format!("{}-clone", names::coolify_project(&self.origins.record.slug))
    }

    /// Returns the public part of a key, if Coolify has it.
    pub(crate) async fn clone_key(
        &self,
        uuid: &PrivateKeyUuid,
    ) -> Result<Option<PrivateKey>, Failure> {
        Ok(self.client.private_key(uuid).await?)
    }

    /// Returns the keys with this description, from a list of all keys of the team.
    pub(crate) async fn clone_keys_marked(
        &self,
        description: &str,
    ) -> Result<Vec<PrivateKey>, Failure> {
        let mut keys = self.client.private_keys().await?;
        keys.retain(|key| key.description.as_deref() == Some(description));
        Ok(keys)
    }

    /// Deletes a key; succeeds when it does not exist. Returns false where an application has it.
    pub(crate) async fn delete_clone_key(&self, uuid: &PrivateKeyUuid) -> Result<bool, Failure> {
        match self.client.delete_private_key(uuid).await {
            Err(error) if matches!(&error.cause, Cause::Refused(told) if told.status == 422) => {
                Ok(false)
            }
            deleted => Ok(deleted.map(|()| true)?),
        }
    }

    /// Returns the applications of the project with the marks of their creations, also those that no list shows.
    pub(crate) async fn present_applications(
        &self,
    ) -> Result<Vec<(AppUuid, Option<Mark>)>, Failure> {
        let contents = self.contents().await?;
        let mark = |app: &covibe_coolify::Application| app.description.mark.clone();
        Ok(contents.applications.iter().map(|app| (app.uuid.clone(), mark(app))).collect())
    }
}
