//! Replaces the keys by which Coolify clones apps over SSH. Coolify cannot give an application another key, so the key
//! itself is replaced.
//!
//! Gitea gets the new public half before Coolify gets the private one, and loses the old one afterwards. A process that
//! is killed in between leaves both, and Coolify's answer contains the public half of the key that it has.

use std::sync::Arc;
use std::time::Duration;

use covibe_crypto::Keypair;
use covibe_domain::{Failure, PrivateKeyUuid};
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_store::{CloneKey, WorkspaceRecord};

use super::{Coolify, Gitea};
use crate::credentials::{CLONE_KEY, describe_clone_key};
use crate::platform::Platform;

/// The time for which Coolify may carry out a request about a key whose answer nobody got.
pub(crate) const LATE: Duration = Duration::from_hours(1);

/// The keys of a workspace's apps, to be replaced.
#[derive(Debug)]
pub(crate) struct KeyRotation<'a> {
    platform: &'a Arc<Platform>,
    record: &'a WorkspaceRecord,
    coolify: Coolify,
    gitea: Gitea<'a>,
}

impl<'a> KeyRotation<'a> {
    /// Returns the keys of the workspace with this record.
    pub(crate) fn new(
        platform: &'a Arc<Platform>,
        record: &'a WorkspaceRecord,
        (coolify, gitea): (Coolify, Gitea<'a>),
    ) -> Self {
        Self { platform, record, coolify, gitea }
    }

    /// Replaces the keys of all apps.
    pub(crate) async fn replace_all(&self) -> Result<(), Failure> {
        for key in self.all().await? {
            if let Some(uuid) = key.private_key.clone() {
                self.replace(key, &uuid).await?;
            }
        }
        Ok(())
    }

    /// Ends the rotations that were left between two public halves.
    pub(crate) async fn settle_all(&self) -> Result<(), Failure> {
        for key in self.all().await? {
            let Some(uuid) = key.private_key.clone() else { continue };
            if self.is_between_two(&key).await? {
                self.settle(key, &uuid).await?;
            }
        }
        Ok(())
    }

    async fn all(&self) -> Result<Vec<CloneKey>, Failure> {
        let mut tx = self.platform.store.tenant_read(&self.record.tenant).await?;
        let keys = tx.clone_keys(&self.record.id).await?;
        tx.commit().await?;
        Ok(keys)
    }

    async fn replace(&self, key: CloneKey, uuid: &PrivateKeyUuid) -> Result<(), Failure> {
        let (pair, label) = (clone_keypair()?, describe_clone_key(&key));
        for repo in self.opened_by(&key).await? {
            self.gitea.open_to_key(&repo, &label, &pair.public).await?;
        }
        if self.coolify.replace_clone_key(uuid, &label, &pair.private).await? {
            self.settle(key, uuid).await?;
        }
        Ok(())
    }

    /// Opens the repositories of a key to the public half that Coolify has, and to none that it had before.
    async fn settle(&self, key: CloneKey, uuid: &PrivateKeyUuid) -> Result<(), Failure> {
        let Some(public) = self.coolify.clone_key(uuid).await?.and_then(|found| found.public_key)
        else {
            return Ok(());
        };
        note_public_half(self.platform, self.record, &key, &public).await?;
        // Its app may have got another repository meanwhile.
        let present = self.all().await?.into_iter().find(|present| present.id == key.id);
        let label = describe_clone_key(&key);
        for repo in self.opened_by(present.as_ref().unwrap_or(&key)).await? {
            self.gitea.open_to_key(&repo, &label, &public).await?;
            let replaced = (&*label, &*public, &*key.public_key);
            self.gitea.close_to_former_keys(&repo, replaced, LATE).await?;
        }
        self.platform.cell(self.record)?.repositories.strangers.forget(&self.record.id);
        Ok(())
    }

    /// Returns whether a repository is open to another public half of a key than the one that is written down.
    async fn is_between_two(&self, key: &CloneKey) -> Result<bool, Failure> {
        let label = describe_clone_key(key);
        for repo in self.opened_by(key).await? {
            if self.gitea.is_open_to_another(&repo, &label, &key.public_key).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the repositories that a key opens and that are still there.
    async fn opened_by(&self, key: &CloneKey) -> Result<Vec<Owned<Repo>>, Failure> {
        let mut found = Vec::new();
        for number in [Some(key.repository), key.left_repository].into_iter().flatten() {
            found.extend(self.gitea.repository_numbered(number).await?);
        }
        Ok(found)
    }
}

/// Writes down which public half a key has.
pub(crate) async fn note_public_half(
    platform: &Platform,
    of: &WorkspaceRecord,
    key: &CloneKey,
    public: &str,
) -> Result<(), Failure> {
    let mut tx = platform.store.tenant(&of.tenant).await?;
    tx.replace_clone_key(&of.id, key, public).await?;
    Ok(tx.commit().await?)
}

/// Returns a new pair of keys to clone with.
pub(crate) fn clone_keypair() -> Result<Keypair, Failure> {
    covibe_crypto::keypair(CLONE_KEY).map_err(|error| {
        tracing::error!(%error, "a keypair could not be created");
        Failure::unready("The SSH keypair could not be created. The operator's log has the reason.")
    })
}
