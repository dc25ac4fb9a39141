//! Where the public half of a clone key is a deploy key: at the repository that its app is built from.

use covibe_domain::{AppUuid, Failure, boxed};
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_store::CloneKey;

use super::{CloneKeys, CloneWay};
use crate::credentials::describe_clone_key;

impl CloneKeys<'_> {
    /// Writes down which app a key was made for.
    #[boxed]
    pub async fn bind(&self, way: CloneWay, app: &AppUuid) -> Result<CloneWay, Failure> {
        let Some(mut key) = way.0 else { return Ok(way) };
        key.app = Some(app.clone());
        self.note(&key).await?;
        Ok(CloneWay(Some(key)))
    }

    /// Opens a repository to Coolify before the app is to be cloned from it. The one that it is cloned from until
    /// then stays open: see [`CloneKeys::close_left`]. Over HTTPS nothing is to be opened.
    #[boxed]
    pub async fn open(&self, way: &mut CloneWay, repo: &Owned<Repo>) -> Result<(), Failure> {
        let Some(key) = &mut way.0 else { return Ok(()) };
        if key.repository != repo.id {
            // What a killed process left open is neither the app's current repository nor the next one.
            let left = key.left_repository.filter(|left| *left != repo.id);
            let present = key.repository;
            if let Some(left) = left {
                self.close(left, key).await?;
            }
            (key.repository, key.left_repository) = (repo.id, Some(present));
            self.note(key).await?;
        }
        let gitea = self.cx.gitea().await?;
        gitea.open_to_key(repo, &describe_clone_key(key), &key.public_key).await?;
        self.cx.forget_strangers();
        Ok(())
    }

    /// Closes the repository that an app was cloned from before, once it is cloned from another one.
    #[boxed]
    pub async fn close_left(&self, way: &mut CloneWay) -> Result<(), Failure> {
        let Some(key) = &mut way.0 else { return Ok(()) };
        let Some(left) = key.left_repository else { return Ok(()) };
        self.close(left, key).await?;
        key.left_repository = None;
        self.note(key).await
    }

    /// Takes a key away from the repository with this number, if the workspace still has that.
    pub(super) async fn close(&self, repository: i64, key: &CloneKey) -> Result<(), Failure> {
        let gitea = self.cx.gitea().await?;
        if let Some(repo) = gitea.repository_numbered(repository).await? {
            gitea.close_to_key(&repo, &describe_clone_key(key), &key.public_key).await?;
            self.cx.forget_strangers();
        }
        Ok(())
    }
}
