//! What is in the workspace's project without a creation of the workspace that ended with it: strays,
//! which are deleted, and what an operator created by hand, which no operation changes.

use std::collections::HashSet;

use covibe_domain::{Failure, Timestamp};
use covibe_policy::Owned;

use super::Coolify;
use super::origin::{Marked, Removable, is_hand_made, is_stray};
use crate::scoped::errors::made_by_hand;

impl Coolify {
    /// Whether an operator created a resource by hand.
    pub async fn is_hand_made<T: Marked>(&self, it: &T) -> Result<bool, Failure> {
        if it.mark().is_some() {
            return Ok(false);
        }
        Ok(is_hand_made(it, self.origins.known().await?))
    }

    /// Returns the ids of those resources of a list that an operator created by hand.
    pub async fn hand_made<T: Marked>(&self, listed: &[Owned<T>]) -> Result<Vec<String>, Failure> {
        let mut ids = Vec::new();
        for each in listed {
            if self.is_hand_made(&**each).await? {
                ids.push(each.id().to_owned());
            }
        }
        Ok(ids)
    }

    /// Returns a resource, unless an operator created it by hand and the operation is one that
    /// changes something.
    pub(super) async fn unless_hand_made<T: Marked>(
        &self,
        it: Owned<T>,
    ) -> Result<Owned<T>, Failure> {
        if self.changes && self.is_hand_made(&*it).await? {
            return Err(made_by_hand(T::NOUN, it.id()));
        }
        Ok(it)
    }

    /// Returns a list without strays, and deletes those: nobody was told of them.
    pub(super) async fn without_strays<T: Removable>(
        &self,
        listed: Vec<Owned<T>>,
    ) -> Result<Vec<Owned<T>>, Failure> {
        if listed.iter().all(|each| each.mark().is_none()) {
            return Ok(listed);
        }
        let known = self.origins.known().await?;
        let now = Timestamp::now();
        let is_stray = |each: &Owned<T>| is_stray(&**each, &listed, known, now);
        let strays: HashSet<_> =
            listed.iter().filter(|each| is_stray(each)).map(|each| each.id().to_owned()).collect();
        let is_kept = |each: &Owned<T>| !strays.contains(each.id());
        let (kept, strays): (Vec<_>, Vec<_>) = listed.into_iter().partition(is_kept);
        for stray in &strays {
            self.remove(&**stray).await;
        }
        Ok(kept)
    }

    /// Deletes a stray. One that can't be deleted stays hidden, and is deleted at a later look.
    async fn remove<T: Removable>(&self, stray: &T) {
        let (kind, uuid, name) = (T::NOUN, stray.id(), stray.name());
        let removed = async {
            self.check_server().await?;
            Ok::<_, Failure>(stray.delete(&self.client).await?)
        };
        match removed.await {
            Ok(()) => tracing::warn!(
                kind,
                uuid,
                name,
                "Coolify created a resource after its creation had been repeated; it is deleted"
            ),
            Err(error) => tracing::warn!(
                kind,
                uuid,
                name,
                %error,
                "Coolify created a resource after its creation had been repeated; it is hidden"
            ),
        }
    }
}
