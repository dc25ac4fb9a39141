//! The person whom WorkOS has signed in, as we know them.

use covibe_domain::names::displayable;
use covibe_domain::{Email, Failure, KeyDigest, UserId};
use covibe_store::{Error, User, UserCredentials};
use covibe_workos as workos;

use super::workos_errors::{other_account, other_address, unusable_address, unverified};
use crate::identity_provider::Provider;
use crate::people::{EndedKeys, Origin, email_digest, new_user, provider_digest, take_over};

/// The longest name, in characters.
const NAME: usize = 100;

impl Provider {
    /// Finds a person by their id at WorkOS, or else by their address; creates them if they are new. Nobody is found by
    /// an address, or created with one, that WorkOS has not verified: the person who registers it first may not own it.
    /// A verified address counts as proved, and gives the account to its owner.
    ///
    /// # Errors
    ///
    /// Forbidden for an address that is not verified, or is another one than that of an account which an admin created
    /// and nobody has proved; conflict if the person with the address has another account at
    /// WorkOS.
    pub(super) async fn person(&self, account: &workos::User) -> Result<User, Failure> {
        let digest = provider_digest(account.id.as_str());
        if let Some(user) = self.find_by_digest(&digest).await? {
            check_account(&user, account)?;
            if user.proved_at.is_none() {
                self.take_over_audited(&user.id, self.prove(&user.id, None)).await?;
            }
            return Ok(user);
        }
        if !account.email_verified {
            return Err(unverified());
        }
        let email: Email = account.email.parse().map_err(|_| unusable_address())?;
        let Some(user) = self.find_by_digest(&email_digest(&email)).await? else {
            return self.create(account, &email).await;
        };
        let mut tx = self.store.person_read(&user.id).await?;
        let present = tx.provider().await?;
        tx.commit().await?;
        if present.is_some_and(|present| present != account.id.as_str()) {
            return self.create_successor(user, account, &email).await;
        }
        // The person who created them here may have come in before.
        let known = Some((account.id.as_str(), &digest));
        self.take_over_audited(&user.id, self.prove(&user.id, known)).await?;
        Ok(user)
    }

    /// Gives the account of a person to the owner of its address, which WorkOS has verified; with their id there, if it
    /// was not known.
    async fn prove(
        &self,
        user: &UserId,
        account: Option<(&str, &KeyDigest)>,
    ) -> Result<Vec<EndedKeys>, Failure> {
        let mut tx = self.store.person(user).await?;
        if let Some((id, digest)) = account {
            match tx.set_provider(id, digest).await {
                Ok(true) => {}
                Ok(false) | Err(Error::Conflict) => return Err(other_account()),
                Err(error) => return Err(error.into()),
            }
        }
        let (_, ended) = take_over(&mut tx, user).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Returns the person whose address, or whose id at WorkOS, has this digest.
    async fn find_by_digest(&self, digest: &KeyDigest) -> Result<Option<User>, Failure> {
        let mut tx = self.store.credential(digest).await?;
        let known = tx.user_by_credential().await?;
        tx.commit().await?;
        Ok(known.map(|(user, _)| user))
    }

    /// Checks that WorkOS says now that the address of a person is verified.
    ///
    /// # Errors
    ///
    /// Forbidden if it is not, or they have no account there.
    pub(crate) async fn check_address(&self, user: &User) -> Result<(), Failure> {
        let mut tx = self.store.person_read(&user.id).await?;
        let id = tx.provider().await?.and_then(|id| id.parse().ok());
        tx.commit().await?;
        let account = self.client.user(&id.ok_or_else(unverified)?).await?;
        let address = account.as_ref().and_then(verified_address);
        if address.as_ref() == Some(&user.email) { Ok(()) } else { Err(unverified()) }
    }

    /// Creates a person who has the address that another one has here. No two WorkOS accounts have one, so that of
    /// the other one has changed unless it is gone, and nobody has looked since.
    async fn create_successor(
        &self,
        other: User,
        account: &workos::User,
        email: &Email,
    ) -> Result<User, Failure> {
        let mut tx = self.store.person_read(&other.id).await?;
        let id: Option<workos::UserId> = tx.provider().await?.and_then(|id| id.parse().ok());
        tx.commit().await?;
        let theirs = self.client.user(&id.ok_or_else(other_account)?).await?;
        self.update(&other, &theirs.ok_or_else(other_account)?).await?;
        match self.find_by_digest(&email_digest(email)).await? {
            None => self.create(account, email).await,
            Some(_) => Err(other_account()),
        }
    }

    /// Takes over what has changed of a person at WorkOS: their name, and their address if WorkOS has verified
    /// that it is theirs. Nothing is taken over with an address that somebody else has here.
    pub(super) async fn update(&self, known: &User, account: &workos::User) -> Result<(), Failure> {
        let email = verified_address(account).unwrap_or_else(|| known.email.clone());
        let name = name(account).unwrap_or_else(|| known.name.clone());
        if email == known.email && name == known.name {
            return Ok(());
        }
        let mut tx = self.store.person(&known.id).await?;
        match tx.change_person(known, (&email, &email_digest(&email)), &name).await {
            // A change that somebody made in the meantime is newer than WorkOS' answer.
            Ok(_) => tx.commit().await?,
            Err(Error::Conflict) => tracing::warn!(
                user = %known.id,
                "a person's new address at WorkOS belongs to another person here, so the old address was kept"
            ),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn create(&self, account: &workos::User, email: &Email) -> Result<User, Failure> {
        let name = name(account).unwrap_or_else(|| before_the_at(email));
        let user = new_user(email, &name, Origin::Proved);
        let id = account.id.as_str();
        let by = UserCredentials {
            email: email_digest(email),
            provider: Some((id.to_owned(), provider_digest(id))),
            password: None,
        };
        let mut tx = self.store.person(&user.id).await?;
        match tx.insert_user(&user, &by).await {
            Ok(()) => tx.commit().await?,
            // Somebody took the address, or another sign-in of the same person came first.
            Err(Error::Conflict) => return self.find_raced(account).await,
            Err(error) => return Err(error.into()),
        }
        Ok(user)
    }

    async fn find_raced(&self, account: &workos::User) -> Result<User, Failure> {
        let known = self.find_by_digest(&provider_digest(account.id.as_str())).await?;
        known.ok_or_else(other_account)
    }
}

/// Checks that an account opens the person who is known by it. An admin may have created the person by the address
/// alone, for somebody who had an account with it: until the address was proved, an account opens the person by that
/// address alone, verified. Later, only an account whose address is theirs here, and not verified, opens nothing.
///
/// # Errors
///
/// Forbidden, with what to do.
pub(super) fn check_account(known: &User, account: &workos::User) -> Result<(), Failure> {
    let is_theirs = account.email.parse::<Email>().is_ok_and(|email| email == known.email);
    match (is_theirs, account.email_verified) {
        (true, false) => Err(unverified()),
        (false, _) if known.proved_at.is_none() => Err(other_address()),
        _ => Ok(()),
    }
}

/// Returns the address of an account, if WorkOS has verified that it is theirs.
pub(super) fn verified_address(account: &workos::User) -> Option<Email> {
    account.email.parse().ok().filter(|_| account.email_verified)
}

/// Returns the name of an account as it can be shown, if it has one.
fn name(account: &workos::User) -> Option<String> {
    let parts = [&account.first_name, &account.last_name].into_iter().flatten();
    let name = parts.map(String::as_str).collect::<Vec<_>>().join(" ");
    let shown = displayable(name.trim(), NAME);
    Some(shown.trim().to_owned()).filter(|shown| !shown.is_empty())
}

/// Returns what a person without a name is called.
fn before_the_at(email: &Email) -> String {
    email.as_str().split('@').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(first: Option<&str>, last: Option<&str>) -> workos::User {
        workos::User {
            id: "user_1".parse().unwrap(),
            email: "Ada@Example.com".to_owned(),
            email_verified: false,
            first_name: first.map(str::to_owned),
            last_name: last.map(str::to_owned),
        }
    }

    #[test]
    fn names_are_joined_shortened_and_stripped_of_invisible_characters() {
        for (first, last, expected) in [
            (Some("Ada"), Some("Lovelace"), Some("Ada Lovelace")),
            (Some("Ada"), Some(""), Some("Ada")),
            (None, Some("Lovelace"), Some("Lovelace")),
            (Some("A\u{202e}d\na"), None, Some("Ada")),
            (Some(" "), Some("\u{200b}"), None),
            (None, None, None),
        ] {
            assert_eq!(name(&account(first, last)).as_deref(), expected, "{first:?} {last:?}");
        }
        let long = name(&account(Some(&"é".repeat(NAME + 1)), None)).unwrap();
        assert_eq!(long.chars().count(), NAME);
    }

    #[test]
    fn only_a_verified_and_valid_address_is_returned() {
        let account = account(None, None);
        assert_eq!(verified_address(&account), None);
        let account = workos::User { email_verified: true, ..account };
        assert_eq!(verified_address(&account).unwrap().as_str(), "ada@example.com");
        let account = workos::User { email: "nobody".to_owned(), ..account };
        assert_eq!(verified_address(&account), None);
    }
}
