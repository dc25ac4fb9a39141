//! Resources in the workspace's project that are not the result of a creation of the workspace: strays, which are
//! deleted, and resources that an operator created by hand, which no operation changes.

use std::collections::HashSet;

use covibe_domain::{Failure, Timestamp};
use covibe_policy::Owned;

use super::Coolify;
use super::resource_origin::{Marked, Removable, is_stray, may_be_hand_made};
use crate::scoped::resource_access_errors::made_by_hand;

impl Coolify {
    /// Returns whether an operator created a resource by hand.
    pub async fn is_hand_made<T: Marked>(&self, it: &T) -> Result<bool, Failure> {
        Ok(!self.hand_made_among(&[it]).await?.is_empty())
    }

    /// Returns the ids of those resources of a list that an operator created by hand.
    pub async fn hand_made<T: Marked>(&self, listed: &[Owned<T>]) -> Result<Vec<String>, Failure> {
        self.hand_made_among(&listed.iter().map(|each| &**each).collect::<Vec<_>>()).await
    }

    async fn hand_made_among<T: Marked>(&self, them: &[&T]) -> Result<Vec<String>, Failure> {
        let candidates = them.iter().filter(|each| may_be_hand_made(**each));
        let mut ids: Vec<_> = candidates.map(|each| each.id().to_owned()).collect();
        if !ids.is_empty() {
            let recorded = self.origins.recorded_among(&ids).await?;
            ids.retain(|id| !recorded.contains(id));
        }
        Ok(ids)
    }

    /// Returns a resource. Fails if an operator created it by hand and the operation changes something.
    pub(super) async fn unless_hand_made<T: Marked>(
        &self,
        it: Owned<T>,
    ) -> Result<Owned<T>, Failure> {
        if self.changes && self.is_hand_made(&*it).await? {
            return Err(made_by_hand(T::NOUN, it.id()));
        }
        Ok(it)
    }

    /// Returns a list without strays, and deletes these unless the caller may only read, because their creation was
    /// never answered.
    pub(super) async fn without_strays<T: Removable>(
        &self,
        listed: Vec<Owned<T>>,
    ) -> Result<Vec<Owned<T>>, Failure> {
        if listed.iter().all(|each| each.mark().is_none()) {
            return Ok(listed);
        }
        let known = self.origins.recent_creations().await?;
        let now = Timestamp::now();
        let is_stray = |each: &Owned<T>| is_stray(&**each, &listed, known, now);
        let strays: HashSet<_> =
            listed.iter().filter(|each| is_stray(each)).map(|each| each.id().to_owned()).collect();
        let is_kept = |each: &Owned<T>| !strays.contains(each.id());
        let (kept, strays): (Vec<_>, Vec<_>) = listed.into_iter().partition(is_kept);
        for stray in strays.iter().filter(|_| self.removes_strays) {
            self.remove(&**stray).await;
        }
        Ok(kept)
    }

    /// Deletes a stray, once: Coolify lists it until its deletion is done. If it cannot be deleted, it stays hidden,
    /// and a later call deletes it.
    async fn remove<T: Removable>(&self, stray: &T) {
        let (kind, uuid, name) = (T::NOUN, stray.id(), stray.name());
        if self.cell.resources.removed_strays.contains(uuid) {
            return;
        }
        let removed = async {
            self.check_server().await?;
            stray.delete(&self.client).await?;
            self.cell.resources.removed_strays.note(uuid);
            self.origins.note_removal(uuid).await
        };
        match removed.await {
            Ok(()) => tracing::warn!(
                kind,
                uuid,
                name,
                "Coolify created a resource late, after its creation had been retried; the late one was deleted"
            ),
            Err(error) => tracing::warn!(
                kind,
                uuid,
                name,
                %error,
                "Coolify created a resource late, after its creation had been retried; the late one is hidden"
            ),
        }
    }
}
