//! Replacing the keys of apps. Coolify can't give an application another key, so the key itself is replaced.
//!
//! Gitea gets the new public half before Coolify gets the private one, and loses the old one afterwards. What a killed
//! process left is put right by what Coolify has: it returns the public half of its key.

use covibe_domain::{Failure, PrivateKeyUuid};
use covibe_store::CloneKey;

use super::removal::LATE;
use super::{CloneKeys, pair};
use crate::credentials::describe_clone_key;

impl CloneKeys<'_> {
    /// Replaces the keys of all apps.
    pub(crate) async fn rotate(&self) -> Result<(), Failure> {
        for key in self.all().await? {
            if let Some(uuid) = key.private_key.clone() {
                self.replace(key, &uuid).await?;
            }
        }
        Ok(())
    }

    async fn replace(&self, key: CloneKey, uuid: &PrivateKeyUuid) -> Result<(), Failure> {
        let (pair, label) = (pair()?, describe_clone_key(&key));
        let gitea = self.cx.gitea().await?;
        for number in repositories(&key) {
            if let Some(repo) = gitea.repository_numbered(number).await? {
                gitea.open_to_key(&repo, &label, &pair.public).await?;
            }
        }
        if self.cx.coolify().await?.replace_clone_key(uuid, &label, &pair.private).await? {
            self.settle(key, uuid).await?;
        }
        Ok(())
    }

    /// Opens the repositories of a key to what Coolify has of it, and to nothing that it had before.
    pub(super) async fn settle(
        &self,
        mut key: CloneKey,
        uuid: &PrivateKeyUuid,
    ) -> Result<(), Failure> {
        let coolify = self.cx.coolify().await?;
        let Some(public) = coolify.clone_key(uuid).await?.and_then(|found| found.public_key) else {
            return Ok(());
        };
        let (label, former) = (describe_clone_key(&key), key.public_key.clone());
        self.note_public(&mut key, public).await?;
        // Its app may have got another repository meanwhile.
        let present = self.all().await?.into_iter().find(|present| present.id == key.id);
        let gitea = self.cx.gitea().await?;
        for number in repositories(&present.unwrap_or_else(|| key.clone())) {
            let Some(repo) = gitea.repository_numbered(number).await? else { continue };
            gitea.open_to_key(&repo, &label, &key.public_key).await?;
            let replaced = (&*label, &*key.public_key, &*former);
            gitea.close_to_former_keys(&repo, replaced, LATE).await?;
        }
        self.cx.forget_strangers();
        Ok(())
    }
}

/// Returns the numbers of the repositories that a key opens.
pub(super) fn repositories(key: &CloneKey) -> impl Iterator<Item = i64> + use<> {
    [Some(key.repository), key.left_repository].into_iter().flatten()
}
