//! Removing the clone keys of apps that are gone, and of those that were never made.

use covibe_coolify::Mark;
use covibe_domain::{AppUuid, Failure, boxed};
use covibe_store::CloneKey;

use super::{CloneKeys, CloneWay};
use crate::creation::work_deadline;
use crate::credentials::describe_clone_key;
use crate::scoped::LATE;

impl CloneKeys<'_> {
    /// Removes the keys of apps that are gone, and those of creations that ended without an app. Coolify refuses to
    /// delete a key that an app has. What can't be removed now is left to the next time: when an app is created or
    /// deleted.
    #[boxed]
    pub async fn clear(&self) {
        let cleared = tokio::time::timeout_at(work_deadline(self.cx).into(), self.try_clear());
        if let Ok(Err(error)) = cleared.await {
            tracing::warn!(%error, workspace = %self.cx.id(), "keys of deleted apps may remain");
        }
    }

    /// Removes the key of a creation that has failed and left nothing.
    #[boxed]
    pub async fn give_up(&self, mark: &Mark) {
        let given_up = async {
            let mut tx = self.read().await?;
            let key = tx.clone_key_of_creation(self.cx.id(), mark.as_str()).await?;
            tx.commit().await?;
            match key {
                Some(key) => self.remove(key).await,
                None => Ok(()),
            }
        };
        let given_up = tokio::time::timeout_at(work_deadline(self.cx).into(), given_up);
        if let Ok(Err(error)) = given_up.await {
            tracing::warn!(
                %error,
                workspace = %self.cx.id(),
                "an app was not created, and its clone key could not be removed"
            );
        }
    }

    pub(super) async fn try_clear(&self) -> Result<(), Failure> {
        let mut settled = Vec::new();
        for key in self.all().await? {
            if !self.is_being_created(&key).await? {
                settled.push(key);
            }
        }
        if settled.is_empty() {
            return Ok(());
        }
        // Read after the creations: one that has ended has its app there.
        let present = self.cx.coolify().await?.refreshed().present_applications().await?;
        for key in settled {
            match app_of(&key, &present) {
                Some(app) if key.app.is_none() => {
                    self.bind(CloneWay(Some(key)), app).await?;
                }
                Some(_) => {}
                None => self.remove(key).await?,
            }
        }
        Ok(())
    }

    /// Returns whether an app may yet come to have the key.
    async fn is_being_created(&self, key: &CloneKey) -> Result<bool, Failure> {
        if key.app.is_some() {
            return Ok(false);
        }
        match key.creation.as_deref().and_then(Mark::parse) {
            Some(mark) => self.cx.journal().is_open(&mark).await,
            None => Ok(false),
        }
    }

    /// Removes a key: at Coolify first, which refuses it while an app has the key, then at Gitea.
    async fn remove(&self, key: CloneKey) -> Result<(), Failure> {
        let coolify = self.cx.coolify().await?;
        let found = if let Some(uuid) = &key.private_key {
            vec![uuid.clone()]
        } else {
            let marked = coolify.clone_keys_marked(&describe_clone_key(&key)).await?;
            marked.into_iter().map(|key| key.uuid).collect()
        };
        for uuid in &found {
            if !coolify.delete_clone_key(uuid).await? {
                return Ok(());
            }
        }
        for repository in [Some(key.repository), key.left_repository].into_iter().flatten() {
            self.close(repository, &key).await?;
        }
        // Coolify may yet carry out a request for it whose answer nobody got.
        if found.is_empty() && key.made_at.age() < LATE {
            return Ok(());
        }
        let mut tx = self.change().await?;
        tx.delete_clone_key(self.cx.id(), &key.id).await?;
        Ok(tx.commit().await?)
    }
}

/// Returns the app that has a key: the one that is written down, or the one of its creation.
fn app_of<'a>(key: &CloneKey, present: &'a [(AppUuid, Option<Mark>)]) -> Option<&'a AppUuid> {
    let is_its = |(app, mark): &&(AppUuid, Option<Mark>)| match &key.app {
        Some(of) => of == app,
        None => {
            key.creation.is_some() && key.creation.as_deref() == mark.as_ref().map(Mark::as_str)
        }
    };
    present.iter().find(is_its).map(|(app, _)| app)
}
