//! Profiles of people: name and photo.

use std::collections::BTreeSet;

use covibe_domain::{Failure, UserId, boxed};
use covibe_policy::Principal;
use covibe_store::User;

use super::SignedIn;
use super::admin_check::person;
use crate::attempt_limits::Attempt;
use crate::authentication_state::Identity;

impl Identity {
    /// Returns the caller, as a person.
    ///
    /// # Errors
    ///
    /// Forbidden for a key.
    #[boxed]
    pub async fn profile(&self, of: &Principal) -> Result<User, Failure> {
        let mut tx = self.store.person_read(person(of)?).await?;
        let user = tx.person().await?;
        tx.commit().await?;
        user.map(|(user, _)| user).ok_or_else(|| Failure::not_found("There is no such person."))
    }

    /// Changes the caller's name. Where people sign in with WorkOS, it is changed there first: the name at WorkOS is
    /// copied at the next renewal.
    ///
    /// # Errors
    ///
    /// Forbidden for a key; those of WorkOS.
    #[boxed]
    pub async fn rename(&self, of: &Principal, name: &str) -> Result<(), Failure> {
        let user = person(of)?;
        if let Some(provider) = self.provider_for_changes_of(&of.tenant) {
            provider.rename(&of.tenant, user, name).await?;
        }
        let mut tx = self.store.person(user).await?;
        tx.rename_person(name).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Records the name of the file with a person's photo, or that they have none, and returns the one before.
    #[boxed]
    pub async fn set_photo(
        &self,
        of: &UserId,
        photo: Option<&str>,
    ) -> Result<Option<String>, Failure> {
        let mut tx = self.store.person(of).await?;
        let before = tx.person().await?.and_then(|(user, _)| user.photo);
        tx.set_photo(photo).await?;
        tx.commit().await?;
        Ok(before)
    }

    /// Returns those of these names of files that are names of people's photos.
    #[boxed]
    pub async fn photos_of_people(&self, names: &[String]) -> Result<BTreeSet<String>, Failure> {
        Ok(self.store.photos_of_people(names).await?)
    }

    /// Counts a photo that a person is about to upload.
    ///
    /// # Errors
    ///
    /// Limited if they uploaded too many.
    #[boxed]
    pub async fn count_photo(&self, of: &SignedIn) -> Result<(), Failure> {
        self.attempts.make(Attempt::Photo(&of.user.id)).await
    }

    /// Returns whether a photo is the person's own, or one of a member of the tenant where they work.
    #[boxed]
    pub async fn may_see_photo(&self, of: &SignedIn, photo: &str) -> Result<bool, Failure> {
        if of.user.photo.as_deref() == Some(photo) {
            return Ok(true);
        }
        let Some(standing) = self.standing(of).await? else { return Ok(false) };
        let mut tx = self.store.tenant_read(&standing.tenant).await?;
        let members = tx.members().await?;
        tx.commit().await?;
        Ok(members.iter().any(|member| member.user.photo.as_deref() == Some(photo)))
    }
}
