//! The keys by which Coolify clones the repositories of apps over SSH: one for each app, and a deploy key of its
//! repository alone.
//!
//! Coolify alone has the private half, which an application keeps for ever. What moves is the public half: to the
//! repository that the app is built from. A key is written down before it is made, and found by its mark at Coolify
//! and by its content at Gitea, so that whatever a killed process left is finished or removed.

mod daily_upkeep;
mod deploy_key_places;
mod removal;

use covibe_coolify::{Application, CloneUrl, Mark};
use covibe_domain::{Failure, PrivateKeyUuid, Secret, Timestamp, boxed};
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_store::{CloneKey, Tx};

use crate::credentials::{self, describe_clone_key};
use crate::scoped::{clone_keypair, note_public_half};
use crate::settings::CloneProtocol;
use crate::workspace::Workspace;

/// The way in which Coolify clones the repository of an app, for ever: over HTTPS, or over SSH with a key.
#[derive(Clone, Debug)]
pub struct CloneWay(Option<CloneKey>);

impl CloneWay {
    /// Returns the key at Coolify with which the repository is cloned over SSH.
    pub fn private_key(&self) -> Option<&PrivateKeyUuid> {
        self.0.as_ref()?.private_key.as_ref()
    }
}

/// The clone keys of a workspace.
#[derive(Clone, Copy, Debug)]
pub struct CloneKeys<'a> {
    cx: &'a Workspace,
}

impl Workspace {
    /// Returns the keys by which Coolify clones the workspace's repositories over SSH.
    pub fn clone_keys(&self) -> CloneKeys<'_> {
        CloneKeys { cx: self }
    }
}

impl CloneKeys<'_> {
    /// Returns how an app is cloned, as it was created, whatever the operator wants by now.
    #[boxed]
    pub async fn clone_way(&self, app: &Owned<Application>) -> Result<CloneWay, Failure> {
        let mut tx = self.read().await?;
        let known = tx.clone_key_of_app(self.cx.id(), &app.uuid).await?;
        let made = match (&known, &app.description.mark) {
            (None, Some(mark)) => tx.clone_key_of_creation(self.cx.id(), mark.as_str()).await?,
            _ => None,
        };
        tx.commit().await?;
        match made {
            Some(key) if key.app.is_none() => self.bind(CloneWay(Some(key)), &app.uuid).await,
            _ => Ok(CloneWay(known)),
        }
    }

    /// Returns the URL by which Coolify clones a repository, `organisation/name`, this way: over HTTPS with the clone
    /// token, over SSH without a secret.
    #[boxed]
    pub async fn url(&self, way: &CloneWay, path: &str) -> Result<CloneUrl, Failure> {
        let record = self.cx.stored_record().await?;
        if way.0.is_none() {
            return credentials::clone_url(&self.cx.platform, &record, path);
        }
        let url = self.cx.gitea_address()?.ssh.for_coolify(&format!("{path}.git"));
        CloneUrl::try_from(Secret::new(url)).map_err(|_| credentials::bad_clone_url())
    }

    /// Prepares how the app of the creation with this mark clones a repository, as the operator wants it. A creation
    /// that was begun goes on as it began.
    ///
    /// # Errors
    ///
    /// Whatever Coolify or Gitea answers. What was made is found again by the mark, or by [`CloneKeys::clear`].
    #[boxed]
    pub async fn prepare(&self, mark: &Mark, repo: &Owned<Repo>) -> Result<CloneWay, Failure> {
        let mut tx = self.read().await?;
        let begun = tx.clone_key_of_creation(self.cx.id(), mark.as_str()).await?;
        tx.commit().await?;
        let held = match begun {
            Some(begun) => self.find_at_coolify(begun).await?,
            None if self.cx.settings().clone_protocol == CloneProtocol::Https => {
                return Ok(CloneWay(None));
            }
            None => None,
        };
        let key = match held {
            Some(key) => key,
            None => self.make(mark, repo).await?,
        };
        let mut way = CloneWay(Some(key));
        self.open(&mut way, repo).await?;
        Ok(way)
    }

    /// Returns all keys of the workspace.
    pub(crate) async fn all(&self) -> Result<Vec<CloneKey>, Failure> {
        let mut tx = self.read().await?;
        let keys = tx.clone_keys(self.cx.id()).await?;
        tx.commit().await?;
        Ok(keys)
    }

    /// Returns a key that a creation began with, if Coolify has it; otherwise the creation gets another one.
    async fn find_at_coolify(&self, mut key: CloneKey) -> Result<Option<CloneKey>, Failure> {
        let coolify = self.cx.coolify().await?;
        let found = match &key.private_key {
            Some(uuid) => coolify.clone_key(uuid).await?,
            None => coolify.clone_keys_marked(&describe_clone_key(&key)).await?.into_iter().next(),
        };
        if let Some(found) = found
            && let Some(public) = found.public_key
        {
            // An app that had it was removed again.
            (key.app, key.private_key) = (None, Some(found.uuid));
            self.note(&key).await?;
            note_public_half(&self.cx.platform, self.cx.record(), &key, &public).await?;
            key.public_key = public;
            return Ok(Some(key));
        }
        // Coolify may yet carry out the request for it: it is looked for once more before it is forgotten.
        (key.app, key.creation) = (None, None);
        self.note(&key).await?;
        Ok(None)
    }

    /// Writes a new key down, and gives Coolify its private half.
    async fn make(&self, mark: &Mark, repo: &Owned<Repo>) -> Result<CloneKey, Failure> {
        let pair = clone_keypair()?;
        let mut key = CloneKey {
            id: Mark::from_random(covibe_crypto::random()).to_string(),
            creation: Some(mark.to_string()),
            app: None,
            private_key: None,
            public_key: pair.public,
            repository: repo.id,
            left_repository: None,
            made_at: Timestamp::now(),
        };
        let mut tx = self.change().await?;
        // A workspace that is removed meanwhile has no apps.
        tx.lock_workspace(self.cx.id()).await?;
        tx.insert_clone_key(self.cx.id(), &key).await?;
        tx.commit().await?;
        let coolify = self.cx.coolify().await?;
        key.private_key =
            Some(coolify.make_clone_key(&describe_clone_key(&key), &pair.private).await?);
        self.note(&key).await?;
        Ok(key)
    }

    /// Writes down what became of a key.
    async fn note(&self, key: &CloneKey) -> Result<(), Failure> {
        let mut tx = self.change().await?;
        tx.update_clone_key(self.cx.id(), key).await?;
        Ok(tx.commit().await?)
    }

    async fn read(&self) -> Result<Tx, Failure> {
        Ok(self.cx.platform.store.tenant_read(self.cx.tenant()).await?)
    }

    async fn change(&self) -> Result<Tx, Failure> {
        Ok(self.cx.platform.store.tenant(self.cx.tenant()).await?)
    }
}
